"""The ends of an adjoint: cotangents as results in their arguments' types, each in memory of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Array, ListOf, Scalar, dtype_of, same_dtype, shape_of
from ..ir import Atom, Block, Call, For, If, Lit, Param, Stmt, Try, Var, While, defs, walk

READ_ONLY_VIEWS = (np.broadcast_to, np.diag, np.diagonal)  # a gradient can be written to, so these are copied


def as_argument(low: Any, value: Any, root: Var, name: str = "") -> Any:
    """A cotangent as the argument's own type: a Python float for a Python float, 0-d for 0-d."""
    kind = root.kind
    atom = low.atom(value)
    actual = atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value)
    name = name or f"d_{root.name}"
    if isinstance(kind, Scalar) and kind.dtype is not None:
        if kind.python:
            if isinstance(actual, Scalar) and actual.python and same_dtype(actual.dtype, kind.dtype):
                return atom
            return low.emit(complex if kind.dtype.kind == "c" else float, atom)
        if isinstance(actual, Scalar) and not actual.python and same_dtype(actual.dtype, kind.dtype):
            return atom
        return low.emit(kind.dtype.type, atom, name=name)
    if isinstance(kind, Array):
        shape = shape_of(kind)
        if isinstance(atom, Lit) or (shape and shape_of(actual) == ()):
            full = Var(name, kind)
            low.block.append(Call((full,), prim.primitive_for(np.full_like), (root, atom), (), low.loc))
            return low.value_of(full)
        if shape == () and not isinstance(actual, Array):
            return low.emit(np.asarray, atom, name=name)
    return atom


class Freshness:
    """Which results share memory with an argument, a constant or another result."""

    def __init__(self, body: Block, params: tuple[Param, ...]) -> None:
        self.definition: dict[Var, Stmt] = {}
        for stmt in walk(body):
            for var in defs(stmt):
                self.definition[var] = stmt
        self.params = {p.var for p in params}

    def memory(self, atom: Atom, seen: frozenset[Var] = frozenset()) -> frozenset[Var] | None:
        """The values whose memory this one may be; None where it is not known to be fresh."""
        if not isinstance(atom, Var) or isinstance(atom.kind, Scalar):
            return frozenset()
        if atom in seen:
            return frozenset()
        seen = seen | {atom}
        stmt = self.definition.get(atom)
        if isinstance(stmt, Call):
            if stmt.prim.rule in READ_ONLY_VIEWS or stmt.prim.form in ("identity", "tape_pop", "list_pop"):
                return None
            if stmt.prim.form == "item" and isinstance(stmt.args[0], Var) and isinstance(stmt.args[0].kind, ListOf):
                return None  # a list may hold an argument
            if stmt.prim.alias == "fresh" or stmt.prim in (prim.SET_ITEM, prim.ADD_AT):
                return frozenset({atom})
            if stmt.prim in (prim.FIELD, prim.GETATTR):
                return None
            return self.memory(stmt.args[0], seen) if stmt.args else None
        if isinstance(stmt, (If, Try)):
            join = next(j for j in stmt.outs if j.out is atom)
            return self._union(join.from_then, join.from_else, seen)
        if isinstance(stmt, (For, While)):
            carry = next(c for c in stmt.carried if c.out is atom)
            body = Freshness(stmt.body, ())
            inner = {**self.definition, **body.definition}
            self.definition = inner
            return self._union(carry.init, carry.next, seen | {carry.inner})
        return None

    def _union(self, a: Atom, b: Atom, seen: frozenset[Var]) -> frozenset[Var] | None:
        left, right = self.memory(a, seen), self.memory(b, seen)
        return None if left is None or right is None else left | right


def make_fresh(body: list[Stmt], results: list[Atom], params: tuple[Param, ...], names: list[str],
               loc: Any) -> list[Atom]:
    """Copy every result that shares memory with anything else; statements are added to `body`."""
    facts = Freshness(tuple(body), params)
    taken: set[Var] = set()
    made: list[Atom] = []
    for atom, name in zip(results, names, strict=True):
        memory = facts.memory(atom)
        if isinstance(atom, Var) and isinstance(atom.kind, Array) and (memory is None or memory & taken):
            made.append(_copy(body, facts, atom, name, loc))
            continue
        taken |= memory or set()
        made.append(atom)
    return made


def _copy(body: list[Stmt], facts: Freshness, atom: Var, name: str, loc: Any) -> Var:
    stmt = facts.definition.get(atom)
    out = Var(name, atom.kind)
    where = stmt.loc if stmt is not None else loc
    if isinstance(stmt, Call) and stmt.prim.rule is np.broadcast_to:
        value = stmt.args[0]
        kind = value.kind if isinstance(value, Var) else kinds.kind_of(value.value)
        if shape_of(kind) == ():
            dtype = dtype_of(atom.kind)
            kwargs = (("dtype", Lit(dtype)),) if dtype is not None and dtype != np.dtype("f8") else ()
            body.append(Call((out,), prim.primitive_for(np.full), (stmt.args[1], value), kwargs, where))
            return out
    body.append(Call((out,), prim.primitive_for(np.array), (atom,), (), where))
    return out
