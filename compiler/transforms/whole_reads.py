"""Arrays that are read in slices which together are all of it: `seen[:, :2]` and `seen[:, 2:3]` of three columns.

Of such an array no element is left out, so its cotangent needs no mask for what was not read (`masks`).
"""

from __future__ import annotations

import operator
from collections import defaultdict

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Known, TupleOf
from ..ir import Atom, Call, Function, Lit, Var, walk
from .masks import PICKING

Slice = tuple[int | None, int | None]
WHOLE: Slice = (None, None)


def read_whole(function: Function, active: frozenset[Var]) -> set[Var]:
    """The arrays of the top-level block whose active reads by slices cover them.

    None where elements are picked by a condition or by positions afterwards: then not all of what was read counts.
    """
    made: dict[Var, Call] = {}
    read: dict[tuple[Var, int], set[int]] = defaultdict(set)
    for stmt in function.body:
        if isinstance(stmt, Call) and stmt.prim in (prim.SLICE, prim.TUPLE):
            made[stmt.outs[0]] = stmt
        elif isinstance(stmt, Call) and stmt.prim.rule is operator.getitem and stmt.outs[0] in active:
            owner = stmt.args[0]
            along = _along(owner, _slices(stmt.args[1], made))
            if isinstance(owner, Var) and along is not None:
                read[owner, along[0]].update(along[1])
                continue
        if any(isinstance(inner, Call) and _picks(inner) for inner in walk((stmt,))):
            read.clear()
    return {owner for (owner, axis), places in read.items()
            if isinstance(owner.kind, Array) and owner.kind.shape is not None and len(places) == owner.kind.shape[axis]}


def _picks(call: Call) -> bool:
    if call.prim.rule is operator.getitem:
        index = call.args[1]
        return isinstance(index, Var) and index.kind != Known(slice) and (
            not isinstance(index.kind, TupleOf) or any(part != Known(slice) for part in index.kind.items))
    return call.prim.rule in PICKING or call.prim.rule in (np.where, np.select)


def _slices(index: Atom, made: dict[Var, Call]) -> list[Slice] | None:
    """The ends of the slices of an index that holds nothing else, with literal ends and steps of 1."""
    call = made.get(index) if isinstance(index, Var) else None
    if call is None:
        return None
    if call.prim is prim.TUPLE:
        parts = [_slices(part, made) for part in call.args]
        return None if any(part is None or len(part) != 1 for part in parts) else [part[0] for part in parts if part]
    ends = [a.value if isinstance(a, Lit) and (a.value is None or type(a.value) is int) else ... for a in call.args]
    start, stop, step = ends
    return None if start is ... or stop is ... or step not in (None, 1) else [(start, stop)]


def _along(owner: Atom, slices: list[Slice] | None) -> tuple[int, range] | None:
    """The one axis that is sliced, of known length, and the positions that are read of it."""
    shape = owner.kind.shape if isinstance(owner, Var) and isinstance(owner.kind, Array) else None
    if shape is None or slices is None:
        return None
    axes = [axis for axis, ends in enumerate(slices) if ends != WHOLE]
    length = shape[axes[0]] if len(axes) == 1 else None
    return (axes[0], range(length)[slice(*slices[axes[0]])]) if isinstance(length, int) else None


__all__ = ["read_whole"]
