"""Which imports a program needs: known before its values get their names."""

from __future__ import annotations

from typing import Any

from ..ir import (
    Atom,
    Call,
    For,
    Function,
    If,
    Lit,
    Try,
    Undefined,
    While,
    walk,
)
from .expressions import Expressions, Imports
from .layout import STORES, Layout
from .outside_writes import outside_write
from .reuse import is_call

OUTSIDE = ("outside", "outside_cell")  # writes to what the function was not given


class _AnyName(dict):  # type: ignore[type-arg]
    def __missing__(self, key: Any) -> str:
        return "t"


_NOTHING_FOLDED = Layout()
_BARE = ("operator", "unary", "compare")  # forms that need no import themselves


def collect_imports(function: Function, imports: Imports) -> None:
    """Make every expression once, so that all imported names are known before values get theirs."""
    probe = Expressions(_NOTHING_FOLDED, _AnyName(), imports)
    for stmt in walk(function.body):
        if isinstance(stmt, Call):
            if stmt.prim.form in OUTSIDE:
                outside_write(probe, stmt)
                continue
            if stmt.prim.form in (*STORES, "tape_push", "tape_pop", "assert", "raise"):
                for atom in stmt.args:
                    if isinstance(atom, Lit):
                        probe.literal(atom.value)
                if stmt.prim.form == "add_at":
                    probe.imports.module("numpy")
                continue
            if stmt.prim.form in _BARE:
                for atom in stmt.args:
                    if type(atom) is Lit:
                        probe.literal(atom.value)
            else:
                probe.call(stmt)
            if is_call(stmt) or (stmt.loc is not None and stmt.loc.quiet):
                probe.imports.module("numpy")
        atoms: list[Atom] = []
        if isinstance(stmt, If):
            atoms = [stmt.cond, *(a for j in stmt.outs for a in (j.from_then, j.from_else))]
        elif isinstance(stmt, Try):
            atoms = [a for a in (stmt.manager, stmt.types) if a is not None]
            atoms += [a for j in stmt.outs for a in (j.from_then, j.from_else)]
        elif isinstance(stmt, (For, While)):
            atoms = [a for c in stmt.carried for a in (c.init, c.next)]
        for atom in atoms:
            if isinstance(atom, Lit) and atom.value is not Undefined:
                probe.literal(atom.value)
    for atom in function.results:
        probe.atom(atom)
    for param in function.params:
        if param.has_default:
            probe.literal(param.default)
