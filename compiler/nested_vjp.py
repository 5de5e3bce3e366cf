"""`pb.vjp` inside functions: `value, pull = pb.vjp(f, x)`, then `pull(c)`, any number of times.

f is interpreted once, in a block of its own. The value is that block, spliced into the program; each call of `pull` is
the block once more with its reverse, seeded with the cotangent. What both compute alike outside loops is shared
again by `merge_common`; a loop of f runs once more for each pull. All of it is plain IR, so the cotangent may be
active, and so may be what f closes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..runtime.checks import check_cotangent
from .domains.kinds import dtype_of, is_differentiable, kind_of, shape_of
from .ir import Atom, Block, Call, For, If, Lit, Primitive, Stmt, Var, While
from .lower import Lowerer, Ref, Seq
from .lower.values import Derived, Map
from .nesting import Inner, both_sweeps, filled, interpret
from .transforms.rewrite import drop_dead, duplicate

CHECK = Primitive("pullback.runtime.checks.check_cotangent", check_cotangent, "function", None, False)


@dataclass(eq=False)
class Pulled:
    """A call of `vjp`.

    block   : the statements of f that its value needs, without effects
    leaves  : the leaves of its value; `tree` has them in their structure
    outside : what the leaves are called in the program around it
    count   : of the arguments of f; `places` are those that have cotangents
    """

    inner: Inner
    block: Block
    leaves: list[Atom]
    tree: Any
    outside: list[Atom]
    count: int
    places: tuple[int, ...]


def nested_vjp(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of `pb.vjp(f, *args, **kwargs)` that the compiler reads; the pair (value, pull)."""
    kwargs = dict(kwargs)
    kwargs.pop("backend", None)
    function, *given = args if args else [kwargs.pop("fn"), *args]
    places = tuple(n for n, value in enumerate(given) if _has_floats(low, low.opened(value)))
    inner = interpret(low, function, places, given, kwargs, node)
    leaves: list[Any] = []
    with low.new_block() as tail:
        tree = low.flatten_output(inner.result, leaves)
    block = (*inner.block, *tail)
    inner.splice(low, block)
    outside = [inner.roots.get(a, a) if isinstance(a, Var) else a for a in leaves]
    record = Pulled(inner, _without_effects(block), leaves, tree, outside, len(given), places)
    values = iter(outside)
    value = _shaped(tree, lambda _: _value(low, next(values)))
    return Seq((value, Derived("pullback", Lit(None), (record,), _apply_pull, True)))


def _apply_pull(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of `pull(cotangent)`: both sweeps, spliced into the block."""
    (record,) = derived.settings
    if len(args) != 1 or kwargs:
        raise low.refuse("a pullback with more than a cotangent", "", "Write `pull(cotangent)`.", node)
    seeds = dict(_paired(low, record.tree, low.opened(args[0]), iter(range(len(record.leaves))), node))
    inner: Inner = record.inner
    copies: dict[Var, Atom] = {}
    block = duplicate(record.block, copies)
    results, given = [], []
    for position, seed in seeds.items():
        leaf = record.leaves[position]
        _check_shape(low, seed, record.outside[position], leaf, node)
        results.append(copies.get(leaf, leaf) if isinstance(leaf, Var) else leaf)
        given.append(seed)
    gradients = _reversed(low, record, block, results, given)
    trees = filled(low, inner.trees, gradients)
    answer: list[Any] = [Lit(None)] * record.count
    for place, tree in zip(record.places, trees.items, strict=True):
        answer[place] = tree
    return Seq(tuple(answer))


def _reversed(low: Lowerer, record: Pulled, block: Block, results: list[Atom], seeds: list[Atom]) -> list[Atom]:
    """Splice both sweeps of a copy of f; the gradients by the roots, in order."""
    inner = record.inner

    def seed(atom: Atom) -> Any:
        return lambda reverser, _: reverser.low.value_of(atom) if isinstance(atom, Var) else atom

    forward, backward, gradients = both_sweeps(low, inner, block, results, list(map(seed, seeds)))
    inner.splice(low, drop_dead([*forward, *backward], gradients))
    return [inner.roots.get(g, g) if isinstance(g, Var) else g for g in gradients]


# --- structures -------------------------------------------------------------------------------------------------------

def _has_floats(low: Lowerer, value: Any) -> bool:
    """Does an argument hold anything that has a derivative?"""
    if isinstance(value, Seq):
        return any(_has_floats(low, low.opened(v)) for v in value.items)
    if isinstance(value, Map):
        return any(_has_floats(low, low.opened(v)) for v in value.items.values())
    if not isinstance(value, (Ref, Var, Lit)) or (isinstance(value, Lit) and not isinstance(value.value,
                                                                                         (float, complex))):
        return False
    atom = low.atom(value)
    kind = atom.kind if isinstance(atom, Var) else kind_of(atom.value)
    dtype = dtype_of(kind)
    return is_differentiable(kind) and (dtype is None or dtype.kind in "fc")


def _value(low: Lowerer, atom: Atom) -> Any:
    return low.value_of(atom) if isinstance(atom, Var) else atom


def _shaped(tree: Any, leaf: Any) -> Any:
    if isinstance(tree, Seq):
        return Seq(tuple(_shaped(t, leaf) for t in tree.items), tree.type)
    if isinstance(tree, Map):
        return Map({k: _shaped(t, leaf) for k, t in tree.items.items()}, tree.type)
    return leaf(tree)


def _paired(low: Lowerer, tree: Any, cotangent: Any, numbers: Iterator[int], node: Any) -> list[tuple[int, Atom]]:
    """The positions of the float leaves of a value, with what the cotangent has there."""
    if isinstance(tree, Seq):
        cotangent = low.opened(cotangent)
        if not isinstance(cotangent, Seq) or len(cotangent.items) != len(tree.items):
            raise low.refuse("a cotangent of another structure than the value's",
                             f"The value is a {tree.type.__name__} of {len(tree.items)}.",
                             "Give it the structure of the value.", node)
        return [p for t, c in zip(tree.items, cotangent.items, strict=True)
                for p in _paired(low, t, c, numbers, node)]
    if isinstance(tree, Map):
        cotangent = low.opened(cotangent)
        if not isinstance(cotangent, Map) or cotangent.items.keys() != tree.items.keys():
            raise low.refuse("a cotangent of another structure than the value's",
                             f"The value is a dict with the keys {sorted(map(str, tree.items))}.",
                             "Give it the structure of the value.", node)
        return [p for k, t in tree.items.items() for p in _paired(low, t, cotangent.items[k], numbers, node)]
    number = next(numbers)
    kind = tree.kind if isinstance(tree, Var) else kind_of(tree.value)
    dtype = dtype_of(kind)
    if not isinstance(tree, Var) or not is_differentiable(kind) or (dtype is not None and dtype.kind not in "fc"):
        return []
    if not isinstance(cotangent, (Var, Ref, Lit)) or (isinstance(cotangent, Lit) and not isinstance(
            cotangent.value, (int, float, complex))):
        raise low.refuse("a cotangent that is no number and no array", f"It is {low.describe(cotangent)}.",
                         "Give it the shape of the value.", node)
    return [(number, low.atom(cotangent))]


def _check_shape(low: Lowerer, seed: Atom, value: Atom, leaf: Atom, node: Any) -> None:
    """A cotangent has the shape of its value: refused where the kinds tell, else checked by the run."""
    kinds = [a.kind if isinstance(a, Var) else kind_of(a.value) for a in (seed, leaf)]
    dtypes, shapes = [dtype_of(k) for k in kinds], [shape_of(k) for k in kinds]
    if dtypes[0] is not None and dtypes[0].kind == "c" and dtypes[1] is not None and dtypes[1].kind != "c":
        raise low.refuse("a complex cotangent of a real value", "", "Take its real part.", node)
    first, second = shapes
    if first is not None and second is not None and len(first) != len(second):
        raise low.refuse(f"a cotangent of {len(first)} dimensions for a value of {len(second)}", "",
                         "Give it the shape of the value.", node)
    if first is None or first != second or any(n is None for n in first):
        low.block.append(Call((), CHECK, (seed, value), (), low.loc))


def _without_effects(block: Block) -> Block:
    """The block without what it prints or asserts: that has been done with the value."""
    made: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Call) and not stmt.prim.pure and not stmt.outs:
            continue
        if isinstance(stmt, If):
            made.append(replace(stmt, then=_without_effects(stmt.then), orelse=_without_effects(stmt.orelse)))
        elif isinstance(stmt, For):
            made.append(replace(stmt, body=_without_effects(stmt.body)))
        elif isinstance(stmt, While):
            made.append(replace(stmt, test=_without_effects(stmt.test), body=_without_effects(stmt.body)))
        else:  # what a `try` raises decides its path: it stays
            made.append(stmt)
    return tuple(made)


__all__ = ["nested_vjp"]
