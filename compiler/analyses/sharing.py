"""Whose memory a value may hold: arrays by views, tapes and lists by their elements."""

from __future__ import annotations

from collections.abc import Iterable

from ..domains.kinds import Array, Scalar
from ..ir import Apply, Atom, Block, Call, For, If, Try, Var, While, uses, walk

#: Fresh containers hold what was put into them; what is taken out is one of their elements.
_HOLDERS = {"tuple", "list", "dict", "build", "tape_push", "tape_pop", "tape_copy", "list_append", "list_pop",
            "list_set", "list_add", "list_of", "list_repeat", "identity"}


class Sharing:
    """For each value of a block, the values whose memory it may hold (branches and loops are not followed in order)."""

    def __init__(self, block: Block) -> None:
        self.sources: dict[Var, tuple[Atom, ...]] = {}
        for stmt in walk(block):
            if isinstance(stmt, Call):
                if stmt.prim.alias != "fresh" or stmt.prim.form in _HOLDERS:
                    self.sources.update((out, tuple(uses(stmt))) for out in stmt.outs)
            elif isinstance(stmt, Apply):
                self.sources.update((out, tuple(uses(stmt))) for out in stmt.outs)
            elif isinstance(stmt, (If, Try)):
                self.sources.update((j.out, (j.from_then, j.from_else)) for j in stmt.outs)
            elif isinstance(stmt, (For, While)):
                for carry in stmt.carried:
                    self.sources[carry.out] = self.sources[carry.inner] = (carry.init, carry.next)

    def held(self, values: Iterable[Atom]) -> set[Var]:
        """The values whose memory these may hold, themselves included; numbers have none."""
        found: set[Var] = set()
        left = list(values)
        while left:
            value = left.pop()
            if isinstance(value, Var) and value not in found and not isinstance(value.kind, Scalar):
                found.add(value)
                left += self.sources.get(value, ())
        return found


def in_containers(values: Iterable[Var]) -> list[Var]:
    """Those that are tapes, lists or tuples."""
    return [v for v in values if not isinstance(v.kind, (Array, Scalar))]


__all__ = ["Sharing", "in_containers"]
