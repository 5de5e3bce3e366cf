# mypy: allow-untyped-defs
"""Norms of vectors and matrices, of every order. At 0 the derivative is 0; equal extremes share equally."""

import numpy as np

from ...runtime.matrices import refuse_order
from ...runtime.shapes import kept_shape
from ...runtime.special import divide_or_zero
from .registry import vjp


@vjp(np.linalg.norm, singular=True)
def norm(x, ord=None, axis=None, keepdims=False, *, ans, d_ans):  # noqa: A002 - NumPy's name
    """The Euclidean length: x / |x|. An order other than 2 is of vectors or matrices, as the axes say."""
    if ord is None and axis is None:
        d_x = x * divide_or_zero(d_ans, ans)
    elif ord is None:
        d_x = x * np.reshape(divide_or_zero(d_ans, ans), kept_shape(np.shape(x), axis))
    elif isinstance(axis, int) or np.ndim(x) == 1:
        slots = np.reshape(ans, kept_shape(np.shape(x), axis))
        d_slots = np.reshape(d_ans, np.shape(slots))
        if ord == 2:
            d_x = x * divide_or_zero(d_slots, slots)
        elif ord == 1:
            d_x = d_slots * np.sign(x)
        elif ord == 0:
            d_x = np.zeros(np.shape(x))
        elif ord == np.inf or ord == -np.inf:
            extreme = np.abs(x) == slots
            d_x = np.sign(x) * extreme * (d_slots / np.count_nonzero(extreme, axis, keepdims=True))
        else:
            size = np.abs(x) + (x == 0)
            d_x = d_slots * np.sign(x) * divide_or_zero(size, slots) ** (ord - 1)
    else:
        slots = np.reshape(ans, kept_shape(np.shape(x), axis))
        d_slots = np.reshape(d_ans, np.shape(slots))
        axes = (0, 1) if axis is None else axis
        matrices = np.moveaxis(x, axes, (-2, -1))
        d_last = np.moveaxis(d_slots, axes, (-2, -1))
        if ord == "fro":
            d_x = x * divide_or_zero(d_slots, slots)
        elif ord == "nuc":
            parts = np.linalg.svd(matrices, full_matrices=False)
            d_matrices = d_last * (parts[0] @ parts[2])
            d_x = np.moveaxis(d_matrices, (-2, -1), axes)
        elif ord == 2 or ord == -2:
            parts = np.linalg.svd(matrices, full_matrices=False)
            extreme = parts[1] == (parts[1][..., :1] if ord == 2 else parts[1][..., -1:])
            share = extreme / np.sum(extreme, -1, keepdims=True)
            d_matrices = d_last * ((parts[0] * np.expand_dims(share, -2)) @ parts[2])
            d_x = np.moveaxis(d_matrices, (-2, -1), axes)
        elif ord == 1 or ord == -1 or ord == np.inf or ord == -np.inf:
            along = -2 if ord == 1 or ord == -1 else -1
            sums = np.sum(np.abs(matrices), along, keepdims=True)
            extreme = sums == np.moveaxis(slots, axes, (-2, -1))
            d_matrices = d_last * np.sign(matrices) * (extreme / np.sum(extreme, (-2, -1), keepdims=True))
            d_x = np.moveaxis(d_matrices, (-2, -1), axes)
        else:
            d_x = refuse_order("np.linalg.norm", ord)
    return d_x


@vjp(np.linalg.vector_norm, singular=True)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2, ans, d_ans):  # noqa: A002 - NumPy's name
    """The norm over one axis, several or all, as if they were one."""
    slots = np.reshape(ans, kept_shape(np.shape(x), axis))
    d_slots = np.reshape(d_ans, np.shape(slots))
    if ord == 2:
        d_x = x * divide_or_zero(d_slots, slots)
    elif ord == 1:
        d_x = d_slots * np.sign(x)
    elif ord == 0:
        d_x = np.zeros(np.shape(x))
    elif ord == np.inf or ord == -np.inf:
        extreme = np.abs(x) == slots
        d_x = np.sign(x) * extreme * (d_slots / np.count_nonzero(extreme, axis, keepdims=True))
    else:
        size = np.abs(x) + (x == 0)
        d_x = d_slots * np.sign(x) * divide_or_zero(size, slots) ** (ord - 1)
    return d_x


@vjp(np.linalg.matrix_norm, singular=True)
def matrix_norm(x, /, *, keepdims=False, ord="fro", ans, d_ans):  # noqa: A002 - NumPy's name
    """The norm of the matrices in the last two axes."""
    matrices = x
    slots = np.reshape(ans, kept_shape(np.shape(x), (-2, -1)))
    d_slots = np.reshape(d_ans, np.shape(slots))
    d_last = d_slots
    if ord == "fro":
        d_x = x * divide_or_zero(d_slots, slots)
    elif ord == "nuc":
        parts = np.linalg.svd(matrices, full_matrices=False)
        d_matrices = d_last * (parts[0] @ parts[2])
        d_x = d_matrices
    elif ord == 2 or ord == -2:
        parts = np.linalg.svd(matrices, full_matrices=False)
        extreme = parts[1] == (parts[1][..., :1] if ord == 2 else parts[1][..., -1:])
        share = extreme / np.sum(extreme, -1, keepdims=True)
        d_matrices = d_last * ((parts[0] * np.expand_dims(share, -2)) @ parts[2])
        d_x = d_matrices
    elif ord == 1 or ord == -1 or ord == np.inf or ord == -np.inf:
        along = -2 if ord == 1 or ord == -1 else -1
        sums = np.sum(np.abs(matrices), along, keepdims=True)
        extreme = sums == slots
        d_matrices = d_last * np.sign(matrices) * (extreme / np.sum(extreme, (-2, -1), keepdims=True))
        d_x = d_matrices
    else:
        d_x = refuse_order("np.linalg.matrix_norm", ord)
    return d_x


@vjp(np.linalg.cond)
def cond(x, p=None, *, ans, d_ans):
    """The largest by the smallest singular value (or the inverse, p = -2)."""
    if p is None or p == 2 or p == -2:
        parts = np.linalg.svd(x, full_matrices=False)
        high = parts[1][..., 0]
        low = parts[1][..., -1]
        d_high = d_ans * (-ans / high if p == -2 else 1 / low)
        d_low = d_ans * (1 / high if p == -2 else -ans / low)
        from_high = np.expand_dims(d_high, (-1, -2)) * (parts[0][..., :1] @ parts[2][..., :1, :])
        d_x = from_high + np.expand_dims(d_low, (-1, -2)) * (parts[0][..., -1:] @ parts[2][..., -1:, :])
    else:
        d_x = refuse_order("np.linalg.cond", p)
    return d_x
