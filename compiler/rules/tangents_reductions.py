# mypy: allow-untyped-defs
"""Tangents of reductions, cumulative products and the methods of ufuncs: the sums of what their rules hand back."""

import numpy as np

from ...runtime.indexing import first_reached
from ...runtime.shapes import as_rows, count_along, from_rows, kept_shape
from ...runtime.special import (
    advanced,
    delayed,
    divide_or_zero,
    linear_recurrence,
    product_of_others,
    reversed_recurrence,
)
from . import differences, helpers, reductions, ufunc_methods  # noqa: F401 - their rules come first
from .registry import jvp


@jvp(np.prod)
def prod_tangent(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True, ans, t_a, t_initial=None):
    """Each factor moves the product by its tangent times the others."""
    if where is True and initial is None:
        t_ans = np.sum(t_a * product_of_others(a, axis), axis, keepdims=keepdims)
    else:
        others = np.where(where, product_of_others(np.where(where, a, 1), axis), 0)
        t_factors = np.sum(t_a * others, axis, keepdims=keepdims)
        rest = 0 if initial is None else t_initial * np.prod(a, axis, keepdims=keepdims, where=where)
        t_ans = t_factors * (1 if initial is None else initial) + rest
    return t_ans


@jvp(np.max)
def max_tangent(a, axis=None, *, keepdims=False, initial=None, where=True, ans, t_a, t_initial=None):
    """The mean of the largest elements' tangents."""
    if axis is None and where is True and initial is None:
        is_max = a == ans
        return np.sum(t_a * is_max, keepdims=keepdims) / np.count_nonzero(is_max)
    slots = np.reshape(ans, kept_shape(np.shape(a), axis))
    is_max = (a == slots) & where
    initial_is = False if initial is None else ans == initial
    t_initial_share = 0 if initial is None else t_initial * initial_is
    ties = np.count_nonzero(is_max, axis, keepdims=keepdims) + initial_is
    t_ans = (np.sum(t_a * is_max, axis, keepdims=keepdims) + t_initial_share) / ties
    return t_ans


@jvp(np.min)
def min_tangent(a, axis=None, *, keepdims=False, initial=None, where=True, ans, t_a, t_initial=None):
    """The mean of the smallest elements' tangents."""
    if axis is None and where is True and initial is None:
        is_min = a == ans
        return np.sum(t_a * is_min, keepdims=keepdims) / np.count_nonzero(is_min)
    slots = np.reshape(ans, kept_shape(np.shape(a), axis))
    is_min = (a == slots) & where
    initial_is = False if initial is None else ans == initial
    t_initial_share = 0 if initial is None else t_initial * initial_is
    ties = np.count_nonzero(is_min, axis, keepdims=keepdims) + initial_is
    t_ans = (np.sum(t_a * is_min, axis, keepdims=keepdims) + t_initial_share) / ties
    return t_ans


@jvp(np.ptp)
def ptp_tangent(a, axis=None, *, keepdims=False, ans, t_a):
    is_max = a == np.max(a, axis, keepdims=True)
    is_min = a == np.min(a, axis, keepdims=True)
    t_max = np.sum(t_a * is_max, axis, keepdims=keepdims) / np.count_nonzero(is_max, axis, keepdims=keepdims)
    t_min = np.sum(t_a * is_min, axis, keepdims=keepdims) / np.count_nonzero(is_min, axis, keepdims=keepdims)
    t_ans = t_max - t_min
    return t_ans


@jvp(np.var)
def var_tangent(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None, ans, t_a):
    """Twice the mean product of deviation and tangent."""
    less = ddof if correction is None else correction
    if where is True:
        product = np.conj(a - np.mean(a, axis, keepdims=True)) * t_a
        t_ans = 2 * np.real(np.sum(product, axis, keepdims=keepdims)) / (count_along(np.shape(a), axis) - less)
    else:
        product = np.conj(a - np.mean(a, axis, keepdims=True, where=where)) * t_a
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis, keepdims=keepdims)
        t_ans = 2 * np.real(np.sum(product, axis, keepdims=keepdims, where=where)) / (count - less)
    return t_ans


@jvp(np.std)
def std_tangent(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None, ans, t_a):
    """The mean product of deviation and tangent, by the standard deviation; 0 where that is 0."""
    less = ddof if correction is None else correction
    if where is True:
        product = np.conj(a - np.mean(a, axis, keepdims=True)) * t_a
        along = np.real(np.sum(product, axis, keepdims=keepdims)) / (count_along(np.shape(a), axis) - less)
    else:
        product = np.conj(a - np.mean(a, axis, keepdims=True, where=where)) * t_a
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis, keepdims=keepdims)
        along = np.real(np.sum(product, axis, keepdims=keepdims, where=where)) / (count - less)
    t_ans = divide_or_zero(along, ans)
    return t_ans


# The same over what is not nan -----------------------------------------------------------------------------


@jvp(np.nansum)
def nansum_tangent(a, axis=None, dtype=None, *, keepdims=False, where=True, ans, t_a):
    t_ans = np.sum(np.where(np.isnan(a) | np.logical_not(where), 0, t_a), axis, keepdims=keepdims)
    return t_ans


@jvp(np.nanmean)
def nanmean_tangent(a, axis=None, dtype=None, *, keepdims=False, where=True, ans, t_a):
    counted = np.logical_not(np.isnan(a)) & where
    t_ans = np.sum(np.where(counted, t_a, 0), axis, keepdims=keepdims) / np.sum(counted, axis, keepdims=keepdims)
    return t_ans


@jvp(np.nanprod)
def nanprod_tangent(a, axis=None, dtype=None, *, keepdims=False, ans, t_a):
    counted = np.logical_not(np.isnan(a))
    others = product_of_others(np.where(counted, a, 1), axis)
    t_ans = np.sum(np.where(counted, t_a * others, 0), axis, keepdims=keepdims)
    return t_ans


@jvp(np.nanmax)
def nanmax_tangent(a, axis=None, *, keepdims=False, ans, t_a):
    is_max = a == np.reshape(ans, kept_shape(np.shape(a), axis))
    t_ans = np.sum(t_a * is_max, axis, keepdims=keepdims) / np.count_nonzero(is_max, axis, keepdims=keepdims)
    return t_ans


@jvp(np.nanmin)
def nanmin_tangent(a, axis=None, *, keepdims=False, ans, t_a):
    is_min = a == np.reshape(ans, kept_shape(np.shape(a), axis))
    t_ans = np.sum(t_a * is_min, axis, keepdims=keepdims) / np.count_nonzero(is_min, axis, keepdims=keepdims)
    return t_ans


@jvp(np.nanvar)
def nanvar_tangent(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, ans, t_a):
    counted = np.logical_not(np.isnan(a)) & where
    deviation = np.where(counted, a - np.mean(a, axis, keepdims=True, where=counted), 0)
    count = np.sum(counted, axis, keepdims=keepdims)
    t_ans = 2 * np.real(np.sum(np.conj(deviation) * t_a, axis, keepdims=keepdims)) / (count - ddof)
    return t_ans


@jvp(np.nanstd)
def nanstd_tangent(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, ans, t_a):
    counted = np.logical_not(np.isnan(a)) & where
    deviation = np.where(counted, a - np.mean(a, axis, keepdims=True, where=counted), 0)
    count = np.sum(counted, axis, keepdims=keepdims)
    along = np.real(np.sum(np.conj(deviation) * t_a, axis, keepdims=keepdims)) / (count - ddof)
    t_ans = divide_or_zero(along, ans)
    return t_ans


# Cumulative products: ans[k] = a[k] ans[k - 1], so the tangent is a recurrence of the same kind -------------


@jvp(np.cumprod)
def cumprod_tangent(a, axis=None, dtype=None, *, ans, t_a):
    if axis is None:
        t_ans = linear_recurrence(np.ravel(a), np.ravel(t_a) * delayed(ans, 0, 1), 0)
    else:
        t_ans = linear_recurrence(a, t_a * delayed(ans, axis, 1), axis)
    return t_ans


@jvp(np.nancumprod)
def nancumprod_tangent(a, axis=None, dtype=None, *, ans, t_a):
    along = 0 if axis is None else axis
    factors = np.reshape(np.where(np.isnan(a), 1, a), np.shape(ans))
    t_factors = np.reshape(np.where(np.isnan(a), 0, t_a), np.shape(ans))
    t_ans = linear_recurrence(factors, t_factors * delayed(ans, along, 1), along)
    return t_ans


@jvp(np.nancumsum)
def nancumsum_tangent(a, axis=None, dtype=None, *, ans, t_a):
    t_ans = np.cumsum(np.where(np.isnan(a), 0, t_a), axis)
    return t_ans


if hasattr(np, "cumulative_prod"):  # since NumPy 2.1

    @jvp(np.cumulative_prod)
    def cumulative_prod_tangent(x, /, *, axis=None, dtype=None, include_initial=False, ans, t_x):
        along = 0 if axis is None else axis
        products = np.delete(ans, 0, along) if include_initial else ans
        factors = np.reshape(x, np.shape(products))
        drive = np.reshape(t_x, np.shape(products)) * delayed(products, along, 1)
        t_products = linear_recurrence(factors, drive, along)
        t_ans = np.insert(t_products, 0, 0, along) if include_initial else t_products
        return t_ans


@jvp(product_of_others)
def product_of_others_tangent(a, axis=None, *, ans, t_a):
    """The tangents of the products of the elements before and of those after."""
    rows = as_rows(a, axis)
    t_rows = as_rows(t_a, axis)
    mirrored = np.flip(rows, -1)
    t_mirrored = np.flip(t_rows, -1)
    up = np.cumprod(rows, -1)
    down = np.cumprod(mirrored, -1)
    t_up = linear_recurrence(rows, t_rows * delayed(up, -1, 1), -1)
    t_down = linear_recurrence(mirrored, t_mirrored * delayed(down, -1, 1), -1)
    t_before = delayed(t_up, -1) * np.flip(delayed(down, -1, 1), -1)
    t_after = delayed(up, -1, 1) * np.flip(delayed(t_down, -1), -1)
    t_ans = from_rows(t_before + t_after, np.shape(a), axis)
    return t_ans


@jvp(linear_recurrence)
def linear_recurrence_tangent(gain, drive, axis, *, ans, t_gain, t_drive):
    t_ans = linear_recurrence(gain, t_drive + t_gain * delayed(ans, axis), axis)
    return t_ans


@jvp(reversed_recurrence)
def reversed_recurrence_tangent(gain, drive, axis, *, ans, t_gain, t_drive):
    t_ans = reversed_recurrence(gain, t_drive + advanced(t_gain * ans, axis), axis)
    return t_ans


# Methods of ufuncs -----------------------------------------------------------------------------------------


@jvp(np.multiply.reduce)
def multiply_reduce_tangent(array, axis=0, dtype=None, *, keepdims=False, ans, t_array):
    t_ans = np.sum(t_array * product_of_others(array, axis), axis, keepdims=keepdims)
    return t_ans


@jvp(np.maximum.reduce, np.minimum.reduce)
def extreme_reduce_tangent(array, axis=0, dtype=None, *, keepdims=False, ans, t_array):
    """The mean of the extreme elements' tangents."""
    extreme = array == np.reshape(ans, kept_shape(np.shape(array), axis))
    t_ans = np.sum(t_array * extreme, axis, keepdims=keepdims) / np.count_nonzero(extreme, axis, keepdims=keepdims)
    return t_ans


@jvp(np.logaddexp.reduce)
def logaddexp_reduce_tangent(array, axis=0, dtype=None, *, keepdims=False, ans, t_array):
    share = np.exp(array - np.reshape(ans, kept_shape(np.shape(array), axis)))
    t_ans = np.sum(t_array * share, axis, keepdims=keepdims)
    return t_ans


@jvp(np.multiply.accumulate)
def multiply_accumulate_tangent(array, axis=0, dtype=None, *, ans, t_array):
    t_ans = linear_recurrence(array, t_array * delayed(ans, axis, 1), axis)
    return t_ans


@jvp(np.maximum.accumulate, np.minimum.accumulate)
def extreme_accumulate_tangent(array, axis=0, dtype=None, *, ans, t_array):
    """The tangent of the first element that reached the running extreme."""
    t_ans = np.take_along_axis(t_array, first_reached(array, ans, axis), axis)
    return t_ans


@jvp(np.divide.outer)
def divide_outer_tangent(A, B, /, *, ans, t_A, t_B):
    t_ans = np.multiply.outer(t_A, 1 / B) - ans * t_B / B
    return t_ans
