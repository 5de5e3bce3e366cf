"""Names for the Python objects that stand in the IR, as the text form prints them: np.exp is @numpy.exp."""

from __future__ import annotations

import builtins
import importlib
import sys
import types
from functools import reduce


def dotted_name(value: object) -> str | None:
    """The name under which an object is found again by `find`; None if there is no such name.

    >>> import numpy as np
    >>> dotted_name(np.exp), dotted_name(np.linalg.norm), dotted_name(len), dotted_name(lambda: 0)
    ('numpy.exp', 'numpy.linalg.norm', 'builtins.len', None)
    """
    for name in _candidates(value):
        if sys.modules.get(name.split(".")[0]) is not None:
            try:
                found = find(name)
            except LookupError:
                continue
            if found is value or (_is_bound(value) and found == value):
                return name
    return None


def find(name: str) -> object:
    """The object with a dotted name, imported if need be.

    raises : LookupError, if there is none

    >>> import numpy as np
    >>> find("numpy.linalg.norm") is np.linalg.norm
    True
    """
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        try:
            return reduce(getattr, parts[length:], module)
        except AttributeError:
            continue
    raise LookupError(f"no object is named {name}")


def find_type(name: str) -> type:
    """The class with a short name as `type_name` gives it."""
    if name in _HIDDEN_TYPES:
        return _HIDDEN_TYPES[name]
    found = find(name if "." in name else f"builtins.{name}")
    if not isinstance(found, type):
        raise LookupError(f"{name} is no class")
    return found


def type_name(cls: type) -> str | None:
    """A short name of a class: "str", "NoneType", "numpy.dtype"; None if it cannot be found again by name.

    >>> import numpy as np
    >>> type_name(str), type_name(type(None)), type_name(np.dtype)
    ('str', 'NoneType', 'numpy.dtype')
    """
    if getattr(builtins, cls.__name__, None) is cls or _HIDDEN_TYPES.get(cls.__name__) is cls:
        return cls.__name__
    return dotted_name(cls)


# Classes of built-in objects that no module holds under `__module__ + __qualname__`.
_HIDDEN: tuple[type, ...] = (
    types.NoneType, types.EllipsisType, types.FunctionType, types.BuiltinFunctionType, types.ModuleType,
    types.MethodType,
)
_HIDDEN_TYPES = {cls.__name__: cls for cls in _HIDDEN}


def _is_bound(value: object) -> bool:
    """Is this a bound method (`np.add.at`), of which each look-up makes another one?"""
    methods = (types.MethodType, types.BuiltinMethodType)
    return isinstance(value, methods) and not isinstance(value.__self__, types.ModuleType | None)


def _candidates(value: object) -> list[str]:
    if isinstance(value, types.ModuleType):
        return [value.__name__]
    if isinstance(value, (types.MethodType, types.BuiltinMethodType)) and _is_bound(value):
        owner = dotted_name(value.__self__)
        return [] if owner is None else [f"{owner}.{value.__name__}"]
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    module = getattr(value, "__module__", None)
    if isinstance(name, str) and "<" not in name:
        modules = [module] if isinstance(module, str) else []
        names = [f"{place}.{name}" for place in (*modules, "numpy", "scipy.special")]
        public = [each.replace("_operator.", "operator.") for each in names if each.startswith("_operator.")]
        return public + names
    return _names_of_instance(value)


def _names_of_instance(value: object) -> list[str]:
    """A singleton such as a marker object is found as a global of the module that defines its class."""
    home = sys.modules.get(type(value).__module__)
    if home is None or type(value).__module__ == "builtins":
        return []
    return [f"{home.__name__}.{name}" for name, held in sorted(vars(home).items()) if held is value]
