# mypy: allow-untyped-defs
"""Einstein sums, Kronecker and cross products, and the products that the array API names."""

import numpy as np

from ...runtime.contraction import (
    add_each,
    einsum_along,
    einsum_cotangents,
    einsum_moved_cotangents,
    kron_blocks,
    kron_unblocks,
    multi_dot_subscripts,
)
from ...runtime.linalg import (
    matmul_cotangent_x1,
    matmul_cotangent_x2,
    tensordot_cotangent_a,
    tensordot_cotangent_b,
)
from ...runtime.shapes import shapes_of, unbroadcast
from .registry import vjp


@vjp(np.vdot, bilinear=True)
def vdot(a, b, *, ans, d_ans):
    """The sum of conj(a) * b over all elements."""
    d_a = np.conj(d_ans) * np.reshape(b, np.shape(a))
    d_b = d_ans * np.reshape(a, np.shape(b))
    return d_a, d_b


@vjp(np.kron, bilinear=True)
def kron(a, b, *, ans, d_ans):
    """One block for each element of a."""
    d_blocks = kron_blocks(d_ans, np.shape(a), np.shape(b))
    d_a = np.tensordot(d_blocks, np.conj(b), np.ndim(b))
    d_b = np.tensordot(np.conj(a), d_blocks, np.ndim(a))
    return d_a, d_b


@vjp(kron_blocks, linear=True)
def kron_blocks_(x, a_shape, b_shape, *, ans, d_ans):
    d_x = kron_unblocks(d_ans, a_shape, b_shape)
    return d_x


@vjp(kron_unblocks, linear=True)
def kron_unblocks_(x, a_shape, b_shape, *, ans, d_ans):
    d_x = kron_blocks(d_ans, a_shape, b_shape)
    return d_x


@vjp(np.cross, bilinear=True)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None, *, ans, d_ans):
    """a x b of vectors of length 3: turn the cotangent with the other operand (shorter vectors are an error)."""
    vectors_a = np.moveaxis(a, axisa if axis is None else axis, -1)
    vectors_b = np.moveaxis(b, axisb if axis is None else axis, -1)
    d_vectors = np.moveaxis(d_ans, axisc if axis is None else axis, -1)
    d_vectors_a = unbroadcast(np.cross(np.conj(vectors_b), d_vectors), np.shape(vectors_a))
    d_vectors_b = unbroadcast(np.cross(d_vectors, np.conj(vectors_a)), np.shape(vectors_b))
    d_a = np.moveaxis(d_vectors_a, -1, axisa if axis is None else axis)
    d_b = np.moveaxis(d_vectors_b, -1, axisb if axis is None else axis)
    return d_a, d_b


@vjp(np.linalg.cross, bilinear=True)
def linalg_cross(x1, x2, /, *, axis=-1, ans, d_ans):
    d_x1 = unbroadcast(np.linalg.cross(np.conj(x2), d_ans, axis=axis), np.shape(x1))
    d_x2 = unbroadcast(np.linalg.cross(d_ans, np.conj(x1), axis=axis), np.shape(x2))
    return d_x1, d_x2


# Einstein sums ---------------------------------------------------------------------------------------------


@vjp(np.einsum)
def einsum(subscripts, *operands, optimize=False, ans, d_ans):
    """Each operand's cotangent is an Einstein sum of d_ans and the other operands."""
    d_operands = einsum_cotangents(d_ans, subscripts, operands)
    return d_operands


@vjp(einsum_cotangents)
def einsum_cotangents_(g, subscripts, operands, moved=(), *, ans, d_ans):
    d_g = einsum_along(subscripts, operands, (*moved, d_ans))
    d_operands = einsum_cotangents(g, subscripts, operands, (*moved, d_ans))
    d_moved = einsum_moved_cotangents(g, subscripts, operands, (*moved, d_ans))[:-1]
    return d_g, d_operands, d_moved


@vjp(einsum_along)
def einsum_along_(subscripts, operands, moved, *, ans, d_ans):
    d_operands = einsum_cotangents(d_ans, subscripts, operands, moved)
    d_moved = einsum_moved_cotangents(d_ans, subscripts, operands, moved)
    return d_operands, d_moved


@vjp(add_each, linear=True)
def add_each_(first, second, *, ans, d_ans):
    d_first = d_ans
    d_second = d_ans
    return d_first, d_second


@vjp(np.linalg.multi_dot)
def multi_dot(arrays, *, ans, d_ans):
    """A chain of products is an Einstein sum, contracted in the best order."""
    d_arrays = einsum_cotangents(d_ans, multi_dot_subscripts(shapes_of(arrays)), arrays)
    return d_arrays


# Products of stacks of vectors and matrices ----------------------------------------------------------------


@vjp(np.linalg.matmul, bilinear=True)
def linalg_matmul(x1, x2, /, *, ans, d_ans):
    d_x1 = matmul_cotangent_x1(d_ans, np.shape(x1), np.conj(x2))
    d_x2 = matmul_cotangent_x2(np.conj(x1), d_ans, np.shape(x2))
    return d_x1, d_x2


@vjp(np.linalg.outer, bilinear=True)
def linalg_outer(x1, x2, /, *, ans, d_ans):
    d_x1 = d_ans @ np.conj(x2)
    d_x2 = np.conj(x1) @ d_ans
    return d_x1, d_x2


@vjp(np.linalg.tensordot, bilinear=True)
def linalg_tensordot(x1, x2, /, *, axes=2, ans, d_ans):
    d_x1 = tensordot_cotangent_a(d_ans, np.shape(x1), np.conj(x2), axes)
    d_x2 = tensordot_cotangent_b(np.conj(x1), d_ans, np.shape(x2), axes)
    return d_x1, d_x2


@vjp(np.linalg.vecdot, np.vecdot, bilinear=True)
def vecdot(x1, x2, /, *, axis=-1, ans, d_ans):
    """The sum of conj(x1) * x2 along an axis."""
    d_slots = np.expand_dims(d_ans, axis)
    d_x1 = unbroadcast(np.conj(d_slots) * x2, np.shape(x1))
    d_x2 = unbroadcast(d_slots * x1, np.shape(x2))
    return d_x1, d_x2


if hasattr(np, "matvec"):  # since NumPy 2.2

    @vjp(np.matvec, bilinear=True)
    def matvec(x1, x2, /, *, ans, d_ans):
        d_x1 = unbroadcast(d_ans[..., :, None] * np.conj(x2)[..., None, :], np.shape(x1))
        d_x2 = unbroadcast(np.matvec(np.matrix_transpose(np.conj(x1)), d_ans), np.shape(x2))
        return d_x1, d_x2

    @vjp(np.vecmat, bilinear=True)
    def vecmat(x1, x2, /, *, ans, d_ans):
        """conj(x1) @ x2 for each vector."""
        d_x1 = unbroadcast(np.matvec(x2, np.conj(d_ans)), np.shape(x1))
        d_x2 = unbroadcast(x1[..., :, None] * d_ans[..., None, :], np.shape(x2))
        return d_x1, d_x2
