"""Changes of lists: `out.append(x)`, `x = out.pop()`, `out[i] = x`, in place where nobody reads the old list."""

from __future__ import annotations

from typing import Any

import gast

from ..ir import Call, Var
from .expressions import name


def list_change(printer: Any, stmt: Call) -> list[Any]:
    """The statements of one change; of a copy where somebody may still read the old list."""
    target = stmt.args[0]
    out = printer.names.of[stmt.outs[0]]
    expressions = printer.expressions
    made: list[Any] = []
    in_place = isinstance(target, Var) and target not in printer.layout.folded and printer.ownership.may_change(
        target, stmt.outs[0], stmt)
    if not in_place:
        copied = gast.Call(name("list"), [expressions.atom(target)], [])
        made.append(gast.Assign([name(out, True)], copied, None))
    form = stmt.prim.form
    if form == "list_append":
        call = gast.Call(gast.Attribute(name(out), "append", gast.Load()), [expressions.atom(stmt.args[1])], [])
        return [*made, gast.Expr(call)]
    if form == "list_pop":
        popped = gast.Call(gast.Attribute(name(out), "pop", gast.Load()), [], [])
        return [*made, gast.Assign([name(printer.names.of[stmt.outs[1]], True)], popped, None)]
    index = expressions.index(stmt.args[1])
    place = gast.Subscript(name(out), index, gast.Store())
    value = expressions.atom(stmt.args[2])
    if form == "list_add":  # not `+=`: the element may be held by others, and an array would change in place
        value = gast.BinOp(gast.Subscript(name(out), expressions.index(stmt.args[1]), gast.Load()), gast.Add(), value)
    return [*made, gast.Assign([place], value, None)]


__all__ = ["list_change"]
