"""Picks: a name that a branch gave one of two arrays, both of which have other names.

    z = a if c else b                                   if c:
    z[0] = v          # changes a or b       =>             a[0] = v
                                                        else:
                                                            b[0] = v

A pick has no memory of its own: a store through it is a branch on the same test, a read after either array has changed
asks the test again. The test is a value, so what it reads may change meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import primitives as prim
from ..domains import kinds
from ..ir import Atom, Call, If, Join, Lit, Stmt, Var, defs, walk
from .values import Buffer, Pick, Ref

if TYPE_CHECKING:
    from .control import Joined, Path
    from .lowerer import Lowerer


class Picks:
    """Mixin of `Lowerer`."""

    # --- reads and stores ---------------------------------------------------------------------------------------

    def read_pick(self: Lowerer, buffer: Buffer, pick: Pick) -> Var:
        """The variable that holds the present value of a pick."""
        now = self._values_of_pick(pick)
        cached = self.state.views.get(buffer)
        if cached is not None and tuple(map(self.latest, cached[1])) == now:
            return cached[0]
        out = Var(cached[0].name if cached is not None else "", kinds.join(now[0].kind, now[1].kind))
        self.block.append(If(pick.cond, (), (), (Join(out, *now),), "statement", self.loc))
        self.state.views[buffer] = (out, now)
        return out

    def write_pick(self: Lowerer, buffer: Buffer, pick: Pick, new: Var, node: Any) -> None:
        """Replace the value of the array that a pick is."""
        self.branch(pick.cond, lambda: self.write(Ref(pick.left), new, node),
                    lambda: self.write(Ref(pick.right), new, node), "statement", stmt=self.stmt)
        self.state.views[buffer] = (new, self._values_of_pick(pick))

    def store_in_pick(self: Lowerer, pick: Pick, index: Any, value: Any, node: Any) -> None:
        """pick[index] = value, as a store into the one array or the other."""
        for part in (index, value):  # what these read is read before the store, once
            self.atom(part)
        self.branch(pick.cond, lambda: self.store_item(Ref(pick.left), index, value, node),
                    lambda: self.store_item(Ref(pick.right), index, value, node), "statement", stmt=self.stmt)

    def _values_of_pick(self: Lowerer, pick: Pick) -> tuple[Var, Var]:
        return self.latest(self.read(pick.left)), self.latest(self.read(pick.right))

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
            one, other = self._known_after(a, left, False, joins, pairs), self._known_after(b, right, True, joins, pairs)
            if one is None or other is None:
                continue
            held = self.state.store.pop(buffer)
            buffer.pick, buffer.kind = Pick(pairs.cond, one, other), held.kind
            now = self._stored(one), self._stored(other)
            if now[0] is not None and now[1] is not None:
                self.state.views[buffer] = (held, now)
            pairs.origins = [o for o in pairs.origins if o[2].buffer is not buffer]

    def _stored(self: Lowerer, buffer: Buffer) -> Var | None:
        return self.state.store.get(buffer)

    def _known_after(self: Lowerer, path: Path, buffer: Buffer, from_else: bool, joins: list[Join],
                     pairs: Joined) -> Buffer | None:
        """The buffer, or what stands for it after the branch; None where it cannot be told."""
        if buffer in pairs.alone:
            return pairs.alone[buffer].buffer
        inside = {v for s in walk(tuple(path.block)) for v in defs(s)}
        if buffer.pick is not None:
            return None if buffer.pick.cond in inside or not self._outlives(buffer) else buffer
        if buffer.view_of is not None:
            return self._view_after(path, buffer, from_else, joins, pairs, inside)
        if buffer in self.state.store:
            return buffer
        made = self._value_of_path(path, Ref(buffer), from_else, joins, "", pairs)
        return made.buffer if isinstance(made, Ref) else None

    def _outlives(self: Lowerer, buffer: Buffer) -> bool:
        return all(root in self.state.store for root in buffer.roots())

    def _view_after(self: Lowerer, path: Path, buffer: Buffer, from_else: bool, joins: list[Join], pairs: Joined,
                    inside: set[Var]) -> Buffer | None:
        """A view that was made in the branch is made again after it, if what it is made with is known there."""
        assert buffer.view_of is not None and buffer.make is not None
        base = self._known_after(path, buffer.view_of, from_else, joins, pairs)
        if base is None or not buffer.make.certain:
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
