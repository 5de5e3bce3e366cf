"""What the rules of `scipy.signal` share: the part of a convolution that a mode returns, products at lags."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape


def _inside(shape: Shape, shape1: Shape, shape2: Shape) -> tuple[Any, Shape]:
    """Where a result of `shape` is in the whole convolution of two arrays, and the whole's shape: in its middle."""
    whole = tuple(m + n - 1 for m, n in zip(shape1, shape2, strict=True))
    starts = [(full - length) // 2 for full, length in zip(whole, shape, strict=True)]
    return tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True)), whole


def uncentred(g: Any, shape1: Shape, shape2: Shape) -> Any:
    """The cotangent of the whole convolution from that of a part in its middle (`mode="same"`, `mode="valid"`).

    >>> uncentred(np.array([1., 2., 3.]), (3,), (3,))
    array([0., 1., 2., 3., 0.])
    """
    place, whole = _inside(np.shape(g), shape1, shape2)
    if whole == np.shape(g):
        return g
    result = np.zeros(whole, np.result_type(g))
    result[place] = g
    return result


def centred(x: Any, shape: Shape, shape1: Shape, shape2: Shape) -> Any:
    """The part of `shape` in the middle of a whole convolution."""
    return x[_inside(shape, shape1, shape2)[0]]


def lagged_products(x: Any, y: Any, count: int, axis: int) -> Any:
    """For each k < count the sum over n of x[n] y[n - k] along an axis, and over the other axes.

    >>> lagged_products(np.array([1., 2., 3.]), np.array([1., 1., 1.]), 2, 0)
    array([6., 5.])
    """
    x, y = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    length = x.shape[-1]
    sums = [np.sum(x[..., k:] * y[..., : max(length - k, 0)]) for k in range(count)]
    return np.array(sums, np.result_type(x, y))
