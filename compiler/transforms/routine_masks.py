"""Where masks would pass the border of a helper that is a routine (see `masks`).

Read in place, a helper is a part of the caller's elementwise chains: a mask that `np.where` starts on one side of a
call goes on on the other side. A routine has a text of its own, so what would pass is found here, and

* a mask inside that reaches a parameter becomes a zero cotangent that is its own mask, in the caller;
* a mask of the caller's that reaches a result, where the chain inside can be singular, puts the helper in place.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

import numpy as np

from ..domains.kinds import Array
from ..ir import Atom, Call, Function, Var, walk
from ..ir_routines import FORM, Routine
from ..rules import registry
from .masks import BY_CONDITION, PICKING, is_singular, may_warn


def is_helper(call: Call | None) -> bool:
    return call is not None and call.prim.form == FORM and bool(call.prim.rule.helper)


class Chains:
    """The elementwise chains of a function: what made a value, back to its parameters."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.made: dict[Atom, Call] = {o: s for s in walk(function.body) if isinstance(s, Call) for o in s.outs}
        self.positions: dict[Atom, int] = {p.var: n for n, p in enumerate(function.params)}

    def any_in(self, var: Atom, wanted: Callable[[Call], bool]) -> bool:
        """Does the chain that makes `var` hold such an operation?"""
        return any(wanted(call) for call in self._calls(var))

    def params(self, var: Atom) -> set[int]:
        """The positions of the parameters that the chain which makes `var` comes from."""
        ends = [var, *(a for call in self._calls(var) for a in call.args)]
        return {self.positions[a] for a in ends if a in self.positions}

    def _calls(self, var: Atom) -> Iterable[Call]:
        todo, seen = [var], set()
        while todo:
            call = self.made.get(todo.pop())
            if call is None or call in seen or not (is_helper(call) or _is_elementwise(call)):
                continue
            seen.add(call)
            todo += [a for a in call.args if isinstance(a, Var)]
            yield call


def result_is_singular(routine: Routine, position: int, by_condition: bool) -> bool:
    """Can the chain inside that makes this result have an infinite partial?

    by_condition : also where the value itself is infinite there (see `Masks.pick`)
    """
    assert routine.function is not None, routine.name

    def wanted(call: Call) -> bool:
        if is_helper(call):
            return any(result_is_singular(call.prim.rule, n, by_condition) for n in range(len(call.outs)))
        return is_singular(call) if by_condition else may_warn(call)

    return Chains(routine.function).any_in(routine.function.results[position], wanted)


def picked_params(routine: Routine) -> dict[int, bool]:
    """The parameters of which the routine may read only a part: position -> is it chosen by a condition?"""
    assert routine.function is not None, routine.name
    chains = Chains(routine.function)
    found: dict[int, bool] = {}
    for call in chains.made.values():
        for atom, by_condition in _picked(call, chains):
            for position in chains.params(atom):
                found[position] = found.get(position, False) or by_condition
    return found


def _picked(call: Call, chains: Chains) -> Iterable[tuple[Atom, bool]]:
    """The operands of which a call reads a part."""
    if call.prim.rule is np.where:
        return [(a, True) for a in call.args[1:]]
    if call.prim.rule is np.select:
        lists = [chains.made[a].args for a in call.args[1:2] if a in chains.made]
        return [(a, True) for args in lists for a in args]
    if call.prim.rule is operator.getitem:
        index = call.args[1].kind if isinstance(call.args[1], Var) else None
        return [(call.args[0], isinstance(index, Array) and index.dtype is not None and index.dtype.kind == "b")]
    if call.prim.rule in PICKING:
        return [(a, call.prim.rule in BY_CONDITION) for a in call.args]
    if is_helper(call):
        return [(call.args[n], by_condition) for n, by_condition in picked_params(call.prim.rule).items()]
    return []


def _is_elementwise(call: Call) -> bool:
    rule = registry.rule_for(call.prim.rule)
    return rule is not None and rule.elementwise


__all__ = ["is_helper", "picked_params", "result_is_singular"]
