# mypy: allow-untyped-defs
"""What runs along an axis: cumulative sums and products, differences, slopes, areas."""

import numpy as np

from ...runtime.differences import add_neighbours, gradient_cotangent, length_along, sum_neighbours, undiff
from ...runtime.indexing import take_range
from ...runtime.shapes import count_along, shape_along, unbroadcast
from ...runtime.special import delayed, reversed_recurrence
from .registry import vjp


@vjp(np.cumsum, "ndarray.cumsum", linear=True)
def cumsum(a, axis=None, dtype=None, *, ans, d_ans):
    """An element is in every later sum: the cotangents summed from the end."""
    if axis is None:
        d_a = np.reshape(np.flip(np.cumsum(np.flip(d_ans))), np.shape(a))
    else:
        d_a = np.flip(np.cumsum(np.flip(d_ans, axis), axis), axis)
    return d_a


@vjp(np.cumprod, "ndarray.cumprod")
def cumprod(a, axis=None, dtype=None, *, ans, d_ans):
    """Factor k is in every later product; the recurrence is exact also where elements are zero."""
    if axis is None:
        d_flat = np.conj(delayed(ans, 0, 1)) * reversed_recurrence(np.conj(np.ravel(a)), d_ans, 0)
        d_a = np.reshape(d_flat, np.shape(a))
    else:
        d_a = np.conj(delayed(ans, axis, 1)) * reversed_recurrence(np.conj(a), d_ans, axis)
    return d_a


@vjp(np.nancumsum)
def nancumsum(a, axis=None, dtype=None, *, ans, d_ans):
    along = 0 if axis is None else axis
    d_sums = np.reshape(np.flip(np.cumsum(np.flip(d_ans, along), along), along), np.shape(a))
    d_a = np.where(np.isnan(a), 0, d_sums)
    return d_a


@vjp(np.nancumprod)
def nancumprod(a, axis=None, dtype=None, *, ans, d_ans):
    along = 0 if axis is None else axis
    factors = np.reshape(np.where(np.isnan(a), 1, a), np.shape(ans))
    d_factors = np.conj(delayed(ans, along, 1)) * reversed_recurrence(np.conj(factors), d_ans, along)
    d_a = np.where(np.isnan(a), 0, np.reshape(d_factors, np.shape(a)))
    return d_a


@vjp(np.diff, linear=True)
def diff(a, n=1, axis=-1, prepend=None, append=None, *, ans, d_ans):
    """The transpose of a difference is minus the difference of what is framed by zeros."""
    if prepend is None and append is None:
        d_a = undiff(d_ans, n, axis)
        d_prepend = None
        d_append = None
    else:
        before = length_along(prepend, axis)
        end = before + np.shape(a)[axis]
        d_joined = undiff(d_ans, n, axis)
        d_a = take_range(d_joined, before, end, axis)
        d_prepend = None if prepend is None else unbroadcast(take_range(d_joined, 0, before, axis), np.shape(prepend))
        d_after = take_range(d_joined, end, count_along(np.shape(d_joined), axis), axis)
        d_append = None if append is None else unbroadcast(d_after, np.shape(append))
    return d_a, d_prepend, d_append


@vjp(undiff, linear=True)
def undiff_(x, n, axis, *, ans, d_ans):
    d_x = np.diff(d_ans, n, axis)
    return d_x


@vjp(np.ediff1d, linear=True)
def ediff1d(ary, to_end=None, to_begin=None, *, ans, d_ans):
    begin = 0 if to_begin is None else np.size(to_begin)
    end = begin + np.size(ary) - 1
    d_ary = np.reshape(undiff(d_ans[begin:end], 1, 0), np.shape(ary))
    d_to_end = None if to_end is None else np.reshape(d_ans[end:], np.shape(to_end))
    d_to_begin = None if to_begin is None else np.reshape(d_ans[:begin], np.shape(to_begin))
    return d_ary, d_to_end, d_to_begin


@vjp(np.gradient, linear=True)
def gradient(f, *varargs, axis=None, edge_order=1, ans, d_ans):
    """Each slope is a weighted sum of two or three neighbours, which get their weights back."""
    d_f = gradient_cotangent(d_ans, np.shape(f), varargs, axis, edge_order)
    return d_f


@vjp(gradient_cotangent, linear=True)
def gradient_cotangent_(d_slopes, shape, varargs, axis, edge_order, *, ans, d_ans):
    d_d_slopes = np.gradient(d_ans, *varargs, axis=axis, edge_order=edge_order)
    return d_d_slopes


@vjp(np.trapezoid, bilinear=True)
def trapezoid(y, x=None, dx=1.0, axis=-1, *, ans, d_ans):
    """The mean of each two neighbours times the gap between them."""
    d_slots = np.expand_dims(d_ans, axis)
    if x is None:
        half = np.broadcast_to(d_slots * dx / 2, np.shape(sum_neighbours(y, axis)))
        d_y = add_neighbours(half, axis)
        d_dx = np.sum(d_slots * np.conj(sum_neighbours(y, axis))) / 2
        d_x = None
    elif np.ndim(x) == 1:
        gaps = np.reshape(np.diff(x), shape_along(np.ndim(y), axis))
        d_y = add_neighbours(d_slots * np.conj(gaps) / 2, axis)
        d_gaps = unbroadcast(d_slots * np.conj(sum_neighbours(y, axis)) / 2, np.shape(gaps))
        d_x = undiff(np.ravel(d_gaps), 1, 0)
        d_dx = None
    else:
        d_y = add_neighbours(d_slots * np.conj(np.diff(x, axis=axis)) / 2, axis)
        d_x = undiff(d_slots * np.conj(sum_neighbours(y, axis)) / 2, 1, axis)
        d_dx = None
    return d_y, d_x, d_dx


@vjp(add_neighbours, linear=True)
def add_neighbours_(x, axis, *, ans, d_ans):
    d_x = sum_neighbours(d_ans, axis)
    return d_x


@vjp(sum_neighbours, linear=True)
def sum_neighbours_(x, axis, *, ans, d_ans):
    d_x = add_neighbours(d_ans, axis)
    return d_x


if hasattr(np, "cumulative_sum"):  # since NumPy 2.1

    @vjp(np.cumulative_sum, linear=True)
    def cumulative_sum(x, /, *, axis=None, dtype=None, include_initial=False, ans, d_ans):
        along = 0 if axis is None else axis
        d_sums = np.delete(d_ans, 0, along) if include_initial else d_ans
        d_x = np.reshape(np.flip(np.cumsum(np.flip(d_sums, along), along), along), np.shape(x))
        return d_x

    @vjp(np.cumulative_prod)
    def cumulative_prod(x, /, *, axis=None, dtype=None, include_initial=False, ans, d_ans):
        along = 0 if axis is None else axis
        products = np.delete(ans, 0, along) if include_initial else ans
        d_products = np.delete(d_ans, 0, along) if include_initial else d_ans
        factors = np.reshape(x, np.shape(products))
        d_factors = np.conj(delayed(products, along, 1)) * reversed_recurrence(np.conj(factors), d_products, along)
        d_x = np.reshape(d_factors, np.shape(x))
        return d_x
