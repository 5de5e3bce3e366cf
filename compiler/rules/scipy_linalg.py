# mypy: allow-untyped-defs
"""`scipy.linalg`: solutions with the structure that SciPy knows of, factorizations, functions of matrices.

What a function does not read of its matrix (the other triangle, what is outside the band) has the cotangent 0.
"""

import numpy as np
from scipy import linalg

from ...runtime.matrices import as_columns, block_upper, conj_transpose, default_cutoff, fold_triangle, from_columns
from ...runtime.shapes import unbroadcast
from ...runtime.special import divide_or_zero
from ...runtime.structure import (
    band_of_product,
    band_times,
    pivoted_rows,
    structure_cotangent,
    structured,
    transposed_band,
)
from .registry import vjp, zero_derivative

# Solutions --------------------------------------------------------------------------------------------------


def _solve_tangent(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None,
                   transposed=False, *, ans, t_a, t_b):
    t_whole = structured(t_a, assume_a, lower)
    t_matrix = np.swapaxes(t_whole, -1, -2) if transposed else t_whole
    rest = as_columns(t_b, np.ndim(b)) - t_matrix @ as_columns(ans, np.ndim(b))
    t_ans = linalg.solve(a, from_columns(rest, np.ndim(b)), lower, assume_a=assume_a, transposed=transposed)
    return t_ans


@vjp(linalg.solve, jvp=_solve_tangent)
def solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False,
          *, ans, d_ans):
    """b's cotangent solves the transposed system; a's is minus its product with the solution, where a is read."""
    whole = structured(a, assume_a, lower)
    matrix = np.swapaxes(whole, -1, -2) if transposed else whole
    d_columns = np.linalg.solve(conj_transpose(matrix), as_columns(d_ans, np.ndim(b)))
    d_b = unbroadcast(from_columns(d_columns, np.ndim(b)), np.shape(b))
    d_matrix = -d_columns @ conj_transpose(as_columns(ans, np.ndim(b)))
    d_whole = np.swapaxes(d_matrix, -1, -2) if transposed else d_matrix
    d_a = unbroadcast(structure_cotangent(d_whole, assume_a, lower), np.shape(a))
    return d_a, d_b


@vjp(structured, linear=True)
def structured_(a, assume_a, lower, *, ans, d_ans):
    d_a = structure_cotangent(d_ans, assume_a, lower)
    return d_a


@vjp(structure_cotangent, linear=True)
def structure_cotangent_(g, assume_a, lower, *, ans, d_ans):
    d_g = structured(d_ans, assume_a, lower)
    return d_g


def _solve_triangular_tangent(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True, *,
                              ans, t_a, t_b):
    k = 1 if unit_diagonal else 0
    t_read = np.tril(t_a, -k) if lower else np.triu(t_a, k)
    t_turned = conj_transpose(t_read) if trans in (2, "C") else np.swapaxes(t_read, -1, -2)
    t_matrix = t_read if trans in (0, "N") else t_turned
    rest = as_columns(t_b, np.ndim(b)) - t_matrix @ as_columns(ans, np.ndim(b))
    t_ans = linalg.solve_triangular(a, from_columns(rest, np.ndim(b)), trans, lower, unit_diagonal)
    return t_ans


@vjp(linalg.solve_triangular, jvp=_solve_triangular_tangent)
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True, *,
                     ans, d_ans):
    """As `solve`; with the triangle's own transposed solution."""
    if trans in (0, "N"):
        d_b = linalg.solve_triangular(a, d_ans, 2, lower, unit_diagonal)
    elif trans in (1, "T"):
        d_b = np.conj(linalg.solve_triangular(a, np.conj(d_ans), 0, lower, unit_diagonal))
    else:
        d_b = linalg.solve_triangular(a, d_ans, 0, lower, unit_diagonal)
    d_matrix = -as_columns(d_b, np.ndim(b)) @ conj_transpose(as_columns(ans, np.ndim(b)))
    d_turned = conj_transpose(d_matrix) if trans in (2, "C") else np.swapaxes(d_matrix, -1, -2)
    d_whole = d_matrix if trans in (0, "N") else d_turned
    k = 1 if unit_diagonal else 0
    d_a = np.tril(d_whole, -k) if lower else np.triu(d_whole, k)
    return d_a, d_b


def _solve_banded_tangent(l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True, *, ans, t_ab, t_b):
    t_ans = linalg.solve_banded(l_and_u, ab, t_b - band_times(l_and_u, t_ab, ans))
    return t_ans


@vjp(linalg.solve_banded, jvp=_solve_banded_tangent)
def solve_banded(l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True, *, ans, d_ans):
    """As `solve`, within the band."""
    d_b = linalg.solve_banded(l_and_u[::-1], np.conj(transposed_band(l_and_u, ab)), d_ans)
    d_ab = -band_of_product(l_and_u, d_b, np.conj(ans))
    return d_ab, d_b


@vjp(band_times, bilinear=True)
def band_times_(l_and_u, ab, x, *, ans, d_ans):
    d_ab = band_of_product(l_and_u, d_ans, np.conj(x))
    d_x = band_times(l_and_u[::-1], np.conj(transposed_band(l_and_u, ab)), d_ans)
    return d_ab, d_x


@vjp(band_of_product, bilinear=True)
def band_of_product_(l_and_u, x, y, *, ans, d_ans):
    d_x = band_times(l_and_u, d_ans, np.conj(y))
    d_y = band_times(l_and_u[::-1], transposed_band(l_and_u, d_ans), np.conj(x))
    return d_x, d_y


@vjp(transposed_band, linear=True)
def transposed_band_(l_and_u, ab, *, ans, d_ans):
    d_ab = transposed_band(l_and_u[::-1], d_ans)
    return d_ab


def _solve_sylvester_tangent(a, b, q, *, ans, t_a, t_b, t_q):
    t_ans = linalg.solve_sylvester(a, b, t_q - t_a @ ans - ans @ t_b)
    return t_ans


@vjp(linalg.solve_sylvester, jvp=_solve_sylvester_tangent)
def solve_sylvester(a, b, q, *, ans, d_ans):
    """q's cotangent solves the adjoint equation."""
    d_q = linalg.solve_sylvester(conj_transpose(a), conj_transpose(b), d_ans)
    d_a = -d_q @ conj_transpose(ans)
    d_b = -conj_transpose(ans) @ d_q
    return d_a, d_b, d_q


# Factorizations ---------------------------------------------------------------------------------------------


def _lu_factor_tangent(a, overwrite_a=False, check_finite=True, *, ans, t_a):
    rows = pivoted_rows(ans[1])
    left = linalg.solve_triangular(ans[0], t_a[rows], 0, True, True)
    inner = np.conj(linalg.solve_triangular(ans[0], conj_transpose(np.conj(left)), 1)).T
    lower = np.tril(ans[0], -1) + np.eye(np.shape(a)[-1])
    t_ans = (lower @ np.tril(inner, -1) + np.triu(inner) @ np.triu(ans[0]), np.zeros(np.shape(ans[1])))
    return t_ans


@vjp(linalg.lu_factor, jvp=_lu_factor_tangent)
def lu_factor(a, overwrite_a=False, check_finite=True, *, ans, d_ans):
    """With the rows' order as it is: de Hoog, Anderssen and Lukas (2011)."""
    rows = pivoted_rows(ans[1])
    lower = np.tril(ans[0], -1) + np.eye(np.shape(a)[-1])
    upper = np.triu(ans[0])
    strict = np.tril(conj_transpose(lower) @ np.tril(d_ans[0], -1), -1)
    inner = strict + np.triu(np.triu(d_ans[0]) @ conj_transpose(upper))
    left = linalg.solve_triangular(lower, inner, 2, True, True)
    d_a = conj_transpose(linalg.solve_triangular(upper, conj_transpose(left)))[np.argsort(rows)]
    return d_a


def _lu_tangent(a, permute_l=False, overwrite_a=False, check_finite=True, *, ans, t_a):
    turn = linalg.lu(a)[0] if permute_l else ans[0]
    lower = linalg.lu(a)[1] if permute_l else ans[1]
    upper = ans[1] if permute_l else ans[2]
    inner = np.linalg.solve(lower, turn.T @ t_a) @ np.linalg.inv(upper)
    t_lower = lower @ np.tril(inner, -1)
    t_upper = np.triu(inner) @ upper
    t_ans = (turn @ t_lower, t_upper) if permute_l else (np.zeros(np.shape(turn)), t_lower, t_upper)
    return t_ans


@vjp(linalg.lu, jvp=_lu_tangent)
def lu(a, permute_l=False, overwrite_a=False, check_finite=True, *, ans, d_ans):
    """As `lu_factor`, of a square matrix."""
    if permute_l:
        parts = linalg.lu(a)
        turn = parts[0]
        lower = parts[1]
        upper = ans[1]
        d_lower = turn.T @ d_ans[0]
        d_upper = d_ans[1]
    else:
        turn = ans[0]
        lower = ans[1]
        upper = ans[2]
        d_lower = d_ans[1]
        d_upper = d_ans[2]
    inner = np.tril(conj_transpose(lower) @ d_lower, -1) + np.triu(d_upper @ conj_transpose(upper))
    left = np.linalg.solve(conj_transpose(lower), inner)
    d_a = turn @ conj_transpose(np.linalg.solve(upper, conj_transpose(left)))
    return d_a


def _eigh_tangent(a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False,
                  check_finite=True, driver=None, ans, t_a, t_b=None):
    whole = linalg.eigh(a, b, lower=lower) if eigvals_only else ans
    values = whole[0]
    vectors = whole[1]
    t_read = structured(t_a, "her", lower)
    inner = conj_transpose(vectors) @ t_read @ vectors
    if b is None:
        t_weight = np.zeros(np.shape(inner))
    else:
        t_weight = conj_transpose(vectors) @ structured(t_b, "her", lower) @ vectors
    moved = inner - t_weight * np.expand_dims(values, -2)
    t_values = np.real(np.diagonal(moved, 0, -2, -1))
    gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
    t_vectors = vectors @ (divide_or_zero(moved, gaps) - t_weight * np.eye(np.shape(a)[-1]) / 2)
    t_ans = t_values if eigvals_only else (t_values, t_vectors)
    return t_ans


@vjp(linalg.eigh, jvp=_eigh_tangent)
def eigh(a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, check_finite=True,
         driver=None, ans, d_ans):
    """Giles (2008), section 3.1; of the problem a v = w b v, whose vectors have length 1 in b, too."""
    if eigvals_only:
        pair = linalg.eigh(a, b, lower=lower)
        values = pair[0]
        vectors = pair[1]
        turned = np.zeros(np.shape(vectors))
        d_values = d_ans
        along = np.zeros(np.shape(vectors))
    else:
        values = ans[0]
        vectors = ans[1]
        gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
        d_inner = conj_transpose(vectors) @ d_ans[1]
        turned = divide_or_zero(d_inner, gaps)
        d_values = d_ans[0]
        along = np.real(d_inner) * np.eye(np.shape(a)[-1]) / 2
    inner = np.expand_dims(d_values, -2) * np.eye(np.shape(a)[-1]) + turned
    d_a = fold_triangle(vectors @ inner @ conj_transpose(vectors), lower)
    if b is None:
        d_b = None
    else:
        weight = inner * np.expand_dims(values, -2) + along
        d_b = -fold_triangle(vectors @ weight @ conj_transpose(vectors), lower)
    return d_a, d_b


# Functions of matrices: the derivative along a direction is a block of the function of a block matrix (Higham, 2008,
# section 3.2) -----------------------------------------------------------------------------------------------


def _expm_tangent(A, *, ans, t_A):
    size = np.shape(A)[-1]
    t_ans = linalg.expm(block_upper(A, t_A))[..., :size, size:]
    return t_ans


@vjp(linalg.expm, jvp=_expm_tangent)
def expm(A, *, ans, d_ans):
    size = np.shape(A)[-1]
    d_A = linalg.expm(block_upper(conj_transpose(A), d_ans))[..., :size, size:]
    return d_A


def _logm_tangent(A, *, ans, t_A):
    size = np.shape(A)[-1]
    t_ans = linalg.logm(block_upper(A, t_A))[..., :size, size:]
    return t_ans


@vjp(linalg.logm, jvp=_logm_tangent)
def logm(A, *, ans, d_ans):
    size = np.shape(A)[-1]
    d_A = linalg.logm(block_upper(conj_transpose(A), d_ans))[..., :size, size:]
    return d_A


def _sqrtm_tangent(A, *, ans, t_A):
    t_ans = linalg.solve_sylvester(ans, ans, t_A)
    return t_ans


@vjp(linalg.sqrtm, jvp=_sqrtm_tangent)
def sqrtm(A, *, ans, d_ans):
    """The root x of A: t_x x + x t_x = t_A."""
    d_A = linalg.solve_sylvester(conj_transpose(ans), conj_transpose(ans), d_ans)
    return d_A


zero_derivative(linalg.bandwidth, linalg.issymmetric, linalg.ishermitian, pivoted_rows, default_cutoff)
zero_derivative(linalg.hadamard, linalg.hilbert, linalg.invhilbert, linalg.pascal, linalg.invpascal, linalg.dft,
                linalg.helmert)
