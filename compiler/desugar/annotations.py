"""Annotations of local names say nothing to the compiler.

before:
    x: float = y * 2.0
    i: int
    a.b: float = x
after:
    x = y * 2.0
    a.b = x
"""

from __future__ import annotations

from typing import Any

import gast

from .context import Context, blocks_of


def remove_annotations(body: list[Any], context: Context) -> list[Any]:
    """`x: T = e` => `x = e`; `x: T` vanishes. Python does not evaluate T inside a function."""
    out = []
    for stmt in body:
        if isinstance(stmt, gast.AnnAssign) and stmt.value is not None:
            stmt = gast.copy_location(gast.Assign([stmt.target], stmt.value, None), stmt)
        elif isinstance(stmt, gast.AnnAssign) and isinstance(stmt.target, gast.Name):
            continue
        for node, name in blocks_of(stmt):
            setattr(node, name, remove_annotations(getattr(node, name), context))
        out.append(stmt)
    return out
