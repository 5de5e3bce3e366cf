"""Lists whose length only the run knows: Numba's own lists, of numbers or arrays of one type.

The IR's lists are values; a change is made in place where nobody reads the old list any more, as in printed NumPy, and
in a copy elsewhere.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...runtime import lists
from ..domains.kinds import Array, ListOf, Scalar
from .affine import Affine
from .registry import rule
from .text import Block, Line, Nest, Store
from .values import ArrayValue, Code, ListValue, Number, Rows, SliceValue, TupleValue, dtype_text


def item_kind(leg: Any, kind: Any) -> Any:
    """The kind of a list's elements."""
    item: Any = kind.item if isinstance(kind, ListOf) else None
    known = isinstance(item, (Scalar, Array)) and item.dtype is not None and item.dtype.kind in "biufc"
    if not known or (isinstance(item, Array) and item.shape is None):
        leg.refuse(f"a list of {item!r}", "Lists that grow hold numbers or arrays of one type.")
    return item


def element_text(leg: Any, value: Any, item: Any) -> str:
    """An element as text: a number of the list's type, or an array in a buffer that nothing else changes."""
    dtype: Any = item.dtype
    if isinstance(item, Array) and item.shape:
        if not isinstance(value, ArrayValue) or value.rank != len(item.shape):
            leg.refuse("a list of arrays of different ranks")
        if value.dtype != dtype:
            source = value
            value = ArrayValue(value.lengths, dtype,
                               lambda index: leg.cast_code(source.element(index), source.dtype, dtype))
        return str(leg.whole(value).buffer)
    if isinstance(value, ArrayValue):
        value = leg.only_element(value)
    if not isinstance(value, Number):
        leg.refuse("a list of what is no number")
    return str(leg.cast(value, item.dtype).code)


def list_text(leg: Any, value: Any, kind: Any) -> str:
    """A list as text that makes it, or its name."""
    if isinstance(value, ListValue):
        return value.name
    item: Any = item_kind(leg, kind)
    if not isinstance(value, TupleValue):
        leg.refuse("a list that is made of something else")
    if value.items:
        return f"[{', '.join(element_text(leg, v, item) for v in value.items)}]"
    shape = item.shape if isinstance(item, Array) else ()
    dtype: Any = item.dtype
    if shape:
        nothing = f"np.empty({leg.shape_text((Affine(0),) * len(shape))}, {dtype_text(dtype)})"
    else:
        nothing = str(leg.cast(leg.constant(0), item.dtype).code)
    return f"[{nothing} for _ in range(0)]"


def changed(leg: Any, call: Any, target: Any) -> ListValue:
    """The list that a change is made in: the old one where it is dead, else a copy."""
    out = call.outs[0]
    name = leg.names.of[out]
    item = item_kind(leg, out.kind)
    in_place = isinstance(target, ListValue) and target.name == name and leg.storage.may_change(call.args[0], out, call)
    if not in_place:
        text = list_text(leg, target, out.kind)
        leg.line(f"{name} = {f'{text}.copy()' if isinstance(target, ListValue) else text}")
    return ListValue(name, item)


def taken(leg: Any, text: str, item: Any, hint: str = "t") -> Any:
    """The value of an element, which is read now."""
    name = leg.fresh(hint)
    leg.line(f"{name} = {text}")
    if isinstance(item, Array) and item.shape:
        return leg.buffer(name, leg.lengths_now(name, len(item.shape)), item.dtype)
    integer = item.dtype.kind in "iu"
    if integer:
        leg.known[-1].add(name)
    python = isinstance(item, Scalar) and item.python
    return Number(Code(name), item.dtype, python, Affine.of(name) if integer else None)


def index_text(leg: Any, index: Any) -> str:
    if not isinstance(index, Number) or index.dtype.kind not in "iu":
        leg.refuse("an index of a list that is no integer")
    return str(index.code)


@rule("list_append")
def append(leg: Any, call: Any, values: Any, value: Any) -> Any:
    text = element_text(leg, value, item_kind(leg, call.out.kind))
    made = changed(leg, call, values)
    leg.line(f"{made.name}.append({text})")
    return made


@rule("list_pop")
def pop(leg: Any, call: Any, values: Any, *index: Any) -> Any:
    if index:
        leg.refuse("`pop` with an index")
    made = changed(leg, call, values)
    return TupleValue((made, taken(leg, f"{made.name}.pop()", made.item)))


@rule("list_set", "list_add")
def set_item(leg: Any, call: Any, values: Any, index: Any, value: Any) -> Any:
    text = element_text(leg, value, item_kind(leg, call.out.kind))
    made = changed(leg, call, values)
    place = f"{made.name}[{index_text(leg, index)}]"
    if call.prim.form == "list_set":
        leg.line(f"{place} = {text}")
    else:  # never in place: another list may hold the same array
        leg.line(f"{place} = {place} + {text}")
    return made


def fresh(leg: Any, call: Any, text: str) -> ListValue:
    """A new list with this text."""
    name = leg.names.of[call.out]
    leg.line(f"{name} = {text}")
    return ListValue(name, item_kind(leg, call.out.kind))


@rule("list_repeat")
def repeat(leg: Any, call: Any, a: Any, b: Any) -> Any:
    values, times = (b, a) if isinstance(a, Number) else (a, b)
    text = list_text(leg, values, call.out.kind)
    return fresh(leg, call, f"[v for _ in range({times.code}) for v in {text}]")


@rule("list_of")
def list_of(leg: Any, call: Any, values: Any) -> Any:
    if isinstance(values, ListValue):
        return fresh(leg, call, f"{values.name}.copy()")
    if isinstance(values, TupleValue):
        return fresh(leg, call, list_text(leg, values, call.out.kind))
    if isinstance(values, Rows):
        values = values.array
    if not isinstance(values, ArrayValue):
        leg.refuse("a list that is made of something else")
    copied = ".copy()" if values.rank > 1 else ""  # rows are views: their array may change
    return fresh(leg, call, f"[v{copied} for v in {leg.whole(values).buffer}]")


@rule(lists.zeros_like_each)
def zeros_like_each(leg: Any, call: Any, values: Any) -> Any:
    return fresh(leg, call, f"[0 * v for v in {list_text(leg, values, call.out.kind)}]")


@rule(lists.add_each)
def add_each(leg: Any, call: Any, first: Any, second: Any) -> Any:
    one, two = (list_text(leg, v, call.out.kind) for v in (first, second))
    return fresh(leg, call, f"[{one}[k] + {two}[k] for k in range(len({one}))]")


@rule(lists.spread)
def spread(leg: Any, call: Any, value: Any, values: Any) -> Any:
    item: Any = item_kind(leg, call.out.kind)
    if isinstance(item, Array) and item.shape:
        leg.refuse("the derivative of a sum of a list of arrays")
    text = element_text(leg, value, item)
    return fresh(leg, call, f"[{text} for _ in {list_text(leg, values, call.out.kind)}]")


@rule(lists.parts_of)
def parts_of(leg: Any, call: Any, value: Any, values: Any) -> Any:
    whole = leg.whole(leg.operand(value))
    item: Any = item_kind(leg, call.out.kind)
    rank = len(item.shape or ()) if isinstance(item, Array) else 0
    if whole.rank != rank + 1:
        leg.refuse("the parts of an array of this rank")
    return fresh(leg, call, f"[{whole.buffer}[k]{'.copy()' if rank else ''} for k in range({whole.lengths[0]})]")


@rule(lists.extreme_position)
def extreme_position(leg: Any, call: Any, values: Any, largest: Any) -> Any:
    """The first of the largest, or smallest."""
    if not isinstance(values, ListValue) or largest.const is None or (
            isinstance(values.item, Array) and values.item.shape):
        leg.refuse("the extreme of what is no list of numbers")
    place, k, word = leg.fresh("place"), leg.fresh("k"), "max" if largest.const else "min"
    leg.line(f'if len({values.name}) == 0: raise ValueError("{word}() arg is an empty sequence")')
    leg.line(f"{place} = 0")
    test = f"if {values.name}[{k}] {'>' if largest.const else '<'} {values.name}[{place}]: {place} = {k}"
    leg.items.append(Block(f"for {k} in range(1, len({values.name})):", [Line(test, leg.loc)], leg.loc))
    leg.known[-1].add(place)
    return Number(Code(place), np.dtype("i8"), True, Affine.of(place))


def length_of(leg: Any, values: ListValue) -> Number:
    """The length of a list, read now."""
    name = leg.fresh("n")
    leg.line(f"{name} = len({values.name})")
    leg.known[-1].add(name)
    leg.facts.lengths.add(name)
    return Number(Code(name), np.dtype("i8"), True, Affine.of(name))


def element_of(leg: Any, values: ListValue, index: Any) -> Any:
    """values[index]"""
    if isinstance(index, SliceValue):
        ends = ["" if e is None else str(e.code) for e in (index.start, index.stop)]
        name = leg.fresh("part")
        leg.line(f"{name} = {values.name}[{ends[0]}:{ends[1]}:{index.step}]")
        return ListValue(name, values.item)
    return taken(leg, f"{values.name}[{index_text(leg, index)}]", values.item)


def array_of(leg: Any, values: ListValue) -> ArrayValue:
    """The list's elements as an array: numbers in a row, arrays stacked."""
    item, name, place = values.item, leg.fresh("t"), leg.fresh("k")
    count = length_of(leg, values).affine
    inner: tuple[Affine, ...] = ()
    if isinstance(item, Array) and item.shape:
        leg.line(f'if {count} == 0: raise ValueError("need at least one array to stack")')
        first = taken(leg, f"{values.name}[0]", item)
        inner = first.lengths
    lengths = (count, *inner)
    leg.line(f"{name} = np.empty({leg.shape_text(lengths)}, {dtype_text(item.dtype)})")
    if not inner:
        body: list[Any] = [Line(f"{name}[{place}] = {values.name}[{place}]", leg.loc)]
    else:
        one = leg.fresh("one")
        index = leg.axes(len(inner))
        target = (Affine.of(place), *map(Affine.of, index))
        shape = ", ".join(map(str, inner))
        body = [Line(f"{one} = {values.name}[{place}]", leg.loc),
                Line(f'if {one}.shape != ({shape},): raise ValueError("all input arrays must have the same shape")'),
                Nest(index, inner, [Store(name, target, Code(f"{one}[{', '.join(index)}]"))], leg.loc)]
    leg.items.append(Block(f"for {place} in range({count}):", body, leg.loc))
    made: ArrayValue = leg.buffer(name, lengths, item.dtype, True)
    return made


def gathered(leg: Any, call: Any, values: ListValue, start: Any = None) -> Number:
    """The sum, the largest or the smallest of a list of numbers."""
    item, dtype = values.item, leg.dtype_of(call.out)
    if isinstance(item, Array) and item.shape:
        leg.refuse(f"`{call.prim.fn.__name__}` of a list of arrays")
    total, one = leg.fresh("total"), leg.fresh("one")
    if call.prim.fn is builtins.sum:
        first = leg.constant(0) if start is None else start
        leg.line(f"{total} = {leg.cast(first, dtype).code}")
        step = f"{total} += {one}"
    else:
        word = call.prim.fn.__name__
        leg.line(f'if len({values.name}) == 0: raise ValueError("{word}() arg is an empty sequence")')
        leg.line(f"{total} = {values.name}[0]")
        step = f"if {one} {'>' if word == 'max' else '<'} {total}: {total} = {one}"
    leg.items.append(Block(f"for {one} in {values.name}:", [Line(step, leg.loc)], leg.loc))
    return Number(Code(total), dtype, isinstance(call.out.kind, Scalar) and call.out.kind.python)


__all__ = ["array_of", "element_of", "gathered", "length_of", "list_text"]
