"""The dead branch never leaks nan.

In `np.where(x > 0, np.sqrt(x), 0.0)` the cotangent of `sqrt(x)` is zero where the branch is not taken, but the partial
is inf there, and 0 * inf is nan. So along a chain of elementwise operations that can be singular, each product of a
cotangent with a partial is masked once more by the condition:

    d_x = np.where(x > 0, d_t / (2 * t), 0.0)

The mask is dropped at the first operation that is not elementwise; chains without a singular operation have none.
"""

from __future__ import annotations

import builtins
import operator
from dataclasses import replace
from typing import Any

import numpy as np

from ..domains.kinds import Array, Scalar, shape_of
from ..ir import Call, Lit, Loc, Var
from ..lower import Lowerer
from ..rules import registry

# Partials of these are finite wherever their operands are, and they hand on no infinite value as a partial.
TAME = {operator.add, np.add, operator.sub, np.subtract, operator.neg, np.negative, operator.pos, np.positive, np.sin,
        np.cos, np.tanh, np.arctan, np.abs, operator.abs, builtins.abs, np.maximum, np.minimum, np.where, np.sign}
FINITE = TAME | {operator.mul, np.multiply, np.square, np.exp, np.expm1, np.sinh, np.cosh, np.logaddexp}


def quietly(loc: Loc | None) -> Loc | None:
    """The same place, for statements that may divide by zero where the primal did not."""
    return loc if loc is None else replace(loc, quiet=True)


def literal_power(call: Call) -> float | None:
    """The exponent of x ** n with a literal n."""
    if call.prim.rule not in (operator.pow, np.power) or len(call.args) != 2:
        return None
    exponent = call.args[1]
    if isinstance(exponent, Lit) and isinstance(exponent.value, (int, float)) and not isinstance(exponent.value, bool):
        return exponent.value
    return None


def may_warn(call: Call) -> bool:
    """May the derivative divide by zero, or take an invalid value, where the primal did not?"""
    if not call.outs or (isinstance(call.outs[0].kind, Scalar) and call.outs[0].kind.python):
        return False
    exponent = literal_power(call)
    if exponent is not None:
        return 0 < exponent < 1
    rule = registry.rule_for(call.prim.rule)
    return rule is not None and rule.elementwise and rule.singular


class Masks:
    """Mixin of `PullBack`: where a cotangent is zero for sure, and must stay so.

    mask         : that of the call being reversed: (condition, which side), or None
    masks        : value -> mask under which all its cotangents so far were made
    masked_uses  : how many of a value's active uses were under its mask
    active_uses  : how many uses it has in active calls
    """

    low: Lowerer
    active: frozenset[Var]
    definition: dict[Var, Call]
    mask: tuple[Var, bool] | None
    masks: dict[Var, tuple[Var, bool] | None]
    masked_uses: dict[Var, int]
    active_uses: dict[Var, int]

    def primal(self, atom: Any) -> Any:
        raise NotImplementedError

    def mask_of(self, call: Call) -> tuple[Var, bool] | None:
        """The mask under which a call is reversed; None for calls that are not elementwise."""
        if len(call.outs) != 1 or call.prim.rule in (np.where,):
            return None
        rule = registry.rule_for(call.prim.rule)
        out = call.outs[0]
        if rule is None or not rule.elementwise or self.masked_uses.get(out, 0) != self.active_uses.get(out, 0):
            return None
        mask = self.masks.get(out)
        if mask is not None:
            self.mask_tame = call.prim.rule in TAME
        return mask

    mask_tame: bool = False

    def masked(self, var: Var, contribution: Any) -> Any:
        """A contribution to `var` under the mask of the call being reversed."""
        if self.mask is None:
            return contribution
        self.note_mask(var, self.mask)
        condition, taken = self.mask
        shape = shape_of(self.low.kind(contribution))
        if self.mask_tame or shape is None or shape != shape_of(var.kind):
            return contribution
        sides = (contribution, Lit(0.0)) if taken else (Lit(0.0), contribution)
        name = f"d_{var.name}" if var.name else ""
        return self.low.emit(np.where, self.primal(condition), *sides, name=name)

    def note_mask(self, var: Var, mask: tuple[Var, bool]) -> None:
        """One more use of `var` is under this mask."""
        known = self.masks.setdefault(var, mask)
        self.masks[var] = mask if known == mask else None
        self.masked_uses[var] = self.masked_uses.get(var, 0) + 1

    def start_masks(self, call: Call) -> None:
        """np.where(condition, a, b): each side that can be singular gets the condition as its mask."""
        if len(call.args) != 3 or not isinstance(call.args[0], Var):
            return
        condition = call.args[0]
        shape = shape_of(call.out.kind)
        for side, taken in ((call.args[1], True), (call.args[2], False)):
            if isinstance(side, Var) and isinstance(side.kind, Array) and shape is not None \
                    and shape_of(side.kind) == shape and self.can_be_singular(side):
                self.note_mask(side, (condition, taken))

    def can_be_singular(self, var: Var) -> bool:
        """Does the elementwise chain that makes `var` hold an operation whose partial may be infinite?"""
        call = self.definition.get(var)
        if call is None or var not in self.active:
            return False
        rule = registry.rule_for(call.prim.rule)
        if rule is None or not rule.elementwise:
            return False
        exponent = literal_power(call)
        singular = call.prim.rule not in FINITE if exponent is None else exponent < 1 and exponent != 0
        if call.prim.rule in (operator.truediv, np.divide) and isinstance(call.args[1], Lit):
            singular = False
        return singular or any(self.can_be_singular(a) for a in call.args if isinstance(a, Var))


__all__ = ["Masks", "literal_power", "may_warn", "quietly"]
