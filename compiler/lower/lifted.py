"""Functions made inside a program, for solvers that run outside of the generated code.

    def f(a):
        return quad(lambda x: x ** a, 0.0, 1.0)[0]     the lambda as lifted(x, a) = x ** a, with a given at the call

A `Lifted` function has the values that it closes over as its last arguments. It runs as the user's own code, closed
over these values; where the compiler reads a call of it, it reads the user's text with these values in scope.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import gast

from ..desugar import desugar
from ..ir import Lit, Var
from ..source import Origin, read
from .custom import At
from .own_callables import TYPES
from .state import Scope
from .values import UNBOUND, Bound, Map, Object, Ref, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

INSTEAD = "Pass it in `args=`."
CHANGING = frozenset({
    "add", "append", "clear", "discard", "extend", "fill", "insert", "pop", "popitem", "put", "remove", "resize",
    "reverse", "setdefault", "sort", "update",
})


@dataclass(frozen=True, eq=False)
class Closed:
    """A function of the user's: its text, and trees of what it closes over and of its defaults."""

    origin: Origin
    cells: dict[str, Any]
    defaults: dict[str, Any]
    first: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Given:
    """A function with some of its arguments: all three are trees."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Lifted:
    """A function with what it closes over as its last `count` arguments."""

    def __init__(self, tree: Any, count: int, label: str) -> None:
        self.tree, self.count, self.__name__ = tree, count, label

    def split(self, args: Any) -> tuple[list[Any], list[Any]]:
        """The arguments of the function itself, and what it closes over."""
        own = len(args) - self.count
        return list(args[:own]), list(args[own:])

    def __call__(self, *args: Any) -> Any:
        own, leaves = self.split(args)
        return real(self.tree, leaves)(*own)


def lift(low: Lowerer, function: Any, label: str, node: Any) -> tuple[Any, list[Any]]:
    """A function that can run outside of the generated code, and the values that its calls add to the arguments.

    raises : UnsupportedError for a function that changes what is around it, or closes over what is no value
    """
    if isinstance(function, Lit) and callable(function.value):
        return function.value, []
    if isinstance(function, Object) and function.source[0] != "param" and callable(function.value):
        return function.value, []
    leaves: list[Any] = []
    tree = _Trees(low, label, leaves, node).of(function)
    if not isinstance(tree, (Closed, Given)):
        raise low.refuse(f"`{label}` of {low.describe(function)}", "Its solver runs outside of the generated code.",
                         "Give it a function.", node=node)
    name = getattr(getattr(function, "node", None), "name", "function")
    return Lifted(tree, len(leaves), name), leaves


class _Trees:
    """Abstract values as trees with `At` at the values of the run, which are collected in `leaves`."""

    def __init__(self, low: Lowerer, label: str, leaves: list[Any], node: Any) -> None:
        self.low, self.label, self.leaves, self.node = low, label, leaves, node
        self.inside: list[Any] = []

    def of(self, value: Any) -> Any:
        value = self.low.opened(value)
        if isinstance(value, Seq):
            return Seq(tuple(map(self.of, value.items)), value.type)
        if isinstance(value, Map) and value.type is dict:
            return Map({k: self.of(v) for k, v in value.items.items()}, value.type)
        if isinstance(value, (Var, Ref)):
            self.leaves.append(value)
            return At(len(self.leaves) - 1)
        if isinstance(value, Lit):
            return value
        if isinstance(value, Object) and value.source[0] != "param":
            return Object(value.value, ("known", value.value), Lit(value.value))
        if isinstance(value, UserFunction):
            return self.closed(value)
        if isinstance(value, Bound):
            return Given(self.of(value.function), tuple(map(self.of, value.args)),
                         {k: self.of(v) for k, v in value.kwargs.items()})
        raise self.refuse(f"which closes over {self.low.describe(value)}",
                          "Its solver runs outside of the generated code, with numbers and arrays.")

    def refuse(self, what: str, why: str) -> Exception:
        return self.low.refuse(f"`{self.label}` of a function made inside, {what}", why, INSTEAD, node=self.node)

    def closed(self, function: UserFunction) -> Closed:
        if function.node in self.inside:
            raise self.refuse("which calls itself", "")
        defaults = {k: self.of(v) for k, v in function.defaults.items()}
        first = tuple(map(self.of, function.first))
        whole = desugar(function.origin) is function.node
        if whole and function.scope is None:
            return Closed(function.origin, {}, defaults, first)
        origin = function.origin if whole else _inner_origin(function)
        names = origin.fn.__code__.co_freevars
        changed = next((n for n in _changed_names(origin.node) if n in names), None)
        if changed is not None:
            raise self.refuse(f"which changes `{changed}`", "A change of what is around it is not followed.")
        self.inside.append(function.node)
        cells = {name: self.of(self.held(function.scope, name)) for name in names}
        self.inside.pop()
        return Closed(origin, cells, defaults, first)

    def held(self, scope: Any, name: str) -> Any:
        """What a name around the function holds now."""
        while scope is not None:
            if name in scope.locals:
                value = self.low.state.env.get((scope, name), UNBOUND)
                if value is UNBOUND:
                    raise self.refuse(f"which reads `{name}` before it is bound", "")
                return value
            origin, scope = scope.origin, scope.parent
        binding, value = origin.resolve(name)
        return self.low.capture((binding, origin.fn, name), value, name)


_origins: dict[CodeType, Origin] = {}


def _inner_origin(function: UserFunction) -> Origin:
    """The text of a function inside another as that of a function of its own."""
    outer, node = function.origin.fn, function.node
    for code in _codes_inside(outer.__code__):
        if code.co_name != getattr(node, "name", "<lambda>"):
            continue
        if code not in _origins:
            cells = tuple(CellType() for _ in code.co_freevars)
            _origins[code] = read(FunctionType(code, outer.__globals__, code.co_name, None, cells))
        origin = _origins[code]
        if (origin.node.lineno, origin.node.col_offset) == (node.lineno, node.col_offset):
            return origin
    raise AssertionError(f"no code of {getattr(node, 'name', 'a lambda')} in {outer}")


def _codes_inside(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes_inside(constant)


def _changed_names(tree: Any) -> set[str]:
    """Names of a function whose objects it stores into, or calls a changing method of; that it says are not its own."""
    found: set[str] = set()
    for node in gast.walk(tree):
        if isinstance(node, gast.Nonlocal):
            found.update(node.names)
        elif isinstance(node, (gast.Subscript, gast.Attribute)) and isinstance(node.ctx, (gast.Store, gast.Del)):
            found.add(_root(node))
        elif isinstance(node, gast.AugAssign):
            found.add(_root(node.target))
        elif isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in CHANGING:
            found.add(_root(node.func))
    return found - {""}


def _root(node: Any) -> str:
    while isinstance(node, (gast.Subscript, gast.Attribute)):
        node = node.value
    return str(getattr(node, "id", ""))


# --- the trees with values at their leaves ------------------------------------------------------------------------


def real(tree: Any, leaves: Any) -> Any:
    """The Python object that a tree stands for."""
    if isinstance(tree, At):
        return leaves[tree.position]
    if isinstance(tree, Seq):
        items = [real(t, leaves) for t in tree.items]
        return tree.type(items) if tree.type in (tuple, list) else tree.type(*items)
    if isinstance(tree, Map):
        return {k: real(t, leaves) for k, t in tree.items.items()}
    if isinstance(tree, Given):
        given = {k: real(t, leaves) for k, t in tree.kwargs.items()}
        return functools.partial(real(tree.function, leaves), *(real(t, leaves) for t in tree.args), **given)
    if isinstance(tree, Closed):
        return _real_function(tree, leaves)
    return tree.value


def _real_function(tree: Closed, leaves: Any) -> Any:
    code = tree.origin.fn.__code__
    defaults = {k: real(t, leaves) for k, t in tree.defaults.items()}
    if tree.cells:
        cells = tuple(CellType(real(tree.cells[name], leaves)) for name in code.co_freevars)
        function = FunctionType(code, tree.origin.fn.__globals__, code.co_name, None, cells)
    else:
        function = FunctionType(code, tree.origin.fn.__globals__, code.co_name, None, tree.origin.fn.__closure__)
    positional = code.co_varnames[:code.co_argcount]
    function.__defaults__ = tuple(defaults[name] for name in positional if name in defaults)
    function.__kwdefaults__ = {k: v for k, v in defaults.items() if k not in positional}
    first = tuple(real(t, leaves) for t in tree.first)
    return functools.partial(function, *first) if first else function


def abstract(low: Lowerer, tree: Any, leaves: Any) -> Any:
    """The abstract value that a tree stands for."""
    if isinstance(tree, At):
        return leaves[tree.position]
    if isinstance(tree, Seq):
        return low.boxed(Seq(tuple(abstract(low, t, leaves) for t in tree.items), tree.type))
    if isinstance(tree, Map):
        return low.boxed(Map({k: abstract(low, t, leaves) for k, t in tree.items.items()}, tree.type))
    if isinstance(tree, Given):
        return Bound(abstract(low, tree.function, leaves), tuple(abstract(low, t, leaves) for t in tree.args),
                     {k: abstract(low, t, leaves) for k, t in tree.kwargs.items()})
    if isinstance(tree, Closed):
        scope = None
        if tree.cells:
            scope = Scope(tree.origin, None, frozenset(tree.cells), len(low.call_stack))
            for name, cell in tree.cells.items():
                low.state.env[scope, name] = abstract(low, cell, leaves)
        defaults = {k: abstract(low, t, leaves) for k, t in tree.defaults.items()}
        first = tuple(abstract(low, t, leaves) for t in tree.first)
        return UserFunction(tree.origin, desugar(tree.origin), scope, defaults, first)
    return tree


def _call_lifted(low: Lowerer, fn: Lifted, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    own, leaves = fn.split(args)
    return low.call(abstract(low, fn.tree, leaves), own, kwargs, name, node)


TYPES[Lifted] = _call_lifted

__all__ = ["Lifted", "lift"]
