"""Functions with an adjoint of their own: the reverse of a bridge, and the bridges' end (see lower/custom.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from .. import primitives as prim
from ..ir import Atom, Block, Call, For, If, Lit, Stmt, Try, Var, While, walk
from ..lower import Lowerer, Seq
from ..lower.custom import Bridge, ByResult, check_cotangents, paired, positions, replaced
from ..lower.values import Map
from .rewrite import substitute


@contextmanager
def as_written(low: Lowerer) -> Iterator[None]:
    """Inside, a function of the user's is read in the middle of a transform: its lists and dicts change."""
    before = low.raw_lists
    low.raw_lists = False
    try:
        yield
    finally:
        low.raw_lists = before


class Bridges:
    """Mixin of `Reverser`."""

    low: Lowerer

    def pull_bridge(self: Any, call: Call, cotangents: list[Any]) -> None:
        """Interpret `backward` with the saved values and the cotangents; its results go to the arguments."""
        bridge: Bridge = call.prim.rule
        closed = [a for a in (call.args[p] for p in bridge.inside) if isinstance(a, Var) and a in self.active]
        if closed:
            raise self.low.refuse(
                f"the custom function `{bridge.name}`, which closes over `{closed[0].name or 'a value'}`",
                "Its adjoint gives cotangents to its arguments only.", "Pass the value as an argument.")
        places = list(positions(bridge.value))
        given = {p: c if c is not None else self._no_cotangent(o)
                 for p, c, o in zip(places, cotangents, call.outs, strict=True)}
        d_ans = replaced(bridge.value, given.__getitem__)
        saved = replaced(bridge.saved, lambda p: self.primal(call.args[p]))
        with as_written(self.low):
            given_trees = [self.low.boxed(saved), self.low.boxed(d_ans)]
            result = self.low.call(Lit(bridge.custom.backward), given_trees, {}, "", None)
            items = check_cotangents(self.low, bridge, result, None)
        for argument, item in zip(bridge.args, items, strict=True):
            self._give_tree(call, argument, item)

    def pull_by_result(self: Any, call: Call, cotangent: Any) -> None:
        """The adjoint of a call that reads nothing but its result and its arguments."""
        for argument, item in self.result_cotangents(call, cotangent):
            self._give_tree(call, argument, item)

    def result_cotangents(self: Any, call: Call, cotangent: Any) -> list[tuple[Any, Any]]:
        """The arguments of such a call, and what its adjoint gives them."""
        rule: ByResult = call.prim.rule
        args = Seq(tuple(replaced(a, lambda p: self.primal(call.args[p])) for a in rule.args))
        with as_written(self.low):
            saved = self.low.boxed(Seq((self.primal(call.out), args)))
            result = self.low.call(Lit(rule.backward), [saved, cotangent], {}, "", None)
            return list(zip(rule.args, check_cotangents(self.low, rule, result, None), strict=True))

    def _no_cotangent(self: Any, out: Var) -> Any:
        return self.zeros(out) if out in self.varied else Lit(None)

    def _give_tree(self: Any, call: Call, argument: Any, item: Any) -> None:
        if item is None or (isinstance(item, Lit) and item.value is None):
            return
        if isinstance(argument, (Seq, Map)):
            for part, inner in paired(item, argument):
                self._give_tree(call, inner, part)
        else:
            for position in positions(argument):
                atom = call.args[position]
                if isinstance(atom, Var) and atom in self.active:
                    self.add(atom, self.project(item, atom, True))


def without_copies(block: Iterable[Stmt]) -> tuple[Block, dict[Var, Atom]]:
    """The block after nothing is shared any more: what is computed `again` reads the value itself."""
    mapping = {s.out: s.args[0] for s in walk(tuple(block)) if isinstance(s, Call) and s.prim is prim.AGAIN}
    for var, atom in mapping.items():  # in the order of definition: what they read is final
        mapping[var] = mapping.get(atom, atom) if isinstance(atom, Var) else atom
    return substitute(block, mapping) if mapping else tuple(block), mapping


def without_bridges(block: Iterable[Stmt], mapping: dict[Var, Atom]) -> Block:
    """The block without its bridges and regions; `mapping` gets, for each value that they made, what it stands for."""

    def visit(inner: Iterable[Stmt]) -> Block:
        kept: list[Stmt] = []
        for stmt in inner:
            if isinstance(stmt, Call) and stmt.prim.form == "bridge":
                values = (stmt.args[p] for p in positions(stmt.prim.rule.value))
                mapping.update((o, at(v)) for o, v in zip(stmt.outs, values, strict=True))
            elif isinstance(stmt, If) and stmt.style == "checkpoint":
                kept += visit(stmt.then)
                mapping.update((j.out, at(j.from_then)) for j in stmt.outs)
            elif isinstance(stmt, If):
                kept.append(replace(stmt, then=visit(stmt.then), orelse=visit(stmt.orelse)))
            elif isinstance(stmt, For):
                kept.append(replace(stmt, body=visit(stmt.body)))
            elif isinstance(stmt, Try):
                kept.append(replace(stmt, body=visit(stmt.body), handler=visit(stmt.handler)))
            elif isinstance(stmt, While):
                kept.append(replace(stmt, test=visit(stmt.test), body=visit(stmt.body)))
            else:
                kept.append(stmt)
        return tuple(kept)

    def at(atom: Atom) -> Atom:
        return mapping.get(atom, atom) if isinstance(atom, Var) else atom

    made = visit(block)
    return substitute(made, mapping)


__all__ = ["Bridges", "as_written", "without_bridges", "without_copies"]
