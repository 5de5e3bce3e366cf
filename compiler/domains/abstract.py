"""Abstract arguments: what a call is known to be given, before it runs.

An abstract argument is a Kind; a literal (anything with an attribute `value` that is not a Kind, such as `ir.Lit`, or a
plain Python constant); a tuple or list of abstract arguments; a slice of them.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from .kinds import NONE, UNKNOWN, Array, Dim, Kind, Known, ListOf, Scalar, TupleOf, join, kind_of
from .lengths import NotInferable, broadcast, meet


class _Missing:
    """The value of an argument that is not a literal."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


def value_of(arg: Any) -> Any:
    """The value of a literal argument (of a tuple, list or slice of literals), else MISSING."""
    if isinstance(arg, Kind):
        return None if arg == NONE else MISSING
    if isinstance(arg, (tuple, list)):
        parts = [value_of(part) for part in arg]
        return MISSING if any(part is MISSING for part in parts) else type(arg)(parts)
    if isinstance(arg, slice):
        ends = [value_of(part) for part in (arg.start, arg.stop, arg.step)]
        return MISSING if any(end is MISSING for end in ends) else slice(*ends)
    if arg is None or arg is Ellipsis or isinstance(arg, (bool, int, float, complex, str, np.dtype, np.generic, type)):
        return arg
    return arg.value if hasattr(arg, "value") else arg


def need(arg: Any) -> Any:
    """The value of an argument that has to be a literal."""
    value = value_of(arg)
    if value is MISSING:
        raise NotInferable("not a literal")
    return value


def is_none(arg: Any) -> bool:
    return value_of(arg) is None


def dim_of(arg: Any) -> Dim | None:
    """The length that an integer argument is known to be, else None."""
    value = value_of(arg)
    if value is not MISSING:
        if isinstance(value, (float, complex, str)) or value is None:
            return None
        try:
            return operator.index(value)
        except TypeError:
            return None
    return arg.dim if isinstance(arg, Scalar) else None


def kind(arg: Any) -> Kind:
    """The kind of an argument as it stands: a tuple stays a tuple."""
    if isinstance(arg, Kind):
        return arg
    if isinstance(arg, (tuple, list)):
        return TupleOf(tuple(kind(part) for part in arg), type(arg))
    if isinstance(arg, slice):
        return Known(slice)
    value = value_of(arg)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return Array(value.dtype, value.shape)
    if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        return TupleOf(tuple(kind(part) for part in value), type(value))
    if type(value) is int and not -(2**63) <= value < 2**63:
        return UNKNOWN
    return kind_of(value)


def numeric(arg: Any) -> Array | Scalar:
    """The kind of an argument that a NumPy function takes as an array (a list of numbers becomes one)."""
    known = kind(arg)
    if isinstance(known, (Array, Scalar)):
        return known
    if isinstance(known, TupleOf):
        return _nested(known)
    if type(known) is Kind or isinstance(known, ListOf):
        return Array(None, None)
    raise NotInferable(f"{known!r} is not a number or an array")


def _nested(items: TupleOf) -> Array | Scalar:
    """The array that np.asarray makes of a tuple or list."""
    if not items.items:
        return Array(np.dtype("f8"), (0,))
    parts = [numeric(item) for item in items.items]
    dtype = list_dtype(parts)
    shapes = [shape_or_none(part) for part in parts]
    if any(shape is None for shape in shapes):
        return Array(dtype, None)
    inner = same_shape_of([shape for shape in shapes if shape is not None])
    return Array(dtype, (len(parts), *inner))


def list_dtype(parts: list[Array | Scalar]) -> np.dtype[Any] | None:
    """The dtype of an array made of several: Python numbers count as their default dtypes here."""
    if any(part.dtype is None for part in parts):
        return None
    return np.result_type(*[part.dtype for part in parts if part.dtype is not None])


def same_shape_of(shapes: list[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    """The common shape of arrays that have to agree in shape."""
    result = shapes[0]
    for shape in shapes[1:]:
        if len(shape) != len(result):
            raise NotInferable("ranks differ")
        result = tuple(meet(m, n) for m, n in zip(result, shape, strict=True))
    return result


def shape_or_none(known: Array | Scalar) -> tuple[Dim, ...] | None:
    return () if isinstance(known, Scalar) else known.shape


def shape_of(arg: Any) -> tuple[Dim, ...]:
    """The shape of an array argument whose rank has to be known."""
    shape = shape_or_none(numeric(arg))
    if shape is None:
        raise NotInferable("unknown rank")
    return shape


def broadcast_shape(args: list[Any]) -> tuple[Dim, ...] | None:
    """The shape of an elementwise result; None where the rank of one operand is unknown."""
    shapes = [shape_or_none(numeric(arg)) for arg in args]
    known = [shape for shape in shapes if shape is not None]
    return broadcast(known) if len(known) == len(shapes) else None


def number_or_array(dtype: np.dtype[Any] | None, shape: tuple[Dim, ...] | None) -> Array | Scalar:
    """The result of a NumPy operation: of rank 0 it is a NumPy scalar."""
    return Scalar(dtype) if shape == () else Array(dtype, shape)


def lengths_of(arg: Any) -> tuple[Dim, ...]:
    """The shape that a shape argument spells: an int or a sequence of ints; fresh symbols for unknown ones."""
    from .kinds import Sym

    known = kind(arg)
    if isinstance(known, TupleOf):
        parts = list(arg) if isinstance(arg, (tuple, list)) else list(known.items)
        value = value_of(arg)
        if isinstance(value, (tuple, list)):
            parts = list(value)
    elif isinstance(known, Scalar):
        parts = [arg]
    else:
        raise NotInferable("a shape of unknown length")
    dims: list[Dim] = []
    for part in parts:
        dim = dim_of(part)
        if dim is None:
            scalar = kind(part)
            if type(scalar) is not Kind and not (isinstance(scalar, Scalar) and _integral(scalar)):
                raise NotInferable("not a length")
            dim = Sym()
        dims.append(dim)
    return tuple(dims)


def _integral(known: Scalar) -> bool:
    return known.dtype is None or known.dtype.kind in "iu"


def axes_of(arg: Any, rank: int) -> tuple[int, ...]:
    """Literal axes, each in range(rank)."""
    value = need(arg)
    axes = value if isinstance(value, (tuple, list)) else (value,)
    result = tuple(axis_in(axis, rank) for axis in axes)
    if len(set(result)) != len(result):
        raise NotInferable("repeated axis")
    return result


def axis_in(axis: Any, rank: int) -> int:
    """A literal axis, counted from the front."""
    try:
        number = operator.index(need(axis))
    except TypeError:
        raise NotInferable("not an axis") from None
    if not -rank <= number < rank:
        raise NotInferable("axis out of range")
    return number % rank


def flag(arg: Any) -> bool:
    """A literal True or False."""
    return bool(need(arg))


def dtype_in(arg: Any) -> np.dtype[Any]:
    """The dtype that a dtype argument spells."""
    value = need(arg)
    try:
        dtype: np.dtype[Any] = np.dtype(value)
    except TypeError:
        raise NotInferable("not a dtype") from None
    if value is None or dtype.kind not in "biufc":
        raise NotInferable("not a numeric dtype")
    return dtype


def joined(items: tuple[Kind, ...]) -> Kind:
    """The least kind that covers all."""
    result = items[0]
    for other in items[1:]:
        if isinstance(result, (Array, Scalar)) and isinstance(other, (Array, Scalar)):
            # `np.dtype("f8") == None` is True, so an unknown dtype is told apart here.
            if (result.dtype is None) != (other.dtype is None):
                result, other = replace(result, dtype=None), replace(other, dtype=None)
        result = join(result, other)
    return result
