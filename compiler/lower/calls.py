"""Calls: library functions become primitives, the user's functions are interpreted in place, a few are special."""

from __future__ import annotations

import collections
import enum
import functools
import inspect
import operator
import types
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from ...runtime.errors import NoRuleError
from .. import primitives as prim
from ..domains.aliases import alias_of
from ..domains.effects import is_pure, out_position, writing_option
from ..domains.scipy_names import INSTEAD, public_name
from ..ir import Lit
from ..library import definition_of, definition_of_call
from ..rules import registry
from . import distributions, draws, texts
from .builtins import SPECIAL_CALLS
from .contexts import is_context_manager
from .dispatch import chosen, is_dispatched
from .objects import is_plain_class, is_written_in_python
from .own_callables import TYPES, late_handler
from .records import getter_call, named_tuple_method
from .spellings import spelled_out
from .values import (
    Bound,
    Box,
    Choice,
    Derived,
    Guard,
    Items,
    Map,
    Method,
    Mixed,
    Object,
    Range,
    Ref,
    Rows,
    Seq,
    Stream,
    UserFunction,
)

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Calls:
    """Mixin of `Lowerer`."""

    def eval_Call(self: Lowerer, node: Any, name: str) -> Any:
        function = self.eval(node.func)
        if isinstance(function, Lit) and function.value is zip and len(node.args) == 1 and isinstance(
                node.args[0], gast.Starred):
            rows = self.open(self.eval(node.args[0].value))
            return self.columns_of(rows, node) if isinstance(rows, Rows) else self.call(
                function, self.elements(rows, node, "`*`"), {}, name, node)
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
                if isinstance(mapping, Object) and isinstance(mapping.value, dict):
                    self.guards.setdefault((mapping.source, "keys"),
                                           Guard(mapping.source, tuple(mapping.value), "keys"))
                    mapping = Map({k: self.object_item(mapping, Lit(k), keyword.value) for k in mapping.value})
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
        definition = definition_of_call(type(value))
        if definition is not None:
            return self.call_definition(definition, [function, *args], kwargs, name, node)
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
            self.called = fn  # what a handler of several functions was called for
            result = special(self, self.given(fn, args, node), kwargs, name, node)
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
        if definition is not None and not _rule_takes(fn, args, kwargs):
            return self.call_definition(definition, args, kwargs, name, node)
        late = late_handler(fn)
        if late is not None:
            return late(self, fn, args, kwargs, name, node)
        spelled = spelled_out(fn)
        if spelled is not None:
            run = self.call_python if registry.rule_for(spelled[0]) is None else self.call_library
            return run(spelled[0], [*spelled[1], *args], kwargs, name, node)
        if isinstance(fn, type) and issubclass(fn, BaseException):
            return self.make_exception(fn, args, kwargs)
        if fn is super:
            return self.make_super(args, node)
        if fn is functools.partial and args:
            return Bound(args[0], tuple(args[1:]), kwargs)
        if isinstance(fn, functools._lru_cache_wrapper):  # the derivative is that of the function inside
            return self.call_known(fn.__wrapped__, args, kwargs, name, node)
        if isinstance(fn, (operator.itemgetter, operator.attrgetter, operator.methodcaller)) \
                and registry.rule_for(fn) is None:
            return getter_call(self, fn, args, node)
        if isinstance(getattr(fn, "__self__", None), type) and hasattr(fn.__self__, "_fields") \
                and fn.__name__ == "_make":
            return named_tuple_method(self, None, fn.__self__, "_make", args, kwargs, node)
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
            if is_dispatched(fn):
                return self.call_known(chosen(self, fn, args, node), args, kwargs, name, node)
            return self.call_python(fn, args, kwargs, name, node)
        if isinstance(fn, type) and hasattr(fn, "_fields") and issubclass(fn, tuple):
            return Seq(tuple(self.bind_arguments(_fields_signature(fn), args, kwargs, node, fn.__name__).values()), fn)
        if isinstance(fn, enum.EnumType) and len(args) == 1 and isinstance(args[0], Lit) and not kwargs:
            return self.fold(fn, node, args[0].value)  # `Mode(2)`: a member, by its value
        if is_plain_class(fn):
            return self.construct(fn, args, kwargs, name, node)
        if not isinstance(fn, type) and isinstance(getattr(type(fn), "__call__", None), types.FunctionType):  # noqa: B004
            return self.call(Object(fn, ("known", fn), Lit(fn)), args, kwargs, name, node)
        label = getattr(fn, "__name__", type(fn).__name__)
        if isinstance(fn, type) and is_written_in_python(fn):
            raise self.refuse(f"an object of the class `{label}`", "It is more than its attributes: a subclass of one "
                              "of Python's own classes, or made by `__new__`, a metaclass or `__getattribute__`.",
                              "Use a plain class, a dataclass or a dict.", node=node)
        raise self.refuse(f"a call of `{label}`", "It has no derivative rule and no Python source.",
                          "Give it a rule, or write it with NumPy functions.", node=node, error=NoRuleError)

    def call_library(self: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """A call of NumPy's, math's or a builtin: a primitive."""
        if isinstance(getattr(fn, "__self__", None), str) and fn.__name__ == "join":
            args = [self.known_list(args[0], node)]
        constants = texts.constants_of(fn, [self.open(a) for a in args], kwargs)
        if constants is not None:
            found = self.fold(lambda: fn(*constants[0], **constants[1]), node)
            parts = found.value if isinstance(found, Lit) and type(found.value) is list else None
            return found if parts is None else self.new_list(tuple(map(Lit, parts)))
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
            label, how = getattr(fn, "__name__", fn), writing_option(fn, kwargs)
            raise self.refuse(f"a call of `{label}` that changes its argument (`{how}=`)", "",
                              "Work on a copy.", node=node)
        if alias_of(fn) == "same" and args and isinstance(args[0], Ref) and len(args) == 1 and not kwargs:
            return args[0]
        if registry.rule_for(fn) is None and not registry.has_zero_derivative(fn) and not prim.primitive_for(fn).pure \
                and fn is not print:
            label, owner = getattr(fn, "__name__", repr(fn)), getattr(fn, "__self__", None)
            if isinstance(owner, (set, collections.deque)):
                raise self.refuse(f"the method `.{label}` of a {type(owner).__name__} from outside the function",
                                  "Lists, dicts and objects from outside may be changed.", "Use one of them.",
                                  node=node)
            raise self.refuse(f"a call of `{label}`", "pullback has no derivative rule for it and cannot tell what it "
                              "changes.", INSTEAD.get(public_name(fn) or ("", ""), "Write it with functions that have "
                              "a rule, or give it one with `pb.defvjp`."), node=node, error=NoRuleError)
        return self.emit(fn, *args, name=name, **kwargs)


def _fields_signature(cls: Any) -> inspect.Signature:
    make = inspect.Parameter
    defaults = getattr(cls, "_field_defaults", {})
    return inspect.Signature([make(f, make.POSITIONAL_OR_KEYWORD,
                                   default=Lit(defaults[f]) if f in defaults else make.empty) for f in cls._fields])


def _rule_takes(fn: Any, args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Has a function a rule that knows all parameters of this call? (A definition may stand for the other calls.)"""
    rule = registry.rule_for(fn)
    if rule is None:
        return False
    try:
        rule.signature.bind(*args, **kwargs)
    except TypeError:
        return False
    return True
