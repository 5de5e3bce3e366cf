# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.ndimage`: filters as products of windows with weights, over borders that are written out."""

from typing import Any

import numpy as np
from scipy import ndimage

from ...runtime.splines import spline_coefficients, spline_sample
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
def gaussian_filter1d(input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *,  # noqa: A002
                      radius=None):
    reach = int(truncate * sigma + 0.5) if radius is None else radius
    places = np.arange(-reach, reach + 1)
    bell = np.exp(-0.5 / (sigma * sigma) * places**2)
    weights = bell / np.sum(bell)
    if order == 1:
        weights = weights * (places / (sigma * sigma))
    elif order == 2:
        weights = weights * ((places / (sigma * sigma)) ** 2 - 1 / (sigma * sigma))
    elif order != 0:
        unsupported("`order=` above 2 of a Gaussian filter", "Filter, and take differences.")
    return ndimage.correlate1d(input, weights, axis, output, mode, cval)


def of_axis(width, axis):
    """The width along an axis: one for all, or one for each."""
    return width[axis] if isinstance(width, (tuple, list)) else width


@stands_for(ndimage.gaussian_filter)
def gaussian_filter(input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0):  # noqa: A002
    if np.ndim(input) > 3:
        unsupported("a filter of more than three axes", "Filter one axis after the other.")
    result = ndimage.gaussian_filter1d(input, of_axis(sigma, 0), 0, of_axis(order, 0), output, mode, cval, truncate)
    if np.ndim(input) > 1:
        result = ndimage.gaussian_filter1d(result, of_axis(sigma, 1), 1, of_axis(order, 1), output, mode, cval,
                                           truncate)
    if np.ndim(input) > 2:
        result = ndimage.gaussian_filter1d(result, of_axis(sigma, 2), 2, of_axis(order, 2), output, mode, cval,
                                           truncate)
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


@stands_for(ndimage.sobel)
def sobel(input, axis=-1, output=None, mode="reflect", cval=0.0):  # noqa: A002
    return across(input, axis, output, mode, cval, [1.0, 2.0, 1.0])


@stands_for(ndimage.prewitt)
def prewitt(input, axis=-1, output=None, mode="reflect", cval=0.0):  # noqa: A002
    return across(input, axis, output, mode, cval, [1.0, 1.0, 1.0])


def across(input, axis, output, mode, cval, others):  # noqa: A002
    """Differences along an axis, weighted over the other ones."""
    along = axis % np.ndim(input)
    result = ndimage.correlate1d(input, [-1.0, 0.0, 1.0], along, output, mode, cval)
    for k in range(np.ndim(input)):
        if k != along:
            result = ndimage.correlate1d(result, others, k, output, mode, cval)
    return result


@stands_for(ndimage.laplace)
def laplace(input, output=None, mode="reflect", cval=0.0):  # noqa: A002
    result = ndimage.correlate1d(input, [1.0, -2.0, 1.0], 0, output, mode, cval)
    for k in range(1, np.ndim(input)):
        result = result + ndimage.correlate1d(input, [1.0, -2.0, 1.0], k, output, mode, cval)
    return result


def unit(axis, count, value):
    return tuple(value if k == axis else 0 for k in range(count))


@stands_for(ndimage.gaussian_laplace)
def gaussian_laplace(input, sigma, output=None, mode="reflect", cval=0.0):  # noqa: A002
    result = gaussian_filter(input, sigma, unit(0, np.ndim(input), 2), output, mode, cval)
    for k in range(1, np.ndim(input)):
        result = result + gaussian_filter(input, sigma, unit(k, np.ndim(input), 2), output, mode, cval)
    return result


@stands_for(ndimage.gaussian_gradient_magnitude)
def gaussian_gradient_magnitude(input, sigma, output=None, mode="reflect", cval=0.0):  # noqa: A002
    result = np.abs(gaussian_filter(input, sigma, unit(0, np.ndim(input), 1), output, mode, cval))
    for k in range(1, np.ndim(input)):
        result = np.hypot(result, gaussian_filter(input, sigma, unit(k, np.ndim(input), 1), output, mode, cval))
    return result


# Between the elements ---------------------------------------------------------------------------------------


def sampled(x, coordinates, output, order, mode, cval, prefilter):
    if output is not None:
        unsupported("`output=` of an interpolation", "Use the result.")
    coefficients = spline_coefficients(x, order, mode) if prefilter else x
    return np.asarray(spline_sample(coefficients, coordinates, order, mode, cval, (0,) * np.ndim(x)), np.result_type(x))


@stands_for(ndimage.map_coordinates)
def map_coordinates(input, coordinates, output=None, order=3, mode="constant", cval=0.0, prefilter=True):  # noqa: A002
    return sampled(input, np.asarray(coordinates), output, order, mode, cval, prefilter)


@stands_for(ndimage.shift)
def shift(input, shift, output=None, order=3, mode="constant", cval=0.0, prefilter=True):  # noqa: A002
    places = np.indices(np.shape(input))
    by = np.reshape(np.broadcast_to(shift, (np.ndim(input),)), (-1,) + (1,) * np.ndim(input))
    return sampled(input, places - by, output, order, mode, cval, prefilter)


@stands_for(ndimage.affine_transform)
def affine_transform(input, matrix, offset=0.0, output_shape=None, output=None, order=3, mode="constant",  # noqa: A002
                     cval=0.0, prefilter=True):
    shape = np.shape(input) if output_shape is None else output_shape
    places = np.reshape(np.indices(shape), (len(shape), -1))
    square = np.asarray(matrix)
    if np.ndim(square) == 1:
        moved = np.expand_dims(square, 1) * places
    else:  # not homogeneous
        moved = square @ places
    moved = moved + np.expand_dims(np.broadcast_to(offset, (np.ndim(input),)), 1)
    return sampled(input, np.reshape(moved, (-1, *shape)), output, order, mode, cval, prefilter)
