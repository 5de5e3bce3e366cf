"""Stores that add to what stands there, as additions: the reverse then passes the cotangent on and clears nothing.

before => after:

    t = a[i]; u = t + v; a' = set_item(a, i, u)      =>      a' = add_at(a, i, v)
    t = a[i]; u = t - v; a' = set_item(a, i, u)      =>      a' = add_at(a, i, -v)

for positions that name no element twice (integers and slices), where neither `t` nor `u` is read elsewhere. The sum is
made of the same two numbers: exact.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Kind, Known, Scalar, TupleOf, dtype_of, same_dtype, shape_of
from ..ir import Atom, Block, Call, For, If, Stmt, Var, While, inner_uses, uses, walk

ADDS, SUBTRACTS = operator.add, operator.sub


def accumulate(block: Block, ends: Iterable[Atom]) -> Block:
    """The block, and those inside it, with such stores made additions."""
    count = Counter(v for s in walk(block) for v in (*uses(s), *inner_uses(s)))
    count.update(e for e in ends if isinstance(e, Var))
    return _run(block, count)


def _run(block: Block, count: Counter[Var]) -> Block:
    definition: dict[Var, Call] = {}
    made: list[Stmt] = []
    gone: set[Stmt] = set()
    for stmt in block:
        if isinstance(stmt, If):
            stmt = replace(stmt, then=_run(stmt.then, count), orelse=_run(stmt.orelse, count))
        elif isinstance(stmt, For):
            stmt = replace(stmt, body=_run(stmt.body, count))
        elif isinstance(stmt, While):
            stmt = replace(stmt, test=_run(stmt.test, count), body=_run(stmt.body, count))
        elif isinstance(stmt, Call):
            definition.update((out, stmt) for out in stmt.outs)
            found = _sum_with_element(stmt, definition, count) if stmt.prim is prim.SET_ITEM else None
            if found is not None:
                total, element, added = found
                gone.update((total, element))
                if total.prim.rule is SUBTRACTS:
                    kind = added.kind if isinstance(added, Var) else kinds.kind_of(added.value)
                    negative = Var("", kind)
                    made.append(Call((negative,), prim.primitive_for(operator.neg), (added,), (), stmt.loc))
                    added = negative
                stmt = Call(stmt.outs, prim.ADD_AT, (stmt.args[0], stmt.args[1], added), (), stmt.loc)
        made.append(stmt)
    return tuple(s for s in made if s not in gone)


def _sum_with_element(store: Call, definition: dict[Var, Call], count: Counter[Var]) -> tuple[Call, Call, Atom] | None:
    """The sum that is stored, the element in it, and what is added to the element."""
    target, index, value = store.args
    if not isinstance(value, Var) or count[value] != 1 or not names_once(index):
        return None
    total = definition.get(value)
    if total is None or total.prim.rule not in (ADDS, SUBTRACTS) or not _same_dtype(value, target):
        return None
    pairs = [total.args, total.args[::-1]] if total.prim.rule is ADDS else [total.args]
    for first, added in pairs:
        element = definition.get(first) if isinstance(first, Var) else None
        if element is not None and element.prim.rule is operator.getitem and element.args[0] is target \
                and element.args[1] is index and count[element.out] == 1 and _fits(added, element.out):
            return total, element, added
    return None


def _kind(atom: Atom) -> Kind:
    return atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value)


def _same_dtype(one: Atom, other: Atom) -> bool:
    first, second = dtype_of(_kind(one)), dtype_of(_kind(other))
    return first is not None and second is not None and same_dtype(first, second)


def _fits(added: Atom, element: Var) -> bool:
    """Has what is added no more axes than the place it is added to, and its dtype or that of a Python number?"""
    kind = _kind(added)
    shape, place = shape_of(kind), shape_of(element.kind)
    if shape is None or place is None or len(shape) > len(place):
        return False
    dtype = dtype_of(kind)
    return dtype is not None and dtype.kind == "f" and (_same_dtype(added, element) or (
        isinstance(kind, Scalar) and kind.python))


def names_once(index: Atom) -> bool:
    """Does a position name no element twice? Integers, slices, None and the ellipsis do not."""
    kind = _kind(index)
    parts = kind.items if isinstance(kind, TupleOf) and kind.type is tuple else (kind,)
    return all(_is_basic(part) for part in parts)


def _is_basic(kind: Kind) -> bool:
    if isinstance(kind, Scalar):
        return kind.dtype is not None and kind.dtype.kind in "iu"
    return kind == kinds.NONE or (isinstance(kind, Known) and kind.type in (slice, type(Ellipsis)))
