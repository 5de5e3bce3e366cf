"""The passes from a lowered function to its tangent function (forward mode).

lower -> forward -> simplify -> merge_common -> drop_dead -> finish
"""

from __future__ import annotations

from collections.abc import Sequence

from ..runtime.errors import UnsupportedError
from . import pipeline
from .analyses.activity import varied
from .domains import kinds
from .domains.kinds import is_differentiable
from .ir import Atom, Call, Function, Param, Var, walk
from .lower.functions import Lowered
from .pipeline import Options, Passes
from .results import root_loc
from .rules import registry
from .transforms.bridges import without_bridges
from .transforms.cse import merge_common
from .transforms.finish import as_argument, make_fresh
from .transforms.forward import forward
from .transforms.own import own_targets
from .transforms.rewrite import drop_dead
from .transforms.simplify import Simplifier
from .transforms.watch import watch_forward, watch_tangents


def tangent_function(lowered: Lowered, leaves: Sequence[Var], options: Options, name: str, with_value: bool = True
                     ) -> Function:
    """The function that returns its outputs and their tangents, given those of some leaves of its arguments."""
    passes = Passes(options)
    primal = passes.after("lower", watch_forward(lowered.function) if options.anomaly else lowered.function)
    params = _tangent_params(primal, leaves)
    tangents: dict[Var, Atom] = {leaf: p.var for leaf, p in zip(leaves, params, strict=True)}
    _, found, low = forward(primal, tangents, primal.results)
    where = root_loc(lowered.origin)
    low.loc_override = where
    outputs: list[Atom] = []
    kept: list[Atom] = []
    names: list[str] = []
    for result, tangent in zip(primal.results, found, strict=True):
        if with_value:
            outputs.append(result)
        if isinstance(result, Var) and is_differentiable(result.kind):
            names.append(f"t_{result.name or 'ans'}")
            value = low.value_of(tangent) if isinstance(tangent, Var) else tangent
            kept.append(low.atom(as_argument(low, value, result, names[-1])))
    everything = (*_in_front(primal.params), *params, *(p for p in primal.params if p.style in ("kwargs", "captured")))
    function = Function(primal.name, everything, tuple(low.block), (*outputs, *kept), False, lowered.origin)
    passes.after("forward", function)
    body = function.body
    stands_for: dict[Var, Atom] = {}
    body = without_bridges(body, stands_for)
    outputs, kept = ([stands_for.get(a, a) if isinstance(a, Var) else a for a in group] for group in (outputs, kept))
    if options.simplify:
        simplifier = Simplifier((), pipeline.shape_sources(primal, list(primal.body)), as_written=walk(primal.body))
        body = simplifier.run(body)
        kept = [simplifier.atom(a) for a in kept]
    body = drop_dead(body, [*outputs, *kept])
    passes.after("simplify", Function(primal.name, everything, body, (*outputs, *kept), False, lowered.origin))
    if options.merge_common:
        body, replaced = merge_common(body)
        outputs, kept = ([replaced.get(a, a) if isinstance(a, Var) else a for a in group] for group in (outputs, kept))
        body = drop_dead(body, [*outputs, *kept])
    body = own_targets(body, everything)
    statements = list(body)
    kept = make_fresh(statements, kept, everything, names, where)
    final = Function(f"{pipeline.identifier(name)}_jvp", everything, drop_dead(statements, [*outputs, *kept]),
                     (*outputs, *kept), False, lowered.origin)
    return passes.after("finish", watch_tangents(final) if options.anomaly else final)


def _in_front(params: Sequence[Param]) -> list[Param]:
    return [p for p in params if p.style not in ("kwargs", "captured")]


def _tangent_params(primal: Function, leaves: Sequence[Var]) -> list[Param]:
    """A keyword parameter t_x for each leaf x, with a name that is still free."""
    taken = {p.name for p in primal.params}
    params = []
    for leaf in leaves:
        name, number = f"t_{leaf.name}", 1
        while name in taken:
            number += 1
            name = f"t_{leaf.name}{number}"
        taken.add(name)
        kind = kinds.Scalar(leaf.kind.dtype) if isinstance(leaf.kind, kinds.Scalar) else leaf.kind
        params.append(Param(Var(name, kind), name, "keyword"))
    return params


def check_elementwise(lowered: Lowered, roots: Sequence[Var]) -> None:
    """Raise unless each element of the results depends on the same element of the roots only (numbers always do)."""
    if all(kinds.shape_of(root.kind) == () for root in roots):
        return
    active = varied(lowered.function, roots)
    for stmt in walk(lowered.function.body):
        if isinstance(stmt, Call) and any(out in active for out in stmt.outs):
            rule = registry.rule_for(stmt.prim.rule)
            if rule is None or not rule.elementwise:
                where = stmt.loc.location() if stmt.loc is not None else lowered.origin.where
                raise UnsupportedError(f"the derivative at each element through `{stmt.prim.name}`", where,
                                       "It may mix the elements of an array.", "Use pb.jacobian, or pb.grad of a sum.")
