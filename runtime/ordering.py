"""Orders and places of a Tensor's elements: sorting, what accumulates along a dimension, counting, searching."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from . import kernels, kernels_special
from .calls import call, named
from .dispatch import Operation, TensorCore, unwrap, wrap
from .promotion import I64
from .recording import record
from .reductions import Extremum, axes_of, chosen, quietly
from .shaping import normal_dim

SORT: Final = Operation(kernels.take_along, "SortBackward0")
TOPK: Final = Operation(kernels.take_along, "TopkBackward0")
KTH: Final = Operation(kernels.take_along, "KthvalueBackward0")
MEDIAN_DIM: Final = Operation(kernels.take_along, "MedianBackward1")
MEDIAN: Final = named(kernels_special.lower_median, "MedianBackward0")
CUMMAX: Final = Operation(kernels.take_along, "CummaxBackward0")
CUMMIN: Final = Operation(kernels.take_along, "CumminBackward0")
CUMSUM: Final = named(np.cumsum, "CumsumBackward0")
CUMPROD: Final = named(np.cumprod, "CumprodBackward0")
LOGCUMSUMEXP: Final = named(kernels_special.logcumsumexp, "LogcumsumexpBackward0")


class Ordering(TensorCore):
    """Orders and places, PyTorch's of the same names."""

    __slots__ = ()

    def sort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Extremum:
        return chosen(SORT, self, self._order(dim, descending), normal_dim(dim, self._array.ndim), True)

    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
        return wrap(self._order(dim, descending))

    def _order(self, dim: int, descending: bool) -> Any:
        x = self._array
        if not x.ndim:
            return np.zeros((), I64)
        if not descending:
            return np.argsort(x, axis=dim, kind="stable")
        backwards = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
        return np.flip(x.shape[dim] - 1 - backwards, dim)

    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Extremum:
        order = self._order(dim, largest)
        if k > (self._array.shape[dim] if self._array.ndim else 1):
            raise RuntimeError("selected index k out of range")
        return chosen(TOPK, self, np.take(order, np.arange(k), axis=dim), normal_dim(dim, self._array.ndim), True)

    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False) -> Extremum:
        order = self._order(dim, False)
        return chosen(KTH, self, np.take(order, [k - 1], axis=dim), normal_dim(dim, self._array.ndim), keepdim)

    def median(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The lower median."""
        if dim is None:
            return record(MEDIAN, self, kernels_special.lower_median(self._array))
        order = self._order(dim, False)
        middle = np.take(order, [(order.shape[dim] - 1) // 2], axis=dim)
        return chosen(MEDIAN_DIM, self, middle, normal_dim(dim, self._array.ndim), keepdim)

    def cumsum(self, dim: int, dtype: Any = None) -> Any:
        axis = normal_dim(dim, self._array.ndim)
        t = self if dtype is None else self.to(dtype)
        return record(CUMSUM, t, np.cumsum(t._array, axis=axis).reshape(t._array.shape), axis, None)

    def cumprod(self, dim: int, dtype: Any = None) -> Any:
        t = self if dtype is None else self.to(dtype)
        return call(np.cumprod, t, normal_dim(dim, t._array.ndim))

    def logcumsumexp(self, dim: int) -> Any:
        axis = normal_dim(dim, self._array.ndim)
        return record(LOGCUMSUMEXP, self, quietly(kernels_special.logcumsumexp, self._array, axis), axis)

    def cummax(self, dim: int) -> Extremum:
        return self._running(CUMMAX, np.maximum, dim)

    def cummin(self, dim: int) -> Extremum:
        return self._running(CUMMIN, np.minimum, dim)

    def _running(self, op: Operation, function: Any, dim: int) -> Extremum:
        """The extremum so far, and the last place where it stood."""
        x = self._array
        axis = normal_dim(dim, x.ndim)
        if not x.ndim:
            return chosen(op, self, None, 0, True)
        reached = np.equal(x, function.accumulate(x, axis))
        shape = [-1 if k == axis else 1 for k in range(x.ndim)]
        places = np.where(reached, np.arange(x.shape[axis]).reshape(shape), 0)
        return chosen(op, self, np.maximum.accumulate(places, axis), axis, True)

    def diff(self, n: int = 1, dim: int = -1) -> Any:
        axis = normal_dim(dim, self._array.ndim)
        t = self
        for _ in range(n):
            length = t._array.shape[axis]
            t = t.narrow(axis, 1, length - 1) - t.narrow(axis, 0, length - 1)
        return t

    def msort(self) -> Any:
        return self.sort(0)[0]

    def count_nonzero(self, dim: Any = None) -> Any:
        return wrap(np.count_nonzero(self._array, axis=axes_of(dim, self._array.ndim)))

    def nonzero(self, *, as_tuple: bool = False) -> Any:
        places = np.nonzero(np.atleast_1d(self._array))
        if as_tuple:
            return tuple(wrap(k) for k in places)
        return wrap(np.stack(places, 1) if self._array.ndim else np.empty((places[0].size, 0), I64))

    def unique(self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
               dim: int | None = None) -> Any:
        found: Any = np.unique(  # type: ignore[call-overload]
            self._array, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
        return tuple(wrap(v) for v in found) if isinstance(found, tuple) else wrap(found)

    def argwhere(self) -> Any:
        return self.nonzero()

    def unique_consecutive(self, return_inverse: bool = False, return_counts: bool = False) -> Any:
        """The elements without repetitions of their neighbour; where each went, and how often each stood there."""
        flat = self._array.reshape(-1)
        fresh = np.concatenate([[True], flat[1:] != flat[:-1]])[: flat.size]
        found = [wrap(flat[fresh])]
        if return_inverse:
            found.append(wrap((np.cumsum(fresh) - 1).reshape(self._array.shape)))
        if return_counts:
            found.append(wrap(np.diff(np.append(np.flatnonzero(fresh), flat.size))))
        return tuple(found) if len(found) > 1 else found[0]

    def bincount(self, weights: Any = None, minlength: int = 0) -> Any:
        if self._array.dtype.kind not in "iub":
            raise RuntimeError("\"bincount_cpu\" not implemented for '" + self._array.dtype.name + "'")
        return wrap(np.bincount(self._array, None if weights is None else unwrap(weights), minlength))

    def histc(self, bins: int = 100, min: float = 0, max: float = 0) -> Any:
        """Counts of elements in `bins` equal parts of [min, max]; of the range of the data if both are 0."""
        x = self._array
        bounds = (float(min), float(max)) if min or max else (float(x.min()), float(x.max()))
        return wrap(np.histogram(x, bins, bounds)[0].astype(x.dtype))


def searchsorted(sorted_sequence: Any, values: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Where each value would be inserted into an ascending sequence (row by row, if that has several)."""
    x, y = np.asarray(unwrap(sorted_sequence)), np.asarray(unwrap(values))
    side: Any = "right" if right else "left"
    if x.ndim == 1:
        found = np.searchsorted(x, y, side)
    else:
        rows = [np.searchsorted(a, b, side) for a, b in
                zip(x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1]), strict=True)]
        found = np.stack(rows).reshape(y.shape)
    return wrap(np.asarray(found, np.int32 if out_int32 else I64))


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Which of the parts between `boundaries` each element falls into."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(elements: Any, test_elements: Any) -> Any:
    """Whether each element is one of `test_elements`."""
    return wrap(np.isin(unwrap(elements), unwrap(test_elements)))
