# mypy: allow-untyped-defs
"""Sums, means, products, extrema over axes, and what accumulates along one."""

import numpy as np

from ...runtime.shapes import count_along
from ...runtime.special import delayed, divide_or_zero, product_of_others, reversed_recurrence
from .registry import vjp


@vjp(np.sum, "ndarray.sum", linear=True)
def sum_(a, axis=None, dtype=None, *, keepdims=False, initial=0, where=True, ans, d_ans):
    """Each element of `a` fed one slot of `ans`: copy that slot's cotangent back to it."""
    if axis is None or keepdims:
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
def mean(a, axis=None, dtype=None, *, keepdims=False, ans, d_ans):
    if axis is None:
        d_a = np.broadcast_to(d_ans / np.size(a), np.shape(a))
    elif keepdims:
        d_a = np.broadcast_to(d_ans / count_along(np.shape(a), axis), np.shape(a))
    else:
        d_slots = np.expand_dims(d_ans, axis)
        d_a = np.broadcast_to(d_slots / count_along(np.shape(a), axis), np.shape(a))
    return d_a


@vjp(np.prod, "ndarray.prod")
def prod(a, axis=None, dtype=None, *, keepdims=False, ans, d_ans):
    """Each element's partial is the product of the others, exact also where elements are zero."""
    if axis is None or keepdims:
        d_a = d_ans * np.conj(product_of_others(a, axis))
    else:
        d_a = np.expand_dims(d_ans, axis) * np.conj(product_of_others(a, axis))
    return d_a


@vjp(np.max, np.amax, "ndarray.max", singular=True)
def max_(a, axis=None, *, keepdims=False, ans, d_ans):
    """The largest elements share the cotangent equally."""
    if axis is None or keepdims:
        is_max = a == ans
        d_a = is_max * (d_ans / np.count_nonzero(is_max, axis, keepdims=keepdims))
    else:
        is_max = a == np.expand_dims(ans, axis)
        d_a = is_max * np.expand_dims(d_ans / np.count_nonzero(is_max, axis), axis)
    return d_a


@vjp(np.min, np.amin, "ndarray.min", singular=True)
def min_(a, axis=None, *, keepdims=False, ans, d_ans):
    """The smallest elements share the cotangent equally."""
    if axis is None or keepdims:
        is_min = a == ans
        d_a = is_min * (d_ans / np.count_nonzero(is_min, axis, keepdims=keepdims))
    else:
        is_min = a == np.expand_dims(ans, axis)
        d_a = is_min * np.expand_dims(d_ans / np.count_nonzero(is_min, axis), axis)
    return d_a


@vjp(np.var, "ndarray.var")
def var(a, axis=None, dtype=None, *, ddof=0, keepdims=False, ans, d_ans):
    """2 (a - mean) / (n - ddof): the mean's own derivative drops out, since deviations sum to 0."""
    deviation = a - np.mean(a, axis, keepdims=True)
    if axis is None or keepdims:
        d_a = d_ans * 2 / (count_along(np.shape(a), axis) - ddof) * deviation
    else:
        d_a = np.expand_dims(d_ans * 2 / (count_along(np.shape(a), axis) - ddof), axis) * deviation
    return d_a


@vjp(np.std, "ndarray.std")
def std(a, axis=None, dtype=None, *, ddof=0, keepdims=False, ans, d_ans):
    """(a - mean) / ((n - ddof) std), and 0 where all elements are equal."""
    deviation = a - np.mean(a, axis, keepdims=True)
    scale = divide_or_zero(d_ans, ans * (count_along(np.shape(a), axis) - ddof))
    if axis is None or keepdims:
        d_a = scale * deviation
    else:
        d_a = np.expand_dims(scale, axis) * deviation
    return d_a


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
