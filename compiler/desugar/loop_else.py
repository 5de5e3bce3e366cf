"""The `else` of a loop stands after it.

before:
    for x in xs:
        if x < 0.0:
            break
    else:
        y = 1.0
    while n > 0:
        n -= 1
    else:
        y = y + n
after:
    stop = False
    for x in xs:
        if x < 0.0:
            stop = True
            break
    if not stop:
        y = 1.0
    while n > 0:
        n -= 1
    y = y + n
"""

from __future__ import annotations

from typing import Any

import gast

from .context import LOOPS, Context, any_of, assign, at, blocks_of, branch, constant, negated
from .jumps import jumps_in


def move_loop_else(body: list[Any], context: Context) -> list[Any]:
    """Loops without `else`: without `break` it is simply what follows, with `break` a flag guards it."""
    out = []
    for stmt in body:
        for node, name in blocks_of(stmt):
            setattr(node, name, move_loop_else(getattr(node, name), context))
        if not isinstance(stmt, LOOPS) or not stmt.orelse:
            out.append(stmt)
            continue
        orelse, stmt.orelse = stmt.orelse, []
        if not jumps_in(stmt.body, gast.Break):
            out += [stmt, *orelse]
            continue
        place = context.header(stmt)
        flag = context.flag("stop")
        stmt.body = _flagged(stmt.body, flag)
        out += [assign(flag, at(constant(False), place), place), stmt,
                branch(negated(any_of([flag], place)), orelse, [], gast.copy_location(gast.Pass(), orelse[0]))]
    return out


def _flagged(stmts: list[Any], flag: str) -> list[Any]:
    """The body of a loop with `flag = True` before each of its breaks."""
    out = []
    for stmt in stmts:
        if isinstance(stmt, gast.Break):
            out.append(assign(flag, at(constant(True), stmt), stmt))
        elif not isinstance(stmt, LOOPS):
            for node, name in blocks_of(stmt):
                setattr(node, name, _flagged(getattr(node, name), flag))
        out.append(stmt)
    return out
