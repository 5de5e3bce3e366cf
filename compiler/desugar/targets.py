"""An assignment has one target.

before:
    a = b = f(x)
    x[0] = y = g(x)
    m = n = 0.0
after:
    a = f(x)
    b = a
    t = g(x)
    x[0] = t
    y = t
    m = 0.0
    n = 0.0
"""

from __future__ import annotations

from typing import Any

import gast

from .context import Context, assign, at, blocks_of, copy_tree, every_node, load


def split_targets(body: list[Any], context: Context) -> list[Any]:
    """`a = b = e` => e once, then the targets from left to right, as Python does."""
    out = []
    for stmt in body:
        if isinstance(stmt, gast.Assign) and len(stmt.targets) > 1:
            out += _split(stmt, context)
            continue
        for node, name in blocks_of(stmt):
            setattr(node, name, split_targets(getattr(node, name), context))
        out.append(stmt)
    return out


def _split(stmt: Any, context: Context) -> list[Any]:
    """The first target holds the value if it is a name that the others leave alone; else an invented name does."""
    first = stmt.targets[0]
    bound = [node.id for target in stmt.targets for node in every_node(target)
             if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)]
    out = []
    value = stmt.value
    simple = all(isinstance(target, gast.Name) for target in stmt.targets)
    if isinstance(value, gast.Constant) or (simple and isinstance(value, gast.Name) and value.id not in bound):
        return [assign(target, copy_tree(value), stmt) for target in stmt.targets]
    if isinstance(first, gast.Name) and bound.count(first.id) == 1:
        holder, targets = first.id, stmt.targets[1:]
    else:
        holder, targets = context.fresh("t"), stmt.targets
    out.append(assign(holder, value, stmt))
    out += [assign(target, at(load(holder), stmt), stmt) for target in targets]
    return out
