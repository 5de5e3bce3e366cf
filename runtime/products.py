"""Products of a Tensor: matmul in all ranks, under the names that PyTorch's nodes have for them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from . import kernels
from .calls import call, named
from .dispatch import Operation, TensorCore, unwrap, wrap
from .recording import binary, renamed

MM: Final = Operation(np.matmul, "MmBackward0")
MV: Final = Operation(np.matmul, "MvBackward0")
VM: Final = Operation(np.matmul, "SqueezeBackward4")
DOT: Final = Operation(np.matmul, "DotBackward0", np.dot)
BMM: Final = Operation(np.matmul, "BmmBackward0")
FOLDED: Final = Operation(np.matmul, "UnsafeViewBackward0")
ADDMM: Final = named(kernels.addmm, "AddmmBackward0")
INV: Final = named(np.linalg.inv, "LinalgInvExBackward0")
DET: Final = named(np.linalg.det, "LinalgDetBackward0")
SOLVE: Final = named(np.linalg.solve, "LinalgSolveExBackward0")
_BY_RANK: Final = {(2, 2): MM, (2, 1): MV, (1, 2): VM, (1, 1): DOT, (3, 3): BMM}


def matmul(a: Any, b: Any) -> Any:
    """The product of two Tensors (or a Tensor and an array) of any rank, as `np.matmul`.

    raises: RuntimeError, for shapes or dtypes that do not belong together
    """
    x, y = unwrap(a), unwrap(b)
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        raise TypeError(f"unsupported operand type(s) for @: '{type(a).__name__}' and '{type(b).__name__}'")
    if not (x.ndim and y.ndim):
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    if x.dtype != y.dtype:
        if x.ndim == 1 and y.ndim == 1:
            raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {x.dtype} and {y.dtype}")
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}")
    if x.shape[-1] != y.shape[-2 if y.ndim > 1 else 0]:
        raise RuntimeError(_mismatch(x, y))
    op = _BY_RANK.get((x.ndim, y.ndim), FOLDED)
    return binary(op, a, b)


def _mismatch(x: Any, y: Any) -> str:
    by = "x".join
    if x.ndim == 1 and y.ndim == 1:
        return (f"inconsistent tensor size, expected tensor [{x.shape[0]}] and src [{y.shape[0]}] to have the same "
                "number of "
                f"elements, but got {x.shape[0]} and {y.shape[0]} elements respectively")
    if x.ndim == 2 and y.ndim == 1:
        return f"size mismatch, got input ({x.shape[0]}), mat ({by(map(str, x.shape))}), vec ({y.shape[0]})"
    left = (1, *x.shape) if x.ndim == 1 else x.shape
    return (f"mat1 and mat2 shapes cannot be multiplied ({by(map(str, left[-2:]))} and "
            f"{by(map(str, y.shape if y.ndim == 1 else y.shape[-2:]))})")


class Products(TensorCore):
    """Products, PyTorch's of the same names."""

    __slots__ = ()

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)

    def matmul(self, other: Any) -> Any:
        return matmul(self, other)

    def mm(self, other: Any) -> Any:
        self._need(other, 2, 2, "mm")
        return matmul(self, other)

    def mv(self, vector: Any) -> Any:
        self._need(vector, 2, 1, "mv")
        return matmul(self, vector)

    def bmm(self, other: Any) -> Any:
        self._need(other, 3, 3, "bmm")
        return matmul(self, other)

    def dot(self, other: Any) -> Any:
        self._need(other, 1, 1, "dot")
        return matmul(self, other)

    def inner(self, other: Any) -> Any:
        """Sums of products along the last dimensions."""
        made = matmul(self, other) if self._array.ndim == 1 == other._array.ndim else call(np.inner, self, other)
        return renamed(made, "ViewBackward0")

    def _need(self, other: Any, left: int, right: int, name: str) -> None:
        if self._array.ndim != left or unwrap(other).ndim != right:
            got = f"{self._array.ndim}D and {unwrap(other).ndim}D tensors"
            if name == "dot":
                raise RuntimeError(f"1D tensors expected, but got {got}")
            raise RuntimeError(f"self must be a matrix: {name} expects a {left}D and a {right}D tensor, but got {got}")

    def outer(self, other: Any) -> Any:
        return self.reshape(-1, 1) * other

    ger = outer

    def addmm(self, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        if alpha == 1 and beta == 1 and self._array.dtype == mat1._array.dtype == mat2._array.dtype:
            return call(kernels.addmm, self, mat1, mat2)
        product = matmul(mat1, mat2)
        product = product if alpha == 1 else product * alpha
        return product + (self if beta == 1 else self * beta)

    def kron(self, other: Any) -> Any:
        return call(np.kron, self, other)

    def trace(self) -> Any:
        return call(np.trace, self)

    def tril(self, diagonal: int = 0) -> Any:
        return call(np.tril, self, diagonal)

    def triu(self, diagonal: int = 0) -> Any:
        return call(np.triu, self, diagonal)

    def diag(self, diagonal: int = 0) -> Any:
        made = call(np.diag, self, diagonal)
        return renamed(made, "DiagonalBackward0_copy" if self._array.ndim == 2 else "DiagEmbedBackward0")

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
        return call(np.diagonal, self, offset, dim1, dim2)

    def inverse(self) -> Any:
        return call(np.linalg.inv, self)

    def det(self) -> Any:
        return call(np.linalg.det, self)


def einsum(equation: str, *operands: Any) -> Any:
    """`np.einsum` on Tensors."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    if not any(isinstance(x, TensorCore) for x in operands):
        return wrap(np.einsum(equation, *operands))
    return call(np.einsum, equation, *operands)


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices."""
    product = matrices[0]
    for m in matrices[1:]:
        product = matmul(product, m)
    return product


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Sum over pairs of dimensions of two Tensors."""
    made = call(np.tensordot, a, b, dims if isinstance(dims, int) else tuple(tuple(d) for d in dims))
    return renamed(made, "ViewBackward0")
