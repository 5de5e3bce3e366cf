"""Products and solutions with sparse matrices, for generated code and its rules.

A matrix is one of `scipy.sparse`, which is a constant; or its entries: `data[k]` stands at (rows[k], columns[k]),
entries at one place add up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import NoRuleError
from .shapes import Shape


def sparse_times(matrix: Any, x: Any) -> Any:
    """matrix @ x, of a matrix of `scipy.sparse` and a vector or columns."""
    return matrix @ x


def sparse_adjoint(matrix: Any) -> Any:
    """The conjugate transpose of a sparse matrix, sparse again."""
    return matrix.conj().T


def sparse_transpose(matrix: Any) -> Any:
    """The transpose of a sparse matrix, sparse again."""
    return matrix.T


def matrix_solve(matrix: Any, b: Any) -> Any:
    """The x with matrix @ x = b, of a matrix of `scipy.sparse` and a vector or columns."""
    from scipy.sparse.linalg import spsolve

    return spsolve(matrix.tocsc(), b)


def matrix_iterate(matrix: Any, b: Any, method: str, rtol: float, atol: float, maxiter: int | None) -> Any:
    """The x with matrix @ x = b by an iterative method of `scipy.sparse.linalg`.

    raises : LinAlgError where it does not reach the tolerance: the derivative is that of the solution
    """
    from scipy.sparse import linalg

    x, info = getattr(linalg, method)(matrix, b, rtol=rtol, atol=atol, maxiter=maxiter)
    if info:
        raise np.linalg.LinAlgError(f"{method} did not reach rtol={rtol:g}, atol={atol:g} (info={info})")
    return x


def entries_iterate(data: Any, rows: Any, columns: Any, shape: Shape, b: Any, method: str, rtol: float, atol: float,
                    maxiter: int | None) -> Any:
    """`matrix_iterate` with the matrix of these entries."""
    return matrix_iterate(_matrix(data, rows, columns, shape), b, method, rtol, atol, maxiter)


def factor_solve(factor: Any, b: Any, trans: str = "N") -> Any:
    """What `factor.solve(b, trans)` gives, of the factorization that `scipy.sparse.linalg.splu` returns.

    raises : NoRuleError for the transpose of a complex matrix, whose adjoint the factors do not solve with
    """
    if trans == "T" and np.iscomplexobj(factor.U):
        raise NoRuleError("factor.solve(b, 'T') of a complex matrix has no derivative; factorize the transpose")
    return factor.solve(np.asarray(b), trans)


def transposed(trans: str) -> str:
    """How the adjoint of `factor_solve` of real factors reads `trans`.

    >>> transposed("N"), transposed("T"), transposed("H")
    ('H', 'N', 'N')
    """
    return "H" if trans == "N" else "N"


def matrix_entries(matrix: Any) -> tuple[Any, Any, Any, int, int]:
    """The entries of a sparse matrix, their rows and their columns; how many rows and columns it has."""
    found = matrix.tocoo()
    return found.data, found.row, found.col, int(found.shape[0]), int(found.shape[1])


def _matrix(data: Any, rows: Any, columns: Any, shape: Shape) -> Any:
    from scipy.sparse import coo_array

    return coo_array((data, (rows, columns)), shape=tuple(shape)).tocsc()


def entries_product(data: Any, rows: Any, columns: Any, shape: Shape, x: Any) -> Any:
    """The matrix of these entries times a vector or columns.

    data, rows, columns: arrays (entries,)
    shape  : of the matrix
    x      : array (shape[1],) or (shape[1], k)

    >>> entries_product(np.array([2.0, 3.0]), np.array([0, 1]), np.array([1, 1]), (2, 2), np.array([1.0, 10.0]))
    array([20., 30.])
    """
    return _matrix(data, rows, columns, shape) @ x


def entries_solve(data: Any, rows: Any, columns: Any, shape: Shape, b: Any) -> Any:
    """The x with A @ x = b, of the matrix A of these entries, for a vector or columns b.

    >>> entries_solve(np.array([2.0, 4.0]), np.array([0, 1]), np.array([0, 1]), (2, 2), np.array([1.0, 10.0]))
    array([0.5, 2.5])
    """
    from scipy.sparse.linalg import spsolve

    return spsolve(_matrix(data, rows, columns, shape), b)


def entries_outer(x: Any, y: Any, rows: Any, columns: Any) -> Any:
    """x @ y^H at the places (rows[k], columns[k]) only: what the entries get where `entries_product` is reversed.

    returns: array (entries,)

    >>> entries_outer(np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([0, 1]), np.array([1, 1]))
    array([4., 8.])
    """
    products = np.take(x, rows, 0) * np.conj(np.take(y, columns, 0))
    return np.sum(products, 1) if np.ndim(products) > 1 else products
