"""Python's builtins, and the few functions of pullback's own that the compiler gives a meaning to."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime import checkpoints, stop
from ...runtime.lists import extreme_position
from ..domains import kinds
from ..domains.kinds import Array, Known, Scalar, TupleOf
from ..ir import Lit, Var
from .grown import is_grown
from .values import Box, Derived, Items, Map, Method, Object, Range, Ref, Seq, UserFunction

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
    how = node.func.id if hasattr(node.func, "id") else node.func.attr
    for builtin in (enumerate, zip, reversed):
        if low.eval(node.func).value is builtin:
            how = builtin.__name__
    if how == "reversed" and isinstance(args[0], Range):
        return _reversed_range(low, args[0])
    if how == "zip" and kwargs:
        kwargs = {k: v for k, v in kwargs.items() if k != "strict"}
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
    if isinstance(value, (Seq, Map)):
        return Lit(len(value.items))
    if isinstance(value, Lit):
        return low.fold(len, node, value.value)
    if isinstance(value, Object):
        low.fix_length(value)
        return Lit(len(value.value))
    if isinstance(value, Var) and isinstance(value.kind, TupleOf):
        return Lit(len(value.kind.items))
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
    fn = low.eval(node.func).value
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
        return value.type
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
    if isinstance(owner, Box) and isinstance(attr, Lit):
        held = low.state.heap[owner].items.get(attr.value, None)
        own = owner.origin is not None and hasattr(owner.origin.value, str(attr.value))
        return Lit(held is not None or own or hasattr(owner.type, str(attr.value)))
    if isinstance(owner, (Lit, Object)) and isinstance(attr, Lit):
        return Lit(hasattr(owner.value, str(attr.value)))
    actual = class_of(low, owner)
    if actual is not None and isinstance(attr, Lit):
        return Lit(hasattr(actual, str(attr.value)))
    return NotImplemented


@special(getattr)
def _getattr(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if len(args) >= 2 and isinstance(args[1], Lit):
        if len(args) == 3 and not low.decide(_hasattr(low, args[:2], {}, "", node)):
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


@special(sorted)
def _sorted(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    known = low.known_items(args[0])
    if known is None:
        raise low.refuse(f"`sorted` of {low.describe(args[0])}", "", "Use `np.sort`.", node=node)
    return low.new_list(tuple(low.sorted_items(known, kwargs, node)))


@special(callable)
def _callable(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if isinstance(args[0], (Lit, Object)):
        return Lit(callable(args[0].value))
    return Lit(isinstance(args[0], (Derived, Method, UserFunction)))


@special(tuple, list)
def _sequence(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    cls = low.eval(node.func).value
    if not args:
        return low.new_list(()) if cls is list else Seq((), cls)
    if cls is list and isinstance(args[0], Var) and isinstance(args[0].kind, kinds.ListOf):
        return low.list_value(args[0])
    known = low.known_items(args[0])
    if cls is list and isinstance(args[0], Ref):
        return low.list_value(low.list_of_array(args[0], node))
    if known is None:
        raise low.refuse(f"`{cls.__name__}` of {low.describe(args[0])}", "Its length is not known before the run.",
                         "Keep it an array.", node=node)
    return low.new_list(tuple(known)) if cls is list else Seq(tuple(known), cls)


@special(dict)
def _dict(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    items: dict[Any, Any] = {}
    for arg in args:
        if isinstance(arg, Map):
            items.update(arg.items)
            continue
        known = low.known_items(arg)
        if known is None:
            return NotImplemented
        items.update((low.dict_key(k, node), v) for k, v in (low.unpack(pair, node) for pair in known))
    return low.new_dict({**items, **kwargs})


@special(sum)
def _sum(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    known = low.known_items(args[0])
    start = args[1] if len(args) > 1 else kwargs.get("start", Lit(0))
    if known is not None:
        total = start
        for item in known:
            total = item if isinstance(total, Lit) and type(total.value) is int and total.value == 0 \
                else low.binary("Add", total, item, name, node)
        return total
    if isinstance(args[0], Ref):
        result = low.emit(np.sum, args[0], name=name, axis=Lit(0))
        if isinstance(start, Lit) and type(start.value) is int and start.value == 0:
            return result
        return low.binary("Add", start, result, name, node)
    if is_grown(args[0]) and isinstance(start, Lit) and type(start.value) is int and start.value == 0:
        return low.emit(sum, args[0], name=name)
    if is_grown(args[0]):
        return low.binary("Add", start, low.emit(sum, args[0]), name, node)
    return NotImplemented


@special(max, min)
def _extreme(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    fn = low.eval(node.func).value if node is not None and hasattr(node, "func") else max
    if kwargs:
        raise low.refuse(f"`{fn.__name__}` with a keyword", "", "Compare the values yourself.", node=node)
    items = args if len(args) > 1 else low.known_items(args[0])
    if items is None:
        if isinstance(args[0], Ref) and len(kinds.shape_of(low.kind(args[0])) or ()) == 1:
            return low.emit(np.max if fn is max else np.min, args[0], name=name)
        if is_grown(args[0]) and isinstance(args[0].kind.item, Scalar):
            return low.item_of_list(args[0], low.emit(extreme_position, args[0], Lit(fn is max)), name, node)
        raise low.refuse(f"`{fn.__name__}` of {low.describe(args[0])}", "", f"Use `np.{fn.__name__}`.", node=node)
    result = items[0]
    for item in items[1:]:
        result = _larger(low, fn, result, item, name, node)
    return result


def _larger(low: Lowerer, fn: Any, first: Any, second: Any, name: str, node: Any) -> Any:
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
    decided = low.decide(args[0]) if args else False
    return NotImplemented if decided is None else Lit(decided)


@special(print)
def _print(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    from .. import primitives as prim
    from ..ir import Call

    atoms = tuple(low.atom(a) for a in args)
    keywords = tuple((k, low.atom(v)) for k, v in kwargs.items())
    low.block.append(Call((), prim.primitive_for(print), atoms, keywords, low.loc))
    return Lit(None)


@special(stop.stop_gradient, stop.detach)
def _stop(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.detach(args[0])


@special(operator.not_)
def _not(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    decided = low.decide(args[0])
    return NotImplemented if decided is None else Lit(not decided)


@special(pow)
def _pow(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.binary("Pow", args[0], args[1], name, node) if len(args) == 2 and not kwargs else NotImplemented


@special(float)
def _float(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if args and isinstance(args[0], Lit):
        return low.fold(float, node, args[0].value)
    return NotImplemented


@special(int)
def _int(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if args and isinstance(args[0], Lit):
        return low.fold(int, node, args[0].value)
    return NotImplemented
