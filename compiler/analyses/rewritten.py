"""Arrays that a loop stores into on each trip, and reads of a few of their elements.

What the reverse of a loop reads of such an array has to be saved: the whole array of each trip, or what was read of it.

    for j in range(n):
        for k in range(j):
            value = value + best[j, k] ** 2      n * n / 2 elements, saved one by one: n copies of `best` are n ** 3
        best[j + 1, 0] = value
"""

from __future__ import annotations

import operator

from .. import primitives as prim
from ..domains.kinds import Array, shape_of
from ..ir import Block, Call, For, Function, If, Var, While, blocks
from .storage import WHOLE_VIEWS


def few_elements(function: Function) -> frozenset[Var]:
    """Results of reads that are fewer elements than the array, which is another one on each trip around them.

    How many is judged by powers of a length: one for each loop between the array and the read, one for each axis.
    """
    depths: dict[Var, int] = {}
    found: set[Var] = set()
    _walk(function.body, 0, depths, found)
    return frozenset(found)


def _walk(block: Block, depth: int, depths: dict[Var, int], found: set[Var]) -> None:
    """`depths`: how deep in loops the arrays were made that are stored into there."""
    for stmt in block:
        if isinstance(stmt, Call):
            if stmt.prim in (prim.SET_ITEM, prim.ADD_AT) and depth:
                depths[stmt.outs[0]] = depth
            elif stmt.prim.rule in WHOLE_VIEWS and stmt.args[0] in depths:
                depths[stmt.outs[0]] = depths[stmt.args[0]]
            elif stmt.prim.rule is operator.getitem and stmt.args[0] in depths:
                read, rank = shape_of(stmt.outs[0].kind), shape_of(stmt.args[0].kind)
                loops = depth - depths[stmt.args[0]]
                if read is not None and rank is not None and loops + len(read) < len(rank):
                    found.add(stmt.outs[0])
        if isinstance(stmt, (For, While)):
            changed = (c.inner for c in stmt.carried if isinstance(c.inner.kind, Array) and c.next is not c.inner)
            depths.update(dict.fromkeys(changed, depth + 1))
        for inner in blocks(stmt):
            _walk(inner, depth + isinstance(stmt, (For, While)), depths, found)
        if isinstance(stmt, If):
            for join in stmt.outs:
                known = [depths[a] for a in (join.from_then, join.from_else) if isinstance(a, Var) and a in depths]
                if known:
                    depths[join.out] = max(known)


__all__ = ["few_elements"]
