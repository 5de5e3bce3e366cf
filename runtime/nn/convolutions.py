"""Convolutions and pooling on arrays: cut windows out, multiply, and add windows back.

Shapes: x (N, C, *S), windows (N, C, *O, *K) with O the positions and K the window.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ..table import Pullback, derivative

Array = Any
Ints = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


def windows(x: Array, window: Ints, stride: Ints, pads: Pads, dilation: Ints, fill: float = 0.0) -> Array:
    """Copies of all windows of `x`.

    >>> windows(np.arange(4.0).reshape(1, 1, 4), (2,), (1,), ((0, 0),), (1,))[0, 0].tolist()
    [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]
    """
    n = len(window)
    if any(a or b for a, b in pads):
        x = np.pad(x, ((0, 0),) * (x.ndim - n) + pads, constant_values=fill)
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilation, window, strict=True))
    if any(span > size for span, size in zip(spans, x.shape[-n:], strict=True)):
        raise RuntimeError(f"Calculated padded input size per channel: {list(x.shape[-n:])}. Kernel size: "
                           f"{list(spans)}. Kernel size "
                           "can't be greater than actual input size")
    views: Any = np.lib.stride_tricks.sliding_window_view(x, spans, tuple(range(-n, 0)))
    steps: Any = tuple(slice(None, None, s) for s in (*stride, *dilation))
    return np.copy(views[(..., *steps)])


def fold(cols: Array, shape: Ints, window: Ints, stride: Ints, pads: Pads, dilation: Ints) -> Array:
    """An array of `shape` with all windows added where `windows` took them from."""
    n = len(window)
    lead = shape[:-n]
    padded = tuple(size + a + b for size, (a, b) in zip(shape[-n:], pads, strict=True))
    whole: Any = np.zeros((*lead, *padded), cols.dtype)
    positions = cols.shape[-2 * n : -n]
    for offset in itertools.product(*map(range, window)):
        into: Any = tuple(slice(k * d, k * d + s * (o - 1) + 1, s)
                     for k, d, s, o in zip(offset, dilation, stride, positions, strict=True))
        whole[(..., *into)] += cols[(..., *offset)]
    return whole[(..., *(slice(a, a + size) for size, (a, _) in zip(shape[-n:], pads, strict=True)))]


derivative(
    windows,
    x=Pullback(
        lambda x, window, stride, pads, dilation, fill, ans, d_ans: fold(
            d_ans, np.shape(x), window, stride, pads, dilation
        ),
        shapes=("x",),
    ),
)
derivative(fold, cols=Pullback(
    lambda cols, shape, window, stride, pads, dilation, ans, d_ans: windows(d_ans, window, stride, pads, dilation)))


def _columns(x: Array, window: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """Windows as matrices (N, groups, positions, C / groups * window)."""
    cols = windows(x, window, stride, pads, dilation)
    n = len(window)
    batch, channels, *rest = np.shape(cols)
    cols = np.reshape(cols, (batch, groups, channels // groups, *rest))
    cols = np.transpose(cols, (0, 1, *range(3, 3 + n), 2, *range(3 + n, 3 + 2 * n)))
    return np.reshape(cols, (batch, groups, math.prod(rest[:n]), channels // groups * math.prod(window)))


def _matrices(w: Array, groups: int) -> Array:
    """Kernels (out, C / groups, *K) as matrices (groups, out / groups, C / groups * K)."""
    shape = np.shape(w)
    return np.reshape(w, (groups, shape[0] // groups, math.prod(shape[1:])))


def convolve(x: Array, w: Array, bias: Array, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """The cross-correlation of `x` with the kernels `w`, plus `bias` of each output channel.

    x: (N, C, *S), w: (out, C / groups, *K), bias: (out,) or None; returns (N, out, *O)
    """
    window = np.shape(w)[2:]
    cols = _columns(x, window, stride, pads, dilation, groups)
    out = np.matmul(cols, np.swapaxes(_matrices(w, groups), 1, 2))
    positions = tuple((size + a + b - d * (k - 1) - 1) // s + 1 for size, (a, b), d, k, s in
                      zip(np.shape(x)[2:], pads, dilation, window, stride, strict=True))
    out = np.reshape(np.swapaxes(out, 2, 3), (np.shape(x)[0], np.shape(w)[0], *positions))
    return out if bias is None else out + np.reshape(bias, (1, -1, *(1,) * len(window)))


def _as_matrices(d: Array, groups: int) -> Array:
    """A cotangent (N, out, *O) as matrices (N, groups, out / groups, positions)."""
    shape = np.shape(d)
    return np.reshape(d, (shape[0], groups, shape[1] // groups, math.prod(shape[2:])))


def _convolve_x(x: Array, w: Array, bias: Array, stride: Ints, pads: Pads, dilation: Ints, groups: int, ans: Array,
                d_ans: Array) -> Array:
    window = np.shape(w)[2:]
    n = len(window)
    batch, channels = np.shape(x)[:2]
    d = np.swapaxes(_as_matrices(d_ans, groups), 2, 3)
    cols = np.matmul(d, _matrices(w, groups))
    cols = np.reshape(cols, (batch, groups, *np.shape(d_ans)[2:], channels // groups, *window))
    cols = np.transpose(cols, (0, 1, 2 + n, *range(2, 2 + n), *range(3 + n, 3 + 2 * n)))
    cols = np.reshape(cols, (batch, channels, *np.shape(d_ans)[2:], *window))
    return fold(cols, np.shape(x), window, stride, pads, dilation)


def _convolve_w(x: Array, w: Array, bias: Array, stride: Ints, pads: Pads, dilation: Ints, groups: int, ans: Array,
                d_ans: Array) -> Array:
    cols = columns(x, np.shape(w)[2:], stride, pads, dilation, groups)
    return np.reshape(np.sum(np.matmul(_as_matrices(d_ans, groups), cols), 0), np.shape(w))


def columns(x: Array, window: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Array:
    """`_columns` as a function with a derivative of its own."""
    return _columns(x, window, stride, pads, dilation, groups)


def _columns_pullback(x: Array, window: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int, ans: Array,
                      d_ans: Array) -> Array:
    n = len(window)
    batch, channels = np.shape(x)[:2]
    positions = tuple((size + a + b - d * (k - 1) - 1) // s + 1 for size, (a, b), d, k, s in
                      zip(np.shape(x)[2:], pads, dilation, window, stride, strict=True))
    cols = np.reshape(d_ans, (batch, groups, *positions, channels // groups, *window))
    cols = np.transpose(cols, (0, 1, 2 + n, *range(2, 2 + n), *range(3 + n, 3 + 2 * n)))
    return fold(np.reshape(cols, (batch, channels, *positions, *window)), np.shape(x), window, stride, pads, dilation)


derivative(columns, x=Pullback(_columns_pullback, shapes=("x",)))
derivative(convolve,
           x=Pullback(_convolve_x, values=("w",), shapes=("x",)),
           w=Pullback(_convolve_w, values=("x",), shapes=("w",)),
           bias=Pullback(lambda x, w, bias, stride, pads, dilation, groups, ans, d_ans: np.sum(
               d_ans, (0, *range(2, np.ndim(d_ans))))))


def spread(x: Array, steps: tuple[int, ...]) -> Array:
    """The elements of the last axes `steps` apart, zeros between them."""
    lead = np.ndim(x) - len(steps)
    shape = tuple(max((n - 1) * s + 1, 0) for n, s in zip(np.shape(x)[lead:], steps, strict=True))
    out = np.zeros((*np.shape(x)[:lead], *shape), np.asarray(x).dtype)
    out[_every(steps)] = x
    return out


def _every(steps: tuple[int, ...]) -> Any:
    return (..., *(slice(None, None, s) for s in steps))


derivative(spread, x=Pullback(lambda x, steps, ans, d_ans: d_ans[_every(steps)]))
