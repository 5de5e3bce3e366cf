"""Subscripts that are read: `owner[index]`, by the kind of the owner."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
from ..domains.kinds import Known, Scalar, TupleOf
from ..ir import Lit, Var
from .joiners import is_joiner, joiner_item
from .values import Box, Flat, Map, Object, Ref, Rows, Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Subscripts:
    """Mixin of `Lowerer`."""

    def eval_Slice(self: Lowerer, node: Any, name: str) -> Any:
        parts = [Lit(None) if p is None else self.eval(p) for p in (node.lower, node.upper, node.step)]
        return Slice(*parts)

    def eval_Subscript(self: Lowerer, node: Any, name: str) -> Any:
        owner = self.eval(node.value)
        index = self.eval(node.slice)
        return self.get_item(owner, index, name, node)

    def get_item(self: Lowerer, owner: Any, index: Any, name: str, node: Any) -> Any:
        """owner[index], by the kind of the owner."""
        result = self.call_special(owner, "__getitem__", [index], node)
        if result is not NotImplemented:
            return result
        held = owner
        owner = self.open(owner)
        if isinstance(held, (Box, Object)) and self.is_mapping(held):
            return self.item_of_dict(held, owner, index, name, node)
        if isinstance(owner, Rows):
            return self.item_of_rows(owner, index, node)
        if isinstance(held, Box) and self.counts_places(owner, index):
            return self.item_of_list(self.make_grown(held, node), index, name, node)
        if isinstance(owner, Var) and isinstance(owner.kind, kinds.ListOf):
            return self.item_of_list(owner, index, name, node)
        if self.rule_mode and isinstance(self.kind(owner), Scalar):
            owner = self.emit(np.asarray, owner)  # a rule's `d_ans[..., None]`, of one number
        if isinstance(owner, Seq):
            return self._item_of_sequence(owner, index, node)
        if isinstance(owner, Map):
            key = self.key_of(index, node)
            if key not in owner.items:
                return self.missing_key(owner, key, node)
            return owner.items[key]
        if isinstance(owner, Object):
            return self.object_item(owner, index, node)
        if isinstance(owner, Lit):
            if is_joiner(owner.value):
                return joiner_item(self, owner.value, index, node)
            if isinstance(index, Lit):
                return self.fold(operator.getitem, node, owner.value, index.value)
            if type(owner.value) is tuple:
                return self._item_of_sequence(Seq(tuple(map(Lit, owner.value))), index, node)
            raise self.refuse("a constant indexed by a value", "", "Make it an array.", node=node)
        if isinstance(owner, Var) and isinstance(owner.kind, TupleOf):
            return self._item_of_tuple(owner, index, name, node)
        if isinstance(owner, Ref):
            return self._item_of_array(owner, index, name)
        if isinstance(owner, Flat):
            return self.flat_item(owner, index, name)
        if self.rule_mode and isinstance(owner, Var):
            return self.emit(operator.getitem, owner, index, name=name)
        raise self.refuse(f"indexing {self.describe(owner)}", "", "Index arrays, tuples, lists and dicts.", node=node)

    def is_mapping(self: Lowerer, owner: Any) -> bool:
        return issubclass(owner.type, dict) if isinstance(owner, Box) else isinstance(owner.value, dict)

    def item_of_dict(self: Lowerer, box: Any, content: Any, index: Any, name: str, node: Any) -> Any:
        """box[index], for a dict."""
        if isinstance(content, Object):
            if self.known_key(index):
                return self.object_item(content, index, node)
            content = Map({k: self.object_item(content, Lit(k), node) for k in content.value})
        if isinstance(content, Rows) or not self.known_key(index):
            return self.item_at_key(content, index, lambda: self.absent(box, content, index, node), node, name)
        key = self.key_of(index, node)
        return content.items[key] if key in content.items else self.absent(box, content, index, node)

    def _item_of_sequence(self: Lowerer, owner: Seq, index: Any, node: Any) -> Any:
        if isinstance(index, Lit) and isinstance(index.value, int):
            if not -len(owner.items) <= index.value < len(owner.items):
                word = "list" if owner.type is list else "tuple"
                return self.raise_here(self.make_exception(IndexError, [Lit(f"{word} index out of range")], {}))
            return owner.items[index.value]
        if isinstance(index, Slice) and all(isinstance(p, Lit) for p in (index.start, index.stop, index.step)):
            picked = owner.items[index.start.value:index.stop.value:index.step.value]
            return self.new_list(picked) if owner.type is list else Seq(picked, tuple)
        if self._is_place(index) and owner.items:
            return self.known_positions(list(owner.items), node)[3](index)
        raise self.refuse("a list or tuple indexed by a value that is not a constant",
                          "Its elements may differ in kind.", "Stack them into an array: `np.stack(...)`.", node=node)

    def _is_place(self: Lowerer, index: Any) -> bool:
        """Is this an integer of the run?"""
        dtype = kinds.dtype_of(self.kind(index)) if isinstance(index, Var) else None
        return dtype is not None and dtype.kind in "iu" and isinstance(self.kind(index), Scalar)

    def _item_of_tuple(self: Lowerer, owner: Var, index: Any, name: str, node: Any) -> Any:
        items = owner.kind.items  # type: ignore[attr-defined]
        if isinstance(index, Lit) and isinstance(index.value, int) and -len(items) <= index.value < len(items):
            kind = items[index.value]
            if isinstance(kind, Scalar) and isinstance(kind.dim, int):
                return Lit(kind.dim)
            return self.emit(operator.getitem, owner, Lit(index.value), name=name)
        if isinstance(index, Slice) and all(isinstance(p, Lit) for p in (index.start, index.stop, index.step)):
            picked = range(len(items))[index.start.value:index.stop.value:index.step.value]
            return Seq(tuple(self._item_of_tuple(owner, Lit(i), "", node) for i in picked))
        return self.emit(operator.getitem, owner, index, name=name)

    def _item_of_array(self: Lowerer, owner: Ref, index: Any, name: str) -> Any:
        if owner.buffer.pick is not None and self._is_element(owner, index):
            return self.element_of_pick(owner.buffer, owner.buffer.pick, index, name)
        return self.emit(operator.getitem, owner, index, name=name)

    def _is_element(self: Lowerer, owner: Ref, index: Any) -> bool:
        """Is what an index names one number?"""
        places = index.items if isinstance(index, Seq) and index.type is tuple else (index,)
        shape = kinds.shape_of(self.kind(owner))
        return shape is not None and len(shape) == len(places) > 0 and all(
            isinstance(kind := self.kind(i), Scalar) and kind.dtype is not None and kind.dtype.kind in "iu"
            for i in places)

    def is_basic_index(self: Lowerer, index: Any) -> bool:
        """Is this an index of slices, integers, None and Ellipsis, which makes a view?"""
        if isinstance(index, Seq):
            return index.type is tuple and all(self.is_basic_index(i) for i in index.items)
        if isinstance(index, Slice):
            return True
        if isinstance(index, Lit):
            return index.value is None or index.value is Ellipsis or (
                isinstance(index.value, (int, np.integer)) and not isinstance(index.value, bool))
        kind = self.kind(index)
        if isinstance(kind, Known) and kind.type is slice:
            return True
        return isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind in "iu"


__all__ = ["Subscripts"]
