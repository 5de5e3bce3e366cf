"""Parameters of a call that its rule need not know: those that are literally the default, and those of storage.

    np.add(x, y, casting="same_kind", order="K")    =>    np.add(x, y)      for the rule
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from ..ir import Lit

#: How a result is stored and checked, not what it is.
STORAGE = frozenset({"casting", "order", "subok", "device"})


def known_options(target: Any, kwargs: dict[str, Any], parameters: Any) -> dict[str, Any]:
    """The keywords without what the rule with these `parameters` need not know.

    The `dtype=` of a ufunc is one of them where it is a real type: its result and the cotangents are cast anyway.
    """
    return {name: given for name, given in kwargs.items()
            if name in parameters or not (isinstance(given, Lit) and _idle(target, name, given.value))}


def _idle(target: Any, name: str, value: Any) -> bool:
    if name in STORAGE:
        return True
    if name == "dtype" and isinstance(target, np.ufunc):
        return value is None or np.dtype(value).kind == "f"
    default = _defaults(target).get(name, inspect.Parameter.empty)
    return value is default or (type(value) is type(default) and bool(value == default))


@functools.cache
def _defaults(target: Any) -> dict[str, Any]:
    try:
        return {p.name: p.default for p in inspect.signature(target).parameters.values()}
    except (TypeError, ValueError):  # a method, or a function in C that does not tell
        return {}
