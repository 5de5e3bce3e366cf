"""Calls, and the storage that their results get: a name, memory of their own or that of a dead operand."""

from __future__ import annotations

from typing import Any

from ..domains.kinds import Array, Scalar, TapeOf
from ..ir import Atom, Call, Var
from . import registry
from .affine import Affine
from .values import ArrayValue, Number, TupleValue


class Binding:
    """A part of `Legaliser`."""

    def call(self: Any, call: Call) -> None:
        form = call.prim.form
        if form in ("tape_new", "tape_push", "tape_pop", "tape_copy"):
            self.tapes.call(call)
            for out in call.outs:
                if isinstance(out.kind, TapeOf):
                    self.env[out] = self.tapes.of(out)
            return
        args = [self.atom(a) for a in call.args]
        kwargs = {k: self.atom(a) for k, a in call.kwargs}
        self.wanted = self.free_name(call)
        value = registry.evaluate(self, call, args, kwargs)
        self.wanted = None
        if not call.outs:
            return
        if len(call.outs) > 1:
            assert isinstance(value, TupleValue), call.prim
            for out, item in zip(call.outs, value.items, strict=True):
                self.bind(out, item)
        elif call.out in self.layout.folded or not isinstance(call.out.kind, (Scalar, Array)):
            self.env[call.out] = value
        else:
            self.bind(call.out, value)

    def free_name(self: Any, call: Call) -> str | None:
        """The name of the call's result, unless an operand has the same."""
        if len(call.outs) != 1 or call.out in self.layout.folded or not isinstance(call.out.kind, Array):
            return None
        name: str = self.names.of[call.out]
        waiting: list[Atom] = [*call.args, *(a for _, a in call.kwargs)]
        while waiting:
            atom = waiting.pop()
            inner = self.layout.folded.get(atom) if isinstance(atom, Var) else None
            if inner is not None:
                waiting += [*inner.args, *(a for _, a in inner.kwargs)]
            elif isinstance(atom, Var) and self.names.of.get(atom) == name:
                return None
        return name

    def bind(self: Any, out: Var, value: Any) -> None:
        """Give a value the name of its variable, and storage of its own."""
        name = self.names.of[out]
        if isinstance(value, ArrayValue) and not value.rank:
            value = Number(value.element(()), value.dtype, False)
        if isinstance(value, Number):
            if value.const is None and value.code.text != name:
                self.line(f"{name} = {value.code}")
            elif value.const is not None:
                self.line(f"{name} = {self.cast(value, self.dtype_of(out)).code}")
            made = self.number(out, name)
            if value.affine is not None and not self.reads_joint(value.affine):
                made.affine = value.affine
            self.env[out] = made
        elif isinstance(value, ArrayValue):
            if value.buffer is None:
                value = self.store_in_place(out, value, name)
            elif value.buffer != name and self.is_parameter(value.buffer):
                self.line(f"{name} = {value.buffer}.copy()")
            elif value.buffer != name:
                self.line(f"{name} = {value.buffer}" if value.temporary else f"{name} = {value.buffer}.copy()")
            self.env[out] = self.buffer(name, value.lengths, value.dtype)
        else:
            self.env[out] = value

    def is_parameter(self: Any, name: str) -> bool:
        return any(self.names.of[p.var] == name for p in self.function.params)

    def store_in_place(self: Any, out: Var, value: ArrayValue, name: str) -> ArrayValue:
        """name = value; where the old array of that name is dead and read at the same places only, in its memory."""
        index = tuple(map(Affine.of, self.axes(value.rank)))
        code = value.element(index) if not value.fresh else None
        loads = [load for load in code.loads if load.buffer == name] if code is not None else []
        same_places = bool(loads) and all(load.index == index for load in loads)
        if code is not None and same_places and self._may_reuse(name, out, value):
            self.nest(self.axes(value.rank), value.lengths, name, index, code)
            made: ArrayValue = self.buffer(name, value.lengths, value.dtype)
        else:
            made = self.store_new(value, name)
        return made

    def _may_reuse(self: Any, name: str, out: Var, value: ArrayValue) -> bool:
        """Is the array that the name holds now its own, dead after this, and of the same shape?"""
        definition = self.layout.definition.get(out)
        waiting: list[Atom] = list(definition.args) if isinstance(definition, Call) else []
        while waiting:
            atom = waiting.pop()
            inner = self.layout.folded.get(atom) if isinstance(atom, Var) else None
            if inner is not None:
                waiting += inner.args
            elif isinstance(atom, Var) and self.names.of.get(atom) == name:
                held = self.env.get(atom)
                assert definition is not None
                return (isinstance(held, ArrayValue) and self.storage.may_change(atom, out, definition)
                        and held.dtype == value.dtype
                        and [self.facts.same(n) for n in held.lengths] == [self.facts.same(n) for n in value.lengths])
        return False


__all__ = ["Binding"]
