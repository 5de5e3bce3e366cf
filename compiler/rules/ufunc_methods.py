# mypy: allow-untyped-defs
"""The methods of ufuncs, `np.add.reduce` and its kin: axis 0 by default."""

import numpy as np

from ...runtime.indexing import add_along_axis, first_reached, unreduceat
from ...runtime.shapes import kept_shape, sum_leading, sum_trailing
from ...runtime.special import delayed, product_of_others, reversed_recurrence
from .registry import vjp


@vjp(np.add.reduce, linear=True)
def add_reduce(array, axis=0, dtype=None, *, keepdims=False, initial=0, where=True, ans, d_ans):
    d_slots = np.reshape(d_ans, kept_shape(np.shape(array), axis))
    d_array = np.where(where, d_slots, np.zeros(np.shape(array)))
    d_initial = np.sum(d_ans)
    return d_array, d_initial


@vjp(np.multiply.reduce)
def multiply_reduce(array, axis=0, dtype=None, *, keepdims=False, ans, d_ans):
    """Each element's partial is the product of the others, exact also where elements are zero."""
    d_array = np.reshape(d_ans, kept_shape(np.shape(array), axis)) * np.conj(product_of_others(array, axis))
    return d_array


@vjp(np.maximum.reduce, np.fmax.reduce, singular=True)
def maximum_reduce(array, axis=0, dtype=None, *, keepdims=False, ans, d_ans):
    """The largest elements share the cotangent equally."""
    is_max = array == np.reshape(ans, kept_shape(np.shape(array), axis))
    ties = np.count_nonzero(is_max, axis, keepdims=True)
    d_array = is_max * (np.reshape(d_ans, np.shape(ties)) / ties)
    return d_array


@vjp(np.minimum.reduce, np.fmin.reduce, singular=True)
def minimum_reduce(array, axis=0, dtype=None, *, keepdims=False, ans, d_ans):
    """The smallest elements share the cotangent equally."""
    is_min = array == np.reshape(ans, kept_shape(np.shape(array), axis))
    ties = np.count_nonzero(is_min, axis, keepdims=True)
    d_array = is_min * (np.reshape(d_ans, np.shape(ties)) / ties)
    return d_array


@vjp(np.logaddexp.reduce, singular=True)
def logaddexp_reduce(array, axis=0, dtype=None, *, keepdims=False, ans, d_ans):
    """The shares of the sum of exponentials: none exceeds 1."""
    kept = kept_shape(np.shape(array), axis)
    d_array = np.reshape(d_ans, kept) * np.exp(array - np.reshape(ans, kept))
    return d_array


@vjp(np.add.accumulate, linear=True)
def add_accumulate(array, axis=0, dtype=None, *, ans, d_ans):
    d_array = np.flip(np.cumsum(np.flip(d_ans, axis), axis), axis)
    return d_array


@vjp(np.multiply.accumulate)
def multiply_accumulate(array, axis=0, dtype=None, *, ans, d_ans):
    """Factor k is in every later product; the recurrence is exact also where elements are zero."""
    d_array = np.conj(delayed(ans, axis, 1)) * reversed_recurrence(np.conj(array), d_ans, axis)
    return d_array


@vjp(np.maximum.accumulate)
def maximum_accumulate(array, axis=0, dtype=None, *, ans, d_ans):
    """The first element that reached the running maximum gets its cotangents."""
    d_array = add_along_axis(d_ans, np.shape(array), first_reached(array, ans, axis), axis)
    return d_array


@vjp(np.minimum.accumulate)
def minimum_accumulate(array, axis=0, dtype=None, *, ans, d_ans):
    """The first element that reached the running minimum gets its cotangents."""
    d_array = add_along_axis(d_ans, np.shape(array), first_reached(array, ans, axis), axis)
    return d_array


@vjp(np.add.reduceat, linear=True)
def add_reduceat(array, indices, axis=0, dtype=None, *, ans, d_ans):
    d_array = unreduceat(d_ans, np.shape(array), indices, axis)
    return d_array


@vjp(unreduceat, linear=True)
def unreduceat_(x, shape, indices, axis, *, ans, d_ans):
    d_x = np.add.reduceat(d_ans, indices, axis)
    return d_x


@vjp(np.add.outer, linear=True)
def add_outer(A, B, /, *, ans, d_ans):
    d_A = sum_trailing(d_ans, np.ndim(B))
    d_B = sum_leading(d_ans, np.ndim(A))
    return d_A, d_B


@vjp(np.subtract.outer, linear=True)
def subtract_outer(A, B, /, *, ans, d_ans):
    d_A = sum_trailing(d_ans, np.ndim(B))
    d_B = -sum_leading(d_ans, np.ndim(A))
    return d_A, d_B


@vjp(np.multiply.outer, bilinear=True)
def multiply_outer(A, B, /, *, ans, d_ans):
    d_A = np.tensordot(d_ans, np.conj(B), np.ndim(B))
    d_B = np.tensordot(np.conj(A), d_ans, np.ndim(A))
    return d_A, d_B


@vjp(np.divide.outer)
def divide_outer(A, B, /, *, ans, d_ans):
    d_A = np.tensordot(d_ans, np.conj(1 / B), np.ndim(B))
    d_B = -sum_leading(d_ans * np.conj(ans / B), np.ndim(A))
    return d_A, d_B
