"""Transposes of differences and of sums of neighbours along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape, normal_axes, shape_along


def undiff(x: Any, n: int, axis: int) -> Any:
    """The transpose of `np.diff(_, n, axis)`: what the cotangent `x` of n-th differences is for the sequence.

    returns: array with n more elements along `axis`

    >>> undiff(np.array([1., 2., 5.]), 1, 0)
    array([-1., -1., -3.,  5.])
    """
    zero = np.zeros((), np.result_type(x))  # the number 0 would widen single precision
    for _ in range(n):
        x = -np.diff(x, axis=axis, prepend=zero, append=zero)
    return x


def length_along(x: Any, axis: int) -> int:
    """How many elements `x` adds in `np.diff(_, prepend=x)`: a number is one, None is nothing."""
    if x is None:
        return 0
    return 1 if np.ndim(x) == 0 else np.shape(x)[axis]


def sum_neighbours(x: Any, axis: int) -> Any:
    """x[k] + x[k + 1] along `axis`.

    >>> sum_neighbours(np.array([1., 2., 5.]), 0)
    array([3., 7.])
    """
    rows = np.moveaxis(x, axis, 0)
    return np.moveaxis(rows[1:] + rows[:-1], 0, axis)


def add_neighbours(x: Any, axis: int) -> Any:
    """The transpose of `sum_neighbours`: each element is added to two neighbours, so there is one more of them.

    >>> add_neighbours(np.array([1., 2.]), 0)
    array([1., 3., 2.])
    """
    rows = np.moveaxis(x, axis, 0)
    out = np.zeros((len(rows) + 1, *rows.shape[1:]), rows.dtype)
    out[1:] = rows
    out[:-1] += rows
    return np.moveaxis(out, 0, axis)


def gradient_cotangent(d_slopes: Any, shape: Shape, varargs: tuple[Any, ...], axis: Any, edge_order: int) -> Any:
    """The cotangent of `f` in `np.gradient(f, *varargs, axis=axis, edge_order=edge_order)`.

    d_slopes: array, or a tuple of arrays if slopes along several axes were taken
    returns : array of `shape`
    """
    axes = normal_axes(axis, len(shape))
    parts = d_slopes if isinstance(d_slopes, tuple | list) else (d_slopes,)
    spacings = varargs if len(varargs) > 1 else varargs * len(axes) if varargs else (1.0,) * len(axes)
    total: Any = 0
    for part, along, spacing in zip(parts, axes, spacings, strict=True):
        rows = np.moveaxis(part, along, 0)
        total = total + np.moveaxis(_one_axis(rows, spacing, edge_order), 0, along)
    return total


def _one_axis(rows: Any, spacing: Any, edge_order: int) -> Any:
    """Transposed slopes along the first axis: weights as `np.gradient` documents them."""
    n = len(rows)
    lie = shape_along(np.ndim(rows), 0)
    h = np.diff(spacing) if np.ndim(spacing) else np.full(n - 1, spacing, np.float64)
    left, right = h[:-1], h[1:]
    out = np.zeros(rows.shape, np.result_type(rows))
    inner = rows[1:-1]
    out[:-2] -= inner * np.reshape(right / (left * (left + right)), lie)
    out[1:-1] += inner * np.reshape((right - left) / (left * right), lie)
    out[2:] += inner * np.reshape(left / (right * (left + right)), lie)
    for edge, step, gaps in ((0, 1, h), (-1, -1, -h[::-1])):
        d = rows[edge]
        if edge_order == 1:
            weights = [-1 / gaps[0], 1 / gaps[0]]
        else:
            one, two = gaps[0], gaps[1]
            weights = [-(2 * one + two) / (one * (one + two)), (one + two) / (one * two), -one / (two * (one + two))]
        for k, weight in enumerate(weights):
            out[edge + step * k] += weight * d
    return out
