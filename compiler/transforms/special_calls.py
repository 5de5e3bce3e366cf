"""Calls whose reverse is clearer or cheaper than a rule's body: items, stores, patterns, literal powers."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.stores import stored_cotangent
from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Array, Scalar, TupleOf, dtype_of
from ..ir import Atom, Call, Lit, Var
from ..lower import Ref
from .patterns import log_sum_exp, shift_of_log_softmax, shift_of_softmax, sigmoid_argument

if TYPE_CHECKING:
    from .pull_back import PullBack


class SpecialCalls:
    """Mixin of `PullBack`: `pull_<name>` is asked before the rule of that name."""

    def pull_operator_getitem(self: PullBack, call: Call, cotangent: Any) -> None:
        """An element's cotangent is added into that of its array, in place where the array's is owned."""
        owner, index = call.args
        if not isinstance(owner, Var) or owner not in self.active:
            return
        if isinstance(owner.kind, TupleOf):
            raise self.no_derivative("indexing a tuple of active values by a value")
        by = index.kind if isinstance(index, Var) else None
        if by == TupleOf(()) or (isinstance(index, Lit) and (index.value is ... or index.value == ())):
            self.add(owner, cotangent)  # x[()] and x[...] are all of x
            return
        if owner not in self.read_whole:
            self.pick(owner, isinstance(by, Array) and by.dtype is not None and by.dtype.kind == "b")
        base = self.cotangents.get(owner)
        if base is None:
            base = self.zeros(owner)
        name = self.d_name(owner)
        self.cotangents[owner] = self.retype(
            self.low.emit(prim.ADD_AT, base, self.primal(index), cotangent, name=name), self.cotangent_kind(owner))

    def pull_set_item(self: PullBack, call: Call, cotangent: Any) -> None:
        """target[index] = value: the value gets the cotangent that stands there, the old elements get none."""
        target, index, value = call.args
        if isinstance(value, Var) and value in self.active:
            part = self._stored_part(call, cotangent, value)
            self.add(value, self.project(part, value, True))
        if isinstance(target, Var) and target in self.active:
            rest = self.low.emit(prim.SET_ITEM, cotangent, self.primal(index), Lit(0.0), name=self.d_name(target))
            self.add(target, rest)

    def _stored_part(self: PullBack, call: Call, cotangent: Any, value: Var) -> Any:
        index = self.primal(call.args[1])
        if self._may_repeat(call.args[1]):
            return self.low.emit(stored_cotangent, cotangent, index, name=self.d_name(value))
        part = self.low.emit(operator.getitem, cotangent, index, name=self.d_name(value))
        if isinstance(part, Ref):  # the cotangent of the target changes next: a copy, not a view
            part = self.low.emit(np.copy, part, name=self.d_name(value))
        return part

    def _may_repeat(self: PullBack, index: Atom) -> bool:
        """Can this index name an element twice? Only arrays and lists of integers can."""
        is_tuple = isinstance(index, Var) and isinstance(index.kind, TupleOf) and index.kind.type is tuple
        parts = self.sequences.get(index, (index,)) if is_tuple and isinstance(index, Var) else (index,)
        for part in parts:
            kind = part.kind if isinstance(part, Var) else kinds.kind_of(part.value)
            if isinstance(kind, Scalar) or kind == kinds.NONE or (isinstance(kind, kinds.Known) and kind.type in (
                    slice, type(Ellipsis))):
                continue
            if isinstance(kind, Array) and kind.dtype is not None and kind.dtype.kind == "b":
                continue
            return True
        return False

    def pull_add_at(self: PullBack, call: Call, cotangent: Any) -> None:
        """target with value added at index: both get the cotangent."""
        target, index, value = call.args
        self.add(target, cotangent)
        if isinstance(value, Var) and value in self.active:
            part = self.low.emit(operator.getitem, cotangent, self.primal(index), name=self.d_name(value))
            if isinstance(part, Ref):  # the cotangent of the target may change before this is read
                part = self.low.emit(np.copy, part, name=self.d_name(value))
            self.add(value, self.project(part, value, True))

    def pull_operator_truediv(self: PullBack, call: Call, cotangent: Any) -> None:
        """A quotient; the logistic function 1 / (1 + exp(-z)) as a whole: d_p * p * (1 - p); a softmax's shift."""
        shifted = shift_of_softmax(call, self.definition.get, self.read_times)  # type: ignore[arg-type]
        if shifted is not None:
            self.unshifted.add(shifted)
        z = sigmoid_argument(call, self.definition.get, self.used_once)  # type: ignore[arg-type]
        if not isinstance(z, Var) or dtype_of(z.kind) is None or dtype_of(z.kind).kind != "f":  # type: ignore[union-attr]
            self.apply_rule(call, [cotangent])
            return
        low, p = self.low, self.primal(call.out)
        rest = low.emit(operator.sub, Lit(1.0), p)
        value = low.emit(operator.mul, low.emit(operator.mul, cotangent, p), rest, name=self.d_name(z))
        self.add(z, self.project(value, z, True))

    def pull_operator_add(self: PullBack, call: Call, cotangent: Any) -> None:
        """A sum; a log-sum-exp with a shift m does not depend on m, so nothing goes there."""
        found = log_sum_exp(call, self.definition.get, self.used_once)  # type: ignore[arg-type]
        if found is None:
            self.apply_rule(call, [cotangent])
            return
        logarithm, shifted = found
        self.unshifted.add(shifted)
        self.add(logarithm, self.project(cotangent, logarithm, True))

    def pull_operator_sub(self: PullBack, call: Call, cotangent: Any) -> None:
        """A difference; inside a log-sum-exp only what is shifted gets a cotangent."""
        shifted = shift_of_log_softmax(call, self.definition.get, self.read_times)  # type: ignore[arg-type]
        if shifted is not None:
            self.unshifted.add(shifted)
        if call not in self.unshifted:
            self.apply_rule(call, [cotangent])
            return
        z = call.args[0]
        if isinstance(z, Var):
            self.add(z, self.project(cotangent, z, True))

    def pull_numpy_maximum(self: PullBack, call: Call, cotangent: Any) -> None:
        """maximum(x, c) with a literal c: a step at c, half at the tie."""
        self._step(call, cotangent, 1)

    def pull_numpy_minimum(self: PullBack, call: Call, cotangent: Any) -> None:
        """minimum(x, c) with a literal c: a step down at c, half at the tie."""
        self._step(call, cotangent, -1)

    def _step(self: PullBack, call: Call, cotangent: Any, sign: int) -> None:
        low = self.low
        x, c = call.args if len(call.args) == 2 else (None, None)
        if isinstance(x, Lit):
            x, c = c, x
        known = isinstance(c, Lit) and isinstance(c.value, (int, float)) and np.isfinite(c.value)
        if not known or not isinstance(x, Var) or call.kwargs or dtype_of(x.kind) is None \
                or dtype_of(x.kind).kind != "f":  # type: ignore[union-attr]
            self.apply_rule(call, [cotangent])
            return
        assert isinstance(c, Lit)
        distance = self.primal(x)
        if c.value != 0:
            distance = low.emit(operator.sub, distance, c) if sign == 1 else low.emit(operator.sub, c, distance)
        elif sign == -1:
            distance = low.emit(operator.neg, distance)
        step = low.emit(np.heaviside, distance, Lit(0.5))
        self.add(x, self.project(low.emit(operator.mul, cotangent, step, name=self.d_name(x)), x, True))

    def read_times(self: PullBack, var: Var) -> int:
        return self.uses.get(var, 0)

    def used_once(self: PullBack, var: Var) -> bool:
        return self.uses.get(var, 0) == 1

    def pull_operator_pow(self: PullBack, call: Call, cotangent: Any) -> None:
        """x ** n with a literal n: n * x ** (n - 1), as one writes it."""
        base, exponent = call.args
        literal = exponent.value if isinstance(exponent, Lit) else None
        if not isinstance(literal, (int, float)) or isinstance(literal, bool) or not isinstance(base, Var):
            self.apply_rule(call, [cotangent])
            return
        low, x = self.low, self.primal(base)
        if literal == 0:
            return
        if dtype_of(base.kind) is None or dtype_of(base.kind).kind == "c":  # type: ignore[union-attr]
            self.apply_rule(call, [cotangent])
            return
        if literal == 1:
            partial: Any = None
        elif literal == 2:
            partial = low.emit(operator.mul, Lit(2.0 if isinstance(literal, float) else 2), x)
        else:
            power = low.emit(operator.pow, x, Lit(literal - 1))
            partial = low.emit(operator.mul, Lit(literal), power)
        value = cotangent if partial is None else low.emit(operator.mul, cotangent, partial, name=self.d_name(base))
        self.add(base, self.project(value, base, True))
