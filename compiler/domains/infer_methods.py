"""Kinds of attributes of arrays, of dtypes as functions, of calls for their effect, and of the methods of ufuncs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .abstract import is_none, number_or_array, numeric, shape_or_none
from .infer_elementwise import RULES, Rule, each, rule
from .infer_others import some_array
from .infer_reductions import reduced_shape
from .kinds import NONE, PY_INT, UNKNOWN, Array, Kind, Known, TupleOf
from .lengths import NotInferable
from .promotion import resolve, sampled_dtype, token

# Attributes, dtypes as functions, calls for their effect


def _attribute(result: Kind) -> Rule:
    return lambda a: result


RULES["ndarray.dtype"] = _attribute(Known(np.dtype))
RULES["ndarray.itemsize"] = RULES["ndarray.nbytes"] = _attribute(PY_INT)


@rule("ndarray.strides")
def strides(a: Any) -> Kind:
    shape = shape_or_none(numeric(a))
    return UNKNOWN if shape is None else TupleOf((PY_INT,) * len(shape))


def _nothing(*args: Any, **kwargs: Any) -> Kind:
    return NONE


each(lambda target: _nothing, np.put, np.copyto, np.fill_diagonal, np.place, np.putmask, np.put_along_axis,
     np.random.seed, print, "ndarray.fill", "ndarray.sort", "ndarray.put", "ndarray.partition",
     "ndarray.setflags")  # fmt: skip


def _convert(to: type[np.generic]) -> Rule:
    def infer(x: Any = 0, /) -> Kind:
        return number_or_array(np.dtype(to), shape_or_none(numeric(x)))

    return infer


each(_convert, np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint8, np.uint16,
     np.uint32, np.uint64, np.bool, np.complex64, np.complex128)  # fmt: skip


# Methods of ufuncs


def ufunc_method(ufunc: np.ufunc, name: str) -> Rule | None:
    """The inference of `ufunc.reduce`, `ufunc.accumulate` or `ufunc.outer`."""
    if ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None:
        return None
    return {"reduce": _reduce, "accumulate": _accumulate, "outer": _outer,
            "reduceat": lambda u: some_array}.get(name, lambda u: None)(ufunc)


def _reduce(ufunc: np.ufunc) -> Rule:
    def infer(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: Any = False) -> Kind:
        if not is_none(out) or not is_none(dtype):
            raise NotInferable("an option")
        known = numeric(array)
        shape = shape_or_none(known)
        result = sampled_dtype(ufunc.reduce, (token(known),), (1,))
        return Array(result, None) if shape == () else number_or_array(result, reduced_shape(shape, axis, keepdims))

    return infer


def _accumulate(ufunc: np.ufunc) -> Rule:
    def infer(array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Kind:
        if not is_none(out) or not is_none(dtype):
            raise NotInferable("an option")
        known = numeric(array)
        return Array(sampled_dtype(ufunc.accumulate, (token(known),), (1,)), shape_or_none(known) or None)

    return infer


def _outer(ufunc: np.ufunc) -> Rule:
    def infer(A: Any, B: Any, /) -> Kind:
        a, b = numeric(A), numeric(B)
        # The operands are made arrays first, so Python numbers are not weak.
        dtype = resolve(ufunc, tuple(None if k.dtype is None else np.dtype(k.dtype) for k in (a, b)))[0]
        s, t = shape_or_none(a), shape_or_none(b)
        return Array(dtype, None) if s is None or t is None or s + t == () else Array(dtype, s + t)

    return infer
