"""Containers at joints of control flow: what they hold after a branch, and what a loop carries of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..domains import kinds
from ..domains.kinds import Kind, ListOf
from ..ir import Join, Var
from .grown import as_list, usable
from .optional import IS_NONE, VALUE, as_maybe
from .rows import fresh_columns, is_dict, same_form
from .state import State
from .values import UNBOUND, Box, Map, Maybe, Mixed, Rows, Seq, same

if TYPE_CHECKING:
    from .lowerer import Lowerer
    from .paths import Joined, Path

MSG_BRANCH = "Which container the name holds depends on a branch"
Place = tuple[Any, ...]  # the way to a part: indices, keys, attributes


class Joints:
    """Mixin of `Lowerer`."""

    # --- branches -------------------------------------------------------------------------------------------------

    def content_in(self: Lowerer, state: State, box: Box) -> Any:
        """What a container holds in a state; one of an argument object, first met elsewhere, what it began with."""
        return state.heap.get(box, self.first_contents.get(box, UNBOUND))

    def join_heaps(self: Lowerer, a: Path, b: Path, joins: list[Join], pairs: Joined) -> None:
        """What the containers that both paths know hold after the branch."""
        merged = self.state
        if not (a.state.dead or b.state.dead):
            for box in dict.fromkeys((*a.state.heap, *b.state.heap)):
                if box.type is list or issubclass(box.type, dict):
                    self.make_rows_alike(a.state, b.state, box)
        for box in dict.fromkeys((*a.state.heap, *b.state.heap)):
            left, right = self.content_in(a.state, box), self.content_in(b.state, box)
            if left is UNBOUND or right is UNBOUND:
                continue
            if a.state.dead or b.state.dead:
                alive = b if a.state.dead else a
                merged.heap[box] = self._value_of_path(alive, right if a.state.dead else left, a.state.dead, joins,
                                                       "", pairs)
                continue
            merged.heap[box] = self.join_contents(a, b, left, right, joins, "", pairs)

    def join_contents(self: Lowerer, a: Path, b: Path, left: Any, right: Any, joins: list[Join], name: str,
                      pairs: Joined) -> Any:
        """What a container holds after a branch: item by item where both sides have one form."""
        if same(left, right):
            return left
        if isinstance(left, Seq) and isinstance(right, Seq) and len(left.items) == len(right.items):
            items = (self._join_values(a, b, m, n, joins, f"{name}_{i}" if name else "", pairs)
                     for i, (m, n) in enumerate(zip(left.items, right.items, strict=True)))
            return Seq(tuple(items), left.type)
        if self.needs_rows(left, right, a.state, b.state):
            rows = self._join_rows(a, b, left, right, joins, name, pairs)
            if rows is not None:
                return rows
        if isinstance(left, Map) and isinstance(right, Map):
            data = issubclass(left.type, dict)
            if data and list(left.items) != list(right.items):
                return Mixed(left, right)
            keys = dict.fromkeys((*left.items, *right.items))
            joined: dict[Any, Any] = {}
            for k in keys:
                one, other = left.items.get(k, UNBOUND), right.items.get(k, UNBOUND)
                set_once = (one is UNBOUND) != (other is UNBOUND)  # an attribute that one path sets: hasattr differs
                joined[k] = Mixed(one, other) if set_once else self._join_values(
                    a, b, one, other, joins, k if isinstance(k, str) else name, pairs)
            return Map(joined, left.type)
        return self._join_lengths(a, b, left, right, joins, name)

    def _join_rows(self: Lowerer, a: Path, b: Path, left: Any, right: Any, joins: list[Join], name: str,
                   pairs: Joined) -> Rows | None:
        """Two lists of elements with parts, column by column."""
        form = self.as_rows(left, a.state) or self.as_rows(right, b.state)
        if form is None:
            return None
        rows = fresh_columns(form)
        if self.as_rows(left, a.state, rows) is None or self.as_rows(right, b.state, rows) is None:
            return None
        for column in rows.columns:
            self.state.heap[column] = self.join_contents(a, b, a.state.heap[column], b.state.heap[column], joins,
                                                         f"{name}{column.label}" if name else "", pairs)
        return rows

    def _join_lengths(self: Lowerer, a: Path, b: Path, left: Any, right: Any, joins: list[Join], name: str) -> Any:
        """Lists of different lengths: after the branch only the run knows the length."""
        if not all(isinstance(v, (Seq, Var)) for v in (left, right)):
            return Mixed(left, right)
        if not all(self.listable(v, p.state) for v, p in ((left, a), (right, b))):
            return Mixed(left, right)
        for path, content in ((a, left), (b, right)):
            self.hold_elements(content, path.state)
        from_then, from_else = self._atom_on(a, left), self._atom_on(b, right)
        kind = kinds.join(as_list(self._atom_kind(from_then)), as_list(self._atom_kind(from_else)))
        out = Var(name, kind)
        joins.append(Join(out, from_then, from_else))
        return out

    def listable(self: Lowerer, content: Any, state: State) -> bool:
        """Can the list be one value of the IR?"""
        kind = self._kind_in(state, content)
        return kind == kinds.TupleOf((), list) or usable(as_list(kind))

    def join_boxes(self: Lowerer, a: Path, b: Path, left: Box, right: Box, joins: list[Join], name: str,
                   pairs: Joined) -> Any:
        """A name that holds one container on one path, another on the other."""
        if left.type is not right.type or left.flavour is not right.flavour or not same(left.extra, right.extra):
            return Mixed(left, right)
        found = pairs.boxes.get((left, right))
        if found is None:
            content = self.join_contents(a, b, self.content_in(a.state, left), self.content_in(b.state, right), joins,
                                         name, pairs)
            if isinstance(content, Mixed):
                return Mixed(left, right)
            found = pairs.boxes[(left, right)] = self.like_box(left, content)
        return found

    def freeze_joined(self: Lowerer, pairs: Joined) -> None:
        """A container made at a joint is at run time one of two: where these have other names, none may change."""
        uses: dict[Box, int] = {}
        for pair in pairs.boxes:
            for box in pair:
                uses[box] = uses.get(box, 0) + 1
        for (left, right), made in pairs.boxes.items():
            if any(uses[box] > 1 or box in self.state.frozen or self.state.holders_of(box) for box in (left, right)):
                for box in (left, right, made):
                    self.state.frozen.setdefault(box, MSG_BRANCH)

    def box_of_path(self: Lowerer, path: Path, box: Box, left_unbound: bool, joins: list[Join], name: str,
                    pairs: Joined) -> Box:
        """A container that only one path made."""
        if box not in self.state.heap:
            self.state.heap[box] = UNBOUND  # while its parts are on their way
            self.state.heap[box] = self._value_of_path(path, path.state.heap[box], left_unbound, joins, name, pairs)
        return box

    # --- loops ----------------------------------------------------------------------------------------------------

    def slot(self: Lowerer, state: State, key: Any) -> Any:
        """What a name holds, or a container."""
        if isinstance(key, Box):
            return self.content_in(state, key)
        return state.env.get(key, UNBOUND)

    def part(self: Lowerer, state: State, value: Any, path: Place) -> Any:
        """The part of a value at a path, through the containers in it."""
        for index in path:
            if index is IS_NONE or index is VALUE:
                value = as_maybe(value).none if index is IS_NONE else as_maybe(value).value
                continue
            if isinstance(value, Box):
                value = self.content_in(state, value)
            if isinstance(value, Rows):
                value = value.columns[index]
                continue
            found = isinstance(index, int) and index < len(value.items) if isinstance(value, Seq) else (
                isinstance(value, Map) and index in value.items)
            if found:
                value = value.items[index]
            else:
                return UNBOUND
        return value

    def with_part(self: Lowerer, value: Any, path: Place, new: Any) -> Any:
        """The value with another part; containers on the way are changed."""
        if not path:
            return new
        if path[0] is IS_NONE or path[0] is VALUE:
            held = as_maybe(value)
            if path[0] is IS_NONE:
                return Maybe(new, held.value)
            return Maybe(held.none, self.with_part(held.value, path[1:], new))
        if isinstance(value, Box):
            self.state.heap[value] = self.with_part(self.content_in(self.state, value), path, new)
            return value
        if isinstance(value, Rows):
            columns = list(value.columns)
            columns[path[0]] = self.with_part(columns[path[0]], path[1:], new)
            return Rows(value.form, tuple(columns))
        if isinstance(value, Map):
            return Map({**value.items, path[0]: self.with_part(value.items.get(path[0], UNBOUND), path[1:], new)},
                       value.type)
        assert isinstance(value, Seq)
        items = list(value.items)
        items[path[0]] = self.with_part(items[path[0]], path[1:], new)
        return Seq(tuple(items), value.type)

    def differences(self: Lowerer, one: State, before: Any, two: State, after: Any, rebound: set[Place],
                    path: Place = ()) -> list[tuple[Place, Any, Any]]:
        """The parts of a value that changed: whole, or part by part where both have one form."""
        if same(before, after):
            return []
        maybe = self.maybe_in_loop(before, after)
        if maybe is not None:
            return [found for step, m, n in ((IS_NONE, maybe[0].none, maybe[1].none), (VALUE, maybe[0].value,
                                                                                      maybe[1].value))
                    for found in self.differences(one, m, two, n, rebound, (*path, step))]
        if isinstance(before, Box) and isinstance(after, Box) and before.type is after.type:
            left, right = self.content_in(one, before), self.content_in(two, after)
            if isinstance(left, Rows) and (isinstance(right, (Rows, Seq)) or is_dict(right)) and before is not after:
                made = self.as_rows(right, two)
                made = made or self.as_rows(right, two, fresh_columns(left))
                if made is not None and same_form(made.form, left.form):
                    right = two.heap[after] = made
            if _one_form(left, right):
                rebound.add(path)
                return self.differences(one, left, two, right, rebound, path)
            return [(path, before, after)]
        if _one_form(before, after):
            parts = zip(_parts(before), _parts(after), strict=True)
            return [found for (index, m), (_, n) in parts
                    for found in self.differences(one, m, two, n, rebound, (*path, index))]
        return [(path, before, after)]

    def rebind_boxes(self: Lowerer, places: dict[Any, set[Place]], shared: dict[Any, str]) -> None:
        """Containers that a loop binds anew: each trip has one of its own, in place of the one before the loop."""
        for key, paths in places.items():
            for path in sorted(paths, key=len):
                value = self.slot(self.state, key)
                old = self.part(self.state, value, path)
                if not isinstance(old, Box):
                    continue
                new = self.like_box(old, self.content_in(self.state, old))
                self.set_slot(key, self.with_part(value, path, new))
                if (key, path) in shared:
                    self.state.frozen.setdefault(new, "It is held elsewhere when a trip ends")
                if self.state.holders_of(old):
                    for box in (old, new):
                        self.state.frozen.setdefault(box, "The container has another name outside the loop")

    def set_slot(self: Lowerer, key: Any, value: Any) -> None:
        if isinstance(key, Box):
            self.state.heap[key] = value
        else:
            self.state.env[key] = value

    def carried_kind(self: Lowerer, state: State, value: Any) -> Kind | None:
        """The kind of a value that a loop may carry as one value; None for what it cannot."""
        from .values import is_value

        if is_value(value):
            return self._kind_in(state, value)
        content = self.content_in(state, value) if isinstance(value, Box) and value.type is list else value
        is_list = isinstance(content, Seq) and content.type is list
        if is_list or (isinstance(content, Var) and isinstance(content.kind, ListOf)):
            if self.listable(content, state):
                return as_list(self._kind_in(state, content))
        return None


def _one_form(a: Any, b: Any) -> bool:
    if isinstance(a, Rows) and isinstance(b, Rows):
        return same_form(a.form, b.form)
    if isinstance(a, Seq) and isinstance(b, Seq):
        return a.type is b.type and len(a.items) == len(b.items)
    return isinstance(a, Map) and isinstance(b, Map) and a.type is b.type and list(a.items) == list(b.items)


def _parts(value: Any) -> Any:
    if isinstance(value, Rows):
        return enumerate(value.columns)
    return enumerate(value.items) if isinstance(value, Seq) else value.items.items()


__all__ = ["Joints"]
