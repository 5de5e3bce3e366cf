"""Lists whose length only the run knows: values of kind ListOf, changed by primitives that are put back in place."""

from __future__ import annotations

import collections
import operator
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from ...runtime import lists
from ...runtime.shapes import shapes_of
from .. import primitives as prim
from ..domains import kinds
from ..domains.inference import result_kind
from ..domains.kinds import Array, Kind, ListOf, Scalar, Sym, TupleOf
from ..ir import Call, Lit, Var
from .list_slices import store_slice
from .state import State, boxes_in, buffers_in
from .values import Box, Map, Maybe, Object, Ref, Rows, Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer

# What takes a list as it is; anything else gets np.array(list).
JOINERS = {np.array, np.asarray, np.stack, np.concatenate, np.vstack, np.hstack, np.dstack, np.column_stack}
TAKERS = {*JOINERS, prim.contains, prim.not_contains, sum, len, operator.getitem, lists.extreme_position, shapes_of,
          print, str, repr}
OF_LISTS = {prim.LIST_APPEND, prim.LIST_POP, prim.LIST_SET, prim.LIST_ADD, prim.LIST, prim.TUPLE, prim.DICT, prim.BUILD,
            prim.STOP, prim.LIST_OF, prim.LIST_REPEAT}
ONLY_KNOWN = "Its elements are known only at run time."


def usable(kind: Kind) -> bool:
    """Can a list hold values of this kind at run time and be differentiated?"""
    return isinstance(kind, (Scalar, Array)) or kind in (kinds.STR, kinds.NONE) or (
        isinstance(kind, ListOf) and usable(kind.item))


def as_list(kind: Kind) -> Kind:
    """The kind of a list of known length as one of unknown length; so are the lists in it."""
    if isinstance(kind, ListOf):
        return ListOf(as_list(kind.item))
    if isinstance(kind, TupleOf) and kind.type is list:
        joined = kinds.join(TupleOf(tuple(map(as_list, kind.items)), list), TupleOf((), list))
        return joined if kind.items else kind
    return kind


def is_grown(value: Any) -> bool:
    return isinstance(value, Var) and isinstance(value.kind, ListOf)


class Grown:
    """Mixin of `Lowerer`."""

    def make_grown(self: Lowerer, box: Box, node: Any) -> Var:
        """From here on the list is one value, whose length only the run knows."""
        content = self.state.heap[box]
        if isinstance(content, Var):
            return content
        kind = as_list(self.kind(box))
        self.hold_elements(content)
        out = self.atom(box)
        assert isinstance(out, Var)
        var = Var("", kind)
        self.block[-1] = Call((var,), prim.LIST, self.block[-1].args, (), self.loc)  # type: ignore[union-attr]
        self.change(box, var, node)
        return var

    def grown_list_method(self: Lowerer, box: Box, content: Var, name: str, args: list[Any], node: Any) -> Any:
        """A method that changes a list whose length only the run knows."""
        if name == "append":
            self.change(box, self.list_append(content, args[0], node), node)
            return Lit(None)
        if name == "extend":
            other = self.open(args[0])
            known = self.known_items(other)
            if known is not None:
                for item in known:
                    content = self.list_append(content, item, node)
                self.change(box, content, node)
                return Lit(None)
            if isinstance(other, Ref):
                other = self.list_of_array(other, node)
            if is_grown(other):
                self.change(box, self.list_sum(content, other), node)
                return Lit(None)
        if name == "insert" and isinstance(args[0], Lit) and args[0].value == 0:
            first = Seq((args[1],), list)
            self.hold_elements(first)
            self.change(box, self.list_sum(self.atom(first), content), node)
            return Lit(None)
        if name == "pop":
            return self._pop_grown(box, content, args, node)
        if name == "reverse":
            self.change(box, self.list_slice(content, Slice(Lit(None), Lit(None), Lit(-1))), node)
            return Lit(None)
        if name == "clear":
            self.change(box, Seq((), list), node)
            return Lit(None)
        raise self.refuse(f"the list method `.{name}` of a list whose length only the run knows", ONLY_KNOWN,
                          "Build the list in the order you need.", node=node)

    def _pop_grown(self: Lowerer, box: Box, content: Var, args: list[Any], node: Any) -> Any:
        where = args[0].value if args and isinstance(args[0], Lit) else (-1 if not args else None)
        if where == -1:
            rest, item = Var(content.name, content.kind), Var("", fresh_dims(content.kind.item))  # type: ignore[attr-defined]
            self.block.append(Call((rest, item), prim.LIST_POP, (content,), (), self.loc))
            self.change(box, rest, node)
            return self.held_value(item)
        if where == 0:
            item_value = self.item_of_list(content, Lit(0), "", node)
            self.change(box, self.list_slice(content, Slice(Lit(1), Lit(None), Lit(None))), node)
            return item_value
        raise self.refuse("`.pop` at this position of a list whose length only the run knows", "",
                          "Pop the first or the last element.", node=node)

    # --- primitives -----------------------------------------------------------------------------------------------

    def list_append(self: Lowerer, content: Var, value: Any, node: Any) -> Var:
        atom = self.held_atom(value, node)
        kind = kinds.join(content.kind, TupleOf((self._kind_of(atom),), list))
        out = Var(content.name, kind)
        self.block.append(Call((out,), prim.LIST_APPEND, (content, atom), (), self.loc))
        return out

    def list_of_array(self: Lowerer, value: Ref, node: Any) -> Var:
        """list(array): its elements, or its rows, which are views of it."""
        kind = self.kind(value)
        shape = kinds.shape_of(kind)
        if not shape:
            raise self.refuse("a list of an array whose rank is not known", "", "Keep it an array.", node=node)
        dtype = kinds.dtype_of(kind)
        item: Kind = Array(dtype, shape[1:]) if len(shape) > 1 else Scalar(dtype)
        self.freeze([value.buffer], "A list holds views of the array")
        out = Var("", ListOf(item))
        self.block.append(Call((out,), prim.LIST_OF, (self.atom(value),), (), self.loc))
        return out

    def list_sum(self: Lowerer, first: Any, second: Any) -> Var:
        out = Var(getattr(first, "name", ""), kinds.join(self._kind_of(first), self._kind_of(second)))
        self.block.append(Call((out,), prim.primitive_for(operator.add), (first, second), (), self.loc))
        return out

    def list_slice(self: Lowerer, content: Var, index: Slice) -> Var:
        out = Var(content.name, content.kind)
        self.block.append(Call((out,), prim.primitive_for(operator.getitem), (content, self.atom(index)), (), self.loc))
        return out

    @staticmethod
    def _kind_of(atom: Any) -> Kind:
        return atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value)

    def hold_elements(self: Lowerer, value: Any, state: State | None = None) -> None:
        """A list of unknown length holds this, or what is in it, by value: it may not change from here on.

        state : where it is that the containers in it hold what they hold, if not here
        """
        for box in boxes_in(value):
            self.state.frozen.setdefault(box, "A list holds it")
            self.hold_elements((state or self.state).heap.get(box), state)
        self.freeze(buffers_in(value), "A list whose length only the run knows holds the array")

    def held_atom(self: Lowerer, value: Any, node: Any) -> Any:
        """A value put into a list of unknown length: the list holds it, so it may not change from here on."""
        if isinstance(self.settled(value), Maybe):
            raise self.refuse("a value that may be None in a list whose length only the run knows", ONLY_KNOWN,
                              "Test it first.", node=node)
        for box in boxes_in(value):
            if box.type is not list or isinstance(self.state.heap.get(box), Rows):
                raise self.refuse(f"{self.describe(value)} in a list whose length only the run knows", ONLY_KNOWN,
                                  "Keep one list for each of its parts.", node=node)
        self.hold_elements(value)
        atom = self.atom(value)
        kind = self._kind_of(atom)
        if isinstance(kind, TupleOf) and kind.type is list:
            if usable(as_list(kind)):
                return atom
        if not usable(kind):
            raise self.refuse(f"{self.describe(value)} in a list whose length only the run knows", ONLY_KNOWN,
                              "Keep one list for each of its parts.", node=node)
        return atom

    def held_value(self: Lowerer, var: Var) -> Any:
        """A value read from a list: the list still holds it, so it may not change."""
        value = self.value_of(var)
        self.freeze(buffers_in(value), "A list whose length only the run knows holds the array")
        if isinstance(value, Box):
            self.state.frozen[value] = "A list holds it"
        return value

    def item_of_list(self: Lowerer, owner: Var, index: Any, name: str, node: Any) -> Any:
        """owner[index]"""
        kind = owner.kind
        assert isinstance(kind, ListOf)
        if isinstance(index, Slice):
            return self.list_value(self.list_slice(owner, index))
        dtype = kinds.dtype_of(self.kind(index))
        if isinstance(index, (Seq, Box)) or dtype is None or dtype.kind not in "iub":
            raise self.refuse(f"a list indexed by {self.describe(index)}", "Python would raise TypeError.", node=node)
        item = kind.item if usable(kind.item) else None
        if item is None:
            if isinstance(kind.item, TupleOf) and kind.item.type is list:
                raise self.refuse("an empty list that a list or dict of the run holds",
                                  "What it will hold is not known.",
                                  "Store another list there: `d[k] = d.get(k, []) + [v]`.", node=node)
            raise self.refuse("an element of a list that may be empty", "What it holds is not known.", node=node)
        out = Var(name, fresh_dims(item))
        self.block.append(Call((out,), prim.primitive_for(operator.getitem), (owner, self.atom(index)), (), self.loc))
        return self.held_value(out)

    def store_in_list(self: Lowerer, box: Box, content: Var, index: Any, value: Any, node: Any) -> None:
        """owner[index] = value, for a list whose length only the run knows."""
        if isinstance(index, Slice):
            self.change(box, store_slice(self, content, index, value, node), node)
            return
        atom = self.held_atom(value, node)
        out = Var(content.name, kinds.join(content.kind, TupleOf((self._kind_of(atom),), list)))
        self.block.append(Call((out,), prim.LIST_SET, (content, self.atom(index), atom), (), self.loc))
        self.change(box, out, node)

    # --- operations -----------------------------------------------------------------------------------------------

    def list_operation(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """`+` and `*` where one side is a list of unknown length; None where none is."""
        if op == "Add" and (isinstance(left, Rows) or isinstance(right, Rows)) and all(
                isinstance(v, Rows) or (isinstance(v, Seq) and v.type is list) for v in (left, right)):
            return self.sum_of_rows(left, right, node)
        if not is_grown(left) and not is_grown(right):
            return self._repeated(op, left, right, node)
        sides = [v for v in (left, right) if is_grown(v) or (isinstance(v, Seq) and v.type is list)]
        if op == "Add" and len(sides) == 2:
            for side in sides:
                self.hold_elements(side)
            return self.list_value(self.list_sum(self.atom(left), self.atom(right)))
        if self._array_like(left, right):
            return None
        raise self.refuse(f"`{op}` of a list whose length only the run knows", "", "Use `np.array(...)` of it.",
                          node=node)

    def _repeated(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """[x] * n with an n that only the run knows."""
        for sequence, count in ((left, right), (right, left)):
            dtype = kinds.dtype_of(self.kind(count)) if isinstance(count, Var) else None
            if op == "Mult" and isinstance(sequence, Seq) and sequence.type is list and dtype is not None \
                    and dtype.kind in "iu" and isinstance(self.kind(count), Scalar) and not self.rule_mode:
                atoms = tuple(self.held_atom(v, node) for v in sequence.items)
                kind = kinds.join(TupleOf(tuple(map(self._kind_of, atoms)), list), TupleOf((), list))
                items = Var("", kind)
                self.block.append(Call((items,), prim.LIST, atoms, (), self.loc))
                out = Var("", kind)
                self.block.append(Call((out,), prim.LIST_REPEAT, (items, self.atom(count)), (), self.loc))
                return self.list_value(out)
        return None

    def augmented_container(self: Lowerer, op: str, old: Any, value: Any, name: str, node: Any) -> Any:
        """`old op= value` for a container that is no list, or not by `+=`."""
        if isinstance(old, Object) and isinstance(old.value, list) and op == "Add":
            self.list_method(old, "extend", [value], {}, node)
            return self.written_objects[id(old.value)]
        if isinstance(old, Box) and old.flavour is set:
            made = self.binary(op, old, value, name, node)
            self.change(old, self.state.heap[made], node)
            return old
        content = self.open(old)
        if isinstance(old, Box) and isinstance(content, Map) and op == "BitOr" and issubclass(old.type, dict):
            self.dict_method(old, "update", [value], {}, node)
            return old
        if isinstance(old, Box) and isinstance(content, Seq) and op == "Mult" and isinstance(value, Lit):
            self.change(old, Seq(content.items * value.value, list), node)  # type: ignore[operator]
            return old
        return self.binary(op, old, value, name, node)

    def missing_key(self: Lowerer, owner: Any, key: Any, node: Any) -> Any:
        """Python raises where it runs there."""
        return self.raise_here(self.make_exception(KeyError, [key if isinstance(key, (Lit, Var)) else Lit(
            "the key is not there")], {}))

    def absent(self: Lowerer, box: Any, content: Any, index: Any, node: Any) -> Any:
        """What a dict gives for a key that is not there."""
        if isinstance(box, Box) and box.type is collections.Counter:
            return Lit(0)
        if isinstance(box, Box) and box.extra is not None and box.type is collections.defaultdict:
            value = self.call(box.extra, [], {}, "", node)
            self.store_in_container(box, index, value, node)
            return value
        return self.missing_key(content, index, node)

    def constant_of(self: Lowerer, value: Any) -> Any:
        if isinstance(value, Lit):
            return value.value
        if isinstance(value, Seq):
            parts = [self.constant_of(v) for v in value.items]
            return NotImplemented if any(p is NotImplemented for p in parts) else tuple(parts)
        return NotImplemented

    # --- library calls --------------------------------------------------------------------------------------------

    def as_arrays(self: Lowerer, primitive: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of a library call, with lists of unknown length made arrays where it takes no list."""
        if primitive in OF_LISTS or primitive.fn in TAKERS or not any(map(is_grown, args)):
            return args
        return tuple(self.emit(np.array, a) if is_grown(a) else a for a in args)

    def kind_of_joined(self: Lowerer, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Kind:
        """The kind of a call on a list of unknown length: what holds for one element and for two."""
        listed = args[0].kind
        item = _element(listed.item)
        if key is len:
            return kinds.PY_INT
        if key is operator.getitem:
            is_slice = isinstance(self.kind(args[1]), kinds.Known)
            return ListOf(listed.item) if is_slice else fresh_dims(listed.item)
        if key is sum:
            shape = kinds.shape_of(item)
            if isinstance(item, Array) and (shape is None or any(map(kinds.may_be_one, shape))):
                return Array(item.dtype, None)
            return fresh_dims(listed.item)
        if key is lists.extreme_position:
            return kinds.PY_INT
        rest = [self.abstract(a) for a in args[1:]]
        options = {k: self.abstract(v) for k, v in kwargs.items()}
        one, two = (result_kind(key, [[item] * n, *rest], options) for n in (1, 2))
        return kinds.join(one, two)

    def comprehended_list(self: Lowerer, node: Any) -> Any:
        """[element for target in iterable if test], written out, or as a loop that appends."""
        start, block = self.state.copy(), len(self.block)
        try:
            return self.new_list(tuple(self.comprehend(node, lambda: self.eval(node.elt))))
        except UnknownLength:
            self.state = start
            del self.block[block:]
        append = gast.Attribute(gast.Name(RESULT, gast.Load(), None, None), "append", gast.Load())
        store = gast.Expr(gast.Call(append, [node.elt], []))
        return self.filled_by_loops(node, RESULT, self.new_box(list, Seq((), list)), store)

    def filled_by_loops(self: Lowerer, node: Any, result: str, box: Box, store: Any) -> Any:
        """A list or dict that the loops of a comprehension fill, called `result`; `store`: the statement inside."""
        outer, self.scope = self.scope, self.inner_scope_of(node, self.scope)
        self.scope.locals |= {result}
        try:
            self.bind(result, box)
            for stmt in as_loops(node, store):
                self.exec_block([stmt])
            self.node = node
            return box
        finally:
            inner, self.scope = self.scope, outer
            self.forget_names(node, inner)


RESULT = ".list"


class UnknownLength(Exception):
    """A comprehension over something whose length is known only at run time."""


def as_loops(node: Any, body: Any) -> list[Any]:
    """The statements of a comprehension: its loops and tests around `body`."""
    def located(made: Any) -> Any:
        for inner in gast.walk(made):
            if not hasattr(inner, "lineno") and hasattr(inner, "_attributes") and "lineno" in inner._attributes:
                gast.copy_location(inner, node)
        return made

    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            body = gast.If(test, [body], [])
        body = gast.For(generator.target, generator.iter, [body], [], None)
    return [located(body)]


def _element(kind: Kind) -> Any:
    """An element as inference takes it: a list of lists is nested."""
    return [_element(kind.item)] if isinstance(kind, ListOf) else fresh_dims(kind)


def fresh_dims(kind: Kind) -> Kind:
    """The kind of one element: its lengths are its own, for the elements of a list may differ in length."""
    if isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, tuple(d if isinstance(d, int) else Sym(one=d.one, least=d.least) for d in kind.shape))
    return kind


__all__ = ["Grown", "UnknownLength", "as_loops", "fresh_dims", "is_grown", "usable"]
