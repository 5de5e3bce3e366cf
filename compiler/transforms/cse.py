"""Common subexpressions: one computation for equal ones, within a block and from the blocks around it.

before => after:  t = f(a); u = f(a); g(t, u)  =>  t = f(a); g(t, t)

A value that a loop carries and never changes is no value of the loop: it is read from outside. So is one that both
sides of a branch leave as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Kind, kind_of
from ..ir import Atom, Block, Call, Carry, For, If, Join, Lit, Stmt, Try, Var, While
from .rewrite import substitute

# Each of these makes memory that is filled afterwards: two of them are not one.
ALLOCATING = {np.zeros, np.zeros_like, np.ones, np.ones_like, np.empty, np.empty_like, np.full, np.full_like, np.copy,
              np.array, "ndarray.copy"}
SKIPPED_FORMS = {"tape_new", "tape_push", "tape_pop", "store", "add_at", "list", "dict", "build", "list_append",
                 "list_pop", "list_set", "list_add", "list_repeat", "list_of"}


def merge_common(block: Block) -> tuple[Block, dict[Var, Atom]]:
    """The block without repeated pure computations; also which value each dropped one is now."""
    merger = _Merger()
    return merger.run(block, {}), merger.replaced


class _Merger:
    def __init__(self) -> None:
        self.replaced: dict[Var, Atom] = {}

    def atom(self, value: Atom) -> Atom:
        return self.replaced.get(value, value) if isinstance(value, Var) else value

    def run(self, block: Block, seen: dict[Any, Call]) -> Block:
        seen = dict(seen)
        result: list[Stmt] = []
        for stmt in block:
            if isinstance(stmt, Call):
                made = self._call(stmt)
                key = self._key(made)
                earlier = seen.get(key) if key is not None else None
                if earlier is not None:
                    self.replaced.update(zip(made.outs, earlier.outs, strict=True))
                    continue
                if key is not None:
                    seen[key] = made
                result.append(made)
            elif isinstance(stmt, If):
                then, orelse = self.run(stmt.then, seen), self.run(stmt.orelse, seen)
                outs = self._joins(stmt.outs)
                result.append(replace(stmt, cond=self.atom(stmt.cond), then=then, orelse=orelse, outs=outs))
            elif isinstance(stmt, Try):
                body, handler = self.run(stmt.body, seen), self.run(stmt.handler, seen)
                outs = tuple(Join(j.out, self.atom(j.from_then), self.atom(j.from_else)) for j in stmt.outs)
                manager, types = (a if a is None else self.atom(a) for a in (stmt.manager, stmt.types))
                result.append(replace(stmt, body=body, handler=handler, outs=outs, manager=manager, types=types))
            elif isinstance(stmt, (For, While)):
                result.append(self._loop(stmt, seen))
            else:
                result.append(stmt)
        return tuple(result)

    def _call(self, stmt: Call) -> Call:
        replaced = self.replaced
        if not any(a in replaced for a in stmt.args) and not any(a in replaced for _, a in stmt.kwargs):
            return stmt
        return Call(stmt.outs, stmt.prim, tuple(map(self.atom, stmt.args)),
                    tuple((k, self.atom(a)) for k, a in stmt.kwargs), stmt.loc)

    def _joins(self, joins: tuple[Join, ...]) -> tuple[Join, ...]:
        """The joins of a branch but those of one value: what both sides leave as it was needs none."""
        left = []
        for join in joins:
            then, orelse = self.atom(join.from_then), self.atom(join.from_else)
            if isinstance(then, Var) and then is orelse and then.kind == join.out.kind:
                self.replaced[join.out] = then
            else:
                left.append(Join(join.out, then, orelse))
        return tuple(left)

    def _loop(self, stmt: For | While, seen: dict[Any, Call]) -> Stmt:
        inits = [self.atom(c.init) for c in stmt.carried]
        test = self.run(stmt.test, seen) if isinstance(stmt, While) else ()
        body = self.run(stmt.body, seen)
        carried = tuple(Carry(c.out, i, c.inner, self.atom(c.next)) for c, i in zip(stmt.carried, inits, strict=True))
        same = {c.inner: c.init for c in carried if c.next is c.inner and self._kind(c.init) == c.inner.kind}
        if same:  # what a loop hands on as it came is read from outside
            self.replaced.update((v, c.init) for c in carried if c.inner in same for v in (c.inner, c.out))
            carried = tuple(Carry(c.out, c.init, c.inner, self.atom(c.next)) for c in carried if c.inner not in same)
            test, body = substitute(test, same), substitute(body, same)
        if isinstance(stmt, While):
            return replace(stmt, test=test, cond=self.atom(stmt.cond), body=body, carried=carried)
        snapshots = None if stmt.snapshots is None else self.atom(stmt.snapshots)
        return replace(stmt, start=self.atom(stmt.start), stop=self.atom(stmt.stop), step=self.atom(stmt.step),
                       body=body, carried=carried, snapshots=snapshots)

    @staticmethod
    def _kind(atom: Atom) -> Kind:
        return atom.kind if isinstance(atom, Var) else kind_of(atom.value)

    @staticmethod
    def _key(call: Call) -> Any:
        if not call.prim.pure or not call.outs or call.prim.form in SKIPPED_FORMS or call.prim.rule in ALLOCATING:
            return None
        if call.prim in (prim.SET_ITEM, prim.ADD_AT):
            return None
        parts: list[Any] = [call.prim.name, call.prim.rule]
        for keyword, atom in (*(("", a) for a in call.args), *call.kwargs):
            if isinstance(atom, Lit):
                value = atom.value
                try:
                    hash(value)
                except TypeError:
                    return None
                parts.append((keyword, type(value), repr(value) if isinstance(value, float) else value))
            else:
                parts.append((keyword, id(atom)))
        return tuple(parts)
