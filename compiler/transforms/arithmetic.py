"""Sums, differences, products and quotients of the simplifier: signs, literal factors, numbers before arrays."""

from __future__ import annotations

import math
import operator
from collections import Counter

import numpy as np

from ..ir import Atom, Call, Lit, Stmt, Var
from . import patterns
from .handlers import Handlers


class Arithmetic(Handlers):
    """Mixin of `Simplifier`: the handlers of arithmetic."""

    emitted: list[Stmt]
    reads: Counter[Var]

    def _same(self, call: Call, atom: Atom) -> bool:
        raise NotImplementedError

    def neg(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        (x,) = args
        if isinstance(x, Lit) and isinstance(x.value, (int, float)) and not isinstance(x.value, bool):
            return Lit(-x.value)
        inner = self.made_by(x, operator.neg)
        if inner is not None:
            return inner.args[0]
        difference = self.made_by(x, operator.sub)
        if difference is not None and self._used_for(difference):
            return self.make(call, operator.sub, difference.args[1], difference.args[0], name=call.out.name)
        product = self.made_by(x, operator.mul, operator.truediv)
        if product is not None and self._used_for(product) and self.reads[product.out] < 2:
            pairs = [product.args, product.args[::-1]] if product.prim.rule is operator.mul else [product.args]
            for factor, rest in pairs:
                if isinstance(factor, Lit) and _numbers(factor):
                    return self.make(call, product.prim, Lit(-factor.value), rest, name=call.out.name)  # type: ignore[operator]
        return None

    def _used_for(self, call: Call) -> bool:
        """Only adjoint values are taken apart: the user's stay as they are written."""
        return not call.out.name and call in self.emitted

    def mul(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        a, b = args
        if isinstance(a, Lit) and isinstance(b, Lit) and _numbers(a, b):
            return Lit(a.value * b.value)  # type: ignore[operator]
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Lit) and one.value in (1, 1.0) and not isinstance(one.value, bool) \
                    and self._same(call, other):
                return other
            if isinstance(one, Lit) and one.value in (-1, -1.0) and self._same(call, other):
                return self.make(call, operator.neg, other, name=call.out.name)
            if isinstance(one, Lit) and _numbers(one) and (short := self._scaled(call, one, other)) is not None:
                return short
        short = self._regrouped(call, a, b)
        if short is not None:
            return short
        if isinstance(b, Var):
            known = patterns.cross_entropy(call, args, self)
            if known is not None:
                return known
        known = patterns.signed_quotient(call, args, self)
        if known is not None:
            return known
        for index, side in enumerate((a, b)):
            negative = self.made_by(side, operator.neg)
            if negative is not None and negative in self.emitted and not self._smaller(side, call.out):
                pair = [a, b]
                pair[index] = negative.args[0]
                product = self.make(call, operator.mul, *pair)
                return self.make(call, operator.neg, product, name=call.out.name)
        return None

    def _smaller(self, atom: Atom, out: Var) -> bool:
        """Is a value broadcast to make `out`? Then it is the cheaper one to negate, or to scale."""
        shape, whole = self.shape_of(self.kind(atom)), self.shape_of(out.kind)
        return shape is not None and whole is not None and shape != whole

    def _scaled(self, call: Call, scale: Lit, other: Atom) -> Atom | None:
        """2 * (3 * x) is 6 * x, 2 * (s * x) is (2 * s) * x for a number s and an array x; exact for powers of two."""
        made = self.made_by(other, operator.mul, operator.truediv, np.expand_dims)
        if made is None or self.reads[made.out] > 1 or made.out.name not in ("", call.out.name) or not (
                made in self.emitted or self.shape_of(made.out.kind) == ()):
            return None
        if made.prim.rule is np.expand_dims:
            inner = self.made_by(made.args[0], operator.mul)
            short = self._scaled(inner, scale, made.args[0]) if inner is not None else None
            return short if short is None else self.make(made, np.expand_dims, short, *made.args[1:])
        if made.prim.rule is operator.truediv and (double := self.made_by(made.args[1], operator.mul)) is not None \
                and self._used_for(double) and isinstance(double.args[0], Lit) and double.args[0].value == scale.value \
                and _is_power_of_two(scale):
            return self.make(made, made.prim, made.args[0], double.args[1], name=call.out.name)
        pairs = [made.args, made.args[::-1]] if made.prim.rule is operator.mul else [made.args]
        for factor, rest in pairs:
            if isinstance(factor, Lit) and _numbers(factor) and (_is_power_of_two(scale) or _is_power_of_two(factor)):
                return self.make(made, made.prim, Lit(scale.value * factor.value), rest, name=call.out.name)  # type: ignore[operator]
        for factor, rest in pairs if _is_power_of_two(scale) else ():
            if isinstance(factor, Var) and self.shape_of(factor.kind) == () and self.shape_of(self.kind(rest)):
                smaller = self.make(made, operator.mul, scale, factor)
                if self._same(call, rest) or made.prim.rule is operator.mul:
                    return self.make(made, made.prim, smaller, rest, name=call.out.name)
        return None

    def _regrouped(self, call: Call, a: Atom, b: Atom) -> Atom | None:
        """s * (2 * x) is (2 * s) * x for a number s, (x * 0.5) * (2 * y) is x * y."""
        literal = {side: found for side in (a, b) if (found := self._literal_factor(side, call)) is not None}
        if a in literal and b in literal:
            (first, x), (second, y) = literal[a], literal[b]
            if first.value * second.value == 1 and _is_power_of_two(first):  # type: ignore[operator]
                return self.make(call, operator.mul, x, y, name=call.out.name)
        for number, array in ((a, b), (b, a)):
            if array in literal and isinstance(number, Var) and self.shape_of(number.kind) == () \
                    and self.shape_of(self.kind(array)) and _is_power_of_two(literal[array][0]):
                scaled = self.make(call, operator.mul, literal[array][0], number)
                return self.make(call, operator.mul, scaled, literal[array][1], name=call.out.name)
        return None

    def _literal_factor(self, atom: Atom, call: Call) -> tuple[Lit, Atom] | None:
        """The literal and the rest of a product that nothing else reads."""
        made = self.made_by(atom, operator.mul)
        if made is None or made not in self.emitted or self.reads[made.out] > 1 \
                or made.out.name not in ("", call.out.name):
            return None
        for factor, rest in (made.args, made.args[::-1]):
            if isinstance(factor, Lit) and _numbers(factor):
                return factor, rest
        return None

    def div(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        a, b = args
        if isinstance(b, Lit) and b.value in (1, 1.0) and self._same(call, a):
            return a
        if isinstance(a, Lit) and isinstance(b, Lit) and _numbers(a, b) and _is_power_of_two(b):
            return Lit(a.value / b.value)  # type: ignore[operator]
        for index, side in enumerate((a, b)):
            negative = self.made_by(side, operator.neg)
            if negative is not None and negative in self.emitted and not self._smaller(side, call.out):
                pair = [a, b]
                pair[index] = negative.args[0]
                quotient = self.make(call, operator.truediv, *pair)
                return self.make(call, operator.neg, quotient, name=call.out.name)
        return None

    def add(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        a, b = args
        for one, other in ((b, a), (a, b)):
            negative = self.made_by(one, operator.neg)
            if negative is not None and negative in self.emitted and negative.out.name in ("", call.out.name):
                return self.make(call, operator.sub, other, negative.args[0], name=call.out.name)
            positive = self._without_sign(one)
            if positive is not None:
                return self.make(call, operator.sub, other, positive, name=call.out.name)
            if isinstance(one, Lit) and one.value == 0 and type(one.value) in (int, float) and self._same(call, other):
                return other
        if isinstance(a, Var) and self.equal(a, b):
            return self.make(call, operator.mul, Lit(2), a, name=call.out.name)
        return patterns.common_quotient(call, args, self)

    def _without_sign(self, atom: Atom) -> Atom | None:
        """x, where the value is -x as a product, a quotient or a matrix product with a negative factor."""
        made = self.made_by(atom, operator.mul, operator.truediv, operator.matmul, np.matmul)
        if made is None or not self._used_for(made) or self.reads[made.out] > 1:
            return None
        for index, factor in enumerate(made.args):
            negative = self.made_by(factor, operator.neg)
            if negative is not None and negative in self.emitted:
                opposite: Atom = negative.args[0]
            elif isinstance(factor, Lit) and _numbers(factor) and factor.value < 0:  # type: ignore[operator]
                opposite = Lit(-factor.value)  # type: ignore[operator]
            else:
                continue
            return self.make(made, made.prim, *(opposite if i == index else a for i, a in enumerate(made.args)))
        return None

    def sub(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        if isinstance(args[1], Lit) and args[1].value == 0 and type(args[1].value) is int and self._same(call, args[0]):
            return args[0]
        negative = self.made_by(args[1], operator.neg)
        if negative is not None and negative in self.emitted:
            return self.make(call, operator.add, args[0], negative.args[0], name=call.out.name)
        return None


def _is_power_of_two(lit: Lit) -> bool:
    value = lit.value
    return isinstance(value, (int, float)) and value != 0 and math.isfinite(value) and abs(math.frexp(value)[0]) == 0.5


def _numbers(*lits: Lit) -> bool:
    return all(isinstance(v.value, (int, float)) and not isinstance(v.value, bool) for v in lits)
