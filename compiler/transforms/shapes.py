"""Save the shape of a value, where the reverse sweep asks for nothing else of it.

before => after:

    forward:  t = f(x)                                       forward:  t = f(x); shape = t.shape
    backward: d_t = unbroadcast(d, t.shape)         =>       backward: d_t = unbroadcast(d, shape)

What is read of the forward body is saved a trip: a tuple of integers instead of an array that has to be kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..ir import Atom, Block, Call, Stmt, Var, defs, inner_uses, uses, walk
from .rewrite import drop_dead, substitute

SHAPES = ("ndarray.shape", "numpy.shape")


def save_shapes(forward: list[Stmt], backward: Block, ends: Iterable[Atom], params: Iterable[Var]) -> Block:
    """The reverse block with shapes read from the forward block, which gets the statements that make them.

    params : what the block reads as its own besides its definitions
    """
    ends = list(ends)
    own = {*params, *(v for s in forward for v in defs(s))}
    asked: dict[Var, list[Call]] = {}
    other = {e for e in ends if isinstance(e, Var)}
    for stmt in walk(backward):
        if isinstance(stmt, Call) and stmt.prim.name in SHAPES and len(stmt.args) == 1 and stmt.args[0] in own:
            asked.setdefault(stmt.args[0], []).append(stmt)
        else:
            other.update(uses(stmt))
        other.update(inner_uses(stmt))
    mapping: dict[Var, Atom] = {}
    for var, calls in asked.items():
        if var in other:
            continue
        general = next((c for c in calls if c.prim.name == "numpy.shape"), calls[0])  # of numbers, too
        shape = Var("shape", general.out.kind)
        made = next((s for s in forward if var in defs(s)), None)
        at = 0 if made is None else forward.index(made) + 1
        loc = made.loc if made is not None else forward[0].loc if forward else None
        forward.insert(at, Call((shape,), general.prim, (var,), (), loc))
        mapping.update((call.out, shape) for call in calls)
    return drop_dead(substitute(backward, mapping), ends) if mapping else backward
