"""Records: what named tuples, dataclasses and namespaces can do; getters of `operator`."""

from __future__ import annotations

import dataclasses
import operator
import types
from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .builtins import special
from .values import Bound, Box, Map, Object, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

Args = list[Any]
Options = dict[str, Any]


# --- named tuples -----------------------------------------------------------------------------------------------------

def named_tuple_method(low: Lowerer, owner: Any, cls: Any, method: str, args: Args, kwargs: Options, node: Any) -> Any:
    """`._replace(...)`, `._asdict()` of a named tuple, `cls._make(items)`; NotImplemented for others."""
    if method == "_make":
        items = low.unpack(args[0], node, len(cls._fields))
        return low.call_known(cls, items, {}, "", node)
    if not isinstance(owner, Seq):
        return NotImplemented
    if method == "_asdict":
        return low.new_dict(dict(zip(cls._fields, owner.items, strict=True)))
    if method == "_replace":
        unknown = [k for k in kwargs if k not in cls._fields]
        if unknown:
            raise low.refuse(f"`._replace` of the field {unknown[0]!r}, which is not there",
                             "Python would raise TypeError.", node=node)
        return Seq(tuple(kwargs.get(f, v) for f, v in zip(cls._fields, owner.items, strict=True)), cls)
    return NotImplemented


# --- dataclasses ------------------------------------------------------------------------------------------------------

def _fields_of(low: Lowerer, value: Any, node: Any) -> tuple[Any, dict[str, Any]]:
    """The class of a dataclass object, and what its fields hold."""
    cls = value.type if isinstance(value, (Box, Seq)) else type(value.value) if isinstance(value, Object) else None
    if cls is None or not dataclasses.is_dataclass(cls):
        raise low.refuse(f"`dataclasses` of {low.describe(value)}", "It is no dataclass.", node=node)
    return cls, {f.name: low.attribute(value, f.name, "", node) for f in dataclasses.fields(cls)}


@special(dataclasses.replace)
def replace_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    cls, held = _fields_of(low, args[0], node)
    given = {f.name: held[f.name] for f in dataclasses.fields(cls) if f.init}
    return low.call_known(cls, [], {**given, **kwargs}, name, node)


@special(dataclasses.asdict)
def asdict_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    return low.new_dict({k: _copied(low, v, node, dict) for k, v in _fields_of(low, args[0], node)[1].items()})


@special(dataclasses.astuple)
def astuple_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    return Seq(tuple(_copied(low, v, node, tuple) for v in _fields_of(low, args[0], node)[1].values()))


def _copied(low: Lowerer, value: Any, node: Any, cls: type) -> Any:
    """A part of a dataclass as `asdict` and `astuple` give it: dataclasses inside likewise, containers copied."""
    if isinstance(value, Box) and dataclasses.is_dataclass(value.type):
        return (asdict_ if cls is dict else astuple_)(low, [value], {}, "", node)
    if isinstance(value, Box):
        content = low.open(value)
        if isinstance(content, Seq):
            return low.new_list(tuple(_copied(low, v, node, cls) for v in content.items))
        if isinstance(content, Map) and issubclass(value.type, dict):
            return low.new_dict({k: _copied(low, v, node, cls) for k, v in content.items.items()}, value.type)
        raise low.refuse(f"`dataclasses.{'asdict' if cls is dict else 'astuple'}` of {low.describe(value)} inside", "",
                         "Take the fields one by one.", node=node)
    if isinstance(value, Seq):
        return Seq(tuple(_copied(low, v, node, cls) for v in value.items), value.type)
    return value


@special(dataclasses.fields)
def fields_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    value = args[0]
    cls: Any = value.type if isinstance(value, (Box, Seq)) else value.value
    cls = type(cls) if isinstance(value, Object) else cls
    return Seq(tuple(Lit(f) for f in dataclasses.fields(cls)))


# --- namespaces -------------------------------------------------------------------------------------------------------

@special(types.SimpleNamespace)
def namespace_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    items = dict(kwargs)
    for given in args:
        content = low.open(given)
        if not isinstance(content, Map):
            raise low.refuse("a namespace of something that is no dict of known keys", node=node)
        items = {**content.items, **items}
    return low.new_box(types.SimpleNamespace, Map(items, types.SimpleNamespace))


@special(vars)
def vars_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    if not args or not isinstance(args[0], Box) or args[0].origin is not None or args[0].type is list:
        raise low.refuse("`vars` of this", "What it holds is not followed.", "Read the attributes by name.", node=node)
    return low.new_dict(dict(low.state.heap[args[0]].items))


# --- getters of `operator` --------------------------------------------------------------------------------------------

@special(operator.itemgetter, operator.attrgetter, operator.methodcaller)
def getter_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    return Bound(Lit(CALLS[low.called]), (Seq(tuple(args)), low.new_dict(dict(kwargs))), {})


def getter_call(low: Lowerer, fn: Any, args: Args, node: Any) -> Any:
    """A call of a getter that was made outside."""
    made = fn.__reduce__()
    given = [Lit(a) for a in made[1]]
    if made[0] is not type(fn):  # methodcaller with keywords is a partial
        raise low.refuse("an `operator.methodcaller` with keywords from outside", "", "Write a lambda.", node=node)
    return low.call_known(CALLS[type(fn)], [Seq(tuple(given)), low.new_dict({}), *args], {}, "", node)


def _get_items(*_: Any) -> None:
    """What a call of an itemgetter runs, in the compiler's eyes."""


def _get_attributes(*_: Any) -> None:
    """What a call of an attrgetter runs."""


def _call_method(*_: Any) -> None:
    """What a call of a methodcaller runs."""


CALLS: dict[Any, Any] = {operator.itemgetter: _get_items, operator.attrgetter: _get_attributes,
                         operator.methodcaller: _call_method}


@special(_get_items)
def _items(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    found = [low.get_item(args[2], key, "", node) for key in args[0].items]
    return found[0] if len(found) == 1 else Seq(tuple(found))


@special(_get_attributes)
def _attributes(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    found = []
    for path in args[0].items:
        value = args[2]
        for attr in str(path.value).split("."):
            value = low.attribute(value, attr, "", node)
        found.append(value)
    return found[0] if len(found) == 1 else Seq(tuple(found))


@special(_call_method)
def _method(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    method, *given = args[0].items
    keywords = args[1].items if isinstance(args[1], Map) else {}
    return low.call(low.attribute(args[2], str(method.value), "", node), given, dict(keywords), name, node)


__all__ = ["getter_call", "named_tuple_method"]
