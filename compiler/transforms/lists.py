"""Operations on lists of unknown length, backwards: the cotangent of a list is the list of its elements' cotangents.

    out.append(x)        d_x = d_out.pop()
    x = out.pop()        d_out.append(d_x)
    x = out[i]           d_out[i] = d_out[i] + d_x
    out[i] = x           d_x = d_out[i]; d_out[i] = 0
    y = np.stack(out)    d_out = list(d_y)
    s = sum(out)         d_out = [d_s] * len(out)
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...runtime import lists
from ...runtime.shapes import shapes_of, split_joined, split_like, unstack
from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Array, Kind, ListOf, Scalar, TupleOf, shape_of
from ..ir import Atom, Call, Lit, Primitive, Var
from ..lower import Lowerer
from ..lower.grown import as_list


def helper(fn: Any, name: str = "") -> Primitive:
    """A primitive whose result is a new list."""
    return Primitive(name or prim.qualified_name(fn), fn, "function", None, True, "fresh")


ZEROS, ADD, SPREAD = helper(lists.zeros_like_each), helper(lists.add_each), helper(lists.spread)
REAL = helper(lists.real_each)
SET_POSITIONS, PARTS = helper(lists.set_positions), helper(lists.parts_of)
ROWS = (np.array, np.asarray)
SPLITS = (unstack, split_like, split_joined)
JOINED = {np.vstack: "vstack", np.hstack: "hstack", np.dstack: "dstack", np.column_stack: "column_stack"}


def is_list(atom: Any) -> bool:
    return isinstance(atom, Var) and isinstance(atom.kind, ListOf)


def cotangent_list(kind: Kind) -> Kind:
    """The kind of the cotangent of a list: numbers of Python's own may be NumPy's there."""
    if isinstance(kind, ListOf):
        return ListOf(cotangent_list(kind.item))
    if isinstance(kind, Scalar):
        return Scalar(kind.dtype)
    if isinstance(kind, Array):  # lengths differ from element to element
        return Array(kind.dtype, None)
    return kind


def _is_real(kind: Kind) -> bool:
    """Are the numbers in a list known to be real?"""
    while isinstance(kind, ListOf):
        kind = kind.item
    dtype = kinds.dtype_of(kind)
    return dtype is not None and dtype.kind == "f"


class ListPullBack:
    """Mixin of `PullBack`."""

    low: Lowerer
    active: frozenset[Var]
    cotangents: dict[Var, Any]

    def involves_lists(self, call: Call) -> bool:
        return any(map(is_list, (*call.args, *call.outs))) and call.prim is not prim.LIST

    def emit_list(self, primitive: Primitive, *args: Any, kind: Kind, name: str = "") -> Var:
        """Emit a call whose result is a list of this kind."""
        out = Var(name, kind)
        self.low.block.append(Call((out,), primitive, tuple(self.low.atom(a) for a in args), (), self.low.loc))
        return out

    def zeros_of_list(self, like: Any, var: Var) -> Var:
        return self.emit_list(ZEROS, like, kind=cotangent_list(var.kind), name=self.d_name(var))  # type: ignore[attr-defined]

    def sum_of_lists(self, first: Any, second: Any, var: Var) -> Var:
        return self.emit_list(ADD, first, second, kind=cotangent_list(var.kind), name=self.d_name(var))  # type: ignore[attr-defined]

    def give_list(self, atom: Atom, made: Any) -> None:
        self.add(atom, made)  # type: ignore[attr-defined]

    def narrowed(self, made: Any, var: Var) -> Any:
        """The cotangent of a list of real numbers, which became a list of other ones: it is real."""
        found = cotangent_list(var.kind)
        if not is_list(made) or made.kind == found or not _is_real(found) or _is_real(made.kind):
            return made
        return self.emit_list(REAL, made, kind=found, name=self.d_name(var))  # type: ignore[attr-defined]

    def base_of(self, var: Var) -> Any:
        """The cotangent of a list so far; zeros where it has none yet."""
        found = self.cotangents.get(var)
        return self.zeros_of_list(var, var) if found is None else found

    def item_kind(self, var: Var) -> Kind:
        """The kind of the cotangent of one value that a list holds."""
        return self.cotangent_kind(var)  # type: ignore[attr-defined, no-any-return]

    # --- one operation --------------------------------------------------------------------------------------------

    def pull_list_call(self, call: Call, cotangents: list[Any]) -> None:
        """One operation on lists backwards."""
        cotangent = cotangents[0]
        handler = {prim.LIST_APPEND: self._pull_append, prim.LIST_POP: None, prim.LIST_SET: self._pull_set,
                   prim.LIST_REPEAT: self._pull_repeat}.get(call.prim, self._pull_function)
        if call.prim is prim.LIST_POP:
            self._pull_pop(call, cotangents)
        else:
            assert handler is not None
            handler(call, cotangent)

    def _pull_append(self, call: Call, cotangent: Any) -> None:
        before, item = call.args
        assert isinstance(cotangent, Var)
        rest, last = Var("", cotangent.kind), self._cotangent_of(item)
        if is_list(before):
            rest = Var(self.d_name(before), rest.kind)  # type: ignore[attr-defined]
        self.low.block.append(Call((rest, last), prim.LIST_POP, (self.low.atom(cotangent),), (), self.low.loc))
        self.give_list(before, rest)
        self.give_item(item, last)

    def _cotangent_of(self, item: Atom) -> Var:
        if isinstance(item, Var) and isinstance(item.kind, TupleOf):
            return Var(self.d_name(item), cotangent_list(as_list(item.kind)))  # type: ignore[attr-defined]
        if isinstance(item, Var):
            return Var(self.d_name(item), self.item_kind(item))  # type: ignore[attr-defined]
        return Var("", kinds.UNKNOWN)

    def give_item(self, item: Atom, made: Var) -> None:
        if isinstance(item, Var) and item in self.active:
            value = made if is_list(made) else self.low.value_of(made)
            self.add(item, value if is_list(made) else self.project(value, item, True))  # type: ignore[attr-defined]

    def _pull_pop(self, call: Call, cotangents: list[Any]) -> None:
        rest, item = call.outs
        base = cotangents[0] if cotangents[0] is not None else self.zeros_of_list(rest, rest)
        last = cotangents[1] if cotangents[1] is not None else self.zeros(item)  # type: ignore[attr-defined]
        source = call.args[0]
        assert isinstance(source, Var)
        made = self.emit_list(prim.LIST_APPEND, base, last, kind=cotangent_list(source.kind), name=self.d_name(source))  # type: ignore[attr-defined]
        self.give_list(source, made)

    def _pull_set(self, call: Call, cotangent: Any) -> None:
        before, index, item = call.args
        if isinstance(item, Var) and item in self.active:
            part = self._cotangent_of(item)
            self.low.block.append(Call((part,), prim.primitive_for(operator.getitem),
                                       (self.low.atom(cotangent), index), (), self.low.loc))
            self.give_item(item, part)
        if isinstance(before, Var) and before in self.active:
            zero = self._zero_at(before, index)
            made = self.emit_list(prim.LIST_SET, cotangent, index, zero, kind=cotangent_list(call.out.kind),
                                  name=self.d_name(before))  # type: ignore[attr-defined]
            self.give_list(before, made)

    def _zero_at(self, before: Var, index: Atom) -> Any:
        kind = before.kind
        if isinstance(kind, TupleOf) or (isinstance(kind, ListOf) and isinstance(kind.item, Scalar)):
            return Lit(0.0)
        old = Var("", kind.item if isinstance(kind, ListOf) else kinds.UNKNOWN)
        self.low.block.append(Call((old,), prim.primitive_for(operator.getitem), (before, index), (), self.low.loc))
        return self.zeros_of_list(old, old) if is_list(old) else self.low.emit(np.zeros_like, self.low.value_of(old))

    def _pull_repeat(self, call: Call, cotangent: Any) -> None:
        """[x] * n: x gets the sum of its n cotangents."""
        items, _ = call.args
        parts = self.sequences.get(items) if isinstance(items, Var) else None  # type: ignore[attr-defined]
        if parts is None or len(parts) != 1 or not isinstance(parts[0], Var) or is_list(parts[0]):
            if isinstance(items, Var) and items in self.active:
                raise self.no_derivative("a list of several active values repeated by a value")  # type: ignore[attr-defined]
            return
        self.add(parts[0], self.low.emit(np.sum, self.low.emit(np.array, cotangent), axis=Lit(0)))  # type: ignore[attr-defined]

    # --- functions of lists ---------------------------------------------------------------------------------------

    def _pull_function(self, call: Call, cotangent: Any) -> None:
        key = call.prim.rule
        source = next((a for a in call.args if is_list(a)), None)
        if call.prim is prim.LIST_OF:
            self._pull_list_of(call, cotangent)
        elif call.prim.fn is operator.getitem:
            self._pull_getitem(call, cotangent)
        elif call.prim.fn is operator.add:
            self._pull_concatenated(call, cotangent)
        elif call.prim in (prim.LIST_ADD, ADD, SPREAD, SET_POSITIONS, PARTS, ZEROS, REAL):
            self._pull_helper(call, cotangent)
        elif key is sum and isinstance(source, Var):
            self._pull_sum(source, cotangent)
        elif isinstance(source, Var) and call.args[0] is source:
            made = self._parts_of_array(call, key, source, cotangent)
            self.give_list(source, made)
        else:
            raise self.no_derivative(f"`{call.prim.name}` of a list whose length only the run knows")  # type: ignore[attr-defined]

    def _pull_helper(self, call: Call, cotangent: Any) -> None:
        """What the reverse of lists calls, backwards: all of it is linear."""
        first = call.args[0]
        if call.prim is ADD:
            for atom in call.args:
                self.give_list(atom, cotangent)
        elif call.prim is REAL:
            self.give_list(first, cotangent)
        elif call.prim is prim.LIST_ADD:
            _, index, item = call.args
            if isinstance(item, Var) and item in self.active:
                part = self._cotangent_of(item)
                self.low.block.append(Call((part,), prim.primitive_for(operator.getitem),
                                           (self.low.atom(cotangent), index), (), self.low.loc))
                self.give_item(item, part)
            self.give_list(first, cotangent)
        elif call.prim is SET_POSITIONS:
            *_, parts = call.args
            window = Var("", kinds.Known(slice))
            self.low.block.append(Call((window,), prim.SLICE, call.args[1:4], (), self.low.loc))
            if isinstance(parts, Var) and parts in self.active:
                self.give_list(parts, self.emit_list(prim.primitive_for(operator.getitem), cotangent, window,
                                                     kind=cotangent_list(parts.kind), name=self.d_name(parts)))  # type: ignore[attr-defined]
        elif call.prim in (SPREAD, PARTS) and isinstance(first, Var) and first in self.active:
            made = self.low.emit(np.array, cotangent) if call.prim is PARTS else self.low.emit(
                np.broadcast_to, self.low.emit(sum, cotangent), self.low.emit(np.shape, self.primal(first)))  # type: ignore[attr-defined]
            self.add(first, self.retype(made, self.cotangent_kind(first)))  # type: ignore[attr-defined]

    def _pull_list_of(self, call: Call, cotangent: Any) -> None:
        """list(x): the cotangents of the elements, or rows, as one array."""
        source = call.args[0]
        if not isinstance(source, Var) or source not in self.active:
            return
        if source in self.definition and self.definition[source].prim.fn in SPLITS:  # type: ignore[attr-defined]
            self.cotangents[source] = cotangent  # the parts differ in shape: they stay a list
            return
        made = self.low.emit(np.array, cotangent, name=self.d_name(source))  # type: ignore[attr-defined]
        if len(shape_of(source.kind) or ()) > 1:
            made = self.low.emit(np.reshape, made, self.low.emit(np.shape, self.primal(source)))  # type: ignore[attr-defined]
        self.add(source, self.retype(made, self.cotangent_kind(source)))  # type: ignore[attr-defined]

    def _parts_of_array(self, call: Call, key: Any, source: Var, cotangent: Any) -> Var:
        """The cotangents of the elements of an array made from a list."""
        kind, name = cotangent_list(source.kind), self.d_name(source)  # type: ignore[attr-defined]
        options = {**dict(zip(("arrays", "axis"), call.args, strict=False)), **dict(call.kwargs)}
        if set(options) - {"arrays", "axis"}:
            raise self.no_derivative(f"`{call.prim.name}` with these parameters, of a list whose length only the "  # type: ignore[attr-defined]
                                     "run knows")
        axis = options.get("axis", Lit(0))
        first = isinstance(axis, Lit) and axis.value == 0
        if key in ROWS and isinstance(source.kind, ListOf) and isinstance(source.kind.item, ListOf):
            return self.emit_list(PARTS, cotangent, source, kind=kind, name=name)
        if key in ROWS or (key is np.stack and first):
            return self.emit_list(prim.LIST_OF, cotangent, kind=kind, name=name)
        if key is np.stack:
            made = self.low.emit(unstack, cotangent, axis)
        elif key is np.concatenate:
            made = self.low.emit(split_like, cotangent, self.low.emit(shapes_of, source), axis)
        elif key in JOINED:
            made = self.low.emit(split_joined, cotangent, self.low.emit(shapes_of, source), Lit(JOINED[key]))
        else:
            raise self.no_derivative(f"`{call.prim.name}` of a list whose length only the run knows")  # type: ignore[attr-defined]
        return self.emit_list(prim.LIST_OF, made, kind=kind, name=name)

    def _pull_sum(self, source: Var, cotangent: Any) -> None:
        kind, name = cotangent_list(source.kind), self.d_name(source)  # type: ignore[attr-defined]
        assert isinstance(source.kind, ListOf)
        shape = shape_of(source.kind.item)
        if shape is not None and not any(map(kinds.may_be_one, shape)):
            one = self.emit_list(prim.LIST, cotangent, kind=kind)
            length = self.low.emit(len, source)
            made = self.emit_list(prim.LIST_REPEAT, one, length, kind=kind, name=name)
        else:
            made = self.emit_list(SPREAD, cotangent, source, kind=kind, name=name)
        self.give_list(source, made)

    def _pull_getitem(self, call: Call, cotangent: Any) -> None:
        source, index = call.args
        if not isinstance(source, Var) or source not in self.active:
            return
        definition = self.definition.get(index) if isinstance(index, Var) else None  # type: ignore[attr-defined]
        if definition is not None and definition.prim is prim.SLICE:
            made = self.emit_list(SET_POSITIONS, source, *definition.args, cotangent, kind=cotangent_list(source.kind),
                                  name=self.d_name(source))  # type: ignore[attr-defined]
            self.give_list(source, made)
            return
        if is_list(call.out):
            base, old = self.base_of(source), Var("", cotangent_list(call.out.kind))
            self.low.block.append(Call((old,), prim.primitive_for(operator.getitem), (self.low.atom(base), index), (),
                                       self.low.loc))
            total = self.sum_of_lists(old, cotangent, call.out)
            self.cotangents[source] = self.emit_list(prim.LIST_SET, base, index, total,
                                                     kind=cotangent_list(source.kind), name=self.d_name(source))  # type: ignore[attr-defined]
            return
        base = self.base_of(source)
        self.cotangents[source] = self.emit_list(prim.LIST_ADD, base, index, cotangent,
                                                 kind=cotangent_list(source.kind), name=self.d_name(source))  # type: ignore[attr-defined]

    def _pull_concatenated(self, call: Call, cotangent: Any) -> None:
        """first + second: each gets its part of the list."""
        first, second = call.args
        length = self.low.emit(len, first) if isinstance(first, Var) else Lit(0)
        for atom, bounds in ((first, (Lit(None), length, Lit(None))), (second, (length, Lit(None), Lit(None)))):
            if isinstance(atom, Var) and atom in self.active:
                window = Var("", kinds.Known(slice))
                self.low.block.append(Call((window,), prim.SLICE, tuple(map(self.low.atom, bounds)), (), self.low.loc))
                kind = atom.kind if is_list(atom) else as_list(atom.kind)
                whole = call.out.kind
                if is_list(atom) and _is_real(kind) and not _is_real(whole):
                    kind = whole
                part = self.emit_list(prim.primitive_for(operator.getitem), cotangent, window,
                                      kind=cotangent_list(kind), name=self.d_name(atom))  # type: ignore[attr-defined]
                self.give_list(atom, part)


__all__ = ["ListPullBack", "cotangent_list", "is_list"]
