"""The batching transform: a function of one item -> the function of a batch, with the batch as axis 0.

    y = x * w              =>  y = x * w                        (x: (n, k), w: (k,))
    s = np.sum(x)          =>  s = np.sum(x, axis=(1,))
    y = A @ x              =>  y = x @ A.T
    for ...: carried h     =>  for ...: carried h, one row an item

What does not depend on the batch is computed once, as it was. How one call is batched is in `batch_rules`. What has no
rule there, and control flow that the items would take different ways through, raises NotBatchable: the caller then runs
the items one after the other. Each result must have the dtype of an item's and one axis more, else it is refused too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Kind, Scalar, Sym, TapeOf, dtype_of, same_dtype, shape_of
from ..ir import (
    Atom,
    Block,
    Call,
    Carry,
    For,
    Function,
    If,
    Join,
    Lit,
    Stmt,
    Undefined,
    Var,
    While,
    blocks,
    free_vars,
    walk,
)
from ..lower import Lowerer, Seq
from ..lower.values import Slice
from .batch_rules import SHAPES, BatchRules, NotBatchable

TAPES = (prim.TAPE_PUSH, prim.TAPE_POP, prim.TAPE_COPY)


def batched_kind(kind: Kind, length: Sym) -> Array:
    """The kind of a batch of values of a kind."""
    shape, dtype = shape_of(kind), dtype_of(kind)
    if shape is None or dtype is None or not isinstance(kind, (Array, Scalar)) or dtype.kind not in "fcbiu":
        raise NotBatchable(f"a value of the kind {kind!r}")
    return Array(dtype, (length, *shape))


class Batcher(BatchRules):
    """Walks a function and holds the batches of the values in scope."""

    def __init__(self, function: Function, roots: Mapping[Var, Var], length: Sym) -> None:
        self.low = Lowerer()
        self.low.raw_lists = True
        self.length = length
        self.depends = dependent(function, roots)
        self.values: dict[Var, Any] = {v: self.low.value_of(b) for v, b in roots.items()}
        self.count = self.low.emit(len, next(iter(self.values.values())), name="batch")
        self.primal_values: dict[Var, Any] = {}
        self.definition: dict[Var, Call] = {o: s for s in walk(function.body) if isinstance(s, Call) for o in s.outs}

    def run(self, block: Block) -> list[Stmt]:
        with self.low.new_block() as made:
            for stmt in block:
                self.statement(stmt)
        return made

    def statement(self, stmt: Stmt) -> None:
        self.low.loc_override = stmt.loc
        if not any(v in self.values for v in free_vars((stmt,))):
            if any(isinstance(s, Call) and not s.prim.pure for s in walk((stmt,))):
                raise NotBatchable("an effect, which each item has")
            self.low.block.append(stmt)
        elif isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, If):
            self.branch(stmt)
        elif isinstance(stmt, For):
            self.loop(stmt)
        elif isinstance(stmt, While):
            self.until(stmt)
        else:
            raise NotBatchable(type(stmt).__name__)

    def call(self, call: Call) -> None:
        if not call.prim.pure:
            raise NotBatchable(f"`{call.prim.name}`, which has an effect")
        if call.prim in TAPES:
            self._tape(call)
        elif call.prim in (prim.TUPLE, prim.LIST):
            cls = tuple if call.prim is prim.TUPLE else list
            self.values[call.out] = Seq(tuple(map(self.value, call.args)), cls)
        elif call.prim.rule in SHAPES and any(map(self.is_batch, call.args)):
            self.values[call.out] = self.rule(call)
        elif not any(out in self.depends for out in call.outs):  # of lengths of the items
            self._same_call(call)
        elif len(call.outs) != 1:
            raise NotBatchable(f"`{call.prim.name}`, which has several results")
        else:
            self.values[call.out] = self.checked(self.rule(call), call.out)

    def _same_call(self, call: Call) -> None:
        """The call, of what lengths are called now."""
        outs = tuple(Var(o.name, o.kind) for o in call.outs)
        kwargs = tuple((k, self.same(a)) for k, a in call.kwargs)
        self.low.block.append(replace(call, outs=outs, args=tuple(map(self.same, call.args)), kwargs=kwargs))
        self.values.update((o, self.low.value_of(made)) for o, made in zip(call.outs, outs, strict=True))

    def checked(self, value: Any, item: Var) -> Any:
        """A batch, which must have an item's dtype and one axis more."""
        wanted, kind = batched_kind(item.kind, self.length), self.low.kind(value)
        shape = shape_of(kind)
        if shape is None or wanted.shape is None or len(shape) != len(wanted.shape) \
                or not same_dtype(dtype_of(kind), wanted.dtype):
            raise NotBatchable(f"`{item.name}`, of another kind than its items ({kind!r}, not {wanted!r})")
        return value

    def _tape(self, call: Call) -> None:
        args = tuple(self.low.atom(self.value(a)) for a in call.args)
        outs = tuple(Var(o.name, TapeOf(Kind()) if isinstance(o.kind, TapeOf) else batched_kind(o.kind, self.length))
                     for o in call.outs)
        self.low.block.append(replace(call, args=args, outs=outs))
        for item, out in zip(call.outs, outs, strict=True):
            self.values[item] = out if isinstance(out.kind, TapeOf) else self.low.value_of(out)

    # --- control flow -----------------------------------------------------------------------------------------------

    def branch(self, stmt: If) -> None:
        cond = self._same_for_all(stmt.cond)
        joins = [j for j in stmt.outs if j.out in self.depends]
        others = [j for j in stmt.outs if j.out not in self.depends]
        outs = [self.like(j.out) for j in joins]
        sides, same = [], []
        for block, which in ((stmt.then, "from_then"), (stmt.orelse, "from_else")):
            with self.low.new_block() as made:
                for inner in block:
                    self.statement(inner)
                ends = [self.end(getattr(j, which), j.out) for j in joins]
                same.append([self.same(getattr(j, which)) for j in others])
            sides.append((tuple(made), ends))
        (then, then_ends), (orelse, else_ends) = sides
        kept = map(Join, (j.out for j in others), *same)
        self.low.block.append(replace(stmt, cond=cond, then=then, orelse=orelse,
                                      outs=(*kept, *map(Join, outs, then_ends, else_ends))))
        self._note((j.out for j in joins), outs)

    def loop(self, stmt: For) -> None:
        start, stop, step = map(self._same_for_all, (stmt.start, stmt.stop, stmt.step))
        if stmt.snapshots is not None:
            raise NotBatchable("a checkpointed loop")
        self._loop(replace(stmt, start=start, stop=stop, step=step))

    def until(self, stmt: While) -> None:
        self._same_for_all(stmt.cond)  # of the items; what it is called is settled with the test
        self._loop(stmt)

    def _loop(self, stmt: For | While) -> None:
        mine = [c for c in stmt.carried if c.inner in self.depends]
        others = [c for c in stmt.carried if c.inner not in self.depends]
        starts, inits = [self.end(c.init, c.inner) for c in mine], [self.same(c.init) for c in others]
        inner = [self.like(c.inner) for c in mine]
        self._note((c.inner for c in mine), inner)
        test = tuple(self.run(stmt.test)) if isinstance(stmt, While) else ()
        with self.low.new_block() as body:
            for part in stmt.body:
                self.statement(part)
            ends, nexts = [self.end(c.next, c.inner) for c in mine], [self.same(c.next) for c in others]
        outs = [self.like(c.out) for c in mine]
        kept = [replace(c, init=i, next=n) for c, i, n in zip(others, inits, nexts, strict=True)]
        carried = (*kept, *map(Carry, outs, starts, inner, ends))
        made = replace(stmt, carried=carried, body=tuple(body))
        self.low.block.append(replace(made, test=test, cond=self.same(made.cond)) if isinstance(made, While) else made)
        self._note((c.out for c in mine), outs)

    def _same_for_all(self, atom: Atom) -> Atom:
        if isinstance(atom, Var) and atom in self.depends:
            raise NotBatchable("control flow that depends on an item")
        return self.same(atom)

    def same(self, atom: Atom) -> Atom:
        """What is the same for all items: as it was, or of lengths of the batch."""
        return self.low.atom(self.values[atom]) if isinstance(atom, Var) and atom in self.values else atom

    def _note(self, items: Iterable[Var], made: list[Var]) -> None:
        for item, var in zip(items, made, strict=True):
            self.values[item] = var if isinstance(var.kind, TapeOf) else self.low.value_of(var)

    def like(self, item: Var) -> Var:
        """A variable for a batch of these items; a tape of them stays a tape."""
        return Var(item.name, item.kind if isinstance(item.kind, TapeOf) else batched_kind(item.kind, self.length))

    def end(self, atom: Atom, item: Var) -> Atom:
        """What control flow passes on, as a batch."""
        if isinstance(atom, Lit) and atom.value is Undefined:
            return atom
        if isinstance(item.kind, TapeOf):
            return self.low.atom(self.value(atom))
        return self.low.atom(self.spread(atom, item.kind))

    # --- values -----------------------------------------------------------------------------------------------------

    def is_batch(self, atom: Any) -> bool:
        return isinstance(atom, Var) and atom in self.values and atom in self.depends

    def value(self, atom: Any) -> Any:
        """The abstract value of an atom: a batch where there is one."""
        if not isinstance(atom, Var):
            return atom
        if atom in self.values:
            return self.values[atom]
        made = self.definition.get(atom)
        if made is not None and made.prim is prim.SLICE:
            return Slice(*(self.value(a) for a in made.args))
        if made is not None and made.prim in (prim.TUPLE, prim.LIST):
            return Seq(tuple(map(self.value, made.args)), tuple if made.prim is prim.TUPLE else list)
        if atom not in self.primal_values:
            self.primal_values[atom] = self.low.value_of(atom)
        return self.primal_values[atom]

    def spread(self, atom: Atom, kind: Kind) -> Any:
        """A batch of a value: itself, or as many times the one value."""
        wanted = batched_kind(kind, self.length)
        value = self.value(atom)
        if self.is_batch(atom):
            return value
        if isinstance(atom, Lit):
            return self.low.emit(np.full, Seq((self.count,)), atom, Lit(wanted.dtype))
        shape = shape_of(atom.kind)
        if shape is None or not same_dtype(dtype_of(atom.kind), wanted.dtype):
            raise NotBatchable("values of two dtypes at a joint")
        return self.low.emit(np.broadcast_to, value, Seq((self.count, *self.lengths(value, len(shape)))))


def dependent(function: Function, roots: Iterable[Var]) -> frozenset[Var]:
    """The variables whose value depends on the roots in any way, except by their shapes alone."""
    found = set(roots)

    def has(atom: Atom) -> bool:
        return isinstance(atom, Var) and atom in found

    def visit(block: Block) -> None:
        for stmt in block:
            if isinstance(stmt, Call):
                if stmt.prim.rule not in SHAPES and any(map(has, (*stmt.args, *(a for _, a in stmt.kwargs)))):
                    found.update(stmt.outs)
            elif isinstance(stmt, If):
                visit(stmt.then)
                visit(stmt.orelse)
                found.update(j.out for j in stmt.outs if has(j.from_then) or has(j.from_else) or has(stmt.cond))
            elif isinstance(stmt, (For, While)):
                for carry in stmt.carried:
                    if has(carry.init) or has(carry.next):
                        found.update((carry.inner, carry.out))
                for inner in blocks(stmt):
                    visit(inner)
            elif any(v in found for v in free_vars((stmt,))):
                raise NotBatchable(type(stmt).__name__)

    before = -1
    while before != len(found):
        before = len(found)
        visit(function.body)
    return frozenset(found)


Finish = Callable[[list[Stmt], list[Atom]], Any]


def batch(function: Function, roots: Mapping[Var, Var], length: Sym) -> tuple[list[Stmt], list[Atom], list[bool]]:
    """The statements for a batch, the results, and which of them have the batch axis.

    roots  : what of the function's parameters is batched, with the parameters that hold the batches
    raises : NotBatchable
    """
    batcher = Batcher(function, roots, length)
    head = batcher.low.block
    statements = batcher.run(function.body)
    batcher.low.block = [*head, *statements]
    ends = [batcher.low.atom(batcher.value(r)) for r in function.results]
    return batcher.low.block, ends, [batcher.is_batch(r) for r in function.results]


__all__ = ["NotBatchable", "batch", "batched_kind"]
