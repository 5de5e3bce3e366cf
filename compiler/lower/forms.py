"""The forms of what goes into a routine and comes out of it: trees of what the run decides, and of what is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...runtime.errors import UnsupportedError
from ..domains import kinds
from ..domains.kinds import Array, Kind, Scalar, Sym
from ..ir import Atom, Lit, Param, Var
from ..ir_routines import Routine
from .values import Map, Object, Ref, Seq, UserFunction, same

if TYPE_CHECKING:
    from .lowerer import Lowerer

INSTEAD = "Write it as a loop."


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


class Forms:
    """Mixin of `Lowerer`."""

    def form_of(self: Lowerer, value: Any) -> Any:
        if isinstance(value, Seq):
            return Seq(tuple(self.form_of(v) for v in value.items), value.type)
        if isinstance(value, (Var, Ref)):
            return Leaf(general(self.kind(value)))
        return Fixed(value)

    def fit(self: Lowerer, form: Any, value: Any, name: str) -> tuple[Any, bool]:
        """The least form that covers an argument too, and whether it is another one."""
        if isinstance(form, Seq):
            if not isinstance(value, Seq) or value.type is not form.type or len(value.items) != len(form.items):
                raise self._unfit(name)
            parts = [self.fit(f, v, name) for f, v in zip(form.items, value.items, strict=True)]
            changed = any(c for _, c in parts)
            return (Seq(tuple(f for f, _ in parts), form.type), True) if changed else (form, False)
        if isinstance(form, Fixed) and same(form.value, value):
            return form, False
        known = form.kind if isinstance(form, Leaf) else self.number_kind(form.value)
        kind = self.kind(value) if isinstance(value, (Var, Ref)) else self.number_kind(value)
        if known is None or kind is None:
            raise self._unfit(name)
        if isinstance(form, Leaf) and kinds.covers(known, general(kind)):
            return form, False
        joined = kinds.join(general(known), general(kind))
        if type(joined) is Kind:
            raise self._unfit(name)
        return Leaf(joined), True

    @staticmethod
    def number_kind(value: Any) -> Kind | None:
        """The kind of a number that is known now; None for what is no number."""
        number = isinstance(value, Lit) and isinstance(value.value, (bool, int, float, complex))
        return kinds.kind_of(value.value) if number else None

    def _unfit(self: Lowerer, name: str) -> UnsupportedError:
        return self.refuse(f"a recursion whose argument `{name}` is another kind of thing at each call", "", INSTEAD)

    def bind_form(self: Lowerer, form: Any, name: str, params: list[Param]) -> Any:
        """The abstract value of a parameter; its leaves are parameters of the IR."""
        if isinstance(form, Seq):
            return Seq(tuple(self.bind_form(f, f"{name}_{i}", params) for i, f in enumerate(form.items)), form.type)
        if isinstance(form, Fixed):
            return form.value
        var = Var(name, form.kind)
        params.append(Param(var, unused(name, {p.name for p in params})))
        return self.value_of(var)

    def leaves_of(self: Lowerer, form: Any, value: Any) -> list[Any]:
        if isinstance(form, Seq):
            return [a for f, v in zip(form.items, value.items, strict=True) for a in self.leaves_of(f, v)]
        return [] if isinstance(form, Fixed) else [self.atom(value)]

    # --- results ----------------------------------------------------------------------------------------------------

    def result_form(self: Lowerer, value: Any, leaves: list[Atom], plan: Plan) -> Any:
        """The form of what the body returns; `leaves` gets its numbers and arrays."""
        if isinstance(value, Seq):
            return Seq(tuple(self.result_form(v, leaves, plan) for v in value.items), value.type)
        if isinstance(value, Map):
            return Map({k: self.result_form(v, leaves, plan) for k, v in value.items.items()}, value.type)
        kind = self.kind(value) if isinstance(value, (Var, Ref)) else self.number_kind(value)
        if kind is None:
            if isinstance(value, Lit):
                return Fixed(value)
            raise self.refuse(f"the recursive function `{plan.label}`, which returns {self.describe(value)}", "",
                              "Return numbers, arrays, or tuples of them.")
        leaves.append(self.atom(value))
        return Leaf(general(kind))

    def widen_output(self: Lowerer, plan: Plan, tree: Any) -> None:
        if plan.output is None:
            plan.output, plan.stable = tree, False
            return
        joined = _join_forms(plan.output, tree)
        if joined is None:
            raise self.refuse(f"the recursive function `{plan.label}`, which returns different kinds of things", "",
                              "Return values of one kind on every path.")
        if joined is not plan.output:
            plan.output, plan.stable = joined, False


def is_settled(form: Any) -> bool:
    """Does what is fixed in an argument stay what it is for good?"""
    if isinstance(form, Seq):
        return all(map(is_settled, form.items))
    return isinstance(form, Leaf) or isinstance(form.value, (Lit, Object)) or (
        isinstance(form.value, UserFunction) and form.value.scope is None)


def general(kind: Kind) -> Kind:
    """A kind as it is said of every call: lengths are symbols of their own."""
    if isinstance(kind, Scalar):
        return Scalar(kind.dtype, kind.python)
    if isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, tuple(Sym(one=n.one) if isinstance(n, Sym) else n for n in kind.shape))
    return kind


def loosened(form: Any) -> Any:
    """After a few passes stop following lengths and ranks."""
    if isinstance(form, Seq):
        return Seq(tuple(map(loosened, form.items)), form.type)
    if isinstance(form, Leaf) and isinstance(form.kind, Array):
        return Leaf(Array(form.kind.dtype, None))
    return form


def _join_forms(a: Any, b: Any) -> Any:
    """The least form that covers both results, `a` itself where it does; None where there is none."""
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        if kinds.covers(a.kind, b.kind):
            return a
        joined = kinds.join(a.kind, b.kind)
        return None if type(joined) is Kind else Leaf(general(joined))
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


def unused(name: str, taken: set[str]) -> str:
    """`name`, or `name2`, `name3`, ... where a parameter is called so (globals of two modules, say)."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{number}"
    taken.add(found)
    return found
