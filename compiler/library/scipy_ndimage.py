# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.ndimage`: filters as products of windows with weights, over borders that are written out."""

from typing import Any

import numpy as np
from scipy import ndimage

from .registry import stands_for, unsupported

#: NumPy's names of what SciPy does beyond the border.
BORDERS: dict[str, Any] = {
    "reflect": "symmetric", "grid-mirror": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap",
    "grid-wrap": "wrap",
}


def bordered(x, widths, mode, cval):
    if mode in ("constant", "grid-constant"):
        return np.pad(x, widths, "constant", constant_values=cval)
    return np.pad(x, widths, BORDERS[mode])


@stands_for(ndimage.correlate1d)
def correlate1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):  # noqa: A002
    if output is not None:
        unsupported("`output=` of a filter", "Use the result.")
    taps = np.shape(weights)[0]
    before = taps // 2 + origin
    rows = np.moveaxis(input, axis, -1)
    widths = [(0, 0)] * (np.ndim(input) - 1) + [(before, taps - 1 - before)]
    windows = np.lib.stride_tricks.sliding_window_view(bordered(rows, widths, mode, cval), taps, -1)
    sums = np.reshape(windows @ np.asarray(weights, np.result_type(input)), np.shape(rows))
    return np.moveaxis(sums, -1, axis)


@stands_for(ndimage.convolve1d)
def convolve1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):  # noqa: A002
    turned = np.asarray(weights)[::-1]
    return ndimage.correlate1d(input, turned, axis, output, mode, cval, -origin - (np.shape(turned)[0] + 1) % 2)


@stands_for(ndimage.gaussian_filter1d)
def gaussian_filter1d(input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0):  # noqa: A002
    if order != 0:
        unsupported("`order=` of a Gaussian filter", "Filter, and take differences.")
    radius = int(truncate * sigma + 0.5)
    places = np.arange(-radius, radius + 1)
    bell = np.exp(-0.5 / (sigma * sigma) * places**2)
    return ndimage.correlate1d(input, bell / np.sum(bell), axis, output, mode, cval)


def of_axis(width, axis):
    """The width along an axis: one for all, or one for each."""
    return width[axis] if isinstance(width, (tuple, list)) else width


@stands_for(ndimage.gaussian_filter)
def gaussian_filter(input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0):  # noqa: A002
    if np.ndim(input) > 3:
        unsupported("a filter of more than three axes", "Filter one axis after the other.")
    result = ndimage.gaussian_filter1d(input, of_axis(sigma, 0), 0, order, output, mode, cval, truncate)
    if np.ndim(input) > 1:
        result = ndimage.gaussian_filter1d(result, of_axis(sigma, 1), 1, order, output, mode, cval, truncate)
    if np.ndim(input) > 2:
        result = ndimage.gaussian_filter1d(result, of_axis(sigma, 2), 2, order, output, mode, cval, truncate)
    return result


@stands_for(ndimage.uniform_filter1d)
def uniform_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):  # noqa: A002
    return ndimage.correlate1d(input, np.ones(size) / size, axis, output, mode, cval, origin)


@stands_for(ndimage.uniform_filter)
def uniform_filter(input, size=3, output=None, mode="reflect", cval=0.0, origin=0):  # noqa: A002
    if np.ndim(input) > 3:
        unsupported("a filter of more than three axes", "Filter one axis after the other.")
    result = ndimage.uniform_filter1d(input, of_axis(size, 0), 0, output, mode, cval, origin)
    if np.ndim(input) > 1:
        result = ndimage.uniform_filter1d(result, of_axis(size, 1), 1, output, mode, cval, origin)
    if np.ndim(input) > 2:
        result = ndimage.uniform_filter1d(result, of_axis(size, 2), 2, output, mode, cval, origin)
    return result


def window_sums(x, weights, output, mode, cval, later):
    """Windows by weights; `later` is 1 where a window of even length begins one place later."""
    if output is not None:
        unsupported("`output=` of a filter", "Use the result.")
    taps = np.shape(weights)
    before = [n // 2 - later * ((n + 1) % 2) for n in taps]
    widths = [(first, n - 1 - first) for n, first in zip(taps, before)]  # noqa: B905 - the compiler reads it
    windows = np.lib.stride_tricks.sliding_window_view(bordered(x, widths, mode, cval), taps)
    sums = np.tensordot(windows, np.asarray(weights, np.result_type(x)), np.ndim(x))
    return np.reshape(sums, np.shape(x))


@stands_for(ndimage.correlate)
def correlate(input, weights, output=None, mode="reflect", cval=0.0):  # noqa: A002
    return window_sums(input, weights, output, mode, cval, 0)


@stands_for(ndimage.convolve)
def convolve(input, weights, output=None, mode="reflect", cval=0.0):  # noqa: A002
    return window_sums(input, np.flip(weights), output, mode, cval, 1)
