"""The one way in which a jump becomes structure: what follows it stands on the paths that did not jump.

`continues`, `breaks` and `returns` say which jump they take out and what stands in its place; here is what happens to
the statements after it. Where an `if` jumps on every path of one side, they move to the other side. Where a side may
jump and may go on, a flag says which it was and they stand under `if not flag`. No statement is ever doubled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from .context import FUNCTIONS, LOOPS, Context, any_of, blocks_of, branch, negated

JUMPS = (gast.Return, gast.Raise, gast.Break, gast.Continue)


def ends(stmts: list[Any]) -> bool:
    """Does every path through these statements jump away?"""
    for stmt in stmts:
        if isinstance(stmt, JUMPS):
            return True
        if isinstance(stmt, gast.If) and ends(stmt.body) and ends(stmt.orelse):
            return True
    return False


def jumps_in(stmts: list[Any], kind: type[Any]) -> list[Any]:
    """The jumps of a kind that leave these statements, in order; those of loops inside belong to those loops."""
    found = []
    for stmt in stmts:
        if isinstance(stmt, kind):
            found.append(stmt)
        elif isinstance(stmt, LOOPS) and kind is not gast.Return:
            found += jumps_in(stmt.orelse, kind)
        else:
            for node, name in blocks_of(stmt):
                found += jumps_in(getattr(node, name), kind)
    return found


class Removal:
    """Takes the jumps of one kind out of a block.

    kind    : gast.Continue, gast.Break or gast.Return
    replace : (jump, needed, guarded) -> what stands in its place. `needed` says that statements after it are
              guarded by the flag; `guarded` that it stands in a `with` or a `try`, which the jump left
    flags   : () -> the names of the flags; asked for only where one is needed
    """

    def __init__(self, context: Context, kind: type[Any], replace: Callable[[Any, bool, bool], list[Any]],
                 flags: Callable[[], list[str]]) -> None:
        self.context = context
        self.kind = kind
        self.replace = replace
        self.flags = flags

    def block(self, stmts: list[Any], needed: bool = False, guarded: bool = False) -> list[Any]:
        """The statements without jumps of the kind; they fall through where they jumped."""
        out: list[Any] = []
        for index, stmt in enumerate(stmts):
            rest = stmts[index + 1 :]
            if isinstance(stmt, self.kind):
                return out + self.replace(stmt, needed, guarded)
            if isinstance(stmt, JUMPS):
                return [*out, stmt]
            if isinstance(stmt, FUNCTIONS) or not jumps_in([stmt], self.kind):
                out.append(stmt)
                continue
            moved = self.moved(stmt, rest, needed, guarded)
            if moved is not None:
                return [*out, moved]
            out.append(self.inside(stmt, needed or bool(rest), guarded))
            if rest and not self.flags():  # no such jump can be reached
                return out + self.block(rest, needed, guarded)
            if rest:
                place = self.context.header(stmt)
                test = negated(any_of(self.flags(), place))
                out.append(branch(test, self.block(rest, needed, guarded), [], place))
            return out
        return out

    def moved(self, stmt: Any, rest: list[Any], needed: bool, guarded: bool) -> Any:
        """An `if` with what follows it on the side that goes on; None where both sides may go on."""
        if not isinstance(stmt, gast.If):
            return None
        if ends(stmt.body):
            body, orelse = stmt.body, [*stmt.orelse, *rest]
        elif ends(stmt.orelse):
            body, orelse = [*stmt.body, *rest], stmt.orelse
        else:
            return None
        place = self.context.header(stmt)
        return branch(stmt.test, self.block(body, needed, guarded), self.block(orelse, needed, guarded), place)

    def inside(self, stmt: Any, needed: bool, guarded: bool) -> Any:
        """A compound statement without jumps of the kind inside."""
        if isinstance(stmt, gast.If):
            return branch(stmt.test, self.block(stmt.body, needed, guarded), self.block(stmt.orelse, needed, guarded),
                          self.context.header(stmt))
        protected = isinstance(stmt, gast.Try | gast.TryStar | gast.With)
        final = jumps_in(getattr(stmt, "finalbody", []), self.kind)
        if final:
            word = self.kind.__name__.lower()
            raise self.context.refuse(final[0], f"`{word}` inside `finally`", "It would swallow an exception.",
                                      f"Write the `{word}` after the `try`.")
        skipped = isinstance(stmt, gast.Try | gast.TryStar) and stmt.orelse and jumps_in(stmt.body, self.kind)
        for node, name in blocks_of(stmt):
            guard = needed or bool(skipped and node is stmt and name == "body")
            setattr(node, name, self.block(getattr(node, name), guard, guarded or protected) or [gast.Pass()]
                    if getattr(node, name) else [])
        if skipped and self.flags():  # the `else` of a `try` runs only where its body came to the end
            test = negated(any_of(self.flags(), stmt))
            stmt.orelse = [branch(test, stmt.orelse, [], stmt)]
        return stmt
