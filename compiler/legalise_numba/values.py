"""What a value of the IR is in the generated text: a number, an array by elements, a tuple, a slice.

`Code` is an expression with the array elements that it reads, so that stores can be checked against it. Text is built
with parentheses everywhere; printing removes those that are not needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .affine import Affine

Index = Affine | str  # where an element stands along one axis: affine, or an expression that nothing is known of
DType = np.dtype[Any]


@dataclass(frozen=True, slots=True)
class Load:
    """An element that is read: the buffer's name and its indices."""

    buffer: str
    index: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """An expression: its text, the array elements that it reads, and how many operations it has."""

    text: str
    loads: tuple[Load, ...] = ()
    weight: int = 0

    def __str__(self) -> str:
        return self.text


def combine(pattern: str, *parts: Code, weight: int = 1) -> Code:
    """`pattern` with the parts' texts in it: combine("({} + {})", a, b)."""
    return Code(pattern.format(*parts), tuple(x for p in parts for x in p.loads), weight + sum(p.weight for p in parts))


@dataclass(eq=False, slots=True)
class Number:
    """A scalar; `affine` where it is an integer that is known as a sum of names, `const` where it is a literal."""

    code: Code
    dtype: DType
    python: bool = True
    affine: Affine | None = None
    const: Any = None


@dataclass(eq=False, slots=True)
class ArrayValue:
    """An array: its lengths, and the expression of the element at given indices.

    buffer : the name of the local that holds it, C-contiguous, where there is one
    text   : a NumPy expression for the whole (a view of a buffer), where there is one
    fresh  : `text` makes a new C-contiguous array
    temporary : nobody else knows the buffer, so it may be given another name
    """

    lengths: tuple[Affine, ...]
    dtype: DType
    element: Callable[[tuple[Index, ...]], Code]
    buffer: str | None = None
    text: str | None = None
    fresh: bool = False
    temporary: bool = False

    @property
    def rank(self) -> int:
        return len(self.lengths)


@dataclass(eq=False, slots=True)
class TupleValue:
    items: tuple[Any, ...]
    type: type = tuple


@dataclass(eq=False, slots=True)
class Rows:
    """The slices of an array along its first axis, as a tuple whose length only the run knows."""

    array: ArrayValue


@dataclass(eq=False, slots=True)
class ListValue:
    """A list whose length only the run knows, in a local: the kind of its elements is one."""

    name: str
    item: Any


@dataclass(eq=False, slots=True)
class SliceValue:
    start: Any  # Number or None
    stop: Any
    step: int


@dataclass(eq=False, slots=True)
class Constant:
    """A Python object that is no number: None, a string, a dtype, a function."""

    value: Any


@dataclass(eq=False, slots=True)
class TextValue:
    """A string that only the run knows: a message."""


@dataclass(eq=False, slots=True)
class ErrorValue:
    """An exception that was made: its class by name, and its message where that is a literal."""

    name: str
    message: str | None


@dataclass(eq=False, slots=True)
class TapeValue:
    """A tape: the name of its buffer and counter, what it holds, and what was pushed."""

    name: str
    info: Any = None
    pushes: list[Any] = field(default_factory=list)


def text_of(index: Index) -> str:
    return str(index) if isinstance(index, Affine) else index


def shifted(index: Index, start: Index, step: int = 1) -> Index:
    """start + step * index"""
    if isinstance(index, Affine) and isinstance(start, Affine):
        return start + index.times(step)
    inner = text_of(index) if step == 1 else f"{step} * ({text_of(index)})"
    if isinstance(start, Affine) and start == Affine():
        return inner
    return f"({text_of(start)}) + ({inner})"


def literal(value: Any) -> str:
    """A number as Python text."""
    if isinstance(value, complex):
        return f"complex({literal(value.real)}, {literal(value.imag)})"
    if isinstance(value, float):
        if value != value:
            return "np.nan"
        if value in (float("inf"), float("-inf")):
            return "np.inf" if value > 0 else "(-np.inf)"
    return f"({value!r})" if not isinstance(value, bool) and value < 0 else repr(value)


def dtype_text(dtype: DType) -> str:
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype.name}"


def natural(dtype: DType) -> bool:
    """Is it a type that Numba's own arithmetic stays in?"""
    return dtype.str[1:] in ("f8", "i8", "c16", "b1")


def cast_text(text: str, dtype: DType) -> str:
    """A literal as a dtype."""
    if dtype.str[1:] == "f8" or dtype.kind == "b" or dtype.str[1:] == "i8":
        return text
    return f"{dtype_text(dtype)}({text})"
