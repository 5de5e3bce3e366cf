"""One call forwards: the tangents of its results from those of its arguments, by its rule.

Elementwise rules multiply the partials of the reverse body; linear and bilinear ones apply the primal to the tangents;
`jvp=` is read as a body of its own; where a rule has none of these its reverse body, which is linear in the cotangent,
is transposed: J t is the cotangent of u in <J^T u, t>.
"""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np

from ...runtime.errors import NoRuleError
from .. import primitives as prim
from ..analyses.activity import carries_derivative
from ..desugar import desugar
from ..domains.kinds import TupleOf, dtype_of, shape_of
from ..ir import (
    Atom,
    Call,
    Lit,
    Undefined,
    Var,
)
from ..lower import Ref, Seq
from ..lower.custom import ByResult
from ..lower.values import UserFunction
from ..rules import registry
from ..source import read
from .lists import is_list
from .lists_forward import SPLITS, ListPushForward
from .masks import may_warn, quietly
from .pull_back import PullBack
from .transposition import Transposition

CONSTANT = (prim.TUPLE, prim.LIST, prim.FIELD, prim.GETATTR)  # parts and leaves have tangents of their own


class PushForward(Transposition, ListPushForward, PullBack):
    """Mixin of `Forwarder`: tangents (held in `cotangents`) and rules."""

    @staticmethod
    def d_name(var: Var) -> str:
        return f"t_{var.name}" if var.name else ""

    def end(self, atom: Atom, like: Var) -> Atom:
        """The tangent of what control flow passes on; zeros where it has none."""
        if isinstance(atom, Lit):
            if atom.value is Undefined:
                return atom
            return self.low.atom(self.zeros(like)) if shape_of(like.kind) == () else self.low.atom(
                self.low.emit(np.zeros_like, atom, name=self.d_name(like)))
        return self.fitted(self.tangent_or_zeros(atom), like)

    # --- tangents ---------------------------------------------------------------------------------------------------

    def tangent(self, atom: Any) -> Any:
        """The tangent of a value; None where it is zero."""
        if not isinstance(atom, Var):
            return None
        items = self.sequences.get(atom)
        if items is None:
            return self.cotangents.get(atom)
        if all(self.tangent(i) is None for i in items):
            return None
        return Seq(tuple(self.tangent_or_zeros(i) for i in items), _sequence_of(atom))

    def tangent_or_zeros(self, atom: Any) -> Any:
        found = self.tangent(atom)
        if found is not None:
            return found
        if isinstance(atom, Var) and atom in self.sequences:
            return Seq(tuple(self.tangent_or_zeros(i) for i in self.sequences[atom]), _sequence_of(atom))
        return self.zeros(atom) if isinstance(atom, Var) else Lit(0.0)

    def give(self, out: Var, value: Any) -> None:
        """Note the tangent of a result, in its shape and dtype."""
        if value is None or (isinstance(value, Lit) and value.value in (0, None)):
            return
        low, kind = self.low, self.cotangent_kind(out)
        value = self.retype(value, kind) if shape_of(low.kind(value)) is None and dtype_of(low.kind(value)) else value
        wanted, actual = shape_of(out.kind), shape_of(low.kind(value))
        if wanted is None or wanted != actual:
            if wanted != ():
                value = low.emit(np.broadcast_to, value, low.emit(np.shape, self.primal(out)), name=self.d_name(out))
                value = self.retype(value, kind)
        self.cotangents[out] = self.project(value, out, False)

    # --- calls ------------------------------------------------------------------------------------------------------

    def push_call(self, call: Call) -> None:
        """Emit the tangents of a call's results."""
        if call.prim in CONSTANT or not carries_derivative(call):
            return
        if not call.outs or (call.prim in (prim.DICT, prim.BUILD) and call.out not in self.active):
            return  # what an effect is given: no value depends on it
        if call.prim in (prim.TAPE_PUSH, prim.TAPE_POP, prim.TAPE_COPY):
            self.push_tape(call)
            return
        atoms = (*call.args, *(a for _, a in call.kwargs))
        if all(self.tangent(a) is None for a in atoms):
            return
        if may_warn(call):
            self.low.loc_override = quietly(self.low.loc_override)
        special = getattr(self, f"push_{call.prim.name.replace('.', '_')}", None)
        if call.prim.form == "bridge":
            self.push_bridge(call)
        elif self.involves_lists(call):
            self.push_list_call(call)
        elif call.prim.fn in SPLITS and len(call.outs) == 1:
            self.push_split(call)
        elif isinstance(call.prim.rule, ByResult):
            self.push_by_result(call)
        elif special is not None:
            special(call)
        else:
            self.push_rule(call)

    def push_tape(self, call: Call) -> None:
        tape = call.args[0]
        assert isinstance(tape, Var)
        if call.prim is prim.TAPE_COPY:
            if self.tangent(tape) is not None:
                self.cotangents[call.out] = self.operate(prim.TAPE_COPY, (self.tangent(tape),), call.out)[0]
        elif call.prim is prim.TAPE_PUSH:
            if call.out in self.active:
                before = self.tangent_or_zeros(tape)
                value = self.end(call.args[1], call.args[1])  # type: ignore[arg-type]
                self.cotangents[call.out] = self.operate(prim.TAPE_PUSH, (before, value), call.out)[0]
        elif self.tangent(tape) is not None:
            after, value = self.operate(prim.TAPE_POP, (self.tangent(tape),), *call.outs)
            self.cotangents.update(zip(call.outs, (after, value), strict=True))

    def push_operator_getitem(self, call: Call) -> None:
        owner, index = call.args
        if isinstance(owner, Var) and owner in self.sequences:
            raise self.no_derivative("indexing a tuple of active values by a value")
        if self.tangent(owner) is not None:
            self.give(call.out, self.low.emit(operator.getitem, self.tangent(owner), self.primal(index),
                                              name=self.d_name(call.out)))

    def push_operator_pow(self, call: Call) -> None:
        """x ** n with a literal n: n * x ** (n - 1) * t_x, as one writes it."""
        base, exponent = call.args
        literal = exponent.value if isinstance(exponent, Lit) else None
        dtype = dtype_of(base.kind) if isinstance(base, Var) else None
        if not isinstance(literal, (int, float)) or isinstance(literal, bool) or dtype is None or dtype.kind == "c" \
                or literal in (0, 1):
            self.push_rule(call)
            return
        low, x = self.low, self.primal(base)
        power = x if literal == 2 else low.emit(operator.pow, x, Lit(literal - 1))
        partial = low.emit(operator.mul, Lit(2.0 if literal == 2 and isinstance(literal, float) else literal), power)
        self.give(call.out, low.emit(operator.mul, partial, self.tangent(base), name=self.d_name(call.out)))

    def push_set_item(self, call: Call) -> None:
        self._store(call)

    def push_add_at(self, call: Call) -> None:
        self._store(call)

    def _store(self, call: Call) -> None:
        """The same store into the tangent of the target."""
        target, index, value = call.args
        stored = self.tangent(value)
        if stored is None:
            if call.prim is prim.ADD_AT:
                self.cotangents[call.out] = self.tangent(target)
                return
            stored = Lit(0.0)
        made = self.low.emit(call.prim, self.tangent_or_zeros(target), self.primal(index), stored,
                             name=self.d_name(call.out))
        self.cotangents[call.out] = made

    def push_rule(self, call: Call) -> None:
        """The tangent by the call's rule."""
        rule = registry.rule_for(call.prim.rule)
        label = call.prim.name.removeprefix("operator.").removeprefix("builtins.")
        if rule is None:
            raise self.no_rule(label)
        bound = self._bind_rule(rule, call, label)
        for name, value in bound.items():
            if name not in rule.differentiable and name not in rule.passive and self.of_argument(value) is not None:
                raise self.low.refuse(f"the derivative of `{label}` with respect to `{name}`", "Its rule has none.",
                                      f"Pass `{name}` as a constant (`pb.detach`).", error=NoRuleError)
        given = {name: t for name in rule.differentiable if (t := self.of_argument(bound[name])) is not None}
        if not given:
            return
        if rule.elementwise and self._is_simple(rule, call):
            self._by_partials(rule, call, bound, given)
        elif rule.jvp is not None:
            self._by_body(rule, call, bound, given)
        elif rule.linear or rule.bilinear:
            self._by_primal(rule, call, bound, given)
        else:
            self._by_transposition(rule, call, bound, given)

    def of_argument(self, value: Any) -> Any:
        """The tangent of a bound argument."""
        if isinstance(value, Seq):
            found = [self.of_argument(v) for v in value.items]
            if all(f is None for f in found):
                return None
            return Seq(tuple(self.zeros_for(v) if f is None else f
                             for v, f in zip(value.items, found, strict=True)), value.type)
        if isinstance(value, (Var, Ref)):
            return self.tangent(self.low.atom(value))
        return None

    def zeros_for(self, value: Any) -> Any:
        """A zero tangent of an argument."""
        if isinstance(value, Seq):
            return Seq(tuple(map(self.zeros_for, value.items)), value.type)
        if isinstance(value, (Var, Ref)):
            atom = self.low.atom(value)
            return self.zeros(atom) if isinstance(atom, Var) else Lit(0.0)
        return Lit(0.0)

    def _is_simple(self, rule: registry.Rule, call: Call) -> bool:
        """Is the tangent the partial times the tangent? (A complex function must be holomorphic.)"""
        dtypes = [dtype_of(a.kind) for a in (*call.args, *call.outs) if isinstance(a, Var)]
        real = all(d is not None and d.kind != "c" for d in dtypes)
        return len(call.outs) == 1 and (real or (rule.holomorphic and all(
            d is not None and d.kind == "c" for d in dtypes)))

    def _by_partials(self, rule: registry.Rule, call: Call, bound: dict[str, Any], given: dict[str, Any]) -> None:
        """t_ans = sum of partial * t_x: the reverse body with t_x in the place of the cotangent."""
        out = call.out
        is_complex = dtype_of(out.kind) is not None and dtype_of(out.kind).kind == "c"  # type: ignore[union-attr]
        total: Any = None
        for name, tangent in given.items():
            d_ans = self.low.emit(np.conj, tangent) if is_complex else tangent
            self.incoming = {self.low.atom(d_ans)}
            results = self.run_rule(rule, {**bound, "ans": self.primal(out), "d_ans": d_ans},
                                    {f"d_{n}": self.d_name(out) if n == name else "" for n in rule.differentiable})
            part = results[rule.differentiable.index(name)]
            if part is None or (isinstance(part, Lit) and part.value is None):
                continue
            part = self.low.emit(np.conj, part) if is_complex else part
            total = part if total is None else self.low.emit(
                operator.add, self.unnamed(total), self.unnamed(part), name=self.d_name(out))
        self.give(out, total)

    def _by_body(self, rule: registry.Rule, call: Call, bound: dict[str, Any], given: dict[str, Any]) -> None:
        """The rule's own `jvp`."""
        assert rule.jvp is not None
        origin = read(rule.jvp)
        low = self.low
        outs = tuple(self.primal(o) for o in call.outs)
        values = {**bound, "ans": outs[0] if len(outs) == 1 else Seq(outs)}
        wanted = inspect.signature(rule.jvp).parameters
        for name in rule.differentiable:
            if name in given:
                values[f"t_{name}"] = given[name]
            elif f"t_{name}" in wanted and not (isinstance(bound[name], Lit) and bound[name].value is None):
                values[f"t_{name}"] = self.zeros_for(bound[name])
        values = {n: values[n] if n in values else Lit(p.default) for n, p in wanted.items()}
        names = {"t_ans": self.d_name(call.outs[0])} if len(outs) == 1 else {}
        saved = (low.rule_mode, low.rule_names, low.return_name)
        low.rule_mode, low.rule_names, low.return_name = True, names, ""
        try:
            low.call_stack.append(UserFunction)
            result = low.run_body(origin, desugar(origin), values, None)
        finally:
            low.call_stack.pop()
            low.rule_mode, low.rule_names, low.return_name = saved
        self._give_results(call, result)

    def _give_results(self, call: Call, result: Any) -> None:
        """The tangent of each result; several come as a sequence, or as a value that holds them."""
        result = self.low.opened(result)
        if len(call.outs) == 1:
            self.give(call.out, result.items[0] if isinstance(result, Seq) else result)
            return
        for number, out in enumerate(call.outs):
            if out in self.active:
                part = result.items[number] if isinstance(result, Seq) else self.low.emit(
                    operator.getitem, result, Lit(number), name=self.d_name(out))
                self.give(out, part)

    def _by_primal(self, rule: registry.Rule, call: Call, bound: dict[str, Any], given: dict[str, Any]) -> None:
        """Linear: the primal of the tangents. Bilinear: of one tangent at a time."""
        groups = [given] if rule.linear else [{name: t} for name, t in given.items()]
        total: Any = None
        for group in groups:
            replaced = {**{n: self.zeros_for(bound[n]) for n in rule.differentiable if rule.linear}, **group}
            args, kwargs = self._rebound(rule, call, replaced)
            made = self.low.emit(call.prim if call.prim.rule is None else call.prim.rule, *args,
                                 name=self.d_name(call.outs[0]) if len(call.outs) == 1 else "", **kwargs)
            total = made if total is None else self.low.emit(
                operator.add, self.unnamed(total), self.unnamed(made), name=self.d_name(call.out))
        self._give_results(call, total)

    def _rebound(self, rule: registry.Rule, call: Call, replaced: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The call's arguments, with these parameters replaced."""
        places: list[Any] = list(range(len(call.args)))
        bound = rule.signature.bind(*places, **{k: k for k, _ in call.kwargs}).arguments
        args = [self.primal(a) for a in call.args]
        kwargs = {k: self.primal(a) for k, a in call.kwargs}
        for name, value in replaced.items():
            place = bound.get(name)
            if isinstance(place, tuple):  # a variadic parameter
                for position, item in zip(place, value.items, strict=True):
                    args[position] = item
            elif isinstance(place, int):
                args[place] = value
            elif isinstance(place, str):
                kwargs[place] = value
        return args, kwargs

    def no_rule(self, label: str) -> Any:
        return self.low.refuse(f"the derivative of `{label}`", "There is no rule for it.",
                               "Write it with functions that have one.", error=NoRuleError)


def _sequence_of(atom: Var) -> Any:
    """The type of a sequence of known length."""
    return atom.kind.type if isinstance(atom.kind, TupleOf) else list if is_list(atom) else tuple
