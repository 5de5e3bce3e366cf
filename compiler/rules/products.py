# mypy: allow-untyped-defs
"""Products of vectors, matrices and stacks of matrices."""

import operator

import numpy as np

from ...runtime.linalg import (
    dot_cotangent_a,
    dot_cotangent_b,
    matmul_cotangent_x1,
    matmul_cotangent_x2,
    tensordot_cotangent_a,
    tensordot_cotangent_b,
)
from .registry import vjp


@vjp(np.matmul, operator.matmul, bilinear=True)
def matmul(x1, x2, *, ans, d_ans):
    if np.ndim(x1) == 2 and np.ndim(x2) == 2:
        d_x1 = d_ans @ np.conj(x2).T
        d_x2 = np.conj(x1).T @ d_ans
    elif np.ndim(x1) == 1 and np.ndim(x2) == 2:
        d_x1 = np.conj(x2) @ d_ans
        d_x2 = np.outer(np.conj(x1), d_ans)
    elif np.ndim(x1) == 2 and np.ndim(x2) == 1:
        d_x1 = np.outer(d_ans, np.conj(x2))
        d_x2 = np.conj(x1).T @ d_ans
    elif np.ndim(x1) == 1 and np.ndim(x2) == 1:
        d_x1 = d_ans * np.conj(x2)
        d_x2 = d_ans * np.conj(x1)
    else:
        d_x1 = matmul_cotangent_x1(d_ans, np.shape(x1), np.conj(x2))
        d_x2 = matmul_cotangent_x2(np.conj(x1), d_ans, np.shape(x2))
    return d_x1, d_x2


@vjp(matmul_cotangent_x1, bilinear=True)
def matmul_cotangent_x1_(g, x1_shape, x2, *, ans, d_ans):
    d_g = np.matmul(d_ans, np.conj(x2))
    d_x2 = matmul_cotangent_x2(d_ans, np.conj(g), np.shape(x2))
    return d_g, d_x2


@vjp(matmul_cotangent_x2, bilinear=True)
def matmul_cotangent_x2_(x1, g, x2_shape, *, ans, d_ans):
    d_x1 = matmul_cotangent_x1(np.conj(g), np.shape(x1), d_ans)
    d_g = np.matmul(np.conj(x1), d_ans)
    return d_x1, d_g


@vjp(np.dot, "ndarray.dot", bilinear=True)
def dot(a, b, *, ans, d_ans):
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        d_a = d_ans @ np.conj(b).T
        d_b = np.conj(a).T @ d_ans
    elif np.ndim(a) == 1 and np.ndim(b) == 2:
        d_a = np.conj(b) @ d_ans
        d_b = np.outer(np.conj(a), d_ans)
    elif np.ndim(a) == 2 and np.ndim(b) == 1:
        d_a = np.outer(d_ans, np.conj(b))
        d_b = np.conj(a).T @ d_ans
    elif np.ndim(a) == 1 and np.ndim(b) == 1:
        d_a = d_ans * np.conj(b)
        d_b = d_ans * np.conj(a)
    else:
        d_a = dot_cotangent_a(d_ans, np.shape(a), np.conj(b))
        d_b = dot_cotangent_b(np.conj(a), d_ans, np.shape(b))
    return d_a, d_b


@vjp(dot_cotangent_a, bilinear=True)
def dot_cotangent_a_(g, a_shape, b, *, ans, d_ans):
    d_g = np.dot(d_ans, np.conj(b))
    d_b = dot_cotangent_b(d_ans, np.conj(g), np.shape(b))
    return d_g, d_b


@vjp(dot_cotangent_b, bilinear=True)
def dot_cotangent_b_(a, g, b_shape, *, ans, d_ans):
    d_a = dot_cotangent_a(np.conj(g), np.shape(a), d_ans)
    d_g = np.dot(np.conj(a), d_ans)
    return d_a, d_g


@vjp(np.outer, bilinear=True)
def outer(a, b, *, ans, d_ans):
    if np.ndim(a) == 1:
        d_a = d_ans @ np.conj(np.ravel(b))
    else:
        d_a = np.reshape(d_ans @ np.conj(np.ravel(b)), np.shape(a))
    if np.ndim(b) == 1:
        d_b = np.conj(np.ravel(a)) @ d_ans
    else:
        d_b = np.reshape(np.conj(np.ravel(a)) @ d_ans, np.shape(b))
    return d_a, d_b


@vjp(np.inner, bilinear=True)
def inner(a, b, *, ans, d_ans):
    """The last axes are summed, the others stand side by side."""
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        d_a = d_ans * np.conj(b)
        d_b = d_ans * np.conj(a)
    elif np.ndim(a) == 0 or np.ndim(b) == 0:
        d_a = dot_cotangent_a(d_ans, np.shape(a), np.conj(b))
        d_b = dot_cotangent_b(np.conj(a), d_ans, np.shape(b))
    else:
        d_a = tensordot_cotangent_a(d_ans, np.shape(a), np.conj(b), (-1, -1))
        d_b = tensordot_cotangent_b(np.conj(a), d_ans, np.shape(b), (-1, -1))
    return d_a, d_b


@vjp(np.tensordot, bilinear=True)
def tensordot(a, b, axes=2, *, ans, d_ans):
    d_a = tensordot_cotangent_a(d_ans, np.shape(a), np.conj(b), axes)
    d_b = tensordot_cotangent_b(np.conj(a), d_ans, np.shape(b), axes)
    return d_a, d_b


@vjp(tensordot_cotangent_a, bilinear=True)
def tensordot_cotangent_a_(g, a_shape, b, axes, *, ans, d_ans):
    d_g = np.tensordot(d_ans, np.conj(b), axes)
    d_b = tensordot_cotangent_b(d_ans, np.conj(g), np.shape(b), axes)
    return d_g, d_b


@vjp(tensordot_cotangent_b, bilinear=True)
def tensordot_cotangent_b_(a, g, b_shape, axes, *, ans, d_ans):
    d_a = tensordot_cotangent_a(np.conj(g), np.shape(a), d_ans, axes)
    d_g = np.tensordot(np.conj(a), d_ans, axes)
    return d_a, d_g
