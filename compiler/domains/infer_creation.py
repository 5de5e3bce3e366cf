"""Kinds of functions that make arrays: zeros, full, arange, asarray, astype, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from .abstract import (
    MISSING,
    axis_in,
    dim_of,
    dtype_in,
    is_none,
    kind,
    lengths_of,
    need,
    numeric,
    shape_or_none,
    value_of,
)
from .infer_elementwise import rule
from .infer_shaping import atleast_1d, shaped
from .kinds import F8, I8, Array, Dim, Kind, ListOf, Scalar, Sym, TupleOf
from .lengths import NotInferable, product
from .promotion import run_sample, sampled_dtype, token


def _dtype_or(arg: Any, default: np.dtype[Any] | None) -> np.dtype[Any] | None:
    if value_of(arg) is MISSING:
        return None
    return default if is_none(arg) else dtype_in(arg)


def _shape_of_argument(shape: Any) -> tuple[Dim, ...] | None:
    if isinstance(kind(shape), ListOf):
        return None
    lengths = lengths_of(shape)
    if any(isinstance(n, int) and n < 0 for n in lengths):
        raise NotInferable("negative length")
    return lengths


@rule(np.zeros, np.ones, np.empty)
def zeros(shape: Any, dtype: Any = None, order: Any = "C", *, device: Any = None, like: Any = None) -> Kind:
    return Array(_dtype_or(dtype, F8), _shape_of_argument(shape))


@rule(np.full)
def full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", *, device: Any = None,
         like: Any = None) -> Kind:
    return Array(_dtype_or(dtype, numeric(fill_value).dtype), _shape_of_argument(shape))


@rule(np.zeros_like, np.ones_like, np.empty_like)
def zeros_like(a: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, *,
               device: Any = None) -> Kind:
    known = numeric(a)
    lengths = shape_or_none(known) if is_none(shape) else _shape_of_argument(shape)
    return Array(_dtype_or(dtype, known.dtype), lengths)


@rule(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True, shape: Any = None, *,
              device: Any = None) -> Kind:
    return zeros_like(a, dtype, order, subok, shape)


@rule(np.eye)
def eye(N: Any, M: Any = None, k: Any = 0, dtype: Any = float, order: Any = "C", *, device: Any = None,
        like: Any = None) -> Kind:
    rows = lengths_of(N)
    columns = rows if is_none(M) else lengths_of(M)
    return Array(_dtype_or(dtype, F8), (*rows, *columns))


@rule(np.identity)
def identity(n: Any, dtype: Any = None, *, like: Any = None) -> Kind:
    return Array(_dtype_or(dtype, F8), lengths_of(n) * 2)


@rule(np.arange)
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Any = None,
           like: Any = None) -> Kind:
    if is_none(stop):
        start, stop = 0, start
    parts = [numeric(part) for part in (start, stop, step)]
    result = _dtype_or(dtype, sampled_dtype(_arange, tuple(token(part) for part in parts), (0, 0, 0)))
    ends = [value_of(part) for part in (start, stop, step)]
    if not any(end is MISSING for end in ends):
        return Array(result, (len(run_sample(np.arange, *ends)),))
    count = dim_of(stop)
    if ends[0] == 0 and ends[2] == 1 and count is not None:
        return Array(result, (max(count, 0) if isinstance(count, int) else count,))
    return Array(result, (Sym(),))


def _arange(start: Any, stop: Any, step: Any) -> Any:
    return np.arange(start, stop, step)


@rule(np.linspace)
def linspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, retstep: Any = False, dtype: Any = None,
             axis: Any = 0, *, device: Any = None) -> Kind:
    if need(retstep):
        raise NotInferable("two results")
    ends = [numeric(start), numeric(stop)]
    result = _dtype_or(dtype, sampled_dtype(np.linspace, tuple(token(end) for end in ends), (0, 0)))
    if any(shape_or_none(end) != () for end in ends):
        return Array(result, None)
    return Array(result, lengths_of(num))


@rule(np.ascontiguousarray, np.asfortranarray)
def contiguous(a: Any, dtype: Any = None) -> Kind:
    return atleast_1d(asarray(a, dtype))


@rule(np.array, np.asarray, np.asanyarray, np.asarray_chkfinite, np.copy)
def asarray(a: Any, dtype: Any = None, **kwargs: Any) -> Kind:
    if any(name not in ("copy", "order", "subok") for name in kwargs):
        raise NotInferable("an option")
    known = kind(a)
    if isinstance(known, ListOf):
        item = numeric(known.item)
        shape = shape_or_none(item)
        return Array(_dtype_or(dtype, item.dtype), None if shape is None else (Sym(), *shape))
    array = numeric(a)
    return Array(_dtype_or(dtype, array.dtype), shape_or_none(array))


@rule("ndarray.copy")
def copy(a: Any, order: Any = "C") -> Kind:
    known = numeric(a)
    return known if isinstance(known, Scalar) else shaped(a, lambda shape: shape)


@rule("ndarray.astype", getattr(np, "astype", None))  # np.astype: NumPy 2.1
def astype(a: Any, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: Any = True, copy: Any = True) -> Kind:
    known = numeric(a)
    result = _dtype_or(dtype, None)
    if result is None and value_of(dtype) is not MISSING:
        raise NotInferable("astype(None)")
    return Scalar(result) if isinstance(known, Scalar) else Array(result, known.shape)


@rule("ndarray.view")
def view(a: Any, dtype: Any = None) -> Kind:
    if not is_none(dtype):
        raise NotInferable("other elements")
    return copy(a)


# What an array says of itself


@rule(np.shape, "ndarray.shape")
def shape_of_array(a: Any) -> Kind:
    known = numeric(a)
    shape = shape_or_none(known)
    if shape is None:
        raise NotInferable("unknown rank")
    return TupleOf(tuple(Scalar(I8, True, n) for n in shape))


@rule(np.size, "ndarray.size")
def size(a: Any, axis: Any = None) -> Kind:
    shape = shape_or_none(numeric(a))
    if shape is None or value_of(axis) is MISSING:
        return Scalar(I8, True)
    if is_none(axis):
        return Scalar(I8, True, product(shape))
    return Scalar(I8, True, shape[axis_in(axis, len(shape))])


@rule(np.ndim, "ndarray.ndim")
def ndim(a: Any) -> Kind:
    shape = shape_or_none(numeric(a))
    return Scalar(I8, True, None if shape is None else len(shape))


@rule("ndarray.real")
def real(a: Any) -> Kind:
    return _part(a)


@rule("ndarray.imag")
def imag(a: Any) -> Kind:
    return _part(a)


def _part(a: Any) -> Kind:
    known = numeric(a)
    dtype = known.dtype
    if dtype is not None and dtype.kind == "c":
        dtype = np.empty(0, dtype).real.dtype
    if isinstance(known, Scalar):
        if known.python and dtype == np.dtype("?"):
            dtype = I8
        return Scalar(dtype, known.python)
    return Array(dtype, known.shape)


_PYTHON_NAMES = {"b": np.dtype("?"), "u": I8, "i": I8, "f": F8, "c": np.dtype("c16")}


@rule("ndarray.item")
def item(a: Any, *args: Any) -> Kind:
    dtype = numeric(a).dtype
    return Scalar(None if dtype is None else _PYTHON_NAMES[dtype.kind], True)


@rule("ndarray.tolist")
def tolist(a: Any) -> Kind:
    known = numeric(a)
    number = item(known)
    shape = shape_or_none(known)
    if shape is None:
        raise NotInferable("unknown rank")
    result: Kind = number
    for length in reversed(shape):
        result = TupleOf((result,) * length, list) if isinstance(length, int) and length <= 64 else ListOf(result)
    return result
