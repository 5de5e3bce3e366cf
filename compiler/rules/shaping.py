# mypy: allow-untyped-defs
"""Functions that move or repeat elements and compute nothing: each cotangent moves back or adds up."""

import numpy as np

from ...runtime.indexing import border_sums, pad_linear, unpad, unrepeat, unresize
from ...runtime.shapes import (
    broadcast_each,
    inverse_permutation,
    reshape_each,
    shapes_of,
    sum_off_axis,
    unbroadcast,
    unbroadcast_each,
    untile,
)
from .registry import vjp


@vjp(np.reshape, linear=True)
def reshape(a, shape, order="C", *, copy=None, ans, d_ans):
    if order == "C":
        d_a = np.reshape(d_ans, np.shape(a))
    else:
        d_a = np.reshape(d_ans, np.shape(a), order=order)
    return d_a


@vjp("ndarray.reshape", linear=True)
def ndarray_reshape(a, *shape, order="C", copy=None, ans, d_ans):
    if order == "C":
        d_a = np.reshape(d_ans, np.shape(a))
    else:
        d_a = np.reshape(d_ans, np.shape(a), order=order)
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


# Copies: a repeated element gets the sum of its copies' cotangents -----------------------------------------


@vjp(np.broadcast_arrays, linear=True)
def broadcast_arrays(*args, ans, d_ans):
    d_args = unbroadcast_each(d_ans, shapes_of(args))
    return d_args


@vjp(unbroadcast_each, linear=True)
def unbroadcast_each_(xs, shapes, *, ans, d_ans):
    d_xs = broadcast_each(d_ans, shapes_of(xs))
    return d_xs


@vjp(broadcast_each, linear=True)
def broadcast_each_(xs, shapes, *, ans, d_ans):
    d_xs = unbroadcast_each(d_ans, shapes_of(xs))
    return d_xs


@vjp(np.meshgrid, linear=True)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy", ans, d_ans):
    d_xi = reshape_each(sum_off_axis(d_ans, indexing), shapes_of(xi))
    return d_xi


@vjp(reshape_each, linear=True)
def reshape_each_(xs, shapes, *, ans, d_ans):
    d_xs = reshape_each(d_ans, shapes_of(xs))
    return d_xs


@vjp(sum_off_axis, linear=True)
def sum_off_axis_(xs, indexing, *, ans, d_ans):
    d_xs = broadcast_each(np.meshgrid(*d_ans, sparse=True, indexing=indexing), shapes_of(xs))
    return d_xs


@vjp(np.tile, linear=True)
def tile(A, reps, *, ans, d_ans):
    d_A = untile(d_ans, np.shape(A), reps)
    return d_A


@vjp(untile, linear=True)
def untile_(x, shape, reps, *, ans, d_ans):
    d_x = np.tile(d_ans, reps)
    return d_x


@vjp(np.repeat, "ndarray.repeat", linear=True)
def repeat(a, repeats, axis=None, *, ans, d_ans):
    d_a = unrepeat(d_ans, np.shape(a), repeats, axis)
    return d_a


@vjp(unrepeat, linear=True)
def unrepeat_(x, shape, repeats, axis, *, ans, d_ans):
    d_x = np.repeat(d_ans, repeats, axis)
    return d_x


@vjp(np.resize, linear=True)
def resize(a, new_shape, *, ans, d_ans):
    d_a = unresize(d_ans, np.shape(a))
    return d_a


@vjp(unresize, linear=True)
def unresize_(x, shape, *, ans, d_ans):
    d_x = np.resize(d_ans, np.shape(x))
    return d_x


@vjp(np.pad)
def pad(array, pad_width, mode="constant", *, constant_values=0, end_values=0, reflect_type="even", stat_length=None,
        ans, d_ans):
    """A border of constants adds to its constant, a copied one to its source, a mean to what it is the mean of."""
    if stat_length is None:
        d_array = unpad(d_ans, np.shape(array), pad_width, mode, reflect_type)
    else:
        d_array = unpad(d_ans, np.shape(array), pad_width, mode, reflect_type, stat_length)
    d_constant_values = border_sums(d_ans, np.shape(array), pad_width, np.shape(constant_values))
    return d_array, d_constant_values


@vjp(unpad, linear=True)
def unpad_(x, shape, pad_width, mode, reflect_type="even", stat_length=None, *, ans, d_ans):
    d_x = pad_linear(d_ans, pad_width, mode, reflect_type, stat_length)
    return d_x


@vjp(pad_linear, linear=True)
def pad_linear_(x, pad_width, mode, reflect_type="even", stat_length=None, *, ans, d_ans):
    d_x = unpad(d_ans, np.shape(x), pad_width, mode, reflect_type, stat_length)
    return d_x


@vjp(border_sums, linear=True)
def border_sums_(x, shape, pad_width, of_shape, *, ans, d_ans):
    d_x = np.pad(np.zeros(shape), pad_width, constant_values=d_ans)
    return d_x


# Order -----------------------------------------------------------------------------------------------------


@vjp(np.roll, linear=True)
def roll(a, shift, axis=None, *, ans, d_ans):
    if isinstance(shift, int):
        d_a = np.roll(d_ans, -shift, axis)
    else:
        d_a = np.roll(d_ans, np.negative(shift), axis)
    return d_a


@vjp(np.rot90, linear=True)
def rot90(m, k=1, axes=(0, 1), *, ans, d_ans):
    d_m = np.rot90(d_ans, -k, axes)
    return d_m
