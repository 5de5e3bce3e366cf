"""Memory that the reverse sweep may use again: partials of an array that nothing reads any more are made in it.

before => after (h is an array of the program's own, read for the last time here):

    d_h *= 1 - h * h        =>        h *= h
                                      np.subtract(1, h, out=h)
                                      d_h *= h

Large temporaries cost more than the arithmetic: each is memory that the system may have to hand out anew. The values
are the same ones: the pass is exact. A statement that is changed keeps its meaning and gets the form "in_place", which
says where its result is to be kept; of which operand, `changed` tells.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..analyses.storage import IN_PLACE, changed
from ..domains.kinds import Array, Scalar, dtype_of, kind_of, same_dtype
from ..ir import Atom, Block, Call, For, Function, If, Stmt, Var, While, inner_uses, uses, walk

COMMUTATIVE: set[Any] = {operator.add, operator.mul}
AUGMENTED: set[Any] = {operator.add, operator.sub, operator.mul, operator.truediv, operator.pow}
UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.divide,
    operator.pow: np.power, operator.neg: np.negative}
KEEPING = {"tuple", "list", "dict", "build", "tape_push", "mark", "bridge", "list_of", "list_append", "list_set",
           "list_repeat"}
PRODUCTS = {operator.matmul, np.matmul, np.dot}
_CACHE: dict[prim.Primitive, prim.Primitive] = {}


def reuse_memory(function: Function) -> Function:
    """The function whose reverse sweep makes partials in the memory of arrays that are not read any more."""
    if not any(_is_partial(s) for s in walk(function.body)):
        return function
    ends = {r for r in function.results if isinstance(r, Var)}
    return replace(function, body=_Block(function.body, ends).run())


def is_call(call: Call) -> bool:
    """Is it an in-place operation that is written as a call, `np.subtract(1, a, out=a)`, not as `a -= 1`?"""
    if call.prim.form != IN_PLACE:
        return False
    fn = call.prim.fn
    return fn not in COMMUTATIVE and not (fn in AUGMENTED and call.args[0] is changed(call))


def _array(call: Call) -> Var:
    return next(a for a in call.args if isinstance(a, Var) and not _is_number(a))


def _in_place(primitive: prim.Primitive) -> prim.Primitive:
    found = _CACHE.get(primitive)
    if found is None:
        found = _CACHE[primitive] = replace(primitive, form=IN_PLACE)
    return found


def _is_partial(stmt: Stmt) -> bool:
    """Is it an elementwise operation of the reverse sweep, of one array and numbers, whose result has no name?"""
    if not isinstance(stmt, Call) or stmt.loc is None or not stmt.loc.backward or len(stmt.outs) != 1 or stmt.kwargs:
        return False
    fn, kind = stmt.prim.fn, stmt.out.kind
    if stmt.out.name or not (fn in UFUNCS or (isinstance(fn, np.ufunc) and fn.nout == 1 and fn.signature is None)):
        return False
    if not isinstance(kind, Array) or not kind.shape or kind.dtype is None or kind.dtype.kind not in "fc":
        return False
    arrays = {a for a in stmt.args if not _is_number(a)}
    if len(arrays) != 1:
        return False
    (array,) = arrays
    return isinstance(array, Var) and isinstance(array.kind, Array) and array.kind.shape == kind.shape \
        and same_dtype(array.kind.dtype, kind.dtype)


def _is_number(atom: Atom) -> bool:
    kind = atom.kind if isinstance(atom, Var) else kind_of(atom.value)
    return isinstance(kind, Scalar) and dtype_of(kind) is not None


class _Block:
    """One block: what it defines may be used again by its own statements, not by those of blocks inside it."""

    def __init__(self, block: Block, ends: Iterable[Var]) -> None:
        self.block = block
        self.definition: dict[Var, Call] = {}
        self.last: dict[Var, float] = {}  # value -> the last statement that reads it; infinity if it is kept
        self.views: dict[Var, list[Var]] = {}
        self.reads: Counter[Var] = Counter()
        for number, stmt in enumerate(block):
            self._learn(number, stmt)
        for var in ends:
            self.last[var] = np.inf

    def _learn(self, number: int, stmt: Stmt) -> None:
        for each in walk((stmt,)):
            inside = each is not stmt
            for var in (*uses(each), *inner_uses(each)):
                self.reads[var] += 1
                kept = not isinstance(each, Call) or each.prim.form in KEEPING or not each.prim.pure or (
                    inside and each.prim.alias != "fresh")
                self.last[var] = np.inf if kept else max(self.last.get(var, 0), number)
            if isinstance(each, Call) and each.prim.alias != "fresh" and each.args and isinstance(each.args[0], Var):
                self.views.setdefault(each.args[0], []).extend(
                    o for o in each.outs if not isinstance(o.kind, Scalar))
        if isinstance(stmt, Call) and len(stmt.outs) == 1:
            self.definition[stmt.out] = stmt

    def run(self) -> Block:
        made: list[Stmt] = []
        for number, stmt in enumerate(self.block):
            if isinstance(stmt, If):
                stmt = replace(stmt, then=_inside(stmt.then, [j.from_then for j in stmt.outs]),
                               orelse=_inside(stmt.orelse, [j.from_else for j in stmt.outs]))
            elif isinstance(stmt, (For, While)):
                ends = [c.next for c in stmt.carried]
                stmt = replace(stmt, body=_inside(stmt.body, ends))
            elif isinstance(stmt, Call) and _is_partial(stmt) and self._may_take(_array(stmt), number):
                stmt = replace(stmt, prim=_in_place(stmt.prim))
                self.definition[stmt.out] = stmt
            made.append(stmt)
        return tuple(made)

    def _may_take(self, var: Var, number: int) -> bool:
        """Is it memory of its own, with a name or that of one, that is read for the last time?"""
        made = self.definition.get(var)
        if made is None or self._seen_until(var) > number:
            return False
        if made.prim.form == IN_PLACE:
            return True
        if not var.name and self.reads[var] < 2:  # it stands within an expression
            return False
        return made.prim.form in ("operator", "unary") or isinstance(made.prim.fn, np.ufunc) or made.prim.fn in PRODUCTS

    def _seen_until(self, var: Var) -> float:
        return max((self.last.get(var, 0), *map(self._seen_until, self.views.get(var, ()))))


def _inside(block: Block, ends: Iterable[Atom]) -> Block:
    if not any(_is_partial(s) for s in walk(block)):
        return block
    return _Block(block, [e for e in ends if isinstance(e, Var)]).run()


__all__ = ["UFUNCS", "is_call", "reuse_memory"]
