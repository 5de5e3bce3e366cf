"""The state of the abstract interpreter at one point of the program: what names hold, what buffers hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..ir import Var
from .values import (
    Bound,
    Box,
    Buffer,
    Choice,
    Derived,
    Flat,
    Items,
    Map,
    Maybe,
    Method,
    Ref,
    Rows,
    Seq,
    Slice,
    Stream,
    Super,
    UserFunction,
)


@dataclass(eq=False, slots=True)
class Scope:
    """The names of one activation of a function; `parent` is the scope it was defined in (nested functions)."""

    origin: Any
    parent: Scope | None
    locals: frozenset[str]
    depth: int = 0
    outer: frozenset[str] = frozenset()  # declared `global`: names of the module, whatever the functions around have


@dataclass(eq=False, slots=True)
class State:
    """Copied at a branch. `views` caches the variable that holds a view, with the base's variable it was made from;
    that of a pick with the values of all it is made from."""

    env: dict[tuple[Scope, str], Any] = field(default_factory=dict)
    store: dict[Buffer, Var] = field(default_factory=dict)
    views: dict[Buffer, tuple[Var, Any]] = field(default_factory=dict)
    frozen: dict[Buffer | Box, str] = field(default_factory=dict)
    heap: dict[Box, Any] = field(default_factory=dict)
    dead: bool = False  # this point is never reached (after a raise)
    facts: dict[Var, bool] = field(default_factory=dict)  # flags of what may be None: what is known of them here

    def copy(self) -> State:
        return State(dict(self.env), dict(self.store), dict(self.views), dict(self.frozen), dict(self.heap),
                     self.dead, dict(self.facts))

    def names_of(self, buffer: Buffer) -> list[Any]:
        """The names (and containers) through which a buffer, or a view of it, can be reached."""
        roots = buffer.roots()
        return [key for held in (self.env, self.heap) for key, value in held.items()
                if any(not roots.isdisjoint(b.roots()) for b in buffers_in(value))]

    def why_frozen(self, buffer: Buffer) -> str | None:
        """Why no store may reach this buffer; None where one may."""
        return next((self.frozen[root] for root in buffer.roots() if root in self.frozen), None)

    def holders_of(self, box: Box) -> list[Any]:
        """The names (and containers) that hold a container."""
        return [key for held in (self.env, self.heap) for key, value in held.items() if box in boxes_in(value)]


def boxes_in(value: Any) -> list[Box]:
    """The containers that an abstract value refers to itself."""
    return [v for v in _inside(value) if isinstance(v, Box)]


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Seq):
        parts: Any = value.items
    elif isinstance(value, Map):
        parts = value.items.values()
    elif isinstance(value, Rows):
        parts = value.columns
    elif isinstance(value, Maybe):
        parts = (value.value,)
    elif isinstance(value, Method):
        parts = (value.owner,)
    elif isinstance(value, Items):
        parts = value.parts
    elif isinstance(value, UserFunction):
        parts = (*value.first, *value.defaults.values())
    else:
        return [value]
    return [v for part in parts for v in _inside(part)]


def buffers_in(value: Any) -> list[Buffer]:
    """The buffers that an abstract value refers to."""
    if isinstance(value, Ref):
        return [value.buffer]
    if isinstance(value, Seq):
        return [b for item in value.items for b in buffers_in(item)]
    if isinstance(value, Map):
        return [b for item in value.items.values() for b in buffers_in(item)]
    if isinstance(value, Maybe):
        return buffers_in(value.value)
    if isinstance(value, Method):
        return buffers_in(value.owner)
    if isinstance(value, Slice):
        return [b for part in (value.start, value.stop, value.step) for b in buffers_in(part)]
    if isinstance(value, Flat):
        return [value.owner.buffer]
    if isinstance(value, Items):
        return [b for part in value.parts for b in buffers_in(part)]
    if isinstance(value, Derived):
        return buffers_in(value.function)
    if isinstance(value, Bound):
        return [b for part in (value.function, *value.args, *value.kwargs.values()) for b in buffers_in(part)]
    if isinstance(value, Choice):
        return [*buffers_in(value.left), *buffers_in(value.right)]
    if isinstance(value, Stream):
        return [b for part in value.parts for b in buffers_in(part)]
    if isinstance(value, Super):
        return buffers_in(value.owner)
    if isinstance(value, UserFunction):
        parts = (*value.first, *value.defaults.values())
        return [b for part in parts for b in buffers_in(part)]
    return []
