"""Recursion whose depth only the run knows: the function becomes a routine, which calls itself.

A recursive call under tests that the kinds decide is interpreted in place, as any call: recursion over the nesting of
an argument, or over a count that is known, unrolls. Where it stands in a branch or a loop of the run, lowering starts
again with the function as a routine. Its body is interpreted with parameters of its own until the kinds of what goes
in and comes out are stable: at first a recursive call does not return, so the kinds are those of the base cases.

What the body reads from outside (a closure, a global) becomes further parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..desugar import desugar
from ..domains.kinds import Scalar
from ..ir import Atom, Block, Call, Function, If, Param, Var, free_vars, walk
from ..ir_routines import Routine
from .exposed import has_yield
from .forms import INSTEAD, Fixed, Plan, general, is_settled, loosened, unused
from .statements import Unreachable
from .values import UNBOUND, Map, Seq, UserFunction, same

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_PASSES = 12
MAX_UNROLLED = 30  # activations of one function inside each other, where its tests are decided
MAX_UNROLLED_CALLS = 200  # calls of functions that cannot be routines
REPEATABLE = ("assert", "raise")  # forms that are not pure, but may run twice
CHECKS = "pullback.runtime.checks."  # these raise, or do nothing


class Recursive(UnsupportedError):
    """A recursive call in a branch of the run: lower again, with this function as a routine."""

    key: Any = None


class Recursion:
    """Mixin of `Lowerer`."""

    @staticmethod
    def code_key(function: UserFunction) -> Any:
        """What makes two functions the same one, also when lowering starts again (a nested one: but for its scope)."""
        whole = desugar(function.origin) is function.node
        fn = function.origin.fn
        return fn if whole else (fn, function.node.lineno, function.node.col_offset)

    def recursive_call(self: Lowerer, function: UserFunction, node: Any) -> bool:
        """Is this call to be one of a routine? Raises where lowering must start again to make it one."""
        if self.rule_mode or has_yield(function.node):
            return False
        key = self.code_key(function)
        if key in self.as_routine:
            if key in self.not_routines:
                self.unrolled += 1
                if self.unrolled > MAX_UNROLLED_CALLS:
                    raise self.not_routines[key]
            return key not in self.not_routines
        nestings = [nesting for entry, nesting in self.activations if entry == key]
        if nestings and (self.nesting > nestings[0] or len(nestings) > MAX_UNROLLED):
            label = getattr(function.node, "name", "<lambda>")
            again = Recursive(f"the recursive function `{label}` here", self.where(node), "", INSTEAD)
            again.key = key
            raise again
        return False

    def call_routine(self: Lowerer, function: UserFunction, bound: dict[str, Any], name: str, node: Any) -> Any:
        """The value of a call of a routine; NotImplemented where it cannot be one (it is unrolled then)."""
        key = self.code_key(function)
        plans = self.routines.setdefault(key, [])
        if plans and not plans[-1].done:
            if plans[-1].scope is not function.scope:
                raise self.refuse("a function that is defined anew in its own recursion", "", INSTEAD, node)
            return self._call_itself(plans[-1], bound, name, node)
        for plan in plans:
            if self.reusable(plan, function, bound):
                return self.emit_routine(plan, bound, name)
        label = str(getattr(function.node, "name", "f"))
        plan = Plan(label, {n: self.form_of(v) for n, v in bound.items()}, Routine(label), function.scope)
        plans.append(plan)
        self.making += 1
        try:
            self._make(plan, function, node)
        except Recursive:
            raise
        except UnsupportedError as error:
            plans.remove(plan)
            self.not_routines[key] = error
            return NotImplemented
        finally:
            self.making -= 1
        return self.emit_routine(plan, bound, name)

    def reusable(self: Lowerer, plan: Plan, function: UserFunction, bound: dict[str, Any]) -> bool:
        """Does a routine say what this call does, too? Not where it read names or containers that may have changed."""
        outer = {c.var: b for source, c in self.captured.items() for b in (self.captured_buffers.get(source),)}
        if function.scope is not None or any(v not in outer for v in plan.captured):
            return False
        if any(b is not None and self.state.store.get(b, v) is not v for v, b in outer.items()):
            return False
        try:
            return all(is_settled(form) and not self.fit(form, bound[n], n)[1] for n, form in plan.params.items())
        except UnsupportedError:
            return False

    def _call_itself(self: Lowerer, plan: Plan, bound: dict[str, Any], name: str, node: Any) -> Any:
        for parameter, value in bound.items():
            form, changed = self.fit(plan.params[parameter], value, parameter)
            if changed:
                plan.params[parameter] = form
                plan.stable = False
        if plan.output is None:
            raise Unreachable
        return self.emit_routine(plan, bound, name)

    # --- making one -----------------------------------------------------------------------------------------------

    def _make(self: Lowerer, plan: Plan, function: UserFunction, node: Any) -> None:
        """Interpret the body until nothing changes."""
        for number in range(MAX_PASSES):
            if number >= 4:
                plan.params = {n: loosened(form) for n, form in plan.params.items()}
            plan.stable = True
            before = plan.output
            made = self.interpret_routine(plan, function, node)
            if plan.stable and before is not None:
                plan.routine.function = made
                plan.done = True
                return
            if plan.output is None and plan.stable:
                raise self.refuse(f"the recursive function `{plan.label}`", "No path of it returns.", INSTEAD, node)
        raise self.refuse(f"the recursive function `{plan.label}`, whose values change their kind at every call", "",
                          INSTEAD, node)

    def interpret_routine(self: Lowerer, plan: Plan, function: UserFunction, node: Any) -> Function:
        start = self.state
        self.state = start.copy()
        params: list[Param] = []
        bound = {n: self.bind_form(form, n, params) for n, form in plan.params.items()}
        given = {b: v for b, v in self.state.store.items() if b not in start.store}
        saved = (self.progress, self.consumers, self.yields, self.activations, self.nesting)
        self.progress, self.consumers, self.yields, self.activations, self.nesting = None, [], [], [], 0
        leaves: list[Atom] = []
        tree: Any = None
        try:
            with self.new_block() as block:
                try:
                    value = self.run_user(function, bound, "")
                    tree = self.result_form(self.opened(value), leaves, plan)
                except Unreachable:
                    pass
                results = self._own_results(leaves, block, plan)
            self._check_outside(plan, start, given, node)
        finally:
            frozen, self.state = self.state.frozen, start
            self.progress, self.consumers, self.yields, self.activations, self.nesting = saved
        start.frozen.update({b: why for b, why in frozen.items() if b in start.store or b in start.heap})
        if tree is not None:
            self.widen_output(plan, tree)
        inner = {p.var for p in params}
        captured = tuple(v for v in free_vars(tuple(block), tuple(results)) if v not in inner)
        if captured != plan.captured:
            plan.captured, plan.stable = captured, False
        self._note_effects(plan, tuple(block))
        names = {p.name for p in params}
        for var in captured:
            params.append(Param(var, unused(var.name or "outer", names)))
        return Function(plan.label, tuple(params), tuple(block), tuple(results), len(results) == 1, function.origin)

    def _note_effects(self: Lowerer, plan: Plan, block: Block) -> None:
        calls = [s for s in walk(block) if isinstance(s, Call) and s.prim is not plan.routine.primitive]
        pure = all(c.prim.pure for c in calls)
        repeats = all(c.prim.pure or c.prim.form in REPEATABLE or c.prim.name.startswith(CHECKS) or
                      (isinstance(c.prim.rule, Routine) and c.prim.rule.repeats) for c in calls)
        if (pure, repeats) != (plan.routine.pure, plan.routine.repeats):
            plan.routine, plan.stable = Routine(plan.label, pure, repeats, plan.routine.helper), False

    def _check_outside(self: Lowerer, plan: Plan, start: Any, given: dict[Any, Var], node: Any) -> None:
        """A routine changes nothing but what it made itself."""
        what = f"the recursive function `{plan.label}`"
        for buffer, var in (*start.store.items(), *given.items()):
            if self.state.store.get(buffer, var) is not var:
                raise self.refuse(f"a store into an array from outside, in {what}",
                                  "The array would keep the change after the call.",
                                  "Make a copy first: `a = a.copy()`.", node)
        changed = [k for k, v in start.heap.items() if not same(self.state.heap.get(k, v), v)]
        if changed:
            raise self.refuse(f"a change of a container from outside, in {what}", "", "Return what is new.", node)
        for key, value in start.env.items():
            if not same(self.state.env.get(key, UNBOUND), value):
                raise self.refuse(f"an assignment to `{key[1]}` of the function around, in {what}", "",
                                  "Return the value.", node)

    # --- results -------------------------------------------------------------------------------------------------

    def _own_results(self: Lowerer, leaves: list[Atom], block: list[Any], plan: Plan) -> list[Atom]:
        """The results, each array in memory of its own."""
        made: dict[Var, Any] = {o: s for s in walk(tuple(block)) for o in getattr(s, "outs", ())
                                if isinstance(o, Var)}
        made.update((j.out, s) for s in walk(tuple(block)) if isinstance(s, If) for j in s.outs)
        results: list[Atom] = []
        for atom in leaves:
            if isinstance(atom, Var) and not isinstance(atom.kind, Scalar) and (
                    atom in results or not _is_fresh(atom, made)):
                plan.lends = True
                copy = Var(atom.name, atom.kind)
                block.append(Call((copy,), prim.primitive_for(np.array), (atom,), (), self.loc))
                results.append(copy)
            else:
                results.append(atom)
        return results

    def emit_routine(self: Lowerer, plan: Plan, bound: dict[str, Any], name: str) -> Any:
        args = [a for n, form in plan.params.items() for a in self.leaves_of(form, bound[n])]
        outs: list[Var] = []

        def make(form: Any, hint: str) -> Any:
            if isinstance(form, Seq):
                return Seq(tuple(make(f, f"{hint}_{i}" if hint else "") for i, f in enumerate(form.items)), form.type)
            if isinstance(form, Map):
                return Map({k: make(f, str(k) if str(k).isidentifier() else "") for k, f in form.items.items()},
                           form.type)
            if isinstance(form, Fixed):
                return form.value
            outs.append(Var(hint, general(form.kind)))
            return self.value_of(outs[-1])

        value = make(plan.output, name)
        self.block.append(Call(tuple(outs), plan.routine.primitive, (*args, *plan.captured), (), self.loc))
        if plan.lends:
            buffers = [b for b, v in self.state.store.items() if v in outs or v in args]
            self.freeze(buffers, f"`{plan.label}` may return an array that it was given")
        return self.boxed(value)


def _is_fresh(var: Var, made: dict[Var, Any]) -> bool:
    """Is the array surely in memory of its own?"""
    stmt = made.get(var)
    if isinstance(stmt, Call):
        return stmt.prim in (prim.SET_ITEM, prim.ADD_AT) or (
            stmt.prim.alias == "fresh" and stmt.prim.form not in ("tape_pop", "list_pop", "item", "identity"))
    if isinstance(stmt, If):
        join = next(j for j in stmt.outs if j.out is var)
        return all(isinstance(a, Var) and (isinstance(a.kind, Scalar) or _is_fresh(a, made)) for a in (
            join.from_then, join.from_else))
    return False
