"""Functions of Tensors that are no methods: joins, grids, distances, complex numbers, dtypes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from .calls import call, named
from .dispatch import TensorCore, unwrap, wrap
from .promotion import promote, result_dtype
from .recording import renamed
from .selecting import cat, stack
from .tensor import Size

DSTACK: Final = named(np.dstack, "CatBackward0")


def pow(input: Any, exponent: Any) -> Any:  # noqa: A001
    """`input ** exponent`; either may be a number."""
    return input**exponent


def mul(input: Any, other: Any) -> Any:
    """`input * other`."""
    return input * other


def vstack(tensors: Sequence[Any]) -> Any:
    """Join rows."""
    return call(np.vstack, list(tensors))


def hstack(tensors: Sequence[Any]) -> Any:
    """Join columns; vectors end to end."""
    return call(np.hstack, list(tensors))


def dstack(tensors: Sequence[Any]) -> Any:
    """Join along the third dimension."""
    return call(np.dstack, list(tensors))


def column_stack(tensors: Sequence[Any]) -> Any:
    """Join columns; a vector is one column."""
    return cat([v.reshape(-1, 1) if v.ndim < 2 else v for v in tensors], 1)


def atleast_1d(tensor: Any) -> Any:
    """At least one dimension."""
    return tensor.reshape(1) if not tensor.ndim else tensor


def atleast_2d(tensor: Any) -> Any:
    """At least two dimensions, new ones first."""
    return atleast_1d(tensor).unsqueeze(0) if tensor.ndim < 2 else tensor


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """Views of one common shape."""
    shape = np.broadcast_shapes(*(t._array.shape for t in tensors))
    return tuple(t.expand(shape) for t in tensors)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that shapes broadcast to."""
    return Size(np.broadcast_shapes(*(s if isinstance(s, int) else tuple(s) for s in shapes)))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates of a grid."""
    vectors = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], TensorCore) else tensors
    count = len(vectors)
    grids = broadcast_tensors(*(v.reshape((-1,) + (1,) * (count - k - 1)) for k, v in enumerate(vectors)))
    return tuple(g.transpose(0, 1) for g in grids) if indexing == "xy" and count > 1 else grids


def cartesian_prod(*tensors: Any) -> Any:
    """All tuples of one element of each vector, as rows."""
    return stack([g.reshape(-1) for g in meshgrid(*tensors)], 1) if len(tensors) > 1 else tensors[0]


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r elements of a vector, as rows."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(input._array.shape[0]), r))
    return input[wrap(np.array(rows, np.int64).reshape(len(rows), r))]


def block_diag(*tensors: Any) -> Any:
    """Matrices along the diagonal of a large one, zeros elsewhere."""
    parts = [t.reshape(1, -1) if t.ndim < 2 else t for t in tensors]
    width = sum(p._array.shape[1] for p in parts)
    rows, before = [], 0
    for p in parts:
        height, own = p._array.shape
        left = wrap(np.zeros((height, before), p._array.dtype))
        right = wrap(np.zeros((height, width - before - own), p._array.dtype))
        rows.append(cat([left, p, right], 1))
        before += own
    return cat(rows)


def diag_embed(input: Any, offset: int = 0) -> Any:
    """Vectors (last dimension) as diagonals of matrices."""
    n = input._array.shape[-1] + abs(offset)
    out = wrap(np.zeros((*input._array.shape[:-1], n, n), input._array.dtype))
    k = np.arange(input._array.shape[-1])
    out[..., wrap(k + max(-offset, 0)), wrap(k + max(offset, 0))] = input
    return out


def tril_indices(row: int, col: int, offset: int = 0) -> Any:
    """Rows and columns of the lower triangle of a matrix, as a (2, n) Tensor."""
    return wrap(np.stack(np.tril_indices(row, offset, col)))


def triu_indices(row: int, col: int, offset: int = 0) -> Any:
    """Rows and columns of the upper triangle of a matrix, as a (2, n) Tensor."""
    return wrap(np.stack(np.triu_indices(row, offset, col)))


def var_mean(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: int = 1
             ) -> tuple[Any, Any]:
    """The variance and the mean."""
    pair = input.var(dim, unbiased, keepdim, correction=correction), input.mean(dim, keepdim)
    return renamed(pair[0], "VarMeanBackward0"), renamed(pair[1], "VarMeanBackward0")


def std_mean(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: int = 1
             ) -> tuple[Any, Any]:
    """The standard deviation and the mean."""
    pair = input.std(dim, unbiased, keepdim, correction=correction), input.mean(dim, keepdim)
    return renamed(pair[0], "StdMeanBackward0"), renamed(pair[1], "StdMeanBackward0")


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of the difference."""
    return renamed((input - other).norm(p), "DistBackward0")


def cdist(x1: Any, x2: Any, p: float = 2.0) -> Any:
    """The p-norm of the differences of all pairs of rows."""
    return (x1.unsqueeze(-2) - x2.unsqueeze(-3)).norm(p, -1)


def cross(input: Any, other: Any, dim: int = -1) -> Any:
    """The cross product of vectors of three along `dim`."""
    first, second = input.movedim(dim, -1), other.movedim(dim, -1)
    (a, b, c), (x, y, z) = first.unbind(-1), second.unbind(-1)
    return renamed(stack([b * z - c * y, c * x - a * z, a * y - b * x], -1).movedim(-1, dim), "LinalgCrossBackward0")


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha batch1 @ batch2, for batches of matrices."""
    product = batch1.bmm(batch2)
    total = (input if beta == 1 else input * beta) + (product if alpha == 1 else product * alpha)
    return renamed(total, "BaddbmmBackward0")


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha mat @ vec."""
    product = mat.mv(vec)
    total = (input if beta == 1 else input * beta) + (product if alpha == 1 else product * alpha)
    return renamed(total, "AddmvBackward0")


def logdet(input: Any) -> Any:
    """The logarithm of the determinant."""
    sign, size = call(np.linalg.slogdet, input)
    return renamed(size + wrap(np.log(unwrap(sign))), "WhereBackward0")


def complex(real: Any, imag: Any) -> Any:  # noqa: A001
    """real + i imag."""
    return real + imag * 1j


def polar(abs: Any, angle: Any) -> Any:
    """abs exp(i angle)."""
    return complex(abs * angle.cos(), abs * angle.sin())


def view_as_real(input: Any) -> Any:
    """The real and imaginary parts as a last dimension of two."""
    return stack([input.real, input.imag], -1)


def view_as_complex(input: Any) -> Any:
    """The opposite of `view_as_real`."""
    return complex(input[..., 0], input[..., 1])


def heaviside(input: Any, values: Any) -> Any:
    """0, `values` or 1 for negative elements, zeros and positive ones."""
    return wrap(np.heaviside(unwrap(input), unwrap(values)))


def trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """The integral by the trapezoid rule."""
    n = y._array.shape[dim]
    heights = (y.narrow(dim, 1, n - 1) + y.narrow(dim, 0, n - 1)) / 2
    return (heights * (dx if x is None else x.diff(dim=dim))).sum(dim)


def promote_types(type1: Any, type2: Any) -> Any:
    """The dtype that Tensors of two dtypes compute in."""
    return promote(np.dtype(type1), np.dtype(type2))


def can_cast(from_: Any, to: Any) -> bool:
    """Whether an operation may store results of one dtype in memory of another."""
    return bool(np.can_cast(np.dtype(from_), np.dtype(to), "same_kind"))


def result_type(a: Any, b: Any) -> Any:
    """The dtype in which two operands compute."""
    return result_dtype(unwrap(a), unwrap(b))


def set_num_threads(n: Any) -> None:
    """Accepted and without effect: NumPy's own threads do the work."""


def get_num_threads() -> int:
    """1: what this package itself uses."""
    return 1
