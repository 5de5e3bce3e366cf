"""Reductions of a Tensor over all or some dimensions, sorting, and what accumulates along one."""

from __future__ import annotations

import math
import warnings
from typing import Any, Final, NamedTuple

import numpy as np

from . import kernels
from .calls import call, named
from .dispatch import Operation, TensorCore, unwrap, wrap
from .promotion import I64, default
from .quiet import SILENT, loud, quiet
from .recording import record
from .shaping import normal_dim

SUM: Final = named(np.sum, "SumBackward0")
NANSUM: Final = named(np.nansum, "NansumBackward0")
SUM_DIM: Final = Operation(np.sum, "SumBackward1")
MEAN: Final = named(np.mean, "MeanBackward0")
MEAN_DIM: Final = Operation(np.mean, "MeanBackward1")
PROD: Final = named(np.prod, "ProdBackward0")
PROD_DIM: Final = Operation(np.prod, "ProdBackward1")
MAX: Final = named(np.max, "MaxBackward1")
MIN: Final = named(np.min, "MinBackward1")
AMAX: Final = Operation(np.max, "AmaxBackward0")
AMIN: Final = Operation(np.min, "AminBackward0")
MAX_DIM: Final = Operation(kernels.take_along, "MaxBackward0")
MIN_DIM: Final = Operation(kernels.take_along, "MinBackward0")
MODE: Final = Operation(kernels.take_along, "ModeBackward0")
GATHER: Final = Operation(kernels.take_along, "GatherBackward0")
VAR: Final = named(np.var, "VarBackward0")
STD: Final = named(np.std, "StdBackward0")
SOFTMAX: Final = named(kernels.softmax, "SoftmaxBackward0")
LOG_SOFTMAX: Final = named(kernels.log_softmax, "LogSoftmaxBackward0")
NORM: Final = named(kernels.vector_norm, "LinalgVectorNormBackward0")
LOGSUMEXP: Final = named(kernels.logsumexp, "LogsumexpBackward0")


_add_reduce: Final[Any] = np.add.reduce
_multiply_reduce: Final[Any] = np.multiply.reduce


class Extremum(NamedTuple):
    """Values and where they stand; its subclasses print as `torch.return_types`."""

    values: Any
    indices: Any

    def __repr__(self) -> str:
        return f"torch.return_types.{type(self).__name__}(\nvalues={self.values!r},\nindices={self.indices!r})"


def extremum(op: Operation, values: Any, indices: Any) -> Extremum:
    """The pair that `op` (`MaxBackward0`) returns: a class named `max`."""
    name = op.node.__name__.removesuffix("Backward0").removesuffix("Backward1").lower()
    cls = _KINDS.get(name)
    if cls is None:
        cls = _KINDS[name] = type(name, (Extremum,), {"__slots__": ()})
    return cls(values, indices)


_KINDS: Final[dict[str, type[Extremum]]] = {}


class _Aminmax(NamedTuple):
    min: Any
    max: Any

    def __repr__(self) -> str:
        return f"torch.return_types.aminmax(\nmin={self.min!r},\nmax={self.max!r})"


def axes_of(dim: Any, ndim: int) -> Any:
    """`dim` as NumPy's `axis`: None, an int or a tuple, from 0."""
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        return None
    if isinstance(dim, list | tuple):
        axes = tuple(normal_dim(d, ndim) for d in dim)
        if len(set(axes)) != len(axes):
            raise RuntimeError(f"dim {dim[0]} appears multiple times in the list of dims")
        return axes if ndim else None
    axis = normal_dim(dim, ndim)
    return axis if ndim else None


def chosen(op: Operation, t: Any, indices: Any, dim: int, keepdim: bool) -> Extremum:
    """The elements of `t` at `indices` (of the same rank) along `dim`, and the indices; without `keepdim` both lose
    `dim`."""
    x = t._array
    if not x.ndim:
        return extremum(op, record(op, t, x.copy(), np.zeros((), I64), 0), wrap(np.zeros((), I64)))
    taken = kernels.take_along(x, indices, dim)
    if not keepdim:
        taken, indices = np.squeeze(taken, dim), np.squeeze(indices, dim)
    return extremum(op, record(op, t, taken, indices, dim), wrap(indices))


def _extremum(op: Operation, t: Any, find: Any, dim: int, keepdim: bool) -> Extremum:
    x = t._array
    dim = normal_dim(dim, x.ndim)
    if not x.ndim:
        return chosen(op, t, None, 0, True)
    if not x.shape[dim]:
        raise IndexError(f"{find.__name__[3:]}(): Expected reduction dim {dim} to have non-zero size.")
    return chosen(op, t, np.expand_dims(find(x, axis=dim), dim), dim, keepdim)


class Reductions(TensorCore):
    """Reductions, PyTorch's of the same names."""

    __slots__ = ()

    def sum(
        self,
        dim: Any = None,
        keepdim: bool = False,
        *,
        dtype: Any = None,
        axis: Any = None,
        keepdims: bool = False,
        **numpy: Any,
    ) -> Any:
        x = self._array
        if dtype is not None or numpy:
            numpys = {name for name, value in numpy.items() if value is not None and name != "out"}
            if numpys:
                raise TypeError(f"sum() got an unexpected keyword argument '{numpys.pop()}'")
            if dtype is not None:
                return self.to(dtype).sum(dim, keepdim, axis=axis)
        if dim is None and axis is None:
            keepdim = keepdim or keepdims
            return record(SUM, self, _add_reduce(x, None, keepdims=keepdim), None, None, keepdim)
        axes = axes_of(axis if dim is None else dim, x.ndim)
        keepdim = keepdim or keepdims
        return record(SUM_DIM, self, _add_reduce(x, axes, keepdims=keepdim), axes, None, keepdim)

    def mean(
        self,
        dim: Any = None,
        keepdim: bool = False,
        *,
        dtype: Any = None,
        axis: Any = None,
        keepdims: bool = False,
        **numpy: Any,
    ) -> Any:
        x = self._array
        if dtype is not None:
            return self.to(dtype).mean(dim, keepdim, axis=axis)
        if x.dtype.kind in "iub":
            kind = "Bool" if x.dtype.kind == "b" else "Long"
            raise RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                "Got: " + kind
            )
        axes = axes_of(axis if dim is None else dim, x.ndim)
        keepdim = keepdim or keepdims
        count = x.size if axes is None else math.prod(x.shape[k] for k in ((axes,) if isinstance(axes, int) else axes))
        token = quiet(SILENT)
        try:
            out = _add_reduce(x, axes, keepdims=keepdim) / x.dtype.type(count)
        finally:
            loud(token)
        return record(MEAN if dim is None and axis is None else MEAN_DIM, self, out, axes, None, keepdim)

    def prod(self, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        t = self if dtype is None else self.to(dtype)
        x = t._array
        axes = axes_of(dim, x.ndim)
        return record(
            PROD if dim is None else PROD_DIM, t, _multiply_reduce(x, axes, keepdims=keepdim), axes, None, keepdim
        )

    def max(self, dim: Any = None, keepdim: bool = False) -> Any:
        """The largest element; with `dim` (values, indices); with another Tensor the elementwise maximum."""
        if isinstance(dim, TensorCore):
            return self.maximum(dim)
        if dim is None:
            self._nonempty("max")
            return record(MAX, self, np.max(self._array))
        return _extremum(MAX_DIM, self, np.argmax, dim, keepdim)

    def min(self, dim: Any = None, keepdim: bool = False) -> Any:
        """The smallest element; with `dim` (values, indices); with another Tensor the elementwise minimum."""
        if isinstance(dim, TensorCore):
            return self.minimum(dim)
        if dim is None:
            self._nonempty("min")
            return record(MIN, self, np.min(self._array))
        return _extremum(MIN_DIM, self, np.argmin, dim, keepdim)

    def _nonempty(self, name: str) -> None:
        if not self._array.size:
            raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify "
                               "the reduction "
                               "dim with the 'dim' argument.")

    def amax(self, dim: Any = None, keepdim: bool = False) -> Any:
        axes = axes_of(dim, self._array.ndim)
        return record(AMAX, self, np.max(self._array, axis=axes, keepdims=keepdim), axes, keepdim)

    def amin(self, dim: Any = None, keepdim: bool = False) -> Any:
        axes = axes_of(dim, self._array.ndim)
        return record(AMIN, self, np.min(self._array, axis=axes, keepdims=keepdim), axes, keepdim)

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Any:
        return wrap(np.argmax(self._array, axis=dim, keepdims=keepdim))

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Any:
        return wrap(np.argmin(self._array, axis=dim, keepdims=keepdim))

    def var(self, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: int = 1) -> Any:
        return self._spread(VAR, np.var, dim, unbiased, keepdim, correction)

    def std(self, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: int = 1) -> Any:
        return self._spread(STD, np.std, dim, unbiased, keepdim, correction)

    def _spread(self, op: Operation, function: Any, dim: Any, unbiased: Any, keepdim: bool, correction: int) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        ddof = correction if unbiased is None else int(unbiased)
        axes = axes_of(dim, self._array.ndim)
        x = self._array
        count = x.size if axes is None else math.prod(x.shape[k] for k in ((axes,) if isinstance(axes, int) else axes))
        if count <= ddof:
            warnings.warn(f"{function.__name__}(): degrees of freedom is <= 0. Correction should be strictly less than "
                          "the reduction factor (input numel divided by output numel).", UserWarning, stacklevel=3)
        token = quiet(SILENT)
        try:
            out = function(x, axis=axes, ddof=ddof, keepdims=keepdim) if count > ddof else _undefined(
                function, x, axes, ddof, keepdim)
        finally:
            loud(token)
        return record(op, self, np.asarray(out, self._array.dtype), axes, None, ddof, keepdim)

    def nansum(self, dim: Any = None, keepdim: bool = False) -> Any:
        axes = axes_of(dim, self._array.ndim)
        return record(NANSUM, self, np.nansum(self._array, axis=axes, keepdims=keepdim), axes, None, keepdim)

    def nanmean(self, dim: Any = None, keepdim: bool = False) -> Any:
        return self.nansum(dim, keepdim) / (~self.isnan()).sum(dim, keepdim)

    def aminmax(self, *, dim: int | None = None, keepdim: bool = False) -> Any:
        """The smallest and the largest element, of all or along `dim`."""
        return _Aminmax(self.amin(dim, keepdim), self.amax(dim, keepdim))

    def mode(self, dim: int = -1, keepdim: bool = False) -> Extremum:
        """The most frequent element along `dim` (the smallest of several), and the last place where it stands."""
        x = self._array
        axis = normal_dim(dim, x.ndim)
        rows = np.moveaxis(np.atleast_1d(x), axis, -1)
        counts = (rows[..., :, None] == rows[..., None, :]).sum(-1)
        frequent = counts == counts.max(-1, keepdims=True)
        best = np.where(frequent, rows, rows.max() if x.size else 0).min(-1, keepdims=True)
        last = rows.shape[-1] - 1 - np.argmax(np.flip(rows == best, -1), -1)
        return chosen(MODE, self, np.expand_dims(last, axis) if x.ndim else last, axis, keepdim)

    def norm(self, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Any:
        """The p-norm of all elements, or of those along `dim`; its derivative at 0 is 0."""
        axes = axes_of(dim, self._array.ndim)
        order = 2.0 if p in ("fro", None) else float(p)
        return call(kernels.vector_norm, self, order, axes, keepdim)

    def softmax(self, dim: int, dtype: Any = None) -> Any:
        t = self if dtype is None else self.to(dtype)
        axis = normal_dim(dim, t._array.ndim)
        return record(SOFTMAX, t, quietly(kernels.softmax, t._array, axis if t._array.ndim else None), axis)

    def log_softmax(self, dim: int, dtype: Any = None) -> Any:
        t = self if dtype is None else self.to(dtype)
        x = t._array
        axis = normal_dim(dim, x.ndim)
        if x.ndim and x.dtype.kind == "f":
            token = quiet(SILENT)
            try:
                return record(LOG_SOFTMAX, t, kernels.log_softmax(x, axis), axis)
            finally:
                loud(token)
        return record(LOG_SOFTMAX, t, quietly(kernels.log_softmax, t._array, axis if t._array.ndim else None), axis)

    def logsumexp(self, dim: Any, keepdim: bool = False) -> Any:
        axes = axes_of(dim, self._array.ndim)
        return record(LOGSUMEXP, self, quietly(kernels.logsumexp, self._array, axes, keepdim), axes, keepdim)

    def all(self, dim: Any = None, keepdim: bool = False) -> Any:
        return wrap(np.all(self._array, axis=axes_of(dim, self._array.ndim), keepdims=keepdim))

    def any(self, dim: Any = None, keepdim: bool = False) -> Any:
        return wrap(np.any(self._array, axis=axes_of(dim, self._array.ndim), keepdims=keepdim))

    def allclose(self, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
        return bool(np.allclose(self._array, unwrap(other), rtol, atol, equal_nan))

    def isclose(self, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
        return wrap(np.isclose(self._array, unwrap(other), rtol, atol, equal_nan))

    def equal(self, other: Any) -> bool:
        return bool(np.array_equal(self._array, unwrap(other)))


def quietly(function: Any, *args: Any) -> Any:
    token = quiet(SILENT)
    try:
        x = args[0]
        if x.dtype.kind in "iub":
            args = (x.astype(default.real), *args[1:])
        return function(*args)
    finally:
        loud(token)


def _undefined(function: Any, x: Any, axes: Any, ddof: int, keepdim: bool) -> Any:
    """A variance without degrees of freedom, without NumPy's warning of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return function(x, axis=axes, ddof=ddof, keepdims=keepdim)
