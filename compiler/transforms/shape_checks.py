"""Checks of arguments that the adjoint never looks at.

The gradient of `np.sum(x @ w)` by x does not read x: with the forward sweep dropped, nothing would notice that the
lengths do not fit, which Python refuses. Where no statement that is left tells the argument's shape, one compares it:

    d_x = w.copy()        =>      d_x = w.copy()
                                  check_shape(x, d_x, 'x')
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...runtime.checks import check_shape
from ..domains.kinds import Array
from ..ir import Atom, Block, Call, Lit, Primitive, Stmt, Var, defs, inner_uses, uses, walk

COPIES = ("numpy.array", "numpy.asarray", "ndarray.copy", "numpy.copy", "numpy.ones_like", "numpy.zeros_like",
          "numpy.full_like", "numpy.empty_like")
LIKE = COPIES[4:]
CHECK = Primitive("pullback.runtime.checks.check_shape", check_shape, "function", None, False)


def with_shape_checks(primal: Block, statements: list[Stmt], pairs: Iterable[tuple[Var, Atom]]) -> list[Stmt]:
    """The statements with a check for each (argument, gradient) whose shapes nothing compares.

    A check belongs to the line that reads the argument. An argument in a container is read from it again.
    """
    checks = _checks(primal, statements, pairs)
    bound = {out for stmt in statements for out in defs(stmt)}
    origin = {out: stmt for stmt in primal if isinstance(stmt, Call) for out in stmt.outs}
    reads: list[Stmt] = []

    def read(var: Var) -> None:
        stmt = origin.get(var)
        if stmt is None or var in bound:
            return
        for inner in uses(stmt):
            read(inner)
        bound.update(stmt.outs)
        reads.append(stmt)

    for check in checks:
        read(uses(check)[0])
    return [*statements, *reads, *checks]


def _checks(primal: Block, statements: Sequence[Stmt], pairs: Iterable[tuple[Var, Atom]]) -> list[Stmt]:
    found = [(leaf, gradient) for leaf, gradient in pairs
             if isinstance(leaf.kind, Array) and leaf.kind.shape and isinstance(gradient, Var)]
    if not found:
        return []
    made = {out: stmt for stmt in walk(tuple(statements)) for out in defs(stmt)}
    gradients = {gradient for _, gradient in found}
    read: set[Var] = set()
    for stmt in walk(tuple(statements)):
        read.update(inner_uses(stmt))
        if not (isinstance(stmt, Call) and stmt.prim.name in COPIES and stmt.outs[0] in gradients):
            read.update(uses(stmt))
    checks: list[Stmt] = []
    for leaf, gradient in found:
        source = made.get(gradient)
        like = isinstance(source, Call) and source.prim.name in LIKE and source.args[0] is leaf
        if leaf not in read and not like:
            loc = next((s.loc for s in walk(primal) if leaf in set(uses(s)) and s.loc is not None), None)
            checks.append(Call((), CHECK, (leaf, gradient, Lit(leaf.name)), (), loc))
    return checks
