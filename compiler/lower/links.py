"""Links: which array a name is when a trip of a loop starts, as values that the loop carries.

    y, z = 1 * x, 2 * x                     y_is_z = False
    for i in range(n):                      for i in range(n):
        z[i] = y[0]                =>           z[i] = (z if y_is_z else y)[0]
        if x[i] > 0:                            y_is_z = y_is_z or x[i] > 0
            y = z

Names that a trip binds anew are *slots*. A slot has *forms*: it may be an array from before the loop, what a slot
before it is, or a view of one of these; else it has memory of its own (its *cell*). The head of the loop makes it a
pick (`picks.py`) of these; a boolean for each form, and the indices of the views, are carried.

A loop is linked where a store needs it only (`Linked`): everywhere else an array that gets a second name is frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
from ..domains.kinds import Kind, Scalar
from ..ir import Lit, Var
from .values import Buffer, Seq, Slice, View

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_FORMS = 5  # what one slot may be besides an array of its own
MAX_LEAVES = 16  # arrays of which a pick at the end of a trip is one

MSG_MANY = "Which array the name holds changes from trip to trip in more ways than are followed"
MSG_OVERLAP = "Names that a loop binds anew hold parts of one array that has no name"

TRUTH = Scalar(np.dtype(bool), False)
Slot = tuple[Any, tuple[Any, ...]]  # a name or a container, and the way to a part of it


class Why(str):
    """Why an array is frozen, where linking the loop at `loop` would let it be stored to."""

    loop: Any

    def __new__(cls, text: str, loop: Any) -> Why:
        made = super().__new__(cls, text)
        made.loop = loop
        return made


class Linked(Exception):
    """A store needs to know which array each name of a loop is: the function is lowered once more."""

    def __init__(self, loop: Any) -> None:
        super().__init__(loop)
        self.loop = loop


@dataclass(frozen=True, eq=False, slots=True)
class Hole:
    """A number in the index of a view that differs from trip to trip."""

    kind: Kind


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """How one view is made from the other, with the pattern of its index; the kind of the result."""

    view: View
    pattern: Any
    kind: Kind


@dataclass(eq=False, slots=True)
class Form:
    """One of the arrays that a slot may be: an array from before the loop (`root`) or what another slot is, or a view
    of it by `steps`."""

    root: Buffer | None
    slot: Slot | None
    steps: tuple[Step, ...]

    def holes(self) -> list[Hole]:
        return [hole for step in self.steps for hole in holes_of(step.pattern)]


@dataclass(eq=False, slots=True)
class LoopLinks:
    """What is known of the slots of one loop; it grows until a pass over the body adds nothing."""

    forms: dict[Slot, list[Form]] = field(default_factory=dict)
    own: set[Slot] = field(default_factory=set)  # slots that need a cell
    after: dict[Slot, set[Slot]] = field(default_factory=dict)  # slot -> those that come before it

    def comes_before(self, slot: Slot, other: Slot) -> bool:
        """Must `slot` come before `other`?"""
        return any(s == slot or self.comes_before(slot, s) for s in self.after.get(other, ()))

    def order(self, slots: list[Slot]) -> list[Slot]:
        """The slots, each behind those that its forms speak of."""
        done: dict[Slot, None] = {}

        def visit(slot: Slot) -> None:
            if slot not in done:
                for other in self.after.get(slot, ()):
                    visit(other)
                done[slot] = None

        for slot in slots:
            visit(slot)
        return [s for s in done if s in set(slots)]


@dataclass(eq=False, slots=True)
class Heads:
    """What the slots are at the head of a loop, or after it, and the variables that say so."""

    buffers: dict[Slot, Buffer] = field(default_factory=dict)
    cells: dict[Slot, Var] = field(default_factory=dict)
    tests: dict[tuple[Slot, int], Var] = field(default_factory=dict)
    holes: dict[tuple[Slot, int], list[Var]] = field(default_factory=dict)

    def variables(self) -> set[Var]:
        return {*self.cells.values(), *self.tests.values(), *(v for found in self.holes.values() for v in found)}


@dataclass(eq=False, slots=True)
class Entered:
    """The inner variables of a loop: of names, of arrays that are stored into; what linked slots are."""

    names: dict[Any, Var] = field(default_factory=dict)
    stores: dict[Buffer, Var] = field(default_factory=dict)
    heads: Heads = field(default_factory=Heads)


# --- what a value is: a tree of picks over arrays and chains of views -------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Leaf:
    """An array with memory of its own, or a chain of views of one."""

    buffer: Buffer
    root: Buffer
    chain: tuple[Buffer, ...]  # the views, the one of the root first


@dataclass(frozen=True, eq=False, slots=True)
class Fork:
    """`left` where `cond` held, else `right`."""

    cond: Var
    left: Any
    right: Any


Tree = Leaf | Fork
Known = dict[Var, bool]


def tree_of(buffer: Buffer) -> Tree:
    """What a buffer is, the picks outermost."""
    if buffer.pick is not None:
        return Fork(buffer.pick.cond, tree_of(buffer.pick.left), tree_of(buffer.pick.right))
    if buffer.view_of is None:
        return Leaf(buffer, buffer, ())
    assert buffer.make is not None
    return _seen_through(tree_of(buffer.view_of), buffer)


def _seen_through(tree: Tree, view: Buffer) -> Tree:
    if isinstance(tree, Fork):
        return Fork(tree.cond, _seen_through(tree.left, view), _seen_through(tree.right, view))
    assert view.make is not None
    if tree.chain and is_undone(tree.chain[-1].make, view.make):  # type: ignore[arg-type]
        before = tree.chain[-1].view_of
        assert before is not None
        return Leaf(before, tree.root, tree.chain[:-1])
    same = tree.buffer is view.view_of
    made = view if same else Buffer(view_of=tree.buffer, make=view.make, kind=view.kind)
    return Leaf(made, tree.root, (*tree.chain, made))


def is_undone(first: View, second: View) -> bool:
    """Does the second view undo the first: the reverse of the reverse, the transpose of the transpose?"""
    if first.prim.rule == second.prim.rule == "ndarray.T":
        return True
    index, again = index_of(first), index_of(second)
    return _is_reversal(index) and _is_reversal(again)


def _is_reversal(index: Any) -> bool:
    return isinstance(index, Slice) and [getattr(p, "value", p) for p in _parts(index) or ()] == [None, None, -1]


def leaves_of(tree: Tree | None, known: Known | None = None) -> Iterator[tuple[Leaf, Known]]:
    """The leaves that can be reached, each with what the tests on the way to it gave."""
    known = known or {}
    if tree is None:
        return
    if isinstance(tree, Leaf):
        yield tree, known
        return
    for side, part in ((True, tree.left), (False, tree.right)):
        if known.get(tree.cond, side) is side:
            yield from leaves_of(part, {**known, tree.cond: side})


def decide(trees: tuple[Tree, ...], leaf: Callable[..., Any], known: Known | None = None,
           made: Callable[[Var, Any, Any], Any] | None = None) -> Any:
    """`leaf(known, *leaves)` for the leaves that the tests choose: one value, or a Fork of values.

    made: makes a Fork of two values; by default one that has no two equal sides
    """
    known = known or {}
    for number, tree in enumerate(trees):
        if isinstance(tree, Fork):
            def side(held: bool, at: int = number, fork: Fork = tree) -> Any:
                chosen = fork.left if held else fork.right
                return decide((*trees[:at], chosen, *trees[at + 1:]), leaf, {**(known or {}), fork.cond: held}, made)

            if tree.cond in known:
                return side(known[tree.cond])
            return (made or fork_of)(tree.cond, side(True), side(False))
    return leaf(known, *trees)


def fork_of(cond: Var, left: Any, right: Any) -> Any:
    """One value where both sides have it."""
    same = left is right or (isinstance(left, Leaf) and isinstance(right, Leaf) and left.buffer is right.buffer)
    return left if same else Fork(cond, left, right)


def either(cond: Var, left: Any, right: Any) -> Any:
    """A Fork of two values, where None is none that matters."""
    if left is None or right is None:
        return right if left is None else left
    return fork_of(cond, left, right)


def either_whole(cond: Var, left: Any, right: Any) -> Any:
    """As `either`, of what arrays a value is: a view is made only where its array is surely bound."""
    partial = any(tree is not None and any(leaf.chain for leaf, _ in leaves_of(tree)) for tree in (left, right))
    return fork_of(cond, left, right) if partial else either(cond, left, right)


# --- indices of views -------------------------------------------------------------------------------------------------


def index_of(view: View) -> Any:
    """The index of an item, in its parts where these are known; None for other views."""
    if view.prim.form != "item":
        return None
    return view.given[0] if view.given and isinstance(view.given[0], (Slice, Seq)) else view.rest[0]


def pattern_of(low: Lowerer, view: View, inside: Callable[[Var], bool]) -> Any:
    """The pattern of the index of a view; UNFIT where it cannot be told at the head of the loop."""
    index = index_of(view)
    if index is None:
        fixed = all(isinstance(a, Lit) or not inside(a) for a in (*view.rest, *(a for _, a in view.keywords)))
        return None if fixed else UNFIT
    return _pattern(low, index, inside)


UNFIT = object()


def _pattern(low: Lowerer, index: Any, inside: Callable[[Var], bool]) -> Any:
    parts = _parts(index)
    if parts is not None:
        return _rebuilt(index, [_pattern(low, p, inside) for p in parts])
    if isinstance(index, Lit) or (isinstance(index, Var) and not inside(index)):
        return index
    return Hole(low.kind(index)) if isinstance(index, Var) and _is_number(low.kind(index)) else UNFIT


def _parts(index: Any) -> list[Any] | None:
    if isinstance(index, Slice):
        return [index.start, index.stop, index.step]
    return list(index.items) if isinstance(index, Seq) else None


def _rebuilt(index: Any, parts: list[Any]) -> Any:
    if any(p is UNFIT for p in parts):
        return UNFIT
    if all(new is old for new, old in zip(parts, _parts(index) or (), strict=True)):
        return index
    return Slice(*parts) if isinstance(index, Slice) else Seq(tuple(parts), index.type)


def _is_number(kind: Kind) -> bool:
    return isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind in "iu"


def widened(low: Lowerer, pattern: Any, index: Any) -> Any:
    """The pattern that both a pattern and another one fit; UNFIT where there is none."""
    one, other = _parts(pattern), _parts(index)
    if one is not None and other is not None and type(pattern) is type(index) and len(one) == len(other):
        return _rebuilt(pattern, [widened(low, p, i) for p, i in zip(one, other, strict=True)])
    if pattern is index or (isinstance(pattern, Lit) and isinstance(index, Lit) and _equal(pattern, index)):
        return pattern
    known = [p.kind if isinstance(p, Hole) else kinds.kind_of(p.value) if isinstance(p, Lit) else low.kind(p)
             for p in (pattern, index) if isinstance(p, (Hole, Lit, Var))]
    if len(known) == 2 and all(map(_is_number, known)):
        kind = kinds.join(*known)
        return pattern if isinstance(pattern, Hole) and pattern.kind == kind else Hole(kind)
    return UNFIT


def _equal(a: Lit, b: Lit) -> bool:
    if a.value is b.value:
        return True
    plain = (bool, int, float, complex, str, tuple)
    return type(a.value) is type(b.value) and isinstance(a.value, plain) and bool(a.value == b.value)


def fitted(pattern: Any, index: Any) -> list[Any] | None:
    """What an index has in the holes of a pattern; None where it does not fit."""
    one, other = _parts(pattern), _parts(index)
    if one is not None:
        if other is None or type(pattern) is not type(index) or len(one) != len(other):
            return None
        found = [fitted(p, i) for p, i in zip(one, other, strict=True)]
        return None if any(f is None for f in found) else [v for f in found for v in f or ()]
    if isinstance(pattern, Hole):
        if not isinstance(index, (Lit, Var)):
            return None
        return [index] if _is_number(index.kind if isinstance(index, Var) else kinds.kind_of(index.value)) else None
    same = pattern is index or (isinstance(pattern, Lit) and isinstance(index, Lit) and _equal(pattern, index))
    return [] if same else None


def holes_of(pattern: Any) -> list[Hole]:
    if isinstance(pattern, Hole):
        return [pattern]
    return [hole for part in _parts(pattern) or () for hole in holes_of(part)]


def filled(pattern: Any, values: Iterator[Any]) -> Any:
    """The pattern with a value in each hole."""
    if isinstance(pattern, Hole):
        return next(values)
    parts = _parts(pattern)
    return pattern if parts is None else _rebuilt(pattern, [filled(p, values) for p in parts])


def same_step(low: Lowerer, one: View, other: View) -> bool:
    """Do two views take the same part of what they are views of?"""
    if one is other:
        return True
    if one.prim.rule is not other.prim.rule or one.prim.form != other.prim.form:
        return False
    index = index_of(one)
    if index is not None:
        return fitted(index, index_of(other)) == []
    pairs = [*zip(one.rest, other.rest, strict=False), *((a, dict(other.keywords).get(k)) for k, a in one.keywords)]
    return len(one.rest) == len(other.rest) and len(one.keywords) == len(other.keywords) and all(
        a is b or (isinstance(a, Lit) and isinstance(b, Lit) and _equal(a, b)) for a, b in pairs)
