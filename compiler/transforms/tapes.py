"""Tapes: threading the saved values of a loop through the program as values.

The reverse transform marks where a value is saved (`MARK_PUSH`) and where it is read back (`MARK_POP`). Here each
mark becomes an operation on a tape value that flows through branches and loops: pushes on the way forward, pops in
the opposite order on the way back. One named tape a variable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .. import primitives as prim
from ..domains.kinds import Kind, TapeOf
from ..ir import Block, Call, Carry, For, If, Join, Lit, Loc, Primitive, Stmt, Try, Var, While, blocks

MARK_PUSH = Primitive("mark_push", None, "mark", pure=False)
MARK_POP = Primitive("mark_pop", None, "mark", pure=False)


@dataclass(eq=False, frozen=True, slots=True)
class Tape:
    """A tape to be: the name it gets, and the kind of what it holds."""

    name: str
    kind: Kind


def push(tape: Tape, value: Var, loc: Loc | None) -> Call:
    return Call((), MARK_PUSH, (Lit(tape), value), (), loc)


def pop(tape: Tape, out: Var, loc: Loc | None) -> Call:
    return Call((out,), MARK_POP, (Lit(tape),), (), loc)


def marked(block: Block) -> dict[Tape, None]:
    """The tapes that are marked in a block, in order."""
    found: dict[Tape, None] = {}
    for stmt in block:
        if isinstance(stmt, Call) and stmt.prim in (MARK_PUSH, MARK_POP):
            found.setdefault(stmt.args[0].value)  # type: ignore[union-attr, arg-type]
        for inner in blocks(stmt):
            found.update(marked(inner))
    return found


def thread(stmt: Stmt, tape: Tape, current: Var) -> tuple[Stmt, Var]:
    """A statement with its marks of `tape` made operations on the tape value; also the value after it."""
    if isinstance(stmt, Call):
        return _thread_call(stmt, tape, current)
    if not any(tape in marked(inner) for inner in blocks(stmt)):
        return stmt, current
    out = Var(tape.name, TapeOf(tape.kind))
    if isinstance(stmt, If):
        then, after_then = _thread_block(stmt.then, tape, current)
        orelse, after_else = _thread_block(stmt.orelse, tape, current)
        return replace(stmt, then=then, orelse=orelse, outs=(*stmt.outs, Join(out, after_then, after_else))), out
    assert not isinstance(stmt, Try), "what a `try` saves leaves it as values, and is pushed after it"
    assert isinstance(stmt, (For, While)), stmt
    inner_var = Var(tape.name, TapeOf(tape.kind))
    body, after = _thread_block(stmt.body, tape, inner_var)
    return replace(stmt, body=body, carried=(*stmt.carried, Carry(out, current, inner_var, after))), out


def _thread_block(block: Block, tape: Tape, current: Var) -> tuple[Block, Var]:
    result: list[Stmt] = []
    for stmt in block:
        made, current = thread(stmt, tape, current)
        result.append(made)
    return tuple(result), current


def _thread_call(stmt: Call, tape: Tape, current: Var) -> tuple[Stmt, Var]:
    if stmt.prim not in (MARK_PUSH, MARK_POP) or stmt.args[0].value is not tape:  # type: ignore[union-attr]
        return stmt, current
    after = Var(tape.name, TapeOf(tape.kind))
    if stmt.prim is MARK_PUSH:
        return Call((after,), prim.TAPE_PUSH, (current, stmt.args[1]), (), stmt.loc), after
    return Call((after, *stmt.outs), prim.TAPE_POP, (current,), (), stmt.loc), after
