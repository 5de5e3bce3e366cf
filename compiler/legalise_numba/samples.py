"""Small values of given kinds, on which a function can be tried for the type and rank of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Dim, Kind, Known, Scalar, Sym, TupleOf
from ..ir import Atom, Call, Function, Lit, Undefined, Var, walk

DEPTH = 12
LENGTHS = (4, 3, 2, 1)  # of axes; functions of vectors in space, say, take no others than 3 and 2


class NoSample(Exception):
    """There is no value to try a function on."""


class Samples:
    """Samples of a function's values: computed from those of its arguments as far as that goes."""

    def __init__(self, function: Function, kind: Callable[[Atom], Kind | None]) -> None:
        self.kind = kind
        self.definition = {o: s for s in walk(function.body) if isinstance(s, Call) for o in s.outs}
        self.known: dict[Var, Any] = {}
        self.length = LENGTHS[0]

    def of_call(self, call: Call) -> tuple[Any, ...] | None:
        """What the call returns for samples, one value for each of `outs`; None where it cannot be tried."""
        found: tuple[Any, ...] | None = None
        for self.length in LENGTHS:
            self.known = {}
            try:
                result = self._run(call, 0)
            except NoSample:
                continue
            if not any(isinstance(part, (tuple, list)) for part in result):
                return result
            if found is not None:  # how many parts there are must not depend on lengths
                return found if _counts(found) == _counts(result) else None
            found = result
        return None

    def item_of(self, call: Call) -> Any:
        """The first element of what the call returns for samples, where all are alike; None where there is none."""
        self.length, self.known = LENGTHS[0], {}
        try:
            (result,) = self._run(call, 0)
        except NoSample:
            return None
        items = list(result)
        alike = {(np.result_type(i).str, np.ndim(i)) for i in items if isinstance(i, (np.ndarray, np.generic, float))}
        return items[0] if items and len(alike) == 1 else None

    def _run(self, call: Call, depth: int) -> tuple[Any, ...]:
        if not call.prim.pure or call.prim.fn is None or depth > DEPTH:
            raise NoSample
        args = [self.of(a, depth + 1) for a in call.args]
        kwargs = {k: self.of(a, depth + 1) for k, a in call.kwargs}
        try:
            result = call.prim.fn(*args, **kwargs)
        except Exception as error:  # whatever a function says of samples that do not fit it
            raise NoSample from error
        if len(call.outs) == 1:
            return (result,)
        if not isinstance(result, (tuple, list)) or len(result) != len(call.outs):
            raise NoSample
        return tuple(result)

    def of(self, atom: Atom, depth: int) -> Any:
        if isinstance(atom, Lit):
            if atom.value is Undefined:
                raise NoSample
            return atom.value
        if atom not in self.known:
            self.known[atom] = self._make(atom, depth)
        return self.known[atom]

    def _make(self, var: Var, depth: int) -> Any:
        kind = self.kind(var)
        call = self.definition.get(var)
        if call is not None and not isinstance(kind, Array):
            try:
                value = self._run(call, depth)[call.outs.index(var)]
            except NoSample:
                if call.prim in (prim.TUPLE, prim.LIST, prim.SLICE):
                    raise
            else:
                return value
        if kind is None:
            raise NoSample
        return sample(kind, self.length)


def _counts(value: Any) -> Any:
    return [_counts(part) for part in value] if isinstance(value, (tuple, list)) else None


def length(dim: Dim, usual: int) -> int:
    if isinstance(dim, Sym):
        return max(usual, dim.least) if usual > 1 else 1
    return dim


def sample(kind: Kind, usual: int) -> Any:
    """A value of a kind, axes of the usual length: numbers within (0, 1), matrices that have an inverse."""
    if isinstance(kind, Scalar) and kind.dtype is not None:
        if kind.dtype.kind in "iu":
            value: Any = length(kind.dim, usual) if kind.dim is not None else 1
        else:
            value = kind.dtype.kind == "b" or 0.5
        if kind.python:
            return {"f": float, "i": int, "b": bool, "c": complex}[kind.dtype.kind](value)
        return kind.dtype.type(value)
    if isinstance(kind, Array) and kind.dtype is not None and kind.shape is not None:
        shape = tuple(length(n, usual) for n in kind.shape)
        size = int(np.prod(shape))
        if kind.dtype.kind == "b":
            return (np.arange(size) % 2 == 0).reshape(shape)
        if kind.dtype.kind in "iu":
            return (np.arange(size) % 2).reshape(shape).astype(kind.dtype)
        values = ((np.arange(size) * 0.37 + 0.21) % 0.8 + 0.1).reshape(shape)
        if len(shape) >= 2 and shape[-1] == shape[-2]:
            values = values + np.swapaxes(values, -1, -2) + 4 * np.eye(shape[-1])
        return values.astype(kind.dtype)
    if isinstance(kind, TupleOf):
        return kind.type(sample(k, usual) for k in kind.items)
    if isinstance(kind, Known) and kind.type is type(None):
        return None
    raise NoSample


__all__ = ["Samples"]
