"""The dead branch never leaks nan.

In `np.where(x > 0, np.sqrt(x), 0.0)` the cotangent of `sqrt(x)` is zero where the branch is not taken, but the partial
is inf there, and 0 * inf is nan. So along a chain of elementwise operations that can be singular, each product of a
cotangent with a partial is masked once more by the condition:

    d_x = np.where(x > 0, d_t / (2 * t), 0.0)

The mask is dropped at the first operation that is not elementwise; chains without a singular operation have none.

Where only a part of a value is read (`np.sqrt(x)[x > 0]`, `np.select`, a `where` inside another one or in a loop), no
one condition says what was read: there a zero cotangent is its own mask, `d_t != 0`.
"""

from __future__ import annotations

import builtins
import contextlib
import operator
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..domains.kinds import Array, Dim, Scalar, may_be_one, shape_of
from ..ir import Call, Lit, Loc, Var
from ..lower import Lowerer
from ..rules import registry

# Partials of these are finite wherever their operands are, and they hand on no infinite value as a partial.
TAME = {operator.add, np.add, operator.sub, np.subtract, operator.neg, np.negative, operator.pos, np.positive, np.sin,
        np.cos, np.tanh, np.arctan, np.abs, operator.abs, builtins.abs, np.maximum, np.minimum, np.where, np.sign}
FINITE = TAME | {operator.mul, np.multiply, np.square, np.exp, np.expm1, np.sinh, np.cosh, np.logaddexp}

# Functions that read some elements of an array.
BY_CONDITION = {np.compress, "ndarray.compress", np.extract, np.choose}
PICKING = BY_CONDITION | {np.take, "ndarray.take", np.delete, np.take_along_axis, np.diag, np.diagonal,
                          "ndarray.diagonal", np.trace, "ndarray.trace", np.tril, np.triu, np.resize}


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


def is_singular(call: Call) -> bool:
    """May a partial of this elementwise operation be infinite?"""
    exponent = literal_power(call)
    if exponent is not None:
        return exponent < 1 and exponent != 0
    if call.prim.rule in (operator.truediv, np.divide) and isinstance(call.args[1], Lit):
        return False
    return call.prim.rule not in FINITE


def _same_lengths(one: tuple[Dim, ...] | None, other: tuple[Dim, ...] | None) -> bool:
    """Have two arrays that are combined elementwise surely one shape? (A length that cannot be 1 is not broadcast.)"""
    return one is not None and other is not None and len(one) == len(other) and all(
        m == n or not (may_be_one(m) or may_be_one(n)) for m, n in zip(one, other, strict=True))


class Masks:
    """Mixin of `PullBack`: where a cotangent is zero for sure, and must stay so.

    mask         : that of the call being reversed: (condition, which side), or None
    masks        : value -> mask under which all its cotangents so far were made
    masked_uses  : how many of a value's active uses were under its mask
    active_uses  : how many uses it has in active calls
    picked       : values of which only a part was read
    read_whole   : values whose parts that were read are all of them
    """

    low: Lowerer
    sequences: dict[Any, tuple[Any, ...]]
    active: frozenset[Var]
    definition: dict[Var, Call]
    mask: tuple[Var, bool] | None
    masks: dict[Var, tuple[Var, bool] | None]
    masked_uses: dict[Var, int]
    active_uses: dict[Var, int]
    picked: set[Var]
    read_whole: set[Var]

    def primal(self, atom: Any) -> Any:
        raise NotImplementedError

    def leaves_routine(self, call: Call, out: Var, by_condition: bool) -> None:
        """A mask reached the result of a call: of a routine it cannot enter (see `routine_masks`)."""

    def mask_of(self, call: Call, cotangent: Any) -> tuple[Var, bool] | None:
        """The mask under which a call is reversed; None for calls that are not elementwise."""
        if len(call.outs) != 1 or call.prim.rule in (np.where,):
            return None
        rule = registry.rule_for(call.prim.rule)
        out = call.outs[0]
        if rule is None or not rule.elementwise:
            return None
        mask = self.masks.get(out) if self._is_masked(out) else None
        if mask is None and out in self.picked and isinstance(self.low.kind(cotangent), Array):
            nonzero = self.low.atom(self.low.emit(operator.ne, cotangent, Lit(0.0)))
            mask = (nonzero, True) if isinstance(nonzero, Var) else None
        if mask is not None:
            self.mask_tame = call.prim.rule in TAME
        return mask

    def _is_masked(self, var: Var) -> bool:
        """Were all uses of the value under a mask?"""
        return self.masked_uses.get(var, 0) == self.active_uses.get(var, 0)

    def pick(self, value: Any, by_condition: bool = True) -> None:
        """Only a part of the value was read: the rest has a zero cotangent, whatever its partials are.

        by_condition: it was chosen by a condition, which keeps away from where the primal itself is not finite.
        Without one (a slice) only partials count that are infinite where the primal is finite, as that of a root at 0.
        """
        if isinstance(value, Var) and (self.can_be_singular(value) if by_condition else self._has_a_root(value)):
            self.picked.add(value)

    def _has_a_root(self, var: Var) -> bool:
        call = self.definition.get(var)
        if call is None or var not in self.active:
            return False
        self.leaves_routine(call, var, False)
        rule = registry.rule_for(call.prim.rule)
        if rule is None or not rule.elementwise:
            return False
        return may_warn(call) or any(self._has_a_root(a) for a in call.args if isinstance(a, Var))

    @contextlib.contextmanager
    def masks_inside(self) -> Iterator[None]:
        """The reverse of a branch's or a loop's block: its conditions are not known outside."""
        masks, uses = dict(self.masks), dict(self.masked_uses)
        yield
        for var in [v for v, count in self.masked_uses.items() if count != uses.get(v, 0)]:
            self.pick(var)
        self.masks, self.masked_uses = masks, uses

    mask_tame: bool = False

    def masked(self, var: Var, contribution: Any) -> Any:
        """A contribution to `var` under the mask of the call being reversed."""
        if self.mask is None:
            return contribution
        condition, taken = self.mask
        shape = shape_of(self.low.kind(contribution))
        if not _same_lengths(shape_of(condition.kind), shape_of(var.kind)):
            self.pick(var)  # the condition has another shape: what is zero of the sum is its mask
            return contribution
        self.note_mask(var, self.mask)
        if self.mask_tame or not _same_lengths(shape, shape_of(var.kind)):
            return contribution
        sides = (contribution, Lit(0.0)) if taken else (Lit(0.0), contribution)
        name = f"d_{var.name}" if var.name else ""
        return self.low.emit(np.where, self.primal(condition), *sides, name=name)

    def masked_whole(self, var: Var, contribution: Any) -> Any:
        """A contribution that will be summed over the axes along which `var` was broadcast: masked before the sum."""
        shape = shape_of(self.low.kind(contribution))
        if self.mask is None or self.mask_tame or _same_lengths(shape, shape_of(var.kind)) or not _same_lengths(
                shape, shape_of(self.mask[0].kind)):
            return contribution
        condition, taken = self.mask
        sides = (contribution, Lit(0.0)) if taken else (Lit(0.0), contribution)
        return self.low.emit(np.where, self.primal(condition), *sides)

    def note_mask(self, var: Var, mask: tuple[Var, bool]) -> None:
        """One more use of `var` is under this mask."""
        known = self.masks.setdefault(var, mask)
        self.masks[var] = mask if known == mask else None
        self.masked_uses[var] = self.masked_uses.get(var, 0) + 1

    def start_masks(self, call: Call) -> None:
        """np.where(condition, a, b): each side that can be singular gets the condition as its mask."""
        if call.prim.rule is not np.where:
            for choice in self.sequences.get(call.args[1], ()):  # np.select
                self.pick(choice)
            return
        if len(call.args) != 3 or not isinstance(call.args[0], Var):
            return
        nested = self.masked_uses.get(call.out, 0) > 0 or call.out in self.picked
        condition = call.args[0]
        shape = shape_of(call.out.kind)
        for side, taken in ((call.args[1], True), (call.args[2], False)):
            if not isinstance(side, Var) or not isinstance(side.kind, Array) or not self.can_be_singular(side):
                continue
            if _same_lengths(shape, shape_of(side.kind)) and not nested:
                self.note_mask(side, (condition, taken))
            else:
                self.pick(side)

    def can_be_singular(self, var: Var) -> bool:
        """Does the elementwise chain that makes `var` hold an operation whose partial may be infinite?"""
        call = self.definition.get(var)
        if call is None or var not in self.active:
            return False
        self.leaves_routine(call, var, True)
        rule = registry.rule_for(call.prim.rule)
        if rule is None or not rule.elementwise:
            return False
        return is_singular(call) or any(self.can_be_singular(a) for a in call.args if isinstance(a, Var))


__all__ = ["Masks", "literal_power", "may_warn", "quietly"]
