"""Recursion whose depth only the run knows: the function becomes a routine, which calls itself.

A recursive call under tests that the kinds decide is interpreted in place, as any call: recursion over the nesting of
an argument, or over a count that is known, unrolls. Where it stands in a branch or a loop of the run, lowering starts
again with the function as a routine. Its body is interpreted with parameters of its own until the kinds of what goes
in and comes out are stable: at first a recursive call does not return, so the kinds are those of the base cases.

What the body reads from outside (a closure, a global) becomes further parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..desugar import desugar
from ..domains import kinds
from ..domains.kinds import Array, Kind, Scalar, Sym
from ..ir import Atom, Block, Call, Function, If, Lit, Param, Var, free_vars, walk
from ..ir_routines import Routine
from .exposed import has_yield
from .statements import Unreachable
from .values import UNBOUND, Map, Object, Ref, Seq, UserFunction, same

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_PASSES = 12
MAX_UNROLLED = 30  # activations of one function inside each other, where its tests are decided
MAX_UNROLLED_CALLS = 200  # calls of functions that cannot be routines
REPEATABLE = ("assert", "raise")  # forms that are not pure, but may run twice
INSTEAD = "Write it as a loop."


class Recursive(UnsupportedError):
    """A recursive call in a branch of the run: lower again, with this function as a routine."""

    key: Any = None


@dataclass(frozen=True, eq=False, slots=True)
class Leaf:
    """A place of an argument or result that is a number or an array of the run."""

    kind: Kind


@dataclass(frozen=True, eq=False, slots=True)
class Fixed:
    """A place that holds the same thing in every call: a function, an object, a string, a number."""

    value: Any


@dataclass(eq=False)
class Plan:
    """A routine in the making, or made: the forms of its parameters and of its result (trees of Leaf and Fixed)."""

    label: str
    params: dict[str, Any]
    routine: Routine
    scope: Any
    output: Any = None  # None: no path is known to return yet
    captured: tuple[Var, ...] = ()
    lends: bool = False  # may an array that it returns be one that it was given? (a copy is returned)
    stable: bool = False
    done: bool = False


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
            if self._reusable(plan, function, bound):
                return self._emit_routine(plan, bound, name)
        label = str(getattr(function.node, "name", "f"))
        plan = Plan(label, {n: self._form(v) for n, v in bound.items()}, Routine(label), function.scope)
        plans.append(plan)
        try:
            self._make(plan, function, node)
        except Recursive:
            raise
        except UnsupportedError as error:
            plans.remove(plan)
            self.not_routines[key] = error
            return NotImplemented
        return self._emit_routine(plan, bound, name)

    def _reusable(self: Lowerer, plan: Plan, function: UserFunction, bound: dict[str, Any]) -> bool:
        """Does a routine say what this call does, too? Not where it read names or containers that may have changed."""
        outer = {c.var: b for source, c in self.captured.items() for b in (self.captured_buffers.get(source),)}
        if function.scope is not None or any(v not in outer for v in plan.captured):
            return False
        if any(b is not None and self.state.store.get(b, v) is not v for v, b in outer.items()):
            return False
        try:
            return all(_is_settled(form) and not self._fit(form, bound[n], n)[1] for n, form in plan.params.items())
        except UnsupportedError:
            return False

    def _call_itself(self: Lowerer, plan: Plan, bound: dict[str, Any], name: str, node: Any) -> Any:
        for parameter, value in bound.items():
            form, changed = self._fit(plan.params[parameter], value, parameter)
            if changed:
                plan.params[parameter] = form
                plan.stable = False
        if plan.output is None:
            raise Unreachable
        return self._emit_routine(plan, bound, name)

    # --- making one -----------------------------------------------------------------------------------------------

    def _make(self: Lowerer, plan: Plan, function: UserFunction, node: Any) -> None:
        """Interpret the body until nothing changes."""
        for number in range(MAX_PASSES):
            if number >= 4:
                plan.params = {n: _loosened(form) for n, form in plan.params.items()}
            plan.stable = True
            before = plan.output
            made = self._interpret(plan, function, node)
            if plan.stable and before is not None:
                plan.routine.function = made
                plan.done = True
                return
            if plan.output is None and plan.stable:
                raise self.refuse(f"the recursive function `{plan.label}`", "No path of it returns.", INSTEAD, node)
        raise self.refuse(f"the recursive function `{plan.label}`, whose values change their kind at every call", "",
                          INSTEAD, node)

    def _interpret(self: Lowerer, plan: Plan, function: UserFunction, node: Any) -> Function:
        start = self.state
        self.state = start.copy()
        params: list[Param] = []
        bound = {n: self._bind(form, n, params) for n, form in plan.params.items()}
        given = {b: v for b, v in self.state.store.items() if b not in start.store}
        saved = (self.progress, self.consumers, self.yields, self.activations, self.nesting)
        self.progress, self.consumers, self.yields, self.activations, self.nesting = None, [], [], [], 0
        leaves: list[Atom] = []
        tree: Any = None
        try:
            with self.new_block() as block:
                try:
                    value = self.run_user(function, bound, "")
                    tree = self._result(self.opened(value), leaves, plan)
                except Unreachable:
                    pass
                results = self._own_results(leaves, block, plan)
            self._check_outside(plan, start, given, node)
        finally:
            frozen, self.state = self.state.frozen, start
            self.progress, self.consumers, self.yields, self.activations, self.nesting = saved
        start.frozen.update({b: why for b, why in frozen.items() if b in start.store or b in start.heap})
        if tree is not None:
            self._widen_output(plan, tree)
        inner = {p.var for p in params}
        captured = tuple(v for v in free_vars(tuple(block), tuple(results)) if v not in inner)
        if captured != plan.captured:
            plan.captured, plan.stable = captured, False
        self._note_effects(plan, tuple(block))
        names = {p.name for p in params}
        for var in captured:
            params.append(Param(var, _unused(var.name or "outer", names)))
        return Function(plan.label, tuple(params), tuple(block), tuple(results), len(results) == 1, function.origin)

    def _note_effects(self: Lowerer, plan: Plan, block: Block) -> None:
        calls = [s for s in walk(block) if isinstance(s, Call) and s.prim is not plan.routine.primitive]
        pure = all(c.prim.pure for c in calls)
        repeats = all(c.prim.pure or c.prim.form in REPEATABLE or
                      (isinstance(c.prim.rule, Routine) and c.prim.rule.repeats) for c in calls)
        if (pure, repeats) != (plan.routine.pure, plan.routine.repeats):
            plan.routine, plan.stable = Routine(plan.label, pure, repeats), False

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

    # --- forms ------------------------------------------------------------------------------------------------------

    def _form(self: Lowerer, value: Any) -> Any:
        if isinstance(value, Seq):
            return Seq(tuple(self._form(v) for v in value.items), value.type)
        if isinstance(value, (Var, Ref)):
            return Leaf(_general(self.kind(value)))
        return Fixed(value)

    def _fit(self: Lowerer, form: Any, value: Any, name: str) -> tuple[Any, bool]:
        """The least form that covers an argument too, and whether it is another one."""
        if isinstance(form, Seq):
            if not isinstance(value, Seq) or value.type is not form.type or len(value.items) != len(form.items):
                raise self._unfit(name)
            parts = [self._fit(f, v, name) for f, v in zip(form.items, value.items, strict=True)]
            changed = any(c for _, c in parts)
            return (Seq(tuple(f for f, _ in parts), form.type), True) if changed else (form, False)
        if isinstance(form, Fixed) and same(form.value, value):
            return form, False
        known = form.kind if isinstance(form, Leaf) else self._number_kind(form.value)
        kind = self.kind(value) if isinstance(value, (Var, Ref)) else self._number_kind(value)
        if known is None or kind is None:
            raise self._unfit(name)
        if isinstance(form, Leaf) and kinds.covers(known, _general(kind)):
            return form, False
        joined = kinds.join(_general(known), _general(kind))
        if type(joined) is Kind:
            raise self._unfit(name)
        return Leaf(joined), True

    @staticmethod
    def _number_kind(value: Any) -> Kind | None:
        """The kind of a number that is known now; None for what is no number."""
        number = isinstance(value, Lit) and isinstance(value.value, (bool, int, float, complex))
        return kinds.kind_of(value.value) if number else None

    def _unfit(self: Lowerer, name: str) -> UnsupportedError:
        return self.refuse(f"a recursion whose argument `{name}` is another kind of thing at each call", "", INSTEAD)

    def _bind(self: Lowerer, form: Any, name: str, params: list[Param]) -> Any:
        """The abstract value of a parameter; its leaves are parameters of the IR."""
        if isinstance(form, Seq):
            return Seq(tuple(self._bind(f, f"{name}_{i}", params) for i, f in enumerate(form.items)), form.type)
        if isinstance(form, Fixed):
            return form.value
        var = Var(name, form.kind)
        params.append(Param(var, _unused(name, {p.name for p in params})))
        return self.value_of(var)

    def _leaves(self: Lowerer, form: Any, value: Any) -> list[Any]:
        if isinstance(form, Seq):
            return [a for f, v in zip(form.items, value.items, strict=True) for a in self._leaves(f, v)]
        return [] if isinstance(form, Fixed) else [self.atom(value)]

    # --- results ----------------------------------------------------------------------------------------------------

    def _result(self: Lowerer, value: Any, leaves: list[Atom], plan: Plan) -> Any:
        """The form of what the body returns; `leaves` gets its numbers and arrays."""
        if isinstance(value, Seq):
            return Seq(tuple(self._result(v, leaves, plan) for v in value.items), value.type)
        if isinstance(value, Map):
            return Map({k: self._result(v, leaves, plan) for k, v in value.items.items()}, value.type)
        kind = self.kind(value) if isinstance(value, (Var, Ref)) else self._number_kind(value)
        if kind is None:
            if isinstance(value, Lit):
                return Fixed(value)
            raise self.refuse(f"the recursive function `{plan.label}`, which returns {self.describe(value)}", "",
                              "Return numbers, arrays, or tuples of them.")
        leaves.append(self.atom(value))
        return Leaf(_general(kind))

    def _widen_output(self: Lowerer, plan: Plan, tree: Any) -> None:
        if plan.output is None:
            plan.output, plan.stable = tree, False
            return
        joined = _join_forms(plan.output, tree)
        if joined is None:
            raise self.refuse(f"the recursive function `{plan.label}`, which returns different kinds of things", "",
                              "Return values of one kind on every path.")
        if joined is not plan.output:
            plan.output, plan.stable = joined, False

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

    def _emit_routine(self: Lowerer, plan: Plan, bound: dict[str, Any], name: str) -> Any:
        args = [a for n, form in plan.params.items() for a in self._leaves(form, bound[n])]
        outs: list[Var] = []

        def make(form: Any, hint: str) -> Any:
            if isinstance(form, Seq):
                return Seq(tuple(make(f, f"{hint}_{i}" if hint else "") for i, f in enumerate(form.items)), form.type)
            if isinstance(form, Map):
                return Map({k: make(f, str(k) if str(k).isidentifier() else "") for k, f in form.items.items()},
                           form.type)
            if isinstance(form, Fixed):
                return form.value
            outs.append(Var(hint, _general(form.kind)))
            return self.value_of(outs[-1])

        value = make(plan.output, name)
        self.block.append(Call(tuple(outs), plan.routine.primitive, (*args, *plan.captured), (), self.loc))
        if plan.lends:
            buffers = [b for b, v in self.state.store.items() if v in outs or v in args]
            self.freeze(buffers, f"`{plan.label}` may return an array that it was given")
        return self.boxed(value)




def _is_settled(form: Any) -> bool:
    """Does what is fixed in an argument stay what it is for good?"""
    if isinstance(form, Seq):
        return all(map(_is_settled, form.items))
    return isinstance(form, Leaf) or isinstance(form.value, (Lit, Object)) or (
        isinstance(form.value, UserFunction) and form.value.scope is None)


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


def _general(kind: Kind) -> Kind:
    """A kind as it is said of every call: lengths are symbols of their own."""
    if isinstance(kind, Scalar):
        return Scalar(kind.dtype, kind.python)
    if isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, tuple(Sym(one=n.one) if isinstance(n, Sym) else n for n in kind.shape))
    return kind


def _loosened(form: Any) -> Any:
    """After a few passes stop following lengths and ranks."""
    if isinstance(form, Seq):
        return Seq(tuple(map(_loosened, form.items)), form.type)
    if isinstance(form, Leaf) and isinstance(form.kind, Array):
        return Leaf(Array(form.kind.dtype, None))
    return form


def _join_forms(a: Any, b: Any) -> Any:
    """The least form that covers both results, `a` itself where it does; None where there is none."""
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        if kinds.covers(a.kind, b.kind):
            return a
        joined = kinds.join(a.kind, b.kind)
        return None if type(joined) is Kind else Leaf(_general(joined))
    if isinstance(a, Fixed) and isinstance(b, Fixed):
        return a if same(a.value, b.value) else None
    if isinstance(a, Seq) and isinstance(b, Seq) and a.type is b.type and len(a.items) == len(b.items):
        items = tuple(map(_join_forms, a.items, b.items))
        if None in items:
            return None
        return a if all(m is n for m, n in zip(items, a.items, strict=True)) else Seq(items, a.type)
    if isinstance(a, Map) and isinstance(b, Map) and list(a.items) == list(b.items):
        values = {k: _join_forms(a.items[k], b.items[k]) for k in a.items}
        if None in values.values():
            return None
        return a if all(values[k] is a.items[k] for k in values) else Map(values, a.type)
    return None


def _unused(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{number}"
    taken.add(found)
    return found
