"""What is derived from a routine (a recursive function, a large helper): its two sweeps, its pullback, its tangent.

The makers stand in `ir_routines.MAKERS`, since the transforms call them from below. Each fills in the functions of a
derivation; a call of the same routine inside finds the derivation in the making and so becomes a recursive call of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .ir import Function, Param, Var
from .ir_routines import MAKERS, Derivation, Routine
from .lower.functions import Lowered
from .nesting import finished
from .pipeline import Options, Passes, Wanted, reverse_statements, shape_sources
from .results import last_loc
from .split import cotangent_of, given_params, seed_of, split_functions
from .transforms.finish import make_fresh
from .transforms.forward import forward
from .transforms.rewrite import drop_dead, in_reverse, relocate
from .transforms.routines import takes_cotangent
from .transforms.simplify import Simplifier


def _parts(routine: Routine, made: Derivation) -> tuple[Function, list[Param]]:
    assert routine.function is not None, routine.name
    return routine.function, [p for p, active in zip(routine.function.params, made.mask, strict=True) if active]


def _named(function: Function, routine: Routine) -> Function:
    """Under the routine's name; one result is returned as itself. All parameters are positional."""
    params = tuple(replace(p, style="positional") for p in function.params)
    return replace(function, name=routine.name, params=params, single=len(function.results) == 1)


def make_split(routine: Routine, made: Derivation) -> None:
    """forward(x) -> y, saved;  backward(saved, d_y) -> d_x. What is saved and not owned is copied.

    Of a helper the backward sweep takes the arguments that it reads again: backward(x, saved, d_y).
    """
    function, active = _parts(routine, made)
    lowered = Lowered(function, {}, None, [], [], function.origin)
    split = split_functions(lowered, Wanted([p.var for p in active], False), Options(), True, routine.helper)
    made.again = split.again
    for part, of in zip(made.routines, (split.forward, split.backward), strict=True):
        part.function = _named(of, part)


def make_pullback(routine: Routine, made: Derivation) -> None:
    """pullback(x, d_y) -> d_x, to be differentiated again."""
    function, active = _parts(routine, made)
    results = list(function.results)
    d_outputs = [cotangent_of(r) for r in results]
    given = given_params(function, [d for d in d_outputs if d is not None])
    roots = [p.var for p in active]
    swept = reverse_statements(function, function.origin, roots, results, [seed_of(d) for d in d_outputs],
                               Options(), again=True)
    simplifier = Simplifier(swept.forward, shape_sources(function, swept.forward))
    backward = list(simplifier.run(swept.backward))
    gradients = [simplifier.atom(g) for g in swept.gradients]
    statements = [*swept.forward, *backward]
    gradients = make_fresh(statements, gradients, (*function.params, *given), swept.names,
                           in_reverse(last_loc(function.body, function.origin)))
    body = relocate(drop_dead(statements, gradients), finished)
    part = made.routines[0]
    part.function = _named(Function(part.name, (*function.params, *given), body,
                                    tuple(gradients), False, function.origin), part)
    Passes(Options()).after("pullback of a routine", part.function)


def make_tangent(routine: Routine, made: Derivation) -> None:
    """tangent(x, t_x) -> y, t_y"""
    function, active = _parts(routine, made)
    tangents = {p.var: Var(f"t_{p.var.name}", _tangent_kind(p.var)) for p in active}
    given = tuple(Param(t, f"t_{p.name}") for p, t in zip(active, tangents.values(), strict=True))
    statements, found, _ = forward(function, tangents, function.results)
    varied = [f for f, takes in zip(found, takes_cotangent(routine), strict=True) if takes]
    varied = make_fresh(statements, varied, (*function.params, *given), ["" for _ in varied], None)
    results = (*function.results, *varied)
    part = made.routines[0]
    part.function = _named(Function(part.name, (*function.params, *_distinct(function, given)),
                                    drop_dead(statements, results), results, False, function.origin), part)
    Passes(Options()).after("tangent of a routine", part.function)


def _tangent_kind(var: Var) -> Any:
    from .transforms.reverse import Reverser

    return Reverser.cotangent_kind(var)


def _distinct(function: Function, given: tuple[Param, ...]) -> list[Param]:
    """Parameters under names that the function's own do not have."""
    taken = {p.name for p in function.params}
    made = []
    for param in given:
        name, number = param.name, 1
        while name in taken:
            number += 1
            name = f"{param.name}_{number}"
        taken.add(name)
        made.append(replace(param, name=name))
    return made


MAKERS.update(split=make_split, pullback=make_pullback, tangent=make_tangent)

__all__ = ["make_pullback", "make_split", "make_tangent"]
