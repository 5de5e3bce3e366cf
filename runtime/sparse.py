"""Products of constant sparse matrices with dense arrays, for generated code and its rules."""

from __future__ import annotations

from typing import Any


def sparse_times(matrix: Any, x: Any) -> Any:
    """matrix @ x, of a matrix of `scipy.sparse` and a vector or columns."""
    return matrix @ x


def sparse_adjoint(matrix: Any) -> Any:
    """The conjugate transpose of a sparse matrix, sparse again."""
    return matrix.conj().T
