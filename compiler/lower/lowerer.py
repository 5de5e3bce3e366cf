"""The core of the abstract interpreter: emission, memory, names. The language itself is in the mixins beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from ...runtime.errors import UnsupportedError
from ...runtime.shapes import project
from .. import primitives as prim
from ..domains import kinds
from ..domains.inference import result_kind
from ..domains.kinds import Array, Kind, Scalar, Struct, TupleOf
from ..ir import Atom, Call, Lit, Loc, Primitive, Stmt, Var
from .attributes import Attributes
from .branches import Branches
from .calls import Calls
from .captures import Captured, Captures
from .carried import Carried
from .classes import Classes
from .comparisons import Comparisons
from .comprehensions import Comprehensions
from .containers import Containers
from .contexts import Contexts
from .definitions import Definitions
from .dict_methods import DictMethods
from .exceptions import Exceptions
from .expressions import Expressions
from .forms import Forms, Plan
from .generators import Generators
from .grown import TAKERS, Grown
from .helpers import Helpers
from .in_place import InPlace
from .iteration import Iteration
from .joints import Joints
from .link_carries import LinkCarries
from .linked_loops import LinkedLoops
from .loops import Loops
from .memory import Memory
from .objects import Objects
from .operators import Operators
from .optional import Optional
from .outside import Outside
from .own_functions import OwnFunctions
from .picks import Picks
from .recursion import Recursion
from .rows import RowLists
from .state import Scope, State
from .statements import Statements
from .subscripts import Subscripts
from .tables import Tables
from .values import Box, Buffer, Choice, Derived, Flat, Guard, Map, Maybe, Mixed, Object, Ref, Seq, Slice, UserFunction
from .walks import Walks
from .written_out import WrittenOut


class _At:
    """The context of `Lowerer.at`; a class, since it is entered for each expression."""

    __slots__ = ("before", "lowerer", "node")

    def __init__(self, lowerer: Lowerer, node: Any) -> None:
        self.lowerer, self.node = lowerer, node

    def __enter__(self) -> None:
        self.before, self.lowerer.node = self.lowerer.node, self.node

    def __exit__(self, *raised: object) -> None:
        self.lowerer.node = self.before


class Lowerer(Statements, Iteration, Generators, Branches, Loops, Carried, Exceptions, Contexts, Expressions,
              Comparisons, Comprehensions, Subscripts, Operators, Classes, Attributes, Captures, Calls, OwnFunctions,
              Definitions, Memory, Picks, LinkedLoops, LinkCarries, InPlace, Containers, DictMethods, Grown, Joints,
              Objects, Optional, Outside, RowLists, Tables, Recursion, Helpers, Forms, Walks, WrittenOut):
    """Interprets kernel gast abstractly and emits IR.

    `rule_mode` is on while the body of a derivative rule is read: a test that the kinds do not decide takes the
    `else` branch (see rules/registry.py).
    """

    def __init__(self) -> None:
        self.state: State = State()
        self.block: list[Stmt] = []
        self.scope: Scope = Scope(None, None, frozenset())
        self.origin: Any = None
        self.node: Any = None
        self.stmt: Any = None
        self.loc_override: Loc | None = None
        self.rule_mode: bool = False
        self.rule_names: dict[str, str] = {}
        self.skipped: tuple[Collection[str], int] = ((), 0)  # names of a rule's body that need no value, at this depth
        self.captured: dict[Any, Captured] = {}
        self.guards: dict[Any, Guard] = {}
        self.call_stack: list[Any] = []
        self.activations: list[tuple[Any, int]] = []  # the functions being interpreted: code, `nesting` at the call
        self.as_routine: frozenset[Any] = frozenset()  # the functions to be lowered as routines, by code
        self.not_routines: dict[Any, UnsupportedError] = {}  # of them, those that cannot be: why
        self.unrolled = 0  # calls of these
        self.routines: dict[Any, list[Plan]] = {}
        self.making = 0  # recursive functions whose routines are in the making
        self.sharing = False  # may large helpers be routines?
        self.as_helper: frozenset[Any] = frozenset()  # the helpers to be lowered as routines, by signature
        self.unfit: frozenset[Any] = frozenset()  # those that cannot be
        self.inlined: dict[Any, tuple[int, int]] = {}  # signature -> statements of its first copy, and of all
        self.return_name: str = ""
        self.called: Any = None  # the function of Python's whose call is being interpreted
        self.consumers: list[Scope] = []  # the scopes that consume what generators yield around the present place
        self.may_be: dict[Buffer, set[Buffer]] = {}  # an array of a joint -> those that it is one of at run time
        self.may_link = False  # may a store ask to be lowered once more, with a loop linked?
        self.linked: frozenset[Any] = frozenset()  # the loops that carry which array each name is (links.py)
        self.nesting = 0  # branches and loops of the run around the present place
        self.written_out = self.interpreted = 0  # see `WrittenOut`
        self.walking: list[Box] = []
        self.views_of_dicts: dict[int, tuple[Seq, Box, Any, str]] = {}
        self.loaded: dict[tuple[Scope, str], Any] = {}  # the iterators that names were read for
        self.unrolling = False  # are the elements of a comprehension wanted one by one?
        self.flags: dict[Any, Any] = {}  # (scope, name) of a flag that no program has -> what it holds
        self.yields: list[Any] = []  # for each generator being run: what to do at a `yield`, and the flag of a break
        # value of a name unbound on one side of a test -> test, the side where it is bound, was it lost in a `try`?
        self.unsure: dict[Var, tuple[Var, bool, bool]] = {}
        self.progress: Any = None  # inside the body of a `try`
        self.written: dict[Buffer, Any] = {}  # stored-to buffer -> where first
        self.followed: dict[int, tuple[str, ...]] = {}  # objects that the function stores into -> which attributes
        self.raw_lists: bool = False  # a list of unknown length is its variable, with no identity
        self.written_objects: dict[int, Box] = {}  # argument objects that are followed, by identity
        self.none_flags: set[Var] = set()  # what says of a name that it is None
        self.negations: dict[Var, Any] = {}  # `not v` -> v
        self.implied: dict[tuple[Var, bool], list[tuple[Var, bool]]] = {}  # what a condition says about others
        self.read_outside: set[int] = set()  # containers from outside that are read, by identity
        self.outer_scopes: dict[int, Scope] = {}  # modules and cells -> the names of theirs that the program writes to
        self.first_contents: dict[Box, Any] = {}  # what a followed container of an object began with
        self.function_boxes: dict[UserFunction, Box] = {}  # functions made inside -> their attributes
        self.changed_arguments: dict[Box, Any] = {}  # containers of arguments that are changed -> where first
        self.rehearsing: set[Any] = set()  # the custom adjoints that are interpreted for their errors
        self.renamed: dict[Var, Var] = {}  # a value just emitted -> the same with a better known kind

    # --- locations and refusals ---------------------------------------------------------------------------------

    @property
    def loc(self) -> Loc | None:
        if self.loc_override is not None:
            return self.loc_override
        return None if self.origin is None else Loc(self.origin, self.node, self.stmt)

    def where(self, node: Any = None) -> Any:
        """The user's location of a node (of the primal call, while a rule is read)."""
        if self.loc_override is not None:
            return self.loc_override.location()
        node = self.node if node is None or not hasattr(node, "lineno") else node
        return None if self.origin is None else self.origin.location(node)

    def refuse(self, what: str, why: str = "", instead: str = "", node: Any = None,
               error: type[UnsupportedError] = UnsupportedError) -> UnsupportedError:
        """The error for a construct that is not supported; the caller raises it."""
        return error(what, self.where(node), why, instead)

    def at(self, node: Any) -> _At:
        """Statements emitted inside belong to `node`."""
        return _At(self, node)

    @contextlib.contextmanager
    def new_block(self) -> Iterator[list[Stmt]]:
        """Emit into a block of its own."""
        before, self.block = self.block, []
        try:
            yield self.block
        finally:
            self.block = before

    # --- emission -----------------------------------------------------------------------------------------------

    def emit(self, target: Any, *args: Any, name: str = "", **kwargs: Any) -> Any:
        """Emit a call of a primitive on abstract values; returns the abstract value of the result."""
        primitive = target if isinstance(target, Primitive) else prim.primitive_for(target)
        if primitive.fn in (np.array, np.asarray):
            args = tuple(map(self.array_of_rows, args))
        args = tuple(self.opened(a) for a in args)
        kwargs = {k: self.opened(v) for k, v in kwargs.items()}
        args = self.as_arrays(primitive, args)
        rule_key = target if not isinstance(target, Primitive) else primitive.rule
        kind = self._infer(primitive, rule_key, args, kwargs)
        primitive = self.with_alias(primitive, args, kwargs)
        atoms = tuple(self.atom(a) for a in args)
        keywords = tuple((k, self.atom(v)) for k, v in kwargs.items())
        if isinstance(kind, TupleOf) and primitive.form in ("function", "method") and self._has_arrays(kind):
            outs = tuple(Var(f"{name}_{i}" if name else "", k) for i, k in enumerate(kind.items))
            if len(outs) == 1:
                primitive = prim.only(primitive)
            self.block.append(Call(outs, primitive, atoms, keywords, self.loc))
            return Seq(self.bind_pieces(outs, primitive, args, kwargs), kind.type)
        out = Var(name, kind)
        self.block.append(Call((out,), primitive, atoms, keywords, self.loc))
        return self.bind_result(out, primitive, args, kwargs, atoms, keywords)

    @staticmethod
    def _has_arrays(kind: TupleOf) -> bool:
        return any(isinstance(k, Array) or kinds.is_differentiable(k) for k in kind.items)

    def _infer(self, primitive: Primitive, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Kind:
        if primitive in (prim.SET_ITEM, prim.ADD_AT, prim.STOP, prim.AGAIN):
            return self.kind(args[0])
        if primitive is prim.TUPLE:
            return TupleOf(tuple(self.kind(a) for a in args))
        if primitive is prim.LIST:
            return TupleOf(tuple(self.kind(a) for a in args), list)
        if primitive is prim.SLICE:
            return kinds.Known(slice)
        if primitive in (prim.FORMAT, prim.FORMAT_VALUE):
            return kinds.STR
        if primitive.form in ("dict", "build"):
            return Struct(dict)
        if key is None:
            return kinds.UNKNOWN
        if key is project and isinstance(args[1], Lit):
            known = self.kind(args[0])
            dtype: Any = args[1].value
            return Scalar(dtype) if isinstance(known, Scalar) else Array(dtype, kinds.shape_of(known))
        if args and isinstance(args[0], Var) and isinstance(args[0].kind, kinds.ListOf) and key in TAKERS:
            return self.kind_of_joined(key, args, kwargs)
        kind = result_kind(key, [self.abstract(a) for a in args], {k: self.abstract(v) for k, v in kwargs.items()})
        if type(kind) is Kind and key is np.broadcast_to:
            return Array(kinds.dtype_of(self.kind(args[0])), None)
        return kind

    # --- values -------------------------------------------------------------------------------------------------

    def atom(self, value: Any) -> Atom:
        """The IR atom of an abstract value; a sequence or a slice is made here."""
        cls = type(value)  # the three that nearly all values are
        if cls is Lit:
            return value  # type: ignore[no-any-return]
        if cls is Var:
            return self.latest(value)
        if cls is Ref:
            return self.latest(self.read(value.buffer))
        if isinstance(value, Maybe):
            return self.atom(self.surely(value))
        if isinstance(value, Box):
            value = self.opened(value)
            if isinstance(value, (Lit, Var, Ref)):
                return self.atom(value)
        if isinstance(value, Flat):
            return self.atom(self.flat_copy(value))
        if isinstance(value, Seq):
            return self._make_sequence(value)
        if isinstance(value, Slice):
            parts = tuple(self.atom(p) for p in (value.start, value.stop, value.step))
            out = Var("", kinds.Known(slice))
            self.block.append(Call((out,), prim.SLICE, parts, (), self.loc))
            return out
        if isinstance(value, Map):
            keys = tuple(value.items)
            out = Var("", Struct(dict))
            items = tuple(self.atom(v) for v in value.items.values())
            self.block.append(Call((out,), prim.DICT, (Lit(keys), *items), (), self.loc))
            return out
        if isinstance(value, Box) and value.origin is not None:
            value = value.origin
        if isinstance(value, Object):
            if isinstance(value.value, (list, dict, tuple)) and isinstance(value.atom, Lit):
                self.guards.setdefault((value.source, "is"), Guard(value.source, value.value, "is"))
            return value.atom
        if isinstance(value, (Mixed, Choice)):
            raise self.refuse("a name that holds different kinds of things after a branch or a loop",
                              f"It is {self.describe(value.left)} on one path and {self.describe(value.right)} on "
                              "the other.", "Give it one kind on both paths.")
        if isinstance(value, (Derived, UserFunction)):
            raise self.refuse("a function of yours as an argument of a library function",
                              "The library's calls of it cannot be seen.", "Call it yourself.")
        raise self.refuse(f"{self.describe(value)} as a value here", "", "Use it where it is made.")

    def latest(self, var: Var) -> Var:
        """A value by the variable that holds it now (see `renamed`)."""
        while var in self.renamed:
            var = self.renamed[var]
        return var

    def _make_sequence(self, value: Seq) -> Atom:
        atoms = tuple(self.atom(v) for v in value.items)
        kind_items = tuple(a.kind if isinstance(a, Var) else kinds.kind_of(a.value) for a in atoms)
        if value.type in (tuple, list):
            out = Var("", TupleOf(kind_items, value.type))
            self.block.append(Call((out,), prim.TUPLE if value.type is tuple else prim.LIST, atoms, (), self.loc))
        else:
            out = Var("", Struct(value.type))
            self.block.append(Call((out,), prim.BUILD, (Lit(value.type), *atoms), (), self.loc))
        return out

    def kind(self, value: Any) -> Kind:
        """The kind of an abstract value."""
        if isinstance(value, Var):
            return value.kind
        if isinstance(value, Ref):
            return self.read_kind(value.buffer)
        if isinstance(value, Box):
            value = self.opened(value)
        if isinstance(value, Var):
            return value.kind
        if isinstance(value, Lit):
            return kinds.kind_of(value.value)
        if isinstance(value, Ref):
            return self.read_kind(value.buffer)
        if isinstance(value, Seq) and value.type in (tuple, list):
            return TupleOf(tuple(self.kind(v) for v in value.items), value.type)
        if isinstance(value, Slice):
            return kinds.Known(slice)
        if isinstance(value, Object):
            return kinds.Known(type(value.value))
        if isinstance(value, Flat):
            return self.kind(value.view)
        return kinds.UNKNOWN

    def abstract(self, value: Any) -> Any:
        """What kind inference sees of an abstract value."""
        if isinstance(value, (Var, Ref)):
            return self.kind(value)
        if isinstance(value, Box):
            value = self.opened(value)
        if isinstance(value, Lit):
            return value
        if isinstance(value, Seq) and value.type in (tuple, list):
            return value.type(self.abstract(v) for v in value.items)
        if isinstance(value, Slice):
            return slice(self.abstract(value.start), self.abstract(value.stop), self.abstract(value.step))
        return self.kind(value)

    def describe(self, value: Any) -> str:
        """How a message names an abstract value."""
        if isinstance(value, Lit):
            return f"`{value.value!r}`" if len(repr(value.value)) < 40 else f"a {type(value.value).__name__}"
        if isinstance(value, (Var, Ref)):
            kind = self.kind(value)
            if isinstance(kind, Array):
                return "an array"
            if isinstance(kind, Scalar):
                return "a number"
            return f"a {kind!r}"
        names = {"Seq": "a sequence", "Map": "a dict", "UserFunction": "a function", "Range": "a range",
                 "Derived": "a function", "Method": "a method", "Items": "an iterator", "Object": "an object",
                 "Slice": "a slice", "Mixed": "a value that differs between paths",
                 "Choice": "a value that differs between paths", "Bound": "a function", "Stream": "an iterator",
                 "Super": "`super()`", "Flat": "the elements of an array"}
        if isinstance(value, Box) and value.flavour is not None:
            return f"a {value.flavour.__name__}"
        if isinstance(value, Box):
            return _MUTABLE.get(value.type, f"an object of class {value.type.__name__}")
        return names.get(type(value).__name__, "a value")

    def fix_length(self, value: Object) -> None:
        """From here on the variant holds only while the captured container has as many elements as now."""
        self.noted_read(value)
        self.guards.setdefault((value.source, "len"), Guard(value.source, len(value.value), "len"))


_MUTABLE: dict[Any, str] = {list: "a list", dict: "a dict"}

__all__ = ["Lowerer"]
