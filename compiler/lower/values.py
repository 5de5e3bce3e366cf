"""Abstract values: what a name holds while the program is interpreted.

An array is a `Ref` to a `Buffer`; the store says which `Var` holds the buffer's present value. Two names for one
array are two `Ref`s to one buffer, so a store through one is seen through the other. A view is a buffer that knows
its base and the operation that makes it: it is made again after the base has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..ir import Atom, Lit, Primitive, Var


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """How a view is made from its base: a call whose first argument is the base.

    `given` and `options` are the other arguments as abstract values, for what the compiler must know of them (axes).
    `rest` has the index of an item in its parts (a Slice, a Seq) where it is put together anew at each reading.
    Where `certain` is False the memory layout decides whether it is a view or a copy (a reshape): then the run checks
    that it is a view, wherever that matters.
    """

    prim: Primitive
    rest: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Atom], ...] = ()
    given: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    certain: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class Pick:
    """What a name holds after a branch that gave it one of two arrays: `left` where `cond` held, else `right`."""

    cond: Var
    left: Buffer
    right: Buffer


@dataclass(eq=False, slots=True)
class Buffer:
    """An array's memory; a view has a base, `view_of`, and knows how it is made from it; `pick`: one of two others.

    `origin` is the variable that held it first, with the memory layout of the user's program; None where generated code
    may lay the array out otherwise. `dense`: made by an operation of NumPy's, without gaps; `ordered`: and in C order.
    `kind` is that of a view or a pick, for where no variable holds it.
    """

    view_of: Buffer | None = None
    make: View | None = None
    origin: Var | None = None
    dense: bool = False
    ordered: bool = False
    pick: Pick | None = None
    kind: Any = None

    @property
    def owns(self) -> bool:
        """Has it memory of its own, with a variable in the store?"""
        return self.view_of is None and self.pick is None

    def roots(self) -> set[Buffer]:
        """The buffers with memory of their own that it is, or shares memory with."""
        if self.pick is not None:
            return self.pick.left.roots() | self.pick.right.roots()
        return self.view_of.roots() if self.view_of is not None else {self}

    def base(self) -> Buffer:
        buffer = self
        while buffer.view_of is not None:
            buffer = buffer.view_of
        return buffer


@dataclass(frozen=True, slots=True)
class Ref:
    """An array value: a reference to a buffer."""

    buffer: Buffer


@dataclass(frozen=True, eq=False, slots=True)
class Flat:
    """`x.flat`: reading from it gives copies, a store goes to the array; `view` is the array as a vector."""

    owner: Ref
    view: Ref


@dataclass(frozen=True, eq=False, slots=True)
class Seq:
    """A tuple, list or named tuple of known length, not yet made."""

    items: tuple[Any, ...]
    type: type = tuple
    atom: Any = None  # of an argument: the variable that holds it


@dataclass(frozen=True, eq=False, slots=True)
class Map:
    """A dict of known keys, not yet made; also what an object of the user's holds, by attribute."""

    items: dict[Any, Any]
    type: type = dict
    atom: Any = None


@dataclass(eq=False, slots=True)
class Box:
    """A list, dict or object that can change: `State.heap` says what it holds now, so two names see one change.

    A list holds a Seq, or, where its length is known only at run time, a Var of kind ListOf. `atom` is the variable
    of an argument; `origin` is the user's object whose attributes are read where the Box does not hold them.
    """

    type: type
    atom: Any = None
    origin: Any = None
    label: str = ""  # of a column of rows: the part that it holds, for names
    flavour: Any = None  # the class in Python, where it is another one: deque, set
    extra: Any = None  # the length that a deque keeps, the factory of a defaultdict


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """What a list of unknown length holds whose elements have parts: a list for each part (see rows)."""

    form: Any  # a Seq or Map, with the number of a column in place of each part
    columns: tuple[Any, ...]  # Boxes of lists


class Cursor:
    """The type of a Box that is an iterator: its source, and the place that it has come to (see cursors)."""


@dataclass(frozen=True, eq=False, slots=True)
class Slice:
    start: Any
    stop: Any
    step: Any


@dataclass(frozen=True, eq=False, slots=True)
class Range:
    """What `range(...)` returns; `snapshots` where `checkpointed` was called with it."""

    start: Any
    stop: Any
    step: Any
    snapshots: Any = None

    @property
    def known(self) -> range | None:
        """Its positions where they are constants; None where only the run knows."""
        bounds = (self.start, self.stop, self.step)
        plain = all(isinstance(v, Lit) and isinstance(v.value, int) and v.value is not True for v in bounds)
        return range(*(v.value for v in bounds)) if plain else None


@dataclass(frozen=True, eq=False, slots=True)
class Items:
    """An iterable that is walked by position: `enumerate`, `zip`, `reversed` of others."""

    how: str
    parts: tuple[Any, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Object:
    """An argument or global that is a Python object: attributes are read from it; `value` is its present value."""

    value: Any
    source: tuple[Any, ...]  # how it is reached: ("param", name), ("global", name), (source, "attribute")
    atom: Atom


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    """A method that is bound to an abstract value."""

    owner: Any
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class UserFunction:
    """A Python function with source, or a nested `def` or `lambda` with the names around it."""

    origin: Any
    node: Any
    scope: Any  # the Scope it closes over (nested functions), or None
    defaults: dict[str, Any]
    first: tuple[Any, ...] = ()  # bound leading arguments (self)


@dataclass(frozen=True, eq=False, slots=True)
class Derived:
    """What an operator makes of a function: `pb.grad(f)`.

    function : the abstract value of f
    settings : the operator's other arguments; equal for two that mean the same
    apply    : interprets a call: (lowerer, derived, args, kwargs, name, node) -> abstract value
    local    : it holds values of the block that it was made in, and may not leave a branch
    """

    operator: str
    function: Any
    settings: tuple[Any, ...]
    apply: Callable[..., Any]
    local: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Mixed:
    """What a name holds when two branches left values that have no common form."""

    left: Any
    right: Any


@dataclass(eq=False)
class Guard:
    """What must hold at a call for the compiled variant to be right: the thing at `source` is `value`."""

    source: tuple[Any, ...]
    value: Any
    how: str = "is"  # is | equal | type | len | keys | lengths


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A function with some arguments given already: a bound method, a `functools.partial`."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class Super:
    """What `super()` gives: members are looked up after `cls` in the order of the owner's classes."""

    cls: type
    owner: Any


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """What a name holds when two branches left things that are no values: which, is told by the branch's test."""

    cond: Var
    left: Any
    right: Any


@dataclass(frozen=True, eq=False, slots=True)
class Maybe:
    """None where the flag `none` holds, else `value` (see optional)."""

    none: Any
    value: Any


@dataclass(eq=False, slots=True)
class Stream:
    """An iterator: `run(consume, until)` emits the loops that hand each of its elements to `consume`.

    A stream runs once. `known` gives its elements where they can be told apart now, None where only the run can.
    """

    run: Any
    known: Any
    parts: tuple[Any, ...] = ()
    used: bool = False
    context: bool = False  # a context manager made of a generator function


@dataclass(frozen=True, eq=False, slots=True)
class Partial:
    """What a name holds after the body of a `try` raised, if that depends on how far it came."""

    name: str


class _Unbound:
    def __repr__(self) -> str:
        return "unbound"


UNBOUND = _Unbound()


def same(a: Any, b: Any) -> bool:
    """Are two abstract values surely the same value?"""
    if a is b:
        return True
    if isinstance(a, Lit) and isinstance(b, Lit):
        return a.value is b.value or (type(a.value) is type(b.value) and _equal(a.value, b.value))
    if isinstance(a, Ref) and isinstance(b, Ref):
        return a.buffer is b.buffer
    if isinstance(a, Seq) and isinstance(b, Seq):
        return a.type is b.type and len(a.items) == len(b.items) and all(map(same, a.items, b.items))
    if isinstance(a, Map) and isinstance(b, Map):
        return list(a.items) == list(b.items) and all(same(a.items[k], b.items[k]) for k in a.items)
    if isinstance(a, Rows) and isinstance(b, Rows):
        return len(a.columns) == len(b.columns) and all(m is n for m, n in zip(a.columns, b.columns, strict=True))
    if isinstance(a, Maybe) and isinstance(b, Maybe):
        return same(a.none, b.none) and same(a.value, b.value)
    if isinstance(a, Flat) and isinstance(b, Flat):
        return same(a.owner, b.owner)
    if isinstance(a, Object) and isinstance(b, Object):
        return a.source == b.source
    if isinstance(a, Method) and isinstance(b, Method):
        return a.name == b.name and same(a.owner, b.owner)
    if isinstance(a, UserFunction) and isinstance(b, UserFunction):
        return a.node is b.node and a.scope is b.scope and all(map(same, a.first, b.first)) \
            and a.defaults.keys() == b.defaults.keys() and all(same(a.defaults[k], b.defaults[k]) for k in a.defaults)
    if isinstance(a, Derived) and isinstance(b, Derived):
        return (a.operator, a.settings) == (b.operator, b.settings) and same(a.function, b.function)
    if isinstance(a, Bound) and isinstance(b, Bound):
        return same(a.function, b.function) and len(a.args) == len(b.args) and all(map(same, a.args, b.args)) \
            and a.kwargs.keys() == b.kwargs.keys() and all(same(a.kwargs[k], b.kwargs[k]) for k in a.kwargs)
    if type(a) is type(b) and isinstance(a, (Slice, Range)):
        return same(a.start, b.start) and same(a.stop, b.stop) and same(a.step, b.step)
    return False


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, float):
        return repr(a) == repr(b)  # -0.0 is not 0.0, nan is nan
    if isinstance(a, (int, bool, str, bytes, complex, type(None))):
        return bool(a == b)
    return False


def is_value(value: Any) -> bool:
    """Can the value be an atom of the IR, so that two branches' values can be joined?"""
    if isinstance(value, Lit):
        return isinstance(value.value, (int, float, complex, bool, str, type(None)))
    return isinstance(value, (Var, Ref))
