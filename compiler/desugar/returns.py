"""A function ends in one `return` on each path, and returns nowhere else.

before:
    if x < 0.0:
        return 0.0
    if x > 1.0:
        if y:
            return x
        x = x * 2.0
    z = f(x)
    return z
after:
    if x < 0.0:
        return 0.0
    else:
        returned = False
        if x > 1.0:
            if y:
                returned = True
            else:
                x = x * 2.0
        if returned:
            return x
        else:
            z = f(x)
            return z
"""

from __future__ import annotations

from typing import Any

import gast

from .context import Context, at, branch, constant, copy_tree, load
from .jumps import Removal, ends, jumps_in
from .loop_returns import Returns


def end_in_returns(body: list[Any], context: Context) -> list[Any]:
    """The tail form: statements, then `return e`, `raise e`, `if` with two such ends, or `with` with one.

    What follows an `if` that returned moves into the branch that did not. Where both branches may go on, a flag says
    which path was taken; the value is computed after the `if`. Only a short last `return` is written twice.
    """
    return _Tail(context).block(body)


class _Tail:
    def __init__(self, context: Context) -> None:
        self.context = context

    def block(self, stmts: list[Any]) -> list[Any]:
        """Statements in tail position of the function."""
        for index, stmt in enumerate(stmts):
            before, rest = stmts[:index], stmts[index + 1 :]
            if isinstance(stmt, gast.Return):
                if stmt.value is None:
                    stmt.value = at(constant(None), stmt)
                return [*before, stmt]
            if isinstance(stmt, gast.Raise):
                return [*before, stmt]
            if isinstance(stmt, gast.If) and ends([stmt]) and not jumps_in([stmt], gast.Return):
                return [*before, stmt]  # raises on both paths
            if not jumps_in([stmt], gast.Return):
                continue
            if isinstance(stmt, gast.If):
                return [*before, *self.choice(stmt, rest)]
            if isinstance(stmt, gast.With) and not rest:
                stmt.body = self.block(stmt.body)
                return [*before, stmt]
            return [*before, *self.flagged(stmt, rest)]
        last = stmts[-1] if stmts else None
        made = gast.Return(constant(None))
        return [*stmts, at(made, self.context.header(last)) if last is not None else made]

    def choice(self, stmt: Any, rest: list[Any]) -> list[Any]:
        """An `if` with a return inside, and what follows it."""
        place = self.context.header(stmt)
        then, other = ends(stmt.body), ends(stmt.orelse)
        if not (then or other) and rest and not _short(rest):
            return self.flagged(stmt, rest)
        body = stmt.body if then else [*stmt.body, *rest]
        orelse = stmt.orelse if other else [*stmt.orelse, *(rest if then else copy_tree(rest))]
        if not orelse:  # the end of the function
            orelse = [gast.copy_location(gast.Return(None), place)]
        return [branch(stmt.test, self.block(body), self.block(orelse), place)]

    def flagged(self, stmt: Any, rest: list[Any]) -> list[Any]:
        """A statement that may return and may go on: flags say which, and the returns stand after it."""
        returns = Returns(self.context)

        def replace(jump: Any, needed: bool, guarded: bool) -> list[Any]:
            return returns.replace(jump, guarded)[0]

        removal = Removal(self.context, gast.Return, replace, lambda: returns.flags)
        always = _always_returns(stmt)
        inside = removal.inside(stmt, True, False)
        place = self.context.header(stmt)
        out = [*returns.start(place), inside]
        found = list(returns.found.values())
        tail = [found.pop()[1]] if always and found else rest
        for flag, later in reversed(found):
            tail = [branch(at(load(flag), later), [later], tail, later)]
        return [*out, *self.block(tail)]


def _always_returns(stmt: Any) -> bool:
    """Does every path through a `try` return? (A context manager may swallow what its body raises.)"""
    if not isinstance(stmt, gast.Try | gast.TryStar):
        return False
    return ends([*stmt.body, *stmt.orelse]) and all(ends(handler.body) for handler in stmt.handlers)


def _short(rest: list[Any]) -> bool:
    """Is this a return that may be written twice: of a name, a constant, or some of them?"""
    if len(rest) != 1 or not isinstance(rest[0], gast.Return):
        return False
    value = rest[0].value
    parts = value.elts if isinstance(value, gast.Tuple) else [value]
    return len(parts) <= 4 and all(part is None or isinstance(part, gast.Constant | gast.Name) for part in parts)
