"""Arrays that loops read by their last axes are laid out with that axis first, so that what a trip reads is contiguous.

before => after:

    d = np.zeros_like(c)                        c_t = np.ascontiguousarray(np.transpose(c, (2, 0, 1)))
    for k in range(1, n):                       d_t = np.zeros_like(c_t)
        d[:, :, k] = c[:, :, k] * d[:, :, k-1]  for k in range(1, n):
    return np.sum(d)                       =>       d_t[k] = c_t[k] * d_t[k - 1]
                                                return np.sum(d_t)

for arrays that are only read and stored into at one place of one axis, the same in all of the function, copied,
measured and summed up. An argument is copied into the other order once, its cotangent back. Before the reverse, for
the back end that compiles loops: there a column costs a cache line an element.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Known, Scalar, TupleOf, kind_of
from ..ir import (
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Lit,
    Stmt,
    Try,
    Undefined,
    Var,
    While,
    defs,
    inner_uses,
    uses,
    walk,
)
from ..lower import Lowerer, Seq
from .rewrite import substitute

COPIES = (np.copy, "ndarray.copy")
LIKE = (np.zeros_like, np.empty_like, np.ones_like)
STORES = (prim.SET_ITEM, prim.ADD_AT)


@dataclass(eq=False)
class Group:
    """Arrays of one layout. `axis`: the one that is always at one place; None: not read yet, -1: to be left alone."""

    members: list[Var] = field(default_factory=list)
    axis: int | None = None
    in_loops: bool = False


def axes_first(function: Function, ends: list[Atom]) -> Block:
    """The function's body with such arrays in the other order; `ends` are values that leave it, besides its results."""
    if any(isinstance(s, Try) for s in walk(function.body)):
        return function.body
    groups = _Survey(function, ends).run()
    chosen: dict[Var, int] = {}
    for group in groups:
        if group.in_loops and group.axis is not None and group.axis > 0:
            chosen.update(dict.fromkeys(group.members, group.axis))
    return _Layout(function, chosen).run() if chosen else function.body


def _is_array(atom: Atom) -> bool:
    kind = atom.kind if isinstance(atom, Var) else None
    return isinstance(kind, Array) and kind.shape is not None and len(kind.shape) > 1 and kind.dtype is not None \
        and kind.dtype.kind == "f"


def _keeps_layout(call: Call) -> bool:
    """Has the result the layout of the first argument?"""
    return call.prim in STORES or (call.prim.rule in COPIES and len(call.args) == 1 and not call.kwargs)


def _measures(call: Call) -> bool:
    """Does the call read of its argument nothing but the lengths, or a sum?"""
    return call.prim.name == "ndarray.shape" or (
        call.prim.rule in (np.sum, "ndarray.sum", *LIKE) and len(call.args) == 1 and not call.kwargs)


def places_of(index: Atom, definition: dict[Var, Call]) -> tuple[Atom, ...]:
    call = definition.get(index) if isinstance(index, Var) else None
    if call is not None and call.prim is prim.TUPLE:
        return call.args
    if isinstance(index, Lit) and isinstance(index.value, tuple):
        return tuple(map(Lit, index.value))
    return (index,)


def _form(place: Atom) -> str:
    kind = place.kind if isinstance(place, Var) else None
    if isinstance(place, Lit):
        return "number" if type(place.value) is int else "slice" if isinstance(place.value, slice) else "other"
    if isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind in "iu":
        return "number"
    return "slice" if isinstance(kind, Known) and kind.type is slice else "other"


class _Survey:
    """Finds the arrays that share a layout, and what is read of them."""

    def __init__(self, function: Function, ends: list[Atom]) -> None:
        self.function, self.ends = function, ends
        self.parent: dict[Var, Var] = {}
        self.definition = {o: s for s in walk(function.body) if isinstance(s, Call) for o in s.outs}
        self.once = set(function.body)
        self.groups: dict[Var, Group] = {}
        self.spoilt: set[Var] = set()

    def root(self, var: Var) -> Var:
        while var in self.parent:
            var = self.parent[var]
        return var

    def _join(self, one: Atom, other: Atom) -> None:
        if isinstance(one, Var) and isinstance(other, Var) and _is_array(one) and _is_array(other):
            a, b = self.root(one), self.root(other)
            if a is not b:
                self.parent[b] = a
        elif _is_array(one) or _is_array(other):
            self._spoil(one, other)

    def _spoil(self, *atoms: Atom) -> None:
        """What is not understood: these arrays stay as they are."""
        for atom in atoms:
            if isinstance(atom, Var) and _is_array(atom):
                self.spoilt.add(atom)

    def run(self) -> list[Group]:
        found = [p.var for p in self.function.params]
        for stmt in walk(self.function.body):
            found += defs(stmt)
            if isinstance(stmt, Call) and _keeps_layout(stmt):
                self._join(stmt.out, stmt.args[0])
            elif isinstance(stmt, If):
                for join in stmt.outs:
                    for source in (join.from_then, join.from_else):
                        self._joined(join.out, source)
            elif isinstance(stmt, (For, While)):
                found += [c.inner for c in stmt.carried]
                for carry in stmt.carried:
                    for atom in (carry.init, carry.inner, carry.next):
                        self._joined(carry.out, atom)
        for var in found:
            if _is_array(var):
                self.groups.setdefault(self.root(var), Group()).members.append(var)
        self._block(self.function.body, False)
        self._spoil(*self.ends, *self.function.results)
        for var in self.spoilt:
            self.groups[self.root(var)].axis = -1
        return list(self.groups.values())

    def _joined(self, out: Var, atom: Atom) -> None:
        if not (isinstance(atom, Lit) and atom.value is Undefined):
            self._join(out, atom)

    def _block(self, block: Block, looped: bool) -> None:
        for stmt in block:
            if isinstance(stmt, Call):
                self._call(stmt, looped)
            elif isinstance(stmt, If):
                self._block(stmt.then, looped)
                self._block(stmt.orelse, looped)
            elif isinstance(stmt, For):  # a few trips, known as numbers, may read a small part only
                self._block(stmt.body, looped or isinstance(stmt.stop, Var) or isinstance(stmt.start, Var))
            else:  # of loops without a range it is not known how much of an array they read
                for inner in walk((stmt,)):
                    self._spoil(*uses(inner), *inner_uses(inner), *defs(inner))

    def _call(self, call: Call, looped: bool) -> None:
        arrays = [a for a in (*call.args, *(v for _, v in call.kwargs)) if _is_array(a)]
        item = call.prim.rule is operator.getitem
        if arrays and (item or call.prim in STORES):
            self._access(call.args[0], call.args[1], looped)
            self._spoil(*arrays[1:])
        elif not (_keeps_layout(call) or _measures(call)):
            self._spoil(*arrays)
        if not _keeps_layout(call) and call not in self.once:
            self._spoil(*call.outs)  # made anew in each trip: it would be laid out again each time

    def _access(self, base: Atom, index: Atom, looped: bool) -> None:
        assert isinstance(base, Var)
        if not _is_array(base) or not isinstance(base.kind, Array):
            return
        group = self.groups[self.root(base)]
        places = places_of(index, self.definition)
        forms = list(map(_form, places))
        if forms.count("number") == len(base.kind.shape or ()):
            return  # an element: any order is as good
        if len(places) != len(base.kind.shape or ()) or forms.count("number") != 1 or "other" in forms:
            self._spoil(base)
            return
        axis = forms.index("number")
        group.axis = axis if group.axis in (None, axis) else -1
        group.in_loops |= looped and isinstance(places[axis], Var)


class _Layout:
    """Writes the function with the chosen arrays in the other order."""

    def __init__(self, function: Function, chosen: dict[Var, int]) -> None:
        self.function, self.chosen = function, chosen
        self.definition = {o: s for s in walk(function.body) if isinstance(s, Call) for o in s.outs}
        self.new = {v: Var(v.name, self._moved(v)) for v in chosen}

    def _order(self, var: Var) -> tuple[int, ...]:
        axis = self.chosen.get(var, 0)
        assert isinstance(var.kind, Array)
        return (axis, *(k for k in range(len(var.kind.shape or ())) if k != axis))

    def _moved(self, var: Var) -> Array:
        kind = var.kind
        assert isinstance(kind, Array)
        assert kind.shape is not None
        return replace(kind, shape=tuple(kind.shape[k] for k in self._order(var)))

    def run(self) -> Block:
        start: list[Stmt] = []
        for param in self.function.params:
            if param.var in self.chosen:
                first = self.function.body[0].loc if self.function.body else None
                start += self._laid_out(param.var, first)
        return (*start, *self._block(self.function.body))

    def _laid_out(self, var: Var, loc: Any) -> list[Stmt]:
        """A copy in the other order."""
        low = Lowerer()
        low.loc_override = loc
        with low.new_block() as made:
            turned = low.emit(np.transpose, low.value_of(var), Seq(tuple(map(Lit, self._order(var))), tuple))
            low.emit(np.ascontiguousarray, turned)
        last = made[-1]
        assert isinstance(last, Call)
        made[-1] = replace(last, outs=(self.new[var],))
        return made

    def _block(self, block: Block) -> Block:
        return tuple(s for stmt in block for s in self._stmt(stmt))

    def _stmt(self, stmt: Stmt) -> Iterator[Stmt]:
        if isinstance(stmt, Call):
            yield from self._call(stmt)
            return
        (changed,) = substitute((stmt,), {})
        if isinstance(changed, If):
            yield replace(changed, then=self._block(changed.then), orelse=self._block(changed.orelse), outs=tuple(
                replace(j, out=self._var(j.out), from_then=self._atom(j.from_then), from_else=self._atom(j.from_else))
                for j in changed.outs))
        elif isinstance(changed, For):
            yield replace(changed, body=self._block(changed.body), carried=tuple(
                replace(c, out=self._var(c.out), init=self._atom(c.init), inner=self._var(c.inner),
                        next=self._atom(c.next)) for c in changed.carried))
        else:
            yield changed  # nothing in it was chosen

    def _var(self, var: Var) -> Var:
        return self.new.get(var, var)

    def _atom(self, atom: Atom) -> Atom:
        return self.new.get(atom, atom) if isinstance(atom, Var) else atom

    def _call(self, call: Call) -> Iterator[Stmt]:
        base = call.args[0] if call.args else None
        if isinstance(base, Var) and base in self.chosen and (call.prim in STORES or call.prim.form == "item"):
            places = places_of(call.args[1], self.definition)
            moved = tuple(places[k] for k in self._order(base))
            index = Var("", TupleOf(tuple(p.kind if isinstance(p, Var) else kind_of(p.value) for p in moved)))
            yield Call((index,), prim.TUPLE, moved, (), call.loc)
            yield replace(call, outs=tuple(map(self._var, call.outs)), args=(self.new[base], index, *call.args[2:]))
        elif isinstance(base, Var) and base in self.chosen and call.prim.name == "ndarray.shape":
            yield from self._shape(call, base)
        elif call.prim.rule in LIKE and isinstance(base, Var) and _measures(call) and (
                base in self.chosen or call.out in self.chosen):
            yield from self._like(call, base)
        elif any(a in self.chosen for a in call.args if isinstance(a, Var)):  # sums, copies and what is like them
            yield replace(call, outs=tuple(map(self._var, call.outs)), args=tuple(map(self._atom, call.args)))
        else:
            yield call
            for out in call.outs:
                if out in self.chosen:
                    yield from self._laid_out(out, call.loc)

    def _like(self, call: Call, base: Var) -> Iterator[Stmt]:
        """An array of the argument's lengths, each of the two in its own order."""
        low = Lowerer()
        low.loc_override = call.loc
        held = self._order(base)
        order = tuple(held.index(k) for k in self._order(call.out))
        with low.new_block() as made:
            source = low.value_of(self._var(base))
            if order != tuple(range(len(order))):
                source = low.emit(np.transpose, source, Seq(tuple(map(Lit, order)), tuple))
            low.emit(call.prim, source)
        last = made[-1]
        assert isinstance(last, Call)
        yield from (*made[:-1], replace(last, outs=(self._var(call.out),)))

    def _shape(self, call: Call, base: Var) -> Iterator[Stmt]:
        """The lengths in the order in which the program knows them."""
        kind, order = call.out.kind, self._order(base)
        assert isinstance(kind, TupleOf)
        whole = Var("", TupleOf(tuple(kind.items[k] for k in order)))
        yield replace(call, outs=(whole,), args=(self.new[base],))
        lengths = [Var("", kind.items[k]) for k in range(len(order))]
        for k, length in enumerate(lengths):
            yield Call((length,), prim.primitive_for(operator.getitem), (whole, Lit(order.index(k))), (), call.loc)
        yield Call((call.out,), prim.TUPLE, tuple(lengths), (), call.loc)


__all__ = ["axes_first"]
