"""The first contribution to elements that are zero is stored, not added.

before => after:

    d' = set_item(d, i, 0.0); d'' = add_at(d', i, v)      =>      d'' = set_item(d, i, v)
    z = zeros_like(x); d = add_at(z, i, v)                =>      z = zeros_like(x); d = set_item(z, i, v)

for positions that name no element twice, where nothing else reads `d'` or `z`; the same for the next part of `z`, where
it shares no element with those before. Where the parts make up the whole, `z` need not be zeros: `empty_like(x)`. Exact
up to the sign of zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, dtype_of, kind_of, same_dtype
from ..ir import Atom, Block, Call, For, If, Lit, Stmt, Var, While, inner_uses, uses, walk
from .accumulate import names_once
from .regions import disjoint, make_up_all, region

ZEROS = (np.zeros, np.zeros_like)
EMPTY = {np.zeros: np.empty, np.zeros_like: np.empty_like}


def write_first(block: Block, ends: Iterable[Atom]) -> Block:
    """The block, and those inside it, with stores for additions to zero."""
    count = Counter(v for s in walk(block) for v in (*uses(s), *inner_uses(s)))
    count.update(e for e in ends if isinstance(e, Var))
    return _run(block, count)


def _run(block: Block, count: Counter[Var]) -> Block:
    made: list[Stmt] = []
    definition: dict[Var, Call] = {}
    gone: set[Stmt] = set()
    for stmt in block:
        if isinstance(stmt, If):
            stmt = replace(stmt, then=_run(stmt.then, count), orelse=_run(stmt.orelse, count))
        elif isinstance(stmt, For):
            stmt = replace(stmt, body=_run(stmt.body, count))
        elif isinstance(stmt, While):
            stmt = replace(stmt, test=_run(stmt.test, count), body=_run(stmt.body, count))
        elif isinstance(stmt, Call):
            backward = stmt.loc is not None and stmt.loc.backward  # the user's statements stay as they are written
            if backward and stmt.prim is prim.ADD_AT and names_once(stmt.args[1]) \
                    and _same_dtype(stmt.args[2], stmt.out):
                before = definition.get(stmt.args[0]) if isinstance(stmt.args[0], Var) else None
                if before is not None and count[before.out] == 1:
                    cleared = _clears(before) and before.args[1] is stmt.args[1]
                    if cleared:
                        gone.add(before)
                    if cleared or before.prim.rule in ZEROS or _is_untouched(before, stmt.args[1], definition, count):
                        target = before.args[0] if cleared else before.out
                        stmt = Call(stmt.outs, prim.SET_ITEM, (target, *stmt.args[1:]), (), stmt.loc)
            if len(stmt.outs) == 1:
                definition[stmt.out] = stmt
        made.append(stmt)
    return _without_zeros(tuple(s for s in made if s not in gone), definition, count)


def _stores(store: Call, definition: dict[Var, Call], count: Counter[Var]) -> tuple[Call, list[Call]] | None:
    """The zeros that a chain of stores began with, and the stores; None where somebody else reads in between."""
    chain: list[Call] = []
    made: Call | None = store
    while made is not None and made.prim is prim.SET_ITEM and not _clears(made):
        chain.append(made)
        made = definition.get(made.args[0]) if isinstance(made.args[0], Var) else None
        if made is None or count[made.out] != 1:
            return None
    return (made, chain) if made is not None and made.prim.rule in ZEROS else None


def _is_untouched(before: Call, index: Atom, definition: dict[Var, Call], count: Counter[Var]) -> bool:
    """Are these elements still the zeros that the array was made of?"""
    found = _stores(before, definition, count)
    mine = region(index, definition)
    if found is None or mine is None:
        return False
    others = [region(store.args[1], definition) for store in found[1]]
    return all(other is not None and disjoint(mine, other) for other in others)


def _without_zeros(block: Block, definition: dict[Var, Call], count: Counter[Var]) -> Block:
    """The block with memory as it comes for zeros that stores replace all."""
    empty: dict[Stmt, Stmt] = {}
    for stmt in block:
        backward = stmt.loc is not None and stmt.loc.backward
        found = _stores(stmt, definition, count) if backward and isinstance(stmt, Call) \
            and stmt.prim is prim.SET_ITEM else None
        if found is None or len(found[1]) < 2:
            continue
        zeros, stores = found
        parts = [region(store.args[1], definition) for store in stores]
        if all(part is not None for part in parts) and make_up_all(parts):  # type: ignore[arg-type]
            empty[zeros] = replace(zeros, prim=prim.primitive_for(EMPTY[zeros.prim.rule]))
    return tuple(empty.get(stmt, stmt) for stmt in block)


def _clears(call: Call) -> bool:
    value = call.args[2] if call.prim is prim.SET_ITEM else None
    return isinstance(value, Lit) and type(value.value) in (int, float) and value.value == 0


def _same_dtype(value: Atom, array: Var) -> bool:
    dtype, wanted = dtype_of(value.kind if isinstance(value, Var) else kind_of(value.value)), dtype_of(array.kind)
    return isinstance(array.kind, Array) and dtype is not None and wanted is not None and same_dtype(dtype, wanted)
