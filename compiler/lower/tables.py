"""Dicts whose keys only the run knows: rows of keys and values.

    d[k] = v    =>    p = place_of(k, d_keys)
                      if p < 0: d_keys.append(k); d_values.append(v)
                      else: d_values[p] = v

A dict whose keys are known is followed key by key; where it is read at a key of the run, the keys are compared one
after the other. It becomes `Rows` (see rows) where a key of the run is stored, or its keys differ between paths or
trips: the first columns hold the key (a tuple has a column for each part), the others the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from ...runtime.lists import place_of
from .. import primitives as prim
from ..domains import kinds
from ..ir import Call, Lit, Var
from .rows import as_pairs, key_value
from .values import Box, Map, Object, Rows, Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer

MOST_TESTS = 16  # keys that are compared one after the other
MSG_VALUES = ("a dict whose keys only the run knows, of values that differ in form", "Its values are of one kind.",
              "Keep one dict for each kind of value.")
RESULT = ".dict"


class Tables:
    """Mixin of `Lowerer`."""

    def known_key(self: Lowerer, key: Any) -> bool:
        if isinstance(key, Seq):
            return key.type is tuple and all(map(self.known_key, key.items))
        return isinstance(key, (Lit, Object))

    def run_key(self: Lowerer, key: Any, node: Any) -> Any:
        """A key that the run knows: a whole number, a boolean, a text, or a tuple of them."""
        if isinstance(key, Seq) and key.type is tuple:
            return Seq(tuple(self.run_key(k, node) for k in key.items))
        if isinstance(key, Lit):
            return key
        kind = self.kind(key)
        dtype = kinds.dtype_of(kind)
        if kind != kinds.STR and not (isinstance(kind, kinds.Scalar) and dtype is not None and dtype.kind in "iub"):
            raise self.refuse(f"{self.describe(key)} as a dict key", "Keys that only the run knows are whole numbers, "
                              "texts and tuples of them.", "Use a list or an array.", node=node)
        return key

    # --- reading ---------------------------------------------------------------------------------------------------

    def item_at_key(self: Lowerer, content: Any, key: Any, missing: Any, node: Any, name: str = "") -> Any:
        """content[key], where the key or the keys are known only at run time; `missing` gives what else there is."""
        key = self.run_key(key, node)
        if isinstance(content, Map) and len(content.items) <= MOST_TESTS:
            return self._tested(list(content.items.items()), key, missing, node, name)
        rows = content if isinstance(content, Rows) else self._rows_of(content, node)
        if self.known_rows(rows) == []:  # before the first trip of a loop, say: what it will hold is not known yet
            return missing()
        place = self._place(rows, key, node)
        return self.branch(self.compare("Lt", place, Lit(0), "", node), missing,
                           lambda: self._value_at(rows, place, node), "expression", name)

    def _tested(self: Lowerer, items: list[Any], key: Any, missing: Any, node: Any, name: str) -> Any:
        if not items:
            return missing()
        (first, value), rest = items[0], items[1:]
        test = self.same_key(key, key_value(first), node)
        decided = self.decide(test)
        if decided is not None:
            return value if decided else self._tested(rest, key, missing, node, name)
        return self.branch(test, lambda: value, lambda: self._tested(rest, key, missing, node, name), "expression",
                           name)

    def same_key(self: Lowerer, key: Any, other: Any, node: Any) -> Any:
        """Are two keys equal?"""
        if isinstance(key, Seq) or isinstance(other, Seq):
            if not (isinstance(key, Seq) and isinstance(other, Seq)) or len(key.items) != len(other.items):
                return Lit(False)

            def rest(number: int) -> Any:
                test = self.same_key(key.items[number], other.items[number], node)
                return test if number + 1 == len(key.items) else self.short_circuit(
                    "and", test, lambda: rest(number + 1))

            return rest(0) if key.items else Lit(True)
        texts = [isinstance(k.value, str) if isinstance(k, Lit) else self.kind(k) == kinds.STR for k in (key, other)]
        if texts[0] != texts[1]:
            return Lit(False)
        return self.compare("Eq", key, other, "", node)

    def has_key(self: Lowerer, content: Any, key: Any, node: Any) -> Any:
        """key in content"""
        key = self.run_key(key, node)
        if isinstance(content, Map) and len(content.items) <= MOST_TESTS:
            return self._tested([(k, Lit(True)) for k in content.items], key, lambda: Lit(False), node, "")
        rows = content if isinstance(content, Rows) else self._rows_of(content, node)
        if self.known_rows(rows) == []:
            return Lit(False)
        return self.compare("GtE", self._place(rows, key, node), Lit(0), "", node)

    def _rows_of(self: Lowerer, content: Map, node: Any) -> Rows:
        rows = self.as_rows(as_pairs(content), self.state)
        if rows is None:
            raise self.refuse(*MSG_VALUES, node=node)
        return rows

    def _key_columns(self: Lowerer, rows: Rows) -> int:
        form: Any = rows.form.items[0]
        return len(form.items) if isinstance(form, Seq) else 1

    def _place(self: Lowerer, rows: Rows, key: Any, node: Any) -> Any:
        """The position of a key; -1 where it is not there."""
        number = self._key_columns(rows)
        parts = list(key.items) if isinstance(key, Seq) else [key]
        if len(parts) != number or isinstance(key, Seq) != isinstance(rows.form.items[0], Seq):
            return Lit(-1)
        place = Var("place", kinds.PY_INT)
        atoms = [self.atom(v) for v in (*parts, *rows.columns[:number])]
        self.block.append(Call((place,), prim.primitive_for(place_of), tuple(atoms), (), self.loc))
        return place

    def _value_at(self: Lowerer, rows: Rows, place: Any, node: Any) -> Any:
        """The value at a position; what a dict holds may not change but by the dict."""
        number = self._key_columns(rows)
        parts: list[Any] = [Lit(None)] * number
        for column in rows.columns[number:]:
            self.make_grown(column, node)
            parts.append(self.get_item(column, place, "", node))
        return self.element(rows.form.items[1], parts)

    # --- writing ---------------------------------------------------------------------------------------------------

    def store_at_key(self: Lowerer, box: Box, content: Any, key: Any, value: Any, node: Any) -> None:
        """box[key] = value, where the key or the keys are known only at run time."""
        key = self.run_key(key, node)
        rows = self._as_table(box, content, key, value, node)
        if self.known_rows(rows) == []:
            self.rows_method(box, rows, "append", [Seq((key, value))], node)
            return
        for column in rows.columns:
            self.make_grown(column, node)
        place = self._place(rows, key, node)

        def add() -> Any:
            self.rows_method(box, rows, "append", [Seq((key, value))], node)
            return None

        def put() -> Any:
            self.store_in_rows(rows, place, Seq((key, value)), node)
            return None

        test = self.compare("Lt", place, Lit(0), "", node)
        decided = self.decide(test)
        if decided is None:
            self.branch(test, add, put, "statement", stmt=self.stmt)
        else:
            (add if decided else put)()

    def _as_table(self: Lowerer, box: Box, content: Any, key: Any, value: Any, node: Any) -> Rows:
        if isinstance(content, Rows):
            self.change(box, content, node)
            return content
        labels: list[str] = []
        pair = Seq((key, value))
        form = self.row_form(pair, self.state, labels)
        number = len(key.items) if isinstance(key, Seq) else 1
        names = [f"_keys{n or ''}" for n in range(number)] + [
            f"_values{label.removeprefix('_1')}" for label in labels[number:]]
        rows = self.as_rows(as_pairs(content), self.state, Rows(form, tuple(Box(list, label=n) for n in names)))
        if rows is None:
            raise self.refuse(*MSG_VALUES, node=node)
        self.change(box, rows, node)
        return rows

    def delete_at_key(self: Lowerer, box: Box, content: Any, key: Any, missing: Any, node: Any) -> Any:
        """box.pop(key), where the keys are known only at run time; the value that was there."""
        key = self.run_key(key, node)
        rows = content if isinstance(content, Rows) else self._as_table(box, content, *self._first_pair(content, node),
                                                                         node)
        place = self._place(rows, key, node)

        def take() -> Any:
            value = self._value_at(rows, place, node)
            after = self.binary("Add", place, Lit(1), "", node)
            for column in rows.columns:
                held = self.make_grown(column, node)
                before = self.list_slice(held, Slice(Lit(None), place, Lit(None)))
                rest = self.list_slice(held, Slice(after, Lit(None), Lit(None)))
                self.change(column, self.list_sum(before, rest), node)
            return value

        return self.branch(self.compare("Lt", place, Lit(0), "", node), missing, take, "expression")

    def _first_pair(self: Lowerer, content: Map, node: Any) -> tuple[Any, Any]:
        for key, value in content.items.items():
            return key_value(key), value
        raise self.refuse("a key taken from an empty dict", "Python would raise KeyError.", node=node)

    # --- methods ---------------------------------------------------------------------------------------------------

    def table_method(self: Lowerer, box: Any, rows: Rows, name: str, args: list[Any], kwargs: dict[str, Any],
                     node: Any) -> Any:
        """box.name(*args) of a dict whose keys only the run knows."""
        if name in ("items", "keys", "values"):
            return self.rows_part(rows, name)
        if name == "copy":
            return self.like_box(box, self.state.heap[self.copied_rows(rows)])
        if name == "clear":
            self.change(box, Map({}, box.type), node)
            return Lit(None)
        if name == "update" and not kwargs:
            other = self.open(args[0])
            pairs = other if isinstance(other, Rows) else as_pairs(other)
            self.iterate(self.new_box(list, pairs) if isinstance(pairs, (Rows, Seq)) else pairs,
                         lambda pair: self.store_pair(box, pair, node), node)
            return Lit(None)
        raise self.refuse(f"the dict method `.{name}` of a dict whose keys only the run knows", "",
                          "Write it with `d[key] = value`.", node=node)

    def store_pair(self: Lowerer, box: Any, pair: Any, node: Any) -> None:
        key, value = self.unpack(pair, node)
        self.store_item(box, key, value, node)

    def rows_part(self: Lowerer, rows: Rows, name: str) -> Any:
        """What `items()`, `keys()` and `values()` walk over."""
        if name == "items":
            return self.new_box(list, rows)
        number = self._key_columns(rows)
        form: Any = rows.form.items[0 if name == "keys" else 1]
        columns = rows.columns[:number] if name == "keys" else rows.columns[number:]
        if isinstance(form, int):
            return self.new_box(list, self.state.heap[columns[0]])
        return self.new_box(list, Rows(_renumbered(form, 0 if name == "keys" else number), columns))

    def comprehended_dict(self: Lowerer, node: Any) -> Any:
        """{key: value for target in iterable if test}, as a loop that stores."""
        place = gast.Subscript(gast.Name(RESULT, gast.Load(), None, None), node.key, gast.Store())
        return self.filled_by_loops(node, RESULT, self.new_box(dict, Map({})), gast.Assign([place], node.value, None))


def _renumbered(form: Any, less: int) -> Any:
    if isinstance(form, int):
        return form - less
    if isinstance(form, Seq):
        return Seq(tuple(_renumbered(f, less) for f in form.items), form.type)
    return Map({k: _renumbered(f, less) for k, f in form.items.items()}, form.type)


__all__ = ["MSG_VALUES", "Tables"]
