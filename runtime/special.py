"""Elementwise functions that rules need and NumPy does not have: quotients and products that are exact at zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Axis, normal_axes


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
    axes = normal_axes(axis, np.ndim(a))
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(a, axes, last)
    rows = np.reshape(moved, (*moved.shape[:moved.ndim - len(axes)], -1)) if moved.size else moved
    if not moved.size:
        return np.ones_like(a)
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return np.moveaxis(np.reshape(before * after, moved.shape), last, axes)
