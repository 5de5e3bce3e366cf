# mypy: allow-untyped-defs
"""Functions that move or repeat elements and compute nothing: each cotangent moves back or adds up."""

import numpy as np

from ...runtime.shapes import inverse_permutation, join, shapes_of, split_joined, split_like, unbroadcast, unstack
from .registry import vjp


@vjp(np.reshape, linear=True)
def reshape(a, shape, order="C", *, ans, d_ans):
    if order == "C":
        d_a = np.reshape(d_ans, np.shape(a))
    else:
        d_a = np.reshape(d_ans, np.shape(a), order=order)
    return d_a


@vjp("ndarray.reshape", linear=True)
def ndarray_reshape(a, *shape, ans, d_ans):
    d_a = np.reshape(d_ans, np.shape(a))
    return d_a


@vjp(np.ravel, "ndarray.ravel", "ndarray.flatten", linear=True)
def ravel(a, order="C", *, ans, d_ans):
    if order == "C":
        d_a = np.reshape(d_ans, np.shape(a))
    else:
        d_a = np.reshape(d_ans, np.shape(a), order=order)
    return d_a


@vjp(np.squeeze, "ndarray.squeeze", linear=True)
def squeeze(a, axis=None, *, ans, d_ans):
    d_a = np.reshape(d_ans, np.shape(a))
    return d_a


@vjp(np.expand_dims, linear=True)
def expand_dims(a, axis, *, ans, d_ans):
    d_a = np.reshape(d_ans, np.shape(a))
    return d_a


@vjp(np.atleast_1d, linear=True)
def atleast_1d(ary, *, ans, d_ans):
    d_ary = np.reshape(d_ans, np.shape(ary))
    return d_ary


@vjp(np.atleast_2d, linear=True)
def atleast_2d(ary, *, ans, d_ans):
    d_ary = np.reshape(d_ans, np.shape(ary))
    return d_ary


@vjp(np.atleast_3d, linear=True)
def atleast_3d(ary, *, ans, d_ans):
    d_ary = np.reshape(d_ans, np.shape(ary))
    return d_ary


@vjp(np.transpose, linear=True)
def transpose(a, axes=None, *, ans, d_ans):
    if axes is None:
        d_a = np.transpose(d_ans)
    else:
        d_a = np.transpose(d_ans, inverse_permutation(axes))
    return d_a


@vjp("ndarray.T", linear=True)
def ndarray_T(a, *, ans, d_ans):
    d_a = d_ans.T
    return d_a


@vjp(np.matrix_transpose, np.linalg.matrix_transpose, "ndarray.mT", linear=True)
def matrix_transpose(x, /, *, ans, d_ans):
    d_x = np.swapaxes(d_ans, -1, -2)
    return d_x


@vjp("ndarray.transpose", linear=True)
def ndarray_transpose(a, *axes, ans, d_ans):
    if len(axes) == 0:
        d_a = np.transpose(d_ans)
    elif isinstance(axes[0], tuple):
        d_a = np.transpose(d_ans, inverse_permutation(axes[0]))
    else:
        d_a = np.transpose(d_ans, inverse_permutation(axes))
    return d_a


@vjp(np.swapaxes, "ndarray.swapaxes", linear=True)
def swapaxes(a, axis1, axis2, *, ans, d_ans):
    d_a = np.swapaxes(d_ans, axis1, axis2)
    return d_a


@vjp(np.moveaxis, linear=True)
def moveaxis(a, source, destination, *, ans, d_ans):
    d_a = np.moveaxis(d_ans, destination, source)
    return d_a


@vjp(np.flip, linear=True)
def flip(m, axis=None, *, ans, d_ans):
    d_m = np.flip(d_ans, axis)
    return d_m


@vjp(np.flipud, linear=True)
def flipud(m, *, ans, d_ans):
    d_m = np.flipud(d_ans)
    return d_m


@vjp(np.fliplr, linear=True)
def fliplr(m, *, ans, d_ans):
    d_m = np.fliplr(d_ans)
    return d_m


@vjp(np.broadcast_to, linear=True)
def broadcast_to(array, shape, *, ans, d_ans):
    """A repeated element gets the sum of its copies' cotangents."""
    d_array = unbroadcast(d_ans, np.shape(array))
    return d_array


@vjp(unbroadcast, linear=True)
def unbroadcast_(x, shape, *, ans, d_ans):
    """A sum over axes copies its cotangent along them."""
    d_x = np.broadcast_to(d_ans, np.shape(x))
    return d_x


# Joining: one cotangent for each part ----------------------------------------------------------------------


@vjp(np.concatenate, linear=True)
def concatenate(arrays, axis=0, *, ans, d_ans):
    d_arrays = split_like(d_ans, shapes_of(arrays), axis)
    return d_arrays


@vjp(split_like, linear=True)
def split_like_(x, shapes, axis, *, ans, d_ans):
    d_x = np.concatenate(d_ans, axis)
    return d_x


@vjp(np.stack, linear=True)
def stack(arrays, axis=0, *, ans, d_ans):
    d_arrays = unstack(d_ans, axis)
    return d_arrays


@vjp(unstack, linear=True)
def unstack_(x, axis=0, *, ans, d_ans):
    d_x = np.stack(d_ans, axis)
    return d_x


@vjp(np.vstack, linear=True)
def vstack(tup, *, ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), 0, 2)
    return d_tup


@vjp(np.hstack, linear=True)
def hstack(tup, *, ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), 1, 1)
    return d_tup


@vjp(split_joined, linear=True)
def split_joined_(x, shapes, axis, ndim, *, ans, d_ans):
    d_x = join(d_ans, axis, ndim)
    return d_x


@vjp(join, linear=True)
def join_(parts, axis, ndim, *, ans, d_ans):
    d_parts = split_joined(d_ans, shapes_of(parts), axis, ndim)
    return d_parts
