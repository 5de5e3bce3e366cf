"""Pullbacks that record themselves, for second derivatives."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final

from . import table
from .calls import call
from .errors import NoRuleError

_TRACED: Final[dict[Any, Any]] = {}


def traced_pullback(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with each helper that it names and the table knows replaced by a recording call of it.

    NumPy's own functions record themselves when they meet a Tensor; helpers of the runtime are plain functions.
    """
    found = _TRACED.get(function)
    if found is None:
        namespace = dict(function.__globals__)
        for name in function.__code__.co_names:
            helper = namespace.get(name)
            if isinstance(helper, types.FunctionType) and _has_derivative(helper):
                namespace[name] = _recording(helper)
        found = types.FunctionType(
            function.__code__, namespace, function.__name__, function.__defaults__, function.__closure__
        )
        _TRACED[function] = found
    return found


def _has_derivative(helper: Any) -> bool:
    try:
        table.lookup(helper)
    except NoRuleError:
        return False
    return True


def _recording(helper: Any) -> Callable[..., Any]:
    def record(*args: Any, **kwargs: Any) -> Any:
        return call(helper, *args, **kwargs)

    return record
