"""Functions that walk over their arguments: `sum`, `max`, `any`, `map`, `itertools` and their kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.lists import extreme_position
from ..domains import kinds
from ..ir import Lit
from .builtins import larger, special
from .grown import is_grown
from .optional import is_none
from .statements import FELL_THROUGH
from .values import Box, Cursor, Items, Map, Maybe, Range, Ref, Rows, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

Args = list[Any]
Options = dict[str, Any]


def walk(low: Lowerer, iterable: Any, consume: Callable[[Any], Any], node: Any) -> None:
    """Hand every element to `consume`: all of them now where they are known, else by a loop."""
    known = low.known_items(iterable)
    if known is None:
        low.iterate(iterable, consume, node)
        return
    if isinstance(iterable, Stream):
        iterable.used = True
    for item in low.late(iterable, known):
        consume(item)


def is_iterated(low: Lowerer, value: Any) -> bool:
    """Is this walked over element by element (and no array, which NumPy has faster functions for)?"""
    cursor = isinstance(value, Box) and value.type is Cursor
    return cursor or isinstance(value, (Stream, Items, Range)) or low.special_method(value, "__iter__") is not None


@special(sum)
def sum_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    start = args[1] if len(args) > 1 else kwargs.get("start", Lit(0))
    if isinstance(args[0], Ref):
        result = low.emit(np.sum, args[0], name=name, axis=Lit(0))
        return result if is_zero(start) else low.binary("Add", start, result, name, node)
    if is_grown(args[0]):
        return low.emit(sum, args[0], name=name) if is_zero(start) else low.binary(
            "Add", start, low.emit(sum, args[0]), name, node)
    known = low.known_items(args[0])
    if known is None and not is_iterated(low, args[0]):
        return NotImplemented
    if known is not None:
        if isinstance(args[0], Stream):
            args[0].used = True
        total = start
        for item in known:
            total = item if is_zero(total) else low.binary("Add", total, item, name, node)
        return total
    with low.hidden(total=start) as held:
        low.iterate(args[0], lambda item: held("total", low.binary("Add", held("total"), item, "", node)), node)
        return held("total")


def is_zero(value: Any) -> bool:
    return isinstance(value, Lit) and type(value.value) is int and value.value == 0


@special(max, min)
def extreme(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    fn = low.called
    key, default = kwargs.get("key"), kwargs.get("default")
    if isinstance(key, Lit) and key.value is None:
        key = None
    items = args if len(args) > 1 else low.known_items(args[0])
    if items is None and key is None and isinstance(args[0], Ref) \
            and len(kinds.shape_of(low.kind(args[0])) or ()) == 1:
        return low.emit(np.max if fn is max else np.min, args[0], name=name)
    if items is None and key is None and is_grown(args[0]) and isinstance(args[0].kind.item, kinds.Scalar):
        return low.item_of_list(args[0], low.emit(extreme_position, args[0], Lit(fn is max)), name, node)
    if items is None and not isinstance(args[0], (Ref, Stream, Items, Range, Rows)) and not is_grown(args[0]):
        raise low.refuse(f"`{fn.__name__}` of {low.describe(args[0])}", "", f"Use `np.{fn.__name__}`.", node=node)

    def measure(item: Any) -> Any:
        return item if key is None else low.call(key, [item], {}, "", node)

    if items is not None:
        if len(args) == 1 and isinstance(args[0], Stream):
            args[0].used = True
        if not items:
            return default if default is not None else low.raise_here(
                low.make_exception(ValueError, [Lit(f"{fn.__name__}() arg is an empty sequence")], {}))
        return _extreme_of(low, fn, items, key, measure, name, node)
    return _extreme_of_stream(low, fn, args[0], default, (key, measure), name, node)


def _extreme_of(low: Lowerer, fn: Any, items: list[Any], key: Any, measure: Any, name: str, node: Any) -> Any:
    result = items[0]
    if key is None:
        for item in items[1:]:
            result = larger(low, fn, result, item, name, node)
        return result
    best = measure(result)
    for item in items[1:]:
        result, best = _better(low, fn, (result, best), (item, measure(item)), node)
    return result


def _better(low: Lowerer, fn: Any, first: Any, second: Any, node: Any) -> tuple[Any, Any]:
    """The pair (element, what is compared) that Python keeps: the first of equals."""
    test = low.compare("Gt" if fn is max else "Lt", second[1], first[1], "", node)
    decided = low.decide(test)
    if decided is not None:
        return second if decided else first  # type: ignore[no-any-return]
    chosen = low.branch(test, lambda: Seq(second), lambda: Seq(first), "expression")
    return tuple(chosen.items)


def _extreme_of_stream(low: Lowerer, fn: Any, iterable: Any, default: Any, keys: Any, name: str, node: Any) -> Any:
    """The best element so far is carried through the loop, with a flag that says whether there was one."""
    key, measure = keys

    def begin(item: Any) -> Any:
        held("best", item)
        if key is not None:
            held("measure", measure(item))
        return FELL_THROUGH

    def go_on(item: Any) -> Any:
        old = low.settled(held("best"))
        if key is None:
            held("best", larger(low, fn, old, item, "", node))
        else:
            best, value = _better(low, fn, (old, low.settled(held("measure"))), (item, measure(item)), node)
            held("best", best)
            held("measure", value)
        return FELL_THROUGH

    def consume(item: Any) -> None:
        now = low.settled(held("best"))
        if isinstance(now, Maybe):
            low.branch(now.none, lambda: begin(item), lambda: go_on(item), "statement", stmt=low.stmt)
        else:
            (begin if is_none(now) else go_on)(item)

    def empty() -> Any:
        if default is not None:
            return default
        return low.raise_here(low.make_exception(
            ValueError, [Lit(f"{fn.__name__}() arg is an empty sequence")], {}))

    with low.hidden(best=Lit(None), measure=Lit(None)) as held:
        low.iterate(iterable, consume, node)
        best = low.settled(held("best"))
        if not isinstance(best, Maybe):
            return empty() if is_none(best) else best
        return low.branch(best.none, empty, lambda: low.settled(best), "expression", name)


@special(any, all)
def any_all(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    """The answer is known at the first element that decides; those after it are not looked at."""
    wanted = low.called is any
    if isinstance(args[0], Ref) and len(kinds.shape_of(low.kind(args[0])) or ()) == 1:
        return low.emit(bool, low.emit(np.any if wanted else np.all, args[0]), name=name)
    if not isinstance(args[0], (Stream, Items, Seq, Map, Range)) and low.known_items(args[0]) is None:
        return NotImplemented
    ident = "found" if wanted else "failed"
    with low.hidden(**{ident: Lit(False)}) as held:
        def consume(item: Any) -> Any:
            test = low.truth(item, node)
            test = test if wanted else low.negate(test)
            decided = low.decide(test)
            if decided is None:
                low.branch(test, lambda: held(ident, Lit(True)) and FELL_THROUGH, lambda: FELL_THROUGH, "statement",
                           stmt=low.stmt)
            elif decided:
                held(ident, Lit(True))
            return FELL_THROUGH

        until_found(low, args[0], consume, lambda: held(ident), node)
        return held(ident) if wanted else low.negate(held(ident))


def until_found(low: Lowerer, iterable: Any, consume: Callable[[Any], Any], found: Callable[[], Any], node: Any
                 ) -> None:
    """Hand elements to `consume` until the flag is set; what makes the elements does not run after that either."""
    until = f"{id(found)} found"  # a name that no program has
    scope = low.scope
    low.flags[(scope, until)] = found
    try:
        known = None if isinstance(iterable, Stream) else low.known_items(iterable)
        if known is not None:
            for item in low.late(iterable, known):
                low.guarded(until, scope, node, lambda item=item: consume(item))
        elif isinstance(iterable, Stream) or (isinstance(iterable, Items) and iterable.how in ("count", "cycle")):
            low.iterate(iterable, consume, node, until)
        else:
            low.iterate(iterable, lambda item: low.guarded(until, scope, node, lambda: consume(item)), node)
    finally:
        del low.flags[(scope, until)]


__all__ = ["is_zero", "until_found", "walk"]
