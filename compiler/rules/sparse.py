# mypy: allow-untyped-defs
"""Products and solutions with sparse matrices."""

import numpy as np

from ...runtime.sparse import (
    entries_iterate,
    entries_outer,
    entries_product,
    entries_solve,
    factor_solve,
    matrix_entries,
    matrix_iterate,
    matrix_solve,
    sparse_adjoint,
    sparse_times,
    sparse_transpose,
    transposed,
)
from .registry import jvp, vjp, zero_derivative


@vjp(sparse_times, linear=True)
def sparse_times_(matrix, x, *, ans, d_ans):
    """The matrix is a constant."""
    d_x = sparse_times(sparse_adjoint(matrix), d_ans)
    return d_x


@vjp(matrix_solve, linear=True)
def matrix_solve_(matrix, b, *, ans, d_ans):
    """The matrix is a constant."""
    d_b = matrix_solve(sparse_adjoint(matrix), d_ans)
    return d_b


@vjp(factor_solve, linear=True)
def factor_solve_(factor, b, trans="N", *, ans, d_ans):
    """The factors are constants, and real where `trans` is "T"."""
    d_b = factor_solve(factor, d_ans, transposed(trans))
    return d_b


zero_derivative(sparse_adjoint, sparse_transpose, matrix_entries, transposed)


@vjp(entries_product, bilinear=True)
def entries_product_(data, rows, columns, shape, x, *, ans, d_ans):
    """Each entry multiplies one row of x into one of the product."""
    d_data = entries_outer(d_ans, x, rows, columns)
    d_x = entries_product(np.conj(data), columns, rows, (shape[1], shape[0]), d_ans)
    return d_data, d_x


@vjp(entries_solve)
def entries_solve_(data, rows, columns, shape, b, *, ans, d_ans):
    """d_b solves with the adjoint; the entries get -d_b x^H at their places (Giles 2008, section 2.3.1)."""
    d_b = entries_solve(np.conj(data), columns, rows, (shape[1], shape[0]), d_ans)
    d_data = -entries_outer(d_b, ans, rows, columns)
    return d_data, d_b


@jvp(entries_solve)
def entries_solve_tangent(data, rows, columns, shape, b, *, ans, t_data, t_b):
    t_ans = entries_solve(data, rows, columns, shape, t_b - entries_product(t_data, rows, columns, shape, ans))
    return t_ans


@vjp(entries_outer)
def entries_outer_(x, y, rows, columns, *, ans, d_ans):
    """Linear in x, conjugate-linear in y."""
    d_x = entries_product(d_ans, rows, columns, (np.shape(x)[0], np.shape(y)[0]), y)
    d_y = entries_product(np.conj(d_ans), columns, rows, (np.shape(y)[0], np.shape(x)[0]), x)
    return d_x, d_y


@jvp(entries_outer)
def entries_outer_tangent(x, y, rows, columns, *, ans, t_x, t_y):
    t_ans = entries_outer(t_x, y, rows, columns) + entries_outer(x, t_y, rows, columns)
    return t_ans


# Iterative solutions: the derivative is that of the solution, found by the same method -----------------------


@vjp(matrix_iterate, linear=True)
def matrix_iterate_(matrix, b, method, rtol, atol, maxiter, *, ans, d_ans):
    """The matrix is a constant."""
    d_b = matrix_iterate(sparse_adjoint(matrix), d_ans, method, rtol, atol, maxiter)
    return d_b


@vjp(entries_iterate)
def entries_iterate_(data, rows, columns, shape, b, method, rtol, atol, maxiter, *, ans, d_ans):
    """As `entries_solve`."""
    d_b = entries_iterate(np.conj(data), columns, rows, (shape[1], shape[0]), d_ans, method, rtol, atol, maxiter)
    d_data = -entries_outer(d_b, ans, rows, columns)
    return d_data, d_b


@jvp(entries_iterate)
def entries_iterate_tangent(data, rows, columns, shape, b, method, rtol, atol, maxiter, *, ans, t_data, t_b):
    t_right = t_b - entries_product(t_data, rows, columns, shape, ans)
    t_ans = entries_iterate(data, rows, columns, shape, t_right, method, rtol, atol, maxiter)
    return t_ans
