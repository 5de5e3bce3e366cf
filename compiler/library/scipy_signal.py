# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.signal`: what filters and convolutions express."""

import numpy as np
from scipy import ndimage, signal

from ...runtime.filtering import polynomial_weights
from .registry import stands_for, unsupported


@stands_for(signal.convolve2d)
def convolve2d(in1, in2, mode="full", boundary="fill"):
    if boundary != "fill":
        unsupported("`scipy.signal.convolve2d` with `boundary=`", "Pad the array with np.pad before.")
    return signal.convolve(in1, in2, mode, "direct")


@stands_for(signal.correlate2d)
def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary != "fill" or fillvalue != 0:
        unsupported("`scipy.signal.correlate2d` with `boundary=` or `fillvalue=`", "Pad the array with np.pad before.")
    if mode != "same":
        return signal.correlate(in1, in2, mode, "direct")
    rows, columns = np.shape(in2)[0] // 2, np.shape(in2)[1] // 2
    whole = signal.correlate(in1, in2, "full", "direct")
    return whole[rows : rows + np.shape(in1)[0], columns : columns + np.shape(in1)[1]]


@stands_for(signal.lfilter)
def lfilter(b, a, x, axis=-1, zi=None):
    """With a state to start from: the filter's answer to it is that of 1 / A to the state's numbers as a signal."""
    if zi is None:
        return signal.lfilter(b, a, x, axis)
    rows, states = np.moveaxis(x, axis, -1), np.moveaxis(zi, axis, -1)
    count = np.shape(rows)[-1]
    poles = np.ravel(a) / np.ravel(a)[0]
    one = np.ones(1)
    longer = np.concatenate((rows, np.zeros_like(states + rows[..., :1])), -1)
    kicks = np.concatenate((states, np.zeros_like(rows)), -1)
    y = signal.lfilter(b, a, longer, -1) + signal.lfilter(one, poles, kicks, -1)
    after = signal.lfilter(poles, one, y[..., count:], -1)
    return np.moveaxis(y[..., :count], -1, axis), np.moveaxis(after, -1, axis)


@stands_for(signal.sosfilt)
def sosfilt(sos, x, axis=-1, zi=None):
    result = x
    if zi is None:
        for k in range(np.shape(sos)[0]):
            result = signal.lfilter(sos[k, :3], sos[k, 3:], result, axis)
        return result
    states = []
    for k in range(np.shape(sos)[0]):
        result, state = signal.lfilter(sos[k, :3], sos[k, 3:], result, axis, zi=zi[k])
        states.append(state)
    return result, np.stack(states)


# Filters without a delay: forwards and backwards ----------------------------------------------------------


@stands_for(signal.lfilter_zi)
def lfilter_zi(b, a):
    """The state of the filter's answer to a step, once it has settled."""
    zeros, poles = same_length(np.ravel(b) / np.ravel(a)[0], np.ravel(a) / np.ravel(a)[0])
    size = np.shape(poles)[0] - 1
    matrix = np.eye(size) - np.eye(size, k=1)
    matrix[:, 0] += poles[1:]
    return np.linalg.solve(matrix, zeros[1:] - poles[1:] * zeros[0])


def same_length(b, a):
    more_b, more_a = max(len(a) - len(b), 0), max(len(b) - len(a), 0)
    return np.concatenate((b, np.zeros(more_b))), np.concatenate((a, np.zeros(more_a)))


def extended(rows, edge, padtype):
    """`edge` more samples at both ends: turned about the end's value ("odd"), mirrored ("even"), or that value."""
    left, right = rows[..., edge:0:-1], rows[..., -2 : -edge - 2 : -1]
    first, last = rows[..., :1], rows[..., -1:]
    if padtype == "odd":
        return np.concatenate((2.0 * first - left, rows, 2.0 * last - right), -1)
    if padtype == "even":
        return np.concatenate((left, rows, right), -1)
    return np.concatenate((first + 0.0 * left, rows, last + 0.0 * right), -1)


def settled(b, a, rows):
    """The filter, from the state in which it would be had the first value always been."""
    kicks = np.concatenate((signal.lfilter_zi(b, a), np.zeros(np.shape(rows)[-1])))[: np.shape(rows)[-1]]
    return signal.lfilter(b, a, rows, -1) + rows[..., :1] * signal.lfilter(np.ones(1), a / a[0], kicks, -1)


def both_ways(b, a, rows):
    return settled(b, a, settled(b, a, rows)[..., ::-1])[..., ::-1]


@stands_for(signal.filtfilt)
def filtfilt(b, a, x, axis=-1, padtype="odd", padlen=None, method="pad", irlen=None):
    if method != "pad":
        unsupported("`scipy.signal.filtfilt` with method=\"gust\"", 'Use method="pad".')
    zeros, poles = np.ravel(b) * 1.0, np.ravel(a) * 1.0
    rows = np.moveaxis(x, axis, -1)
    edge = 3 * max(len(zeros), len(poles)) if padlen is None else padlen
    if padtype is None or edge == 0:
        return np.moveaxis(both_ways(zeros, poles, rows), -1, axis)
    whole = both_ways(zeros, poles, extended(rows, edge, padtype))
    return np.moveaxis(whole[..., edge:-edge], -1, axis)


@stands_for(signal.sosfiltfilt)
def sosfiltfilt(sos, x, axis=-1, padtype="odd", padlen=None):
    """Sections without a delay in common shorten the padding, as in SciPy."""
    rows = np.moveaxis(x, axis, -1)
    count = np.shape(sos)[0]
    edge = padlen
    if padlen is None:
        edge = 3 * (2 * count + 1 - min(int(np.sum(sos[:, 2] == 0)), int(np.sum(sos[:, 5] == 0))))
    whole = rows if padtype is None else extended(rows, edge, padtype)
    for _ in range(2):
        for k in range(count):
            whole = settled_section(sos, k, whole)
        whole = whole[..., ::-1]
    return np.moveaxis(whole if padtype is None else whole[..., edge:-edge], -1, axis)


def settled_section(sos, k, rows):
    return settled(sos[k, :3], sos[k, 3:], rows)


@stands_for(signal.savgol_filter)
def savgol_filter(x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp", cval=0.0):
    """The windows' products with weights that are known; at the ends the values of the last windows' polynomials."""
    if window_length % 2 == 0:
        unsupported("`scipy.signal.savgol_filter` with an even window", "Use an odd one.")
    half = window_length // 2
    weights = np.asarray(polynomial_weights(window_length, polyorder, deriv), float)
    weights = np.reshape(weights, (window_length, window_length))
    taps = weights[half]
    scale = delta**deriv
    if mode != "interp":
        return ndimage.convolve1d(x, taps[::-1], axis, mode=mode, cval=cval) / scale
    rows = np.moveaxis(x, axis, -1)
    products = np.lib.stride_tricks.sliding_window_view(rows, window_length, -1) @ taps
    middle = np.reshape(products, (*np.shape(rows)[:-1], np.shape(rows)[-1] - window_length + 1))
    ends = (rows[..., :window_length] @ weights[:half].T, middle, rows[..., -window_length:] @ weights[half + 1 :].T)
    return np.moveaxis(np.concatenate(ends, -1), -1, axis) / scale


@stands_for(signal.hilbert)
def hilbert(x, N=None, axis=-1):
    """The signal without its negative frequencies."""
    rows = np.moveaxis(x, axis, -1)
    count = np.shape(rows)[-1] if N is None else N
    places = np.arange(count)
    weights = np.where(2 * places < count, 2.0, 0.0)
    weights[0] = 1.0
    weights = np.where(2 * places == count, 1.0, weights)
    return np.moveaxis(np.fft.ifft(np.fft.fft(rows, count) * weights), -1, axis)


@stands_for(signal.detrend)
def detrend(data, axis=-1, type="linear"):  # noqa: A002 - SciPy's name
    """The data without its mean, or without its least-squares line: about the middle the two are orthogonal."""
    rows = np.moveaxis(data, axis, -1)
    level = rows - np.mean(rows, -1, keepdims=True)
    if type == "constant":
        return np.moveaxis(level, -1, axis)
    count = np.shape(rows)[-1]
    times = np.arange(count) - (count - 1) / 2
    slope = np.sum(level * times, -1, keepdims=True) / np.sum(times * times)
    return np.moveaxis(level - slope * times, -1, axis)
