"""The forward transform: a Function's statements -> the same statements with those of the tangents between them.

before => after (x is an input with the tangent t_x):

    y = sin(x)                   =>  t_y = cos(x) * t_x;  y = sin(x)
    if c: a = x else: a = 1.0    =>  if c: a, t_a = x, t_x else: a, t_a = 1.0, 0.0
    for ...: carried s           =>  for ...: carried s, t_s
    tape = push(tape, y)         =>  t_tape = push(t_tape, t_y);  tape = push(tape, y)

A value that no input reaches has no tangent: zeros stand only where control flow joins. How the tangent of a call comes
from its rule is in `push_forward`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .. import primitives as prim
from ..analyses.activity import varied
from ..ir import (
    Atom,
    Block,
    Call,
    Carry,
    For,
    Function,
    If,
    Join,
    Stmt,
    Try,
    Var,
    While,
    free_vars,
    walk,
)
from ..lower import Lowerer
from .attempts import Attempts
from .costs import may_be_complex
from .push_forward import PushForward
from .routines import RoutineCalls, is_routine
from .shifts_forward import ShiftsForward

CONSTANT = (prim.TUPLE, prim.LIST, prim.FIELD, prim.GETATTR)  # parts and leaves have tangents of their own


class Forwarder(RoutineCalls, ShiftsForward, PushForward, Attempts):
    """Walks a function forwards and holds the tangents of the values in scope (in `cotangents`)."""

    def __init__(self, function: Function, tangents: Mapping[Var, Atom]) -> None:
        self.low = Lowerer()
        self.low.raw_lists = True
        self.active = self.varied = varied(function, tangents)
        self.cotangents = {root: self.low.value_of(t) if isinstance(t, Var) else t for root, t in tangents.items()}
        self.complex = may_be_complex(function)
        self.by_form = {}
        self.sequences = {}
        self.primal_values = {}
        self.definition = {}
        self.incoming = set()
        self.unshifted = set()
        self.mask = None
        self.note_definitions(function.body)
        self.note_shifts(function)

    def note_definitions(self, block: Block) -> None:
        """Where the values of a block are made."""
        for stmt in walk(block):
            if isinstance(stmt, Call):
                self.definition.update(dict.fromkeys(stmt.outs, stmt))
                if stmt.prim in (prim.TUPLE, prim.LIST):
                    self.sequences[stmt.out] = stmt.args

    def run(self, block: Block) -> list[Stmt]:
        """The statements of a block with those of the tangents."""
        with self.low.new_block() as made:
            for stmt in block:
                self.statement(stmt)
        return made

    def statement(self, stmt: Stmt) -> None:
        self.low.loc_override = stmt.loc
        if isinstance(stmt, Call) and is_routine(stmt):
            self.low.block.append(self.push_routine(stmt))
        elif isinstance(stmt, Call):
            with self.low.new_block() as tangent:
                self.push_call(stmt)
            needs_result = any(v in stmt.outs for v in free_vars(tuple(tangent)))
            self.low.block += [stmt, *tangent] if needs_result else [*tangent, stmt]
        elif isinstance(stmt, If):
            self.branch(stmt)
        elif isinstance(stmt, (For, While)):
            self.loop(stmt)
        elif isinstance(stmt, Try):
            self.attempt(stmt)
        else:
            raise AssertionError(f"no tangent of {type(stmt).__name__}")

    # --- control flow -----------------------------------------------------------------------------------------------

    def branch(self, stmt: If) -> None:
        before = self.cotangents
        joins = [j for j in stmt.outs if j.out in self.active]
        sides = []
        for block, which in ((stmt.then, "from_then"), (stmt.orelse, "from_else")):
            self.cotangents = dict(before)
            with self.low.new_block() as made:
                for inner in block:
                    self.statement(inner)
                self.low.loc_override = stmt.loc
                ends = [self.end(getattr(j, which), j.out) for j in joins]
            sides.append((tuple(made), ends))
        self.cotangents = before
        (then, then_ends), (orelse, else_ends) = sides
        outs = [Var(self.d_name(j.out), self.cotangent_kind(j.out)) for j in joins]
        made_joins = tuple(map(Join, outs, then_ends, else_ends))
        self.low.block.append(replace(stmt, then=then, orelse=orelse, outs=(*stmt.outs, *made_joins)))
        self.cotangents.update((j.out, self.low.value_of(o)) for j, o in zip(joins, outs, strict=True))

    def loop(self, stmt: For | While) -> None:
        self.low.loc_override = stmt.loc
        active = [c for c in stmt.carried if c.inner in self.active]
        starts = [self.end(c.init, c.inner) for c in active]
        inner = [Var(self.d_name(c.inner), self.cotangent_kind(c.inner)) for c in active]
        before = self.cotangents
        self.cotangents = {**before, **{c.inner: self.low.value_of(v) for c, v in zip(active, inner, strict=True)}}
        test: tuple[Stmt, ...] = ()
        if isinstance(stmt, While):
            test = tuple(self.run(stmt.test))
        with self.low.new_block() as body:
            for part in stmt.body:
                self.statement(part)
            self.low.loc_override = stmt.loc
            ends = [self.end(c.next, c.inner) for c in active]
        self.cotangents = before
        outs = [Var(self.d_name(c.out), v.kind) for c, v in zip(active, inner, strict=True)]
        carried = (*stmt.carried, *map(Carry, outs, starts, inner, ends))
        if isinstance(stmt, While):
            self.low.block.append(replace(stmt, carried=carried, test=test, body=tuple(body)))
        else:
            self.low.block.append(replace(stmt, carried=carried, body=tuple(body)))
        self.cotangents.update((c.out, self.low.value_of(o)) for c, o in zip(active, outs, strict=True))


def forward(function: Function, tangents: Mapping[Var, Atom], results: Iterable[Atom]
            ) -> tuple[list[Stmt], list[Atom], Lowerer]:
    """The statements of a function with those of the tangents, and the tangent of each result (zeros where none)."""
    forwarder = Forwarder(function, tangents)
    statements = forwarder.run(function.body)
    low = forwarder.low
    low.block = statements
    low.loc_override = None
    found = [low.atom(forwarder.tangent_or_zeros(r)) for r in results]
    return statements, found, low


__all__ = ["Forwarder", "forward"]
