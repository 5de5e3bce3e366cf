"""What the rules of `scipy.linalg` share: matrices of which a function reads a part, bands, pivots."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import NoRuleError
from .matrices import fold_triangle, unfold_triangle


def structured(a: Any, assume_a: str | None, lower: bool) -> Any:
    """The matrix that `scipy.linalg.solve(a, b, assume_a=...)` sees: what it does not read is filled in.

    raises : NoRuleError for a complex symmetric matrix

    >>> structured(np.array([[1., 2.], [3., 4.]]), "pos", False)
    array([[1., 2.],
           [2., 4.]])
    """
    if _hermitian(a, assume_a):
        return unfold_triangle(a, lower)
    return _part(a, assume_a)


def structure_cotangent(g: Any, assume_a: str | None, lower: bool) -> Any:
    """The cotangent of `a` from that of `structured(a, assume_a, lower)`."""
    if _hermitian(g, assume_a):
        return fold_triangle(g, lower)
    return _part(g, assume_a)


def _hermitian(a: Any, assume_a: str | None) -> bool:
    if assume_a in ("sym", "symmetric") and np.iscomplexobj(a):
        raise NoRuleError("scipy.linalg.solve has no derivative for a complex symmetric matrix", None,
                          "Its rule knows Hermitian ones.", "Leave out assume_a=.")
    return assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite")


def _part(a: Any, assume_a: str | None) -> Any:
    if assume_a in ("upper triangular", "upper"):
        return np.triu(a)
    if assume_a in ("lower triangular", "lower"):
        return np.tril(a)
    if assume_a == "diagonal":
        return a * np.eye(np.shape(a)[-1], dtype=a.dtype)
    if assume_a == "tridiagonal":
        return np.tril(np.triu(a, -1), 1)
    if assume_a not in (None, "gen", "general", "banded"):
        raise NoRuleError(f"scipy.linalg.solve has no derivative for assume_a={assume_a!r}")
    return a


def pivoted_rows(piv: Any) -> Any:
    """The order of rows that LAPACK's exchanges give: a[pivoted_rows(piv)] = L @ U.

    >>> pivoted_rows(np.array([2, 2, 2]))
    array([2, 0, 1])
    """
    rows = np.arange(len(piv))
    for k, other in enumerate(piv):
        rows[[k, other]] = rows[[other, k]]
    return rows


# Bands: row u + i - j of `ab` holds the element (i, j) in its column j ------------------------------------------


def _diagonals(l_and_u: tuple[int, int], size: int) -> Any:
    """For each row of `ab` the offset j - i of its diagonal, and its columns that are inside the matrix."""
    below, above = l_and_u
    for offset in range(above, -below - 1, -1):
        yield offset, slice(max(offset, 0), size + min(offset, 0))


def transposed_band(l_and_u: tuple[int, int], ab: Any) -> Any:
    """The transposed matrix as a band of (u, l).

    >>> transposed_band((1, 0), np.array([[1., 2., 3.], [4., 5., 0.]]))
    array([[0., 4., 5.],
           [1., 2., 3.]])
    """
    turned = np.zeros_like(ab)
    for k, (offset, columns) in enumerate(_diagonals(l_and_u, np.shape(ab)[1])):
        turned[-1 - k, columns.start - offset : columns.stop - offset] = ab[k, columns]
    return turned


def band_of_product(l_and_u: tuple[int, int], x: Any, y: Any) -> Any:
    """The band of x @ y.T (of vectors: of their outer product)."""
    rows = []
    for offset, columns in _diagonals(l_and_u, np.shape(y)[0]):
        products = x[columns.start - offset : columns.stop - offset] * y[columns]
        inside = np.sum(products, -1) if np.ndim(products) == 2 else products
        rows.append(np.pad(inside, (columns.start, np.shape(y)[0] - columns.stop)))
    return np.stack(rows)


def band_times(l_and_u: tuple[int, int], ab: Any, x: Any) -> Any:
    """The matrix of a band by a vector or by columns."""
    result = np.zeros(np.shape(x), np.result_type(ab, x))
    for k, (offset, columns) in enumerate(_diagonals(l_and_u, np.shape(ab)[1])):
        diagonal = ab[k, columns] if np.ndim(x) == 1 else ab[k, columns][:, None]
        result[columns.start - offset : columns.stop - offset] += diagonal * x[columns]
    return result
