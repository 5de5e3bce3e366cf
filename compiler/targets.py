"""What an operator is applied to: a function with text, a method, a partial, or what another operator returned."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import Any, TypeVar

import numpy as np

from ..runtime.checks import check_lengths
from ..runtime.errors import UnsupportedError
from . import collector, pipeline
from .arguments import Spec, exact, is_of_a_call, spec_lengths
from .domains.kinds import Struct
from .ir import Call, Lit, Primitive
from .ir_routines import InPlace
from .library import definition_of
from .lower import Lowerer
from .lower.functions import Lowered
from .lower.values import Guard, Object
from .results import root_loc
from .rules import registry
from .source import Origin, read

CHECK = Primitive("pullback.runtime.checks.check_lengths", check_lengths, "function", None, False)
T = TypeVar("T")


@dataclass(eq=False)
class Target:
    """A function as the operators see it.

    fn         : what the operator was given
    origin     : the Python text that it stands for: of `grad(f)` and of a partial, that of f
    signature  : of a call (without the `self` of a bound method)
    bound_self : the instance of a bound method; its text's first parameter is bound to it
    name       : what the generated function is called after
    call       : the object to call, where the text alone does not say what the function does
    """

    fn: Any
    origin: Origin
    signature: inspect.Signature
    bound_self: Any = None
    name: str = ""
    call: Any = None

    @property
    def inner_signature(self) -> inspect.Signature:
        """The parameters of the compiled function: `self` is one of them."""
        if self.call is not None:
            return self.signature
        return inspect.signature(self.origin.fn, follow_wrapped=False)

    def lower(self, specs: dict[str, Spec], sharing: bool = False) -> Lowered:
        """The function as IR, for arguments of these kinds. `sharing`: may large helpers be routines?

        What is refused is tried again for exactly these lengths and integers, its loops written out where needed.
        """
        try:
            return self._lower(specs, sharing=sharing)
        except UnsupportedError as reason:
            if not all(map(is_of_a_call, specs.values())):
                raise
            fixed = {name: exact(spec) for name, spec in specs.items()}
            for level in (1, 2):
                with suppress(UnsupportedError):
                    lowered = self._lower(fixed, level)
                    return _tied_to(lowered, {name: spec_lengths(spec) for name, spec in specs.items()})
            raise reason

    def _lower(self, specs: dict[str, Spec], written_out: int = 0, sharing: bool = False) -> Lowered:
        run = self._run if self.call is not None else None
        return pipeline.lower(self.origin, self.inner_signature, specs, run, written_out, sharing)

    def build(self, specs: dict[str, Spec], make: Callable[[Lowered], T], in_place: bool = False) -> T:
        """What `make` makes of the function as IR: with large helpers as routines, else with all of them in place.

        in_place : for what makes loops of all statements, or looks at each of them
        """
        with collector.waiting():
            return self._build(specs, make, in_place)

    def _build(self, specs: dict[str, Spec], make: Callable[[Lowered], T], in_place: bool) -> T:
        if in_place or self.call is not None:
            return make(self.lower(specs))
        lowered = self.lower(specs, sharing=True)
        if not lowered.notes["helpers"]:
            return make(lowered)
        try:
            return make(lowered)
        except (InPlace, UnsupportedError):  # what inlining cannot do either is refused by the second try
            return make(self.lower(specs))

    def _run(self, low: Lowerer, inputs: dict[str, Any]) -> Any:
        by_name = {p.name: low.open(inputs[p.name]) if p.kind is p.VAR_KEYWORD else inputs[p.name]
                   for p in self.signature.parameters.values()}
        if _is_of_library(self.call):
            args, kwargs = _without_defaults(self.signature, by_name)
        else:
            args, kwargs = spread(self.signature, by_name, abstract=True)
        return low.call(Lit(self.call), args, kwargs, "", self.origin.node)


def _tied_to(lowered: Lowered, lengths: dict[str, Any]) -> Lowered:
    """A function for arguments of these lengths only: the variant asks for them, and so does the text."""
    lowered.guards.extend(Guard(("param", n), found, "lengths") for n, found in lengths.items() if found != ())
    where = root_loc(lowered.origin)
    checks = [Call((), CHECK, (p.var, Lit(found), Lit(p.name)), (), where) for p in lowered.function.params
              if isinstance(found := lengths.get(p.name, ()), (int, tuple)) and found != ()
              and (isinstance(found, int) or not isinstance(p.var.kind, Struct))]
    lowered.function = replace(lowered.function, body=(*checks, *lowered.function.body))
    return lowered


def target_of(fn: Any) -> Target:
    """The target for what a user gave.

    raises : NoSourceError, UnsupportedError (see `source.read`)
    """
    primal = None if isinstance(fn, (type, MethodType)) else getattr(fn, "__pullback_primal__", None)
    if primal is not None:
        return target_of(primal)
    if isinstance(fn, MethodType) and isinstance(fn.__func__, FunctionType):
        return Target(fn, read(fn.__func__), inspect.signature(fn), fn.__self__, fn.__func__.__name__)
    if isinstance(fn, (functools.partial, MethodType)) or _is_operator(fn) or _is_callable_object(fn):
        inner = _inner(fn)
        return Target(fn, inner.origin, inspect.signature(fn), None, getattr(fn, "generated_name", inner.name), fn)
    if isinstance(fn, np.ufunc) and fn.nin <= 2:
        return replace(target_of(_written_out(fn)), fn=fn, name=fn.__name__)
    if _is_of_library(fn):
        return Target(fn, read(_called_as_it_is), _signature_of(fn), None, fn.__name__, fn)
    origin = read(fn)
    return Target(fn, origin, inspect.signature(origin.fn, follow_wrapped=False), None, origin.name)


def _written_out(fn: np.ufunc) -> Any:
    """A ufunc as a function that has text."""
    if fn.nin == 1:
        return lambda x: fn(x)
    return lambda x1, x2: fn(x1, x2)


def _called_as_it_is(*args: Any, **kwargs: Any) -> Any:
    """The text that stands for a function of a library's: what is said about the call is said about this."""


def _is_of_library(fn: Any) -> bool:
    """A function of NumPy's, SciPy's or math's, which has a rule or a definition, and no text of the user's."""
    module = str(getattr(fn, "__module__", "")).partition(".")[0]
    if module not in ("numpy", "scipy", "math") or isinstance(fn, type) or not hasattr(fn, "__name__"):
        return False
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in _parameters(fn)):
        return False
    return registry.rule_for(fn) is not None or definition_of(fn) is not None


def _parameters(fn: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        return []  # a builtin that does not tell


def _signature_of(fn: Any) -> inspect.Signature:
    """The parameters of a library's function; where it does not tell, those of its rule."""
    try:
        return inspect.signature(fn)
    except ValueError:
        rule = registry.rule_for(fn)
        assert rule is not None, fn
        return rule.signature


def _without_defaults(signature: inspect.Signature, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The call that was meant: what is at its default is left out, the other options are given by name."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for p in signature.parameters.values():
        value = arguments[p.name]
        if p.default is p.empty or p.kind is p.POSITIONAL_ONLY:
            args.append(value)
        elif not isinstance(value, (Lit, Object)) or value.value is not p.default:
            kwargs[p.name] = value
    return args, kwargs


def _is_operator(fn: Any) -> bool:
    return not isinstance(fn, type) and hasattr(fn, "__pullback_derived__")


def _is_callable_object(fn: Any) -> bool:
    """An instance with a `__call__` written in Python, which is no wrapper that `source.read` looks through."""
    return not isinstance(fn, (type, FunctionType)) and isinstance(getattr(type(fn), "__call__", None), FunctionType)  # noqa: B004


def _inner(fn: Any) -> Target:
    if isinstance(fn, functools.partial):
        return target_of(fn.func)
    if isinstance(fn, MethodType):
        return target_of(fn.__func__)
    if _is_operator(fn):
        found: Target = fn.target
        return found
    return target_of(fn.__call__)


def spread(signature: inspect.Signature, arguments: dict[str, Any], abstract: bool = False
           ) -> tuple[list[Any], dict[str, Any]]:
    """Arguments by parameter name as (args, kwargs) of a call."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for parameter in signature.parameters.values():
        value = arguments[parameter.name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            args += value.items if abstract else value
        elif parameter.kind is parameter.VAR_KEYWORD:
            kwargs.update(value.items if abstract else value)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
        else:
            args.append(value)
    return args, kwargs
