"""Ownership: which arrays may be changed in place.

A value is owned where its memory is fresh and nothing else can still see it: it was made by an operation with a fresh
result, and what retains it (a view that is still read, a tape, a container, a result) is dead. Ownership flows through
loops and joins whose sides all own, and to a view of the whole array that is the last to read it (`t = a.T; t[0] = v`).
"""

from __future__ import annotations

import math
from collections import defaultdict

from .. import primitives as prim
from ..analyses.storage import WHOLE_VIEWS
from ..domains.kinds import Array, ListOf, Scalar, TupleOf
from ..ir import Atom, Call, Carry, For, Function, If, Join, Lit, Stmt, Try, Undefined, Var, While, walk
from .layout import Layout, Path
from .names import Names

RETAINING_FORMS = {"tuple", "list", "dict", "build", "tape_push", "list_append", "list_set", "list_repeat",
                  "list_of"}

IN_LISTS = {"list_append", "list_set"}  # these retain the element, not the list that they change

# What reads the form of an array, which stores leave as it is.
OF_THE_FORM = {"ndarray.shape", "numpy.shape", "ndarray.size", "ndarray.ndim", "builtins.len",
               "pullback.runtime.checks.check_contiguous"}


class Ownership:
    """Answers whether a store may be done in place."""

    def __init__(self, function: Function, layout: Layout, names: Names) -> None:
        self.layout = layout
        self.names = names
        self.results = {r for r in function.results if isinstance(r, Var)}
        self.memo: dict[Var, bool] = {}
        self.seen_until: dict[tuple[Var, Var | None], float] = {}
        self.joints = _joints(function)

    def may_change(self, target: Var, result: Var, stmt: Stmt) -> bool:
        """May `result` be made by changing `target` in place at `stmt`?"""
        if self.names.of.get(target) != self.names.of.get(result):
            return False
        # What the store itself reads is read before it is done: positions within the statement do not count.
        end = self.layout.start[stmt] + 1
        return self.owned(target) and self.visible_until(target) < end and self._joined_until(
            target, self.layout.path.get(result, ()), end, set()) < end

    def owned(self, var: Var) -> bool:
        found = self.memo.get(var)
        if found is None:
            self.memo[var] = True  # optimistic around loops
            found = self._compute(var)
            self.memo[var] = found
        return found

    def _compute(self, var: Var) -> bool:
        stmt = self.layout.definition.get(var)
        if isinstance(stmt, Call):
            if stmt.prim in (prim.SET_ITEM, prim.ADD_AT):
                return True
            if isinstance(var.kind, TupleOf):
                return stmt.prim is prim.LIST
            if stmt.prim.form == "list_pop" and stmt.outs[0] is not var:
                return False
            if stmt.prim.form in ("tape_pop", "item", "getattr", "identity"):
                return False
            if stmt.prim.alias != "fresh" and stmt.prim.rule in WHOLE_VIEWS and isinstance(var.kind, Array):
                return var.kind.shape != () and self._takes_over(var, stmt)
            if isinstance(var.kind, ListOf):
                return stmt.prim.alias == "fresh" and (stmt.prim.form != "list_pop" or stmt.outs[0] is var)
            return stmt.prim.alias == "fresh" and isinstance(var.kind, Array) and var.kind.shape != ()
        if isinstance(stmt, (If, Try)):
            join = next(j for j in stmt.outs if j.out is var)
            return self._source(join.from_then, stmt) and self._source(join.from_else, stmt)
        if isinstance(stmt, (For, While)):
            carry = next((c for c in stmt.carried if c.out is var or c.inner is var), None)
            if carry is None:
                return False
            return self._source(carry.init, stmt) and self._source(carry.next, stmt)
        return False

    def _takes_over(self, view: Var, stmt: Call) -> bool:
        """Is an owned array read for the last time, under any name, where this view of all of it is made?"""
        array = stmt.args[0]
        if not isinstance(array, Var) or array in self.results or not self.owned(array):
            return False
        at, place = self.layout.start[stmt], self.layout.path[view]
        if view in self.layout.folded:  # made where it is printed
            at = max((at, *(position for position, _ in self.layout.uses.get(view, ()))))
        joints = zip(self.layout.soft.get(array, ()), self.layout.soft_path.get(array, ()), strict=True)
        later = [path for (position, _), path in joints if position >= at]
        return self._read_until(array, place) <= at and self.visible_until(array, view) <= at and all(
            _exclude(path, place) for path in later) and self._joined_until(array, place, at, set()) <= at

    def _source(self, atom: Atom, stmt: Stmt) -> bool:
        if isinstance(atom, Lit) and atom.value is Undefined:
            return True  # no array at all
        if not isinstance(atom, Var) or atom in self.results:
            return False
        if not self.owned(atom):
            return False
        joints = stmt.carried if isinstance(stmt, (For, While)) else stmt.outs
        uses = [*zip(self.layout.soft.get(atom, ()), self.layout.soft_path.get(atom, ()), strict=True)]
        here = [(p, path) for (p, joint), path in uses if joint in joints]
        at, place = min(here, key=lambda use: use[0]) if here else (0.0, ())
        uses = [use for use in uses if not _exclude(use[1], place)]
        if any(p < at for (p, _), _ in uses) and self._joined_until(atom, place, at, set()) > at:
            return False  # an earlier joint gave it another name, which is still read
        soft = [(p, joint) for (p, joint), _ in uses if p >= at]
        positions = sorted(p for p, _ in soft)
        if len(positions) > 1 and not _on_one_side_each(atom, stmt, [j for _, j in soft]):  # two joints hold one array
            return False
        last = positions[0] if positions else math.inf
        if isinstance(stmt, If):  # what the other side reads of it does not follow
            last = self.layout.end[stmt]
        elif isinstance(stmt, (For, While)) and self._is_only_form(atom):  # a check in the loop of what the array was
            last = max(last, self.layout.end[stmt])
        return self.visible_until(atom) <= self.layout.end[stmt] and self._read_until(atom, place) <= last

    def _read_until(self, var: Var, place: Path | None = None) -> float:
        """The last position at which the elements of an array are read under its name, not only its form.

        place: where reads on another side of a branch do not count
        """
        form = set() if not isinstance(var.kind, Array) else self._form_read(var)
        return max((p for p, path in self.layout.reads.get(var, ())
                    if p not in form and not (place is not None and _exclude(path, place))), default=0.0)

    def _form_read(self, var: Var) -> set[float]:
        """The positions at which only the form of an array is read."""
        uses = self.layout.uses.get(var, ())
        form = {p for p, stmt in uses if isinstance(stmt, Call) and stmt.prim.name in OF_THE_FORM}
        return form - {p for p, stmt in uses if not (isinstance(stmt, Call) and stmt.prim.name in OF_THE_FORM)}

    def _is_only_form(self, var: Var) -> bool:
        return isinstance(var.kind, Array) and len(self._form_read(var)) == len(
            {p for p, _ in self.layout.uses.get(var, ())})

    def _joined_until(self, var: Var, place: Path, before: float, seen: set[Var]) -> float:
        """The last position at which what an earlier joint made of `var` is read: `z = a` on one side of a branch."""
        latest = 0.0
        for (position, joint), path in zip(self.layout.soft.get(var, ()), self.layout.soft_path.get(var, ()),
                                           strict=True):
            if position >= before or _exclude(path, place):
                continue  # on another path, or what comes of the store
            if isinstance(joint, Carry) and joint.inner is var:
                continue  # what leaves a `while` at its test: the body does not run then
            for out in (joint.inner, joint.out) if isinstance(joint, Carry) else (joint.out,):
                if out in self.results:
                    return math.inf
                if out not in seen:
                    seen.add(out)
                    reads = [p for p, _ in self.layout.uses.get(out, ())]
                    latest = max(latest, self.layout.hard.get(out, 0.0), self.visible_until(out), *reads,
                                 self._joined_until(out, place, math.inf, seen))
        return latest

    def visible_until(self, var: Var, but: Var | None = None) -> float:
        """The last position at which the memory of `var` is read under another name.

        but: a view of it that does not count, nor do those made on another side of a branch
        """
        found = self.seen_until.get((var, but))
        if found is not None:
            return found
        self.seen_until[var, but] = 0.0
        latest = 0.0
        if var in self.results:
            latest = math.inf
        for position, stmt in self.layout.uses.get(var, ()):
            if not isinstance(stmt, Call):
                continue
            if stmt.prim.form in RETAINING_FORMS and not (stmt.prim.form in IN_LISTS and stmt.args[0] is var):
                latest = max(latest, self._container(stmt))
            elif stmt.prim.alias != "fresh" and stmt.args and stmt.args[0] is var:
                for out in stmt.outs:
                    if isinstance(out.kind, Scalar) or out is but:
                        continue
                    life = max(self._life(out, position), self.visible_until(out))
                    if but is None or life == math.inf or not _exclude(self.layout.path[out], self.layout.path[but]):
                        latest = max(latest, life)
        self.seen_until[var, but] = latest
        return latest

    def _container(self, stmt: Call) -> float:
        """A tuple that is only an index or an argument is read where it is used; others keep what they hold."""
        if stmt.prim.form != "tuple":
            return math.inf
        out = stmt.out
        if out in self.results:
            return math.inf
        latest = 0.0
        for position, user in self.layout.uses.get(out, ()):
            inside = isinstance(user, Call) and user.prim.form in RETAINING_FORMS
            latest = max(latest, self._container(user) if inside else position)  # type: ignore[arg-type]
        return latest

    def _life(self, var: Var, position: float) -> float:
        """The last position at which a view is read, also under the names that joints give it."""
        if var in self.results:
            return math.inf
        latest = position
        for joint in self.joints.get(var, ()):
            if isinstance(joint, Carry):
                return math.inf
            latest = max(latest, self._life(joint.out, position), self.visible_until(joint.out))
        if var in self.layout.folded:
            return max((latest, *(p for p, _ in self.layout.uses.get(var, ()))))
        return max(latest, self.layout.hard.get(var, position))


def _joints(function: Function) -> dict[Var, list[Carry | Join]]:
    """The joints that each value flows into, those too into which its expression is written out."""
    found: dict[Var, list[Carry | Join]] = defaultdict(list)
    for stmt in walk(function.body):
        if isinstance(stmt, (If, Try)):
            for join in stmt.outs:
                for source in (join.from_then, join.from_else):
                    if isinstance(source, Var):
                        found[source].append(join)
        elif isinstance(stmt, (For, While)):
            for carry in stmt.carried:
                for atom in (carry.init, carry.next):
                    if isinstance(atom, Var):
                        found[atom].append(carry)
    return found


def _on_one_side_each(var: Var, stmt: Stmt, joints: list[Carry | Join]) -> bool:
    """Does either side of a branch hand the array on once? `a, b = b, a` on one side leaves it to one name on each."""
    if not isinstance(stmt, If) or any(j not in stmt.outs for j in joints):
        return False
    return all(sum(getattr(j, side) is var for j in stmt.outs) <= 1 for side in ("from_then", "from_else"))


def _exclude(one: Path, other: Path) -> bool:
    """Are the two places on different sides of one branch?"""
    sides = {id(at): side for at, side in other if isinstance(at, If)}
    return any(isinstance(at, If) and sides.get(id(at), side) != side for at, side in one)
