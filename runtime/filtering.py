"""What the rules of `scipy.signal` share: the part of a convolution that a mode returns, products at lags."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .errors import ShapeError
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


def romberg_weights(count: int) -> Any:
    """The weights of Romberg's rule for 2^k + 1 samples at distance 1.

    >>> romberg_weights(3) * 3
    array([1., 4., 1.])
    """
    steps = int(count - 1).bit_length() - 1
    if count != 2**steps + 1:
        raise ShapeError(f"Romberg's rule of {count} samples", None, "It needs 2^k + 1 of them.", "Use simpson().")
    rows = []
    for k in range(steps + 1):
        stride = 2 ** (steps - k)
        weights = np.zeros(count)
        weights[::stride] = stride
        weights[[0, -1]] /= 2
        rows.append(weights)
    for order in range(1, steps + 1):
        rows = [(4**order * fine - coarse) / (4**order - 1) for coarse, fine in itertools.pairwise(rows)]
    return rows[0]


def polynomial_weights(window: int, order: int, deriv: int) -> Any:
    """The matrix of a window's least-squares polynomial, or of its derivative: samples to its values at their places.

    >>> polynomial_weights(3, 0, 0) * 3
    array([[1., 1., 1.],
           [1., 1., 1.],
           [1., 1., 1.]])
    """
    places = np.arange(window) - window // 2
    fit = np.linalg.pinv(np.vander(places, order + 1, increasing=True).astype(float))
    factors = np.array([float(np.prod(np.arange(k, k - deriv, -1))) for k in range(order + 1)])
    powers = np.maximum(np.arange(order + 1) - deriv, 0)
    return (factors * places[:, None].astype(float) ** powers) @ fit
