"""Calls: library functions become primitives, the user's functions are interpreted in place, a few are special."""

from __future__ import annotations

import functools
import inspect
import types
import weakref
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from ...runtime.errors import NoRuleError
from .. import primitives as prim
from ..desugar import desugar
from ..desugar.context import children
from ..domains.aliases import alias_of
from ..domains.effects import is_pure, out_position
from ..domains.scipy_names import INSTEAD, public_name
from ..ir import Lit, Var
from ..library import definition_of
from ..rules import registry
from ..source import read
from . import distributions, draws
from .builtins import SPECIAL_CALLS
from .contexts import is_context_manager
from .definitions import is_definition
from .exposed import has_yield
from .objects import is_plain_class
from .own_callables import TYPES, late_handler
from .spellings import spelled_out
from .state import Scope
from .statements import FELL_THROUGH, Unreachable
from .values import (
    Bound,
    Box,
    Choice,
    Derived,
    Items,
    Map,
    Method,
    Mixed,
    Object,
    Range,
    Ref,
    Seq,
    Stream,
    UserFunction,
)

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_INLINE_DEPTH = 40


class Calls:
    """Mixin of `Lowerer`."""

    def eval_Call(self: Lowerer, node: Any, name: str) -> Any:
        function = self.eval(node.func)
        args, kwargs = self.eval_arguments(node)
        return self.call(function, args, kwargs, name, node)

    def eval_arguments(self: Lowerer, node: Any) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call, evaluated in order."""
        args: list[Any] = []
        for arg in node.args:
            if isinstance(arg, gast.Starred):
                args += self.elements(self.eval(arg.value), arg, "`*`")
            else:
                args.append(self.eval(arg))
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                mapping = self.open(self.eval(keyword.value))
                if not isinstance(mapping, Map):
                    raise self.refuse("`**` of something that is no dict of known keys", node=keyword.value)
                kwargs.update(mapping.items)
            else:
                kwargs[keyword.arg] = self.eval(keyword.value)
        return args, kwargs

    def call(self: Lowerer, function: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """The value of a call, by what is called."""
        with self.at(node):
            if isinstance(function, UserFunction):
                return self.call_user(function, args, kwargs, name, node)
            if isinstance(function, Bound):
                return self.call(function.function, [*function.args, *args], {**function.kwargs, **kwargs}, name, node)
            if isinstance(function, Choice):
                return self.branch(function.cond, lambda: self.call(function.left, args, kwargs, name, node),
                                   lambda: self.call(function.right, args, kwargs, name, node), "expression", name)
            call = None if isinstance(function, Object) else self.special_method(function, "__call__")
            if call is not None:
                return self.call_python(call, [function, *args], kwargs, name, node)
            if isinstance(function, Method):
                return self.call_method(function, args, kwargs, name, node)
            if isinstance(function, Derived):
                return function.apply(self, function, args, kwargs, name, node)
            if isinstance(function, Box):
                method = getattr(function.type, "__call__", None)  # noqa: B004
                if isinstance(method, types.FunctionType):
                    return self.call_python(method, [function, *args], kwargs, name, node)
            if isinstance(function, Object):
                return self.call_object(function, args, kwargs, name, node)
            if isinstance(function, Lit):
                return self.call_known(function.value, args, kwargs, name, node)
        raise self.refuse(f"a call of {self.describe(function)}", "What it runs is not known before the run.",
                          "Call a function by its name.", node=node)

    def call_object(self: Lowerer, function: Object, args: list[Any], kwargs: dict[str, Any], name: str,
                    node: Any) -> Any:
        """A call of an object: of the user's class, or a partial function."""
        value = function.value
        if isinstance(value, np.vectorize) or any(cls in TYPES for cls in type(value).__mro__):
            return self.call_known(value, args, kwargs, name, node)
        if isinstance(value, functools.partial):
            inner = self.attribute(function, "func", "", node)
            bound = [self.capture(((function.source, "args"), ("item", i)), v, f"arg_{i}")
                     for i, v in enumerate(value.args)]
            keywords = {k: self.capture(((function.source, "keywords"), ("item", k)), v, k)
                        for k, v in value.keywords.items()}
            return self.call(inner, [*bound, *args], {**keywords, **kwargs}, name, node)
        call = self.special_method(function, "__call__")
        if call is not None:
            return self.call_python(call, [function, *args], kwargs, name, node)
        raise self.refuse(f"a call of {self.describe(function)}", "Its class has no `__call__` in Python.", node=node)

    def call_known(self: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """A call of a Python object that is known now."""
        try:
            special = SPECIAL_CALLS.get(fn)
        except TypeError:
            special = None
        if special is not None:
            result = special(self, [self.open(a) for a in args], kwargs, name, node)
            if result is not NotImplemented:
                return result
        owner = draws.draws_from(fn)
        if owner is not NotImplemented:
            return draws.call_draw(self, owner, fn, args, kwargs, name, node)
        own = next((TYPES[cls] for cls in type(fn).__mro__ if cls in TYPES), None)
        if own is not None:
            return own(self, fn, args, kwargs, name, node)
        if isinstance(fn, functools.partial):
            bound = [Lit(a) for a in fn.args]
            return self.call_known(fn.func, [*bound, *args], {**{k: Lit(v) for k, v in fn.keywords.items()}, **kwargs},
                                   name, node)
        if distributions.is_method(fn):
            return distributions.call_method(self, fn, args, kwargs, name, node)
        if distributions.is_distribution(fn):
            return distributions.frozen(self, fn, args, kwargs)
        if fn in draws.MAKERS:
            return draws.make_generator(self, fn, args, kwargs, name, node)
        if isinstance(fn, np.vectorize):
            return self.call_vectorized(fn, args, kwargs, name, node)
        definition = definition_of(fn)
        if definition is not None:
            return self.call_definition(definition, args, kwargs, name, node)
        late = late_handler(fn)
        if late is not None:
            return late(self, fn, args, kwargs, name, node)
        spelled = spelled_out(fn)
        if spelled is not None:
            return self.call_python(spelled[0], [*spelled[1], *args], kwargs, name, node)
        if isinstance(fn, type) and issubclass(fn, BaseException):
            return self.make_exception(fn, args, kwargs)
        if fn is super:
            return self.make_super(args, node)
        if fn is functools.partial and args:
            return Bound(args[0], tuple(args[1:]), kwargs)
        if isinstance(fn, functools._lru_cache_wrapper):  # the derivative is that of the function inside
            return self.call_known(fn.__wrapped__, args, kwargs, name, node)
        if isinstance(fn, types.MethodType) and isinstance(fn.__self__, type):
            return self.call_python(fn.__func__, [Lit(fn.__self__), *args], kwargs, name, node)
        if isinstance(fn, types.MethodType):
            owner = Object(fn.__self__, ("known", fn.__self__), Lit(fn.__self__))
            return self.call_known(fn.__func__, [owner, *args], kwargs, name, node)
        if not isinstance(fn, type) and hasattr(fn, "__pullback_derived__"):
            return self.call(fn.__pullback_derived__(), args, kwargs, name, node)
        if registry.rule_for(fn) is not None or registry.has_zero_derivative(fn) or prim.is_library_function(fn):
            return self.call_library(fn, args, kwargs, name, node)
        unwrapped = getattr(fn, "__pullback_primal__", None)
        if unwrapped is not None:
            return self.call_known(unwrapped, args, kwargs, name, node)
        if is_context_manager(fn):
            made = self.call_python(fn.__wrapped__, args, kwargs, name, node)
            if isinstance(made, Stream):
                made.context = True
            return made
        if isinstance(fn, types.FunctionType):
            return self.call_python(fn, args, kwargs, name, node)
        if isinstance(fn, type) and hasattr(fn, "_fields") and issubclass(fn, tuple):
            return Seq(tuple(self.bind_arguments(_fields_signature(fn), args, kwargs, node, fn.__name__).values()), fn)
        if is_plain_class(fn):
            return self.construct(fn, args, kwargs, name, node)
        if not isinstance(fn, type) and isinstance(getattr(type(fn), "__call__", None), types.FunctionType):  # noqa: B004
            return self.call(Object(fn, ("known", fn), Lit(fn)), args, kwargs, name, node)
        label = getattr(fn, "__name__", type(fn).__name__)
        raise self.refuse(f"a call of `{label}`", "It has no derivative rule and no Python source.",
                          "Give it a rule, or write it with NumPy functions.", node=node, error=NoRuleError)

    def call_library(self: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """A call of NumPy's, math's or a builtin: a primitive."""
        for value in (*args, *kwargs.values()):
            if isinstance(value, (Range, Items, UserFunction, Method, Mixed, Stream, Bound, Choice)):
                label = getattr(fn, "__name__", "this function")
                raise self.refuse(f"`{label}` of {self.describe(value)}", "", "Write the loop out.", node=node)
        if "out" in kwargs or len(args) > out_position(fn):
            stored = self.call_with_out(fn, args, kwargs, node, lambda a, k: self.call_library(fn, a, k, name, node))
            if stored is not NotImplemented:
                return stored
        if not is_pure(fn, [k for k, v in kwargs.items() if not (isinstance(v, Lit) and v.value in (None, False))]) \
                and is_pure(fn):
            raise self.refuse(f"a call of `{getattr(fn, '__name__', fn)}` that changes its argument", "",
                              "Work on a copy.", node=node)
        if alias_of(fn) == "same" and args and isinstance(args[0], Ref) and len(args) == 1 and not kwargs:
            return args[0]
        if registry.rule_for(fn) is None and not registry.has_zero_derivative(fn) and not prim.primitive_for(fn).pure \
                and fn is not print:
            label = getattr(fn, "__name__", repr(fn))
            raise self.refuse(f"a call of `{label}`", "pullback has no derivative rule for it and cannot tell what it "
                              "changes.", INSTEAD.get(public_name(fn) or ("", ""), "Write it with functions that have "
                              "a rule, or give it one with `pb.defvjp`."), node=node, error=NoRuleError)
        return self.emit(fn, *args, name=name, **kwargs)

    # --- the user's functions -------------------------------------------------------------------------------------

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
        bound = self.bind_arguments(_signature_of(function.node, function.defaults), [*function.first, *args], kwargs,
                                    node, label)
        if has_yield(function.node):
            return self.generator_call(lambda: self.run_user(function, bound, ""))
        result = self.call_routine(function, bound, name, node) if as_routine else NotImplemented
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
        scope = Scope(origin, parent, local_names(node), len(self.call_stack))
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


_read_later: weakref.WeakKeyDictionary[Any, bool] = weakref.WeakKeyDictionary()


def _may_be_read_later(function: Any) -> bool:
    """Can the names of a call outlive it: by a function inside, or a generator?"""
    found = _read_later.get(function)
    if found is None:
        inner = (gast.FunctionDef, gast.Lambda, gast.GeneratorExp, gast.Yield, gast.YieldFrom)
        body = function.body if isinstance(function.body, list) else [function.body]
        found = _read_later[function] = any(isinstance(node, inner) for part in body for node in gast.walk(part))
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
        if isinstance(inner, (gast.Lambda, gast.GeneratorExp, gast.ListComp, gast.SetComp, gast.DictComp)):
            return
        for child in children(inner):
            visit(child)

    body = [node.body] if isinstance(node, gast.Lambda) else node.body
    for statement in body:
        visit(statement)
    return names - others


def _signature_of(node: Any, defaults: dict[str, Any]) -> inspect.Signature:
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


def _fields_signature(cls: Any) -> inspect.Signature:
    make = inspect.Parameter
    defaults = getattr(cls, "_field_defaults", {})
    return inspect.Signature([make(f, make.POSITIONAL_OR_KEYWORD,
                                   default=Lit(defaults[f]) if f in defaults else make.empty) for f in cls._fields])
