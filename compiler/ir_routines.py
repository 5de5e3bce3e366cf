"""Routines: functions of the IR that are called, not inlined: they call themselves, or are large and called often.

A call of a routine is a `Call` of its primitive, so every pass treats it as any other call; what it computes stands in
`function`, whose body calls the primitive again. What is derived from a routine (its two sweeps, its tangents) is made
when a transform first meets a call of it, and is a routine itself. The results of a routine are in memory of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .ir import Block, Call, Function, Primitive, walk

FORM = "routine"
MAKERS: dict[str, Callable[[Routine, Derivation], None]] = {}  # filled by the pipeline


class InPlace(Exception):
    """A transform found a helper that has to stand in place of its calls."""


@dataclass(eq=False)
class Routine:
    """A function that the generated text defines before the main one.

    function : what it computes; None while it is being made
    repeats  : may it run twice (nothing is printed, drawn or called that may have an effect)?
    helper   : it could as well stand in place of its calls (no function that calls itself)
    derived  : what was made from it, by what it is for: lists of `Derivation`
    """

    name: str
    pure: bool = True
    repeats: bool = True
    helper: bool = False
    function: Function | None = None
    derived: dict[str, list[Derivation]] = field(default_factory=dict)
    primitive: Primitive = field(init=False)

    def __post_init__(self) -> None:
        self.primitive = Primitive(f"routine.{self.name}", self.run, FORM, self, self.pure, "fresh")

    def run(self, *args: Any) -> Any:
        """What a call computes; for the evaluator of the IR."""
        from .ir_eval import run

        assert self.function is not None, self.name
        results = run(self.function, args)
        return results[0] if len(results) == 1 else results


@dataclass(eq=False)
class Derivation:
    """Routines made from another one for the arguments that `mask` marks as active.

    `again` says which arguments the last routine takes once more (see `split`).
    `wanted` grows while it is made, where a call inside has more active arguments; then it is made again.
    """

    wanted: tuple[bool, ...]
    routines: tuple[Routine, ...]
    mask: tuple[bool, ...] = ()
    again: tuple[int, ...] = ()
    done: bool = False


def derivation(routine: Routine, what: str, mask: tuple[bool, ...], parts: tuple[str, ...]) -> Derivation:
    """What is derived from a routine for at least these active arguments; it may be in the making.

    what  : the key of the maker: it fills the routines in, for a mask
    parts : the endings of their names
    """
    known = routine.derived.setdefault(what, [])
    for found in known:
        if not found.done:
            found.wanted = tuple(a or b for a, b in zip(found.wanted, mask, strict=True))
            return found
        if all(a or not b for a, b in zip(found.mask, mask, strict=True)):
            return found
    made = Derivation(mask, tuple(Routine(f"{routine.name}_{part}", routine.pure, routine.repeats, routine.helper)
                                   for part in parts))
    known.append(made)
    while made.mask != made.wanted:
        made.mask = made.wanted
        MAKERS[what](routine, made)
    made.done = True
    return made


def routines_in(block: Block) -> list[Routine]:
    """The routines that a block calls, and those that these call; what is called by others stands first."""
    found: dict[Routine, None] = {}
    seen: set[Routine] = set()

    def visit(inner: Block) -> None:
        for stmt in walk(inner):
            if isinstance(stmt, Call) and stmt.prim.form == FORM and stmt.prim.rule not in seen:
                routine: Routine = stmt.prim.rule
                seen.add(routine)
                if routine.function is not None:
                    visit(routine.function.body)
                found[routine] = None

    visit(block)
    return list(found)
