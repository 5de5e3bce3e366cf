"""Functions of NumPy that stand for a few lines of Python: the compiler reads the lines in place of the call.

    @stands_for(np.union1d)
    def union1d(ar1, ar2):
        return np.unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))

A definition has the parameters of NumPy's function (one that it leaves out is refused by name) and computes what that
computes; a test compares the two. Functions that call a function of the user's are differentiated this way, and so is
what others already express.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from ...runtime.errors import NoRuleError

Definition = Callable[..., Any]

#: Libraries whose definitions are loaded when the program has imported them (as `rules.registry.OPTIONAL`).
OPTIONAL: dict[str, tuple[str, ...]] = {
    "scipy.linalg": ("scipy_linalg",),
    "scipy.special": ("scipy_special",),
    "scipy.signal": ("scipy_signal",),
    "scipy.fft": ("scipy_fft",),
    "scipy.integrate": ("scipy_integrate",),
    "scipy.interpolate": ("scipy_interpolate", "scipy_interpolate_grids"),
    "scipy.ndimage": ("scipy_ndimage",),
    "scipy.sparse": ("scipy_sparse",),
    "scipy.optimize": ("scipy_optimize",),
    "scipy.stats": ("scipy_stats", "scipy_stats_shapes", "scipy_stats_discrete"),
}

_DEFINITIONS: dict[Any, Definition] = {}
_CALLS: dict[type, Definition] = {}


def stands_for(*targets: Any) -> Callable[[Definition], Definition]:
    """Register the decorated function as the meaning of each of `targets`."""

    def register(definition: Definition) -> Definition:
        for target in targets:
            assert target not in _DEFINITIONS, f"two definitions of {target}"
            _DEFINITIONS[target] = definition
        return definition

    return register


def stands_for_call(*classes: type) -> Callable[[Definition], Definition]:
    """Register the decorated function as what a call of an object of these classes means; the object comes first."""

    def register(definition: Definition) -> Definition:
        for cls in classes:
            _CALLS[cls] = definition
        return definition

    return register


def definition_of_call(cls: type) -> Definition | None:
    """What the compiler reads in place of a call of an object of a library's class; None where there is nothing."""
    if OPTIONAL:
        load_optional()
    return next((_CALLS[base] for base in cls.__mro__ if base in _CALLS), None)


def unsupported(what: str, instead: str) -> Any:
    """Called in a definition: the call of the user's that it stands for is refused.

    raises : NoRuleError
    """
    raise NoRuleError(what, None, "", instead)


def definition_of(target: Any) -> Definition | None:
    """What the compiler reads in place of a call of `target`; None where there is nothing."""
    try:
        found = _DEFINITIONS.get(target)
        if found is None and OPTIONAL and load_optional():
            found = _DEFINITIONS.get(target)
        return found
    except TypeError:  # not hashable
        return None


def load_optional() -> bool:
    """Load the definitions of each optional library that the program has imported; whether there were any to load."""
    due = [name for name in OPTIONAL if name in sys.modules]
    for name in due:
        for module in OPTIONAL.pop(name):
            importlib.import_module("." + module, __package__)
    return bool(due)


def all_definitions() -> dict[Any, Definition]:
    """Every target and its definition."""
    return dict(_DEFINITIONS)
