"""Kinds of reductions and scans: sum, mean, max, argmax, norm, cumsum, ..."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from .abstract import MISSING, axes_of, dtype_in, flag, is_none, number_or_array, numeric, shape_or_none, value_of
from .infer_elementwise import Rule, each, rule
from .kinds import Array, Dim, Kind, Scalar, Sym
from .lengths import NotInferable, product
from .promotion import DType, Token, resolve, same_dtype, sampled_dtype, token


def reduced_shape(shape: tuple[Dim, ...] | None, axis: Any, keepdims: Any) -> tuple[Dim, ...] | None:
    """The shape after a reduction over `axis`; None where the rank is not known."""
    keep = flag(keepdims)
    if is_none(axis) and not keep:
        return ()
    if shape is None:
        return None
    rank = len(shape)
    if is_none(axis):
        return (1,) * rank
    if value_of(axis) is MISSING:
        # An axis that is a number, but not known: one axis goes, nobody knows which.
        if keep or not isinstance(axis, Scalar):
            raise NotInferable("the axis is not known")
        return tuple(Sym() for _ in shape[1:])
    axes = axes_of(axis, rank)
    if keep:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def reduction(function: Callable[..., Any], a: Any, axis: Any, keepdims: Any, dtype: Any = None) -> Kind:
    """The kind of a reduction whose dtype follows from the dtype of `a`."""
    known = numeric(a)
    options = () if is_none(dtype) else (("dtype", dtype_in(dtype)),)
    result = sampled_dtype(function, (token(known),), (1,), options)
    return number_or_array(result, reduced_shape(shape_or_none(known), axis, keepdims))


def _with_dtype(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Kind:
        _no_out(out)
        return reduction(function, a, axis, keepdims, dtype)

    return infer


def _plain(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Kind:
        _no_out(out)
        return reduction(function, a, axis, keepdims)

    return infer


def _spread(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
              mean: Any = None, correction: Any = None) -> Kind:
        _no_out(out)
        if not is_none(mean):
            raise NotInferable("mean=")
        return reduction(function, a, axis, keepdims, dtype)

    return infer


def _median(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, axis: Any = None, out: Any = None, overwrite_input: Any = False, keepdims: Any = False) -> Kind:
        _no_out(out)
        result = reduction(function, a, axis, keepdims)
        return Array(result.dtype, None) if isinstance(result, Scalar) and value_of(keepdims) is not False else result

    return infer


def _no_out(out: Any) -> None:
    if not is_none(out):
        raise NotInferable("out=")


each(_with_dtype, np.sum, np.prod, np.mean, np.nansum, np.nanprod, np.nanmean)
each(_plain, np.max, np.min, np.amax, np.amin, np.any, np.all, np.nanmax, np.nanmin, np.argmax, np.argmin)
each(_spread, np.var, np.std, np.nanvar, np.nanstd)
each(_median, np.median, np.nanmedian)
each(_plain, np.ptp, np.nanargmax, np.nanargmin)


@rule(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Kind:
    known = numeric(a)
    shape = reduced_shape(shape_or_none(known), axis, keepdims)
    if is_none(axis) and not flag(keepdims):
        return Scalar(np.dtype("i8"), python=COUNT_IS_PYTHON)
    return number_or_array(np.dtype("i8"), shape)


COUNT_IS_PYTHON = not isinstance(np.count_nonzero(np.ones(1)), np.generic)  # NumPy 2.4 made it a NumPy scalar


@rule(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: Any = False, *, keepdims: Any = False) -> Kind:
    if flag(returned):
        raise NotInferable("two results")
    if is_none(weights):
        return reduction(np.mean, a, axis, keepdims)
    known, weight = numeric(a), numeric(weights)
    if known.dtype is None or weight.dtype is None:
        dtype = None
    else:
        dtype = sampled_dtype(_weighted, (token(known), token(weight)), (1, 1))
    return number_or_array(dtype, reduced_shape(shape_or_none(known), axis, keepdims))


def _weighted(a: Any, weights: Any) -> Any:
    return np.average(a, weights=weights)


def quantile(function: Callable[..., Any], a: Any, q: Any, axis: Any, keepdims: Any) -> Kind:
    """The kind of a quantile: the axes of q come first."""
    known, asked = numeric(a), numeric(q)
    dtype = None
    if known.dtype is not None and asked.dtype is not None and shape_or_none(asked) is not None:
        dtype = _quantile_dtype(function, token(known), token(asked), len(shape_or_none(asked) or ()))
    shape, front = reduced_shape(shape_or_none(known), axis, keepdims), shape_or_none(asked)
    if shape_or_none(known) == () and value_of(keepdims) is not False:
        return Array(dtype, None)
    if front and function in (np.nanquantile, np.nanpercentile):
        return Array(dtype, None)  # of an empty array it is one nan for all q
    return number_or_array(dtype, None if shape is None or front is None else (*front, *shape))


def _quantile_dtype(function: Callable[..., Any], data: Token, asked: Token, rank: int) -> DType:
    """A nan among the data comes back in the dtype of the data, whatever the dtype of q is."""
    result = sampled_dtype(function, (data, asked), (1, min(rank, 1)))
    with_nan = sampled_dtype(_of_nan(function), (data, asked), (1, min(rank, 1)))
    return result if same_dtype(result, with_nan) else None


@cache
def _of_nan(function: Callable[..., Any]) -> Callable[..., Any]:
    def quantile_of_nan(a: Any, q: Any) -> Any:
        return function(np.array(a) if np.asarray(a).dtype.kind in "biu" else np.asarray(a) * np.nan, q)

    return quantile_of_nan


def _quantile(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: Any = False,
              method: Any = "linear", keepdims: Any = False, *, weights: Any = None) -> Kind:
        _no_out(out)
        if not is_none(weights) or value_of(method) != "linear":
            return Array(None, None)
        return quantile(function, a, q, axis, keepdims)

    return infer


each(_quantile, np.quantile, np.percentile, np.nanquantile, np.nanpercentile)


@rule(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Kind:  # noqa: A002
    known = numeric(x)
    shape = shape_or_none(known)
    if is_none(axis) and not is_none(ord) and shape is not None and len(shape) not in (1, 2):
        raise NotInferable("the norm of a stack needs its axes")
    literal = value_of(ord)
    if literal is MISSING or isinstance(literal, str):
        return number_or_array(None, reduced_shape(shape, axis, keepdims))
    matrix = not is_none(ord) and (
        (is_none(axis) and shape is not None and len(shape) == 2)
        or isinstance(value_of(axis), (tuple, list))
    )
    if literal is not None and not matrix and shape is None:
        return number_or_array(None, reduced_shape(shape, axis, keepdims))
    sampled = sampled_dtype(partial_norm(literal), (token(known),), (2 if matrix else 1,))
    return number_or_array(sampled, reduced_shape(shape, axis, keepdims))


@cache
def partial_norm(order: Any) -> Callable[..., Any]:
    return partial(np.linalg.norm, ord=order)


# Scans


def _scan(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Kind:
        _no_out(out)
        known = numeric(a)
        options = () if is_none(dtype) else (("dtype", dtype_in(dtype)),)
        result = sampled_dtype(function, (token(known),), (1,), options)
        return Array(result, scanned_shape(shape_or_none(known), axis))

    return infer


def scanned_shape(shape: tuple[Dim, ...] | None, axis: Any) -> tuple[Dim, ...] | None:
    """The shape of a scan: that of the array along an axis, flat without one."""
    if is_none(axis):
        return (Sym(),) if shape is None else (product(shape),)
    if shape is None:
        return None
    if value_of(axis) is not MISSING:
        axes_of(axis, max(len(shape), 1))
    return shape or (1,)


each(_scan, np.cumsum, np.cumprod, np.nancumsum, np.nancumprod)


def accumulate_kind(ufunc: np.ufunc, a: Any) -> Kind:
    """The kind of `ufunc.accumulate(a)` along one axis."""
    known = numeric(a)
    return Array(resolve(ufunc, (token(known), token(known)))[0], shape_or_none(known))
