"""Parts of an array that slices name: do two of them share elements, do several make up the whole?

Decided from literals and from multiples of a length: `[:n]`, `[n : 2 * n]` and `[2 * n :]` share nothing and are all.
Limitation: only integers and slices of step 1 are looked at, and at most one axis may be cut.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass

from .. import primitives as prim
from ..domains.kinds import Scalar, Sym, TupleOf
from ..ir import Atom, Call, Lit, Var

Bound = tuple[int, "Var | None"]  # a multiple of a length; a number where there is none
START: Bound = (0, None)


@dataclass(frozen=True)
class Region:
    """The elements from `start` on, up to `stop` (None: the end), along one axis."""

    axis: int
    start: Bound
    stop: Bound | None


def region(index: Atom, definition: Mapping[Var, Call]) -> Region | None:
    """What an index names; None where that is not known. An index that cuts nothing is a cut of axis 0."""
    parts: tuple[Atom, ...] = (index,)
    if isinstance(index, Var) and isinstance(index.kind, TupleOf):
        made = definition.get(index)
        if made is None or made.prim is not prim.TUPLE:
            return None
        parts = made.args
    found = [_cut(part, definition) for part in parts]
    if any(cut is None for cut in found):
        return None
    cuts = [(axis, cut) for axis, cut in enumerate(found) if cut is not None and cut != (START, None)]
    if len(cuts) > 1:
        return None
    axis, (start, stop) = cuts[0] if cuts else (0, (START, None))
    return Region(axis, start, stop)


def _cut(part: Atom, definition: Mapping[Var, Call]) -> tuple[Bound, Bound | None] | None:
    if isinstance(part, Lit):
        number = part.value
        if type(number) is not int or number < 0:
            return None
        return (number, None), (number + 1, None)
    made = definition.get(part)
    if made is None or made.prim is not prim.SLICE or not (_is_none(made.args[2]) or _is_one(made.args[2])):
        return None
    start = START if _is_none(made.args[0]) else _bound(made.args[0], definition)
    stop = None if _is_none(made.args[1]) else _bound(made.args[1], definition)
    if start is None or (stop is None and not _is_none(made.args[1])):
        return None
    return start, stop


def _bound(atom: Atom, definition: Mapping[Var, Call]) -> Bound | None:
    """A bound that is not negative, as a number or a multiple of a length."""
    if isinstance(atom, Lit):
        return (atom.value, None) if type(atom.value) is int and atom.value >= 0 else None
    made = definition.get(atom)
    if made is not None and made.prim.rule is operator.mul:
        for factor, length in (made.args, made.args[::-1]):
            if isinstance(factor, Lit) and type(factor.value) is int and factor.value > 0 and _is_length(length):
                return factor.value, length  # type: ignore[return-value]
    return (1, atom) if _is_length(atom) else None


def _is_length(atom: Atom) -> bool:
    """Is it a number that is known to be positive, being the length of an axis?"""
    dim = atom.kind.dim if isinstance(atom, Var) and isinstance(atom.kind, Scalar) else None
    return isinstance(dim, Sym) and dim.least > 0


def _is_none(atom: Atom) -> bool:
    return isinstance(atom, Lit) and atom.value is None


def _is_one(atom: Atom) -> bool:
    return isinstance(atom, Lit) and type(atom.value) is int and atom.value == 1


def _at_most(a: Bound | None, b: Bound) -> bool:
    """Is a <= b for all lengths?"""
    if a is None:
        return False
    return a == START or (a[1] is b[1] and a[0] <= b[0])


def disjoint(a: Region, b: Region) -> bool:
    """Do the two share no element for sure?"""
    return a.axis == b.axis and (_at_most(a.stop, b.start) or _at_most(b.stop, a.start))


def make_up_all(regions: list[Region]) -> bool:
    """Is every element in one of the regions for sure?"""
    by_start = {r.start: r for r in regions if r.axis == regions[0].axis}
    bound: Bound | None = START
    for _ in regions:
        following = by_start.get(bound) if bound is not None else None
        if following is None:
            return False
        bound = following.stop
        if bound is None:
            return True
    return False
