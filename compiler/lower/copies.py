"""`copy.copy` and `copy.deepcopy`: new arrays, lists, dicts and objects; what cannot change is the same."""

from __future__ import annotations

import copy
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains.kinds import Scalar, TupleOf
from ..ir import Lit, Var
from .builtins import special
from .objects import is_plain_class
from .values import Bound, Box, Map, Object, Ref, Rows, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

CUSTOM = ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__")


@special(copy.copy)
def copy_(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A new container of the same elements."""
    value = low.settled(args[0])
    if isinstance(value, Ref):
        return low.emit(np.copy, value, name=name)
    if _is_container(value):
        return low.call(low.attribute(value, "copy", "", node), [], {}, name, node)
    if _is_fixed(value) or isinstance(value, Seq) or (isinstance(value, Var) and isinstance(value.kind, TupleOf)):
        return value
    own = low.special_method(value, "__copy__")
    if own is not None:
        return low.call_python(own, [value], {}, name, node)
    cls, attributes = _attributes(low, value, node)
    return low.new_box(cls, Map(attributes, cls))


@special(copy.deepcopy)
def deepcopy_(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A new container of copies; what is in it twice is copied once."""
    if len(args) + len(kwargs) > 1:
        raise low.refuse("`copy.deepcopy` with `memo`", "", "Leave it out.", node=node)
    return _deep(low, args[0], {}, name, node)


def _deep(low: Lowerer, value: Any, copies: dict[Any, Any], name: str, node: Any) -> Any:
    value = low.settled(value)
    if _is_fixed(value):
        return value
    if isinstance(value, Seq):
        return Seq(tuple(_deep(low, v, copies, "", node) for v in value.items), value.type)
    if isinstance(value, Var) and isinstance(value.kind, TupleOf):
        return Seq(tuple(_deep(low, v, copies, "", node) for v in low.unpack(value, node)), value.kind.type)
    key = value.buffer if isinstance(value, Ref) else id(value.value) if isinstance(value, Object) else value
    if key not in copies:
        copies[key] = low.emit(np.copy, value, name=name) if isinstance(value, Ref) else _deep_container(
            low, value, copies, node)
    return copies[key]


def _deep_container(low: Lowerer, value: Any, copies: dict[Any, Any], node: Any) -> Any:
    if _is_container(value):
        made = low.call(low.attribute(value, "copy", "", node), [], {}, "", node)
        content = low.state.heap[made]
        if isinstance(content, Seq):
            low.state.heap[made] = Seq(tuple(_deep(low, v, copies, "", node) for v in content.items), content.type)
        elif isinstance(content, Map):
            low.state.heap[made] = Map({k: _deep(low, v, copies, "", node) for k, v in content.items.items()},
                                       content.type)
        elif not isinstance(content, (Var, Rows)):  # elements of these are values: a store to one is refused
            raise low.refuse(f"`copy.deepcopy` of {low.describe(value)}", "", "Copy its elements.", node=node)
        return made
    own = low.special_method(value, "__deepcopy__")
    if own is not None:
        return low.call_python(own, [value, low.new_dict({})], {}, "", node)
    cls, attributes = _attributes(low, value, node)
    return low.new_box(cls, Map({k: _deep(low, v, copies, "", node) for k, v in attributes.items()}, cls))


def _is_container(value: Any) -> bool:
    """A list, a dict, or another container of Python's that has `.copy()`."""
    if isinstance(value, Object):
        return type(value.value) in (list, dict)
    return isinstance(value, Box) and (value.type is list or issubclass(value.type, dict))


def _is_fixed(value: Any) -> bool:
    """Is it the same after a copy: a number, a text, a function, a class?"""
    if isinstance(value, Lit):
        return not isinstance(value.value, (list, dict, set, np.ndarray))
    if isinstance(value, Bound):
        return False
    return isinstance(value, UserFunction) or (isinstance(value, Var) and isinstance(value.kind, Scalar))


def _attributes(low: Lowerer, value: Any, node: Any) -> tuple[Any, dict[str, Any]]:
    """The class of an object of the user's, and what its attributes hold."""
    cls = low.user_class(value)
    custom = cls is None or any(isinstance(getattr(cls, name, None), types.FunctionType) for name in CUSTOM)
    slotted = isinstance(value, Object) and not hasattr(value.value, "__dict__")
    if custom or slotted or not isinstance(value, (Box, Object)) or not is_plain_class(cls):
        raise low.refuse(f"a copy of {low.describe(value)}", "How it is copied cannot be seen.",
                         "Make a new one from its parts.", node=node)
    names: dict[str, None] = dict.fromkeys(low.state.heap[value].items) if isinstance(value, Box) else {}
    held = value if isinstance(value, Object) else value.origin
    if held is not None:
        low.guard_names(held)
        names.update(dict.fromkeys(vars(held.value)))
    return cls, {name: low.attribute(value, name, "", node) for name in names}


__all__ = ["copy_", "deepcopy_"]
