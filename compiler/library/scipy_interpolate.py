# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.interpolate`: piecewise polynomials by their breakpoints, data and places, as lines of NumPy."""

import numpy as np
from scipy import interpolate, linalg

from .registry import stands_for, unsupported


class Piecewise:
    """A piecewise polynomial: c (degree + 1, pieces, *trailing), in powers of the distance to the piece's start."""

    def __init__(self, c, x, extrapolate=True, axis=0):
        self.c = c
        self.x = x
        self.extrapolate = extrapolate
        self.axis = axis

    def __call__(self, x, nu=0, extrapolate=None):
        how = self.extrapolate if extrapolate is None else extrapolate
        return placed(piecewise(self.c, self.x, x, nu, how), np.ndim(x), self.axis)

    def derivative(self, nu=1):
        c = self.c
        for _ in range(nu):
            degree = np.shape(c)[0] - 1
            powers = np.reshape(np.arange(degree, 0, -1), (-1,) + (1,) * (np.ndim(c) - 1))
            c = powers * c[:-1]
        return Piecewise(c, self.x, self.extrapolate, self.axis)

    def antiderivative(self, nu=1):
        if nu != 1:
            unsupported("`.antiderivative` of another order than 1", "Call it several times.")
        degree = np.shape(self.c)[0] - 1
        powers = np.reshape(np.arange(degree + 1, 0, -1), (-1,) + (1,) * (np.ndim(self.c) - 1))
        raised = self.c / powers
        widths = np.reshape(np.diff(self.x), (-1,) + (1,) * (np.ndim(self.c) - 2))
        areas = np.zeros_like(raised[0])
        for k in range(degree + 1):
            areas = (areas + raised[k]) * widths
        starts = np.concatenate((np.zeros_like(areas[:1]), np.cumsum(areas, 0)[:-1]), 0)
        return Piecewise(np.concatenate((raised, starts[None]), 0), self.x, self.extrapolate, self.axis)

    def integrate(self, a, b, extrapolate=None):
        if self.extrapolate == "periodic" or extrapolate == "periodic":
            unsupported("`.integrate` of a periodic spline", "Integrate over one period.")
        whole = self.antiderivative()
        return whole(b, 0, extrapolate) - whole(a, 0, extrapolate)


def piecewise(c, breaks, x, nu, extrapolate):
    """The derivative of order nu at places x, in the piece that holds each (the last one at its end)."""
    places = np.asarray(x)
    if extrapolate == "periodic":
        places = breaks[0] + (places - breaks[0]) % (breaks[-1] - breaks[0])
    piece = np.clip(np.searchsorted(breaks, places, side="right") - 1, 0, np.shape(breaks)[0] - 2)
    step = over_trailing(places - breaks[piece], np.ndim(c) - 2)
    degree = np.shape(c)[0] - 1
    result = np.zeros_like(c[0][piece]) + 0.0 * step
    for k in range(degree + 1 - nu):
        factor = 1.0
        for j in range(nu):
            factor = factor * (degree - k - j)
        result = result * step + factor * c[k][piece]
    if extrapolate is False:
        outside = over_trailing((places < breaks[0]) | (places > breaks[-1]), np.ndim(c) - 2)
        return np.where(outside, np.nan, result)
    return result


def over_trailing(values, count):
    return np.reshape(values, np.shape(values) + (1,) * count)


def placed(result, ndim, axis):
    """The axes of the places where the data's axis was."""
    if axis == 0 or ndim == 0:
        return result
    return np.moveaxis(result, list(range(ndim)), list(range(axis, axis + ndim)))


def leading(y, axis):
    return y if axis == 0 else np.moveaxis(y, axis, 0)


def hermite(x, y, slopes):
    """The coefficients of the cubics with these values and slopes at the ends of their pieces."""
    h = over_trailing(np.diff(x), np.ndim(y) - 1)
    chord = np.diff(y, axis=0) / h
    bend = (slopes[:-1] + slopes[1:] - 2.0 * chord) / h
    return np.stack((bend / h, (chord - slopes[:-1]) / h - bend, slopes[:-1] + 0.0 * chord, y[:-1] + 0.0 * chord))


# Cubic splines ------------------------------------------------------------------------------------------


@stands_for(interpolate.CubicSpline)
def cubic_spline(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    places, values = np.asarray(x, float), leading(np.asarray(y, float), axis)
    ends = (bc_type, bc_type) if isinstance(bc_type, str) else bc_type
    how = extrapolate
    if extrapolate is None:
        how = "periodic" if ends[0] == "periodic" else True
    if ends[0] == "periodic":
        slopes = periodic_slopes(places, values)
    elif ends[0] == "not-a-knot" and ends[1] == "not-a-knot" and np.shape(places)[0] < 4:
        slopes = slopes_of_few(places, values)
    else:
        slopes = spline_slopes(places, values, condition(ends[0]), condition(ends[1]))
    return Piecewise(hermite(places, values, slopes), places, how, axis % np.ndim(y))


def condition(end):
    """The order of the derivative that is given at an end, and its value; order 0 where none is (not-a-knot)."""
    if end == "not-a-knot":
        return 0, 0.0
    if end == "clamped":
        return 1, 0.0
    if end == "natural":
        return 2, 0.0
    return end


def slopes_of_few(x, y):
    """Of the parabola through three points, the line through two."""
    h = over_trailing(np.diff(x), np.ndim(y) - 1)
    chord = np.diff(y, axis=0) / h
    if np.shape(x)[0] == 2:
        return np.concatenate((chord, chord), 0)
    turn = (chord[1:] - chord[:1]) / (h[:1] + h[1:])
    return np.concatenate((chord[:1] - turn * h[:1], chord[:1] + turn * h[:1], chord[1:] + turn * h[1:]), 0)


def spline_slopes(x, y, start, end):
    """The slopes with which the second derivative is continuous: a tridiagonal system."""
    h = np.diff(x)
    wide = over_trailing(h, np.ndim(y) - 1)
    rise = np.diff(y, axis=0)
    chord = rise / wide
    count = np.shape(x)[0]
    band = np.zeros((3, count))
    right = np.zeros(np.shape(y))
    band[1, 1:-1] = 2.0 * (h[:-1] + h[1:])
    band[0, 2:] = h[:-1]
    band[2, :-2] = h[1:]
    right[1:-1] = 3.0 * (wide[1:] * chord[:-1] + wide[:-1] * chord[1:])
    if start[0] == 0:
        d = h[0] + h[1]
        band[1, 0] = h[1]
        band[0, 1] = d
        right[0] = ((h[0] + 2.0 * d) * h[1] * chord[0] + h[0] * h[0] * chord[1]) / d
    elif start[0] == 1:
        band[1, 0] = 1.0
        right[0] = start[1]
    else:
        band[1, 0] = 2.0 * h[0]
        band[0, 1] = h[0]
        right[0] = 3.0 * rise[0] - 0.5 * start[1] * h[0] * h[0]
    if end[0] == 0:
        d = h[-1] + h[-2]
        band[1, -1] = h[-2]
        band[2, -2] = d
        right[-1] = ((h[-1] + 2.0 * d) * h[-2] * chord[-1] + h[-1] * h[-1] * chord[-2]) / d
    elif end[0] == 1:
        band[1, -1] = 1.0
        right[-1] = end[1]
    else:
        band[1, -1] = 2.0 * h[-1]
        band[2, -2] = h[-1]
        right[-1] = 3.0 * rise[-1] + 0.5 * end[1] * h[-1] * h[-1]
    columns = np.reshape(right, (count, -1))
    return np.reshape(linalg.solve_banded((1, 1), band, columns), np.shape(y))


def periodic_slopes(x, y):
    """The same where the end is the start again: a cyclic system of one point less."""
    h = np.diff(x)
    before = np.concatenate((h[-1:], h[:-1]))
    wide = over_trailing(h, np.ndim(y) - 1)
    chord = np.diff(y, axis=0) / wide
    back = np.concatenate((chord[-1:], chord[:-1]), 0)
    wide_back = over_trailing(before, np.ndim(y) - 1)
    count = np.shape(h)[0]
    unit = np.eye(count)
    matrix = np.diag(2.0 * (h + before)) + h[:, None] * np.roll(unit, -1, 1) + before[:, None] * np.roll(unit, 1, 1)
    right = np.reshape(3.0 * (wide * back + wide_back * chord), (count, -1))
    slopes = np.reshape(np.linalg.solve(matrix, right), np.shape(chord))
    return np.concatenate((slopes, slopes[:1]), 0)


@stands_for(interpolate.CubicHermiteSpline)
def cubic_hermite_spline(x, y, dydx, axis=0, extrapolate=None):
    places, values = np.asarray(x, float), leading(np.asarray(y, float), axis)
    c = hermite(places, values, leading(np.asarray(dydx, float), axis))
    return Piecewise(c, places, True if extrapolate is None else extrapolate, axis % np.ndim(y))


@stands_for(interpolate.PPoly)
def ppoly(c, x, extrapolate=None, axis=0):
    if axis != 0:
        unsupported("`scipy.interpolate.PPoly` with `axis=`", "Move the axis before.")
    return Piecewise(np.asarray(c, float), np.asarray(x, float), True if extrapolate is None else extrapolate)


# Slopes by the chords around ----------------------------------------------------------------------------


@stands_for(interpolate.PchipInterpolator)
def pchip_interpolator(x, y, axis=0, extrapolate=None):
    places, values = np.asarray(x, float), leading(np.asarray(y, float), axis)
    c = hermite(places, values, monotone_slopes(places, values))
    return Piecewise(c, places, True if extrapolate is None else extrapolate, axis % np.ndim(y))


def monotone_slopes(x, y):
    """Weighted harmonic means of the chords, zero where these change their sign (Fritsch and Butland, 1984)."""
    h = over_trailing(np.diff(x), np.ndim(y) - 1)
    chord = np.diff(y, axis=0) / h
    if np.shape(x)[0] == 2:
        return np.concatenate((chord, chord), 0)
    before, after = chord[:-1], chord[1:]
    w1, w2 = 2.0 * h[1:] + h[:-1], h[1:] + 2.0 * h[:-1]
    flat = before * after <= 0.0
    mean = np.where(flat, 0.0, (w1 + w2) * before * after / np.where(flat, 1.0, w1 * after + w2 * before))
    first = end_slope(h[:1], h[1:2], chord[:1], chord[1:2])
    last = end_slope(h[-1:], h[-2:-1], chord[-1:], chord[-2:-1])
    return np.concatenate((first, mean, last), 0)


def end_slope(h0, h1, m0, m1):
    """Of the parabola through three points, held back so that the curve keeps its shape."""
    slope = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    steep = (np.sign(m0) != np.sign(m1)) & (np.abs(slope) > 3.0 * np.abs(m0))
    return np.where(np.sign(slope) != np.sign(m0), 0.0, np.where(steep, 3.0 * m0, slope))


@stands_for(interpolate.Akima1DInterpolator)
def akima_interpolator(x, y, axis=0, *, method="akima", extrapolate=None):
    places, values = np.asarray(x, float), leading(np.asarray(y, float), axis)
    c = hermite(places, values, akima_slopes(places, values, method))
    return Piecewise(c, places, False if extrapolate is None else extrapolate, axis % np.ndim(y))


def akima_slopes(x, y, method):
    """Means of the chords by how much those beyond change (Akima, 1970)."""
    inner = np.diff(y, axis=0) / over_trailing(np.diff(x), np.ndim(y) - 1)
    before = 2.0 * inner[:1] - inner[1:2]
    after = 2.0 * inner[-1:] - inner[-2:-1]
    m = np.concatenate((2.0 * before - inner[:1], before, inner, after, 2.0 * after - inner[-1:]), 0)
    change = np.abs(np.diff(m, axis=0))
    if method == "makima":
        change = change + 0.5 * np.abs(m[1:] + m[:-1])
    f1, f2 = change[2:], change[:-2]
    total = f1 + f2
    level = total > 1e-9 * np.max(total)
    share = np.where(level, f2 / np.where(level, total, 1.0), 0.5)
    mean = m[1:-2] + share * (m[2:-1] - m[1:-2])
    return np.where(level, mean, 0.5 * (m[3:] + m[:-3]))
