"""Lists of unknown length whose elements have parts: a list for each part.

    found.append((t, y))         found_0.append(t); found_1.append(y)
    for a, b in found      =>    for i in range(len(found_0)): a = found_0[i]; b = found_1[i]

The elements are tuples, named tuples, dicts of the same keys, or objects of one class. Each part stands in a list of
its own (a `Box`), so that joints, loops and derivatives know nothing of it. A list becomes `Rows` where its length
first depends on the run; a joint or a loop that finds this out makes it Rows on all its paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import primitives as prim
from ..domains import kinds
from ..ir import Call, If, Lit, Var
from .state import State, boxes_in
from .values import Box, Map, Maybe, Rows, Seq, Slice, same

if TYPE_CHECKING:
    from .lowerer import Lowerer

MSG_ROWS = ("a list whose length only the run knows, of elements that differ in form",
            "Its elements are values of one kind.", "Keep one list for each part of its elements.")


def structured(value: Any, state: State) -> bool:
    """Has an element of a list parts?"""
    if isinstance(value, Box):
        return value.type is not list and isinstance(state.heap.get(value), Map)
    return isinstance(value, Seq) and value.type is not list


class RowLists:
    """Mixin of `Lowerer`."""

    # --- forms -----------------------------------------------------------------------------------------------------

    def row_form(self: Lowerer, value: Any, state: State, labels: list[str], label: str = "") -> Any:
        """The form of an element: positions of its parts in place of the parts, whose names are added to `labels`."""
        held = state.heap[value] if structured(value, state) and isinstance(value, Box) else value
        if isinstance(held, Seq) and held.type is not list:
            names = getattr(held.type, "_fields", None) or range(len(held.items))
            return Seq(tuple(self.row_form(v, state, labels, f"{label}_{n}") for v, n in zip(
                held.items, names, strict=True)), held.type)
        if isinstance(held, Map):
            return Map({k: self.row_form(v, state, labels, f"{label}_{k}") for k, v in held.items.items()}, held.type)
        labels.append(label)
        return len(labels) - 1

    def parts_of_element(self: Lowerer, form: Any, value: Any, state: State) -> list[Any] | None:
        """The parts of an element in the order of the columns; None if it has another form."""
        if isinstance(form, int):
            return [value]
        held = state.heap.get(value) if isinstance(value, Box) else value
        if isinstance(form, Seq) and isinstance(held, Seq) and held.type is form.type \
                and len(held.items) == len(form.items):
            pairs = list(zip(form.items, held.items, strict=True))
        elif isinstance(form, Map) and isinstance(held, Map) and held.type is form.type \
                and form.items.keys() == held.items.keys():
            pairs = [(f, held.items[k]) for k, f in form.items.items()]
        else:
            return None
        found = [self.parts_of_element(f, v, state) for f, v in pairs]
        return None if None in found else [p for parts in found for p in parts or ()]

    def element(self: Lowerer, form: Any, parts: list[Any]) -> Any:
        """The element of a form with these parts; what can change is still held by the list."""
        if isinstance(form, int):
            return parts[form]
        if isinstance(form, Seq):
            return Seq(tuple(self.element(f, parts) for f in form.items), form.type)
        box = self.new_box(form.type, Map({k: self.element(f, parts) for k, f in form.items.items()}, form.type))
        self.state.frozen[box] = "A list holds it"
        return box

    # --- a list becomes rows ---------------------------------------------------------------------------------------

    def as_rows(self: Lowerer, content: Any, state: State, like: Rows | None = None) -> Rows | None:
        """What a list of known length holds, as rows in this state; `like`: rows whose columns are to be used."""
        if isinstance(content, Rows):
            if like is None or content is like:
                return content
            if len(like.columns) != len(content.columns) or not same_form(like.form, content.form):
                return None
            for mine, theirs in zip(like.columns, content.columns, strict=True):
                state.heap[mine] = state.heap[theirs]
            return like
        content = as_pairs(content)
        if not isinstance(content, Seq):
            return None
        if like is None:
            if not content.items:
                return None
            labels: list[str] = []
            form = self.row_form(content.items[0], state, labels)
            like = Rows(form, tuple(Box(list, label=name) for name in labels))
        rows = [self.parts_of_element(like.form, item, state) for item in content.items]
        if None in rows:
            return None
        for number, box in enumerate(like.columns):
            state.heap[box] = Seq(tuple(parts[number] for parts in rows if parts is not None), list)
        for item in content.items:
            for inner in boxes_in(item):
                state.frozen.setdefault(inner, "A list holds it")
        return like

    def make_rows_alike(self: Lowerer, a: State, b: State, box: Box) -> None:
        """After two paths a list of elements with parts has different lengths: rows on both, of the same columns."""
        left, right = self.content_in(a, box), self.content_in(b, box)
        if same(left, right) or not self.needs_rows(left, right, a, b):
            return
        rows = self.as_rows(left, a) or self.as_rows(right, b)
        if rows is None:
            return
        ends = self.as_rows(left, a, rows), self.as_rows(right, b, rows)
        if None not in ends:
            a.heap[box] = b.heap[box] = rows

    def needs_rows(self: Lowerer, left: Any, right: Any, a: State, b: State) -> bool:
        if isinstance(left, Rows) or isinstance(right, Rows):
            return all(isinstance(v, (Rows, Seq)) or is_dict(v) for v in (left, right))
        if is_dict(left) and is_dict(right):
            return list(left.items) != list(right.items)
        if not (isinstance(left, Seq) and isinstance(right, Seq) and left.type is right.type is list):
            return False
        items = [(v, a) for v in left.items] + [(v, b) for v in right.items]
        return len(left.items) != len(right.items) and all(structured(v, s) for v, s in items)

    # --- what is done to them --------------------------------------------------------------------------------------

    def rows_method(self: Lowerer, box: Box, rows: Rows, name: str, args: list[Any], node: Any) -> Any:
        """box.name(*args)"""
        if name in ("append", "insert"):
            parts = self._split(rows, args[-1], node)
            for column, part in zip(rows.columns, parts, strict=True):
                self.list_method(column, name, [*args[:-1], part], {}, node)
            return Lit(None)
        if name == "extend":
            return self._extend_rows(box, rows, args[0], node)
        if name == "pop":
            return self.element(rows.form, [self.list_method(c, "pop", list(args), {}, node) for c in rows.columns])
        if name in ("reverse", "clear"):
            for column in rows.columns:
                self.list_method(column, name, [], {}, node)
            return Lit(None)
        raise self.refuse(f"the list method `.{name}` of a list whose length only the run knows", "Its elements are "
                          "known only at run time.", "Build the list in the order you need.", node=node)

    def _split(self: Lowerer, rows: Rows, value: Any, node: Any) -> list[Any]:
        value = self.surely(value) if isinstance(value, Maybe) else value
        parts = self.parts_of_element(rows.form, value, self.state)
        if parts is None:
            raise self.refuse(*MSG_ROWS, node=node)
        for inner in boxes_in(value):
            self.state.frozen.setdefault(inner, "A list holds it")
        return parts

    def _extend_rows(self: Lowerer, box: Box, rows: Rows, other: Any, node: Any) -> Any:
        known = self.known_items(other)
        held = self.open(other) if known is None else None
        if known is not None:
            for item in known:
                self.rows_method(box, rows, "append", [item], node)
        elif isinstance(held, Rows) and same_form(held.form, rows.form):
            for mine, theirs in zip(rows.columns, held.columns, strict=True):
                self.list_method(mine, "extend", [theirs], {}, node)
        else:
            self.iterate(other, lambda item: self.rows_method(box, rows, "append", [item], node), node)
        return Lit(None)

    def item_of_rows(self: Lowerer, rows: Rows, index: Any, node: Any) -> Any:
        """rows[index]: an element, or a list of rows."""
        if isinstance(index, Slice):
            return self.new_rows(rows.form, [self.get_item(c, index, "", node) for c in rows.columns], rows)
        return self.element(rows.form, [self.get_item(c, index, "", node) for c in rows.columns])

    def new_rows(self: Lowerer, form: Any, columns: list[Any], like: Rows) -> Box:
        for column, other in zip(columns, like.columns, strict=True):
            column.label = other.label
        return self.new_box(list, Rows(form, tuple(columns)))

    def copied_rows(self: Lowerer, rows: Rows) -> Box:
        return self.new_rows(rows.form, [self.new_box(list, self.state.heap[c]) for c in rows.columns], rows)

    def sum_of_rows(self: Lowerer, left: Any, right: Any, node: Any) -> Any:
        """left + right, of which one at least is rows."""
        first = self.copied_rows(left) if isinstance(left, Rows) else self.new_list(left.items)
        if not isinstance(left, Rows):
            assert isinstance(right, Rows)
            rows = self.as_rows(left, self.state, fresh_columns(right))
            if rows is None:
                raise self.refuse(*MSG_ROWS, node=node)
            self.state.heap[first] = rows
        other = right if not isinstance(right, Rows) else self.new_box(list, right)
        self.rows_method(first, self.state.heap[first], "extend", [other], node)
        return first

    def store_in_rows(self: Lowerer, rows: Rows, index: Any, value: Any, node: Any) -> None:
        """rows[index] = value"""
        for column, part in zip(rows.columns, self._split(rows, value, node), strict=True):
            self.store_in_container(column, index, part, node)

    def columns_of(self: Lowerer, rows: Rows, node: Any) -> Seq:
        """zip(*rows): its columns. Python raises where they are unpacked and there is no row."""
        if not isinstance(rows.form, Seq):
            raise self.refuse("`zip(*...)` of a list of dicts or objects", "", "Write the loop out.", node=node)
        length = self.atom(self.number_of_rows(rows, node))
        test = self.atom(self.compare("Eq", length, Lit(0), "", node)) if isinstance(length, Var) else None
        if test is not None:
            with self.new_block() as block:
                message = f"not enough values to unpack (expected {len(rows.form.items)}, got 0)"
                error = self.make_exception(ValueError, [Lit(message)], {})
                self.block.append(Call((), prim.RAISE, (self.atom(error),), (), self.loc))
            self.block.append(If(test, tuple(block), (), (), "statement", self.loc))
        found: list[Any] = []
        for form in rows.form.items:
            parts = form if isinstance(form, int) else None
            if parts is None:
                raise self.refuse("`zip(*...)` of rows whose parts have parts", "", "Write the loop out.", node=node)
            found.append(self.new_box(list, self.state.heap[rows.columns[parts]]))
        return Seq(tuple(found))

    def number_of_rows(self: Lowerer, rows: Rows, node: Any) -> Any:
        content = self.state.heap[rows.columns[0]]
        return Lit(len(content.items)) if isinstance(content, Seq) else self.length(content, node)

    def known_rows(self: Lowerer, rows: Rows) -> list[Any] | None:
        """The elements, where each column has a known length."""
        columns = [self.state.heap[c] for c in rows.columns]
        if not all(isinstance(c, Seq) for c in columns):
            return None
        return [self.element(rows.form, list(parts)) for parts in zip(*(c.items for c in columns), strict=True)]

    def array_of_rows(self: Lowerer, value: Any) -> Any:
        """np.array(rows): one row of numbers for each."""
        rows = self.state.heap.get(value) if isinstance(value, Box) else value
        if not isinstance(rows, Rows):
            return value
        if not isinstance(rows.form, Seq) or not all(isinstance(f, int) for f in rows.form.items) or not all(
                isinstance(self._column_kind(c), kinds.Scalar) for c in rows.columns):
            raise self.refuse("an array of a list whose elements have parts", "They are not all numbers.",
                              "Make an array of each part.")
        arrays = tuple(self.emit(np.array, c) for c in rows.columns)
        return self.emit(np.stack, Seq(arrays, list), axis=Lit(1))

    def _column_kind(self: Lowerer, column: Box) -> Any:
        kind = self.kind(column)
        return kind.item if isinstance(kind, kinds.ListOf) else kinds.UNKNOWN


def fresh_columns(rows: Rows) -> Rows:
    """Rows of the same form, of columns of their own."""
    return Rows(rows.form, tuple(Box(list, label=c.label) for c in rows.columns))


def is_dict(content: Any) -> bool:
    return isinstance(content, Map) and issubclass(content.type, dict)


def as_pairs(content: Any) -> Any:
    """The items of a dict of known keys as a list of pairs; anything else as it is."""
    if not is_dict(content):
        return content
    return Seq(tuple(Seq((key_value(k), v)) for k, v in content.items.items()), list)


def key_value(key: Any) -> Any:
    """A key that is known now as an abstract value."""
    return Seq(tuple(map(key_value, key))) if type(key) is tuple else Lit(key)


def same_form(a: Any, b: Any) -> bool:
    if isinstance(a, int) or isinstance(b, int):
        return bool(a == b)
    if isinstance(a, Seq) and isinstance(b, Seq):
        return a.type is b.type and len(a.items) == len(b.items) and all(map(same_form, a.items, b.items))
    return isinstance(a, Map) and isinstance(b, Map) and a.type is b.type and list(a.items) == list(b.items) \
        and all(same_form(a.items[k], b.items[k]) for k in a.items)


__all__ = ["MSG_ROWS", "RowLists", "as_pairs", "fresh_columns", "is_dict", "key_value", "same_form", "structured"]
