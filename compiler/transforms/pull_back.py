"""One call backwards: find its rule, read the rule's body with the kinds of the call, add to the cotangents.

Here is everything that a rule may leave out: summing over broadcast axes, casts to the primal's dtype, accumulation.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from ...runtime.errors import NoRuleError, UnsupportedError
from .. import primitives as prim
from ..analyses.activity import carries_derivative
from ..desugar import desugar
from ..domains import kinds
from ..domains.kinds import Kind, Scalar, TapeOf, TupleOf, dtype_of, shape_of
from ..ir import Atom, Call, Lit, Var
from ..lower import Lowerer, Ref, Seq
from ..lower.custom import ByResult
from ..lower.values import Slice, UserFunction
from ..rules import registry
from ..source import Origin, read
from .blocks import Blocks
from .bridges import Bridges
from .contractions import Contractions
from .fitting import Fitting
from .lists import ListPullBack, cotangent_list, is_list
from .masks import BY_CONDITION, PICKING, Masks, may_warn, quietly
from .options import known_options
from .rewrite import substitute
from .special_calls import SpecialCalls


class PullBack(Masks, Bridges, ListPullBack, Contractions, Blocks, SpecialCalls, Fitting):
    """Mixin of `Reverser`: cotangents and rules."""

    low: Lowerer
    varied: frozenset[Var]
    active: frozenset[Var]
    cotangents: dict[Var, Any]
    sequences: dict[Var, tuple[Atom, ...]]
    primal_values: dict[Var, Any]
    definition: dict[Var, Call]
    by_form: dict[Any, Var]
    unshifted: set[Call]
    incoming: set[Any]  # the cotangents that the rule at work was given: they keep their names
    uses: dict[Var, int]
    complex: bool = False  # may complex numbers occur, where dtypes are not known?

    # --- cotangents -------------------------------------------------------------------------------------------------

    @staticmethod
    def d_name(var: Var) -> str:
        return f"d_{var.name}" if var.name else ""

    @staticmethod
    def cotangent_kind(var: Var) -> Kind:
        kind = var.kind
        if isinstance(kind, Scalar):
            return Scalar(kind.dtype)
        return cotangent_list(kind) if isinstance(kind, kinds.ListOf) else kind

    def primal(self, atom: Any) -> Any:
        """The abstract value of a primal atom; one Ref for each array."""
        if not isinstance(atom, Var):
            return atom
        items = self.sequences.get(atom)
        if items is not None:
            cls = atom.kind.type if isinstance(atom.kind, TupleOf) else tuple
            return Seq(tuple(self.primal(i) for i in items), cls)
        made = self.definition.get(atom)
        if made is not None and made.prim is prim.SLICE:
            return Slice(*(self.primal(a) for a in made.args))
        if atom not in self.primal_values:
            self.primal_values[atom] = self.low.value_of(atom)
        return self.primal_values[atom]

    def zeros(self, var: Var) -> Any:
        """A zero cotangent of a variable; that of an empty tape is an empty tape."""
        if isinstance(var.kind, TapeOf):
            return self.operate(prim.TAPE_NEW, (), var)[0]
        if isinstance(var.kind, Scalar):
            return Lit(0.0)
        if is_list(var):
            return self.zeros_of_list(var, var)
        like = self.by_form.get((shape_of(var.kind), dtype_of(var.kind)), var)
        return self.low.emit(np.zeros_like, self.primal(like), name=self.d_name(var))

    def operate(self, primitive: prim.Primitive, args: tuple[Any, ...], *outs: Var) -> list[Any]:
        """Emit an operation on tapes, with results in the spaces of the cotangents of `outs`."""
        made = tuple(Var(self.d_name(o), self.cotangent_kind(o)) for o in outs)
        self.low.block.append(Call(made, primitive, tuple(map(self.low.atom, args)), (), self.low.loc))
        return [self.low.value_of(v) for v in made]

    def zeros_of(self, like: Any, var: Var) -> Any:
        if isinstance(var.kind, Scalar):
            return Lit(0.0)
        if is_list(var):
            return self.zeros_of_list(like, var)
        return self.low.emit(np.zeros_like, like, name=self.d_name(var))

    def add(self, atom: Atom, contribution: Any) -> None:
        """Add to the cotangent of a primal value (literals have none)."""
        if not isinstance(atom, Var) or contribution is None or atom not in self.active:
            return
        items = self.sequences.get(atom)
        if items is not None:
            parts = self._parts(contribution, len(items), items)
            for item, part in zip(items, parts, strict=True):
                self.add(item, part)
            return
        if isinstance(atom.kind, TupleOf):
            raise self.no_derivative("a tuple that holds active values here")
        before = self.cotangents.get(atom)
        if is_list(atom):
            contribution = self.narrowed(contribution, atom)
            self.cotangents[atom] = contribution if before is None else self.sum_of_lists(before, contribution, atom)
            return
        contribution = self.masked(atom, contribution)
        if before is None:
            self.cotangents[atom] = contribution
        else:
            contribution = self.unnamed(contribution)
            total = self.low.emit(operator.add, before, contribution, name=self.d_name(atom))
            self.cotangents[atom] = self.retype(total, self.cotangent_kind(atom))

    def unnamed(self, value: Any) -> Any:
        """A value that was just emitted as a part of another one: it needs no name of its own."""
        return self.named(value, "")

    def named(self, value: Any, name: str) -> Any:
        """The value that was just emitted under another name."""
        atom, block = self.low.atom(value), self.low.block
        if not isinstance(atom, Var) or atom.name == name or atom in self.incoming:
            return value
        for at in range(len(block) - 1, max(len(block) - 12, -1), -1):
            call = block[at]
            if isinstance(call, Call) and atom in call.outs:
                out = Var(name, atom.kind)
                self.low.renamed[atom] = out
                block[at] = replace(call, outs=tuple(out if o is atom else o for o in call.outs))
                block[at + 1:] = substitute(block[at + 1:], {atom: out})
                return self.low.value_of(out)
        return value

    def _parts(self, contribution: Any, count: int, items: tuple[Atom | None, ...]) -> list[Any]:
        if isinstance(contribution, Seq):
            return list(contribution.items)
        parts = []
        for index, item in enumerate(items):
            if isinstance(item, Var) and item in self.active:
                part = self.low.emit(operator.getitem, contribution, Lit(index), name=self.d_name(item))
                parts.append(self.retype(part, self.cotangent_kind(item)))
            else:
                parts.append(None)
        return parts

    # --- rules ------------------------------------------------------------------------------------------------------

    def no_derivative(self, what: str, instead: str = "") -> UnsupportedError:
        return self.low.refuse(what, "pullback has no derivative for it.", instead or
                               "Keep active values out of it, or write it another way.", error=NoRuleError)

    def reverse_call(self, call: Call) -> None:
        """Add what a call contributes to the cotangents of its arguments."""
        if call.prim is prim.LIST and is_list(call.out):  # read as a list of unknown length: `values[order[k]]`
            cotangent = self.cotangents.pop(call.out, None)
            self.add(call.out, cotangent)
        if call.prim in (prim.TUPLE, prim.LIST, prim.FIELD, prim.GETATTR):
            return  # the parts of a sequence have their own cotangents, and so do the leaves of an argument
        if call.prim in (prim.TAPE_PUSH, prim.TAPE_POP, prim.TAPE_COPY):
            self.reverse_tape(call)
            return
        cotangents = [self.cotangents.pop(out, None) for out in call.outs]
        if all(c is None for c in cotangents):
            return
        if not carries_derivative(call):
            return
        if not any(isinstance(a, Var) and self._is_active(a) for a in (*call.args, *(a for _, a in call.kwargs))):
            return
        if self.involves_lists(call):
            self.pull_list_call(call, cotangents)
            return
        self.mask = self.mask_of(call, cotangents[0])
        if self.mask is not None or may_warn(call):
            self.low.loc_override = quietly(self.low.loc_override)
        if call.prim.form == "bridge" or isinstance(call.prim.rule, ByResult):
            if call.prim.form == "bridge":
                self.pull_bridge(call, cotangents)
            else:
                self.pull_by_result(call, cotangents[0])
            self.mask = None
            return
        special = getattr(self, f"pull_{call.prim.name.replace('.', '_')}", None)
        if special is not None:
            special(call, cotangents[0])
        else:
            self.apply_rule(call, cotangents)
        self.mask = None

    def reverse_tape(self, call: Call) -> None:
        """Tapes of an inner adjoint. The cotangent of a tape is the tape of the cotangents: push <-> pop."""
        if call.prim is prim.TAPE_COPY:
            d_copy, source = self.cotangents.pop(call.out, None), call.args[0]
            if d_copy is not None and isinstance(source, Var) and source in self.active:
                if source in self.cotangents:
                    raise self.no_derivative("saved values that are read twice")
                self.cotangents[source] = d_copy
            return
        if call.prim is prim.TAPE_PUSH:
            d_tape = self.cotangents.pop(call.out, None)
            tape, value = call.args
            if d_tape is None or not isinstance(tape, Var):
                return
            assert isinstance(value, Var), "a literal is never saved"
            d_before, d_value = self.operate(prim.TAPE_POP, (d_tape,), tape, value)
            self.cotangents[tape] = d_before
            self.add(value, d_value)
            return
        tape = call.args[0]
        if call.prim is prim.TAPE_COPY:
            d_tape = self.cotangents.pop(call.out, None)
            if d_tape is not None and tape in self.active:
                if tape in self.cotangents:
                    raise self.no_derivative("what a `try` saved, read twice", "Move the loop out of `try`.")
                self.cotangents[tape] = d_tape
            return
        after, value = call.outs
        d_after, d_value = self.cotangents.pop(after, None), self.cotangents.pop(value, None)
        if tape not in self.active or (d_after is None and d_value is None):
            return
        assert isinstance(tape, Var)
        d_after = self.zeros(after) if d_after is None else d_after
        d_value = self.fitted(self.zeros(value) if d_value is None else d_value, value)
        self.cotangents[tape] = self.operate(prim.TAPE_PUSH, (d_after, d_value), tape)[0]

    def _is_active(self, var: Var) -> bool:
        return var in self.active

    def apply_rule(self, call: Call, cotangents: list[Any]) -> None:
        """Read the rule's body with this call's kinds; its results go to the arguments."""
        rule = registry.rule_for(call.prim.rule)
        label = call.prim.name.removeprefix("operator.").removeprefix("builtins.")
        if rule is None:
            raise self.low.refuse(f"the derivative of `{label}`", "There is no rule for it.",
                                  "Write it with functions that have one, or give it one with `pb.defvjp`.",
                                  error=NoRuleError)
        bound = self._bind_rule(rule, call, label)
        outs = tuple(self.primal(o) for o in call.outs)
        if len(call.outs) == 1 and call.prim.form != "only":
            ans, d_ans = outs[0], cotangents[0]
        else:
            ans = Seq(outs)
            d_ans = Seq(tuple(c if c is not None else self.zeros(o)
                              for c, o in zip(cotangents, call.outs, strict=True)))
        self.incoming = {self.low.atom(c) for c in cotangents if c is not None}
        square = self._is_square(call)
        if square:
            d_ans = Lit(2 * d_ans.value) if isinstance(d_ans, Lit) else self.low.emit(operator.mul, Lit(2), d_ans)  # type: ignore[operator]
        if call.prim.rule in (np.where, np.select):
            self.start_masks(call)
        elif call.prim.rule in PICKING:
            for arg in call.args:
                self.pick(arg, call.prim.rule in BY_CONDITION)
        skipped = {f"d_{p}" for p in rule.separate if not any(v in self.active for v in self._leaves(bound.get(p)))}
        if square:
            skipped.add(f"d_{rule.differentiable[1]}")
        results = self.run_rule(rule, {**bound, "ans": ans, "d_ans": d_ans}, self._names(rule, bound), skipped)
        found = dict(zip(rule.differentiable, results, strict=True))
        for name, value in bound.items():
            self._check_differentiable(rule, name, value, label)
        for name, contribution in list(found.items())[:1 if square else None]:
            self._give(bound[name], contribution, rule)

    @staticmethod
    def _is_square(call: Call) -> bool:
        """x * x, or x . x of a real vector: both factors get the same, so one gets it twice."""
        if len(call.args) != 2 or call.args[0] is not call.args[1] or call.kwargs or not isinstance(call.args[0], Var):
            return False
        kind = call.args[0].kind
        dtype, shape = dtype_of(kind), shape_of(kind)
        if dtype is None or dtype.kind != "f" or isinstance(kind, Scalar):
            return False
        return call.prim.rule in (operator.mul, np.multiply) or (
            call.prim.rule in (operator.matmul, np.matmul, np.dot, np.inner) and shape is not None and len(shape) == 1)

    def _bind_rule(self, rule: registry.Rule, call: Call, label: str) -> dict[str, Any]:
        """The call's arguments by the rule's parameter names; a parameter the rule does not know is refused."""
        args = [self.primal(a) for a in call.args]
        kwargs = {k: self.primal(a) for k, a in call.kwargs}
        kwargs = known_options(call.prim.rule, kwargs, rule.signature.parameters)
        unknown = [k for k in kwargs if k not in rule.signature.parameters
                   and not any(p.kind is p.VAR_KEYWORD for p in rule.signature.parameters.values())]
        if unknown:
            raise self.low.refuse(f"the parameter `{unknown[0]}=` of `{label}`", "Its rule does not know it.",
                                  "Leave it out.", error=NoRuleError)
        return self.low.bind_arguments(_with_literals(rule), args, kwargs, None, label)

    def _names(self, rule: registry.Rule, bound: dict[str, Any]) -> dict[str, str]:
        """What the rule's `d_<param>` is called in the adjoint: d_ and the user's name of the argument."""
        names = {}
        for param in rule.differentiable:
            value = bound.get(param)
            if isinstance(value, (Var, Ref)):
                atom = self.low.atom(value)
                if isinstance(atom, Var):
                    names[f"d_{param}"] = self.d_name(atom)
        return names

    def run_rule(self, rule: registry.Rule, values: dict[str, Any], names: dict[str, str],
                 skipped: Collection[str] = ()) -> list[Any]:
        """Interpret a rule's body; returns the cotangents in the order of `rule.differentiable`.

        skipped : the `d_<param>` that nobody reads: they are None
        """
        origin = rule_origin(rule)
        low = self.low
        saved = (low.rule_mode, low.rule_names, low.return_name, low.skipped)
        low.rule_mode, low.rule_names, low.return_name = True, names, ""
        try:
            low.call_stack.append(UserFunction)
            low.skipped = (skipped, len(low.call_stack))
            result = low.run_body(origin, desugar(origin), values, None)
        finally:
            low.call_stack.pop()
            low.rule_mode, low.rule_names, low.return_name, low.skipped = saved
        if len(rule.differentiable) == 1:
            return [result]
        assert isinstance(result, Seq), rule.name
        assert len(result.items) == len(rule.differentiable), rule.name
        return list(result.items)

    def _check_differentiable(self, rule: registry.Rule, name: str, value: Any, label: str) -> None:
        """An active argument for which the rule has no cotangent is refused, never taken as constant."""
        if name in rule.differentiable or name in rule.passive:
            return
        for atom in self._leaves(value):
            if atom in self.active:
                raise self.low.refuse(f"the derivative of `{label}` with respect to `{name}`",
                                      "Its rule has none.", f"Pass `{name}` as a constant (`pb.detach`).",
                                      error=NoRuleError)

    def _leaves(self, value: Any) -> list[Var]:
        if isinstance(value, Seq):
            return [v for item in value.items for v in self._leaves(item)]
        if isinstance(value, (Var, Ref)):
            atom = self.low.atom(value)
            return [atom] if isinstance(atom, Var) else []
        return []

    def _give(self, argument: Any, contribution: Any, rule: registry.Rule) -> None:
        """A rule's result to its argument, in the argument's shape and dtype."""
        if contribution is None or (isinstance(contribution, Lit) and contribution.value is None):
            return
        if isinstance(argument, Seq):
            self._give_items(argument, contribution, rule)
            return
        if not isinstance(argument, (Var, Ref)):
            return
        atom = self.low.atom(argument)
        if isinstance(atom, Var) and atom in self.active:
            self.add(atom, self.project(contribution, atom, rule.elementwise))

    def _give_items(self, argument: Seq, contribution: Any, rule: registry.Rule) -> None:
        """To the elements of a sequence, nested ones too: `np.array([[a, b], [c, d]])`."""
        if not any(leaf in self.active for leaf in self._leaves(argument)):
            return
        items = tuple(self.low.atom(i) if isinstance(i, (Var, Ref)) else None for i in argument.items)
        parts = self._parts(contribution, len(items), items)
        for index, (item, atom, part) in enumerate(zip(argument.items, items, parts, strict=True)):
            if isinstance(item, Seq) and any(leaf in self.active for leaf in self._leaves(item)):
                inner = part if part is not None else self.low.emit(operator.getitem, contribution, Lit(index))
                self._give_items(item, inner, rule)
            elif isinstance(atom, Var) and atom in self.active and part is not None:
                self.add(atom, self.project(part, atom, rule.elementwise))


@functools.cache
def _with_literals(rule: registry.Rule) -> inspect.Signature:
    """A rule's signature; its defaults are literals of the IR."""
    return rule.signature.replace(parameters=[
        p if p.default is p.empty or isinstance(p.default, Lit) else p.replace(default=Lit(p.default))
        for p in rule.signature.parameters.values()])


_ORIGINS: dict[Any, Origin] = {}


def rule_origin(rule: registry.Rule) -> Origin:
    """The source of a rule's body, read once."""
    found = _ORIGINS.get(rule)
    if found is None:
        found = _ORIGINS[rule] = read(rule.body)
    return found
