"""Calls with parameters that a rule does not know: read as the lines of `library/parameters.py`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
from ..ir import Lit, Var
from ..library import parameters
from .builtins import special
from .values import Ref

if TYPE_CHECKING:
    from .lowerer import Lowerer

Handler = Callable[..., Any]


def given(fn: Any, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, without those that are literally the default."""
    if isinstance(getattr(fn, "__self__", None), np.ufunc):  # its methods do not tell what they take
        return kwargs
    signature = _signature(fn)
    try:
        bound = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return {}
    return {name: value for name, value in bound.items()
            if not isinstance(value, Lit) or type(value.value) is not type(signature.parameters[name].default)
            or value.value != signature.parameters[name].default}


_signature = functools.cache(inspect.signature)


def handler(fn: Any, names: set[str], definition: Any) -> Handler:
    def call(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        if low.rule_mode or not names & set(given(fn, args, kwargs)):
            return NotImplemented
        return low.call_definition(definition, args, kwargs, name, node)

    return call


for _fn, (_names, _definition) in parameters.WITH.items():
    special(_fn)(handler(_fn, _names, _definition))


@special(np.logspace)
def _logspace(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A base that is no literal."""
    base = given(np.logspace, args, kwargs).get("base")
    if low.rule_mode or not isinstance(base, (Var, Ref)):
        return NotImplemented
    return low.call_definition(parameters.logspace, args, kwargs, name, node)


@special(np.gradient)
def _gradient(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """Distances that are no literals, and no arrays of integers: they may be active."""
    if low.rule_mode or not any(isinstance(a, (Var, Ref)) and kinds.is_differentiable(low.kind(a)) for a in args[1:]):
        return NotImplemented
    return low.call_definition(parameters.gradient, args, kwargs, name, node)


@special(np.linalg.cond)
def _cond(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """Norms other than the spectral one."""
    p = given(np.linalg.cond, args, kwargs).get("p")
    if low.rule_mode or not isinstance(p, Lit) or p.value in (None, 2, -2):
        return NotImplemented
    return low.call_definition(parameters.cond, args, kwargs, name, node)


@special(np.nan_to_num)
def _nan_to_num(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """`copy=True` is what it does anyway."""
    copy = kwargs.get("copy")
    if low.rule_mode or not isinstance(copy, Lit) or copy.value is not True:
        return NotImplemented
    return low.call_library(np.nan_to_num, args, {k: v for k, v in kwargs.items() if k != "copy"}, name, node)


@special(np.fft.fftfreq)
def _fftfreq(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A distance of samples that is no literal."""
    return _by_distance(low, np.fft.fftfreq, parameters.fftfreq, args, kwargs, name, node)


@special(np.fft.rfftfreq)
def _rfftfreq(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return _by_distance(low, np.fft.rfftfreq, parameters.rfftfreq, args, kwargs, name, node)


def _by_distance(low: Lowerer, fn: Any, definition: Any, args: list[Any], kwargs: dict[str, Any], name: str,
                 node: Any) -> Any:
    distance = given(fn, args, kwargs).get("d")
    if low.rule_mode or not isinstance(distance, (Var, Ref)):
        return NotImplemented
    return low.call_definition(definition, args, kwargs, name, node)


@special(np.ix_)
def _ix(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """Vectors of floats, which are no indices: they may be active."""
    if low.rule_mode or not any(isinstance(a, (Var, Ref)) and kinds.is_differentiable(low.kind(a)) for a in args):
        return NotImplemented
    return low.call_definition(parameters.ix_, args, kwargs, name, node)
