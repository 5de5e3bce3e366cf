"""`break` sets a flag. A `while` tests it first; a `for` over a plain range becomes such a `while`, any other `for`
runs on without doing anything.

before:
    while f(x) > 0.0:
        if x > 9.0:
            break
        x = g(x)
    for i in range(n):
        if x[i] < 0.0:
            break
        s += x[i]
    for i in range(3, n):
        if f(i):
            break
    for v in xs:
        if v < 0.0:
            break
        s += v
    return s, i, v
after:
    stop = False
    while not stop and f(x) > 0.0:
        if x > 9.0:
            stop = True
        else:
            x = g(x)
    stop2 = False
    position = 0
    while not stop2 and position < n:
        i = position
        if x[i] < 0.0:
            stop2 = True
        else:
            s += x[i]
        position = position + 1
    stop3 = False
    position2 = 3
    while not stop3 and position2 < n:
        i = position2
        if f(i):
            stop3 = True
        position2 = position2 + 1
    stop4 = False
    for v2 in xs:
        if not stop4:
            v = v2
            if v < 0.0:
                stop4 = True
            else:
                s += v
    return s, i, v
"""

from __future__ import annotations

from typing import Any

import gast

from .context import (
    FUNCTIONS,
    LOOPS,
    Context,
    any_of,
    assign,
    at,
    blocks_of,
    branch,
    constant,
    copy_tree,
    every_node,
    is_true,
    load,
    negated,
    own_nodes,
    store,
)
from .jumps import Removal, jumps_in


def remove_breaks(body: list[Any], context: Context) -> list[Any]:
    """Loops without `break`. Nothing is evaluated after one that Python would not evaluate, but elements of arrays.

    A loop variable has its value of the last trip after the loop, as in Python.
    """
    return _Breaks(context, body).block(body)


class _Breaks:
    def __init__(self, context: Context, function: list[Any]) -> None:
        self.context = context
        self.loads = [node.id for stmt in function for node in every_node(stmt)
                      if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load)]

    def block(self, stmts: list[Any]) -> list[Any]:
        out = []
        for stmt in stmts:
            for node, name in blocks_of(stmt):
                setattr(node, name, self.block(getattr(node, name)))
            if isinstance(stmt, LOOPS) and jumps_in(stmt.body, gast.Break):
                out += self.loop(stmt)
            else:
                out.append(stmt)
        return out

    def loop(self, loop: Any) -> list[Any]:
        """The statements that a loop with breaks becomes."""
        place = self.context.header(loop)
        flag = _known_flag(loop.body, self.context.flags)
        start = []
        if flag is None:
            flag = self.context.flag("stop")
            start = [assign(flag, at(constant(False), place), place)]
            known = False
        else:
            known = True
        name = flag

        def replace(jump: Any, needed: bool, guarded: bool) -> list[Any]:
            return [] if known else [assign(name, at(constant(True), jump), jump)]

        free = isinstance(loop, gast.For) and self.only_here(loop)
        body = Removal(self.context, gast.Break, replace, lambda: [name]).block(loop.body)
        go_on = negated(any_of([flag], place))
        if isinstance(loop, gast.While):
            test = go_on if is_true(loop.test) else gast.BoolOp(gast.And(), [go_on, loop.test])
            return [*start, at(gast.While(test, body or [gast.Pass()], []), place)]
        steps = self.steps(loop)
        if steps is not None:
            return [*start, *self.counted(loop, steps, go_on, body, free, place)]
        target, names = self.fresh_target(loop.target, free, place)
        inner = [*names, *body]
        return [*start, at(gast.For(target, loop.iter, [branch(go_on, inner, [], place)], [], None), place)]

    # --- for over a range ----------------------------------------------------------------------------------------

    def steps(self, loop: Any) -> tuple[Any, Any, int] | None:
        """start, stop, step of a range whose start and step are integers in the text; None for other iterables."""
        if not self.context.is_range(loop.iter):
            return None
        args = loop.iter.args
        start = args[0] if len(args) > 1 else at(constant(0), loop.iter)
        step = _integer(args[2]) if len(args) > 2 else 1
        if _integer(start) is None or not step:
            return None
        return start, args[1] if len(args) > 1 else args[0], step

    def counted(self, loop: Any, steps: tuple[Any, Any, int], go_on: Any, body: list[Any], free: bool,
                place: Any) -> list[Any]:
        """`for i in range(start, stop, step)` as a `while` that counts."""
        first, last, step = steps
        start: list[Any] = []
        if _integer(last) is None and not (isinstance(last, gast.Name) and last.id not in _stored(loop)
                                           and not _calls_or_defines(loop, last.id)):
            end = self.context.fresh("end")
            start.append(assign(end, last, place))
            last = at(load(end), place)
        if free:
            index, names = loop.target.id, []
        else:
            index = self.context.fresh("position")
            names = [assign(loop.target, at(load(index), loop.target), place)]
        start.append(assign(index, first, place))
        in_range = gast.Compare(load(index), [gast.Lt() if step > 0 else gast.Gt()], [copy_tree(last)])
        test = at(gast.BoolOp(gast.And(), [go_on, in_range]), place)
        op = gast.Add() if step > 0 else gast.Sub()
        count = assign(index, gast.BinOp(load(index), op, constant(abs(step))), place)
        return [*start, at(gast.While(test, [*names, *body, count], []), place)]

    # --- loop variables ------------------------------------------------------------------------------------------

    def only_here(self, loop: Any) -> bool:
        """Is a loop variable read in the body only, and bound nowhere else in it? Then it may run on."""
        if not isinstance(loop.target, gast.Name) or any(isinstance(n, FUNCTIONS) for n in every_node(loop)):
            return False
        name = loop.target.id
        inside = [n for stmt in loop.body for n in every_node(stmt) if isinstance(n, gast.Name) and n.id == name]
        return all(isinstance(n.ctx, gast.Load) for n in inside) and len(inside) == self.loads.count(name)

    def fresh_target(self, target: Any, free: bool, place: Any) -> tuple[Any, list[Any]]:
        """The loop's target under invented names, and the assignments to the user's."""
        if free:
            return target, []
        names: list[Any] = []

        def renamed(part: Any) -> Any:
            if isinstance(part, gast.Tuple | gast.List) and not any(isinstance(e, gast.Starred) for e in part.elts):
                return gast.copy_location(type(part)([renamed(e) for e in part.elts], part.ctx), part)
            name = self.context.fresh(part.id if isinstance(part, gast.Name) else "item")
            names.append(assign(part, at(load(name), part), place))
            return at(store(name), part)

        return renamed(target), names


def break_flag(loop: Any) -> str | None:
    """The flag that ends a `for` that had a `break`; None for other loops.

    Its body is one `if not flag` in the place of the loop's own header, where no statement of the user's can stand.
    """
    first = loop.body[0]
    if len(loop.body) != 1 or not isinstance(first, gast.If) or first.orelse \
            or (first.lineno, first.col_offset) != (loop.lineno, loop.col_offset):
        return None
    test = first.test
    return str(test.operand.id) if isinstance(test, gast.UnaryOp) and isinstance(test.operand, gast.Name) else None


def _known_flag(stmts: list[Any], flags: set[str]) -> str | None:
    """The invented flag that every break of this loop body goes with; None if there is no such flag."""
    found: list[str | None] = []

    def visit(block: list[Any], under: str | None) -> None:
        for index, stmt in enumerate(block):
            if isinstance(stmt, gast.Break):
                before = block[index - 1] if index else None
                found.append(_set_true(before) if before is not None else under)
            elif not isinstance(stmt, LOOPS):
                for node, name in blocks_of(stmt):
                    is_flag = isinstance(stmt, gast.If) and name == "body" and isinstance(stmt.test, gast.Name)
                    visit(getattr(node, name), stmt.test.id if is_flag else None)

    visit(stmts, None)
    first = found[0]
    return first if first in flags and all(flag == first for flag in found) else None


def _set_true(stmt: Any) -> str | None:
    if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name) \
            and isinstance(stmt.value, gast.Constant) and stmt.value.value is True:
        return str(stmt.targets[0].id)
    return None


def _integer(node: Any) -> int | None:
    """The value of an integer literal."""
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        value = _integer(node.operand)
        return None if value is None else -value
    if isinstance(node, gast.Constant) and type(node.value) is int:
        return int(node.value)
    return None


def _stored(loop: Any) -> set[str]:
    """The names that a loop binds."""
    return {node.id for node in own_nodes(loop) if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load)}


def _calls_or_defines(loop: Any, name: str) -> bool:
    """Could a function defined in the loop bind the name?"""
    return any(isinstance(n, gast.Nonlocal | gast.Global) and name in n.names for n in every_node(loop))
