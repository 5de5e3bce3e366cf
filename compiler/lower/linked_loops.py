"""Loops that carry which array each name is: forms of slots are found, heads are made of them, selectors carried.

What it is about stands in `links.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..domains import kinds
from ..domains.kinds import Array, Kind
from ..ir import Var
from .links import (
    MAX_FORMS,
    MAX_LEAVES,
    MSG_MANY,
    MSG_OVERLAP,
    TRUTH,
    UNFIT,
    Form,
    Heads,
    Known,
    Leaf,
    LoopLinks,
    Slot,
    Step,
    Tree,
    decide,
    either,
    either_whole,
    filled,
    fitted,
    index_of,
    leaves_of,
    pattern_of,
    same_step,
    tree_of,
    widened,
)
from .state import State, buffers_in
from .values import UNBOUND, Buffer, Map, Pick, Ref, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

Inside = Callable[[Var], bool]


class Unlinkable(Exception):
    """Which arrays the names of a loop are cannot be told by a few selectors."""


class LinkedLoops:
    """Mixin of `Lowerer`."""

    # --- heads ----------------------------------------------------------------------------------------------------

    def make_heads(self: Lowerer, start: State, links: LoopLinks, names: dict[Slot, Kind | None]) -> Heads:
        """Bind each slot that holds an array to the pick of its forms, in the present state."""
        heads = Heads()
        arrays = [s for s, kind in names.items() if isinstance(kind, Array)]
        for slot in links.order(arrays):
            forms = links.forms.get(slot, [])
            kind = names[slot]
            label = self._slot_name(*slot, self.part(start, self.slot(start, slot[0]), slot[1]))
            buffer = None
            if slot in links.own or not forms:
                heads.cells[slot] = cell = Var(label, kind)  # type: ignore[arg-type]
                buffer = self.value_of(cell).buffer
            for number, form in reversed([*enumerate(forms)]):
                made = self._form_buffer(form, (slot, number), label, heads)
                if buffer is None:
                    buffer = made
                    continue
                test = Var(self._test_name(start, label, form), TRUTH)
                heads.tests[(slot, number)] = test
                buffer = Buffer(pick=Pick(test, made, buffer), kind=kind)
            assert buffer is not None
            heads.buffers[slot] = buffer
        return heads

    def _form_buffer(self: Lowerer, form: Form, place: tuple[Slot, int], label: str, heads: Heads) -> Buffer:
        """What a form stands for, with fresh variables in the holes of its indices."""
        heads.holes[place] = holes = [Var(f"{label}_at" if label else "", hole.kind) for hole in form.holes()]
        values = iter(holes)
        buffer = form.root if form.root is not None else heads.buffers[form.slot]  # type: ignore[index]
        for step in form.steps:
            view = step.view
            if step.pattern is not None:
                index = filled(step.pattern, values)
                view = replace(view, rest=(index,), given=(index,))
            buffer = Buffer(view_of=buffer, make=view, kind=step.kind)
        return buffer

    def _test_name(self: Lowerer, start: State, label: str, form: Form) -> str:
        """`y_is_z`, or `y_in_z` of a view, where both have names."""
        if form.slot is not None:
            other = self._slot_name(*form.slot, None)
        else:
            held = (k[1] for k, v in start.env.items() if isinstance(v, Ref) and v.buffer is form.root)
            assert form.root is not None
            other = next(held, "") or start.store[form.root].name
        made = f"{label}_{'in' if form.steps else 'is'}_{other if other != label else 'old'}"
        return made if label and other and made.isidentifier() else ""

    # --- what slots are -------------------------------------------------------------------------------------------

    def slot_trees(self: Lowerer, state: State, slots: list[Slot]) -> dict[Slot, Tree]:
        """What each slot that holds an array is, in a state."""
        found = {}
        for key, path in slots:
            value = self.part(state, self.slot(state, key), path)
            if isinstance(value, Ref):
                found[(key, path)] = tree = tree_of(value.buffer)
                if sum(1 for _ in leaves_of(tree)) > MAX_LEAVES:
                    raise Unlinkable(MSG_MANY)
        return found

    def find_links(self: Lowerer, start: State, links: LoopLinks, names: dict[Slot, Kind | None],
                   inside: Inside) -> bool:
        """Add the forms that the slots have before the loop and at the end of a trip; True where all are known.

        raises : Unlinkable
        """
        slots = [s for s, kind in names.items() if isinstance(kind, Array)]
        fixed = self._fixed_roots(start, names)
        known = True
        sides = [self.slot_trees(state, slots) for state in (start, self.state)]
        for trees in sides:
            for slot, tree in trees.items():
                for leaf, tests in leaves_of(tree):
                    if leaf.root in fixed:
                        known &= self._add_form(links, slot, leaf.root, None, leaf.chain, inside)
                        continue
                    for other in slots:
                        if other == slot or other not in trees:
                            continue
                        for second, both in leaves_of(trees[other], tests):
                            if second.root is leaf.root and not self._is_covered(trees, leaf, second, both):
                                known &= self._relate(links, slots, slot, leaf, other, second, inside)
        if not known:
            return False
        for trees in sides:
            for slot in slots:
                needs = slot not in trees or self._cell_tree(links, slot, trees) is not None
                if needs and slot not in links.own:
                    links.own.add(slot)
                    known &= not links.forms.get(slot)
        return known

    def _fixed_roots(self: Lowerer, start: State, names: dict[Slot, Kind | None]) -> set[Buffer]:
        """The arrays from before the loop that are still reached otherwise than through slots."""
        found = set(self.captured_buffers.values())

        def visit(key: Any, path: tuple[Any, ...], value: Any) -> None:
            if (key, path) in names:
                return
            if isinstance(value, (Seq, Map)):
                parts = enumerate(value.items) if isinstance(value, Seq) else value.items.items()
                for index, part in parts:
                    visit(key, (*path, index), part)
                return
            for buffer in buffers_in(value):
                found.update(root for root in buffer.roots() if root in start.store)

        for key in start.env:
            visit(key, (), self.state.env.get(key, UNBOUND))
        for box in start.heap:
            visit(box, (), self.content_in(self.state, box))
        return found

    def _is_covered(self: Lowerer, trees: dict[Slot, Tree], leaf: Leaf, second: Leaf, tests: Known) -> bool:
        """Are two views different parts of what a third slot surely holds? Then each is a view of that slot's."""
        if self._meet(leaf, second) == min(len(leaf.chain), len(second.chain)):
            return False
        return any(all(base.root is leaf.root and len(base.chain) <= self._meet(leaf, second)
                       and self._meet(base, leaf) == len(base.chain) for base, _ in leaves_of(tree, tests))
                   for tree in trees.values())

    def _meet(self: Lowerer, one: Leaf, other: Leaf) -> int:
        """How many of their first views two chains have in common."""
        count = 0
        for a, b in zip(one.chain, other.chain, strict=False):
            if not same_step(self, a.make, b.make):  # type: ignore[arg-type]
                break
            count += 1
        return count

    def _relate(self: Lowerer, links: LoopLinks, slots: list[Slot], slot: Slot, leaf: Leaf, other: Slot, second: Leaf,
                inside: Inside) -> bool:
        """Two slots hold memory of one array that no other name has: the one behind gets a form that says so."""
        if self._meet(leaf, second) < min(len(leaf.chain), len(second.chain)):
            raise Unlinkable(MSG_OVERLAP)
        rest = leaf.chain[len(second.chain):]
        if len(leaf.chain) < len(second.chain):
            return True  # found again the other way round
        if links.comes_before(slot, other):
            if rest:
                raise Unlinkable(MSG_MANY)
            return True
        if not rest and not links.comes_before(other, slot) and slots.index(slot) < slots.index(other):
            return True
        links.after.setdefault(slot, set()).add(other)
        return self._add_form(links, slot, None, other, rest, inside)

    def _add_form(self: Lowerer, links: LoopLinks, slot: Slot, root: Buffer | None, other: Slot | None,
                  chain: tuple[Buffer, ...], inside: Inside) -> bool:
        """Note that a slot may be this; True where that was known."""
        steps = []
        for buffer in chain:
            assert buffer.make is not None
            pattern = pattern_of(self, buffer.make, inside)
            if pattern is UNFIT:
                raise Unlinkable(MSG_MANY)
            steps.append(Step(buffer.make, pattern, self.read_kind(buffer)))
        forms = links.forms.setdefault(slot, [])
        for form in forms:
            if form.root is root and form.slot == other and len(form.steps) == len(steps):
                merged = [self._merge_steps(old, new) for old, new in zip(form.steps, steps, strict=True)]
                if any(step is None for step in merged):
                    continue
                changed = any(a is not b for a, b in zip(merged, form.steps, strict=True))
                form.steps = tuple(merged)  # type: ignore[arg-type]
                return not changed
        if len(forms) >= MAX_FORMS:
            raise Unlinkable(MSG_MANY)
        forms.append(Form(root, other, tuple(steps)))
        return False

    def _merge_steps(self: Lowerer, old: Step, new: Step) -> Step | None:
        """One step that covers both; the old one where it does."""
        if old.pattern is None or new.pattern is None:
            if old.pattern is not new.pattern or not same_step(self, old.view, new.view):
                return None
            pattern = None
        else:
            pattern = widened(self, old.pattern, new.pattern)
            if pattern is UNFIT:
                return None
        covers = kinds.covers(old.kind, new.kind)
        if pattern is old.pattern and covers:
            return old
        return Step(old.view, pattern, old.kind if covers else kinds.join(old.kind, new.kind))

    # --- which form it is -----------------------------------------------------------------------------------------

    def _fits(self: Lowerer, form: Form, leaf: Leaf, other: Leaf | None) -> list[Any] | None:
        """The indices with which a leaf is of a form (`other`: what the form's slot is); None where it is not."""
        chain = leaf.chain
        if other is not None:
            if leaf.root is not other.root or self._meet(leaf, other) < len(other.chain):
                return None
            chain = chain[len(other.chain):]
        elif leaf.root is not form.root:
            return None
        if len(chain) != len(form.steps):
            return None
        found: list[Any] = []
        for buffer, step in zip(chain, form.steps, strict=True):
            view = buffer.make
            assert view is not None
            if step.pattern is None:
                if not same_step(self, view, step.view):
                    return None
                continue
            values = fitted(step.pattern, index_of(view)) if view.prim.form == "item" else None
            if values is None:
                return None
            found += values
        return found

    def _is_form(self: Lowerer, form: Form, tree: Tree, trees: dict[Slot, Tree], known: Known | None = None) -> Any:
        """Is a value of a form: True, False, or a Fork of them."""
        if form.slot is None:
            return decide((tree,), lambda _, leaf: self._fits(form, leaf, None) is not None, known)
        if form.slot not in trees:
            return False
        return decide((tree, trees[form.slot]), lambda _, leaf, other: self._fits(form, leaf, other) is not None, known)

    def _form_indices(self: Lowerer, form: Form, tree: Tree, trees: dict[Slot, Tree]) -> Any:
        """The indices with which a value is of a form; None where it never is."""
        if form.slot is None:
            return decide((tree,), lambda _, leaf: self._fits(form, leaf, None), made=either)
        if form.slot not in trees:
            return None
        return decide((tree, trees[form.slot]), lambda _, leaf, other: self._fits(form, leaf, other), made=either)

    def _cell_tree(self: Lowerer, links: LoopLinks, slot: Slot, trees: dict[Slot, Tree]) -> Tree | None:
        """What a slot is where it is of no form: that needs a cell. None where that never happens."""
        def own(known: Known, leaf: Leaf) -> Leaf | None:
            taken = any(self._is_form(form, leaf, trees, known) is True for form in links.forms.get(slot, ()))
            return None if taken else leaf

        return decide((trees[slot],), own, made=either_whole)  # type: ignore[no-any-return]


__all__ = ["LinkedLoops", "Unlinkable"]
