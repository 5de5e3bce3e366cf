"""Picks: a name that a branch gave one of two arrays, both of which have other names.

    z = a if c else b                                   if c:
    z[0] = v          # changes a or b       =>             a[0] = v
                                                        else:
                                                            b[0] = v

A pick has no memory of its own: a store through it is a branch on the same test, a read after either array has changed
asks the test again. The test is a value, so what it reads may change meanwhile.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import primitives as prim
from ..domains import kinds
from ..ir import Atom, Call, If, Join, Lit, Stmt, Var, defs, walk
from .links import leaves_of, tree_of
from .values import Buffer, Pick, Ref

if TYPE_CHECKING:
    from .lowerer import Lowerer
    from .paths import Joined, Path

MAX_PICKED = 64  # arrays of which a pick may be one: a store into it is as many stores, in branches


def leaf_count(buffer: Buffer, counted: dict[Buffer, int] | None = None) -> int:
    """How many arrays a buffer may be, one that is reached in several ways each time."""
    counted = {} if counted is None else counted
    if buffer not in counted:
        if buffer.pick is not None:
            counted[buffer] = leaf_count(buffer.pick.left, counted) + leaf_count(buffer.pick.right, counted)
        else:
            counted[buffer] = 1 if buffer.view_of is None else leaf_count(buffer.view_of, counted)
    return counted[buffer]


class Picks:
    """Mixin of `Lowerer`."""

    # --- reads and stores ---------------------------------------------------------------------------------------

    def read_pick(self: Lowerer, buffer: Buffer, pick: Pick) -> Var:
        """The variable that holds the present value of a pick."""
        now = self._version(buffer)
        cached = self.state.views.get(buffer)
        if cached is not None and cached[1] == now:
            return cached[0]
        views = dict(self.state.views)
        with self.new_block() as then:  # what only one path has made is read where that path was taken
            left = self.read(pick.left)
        self.state.views = dict(views)
        with self.new_block() as orelse:
            right = self.read(pick.right)
        self.state.views = views
        out = Var(cached[0].name if cached is not None else "", kinds.join(left.kind, right.kind))
        self.block.append(If(pick.cond, tuple(then), tuple(orelse), (Join(out, left, right),), "statement", self.loc))
        self.state.views[buffer] = (out, now)
        return out

    def element_of_pick(self: Lowerer, buffer: Buffer, pick: Pick, index: Any, name: str) -> Any:
        """pick[index], one number: read of the one array or the other, so that its cotangent goes there alone."""
        cached = self.state.views.get(buffer)
        if cached is not None and cached[1] == self._version(buffer):
            return self.emit(operator.getitem, Ref(buffer), index, name=name)
        self.atom(index)
        views = dict(self.state.views)
        sides = []
        for side in (pick.left, pick.right):
            with self.new_block() as block:
                sides.append((block, self.atom(self.get_item(Ref(side), index, "", None))))
            self.state.views = dict(views)
        (then, left), (orelse, right) = sides
        out = Var(name, kinds.join(self._atom_kind(left), self._atom_kind(right)))
        self.block.append(If(pick.cond, tuple(then), tuple(orelse), (Join(out, left, right),), "statement", self.loc))
        return out

    def write_pick(self: Lowerer, buffer: Buffer, pick: Pick, new: Var, node: Any) -> None:
        """Replace the value of the array that a pick is."""
        self.branch(pick.cond, lambda: self.write(Ref(pick.left), new, node),
                    lambda: self.write(Ref(pick.right), new, node), "statement", stmt=self.stmt)
        self.state.views[buffer] = (new, self._version(buffer))

    def store_in_pick(self: Lowerer, pick: Pick, index: Any, value: Any, node: Any) -> None:
        """pick[index] = value, as a store into the one array or the other."""
        for part in (index, value):  # what these read is read before the store, once
            self.atom(part)
        self.branch(pick.cond, lambda: self.store_item(Ref(pick.left), index, value, node),
                    lambda: self.store_item(Ref(pick.right), index, value, node), "statement", stmt=self.stmt)

    def _version(self: Lowerer, buffer: Buffer) -> tuple[Var, ...]:
        """The present values of all that a buffer is made from."""
        if buffer.pick is not None:
            return self._version(buffer.pick.left) + self._version(buffer.pick.right)
        return self._version(buffer.view_of) if buffer.view_of is not None else (
            self.latest(self.state.store[buffer]),)

    # --- joints -------------------------------------------------------------------------------------------------

    def link_picks(self: Lowerer, a: Path, b: Path, joins: list[Join], pairs: Joined) -> None:
        """Make picks of the values of a joint that are, on some side, an array with another name."""
        if pairs.cond is None or self.rule_mode:
            return
        shared: set[Buffer] = set()
        for _, members in self.shared_origins(pairs.origins):
            shared |= members
        for (left, right), result in list(pairs.made.items()):
            buffer = result.buffer
            if buffer not in shared or self.state.why_frozen(left) or self.state.why_frozen(right):
                continue
            if leaf_count(left) + leaf_count(right) > MAX_PICKED:
                continue
            held = self.state.store[buffer]
            made = next(j for j in joins if j.out is held)
            one = self._known_after(a, left, False, joins, pairs, made)
            other = self._known_after(b, right, True, joins, pairs, made)
            if one is None or other is None:
                continue
            del self.state.store[buffer]
            buffer.pick, buffer.kind = Pick(pairs.cond, one, other), held.kind
            self.state.views[buffer] = (held, self._version(buffer))
            pairs.origins = [o for o in pairs.origins if o[2].buffer is not buffer]

    def _known_after(self: Lowerer, path: Path, buffer: Buffer, from_else: bool, joins: list[Join],
                     pairs: Joined, whole: Join | None = None) -> Buffer | None:
        """The buffer, or what stands for it after the branch; None where it cannot be told.

        whole: the joint of the two values. An array that only this path has gets the other value on the other path, so
        that it is bound there.
        """
        if buffer in pairs.alone:
            return pairs.alone[buffer].buffer
        inside = {v for s in walk(tuple(path.block)) for v in defs(s)}
        if buffer.pick is not None:
            return self._pick_after(path, buffer.pick, from_else, joins, pairs, buffer, inside, whole)
        if buffer.view_of is not None:
            return self._view_after(path, buffer, from_else, joins, pairs, inside, whole)
        if buffer in self.state.store:
            return buffer
        if whole is None:
            return None
        mine, own = whole.from_else if from_else else whole.from_then, self._atom_on(path, Ref(buffer))
        made = Buffer()
        if own is mine:
            self.state.store[made] = whole.out
        else:
            other = whole.from_then if from_else else whole.from_else
            out = Var("", kinds.join(self._atom_kind(own), self._atom_kind(other)))
            joins.append(Join(out, other, own) if from_else else Join(out, own, other))
            self.state.store[made] = out
        pairs.alone[buffer] = Ref(made)
        pairs.origins.append((int(from_else), buffer, Ref(made)))  # another joint may hold that array, too
        return made

    def lasting(self: Lowerer, path: Path, buffer: Buffer, from_else: bool, joins: list[Join], pairs: Joined
                ) -> Buffer | None:
        """A view or pick that one path made: what stands for it after the branch.

        Where it is of an array that only this path has, the value of that array leaves the branch, too; a view of it
        could not be made on the other path.
        """
        if buffer.owns or pairs.cond is None or self.rule_mode:
            return None
        conditional = {alone.buffer for alone in pairs.alone.values()}
        leaves = [leaf for leaf, _ in leaves_of(tree_of(buffer))]
        elsewhere = [leaf for leaf in leaves if leaf.root not in self.state.store or leaf.root in conditional]
        if any(leaf.chain for leaf in elsewhere):
            return None
        for leaf in elsewhere:
            if leaf.root not in pairs.alone:
                self._value_of_path(path, Ref(leaf.root), from_else, joins, "", pairs)
        return self._known_after(path, buffer, from_else, joins, pairs)

    def _pick_after(self: Lowerer, path: Path, pick: Pick, from_else: bool, joins: list[Join], pairs: Joined,
                    buffer: Buffer, inside: set[Var], whole: Join | None) -> Buffer | None:
        """A pick that was made in the branch: its test leaves the branch, too."""
        left = self._known_after(path, pick.left, from_else, joins, pairs, whole)
        right = self._known_after(path, pick.right, from_else, joins, pairs, whole)
        if left is None or right is None:
            return None
        if pick.cond not in inside and left is pick.left and right is pick.right:
            return buffer
        cond = pick.cond
        if cond in inside:
            cond = Var(cond.name, cond.kind)
            joins.append(Join(cond, Lit(False), pick.cond) if from_else else Join(cond, pick.cond, Lit(False)))
        return Buffer(pick=Pick(cond, left, right), kind=self._kind_in(path.state, Ref(buffer)))

    def _view_after(self: Lowerer, path: Path, buffer: Buffer, from_else: bool, joins: list[Join], pairs: Joined,
                    inside: set[Var], whole: Join | None) -> Buffer | None:
        """A view that was made in the branch is made again after it, if what it is made with is known there."""
        assert buffer.view_of is not None
        assert buffer.make is not None
        base = self._known_after(path, buffer.view_of, from_else, joins, pairs, whole)
        if base is None:
            return None
        made = {out: s for s in path.block if isinstance(s, Call) for out in s.outs}
        view = buffer.make
        rest = [self._again(atom, made, inside) for atom in view.rest]
        options = [self._again(atom, made, inside) for _, atom in view.keywords]
        if any(atom is None for atom in (*rest, *options)):
            return None
        if base is buffer.view_of and rest == list(view.rest) and options == [atom for _, atom in view.keywords]:
            return buffer
        keywords = tuple((name, atom) for (name, _), atom in zip(view.keywords, options, strict=True))
        again = replace(view, rest=tuple(rest), keywords=keywords)  # type: ignore[arg-type]
        return Buffer(view_of=base, make=again, kind=self._kind_in(path.state, Ref(buffer)))

    def _again(self: Lowerer, atom: Atom, made: dict[Var, Call], inside: set[Var]) -> Atom | None:
        """An index that was made in a branch, made once more in front of it."""
        if isinstance(atom, Lit) or atom not in inside:
            return atom
        call = made.get(atom)
        if call is None or call.prim not in (prim.SLICE, prim.TUPLE):
            return None
        args = [self._again(a, made, inside) for a in call.args]
        if any(a is None for a in args):
            return None
        out = Var(atom.name, atom.kind)
        stmt: Stmt = Call((out,), call.prim, tuple(args), call.kwargs, call.loc)  # type: ignore[arg-type]
        self.block.append(stmt)
        return out


__all__ = ["Picks"]
