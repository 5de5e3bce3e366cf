"""Reading and storing by index: integers, slices, newaxis, integer arrays, masks."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

from .affine import Affine
from .registry import rule
from .text import Block, Line, Nest, Store
from .values import (
    ArrayValue,
    Code,
    Constant,
    Index,
    ListValue,
    Number,
    Rows,
    SliceValue,
    TupleValue,
    combine,
    dtype_text,
    shifted,
    text_of,
)


@dataclass(eq=False)
class Axis:
    """One axis of the base under an index: a fixed place, a range of places, or places from arrays."""

    place: Index | None = None  # fixed
    start: Index = field(default_factory=Affine)  # a range: start + step * (index along the result's axis `out`)
    step: int = 1
    out: int = -1
    chosen: Any = None  # an array of places


@dataclass(eq=False)
class Selection:
    """A parsed index: the lengths of the result, and where its elements stand in the base."""

    lengths: tuple[Affine, ...]
    axes: list[Axis]
    fancy_at: int = -1  # the first of the result's axes that come from arrays of places
    fancy: tuple[Affine, ...] = ()

    def place(self, leg: Any, index: tuple[Index, ...]) -> tuple[Index, ...]:
        made: list[Index] = []
        for axis in self.axes:
            if axis.place is not None:
                made.append(axis.place)
            elif axis.chosen is not None:
                inner = index[self.fancy_at:self.fancy_at + len(self.fancy)]
                value, length = axis.chosen
                code = value.element(leg.index_in(value.lengths, self.fancy, inner))
                made.append(f"{leg.helper('at')}({code}, {length})")
            else:
                made.append(shifted(index[axis.out], axis.start, axis.step))
        return tuple(made)

    @property
    def repeats(self) -> bool:
        """May an element be named twice?"""
        return self.fancy_at >= 0


def parse(leg: Any, lengths: tuple[Affine, ...], index: Any) -> Selection:
    """An index of an array with these lengths."""
    parts = list(index.items) if isinstance(index, TupleValue) and index.type is tuple else [index]
    used = sum(1 for p in parts if not (isinstance(p, Constant) and (p.value is None or p.value is Ellipsis)))
    dots = [k for k, p in enumerate(parts) if isinstance(p, Constant) and p.value is Ellipsis]
    at = dots[0] if dots else len(parts)
    if used > len(lengths):
        leg.refuse("an index with more places than the array has axes")
    full = [SliceValue(None, None, 1)] * (len(lengths) - used)
    parts = [*parts[:at], *full, *parts[at + 1:]]
    return _Parser(leg, lengths).run(parts)


class _Parser:
    def __init__(self, leg: Any, lengths: tuple[Affine, ...]) -> None:
        self.leg, self.base = leg, lengths
        self.axes: list[Axis] = []
        self.out: list[Affine] = []
        self.arrays: list[tuple[int, Axis, Any, Affine]] = []

    def run(self, parts: list[Any]) -> Selection:
        leg = self.leg
        for part in parts:
            part = leg.as_array(part) if isinstance(part, TupleValue) else part
            if isinstance(part, Constant) and part.value is None:
                self.out.append(Affine(1))
            elif isinstance(part, SliceValue):
                self._slice(part)
            elif isinstance(part, ArrayValue):
                self._array(part)
            elif isinstance(part, Number) and part.dtype.kind in "iu":
                length = self.base[len(self.axes)]
                self.axes.append(Axis(place=leg.bounded(part, length, leg.helper)))
                if self.arrays:
                    leg.refuse("an index that mixes integers and arrays")
            else:
                leg.refuse("an index of this kind")
        if not self.arrays:
            return Selection(tuple(self.out), self.axes)
        fancy = leg.broadcast([a.lengths for _, _, a, _ in self.arrays])
        places = [p for p, *_ in self.arrays]
        first = places[0] if all(p == places[0] for p in places) else 0
        for axis in self.axes:
            if axis.out >= first and axis.chosen is None and axis.place is None:
                axis.out += len(fancy)
        lengths = (*self.out[:first], *fancy, *self.out[first:])
        return Selection(lengths, self.axes, first, fancy)

    def _array(self, part: ArrayValue) -> None:
        if part.dtype.kind == "b":
            self.leg.refuse("a mask inside an index")
        whole = part if self.leg.stays(part) else self.leg.whole(part, "places")
        axis = Axis(chosen=(whole, self.base[len(self.axes)]))
        self.arrays.append((len(self.out), axis, whole, self.base[len(self.axes)]))
        self.axes.append(axis)

    def _slice(self, part: SliceValue) -> None:
        length = self.base[len(self.axes)]
        start, count = slice_range(self.leg, part, length)
        self.axes.append(Axis(start=start, step=part.step, out=len(self.out)))
        self.out.append(count)


def slice_range(leg: Any, part: SliceValue, length: Affine) -> tuple[Index, Affine]:
    """Where a slice starts, and how many places it has."""
    if part.step == 1:
        start, stop = _end(leg, part.start, length, Affine()), _end(leg, part.stop, length, length)
        if stop is not length and part.stop is not None and not leg.facts.nonnegative(length - stop):
            if leg.general:
                stop = leg.smaller(stop, length)
            else:  # cut off at the end: compiled again
                leg.require(length - stop, f'BufferError("{leg.STRETCHED}")')
        return start, leg.clip(stop - start)
    if part.step == -1 and part.start is None and part.stop is None:
        return length - 1, length
    pieces = [str(p.code) if p is not None else "None" for p in (part.start, part.stop)]
    call = f"{leg.helper('slice_range')}({pieces[0]}, {pieces[1]}, {part.step}, {length})"
    start_name, count_name = leg.fresh("start"), leg.fresh("count")
    leg.line(f"{start_name}, {count_name} = {call}")
    leg.known[-1] |= {start_name, count_name}
    leg.facts.lengths.add(count_name)
    return Affine.of(start_name), Affine.of(count_name)


def _end(leg: Any, number: Any, length: Affine, default: Affine) -> Affine:
    """An end of a slice with step 1, counted from the front; it may be beyond the last place."""
    if number is None:
        return default
    value: Affine = leg.as_affine(number, "end")
    if leg.facts.nonnegative(value):
        return value
    if value.is_const or leg.facts.nonnegative(-value - 1):
        from_end = length + value
        # Below 0 it counts as 0: a stop then leaves no place, which the clipped length says too.
        if default is length or leg.facts.nonnegative(from_end):
            return from_end
        low: Affine = leg.local(("low", from_end), f"max({from_end}, 0)", "low")
        return low
    text = f"min({value}, {length}) if {value} >= 0 else max({value} + {length}, 0)"
    end: Affine = leg.local(("end", value, length), text, "end")
    return end


def select(leg: Any, base: ArrayValue, index: Any) -> Any:
    """base[index]: a number where the index names one element, else a view."""
    chosen = parse(leg, base.lengths, index)
    if not chosen.lengths:
        return Number(base.element(chosen.place(leg, ())), base.dtype, False)
    return ArrayValue(chosen.lengths, base.dtype, lambda places: base.element(chosen.place(leg, places)))


@rule(operator.getitem, "field", view=True)
def getitem(leg: Any, call: Any, base: Any, index: Any) -> Any:
    if isinstance(base, TupleValue):
        return _tuple_item(leg, base, index)
    if isinstance(base, ListValue):
        from .growing import element_of

        return element_of(leg, base, index)
    if isinstance(base, Rows):
        return select(leg, base.array, index)
    if isinstance(base, Number) and isinstance(index, TupleValue) and not index.items:
        return base
    if not isinstance(base, ArrayValue):
        leg.refuse("an index of what is no array")
    if isinstance(index, ArrayValue) and index.dtype.kind == "b":
        return masked(leg, base, index)
    return select(leg, base, index)


def _tuple_item(leg: Any, base: TupleValue, index: Any) -> Any:
    if isinstance(index, Number) and index.const is not None:
        return base.items[index.const]
    if isinstance(index, SliceValue) and all(e is None or e.const is not None for e in (index.start, index.stop)):
        ends = [None if e is None else e.const for e in (index.start, index.stop)]
        return TupleValue(base.items[slice(ends[0], ends[1], index.step)], base.type)
    if isinstance(index, Number) and all(isinstance(i, Number) for i in base.items):
        return select(leg, leg.as_array(base), index)
    return leg.refuse("an index of a tuple that is not a literal")


def masked(leg: Any, base: ArrayValue, mask: ArrayValue) -> ArrayValue:
    """base[mask]: the elements that a mask of the base's leading axes chooses, in a new array."""
    mask = leg.whole(mask, "mask")
    for own, other in zip(mask.lengths, base.lengths, strict=False):
        leg.must_be_equal(own, other, 'IndexError("boolean index did not match indexed array")')
    count, name, position = leg.fresh("count"), leg.result_name("picked"), leg.fresh("k")
    index = leg.axes(base.rank)
    head, tail = index[:mask.rank], index[mask.rank:]
    leg.line(f"{count} = 0")
    leg.gather(count, mask.lengths, f"{count} += {{value}}", mask.element(tuple(map(Affine.of, head))), head)
    leg.known[-1].add(count)
    leg.facts.lengths.add(count)
    lengths = (Affine.of(count), *base.lengths[mask.rank:])
    leg.line(f"{name} = np.empty({leg.shape_text(lengths)}, {dtype_text(base.dtype)})")
    leg.line(f"{position} = 0")
    places = tuple(map(Affine.of, index))
    store = Nest(tail, base.lengths[mask.rank:],
                 [Store(name, (Affine.of(position), *places[mask.rank:]), base.element(places))], leg.loc)
    test = mask.element(places[:mask.rank])
    inner: list[Any] = [Block(f"if {test}:", [store, Line(f"{position} += 1", leg.loc)], leg.loc)]
    for axis, length in reversed(list(zip(head, mask.lengths, strict=True))):
        inner = [Block(f"for {axis} in range({length}):", inner, leg.loc)]
    leg.items += inner
    return leg.buffer(name, lengths, base.dtype, True)  # type: ignore[no-any-return]


# --- stores -----------------------------------------------------------------------------------------------------------

@rule("set_item", "add_at")
def store(leg: Any, call: Any, target: Any, index: Any, value: Any) -> Any:
    """target[index] = value, or += where each element named counts; in place where nobody reads the old value."""
    if not isinstance(target, ArrayValue):
        leg.refuse("a store into what is no array")
    name, old = leg.names.of[call.out], call.args[0]
    in_place = target.buffer == name and leg.storage.may_change(old, call.out, call)
    sign = "=" if call.prim.form == "store" else "+="
    value = value if isinstance(value, (Number, ArrayValue)) else leg.as_array(value)
    if isinstance(value, Number):
        value = leg.cast(value, target.dtype)
    if not in_place:
        value = _settled(leg, value, name)
        leg.line(f"{name} = {leg.whole(target).buffer}.copy()")
    made = leg.buffer(name, target.lengths, target.dtype)
    if isinstance(index, ArrayValue) and index.dtype.kind == "b":
        store_masked(leg, made, index, value, sign)
        return made
    chosen = parse(leg, target.lengths, index)
    _store(leg, made, chosen, value, sign)
    return made


def _settled(leg: Any, value: Any, name: str) -> Any:
    """The value in a temporary, if it reads the array that is about to change."""
    if isinstance(value, ArrayValue) and any(
            load.buffer == name for load in value.element(tuple(map(Affine.of, leg.axes(value.rank)))).loads):
        return leg.store_new(value, leg.fresh("t"))
    if isinstance(value, Number) and any(load.buffer == name for load in value.code.loads):
        held = leg.fresh("t")
        leg.line(f"{held} = {value.code}")
        return Number(Code(held), value.dtype, value.python)
    return value


def _store(leg: Any, made: ArrayValue, chosen: Selection, value: Any, sign: str) -> None:
    assert made.buffer is not None
    if not chosen.lengths and isinstance(value, ArrayValue):
        value = leg.only_element(value)
    index = leg.axes(len(chosen.lengths))
    places = tuple(map(Affine.of, index))
    target = chosen.place(leg, places)
    if isinstance(value, ArrayValue):
        lengths = list(value.lengths)
        while len(lengths) > len(chosen.lengths):  # leading axes of length 1
            leg.must_be_equal(lengths.pop(0), Affine(1))
        fits = chosen.lengths[len(chosen.lengths) - len(lengths):]
        for own, wanted in zip(lengths, fits, strict=True):
            if leg.facts.same(own) != Affine(1):
                leg.meet(wanted, own)
        extra = value.rank - len(lengths)
        inner = (Affine(0),) * extra + places[len(places) - len(lengths):]
        whole = (*(Affine(1),) * extra, *fits)
        code = value.element(leg.index_in(value.lengths, whole, inner))
        code = leg.cast_code(code, value.dtype, made.dtype)
        overlapping = [x for x in code.loads if x.buffer == made.buffer and x.index != target]
        if overlapping and not all(leg.disjoint(x.index, chosen, places) for x in overlapping):
            held = leg.store_new(value, leg.fresh("t"))
            code = leg.cast_code(held.element(leg.index_in(value.lengths, whole, inner)), value.dtype, made.dtype)
    else:
        code = value.code
        if chosen.lengths and any(x.buffer == made.buffer for x in code.loads):
            code = _settled(leg, value, made.buffer).code
    leg.nest(index, chosen.lengths, made.buffer, target, code, sign)


def store_masked(leg: Any, made: ArrayValue, mask: ArrayValue, value: Any, sign: str) -> None:
    """made[mask] = value, one number or as many as the mask chooses."""
    assert made.buffer is not None
    mask = leg.whole(mask, "mask")
    for own, other in zip(mask.lengths, made.lengths, strict=False):
        leg.must_be_equal(own, other, 'IndexError("boolean index did not match indexed array")')
    index = leg.axes(made.rank)
    places = tuple(map(Affine.of, index))
    head = index[:mask.rank]
    body: list[Any] = []
    after: list[Any] = []
    if isinstance(value, ArrayValue) and not all(leg.facts.same(n) == Affine(1) for n in value.lengths):
        value = leg.whole(value, "picked")
        position = leg.fresh("k")
        leg.line(f"{position} = 0")
        inner = (Affine.of(position), *places[mask.rank:])
        if value.rank < made.rank - mask.rank + 1:
            inner = inner[len(inner) - value.rank:]
            leg.refuse("a store through a mask of an array that is broadcast")
        code = value.element(inner)
        after = [Line(f"{position} += 1", leg.loc)]
        count = leg.fresh("count")
        leg.line(f"{count} = 0")
        leg.gather(count, mask.lengths, f"{count} += {{value}}", mask.element(places[:mask.rank]), head)
        leg.line(f'if {count} != {value.lengths[0]}: raise ValueError("the mask chooses another number of elements")')
    else:
        code = leg.only_element(value).code if isinstance(value, ArrayValue) else value.code
    code = leg.cast_code(code, value.dtype, made.dtype)
    body.append(Nest(index[mask.rank:], made.lengths[mask.rank:], [Store(made.buffer, places, code, sign)], leg.loc))
    inner_items: list[Any] = [Block(f"if {mask.element(places[:mask.rank])}:", [*body, *after], leg.loc)]
    for axis, length in reversed(list(zip(head, mask.lengths, strict=True))):
        inner_items = [Block(f"for {axis} in range({length}):", inner_items, leg.loc)]
    leg.items += inner_items


def disjoint(leg: Any, load: tuple[Index, ...], chosen: Selection, places: tuple[Affine, ...]) -> bool:
    """Can no element that `load` reads (over all indices) be among those that the selection names?"""
    for place, axis in zip(load, chosen.axes, strict=True):
        if not isinstance(place, Affine) or axis.chosen is not None:
            continue
        low, high = _span(leg, place, chosen.lengths, places)
        start = axis.place if axis.place is not None else axis.start
        if not isinstance(start, Affine):
            continue
        other = (start, start) if axis.place is not None else (
            start, start + (chosen.lengths[axis.out] - 1).times(axis.step))
        if axis.step > 0 and (leg.facts.nonnegative(low - other[1] - 1) or leg.facts.nonnegative(other[0] - high - 1)):
            return True
    return False


def _span(leg: Any, place: Affine, lengths: tuple[Affine, ...], places: tuple[Affine, ...]) -> tuple[Affine, Affine]:
    low = high = place
    for length, axis in zip(lengths, places, strict=True):
        name = axis.terms[0][0]
        last = length - 1
        factor = place.factor(name)
        low = low.replace(name, Affine() if factor > 0 else last)
        high = high.replace(name, last if factor > 0 else Affine())
    return low, high


__all__ = ["combine", "disjoint", "masked", "parse", "select", "slice_range", "store", "text_of"]
