"""Writes that reach out of the function: to containers and objects from outside, to `global` and `nonlocal` names.

Each write is a call with an effect that stands in the forward sweep where the user wrote it, so it happens once, in
order, with the values of the primal. What the function reads afterwards it reads from the value that was written, so
that derivatives pass through. A list or dict that is only written to is not read at all: its length and keys may differ
from call to call without another variant.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from ...runtime.effects import kept
from .. import primitives as prim
from ..domains import kinds
from ..ir import Call, Lit, Primitive, Var
from .objects import Follow, given_by_caller
from .state import Scope, boxes_in, buffers_in
from .values import UNBOUND, Box, Guard, Object

if TYPE_CHECKING:
    from .lowerer import Lowerer

MSG_OUTSIDE = "Pass it as an argument, or copy it first."
WHY_HELD = "Something outside the function holds it"
MAX_READ = 256  # elements of a container from outside that is both read and changed


class _NotRead:
    """What a container from outside holds that is only written to."""

    def __repr__(self) -> str:
        return "not read"


NOT_READ = _NotRead()


def is_outside(box: Box) -> bool:
    """Is it a container or object from outside, which keeps what is written to it?"""
    return box.origin is not None and not given_by_caller(box.origin)


class Outside:
    """Mixin of `Lowerer`."""

    # --- containers and objects ------------------------------------------------------------------------------------

    def outside_box(self: Lowerer, value: Object) -> Box:
        """The list or dict from outside that is about to be changed."""
        if id(value.value) in self.read_outside:
            raise Follow(id(value.value))  # it is read, too: what it holds is followed from the start
        box = self.written_objects[id(value.value)] = Box(type(value.value), value.atom, value)
        self.hold_identity(value)
        self.first_contents[box] = self.state.heap[box] = NOT_READ
        return box

    def hold_identity(self: Lowerer, value: Object) -> None:
        """The variant holds only for this very container or object."""
        self.guards[(value.source, "same")] = Guard(value.source, value.value, "is")

    def noted_read(self: Lowerer, value: Object) -> None:
        """A container from outside is read: if it is changed as well, what it holds must be followed."""
        self.read_outside.add(id(value.value))

    def check_size(self: Lowerer, value: Object, node: Any) -> None:
        if len(value.value) > MAX_READ:
            raise self.refuse(f"a {type(value.value).__name__} from outside with {len(value.value)} elements, which "
                              "the function both reads and changes", "Each element is read by name.",
                              "Read it, or write to it.", node=node)

    def write_outside(self: Lowerer, box: Box, method: str, args: list[Any], node: Any) -> None:
        """owner.method(*args) on a container or object from outside, at the run."""
        if not is_outside(box):
            return
        assert box.origin is not None
        source = box.origin.source
        hint = next((s for s in reversed(source) if isinstance(s, str)), "held")
        self._effect(f"{hint}.{method}", _caller(method), "outside", (Lit(box.origin.value),), args, node)

    def _effect(self: Lowerer, label: str, fn: Any, form: str, owner: tuple[Any, ...], args: list[Any],
                node: Any) -> None:
        primitive = Primitive(label, fn, form, None, False, "fresh")
        with self.at(node if node is not None else self.node):
            atoms = tuple(self.kept_outside(self.as_object(a), node) for a in args)
            self.block.append(Call((), primitive, (*owner, *atoms), (), self.loc))

    def kept_outside(self: Lowerer, value: Any, node: Any) -> Any:
        """The atom of a value that something outside holds from here on: it may not change any more."""
        for box in boxes_in(value):
            self.state.frozen.setdefault(box, WHY_HELD)
        self.freeze(buffers_in(self.opened(value)), WHY_HELD)
        atom = self.atom(value)
        if isinstance(atom, Lit) or isinstance(atom.kind, kinds.Scalar) or atom.kind == kinds.STR:
            return atom
        out = Var("", kinds.UNKNOWN)
        self.block.append(Call((out,), prim.primitive_for(kept), (atom,), (), self.loc))
        return out

    # --- names of modules and of functions around ------------------------------------------------------------------

    def outer_name(self: Lowerer, scope: Scope, name: str) -> tuple[Any, str] | None:
        """Where a `global` or `nonlocal` name of the function in `scope` lives, if the program writes to it."""
        if scope.origin is None or not self.outer_scopes:
            return None
        closure = scope.origin.closure
        holder = closure.get(name, scope.origin.fn.__globals__)
        found = self.outer_scopes.get(id(holder))
        return None if found is None or name not in found.locals else (found, name)

    def bind_outer(self: Lowerer, scope: Scope, name: str, value: Any, node: Any) -> None:
        """Write a name of the module, or of a function around what is differentiated."""
        closure = scope.origin.closure
        cell = closure.get(name)
        holder = scope.origin.fn.__globals__ if cell is None else cell
        key = self.outer_name(scope, name)
        if key is None:
            kind = "global" if cell is None else "closure"
            raise Follow(("name", id(holder), name), source=((kind, scope.origin.fn, name), holder))
        if value is UNBOUND:
            raise self.refuse(f"`del {name}` of a name from outside the function", "", "Set it to None.", node=node)
        self.state.env[key] = value
        if cell is None:
            self._effect(f"{_module_of(scope.origin.fn)}_globals.__setitem__", operator.setitem,
                         "outside", (Lit(holder),), [Lit(name), value], node)
        else:
            self._effect(f"{name}_cell.cell_contents", _set_cell, "outside_cell", (Lit(cell),), [value], node)

    def seed_outer_names(self: Lowerer, names: list[Any]) -> None:
        """Names from outside that the program writes to are carried as its own are, from the start."""
        for name, (source, holder) in names:
            scope = self.outer_scopes.get(id(holder))
            known = frozenset() if scope is None else scope.locals
            if scope is None:
                scope = self.outer_scopes[id(holder)] = Scope(None, None, known)
            scope.locals = known | {name}
            value = _present(source, name)
            self.state.env[(scope, name)] = UNBOUND if value is UNBOUND else self.capture(source, value, name)


def _present(source: Any, name: str) -> Any:
    """What a global or a captured variable holds now."""
    kind, fn, _ = source
    if kind == "global":
        return fn.__globals__.get(name, UNBOUND)
    try:
        return fn.__closure__[fn.__code__.co_freevars.index(name)].cell_contents
    except ValueError:
        return UNBOUND


def _module_of(fn: Any) -> str:
    """The last part of the name of a function's module, as part of a name."""
    return str(fn.__module__).rpartition(".")[2].strip("_") or "module"


def _set_cell(cell: Any, value: Any) -> None:
    cell.cell_contents = value


def _caller(method: str) -> Any:
    def call(owner: Any, *args: Any) -> None:
        getattr(owner, method)(*args)

    return call


__all__ = ["NOT_READ", "Outside", "is_outside"]
