"""What the rules of matrix factorizations share: cofactors, triangles, blocks, the layout of right-hand sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import NoRuleError
from .shapes import Shape
from .special import product_of_others


def conj_transpose(x: Any) -> Any:
    """The conjugate transpose of each matrix in a stack."""
    return np.conj(np.swapaxes(x, -1, -2))


def cofactors(a: Any) -> Any:
    """The derivative of `np.linalg.det` by each element: exact also for singular matrices.

    With a = u @ diag(s) @ vh it is det(u) det(vh) u @ diag(products of the other s) @ vh, without conjugation.

    a      : array (..., n, n)
    returns: array of the shape of a

    >>> np.round(cofactors(np.array([[1., 2.], [2., 4.]])), 12)
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    u, s, vh = np.linalg.svd(a)
    phase = np.linalg.det(u) * np.linalg.det(vh)
    return phase[..., None, None] * np.conj((u * product_of_others(s, -1)[..., None, :]) @ vh)


def cofactors_cotangent(g: Any, a: Any) -> Any:
    """The cotangent of `a` in `cofactors(a)`: products of all singular values but two."""
    u, s, vh = np.linalg.svd(a)
    n = np.shape(a)[-1]
    phase = np.conj(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    without_own = np.where(np.eye(n, dtype=bool), 1, s[..., None, :])
    pairs = product_of_others(without_own, -1) * (1 - np.eye(n))  # [i, j]: all but i and j
    inner = np.swapaxes(u, -1, -2) @ g @ np.swapaxes(vh, -1, -2)
    diagonal = np.einsum("...ij,...jj->...i", pairs, inner)
    second = -pairs * np.swapaxes(inner, -1, -2) + diagonal[..., None] * np.eye(n)
    return phase * (u @ second @ vh)


def fold_triangle(g: Any, lower: bool) -> Any:
    """The cotangent of the one triangle that a factorization reads, from that of the whole Hermitian matrix.

    >>> fold_triangle(np.array([[1., 2.], [3., 4.]]), True)
    array([[1., 0.],
           [5., 4.]])
    """
    both = g + conj_transpose(g)
    strict = np.tril(both, -1) if lower else np.triu(both, 1)
    return strict + np.real(np.eye(np.shape(g)[-1], dtype=bool) * g)  # of g's dtype


def unfold_triangle(x: Any, lower: bool) -> Any:
    """The Hermitian matrix that a factorization sees when it reads one triangle of `x`: the transpose of folding."""
    strict = np.tril(x, -1) if lower else np.triu(x, 1)
    return strict + conj_transpose(strict) + np.real(np.eye(np.shape(x)[-1], dtype=bool) * x)


def block_upper(a: Any, e: Any) -> Any:
    """The block matrix [[a, e], [0, a]]: an analytic function of it holds the function's derivative along e.

    Higham, Functions of Matrices (2008), section 3.2.
    """
    shape = np.broadcast_shapes(np.shape(a), np.shape(e))
    a, e = np.broadcast_to(a, shape), np.broadcast_to(e, shape)
    top = np.concatenate([a, e], axis=-1)
    return np.concatenate([top, np.concatenate([np.zeros_like(e), a], axis=-1)], axis=-2)


def default_cutoff(a: Any) -> float:
    """Below which share of the largest singular value SciPy takes one for zero."""
    return float(max(np.shape(a)[-2:]) * np.finfo(np.result_type(a, np.float32)).eps)


def positive_support(a: Any, b: Any, maxiter: int | None) -> Any:
    """Which factors of `scipy.optimize.nnls(a, b)` are positive: array of bool, one for each column."""
    from scipy import optimize
    return np.asarray(optimize.nnls(a, b, maxiter=maxiter)[0] > 0)


def as_columns(x: Any, b_ndim: int) -> Any:
    """The right-hand side or solution `x` of `np.linalg.solve(a, b)` as columns: a `b` of one axis is one column."""
    return x[..., None] if b_ndim == 1 else x


def from_columns(x: Any, b_ndim: int) -> Any:
    """The inverse of `as_columns`."""
    return x[..., 0] if b_ndim == 1 else x


def scaled_or_zero(x: Any, factors: Any) -> Any:
    """Each column of `x` by its factor; all zero if there are no factors (`np.linalg.lstsq` without residuals)."""
    return x * factors if np.size(factors) else np.zeros_like(x)


def column_sums(x: Any, shape: Shape) -> Any:
    """The sum of each column of `x`; nothing if `shape`, the shape of the factors, is that of nothing."""
    return np.zeros(shape) if 0 in shape else np.reshape(np.sum(x, axis=0), shape)


def qr_columns(shape: Shape, mode: str) -> int:
    """How many columns the Q of `np.linalg.qr` has.

    raises: NoRuleError for the modes that have no derivative
    """
    rows, columns = shape[-2:]
    if mode == "raw" or (mode == "complete" and rows > columns):
        raise NoRuleError(f"np.linalg.qr has no derivative for mode={mode!r} with {rows} rows and {columns} columns",
                          why="Q's further columns are not determined by the matrix.", instead='Write mode="reduced".')
    return min(rows, columns)


def largest_mask(vectors: Any) -> Any:
    """Where each column has its component of largest magnitude: LAPACK makes that of an eigenvector real."""
    places = np.reshape(np.arange(np.shape(vectors)[-2]), (-1, 1))
    return places == np.expand_dims(np.argmax(np.abs(vectors), axis=-2), -2)


def refuse_order(function: str, order: Any) -> Any:
    """raises: NoRuleError: the norm of this order has no derivative here, or the order is not a constant."""
    raise NoRuleError(f"{function} has no derivative for ord={order!r}",
                      why="The rule must know the order and the number of axes.")


def refuse_matrix(function: str) -> Any:
    """raises: NoRuleError: the function has a derivative for vectors only."""
    raise NoRuleError(f"{function} has no derivative for a matrix", why="Its rule is for a vector of roots.",
                      instead="Write np.poly(np.linalg.eigvals(a)).")
