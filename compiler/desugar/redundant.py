"""Statements that do nothing vanish: docstrings, `pass`, `del` of names, `global` of names that are only read,
and what follows a jump.

before:
    "A docstring."
    global scale
    if x > 0:
        pass
    else:
        y = x * scale
        del x
    ...
    return y
    y = 0.0
after:
    if x > 0:
        pass
    else:
        y = x * scale
    return y
"""

from __future__ import annotations

from typing import Any

import gast

from .context import Context, blocks_of, own_nodes
from .jumps import ends


def remove_redundant(body: list[Any], context: Context) -> list[Any]:
    """Drop what does nothing. An empty block keeps one `pass`.

    `del name`: a program that reads the name again raises in Python; that error is lost.
    """
    stored = {node.id for node in own_nodes(body) if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)}
    return _remove(body, stored)


def _remove(body: list[Any], stored: set[str]) -> list[Any]:
    out = []
    for stmt in body:
        if isinstance(stmt, gast.Delete):
            stmt.targets = [target for target in stmt.targets if not isinstance(target, gast.Name)]
            if not stmt.targets:
                continue
        if isinstance(stmt, gast.Pass) or (isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Constant)):
            continue
        if isinstance(stmt, gast.Global | gast.Nonlocal) and not stored & set(stmt.names):
            continue
        for node, name in blocks_of(stmt):
            old = getattr(node, name)
            empty = [gast.copy_location(gast.Pass(), old[0])] if old and name == "body" else []
            setattr(node, name, _remove(old, stored) or empty)
        out.append(stmt)
        if ends([stmt]):
            break  # what follows is never reached
    return out
