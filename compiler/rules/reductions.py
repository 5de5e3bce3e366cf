# mypy: allow-untyped-defs
"""Sums, means, products, extrema over axes, and what accumulates along one."""

import numpy as np

from ...runtime.shapes import count_along, kept_shape
from ...runtime.special import divide_or_zero, product_of_others
from .registry import vjp


@vjp(np.sum, "ndarray.sum", linear=True)
def sum_(a, axis=None, dtype=None, *, keepdims=False, initial=0, where=True, ans, d_ans):
    """Each element of `a` fed one slot of `ans`: copy that slot's cotangent back to it."""
    if axis is None or keepdims or np.ndim(a) == 0:
        d_slots = d_ans
    else:
        d_slots = np.expand_dims(d_ans, axis)
    if where is True:
        d_a = np.broadcast_to(d_slots, np.shape(a))
    else:
        d_a = np.where(where, d_slots, np.zeros(np.shape(a)))
    d_initial = np.sum(d_ans)
    return d_a, d_initial


@vjp(np.mean, "ndarray.mean", linear=True)
def mean(a, axis=None, dtype=None, *, keepdims=False, where=True, ans, d_ans):
    if where is True and axis is None:
        d_a = np.broadcast_to(d_ans / np.size(a), np.shape(a))
    elif where is True and keepdims:
        d_a = np.broadcast_to(d_ans / count_along(np.shape(a), axis), np.shape(a))
    elif where is True:
        d_slots = np.expand_dims(d_ans, axis)
        d_a = np.broadcast_to(d_slots / count_along(np.shape(a), axis), np.shape(a))
    else:
        share = where / np.sum(np.broadcast_to(where, np.shape(a)), axis, keepdims=True)
        d_a = np.broadcast_to(np.reshape(d_ans, kept_shape(np.shape(a), axis)) * share, np.shape(a))
    return d_a


@vjp(np.prod, "ndarray.prod")
def prod(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True, ans, d_ans):
    """Each element's partial is the product of the others, exact also where elements are zero."""
    if where is True and initial is None and (axis is None or keepdims or np.ndim(a) == 0):
        d_a = d_ans * np.conj(product_of_others(a, axis))
    elif where is True and initial is None:
        d_a = np.expand_dims(d_ans, axis) * np.conj(product_of_others(a, axis))
    else:
        factor = 1 if initial is None else np.conj(initial)
        others = np.where(where, product_of_others(np.where(where, a, 1), axis), 0)
        d_a = np.reshape(d_ans * factor, kept_shape(np.shape(a), axis)) * np.conj(others)
    if initial is None:
        d_initial = None
    else:
        d_initial = np.sum(d_ans * np.conj(np.prod(a, axis, keepdims=keepdims, where=where)))
    return d_a, d_initial


@vjp(np.max, np.amax, "ndarray.max", singular=True)
def max_(a, axis=None, *, keepdims=False, initial=None, where=True, ans, d_ans):
    """The largest elements, and `initial` if it is as large, share the cotangent equally."""
    if where is True and initial is None and (axis is None or keepdims or np.ndim(a) == 0):
        is_max = a == ans
        d_a = is_max * (d_ans / np.count_nonzero(is_max, axis, keepdims=keepdims))
    elif where is True and initial is None:
        is_max = a == np.expand_dims(ans, axis)
        d_a = is_max * np.expand_dims(d_ans / np.count_nonzero(is_max, axis), axis)
    else:
        slots = np.reshape(ans, kept_shape(np.shape(a), axis))
        is_max = (a == slots) & where
        ties = np.count_nonzero(is_max, axis, keepdims=True) + (False if initial is None else slots == initial)
        d_a = is_max * (np.reshape(d_ans, np.shape(slots)) / ties)
    if initial is None:
        d_initial = None
    else:
        d_initial = np.sum(np.where(slots == initial, np.reshape(d_ans, np.shape(slots)) / ties, 0))
    return d_a, d_initial


@vjp(np.min, np.amin, "ndarray.min", singular=True)
def min_(a, axis=None, *, keepdims=False, initial=None, where=True, ans, d_ans):
    """The smallest elements, and `initial` if it is as small, share the cotangent equally."""
    if where is True and initial is None and (axis is None or keepdims or np.ndim(a) == 0):
        is_min = a == ans
        d_a = is_min * (d_ans / np.count_nonzero(is_min, axis, keepdims=keepdims))
    elif where is True and initial is None:
        is_min = a == np.expand_dims(ans, axis)
        d_a = is_min * np.expand_dims(d_ans / np.count_nonzero(is_min, axis), axis)
    else:
        slots = np.reshape(ans, kept_shape(np.shape(a), axis))
        is_min = (a == slots) & where
        ties = np.count_nonzero(is_min, axis, keepdims=True) + (False if initial is None else slots == initial)
        d_a = is_min * (np.reshape(d_ans, np.shape(slots)) / ties)
    if initial is None:
        d_initial = None
    else:
        d_initial = np.sum(np.where(slots == initial, np.reshape(d_ans, np.shape(slots)) / ties, 0))
    return d_a, d_initial


@vjp(np.var, "ndarray.var")
def var(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None, ans, d_ans):
    """2 (a - mean) / (n - ddof): the mean's own derivative drops out, since deviations sum to 0."""
    less = ddof if correction is None else correction
    if where is True and (axis is None or keepdims):
        deviation = a - np.mean(a, axis, keepdims=True)
        d_a = d_ans * 2 / (count_along(np.shape(a), axis) - less) * deviation
    elif where is True:
        deviation = a - np.mean(a, axis, keepdims=True)
        d_a = np.expand_dims(d_ans * 2 / (count_along(np.shape(a), axis) - less), axis) * deviation
    else:
        deviation = np.where(where, a - np.mean(a, axis, keepdims=True, where=where), 0)
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis, keepdims=True)
        d_a = np.reshape(d_ans * 2, np.shape(count)) / (count - less) * deviation
    return d_a


@vjp(np.std, "ndarray.std")
def std(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, correction=None, ans, d_ans):
    """(a - mean) / ((n - ddof) std), and 0 where all elements are equal."""
    less = ddof if correction is None else correction
    if where is True and (axis is None or keepdims):
        scale = divide_or_zero(d_ans, ans * (count_along(np.shape(a), axis) - less))
        d_a = scale * (a - np.mean(a, axis, keepdims=True))
    elif where is True:
        scale = divide_or_zero(d_ans, ans * (count_along(np.shape(a), axis) - less))
        d_a = np.expand_dims(scale, axis) * (a - np.mean(a, axis, keepdims=True))
    else:
        count = np.sum(np.broadcast_to(where, np.shape(a)), axis, keepdims=True)
        scale = np.reshape(divide_or_zero(d_ans, ans), np.shape(count)) / (count - less)
        d_a = np.where(where, scale * (a - np.mean(a, axis, keepdims=True, where=where)), 0)
    return d_a


@vjp(np.ptp, singular=True)
def ptp(a, axis=None, *, keepdims=False, ans, d_ans):
    """Largest less smallest; equal ones share."""
    d_slots = np.reshape(d_ans, kept_shape(np.shape(a), axis))
    is_max = a == np.max(a, axis, keepdims=True)
    is_min = a == np.min(a, axis, keepdims=True)
    from_max = is_max * (d_slots / np.count_nonzero(is_max, axis, keepdims=True))
    from_min = is_min * (d_slots / np.count_nonzero(is_min, axis, keepdims=True))
    d_a = from_max - from_min
    return d_a


# The same over what is not nan -----------------------------------------------------------------------------


@vjp(np.nansum)
def nansum(a, axis=None, dtype=None, *, keepdims=False, where=True, ans, d_ans):
    d_a = np.where(np.isnan(a) | np.logical_not(where), 0, np.reshape(d_ans, kept_shape(np.shape(a), axis)))
    return d_a


@vjp(np.nanmean, singular=True)
def nanmean(a, axis=None, dtype=None, *, keepdims=False, where=True, ans, d_ans):
    counted = np.logical_not(np.isnan(a)) & where
    d_slots = np.reshape(d_ans, kept_shape(np.shape(a), axis)) / np.sum(counted, axis, keepdims=True)
    d_a = np.where(counted, d_slots, 0)
    return d_a


@vjp(np.nanprod)
def nanprod(a, axis=None, dtype=None, *, keepdims=False, ans, d_ans):
    counted = np.logical_not(np.isnan(a))
    others = product_of_others(np.where(counted, a, 1), axis)
    d_a = np.where(counted, np.reshape(d_ans, kept_shape(np.shape(a), axis)) * np.conj(others), 0)
    return d_a


@vjp(np.nanmax, singular=True)
def nanmax(a, axis=None, *, keepdims=False, ans, d_ans):
    """The largest elements share the cotangent equally."""
    is_max = a == np.reshape(ans, kept_shape(np.shape(a), axis))
    ties = np.count_nonzero(is_max, axis, keepdims=True)
    d_a = is_max * (np.reshape(d_ans, np.shape(ties)) / ties)
    return d_a


@vjp(np.nanmin, singular=True)
def nanmin(a, axis=None, *, keepdims=False, ans, d_ans):
    """The smallest elements share the cotangent equally."""
    is_min = a == np.reshape(ans, kept_shape(np.shape(a), axis))
    ties = np.count_nonzero(is_min, axis, keepdims=True)
    d_a = is_min * (np.reshape(d_ans, np.shape(ties)) / ties)
    return d_a


@vjp(np.nanvar, singular=True)
def nanvar(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, ans, d_ans):
    counted = np.logical_not(np.isnan(a)) & where
    count = np.sum(counted, axis, keepdims=True)
    deviation = np.where(counted, a - np.mean(a, axis, keepdims=True, where=counted), 0)
    d_a = np.reshape(d_ans * 2, np.shape(count)) / (count - ddof) * deviation
    return d_a


@vjp(np.nanstd, singular=True)
def nanstd(a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, ans, d_ans):
    """0 where all elements are equal."""
    counted = np.logical_not(np.isnan(a)) & where
    count = np.sum(counted, axis, keepdims=True)
    deviation = np.where(counted, a - np.mean(a, axis, keepdims=True, where=counted), 0)
    d_a = np.reshape(divide_or_zero(d_ans, ans), np.shape(count)) / (count - ddof) * deviation
    return d_a
