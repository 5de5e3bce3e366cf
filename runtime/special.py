"""Elementwise functions that rules need and NumPy does not have: quotients and products that are exact at zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Axis, as_rows, from_rows


def divide_or_zero(x1: Any, x2: Any) -> Any:
    """x1 / x2, and 0 where x2 is 0 (whatever x1 is there).

    >>> divide_or_zero(np.array([1., 2.]), np.array([0., 4.]))
    array([0. , 0.5])
    """
    zero = np.equal(x2, 0)
    return np.where(zero, 0, np.divide(x1, x2 + zero))


def product_of_others(a: Any, axis: Axis = None) -> Any:
    """For each element the product of all the *other* elements of its group along `axis`; exact with zeros.

    returns: array of the shape of a

    >>> product_of_others(np.array([2., 0., 3.]))
    array([0., 6., 0.])
    """
    rows = as_rows(a, axis)
    before = delayed(np.cumprod(rows, -1), -1, 1)
    after = np.flip(delayed(np.cumprod(np.flip(rows, -1), -1), -1, 1), -1)
    return from_rows(before * after, np.shape(a), axis)


def linear_recurrence(gain: Any, drive: Any, axis: int) -> Any:
    """w[k] = drive[k] + gain[k] * w[k - 1] along `axis`, from w[-1] = 0: what reverses a cumulative product.

    gain, drive: arrays of one shape; the first gain is not used
    returns    : fresh array of that shape

    >>> linear_recurrence(np.array([0., 2., 2.]), np.ones(3), 0)
    array([1., 3., 7.])
    """
    gain, drive = np.moveaxis(gain, axis, 0), np.moveaxis(drive, axis, 0)
    w = np.array(drive, np.result_type(gain, drive))
    for k in range(1, len(w)):
        w[k] += gain[k] * w[k - 1]
    return np.moveaxis(w, 0, axis)


def reversed_recurrence(gain: Any, drive: Any, axis: int) -> Any:
    """w[k] = drive[k] + gain[k + 1] * w[k + 1] along `axis`, from the end: the transpose of `linear_recurrence`.

    >>> reversed_recurrence(np.array([0., 2., 2.]), np.ones(3), 0)
    array([7., 3., 1.])
    """
    gain, drive = np.flip(np.roll(gain, -1, axis), axis), np.flip(drive, axis)
    return np.flip(linear_recurrence(gain, drive, axis), axis)


def delayed(x: Any, axis: int, first: float = 0) -> Any:
    """`x` moved by one place along `axis`: `first` comes in, the last element goes.

    >>> delayed(np.array([1., 2., 3.]), 0)
    array([0., 1., 2.])
    """
    rows = np.moveaxis(x, axis, 0)
    out = np.empty_like(rows)
    out[:1] = first
    out[1:] = rows[:-1]
    return np.moveaxis(out, 0, axis)


def advanced(x: Any, axis: int) -> Any:
    """`x` moved back by one place along `axis`: the first element goes, 0 comes in at the end.

    >>> advanced(np.array([1., 2., 3.]), 0)
    array([2., 3., 0.])
    """
    return np.flip(delayed(np.flip(x, axis), axis), axis)
