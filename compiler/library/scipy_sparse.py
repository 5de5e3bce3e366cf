# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.sparse` with active data: a matrix made in the function is its entries, the places stay constant."""

import numpy as np
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from ...runtime.sparse import (
    entries_iterate,
    entries_product,
    entries_solve,
    matrix_entries,
    matrix_iterate,
    matrix_solve,
)
from .registry import stands_for, unsupported


class Entries:
    """A sparse matrix by its entries: `data[k]` stands at (rows[k], columns[k]); repeated places add up."""

    def __init__(self, data, rows, columns, shape):
        self.data = data
        self.rows = rows
        self.columns = columns
        self.shape = shape

    @property
    def T(self):
        return Entries(self.data, self.columns, self.rows, (self.shape[1], self.shape[0]))

    def transpose(self):
        return Entries(self.data, self.columns, self.rows, (self.shape[1], self.shape[0]))

    def __matmul__(self, x):
        return entries_product(self.data, self.rows, self.columns, self.shape, x)

    def __rmatmul__(self, x):
        return np.transpose(entries_product(self.data, self.columns, self.rows, (self.shape[1], self.shape[0]),
                                            np.transpose(x)))

    def dot(self, x):
        return entries_product(self.data, self.rows, self.columns, self.shape, x)

    def __mul__(self, other):
        if np.ndim(other) > 0:
            unsupported("`*` of a sparse matrix and an array", "Write `A @ x`, or `A.multiply(x)` for the elements.")
        return Entries(self.data * other, self.rows, self.columns, self.shape)

    def __rmul__(self, other):
        if np.ndim(other) > 0:
            unsupported("`*` of an array and a sparse matrix", "Write `x @ A`, or `A.multiply(x)` for the elements.")
        return Entries(other * self.data, self.rows, self.columns, self.shape)

    def __truediv__(self, other):
        return Entries(self.data / other, self.rows, self.columns, self.shape)

    def __neg__(self):
        return Entries(-self.data, self.rows, self.columns, self.shape)

    def __add__(self, other):
        return joined(self, other)

    def __sub__(self, other):
        return joined(self, -other)

    def multiply(self, other):
        whole = np.broadcast_to(other, self.shape)
        return Entries(self.data * whole[self.rows, self.columns], self.rows, self.columns, self.shape)

    def sum(self, axis=None):
        if axis is None:
            return np.sum(self.data)
        along = axis + 2 if axis < 0 else axis
        total = np.zeros(self.shape[1 - along], np.result_type(self.data))
        np.add.at(total, self.columns if along == 0 else self.rows, self.data)
        return total

    def toarray(self):
        dense = np.zeros(self.shape, np.result_type(self.data))
        np.add.at(dense, (self.rows, self.columns), self.data)
        return dense

    def todense(self):
        return self.toarray()

    def diagonal(self):
        return np.diagonal(self.toarray())

    def trace(self):
        return np.sum(np.where(self.rows == self.columns, self.data, 0.0))

    def tocsr(self):
        return self

    def tocsc(self):
        return self

    def tocoo(self):
        return self

    def asformat(self, format):  # noqa: A002 - SciPy's name
        return self

    def copy(self):
        return self


def entries_of(matrix):
    """A constant matrix by its entries."""
    data, rows, columns, height, width = matrix_entries(matrix)
    return Entries(data, rows, columns, (height, width))


def itself(matrix, *options):
    """A constant matrix in another format."""
    return matrix


class Factors:
    """What `splu` returns of a matrix: it solves."""

    def __init__(self, matrix):
        self.matrix = matrix

    def solve(self, rhs):
        return spsolve(self.matrix, rhs)


def joined(first, second):
    """The sum of two: the entries of both."""
    return Entries(np.concatenate((first.data, second.data)), np.concatenate((first.rows, second.rows)),
                   np.concatenate((first.columns, second.columns)), first.shape)


def places(indptr):
    """The row (or column) of each entry."""
    return np.repeat(np.arange(np.size(indptr) - 1), np.diff(indptr))


def by_place(arg, shape):
    """(data, (rows, columns)), or another sparse matrix of the function's."""
    if isinstance(arg, Entries):
        return arg
    if isinstance(arg, np.ndarray) and np.ndim(arg) == 2:  # the entries that are not 0, as SciPy stores them
        rows, columns = np.nonzero(arg)
        return Entries(arg[rows, columns], rows, columns, np.shape(arg))
    if not isinstance(arg, tuple) or len(arg) not in (2, 3):
        unsupported("a sparse matrix of something else than entries", "Give it (data, (rows, columns)) and `shape=`.")
    if shape is None:
        unsupported("a sparse matrix of entries without `shape=`", "Give the shape.")
    return Entries(arg[0], np.asarray(arg[1][0]), np.asarray(arg[1][1]), shape)


@stands_for(sparse.csr_matrix, sparse.csr_array)
def csr(arg1, shape=None, dtype=None, copy=False):
    if isinstance(arg1, tuple) and len(arg1) == 3 and shape is not None:
        return Entries(arg1[0], places(arg1[2]), np.asarray(arg1[1]), shape)
    return by_place(arg1, shape)


@stands_for(sparse.csc_matrix, sparse.csc_array)
def csc(arg1, shape=None, dtype=None, copy=False):
    if isinstance(arg1, tuple) and len(arg1) == 3 and shape is not None:
        return Entries(arg1[0], np.asarray(arg1[1]), places(arg1[2]), shape)
    return by_place(arg1, shape)


@stands_for(sparse.coo_matrix, sparse.coo_array)
def coo(arg1, shape=None, dtype=None, copy=False):
    return by_place(arg1, shape)


def banded(diagonals, offsets, shape):
    """Diagonals side by side: number k of them starts at row max(0, -offset)."""
    lengths = [min(shape[0] + min(k, 0), shape[1] - max(k, 0)) for k in offsets]
    each = range(len(lengths))
    data = np.concatenate([np.broadcast_to(diagonals[i], (lengths[i],)) if np.size(diagonals[i]) == 1
                           else diagonals[i][:lengths[i]] for i in each])
    rows = np.concatenate([np.arange(lengths[i]) - min(offsets[i], 0) for i in each])
    columns = np.concatenate([np.arange(lengths[i]) + max(offsets[i], 0) for i in each])
    return Entries(data, rows, columns, shape)


@stands_for(*(f for f in (sparse.diags, getattr(sparse, "diags_array", None)) if f is not None))
def diags(diagonals, offsets=0, shape=None, format=None, dtype=None):  # noqa: A002 - SciPy's names
    single = not isinstance(offsets, (list, tuple))
    parts = [diagonals] if single else list(diagonals)
    where = [offsets] if single else list(offsets)
    if shape is None:
        side = np.size(parts[0]) + abs(where[0])
        return banded(parts, where, (side, side))
    return banded(parts, where, shape)


@stands_for(sparse.eye, *(f for f in (getattr(sparse, "eye_array", None),) if f is not None))
def eye(m, n=None, k=0, dtype=float, format=None):  # noqa: A002 - SciPy's names
    return banded([np.ones(1)], [k], (m, m if n is None else n))


@stands_for(sparse.identity)
def identity(n, dtype="d", format=None):  # noqa: A002 - SciPy's names
    return banded([np.ones(1)], [0], (n, n))


@stands_for(sparse_linalg.spsolve)
def spsolve(A, b):
    if isinstance(A, Entries):
        return entries_solve(A.data, A.rows, A.columns, A.shape, b)
    return matrix_solve(A, b)


@stands_for(sparse_linalg.splu)
def splu(A):
    return Factors(A)


@stands_for(sparse_linalg.factorized)
def factorized(A):
    def solve(b):
        return spsolve(A, b)

    return solve


def iterated(method, A, b, rtol, atol, maxiter, x0, M, callback):
    """The solution and 0, the sign that it was found."""
    if x0 is not None or M is not None or callback is not None:
        unsupported("`x0=`, `M=` and `callback=` of an iterative solver", "Leave them out.")
    if isinstance(A, Entries):
        return entries_iterate(A.data, A.rows, A.columns, A.shape, b, method, rtol, atol, maxiter), 0
    return matrix_iterate(A, b, method, rtol, atol, maxiter), 0


@stands_for(sparse_linalg.cg)
def cg(A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None):
    return iterated("cg", A, b, rtol, atol, maxiter, x0, M, callback)


@stands_for(sparse_linalg.bicgstab)
def bicgstab(A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None):
    return iterated("bicgstab", A, b, rtol, atol, maxiter, x0, M, callback)


@stands_for(sparse_linalg.gmres)
def gmres(A, b, x0=None, *, rtol=1e-5, atol=0.0, maxiter=None, M=None, callback=None):
    return iterated("gmres", A, b, rtol, atol, maxiter, x0, M, callback)
