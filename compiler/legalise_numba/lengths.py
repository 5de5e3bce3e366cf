"""Lengths of axes, broadcasting and bounds: what is known is used, what is not is checked in the text.

Where two lengths that may differ meet, the text compares them once and they count as equal from there on. An index is
proven to be in bounds, or a check for its extreme values stands before the loops around, or the access checks itself.
"""

from __future__ import annotations

from typing import Any

from ..domains.kinds import Array, Dim
from ..ir import Atom, Call, Carry, For, Function, If, Stmt, Undefined, Var, While, walk
from .affine import Affine, Facts
from .values import ArrayValue, Index, Number

MISMATCH = '"operands could not be broadcast together"'
OUT_OF_BOUNDS = '"index is out of bounds"'
# What the quick form of a program takes for granted does not hold (an axis of length 1 is not stretched, a slice is not
# cut off at the end of its axis): the driver compiles the general form when it sees this.
STRETCHED = "the general form is needed"


class LoopContext:
    """A `for` around: its index, interval and step (a positive number), and the items that it will be added to."""

    def __init__(self, index: str, low: Affine, high: Affine, items: list[Any], step: int = 1) -> None:
        self.index, self.low, self.high, self.items, self.step = index, low, high, items, step


def unbound(function: Function) -> set[Var]:
    """What holds nothing where a path of the program has not bound its name: then its lengths are 0."""
    found: set[Var] = set()
    while True:
        before = len(found)
        for stmt in walk(function.body):
            if isinstance(stmt, If):
                found.update(j.out for j in stmt.outs if any(
                    _holds_nothing(s, found) for s in (j.from_then, j.from_else)))
            elif isinstance(stmt, (For, While)):
                for carry in stmt.carried:
                    if _holds_nothing(carry.init, found) or _holds_nothing(carry.next, found):
                        found |= {carry.inner, carry.out}
        if len(found) == before:
            return found


def varying(function: Function) -> set[Dim]:
    """Symbols of lengths that another trip of a loop may change: they are equal within a trip only."""
    found: set[Dim] = set()
    for stmt in walk(function.body):
        for carry in stmt.carried if isinstance(stmt, (For, While)) else ():
            for other in (carry.init, carry.next):
                inner, given = carry.inner.kind, other.kind if isinstance(other, Var) else None
                if not isinstance(inner, Array) or not isinstance(given, Array) or inner.shape is None:
                    continue
                if given.shape is None or len(given.shape) != len(inner.shape):
                    found.update(inner.shape)
                else:
                    found.update(m for m, n in zip(inner.shape, given.shape, strict=True) if m != n)
    return {dim for dim in found if not isinstance(dim, int)}


def _holds_nothing(atom: Atom, found: set[Var]) -> bool:
    return atom in found if isinstance(atom, Var) else atom.value is Undefined


class Lengths:
    """A part of `Legaliser`."""

    facts: Facts
    general: bool
    items: list[Any]
    context: list[Any]
    layout: Any
    function: Function
    env: dict[Var, Any]

    def __init__(self) -> None:
        # Names of lengths and integers: those bound at the very top, then those that each scope has bound.
        self.known: list[set[str]] = [set(), set()]
        self.memo: list[dict[Any, Affine]] = [{}, {}]
        self.never_one: set[str] = set()
        self.origin: dict[str, tuple[Any, ...]] = {}  # a name that holds max(a, 0) or min(a, b): how it was made
        self.prelude_end = 0
        self.unbound = unbound(self.function)
        self.varying = varying(self.function)

    def enter_scope(self) -> None:
        self.known.append(set())
        self.memo.append({})

    def leave_scope(self) -> None:
        self.known.pop()
        self.memo.pop()

    def fresh(self, hint: str) -> str:
        raise NotImplementedError

    def line(self, text: str, movable: bool = False) -> None:
        raise NotImplementedError

    def prelude_line(self, text: str) -> None:
        raise NotImplementedError

    # --- where lengths come from --------------------------------------------------------------------------------------

    def lengths_of_parameter(self, name: str, kind: Array) -> tuple[Affine, ...]:
        lengths: list[Affine] = []
        names: list[str] = []
        for axis, dim in enumerate(kind.shape or ()):
            if isinstance(dim, int):
                lengths.append(Affine(dim))
                names.append("_")
                continue
            length = self.fresh(f"{name}_{axis}")
            names.append(length)
            self.facts.lengths.add(length)
            self.known[0].add(length)
            if not dim.one:
                self.never_one.add(length)
            lengths.append(Affine.of(length))
        if any(n != "_" for n in names):
            self.line(f"{', '.join(names)}{',' if len(names) == 1 else ''} = {name}.shape")
        return tuple(lengths)

    def lengths_now(self, name: str, rank: int) -> tuple[Affine, ...]:
        """The lengths of an array in a local, read here."""
        names = [self.fresh(f"{name}_{axis}") for axis in range(rank)]
        self.line(f"{', '.join(names)}{',' if rank == 1 else ''} = {name}.shape")
        self.facts.lengths.update(names)
        self.known[-1].update(names)
        return tuple(map(Affine.of, names))

    def steady_lengths(self, carry: Carry) -> tuple[Affine, ...] | None:
        """The lengths of an array that a loop hands on, where no trip changes them."""
        kind = carry.inner.kind
        if not isinstance(kind, Array):
            return None
        init = self.env.get(carry.init) if isinstance(carry.init, Var) else None
        if not isinstance(init, ArrayValue):
            return None
        if self._leads_to(carry.next, carry.inner):
            return init.lengths
        if isinstance(carry.next, Var) and isinstance(carry.init, Var) and carry.init not in self.unbound \
                and isinstance(carry.next.kind, Array) and isinstance(carry.init.kind, Array) \
                and kind.shape == carry.next.kind.shape == carry.init.kind.shape \
                and self.varying.isdisjoint(kind.shape or ()):
            return init.lengths
        return None

    def _leads_to(self, atom: Atom, inner: Var) -> bool:
        """Is `atom` `inner` after stores only?"""
        while isinstance(atom, Var) and atom is not inner:
            stmt: Stmt | None = self.layout.definition.get(atom)
            if isinstance(stmt, Call) and stmt.prim.form in ("store", "add_at"):
                atom = stmt.args[0]
            elif isinstance(stmt, If):
                join = next(j for j in stmt.outs if j.out is atom)
                return self._leads_to(join.from_then, inner) and self._leads_to(join.from_else, inner)
            elif isinstance(stmt, (For, While)):
                carry = next((c for c in stmt.carried if c.out is atom), None)
                if carry is None or not self._leads_to(carry.next, carry.inner):
                    return False
                atom = carry.init
            else:
                return False
        return atom is inner

    def joint_lengths(self, var: Var, name: str, sources: list[Atom]) -> tuple[Affine, ...]:
        rank = len(var.kind.shape or ()) if isinstance(var.kind, Array) else 0
        values = [self.env.get(s) for s in sources if isinstance(s, Var)]
        if sources and len(values) == len(sources) and all(isinstance(v, ArrayValue) for v in values):
            first = tuple(self.facts.same(n) for n in values[0].lengths)  # type: ignore[union-attr]
            visible = set().union(*self.known) | set(self.facts.intervals)
            if all(tuple(self.facts.same(n) for n in v.lengths) == first for v in values) and all(  # type: ignore[union-attr]
                    n.names <= visible for n in first):
                return first
        return self.lengths_now(name, rank)

    def as_affine(self, number: Number, hint: str) -> Affine:
        """An integer as a sum of names; computed into a local where it is none."""
        if number.affine is not None:
            return number.affine
        return self.local(("value", number.code.text, id(number)), number.code.text, hint)

    def local(self, key: Any, text: str, hint: str, early: bool = False) -> Affine:
        """A local that holds an integer; the same key gives the same one while it can be seen."""
        for memo in self.memo:
            if key in memo:
                return memo[key]
        name = self.fresh(hint)
        level = 0 if early else -1
        if early:
            self.prelude_line(f"{name} = {text}")
        else:
            self.line(f"{name} = {text}")
        self.known[level].add(name)
        self.memo[level][key] = Affine.of(name)
        return Affine.of(name)

    def _is_early(self, *parts: Affine) -> bool:
        return all(p.names <= self.known[0] and p.names <= self.facts.lengths for p in parts)

    def clip(self, length: Affine) -> Affine:
        """max(length, 0)"""
        length = self.facts.same(length)
        if self.facts.nonnegative(length):
            return length
        if length.is_const:
            return Affine(0)
        early = self._is_early(length)
        made = self.local(("clip", length), f"max({length}, 0)", "n", early)
        self.origin[str(made)] = ("clip", length)
        self.facts.lengths |= made.names
        self.facts.learn(made - length, 0 if early else -1)
        return made

    def smaller(self, a: Affine, b: Affine) -> Affine:
        """min(a, b)"""
        a, b = self.facts.same(a), self.facts.same(b)
        if self.facts.nonnegative(b - a):
            return a
        if self.facts.nonnegative(a - b):
            return b
        early = self._is_early(a, b)
        made = self.local(("min", a, b), f"min({a}, {b})", "n", early)
        self.origin[str(made)] = ("min", a, b)
        level = 0 if early else -1
        self.facts.learn(a - made, level)
        self.facts.learn(b - made, level)
        if self.facts.nonnegative(a) and self.facts.nonnegative(b):
            self.facts.lengths |= made.names
        return made

    # --- where lengths meet -------------------------------------------------------------------------------------------

    def is_never_one(self, length: Affine) -> bool:
        length = self.facts.same(length)
        if length.is_const:
            return length.const != 1
        return len(length.terms) == 1 and length.const == 0 and length.terms[0][0] in self.never_one

    def meet(self, a: Affine, b: Affine) -> Affine:
        """The length of an axis where two operands meet; the text checks what is not known."""
        a, b = self.facts.same(a), self.facts.same(b)
        if a == b or b == Affine(1):
            return a
        if a == Affine(1):
            return b
        if not (self.is_never_one(a) and self.is_never_one(b)):
            if self.general:
                made = self.local(("meet", a, b), f"{b} if {a} == 1 else {a}", "n")
                self.facts.lengths |= made.names
                self.line(f"if {b} != {made} and {b} != 1: raise ValueError({MISMATCH})")
                return made
            self.must_be_equal(a, b, f'BufferError("{STRETCHED}")')
        else:
            self.must_be_equal(a, b, f"ValueError({MISMATCH})")
        return self.facts.same(a)

    def must_be_equal(self, a: Affine, b: Affine, error: str = f"ValueError({MISMATCH})") -> None:
        a, b = self.facts.same(a), self.facts.same(b)
        if a == b:
            return
        self.line(f"if {a} != {b}: raise {error}", True)
        self.facts.learn_equal(a, b)

    def broadcast(self, arrays: list[tuple[Affine, ...]]) -> tuple[Affine, ...]:
        """The lengths of an elementwise result."""
        rank = max(map(len, arrays), default=0)
        result = [Affine(1)] * rank
        for lengths in arrays:
            for axis, length in enumerate(lengths, rank - len(lengths)):
                result[axis] = self.meet(result[axis], length)
        return tuple(result)

    def index_in(self, lengths: tuple[Affine, ...], whole: tuple[Affine, ...], index: tuple[Index, ...]
                 ) -> tuple[Index, ...]:
        """The indices in an operand of the element at `index` of the broadcast result."""
        made: list[Index] = []
        extra = len(whole) - len(lengths)
        for own, all_, place in zip(lengths, whole[extra:], index[extra:], strict=True):
            own, all_ = self.facts.same(own), self.facts.same(all_)
            if own == Affine(1):
                made.append(Affine(0))
            elif own == all_ or not self.general or self.is_never_one(own):
                made.append(place)
            else:
                made.append(f"({place} if {own} != 1 else 0)")
        return tuple(made)

    # --- bounds -------------------------------------------------------------------------------------------------------

    def bounded(self, number: Number, length: Affine, helper: Any) -> Index:
        """The place of an element: counted from the front, and checked."""
        place = number.affine
        if place is None:
            return f"{helper('at')}({number.code}, {length})"
        if place.is_const and place.const < 0:
            self.require(length + place)
            return length + place
        if self.facts.nonnegative(place) and (self.facts.nonnegative(length - 1 - place)
                                              or self.require(length - 1 - place)):
            return place
        return f"{helper('at')}({place}, {length})"

    def require(self, fact: Affine, error: str = f"IndexError({OUT_OF_BOUNDS})") -> bool:
        """`fact >= 0` at every trip of the loops around, or the error before them; always True."""
        from .text import Line

        if self.facts.nonnegative(fact):
            return True
        worst, items, level = fact, self.items, len(self.context)
        rooms: list[Affine] = []  # trips - 1 of the loops that the check was moved out of, where they have most
        while level and isinstance(self.context[level - 1], LoopContext):
            loop = self.context[level - 1]
            name = loop.index
            bound = loop.low if worst.factor(name) > 0 else loop.high
            if name in worst.names and any(
                    r.factor(name) and bound is not (loop.high if r.factor(name) > 0 else loop.low) for r in rooms):
                break  # the extreme may be at a trip where a loop inside has none
            moved = worst.replace(name, bound)
            roomy = [r.replace(name, loop.high if r.factor(name) > 0 else loop.low) for r in rooms]
            roomy.append(loop.high - loop.low)
            visible = set().union(*self.known[:level + 1]) | {
                c.index for c in self.context[:level - 1] if isinstance(c, LoopContext)}
            if not all(r.names <= visible for r in (moved, *roomy)):
                break
            worst, rooms, items, level = moved, roomy, loop.items, level - 1
        conditions = [f"{room} >= 0" for room in rooms if not self.facts.nonnegative(room)]
        test = " and ".join([f"{worst} < 0", *conditions])
        items.append(Line(f"if {test}: raise {error}"))
        self.facts.learn(worst, level + 1)
        self.facts.learn(fact)
        return True


__all__ = ["STRETCHED", "Lengths", "LoopContext"]
