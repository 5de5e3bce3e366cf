"""Python's builtins, and the few functions of pullback's own that the compiler gives a meaning to."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime import checkpoints, stop
from ..domains import kinds
from ..domains.kinds import Array, Known, Scalar, TupleOf
from ..ir import Lit, Var
from .grown import is_grown
from .objects import is_own_function, object_of
from .values import (
    UNBOUND,
    Bound,
    Box,
    Cursor,
    Derived,
    Items,
    Map,
    Method,
    Mixed,
    Object,
    Range,
    Ref,
    Rows,
    Seq,
    Slice,
    Stream,
    UserFunction,
)

if TYPE_CHECKING:
    from .lowerer import Lowerer

Handler = Callable[["Lowerer", list[Any], dict[str, Any], str, Any], Any]
SPECIAL_CALLS: dict[Any, Handler] = {}


def special(*targets: Any) -> Callable[[Handler], Handler]:
    """Register how a call of each of `targets` is interpreted; NotImplemented leaves it to the primitives."""

    def register(handler: Handler) -> Handler:
        for target in targets:
            SPECIAL_CALLS[target] = handler
        return handler

    return register


def _identity(function: Any) -> Any:
    """What `functools.wraps(f)` and `functools.cache` do to the values that a function computes."""
    return function


@special(functools.wraps)
def _wraps(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return Lit(_identity)


@special(functools.cache, functools.lru_cache)
def _cache(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    decorates = bool(args) and not isinstance(args[0], Var) and not (
        isinstance(args[0], Lit) and isinstance(args[0].value, (int, type(None))))
    return args[0] if decorates else Lit(_identity)


@special(range)
def _range(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if len(args) == 1:
        return Range(Lit(0), args[0], Lit(1))
    return Range(args[0], args[1], args[2] if len(args) > 2 else Lit(1))


@special(checkpoints.checkpointed)
def _checkpointed(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if len(args) != 1 or set(kwargs) != {"snapshots"} or not isinstance(args[0], Range):
        raise low.refuse("`checkpointed` of something that is no range", "Its trips are numbered, to be run again.",
                         "Write `for t in pb.checkpointed(range(n), snapshots=k):`.", node)
    snapshots = kwargs["snapshots"]
    if isinstance(snapshots, Lit):
        low.fold(checkpoints.places, node, snapshots.value)
    return dataclasses.replace(args[0], snapshots=snapshots)


@special(enumerate, zip, reversed)
def _positions(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    how = low.called.__name__
    cursors = [id(a) for a in args if isinstance(a, Box) and a.type is Cursor]
    if how == "zip" and len(set(cursors)) < len(cursors):
        return low.strided(args, node)
    if how == "reversed" and isinstance(args[0], Range):
        return _reversed_range(low, args[0])
    if how == "zip" and kwargs and low.decide(kwargs.get("strict", Lit(False))) is not False:
        low.check_strict(args, node)
    if how == "enumerate" and "start" in kwargs:
        args = [*args, kwargs["start"]]
    return Items(how, tuple(args))


def _reversed_range(low: Lowerer, r: Range) -> Range:
    """range(a, b, s) backwards: the last element first."""
    if isinstance(r.step, Lit) and r.step.value in (1, -1):
        one = r.step
        last = low.binary("Sub", r.stop, one)
        first = low.binary("Sub", r.start, one)
        return Range(last, first, Lit(-1 if one.value == 1 else 1))
    raise low.refuse("`reversed` of a range with a step", "", "Write the range from its last element down.")


@special(len)
def _len(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    value = args[0]
    result = low.call_special(value, "__len__", [], node)
    if result is not NotImplemented:
        return result
    if isinstance(value, (Seq, Map)):
        return Lit(len(value.items))
    if isinstance(value, Lit):
        return low.fold(len, node, value.value)
    if isinstance(value, Object):
        low.fix_length(value)
        return Lit(len(value.value))
    if isinstance(value, Var) and isinstance(value.kind, TupleOf):
        return Lit(len(value.kind.items))
    if isinstance(value, Rows):
        return low.number_of_rows(value, node)
    if isinstance(value, Ref) or is_grown(value):
        return low.length(value, node)
    return NotImplemented


@special(np.ndim)
def _ndim(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    shape = kinds.shape_of(low.kind(args[0]))
    return NotImplemented if shape is None else Lit(len(shape))


@special(np.atleast_1d, np.atleast_2d, np.atleast_3d)
def _atleast(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if len(args) == 1:
        return NotImplemented
    fn = low.called
    return Seq(tuple(low.call_known(fn, [a], {}, "", node) for a in args))


@special(np.shape)
def _shape(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if kinds.shape_of(low.kind(args[0])) == ():
        return Lit(())
    return NotImplemented


@special(np.iscomplexobj)
def _iscomplexobj(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    dtype = kinds.dtype_of(low.kind(args[0]))
    return NotImplemented if dtype is None else Lit(dtype.kind == "c")


@special(isinstance)
def _isinstance(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    value, classes = args
    wanted = _classes(classes)
    if wanted is None:
        return NotImplemented
    actual = class_of(low, value)
    if actual is None:
        raise low.refuse(f"`isinstance` of {low.describe(value)}, whose type is not known before the run", node=node)
    return Lit(issubclass(actual, wanted))


def _classes(value: Any) -> tuple[type, ...] | None:
    if isinstance(value, Lit) and isinstance(value.value, type):
        return (value.value,)
    if isinstance(value, Seq) and all(isinstance(v, Lit) and isinstance(v.value, type) for v in value.items):
        return tuple(v.value for v in value.items)
    if isinstance(value, Lit) and isinstance(value.value, tuple):
        return value.value
    return None


def class_of(low: Lowerer, value: Any) -> type | None:
    """The Python type that a value will have, where that is known."""
    if isinstance(value, (Lit, Object)):
        return type(value.value)
    if isinstance(value, (Seq, Map, Box)):
        return getattr(value, "flavour", None) or value.type
    if isinstance(value, UserFunction):
        return type(class_of)
    kind = low.kind(value)
    if isinstance(kind, Scalar) and kind.dtype is not None:
        if kind.python:
            return {"f": float, "i": int, "b": bool, "c": complex}.get(kind.dtype.kind)
        return kind.dtype.type
    if isinstance(kind, Array) and (kind.shape or low.rule_mode is False):
        return np.ndarray
    if isinstance(kind, TupleOf):
        return kind.type
    if isinstance(kind, Known):
        return kind.type
    return None


@special(type)
def _type(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    actual = class_of(low, args[0])
    return NotImplemented if actual is None or len(args) != 1 else Lit(actual)


@special(hasattr)
def _hasattr(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    owner, attr = args
    if isinstance(owner, Box) and low.special_method(owner, "__getattr__") is not None:
        raise low.refuse("`hasattr` of an object with `__getattr__`", "It would be called to see whether it raises.",
                         "Look into the object's dict or list instead.", node=node)
    if isinstance(owner, Box) and isinstance(attr, Lit):
        held = low.state.heap[owner].items.get(attr.value, None)
        if held is UNBOUND or isinstance(held, Mixed):
            low.box_attribute(owner, str(attr.value), node)  # raises: it is there on some paths only
        own = owner.origin is not None and hasattr(owner.origin.value, str(attr.value))
        return Lit(held is not None or own or hasattr(owner.type, str(attr.value)))
    if isinstance(owner, Lit) and is_own_function(owner.value):
        low.guard_names(object_of(owner.value))
    if isinstance(owner, (Lit, Object)) and isinstance(attr, Lit):
        return Lit(hasattr(owner.value, str(attr.value)))
    actual = class_of(low, owner)
    if actual is not None and isinstance(attr, Lit):
        return Lit(hasattr(actual, str(attr.value)))
    return NotImplemented


@special(getattr)
def _getattr(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if len(args) >= 2 and isinstance(args[1], Lit):
        there = _hasattr(low, args[:2], {}, "", node)
        if len(args) == 3 and isinstance(there, Lit) and not there.value:
            return args[2]
        if len(args) == 3 and isinstance(args[0], (Lit, Object)) and not hasattr(args[0].value, str(args[1].value)):
            return args[2]
        return low.attribute(args[0], str(args[1].value), name, node)
    return NotImplemented


@special(setattr)
def _setattr(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if not isinstance(args[1], Lit):
        raise low.refuse("`setattr` of an attribute whose name is known only at run time", node=node)
    low.set_attribute(args[0], str(args[1].value), args[2], node)
    return Lit(None)


@special(callable)
def _callable(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if isinstance(args[0], (Lit, Object)):
        return Lit(callable(args[0].value))
    return Lit(isinstance(args[0], (Bound, Derived, Method, UserFunction)))


@special(tuple, list)
def _sequence(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    cls = low.called
    if not args:
        return low.new_list(()) if cls is list else Seq((), cls)
    if cls is list and isinstance(args[0], Var) and isinstance(args[0].kind, kinds.ListOf):
        return low.list_value(args[0])
    if isinstance(args[0], Rows):
        return low.copied_rows(args[0])
    if cls is list and isinstance(args[0], Ref) and not (low.written_out and low.known_items(args[0]) is not None):
        return low.list_value(low.list_of_array(args[0], node))
    if cls is list and isinstance(args[0], Stream) and low.known_items(args[0]) is None:
        return low.list_of_stream(args[0], node)
    known = tuple(low.elements(args[0], node, f"`{cls.__name__}`"))
    return low.new_list(known) if cls is list else Seq(known, cls)


@special(dict)
def _dict(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if args and not isinstance(args[0], Map) and (isinstance(args[0], Rows) or low.known_items(args[0]) is None):
        box = low.new_dict({})
        source = low.new_box(list, args[0]) if isinstance(args[0], Rows) else args[0]
        low.iterate(source, lambda pair: low.store_pair(box, pair, node), node)
        for key, value in kwargs.items():
            low.store_item(box, Lit(key), value, node)
        return box
    items: dict[Any, Any] = {}
    for arg in args:
        if isinstance(arg, Map):
            items.update(arg.items)
            continue
        for pair in low.elements(arg, node, "`dict`"):
            key, value = low.unpack(pair, node)
            items[low.key_of(key, node)] = value
    return low.new_dict({**items, **kwargs})


def larger(low: Lowerer, fn: Any, first: Any, second: Any, name: str, node: Any) -> Any:
    """max(first, second) of numbers, as Python decides it: the first of equals."""
    if isinstance(first, Lit) and isinstance(second, Lit):
        return Lit(fn(first.value, second.value))
    kinds_of = [low.kind(v) for v in (first, second)]
    if all(isinstance(k, Scalar) and k.dtype is not None and k.dtype.kind in "iub" for k in kinds_of):
        return low.emit(fn, first, second, name=name)
    if any(isinstance(k, Array) and k.shape != () for k in kinds_of):
        raise low.refuse(f"`{fn.__name__}` of arrays", "Python asks for their truth.",
                         f"Use `np.{fn.__name__}imum`.", node=node)
    test = low.compare("Gt" if fn is max else "Lt", second, first, "", node)
    return low.branch(test, lambda: second, lambda: first, "expression", name)


@special(bool)
def _bool(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if args:
        args = [low.truth(args[0], node)]
    decided = low.decide(args[0]) if args else False
    return NotImplemented if decided is None else Lit(decided)


@special(print)
def _print(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    from .. import primitives as prim
    from ..ir import Call

    atoms = tuple(low.atom(low.as_object(a)) for a in args)
    keywords = tuple((k, low.atom(v)) for k, v in kwargs.items())
    low.block.append(Call((), prim.primitive_for(print), atoms, keywords, low.loc))
    return Lit(None)


@special(stop.stop_gradient, stop.detach)
def _stop(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.detach(args[0])


@special(abs)
def _abs(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.call_special(args[0], "__abs__", [], node)


@special(slice)
def _slice(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A value of its own, so that it may be held in a name, a tuple or across a branch."""
    if kwargs or not 1 <= len(args) <= 3 or any(not isinstance(a, (Lit, Var)) for a in args):
        return NotImplemented
    start, stop_, step = (Lit(None), args[0], Lit(None)) if len(args) == 1 else (*args, Lit(None))[:3]
    made = low.atom(Slice(start, stop_, step))
    assert isinstance(made, Var)
    return low.value_of(made)


@special(operator.not_)
def _not(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    decided = low.decide(args[0])
    return NotImplemented if decided is None else Lit(not decided)


@special(pow)
def _pow(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.binary("Pow", args[0], args[1], name, node) if len(args) == 2 and not kwargs else NotImplemented


@special(float)
def _float(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    result = low.call_special(args[0], "__float__", [], node) if args else NotImplemented
    if result is not NotImplemented:
        return result
    if args and isinstance(args[0], Lit):
        return low.fold(float, node, args[0].value)
    return NotImplemented


@special(int)
def _int(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    result = low.call_special(args[0], "__int__", [], node) if args else NotImplemented
    if result is not NotImplemented:
        return result
    if args and isinstance(args[0], Lit):
        return low.fold(int, node, args[0].value)
    return NotImplemented
