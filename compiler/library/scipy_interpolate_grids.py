# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.interpolate`: B-splines, `interp1d`, regular grids; and splines made outside, which are constants."""

import numpy as np
from scipy import interpolate

from ...runtime.curves import spline_at
from .registry import stands_for, stands_for_call, unsupported
from .scipy_interpolate import Piecewise, hermite, over_trailing, placed, slopes_of_few, spline_slopes

INSIDE = "Make it inside of the function."


@stands_for_call(interpolate.PPoly)
def polynomial_of_constants(spline, x, nu=0, extrapolate=None):
    values = spline_at(np.asarray(x, float), spline, nu, extrapolate)
    return np.reshape(values, np.shape(x)) if np.ndim(spline.c) == 2 else values


@stands_for_call(interpolate.BSpline)
def spline_of_constants(spline, x, nu=0, extrapolate=None):
    values = spline_at(np.asarray(x, float), spline, nu, extrapolate)
    return np.reshape(values, np.shape(x)) if np.ndim(spline.c) == 1 else values


# B-splines ----------------------------------------------------------------------------------------------


class Knots:
    """A B-spline: knots t, coefficients c (len(t) - k - 1, *trailing), degree k."""

    def __init__(self, t, c, k, extrapolate=True):
        self.t = t
        self.c = c
        self.k = k
        self.extrapolate = extrapolate

    def __call__(self, x, nu=0, extrapolate=None):
        t, c, k = self.t, self.c, self.k
        for _ in range(nu):
            widths = over_trailing(t[k + 1 : -1] - t[1 : -k - 1], np.ndim(c) - 1)
            t, c, k = t[1:-1], k * np.diff(c, axis=0) / widths, k - 1
        return knotted(t, c, k, np.asarray(x), self.extrapolate if extrapolate is None else extrapolate)


def knotted(t, c, k, x, extrapolate):
    """De Boor's recursion, in the piece that holds each place."""
    if extrapolate == "periodic":
        unsupported("a periodic B-spline", "Use `CubicSpline` with bc_type='periodic'.")
    count = np.shape(t)[0] - k - 1
    piece = np.clip(np.searchsorted(t, x, side="right") - 1, k, count - 1)
    parts = [c[piece - k + j] for j in range(k + 1)]
    for r in range(1, k + 1):
        for j in range(k, r - 1, -1):
            low, high = t[piece - k + j], t[piece + 1 + j - r]
            share = over_trailing((x - low) / (high - low), np.ndim(c) - 1)
            parts[j] = (1.0 - share) * parts[j - 1] + share * parts[j]
    result = parts[k]
    if extrapolate is False:
        outside = over_trailing((x < t[k]) | (x > t[-k - 1]), np.ndim(c) - 1)
        return np.where(outside, np.nan, result)
    return result


@stands_for(interpolate.BSpline)
def b_spline(t, c, k, extrapolate=True, axis=0):
    if axis != 0:
        unsupported("`scipy.interpolate.BSpline` with `axis=`", "Move the axis before.")
    knots = np.asarray(t, float)
    return Knots(knots, np.asarray(c, float)[: np.shape(knots)[0] - k - 1], k, extrapolate)


@stands_for(interpolate.make_interp_spline)
def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0):
    if bc_type is not None and bc_type != "not-a-knot":
        unsupported("`scipy.interpolate.make_interp_spline` with `bc_type=`", "Use `CubicSpline`.")
    if axis != 0:
        unsupported("`scipy.interpolate.make_interp_spline` with `axis=`", "Move the axis before.")
    places, values = np.asarray(x, float), np.asarray(y, float)
    knots = own_knots(places, k) if t is None else np.asarray(t, float)
    return Knots(knots, coefficients(knots, places, values, k), k)


def own_knots(x, k):
    """The places themselves, but for (k - 1) / 2 at each end; between them where the degree is even."""
    if k == 1:
        inner = x[1:-1]
    elif k % 2 == 1:
        inner = x[(k + 1) // 2 : -(k + 1) // 2]
    else:
        middles = (x[1:] + x[:-1]) / 2.0
        inner = middles[k // 2 : -(k // 2)]
    ends = np.ones(k + 1)
    return np.concatenate((ends * x[0], inner, ends * x[-1]))


def coefficients(knots, places, values, k):
    matrix = knotted(knots, np.eye(np.shape(places)[0]), k, places, True)
    columns = np.reshape(values, (np.shape(values)[0], -1))
    return np.reshape(np.linalg.solve(matrix, columns), np.shape(values))


# One axis ------------------------------------------------------------------------------------------------

ORDERS = {"slinear": 1, "quadratic": 2, "cubic": 3}


class Samples:
    """What `interp1d` returns."""

    def __init__(self, x, y, kind, axis, bounds_error, fill):
        self.x = x
        self.y = y
        self.kind = kind
        self.axis = axis
        self.bounds_error = bounds_error
        self.fill = fill

    def __call__(self, x):
        places = np.asarray(x, float)
        inside = isinstance(self.fill, str)
        if self.bounds_error and not inside and np.any((places < self.x[0]) | (places > self.x[-1])):
            raise ValueError("A value in x_new is outside of the interpolation range.")
        result = between(self.x, self.y, self.kind, places)
        if not self.bounds_error and not inside:
            low, high = self.fill if isinstance(self.fill, tuple) else (self.fill, self.fill)
            count = np.ndim(self.y) - 1
            result = np.where(over_trailing(places < self.x[0], count), low, result)
            result = np.where(over_trailing(places > self.x[-1], count), high, result)
        return placed(result, np.ndim(x), self.axis)


def between(x, y, kind, places):
    count = np.shape(x)[0]
    if kind == "linear" or kind == "slinear":
        right = np.clip(np.searchsorted(x, places), 1, count - 1)
        share = over_trailing((places - x[right - 1]) / (x[right] - x[right - 1]), np.ndim(y) - 1)
        return y[right - 1] + share * (y[right] - y[right - 1])
    if kind == "previous" or kind == "zero":
        return y[np.clip(np.searchsorted(x, places, side="right") - 1, 0, count - 1)]
    if kind == "next":
        return y[np.clip(np.searchsorted(x, places), 0, count - 1)]
    if kind == "nearest":
        return y[np.clip(np.searchsorted((x[1:] + x[:-1]) / 2.0, places), 0, count - 1)]
    if kind == "cubic":
        return smooth(x, y)(places)
    if kind == "quadratic":
        return interpolate.make_interp_spline(x, y, 2)(places)
    return unsupported("`scipy.interpolate.interp1d` of this `kind=`", "Use \"linear\" or \"cubic\".")


def smooth(x, y):
    """The cubic spline without knots next to the ends."""
    if np.shape(x)[0] < 4:
        return Piecewise(hermite(x, y, slopes_of_few(x, y)), x)
    return Piecewise(hermite(x, y, spline_slopes(x, y, (0, 0.0), (0, 0.0))), x)


@stands_for(interpolate.interp1d)
def interp1d(x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False):
    places, values = np.asarray(x, float), np.moveaxis(np.asarray(y, float), axis, 0)
    if not assume_sorted:
        order = np.argsort(places, kind="mergesort")
        places, values = places[order], values[order]
    strict = bounds_error
    if bounds_error is None:
        strict = isinstance(fill_value, float) and fill_value != fill_value
    return Samples(places, values, kind, axis % np.ndim(y), strict, fill_value)


# Grids ---------------------------------------------------------------------------------------------------


class Grid:
    """What `RegularGridInterpolator` returns."""

    def __init__(self, grid, values, method, bounds_error, fill_value):
        self.grid = grid
        self.values = values
        self.method = method
        self.bounds_error = bounds_error
        self.fill_value = fill_value

    def __call__(self, xi, method=None):
        how = self.method if method is None else method
        return on_grid(self.grid, self.values, how, self.bounds_error, self.fill_value, xi)


def on_grid(grid, values, method, bounds_error, fill_value, xi):
    count = len(grid)
    if isinstance(xi, tuple):
        places = np.stack(np.broadcast_arrays(*xi), -1)
    else:
        places = np.asarray(xi, float)
        places = places[:, None] if count == 1 and np.ndim(places) == 1 else places
    rows = np.reshape(places, (-1, count))
    columns = [rows[:, k] for k in range(count)]
    outside = rows[:, 0] != rows[:, 0]
    for k in range(count):
        outside = outside | (columns[k] < grid[k][0]) | (columns[k] > grid[k][-1])
    if bounds_error and np.any(outside):
        raise ValueError("One of the requested xi is out of bounds")
    if method == "linear" or method == "slinear":
        result = multilinear(grid, values, columns)
    elif method == "nearest":
        result = values[tuple(nearest(grid[k], columns[k]) for k in range(count))]
    else:  # SciPy finds the coefficients of "cubic" by iteration, to 1e-5
        result = unsupported("`scipy.interpolate.RegularGridInterpolator` with this `method=`",
                             'Use method="linear", or `make_interp_spline` along one axis after the other.')
    if not bounds_error and fill_value is not None:
        result = np.where(over_trailing(outside, np.ndim(values) - count), fill_value, result)
    return np.reshape(result, np.shape(places)[:-1] + np.shape(values)[count:])


def left_of(points, x):
    return np.clip(np.searchsorted(points, x, side="right") - 1, 0, np.shape(points)[0] - 2)


def nearest(points, x):
    left = left_of(points, x)
    return np.where(x - points[left] <= 0.5 * (points[left + 1] - points[left]), left, left + 1)


def multilinear(grid, values, columns):
    """The sum over the corners of the cell of value times volume on the other side."""
    count = len(grid)
    left = [left_of(grid[k], columns[k]) for k in range(count)]
    share = [(columns[k] - grid[k][left[k]]) / (grid[k][left[k] + 1] - grid[k][left[k]]) for k in range(count)]
    total = 0.0
    for corner in range(2**count):
        weight = 1.0
        places = []
        for k in range(count):
            upper = corner // 2**k % 2
            weight = weight * (share[k] if upper else 1.0 - share[k])
            places.append(left[k] + upper)
        total = total + over_trailing(weight, np.ndim(values) - count) * values[tuple(places)]
    return total


@stands_for(interpolate.RegularGridInterpolator)
def regular_grid_interpolator(points, values, method="linear", bounds_error=True, fill_value=np.nan):
    grid = tuple([np.asarray(axis, float) for axis in points])
    return Grid(grid, np.asarray(values, float), method, bounds_error, fill_value)


@stands_for_call(interpolate.RegularGridInterpolator)
def grid_of_constants(grid, xi, method=None):
    return unsupported("a call of a `RegularGridInterpolator` that was made outside", INSIDE)


@stands_for_call(interpolate.interp1d)
def samples_of_constants(samples, x):
    return unsupported("a call of an `interp1d` that was made outside", INSIDE)
