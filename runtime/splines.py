"""Samples of an array between its elements, by B-splines: `scipy.ndimage.map_coordinates` and what it is reversed to.

A sample is a sum over neighbouring coefficients, each times one weight an axis. Beyond the border the neighbours are
those that the mode names. `nu` says how often the weights are differentiated along each axis.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .errors import NoRuleError
from .shapes import Shape

#: Modes, and how the neighbours of a position inside are continued beyond the border.
MODES = {"constant": "mirror", "nearest": "mirror", "mirror": "mirror", "reflect": "reflect", "grid-mirror": "reflect",
         "grid-wrap": "grid-wrap"}
PADDED = ("nearest",)  # modes for which SciPy filters a wider array where the order is more than 1


def spline_coefficients(x: Any, order: int, mode: str) -> Any:
    """What `scipy.ndimage.map_coordinates` interpolates between: the array, filtered where the order is more than 1.

    raises : NoRuleError for a mode whose derivative is not known
    """
    if mode not in MODES or (order > 1 and mode in PADDED):
        raise NoRuleError(f"interpolation with order={order}, mode={mode!r} has no derivative; use another mode")
    if order < 2:
        return x
    from scipy import ndimage

    return ndimage.spline_filter(x, order, np.result_type(x, float), mode)


def spline_coefficients_cotangent(g: Any, order: int, mode: str) -> Any:
    """The transpose of `spline_coefficients`."""
    if order < 2:
        return g
    for axis in range(np.ndim(g)):
        g = np.moveaxis(np.tensordot(_filter_matrix(np.shape(g)[axis], order, mode), g, (0, axis)), 0, axis)
    return g


def _filter_matrix(length: int, order: int, mode: str) -> Any:
    from scipy import ndimage

    return ndimage.spline_filter1d(np.eye(length), order, axis=0, mode=mode) if length > 1 else np.eye(1)


def spline_sample(coefficients: Any, coordinates: Any, order: int, mode: str, cval: float, nu: tuple[int, ...]) -> Any:
    """The sums of coefficients around each position.

    coefficients: array (n1, ..., nd)
    coordinates : array (d, *positions)
    returns     : array (*positions,)
    """
    if not any(nu):
        from scipy import ndimage

        return ndimage.map_coordinates(coefficients, coordinates, order=order, mode=mode, cval=cval, prefilter=False)
    total = np.zeros(np.shape(coordinates)[1:], np.result_type(coefficients, coordinates))
    for places, weight in _neighbours(np.shape(coefficients), coordinates, order, mode, nu):
        total = total + weight * coefficients[places]
    outside = _outside(np.shape(coefficients), coordinates, mode)
    return total if outside is None else np.where(outside, 0.0, total)


def spline_spread(values: Any, shape: Shape, coordinates: Any, order: int, mode: str, nu: tuple[int, ...]) -> Any:
    """The transpose of `spline_sample`: each value is added to the coefficients around its position."""
    total = np.zeros(shape, np.result_type(values, coordinates))
    outside = _outside(shape, coordinates, mode)
    values = values if outside is None else np.where(outside, 0.0, values)
    for places, weight in _neighbours(shape, coordinates, order, mode, nu):
        np.add.at(total, places, weight * values)
    return total


def steeper(nu: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """One derivative more along an axis.

    >>> steeper((0, 0), 1)
    (0, 1)
    """
    return (*nu[:axis], nu[axis] + 1, *nu[axis + 1:])


def spline_slopes(coefficients: Any, coordinates: Any, order: int, mode: str, nu: tuple[int, ...]) -> Any:
    """The derivative of `spline_sample` by each coordinate: array (d, *positions)."""
    return np.stack([spline_sample(coefficients, coordinates, order, mode, 0.0, steeper(nu, k))
                     for k in range(len(nu))])


def spline_slopes_cotangent(g: Any, coefficients: Any, coordinates: Any, order: int, mode: str, nu: tuple[int, ...]
                            ) -> tuple[Any, Any]:
    """The cotangents of the coefficients and of the coordinates of `spline_slopes`."""
    of_coefficients: Any = 0.0
    of_coordinates: Any = 0.0
    for k in range(len(nu)):
        of_coefficients = of_coefficients + spline_spread(g[k], np.shape(coefficients), coordinates, order, mode,
                                                          steeper(nu, k))
        slopes = spline_slopes(coefficients, coordinates, order, mode, steeper(nu, k))
        of_coordinates = of_coordinates + g[k] * np.conj(slopes)
    return of_coefficients, of_coordinates


def spline_slopes_along(coefficients: Any, coordinates: Any, moved: Any, order: int, mode: str,
                        nu: tuple[int, ...]) -> Any:
    """The derivative of `spline_slopes` along `moved`, a direction of the coordinates."""
    return np.stack([np.sum(moved * spline_slopes(coefficients, coordinates, order, mode, steeper(nu, k)), 0)
                     for k in range(len(nu))])


def spline_spread_along(values: Any, shape: Shape, coordinates: Any, moved: Any, order: int, mode: str,
                        nu: tuple[int, ...]) -> Any:
    """The derivative of `spline_spread` along `moved`, a direction of the coordinates."""
    total: Any = 0.0
    for k in range(len(nu)):
        total = total + spline_spread(values * moved[k], shape, coordinates, order, mode, steeper(nu, k))
    return total


def _outside(shape: Shape, coordinates: Any, mode: str) -> Any:
    if mode != "constant":
        return None
    return np.any([(c < 0) | (c > n - 1) for c, n in zip(coordinates, shape, strict=True)], axis=0)


def _neighbours(shape: Shape, coordinates: Any, order: int, mode: str, nu: tuple[int, ...]) -> Any:
    """The places of the coefficients around each position, and their weights."""
    each = []
    for x, n, times in zip(np.asarray(coordinates), shape, nu, strict=True):
        inside, sign = _mapped(x, n, mode)
        first = np.floor(inside if order % 2 else inside + 0.5).astype(int) - order // 2
        offset = inside - first
        each.append([(_continued(first + k, n, MODES[mode]), _basis(offset - k, order, times) * sign**times)
                     for k in range(order + 1)])
    for chosen in itertools.product(*each):
        weight = 1.0
        for _, w in chosen:
            weight = weight * w
        yield tuple(place for place, _ in chosen), weight


def _mapped(x: Any, n: int, mode: str) -> tuple[Any, Any]:
    """The position inside that a position stands for, and the slope of that."""
    if mode == "constant":
        return np.clip(x, 0, n - 1), 1.0
    if mode == "nearest":
        return np.clip(x, 0, n - 1), np.where((x >= 0) & (x <= n - 1), 1.0, 0.0)
    if mode == "grid-wrap":
        return np.where((x >= 0) & (x <= n - 1), x, x - n * np.floor(x / n)), 1.0
    shift = 0.0 if mode == "mirror" else 0.5
    period = 2 * (n - 1) if mode == "mirror" else 2 * n
    if period == 0:
        return 0 * x, 0.0
    turned = np.mod(x + shift, period)
    back = turned > period / 2
    return np.where(back, period - turned, turned) - shift, np.where(back, -1.0, 1.0)


def _continued(index: Any, n: int, how: str) -> Any:
    """The place that a place beyond the border stands for."""
    if how == "grid-wrap":
        return np.mod(index, n)
    if how == "mirror":
        turned = np.mod(index, max(2 * (n - 1), 1))
        return np.where(turned > n - 1, 2 * (n - 1) - turned, turned)
    turned = np.mod(index, 2 * n)
    return np.where(turned > n - 1, 2 * n - 1 - turned, turned)


def _basis(t: Any, order: int, times: int) -> Any:
    """The centred B-spline of this order at t, differentiated `times` (a difference of those of one order less)."""
    if times:
        return _basis(t + 0.5, order - 1, times - 1) - _basis(t - 0.5, order - 1, times - 1) if order else 0 * t
    if order == 0:
        return np.where((t >= -0.5) & (t < 0.5), 1.0, 0.0)
    half = (order + 1) / 2
    return ((half + t) * _basis(t + 0.5, order - 1, 0) + (half - t) * _basis(t - 0.5, order - 1, 0)) / order
