"""The results of a generated function: one real number of the primal, gradients in the arguments' structure, names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..runtime.checks import check_scalar
from ..runtime.errors import OutputError
from . import primitives as prim
from .domains import kinds
from .domains.kinds import Kind, dtype_of, shape_of
from .ir import Atom, Block, Call, For, If, Lit, Loc, Stmt, Try, Var, While
from .lower import Seq
from .lower.values import Map
from .source import Origin
from .transforms.rewrite import substitute


def scalar_result(tree: Any, origin: Origin) -> Atom:
    """The one real number that a function returns; anything else is an error that says what it was."""
    if isinstance(tree, (Seq, Map)):
        what = f"a {getattr(tree, 'type', dict).__name__} of {len(tree.items)} values"
        raise _not_scalar(what, origin)
    kind: Kind = tree.kind if isinstance(tree, Var) else kinds.kind_of(tree.value)
    dtype, shape = dtype_of(kind), shape_of(kind)
    if isinstance(tree, Lit) and not isinstance(tree.value, (int, float, complex)):
        raise _not_scalar("None" if tree.value is None else f"a {type(tree.value).__name__}", origin)
    if dtype is not None and dtype.kind != "f":
        names = {"c": "a complex number", "b": "a boolean", "i": "an integer", "u": "an integer"}
        what = names.get(dtype.kind, str(dtype))
        raise _not_scalar(what if shape == () else f"{what.split(' ', 1)[1]} array", origin)
    if shape is not None and not all(kinds.may_be_one(n) for n in shape):
        raise _not_scalar(f"an array of {len(shape)} dimension{'s' * (len(shape) > 1)}", origin)
    if not kinds.is_numeric(kind) and type(kind) is not Kind:
        raise _not_scalar(f"a {kind!r}", origin)
    return tree  # type: ignore[no-any-return]


def _not_scalar(what: str, origin: Origin) -> OutputError:
    return OutputError(f"{origin.name} returned {what}, not a real scalar", origin.where,
                       "A gradient is defined for one real number.",
                       "Return a float (for example `np.sum(...)`); for other outputs use pb.vjp or pb.jacobian.")


def scalar_check(result: Atom, origin: Origin, body: Block) -> list[Stmt]:
    """Where the kinds do not tell that the result is one number, the run checks it."""
    if not isinstance(result, Var) or shape_of(result.kind) == ():
        return []
    shape = shape_of(result.kind)
    if shape is not None and all(n == 1 for n in shape):
        return []
    check = prim.Primitive("pullback.runtime.checks.check_scalar", check_scalar, "function", None, False)
    return [Call((), check, (result, Lit(origin.name)), (), last_loc(body, origin))]


def leaves(tree: Any) -> list[Var]:
    if isinstance(tree, Var):
        return [tree]
    if isinstance(tree, Seq):
        return [v for item in tree.items for v in leaves(item)]
    if isinstance(tree, Map):
        return [v for item in tree.items.values() for v in leaves(item)]
    return []


def structure_of(statements: list[Stmt], tree: Any, remaining: Iterator[Atom]) -> Atom:
    """An atom for a tree whose leaves are the remaining ones, in order; statements that make it are added."""
    if isinstance(tree, Var):
        return next(remaining)
    if isinstance(tree, Lit):
        return tree
    loc = None
    if isinstance(tree, Seq):
        items = tuple(structure_of(statements, i, remaining) for i in tree.items)
        if tree.type in (tuple, list):
            out = Var("", kinds.TupleOf(tuple(a.kind if isinstance(a, Var) else kinds.NONE for a in items)))
            statements.append(Call((out,), prim.TUPLE if tree.type is tuple else prim.LIST, items, (), loc))
            return out
        fields = tuple(getattr(tree.type, "__dataclass_fields__", ()))
        out = Var("", kinds.Struct(tree.type))
        statements.append(Call((out,), prim.BUILD, (Lit(tree.type), *items), (("fields", Lit(fields)),), loc))
        return out
    assert isinstance(tree, Map), tree
    out = Var("", kinds.Struct(dict))
    items = tuple(structure_of(statements, i, remaining) for i in tree.items.values())
    statements.append(Call((out,), prim.DICT, (Lit(tuple(tree.items)), *items), (), loc))
    return out


def tuple_of(statements: list[Stmt], items: Sequence[Atom]) -> Var:
    out = Var("", kinds.TupleOf(tuple(a.kind if isinstance(a, Var) else kinds.NONE for a in items)))
    statements.append(Call((out,), prim.TUPLE, tuple(items), (), None))
    return out


def named_results(statements: list[Stmt], results: list[Atom], names: list[str]) -> list[Atom]:
    """Give an unnamed result the name of its gradient (d_b), where it has no other."""
    mapping: dict[Var, Var] = {}
    made: list[Atom] = []
    conversions = {s.out for s in statements if isinstance(s, Call) and s.prim.rule in (float, complex)}
    for atom, name in zip(results, names, strict=True):
        if isinstance(atom, Var) and not atom.name and atom not in mapping and atom not in conversions:
            mapping[atom] = Var(name, atom.kind)
        made.append(mapping.get(atom, atom) if isinstance(atom, Var) else atom)
    if mapping:
        statements[:] = [_redefined(s, mapping) for s in substitute(statements, mapping)]
    return made


def _redefined(stmt: Stmt, mapping: dict[Var, Var]) -> Stmt:
    """A statement with other names for what it defines."""
    if isinstance(stmt, Call):
        return replace(stmt, outs=tuple(mapping.get(o, o) for o in stmt.outs))
    if isinstance(stmt, (If, Try)):
        return replace(stmt, outs=tuple(replace(j, out=mapping.get(j.out, j.out)) for j in stmt.outs))
    if isinstance(stmt, (For, While)):
        return replace(stmt, carried=tuple(replace(c, out=mapping.get(c.out, c.out)) for c in stmt.carried))
    return stmt


def last_loc(body: Block, origin: Origin) -> Loc:
    for stmt in reversed(body):
        if stmt.loc is not None:
            return stmt.loc
    return root_loc(origin)


def root_loc(origin: Origin) -> Loc:
    return Loc(origin, origin.node, origin.node)
