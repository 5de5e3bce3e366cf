"""Statements that change memory: stores, `+=`, operations in the memory of an operand."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import gast

from .. import primitives as prim
from ..analyses.storage import changed
from ..domains.kinds import Array, Scalar, dtype_of, may_be_one, same_dtype, shape_of
from ..ir import (
    Atom,
    Call,
    Lit,
    Loc,
    Var,
)
from .expressions import name
from .names import scales_cotangent
from .reuse import UFUNCS, is_call

if TYPE_CHECKING:
    from .program import Printer


class Stores:
    """Mixin of the printer of `program`."""

    def assign(self: Printer, var: Var, value: Any) -> Any:
        return gast.Assign([name(self.names.of[var], True)], value, None)

    def augmented(self: Printer, stmt: Call) -> Any:
        """`a += b` for `a = a + b`, where the user wrote it so or `a` is a cotangent that may change in place."""
        if scales_cotangent(stmt):
            return self._scaled(stmt)
        if stmt.prim.fn not in (operator.add, operator.sub) or not isinstance(stmt.args[0], Var):
            return None
        target, added, out = stmt.args[0], stmt.args[1], stmt.out
        subtracts = stmt.prim.fn is operator.sub
        if not subtracts and out.name.startswith("d_") and isinstance(added, Var) and added not in self.layout.folded \
                and self.names.of[added] == self.names.of[out]:
            target, added = added, target  # a + b is b + a: what may change in place stands first
        if target in self.layout.folded or self.names.of[target] != self.names.of[out]:
            return None
        written_so = _was_augmented(stmt.loc)
        if not (out.name.startswith("d_") or written_so):
            return None
        scalars = isinstance(target.kind, Scalar) and isinstance(out.kind, Scalar)
        fits = written_so or self._same_form(target, added)
        if not scalars and not (fits and self.ownership.may_change(target, out, stmt)):
            return None
        place = name(self.names.of[target], True)
        if subtracts:
            return gast.AugAssign(place, gast.Sub(), self.expressions.atom(added))
        return self._added(place, added)

    def in_place(self: Printer, stmt: Call) -> Any:
        """`a *= b` or `np.subtract(1, a, out=a)`, for an operation in the memory of an operand."""
        array, fn = changed(stmt), stmt.prim.fn
        assert array is not None
        if not self.ownership.may_change(array, stmt.out, stmt):
            return None
        place, args = self.names.of[array], stmt.args
        if not is_call(stmt):
            args = args if args[0] is array else args[::-1]
            return gast.AugAssign(name(place, True), getattr(gast, prim.SYMBOLS[fn])(), self.expressions.atom(args[1]))
        ufunc: Any = UFUNCS.get(fn, fn)
        return gast.Expr(gast.Call(self.expressions.function(prim.primitive_for(ufunc).name, ufunc),
                                   [self.expressions.atom(a) for a in args],
                                   [gast.keyword("out", name(place))]))

    def _scaled(self: Printer, stmt: Call) -> Any:
        """`d_a *= b` for a product of no name: where the cotangent has no other reader, its memory is used again."""
        target, factor = stmt.args
        assert isinstance(target, Var)
        if target in self.layout.folded or self.names.of[target] != self.names.of[stmt.out] or not (
                self._same_form(target, factor) and self.ownership.may_change(target, stmt.out, stmt)):
            return None
        return gast.AugAssign(name(self.names.of[target], True), gast.Mult(), self.expressions.atom(factor))

    def _added(self: Printer, place: Any, value: Atom) -> Any:
        """`place += value`, or `place -= v` where the value is -v."""
        call = self.layout.folded.get(value) if isinstance(value, Var) else None
        if call is not None and call.prim.fn is operator.neg:
            return gast.AugAssign(place, gast.Sub(), self.expressions.atom(call.args[0]))
        if isinstance(value, Lit) and isinstance(value.value, (int, float)) and value.value < 0:
            return gast.AugAssign(place, gast.Sub(), self.expressions.literal(-value.value))
        return gast.AugAssign(place, gast.Add(), self.expressions.atom(value))

    @staticmethod
    def _same_form(target: Var, value: Atom) -> bool:
        """Does `value` fit into `target` for sure? (Both are cotangents of one value.)"""
        if not isinstance(target.kind, Array):
            return False
        if not isinstance(value, Var):
            return True
        wanted, shape = shape_of(target.kind), shape_of(value.kind)
        if wanted is None or shape is None or len(shape) > len(wanted) or target.kind.dtype is None \
                or not same_dtype(dtype_of(value.kind), target.kind.dtype):
            return False
        ends = wanted[len(wanted) - len(shape):]
        return all(w == n or not may_be_one(w) for w, n in zip(ends, shape, strict=True))

    def store(self: Printer, stmt: Call) -> list[Any]:
        """target[index] = value, in place where nobody else reads the old value; else in a copy."""
        target, index, value = stmt.args
        out = self.names.of[stmt.out]
        made: list[Any] = []
        if not (isinstance(target, Var) and target not in self.layout.folded
                and self.ownership.may_change(target, stmt.out, stmt)):
            numpy = name(self.expressions.imports.module("numpy"))
            copy = gast.Call(gast.Attribute(numpy, "array", gast.Load()), [self.expressions.atom(target)], [])
            made.append(self.assign(stmt.out, copy))
        place = gast.Subscript(name(out), self.expressions.index(index), gast.Store())
        if stmt.prim.form == "store":
            made.append(gast.Assign([place], self.expressions.atom(value), None))
        elif self._names_once(index):
            made.append(self._added(place, value))
        else:
            add = self.expressions.function("numpy.add", None)
            call = gast.Call(gast.Attribute(add, "at", gast.Load()),
                             [name(out), self.expressions.atom(index), self.expressions.atom(value)], [])
            made.append(gast.Expr(call))
        return made

    def _names_once(self: Printer, index: Atom) -> bool:
        """Basic indices and masks name each element at most once, so `+=` adds everything."""
        call = self.layout.folded.get(index) if isinstance(index, Var) else None
        parts = call.args if call is not None and call.prim is prim.TUPLE else (index,)
        for part in parts:
            if isinstance(part, Lit):
                if isinstance(part.value, (list, tuple)):
                    return False
                continue
            kind = part.kind
            if isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.dtype is not None
                                            and kind.dtype.kind == "b") or repr(kind) == "slice":
                continue
            return False
        return True



def _was_augmented(loc: Loc | None) -> bool:
    return loc is not None and not loc.backward and not loc.level and isinstance(loc.stmt, gast.AugAssign)
