"""Order of statements: reads of arrays stand just before their use, stores of numbers just before the array is read.

before => after:

    g = d_A[1:-1]                 g = d_A[1:-1]
    d_A' = d_A with [1:-1] = 0    t = g * 0.2
    t = g * 0.2                   d_A' = d_A with [1:-1] = 0

so that `t` is computed straight from `d_A`, and a value that is read of an array that changes later needs no copy.
Only pure calls move, never past a use of their result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .. import primitives as prim
from ..domains.kinds import Scalar
from ..ir import Atom, Block, Call, For, If, Lit, Stmt, Var, While, blocks, free_vars, uses


def schedule(block: Block, ends: Iterable[Atom] = ()) -> Block:
    """The block in the new order; `ends` are the values that it hands on."""
    waiting: dict[Var, Call] = {}
    result: list[Stmt] = []

    def need(var: Var) -> None:
        call = waiting.pop(var, None)
        if call is None:
            return
        for used in uses(call):
            need(used)
        if call.prim is prim.SET_ITEM:  # what still reads the old value comes first
            for other, reader in list(waiting.items()):
                if reader.prim is not prim.SET_ITEM and reader.args[0] is call.args[0] and other in waiting:
                    need(other)
        result.append(call)

    for stmt in block:
        if isinstance(stmt, Call) and _may_wait(stmt):
            waiting[stmt.out] = stmt
            continue
        for var in _reads(stmt):
            need(var)
        result.append(_inside(stmt))
    for atom in ends:
        if isinstance(atom, Var):
            need(atom)
    for var in list(waiting):
        need(var)
    return tuple(result)


def _may_wait(call: Call) -> bool:
    if call.prim is prim.SET_ITEM:
        value = call.args[2]
        return isinstance(value, Lit) or isinstance(value.kind, Scalar)
    return call.prim.form == "item" and len(call.outs) == 1 and isinstance(call.args[0], Var)


def _reads(stmt: Stmt) -> Iterator[Var]:
    yield from uses(stmt)
    for inner in blocks(stmt):
        yield from free_vars(inner)
    if isinstance(stmt, If):
        atoms = [a for j in stmt.outs for a in (j.from_then, j.from_else)]
    elif isinstance(stmt, For):
        atoms = [c.next for c in stmt.carried]
    elif isinstance(stmt, While):
        atoms = [stmt.cond, *(c.next for c in stmt.carried)]
    else:
        return
    yield from (a for a in atoms if isinstance(a, Var))


def _inside(stmt: Stmt) -> Stmt:
    if isinstance(stmt, If):
        return replace(stmt, then=schedule(stmt.then, [j.from_then for j in stmt.outs]),
                       orelse=schedule(stmt.orelse, [j.from_else for j in stmt.outs]))
    if isinstance(stmt, For):
        return replace(stmt, body=schedule(stmt.body, [c.next for c in stmt.carried]))
    if isinstance(stmt, While):
        return replace(stmt, test=schedule(stmt.test, [stmt.cond]),
                       body=schedule(stmt.body, [c.next for c in stmt.carried]))
    return stmt
