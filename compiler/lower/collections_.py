"""`collections`: defaultdict, OrderedDict, Counter, deque; and sets, as lists without repeats."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

from ..ir import Lit, Var
from .builtins import special
from .values import Box, Map, Rows, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

Args = list[Any]
Options = dict[str, Any]


# --- dicts ------------------------------------------------------------------------------------------------------------

@special(collections.defaultdict)
def defaultdict_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    box = dict_of(low, collections.defaultdict, args[1:], kwargs, node)
    none = not args or (isinstance(args[0], Lit) and args[0].value is None)
    box.extra = None if none else args[0]
    return box


@special(collections.OrderedDict)
def ordered_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    return dict_of(low, collections.OrderedDict, args, kwargs, node)


@special(collections.Counter)
def counter_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    box = dict_of(low, collections.Counter, [], kwargs, node)
    for given in args:
        count(low, box, given, node)
    return box


@special(dict.fromkeys)
def fromkeys_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    box = low.new_dict({})
    value = args[1] if len(args) > 1 else Lit(None)
    low.iterate(args[0], lambda key: low.store_item(box, key, value, node), node)
    return box


def dict_of(low: Lowerer, cls: type, args: Args, kwargs: Options, node: Any) -> Box:
    """cls(*args, **kwargs)"""
    box = low.new_box(cls, Map({}, cls))
    for given in args:
        low.dict_method(box, "update", [given], {}, node)
    if kwargs:
        low.dict_method(box, "update", [], kwargs, node)
    return box


def count(low: Lowerer, box: Box, given: Any, node: Any) -> None:
    """Add to the counts: of each element one, of a dict what it holds."""
    held = low.open(given)
    pairs = held.items.items() if isinstance(held, Map) else None
    for key, number in pairs or ():
        low.store_item(box, Lit(key), low.binary("Add", low.get_item(box, Lit(key), "", node), number), node)
    if pairs is None:
        low.iterate(given, lambda key: low.store_item(
            box, key, low.binary("Add", low.get_item(box, key, "", node), Lit(1)), node), node)


def dict_method_of(low: Lowerer, box: Box, content: Any, name: str, args: Args, kwargs: Options, node: Any) -> Any:
    """What the dicts of `collections` have beyond those of Python."""
    if box.type is collections.Counter and name == "update":
        for given in args:
            count(low, box, given, node)
        return Lit(None)
    if box.type is collections.OrderedDict and name in ("move_to_end", "popitem") and isinstance(content, Map):
        last = kwargs.get("last", args[-1] if len(args) > (name == "move_to_end") else Lit(True))
        items = dict(content.items)
        if name == "popitem":
            key = next(iter(items if not low.decide(last) else reversed(items)))
            value = items.pop(key)
            low.change(box, Map(items, box.type), node)
            return Seq((Lit(key), value))
        key = low.dict_key(args[0], node)
        value = items.pop(key)
        items = {**items, key: value} if low.decide(last) else {key: value, **items}
        low.change(box, Map(items, box.type), node)
        return Lit(None)
    return NotImplemented


# --- deques -----------------------------------------------------------------------------------------------------------

@special(collections.deque)
def deque_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    limit = args[1] if len(args) > 1 else kwargs.get("maxlen", Lit(None))
    box = low.known_list(args[0], node) if args else low.new_box(list, Seq((), list))
    made = low.new_box(list, low.state.heap[box])
    made.flavour = collections.deque
    made.extra = None if isinstance(limit, Lit) and limit.value is None else limit
    if made.extra is not None and args:
        if not isinstance(limit, Lit):
            raise low.refuse("a deque with a `maxlen` that only the run knows, of given elements", "",
                             "Append them one by one.", node=node)
        kept: Any = limit.value
        last = low.open(low.get_item(box, low.slice_of(Lit(-kept)), "", node))
        low.state.heap[made] = last if kept else Seq((), list)
    return made


def deque_method(low: Lowerer, box: Box, name: str, args: Args, node: Any) -> Any:
    """box.name(*args), for a deque: that of a list under another name, and cut to its length."""
    if name in ("appendleft", "popleft"):
        args = [Lit(0), *args]
    if name in ("append", "appendleft"):
        low.plain_list_method(box, "append" if name == "append" else "insert", args, {}, node)
        _cut(low, box, Lit(0) if name == "append" else Lit(-1), node)
        return Lit(None)
    if name in ("extend", "extendleft"):
        each = "append" if name == "extend" else "appendleft"
        low.iterate(args[0], lambda item: deque_method(low, box, each, [item], node), node)
        return Lit(None)
    if name == "popleft":
        return low.plain_list_method(box, "pop", args, {}, node)
    if name == "rotate":
        steps = args[0] if args else Lit(1)
        if not isinstance(steps, Lit):
            raise low.refuse("`rotate` by a number that only the run knows", "", "Index with a remainder.", node=node)
        number: Any = steps.value
        for _ in range(abs(number)):
            item = low.plain_list_method(box, "pop", [Lit(-1 if number > 0 else 0)], {}, node)
            given = [Lit(0), item] if number > 0 else [item]
            low.plain_list_method(box, "insert" if number > 0 else "append", given, {}, node)
        return Lit(None)
    return NotImplemented


def _cut(low: Lowerer, box: Box, end: Lit, node: Any) -> None:
    """A deque that has become too long loses an element at the other end."""
    if box.extra is None:
        return
    test = low.compare("Gt", low.call_known(len, [box], {}, "", node), box.extra, "", node)
    decided = low.decide(test)

    def drop() -> Any:
        low.plain_list_method(box, "pop", [end], {}, node)
        return None

    if decided is None:
        low.branch(test, drop, lambda: None, "statement", stmt=low.stmt)
    elif decided:
        drop()


# --- sets -------------------------------------------------------------------------------------------------------------

@special(set)
def set_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    box = low.new_box(list, Seq((), list))
    box.flavour = set
    if args:
        low.iterate(args[0], lambda item: set_method(low, box, "add", [item], node), node)
    return box


def set_method(low: Lowerer, box: Box, name: str, args: Args, node: Any) -> Any:
    """box.name(*args), for a set."""
    if name == "add":
        key = low.run_key(args[0], node)
        there = low.compare("In", key, box, "", node)
        _when_not(low, there, lambda: low.plain_list_method(box, "append", [key], {}, node))
        return Lit(None)
    if name in ("update", "union", "__or__"):
        made = box if name == "update" else low.like_box(box, low.state.heap[box])
        for other in args:
            low.iterate(other, lambda item: set_method(low, made, "add", [item], node), node)
        return Lit(None) if name == "update" else made
    content = low.state.heap[box]
    if name == "clear":
        low.change(box, Seq((), list), node)
        return Lit(None)
    if name == "copy":
        return low.like_box(box, content)
    if name in ("discard", "remove") and isinstance(content, Seq) and isinstance(args[0], Lit):
        left = [i for i in content.items if i.value != args[0].value]
        if len(left) == len(content.items) and name == "remove":
            return low.missing_key(content, args[0], node)
        low.change(box, Seq(tuple(left), list), node)
        return Lit(None)
    if name in ("intersection", "difference", "__and__", "__sub__"):
        wanted = name in ("intersection", "__and__")
        made = low.like_box(box, Seq((), list))

        def pick(item: Any) -> Any:
            inside = low.compare("In", item, args[0], "", node)
            _when_not(low, low.negate(inside) if wanted else inside, lambda: set_method(low, made, "add", [item], node))

        low.iterate(low.new_box(list, content), pick, node)
        return made
    raise low.refuse(f"the set method `.{name}`", "", "Write it with `in` and `add`.", node=node)


def _when_not(low: Lowerer, test: Any, run: Any) -> None:
    decided = low.decide(test)
    if decided is None:
        low.branch(test, lambda: None, lambda: run() and None, "statement", stmt=low.stmt)
    elif not decided:
        run()


def in_python_order(low: Lowerer, box: Box, node: Any) -> list[Any]:
    """The elements of a set in the order in which Python walks over it; known only of constants."""
    content = low.state.heap[box]
    known = [low.constant_of(i) for i in content.items] if isinstance(content, Seq) else [NotImplemented]
    if any(k is NotImplemented for k in known):
        raise low.refuse("a walk over a set whose elements only the run knows", "Its order depends on them.",
                         "Walk over `sorted(...)` of it.", node=node)
    return [Lit(v) for v in set(known)]


__all__ = ["Rows", "Var", "deque_method", "dict_method_of", "in_python_order", "set_method"]
