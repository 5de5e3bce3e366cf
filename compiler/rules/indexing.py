# mypy: allow-untyped-defs
"""Reading elements by index, position, condition or order: a cotangent goes back to where its element was read."""

import operator

import numpy as np

from ...runtime.indexing import (
    add_along_axis,
    any_of,
    bounded,
    chosen,
    diag_cotangent,
    each_equal,
    first_occurrences,
    places_of,
    put_diagonal,
    scatter,
    trimmed_from,
    untake,
    window_places,
)
from ...runtime.shapes import shapes_of, unbroadcast
from .registry import vjp


@vjp(operator.getitem, linear=True)
def getitem(a, b, *, ans, d_ans):
    """An element gets the sum of the cotangents of all places it was read into."""
    d_a = scatter(d_ans, np.shape(a), b)
    return d_a


@vjp(scatter, linear=True)
def scatter_(values, shape, index, *, ans, d_ans):
    d_values = unbroadcast(d_ans[index], np.shape(values))
    return d_values


@vjp(np.take, "ndarray.take", linear=True)
def take(a, indices, axis=None, *, mode="raise", ans, d_ans):
    if mode == "raise":
        d_a = untake(d_ans, np.shape(a), indices, axis)
    else:
        length = np.size(a) if axis is None else np.shape(a)[axis]
        d_a = untake(d_ans, np.shape(a), bounded(indices, length, mode), axis)
    return d_a


@vjp(untake, linear=True)
def untake_(values, shape, indices, axis, *, ans, d_ans):
    d_values = np.reshape(np.take(d_ans, indices, axis), np.shape(values))
    return d_values


@vjp(np.take_along_axis, linear=True)
def take_along_axis(arr, indices, axis=-1, *, ans, d_ans):
    d_arr = add_along_axis(d_ans, np.shape(arr), indices, axis)
    return d_arr


@vjp(add_along_axis, linear=True)
def add_along_axis_(values, shape, indices, axis, *, ans, d_ans):
    d_values = np.take_along_axis(d_ans, indices, axis)
    return d_values


@vjp(np.compress, linear=True)
def compress(condition, a, axis=None, *, ans, d_ans):
    d_a = untake(d_ans, np.shape(a), np.flatnonzero(condition), axis)
    return d_a


@vjp("ndarray.compress", linear=True)
def ndarray_compress(a, condition, axis=None, *, ans, d_ans):
    d_a = untake(d_ans, np.shape(a), np.flatnonzero(condition), axis)
    return d_a


@vjp(np.extract, linear=True)
def extract(condition, arr, *, ans, d_ans):
    d_arr = untake(d_ans, np.shape(arr), np.flatnonzero(condition), None)
    return d_arr


@vjp(np.delete, linear=True)
def delete(arr, obj, axis=None, *, ans, d_ans):
    """What is left was read from its old place."""
    length = np.size(arr) if axis is None else np.shape(arr)[axis]
    d_arr = untake(d_ans, np.shape(arr), np.delete(np.arange(length), obj), axis)
    return d_arr


@vjp("ndarray.choose", linear=True)
def ndarray_choose(a, choices, *, mode="raise", ans, d_ans):
    d_choices = chosen(d_ans, each_equal(bounded(a, len(choices), mode), len(choices)), shapes_of(choices))
    return d_choices


@vjp(np.choose, linear=True)
def choose(a, choices, *, mode="raise", ans, d_ans):
    d_choices = chosen(d_ans, each_equal(bounded(a, len(choices), mode), len(choices)), shapes_of(choices))
    return d_choices


@vjp(np.select, linear=True)
def select(condlist, choicelist, default=0, *, ans, d_ans):
    """The first true condition's choice gets the cotangent, the default what no condition takes."""
    d_choicelist = chosen(d_ans, condlist, shapes_of(choicelist))
    d_default = unbroadcast(np.where(any_of(condlist), 0, d_ans), np.shape(default))
    return d_choicelist, d_default


@vjp(chosen, linear=True)
def chosen_(x, conditions, shapes, *, ans, d_ans):
    d_x = np.select(conditions, d_ans, 0)
    return d_x


# Diagonals and triangles -----------------------------------------------------------------------------------


@vjp(np.diag, linear=True)
def diag(v, k=0, *, ans, d_ans):
    if np.ndim(v) == 1:
        d_v = np.diag(d_ans, k)
    else:
        d_v = diag_cotangent(d_ans, np.shape(v), k)
    return d_v


@vjp(diag_cotangent, linear=True)
def diag_cotangent_(values, shape, k, *, ans, d_ans):
    d_values = np.diag(d_ans, k)
    return d_values


@vjp(np.diagonal, "ndarray.diagonal", linear=True)
def diagonal(a, offset=0, axis1=0, axis2=1, *, ans, d_ans):
    d_a = put_diagonal(d_ans, np.shape(a), offset, axis1, axis2)
    return d_a


@vjp(np.linalg.diagonal, linear=True)
def linalg_diagonal(x, /, *, offset=0, ans, d_ans):
    d_x = put_diagonal(d_ans, np.shape(x), offset, -2, -1)
    return d_x


@vjp(put_diagonal, linear=True)
def put_diagonal_(values, shape, offset=0, axis1=0, axis2=1, *, ans, d_ans):
    d_values = unbroadcast(np.diagonal(d_ans, offset, axis1, axis2), np.shape(values))
    return d_values


@vjp(np.trace, "ndarray.trace", linear=True)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, *, ans, d_ans):
    d_a = put_diagonal(np.expand_dims(d_ans, -1), np.shape(a), offset, axis1, axis2)
    return d_a


@vjp(np.linalg.trace, linear=True)
def linalg_trace(x, /, *, offset=0, dtype=None, ans, d_ans):
    d_x = put_diagonal(np.expand_dims(d_ans, -1), np.shape(x), offset, -2, -1)
    return d_x


@vjp(np.diagflat, linear=True)
def diagflat(v, k=0, *, ans, d_ans):
    d_v = np.reshape(np.diagonal(d_ans, k), np.shape(v))
    return d_v


@vjp(np.tril, linear=True)
def tril(m, k=0, *, ans, d_ans):
    """A vector was repeated as rows."""
    d_m = unbroadcast(np.tril(d_ans, k), np.shape(m))
    return d_m


@vjp(np.triu, linear=True)
def triu(m, k=0, *, ans, d_ans):
    """A vector was repeated as rows."""
    d_m = unbroadcast(np.triu(d_ans, k), np.shape(m))
    return d_m


# Order -----------------------------------------------------------------------------------------------------


def _sort_tangent(a, axis=-1, kind=None, *, stable=None, ans, t_a):
    if axis is None:
        return np.ravel(t_a)[np.argsort(a, None, kind="stable")]
    return np.take_along_axis(t_a, np.argsort(a, axis, kind="stable"), axis)


@vjp(np.sort, jvp=_sort_tangent)
def sort(a, axis=-1, kind=None, *, stable=None, ans, d_ans):
    """Sorting moves elements: each cotangent goes back to where its element was. Equal elements: in stable order."""
    d_a = add_along_axis(d_ans, np.shape(a), np.argsort(a, axis, kind="stable"), axis)
    return d_a


def _partition_tangent(a, kth, axis=-1, kind="introselect", *, ans, t_a):
    if axis is None:
        return np.ravel(t_a)[np.argpartition(a, kth, None)]
    return np.take_along_axis(t_a, np.argpartition(a, kth, axis), axis)


@vjp(np.partition, jvp=_partition_tangent)
def partition(a, kth, axis=-1, kind="introselect", *, ans, d_ans):
    """NumPy moves the elements and their positions by the same steps, so `argpartition` names the sources."""
    d_a = add_along_axis(d_ans, np.shape(a), np.argpartition(a, kth, axis), axis)
    return d_a


@vjp(np.unique)
def unique(ar, return_index=False, return_inverse=False, return_counts=False, *, equal_nan=True, ans, d_ans):
    """A value that occurs several times comes from its first occurrence."""
    if return_index or return_inverse or return_counts:
        d_ar = untake(d_ans[0], np.shape(ar), places_of(ans[0], ar), None)
    else:
        d_ar = untake(d_ans, np.shape(ar), first_occurrences(ar), None)
    return d_ar


if hasattr(np, "unique_values"):  # since NumPy 2.0

    @vjp(np.unique_values)
    def unique_values(x, /, *, ans, d_ans):
        """The values come in any order, each from its first occurrence."""
        d_x = untake(d_ans, np.shape(x), places_of(ans, x), None)
        return d_x

    @vjp(np.unique_all, np.unique_counts, np.unique_inverse)
    def unique_all(x, /, *, ans, d_ans):
        d_x = untake(d_ans[0], np.shape(x), places_of(ans[0], x), None)
        return d_x


@vjp(np.lib.stride_tricks.sliding_window_view, linear=True)
def sliding_window_view(x, window_shape, axis=None, *, ans, d_ans):
    """An element is in several windows: their cotangents add up."""
    d_x = untake(d_ans, np.shape(x), window_places(np.shape(x), window_shape, axis), None)
    return d_x


@vjp(np.trim_zeros)
def trim_zeros(filt, trim="fb", *, ans, d_ans):
    """What is cut off was zero and stays out."""
    start = trimmed_from(filt, trim)
    d_filt = np.pad(d_ans, (start, np.size(filt) - np.size(ans) - start))
    return d_filt
