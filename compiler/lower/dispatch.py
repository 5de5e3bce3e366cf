"""Calls that the class of an argument, or the library itself, directs elsewhere: `functools.singledispatch`,
`object.__setattr__`; and classes of NumPy's that are refused with what to write instead."""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import NoRuleError
from ..ir import Lit
from .builtins import class_of, special
from .values import Guard

if TYPE_CHECKING:
    from .lowerer import Lowerer

_WRAPPER = functools.singledispatch(lambda value: value)


def is_dispatched(fn: types.FunctionType) -> bool:
    """Was it made by `functools.singledispatch`?"""
    return fn.__code__ is _WRAPPER.__code__  # type: ignore[attr-defined]


def chosen(low: Lowerer, fn: Any, args: list[Any], node: Any) -> Any:
    """The function that a generic function calls for the class of its first argument."""
    cls = class_of(low, args[0]) if args else None
    if cls is None:
        raise low.refuse(f"a call of `{fn.__name__}`, made by `functools.singledispatch`",
                         "The class of its first argument is not known before the run.",
                         "Call the function for that class itself.", node=node)
    found = fn.dispatch(cls)
    registry = (("known", fn), "registry")
    low.guards.setdefault((registry, "keys"), Guard(registry, tuple(fn.registry), "keys"))
    for known, function in fn.registry.items():
        if function is found:
            source = (registry, ("item", known))
            low.guards.setdefault(source, Guard(source, function, "is"))
    return found


@special(object.__setattr__)
def set_plainly(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """object.__setattr__(owner, attr, value): what a frozen dataclass does in `__post_init__`."""
    owner, attr, value = args
    if not isinstance(attr, Lit) or not isinstance(attr.value, str):
        raise low.refuse("`object.__setattr__` with a name that is not known", "", "Write the name out.", node=node)
    low.set_attribute(owner, attr.value, value, node, plain=True)
    return Lit(None)


@special(np.poly1d, np.polynomial.Polynomial)
def polynomial(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if low.called is np.poly1d:
        what, instead = "np.poly1d", "`np.polyval(c, x)`, `np.polyder(c)`, `np.polyint(c)`, `np.polymul(c, d)`"
    else:
        what, instead = "np.polynomial.Polynomial", "`np.polynomial.polynomial.polyval(x, c)`"
    raise low.refuse(f"an object of the class `{what}`", "What happens to its coefficients inside cannot be seen.",
                     f"Keep the array of coefficients: {instead}.", node=node, error=NoRuleError)


__all__ = ["chosen", "is_dispatched"]
