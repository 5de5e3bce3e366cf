"""Large helpers that are called often become functions of the generated text, each with an adjoint of its own.

    y = helper(x)      =>      y, saved = helper_forward(x)      ...      d_x = helper_backward(saved, d_y)

A helper is interpreted in place at first, and the statements of its copies are counted. Once a function of the text
would save more than `SAVED` of them, lowering starts again with this helper as a routine (see `recursion`). That goes
by the kinds of the arguments: a call with others, or with another constant that is no float, counts as another helper.

What a routine cannot do stays in place: changing its arguments, returning one of them or a view of it, functions that
close over names, containers that may change, printing and drawing. Where what follows needs to know more of a result,
or a transform finds a routine unfit (`ir_routines.InPlace`), the function is lowered with every helper in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import UnsupportedError
from ..domains import kinds
from ..domains.kinds import Array, Scalar, Sym
from ..ir import Call, For, Function, If, Lit, Var, While, walk
from ..ir_routines import Routine
from .forms import Fixed, Leaf, Plan, general
from .recursion import Recursive
from .values import Object, Ref, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

SMALL = 12  # a helper of so few statements is interpreted in place however often it is called
SAVED = 100  # statements that one function instead of copies must save


class Restart(Exception):
    """Lower again, with what was found out about a helper."""

    def __init__(self, signature: Any) -> None:
        super().__init__(signature)
        self.signature = signature


class Large(Restart):
    """With this helper as a routine."""


class Unfit(Restart):
    """With this helper in place: it does what a routine cannot do."""


class Helpers:
    """Mixin of `Lowerer`."""

    def call_helper(self: Lowerer, function: UserFunction, bound: dict[str, Any], name: str) -> Any:
        """The value of a call of the user's function: as a routine where that is shorter, else in place."""
        # while a recursive function is made, a call of it may not return yet: what a helper computes is not known
        settled = self.progress is None and not self.making
        signature = self._signature(function, bound) if settled else None
        if signature is None or signature in self.unfit:
            return self.run_user(function, bound, name)
        if signature in self.as_helper:
            return self._call_as_helper(signature, function, bound, name)
        block, start = self.block, len(self.block)
        result = self.run_user(function, bound, name)
        size = sum(1 for _ in walk(tuple(block[start:])))
        if size > SMALL:
            first, total = self.inlined.get(signature, (size, 0))
            self.inlined[signature] = first, total + size
            if total + size - first > SAVED:
                raise Large(signature)
        return result

    def _call_as_helper(self: Lowerer, signature: Any, function: UserFunction, bound: dict[str, Any], name: str
                        ) -> Any:
        plans = self.routines.setdefault(signature, [])
        for plan in plans:
            if not plan.done:  # it calls itself with the same kinds: that is for `recursion`
                raise Unfit(signature)
            if self.reusable(plan, function, bound):
                return self.emit_routine(plan, bound, name)
        label = str(function.node.name)
        plan = Plan(label, {n: self._helper_form(v) for n, v in bound.items()}, Routine(label, helper=True), None)
        plans.append(plan)
        try:
            made = self.interpret_routine(plan, function, self.node)
        except Recursive:
            raise
        except UnsupportedError:
            raise Unfit(signature) from None
        if not self._can_be_routine(plan, made):
            raise Unfit(signature)
        plan.routine.function, plan.done = made, True
        return self.emit_routine(plan, bound, name)

    def _can_be_routine(self: Lowerer, plan: Plan, made: Function) -> bool:
        """Is all that it computes in its results, from its parameters and from what is read at each call?"""
        outer = {c.var for c in self.captured.values()}
        if any((isinstance(s, If) and s.style == "checkpoint") or (isinstance(s, For) and s.snapshots is not None)
               for s in walk(made.body)):
            return False  # what it computes again on the way back is the caller's to keep
        return plan.output is not None and plan.routine.repeats and outer.issuperset(plan.captured) and all(
            _is_number_or_array(r.kind) and not (plan.lends and _is_given(r, made)) for r in made.results
            if isinstance(r, Var))

    # --- what makes two calls the same ------------------------------------------------------------------------------

    def _signature(self: Lowerer, function: UserFunction, bound: dict[str, Any]) -> Any:
        """Code and kinds of a call, equal for two that one routine can serve; None for what no routine can."""
        if function.scope is not None or not hasattr(function.node, "name"):
            return None
        marks = tuple((name, self._mark(value)) for name, value in bound.items())
        return None if any(m is None for _, m in marks) else (self.code_key(function), marks)

    def _mark(self: Lowerer, value: Any) -> Any:
        if isinstance(value, Seq):
            items = tuple(map(self._mark, value.items))
            return None if None in items else (value.type, items)
        if isinstance(value, Lit) and not isinstance(value.value, float):
            constant = value.value is None or isinstance(value.value, (bool, int, str, complex))
            return ("constant", type(value.value), value.value) if constant else self._mark_of_object(value.value)
        if isinstance(value, (Var, Ref, Lit)):
            kind = self.kind(value)
            if isinstance(kind, Array) and kind.dtype is not None:
                return Array, kind.dtype, None if kind.shape is None else tuple(map(_mark_of_length, kind.shape))
            return (Scalar, kind.dtype, kind.python) if isinstance(kind, Scalar) and kind.dtype is not None else None
        if isinstance(value, Object):
            return "object", id(value.value), value.source
        if isinstance(value, UserFunction):
            return ("function", self.code_key(value)) if value.scope is None and not value.first else None
        return None

    @staticmethod
    def _mark_of_object(value: Any) -> Any:
        return ("known", id(value)) if callable(value) else None

    def _helper_form(self: Lowerer, value: Any) -> Any:
        """A float is a parameter even where it is known, so that calls with others share the routine."""
        if isinstance(value, Seq):
            return Seq(tuple(map(self._helper_form, value.items)), value.type)
        if isinstance(value, (Var, Ref)) or (isinstance(value, Lit) and isinstance(value.value, float)):
            return Leaf(_any_length(self.kind(value)))
        return Fixed(value)


def _is_given(result: Var, made: Function) -> bool:
    """Is what is returned a copy of a parameter or of a view? (What a loop leaves may be one, if no trip has run.)"""
    by_out = {o: s for s in walk(made.body) for o in (
        s.outs if isinstance(s, Call) else (c.out for c in s.carried) if isinstance(s, (For, While)) else (
            j.out for j in s.outs) if isinstance(s, If) else ())}
    stmt = by_out.get(result)
    if not isinstance(stmt, Call) or stmt.prim.rule is not np.array or not isinstance(stmt.args[0], Var):
        return False
    return not isinstance(by_out.get(stmt.args[0]), (For, While, If))


def _mark_of_length(length: Any) -> Any:
    """What counts of a length: whether it is or may be 1, whether its slices may have length 1 (see `variants`)."""
    return 1 if length == 1 else (kinds.may_be_one(length), kinds.least_of(length) >= kinds.LONG)


def _any_length(kind: Any) -> Any:
    """The kind for all calls of one signature."""
    if not isinstance(kind, Array) or kind.shape is None:
        return general(kind)
    return Array(kind.dtype, tuple(1 if n == 1 else Sym(one=kinds.may_be_one(n), least=kinds.LONG if kinds.least_of(
        n) >= kinds.LONG else 0) for n in kind.shape))


def _is_number_or_array(kind: Any) -> bool:
    return isinstance(kind, (Scalar, Array)) and kinds.dtype_of(kind) is not None


__all__ = ["Helpers", "Large", "Restart", "Unfit"]
