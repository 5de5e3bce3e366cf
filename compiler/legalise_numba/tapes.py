"""Tapes: one typed buffer and one counter for each, allocated for the trips that are known, else growing.

A tape of arrays holds their elements one after another; lengths that the way back cannot compute again are kept on a
tape of integers beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..domains.kinds import Array, Scalar, TapeOf
from ..ir import Call, Var
from .affine import Affine
from .text import Nest, Store
from .values import ArrayValue, Code, Load, Number, TapeValue, dtype_text, text_of


@dataclass(eq=False)
class Tape:
    """name : the buffer; `count` the number of elements in it; `shapes` the tape of lengths, where there is one."""

    name: str
    count: str
    dtype: Any
    rank: int
    shapes: str | None = None
    shape_count: str | None = None


class Tapes:
    def __init__(self, leg: Any) -> None:
        self.leg = leg
        self.made: dict[Var, Tape] = {}

    def of(self, var: Var) -> TapeValue:
        tape = self.made.get(self.leg.memory.root(var))
        if tape is None:
            return TapeValue("", None)
        return TapeValue(tape.name, tape)

    def call(self, call: Call) -> None:
        form = call.prim.form
        if form == "tape_new":
            self._new(call.out)
        elif form == "tape_push":
            self._push(call, self.of(call.args[0]).info)  # type: ignore[arg-type]
        elif form == "tape_pop":
            self._pop(call, self.of(call.args[0]).info)  # type: ignore[arg-type]
        else:
            self.leg.refuse("a tape that is read twice")

    def _new(self, out: Var) -> None:
        leg = self.leg
        assert isinstance(out.kind, TapeOf)
        item: Any = out.kind.item
        if not isinstance(item, (Scalar, Array)) or item.dtype is None or (
                isinstance(item, Array) and item.shape is None):
            leg.refuse(f"`{out.name}`, saved values of the kind {item!r}")
        name = leg.fresh(out.name or "tape")
        rank = len(item.shape or ()) if isinstance(item, Array) else 0
        tape = Tape(name, leg.fresh(f"{name}_n"), item.dtype, rank)
        leg.line(f"{name} = np.empty(64, {dtype_text(item.dtype)})")
        leg.line(f"{tape.count} = 0")
        if rank:
            tape.shapes, tape.shape_count = leg.fresh(f"{name}_shapes"), leg.fresh(f"{name}_shapes_n")
            leg.line(f"{tape.shapes} = np.empty(64, np.int64)")
            leg.line(f"{tape.shape_count} = 0")
        self.made[leg.memory.root(out)] = tape

    def _push(self, call: Call, tape: Tape) -> None:
        leg = self.leg
        value = leg.atom(call.args[1])
        if tape.rank == 0:
            if isinstance(value, ArrayValue):
                value = leg.only_element(value)
            leg.line(f"if {tape.count} == {tape.name}.size: {tape.name} = {leg.helper('grown')}({tape.name})")
            leg.line(f"{tape.name}[{tape.count}] = {leg.cast(value, tape.dtype).code}")
            leg.line(f"{tape.count} += 1")
            return
        size = " * ".join(f"({n})" for n in value.lengths)
        total = leg.local(("size", value.lengths), size, "size") if value.rank > 1 else value.lengths[0]
        leg.line(f"while {tape.count} + {total} > {tape.name}.size: {tape.name} = {leg.helper('grown')}({tape.name})")
        leg.line(f"if {tape.shape_count} + {tape.rank} > {tape.shapes}.size: "
                 f"{tape.shapes} = {leg.helper('grown')}({tape.shapes})")
        index = leg.axes(value.rank)
        places = tuple(map(Affine.of, index))
        leg.items.append(Nest(index, value.lengths, [Store(
            tape.name, (self._flat(tape.count, value.lengths, places),), value.element(places))], leg.loc))
        leg.line(f"{tape.count} += {total}")
        for length in value.lengths:
            leg.line(f"{tape.shapes}[{tape.shape_count}] = {length}")
            leg.line(f"{tape.shape_count} += 1")

    def _flat(self, start: str, lengths: tuple[Affine, ...], places: tuple[Any, ...]) -> Any:
        if len(places) == 1 and isinstance(places[0], Affine):
            return places[0] + Affine.of(start)
        text = text_of(places[0])
        for length, place in zip(lengths[1:], places[1:], strict=True):
            text = f"({text}) * ({length}) + ({text_of(place)})"
        return f"{start} + {text}"

    def _pop(self, call: Call, tape: Tape) -> None:
        leg = self.leg
        out = call.outs[1]
        if tape.rank == 0:
            leg.line(f"{tape.count} -= 1")
            leg.bind(out, Number(Code(f"{tape.name}[{tape.count}]"), tape.dtype,
                                 isinstance(out.kind, Scalar) and out.kind.python))
            return
        lengths = []
        for axis in reversed(range(tape.rank)):
            length = leg.fresh(f"{leg.names.of[out]}_{axis}")
            leg.line(f"{tape.shape_count} -= 1")
            leg.line(f"{length} = {tape.shapes}[{tape.shape_count}]")
            leg.facts.lengths.add(length)
            leg.known[-1].add(length)
            lengths.append(Affine.of(length))
        shape = tuple(reversed(lengths))
        size = " * ".join(f"({n})" for n in shape)
        leg.line(f"{tape.count} -= {size}")
        name = leg.names.of[out]
        leg.line(f"{name} = {tape.name}[{tape.count}:{tape.count} + {size}]"
                 + ("" if tape.rank == 1 else f".reshape({leg.shape_text(shape)})"))
        leg.env[out] = leg.buffer(name, shape, tape.dtype)


__all__ = ["Load", "Tape", "Tapes", "np"]
