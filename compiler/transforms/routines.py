"""Calls of routines (functions that call themselves, large helpers) backwards and forwards.

Reverse: the call becomes one of the routine's forward sweep, which also returns what it saved, and the reverse calls
its backward sweep. Both are routines: inside them the recursive calls go the same way.

    y = f(x)            =>   y, saved = f_forward(x)   ...   d_x = f_backward(saved, d_y)

Of a helper the backward sweep takes the arguments that it reads once more, `f_backward(x, saved, d_y)`: the passes then
see what is read of them, and nothing has to be copied.

A gradient that is differentiated again (`again`) calls one routine instead, from the same arguments, so that nothing
that is saved needs a derivative:  d_x = f_pullback(x, d_y).

Forward: values and tangents come from one call:  y, t_y = f_tangent(x, t_x).
"""

from __future__ import annotations

from typing import Any

from ..domains import kinds
from ..domains.kinds import is_differentiable
from ..ir import Atom, Call, Stmt, Var
from ..ir_routines import FORM, InPlace, Routine, derivation
from ..lower import Lowerer
from .routine_masks import is_helper, picked_params, result_is_singular

SAVED = kinds.Known(tuple)  # no derivative passes through what a sweep saved


def is_routine(call: Call) -> bool:
    return call.prim.form == FORM


def takes_cotangent(routine: Routine) -> list[bool]:
    """For each result of a routine: does its backward sweep take a cotangent for it?"""
    assert routine.function is not None, routine.name
    return [isinstance(r, Var) and is_differentiable(r.kind) for r in routine.function.results]


def _unbound(kind: kinds.Kind) -> kinds.Kind:
    """The kind of a cotangent that a routine returns, without the lengths that its own text gives names to."""
    return kinds.Array(kind.dtype, None) if isinstance(kind, kinds.Array) else kind


class RoutineCalls:
    """Mixin of `Reverser` and `Forwarder`."""

    low: Lowerer
    active: frozenset[Var]
    cotangents: dict[Var, Any]
    again: bool

    def active_arguments(self, call: Call) -> tuple[bool, ...]:
        routine: Routine = call.prim.rule
        assert routine.function is not None, routine.name
        if any(isinstance(a, Var) and a.kind == SAVED for a in call.args):  # it hides what depends on the arguments
            raise self.low.refuse(f"a derivative of `{routine.name}`, a sweep of a recursive function", "",
                                  "Use pb.grad inside, which can be differentiated again.")
        return tuple(isinstance(a, Var) and a in self.active and is_differentiable(p.var.kind)
                     for a, p in zip(call.args, routine.function.params, strict=True))

    def leaves_routine(self, call: Call, out: Var, by_condition: bool) -> None:
        """A mask that would go on inside of a helper puts it in place."""
        if is_helper(call) and result_is_singular(call.prim.rule, call.outs.index(out), by_condition):
            raise InPlace(call.prim.rule.name)

    def reverse_routine(self: Any, call: Call) -> list[Stmt]:
        """Emit the call of the backward sweep; returns that of the forward sweep."""
        routine: Routine = call.prim.rule
        found = [self.cotangents.pop(out, None) for out in call.outs]
        mask = self.active_arguments(call)
        if all(c is None for c in found) or not any(mask):
            return [call]
        given = [self.fitted(self.zeros(out) if c is None else c, out)
                 for c, out, takes in zip(found, call.outs, takes_cotangent(routine), strict=True) if takes]
        if self.again:
            if not routine.repeats:
                raise self.low.refuse(f"the derivative of a derivative of the recursive function `{routine.name}`",
                                      "It would run twice, and it prints or changes something.",
                                      "Compute without that inside.")
            made = derivation(routine, "pullback", mask, ("pullback",))
            inputs: tuple[Atom, ...] = (*call.args, *given)
            kept: list[Stmt] = [call]
        else:
            made = derivation(routine, "split", mask, ("forward", "backward"))
            saved = Var("saved", SAVED)
            inputs = (*(call.args[n] for n in made.again), saved, *given)
            kept = [Call((*call.outs, saved), made.routines[0].primitive, call.args, (), call.loc)]
        actives = [a for a, active in zip(call.args, made.mask, strict=True) if active]
        outs = tuple(Var(self.d_name(a), a.kind) if isinstance(a, Var) and isinstance(a.kind, kinds.Array) else
                     Var(self.d_name(a) if isinstance(a, Var) else "", _unbound(p.var.kind))
                     for a, p in zip(actives, self._marked(routine, made.mask), strict=True))
        self.low.block.append(Call(outs, made.routines[-1].primitive, inputs, (), self.low.loc))
        for atom, out in zip(actives, outs, strict=True):
            self.add(atom, self.low.value_of(out))
        if routine.helper:
            for position, by_condition in picked_params(routine).items():
                self.pick(call.args[position], by_condition)
        return kept

    @staticmethod
    def _marked(routine: Routine, mask: tuple[bool, ...]) -> list[Any]:
        assert routine.function is not None, routine.name
        return [p for p, active in zip(routine.function.params, mask, strict=True) if active]

    def push_routine(self: Any, call: Call) -> Stmt:
        """The call of the routine that also computes the tangents, in place of the call."""
        routine: Routine = call.prim.rule
        mask = tuple(active and self.tangent(a) is not None
                     for a, active in zip(call.args, self.active_arguments(call), strict=True))
        if not any(mask):
            return call
        made = derivation(routine, "tangent", mask, ("tangent",))
        actives = [a for a, active in zip(call.args, made.mask, strict=True) if active]
        tangents = [self.end(a, p.var) for a, p in zip(actives, self._marked(routine, made.mask), strict=True)]
        varied = [o for o, takes in zip(call.outs, takes_cotangent(routine), strict=True) if takes]
        outs = tuple(Var(self.d_name(o), self.cotangent_kind(o)) for o in varied)
        for out, tangent in zip(varied, outs, strict=True):
            self.cotangents[out] = self.low.value_of(tangent)
        return Call((*call.outs, *outs), made.routines[0].primitive, (*call.args, *tangents), (), call.loc)
