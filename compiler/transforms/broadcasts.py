"""Broadcasts are taken out of operations that broadcast by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, dtype_of, same_dtype
from ..ir import Atom, Call, Var

if TYPE_CHECKING:
    from .simplify import Simplifier


class Broadcasts:
    """Mixin of `Simplifier`."""

    def _narrow(self: Simplifier, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        """Take a broadcast out of an elementwise operation that broadcasts by itself."""
        sources = [self._broadcast_of(a) for a in args]
        if not any(sources):
            return None
        shape = self.shape_of(call.out.kind)
        plain = [a for a, s in zip(args, sources, strict=True) if s is None]
        full = shape is not None and any(self.shape_of(self.kind(a)) == shape for a in plain)
        if shape is None and len(plain) == 1 and isinstance(plain[0], Var):
            own = self.form(plain[0])
            full = own is not None and all(s is None or (self.form(a) == own and self.shape_of(
                self.kind(s.args[0])) == ()) for a, s in zip(args, sources, strict=True))
        if not full:
            if shape is None or not all(self.shape_of(self.kind(a)) == () for a in plain):
                return None
            wide = [s for s in sources if s is not None and self.shape_of(self.kind(s.args[0])) != ()]
            if wide and sum(s is not None for s in sources) > 1:
                return None
            target = next(s for s in sources if s is not None)
            if any(s is not None and s.out is not a for a, s in zip(args, sources, strict=True)):
                return None
            inner = self.make(call, call.prim, *(s.args[0] if s is not None else a
                                                 for a, s in zip(args, sources, strict=True)))
            return self._broadcast(call, inner, target.args[1])
        narrow = tuple(s.args[0] if s is not None else a for a, s in zip(args, sources, strict=True))
        kind = self.infer(call.prim, narrow, ())
        if self.shape_of(kind) != shape or not same_dtype(dtype_of(kind), dtype_of(call.out.kind)):
            return None  # a Python number takes the other operand's dtype, where the broadcast array had its own
        out = Var(call.out.name, kind)
        simpler = self.simpler(replace(call, outs=(out,), args=narrow), narrow, ())
        if simpler is not None:
            return simpler
        self.keep(replace(call, outs=(out,), args=narrow))
        return out

    def _broadcast_of(self: Simplifier, atom: Atom) -> Call | None:
        """The broadcast that a value is; seen through reshapes of a broadcast scalar."""
        made = self.made_by(atom, np.broadcast_to)
        if made is not None:
            return made
        moved = self.made_by(atom, np.expand_dims, np.reshape, np.transpose)
        if moved is None:
            return None
        inner = self._broadcast_of(moved.args[0])
        return inner if inner is not None and self.shape_of(self.kind(inner.args[0])) == () else None

    def _broadcast(self: Simplifier, like: Call, value: Atom, shape: Atom) -> Atom:
        primitive = prim.primitive_for(np.broadcast_to)
        kind = like.out.kind
        dtype = dtype_of(self.kind(value))
        if isinstance(kind, Array):
            kind = Array(dtype, kind.shape)
        call = Call((Var(like.out.name, kind),), primitive, (value, shape), (), like.loc)
        self.keep(call)
        return call.out
