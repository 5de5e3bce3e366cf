"""Kinds that the compiler left open are settled: machine code has a type for each value.

A call whose result has no known dtype or rank is tried on samples of its operands' kinds. A name that holds numbers of
two types, one on each path, gets the wider one (an int becomes a float); arrays of two dtypes, too. Where a kind stays
open, it is left as it was, and refused where it is used.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Kind, Known, ListOf, Scalar, Sym, TapeOf, TupleOf, kind_of
from ..ir import Atom, Block, Call, Carry, For, Function, If, Join, Lit, Stmt, Undefined, Var, While, walk
from .folding import memory_of
from .samples import Samples

ROUNDS = 4
LIST_FORMS = ("list_append", "list_pop", "list_set", "list_add", "list_repeat", "list_of")


def is_open(kind: Kind) -> bool:
    """Does machine code need to know more of a value of this kind?"""
    if isinstance(kind, Scalar):
        return kind.dtype is None
    if isinstance(kind, Array):
        return kind.dtype is None or kind.shape is None
    if isinstance(kind, TupleOf):
        return any(map(is_open, kind.items))
    if isinstance(kind, (TapeOf, ListOf)):
        return is_open(kind.item)
    return type(kind) is Kind


def retype(function: Function) -> tuple[Function, frozenset[Var]]:
    """The function with open kinds settled, and its variables that were open (their types may depend on the data)."""
    if not any(is_open(v.kind) for stmt in walk(function.body) for v in _bound(stmt)):
        return function, frozenset()
    settler = _Settler(function)
    for _ in range(ROUNDS):
        before = dict(settler.kinds)
        settler.block(function.body)
        if settler.kinds == before:
            break
    mapping = {v: Var(v.name, k) for v, k in settler.kinds.items() if k != v.kind}
    if not mapping:
        return function, frozenset()
    body = _Renamed(mapping).block(function.body)
    results = tuple(mapping.get(r, r) if isinstance(r, Var) else r for r in function.results)
    return replace(function, body=body, results=results), frozenset(mapping.values())


def _bound(stmt: Stmt) -> list[Var]:
    if isinstance(stmt, Call):
        return list(stmt.outs)
    if isinstance(stmt, If):
        return [j.out for j in stmt.outs]
    if isinstance(stmt, (For, While)):
        return [v for c in stmt.carried for v in (c.out, c.inner)]
    return []


class _Settler:
    """What is known of open variables so far."""

    def __init__(self, function: Function) -> None:
        self.kinds: dict[Var, Kind] = {}
        self.memory = memory_of(function)
        self.pushed: dict[Var, Kind] = {}  # tape -> what is pushed on it
        self.samples = Samples(function, self.kind)

    def kind(self, atom: Atom) -> Kind | None:
        """What is known of an atom; None for a name that is not bound."""
        if isinstance(atom, Lit):
            if atom.value is Undefined:
                return None
            return kind_of(list(atom.value)) if isinstance(atom.value, list) else kind_of(atom.value)
        return self.kinds.get(atom, atom.kind)

    def settle(self, var: Var, kind: Kind | None) -> None:
        if kind is None or not is_open(var.kind) or is_open(kind):
            return
        if isinstance(kind, Array) and isinstance(var.kind, Array) and var.kind.shape is not None:
            if kind.shape is None or len(kind.shape) != len(var.kind.shape):
                return
            kind = Array(kind.dtype, var.kind.shape)
        self.kinds[var] = kind

    def block(self, block: Block) -> None:
        for stmt in block:
            if isinstance(stmt, Call):
                self.call(stmt)
            elif isinstance(stmt, If):
                self.block(stmt.then)
                self.block(stmt.orelse)
                for join in stmt.outs:
                    self.joint(join.out, (join.from_then, join.from_else))
            elif isinstance(stmt, (For, While)):
                self.loop(stmt)

    def loop(self, stmt: For | While) -> None:
        for _ in range(2):
            for carry in stmt.carried:
                self.joint(carry.inner, (carry.init, carry.next))
            if isinstance(stmt, While):
                self.block(stmt.test)
            self.block(stmt.body)
        for carry in stmt.carried:
            self.settle(carry.out, self.kind(carry.inner))

    def joint(self, out: Var, sources: Sequence[Atom]) -> None:
        """The widest of the sources whose kinds are known by now."""
        if not is_open(out.kind) or isinstance(out.kind, TapeOf):
            if isinstance(out.kind, TapeOf):
                self.tape(out)
            return
        found: Kind | None = None
        for kind in map(self.kind, sources):
            if kind is None or is_open(kind):
                continue
            found = kind if found is None else wider(found, kind)
            if found is None:
                return
        self.settle(out, found)

    def tape(self, var: Var) -> None:
        item = self.pushed.get(self.memory.root(var))
        if item is not None:
            self.settle(var, TapeOf(item))

    def call(self, call: Call) -> None:
        form = call.prim.form
        if form == "tape_push":
            root, item = self.memory.root(call.out), self.kind(call.args[1])
            if item is not None and not is_open(item):
                known = self.pushed.get(root)
                together = item if known is None else wider(known, item)
                if together is not None:
                    self.pushed[root] = together
        if form.startswith("tape_"):
            for out in call.outs:
                if isinstance(out.kind, TapeOf):
                    self.tape(out)
            if form == "tape_pop":
                self.settle(call.outs[1], self.pushed.get(self.memory.root(call.outs[0])))
        elif any(is_open(o.kind) for o in call.outs):
            self.tried(call)

    def tried(self, call: Call) -> None:
        if call.prim.form in LIST_FORMS:
            self.list_change(call)
            return
        if call.prim.form in ("store", "add_at", "identity"):
            self.settle(call.out, self.kind(call.args[0]))
            return
        if call.prim in (prim.TUPLE, prim.LIST):
            items = [self.kind(a) for a in call.args]
            if all(k is not None and not is_open(k) for k in items):
                self.settle(call.out, TupleOf(tuple(items), list if call.prim is prim.LIST else tuple))  # type: ignore[arg-type]
            return
        of = self.kind(call.args[0]) if call.prim.form == "item" else None
        if isinstance(of, ListOf) and not isinstance(self.kind(call.args[1]), Known):
            self.settle(call.out, of.item)
            return
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = self.samples.of_call(call)
        if result is None:
            return
        for out, value in zip(call.outs, result, strict=True):
            self.settle(out, kind_of_sample(value))


    def list_change(self, call: Call) -> None:
        """The list after a change holds what it held, and what was put in."""
        kinds = [self.kind(a) for a in call.args]
        whole = as_list(kinds[0])
        if call.prim.form in ("list_append", "list_set", "list_add") and kinds[-1] is not None \
                and not is_open(kinds[-1]):
            added = ListOf(kinds[-1])
            whole = added if whole is None else wider(whole, added)
        if whole is None and call.prim.form == "list_of":
            first = self.samples.item_of(call)
            whole = None if first is None else ListOf(kind_of_sample(first))
        self.settle(call.outs[0], whole)
        if call.prim.form == "list_pop" and isinstance(whole, ListOf):
            self.settle(call.outs[1], whole.item)


def as_list(kind: Kind | None) -> Kind | None:
    """The kind of a list whose length only the run knows; None for an empty list, and for what is no list."""
    if isinstance(kind, ListOf):
        return kind
    if isinstance(kind, TupleOf) and kind.type is list and kind.items:
        found: Kind | None = kind.items[0]
        for item in kind.items[1:]:
            found = None if found is None else wider(found, item)
        return None if found is None else ListOf(found)
    return None


def kind_of_sample(value: Any) -> Kind:
    """The kind of a result: no length is known of it."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return Array(value.dtype, tuple(Sym() for _ in value.shape))
    if isinstance(value, (tuple, list)):
        return TupleOf(tuple(map(kind_of_sample, value)), list if isinstance(value, list) else tuple)
    return kind_of(value)


def wider(a: Kind, b: Kind) -> Kind | None:
    """A type that holds the values of both, so that what is computed from them is the same to rounding; else None."""
    if a == b:
        return a
    if isinstance(a, ListOf) or isinstance(b, ListOf):
        one, two = as_list(a), as_list(b)
        if one is None or two is None:
            return one or two
        assert isinstance(one, ListOf)
        assert isinstance(two, ListOf)
        item = wider(one.item, two.item)
        return None if item is None else ListOf(item)
    if isinstance(a, TupleOf) and isinstance(b, TupleOf) and len(a.items) == len(b.items) and a.type is b.type:
        pairs = zip(a.items, b.items, strict=True)
        items = [wider(m, n) for m, n in pairs]
        return None if any(k is None for k in items) else TupleOf(tuple(items), a.type)  # type: ignore[arg-type]
    if not isinstance(a, (Scalar, Array)) or not isinstance(b, (Scalar, Array)):
        return None
    if a.dtype is None or b.dtype is None:
        return None
    dtype = _wider_dtype(a, b)
    if dtype is None:
        return None
    shapes = [() if isinstance(k, Scalar) else k.shape for k in (a, b)]
    first, second = shapes
    if first is None or second is None or len(first) != len(second):
        return None
    if not first:
        return Scalar(dtype, isinstance(a, Scalar) and isinstance(b, Scalar) and a.python and b.python)
    return Array(dtype, tuple(m if m == n else Sym() for m, n in zip(first, second, strict=True)))


def _wider_dtype(a: Any, b: Any) -> Any:
    if a.dtype == b.dtype:
        return a.dtype
    if "b" in (a.dtype.kind, b.dtype.kind):
        return None  # True prints, adds and indexes in a way of its own
    weak = [isinstance(k, Scalar) and k.python for k in (a, b)]
    if weak[0] != weak[1]:  # Python's numbers take the type of the others
        strong, other = (b, a) if weak[0] else (a, b)
        if strong.dtype.kind == other.dtype.kind or (strong.dtype.kind == "f" and other.dtype.kind == "i"):
            return strong.dtype
    return np.result_type(a.dtype, b.dtype)


class _Renamed:
    """Statements with other variables, what they define included."""

    def __init__(self, mapping: dict[Var, Var]) -> None:
        self.mapping = mapping

    def var(self, var: Var) -> Var:
        return self.mapping.get(var, var)

    def atom(self, atom: Atom) -> Atom:
        return self.var(atom) if isinstance(atom, Var) else atom

    def block(self, block: Block) -> Block:
        return tuple(map(self.stmt, block))

    def stmt(self, stmt: Stmt) -> Stmt:
        if isinstance(stmt, Call):
            return replace(stmt, outs=tuple(map(self.var, stmt.outs)), args=tuple(map(self.atom, stmt.args)),
                           kwargs=tuple((k, self.atom(a)) for k, a in stmt.kwargs))
        if isinstance(stmt, If):
            outs = tuple(Join(self.var(j.out), self.atom(j.from_then), self.atom(j.from_else)) for j in stmt.outs)
            return replace(stmt, cond=self.atom(stmt.cond), then=self.block(stmt.then), orelse=self.block(stmt.orelse),
                           outs=outs)
        if isinstance(stmt, (For, While)):
            carried = tuple(Carry(self.var(c.out), self.atom(c.init), self.var(c.inner), self.atom(c.next))
                            for c in stmt.carried)
            if isinstance(stmt, For):
                return replace(stmt, start=self.atom(stmt.start), stop=self.atom(stmt.stop), step=self.atom(stmt.step),
                               carried=carried, body=self.block(stmt.body))
            return replace(stmt, carried=carried, test=self.block(stmt.test), cond=self.atom(stmt.cond),
                           body=self.block(stmt.body))
        return stmt


__all__ = ["is_open", "retype"]
