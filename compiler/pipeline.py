"""The order of passes, from a user's function to its adjoint as text.

lower -> check -> (activity, reverse) -> simplify -> merge_common -> drop_dead -> finish -> raise -> load
"""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..runtime.errors import OutputError
from . import emit, ir_check
from . import primitives as prim
from .arguments import Spec, parameters
from .domains.kinds import Array, Scalar, shape_of
from .ir import Atom, Block, Call, Function, Lit, Param, Stmt, Var
from .lower import Lowerer, Ref, Seq, lower_function
from .lower.functions import Lowered
from .raise_python import Program, raise_function
from .results import last_loc, leaves, named_results, root_loc, scalar_check, scalar_result, structure_of, tuple_of
from .source import Origin
from .transforms.accumulate import accumulate
from .transforms.axes_first import axes_first
from .transforms.block_products import block_products
from .transforms.bridges import without_bridges, without_copies
from .transforms.clear_late import clear_late
from .transforms.cse import merge_common
from .transforms.finish import as_argument, make_fresh
from .transforms.first_write import write_first
from .transforms.own import own_targets
from .transforms.reverse import Reverser
from .transforms.rewrite import drop_dead, in_reverse
from .transforms.save_copies import save_copies
from .transforms.shape_checks import with_shape_checks
from .transforms.simplify import Simplifier
from .transforms.watch import watch_adjoint, watch_forward


@dataclass
class Options:
    """What may be switched: optional passes, the verifier, and watching the passes."""

    simplify: bool = True
    merge_common: bool = True
    machine: bool = False  # the text is compiled: loops cost nothing
    anomaly: bool = False  # check for nan and inf after each statement
    verify: bool = field(default_factory=lambda: os.environ.get("PULLBACK_VERIFY", "") == "1")
    dump: Callable[[str, Function], None] | None = None
    timings: dict[str, float] | None = None


DEFAULTS = Options()
PARALLEL = "numba parallel"  # the back end "numba" with parallel=True


@dataclass(eq=False)
class Compiled:
    """A compiled variant: the function to call, its text, and how it came about."""

    call: Callable[..., Any]
    program: Program
    lowered: Lowered
    adjoint: Function
    filename: str
    stages: dict[str, Any]
    backend: str = "numpy"


class Passes:
    """Runs passes over one function, with the verifier, dumps and timings between them."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started = time.perf_counter()

    def after(self, name: str, function: Function) -> Function:
        if self.options.timings is not None:
            now = time.perf_counter()
            self.options.timings[name] = self.options.timings.get(name, 0.0) + now - self.started
            self.started = now
        if self.options.dump is not None:
            self.options.dump(name, function)
        if self.options.verify:
            ir_check.check(function, name)
        return function


def lower(origin: Origin, signature: inspect.Signature, specs: dict[str, Spec],
          run: Callable[[Lowerer, dict[str, Any]], Any] | None = None, written_out: int = 0, sharing: bool = False
          ) -> Lowered:
    """Source -> IR, for arguments of these kinds.

    run         : what the function does, where it is no text of its own
    written_out : which loops are written out (see `lower.written_out`)
    sharing     : may large helpers that are called often become routines?
    """

    def bind(low: Lowerer) -> tuple[list[Param], dict[str, Any]]:
        return parameters(signature, specs, low)

    return lower_function(origin, bind, run=run, written_out=written_out, sharing=sharing)


@dataclass(eq=False)
class Wanted:
    """The inputs to differentiate: for each, the tree of its leaves (None for what has no derivative)."""

    trees: list[Any]
    single: bool


@dataclass(eq=False)
class Sweeps:
    """A function reversed and optimised: forward and reverse statements, cotangents of the wanted leaves."""

    primal: Function
    forward: list[Stmt]
    backward: list[Stmt]
    gradients: list[Atom]
    outputs: list[Atom]
    names: list[str]
    active: frozenset[Var] = frozenset()


def gradient_function(lowered: Lowered, wanted: Wanted, with_value: bool, options: Options, name: str = "",
                      has_aux: bool = False) -> Function:
    """The joint adjoint: forwards, then backwards, in one function that returns gradients (and the value)."""
    passes = Passes(options)
    if options.anomaly:
        lowered = replace(lowered, function=watch_forward(lowered.function))
    primal = passes.after("lower", lowered.function)
    tree, aux = value_and_aux(lowered.output, lowered.origin) if has_aux else (lowered.output, None)
    result = scalar_result(tree, lowered.origin)
    extra = leaves(aux)
    checks = scalar_check(result, lowered.origin, primal.body)
    seeds = [unit_seed, *[None] * len(extra)]
    sweeps = reverse_sweeps(passes, lowered, wanted, [result, *extra], seeds, options, checks, with_value or has_aux)
    values = sweeps.outputs if with_value or has_aux else []
    statements = list(drop_dead([*sweeps.forward, *sweeps.backward], [*sweeps.gradients, *values]))
    extras = values[1:]  # what `has_aux` hands on is the caller's, as the gradients are
    fresh = make_fresh(statements, [*sweeps.gradients, *extras], primal.params,
                       [*sweeps.names, *(getattr(a, "name", "") for a in extras)],
                       in_reverse(root_loc(lowered.origin)))
    fresh, values[1:] = fresh[:len(sweeps.gradients)], fresh[len(sweeps.gradients):]
    fresh = named_results(statements, fresh, sweeps.names)
    roots = [leaf for tree in wanted.trees for leaf in leaves(tree)]
    statements = with_shape_checks(primal.body, statements, zip(roots, fresh, strict=True))
    output = _output(statements, fresh, wanted, values[0] if with_value else None)
    if has_aux:
        made = structure_of(statements, aux, iter(values[1:]))
        output = [tuple_of(statements, [values[0], made]), *output[1:]] if with_value else [*output, made]
    suffix = "value_and_grad" if with_value else "grad"
    function = Function(f"{identifier(name or primal.name)}_{suffix}", primal.params,
                        drop_dead(statements, output), tuple(output), len(output) == 1, lowered.origin,
                        notes={"active": sweeps.active})
    if options.anomaly:
        function = watch_adjoint(function)
    return passes.after("finish", function)


def value_and_aux(tree: Any, origin: Origin) -> tuple[Any, Any]:
    """The two parts of what a function returns that has_aux=True is said of."""
    if not isinstance(tree, Seq) or tree.type is not tuple or len(tree.items) != 2:
        raise OutputError(f"{origin.name} does not return a pair", origin.where,
                          "has_aux=True says that it returns the value and something more.", "Return `value, aux`.")
    return tree.items[0], tree.items[1]


def reverse_sweeps(passes: Passes, lowered: Lowered, wanted: Wanted, results: list[Atom], seeds: list[Any],
                   options: Options, checks: Sequence[Stmt] = (), keep_value: bool = True,
                   given: tuple[Param, ...] = ()) -> Sweeps:
    """Reverse a lowered function from its results' cotangents, and optimise both sweeps together.

    given : parameters that hold cotangents (of the split form)
    seeds : for each result its cotangent: an abstract value, or a function (reverser, result) -> abstract value
    """
    primal, results = _shared(lowered.function, results, options)
    roots = [leaf for tree in wanted.trees for leaf in leaves(tree)]
    swept = reverse_statements(primal, lowered.origin, roots, results, seeds, options)
    forward, backward, gradients, outputs = _optimise(passes, primal, [*swept.forward, *checks], swept.backward,
                                                      swept.gradients, results, options, keep_value, given)
    return Sweeps(primal, forward, backward, gradients, outputs, swept.names, swept.active)


def _shared(primal: Function, results: list[Atom], options: Options) -> tuple[Function, list[Atom]]:
    """The primal without repeated computations, so that each is reversed and saved once; stores that add, as such."""
    if not options.merge_common:
        return primal, results
    body, replaced = merge_common(primal.body)
    ends = [replaced.get(r, r) if isinstance(r, Var) else r for r in results]
    outs = tuple(replaced.get(r, r) if isinstance(r, Var) else r for r in primal.results)
    body = accumulate(body, outs)
    primal = replace(primal, body=body, results=outs)
    if options.machine:
        primal = replace(primal, body=block_products(axes_first(primal, ends)))
    return primal, ends


def reverse_statements(primal: Function, origin: Origin, roots: Sequence[Var], results: Sequence[Atom],
                       seeds: Sequence[Any], options: Options, again: bool = False) -> Sweeps:
    """The statements of both sweeps, as the reverse transform makes them. `again`: to be differentiated once more."""
    reverser = Reverser(primal, roots, results, shape_sources(primal, list(primal.body)), options.simplify, again)
    low = reverser.low
    low.loc_override = in_reverse(last_loc(primal.body, origin))
    low.block = []
    for result, seed in zip(results, seeds, strict=True):
        if isinstance(result, Var) and result in reverser.active:
            reverser.add(result, seed(reverser, result) if callable(seed) else seed)
    seed_block, low.block = low.block, []
    forward, backward = reverser.reverse(primal.body)
    low.block = [*seed_block, *backward]
    low.loc_override = in_reverse(root_loc(origin))
    gradients = [low.atom(as_argument(low, _gradient_of(reverser, leaf), leaf)) for leaf in roots]
    names = [f"d_{leaf.name}" for leaf in roots]
    return Sweeps(primal, forward, low.block, gradients, list(results), names, reverser.active)


def unit_seed(reverser: Reverser, result: Var) -> Any:
    """The cotangent of a function's one result: 1."""
    return Lit(1.0) if shape_of(result.kind) == () else reverser.low.emit(np.ones_like, reverser.primal(result))


def _optimise(passes: Passes, primal: Function, forward: list[Stmt], backward: list[Stmt], gradients: list[Atom],
              outputs: list[Atom], options: Options, keep_value: bool, given: tuple[Param, ...]
              ) -> tuple[list[Stmt], list[Stmt], list[Atom], list[Atom]]:
    """Simplify the reverse sweep, share what both sweeps compute, drop what nobody reads."""
    forward, backward, gradients, outputs = _end_bridges(forward, backward, gradients, outputs)
    live = [*gradients, *(outputs if keep_value else ())]
    passes.after("reverse", Function(primal.name, (*primal.params, *given), (*forward, *backward), tuple(live), False))
    if options.simplify:
        simplifier = Simplifier(forward, shape_sources(primal, forward))
        backward = list(simplifier.run(drop_dead(backward, live)))
        gradients = [simplifier.atom(g) for g in gradients]
    live = [*gradients, *(outputs if keep_value else ())]
    body: Block = drop_dead([*forward, *backward], live)
    passes.after("simplify", Function(primal.name, (*primal.params, *given), body, tuple(live), False))
    if options.merge_common:
        body, replaced = merge_common(body)
        gradients = [replaced.get(g, g) if isinstance(g, Var) else g for g in gradients]
        outputs = [replaced.get(o, o) if isinstance(o, Var) else o for o in outputs]
        live = [*gradients, *(outputs if keep_value else ())]
        body = drop_dead(body, live)
        passes.after("merge_common", Function(primal.name, (*primal.params, *given), body, tuple(live), False))
    body, copies = without_copies(body)
    gradients = [copies.get(g, g) if isinstance(g, Var) else g for g in gradients]
    if options.simplify:
        body = clear_late(write_first(body, (*gradients, *outputs)), (*gradients, *outputs))
    body = own_targets(save_copies(body), primal.params)
    in_forward = [s for s in body if not (s.loc is not None and s.loc.backward)]
    in_backward = [s for s in body if s.loc is not None and s.loc.backward]
    return in_forward, in_backward, gradients, outputs


def _end_bridges(forward: list[Stmt], backward: list[Stmt], gradients: list[Atom], outputs: list[Atom]
                 ) -> tuple[list[Stmt], list[Stmt], list[Atom], list[Atom]]:
    """After the last reverse, bridges and regions have done their work: they are opened."""
    made: dict[Var, Atom] = {}
    opened = [list(without_bridges(block, made)) for block in (forward, backward)]
    ends = [[made.get(a, a) if isinstance(a, Var) else a for a in atoms] for atoms in (gradients, outputs)]
    return opened[0], opened[1], ends[0], ends[1]


def shape_sources(primal: Function, forward: list[Stmt]) -> list[Var]:
    found = [p.var for p in primal.params]
    for stmt in forward:
        if isinstance(stmt, Call) and stmt.prim in (prim.FIELD, prim.GETATTR):
            found += stmt.outs
    return found


def _gradient_of(reverser: Reverser, leaf: Var) -> Any:
    found = reverser.cotangents.get(leaf)
    if found is not None:
        return found
    if isinstance(leaf.kind, Scalar):
        return Lit(0j if leaf.kind.dtype is not None and leaf.kind.dtype.kind == "c" else 0.0)
    zero = reverser.low.emit(np.zeros_like, reverser.primal(leaf), name=f"d_{leaf.name}")
    return zero


def _output(statements: list[Stmt], fresh: list[Atom], wanted: Wanted, value: Atom | None) -> list[Atom]:
    """The results in the structure of the arguments; `value, gradients` where the value is wanted."""
    remaining = iter(fresh)
    gradients = [structure_of(statements, t, remaining) for t in wanted.trees]
    if value is None:
        return gradients if wanted.single else [tuple_of(statements, gradients)]
    return [value, gradients[0] if wanted.single else tuple_of(statements, gradients)]


def identifier(name: str) -> str:
    return name if name.isidentifier() else "lambda_"


def compile_loops(function: Function, backend: str = "numba") -> tuple[Callable[..., Any], Program]:
    """IR -> loops -> machine code: the function to call, and its text."""
    from .legalise_numba import compile_function

    return compile_function(function, backend == PARALLEL)


def finish(function: Function, lowered: Lowered, backend: str = "numpy") -> Compiled:
    """IR -> text -> function."""
    if backend in ("numba", PARALLEL):
        call, program = compile_loops(function, backend)
        return Compiled(call, program, lowered, function, call.__code__.co_filename, {}, backend)
    program = raise_function(function)
    loaded = emit.load(program.text, function.name, program.namespace, lowered.origin, program.line_map)
    call = loaded[function.name]
    return Compiled(call, program, lowered, function, call.__code__.co_filename, {})


__all__ = ["DEFAULTS", "Array", "Compiled", "Options", "Ref", "Wanted", "finish", "gradient_function", "lower"]
