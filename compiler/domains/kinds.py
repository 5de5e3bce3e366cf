"""Kinds: what the compiler knows of a value before it runs.

A kind is a point of a lattice: the less is known, the higher. `join` goes up. Lengths of axes are ints (known from
the program), or symbols: a symbol that is known not to be 1 never broadcasts, so no un-broadcasting is printed for it.
The axes of a call's arrays that are at least `LONG` are known to be, so that a slice of them cannot have length 1.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_SYMBOLS = itertools.count()
LONG = 9  # more than the offsets of nearly all slices, few enough that a function has few variants


@dataclass(frozen=True, slots=True)
class Sym:
    """A length that is not known before the run; `one` says whether it may be 1, `least` what it is at least."""

    ident: int = field(default_factory=lambda: next(_SYMBOLS))
    one: bool = True
    least: int = 0

    def __repr__(self) -> str:
        return f"n{self.ident}" + ("?" if self.one else "")


Dim = int | Sym


@dataclass(frozen=True, slots=True)
class Kind:
    """The top: nothing is known."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = Kind()


def same_dtype(a: np.dtype[Any] | None, b: np.dtype[Any] | None) -> bool:
    """Are the dtypes equal? (`np.dtype("f8") == None` is True, so == alone takes an unknown one for float64.)"""
    return a is b or (a is not None and b is not None and a == b)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(Kind):
    """A number: `dtype` is a NumPy dtype or None; `python` for Python's own float, int, bool, complex.

    `dim` is the symbolic value of an integer that is the length of an axis.
    """

    dtype: np.dtype[Any] | None
    python: bool = False
    dim: Dim | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and same_dtype(self.dtype, other.dtype) and (
            self.python, self.dim) == (other.python, other.dim)

    def __hash__(self) -> int:
        return hash((self.dtype, self.python, self.dim))

    def __repr__(self) -> str:
        return ("py_" if self.python else "") + _dtype_text(self.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class Array(Kind):
    """An ndarray: `shape` is None where the rank is not known (then it may be a NumPy scalar, too)."""

    dtype: np.dtype[Any] | None
    shape: tuple[Dim, ...] | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Array) and same_dtype(self.dtype, other.dtype) and self.shape == other.shape

    def __hash__(self) -> int:
        return hash((self.dtype, self.shape))

    def __repr__(self) -> str:
        if self.shape is None:
            return f"{_dtype_text(self.dtype)}[...]"
        return f"{_dtype_text(self.dtype)}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class TupleOf(Kind):
    """A tuple (or list) value of known length and kinds."""

    items: tuple[Kind, ...]
    type: type = tuple

    def __repr__(self) -> str:
        return f"{self.type.__name__}({', '.join(map(repr, self.items))})"


@dataclass(frozen=True, slots=True)
class ListOf(Kind):
    """A list whose length is not known; `item` is the join of its elements."""

    item: Kind

    def __repr__(self) -> str:
        return f"list[{self.item!r}]"


@dataclass(frozen=True, slots=True)
class TapeOf(Kind):
    """Saved values of a loop."""

    item: Kind

    def __repr__(self) -> str:
        return f"tape[{self.item!r}]"


@dataclass(frozen=True, slots=True)
class Known(Kind):
    """A Python object that is one of a kind of its own: None, a string, a dtype, a function, a slice."""

    type: type

    def __repr__(self) -> str:
        return self.type.__name__


@dataclass(frozen=True, slots=True)
class Struct(Kind):
    """A container argument (list, tuple, dict, object): its leaves are values of their own."""

    type: type

    def __repr__(self) -> str:
        return f"struct {self.type.__name__}"


def lengths_of(value: Any) -> Any:
    """The lengths and integers in an argument: of an array its shape, an integer itself; () for what has none."""
    if isinstance(value, np.ndarray):
        return value.shape
    if type(value) is int:
        return value
    if isinstance(value, dict):
        return joined_lengths(map(lengths_of, value.values()))
    if isinstance(value, (list, tuple)):
        return joined_lengths(map(lengths_of, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return joined_lengths(lengths_of(getattr(value, f.name)) for f in dataclasses.fields(value))
    return ()


def joined_lengths(parts: Iterable[Any]) -> tuple[Any, ...]:
    """The lengths of a container, from those of its parts."""
    found = tuple(parts)
    return found if any(part != () for part in found) else ()


def exact_kind(value: Any) -> Kind:
    """The kind of a value, with the lengths of an array as they are."""
    kind = kind_of(value)
    return Array(kind.dtype, value.shape) if isinstance(kind, Array) else kind


F8 = np.dtype("f8")
I8 = np.dtype("i8")
B1 = np.dtype("?")
C16 = np.dtype("c16")
PY_FLOAT = Scalar(F8, True)
PY_INT = Scalar(I8, True)
PY_BOOL = Scalar(B1, True)
PY_COMPLEX = Scalar(C16, True)
NONE = Known(type(None))
STR = Known(str)
GENERIC = Array(F8, None)


def _dtype_text(dtype: np.dtype[Any] | None) -> str:
    if dtype is None:
        return "?"
    return {"b": "b1"}.get(dtype.kind, f"{dtype.kind}{dtype.itemsize}")


def kind_of(value: object) -> Kind:
    """The kind of a run-time value, as the key of a variant: lengths become symbols, long or short, except length 1."""
    if value is None:
        return NONE
    if isinstance(value, (bool, int, float, complex)) and not isinstance(value, np.generic):
        return {bool: PY_BOOL, int: PY_INT, float: PY_FLOAT, complex: PY_COMPLEX}.get(type(value), UNKNOWN)
    if isinstance(value, np.generic):
        return Scalar(value.dtype) if value.dtype.kind in "biufc" else Known(type(value))
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biufc":
            return Known(type(value))
        return Array(value.dtype, tuple(map(length_of, value.shape)))
    if isinstance(value, tuple) and type(value) is tuple:
        return TupleOf(tuple(kind_of(v) for v in value))
    return Known(type(value))


def length_of(length: int) -> Dim:
    """What a variant knows of a length of one of its arrays."""
    return 1 if length == 1 else Sym(one=False, least=LONG if length >= LONG else 0)


def dtype_of(kind: Kind) -> np.dtype[Any] | None:
    """The dtype of a number or an array; None where there is none or it is not known."""
    return kind.dtype if isinstance(kind, (Scalar, Array)) else None


def shape_of(kind: Kind) -> tuple[Dim, ...] | None:
    """The symbolic shape of a number or an array; None where the rank is not known."""
    if isinstance(kind, Scalar):
        return ()
    return kind.shape if isinstance(kind, Array) else None


def is_numeric(kind: Kind) -> bool:
    return isinstance(kind, (Scalar, Array))


def is_differentiable(kind: Kind) -> bool:
    """May a value of this kind carry a derivative? Integers, booleans and strings cannot."""
    if isinstance(kind, (Scalar, Array)):
        return kind.dtype is None or kind.dtype.kind in "fc"
    if isinstance(kind, TupleOf):
        return any(is_differentiable(k) for k in kind.items)
    if isinstance(kind, (ListOf, TapeOf)):
        return is_differentiable(kind.item)
    return type(kind) is Kind


def same_shape(a: Kind, b: Kind) -> bool:
    """Are the two shapes known to be equal? (Two lengths that are not 1 and meet in one operation are equal.)"""
    sa, sb = shape_of(a), shape_of(b)
    return sa is not None and sb is not None and sa == sb


def join_dim(a: Dim, b: Dim) -> Dim:
    if a == b:
        return a
    least = least_of(a) if least_of(a) == least_of(b) else 0  # not the smaller: a loop would shorten it trip by trip
    return Sym(one=may_be_one(a) or may_be_one(b), least=least)


def may_be_one(dim: Dim) -> bool:
    return dim == 1 if isinstance(dim, int) else dim.one


def least_of(dim: Dim) -> int:
    return dim if isinstance(dim, int) else dim.least


def join(a: Kind, b: Kind) -> Kind:
    """The least kind that covers both."""
    if a == b:
        return a
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        if same_dtype(a.dtype, b.dtype):
            return Scalar(a.dtype, a.python and b.python, a.dim if a.dim == b.dim else None)
        return Scalar(_join_dtype(a, b), a.python and b.python)
    if is_numeric(a) and is_numeric(b):
        sa, sb = shape_of(a), shape_of(b)
        dtype = _join_dtype(a, b)
        if isinstance(a, Array) and isinstance(b, Array) and sa is not None and sb is not None and len(sa) == len(sb):
            return Array(dtype, tuple(join_dim(m, n) for m, n in zip(sa, sb, strict=True)))
        return Array(dtype, None)
    if isinstance(a, TupleOf) and isinstance(b, TupleOf) and len(a.items) == len(b.items) and a.type is b.type:
        return TupleOf(tuple(join(m, n) for m, n in zip(a.items, b.items, strict=True)), a.type)
    if _is_list(a) and _is_list(b):
        return ListOf(_join_all((*_list_items(a), *_list_items(b))))
    if isinstance(a, TapeOf) and isinstance(b, TapeOf):
        return TapeOf(join(a.item, b.item))
    return UNKNOWN


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, ListOf) or (isinstance(kind, TupleOf) and kind.type is list)


def _list_items(kind: Kind) -> tuple[Kind, ...]:
    return (kind.item,) if isinstance(kind, ListOf) else kind.items  # type: ignore[attr-defined]


def _join_all(items: tuple[Kind, ...]) -> Kind:
    if not items:
        return UNKNOWN
    result = items[0]
    for item in items[1:]:
        result = join(result, item)
    return result


def _join_dtype(a: Kind, b: Kind) -> np.dtype[Any] | None:
    da, db = dtype_of(a), dtype_of(b)
    return da if same_dtype(da, db) else None


def _covers_dim(wide: Dim, narrow: Dim) -> bool:
    return wide == narrow or (
        isinstance(wide, Sym) and (wide.one or not may_be_one(narrow)) and wide.least <= least_of(narrow))


def may_cover(wide: Kind, narrow: Kind) -> bool:
    """Like `covers`, but two lengths that are not 1 count as equal: an operation between them may have shown it."""
    if isinstance(wide, Array) and isinstance(narrow, Array) and wide.shape is not None and narrow.shape is not None \
            and len(wide.shape) == len(narrow.shape):
        dims = tuple(n if not may_be_one(w) and not may_be_one(n) and not (isinstance(w, int) and isinstance(n, int))
                     else w for w, n in zip(wide.shape, narrow.shape, strict=True))
        return covers(Array(wide.dtype, dims), narrow)
    return covers(wide, narrow)


def covers(wide: Kind, narrow: Kind) -> bool:
    """Is `narrow` a case of `wide`? Symbols that differ only in identity count as equal in what they allow."""
    if wide == narrow or type(wide) is Kind:
        return True
    if isinstance(wide, Scalar) and isinstance(narrow, Scalar):
        same = wide.dtype is None or same_dtype(wide.dtype, narrow.dtype)
        return same and (not wide.python or narrow.python) and wide.dim in (None, narrow.dim)
    if isinstance(wide, Array) and is_numeric(narrow):
        if wide.dtype is not None and not same_dtype(wide.dtype, dtype_of(narrow)):
            return False
        if wide.shape is None or (wide.shape == () and isinstance(narrow, Scalar)):
            return True  # NumPy's functions make a number of what has no axes, so an array without axes may be one
        if not isinstance(narrow, Array) or narrow.shape is None or len(narrow.shape) != len(wide.shape):
            return False
        return all(_covers_dim(w, n) for w, n in zip(wide.shape, narrow.shape, strict=True))
    if isinstance(wide, TupleOf) and isinstance(narrow, TupleOf):
        return (len(wide.items) == len(narrow.items) and wide.type is narrow.type
                and all(covers(w, n) for w, n in zip(wide.items, narrow.items, strict=True)))
    if isinstance(wide, ListOf) and _is_list(narrow):
        return all(covers(wide.item, item) for item in _list_items(narrow))
    if isinstance(wide, TapeOf) and isinstance(narrow, TapeOf):
        return covers(wide.item, narrow.item)
    return False
