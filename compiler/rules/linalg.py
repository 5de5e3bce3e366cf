# mypy: allow-untyped-defs
"""`numpy.linalg`: inverses, solutions, determinants and factorizations of stacks of matrices.

Factorizations that read one triangle of a Hermitian matrix (cholesky, eigh) give the cotangent of that triangle.
Differences of equal eigenvalues or singular values are never divided by: exact where the loss is invariant.
"""

import numpy as np

from ...runtime.matrices import (
    as_columns,
    block_upper,
    cofactors,
    cofactors_cotangent,
    column_sums,
    conj_transpose,
    fold_triangle,
    from_columns,
    largest_mask,
    qr_columns,
    scaled_or_zero,
    unfold_triangle,
)
from ...runtime.shapes import unbroadcast
from ...runtime.special import divide_or_zero
from .registry import vjp

# Inverses and solutions ------------------------------------------------------------------------------------


def _inv_tangent(a, *, ans, t_a):
    return -ans @ t_a @ ans


@vjp(np.linalg.inv, jvp=_inv_tangent)
def inv(a, *, ans, d_ans):
    if np.ndim(a) == 2:
        d_a = -np.conj(ans).T @ d_ans @ np.conj(ans).T
    else:
        d_a = -conj_transpose(ans) @ d_ans @ conj_transpose(ans)
    return d_a


def _solve_tangent(a, b, *, ans, t_a, t_b):
    if np.ndim(b) == 1:
        return np.linalg.solve(a, (t_b - np.matmul(t_a, ans[..., None])[..., 0])[..., None])[..., 0]
    return np.linalg.solve(a, t_b - t_a @ ans)


@vjp(np.linalg.solve, jvp=_solve_tangent)
def solve(a, b, *, ans, d_ans):
    """b's cotangent solves the transposed system; a's is minus its product with the solution."""
    if np.ndim(a) == 2 and np.ndim(b) == 1:
        d_b = np.linalg.solve(np.conj(a).T, d_ans)
        d_a = -np.outer(d_b, np.conj(ans))
    elif np.ndim(a) == 2 and np.ndim(b) == 2:
        d_b = np.linalg.solve(np.conj(a).T, d_ans)
        d_a = -d_b @ np.conj(ans).T
    else:
        d_columns = np.linalg.solve(conj_transpose(a), as_columns(d_ans, np.ndim(b)))
        d_b = unbroadcast(from_columns(d_columns, np.ndim(b)), np.shape(b))
        d_a = unbroadcast(-d_columns @ conj_transpose(as_columns(ans, np.ndim(b))), np.shape(a))
    return d_a, d_b


@vjp(as_columns, linear=True)
def as_columns_(x, b_ndim, *, ans, d_ans):
    d_x = from_columns(d_ans, b_ndim)
    return d_x


@vjp(from_columns, linear=True)
def from_columns_(x, b_ndim, *, ans, d_ans):
    d_x = as_columns(d_ans, b_ndim)
    return d_x


@vjp(conj_transpose, linear=True)
def conj_transpose_(x, *, ans, d_ans):
    d_x = conj_transpose(d_ans)
    return d_x


def _pinv_tangent(a, rcond=None, *, rtol=None, ans, t_a):
    left = np.eye(np.shape(a)[-2]) - a @ ans
    right = np.eye(np.shape(a)[-1]) - ans @ a
    t_h = conj_transpose(t_a)
    return -ans @ t_a @ ans + ans @ conj_transpose(ans) @ t_h @ left + right @ t_h @ conj_transpose(ans) @ ans


@vjp(np.linalg.pinv, jvp=_pinv_tangent)
def pinv(a, rcond=None, *, rtol=None, ans, d_ans):
    """At constant rank (Golub and Pereyra, 1973, equation 4.12)."""
    p_h = conj_transpose(ans)
    d_h = conj_transpose(d_ans)
    left = d_h @ ans @ p_h - a @ ans @ d_h @ ans @ p_h
    right = p_h @ ans @ d_h - p_h @ ans @ d_h @ ans @ a
    d_a = -p_h @ d_ans @ p_h + left + right
    return d_a


@vjp(np.linalg.lstsq)
def lstsq(a, b, rcond=None, *, ans, d_ans):
    """x = pinv(a) @ b at constant rank; the residuals are the squared lengths of b - a @ x, where there are any."""
    p = np.linalg.pinv(a, rcond=rcond)
    p_h = conj_transpose(p)
    columns = as_columns(b, np.ndim(b))
    x = as_columns(ans[0], np.ndim(b))
    d_x = as_columns(d_ans[0], np.ndim(b))
    rest = columns - a @ x
    d_rest = scaled_or_zero(2 * rest, d_ans[1])
    d_p = d_x @ conj_transpose(columns)
    d_h = conj_transpose(d_p)
    d_values = np.linalg.svd(a, full_matrices=False)
    d_from_values = (d_values[0] * d_ans[3]) @ d_values[2]
    left = d_h @ p @ p_h - a @ p @ d_h @ p @ p_h
    right = p_h @ p @ d_h - p_h @ p @ d_h @ p @ a
    d_a = -p_h @ d_p @ p_h + left + right - d_rest @ conj_transpose(x) + d_from_values
    d_b = from_columns(p_h @ d_x + d_rest, np.ndim(b))
    return d_a, d_b


@vjp(scaled_or_zero, bilinear=True)
def scaled_or_zero_(x, factors, *, ans, d_ans):
    d_x = scaled_or_zero(d_ans, np.conj(factors))
    d_factors = column_sums(d_ans * np.conj(x), np.shape(factors))
    return d_x, d_factors


@vjp(column_sums, linear=True)
def column_sums_(x, shape, *, ans, d_ans):
    d_x = scaled_or_zero(np.ones(np.shape(x)), d_ans)
    return d_x


@vjp(np.linalg.tensorinv)
def tensorinv(a, ind=2, *, ans, d_ans):
    """The inverse of a matrix whose rows and columns have several axes."""
    size = np.size(a) if np.size(a) == 0 else round(np.sqrt(np.size(a)))
    inverse_h = conj_transpose(np.reshape(ans, (size, size)))
    d_a = np.reshape(-inverse_h @ np.reshape(d_ans, (size, size)) @ inverse_h, np.shape(a))
    return d_a


@vjp(np.linalg.tensorsolve)
def tensorsolve(a, b, *, ans, d_ans):
    """A system of equations whose rows and columns have several axes."""
    matrix = np.reshape(a, (np.size(b), np.size(b)))
    d_flat = np.linalg.solve(conj_transpose(matrix), np.ravel(d_ans))
    d_a = np.reshape(-np.outer(d_flat, np.conj(np.ravel(ans))), np.shape(a))
    d_b = np.reshape(d_flat, np.shape(b))
    return d_a, d_b


@vjp(np.linalg.matrix_power)
def matrix_power(a, n, *, ans, d_ans):
    """The derivative along a direction is a block of the power of a block matrix (Higham, 2008, section 3.2)."""
    size = np.shape(a)[-1]
    d_a = np.linalg.matrix_power(block_upper(conj_transpose(a), d_ans), n)[..., :size, size:]
    return d_a


@vjp(block_upper, linear=True)
def block_upper_(a, e, *, ans, d_ans):
    size = np.shape(a)[-1]
    d_a = unbroadcast(d_ans[..., :size, :size] + d_ans[..., size:, size:], np.shape(a))
    d_e = unbroadcast(d_ans[..., :size, size:], np.shape(e))
    return d_a, d_e


# Determinants ----------------------------------------------------------------------------------------------


@vjp(np.linalg.det)
def det(a, *, ans, d_ans):
    """The cofactors: exact also for a singular matrix."""
    d_a = np.expand_dims(d_ans, (-1, -2)) * np.conj(cofactors(a))
    return d_a


@vjp(cofactors)
def cofactors_(a, *, ans, d_ans):
    d_a = cofactors_cotangent(d_ans, a)
    return d_a


@vjp(np.linalg.slogdet)
def slogdet(a, *, ans, d_ans):
    """The logarithm's derivative is the inverse; the sign of a complex matrix turns, a real one's is constant."""
    inverse_h = conj_transpose(np.linalg.inv(a))
    if np.isrealobj(a):
        d_a = np.expand_dims(d_ans[1], (-1, -2)) * inverse_h
    else:
        turn = np.imag(d_ans[0] * np.conj(ans[0]))
        d_a = np.expand_dims(d_ans[1] + 1j * turn, (-1, -2)) * inverse_h
    return d_a


# Factorizations --------------------------------------------------------------------------------------------


@vjp(fold_triangle, linear=True)
def fold_triangle_(g, lower, *, ans, d_ans):
    d_g = unfold_triangle(d_ans, lower)
    return d_g


@vjp(unfold_triangle, linear=True)
def unfold_triangle_(x, lower, *, ans, d_ans):
    d_x = fold_triangle(d_ans, lower)
    return d_x


@vjp(np.linalg.cholesky)
def cholesky(a, /, *, upper=False, ans, d_ans):
    """Murray, Differentiation of the Cholesky decomposition (2016), equation 10; of the triangle that is read."""
    factor = conj_transpose(ans) if upper else ans
    d_factor = conj_transpose(d_ans) if upper else d_ans
    inverse = np.linalg.inv(factor)
    product = conj_transpose(factor) @ d_factor
    halved = np.tril(product) - product * np.eye(np.shape(a)[-1]) / 2
    d_a = fold_triangle(conj_transpose(inverse) @ halved @ inverse, not upper)
    return d_a


@vjp(np.linalg.qr)
def qr(a, mode="reduced", *, ans, d_ans):
    """Walter and Lehmann (2010), with the further columns of a wide matrix as products of Q."""
    k = qr_columns(np.shape(a), mode)
    r = ans if mode == "r" else ans[1]
    d_r = d_ans if mode == "r" else d_ans[1]
    if mode == "r":
        q = conj_transpose(np.linalg.solve(conj_transpose(r[..., :k]), conj_transpose(a[..., :k])))
        d_q = np.zeros(np.shape(q))
    else:
        q = ans[0]
        d_q = d_ans[0]
    d_square = d_r[..., :k]
    square_h = conj_transpose(r[..., :k])
    d_q_whole = d_q + a[..., k:] @ conj_transpose(d_r[..., k:])
    upper = np.triu(d_square @ square_h - conj_transpose(q) @ d_q_whole)
    hermitian = upper + conj_transpose(upper) - np.real(upper * np.eye(k))
    d_left = conj_transpose(np.linalg.solve(r[..., :k], conj_transpose(d_q_whole + q @ hermitian)))
    d_a = np.concatenate((d_left, q @ d_r[..., k:]), -1)
    return d_a


@vjp(np.linalg.eigh)
def eigh(a, UPLO="L", *, ans, d_ans):
    """Giles (2008), section 3.1, of the triangle that is read."""
    vectors = ans[1]
    gaps = np.expand_dims(ans[0], -2) - np.expand_dims(ans[0], -1)
    inner = np.expand_dims(d_ans[0], -2) * np.eye(np.shape(a)[-1])
    turned = divide_or_zero(conj_transpose(vectors) @ d_ans[1], gaps)
    d_a = fold_triangle(vectors @ (inner + turned) @ conj_transpose(vectors), UPLO in ("L", "l"))
    return d_a


@vjp(np.linalg.eigvalsh)
def eigvalsh(a, UPLO="L", *, ans, d_ans):
    vectors = np.linalg.eigh(a, UPLO)[1]
    weighted = vectors * np.expand_dims(d_ans, -2)
    d_a = fold_triangle(weighted @ conj_transpose(vectors), UPLO in ("L", "l"))
    return d_a


@vjp(np.linalg.eig)
def eig(a, *, ans, d_ans):
    """Boeddeker and others (2017), with vectors of length 1 whose largest component is real."""
    vectors_h = conj_transpose(ans[1])
    turn = np.sum(np.imag(np.conj(d_ans[1]) * ans[1]), -2, keepdims=True)
    pivot = np.sum(np.where(largest_mask(ans[1]), ans[1], 0), -2, keepdims=True)
    d_vectors = vectors_h @ (d_ans[1] + largest_mask(ans[1]) * (1j * turn / pivot))
    along = np.expand_dims(np.real(np.diagonal(d_vectors, 0, -2, -1)), -2)
    gaps = np.conj(np.expand_dims(ans[0], -2) - np.expand_dims(ans[0], -1))
    turned = divide_or_zero(d_vectors - vectors_h @ ans[1] * along, gaps)
    inner = np.expand_dims(d_ans[0], -2) * np.eye(np.shape(a)[-1]) + turned
    d_a = np.linalg.solve(vectors_h, inner @ vectors_h)
    return d_a


@vjp(np.linalg.eigvals)
def eigvals(a, *, ans, d_ans):
    vectors_h = conj_transpose(np.linalg.eig(a)[1])
    d_a = np.linalg.solve(vectors_h, np.expand_dims(d_ans, -1) * vectors_h)
    return d_a


@vjp(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, *, ans, d_ans):
    """Townsend (2016); columns of full matrices beyond the singular values turn with the others."""
    k = min(np.shape(a)[-2], np.shape(a)[-1])
    if compute_uv:
        u = ans[0][..., :k]
        v = conj_transpose(ans[2])[..., :k]
        u_rest = ans[0][..., k:]
        v_rest = conj_transpose(ans[2])[..., k:]
        d_v_all = conj_transpose(d_ans[2])
        d_u = d_ans[0][..., :k] - u_rest @ conj_transpose(d_ans[0][..., k:]) @ u
        d_v = d_v_all[..., :k] - v_rest @ conj_transpose(d_v_all[..., k:]) @ v
        s = np.expand_dims(ans[1], -2)
        squares = s * s
        gaps = squares - np.swapaxes(squares, -1, -2)
        u_d = conj_transpose(u) @ d_u
        v_d = conj_transpose(v) @ d_v
        u_turn = divide_or_zero(u_d - conj_transpose(u_d), gaps) * s
        v_turn = np.swapaxes(s, -1, -2) * divide_or_zero(v_d - conj_transpose(v_d), gaps)
        phase = divide_or_zero(1j * np.imag(u_d) * np.eye(k), s)
        inner = u_turn + v_turn + np.expand_dims(d_ans[1], -2) * np.eye(k) + phase
        outside_u = divide_or_zero(d_u - u @ u_d, s) @ conj_transpose(v)
        outside_v = u @ conj_transpose(divide_or_zero(d_v - v @ v_d, s))
        d_a = u @ inner @ conj_transpose(v) + outside_u + outside_v
    else:
        parts = np.linalg.svd(a, full_matrices=False)
        d_a = (parts[0] * np.expand_dims(d_ans, -2)) @ parts[2]
    return d_a


@vjp(np.linalg.svdvals)
def svdvals(x, /, *, ans, d_ans):
    parts = np.linalg.svd(x, full_matrices=False)
    d_x = (parts[0] * np.expand_dims(d_ans, -2)) @ parts[2]
    return d_x
