"""`torch.linalg`: NumPy's functions of the same names on Tensors, differentiable by the compiler's rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .calls import call, named
from .dispatch import unwrap, wrap
from .functions import cross as cross
from .products import matmul as matmul
from .recording import renamed
from .table import Pullback, derivative

CHOLESKY: Final = named(np.linalg.cholesky, "LinalgCholeskyExBackward0")
EIGH: Final = named(np.linalg.eigh, "LinalgEighBackward0")
EIGVALSH: Final = named(np.linalg.eigvalsh, "LinalgEighBackward0")
EIG: Final = named(np.linalg.eig, "LinalgEigBackward0")
EIGVALS: Final = named(np.linalg.eigvals, "LinalgEigBackward0")
QR: Final = named(np.linalg.qr, "LinalgQrBackward0")
SVD: Final = named(np.linalg.svd, "LinalgSvdBackward0")
SVDVALS: Final = named(np.linalg.svdvals, "LinalgSvdBackward0")
SLOGDET: Final = named(np.linalg.slogdet, "LinalgSlogdetBackward0")
PINV: Final = named(np.linalg.pinv, "LinalgPinvBackward0")
LSTSQ: Final = named(np.linalg.lstsq, "LinalgLstsqBackward0")


class LinAlgError(RuntimeError):
    """A matrix that is singular, or not positive definite; a RuntimeError as in PyTorch."""


def _explained(name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call with NumPy's LinAlgError as PyTorch's."""
    try:
        return call(function, *args, **kwargs)
    except np.linalg.LinAlgError as error:
        reason = str(error)
        if "Singular" in reason:
            reason = ("The diagonal element is zero, the inversion could not be completed because the input matrix "
                      "is singular.")
        elif "positive definite" in reason:
            reason = "The factorization could not be completed because the input is not positive-definite."
        raise LinAlgError(f"linalg.{name}: {reason}") from None


def symmetric(x: Any) -> Any:
    """A copy; its cotangent is made symmetric, though one triangle only is read."""
    return np.array(x)


derivative(symmetric, x=Pullback(
    lambda x, ans, d_ans: (d_ans + np.conj(np.swapaxes(d_ans, -1, -2))) * 0.5))


def inv(A: Any) -> Any:
    """The inverse."""
    return _explained("inv", np.linalg.inv, A)


def solve(A: Any, B: Any) -> Any:
    """x with A @ x = B."""
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    if vector and A.ndim > 1:
        return renamed(_explained("solve", np.linalg.solve, A, B.unsqueeze(-1)).squeeze(-1), "LinalgSolveExBackward0")
    return _explained("solve", np.linalg.solve, A, B)


def det(A: Any) -> Any:
    """The determinant."""
    return call(np.linalg.det, A)


def slogdet(A: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    return call(np.linalg.slogdet, A)


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The triangular L with L @ L.T = A."""
    lower = _explained("cholesky", np.linalg.cholesky, A)
    return lower.mT if upper else lower


def eigh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues and eigenvectors of symmetric matrices."""
    return _explained("eigh", np.linalg.eigh, call(symmetric, A), UPLO)


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues of symmetric matrices."""
    return _explained("eigvalsh", np.linalg.eigvalsh, call(symmetric, A), UPLO)


def eig(A: Any) -> Any:
    """Eigenvalues and eigenvectors."""
    return _explained("eig", np.linalg.eig, A)


def eigvals(A: Any) -> Any:
    """Eigenvalues."""
    return _explained("eigvals", np.linalg.eigvals, A)


def svd(A: Any, full_matrices: bool = True) -> Any:
    """U, S, Vh with A = U @ diag(S) @ Vh."""
    return _explained("svd", np.linalg.svd, A, full_matrices)


def svdvals(A: Any) -> Any:
    """Singular values."""
    return call(np.linalg.svdvals, A)


def qr(A: Any, mode: str = "reduced") -> Any:
    """Q and R with A = Q @ R."""
    return call(np.linalg.qr, A, mode)


def pinv(A: Any) -> Any:
    """The pseudo-inverse."""
    return call(np.linalg.pinv, A)


def lstsq(A: Any, B: Any) -> Any:
    """The least-squares solution, with residuals, rank and singular values."""
    return call(np.linalg.lstsq, A, B)


def matrix_power(A: Any, n: int) -> Any:
    """A @ A @ ... @ A."""
    return renamed(call(np.linalg.matrix_power, A, n), "MmBackward0")


def matrix_rank(A: Any) -> Any:
    """How many singular values are not negligible."""
    return wrap(np.asarray(np.linalg.matrix_rank(unwrap(A)), np.int64))


def multi_dot(tensors: Any) -> Any:
    """The product of several matrices."""
    product = tensors[0]
    for t in tensors[1:]:
        product = product @ t
    return product


def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of vectors along `dim`, of all elements without it."""
    return x.norm(ord, dim, keepdim)


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Any:
    """The norm of matrices: "fro", "nuc", 1, -1, 2, -2, inf or -inf."""
    if ord == "fro":
        return A.norm(2, dim, keepdim)
    return call(np.linalg.norm, A, ord, tuple(dim), keepdim)


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of a vector or matrix."""
    if ord is None or (ord == "fro" and dim is None):
        return A.norm(2, dim, keepdim)
    matrices = isinstance(dim, tuple | list) or (dim is None and A.ndim == 2)
    return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim) if matrices else A.norm(ord, dim, keepdim)


def cond(A: Any, p: Any = None) -> Any:
    """The condition number."""
    return call(np.linalg.cond, A, p)


def vecdot(x: Any, y: Any, dim: int = -1) -> Any:
    """Dot products along `dim`."""
    return (x.conj() * y).sum(dim)


def diagonal(A: Any, offset: int = 0) -> Any:
    """The diagonals of matrices."""
    return A.diagonal(offset, -2, -1)

