"""Tangents by transposing an adjoint, of rules and of custom functions, and the tangents that custom functions give."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..domains.kinds import is_differentiable
from ..ir import (
    Atom,
    Call,
    Function,
    Lit,
    Loc,
    Var,
)
from ..lower import Ref, Seq
from ..lower.custom import At, check_cotangents, flattened, paired, positions, replaced
from ..lower.values import Map
from ..rules import registry
from ..rules.custom import CustomJvp
from .bridges import as_written
from .reverse import Reverser
from .rewrite import relocate, substitute

if TYPE_CHECKING:
    from .push_forward import PushForward


class Transposition:
    """Mixin of `PushForward`."""

    active: frozenset[Var]

    def push_bridge(self: PushForward, call: Call) -> None:
        """A function with an adjoint of its own (see `bridges`): that adjoint, transposed."""
        bridge = call.prim.rule
        if isinstance(bridge.custom, CustomJvp):
            self._push_custom(call)
            return

        def adjoint(cotangents: tuple[Any, ...], pairs: list[tuple[Var, Atom]]) -> None:
            for argument, item in self.bridge_cotangents(call, cotangents):
                self._pair_tree(call, argument, item, pairs)

        if any(self.tangent(call.args[p]) is not None for p in bridge.inside):
            raise self.low.refuse(f"the custom function `{bridge.name}`, which closes over a value that changes",
                                  "Its adjoint gives cotangents to its arguments only.",
                                  "Pass the value as an argument.")
        self._transpose(call, adjoint)

    def _push_custom(self: PushForward, call: Call) -> None:
        """A function with a tangent of its own: that tangent."""
        bridge, low = call.prim.rule, self.low
        if any(self.tangent(call.args[p]) is not None for p in bridge.inside):
            raise low.refuse(f"the custom function `{bridge.name}`, which closes over a value that changes",
                             "Its tangent is that of its arguments only.", "Pass the value as an argument.")
        args = Seq(tuple(replaced(a, lambda p: self.primal(call.args[p])) for a in bridge.args))
        tangents = Seq(tuple(replaced(a, lambda p: self._tangent_or_value(call.args[p])) for a in bridge.args))
        with as_written(low):
            given = [low.boxed(args), low.boxed(tangents)]
            result = low.opened(low.call(Lit(bridge.custom.rule), given, {}, "", None))
        if not isinstance(result, Seq) or len(result.items) != 2:
            raise low.refuse(f"the tangent of `{bridge.name}`", f"It returns {low.describe(result)}, not a pair.",
                             "Return `value, tangent`.")
        atoms: list[Atom] = []
        flattened(low, atoms, result.items[1])
        if len(atoms) != len(call.outs):
            raise low.refuse(f"the tangent of `{bridge.name}`", f"It has {len(atoms)} parts, the value "
                             f"{len(call.outs)}.", "Give the tangent the value's structure.")
        for out, atom in zip(call.outs, atoms, strict=True):
            self.give(out, low.value_of(atom) if isinstance(atom, Var) else atom)

    def _tangent_or_value(self: PushForward, atom: Atom) -> Any:
        """The tangent of a float; what is none has its value in the tangents."""
        if isinstance(atom, Var) and is_differentiable(atom.kind):
            return self.tangent_or_zeros(atom)
        return self.primal(atom)

    def push_by_result(self: PushForward, call: Call) -> None:
        """A call whose adjoint reads its result (see `bridges`): its tangent, or that adjoint, transposed."""
        if call.prim.rule.tangent is not None:
            self._push_tangent(call)
            return

        def adjoint(cotangents: tuple[Any, ...], pairs: list[tuple[Var, Atom]]) -> None:
            for argument, item in self.result_cotangents(call, cotangents[0]):
                self._pair_tree(call, argument, item, pairs)

        self._transpose(call, adjoint)

    def _push_tangent(self: PushForward, call: Call) -> None:
        """The tangent that the rule gives; that of an argument that does not change is None, of a part of one zero."""
        rule, low = call.prim.rule, self.low

        def tangent(tree: Any) -> Any:
            if isinstance(tree, At) and self.tangent(call.args[tree.position]) is None:
                return Lit(None)
            return replaced(tree, lambda p: self._tangent_or_value(call.args[p]))

        args = Seq(tuple(replaced(a, lambda p: self.primal(call.args[p])) for a in rule.args))
        tangents = Seq(tuple(map(tangent, rule.args)))
        with as_written(low):
            given = [self.primal(call.out), low.boxed(args), low.boxed(tangents)]
            result = low.call(Lit(rule.tangent), given, {}, "", None)
        self.give(call.out, result)

    def _pair_tree(self: PushForward, call: Call, argument: Any, item: Any, pairs: list[tuple[Var, Atom]]) -> None:
        """What a custom adjoint gives to an argument, beside the tangents of the argument's leaves."""
        if item is None or (isinstance(item, Lit) and item.value is None):
            return
        if isinstance(argument, (Seq, Map)):
            for part, inner in paired(item, argument):
                self._pair_tree(call, inner, part, pairs)
            return
        for position in positions(argument):
            atom = call.args[position]
            tangent = self.tangent(atom)
            if tangent is not None and isinstance(atom, Var):
                made = self.low.atom(self.project(item, atom, True))
                if isinstance(made, Var):
                    pairs.append((made, self.low.atom(tangent)))

    def _by_transposition(self: PushForward, rule: registry.Rule, call: Call, bound: dict[str, Any],
                          given: dict[str, Any]) -> None:
        """J t by reversing the reverse body, u -> J^T u, which is linear: so any u will do, and `ans` is one."""
        outs = tuple(self.primal(o) for o in call.outs)
        ans = outs[0] if len(outs) == 1 else Seq(outs)

        def adjoint(cotangents: tuple[Any, ...], pairs: list[tuple[Var, Atom]]) -> None:
            d_ans = cotangents[0] if len(outs) == 1 else Seq(cotangents)
            results = self.run_rule(rule, {**bound, "ans": ans, "d_ans": d_ans}, {})
            for name, tangent in given.items():
                self._pair(bound[name], results[rule.differentiable.index(name)], tangent, rule, pairs)

        self._transpose(call, adjoint)

    def _transpose(self: PushForward, call: Call,
                   adjoint: Callable[[tuple[Any, ...], list[tuple[Var, Atom]]], None]) -> None:
        """Emit the transpose of what `adjoint` emits for the cotangents u of a call's results.

        adjoint : appends to a list what it gives each argument, with the argument's tangent
        """
        cotangents = tuple(Var("u", self.cotangent_kind(o)) for o in call.outs)
        low = self.low
        pairs: list[tuple[Var, Atom]] = []
        with low.new_block() as block:
            adjoint(tuple(low.value_of(u) for u in cotangents), pairs)
        reverser = Reverser(Function("adjoint", (), tuple(block), tuple(d for d, _ in pairs), False), cotangents,
                            [d for d, _ in pairs])
        reverser.complex = self.complex
        reverser.low.loc_override = low.loc_override
        with reverser.low.new_block() as head:
            for result, tangent in pairs:
                if result in reverser.active:
                    reverser.add(result, reverser.low.value_of(tangent) if isinstance(tangent, Var) else tangent)
        forward, backward = reverser.reverse(tuple(block))
        mapping: dict[Var, Atom] = dict(zip(cotangents, call.outs, strict=True))
        found = [reverser.cotangents.get(u) for u in cotangents]
        atoms = [None if f is None else reverser.low.atom(f) for f in found]
        low.block += substitute(relocate([*forward, *head, *backward], _forwards), mapping)
        for out, atom in zip(call.outs, atoms, strict=True):
            if atom is not None:
                self.give(out, low.value_of(atom) if isinstance(atom, Var) else atom)

    def _pair(self: PushForward, argument: Any, cotangent: Any, tangent: Any, rule: registry.Rule,
              pairs: list[tuple[Var, Atom]]) -> None:
        """What the reverse body gives an argument, beside the argument's tangent."""
        if cotangent is None or (isinstance(cotangent, Lit) and cotangent.value is None):
            return
        if isinstance(argument, Seq):
            items = tuple(self.low.atom(i) if isinstance(i, (Var, Ref)) else None for i in argument.items)
            active = self.active
            self.active = active | {i for i in items if isinstance(i, Var)}
            parts = self._parts(cotangent, len(items), items)
            self.active = active
            for item, part, t in zip(argument.items, parts, tangent.items, strict=True):
                if part is None and isinstance(item, Seq):
                    part = self.low.emit(operator.getitem, cotangent, Lit(argument.items.index(item)))
                self._pair(item, part, t, rule, pairs)
            return
        if not isinstance(argument, (Var, Ref)):
            return
        var = self.low.atom(argument)
        assert isinstance(var, Var)
        made = self.low.atom(self.project(cotangent, var, rule.elementwise))
        if isinstance(made, Var):
            pairs.append((made, self.low.atom(tangent)))

    def bridge_cotangents(self: PushForward, call: Call, cotangents: tuple[Any, ...]) -> list[tuple[Any, Any]]:
        """The arguments of a custom function, and what its adjoint gives them for these cotangents."""
        bridge = call.prim.rule
        given = dict(zip(positions(bridge.value), cotangents, strict=True))
        with as_written(self.low):
            saved = self.low.boxed(replaced(bridge.saved, lambda p: self.primal(call.args[p])))
            d_ans = self.low.boxed(replaced(bridge.value, given.__getitem__))
            result = self.low.call(Lit(bridge.custom.backward), [saved, d_ans], {}, "", None)
            return list(zip(bridge.args, check_cotangents(self.low, bridge, result, None), strict=True))


def _forwards(loc: Loc | None) -> Loc | None:
    return loc if loc is None or not loc.backward else replace(loc, backward=False)
