"""A `return` inside a loop is a `break`; the value is computed after the loop, where all names are as they were.

before:
    for row in rows:
        for x in row:
            if x > limit:
                return x ** 2
    return 0.0
after:
    returned = False
    for row in rows:
        for x in row:
            if x > limit:
                returned = True
                break
        if returned:
            break
    if returned:
        return x ** 2
    return 0.0
"""

from __future__ import annotations

from typing import Any

import gast

from .context import LOOPS, Context, assign, at, blocks_of, branch, constant, copy_tree, is_true, load
from .jumps import jumps_in


def break_at_returns(body: list[Any], context: Context) -> list[Any]:
    """Loops without `return`. Each distinct value that they returned has a flag of its own.

    The value of a return inside `with` or `try` is computed there, into a name.
    """
    out = []
    for stmt in body:
        if isinstance(stmt, LOOPS) and jumps_in(stmt.body, gast.Return):
            stmt.orelse = break_at_returns(stmt.orelse, context)
            out += _outermost(stmt, context)
            continue
        for node, name in blocks_of(stmt):
            setattr(node, name, break_at_returns(getattr(node, name), context))
        out.append(stmt)
    return out


class Returns:
    """The values that a region returns, each with the flag that says so."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.result = ""  # the name of what is computed inside `with` or `try`
        self.found: dict[str, tuple[str, Any]] = {}  # text of the value -> flag, the return after the region

    @property
    def flags(self) -> list[str]:
        return [flag for flag, _ in self.found.values()]

    def replace(self, jump: Any, guarded: bool) -> tuple[list[Any], str]:
        """What stands in place of a return, and the name of its flag."""
        before = []
        if guarded and not (jump.value is None or isinstance(jump.value, gast.Constant)):
            self.result = self.result or self.context.fresh("result")
            before.append(assign(self.result, jump.value, jump))
            key, value = f"the name {self.result}", at(load(self.result), jump)
        else:
            key, value = gast.dump(jump.value) if jump.value is not None else "", jump.value
        if key not in self.found:
            later = gast.copy_location(gast.Return(copy_tree(value)), jump)
            self.found[key] = self.context.flag("returned"), later
        flag = self.found[key][0]
        return [*before, assign(flag, at(constant(True), jump), jump)], flag

    def start(self, place: gast.AST) -> list[Any]:
        """The flags before the region."""
        return [assign(flag, at(constant(False), place), place) for flag in self.flags]

    def after(self, always: bool = False) -> list[Any]:
        """The returns after the region, each under its flag; with `always` the last one needs none."""
        out = [branch(at(load(flag), later), [later], [], later) for flag, later in self.found.values()]
        return [*out[:-1], out[-1].body[0]] if always else out


def _outermost(loop: Any, context: Context) -> list[Any]:
    """A loop with returns that stands in no other loop of the function."""
    returns = Returns(context)
    endless = isinstance(loop, gast.While) and is_true(loop.test) and not jumps_in(loop.body, gast.Break)
    loop.body, _ = _block(loop.body, returns, context, False)
    return [*returns.start(context.header(loop)), loop, *returns.after(endless)]


def _block(stmts: list[Any], returns: Returns, context: Context, guarded: bool) -> tuple[list[Any], list[str]]:
    """Statements inside a loop, with breaks for returns; also the flags that may be set there."""
    out: list[Any] = []
    flags: list[str] = []
    for stmt in stmts:
        if isinstance(stmt, gast.Return):
            replaced, flag = returns.replace(stmt, guarded)
            return [*out, *replaced, gast.copy_location(gast.Break(), stmt)], [*flags, flag]
        protected = guarded or isinstance(stmt, gast.Try | gast.TryStar | gast.With)
        inner: list[str] = []
        for node, name in blocks_of(stmt):
            block, found = _block(getattr(node, name), returns, context, protected)
            setattr(node, name, block)
            flags += found
            if name == "body":
                inner = found
        out.append(stmt)
        if isinstance(stmt, LOOPS):
            place = context.header(stmt)
            out += [branch(at(load(flag), place), [gast.copy_location(gast.Break(), place)], [], place)
                    for flag in inner]
    return out, list(dict.fromkeys(flags))
