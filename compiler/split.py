"""The split form of an adjoint: `forward(...) -> outputs, saved` and `backward(saved, d_outputs) -> cotangents`.

What is saved is exactly what the reverse statements read of the forward ones. `backward` leaves `saved` as it found
it (tapes are copied before they are popped), so that it can run many times and in several threads.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import primitives as prim
from .analyses.sharing import Sharing, in_containers
from .domains import kinds
from .domains.kinds import Array, Scalar, TapeOf
from .ir import Atom, Block, Call, Function, If, Param, Stmt, Var, free_vars, uses
from .lower.functions import Lowered
from .pipeline import Options, Passes, Wanted, identifier, reverse_sweeps
from .transforms.finish import Freshness, make_fresh
from .transforms.reverse import Reverser
from .transforms.rewrite import drop_dead, in_reverse, substitute
from .transforms.watch import watch_adjoint, watch_forward


@dataclass(eq=False)
class Split:
    """The two functions. `forward` returns its outputs and then the tuple of saved values.

    d_outputs : for each output whether `backward` takes a cotangent for it
    borrowed  : the parameters whose memory is saved, not copied: a change of it before `backward` does harm
    exposed   : an output's memory is saved, so the same holds of the outputs
    again     : the positions of the parameters that `backward` takes again, before `saved`
    """

    forward: Function
    backward: Function
    d_outputs: tuple[bool, ...]
    borrowed: frozenset[Var] = frozenset()
    exposed: bool = False
    again: tuple[int, ...] = ()


def split_functions(lowered: Lowered, wanted: Wanted, options: Options, copy_saved: bool, give_again: bool = False
                    ) -> Split:
    """Reverse a lowered function into two.

    copy_saved: copy what is saved but not owned (arguments, captured arrays, outputs), so that a later change by the
                caller does no harm; without it the caller checks for changes itself
    give_again: `backward` gets the arguments that it reads once more, so they are not saved
    """
    passes = Passes(options)
    if options.anomaly:
        lowered = replace(lowered, function=watch_forward(lowered.function))
    primal = passes.after("lower", lowered.function)
    results = list(primal.results)
    d_outputs = [cotangent_of(r) for r in results]
    seeds: list[Any] = [seed_of(d) for d in d_outputs]
    given = [d for d in d_outputs if d is not None]
    params = given_params(primal, given)
    sweeps = reverse_sweeps(passes, lowered, wanted, results, seeds, options, given=params)
    sweeps.backward[:0] = _made_again(sweeps.forward, free_vars(tuple(sweeps.backward), tuple(sweeps.gradients)))
    saved = [v for v in free_vars(tuple(sweeps.backward), tuple(sweeps.gradients)) if v not in given]
    again = [n for n, p in enumerate(primal.params) if p.var in saved] if give_again else []
    saved = [v for v in saved if all(v is not primal.params[n].var for n in again)]
    forward = _forward(lowered, sweeps.forward, sweeps.outputs, saved, copy_saved)
    backward = _backward(lowered, sweeps, saved, given, [primal.params[n] for n in again])
    if options.anomaly:
        backward = watch_adjoint(backward)
    borrowed, exposed = _lent(lowered, sweeps.forward, sweeps.outputs, saved)
    return Split(passes.after("split forward", forward), passes.after("split backward", backward),
                 tuple(d is not None for d in d_outputs), borrowed, exposed, tuple(again))


def given_params(primal: Function, given: list[Var]) -> tuple[Param, ...]:
    """Parameters for the cotangents of the results, under names that the function's own do not have."""
    taken = {p.name for p in primal.params}
    free = (name for name in (f"d_ans{number}" for number in itertools.count()) if name not in taken)
    return tuple(Param(d, name) for d, name in zip(given, free, strict=False))


def _lent(lowered: Lowered, statements: list[Stmt], outputs: list[Atom], saved: list[Var]
          ) -> tuple[frozenset[Var], bool]:
    """Whose memory is saved though others hold it: parameters, and whether an output's is."""
    params = {p.var for p in lowered.function.params}
    facts = Freshness(tuple(statements), lowered.function.params)
    sharing = Sharing(tuple(statements))
    shown = {v for output in outputs for v in (facts.memory(output) or ())} | {v for v in outputs if isinstance(v, Var)}
    borrowed: set[Var] = set()
    exposed = False
    for var in saved:
        if isinstance(var.kind, Scalar):
            continue
        memory = facts.memory(var)
        if var in params:
            borrowed.add(var)
        elif memory is None:  # a view of something: whose is not known
            borrowed |= params
            exposed = True
        elif not isinstance(var.kind, Array):  # a tape or a list: what its elements are
            held = sharing.held([var])
            borrowed |= params & held
            exposed = exposed or bool(held & sharing.held(outputs))
        exposed = exposed or var in shown or bool(memory and memory & shown)
    return frozenset(borrowed), exposed


def _made_again(forward: list[Stmt], wanted: Iterable[Var]) -> list[Stmt]:
    """Slices, and tuples of them, that both sweeps read: shorter to write again than to save."""
    by_out = {s.out: s for s in forward if isinstance(s, Call) and s.prim in (prim.TUPLE, prim.SLICE)}
    made: dict[Var, Stmt] = {}

    def again(var: Var) -> None:
        call = by_out.get(var)
        if call is None or var in made or not _holds_slices(var.kind):
            return
        for inner in uses(call):
            again(inner)
        made[var] = call

    for var in wanted:
        again(var)
    return list(made.values())


def _holds_slices(kind: Any) -> bool:
    if isinstance(kind, kinds.TupleOf):
        return any(_holds_slices(item) for item in kind.items)
    return isinstance(kind, kinds.Known) and kind.type is slice


def cotangent_of(result: Atom) -> Var | None:
    if not isinstance(result, Var) or not kinds.is_differentiable(result.kind):
        return None
    return Var(f"d_{result.name}" if result.name else "d_ans", Reverser.cotangent_kind(result))


def seed_of(d: Var | None) -> Any:
    return None if d is None else lambda reverser, result: reverser.low.value_of(d)


def _forward(lowered: Lowered, statements: list[Stmt], outputs: list[Atom], saved: list[Var], copy_saved: bool
             ) -> Function:
    primal = lowered.function
    if copy_saved:
        statements, outputs, saved = _own_elements(primal.params, statements, outputs, saved)
    statements = list(statements)
    facts = Freshness(tuple(statements), primal.params)
    exposed = {v for output in outputs for v in (facts.memory(output) or ())}
    kept: list[Atom] = []
    for var in saved:
        memory = facts.memory(var) if isinstance(var.kind, Array) else frozenset()
        if copy_saved and (memory is None or memory & exposed):
            copy = Var(var.name, var.kind)
            statements.append(_copy_of(var, copy))
            kept.append(copy)
        else:
            kept.append(var)
    pack = Var("saved", kinds.TupleOf(tuple(a.kind for a in kept if isinstance(a, Var))))
    statements.append(Call((pack,), prim.TUPLE, tuple(kept), (), None))
    body = drop_dead(statements, [*outputs, pack])
    name = f"{identifier(primal.name)}_forward"
    return Function(name, primal.params, body, (*outputs, pack), False, lowered.origin)


def _own_elements(params: tuple[Param, ...], statements: list[Stmt], outputs: list[Atom], saved: list[Var]
                  ) -> tuple[list[Stmt], list[Atom], list[Var]]:
    """Saved tapes and lists hold no memory of the caller's: copy the arguments in them first, and the outputs last."""
    containers = in_containers(saved)
    if not containers:
        return statements, outputs, saved
    fields = [s for s in statements if isinstance(s, Call) and s.prim is prim.FIELD]
    held = Sharing(tuple(statements)).held(containers)
    lent = [v for v in (*(p.var for p in params), *(f.out for f in fields)) if v in held and isinstance(v.kind, Array)]
    mapping: dict[Var, Atom] = {v: Var(v.name, v.kind) for v in lent}
    head: list[Stmt] = [*fields, *(_copy_of(v, mapping[v]) for v in lent)]
    rest = substitute([s for s in statements if not any(s is f for f in fields)], mapping)
    made = [*head, *rest] if lent else statements
    sharing = Sharing(tuple(made))
    held = sharing.held(containers)
    shown: list[Atom] = []
    for output in outputs:
        if isinstance(output, Var) and isinstance(output.kind, Array) and sharing.held([output]) & held:
            own = Var(output.name, output.kind)
            made = [*made, _copy_of(output, own)]
            shown.append(own)
        else:
            shown.append(output)
    return made, shown, [mapping.get(v, v) for v in saved]  # type: ignore[misc]


def _copy_of(value: Var, copy: Atom) -> Stmt:
    return Call((copy,), prim.primitive_for(np.array), (value,), (), None)  # type: ignore[arg-type]


def _backward(lowered: Lowered, sweeps: Any, saved: list[Var], given: list[Var], again: list[Param]) -> Function:
    packed = Var("saved", kinds.TupleOf(tuple(v.kind for v in saved)))
    inside = tuple(Var(v.name, v.kind) for v in saved)
    unpack: list[Stmt] = []
    if len(saved) == 1:
        unpack.append(Call(inside, prim.FIELD, (packed, prim.literal(0)), (), None))
    elif saved:
        unpack.append(Call(inside, prim.UNPACK, (packed,), (), None))
    mapping: dict[Var, Atom] = dict(zip(saved, inside, strict=True))
    taken = tuple(replace(p, var=Var(p.var.name, p.var.kind)) for p in again)
    mapping.update((p.var, own.var) for p, own in zip(again, taken, strict=True))
    statements = list(substitute(sweeps.backward, mapping))
    for own in inside:
        if isinstance(own.kind, TapeOf):
            statements = list(_copied_where_read(tuple(statements), own))
    statements = unpack + statements
    gradients = [mapping.get(g, g) if isinstance(g, Var) else g for g in sweeps.gradients]
    params = (*taken, Param(packed, "saved"), *(Param(d, d.name or "d_ans") for d in given))
    where = in_reverse(None)
    gradients = make_fresh(statements, gradients, params, sweeps.names, where)
    name = f"{identifier(lowered.function.name)}_backward"
    return Function(name, _distinct(params), drop_dead(statements, gradients), tuple(gradients), False, lowered.origin)


def _copied_where_read(block: Block, tape: Var) -> Block:
    """The block with a copy of a saved tape before its first use: in the branch that filled it, where there is one."""
    readers = [i for i, stmt in enumerate(block) if tape in free_vars((stmt,))]
    if not readers:
        return block
    first, stmt = readers[0], block[readers[0]]
    if isinstance(stmt, If) and len(readers) == 1:
        ends = {a for j in stmt.outs for a in (j.from_then, j.from_else)}
        sides = [tape in free_vars(side) for side in (stmt.then, stmt.orelse)]
        if tape not in ends and sides in ([True, False], [False, True]):
            inner = replace(stmt, then=_copied_where_read(stmt.then, tape),
                            orelse=_copied_where_read(stmt.orelse, tape))
            return (*block[:first], inner, *block[first + 1:])
    copy = Var(tape.name, tape.kind)
    made = Call((copy,), prim.TAPE_COPY, (tape,), (), stmt.loc)
    return (*block[:first], made, *substitute(block[first:], {tape: copy}))


def _distinct(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """Parameters of several outputs get different names."""
    seen: dict[str, int] = {}
    made = []
    for param in params:
        seen[param.name] = seen.get(param.name, 0) + 1
        number = seen[param.name]
        made.append(param if number == 1 else Param(param.var, f"{param.name}{number}", param.style))
    return tuple(made)
