"""Transposes, shapes, broadcasts and stores of the simplifier."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Array
from ..ir import Atom, Call, Lit, Var
from .handlers import Handlers


class Shaping(Handlers):
    """Mixin of `Simplifier`: the handlers of what moves elements and of what asks for shapes."""

    by_shape: dict[tuple[Any, ...], Var]

    def form(self, atom: Atom) -> Any:
        raise NotImplementedError

    def _broadcast(self, like: Call, value: Atom, shape: Atom) -> Atom:
        raise NotImplementedError

    def _used_for(self, call: Call) -> bool:
        raise NotImplementedError

    def transpose(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        if len(args) != 1:
            return None
        inner = self.made_by(args[0], np.transpose, "ndarray.T", "ndarray.transpose")
        if inner is not None and len(inner.args) == 1 and not inner.kwargs:
            return inner.args[0]
        shape = self.shape_of(self.kind(args[0]))
        if shape is not None and len(shape) < 2:
            return args[0]
        product = self.made_by(args[0], operator.matmul, np.matmul)
        if product is not None and shape is not None and len(shape) == 2 and self._used_for(product):
            return self._transposed_product(call, product)
        return None

    def _transposed_product(self, call: Call, product: Call) -> Atom | None:
        """(x' y)' is y' x, and (x y')' is y x': where it saves a transpose."""
        left, right = (self.made_by(a, np.transpose, "ndarray.T") for a in product.args)
        if (left is None and right is None) or any(len(self.shape_of(self.kind(a)) or ()) != 2 for a in product.args):
            return None
        sides = [side.args[0] if side is not None else self.make(call, "ndarray.T", factor)
                 for factor, side in ((product.args[1], right), (product.args[0], left))]
        return self.make(call, product.prim, *sides, name=call.out.name)

    def shape(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        kind = self.kind(args[0])
        shape = self.shape_of(kind)
        if not isinstance(kind, Array) or not shape or len(args) != 1:
            return None
        if all(isinstance(n, int) for n in shape):
            value: Any = 1
            for n in shape:
                value *= n
            return Lit(shape if call.prim.rule in (np.shape, "ndarray.shape") else value)
        name = "ndarray.shape" if call.prim.rule in (np.shape, "ndarray.shape") else "ndarray.size"
        representative = self.by_shape.get(shape, args[0])
        if representative is args[0] and name == "ndarray.size" and len(shape) == 1:
            length = self._length_elsewhere(call, args[0], shape[0])
            if length is not None:
                return length
        if call.prim.rule == name and representative is args[0]:
            return None
        return self.make(call, name, representative)

    def _length_elsewhere(self, call: Call, array: Atom, length: Any) -> Atom | None:
        """The length of an unnamed vector as that of an argument's axis: it need not be made to be measured."""
        made = self.definition.get(array) if isinstance(array, Var) and not array.name else None
        if made is None or made.prim.alias != "fresh":
            return None
        for shape, holder in self.by_shape.items():
            if length in shape:
                whole = self.make(call, "ndarray.shape", holder)
                out = Var("", call.out.kind)
                place = Lit(shape.index(length))
                self.keep(Call((out,), prim.primitive_for(operator.getitem), (whole, place), (), call.loc))
                return out
        return None

    def broadcast(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        kind = self.kind(args[0])
        shape = self.shape_of(call.out.kind)
        if shape is not None and self.shape_of(kind) == shape and isinstance(kind, Array):
            return args[0]
        inner = self.made_by(args[0], np.broadcast_to)
        if inner is not None and self.shape_of(self.kind(inner.args[0])) == ():
            return self._broadcast(call, inner.args[0], args[1])
        return None

    def reshaped(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        inner = self.made_by(args[0], np.broadcast_to)
        if inner is not None and self.shape_of(self.kind(inner.args[0])) == () and len(args) == 2 \
                and self.shape_of(call.out.kind) is not None:
            return self._broadcast(call, inner.args[0], args[1])
        return None

    def moved_axis(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        return args[0] if self.equal(args[1], args[2]) and isinstance(self.kind(args[0]), Array) else None

    def unbroadcasted(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        target = self.made_by(args[1], np.shape, "ndarray.shape")
        if target is not None and self.form(target.args[0]) is not None \
                and self.form(args[0]) == self.form(target.args[0]):
            return args[0]
        wanted, actual = self.shape_of(call.out.kind), self.shape_of(self.kind(args[0]))
        same = wanted is not None and actual is not None and len(wanted) == len(actual) and all(
            w == a or not kinds.may_be_one(w) for w, a in zip(wanted, actual, strict=True))
        return args[0] if same else None

    def count_along(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        """The length of one axis: `x.shape[1]`."""
        axis = args[1]
        if not isinstance(axis, Lit) or type(axis.value) is not int or not isinstance(args[0], Var):
            return None
        out = Var("", call.out.kind)
        self.keep(Call((out,), prim.primitive_for(operator.getitem), (args[0], axis), (), call.loc))
        return out

    def add_at(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        inner = self.made_by(args[2], np.broadcast_to)
        if inner is None or self.shape_of(self.kind(inner.args[0])) != ():
            return None
        out = Var(call.out.name, call.out.kind)
        self.keep(replace(call, outs=(out,), args=(args[0], args[1], inner.args[0])))
        return out
