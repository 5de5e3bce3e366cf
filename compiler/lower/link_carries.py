"""What a linked loop carries: its cells, the tests that tell which form each slot is of, the indices of views."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
from ..domains.kinds import Kind, Scalar
from ..ir import Atom, Carry, If, Join, Lit, Undefined, Var
from .links import TRUTH, Fork, Heads, Leaf, LoopLinks, Slot, Tree
from .paths import Path
from .values import is_value

if TYPE_CHECKING:
    from .lowerer import Lowerer


class LinkCarries:
    """Mixin of `Lowerer`."""

    @contextmanager
    def standing_at(self: Lowerer, path: Path) -> Iterator[None]:
        """Emit at the end of a path."""
        state, self.state = self.state, path.state
        block, self.block = self.block, path.block
        try:
            yield
        finally:
            self.state, self.block = state, block

    def carry_links(self: Lowerer, links: LoopLinks, heads: Heads, after: Heads, before: Path, end: Path
                    ) -> list[Carry]:
        """The Carries of cells, tests and indices."""
        slots = [*heads.buffers]
        carried = []
        sources = []
        for path in (before, end):
            trees = self.slot_trees(path.state, slots)
            with self.standing_at(path):
                sources.append([self._sources(links, slot, trees, heads if path is end else None) for slot in slots])
        for slot, init, following in zip(slots, *sources, strict=True):
            inner, out = _variables(slot, links, heads), _variables(slot, links, after)
            carried += [Carry(*parts) for parts in zip(out, init, inner, following, strict=True)]
        return carried

    def _sources(self: Lowerer, links: LoopLinks, slot: Slot, trees: dict[Slot, Tree], heads: Heads | None
                 ) -> list[Atom]:
        """What the variables of a slot are next; `heads`: what they are now (None before the loop).

        What no reader will look at (the cell of a slot that is of a form) stays what it is.
        """
        forms = links.forms.get(slot, [])
        found: list[Atom] = []
        tree = trees.get(slot)
        if slot in links.own or not forms:
            own = None if tree is None else self._cell_tree(links, slot, trees)
            kept: Atom = heads.cells[slot] if heads is not None else Lit(Undefined)
            value = self.part(self.state, self.slot(self.state, slot[0]), slot[1])
            bound = isinstance(value, Var) or (isinstance(value, Lit) and is_value(value))
            found.append(self.atom(value) if bound else self._read_tree(own, kept))
        for number, form in enumerate(forms):
            if (slot in links.own) or number < len(forms) - 1:
                found.append(self._bool(self._is_form(form, tree, trees) if tree is not None else False))
            indices = self._form_indices(form, tree, trees) if tree is not None else None
            for hole in range(len(form.holes())):
                now: Atom = heads.holes[(slot, number)][hole] if heads is not None else Lit(0)
                found.append(now if indices is None else self._number(indices, hole))
        return found

    def _read_tree(self: Lowerer, tree: Tree | None, kept: Atom) -> Atom:
        """The value of the array that a tree says; `kept` where it says none."""
        if tree is None:
            return kept
        if isinstance(tree, Leaf):
            return self.latest(self.read(tree.buffer))
        views = self.state.views
        self.state.views = dict(views)  # a view that one path makes is bound there only
        with self.new_block() as then:
            left = self._read_tree(tree.left, kept)
        self.state.views = dict(views)
        with self.new_block() as orelse:
            right = self._read_tree(tree.right, kept)
        self.state.views = views
        known = [self._atom_kind(a) for a in (left, right) if not (isinstance(a, Lit) and a.value is Undefined)]
        return self._joined(tree.cond, then, orelse, left, right, functools.reduce(kinds.join, known), "statement")

    def _bool(self: Lowerer, decision: Any) -> Atom:
        """A decision as a value: `c`, `not c`, `c or d`."""
        if isinstance(decision, bool):
            return Lit(decision)
        cond = decision.cond
        plain = isinstance(cond.kind, Scalar) and cond.kind.dtype == np.dtype(bool)
        if plain and decision.left is True and decision.right is False:
            return self.latest(cond)
        if plain and decision.left is False and decision.right is True:
            return self.atom(self.negate(cond))
        with self.new_block() as then:
            left = self._bool(decision.left)
        with self.new_block() as orelse:
            right = self._bool(decision.right)
        style = "expression"
        if plain and decision.left is True:
            left, style = cond, "or"
        elif plain and decision.right is False:
            right, style = cond, "and"
        return self._joined(cond, then, orelse, left, right, TRUTH, style)

    def _number(self: Lowerer, decision: Any, hole: int) -> Atom:
        """The value of one hole."""
        if not isinstance(decision, Fork):
            return self.atom(decision[hole])
        with self.new_block() as then:
            left = self._number(decision.left, hole)
        with self.new_block() as orelse:
            right = self._number(decision.right, hole)
        if left is right:
            return left
        kind = kinds.join(self._atom_kind(left), self._atom_kind(right))
        return self._joined(decision.cond, then, orelse, left, right, kind, "expression")

    def _joined(self: Lowerer, cond: Var, then: list[Any], orelse: list[Any], left: Atom, right: Atom, kind: Kind,
                style: str) -> Var:
        out = Var("", kind)
        self.block.append(If(cond, tuple(then), tuple(orelse), (Join(out, left, right),), style, self.loc))
        return out


def _variables(slot: Slot, links: LoopLinks, heads: Heads) -> list[Var]:
    """The variables of a slot, in the order of `_sources`."""
    found = [heads.cells[slot]] if slot in heads.cells else []
    for number, _ in enumerate(links.forms.get(slot, [])):
        if (slot, number) in heads.tests:
            found.append(heads.tests[(slot, number)])
        found += heads.holes.get((slot, number), [])
    return found
