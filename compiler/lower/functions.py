"""Whole functions: the user's function with its arguments becomes a Function of the IR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...runtime.checks import check_no_overlap
from ...runtime.errors import UnsupportedError
from ...runtime.lists import require_fresh
from ..desugar import desugar, refusal
from ..domains.kinds import Array
from ..ir import Atom, Call, Function, Lit, Loc, Param, Primitive, Var
from .captures import Captured
from .exposed import first_yield
from .forms import unused
from .helpers import Large, Unfit
from .links import Linked
from .lowerer import Lowerer
from .objects import Follow
from .recursion import Recursive
from .statements import Unreachable
from .values import Buffer, Guard, Map, Seq, UserFunction


@dataclass(eq=False)
class Lowered:
    """A lowered function, with what the operators need to know about its arguments and results."""

    function: Function
    inputs: dict[str, Any]  # parameter -> tree of abstract values, leaves are Vars
    output: Any  # tree of abstract values, leaves are atoms
    captured: list[Captured]
    guards: list[Guard]
    origin: Any
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Known:
    """What earlier tries to lower a function found out: what is a routine, what stays in place, what is followed."""

    written_out: int
    sharing: bool
    followed: dict[Any, tuple[str, ...]] = field(default_factory=dict)
    outer: dict[Any, Any] = field(default_factory=dict)  # `global` and `nonlocal` names that are written to -> where
    routines: frozenset[Any] = frozenset()
    helpers: frozenset[Any] = frozenset()
    unfit: frozenset[Any] = frozenset()
    linked: frozenset[Any] = frozenset()  # the loops that carry which array each name is


def lower_function(origin: Any, bind: Callable[[Lowerer], tuple[list[Param], dict[str, Any]]],
                   name: str = "", run: Callable[[Lowerer, dict[str, Any]], Any] | None = None,
                   written_out: int = 0, sharing: bool = False) -> Lowered:
    """Lower a user's function. `bind` makes the parameters and says what abstract value each one holds.

    run         : what the function does with them, where it is not a body of Python text (`grad(grad(f))`)
    written_out : which loops are written out trip by trip (see `WrittenOut`)
    sharing     : may large helpers become routines?
    """
    known = Known(written_out, sharing)
    while True:
        try:
            return _lower_following(origin, bind, name, run, known)
        except Linked as found:  # a store asks which array a name is: once more, with its loop linked
            known.linked |= {found.loop}
        except Recursive as found:  # once more, with a function that calls itself as a routine
            if found.key in known.routines:
                raise
            known.routines |= {found.key}
        except Follow as found:  # the function stores into an object: once more, with its attributes followed
            if found.source is not None:
                known.outer = {**known.outer, found.identity: (found.identity[-1], found.source)}
                continue
            known.followed = {**known.followed, found.identity: (*known.followed.get(found.identity, ()), found.attr)}
        except Large as found:
            known.helpers |= {found.signature}
        except Unfit as found:
            known.unfit |= {found.signature}
        except UnsupportedError:  # the kinds of what a routine returns may be less exact than those of its body
            if not known.helpers:
                raise
            known = Known(known.written_out, False, known.followed, known.outer, known.routines, linked=known.linked)


def _lower_following(origin: Any, bind: Callable[[Lowerer], tuple[list[Param], dict[str, Any]]], name: str,
                     run: Callable[[Lowerer, dict[str, Any]], Any] | None, known: Known) -> Lowered:
    lowerer = Lowerer()
    lowerer.written_out, lowerer.followed, lowerer.as_routine = known.written_out, known.followed, known.routines
    lowerer.sharing, lowerer.as_helper, lowerer.unfit = known.sharing, known.helpers, known.unfit
    lowerer.linked, lowerer.may_link = known.linked, True
    lowerer.origin, lowerer.node, lowerer.stmt = origin, origin.node, origin.node
    lowerer.seed_outer_names(list(known.outer.values()))
    params, inputs = bind(lowerer)
    found = first_yield(origin.node)
    if found is not None:
        raise lowerer.refuse(*refusal(found), node=found)
    leaf_of = dict(lowerer.state.store)
    for buffer, leaf in leaf_of.items():
        buffer.origin = leaf
    start = len(lowerer.block)
    bound = {name: lowerer.boxed(value) for name, value in inputs.items()}
    try:
        output = _run_main(lowerer, origin, bound) if run is None else run(lowerer, bound)
    except Unreachable:
        lowerer.state.dead = True
    if lowerer.state.dead:
        output = Lit(0.0)  # every path raises: nothing is returned
    _note_written(lowerer)
    leaves: list[Atom] = []
    tree = lowerer.flatten_output(output, leaves)
    taken = {p.name for p in params}
    for captured in lowerer.captured.values():
        captured.name = unused(captured.name, taken)
        params.append(Param(captured.var, captured.name, "captured"))
    _check_overlaps(lowerer, leaf_of, start)
    _check_given_once(lowerer, inputs, start)
    function = Function(name or origin.name, tuple(params), tuple(lowerer.block), tuple(leaves), len(leaves) == 1,
                        origin, notes={"captured": tuple(lowerer.captured.values())})
    lowered = Lowered(function, inputs, tree, list(lowerer.captured.values()), list(lowerer.guards.values()), origin)
    lowered.notes["leaf_of"] = leaf_of
    lowered.notes["helpers"] = [p.label for s in known.helpers for p in lowerer.routines.get(s, ())]
    lowered.notes["written"] = {leaf_of[b]: where for b, where in lowerer.written.items() if b in leaf_of}
    return lowered


def _run_main(lowerer: Lowerer, origin: Any, bound: dict[str, Any]) -> Any:
    """What the function itself returns; one that calls itself is a call of its routine."""
    function = UserFunction(origin, desugar(origin), None, {})
    key = lowerer.code_key(function)
    if key in lowerer.as_routine:
        made = lowerer.call_routine(function, bound, "", origin.node)
        if made is not NotImplemented:
            return made
    lowerer.activations.append((key, 0))
    return lowerer.run_body(origin, function.node, bound, None)


def _check_given_once(lowerer: Lowerer, inputs: dict[str, Any], start: int) -> None:
    """Where the program changes a container that it was given, the run checks that it was given only once."""
    given = list(dict.fromkeys(v for value in inputs.values() for v in _containers(value)))
    check = Primitive("pullback.runtime.lists.require_fresh", require_fresh, "function", None, False)
    loc = Loc(lowerer.origin, lowerer.origin.node, lowerer.origin.node)
    for box in lowerer.changed_arguments:
        others = [v for v in given if v is not box.atom and isinstance(box.atom, Var)]
        if others and box.origin is None:
            lowerer.block[start:start] = [Call((), check, (box.atom, *others), (), loc)]


def _containers(value: Any) -> list[Var]:
    """The variables of the containers in an argument."""
    if not isinstance(value, (Seq, Map)):
        return []
    items = value.items if isinstance(value, Seq) else value.items.values()
    own = [value.atom] if isinstance(value.atom, Var) else []
    return [*own, *(v for item in items for v in _containers(item))]


def _note_written(lowerer: Lowerer) -> None:
    """A store into an array of a joint may have reached any of those that it is one of."""
    reached = list(lowerer.written.items())
    for buffer, where in reached:
        for origin in lowerer.may_be.get(buffer, ()):
            if origin not in lowerer.written:
                lowerer.written[origin] = where
                reached.append((origin, where))


def _check_overlaps(lowerer: Lowerer, leaf_of: dict[Buffer, Var], start: int) -> None:
    """Where the program stores into an argument, the run checks that no other array shares its memory."""
    arrays = [*leaf_of.values(), *(c.var for c in lowerer.captured.values() if isinstance(c.var.kind, Array))]
    check = Primitive("pullback.runtime.checks.check_no_overlap", check_no_overlap, "function", None, False)
    loc = Loc(lowerer.origin, lowerer.origin.node, lowerer.origin.node)
    calls = [Call((), check, (leaf, *(v for v in arrays if v is not leaf)), (), loc)
             for buffer, leaf in leaf_of.items() if buffer in lowerer.written and len(arrays) > 1]
    lowerer.block[start:start] = calls
