"""Pooling: the largest element or the mean of windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..calls import call
from ..dispatch import wrap
from ..selecting import stack
from . import convolutions


def pair(x: Any, n: int = 2) -> tuple[int, ...]:
    """One number for each of n dimensions."""
    return tuple(x) if isinstance(x, Sequence) else (x,) * n


class _Windows:
    """How windows lie on the last n dimensions.

    pads : elements around, with what `ceil_mode` adds behind
    """

    def __init__(self, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, n: int
                 ) -> None:
        self.n = n
        self.size = pair(kernel_size, n)
        self.steps = self.size if stride is None else pair(stride, n)
        self.padding = pair(padding, n)
        self.dilation = pair(dilation, n)
        self.shape = input._array.shape[-n:]
        if any(2 * p > k for p, k in zip(self.padding, self.size, strict=True)):
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={self.padding[0]}, "
                               f"kernel_size={self.size[0]}")
        self.pads = tuple((p, p + (self._extra(k) if ceil_mode else 0)) for k, p in enumerate(self.padding))

    def _extra(self, k: int) -> int:
        """Elements that the last, incomplete window needs; none if it would begin in the padding."""
        span = self.dilation[k] * (self.size[k] - 1) + 1
        room = self.shape[k] + 2 * self.padding[k] - span
        last = -(-room // self.steps[k]) * self.steps[k]
        return 0 if last >= self.shape[k] + self.padding[k] else max(last - room, 0)

    def of(self, t: Any, fill: float) -> Any:
        """The windows of a Tensor, flattened: (..., places, size)."""
        found = call(convolutions.windows, t, self.size, self.steps, self.pads, self.dilation, fill)
        return found.reshape(*found._array.shape[: -self.n], -1)


def _max_pool(input: Any, windows: _Windows, return_indices: bool) -> Any:
    found = windows.of(input, -np.inf).max(-1)
    if not return_indices:
        return found.values
    places = np.arange(int(np.prod(windows.shape)), dtype=np.float64).reshape((1,) * (input._array.ndim - windows.n)
                                                                           + windows.shape)
    numbers = windows.of(wrap(places), -1.0)._array
    numbers = np.broadcast_to(numbers, (*found.indices._array.shape, numbers.shape[-1]))
    chosen = np.take_along_axis(numbers, found.indices._array[..., None], -1)[..., 0]
    return found.values, wrap(chosen.astype(np.int64))


def _avg_pool(input: Any, windows: _Windows, count_include_pad: bool) -> Any:
    total = windows.of(input, 0.0).sum(-1)
    counted = np.ones(windows.shape)
    if count_include_pad:
        counted = np.ones(tuple(n + 2 * p for n, p in zip(windows.shape, windows.padding, strict=True)))
        behind = tuple((0, b - p) for (_, b), p in zip(windows.pads, windows.padding, strict=True))
        parts = convolutions.windows(counted[None, None], windows.size, windows.steps, behind, windows.dilation, 0.0)
    else:
        parts = convolutions.windows(counted[None, None], windows.size, windows.steps, windows.pads, windows.dilation,
                                     0.0)
    counts = parts.reshape(*parts.shape[: -windows.n], -1).sum(-1)[0, 0]
    return total / wrap(counts.astype(input._array.dtype))


def max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The largest element of each window; the first of equal ones gets the gradient."""
    return _max_pool(input, _Windows(input, kernel_size, stride, padding, dilation, ceil_mode, 2), return_indices)


def max_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The largest element of each window of the last dimension."""
    return _max_pool(input, _Windows(input, kernel_size, stride, padding, dilation, ceil_mode, 1), return_indices)


def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Any:
    """The mean of each window, padding included unless `count_include_pad` is false."""
    windows = _Windows(input, kernel_size, stride, padding, 1, ceil_mode, 2)
    if divisor_override is not None:
        return windows.of(input, 0.0).sum(-1) / divisor_override
    return _avg_pool(input, windows, count_include_pad)


def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True) -> Any:
    """The mean of each window of the last dimension."""
    return _avg_pool(input, _Windows(input, kernel_size, stride, padding, 1, ceil_mode, 1), count_include_pad)


def _parts(length: int, count: int) -> list[tuple[int, int]]:
    """Where each of `count` windows that cover `length` begins and ends."""
    return [(k * length // count, -(-(k + 1) * length // count)) for k in range(count)]


def _adaptive(input: Any, output_size: Any, n: int, pool: Any) -> Any:
    """Pool one dimension after the other."""
    t, goals = input, pair(output_size, n)
    for k, goal in enumerate(goals):
        dim = t._array.ndim - n + k
        length = t._array.shape[dim]
        if goal is None or goal == length:
            continue
        t = stack([pool(t.narrow(dim, a, b - a), dim) for a, b in _parts(length, goal)], dim)
    return t


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The mean of so many windows."""
    return _adaptive(input, output_size, 1, lambda t, dim: t.mean(dim))


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The mean of so many windows in each of the two last dimensions; None keeps a dimension."""
    return _adaptive(input, output_size, 2, lambda t, dim: t.mean(dim))


def adaptive_max_pool1d(input: Any, output_size: Any) -> Any:
    """The largest element of so many windows."""
    return _adaptive(input, output_size, 1, lambda t, dim: t.max(dim).values)


def adaptive_max_pool2d(input: Any, output_size: Any) -> Any:
    """The largest element of so many windows in each of the two last dimensions."""
    return _adaptive(input, output_size, 2, lambda t, dim: t.max(dim).values)
