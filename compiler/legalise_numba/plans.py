"""What becomes of a function's tapes, and the function without those that are gone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .. import primitives as prim
from ..domains.kinds import TapeOf
from ..ir import Block, Call, Carry, For, If, Stmt, Var, While
from .folding import Memory
from .regions import Site


@dataclass(eq=False)
class Plan:
    """What becomes of the tapes: which are gone, what stands for their pops, and which hold something else.

    instead : a pop -> the statements that make its value; in the order in which they may run
    pushed  : a push -> the same with what the tape holds now
    held    : a tape -> what it holds now: the value forwards, and as it is popped
    """

    gone: set[Var] = field(default_factory=set)
    instead: dict[Call, list[Stmt]] = field(default_factory=dict)
    pushed: dict[Call, Call] = field(default_factory=dict)
    held: dict[Var, tuple[Var, Var]] = field(default_factory=dict)

    def drop(self, tape: Var, push: Site, pop: Site, made: list[Stmt]) -> None:
        self.gone.add(tape)
        self.pushed.pop(push.call, None)
        self.held.pop(tape, None)
        self.instead.pop(pop.call, None)  # to the end: it may read what has been found since
        self.instead[pop.call] = made


def saved_beside(pairs: dict[Var, tuple[Site, Site]], plan: Plan, tape: Var) -> dict[Var, Var]:
    """What other tapes that stay hold of the same trip."""
    push, pop = pairs[tape]
    found: dict[Var, Var] = {}
    for other, (one, two) in pairs.items():
        value = one.call.args[1]
        if other is not tape and other not in plan.gone and one.path == push.path and two.path == pop.path \
                and isinstance(value, Var):
            found[value] = two.call.outs[1]
            if other in plan.held:
                found[plan.held[other][0]] = plan.held[other][1]
    return found


def without(block: Block, memory: Memory, plan: Plan) -> Block:
    """The block without the tapes that are gone."""
    gone, instead = plan.gone, plan.instead
    result: list[Stmt] = []
    # Pops first: what is computed again may read what other tapes hold. Then all of that, in the order it was found.
    pops = [s for s in block if isinstance(s, Call) and s.prim is prim.TAPE_POP]
    here = set(pops)
    result += [s for s in pops if s not in instead and memory.root(s.outs[0]) not in gone]
    for pop, made in instead.items():
        result += made if pop in here else []
    block = tuple(s for s in block if s not in here)

    def is_gone(var: Var) -> bool:
        return isinstance(var.kind, TapeOf) and memory.root(var) in gone

    for stmt in block:
        if isinstance(stmt, Call):
            if not any(map(is_gone, stmt.outs)):
                result.append(plan.pushed.get(stmt, stmt))
        elif isinstance(stmt, If):
            result.append(replace(stmt, then=without(stmt.then, memory, plan),
                                  orelse=without(stmt.orelse, memory, plan),
                                  outs=tuple(j for j in stmt.outs if not is_gone(j.out))))
        elif isinstance(stmt, (For, While)):
            carried: tuple[Carry, ...] = tuple(c for c in stmt.carried if not is_gone(c.out))
            changed = replace(stmt, carried=carried, body=without(stmt.body, memory, plan))
            result.append(changed if isinstance(changed, For) else replace(
                changed, test=without(changed.test, memory, plan)))
        else:
            result.append(stmt)
    return tuple(result)


__all__ = ["Plan", "saved_beside", "without"]
