"""The user's functions: bound to their arguments and interpreted in place, each call in a scope of its own."""

from __future__ import annotations

import inspect
import weakref
from typing import TYPE_CHECKING, Any

import gast

from ..desugar import desugar
from ..desugar.context import children, every_node
from ..ir import Lit, Var
from ..source import read
from .definitions import is_definition
from .exposed import has_yield
from .state import Scope
from .statements import FELL_THROUGH, Unreachable
from .values import Map, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_INLINE_DEPTH = 40


class OwnFunctions:
    """Mixin of `Lowerer`."""

    def nested_function(self: Lowerer, node: Any) -> UserFunction:
        """A `def` or `lambda` inside the function: its defaults are evaluated now, its names later."""
        defaults = self._evaluate_defaults(node.args)
        return UserFunction(self.origin, node, self.scope, defaults)

    def _evaluate_defaults(self: Lowerer, arguments: Any) -> dict[str, Any]:
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: dict[str, Any] = {}
        for parameter, default in zip(positional[len(positional) - len(arguments.defaults):], arguments.defaults,
                                      strict=True):
            defaults[parameter.id] = self.eval(default)
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is not None:
                defaults[parameter.id] = self.eval(default)
        return defaults

    def call_python(self: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """A call of a plain function of the user's: its source is interpreted here."""
        origin = read(fn)
        signature = inspect.signature(origin.fn, follow_wrapped=False)
        known = is_definition(origin.fn)
        defaults = {p.name: Lit(p.default) if known else self.capture(("default", origin.fn, p.name), p.default, p.name)
                    for p in signature.parameters.values() if p.default is not p.empty}
        return self.call_user(UserFunction(origin, desugar(origin), None, defaults), args, kwargs, name, node)

    def call_user(self: Lowerer, function: UserFunction, args: list[Any], kwargs: dict[str, Any], name: str,
                  node: Any) -> Any:
        """Interpret a function's body with these arguments."""
        label = getattr(function.node, "name", "<lambda>")
        as_routine = self.recursive_call(function, node)
        if len(self.call_stack) > MAX_INLINE_DEPTH:
            reason = self.not_routines.get(self.code_key(function))
            raise reason or self.refuse(f"calls nested deeper than {MAX_INLINE_DEPTH}", "", "Write it as a loop.",
                                        node=node)
        bound = self.bind_arguments(signature_of(function.node, function.defaults), [*function.first, *args], kwargs,
                                    node, label)
        if has_yield(function.node):
            return self.generator_call(lambda: self.run_user(function, bound, ""))
        if not as_routine:
            run = self.call_helper if self.sharing else self.run_user
            return run(function, bound, name)
        result = self.call_routine(function, bound, name, node)
        return self.run_user(function, bound, name) if result is NotImplemented else result

    def run_user(self: Lowerer, function: UserFunction, bound: dict[str, Any], name: str) -> Any:
        saved = (self.stmt, self.node, self.return_name)
        self.call_stack.append(function.node)
        self.activations.append((self.code_key(function), self.nesting))
        try:
            self.return_name = name
            result = self.run_body(function.origin, function.node, bound, function.scope)
            if self.state.dead:
                raise Unreachable
            return result
        finally:
            self.call_stack.pop()
            self.activations.pop()
            self.stmt, self.node, self.return_name = saved

    def run_body(self: Lowerer, origin: Any, node: Any, bound: dict[str, Any], parent: Any) -> Any:
        """Interpret a function's body in a new scope; returns its value."""
        scope = Scope(origin, parent, local_names(node), len(self.call_stack), global_names(node))
        saved = (self.scope, self.origin)
        self.scope, self.origin = scope, origin
        try:
            for name, value in bound.items():
                self.bind(name, value)
            if isinstance(node, gast.Lambda):
                return self.eval(node.body, self.return_name)
            result = self.exec_block(node.body)
            return Lit(None) if result is FELL_THROUGH else result
        finally:
            self.scope, self.origin = saved
            if not _may_be_read_later(node):
                for key in [k for k in self.state.env if k[0] is scope]:
                    del self.state.env[key]

    def bind_arguments(self: Lowerer, signature: inspect.Signature, args: list[Any], kwargs: dict[str, Any],
                       node: Any, label: str) -> dict[str, Any]:
        """Arguments to parameters, as Python binds them."""
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise self.refuse(f"the arguments of `{label}`: {error}", "Python would raise TypeError.",
                              node=node) from error
        values: dict[str, Any] = {}
        for parameter in signature.parameters.values():
            if parameter.name in bound.arguments:
                value = bound.arguments[parameter.name]
                if parameter.kind is parameter.VAR_POSITIONAL:
                    value = Seq(tuple(value))
                elif parameter.kind is parameter.VAR_KEYWORD:
                    value = self.new_dict(dict(value))
            elif parameter.kind is parameter.VAR_POSITIONAL:
                value = Seq(())
            elif parameter.kind is parameter.VAR_KEYWORD:
                value = self.new_dict({})
            else:
                value = parameter.default
            values[parameter.name] = value
        return values

    # --- results ----------------------------------------------------------------------------------------------------

    def flatten_output(self: Lowerer, value: Any, leaves: list[Any]) -> Any:
        """The tree of a result with its atoms appended to `leaves`; passengers stay as they are."""
        value = self.opened(value)
        if isinstance(value, Seq):
            return Seq(tuple(self.flatten_output(v, leaves) for v in value.items), value.type)
        if isinstance(value, Map):
            return Map({k: self.flatten_output(v, leaves) for k, v in value.items.items()}, value.type)
        atom = self.atom(value)
        if isinstance(atom, Var):
            leaves.append(atom)
        else:
            leaves.append(atom)
        return atom


_functions_inside: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()


def holds_functions(comprehension: Any) -> bool:
    """Do functions made inside a comprehension keep its names alive (`[lambda v: v * k for k in range(3)]`)?"""
    found = _functions_inside.get(comprehension)
    if found is None:
        inside = [node for node in every_node(comprehension) if node is not comprehension]
        consumed = {arg for node in inside if isinstance(node, gast.Call) for arg in node.args}  # `sum(... for ...)`
        found = _functions_inside[comprehension] = any(
            isinstance(node, gast.Lambda) or (isinstance(node, gast.GeneratorExp) and node not in consumed)
            for node in inside)
    return found


_read_later: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()


def _may_be_read_later(function: Any) -> bool:
    """Can the names of a call outlive it: by a function inside, or a generator?"""
    found = _read_later.get(function)
    if found is None:
        inner = (gast.FunctionDef, gast.Lambda, gast.GeneratorExp, gast.Yield, gast.YieldFrom)
        body = function.body if isinstance(function.body, list) else [function.body]
        found = _read_later[function] = any(isinstance(node, inner) for part in body for node in every_node(part))
    return found


_global_names: weakref.WeakKeyDictionary[Any, frozenset[str]] = weakref.WeakKeyDictionary()


def global_names(node: Any) -> frozenset[str]:
    """The names that a function declares `global`."""
    found = _global_names.get(node)
    if found is None:
        body = [] if isinstance(node, gast.Lambda) else node.body
        found = _global_names[node] = frozenset(
            n for statement in body for inner in every_node(statement) if isinstance(inner, gast.Global)
            for n in inner.names)
    return found


_local_names: weakref.WeakKeyDictionary[Any, frozenset[str]] = weakref.WeakKeyDictionary()


def local_names(node: Any) -> frozenset[str]:
    """The names that a function binds: parameters, assignments, loop targets, defs (not in functions inside)."""
    found = _local_names.get(node)
    if found is None:
        found = _local_names[node] = frozenset(_find_local_names(node))
    return found


def _find_local_names(node: Any) -> set[str]:
    arguments = node.args
    names = {p.id for p in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {p.id for p in (arguments.vararg, arguments.kwarg) if p is not None}

    others: set[str] = set()

    def visit(inner: Any) -> None:
        if isinstance(inner, (gast.Nonlocal, gast.Global)):
            others.update(inner.names)
        if isinstance(inner, gast.Name) and isinstance(inner.ctx, (gast.Store, gast.Del)):
            names.add(inner.id)
        if isinstance(inner, (gast.Import, gast.ImportFrom)):
            names.update((a.asname or a.name).split(".")[0] for a in inner.names)
        if isinstance(inner, (gast.FunctionDef, gast.ClassDef, gast.AsyncFunctionDef)):
            names.add(inner.name)
            return
        if isinstance(inner, (gast.GeneratorExp, gast.ListComp, gast.SetComp, gast.DictComp)):
            names.update(_bound_through(inner))
            return
        if isinstance(inner, gast.Lambda):
            return
        for child in children(inner):
            visit(child)

    body = [node.body] if isinstance(node, gast.Lambda) else node.body
    for statement in body:
        visit(statement)
    return names - others


def _bound_through(node: Any) -> set[str]:
    """The names that `:=` binds inside a comprehension: they are those of the function around it."""
    if isinstance(node, gast.Lambda):
        return set()
    own = {node.target.id} if isinstance(node, gast.NamedExpr) else set()
    return own.union(*map(_bound_through, children(node)))


def signature_of(node: Any, defaults: dict[str, Any]) -> inspect.Signature:
    arguments = node.args
    make, empty = inspect.Parameter, inspect.Parameter.empty
    params = [make(p.id, make.POSITIONAL_ONLY, default=defaults.get(p.id, empty)) for p in arguments.posonlyargs]
    params += [make(p.id, make.POSITIONAL_OR_KEYWORD, default=defaults.get(p.id, empty)) for p in arguments.args]
    if arguments.vararg is not None:
        params.append(make(arguments.vararg.id, make.VAR_POSITIONAL))
    params += [make(p.id, make.KEYWORD_ONLY, default=defaults.get(p.id, empty)) for p in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        params.append(make(arguments.kwarg.id, make.VAR_KEYWORD))
    return inspect.Signature(params)
