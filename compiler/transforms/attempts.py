"""`try` in forward mode: the path that was taken is run once more, with its tangents.

    try: y = f(x)              try: y, failed = f(x), False
    except E: y = g(x)   =>    except E: y, failed = g(x), True
                               if failed: t_y = tangent of g     (what it needs of g is computed again)
                               else: t_y = tangent of f

Tangents stand outside: an error in one of them (1 / 0 where the value has none) must not be caught by the handler.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..domains import kinds
from ..ir import Atom, Block, Call, For, If, Join, Lit, Stmt, Try, Undefined, Var, While, free_vars, walk
from ..lower import Lowerer
from .rewrite import duplicate
from .routines import is_routine


class Attempts:
    """Mixin of `Forwarder`."""

    low: Lowerer
    active: frozenset[Var]
    cotangents: dict[Var, Any]

    def attempt(self: Any, stmt: Try) -> None:
        joins = [j for j in stmt.outs if j.out in self.active]
        if not joins:
            self.low.block.append(stmt)
            return
        outs = [Var(self.d_name(j.out), self.cotangent_kind(j.out)) for j in joins]
        if stmt.manager is not None:  # there is no handler: an error leaves in any case
            before = self.cotangents
            self.cotangents = dict(before)
            body, ends = self._path(stmt.body, [j.from_then for j in joins], joins)
            self.cotangents = before
            made = tuple(Join(o, end, Lit(Undefined)) for o, end in zip(outs, ends, strict=True))
            self.low.block.append(replace(stmt, body=body, outs=(*stmt.outs, *made)))
        else:
            failed = Var("failed", kinds.PY_BOOL)
            self.low.block.append(replace(stmt, outs=(*stmt.outs, Join(failed, Lit(False), Lit(True)))))
            sides = [self._again(stmt, block, [getattr(j, which) for j in joins], joins)
                     for block, which in ((stmt.handler, "from_else"), (stmt.body, "from_then"))]
            self.low.loc_override = stmt.loc
            made = tuple(map(Join, outs, sides[0][1], sides[1][1]))
            self.low.block.append(If(failed, sides[0][0], sides[1][0], made, "statement", stmt.loc))
        self.cotangents.update((j.out, self.low.value_of(o)) for j, o in zip(joins, outs, strict=True))

    def _path(self: Any, block: Block, sources: list[Atom], joins: list[Join]) -> tuple[Block, list[Atom]]:
        with self.low.new_block() as made:
            for inner in block:
                self.statement(inner)
            ends = [self.end(source, j.out) for source, j in zip(sources, joins, strict=True)]
        return tuple(made), ends

    def _again(self: Any, stmt: Try, block: Block, sources: list[Atom], joins: list[Join]
               ) -> tuple[Block, list[Atom]]:
        """A path of the `try` with its tangents, in variables of its own and without its effects."""
        mapping: dict[Var, Atom] = {}
        copy = duplicate(_without_effects(block), mapping)
        impure = next((s for s in walk(copy) if isinstance(s, Call) and not s.prim.pure), None)
        if impure is not None or (stmt.bound is not None and stmt.bound in free_vars(copy)):
            self.low.loc_override = (impure or stmt).loc
            what = f"`{impure.prim.name}` in a `try`" if impure is not None else "an exception that its handler reads"
            raise self.low.refuse(f"{what}, in forward mode", "The path that was taken is run again for its tangents.",
                                  "Move it out of the `try`, or use reverse mode (pb.grad, pb.vjp).")
        self.active |= {v for old, v in mapping.items() if old in self.active and isinstance(v, Var)}
        self.note_definitions(copy)
        before = self.cotangents
        self.cotangents = dict(before)
        ends = [mapping.get(s, s) if isinstance(s, Var) else s for s in sources]
        made: tuple[Block, list[Atom]] = self._path(copy, ends, joins)
        self.cotangents = before
        return made


def _without_effects(block: Block) -> Block:
    """The block without its checks, raises and prints: they have had their say."""
    made: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Call) and not stmt.prim.pure and not stmt.outs and not is_routine(stmt):
            continue
        if isinstance(stmt, If):
            stmt = replace(stmt, then=_without_effects(stmt.then), orelse=_without_effects(stmt.orelse))
        elif isinstance(stmt, (For, While)):
            stmt = replace(stmt, body=_without_effects(stmt.body))
        elif isinstance(stmt, Try):
            stmt = replace(stmt, body=_without_effects(stmt.body), handler=_without_effects(stmt.handler))
        made.append(stmt)
    return tuple(made)
