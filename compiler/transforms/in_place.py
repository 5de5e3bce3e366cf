"""Calls of helpers that are routines become their bodies again, for what looks at every statement.

    y = helper(x)     =>     (the statements of helper, with x for its parameter)
"""

from __future__ import annotations

from dataclasses import replace

from ..ir import Atom, Block, Call, Function, Stmt, Var, walk
from .rewrite import duplicate, map_atoms, substitute
from .routine_masks import is_helper


def helpers_in_place(function: Function) -> Function:
    """The function without calls of helpers."""
    if not any(isinstance(s, Call) and is_helper(s) for s in walk(function.body)):
        return function
    stands_for: dict[Var, Atom] = {}

    def visit(block: Block) -> Block:
        made: list[Stmt] = []
        for stmt in block:
            if isinstance(stmt, Call) and is_helper(stmt):
                made += visit(_body(stmt, stands_for))
            else:
                made.append(map_atoms(stmt, lambda atom: atom, visit))
        return tuple(made)

    body = visit(function.body)
    ends = {out: _end(atom, stands_for) for out, atom in stands_for.items()}
    results = tuple(ends.get(r, r) if isinstance(r, Var) else r for r in function.results)
    return replace(function, body=substitute(body, ends), results=results)


def _body(call: Call, stands_for: dict[Var, Atom]) -> Block:
    """The statements of one call; `stands_for` learns what its results are."""
    inner: Function = call.prim.rule.function
    mapping: dict[Var, Atom] = dict(zip((p.var for p in inner.params), call.args, strict=True))
    body = duplicate(inner.body, mapping)
    for out, result in zip(call.outs, inner.results, strict=True):
        stands_for[out] = mapping.get(result, result) if isinstance(result, Var) else result
    return body


def _end(atom: Atom, stands_for: dict[Var, Atom]) -> Atom:
    while isinstance(atom, Var) and atom in stands_for:
        atom = stands_for[atom]
    return atom


__all__ = ["helpers_in_place"]
