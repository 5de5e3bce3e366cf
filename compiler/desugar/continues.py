"""`continue` skips the rest of the body: the rest stands on the other side.

before:
    for x in xs:
        if x < 0.0:
            continue
        if x > 1.0:
            if y > x:
                continue
            y = x
        s += y
after:
    for x in xs:
        skip = False
        if not x < 0.0:
            if x > 1.0:
                if y > x:
                    skip = True
                else:
                    y = x
            if not skip:
                s += y
"""

from __future__ import annotations

from typing import Any

import gast

from .context import LOOPS, Context, assign, at, blocks_of, constant
from .jumps import Removal, jumps_in


def remove_continues(body: list[Any], context: Context) -> list[Any]:
    """Loops without `continue`; a flag only where an inner `if` may skip and may go on."""
    for stmt in body:
        for node, name in blocks_of(stmt):
            setattr(node, name, remove_continues(getattr(node, name), context))
        if isinstance(stmt, LOOPS) and jumps_in(stmt.body, gast.Continue):
            stmt.body = _without(stmt.body, context) or [gast.copy_location(gast.Pass(), stmt.body[0])]
    return body


def _without(body: list[Any], context: Context) -> list[Any]:
    flags: list[str] = []

    def replace(jump: Any, needed: bool, guarded: bool) -> list[Any]:
        if not needed:
            return []
        if not flags:
            flags.append(context.flag("skip"))
        return [assign(flags[0], at(constant(True), jump), jump)]

    out = Removal(context, gast.Continue, replace, lambda: flags).block(body)
    return [*(assign(flag, at(constant(False), body[0]), context.header(body[0])) for flag in flags), *out]
