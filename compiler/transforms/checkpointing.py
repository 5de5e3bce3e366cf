"""The reverse of a checkpointed loop: a few states are kept on the way forward, the others are run again.

    for t in checkpointed(range(n), snapshots=k):    ->    free, keep = k, 0
        u = step(t, u)                                     for t in range(n):
                                                               if t == keep:
                                                                   kept_tape.append(t); u_tape.append(u)
                                                                   free -= 1
                                                                   keep = next_kept(t, n, free)
                                                               u = step(t, u)

and backwards, with the last kept state on top of the tapes:

    for t in reversed(range(n)):
        top, u = kept_tape[-1], u_tape[-1]
        keep = next_kept(top, t + 1, free)
        for s in range(top, t):
            <keep a state where s == keep, as above>
            u = step(s, u)
        <step(t, u) once more, and its adjoint>
        if top == t: <drop the state on top>

A region (`checkpoint(f)(x)`, an If of the style `checkpoint`) saves nothing: its reverse computes it again.

What `step` saves lives within one trip only, so the memory is that of the kept states (runtime/checkpoints.py).
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from typing import Any

from ...runtime.checkpoints import next_kept, trip_count
from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import is_differentiable
from ..ir import Atom, Block, Call, Carry, For, If, Join, Lit, Loc, Stmt, Var, free_vars, walk
from ..lower import Lowerer
from .rewrite import duplicate, in_reverse, relocate, substitute
from .tapes import Tape, pop, push


@dataclass(eq=False)
class States:
    """The tapes of a checkpointed loop: the numbers of the kept trips, and the values that the loop carries."""

    trips: Tape
    values: tuple[Tape, ...]

    def push(self, trip: Atom, values: list[Atom], loc: Loc | None) -> list[Stmt]:
        return [push(tape, value, loc) for tape, value in  # type: ignore[arg-type]
                zip((self.trips, *self.values), (trip, *values), strict=True)]

    def pop(self, loc: Loc | None) -> tuple[list[Stmt], Var, list[Var]]:
        """Statements that take the state on top off the tapes, and the variables that hold it."""
        outs = [Var(tape.name.removesuffix("_tape"), tape.kind) for tape in (self.trips, *self.values)]
        calls: list[Stmt] = [pop(t, o, loc) for t, o in zip((self.trips, *self.values), outs, strict=True)]
        return calls, outs[0], outs[1:]


class Checkpointing:
    """Mixin of `Reverser`."""

    low: Lowerer

    def reverse_checkpointed(self: Any, stmt: For, in_loop: bool) -> list[Stmt]:
        """Emit the reverse of a checkpointed loop; returns its forward form."""
        plain = replace(stmt, snapshots=None)
        if not any(c.out in self.cotangents for c in stmt.carried):
            return [plain]
        self._check_repeatable(stmt.body, "a checkpointed loop")
        low, where = self.low, self.low.loc_override
        states = States(Tape("kept_tape", kinds.PY_INT),
                        tuple(Tape(f"{c.inner.name or 'state'}_tape", c.inner.kind) for c in stmt.carried))
        with low.new_block() as before:
            low.loc_override = stmt.loc
            count = self._trips(stmt)
        forward, free = self._keeping(stmt, count, states)
        low.loc_override = where
        reverse, results = self._replaying(stmt, count, free, states)
        made: list[Stmt] = []
        if in_loop:
            low.block.append(reverse)
        else:
            made, forward, reverse = self._thread_tapes(made, forward, reverse, stmt)
            low.block.append(reverse)
        for var, cotangent in results.invariant.items():
            self.cotangents[var] = low.value_of(cotangent)
        for carry, cotangent in results.carried.items():
            self.add(carry.init, low.value_of(cotangent))
        return [*before, *made, forward]

    def _check_repeatable(self: Any, block: Block, what: str) -> None:
        for inner in walk(block):
            if isinstance(inner, Call) and not inner.prim.pure:
                self.low.loc_override = inner.loc
                raise self.low.refuse(f"`{inner.prim.name}` in {what}",
                                      "It is run again on the way back, and this would happen again.",
                                      "Move it out.")

    def _trips(self: Any, stmt: For) -> Atom:
        """The number of trips."""
        if _is(stmt.start, 0) and _is(stmt.step, 1):
            return stmt.stop
        return self.low.atom(self.low.emit(trip_count, stmt.start, stmt.stop, stmt.step, name="trips"))  # type: ignore[no-any-return]

    def _index_at(self: Any, stmt: For, trip: Any) -> Any:
        """The loop's index in a trip."""
        low = self.low
        value = trip if _is(stmt.step, 1) else low.emit(operator.mul, stmt.step, trip)
        return value if _is(stmt.start, 0) else low.emit(operator.add, stmt.start, value)

    # --- regions ----------------------------------------------------------------------------------------------------

    def reverse_region(self: Any, stmt: If) -> list[Stmt]:
        """Emit the region once more, from what it reads, and its adjoint; returns its forward form."""
        taken = [(join, self.cotangents.pop(join.out)) for join in stmt.outs if join.out in self.cotangents]
        if not taken:
            return [stmt]
        self._check_repeatable(stmt.then, "a checkpointed function")
        low, where = self.low, self.low.loc_override
        mapping: dict[Var, Atom] = {}
        forward = duplicate(stmt.then, mapping)
        outs = tuple(replace(j, from_then=_at(j.from_then, mapping)) for j in stmt.outs)
        inputs: dict[Var, Atom] = {v: Var(v.name, v.kind) for v in free_vars(stmt.then)
                                   if isinstance(v.kind, kinds.Array | kinds.Scalar)}
        with low.new_block() as head:
            for join, cotangent in taken:
                low.loc_override = where
                self.add(join.from_then, cotangent)
        again, backward = self.reverse(stmt.then)
        low.block += [Call((copy,), prim.AGAIN, (value,), (), where)  # type: ignore[arg-type]
                      for value, copy in inputs.items()]
        low.block += substitute([*relocate(again, in_reverse), *head, *backward], inputs)
        return [replace(stmt, then=forward, outs=outs)]

    # --- forwards ---------------------------------------------------------------------------------------------------

    def _keeping(self: Any, stmt: For, count: Atom, states: States) -> tuple[For, Var]:
        """The loop that keeps states; also the variable that holds how many places are free after it."""
        low = self.low
        assert stmt.snapshots is not None
        mapping: dict[Var, Atom] = {}
        trip = Var(stmt.index.name, stmt.index.kind)
        keep, free = _Counter("keep", Lit(0)), _Counter("free", stmt.snapshots)
        inners = [Var(c.inner.name, c.inner.kind) for c in stmt.carried]
        mapping.update(zip((c.inner for c in stmt.carried), inners, strict=True))
        with low.new_block() as body:
            low.loc_override = stmt.loc
            self._keep_state(trip, trip, count, list(inners), states, keep, free)
            mapping[stmt.index] = low.atom(self._index_at(stmt, trip))
            body += duplicate(stmt.body, mapping)
        carried = [Carry(c.out, c.init, inner, _at(c.next, mapping))
                   for c, inner in zip(stmt.carried, inners, strict=True)]
        loop = For(trip, Lit(0), count, Lit(1), (*carried, keep.carry(), free.carry()), tuple(body), False, stmt.loc)
        return loop, free.out

    def _keep_state(self: Any, trip: Any, here: Any, end: Any, values: list[Atom], states: States, keep: _Counter,
                    free: _Counter, top: _Counter | None = None) -> None:
        """if trip == keep: keep the state; one place less is free; keep = the next one; top = trip."""
        low = self.low
        loc = low.loc
        test = low.atom(low.emit(operator.eq, trip, keep.inner))
        with low.new_block() as then:
            then += states.push(trip, values, loc)
            left = low.atom(low.emit(operator.sub, free.inner, Lit(1), name="free"))
            following = low.atom(low.emit(next_kept, here, end, left, name="keep"))
        joins = [Join(Var("free", kinds.PY_INT), left, free.inner),
                 Join(Var("keep", kinds.PY_INT), following, keep.inner)]
        free.next, keep.next = joins[0].out, joins[1].out
        if top is not None:
            joins.append(Join(Var("top", kinds.PY_INT), trip, top.inner))
            top.next = joins[-1].out
        low.block.append(If(test, tuple(then), (), tuple(joins), "statement", loc))

    # --- backwards --------------------------------------------------------------------------------------------------

    def _replaying(self: Any, stmt: For, count: Atom, free_after: Var, states: States) -> tuple[For, _Results]:
        """The loop backwards: bring the state back, run the trip once more with its adjoint."""
        low = self.low
        plan = _Plan(self, stmt)
        trip = Var(stmt.index.name, stmt.index.kind)
        free = _Counter("free", free_after)
        with low.new_block() as body:
            low.loc_override = plan.where
            top, free_inside, values = self._bring_back(stmt, trip, states, free)
            mapping: dict[Var, Atom] = dict(zip((c.inner for c in stmt.carried), values, strict=True))
            mapping[stmt.index] = low.atom(self._index_at(stmt, trip))
            body += substitute(plan.statements(), mapping)
            low.loc_override = plan.where
            self._drop_state(top, trip, states, free, free_inside)
        ends = [_at(e, mapping) for e in plan.ends]
        carried, results = plan.carried(ends)
        loop = For(trip, Lit(0), count, Lit(1), (*carried, free.carry()), tuple(body), True, plan.where)
        return loop, results

    def _bring_back(self: Any, stmt: For, trip: Var, states: States, free: _Counter) -> tuple[Var, Var, list[Var]]:
        """From the last kept state to the one before `trip`; also the number of the state then on top."""
        low = self.low
        loc = low.loc
        taken, first, start = states.pop(loc)
        low.block += [*taken, *states.push(first, list(start), loc)]
        end = low.emit(operator.add, trip, Lit(1))
        keep = _Counter("keep", low.atom(low.emit(next_kept, first, end, free.inner, name="keep")))
        room, top = _Counter("free", free.inner), _Counter("top", first)
        again = Var("again", kinds.PY_INT)
        mapping: dict[Var, Atom] = {}
        inners = [Var(c.inner.name, c.inner.kind) for c in stmt.carried]
        mapping.update(zip((c.inner for c in stmt.carried), inners, strict=True))
        with low.new_block() as body:
            self._keep_state(again, again, low.atom(end), list(inners), states, keep, room, top)
            mapping[stmt.index] = low.atom(self._index_at(stmt, again))
            body += duplicate(stmt.body, mapping)
        outs = [Var(c.inner.name, c.inner.kind) for c in stmt.carried]
        carried = [Carry(out, init, inner, _at(c.next, mapping))
                   for out, init, inner, c in zip(outs, start, inners, stmt.carried, strict=True)]
        counters = (keep.carry(), room.carry(), top.carry())
        low.block.append(For(again, first, trip, Lit(1), (*carried, *counters), tuple(body), False, loc))
        return top.out, room.out, outs

    def _drop_state(self: Any, top: Var, trip: Var, states: States, free: _Counter, room: Var) -> None:
        """if top == trip: the state has done its work."""
        low = self.low
        loc = low.loc
        test = low.atom(low.emit(operator.eq, top, trip))
        with low.new_block() as then:
            then += states.pop(loc)[0]
            more = low.atom(low.emit(operator.add, room, Lit(1), name="free"))
        join = Join(Var("free", kinds.PY_INT), more, room)
        low.block.append(If(test, tuple(then), (), (join,), "statement", loc))
        free.next = join.out


class _Counter:
    """A whole number that a loop carries."""

    def __init__(self, name: str, init: Atom) -> None:
        self.init = init
        self.inner, self.out = Var(name, kinds.PY_INT), Var(name, kinds.PY_INT)
        self.next: Atom = self.inner

    def carry(self) -> Carry:
        return Carry(self.out, self.init, self.inner, self.next)


@dataclass(eq=False)
class _Results:
    """The cotangents after the loop: of the values that it carries, and of those that it only reads."""

    carried: dict[Carry, Var]
    invariant: dict[Var, Var]


class _Plan:
    """The adjoint of one trip, with the cotangents that the loop backwards carries."""

    def __init__(self, reverser: Any, stmt: For) -> None:
        self.reverser, self.stmt = reverser, stmt
        low = reverser.low
        self.where = low.loc_override
        self.active = [c for c in stmt.carried if c.out in reverser.cotangents or (
            c.inner in reverser.active and is_differentiable(c.inner.kind))]
        read = free_vars(stmt.body, tuple(c.next for c in stmt.carried))  # as in `reverse_loop`
        self.invariant = [v for v in read if v in reverser.active and is_differentiable(v.kind)
                          and all(v is not c.inner for c in stmt.carried)]
        held = reverser.cotangents
        self.starts = [reverser.fitted(held.pop(c.out) if c.out in held else reverser.zeros(c.out), c.inner)
                       for c in self.active]
        self.outer_starts = [reverser.fitted(held[v] if v in held else reverser.zeros(v), v) for v in self.invariant]
        self.inner = [Var(reverser.d_name(v), reverser.cotangent_kind(v))
                      for v in (*(c.inner for c in self.active), *self.invariant)]
        self.ends: list[Atom] = []

    def statements(self) -> Block:
        """The trip and its adjoint; sets `ends`."""
        reverser, low, count = self.reverser, self.reverser.low, len(self.active)
        outer = reverser.cotangents
        reverser.cotangents = {v: low.value_of(d) for v, d in zip(self.invariant, self.inner[count:], strict=True)}
        with low.new_block() as head:
            for carry, inner in zip(self.active, self.inner[:count], strict=True):
                reverser.add(carry.next, low.value_of(inner))
        forward, backward = reverser.reverse(self.stmt.body)
        with low.new_block() as tail:
            low.loc_override = self.where
            self.ends = [self._end(c, d) for c, d in zip(self.active, self.inner[:count], strict=True)]
            self.ends += [reverser.fitted(reverser.cotangents[v], v) for v in self.invariant]
        reverser.cotangents = outer
        return (*forward, *head, *backward, *tail)

    def _end(self, carry: Carry, inner: Var) -> Atom:
        reverser = self.reverser
        found = reverser.cotangents.get(carry.inner)
        if found is None:
            found = reverser.zeros_of(reverser.low.value_of(inner), carry.inner)
        return reverser.fitted(found, carry.inner)  # type: ignore[no-any-return]

    def carried(self, ends: list[Atom]) -> tuple[list[Carry], _Results]:
        made, results = [], _Results({}, {})
        keys: list[Any] = [*self.active, *self.invariant]
        for key, start, inner, end in zip(keys, [*self.starts, *self.outer_starts], self.inner, ends, strict=True):
            if isinstance(key, Var) and end is inner:
                continue
            out = Var(inner.name, inner.kind)
            made.append(Carry(out, start, inner, end))
            if isinstance(key, Var):
                results.invariant[key] = out
            else:
                results.carried[key] = out
        return made, results


def _is(atom: Atom, value: int) -> bool:
    return isinstance(atom, Lit) and type(atom.value) is int and atom.value == value


def _at(atom: Atom, mapping: dict[Var, Atom]) -> Atom:
    return mapping.get(atom, atom) if isinstance(atom, Var) else atom


__all__ = ["Checkpointing"]
