"""The first contribution to elements that are zero is stored, not added.

before => after:

    d' = set_item(d, i, 0.0); d'' = add_at(d', i, v)      =>      d'' = set_item(d, i, v)
    z = zeros_like(x); d = add_at(z, i, v)                =>      z = zeros_like(x); d = set_item(z, i, v)

for positions that name no element twice, where nothing else reads `d'` or `z`. Exact up to the sign of zero.
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

ZEROS = (np.zeros, np.zeros_like)


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
                    if cleared or before.prim.rule in ZEROS:
                        target = before.args[0] if cleared else before.out
                        stmt = Call(stmt.outs, prim.SET_ITEM, (target, *stmt.args[1:]), (), stmt.loc)
            if len(stmt.outs) == 1:
                definition[stmt.out] = stmt
        made.append(stmt)
    return tuple(s for s in made if s not in gone)


def _clears(call: Call) -> bool:
    value = call.args[2] if call.prim is prim.SET_ITEM else None
    return isinstance(value, Lit) and type(value.value) in (int, float) and value.value == 0


def _same_dtype(value: Atom, array: Var) -> bool:
    dtype, wanted = dtype_of(value.kind if isinstance(value, Var) else kind_of(value.value)), dtype_of(array.kind)
    return isinstance(array.kind, Array) and dtype is not None and wanted is not None and same_dtype(dtype, wanted)
