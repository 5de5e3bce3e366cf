"""Operations on lists of unknown length, forwards: the tangent of a list is the list of its elements' tangents.

    out.append(x)        t_out.append(t_x)
    x = out.pop()        t_x = t_out.pop()
    x = out[i]           t_x = t_out[i]
    out[i] = x           t_out[i] = t_x
    y = np.stack(out)    t_y = np.stack(t_out)
    s = sum(out)         t_s = sum(t_out)

All of them are linear, so the tangent is the same operation; also of the helpers that the adjoints of lists call.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import primitives as prim
from ..ir import Atom, Call, Lit, Var
from ..lower import Lowerer
from .lists import ADD, JOINED, PARTS, REAL, ROWS, SET_POSITIONS, SPLITS, SPREAD, ZEROS, cotangent_list, is_list

OF_ARRAYS = (*ROWS, np.stack, np.concatenate, *JOINED)


class ListPushForward:
    """Mixin of `PushForward`."""

    low: Lowerer
    active: frozenset[Var]
    cotangents: dict[Var, Any]

    def push_list_call(self, call: Call) -> None:
        """One operation on lists forwards; at least one argument has a tangent."""
        if not any(out in self.active for out in call.outs):  # a length, a position
            return
        if call.prim is prim.LIST_POP:
            self._push_pop(call)
        elif call.prim in (prim.LIST_APPEND, prim.LIST_SET, ADD):
            self._same(call, *(a if call.prim is prim.LIST_SET and n == 1 else self.tangent_or_zeros(a)  # type: ignore[attr-defined]
                               for n, a in enumerate(call.args)))
        elif call.prim is prim.LIST_ADD:
            before, index, item = call.args
            added = self.tangent(item)  # type: ignore[attr-defined]
            base = self.tangent_or_zeros(before)  # type: ignore[attr-defined]
            if added is None:
                self.cotangents[call.out] = base
            else:
                self._same(call, base, index, added)
        elif call.prim in (prim.LIST_REPEAT, prim.LIST_OF, REAL) or call.prim.fn is operator.getitem:
            self._same(call, self.tangent_or_zeros(call.args[0]), *call.args[1:])  # type: ignore[attr-defined]
        elif call.prim.fn is operator.add:
            self._same(call, *map(self.tangent_or_zeros, call.args))  # type: ignore[attr-defined]
        elif call.prim in (SPREAD, PARTS):  # by the cotangent that they hand out; the list gives the shapes
            if self.tangent(call.args[0]) is not None:  # type: ignore[attr-defined]
                self._same(call, self.tangent(call.args[0]), call.args[1])  # type: ignore[attr-defined]
        elif call.prim is SET_POSITIONS:
            if self.tangent(call.args[-1]) is not None:  # type: ignore[attr-defined]
                self._same(call, *call.args[:-1], self.tangent(call.args[-1]))  # type: ignore[attr-defined]
        elif call.prim is not ZEROS:
            self._push_function(call)

    def push_split(self, call: Call) -> None:
        """An array cut into parts that differ in shape."""
        self._same(call, self.tangent_or_zeros(call.args[0]), *call.args[1:])  # type: ignore[attr-defined]

    def _same(self, call: Call, *args: Any) -> None:
        """The tangent of the result is the same operation on these arguments."""
        atoms = tuple(self.low.atom(a) for a in args)
        out = self._like(call.out)
        self.low.block.append(Call((out,), call.prim, atoms, call.kwargs, self.low.loc))
        self._note(call.out, out)

    def _like(self, var: Var) -> Var:
        kind = cotangent_list(var.kind) if is_list(var) else self.cotangent_kind(var)  # type: ignore[attr-defined]
        return Var(self.d_name(var), kind)  # type: ignore[attr-defined]

    def _note(self, primal: Var, made: Var) -> None:
        self.cotangents[primal] = made if is_list(made) else self.low.value_of(made)

    def _push_pop(self, call: Call) -> None:
        made = tuple(map(self._like, call.outs))
        tangent = self.low.atom(self.tangent_or_zeros(call.args[0]))  # type: ignore[attr-defined]
        self.low.block.append(Call(made, call.prim, (tangent,), (), self.low.loc))
        for primal, out in zip(call.outs, made, strict=True):
            self._note(primal, out)

    def _push_function(self, call: Call) -> None:
        """A function of a list: sums, and arrays made of the elements."""
        source, rest = call.args[0], call.args[1:]
        if call.prim.rule is sum:
            tangents = [self.tangent(a) for a in call.args]  # type: ignore[attr-defined]
            found = [t for t in tangents[1:] if t is not None]
            if tangents[0] is None:
                self.give(call.out, found[0])  # type: ignore[attr-defined]
                return
            args = [tangents[0], *found]
        elif call.prim.rule in OF_ARRAYS and is_list(source) and not self._any_tangent(rest):
            args = [self.tangent_or_zeros(source), *map(self.primal, rest)]  # type: ignore[attr-defined]
        else:
            raise self.no_derivative(f"`{call.prim.name}` of a list whose length only the run knows")  # type: ignore[attr-defined]
        kwargs = {k: self.primal(a) for k, a in call.kwargs}  # type: ignore[attr-defined]
        self.give(call.out, self.low.emit(call.prim.rule, *args, name=self.d_name(call.out), **kwargs))  # type: ignore[attr-defined]

    def _any_tangent(self, atoms: tuple[Atom, ...]) -> bool:
        return any(not isinstance(a, Lit) and self.tangent(a) is not None for a in atoms)  # type: ignore[attr-defined]


__all__ = ["SPLITS", "ListPushForward"]
