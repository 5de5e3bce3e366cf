"""The reverse transform: a primal Function and its active inputs -> forward statements, reverse statements, cotangents.

Blocks are walked backwards. For each call the rule's body is read (`pull_back`) and its statements become part of the
adjoint. Branches reverse to branches, loops to loops that run backwards. What the reverse body of a loop reads of its
forward body is recomputed where that is cheap (loop positions, elements of arrays from outside), else saved on a tape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from .. import primitives as prim
from ..analyses.activity import useful, varied
from ..analyses.rewritten import few_elements
from ..domains import kinds
from ..domains.kinds import Array, dtype_of, shape_of
from ..ir import (
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Join,
    Lit,
    Stmt,
    Try,
    Undefined,
    Var,
    While,
    defs,
    free_vars,
    inner_uses,
    uses,
    walk,
)
from ..lower import Lowerer
from .checkpointing import Checkpointing
from .costs import is_cheap, may_be_complex
from .pull_back import PullBack
from .reverse_loops import LoopReversal
from .rewrite import drop_dead, in_reverse, substitute
from .routines import RoutineCalls, is_routine
from .shapes import save_shapes
from .simplify import Simplifier
from .tapes import Tape, pop, push
from .whole_reads import read_whole


class Reverser(LoopReversal, RoutineCalls, PullBack, Checkpointing):
    """Holds the cotangents of the values in scope while a function is walked backwards."""

    def __init__(self, function: Function, roots: Iterable[Var], results: Iterable[Atom],
                 shape_sources: Iterable[Var] = (), simplify: bool = True, again: bool = False) -> None:
        self.low = Lowerer()
        self.low.adopt(function)
        self.low.raw_lists = True
        self.simplify = simplify
        self.again = again  # will the result be differentiated once more?
        self.shape_sources = tuple(shape_sources)
        self.by_form = {(shape_of(v.kind), dtype_of(v.kind)): v for v in reversed(self.shape_sources)
                        if isinstance(v.kind, Array) and v.kind.shape and v.kind.dtype is not None}
        self.complex = may_be_complex(function)
        self.varied = varied(function, roots)
        self.active = self.varied & useful(function, results)
        self.cotangents: dict[Var, Any] = {}
        self.sequences: dict[Var, tuple[Atom, ...]] = {}
        self.primal_values: dict[Var, Any] = {}
        self.definition: dict[Var, Call] = {}
        self.uses: dict[Var, int] = {}
        self.incoming: set[Any] = set()
        self.unshifted: set[Call] = set()
        self.mask: tuple[Var, bool] | None = None
        self.masks: dict[Var, tuple[Var, bool] | None] = {}
        self.masked_uses: dict[Var, int] = {}
        self.picked: set[Var] = set()
        self.read_whole = read_whole(function, self.active)
        self.few_elements = few_elements(function)
        self.active_uses: dict[Var, int] = {}
        self.branches: dict[Atom, list[If]] = {}
        for stmt in walk(function.body):
            if isinstance(stmt, If):
                self.branches.setdefault(stmt.cond, []).append(stmt)
            if isinstance(stmt, Call):
                self.definition.update(dict.fromkeys(stmt.outs, stmt))
                if any(out in self.active for out in stmt.outs):
                    for var in uses(stmt):
                        self.active_uses[var] = self.active_uses.get(var, 0) + 1
                if stmt.prim in (prim.TUPLE, prim.LIST):
                    self.sequences[stmt.out] = stmt.args
            for var in (*uses(stmt), *inner_uses(stmt)):
                self.uses[var] = self.uses.get(var, 0) + 1
        for result in results:  # what is returned is read: no pattern may take it for its own
            if isinstance(result, Var):
                self.uses[result] = self.uses.get(result, 0) + 1

    def reverse(self, block: Block) -> tuple[list[Stmt], list[Stmt]]:
        """Forward and reverse statements of a top-level block; `self.cotangents` is read and updated."""
        forward: list[Stmt] = []
        with self.low.new_block() as reverse:
            for stmt in reversed(block):
                forward[:0] = self.reverse_stmt(stmt, False)
        return forward, reverse

    @functools.cached_property
    def known(self) -> Simplifier:
        """What a simplifier knows of the function that is reversed: learned once, for the bodies of all loops."""
        return Simplifier(self.definition.values(), self.shape_sources)

    # --- statements -----------------------------------------------------------------------------------------------

    def reverse_stmt(self, stmt: Stmt, in_loop: bool) -> list[Stmt]:
        """Emit the reverse of one statement; returns what stands for it in the forward sweep."""
        self.low.loc_override = in_reverse(stmt.loc)
        if isinstance(stmt, Call) and is_routine(stmt):
            return self.reverse_routine(stmt)
        if isinstance(stmt, Call):
            self.reverse_call(stmt)
            return [stmt]
        if isinstance(stmt, If):
            return self.reverse_region(stmt) if stmt.style == "checkpoint" else self.reverse_if(stmt, in_loop)
        if isinstance(stmt, Try):
            return self.reverse_try(stmt)
        if isinstance(stmt, For) and stmt.snapshots is not None:
            return self.reverse_checkpointed(stmt, in_loop)
        if isinstance(stmt, (For, While)):
            return self.reverse_loop(stmt, in_loop)
        raise AssertionError(f"no reverse of {type(stmt).__name__}")

    def reverse_block(self, block: Block, params: Iterable[Var], index: dict[Var, Var],
                      finish: Callable[[], list[Atom]]) -> tuple[list[Stmt], list[Stmt], list[Atom]]:
        """Forward and reverse statements of a block inside a loop, with what must be saved on tapes.

        params: what the block can read as its own besides its definitions (loop index and carried values)
        index : forward loop index -> reverse loop index
        finish: emits the end of the reverse block; returns the atoms that it passes on
        """
        forward: list[Stmt] = []
        with self.low.new_block() as emitted:
            for stmt in reversed(block):
                forward[:0] = self.reverse_stmt(stmt, True)
            ends = finish()
        if self.simplify:
            simplifier = Simplifier(self.known, self.shape_sources)
            emitted = list(simplifier.run(drop_dead(emitted, ends)))
            ends = [simplifier.atom(e) for e in ends]
        own = dict.fromkeys(params)
        backward = list(save_shapes(forward, drop_dead(emitted, ends), ends, own))
        definitions = {v: s for s in forward for v in defs(s)}
        needed = [v for v in free_vars(tuple(backward), tuple(ends)) if v in own or v in definitions]
        mapping: dict[Var, Atom] = dict(index)
        prologue: list[Stmt] = []
        saved: list[Var] = []
        for var in needed:
            if var not in mapping:
                self._restore(var, own, definitions, mapping, prologue, saved, set(needed))
        pops: list[Stmt] = []
        for var in saved:
            tape = Tape(f"{var.name}_tape" if var.name else "tape", var.kind)
            copy = mapping[var]
            assert isinstance(copy, Var)
            definition = definitions.get(var)
            loc = definition.loc if definition is not None else (block[0].loc if block else None)
            pops.append(pop(tape, copy, backward[0].loc if backward else in_reverse(loc)))
            at = 0 if definition is None else forward.index(definition) + 1
            forward.insert(at, push(tape, var, loc))
        backward = [*pops, *prologue, *substitute(backward, mapping)]
        ends = [mapping.get(e, e) if isinstance(e, Var) else e for e in ends]
        return forward, backward, ends

    def _restore(self, var: Var, own: dict[Var, None], definitions: dict[Var, Stmt], mapping: dict[Var, Atom],
                 prologue: list[Stmt], saved: list[Var], needed: set[Var]) -> None:
        """Make a forward value readable in the reverse block: compute it again if that is cheap, else save it."""
        definition = definitions.get(var)
        if isinstance(definition, Call) and is_cheap(definition) and var not in self.few_elements:
            inputs = [a for a in (*definition.args, *(a for _, a in definition.kwargs)) if isinstance(a, Var)]
            if all(self._can_restore(v, own, definitions, mapping, needed) for v in inputs):
                for inner in inputs:
                    if inner not in mapping and (inner in own or inner in definitions):
                        self._restore(inner, own, definitions, mapping, prologue, saved, needed)
                copies = tuple(Var(o.name, o.kind) for o in definition.outs)
                mapping.update(zip(definition.outs, copies, strict=True))
                moved = substitute([definition], {k: v for k, v in mapping.items() if k not in definition.outs})[0]
                assert isinstance(moved, Call)
                prologue.append(replace(moved, outs=copies, loc=in_reverse(definition.loc)))
                return
        mapping[var] = Var(var.name, var.kind)
        saved.append(var)

    def _can_restore(self, var: Var, own: dict[Var, None], definitions: dict[Var, Stmt], mapping: dict[Var, Atom],
                     needed: set[Var]) -> bool:
        """Is the value at hand in the reverse block without saving anything more?"""
        if var in mapping:
            return True
        if var in own:
            return False
        definition = definitions.get(var)
        if definition is None:
            return True  # from outside the loop body
        if not (isinstance(definition, Call) and is_cheap(definition)) or var in self.few_elements:
            return False
        inputs = [a for a in (*definition.args, *(a for _, a in definition.kwargs)) if isinstance(a, Var)]
        return all(self._can_restore(v, own, definitions, mapping, needed) for v in inputs)

    # --- branches ---------------------------------------------------------------------------------------------------

    def reverse_if(self, stmt: If, in_loop: bool) -> list[Stmt]:
        before = dict(self.cotangents)
        taken = {j: before.pop(j.out) for j in stmt.outs if j.out in before}
        sides = []
        for block, which in ((stmt.then, "from_then"), (stmt.orelse, "from_else")):
            self.cotangents = dict(before)
            with self.low.new_block() as head:
                for join, cotangent in taken.items():
                    self.low.loc_override = in_reverse(stmt.loc)
                    self.add(getattr(join, which), cotangent)
            with self.masks_inside():
                sides.append((*self._reverse_side(block, in_loop, head), self.cotangents))
        (then_forward, then_backward, then_cot), (else_forward, else_backward, else_cot) = sides
        inside = {v for b in (stmt.then, stmt.orelse) for s in b for v in defs(s)}
        self.low.loc_override = in_reverse(stmt.loc)
        joins = self._join_cotangents(stmt.cond, before, (then_backward, then_cot), (else_backward, else_cot), inside)
        forward = replace(stmt, then=tuple(then_forward), orelse=tuple(else_forward))
        reverse = If(stmt.cond, tuple(then_backward), tuple(else_backward), tuple(joins), "statement",
                     in_reverse(stmt.loc))
        dropped = drop_dead([reverse], [j.out for j in joins])
        if not dropped:
            return [forward]
        if not in_loop:
            forward, reverse = self._export(forward, reverse)
        self.low.block.append(reverse)
        return [forward]

    def _join_cotangents(self, cond: Atom, before: dict[Var, Any], then: tuple[list[Stmt], dict[Var, Any]],
                         orelse: tuple[list[Stmt], dict[Var, Any]], inside: set[Var]) -> list[Join]:
        """The cotangents after a branch of the reverse sweep become `self.cotangents`; what differs is joined."""
        (then_backward, then_cot), (else_backward, else_cot) = then, orelse
        joins: list[Join] = []
        result = dict(before)
        one_sided = self._bound_on_one_side(cond)
        for var in dict.fromkeys((*then_cot, *else_cot)):
            if var in inside:
                continue
            left, right = then_cot.get(var), else_cot.get(var)
            if left is right and left is before.get(var):
                continue
            atoms: list[Atom] = []
            for value, side in ((left, then_backward), (right, else_backward)):
                if value is None and var in one_sided:
                    atoms.append(Lit(Undefined))
                    continue
                with self.low.new_block() as tail:
                    atoms.append(self.fitted(value if value is not None else self.zeros(var), var))
                side += tail
            out = Var(self.d_name(var), self.wide_enough(self.cotangent_kind(var), atoms))
            joins.append(Join(out, atoms[0], atoms[1]))
            result[var] = self.low.value_of(out)
        self.cotangents = result
        return joins

    def _bound_on_one_side(self, cond: Atom) -> set[Var]:
        """The values that an earlier branch on the same condition left unbound on its other side."""
        return {j.out for branch in self.branches.get(cond, ()) for j in branch.outs
                for source in (j.from_then, j.from_else) if isinstance(source, Lit) and source.value is Undefined}

    def _reverse_side(self, block: Block, in_loop: bool, head: list[Stmt]) -> tuple[list[Stmt], list[Stmt]]:
        if in_loop:
            forward, backward, held = self.reverse_block(block, (), {}, self._held)
            for var, atom in zip(list(self.cotangents), held, strict=True):
                self.cotangents[var] = atom if not isinstance(atom, Var) else self.low.value_of(atom)
            return forward, [*head, *backward]
        forward, backward = self.reverse(block)
        return forward, [*head, *backward]

    def _held(self) -> list[Atom]:
        """Every cotangent that is alive, so that nothing of them is dropped."""
        return [self.low.atom(value) for value in self.cotangents.values()]

    def _export(self, forward: If, reverse: If) -> tuple[If, If]:
        """Values of a branch that its reverse reads leave the branch as names (outside loops: no tape)."""
        joins = list(forward.outs)
        sides = []
        for block, backward, then in ((forward.then, reverse.then, True), (forward.orelse, reverse.orelse, False)):
            inside = {v for s in block for v in defs(s)}
            mapping: dict[Var, Atom] = {}
            for var in free_vars(backward):
                if var in inside:
                    out = Var(var.name, var.kind)
                    mapping[var] = out
                    none = Lit(Undefined)
                    joins.append(Join(out, var, none) if then else Join(out, none, var))
            sides.append(substitute(backward, mapping))
        return replace(forward, outs=tuple(joins)), replace(reverse, then=sides[0], orelse=sides[1])

    # --- exceptions -----------------------------------------------------------------------------------------------

    def reverse_try(self, stmt: Try) -> list[Stmt]:
        """The path that was taken is differentiated: the forward `try` says which one it was.

        What either path saves leaves the `try` as a value (a tape of a loop inside, too), so that a body that raised
        half way leaves no trace on any tape.
        """
        before = dict(self.cotangents)
        taken = {j: before.pop(j.out) for j in stmt.outs if j.out in before}
        if not taken:
            return [stmt]
        sides: list[tuple[list[Stmt], list[Stmt], dict[Var, Any]]] = []
        for block, which in ((stmt.body, "from_then"), (stmt.handler, "from_else")):
            self.cotangents = dict(before)
            with self.low.new_block() as head:
                for join, cotangent in taken.items():
                    self.low.loc_override = in_reverse(stmt.loc)
                    self.add(getattr(join, which), cotangent)
            forward, backward = self.reverse(block)
            sides.append((forward, [*head, *backward], self.cotangents))
        self.low.loc_override = in_reverse(stmt.loc)
        body, handler = sides
        joins = list(stmt.outs)
        made = replace(stmt, body=tuple(body[0]), handler=tuple(handler[0]))
        if all(isinstance(j.from_else, Lit) and j.from_else.value is Undefined for j in stmt.outs):
            ends = {v: self.low.atom(d) for v, d in body[2].items()}
            backward, mapping = self._exported(made.body, body[1], ends.values(), joins, True)
            self.low.block += backward
            self.cotangents = {v: self.low.value_of(mapping[ends[v]]) if ends[v] in mapping else d
                               for v, d in body[2].items()}
            return [replace(made, outs=tuple(joins))]
        inside = {v for b in (stmt.body, stmt.handler) for s in b for v in defs(s)}
        failed = Var("failed", kinds.PY_BOOL)
        cotangents = self._join_cotangents(failed, before, (body[1], body[2]), (handler[1], handler[2]), inside)
        joins.append(Join(failed, Lit(False), Lit(True)))
        on_body, of_body = self._exported(made.body, body[1], [j.from_then for j in cotangents], joins, True)
        on_handler, of_handler = self._exported(made.handler, handler[1], [j.from_else for j in cotangents], joins,
                                                False)
        self.low.block.append(If(failed, tuple(on_handler), tuple(on_body), tuple(
            Join(j.out, of_handler.get(j.from_else, j.from_else), of_body.get(j.from_then, j.from_then))
            for j in cotangents), "statement", in_reverse(stmt.loc)))
        return [replace(made, outs=tuple(joins))]

    def _exported(self, block: Block, backward: list[Stmt], ends: Iterable[Atom], joins: list[Join], then: bool
                  ) -> tuple[list[Stmt], dict[Any, Var]]:
        """Reverse statements of one path of a `try`, reading what the path computed through joins."""
        inside = {v for s in block for v in defs(s)}
        mapping: dict[Any, Var] = {}
        copies: list[Stmt] = []
        for var in free_vars(tuple(backward), tuple(ends)):
            if var in inside:
                out = Var(var.name, var.kind)
                none = Lit(Undefined)
                joins.append(Join(out, var, none) if then else Join(out, none, var))
                mapping[var] = out
                if isinstance(var.kind, kinds.TapeOf):  # it may be kept on a tape, and read more than once
                    mapping[var] = Var(var.name, var.kind)
                    copies.append(Call((mapping[var],), prim.TAPE_COPY, (out,), (), self.low.loc))
        return [*copies, *substitute(backward, mapping)], mapping
