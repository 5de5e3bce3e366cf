"""A whole IR Function as text: signature, statements with their comments, imports."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from .. import emit
from ..analyses.storage import IN_PLACE
from ..ir import (
    Atom,
    Block,
    Call,
    Carry,
    For,
    Function,
    If,
    Join,
    Lit,
    Param,
    Stmt,
    Try,
    Undefined,
    Var,
    While,
)
from ..ir_routines import routines_in
from .expressions import Expressions, Imports, constant, name
from .layout import STORES, Layout, lay_out
from .list_changes import list_change
from .names import Names
from .needed_imports import OUTSIDE, collect_imports
from .outside_writes import outside_write
from .ownership import Ownership
from .reuse import reuse_memory
from .stores import Stores


@dataclass(eq=False)
class Program:
    """A printed function: its text, what the text needs, and which primal line each of its lines belongs to."""

    name: str
    text: str
    namespace: dict[str, Any]
    line_map: dict[int, Any]
    params: tuple[str, ...]
    function: Function
    notes: dict[str, Any] = field(default_factory=dict)


def raise_function(function: Function) -> Program:
    """Print an IR Function, after the routines that it calls."""
    function = reuse_memory(function)
    routines = routines_in(function.body)
    parts = [*(r.function for r in routines if r.function is not None), function]
    imports = Imports({p.name for part in parts for p in part.params} | {function.name})
    imports.name_routines(routines)
    layouts = [lay_out(part) for part in parts]
    for part in parts:
        collect_imports(part, imports)
    reserved = {*imports.modules.values(), *imports.helpers.values(), *imports.constants, *imports.routines.values()}
    definitions = []
    for number, (part, layout) in enumerate(zip(parts, layouts, strict=True)):
        names = Names(layout, reserved)
        names.run(part)
        shown = function.name if part is function else imports.routines[routines[number]]
        definitions.append(Printer(part, layout, names, imports).definition(shown))
    text, line_map = emit.print_program([*imports.statements(), *definitions])
    return Program(function.name, text, imports.namespace(), line_map, tuple(p.name for p in function.params),
                   function, {"names": names.of})


QUIET_TYPES = (type(operator.add),)  # operators on arrays warn as ufuncs do


class Printer(Stores):
    def __init__(self, function: Function, layout: Layout, names: Names, imports: Imports) -> None:
        self.function = function
        self.layout = layout
        self.names = names
        self.expressions = Expressions(layout, names.of, imports)
        self.ownership = Ownership(function, layout, names)
        self.last_stmt: Any = None
        self.quiet_blocks: list[Any] = []

    def definition(self, shown: str) -> Any:
        body: list[Any] = []
        if self.function.doc:
            body.append(gast.Expr(gast.Constant(self.function.doc, None)))
        self.block(self.function.body, body, top=True)
        body.append(gast.Return(self.results()))
        return gast.FunctionDef(shown, self.arguments(), body, [], None, None)

    def arguments(self) -> Any:
        """The signature: the user's, then captured values as keyword-only parameters."""
        groups: dict[str, list[Param]] = {"positional_only": [], "positional": [], "varargs": [], "keyword": [],
                                          "kwargs": [], "captured": []}
        for param in self.function.params:
            groups[param.style].append(param)

        def argument(param: Param) -> Any:
            return gast.Name(param.name, gast.Param(), None, None)

        positional = [*groups["positional_only"], *groups["positional"]]
        defaults = [self.expressions.literal(p.default) for p in positional if p.has_default]
        keyword = [*groups["keyword"], *groups["captured"]]
        keyword_defaults = [self.expressions.literal(p.default) if p.has_default else None for p in keyword]
        return gast.arguments(
            [argument(p) for p in groups["positional"]], [argument(p) for p in groups["positional_only"]],
            argument(groups["varargs"][0]) if groups["varargs"] else None, [argument(p) for p in keyword],
            keyword_defaults, argument(groups["kwargs"][0]) if groups["kwargs"] else None, defaults)

    def results(self) -> Any:
        atoms = [self.expressions.atom(a) for a in self.function.results]
        return atoms[0] if self.function.single and len(atoms) == 1 else gast.Tuple(atoms, gast.Load())

    # --- blocks -------------------------------------------------------------------------------------------------------

    def block(self, block: Block, into: list[Any], top: bool = False) -> None:
        for stmt in block:
            made = self.statement(stmt)
            if not made:
                continue
            self._comment(stmt, made, into, top)
            if not isinstance(stmt, Call) or not self._is_quiet(stmt):
                into += made
            elif into and into[-1] in self.quiet_blocks:
                into[-1].body += made
            else:
                into.append(self._quietly(made, stmt))

    def _is_quiet(self, call: Call) -> bool:
        """Does the statement hold an operation that may divide by zero where the primal did not?"""
        if call.loc is not None and call.loc.quiet and isinstance(call.prim.rule, (np.ufunc, *QUIET_TYPES)):
            return True
        inner = [self.layout.folded.get(a) for a in (*call.args, *(a for _, a in call.kwargs)) if isinstance(a, Var)]
        return any(c is not None and self._is_quiet(c) for c in inner)

    def _quietly(self, made: list[Any], stmt: Stmt) -> Any:
        """with np.errstate(divide="ignore", invalid="ignore"): ..."""
        keywords = [gast.keyword(k, gast.Constant("ignore", None)) for k in ("divide", "invalid", "over")]
        numpy = name(self.expressions.imports.module("numpy"))
        state = gast.Call(gast.Attribute(numpy, "errstate", gast.Load()), [], keywords)
        block = gast.With([gast.withitem(state, None)], list(made), None)
        emit.at(block, stmt.loc.location() if stmt.loc is not None else None)
        self.quiet_blocks.append(block)
        return block

    def _comment(self, stmt: Stmt, made: list[Any], into: list[Any], top: bool) -> None:
        """One comment for the statements of a primal line; none where they are the line itself."""
        loc = stmt.loc
        for node in made:
            emit.at(node, loc.location() if loc is not None else None)
        if loc is None or (loc.stmt, loc.backward, loc.level) == self.last_stmt:
            return
        self.last_stmt = (loc.stmt, loc.backward, loc.level)
        sweeps = loc.level + loc.backward
        if isinstance(loc.stmt, (gast.FunctionDef, gast.Lambda)):
            return
        text = loc.origin.statement_text(loc.stmt)
        if not sweeps and isinstance(stmt, (For, While, If, Try)):
            return
        printed = emit.draft(made).strip() if not sweeps and len(made) == 1 else None
        if printed is None or printed != text:
            if top and into:
                into.append(emit.blank())
            prefix = "adjoint of " * sweeps + "line"
            into.append(emit.comment(f"{prefix} {loc.line}: {text.splitlines()[0] if text else ''}"))

    # --- statements ---------------------------------------------------------------------------------------------------

    def statement(self, stmt: Stmt) -> list[Any]:
        if isinstance(stmt, Call):
            return self.call(stmt)
        if isinstance(stmt, If):
            return self.branch(stmt)
        if isinstance(stmt, For):
            return self.for_loop(stmt)
        if isinstance(stmt, While):
            return self.while_loop(stmt)
        if isinstance(stmt, Try):
            return self.try_(stmt)
        raise AssertionError(type(stmt).__name__)

    def call(self, stmt: Call) -> list[Any]:
        form = stmt.prim.form
        if len(stmt.outs) == 1 and stmt.out in self.layout.folded:
            return []
        if form in ("store", "add_at"):
            return self.store(stmt)
        if form in STORES:
            return list_change(self, stmt)
        if form in OUTSIDE:
            return [outside_write(self.expressions, stmt)]
        if form == "tape_push":
            return self.tape_push(stmt)
        if form == "tape_pop":
            return self.tape_pop(stmt)
        if form == "assert":
            parts = [self.expressions.atom(a) for a in stmt.args]
            return [gast.Assert(parts[0], parts[1] if len(parts) > 1 else None)]
        if form == "raise":
            parts = [self.expressions.atom(a) for a in stmt.args]
            return [gast.Raise(*parts, *[None] * (2 - len(parts)))]
        if not stmt.outs:
            return [gast.Expr(self.expressions.call(stmt))]
        if len(stmt.outs) > 1:
            targets = gast.Tuple([name(self.names.of[o], True) for o in stmt.outs], gast.Store())
            return [gast.Assign([targets], self.expressions.call(stmt), None)]
        augmented = self.in_place(stmt) if form == IN_PLACE else self.augmented(stmt)
        if augmented is not None:
            return [augmented]
        return [self.assign(stmt.out, self.expressions.call(stmt))]

    def tape_push(self, stmt: Call) -> list[Any]:
        tape = name(self.names.of[stmt.out])
        return [*self.renamed(stmt), gast.Expr(gast.Call(gast.Attribute(tape, "append", gast.Load()),
                                                         [self.expressions.atom(stmt.args[1])], []))]

    def tape_pop(self, stmt: Call) -> list[Any]:
        tape = name(self.names.of[stmt.outs[0]])
        popped = gast.Call(gast.Attribute(tape, "pop", gast.Load()), [], [])
        return [*self.renamed(stmt), self.assign(stmt.outs[1], popped)]

    def renamed(self, stmt: Call) -> list[Any]:
        """A tape that changes is the same list before and after: where its name changes, both names stand for it."""
        before, after = stmt.args[0], stmt.outs[0]
        same = self.names.of[before] == self.names.of[after]  # type: ignore[index]
        return [] if same else [self.assign(after, self.expressions.atom(before))]

    # --- branches and loops -------------------------------------------------------------------------------------------

    def branch(self, stmt: If) -> list[Any]:
        then: list[Any] = []
        orelse: list[Any] = []
        before = self.last_stmt
        self.block(stmt.then, then)
        then += self._copies([(j, j.from_then) for j in stmt.outs], stmt, "then")
        self.last_stmt = before
        self.block(stmt.orelse, orelse)
        self.last_stmt = before
        orelse += self._copies([(j, j.from_else) for j in stmt.outs], stmt, "else")
        test = self.expressions.atom(stmt.cond)
        if not then and not orelse:
            return []
        if not then:
            return [gast.If(gast.UnaryOp(gast.Not(), test), orelse, [])]
        return [gast.If(test, then, orelse)]

    def try_(self, stmt: Try) -> list[Any]:
        """try: ... except ...: ..., or with ...: ..."""
        body: list[Any] = []
        handler: list[Any] = []
        before = self.last_stmt
        self.block(stmt.body, body)
        body += self._copies([(j, j.from_then) for j in stmt.outs], stmt, "body") or ([] if body else [gast.Pass()])
        self.last_stmt = before
        if stmt.manager is not None:
            entered = name(self.names.of[stmt.entered], True) if stmt.entered is not None else None
            return [gast.With([gast.withitem(self.expressions.atom(stmt.manager), entered)], body, None)]
        self.block(stmt.handler, handler)
        self.last_stmt = before
        handler += self._copies([(j, j.from_else) for j in stmt.outs], stmt, "handler")
        types = self.expressions.atom(stmt.types) if stmt.types is not None else name("BaseException")
        bound = name(self.names.of[stmt.bound], True) if stmt.bound is not None else None
        return [gast.Try(body, [gast.ExceptHandler(types, bound, handler or [gast.Pass()])], [], [])]

    def _copies(self, pairs: list[tuple[Carry | Join, Atom]], stmt: Stmt | None = None, side: str = "") -> list[Any]:
        """What a joint needs where its sides have different names: assignments, all at once if they interfere."""
        moves: list[tuple[str, Any, set[str]]] = []
        places: dict[str, Any] = {}  # of what is computed right where it is assigned
        for joint, source in pairs:
            target = self.names.group[joint]
            if isinstance(source, Lit):
                if source.value is not Undefined:
                    moves.append((target, self.expressions.literal(source.value), set()))
                elif stmt is not None and self._read_anyway(joint, stmt, side):
                    moves.append((target, gast.Constant(None, None), set()))
                continue
            if source in self.layout.folded:
                loc = self.layout.folded[source].loc
                places[target] = loc.location() if loc is not None else None
                moves.append((target, self.expressions.atom(source), self._reads(source)))
            elif self.names.of[source] != target:
                moves.append((target, name(self.names.of[source]), {self.names.of[source]}))
        targets = {t for t, _, _ in moves}
        if any(reads & (targets - {t}) for t, _, reads in moves):
            left = gast.Tuple([name(t, True) for t, _, _ in moves], gast.Store())
            return [gast.Assign([left], gast.Tuple([v for _, v, _ in moves], gast.Load()), None)]
        return [emit.at(gast.Assign([name(t, True)], v, None), places.get(t)) for t, v, _ in moves]

    def _read_anyway(self, joint: Carry | Join, stmt: Stmt, side: str) -> bool:
        """Is the value of a joint read (saved, copied, asked for its shape) where this side left it unbound?"""
        paths = self._paths_of_reads(joint.inner if isinstance(joint, Carry) else joint.out, set())
        if isinstance(stmt, Try):
            return True
        if isinstance(joint, Carry) or not isinstance(stmt, If):
            return bool(paths)
        bound = "else" if side == "then" else "then"
        return not all(any(isinstance(at, If) and at.cond is stmt.cond and where == bound for at, where in path)
                       for path in paths)

    def _paths_of_reads(self, var: Var, seen: set[Var]) -> list[Any]:
        """Where a value is read; a joint further on of another name reads it, one of the same name hands it on."""
        seen.add(var)
        paths = [path for _, path in self.layout.reads.get(var, ())]
        for (_, other), path in zip(self.layout.soft.get(var, ()), self.layout.soft_path.get(var, ()), strict=True):
            if self.names.group[other] != self.names.of[var]:
                paths.append(path)
                continue
            for next_ in (other.inner, other.out) if isinstance(other, Carry) else (other.out,):
                if next_ not in seen:
                    paths += self._paths_of_reads(next_, seen)
        return paths

    def _reads(self, atom: Atom) -> set[str]:
        if not isinstance(atom, Var):
            return set()
        call = self.layout.folded.get(atom)
        if call is None:
            return {self.names.of[atom]}
        return {n for a in (*call.args, *(a for _, a in call.kwargs)) for n in self._reads(a)}

    def for_loop(self, stmt: For) -> list[Any]:
        made = self._copies([(c, c.init) for c in stmt.carried], stmt)
        body: list[Any] = []
        before = self.last_stmt
        self.block(stmt.body, body)
        self.last_stmt = before
        body += self._copies([(c, c.next) for c in stmt.carried])
        bounds = [stmt.start, stmt.stop, stmt.step]
        if isinstance(stmt.step, Lit) and stmt.step.value == 1:
            bounds = bounds[:2]
            if isinstance(stmt.start, Lit) and stmt.start.value == 0:
                bounds = bounds[1:]
        items = gast.Call(name("range"), [self.expressions.atom(b) for b in bounds], [])
        if stmt.backward:
            items = gast.Call(name("reversed"), [items], [])
        index = name(self.names.of[stmt.index], True)
        return [*made, gast.For(index, items, body or [gast.Pass()], [], None)]

    def while_loop(self, stmt: While) -> list[Any]:
        made = self._copies([(c, c.init) for c in stmt.carried], stmt)
        test: list[Any] = []
        body: list[Any] = []
        before = self.last_stmt
        self.block(stmt.test, test)
        self.block(stmt.body, body)
        self.last_stmt = before
        body += self._copies([(c, c.next) for c in stmt.carried])
        cond = self.expressions.atom(stmt.cond)
        if test:
            stop = gast.If(gast.UnaryOp(gast.Not(), cond), [gast.Break()], [])
            return [*made, gast.While(constant(True), [*test, stop, *body], [])]
        return [*made, gast.While(cond, body or [gast.Pass()], [])]


def _outs(stmt: Stmt) -> tuple[Var, ...]:
    from ..ir import defs

    return defs(stmt)
