# mypy: allow-untyped-defs
"""`scipy.signal`: what filters and convolutions express."""

import numpy as np
from scipy import signal

from .registry import stands_for, unsupported


@stands_for(signal.convolve2d)
def convolve2d(in1, in2, mode="full", boundary="fill"):
    if boundary != "fill":
        unsupported(f"`scipy.signal.convolve2d` with boundary={boundary!r}", "Pad the array with np.pad before.")
    return signal.convolve(in1, in2, mode, "direct")


@stands_for(signal.sosfilt)
def sosfilt(sos, x, axis=-1):
    result = x
    for k in range(np.shape(sos)[0]):
        result = signal.lfilter(sos[k, :3], sos[k, 3:], result, axis)
    return result


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
