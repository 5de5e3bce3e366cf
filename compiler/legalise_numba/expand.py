"""Helpers of the runtime that have no rule here are read: their bodies take the place of the call.

A derivative rule may call a function of `runtime/` (`tensordot_cotangent_a`, `split_like`). On the NumPy back end it is
called; here its source is interpreted with the kinds of the call, so that what is left is NumPy's own functions.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...runtime.errors import PullbackError
from .. import primitives as prim
from ..ir import Atom, Block, Call, For, Function, If, Lit, Stmt, Var, While, walk
from ..lower import Lowerer, Seq
from ..lower.values import Slice
from ..transforms.rewrite import substitute
from . import registry

MAX_DEPTH = 6


def expand(function: Function, leave: Callable[[Call], bool]) -> Function:
    """The function without calls of runtime helpers that have no rule of their own, where they can be read.

    leave : which of them stay calls
    """
    for _ in range(MAX_DEPTH):
        if not any(isinstance(s, Call) and _is_helper(s) and not leave(s) for s in walk(function.body)):
            return function
        expander = _Expander(function, leave)
        body = expander.block(function.body)
        if not expander.changed:
            return function
        body = tuple(substitute(body, {v: expander.final(v) for v in expander.replaced}))
        results = tuple(expander.final(r) for r in function.results)
        function = replace(function, body=body, results=results)
    return function


def _is_helper(call: Call) -> bool:
    module = getattr(call.prim.fn, "__module__", None) or ""
    return (module.startswith("pullback.runtime.") and registry.key_of(call) not in registry.RULES
            and call.prim.pure and hasattr(call.prim.fn, "__code__"))


def _known(source: tuple[Any, ...]) -> Any:
    """A default or a module constant of a helper: it is the same in every process."""
    if source[0] == "default":
        return inspect.signature(source[1]).parameters[source[2]].default
    return source[1].__globals__.get(source[2]) if source[0] == "global" else None


class _Expander:
    def __init__(self, function: Function, leave: Callable[[Call], bool]) -> None:
        self.leave = leave
        self.replaced: dict[Var, Atom] = {}
        self.changed = False
        self.made_by = {o: s for s in walk(function.body) if isinstance(s, Call) for o in s.outs}

    def final(self, atom: Atom) -> Atom:
        while isinstance(atom, Var) and atom in self.replaced:
            atom = self.replaced[atom]
        return atom

    def block(self, block: Block) -> Block:
        result: list[Stmt] = []
        for stmt in block:
            if isinstance(stmt, Call) and _is_helper(stmt) and not self.leave(stmt):
                result += self._call(stmt)
            elif isinstance(stmt, If):
                result.append(replace(stmt, then=self.block(stmt.then), orelse=self.block(stmt.orelse)))
            elif isinstance(stmt, For):
                result.append(replace(stmt, body=self.block(stmt.body)))
            elif isinstance(stmt, While):
                result.append(replace(stmt, test=self.block(stmt.test), body=self.block(stmt.body)))
            else:
                result.append(stmt)
        return tuple(result)

    def _call(self, call: Call) -> list[Stmt]:
        low = Lowerer()
        low.block = []
        low.loc_override = call.loc
        low.origin = call.loc.origin if call.loc is not None else None
        args = [self._value(low, a) for a in call.args]
        kwargs = {k: self._value(low, a) for k, a in call.kwargs}
        try:
            value = low.call_python(call.prim.fn, args, kwargs, "", None)
            if len(call.outs) == 1:
                parts = [low.atom(value)]
            elif isinstance(value, Seq) and len(value.items) == len(call.outs):
                parts = [low.atom(v) for v in value.items]
            else:
                return [call]
        except (PullbackError, AttributeError, AssertionError, KeyError, TypeError):
            return [call]  # it stays, and is refused by its name
        for captured in low.captured.values():
            known = _known(captured.source)
            if not isinstance(known, (bool, int, float, complex)):
                return [call]
            self.replaced[captured.var] = Lit(known)
        self.changed = True
        self.replaced.update(zip(call.outs, parts, strict=True))
        return [replace(s, loc=s.loc or call.loc) for s in low.block]

    def _value(self, low: Any, atom: Atom) -> Any:
        if isinstance(atom, Lit):
            if type(atom.value) in (tuple, list):
                return Seq(tuple(self._value(low, Lit(v)) for v in atom.value), type(atom.value))  # type: ignore[attr-defined]
            return atom
        made = self.made_by.get(atom)
        if made is not None and made.prim in (prim.TUPLE, prim.LIST):
            return Seq(tuple(self._value(low, a) for a in made.args), tuple if made.prim is prim.TUPLE else list)
        if made is not None and made.prim is prim.SLICE:
            return Slice(*(self._value(low, a) for a in made.args))
        return low.value_of(atom)
