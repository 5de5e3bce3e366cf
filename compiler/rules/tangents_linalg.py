# mypy: allow-untyped-defs
"""Tangents of `numpy.linalg`: how inverses, factorizations and norms move with their matrix.

As in the rules, differences of equal eigenvalues or singular values are never divided by.
"""

import numpy as np

from ...runtime.contraction import (
    add_each,
    einsum_along,
    einsum_cotangents,
    multi_dot_subscripts,
    replaced_along,
    replaced_cotangents,
)
from ...runtime.matrices import (
    as_columns,
    block_upper,
    cofactors,
    cofactors_cotangent,
    column_sums,
    conj_transpose,
    from_columns,
    largest_mask,
    qr_columns,
    unfold_triangle,
)
from ...runtime.shapes import shapes_of
from ...runtime.special import divide_or_zero
from . import contractions, linalg  # noqa: F401 - their rules come first
from .norms import cond, matrix_norm, norm, vector_norm
from .registry import jvp

# Solutions and determinants --------------------------------------------------------------------------------


@jvp(np.linalg.lstsq)
def lstsq_tangent(a, b, rcond=None, *, ans, t_a, t_b):
    """pinv(a) moves at constant rank (Golub and Pereyra, 1973, equation 4.12); the residuals with what is left."""
    p = np.linalg.pinv(a, rcond=rcond)
    p_h = conj_transpose(p)
    x = as_columns(ans[0], np.ndim(b))
    rest = as_columns(b, np.ndim(b)) - a @ x
    t_h = conj_transpose(t_a)
    t_null = t_h @ p_h @ x
    t_x = p @ (as_columns(t_b, np.ndim(b)) - t_a @ x) + p @ p_h @ t_h @ rest + t_null - p @ (a @ t_null)
    t_rest = as_columns(t_b, np.ndim(b)) - t_a @ x - a @ t_x
    t_residuals = column_sums(2 * np.real(np.conj(rest) * t_rest), np.shape(ans[1]))
    parts = np.linalg.svd(a, full_matrices=False)
    t_s = np.sum(np.real(np.conj(parts[0]) * (t_a @ conj_transpose(parts[2]))), -2)
    t_ans = (from_columns(t_x, np.ndim(b)), t_residuals, 0, t_s)
    return t_ans


@jvp(np.linalg.tensorinv)
def tensorinv_tangent(a, ind=2, *, ans, t_a):
    size = np.size(a) if np.size(a) == 0 else round(np.sqrt(np.size(a)))
    inverse = np.reshape(ans, (size, size))
    t_ans = np.reshape(-inverse @ np.reshape(t_a, (size, size)) @ inverse, np.shape(ans))
    return t_ans


@jvp(np.linalg.tensorsolve)
def tensorsolve_tangent(a, b, *, ans, t_a, t_b):
    square = (np.size(b), np.size(b))
    t_right = np.ravel(t_b) - np.reshape(t_a, square) @ np.ravel(ans)
    t_ans = np.reshape(np.linalg.solve(np.reshape(a, square), t_right), np.shape(ans))
    return t_ans


@jvp(np.linalg.matrix_power)
def matrix_power_tangent(a, n, *, ans, t_a):
    """A block of the power of a block matrix (Higham, 2008, section 3.2)."""
    size = np.shape(a)[-1]
    t_ans = np.linalg.matrix_power(block_upper(a, t_a), n)[..., :size, size:]
    return t_ans


@jvp(np.linalg.det)
def det_tangent(a, *, ans, t_a):
    t_ans = np.sum(t_a * cofactors(a), (-2, -1))
    return t_ans


@jvp(cofactors)
def cofactors_tangent(a, *, ans, t_a):
    """The second derivative of a determinant is symmetric."""
    t_ans = np.conj(cofactors_cotangent(np.conj(t_a), a))
    return t_ans


@jvp(np.linalg.slogdet)
def slogdet_tangent(a, *, ans, t_a):
    along = np.trace(np.linalg.solve(a, t_a), 0, -2, -1)
    if np.isrealobj(a):
        t_ans = (np.zeros(np.shape(ans[0])), along)
    else:
        t_ans = (ans[0] * (1j * np.imag(along)), np.real(along))
    return t_ans


# Factorizations --------------------------------------------------------------------------------------------


@jvp(np.linalg.cholesky)
def cholesky_tangent(a, /, *, upper=False, ans, t_a):
    """Murray (2016), equation 8, for the Hermitian matrix of which one triangle is read."""
    factor = conj_transpose(ans) if upper else ans
    half = np.linalg.solve(factor, unfold_triangle(t_a, not upper))
    product = np.linalg.solve(factor, conj_transpose(half))
    t_factor = factor @ (np.tril(product) - product * np.eye(np.shape(a)[-1]) / 2)
    t_ans = conj_transpose(t_factor) if upper else t_factor
    return t_ans


@jvp(np.linalg.qr)
def qr_tangent(a, mode="reduced", *, ans, t_a):
    """R moves by an upper triangle with a real diagonal, Q by the rest, which turns it."""
    k = qr_columns(np.shape(a), mode)
    r = ans if mode == "r" else ans[1]
    square_h = conj_transpose(r[..., :k])
    if mode == "r":
        q = conj_transpose(np.linalg.solve(square_h, conj_transpose(a[..., :k])))
    else:
        q = ans[0]
    t_over = conj_transpose(np.linalg.solve(square_h, conj_transpose(t_a[..., :k])))
    product = conj_transpose(q) @ t_over
    upper = np.triu(product, 1) + conj_transpose(np.tril(product, -1)) + np.real(product * np.eye(k))
    t_q = t_over - q @ upper
    t_further = conj_transpose(q) @ t_a[..., k:] + conj_transpose(t_q) @ a[..., k:]
    t_r = np.concatenate((upper @ r[..., :k], t_further), -1)
    t_ans = t_r if mode == "r" else (t_q, t_r)
    return t_ans


@jvp(np.linalg.eigh)
def eigh_tangent(a, UPLO="L", *, ans, t_a):
    gaps = np.expand_dims(ans[0], -2) - np.expand_dims(ans[0], -1)
    inner = conj_transpose(ans[1]) @ unfold_triangle(t_a, UPLO in ("L", "l")) @ ans[1]
    t_ans = (np.real(np.diagonal(inner, 0, -2, -1)), ans[1] @ divide_or_zero(inner, gaps))
    return t_ans


@jvp(np.linalg.eigvalsh)
def eigvalsh_tangent(a, UPLO="L", *, ans, t_a):
    vectors = np.linalg.eigh(a, UPLO)[1]
    t_ans = np.sum(np.real(np.conj(vectors) * (unfold_triangle(t_a, UPLO in ("L", "l")) @ vectors)), -2)
    return t_ans


@jvp(np.linalg.eig)
def eig_tangent(a, *, ans, t_a):
    """The vectors keep length 1 and a real largest component."""
    inner = np.linalg.solve(ans[1], t_a @ ans[1])
    gaps = np.expand_dims(ans[0], -2) - np.expand_dims(ans[0], -1)
    turned = ans[1] @ divide_or_zero(inner, gaps)
    along = np.sum(np.real(np.conj(ans[1]) * turned), -2, keepdims=True)
    pivot = np.sum(np.where(largest_mask(ans[1]), ans[1], 0), -2, keepdims=True)
    turn = np.imag(np.sum(np.where(largest_mask(ans[1]), turned - ans[1] * along, 0), -2, keepdims=True) / pivot)
    t_ans = (np.diagonal(inner, 0, -2, -1), turned - ans[1] * (along + 1j * turn))
    return t_ans


@jvp(np.linalg.eigvals)
def eigvals_tangent(a, *, ans, t_a):
    vectors = np.linalg.eig(a)[1]
    t_ans = np.diagonal(np.linalg.solve(vectors, t_a @ vectors), 0, -2, -1)
    return t_ans


@jvp(np.linalg.svd)
def svd_tangent(a, full_matrices=True, compute_uv=True, *, ans, t_a):
    """Townsend (2016); columns of full matrices beyond the singular values turn against the others."""
    k = min(np.shape(a)[-2], np.shape(a)[-1])
    if compute_uv:
        u = ans[0][..., :k]
        v = conj_transpose(ans[2])[..., :k]
        u_rest = ans[0][..., k:]
        v_rest = conj_transpose(ans[2])[..., k:]
        s = np.expand_dims(ans[1], -2)
        gaps = s * s - np.swapaxes(s * s, -1, -2)
        product = conj_transpose(u) @ t_a @ v
        product_h = conj_transpose(product)
        phase = divide_or_zero(1j * np.imag(product) * np.eye(k), s)
        u_turn = divide_or_zero(product * s + np.swapaxes(s, -1, -2) * product_h, gaps) + phase
        v_turn = divide_or_zero(np.swapaxes(s, -1, -2) * product + product_h * s, gaps)
        t_u = u @ u_turn + divide_or_zero(t_a @ v - u @ product, s)
        t_v = v @ v_turn + divide_or_zero(conj_transpose(t_a) @ u - v @ product_h, s)
        t_u_whole = np.concatenate((t_u, -u @ conj_transpose(t_u) @ u_rest), -1)
        t_v_whole = np.concatenate((t_v, -v @ conj_transpose(t_v) @ v_rest), -1)
        t_ans = (t_u_whole, np.real(np.diagonal(product, 0, -2, -1)), conj_transpose(t_v_whole))
    else:
        parts = np.linalg.svd(a, full_matrices=False)
        t_ans = np.sum(np.real(np.conj(parts[0]) * (t_a @ conj_transpose(parts[2]))), -2)
    return t_ans


@jvp(np.linalg.svdvals)
def svdvals_tangent(x, /, *, ans, t_x):
    parts = np.linalg.svd(x, full_matrices=False)
    t_ans = np.sum(np.real(np.conj(parts[0]) * (t_x @ conj_transpose(parts[2]))), -2)
    return t_ans


# Norms: each is a real number, which moves by the product of its gradient and the tangent -------------------


@jvp(np.linalg.norm)
def norm_tangent(x, ord=None, axis=None, keepdims=False, *, ans, t_x):  # noqa: A002 - NumPy's name
    slopes = norm(x, ord, axis, keepdims, ans=ans, d_ans=np.ones(np.shape(ans)))
    t_ans = np.sum(np.real(np.conj(slopes) * t_x), axis, keepdims=keepdims)
    return t_ans


@jvp(np.linalg.vector_norm)
def vector_norm_tangent(x, /, *, axis=None, keepdims=False, ord=2, ans, t_x):  # noqa: A002 - NumPy's name
    slopes = vector_norm(x, axis=axis, keepdims=keepdims, ord=ord, ans=ans, d_ans=np.ones(np.shape(ans)))
    t_ans = np.sum(np.real(np.conj(slopes) * t_x), axis, keepdims=keepdims)
    return t_ans


@jvp(np.linalg.matrix_norm)
def matrix_norm_tangent(x, /, *, keepdims=False, ord="fro", ans, t_x):  # noqa: A002 - NumPy's name
    slopes = matrix_norm(x, keepdims=keepdims, ord=ord, ans=ans, d_ans=np.ones(np.shape(ans)))
    t_ans = np.sum(np.real(np.conj(slopes) * t_x), (-2, -1), keepdims=keepdims)
    return t_ans


@jvp(np.linalg.cond)
def cond_tangent(x, p=None, *, ans, t_x):
    slopes = cond(x, p, ans=ans, d_ans=np.ones(np.shape(ans)))
    t_ans = np.sum(np.real(np.conj(slopes) * t_x), (-2, -1))
    return t_ans


# Products of many operands ---------------------------------------------------------------------------------


@jvp(np.einsum)
def einsum_tangent(subscripts, *operands, optimize=False, ans, t_operands):
    t_ans = einsum_along(subscripts, operands, (t_operands,))
    return t_ans


@jvp(np.linalg.multi_dot)
def multi_dot_tangent(arrays, *, ans, t_arrays):
    t_ans = einsum_along(multi_dot_subscripts(shapes_of(arrays)), arrays, (t_arrays,))
    return t_ans


@jvp(einsum_along)
def einsum_along_tangent(subscripts, operands, moved, *, ans, t_operands, t_moved):
    from_operands = einsum_along(subscripts, operands, (*moved, t_operands))
    t_ans = from_operands + replaced_along(subscripts, operands, moved, t_moved)
    return t_ans


@jvp(einsum_cotangents)
def einsum_cotangents_tangent(g, subscripts, operands, moved=(), *, ans, t_g, t_operands, t_moved=()):
    from_g = einsum_cotangents(t_g, subscripts, operands, moved)
    from_operands = einsum_cotangents(g, subscripts, operands, (*moved, t_operands))
    from_both = add_each(from_g, from_operands)
    if len(moved) == 0:
        t_ans = from_both
    else:
        t_ans = add_each(from_both, replaced_cotangents(g, subscripts, operands, moved, t_moved))
    return t_ans
