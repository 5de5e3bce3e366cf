"""A cotangent in the kind of its primal: casts, sums over broadcast axes, what control flow carries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.shapes import project, real_like, unbroadcast
from ..domains import kinds
from ..domains.kinds import Array, Kind, Scalar, dtype_of, same_dtype, shape_of
from ..ir import Atom, Call, Lit, Var
from ..lower import Seq

if TYPE_CHECKING:
    from .pull_back import PullBack
#: Python's numbers would be wider at a joint of control flow.
NARROW = (np.dtype("f4"), np.dtype("f2"), np.dtype("c8"))


class Fitting:
    """Mixin of `PullBack`."""

    def fitted(self: PullBack, value: Any, var: Var) -> Atom:
        """A cotangent of `var` at a joint of control flow, where all sides must have the dtype of `var`."""
        wanted, actual = dtype_of(var.kind), dtype_of(self.low.kind(value))
        if isinstance(value, Lit) and isinstance(var.kind, Scalar) and wanted in NARROW:
            return Lit(wanted.type(value.value))
        if wanted is not None and not isinstance(value, Lit) and not same_dtype(wanted, actual):
            value = self.retype(self.low.emit(project, value, Lit(wanted), name=self.d_name(var)),
                                self.cotangent_kind(var))
        return self.low.atom(value)

    def wide_enough(self: PullBack, kind: Kind, sources: Iterable[Atom]) -> Kind:
        """The kind of a cotangent at a joint: of one side less may be known (rank, an axis of length 1)."""
        for source in sources:
            other = self.low.kind(source)
            if not isinstance(source, Lit) and isinstance(other, Array) and not kinds.may_cover(kind, other):
                kind = kinds.join(kind, other)
        return kind

    def retype(self: PullBack, value: Any, kind: Kind) -> Any:
        """The value just emitted, with what is known from its primal: the shape."""
        atom = self.low.atom(value)
        block = self.low.block
        if not isinstance(atom, Var) or not block or not isinstance(block[-1], Call) or atom not in block[-1].outs:
            return value
        known = shape_of(atom.kind)
        wanted = shape_of(kind)
        if wanted is None or known is not None:
            return value
        dtype = dtype_of(atom.kind)  # that of the primal would be a guess: a real operand may have a complex one
        better: Kind = Scalar(dtype) if isinstance(kind, Scalar) else Array(dtype, wanted)
        out = Var(atom.name, better)
        call = block[-1]
        self.low.renamed[atom] = out
        block[-1] = Call(tuple(out if o is atom else o for o in call.outs), call.prim, call.args, call.kwargs, call.loc)
        return self.low.value_of(out)

    def project(self: PullBack, value: Any, var: Var, elementwise: bool) -> Any:
        """A cotangent in the space of its primal: summed over broadcast axes, cast to its dtype, real if it is."""
        if elementwise:
            value = self.unbroadcast(self.masked_whole(var, value), var)
        value = self.retype(value, self.cotangent_kind(var))
        wanted, actual = dtype_of(var.kind), dtype_of(self.low.kind(value))
        if isinstance(var.kind, Scalar) and var.kind.python and wanted == kinds.F8:
            wanted = kinds.F8 if actual is not None and actual.kind == "c" else None
        if wanted is None and dtype_of(var.kind) is None and self.complex and not isinstance(value, Lit) \
                and (actual is None or actual.kind == "c"):
            value = self.low.emit(real_like, self.unnamed(value), self.primal(var), name=self.d_name(var))
            return self.retype(value, self.cotangent_kind(var))
        if wanted is None or same_dtype(actual, wanted) or isinstance(value, Lit):
            return value
        if wanted.kind == "f" and actual is not None and actual.kind in "iub" and wanted.itemsize == 8:
            return value
        if isinstance(value, Lit):
            return value
        value = self.unnamed(value)
        return self.retype(self.low.emit(project, value, Lit(wanted), name=self.d_name(var)), self.cotangent_kind(var))

    def unbroadcast(self: PullBack, value: Any, var: Var) -> Any:
        """Sum a cotangent over the axes along which its primal was broadcast; nothing where the shapes agree."""
        wanted, actual = shape_of(var.kind), shape_of(self.low.kind(value))
        name = self.d_name(var)
        if wanted is not None and wanted == actual:
            return value
        return self._summed(value, var, wanted, actual, name)

    def _summed(self: PullBack, value: Any, var: Var, wanted: Any, actual: Any, name: str) -> Any:
        low = self.low
        if wanted is None or actual is None:
            if wanted == ():
                return low.emit(np.sum, self.unnamed(value), name=name)
            return low.emit(unbroadcast, self.unnamed(value), low.emit(np.shape, self.primal(var)), name=name)
        if len(wanted) > len(actual):
            return value  # a scalar stands for all elements: `broadcast` where it matters
        lead = len(actual) - len(wanted)
        summed = [i for i, d in enumerate(wanted, lead) if d == 1 and actual[i] != 1]
        unsure = [i for i, d in enumerate(wanted, lead)
                  if d != actual[i] and not isinstance(d, int) and kinds.may_be_one(d)]
        if unsure:
            return low.emit(unbroadcast, self.unnamed(value), low.emit(np.shape, self.primal(var)), name=name)
        if lead == 0 and not summed:
            return value
        if not wanted:
            return low.emit(np.sum, self.unnamed(value), name=name)
        if not summed:
            axis: Any = Lit(0) if lead == 1 else Seq(tuple(Lit(i) for i in range(lead)))
            return low.emit(np.sum, self.unnamed(value), name=name, axis=axis)
        if lead == 0:
            axis = Lit(summed[0]) if len(summed) == 1 else Seq(tuple(Lit(i) for i in summed))
            return low.emit(np.sum, self.unnamed(value), name=name, axis=axis, keepdims=Lit(True))
        return low.emit(unbroadcast, self.unnamed(value), low.emit(np.shape, self.primal(var)), name=name)
