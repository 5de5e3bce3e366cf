"""Loops backwards: which cotangents a reversed loop carries, and the tapes that tie it to its forward loop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import is_differentiable
from ..ir import (
    Atom,
    Block,
    Call,
    Carry,
    For,
    Lit,
    Stmt,
    Var,
    While,
    free_vars,
    walk,
)
from .rewrite import in_reverse, substitute
from .tapes import marked, thread

if TYPE_CHECKING:
    from .reverse import Reverser


def fills(tape: Var, body: Block) -> bool:
    """Does a loop push onto this tape? (In a loop of its own each tape is only pushed to, or only popped.)"""
    names = {tape}
    for stmt in walk(body):
        if isinstance(stmt, (For, While)):
            names.update(c.inner for c in stmt.carried if c.init in names)
        elif isinstance(stmt, Call) and stmt.args and stmt.args[0] in names:
            return stmt.prim is prim.TAPE_PUSH
    return False


class LoopReversal:
    """Mixin of `Reverser`."""

    def reverse_loop(self: Reverser, stmt: For | While, in_loop: bool) -> list[Stmt]:
        if not any(c.out in self.cotangents for c in stmt.carried):
            return [stmt]
        low = self.low
        active = [c for c in stmt.carried if c.out in self.cotangents or (
            c.inner in self.active and is_differentiable(c.inner.kind)
            and not (isinstance(c.inner.kind, kinds.TapeOf) and fills(c.inner, stmt.body)))]
        read = free_vars(stmt.body, tuple(c.next for c in stmt.carried))  # `y = c` in a loop reads c at its end only
        invariant = [v for v in read if v in self.active and is_differentiable(v.kind)
                     and all(v is not c.inner for c in stmt.carried)]
        starts = [self.fitted(self.cotangents.pop(c.out) if c.out in self.cotangents else self.zeros(c.out), c.inner)
                  for c in active]
        outer_starts = [self.fitted(self.cotangents[v] if v in self.cotangents else self.zeros(v), v)
                        for v in invariant]
        outer = self.cotangents
        inner = {c: Var(self.d_name(c.inner), self.wide_enough(self.cotangent_kind(c.inner), [start]))
                 for c, start in zip(active, starts, strict=True)}
        inner_outer = {v: Var(self.d_name(v), self.wide_enough(self.cotangent_kind(v), [start]))
                       for v, start in zip(invariant, outer_starts, strict=True)}
        self.cotangents = {v: low.value_of(d) for v, d in inner_outer.items()}
        index: dict[Var, Var] = {}
        params: list[Var] = [c.inner for c in stmt.carried]
        if isinstance(stmt, For):
            index[stmt.index] = Var(stmt.index.name, stmt.index.kind)
            params.append(stmt.index)
        with low.new_block() as head:
            for carry in active:
                self.add(carry.next, low.value_of(inner[carry]))

        def finish() -> list[Atom]:
            low.loc_override = in_reverse(stmt.loc)
            ends = [self.fitted(self.cotangents[c.inner] if c.inner in self.cotangents
                                else self.zeros_of(low.value_of(inner[c]), c.inner), c.inner) for c in active]
            return [*ends, *(self.fitted(self.cotangents[v], v) for v in invariant)]

        with self.masks_inside():
            forward_body, backward_body, ends = self.reverse_block(stmt.body, params, index, finish)
        backward_body = [*head, *backward_body]
        wider = self._widened([*inner.values(), *inner_outer.values()], ends)
        if wider:
            backward_body = list(substitute(backward_body, wider))
            ends = [wider.get(e, e) if isinstance(e, Var) else e for e in ends]
            inner = {c: wider.get(v, v) for c, v in inner.items()}
            inner_outer = {v: wider.get(d, d) for v, d in inner_outer.items()}
        self.cotangents = outer
        self.low.loc_override = in_reverse(stmt.loc)
        same = {inner[c]: s for c, s, e in zip(active, starts, ends[:len(active)], strict=True) if e is inner[c]}
        backward_body = list(substitute(backward_body, same))  # no value of the loop: its trips leave it as it is
        ends = [same.get(e, e) if isinstance(e, Var) else e for e in ends]
        carried, given = [], list[Any]()
        for carry, start, end in zip(active, starts, ends[:len(active)], strict=True):
            if inner[carry] in same:
                given.append(start if isinstance(start, Lit) else low.value_of(start))
                continue
            out = Var(self.d_name(carry.inner), inner[carry].kind)
            carried.append(Carry(out, start, inner[carry], end))
            given.append(low.value_of(out))
        for var, start, end in zip(invariant, outer_starts, ends[len(active):], strict=True):
            if end is inner_outer[var]:
                continue
            out = Var(self.d_name(var), inner_outer[var].kind)
            carried.append(Carry(out, start, inner_outer[var], end))
        forward, reverse, before = self._make_loops(stmt, forward_body, backward_body, carried, index)
        if not in_loop:
            before, forward, reverse = self._thread_tapes(before, forward, reverse, stmt)
        low.block.append(reverse)
        for var in invariant:
            made_out = next((c.out for c in carried if c.inner is inner_outer[var]), None)
            if made_out is not None:
                self.cotangents[var] = low.value_of(made_out)
        for carry, cotangent in zip(active, given, strict=True):
            self.add(carry.init, cotangent)
        return [*before, forward]

    def _widened(self: Reverser, inner: list[Var], ends: list[Atom]) -> dict[Var, Any]:
        """Other variables for the carried cotangents whose rank is not known at the end of a trip."""
        wider: dict[Var, Any] = {}
        for _ in inner:  # an end can be the start of another one
            for var, end in zip(inner, ends, strict=True):
                kind = self.wide_enough(var.kind, [wider.get(end, end) if isinstance(end, Var) else end])
                if kind != var.kind and var not in wider:
                    wider[var] = Var(var.name, kind)
        return wider

    def _make_loops(self: Reverser, stmt: For | While, forward_body: list[Stmt], backward_body: list[Stmt],
                    carried: list[Carry], index: dict[Var, Var]) -> tuple[Stmt, For, list[Stmt]]:
        if isinstance(stmt, For):
            forward: Stmt = replace(stmt, body=tuple(forward_body))
            reverse = For(index[stmt.index], stmt.start, stmt.stop, stmt.step, tuple(carried), tuple(backward_body),
                          not stmt.backward, in_reverse(stmt.loc))
            return forward, reverse, []
        trips, inner, after = (Var("trips", kinds.PY_INT) for _ in range(3))
        count = Call((after,), prim.primitive_for(prim.BINARY["Add"]), (inner, Lit(1)), (), stmt.loc)
        forward = replace(stmt, body=(*forward_body, count),
                          carried=(*stmt.carried, Carry(trips, Lit(0), inner, after)))
        reverse = For(Var("_", kinds.PY_INT), Lit(0), trips, Lit(1), tuple(carried), tuple(backward_body), True,
                      in_reverse(stmt.loc))
        return forward, reverse, []

    @staticmethod
    def _thread_tapes(before: list[Stmt], forward: Stmt, reverse: Stmt, stmt: Stmt) -> Any:
        """At the outermost loop: make the tapes before it, thread them through both loops."""
        for tape in marked((forward,)):
            new = Var(tape.name, kinds.TapeOf(tape.kind))
            before.append(Call((new,), prim.TAPE_NEW, (), (), stmt.loc))
            forward, filled = thread(forward, tape, new)
            reverse, _ = thread(reverse, tape, filled)
        return before, forward, reverse
