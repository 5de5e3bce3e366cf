"""Writes to containers, objects and names from outside, as the user writes them: `history.append(kept(x))`."""

from __future__ import annotations

from typing import Any

import gast

from ..ir import Call, Lit
from .expressions import Expressions, name


def outside_write(expressions: Expressions, stmt: Call) -> Any:
    """The statement of a write; its first argument is what is written to, the primitive's name says how."""
    label, _, method = stmt.prim.name.partition(".")
    held = stmt.args[0]
    assert isinstance(held, Lit)
    owner = name(expressions.imports.constant(label, held.value))
    args = [expressions.atom(a) for a in stmt.args[1:]]
    if method in ("__setitem__", "__delitem__"):
        index = expressions.index(stmt.args[1])
        place = gast.Subscript(owner, index, gast.Store() if method == "__setitem__" else gast.Del())
        return gast.Assign([place], args[1], None) if method == "__setitem__" else gast.Delete([place])
    if method == "__setattr__":
        attr = stmt.args[1]
        assert isinstance(attr, Lit)
        assert isinstance(attr.value, str)
        return gast.Assign([gast.Attribute(owner, attr.value, gast.Store())], args[1], None)
    if stmt.prim.form == "outside_cell":
        return gast.Assign([gast.Attribute(owner, method, gast.Store())], args[0], None)
    return gast.Expr(gast.Call(gast.Attribute(owner, method, gast.Load()), args, []))


__all__ = ["outside_write"]
