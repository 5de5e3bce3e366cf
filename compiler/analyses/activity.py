"""Activity: which values depend on an input of interest (*varied*) and reach an output (*useful*).

Both are facts over the variables of a Function; only values that are both carry a cotangent.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import primitives as prim
from ..domains.kinds import is_differentiable
from ..ir import Apply, Atom, Block, Call, For, Function, If, Try, Var, While, blocks, walk
from ..rules import registry

CONSTANT_FORMS = {"tape_new", "assert", "format", "format_value", "identity"}


def carries_derivative(call: Call) -> bool:
    """Can a derivative pass through this call at all?"""
    if (call.prim.form in CONSTANT_FORMS and call.prim is not prim.AGAIN) or call.prim in (prim.FIELD, prim.GETATTR):
        return False
    return not registry.has_zero_derivative(call.prim.rule)


def varied(function: Function, roots: Iterable[Var]) -> frozenset[Var]:
    """The variables that depend on the roots in a differentiable way."""
    found: set[Var] = set(roots)

    def is_varied(atom: Atom) -> bool:
        return isinstance(atom, Var) and atom in found

    def add(var: Var) -> bool:
        if var in found or not is_differentiable(var.kind):
            return False
        found.add(var)
        return True

    def visit(block: Block) -> bool:
        changed = False
        for stmt in block:
            if isinstance(stmt, Call):
                if carries_derivative(stmt) and any(map(is_varied, (*stmt.args, *(a for _, a in stmt.kwargs)))):
                    for out in stmt.outs:
                        changed |= add(out)
            elif isinstance(stmt, Apply):
                if any(map(is_varied, stmt.args)):
                    for out in stmt.outs:
                        changed |= add(out)
            elif isinstance(stmt, (If, Try)):
                for inner in blocks(stmt):
                    changed |= visit(inner)
                for join in stmt.outs:
                    if is_varied(join.from_then) or is_varied(join.from_else):
                        changed |= add(join.out)
            elif isinstance(stmt, (For, While)):
                changed |= _visit_loop(stmt)
        return changed

    def _visit_loop(stmt: For | While) -> bool:
        changed, again = False, True
        while again:
            again = False
            for carry in stmt.carried:
                if is_varied(carry.init) or is_varied(carry.next):
                    again |= add(carry.inner)
                    again |= add(carry.out)
            if isinstance(stmt, While):
                again |= visit(stmt.test)
            again |= visit(stmt.body)
            changed |= again
        return changed

    while visit(function.body):
        continue
    return frozenset(found)


def useful(function: Function, results: Iterable[Atom]) -> frozenset[Var]:
    """The variables that the results depend on."""
    found: set[Var] = {r for r in results if isinstance(r, Var)}
    statements = list(walk(function.body))
    changed = True

    def mark(atoms: Iterable[Atom]) -> bool:
        new = {a for a in atoms if isinstance(a, Var)} - found
        found.update(new)
        return bool(new)

    while changed:
        changed = False
        for stmt in reversed(statements):
            if isinstance(stmt, (Call, Apply)):
                if any(o in found for o in stmt.outs):
                    keywords = [a for _, a in stmt.kwargs] if isinstance(stmt, Call) else []
                    changed |= mark([*stmt.args, *keywords])
            elif isinstance(stmt, (If, Try)):
                for join in stmt.outs:
                    if join.out in found:
                        changed |= mark([join.from_then, join.from_else])
            else:
                for carry in stmt.carried:
                    if carry.out in found or carry.inner in found:
                        changed |= mark([carry.init, carry.next, carry.inner])
    return frozenset(found)
