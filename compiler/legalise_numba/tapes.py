"""Tapes: one typed buffer and one counter for each, allocated for the trips that are known, else growing.

A tape of arrays holds their elements one after another. Lengths that the way back can compute again from the loops
around are not kept; others stand on a tape of integers beside it. Where only the lengths are read, no element is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Scalar, TapeOf, TupleOf
from ..ir import Call, Function, Var, inner_uses, uses, walk
from .affine import Affine
from .lengths import LoopContext
from .registry import lengths_number
from .text import Line, Nest, Store
from .values import ArrayValue, Code, Number, TapeValue, TupleValue, dtype_text, text_of

SHAPES = ("ndarray.shape", "numpy.shape", "ndarray.size", "numpy.size", "ndarray.ndim", "numpy.ndim",
          "numpy.zeros_like", "numpy.ones_like", "numpy.empty_like")  # what reads an array's lengths only
INT = np.dtype("i8")
MOST = 1 << 22  # elements to begin with, where branches decide how many there will be


@dataclass(eq=False)
class Tape:
    """name : the buffer; `count` the number of elements in it; `shapes` the tape of lengths beside it."""

    name: str
    count: str
    dtype: Any
    rank: int
    shapes: Tape | None = None
    elements: bool = True  # are the elements read, or only the lengths?
    single: bool = True  # is there one place that pushes?
    outside: int = 0  # the loops and branches around where it is made
    visible: frozenset[str] = frozenset()  # names of integers that can be seen there
    made: Line | None = None
    lines: list[tuple[list[Any], Any]] = field(default_factory=list)
    pushed: tuple[tuple[Affine, ...], list[Any]] | None = None
    needed: bool = False


def facts_of(function: Function, memory: Any) -> tuple[dict[Var, int], set[Var]]:
    """For each tape the number of places that push; the tapes whose elements are read."""
    pushes: dict[Var, int] = defaultdict(int)
    holder: dict[Var, Var] = {}
    read: set[Var] = set()
    for stmt in walk(function.body):
        if isinstance(stmt, Call) and stmt.prim is prim.TAPE_PUSH:
            pushes[memory.root(stmt.out)] += 1
        if isinstance(stmt, Call) and stmt.prim is prim.TAPE_POP:
            holder[stmt.outs[1]] = memory.root(stmt.outs[0])
    for stmt in walk(function.body):
        shape = isinstance(stmt, Call) and stmt.prim.name in SHAPES
        for var in (*uses(stmt), *inner_uses(stmt)):
            if var in holder and not shape:
                read.add(holder[var])
    for atom in function.results:
        if isinstance(atom, Var) and atom in holder:
            read.add(holder[atom])
    return pushes, read


def measured(function: Function, memory: Any) -> set[Var]:
    """The tapes of which only lengths are read, be it those of parts of what they hold."""
    users: dict[Var, list[Any]] = defaultdict(list)
    popped: list[tuple[Var, Var]] = []
    for stmt in walk(function.body):
        for var in (*uses(stmt), *inner_uses(stmt)):
            users[var].append(stmt)
        if isinstance(stmt, Call) and stmt.prim is prim.TAPE_POP:
            popped.append((memory.root(stmt.outs[0]), stmt.outs[1]))
    for atom in function.results:
        if isinstance(atom, Var):
            users[atom].append(None)

    def only_measured(var: Var) -> bool:
        return all(isinstance(s, Call) and (s.prim.name in SHAPES or (
            s.prim.form == "item" and s.args[0] is var and var not in s.args[1:] and only_measured(s.out)))
            for s in users[var])

    found = {tape for tape, var in popped if only_measured(var)}
    return found - {tape for tape, var in popped if not only_measured(var)}


def refilled(function: Function, memory: Any) -> set[Var]:
    """The tapes that are pushed to after something was taken off: what was taken may be written over (checkpoints)."""
    popped: set[Var] = set()
    found: set[Var] = set()
    for stmt in walk(function.body):
        if isinstance(stmt, Call) and stmt.prim is prim.TAPE_POP:
            popped.add(memory.root(stmt.outs[0]))
        elif isinstance(stmt, Call) and stmt.prim is prim.TAPE_PUSH and memory.root(stmt.out) in popped:
            found.add(memory.root(stmt.out))
    return found


class Tapes:
    """Makes, fills and empties tapes for a `Legaliser`."""

    def __init__(self, leg: Any) -> None:
        self.leg = leg
        self.made: dict[Var, Tape] = {}
        self.pushes, self.read = facts_of(leg.function, leg.memory)
        self.read -= measured(leg.function, leg.memory)
        self.refilled = refilled(leg.function, leg.memory)
        results = [r for r in leg.function.results if isinstance(r, Var) and isinstance(r.kind, TapeOf)]
        self.handed = {leg.memory.root(r) for r in results}  # read by another function

    def of(self, var: Var) -> TapeValue:
        tape = self.made.get(self.leg.memory.root(var))
        return TapeValue(tape.name if tape is not None else "", tape)

    def call(self, call: Call) -> None:
        form = call.prim.form
        if form == "tape_new":
            self._new(call.out)
            return
        tape = self.of(call.args[0]).info  # type: ignore[arg-type]
        if tape is None:
            self.leg.refuse("a tape of this kind")
        if form == "tape_copy":
            return  # pops move a counter only: the buffers stay as they are
        if form == "tape_push":
            self._push(self.leg.atom(call.args[1]), tape)
        else:
            self._pop(call, tape)

    def given(self, var: Var, name: str) -> None:
        """A tape that is a parameter: a tuple of its buffer and counter, and those of the lengths beside it."""
        leg = self.leg
        assert isinstance(var.kind, TapeOf)
        if leg.memory.root(var) in self.refilled:
            leg.refuse("a checkpointed loop in a pullback, which may be called again")
        item: Any = var.kind.item
        rank, dtype = self._form(item, var.name)
        tape = Tape(leg.fresh(f"{name}_items"), leg.fresh(f"{name}_n"), dtype, rank, None, not _is_lengths(item), False)
        parts = [tape.name, tape.count]
        if rank:
            tape.shapes = Tape(leg.fresh(f"{name}_shapes"), leg.fresh(f"{name}_shapes_n"), INT, 0)
            parts += [tape.shapes.name, tape.shapes.count]
        leg.line(f"{', '.join(parts)} = {name}")
        self.made[leg.memory.root(var)] = tape

    def text(self, tape: Tape) -> str:
        """The tape as a result: a tuple of its buffer and counter, and those of the lengths beside it."""
        tape.needed = True
        parts = [tape.name, tape.count]
        if tape.shapes is not None:
            tape.shapes.needed = True
            parts += [tape.shapes.name, tape.shapes.count]
        return f"({', '.join(parts)})"

    def _form(self, item: Any, name: str) -> tuple[int, Any]:
        """The number of axes and the dtype of what a tape holds."""
        if _is_lengths(item):
            return len(item.items), INT
        if not isinstance(item, (Scalar, Array)) or item.dtype is None or (
                isinstance(item, Array) and item.shape is None):
            self.leg.refuse(f"`{name}`, saved values of the kind {item!r}")
        return (len(item.shape or ()) if isinstance(item, Array) else 0), item.dtype

    def finish(self) -> None:
        """Take back the lines of tapes that nothing reads."""
        for tape in self.made.values():
            for one in (tape, tape.shapes):
                if one is not None and not one.needed:
                    for items, line in one.lines:
                        items.remove(line)

    # --- making -------------------------------------------------------------------------------------------------------

    def _new(self, out: Var) -> None:
        leg = self.leg
        assert isinstance(out.kind, TapeOf)
        item: Any = out.kind.item
        lengths = _is_lengths(item)
        rank, dtype = self._form(item, out.name)
        root = leg.memory.root(out)
        name = leg.fresh(out.name or "tape")
        single = self.pushes[root] == 1
        elements = (root in self.read or root in self.handed) and not lengths
        tape = Tape(name, f"{name}_n", dtype, rank, None, elements, single)
        if rank:
            tape.shapes = Tape(f"{name}_shapes", f"{name}_shapes_n", INT, 0, None, True, single)
        for one in (tape, tape.shapes):
            if one is None:
                continue
            leg.taken |= {one.name, one.count}
            one.outside = len(leg.context)
            one.visible = frozenset().union(*leg.known)
            self._line(one, f"{one.name} = np.empty(64, {dtype_text(one.dtype)})")
            one.made = leg.items[-1]
            self._line(one, f"{one.count} = 0")
        self.made[root] = tape

    def _line(self, tape: Tape, text: str) -> None:
        self.leg.line(text)
        tape.lines.append((self.leg.items, self.leg.items[-1]))

    def _room(self, tape: Tape, added: list[Affine]) -> None:
        """Room for the product of `added` more elements: allocated for all trips where they are known."""
        leg = self.leg
        capacity = self._capacity(tape, added)
        if capacity is not None and tape.made is not None:
            certain = all(isinstance(c, LoopContext) for c in leg.context[tape.outside:])
            room = capacity if certain else f"min({capacity}, {MOST})"
            tape.made.text = f"{tape.name} = np.empty({room}, {dtype_text(tape.dtype)})"
            if certain:
                return
        grown = leg.helper("grown")
        if not added:
            self._line(tape, f"if {tape.count} == {tape.name}.size: {tape.name} = {grown}({tape.name})")
        else:
            size = " * ".join(f"({n})" for n in added)
            self._line(tape, f"while {tape.count} + {size} > {tape.name}.size: {tape.name} = {grown}({tape.name})")

    def _capacity(self, tape: Tape, added: list[Affine]) -> str | None:
        """The number of elements that all trips push, or more; None where it is not known before the loops."""
        leg = self.leg
        around = leg.context[tape.outside:]
        if not tape.single or any(c == "while" for c in around):
            return None
        around = [c for c in around if isinstance(c, LoopContext)]
        factors = []
        keep = frozenset(c.index for c in leg.context[:tape.outside] if isinstance(c, LoopContext))
        lengths = [(self._at_most(n), 1) for n in added]
        for affine, step in (*((c.high - c.low + c.step, c.step) for c in around), *lengths):
            most = leg.facts.extreme(affine, True, keep)
            if not most.names <= tape.visible | leg.known[0] | keep:
                return None
            text = f"({most})" if leg.facts.nonnegative(most) else f"max({most}, 0)"
            factors.append(text if step == 1 else f"({text} // {step})")
        return " * ".join(factors) or "1"

    def _at_most(self, length: Affine) -> Affine:
        """The length, or a bound that is a number: min(i + 64, n) - i is at most 64."""
        bound = length
        for _ in range(2):
            for name, factor in bound.terms:
                how, *parts = self.leg.origin.get(name, ("",))
                if factor == 1 and (how == "min" or (how == "clip" and bound == Affine.of(name))):
                    bound = bound.replace(name, parts[0])
        return bound if bound.is_const else length

    # --- pushing ------------------------------------------------------------------------------------------------------

    def _push(self, value: Any, tape: Tape) -> None:
        leg = self.leg
        if isinstance(value, TupleValue):
            sizes = tuple(leg.as_affine(n, "n") for n in value.items)
            value = ArrayValue(sizes, INT, _no_elements)
        if tape.rank == 0:
            if isinstance(value, ArrayValue):
                value = leg.only_element(value)
            self._room(tape, [])
            self._line(tape, f"{tape.name}[{tape.count}] = {leg.cast(value, tape.dtype).code}")
            self._line(tape, f"{tape.count} += 1")
            return
        if tape.single:
            tape.pushed = (value.lengths, [c for c in leg.context if isinstance(c, LoopContext)])
        self._room(tape, list(value.lengths))
        index = leg.axes(value.rank)
        places = tuple(map(Affine.of, index))
        if tape.elements:
            code = leg.cast_code(value.element(places), value.dtype, tape.dtype) if not value.fresh else None
            if code is None:
                value = leg.whole(value)
                code = value.element(places)
            leg.items.append(Nest(index, value.lengths, [Store(
                tape.name, (_flat(tape.count, value.lengths, places),), code)], leg.loc))
            tape.lines.append((leg.items, leg.items[-1]))
        self._line(tape, f"{tape.count} += {' * '.join(f'({n})' for n in value.lengths)}")
        assert tape.shapes is not None
        for length in value.lengths:
            self._room(tape.shapes, [Affine(value.rank)])
            self._line(tape.shapes, f"{tape.shapes.name}[{tape.shapes.count}] = {length}")
            self._line(tape.shapes, f"{tape.shapes.count} += 1")

    # --- popping ------------------------------------------------------------------------------------------------------

    def _pop(self, call: Call, tape: Tape) -> None:
        leg = self.leg
        out = call.outs[1]
        if tape.rank == 0:
            tape.needed = True
            leg.line(f"{tape.count} -= 1")
            leg.bind(out, Number(Code(f"{tape.name}[{tape.count}]"), tape.dtype,
                                 isinstance(out.kind, Scalar) and out.kind.python))
            return
        shape = self._again(tape) or self._saved(out, tape)
        if isinstance(out.kind, TupleOf):
            leg.env[out] = TupleValue(tuple(map(lengths_number, shape)))
            return
        if not tape.elements:
            zero = leg.cast(leg.constant(0), tape.dtype).code  # nobody reads it: parts are taken, and measured
            leg.env[out] = ArrayValue(shape, tape.dtype, lambda _: zero)
            return
        tape.needed = True
        size = " * ".join(f"({n})" for n in shape)
        leg.line(f"{tape.count} -= {size}")
        name = leg.names.of[out]
        leg.line(f"{name} = {tape.name}[{tape.count}:{tape.count} + {size}]"
                 + ("" if tape.rank == 1 else f".reshape({leg.shape_text(shape)})")
                 + (".copy()" if leg.memory.root(call.outs[0]) in self.refilled else ""))
        leg.env[out] = leg.buffer(name, shape, tape.dtype)

    def _saved(self, out: Var, tape: Tape) -> tuple[Affine, ...]:
        """The lengths from the tape beside it."""
        leg, shapes = self.leg, tape.shapes
        assert shapes is not None
        shapes.needed = True
        lengths = []
        for axis in reversed(range(tape.rank)):
            length = leg.fresh(f"{out.name or 'n'}_{axis}")
            leg.line(f"{shapes.count} -= 1")
            leg.line(f"{length} = {shapes.name}[{shapes.count}]")
            leg.facts.lengths.add(length)
            leg.known[-1].add(length)
            lengths.append(Affine.of(length))
        return tuple(reversed(lengths))

    def _again(self, tape: Tape) -> tuple[Affine, ...] | None:
        """The lengths computed from the loops around, as they were when the array was pushed."""
        leg = self.leg
        if tape.pushed is None:
            return None
        lengths, then = tape.pushed
        now = [c for c in leg.context if isinstance(c, LoopContext)]
        names: dict[str, Affine] = {}
        if len(then) == len(now):
            for one, two in zip(then, now, strict=True):
                ends = (self._rebuilt(one.low, names), self._rebuilt(one.high, names))
                if ends != (two.low, two.high):
                    names = {}
                    break
                names[one.index] = Affine.of(two.index)
        made = [self._rebuilt(n, names) for n in lengths]
        return None if any(m is None for m in made) else tuple(made)  # type: ignore[arg-type]

    def _rebuilt(self, length: Affine, names: dict[str, Affine]) -> Affine | None:
        leg = self.leg
        made = Affine(length.const)
        for name, factor in length.terms:
            if name in leg.known[0]:
                part: Affine | None = Affine.of(name)
            elif name in names:
                part = names[name]
            elif name in leg.origin:
                how, *parts = leg.origin[name]
                inner = [self._rebuilt(p, names) for p in parts]
                if any(p is None for p in inner):
                    return None
                part = leg.clip(*inner) if how == "clip" else leg.smaller(*inner)
            else:
                return None
            if part is None:
                return None
            made = made + part.times(factor)
        return made


def _is_lengths(kind: Any) -> bool:
    """A tuple of integers: the shape of something."""
    return isinstance(kind, TupleOf) and bool(kind.items) and all(
        isinstance(i, Scalar) and i.dtype is not None and i.dtype.kind in "iu" for i in kind.items)


def _flat(start: str, lengths: tuple[Affine, ...], places: tuple[Any, ...]) -> Any:
    if len(places) == 1 and isinstance(places[0], Affine):
        return places[0] + Affine.of(start)
    text = text_of(places[0])
    for length, place in zip(lengths[1:], places[1:], strict=True):
        text = f"({text}) * ({length}) + ({text_of(place)})"
    return f"{start} + {text}"


def _no_elements(index: Any) -> Code:
    raise AssertionError("the elements of a value that was saved for its shape are read")


__all__ = ["Tape", "Tapes"]
