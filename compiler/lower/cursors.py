"""`iter` and `next`: an iterator over what has positions is the place that it has come to.

A cursor is a `Box`, so that joints and loops carry its place, and two names of it see one place. What has no positions
(a generator) cannot be stopped and resumed: `next` takes the first element of a generator made in the call.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .builtins import special
from .consumers import until_found
from .optional import is_none
from .statements import FELL_THROUGH
from .values import Box, Cursor, Items, Map, Range, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer


@special(iter)
def iter_(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    if len(args) != 1:
        raise low.refuse("`iter` with a sentinel", "Its end is not known before the run.", "Write a `while`.",
                         node=node)
    source = args[0]
    if is_cursor(source):
        return source
    if isinstance(source, Stream) or low.special_method(source, "__iter__") is not None or (
            isinstance(source, Items) and any(isinstance(p, Stream) for p in source.parts)):
        return Stream(lambda consume, until: low.iterate(source, consume, node, until),
                      lambda: low.known_items(source), (source,))
    return low.new_box(Cursor, Map({"at": Lit(0), "source": source}, Cursor))


@special(itertools.tee)
def tee_(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    number = args[1] if len(args) > 1 else kwargs.get("n", Lit(2))
    source = iter_(low, args[:1], {}, "", node)
    if isinstance(source, Stream) or not isinstance(number, Lit):
        raise low.refuse("`tee` of a generator", "It cannot be run twice.", "Make a list of it.", node=node)
    copies: Any = number.value
    return Seq(tuple(low.new_box(Cursor, low.state.heap[source]) for _ in range(copies)))


def is_cursor(value: Any) -> bool:
    return isinstance(value, Box) and value.type is Cursor


def place_of(low: Lowerer, cursor: Box) -> tuple[Any, Any]:
    """What a cursor walks over, and the place that it has come to."""
    held = low.state.heap[cursor]
    if is_none(held.items["at"]):
        raise low.refuse("an iterator that was walked beside others", "How far it came depends on the others.",
                         "Make the iterator anew.")
    return held.items["source"], held.items["at"]


def rest_of(low: Lowerer, cursor: Box) -> list[Any] | None:
    """The elements that are left, where they are known now: they are taken."""
    source, at = place_of(low, cursor)
    items = low.known_items(source)
    if items is None or not isinstance(at, Lit):
        return None
    move(low, cursor, Lit(len(items)))
    place: Any = at.value
    return items[place:]


def strided(low: Lowerer, args: list[Any], node: Any) -> Any:
    """zip(it, it): as many elements for each tuple as there are names of the one iterator."""
    if any(a is not args[0] for a in args):
        raise low.refuse("`zip` of one iterator twice, and of others", "", "Index the sequence.", node=node)
    source, at = place_of(low, args[0])
    width = len(args)
    items = rest_of(low, args[0])
    if items is not None:
        return Seq(tuple(Seq(tuple(items[i:i + width])) for i in range(0, len(items) - width + 1, width)))
    stop, get = low.counted(source, node)
    move(low, args[0], Lit(None))
    number = low.binary("FloorDiv", low.binary("Sub", stop, at, "", node), Lit(width), "", node)

    def group(trip: Any) -> Any:
        first = low.binary("Add", at, low.binary("Mult", trip, Lit(width), "", node), "", node)
        return Seq(tuple(get(low.binary("Add", first, Lit(k), "", node)) for k in range(width)))

    return Stream(lambda consume, until: low.iterate(
        Range(Lit(0), number, Lit(1)), lambda trip: consume(group(trip)), node, until), None, (source,))


def move(low: Lowerer, cursor: Box, at: Any) -> None:
    held = low.state.heap[cursor]
    low.state.heap[cursor] = Map({**held.items, "at": at}, Cursor)


class _Moved(Exception):
    """Raised where the body of a loop over a cursor takes elements of it by `next`."""


def walk_cursor(low: Lowerer, cursor: Box, consume: Any, node: Any, until: str | None) -> None:
    """The rest of the elements; after a `break` the cursor stands behind the last one that was taken."""
    source, at = place_of(low, cursor)
    items = low.known_items(source)
    if items is not None and isinstance(at, Lit):
        _walk_known(low, cursor, len(items), consume, node, until)
        return
    state, length, stmt, nesting = low.state.copy(), len(low.block), low.stmt, low.nesting
    try:
        _walk_positions(low, cursor, consume, node, until)
    except _Moved:
        low.state, low.stmt, low.nesting = state, stmt, nesting
        del low.block[length:]
        _walk_while(low, cursor, consume, node, until)


def _walk_known(low: Lowerer, cursor: Box, count: int, consume: Any, node: Any, until: str | None) -> None:
    scope = low.scope

    def take(number: int) -> Any:
        source, at = place_of(low, cursor)
        if not isinstance(at, Lit):
            raise low.refuse("an iterator that a branch moves inside a loop over it", "",
                             "Count with a `while`, and index the list.", node=node)
        place: Any = at.value
        if place > number:  # taken by `next` in the trip before
            return FELL_THROUGH
        move(low, cursor, Lit(number + 1))
        return consume(low.elements_of(source, count)[number]) or FELL_THROUGH

    start: Any = place_of(low, cursor)[1]
    for number in range(start.value, count):
        low.guarded(until, scope, node, lambda number=number: take(number))


def _walk_positions(low: Lowerer, cursor: Box, consume: Any, node: Any, until: str | None) -> None:
    """A loop over a range of positions, where nothing else moves the cursor."""
    source, at = place_of(low, cursor)
    stop, get = low.counted(source, node)
    scope = low.scope

    def step(position: Any) -> Any:
        move(low, cursor, low.binary("Add", position, Lit(1), "", node))
        place = place_of(low, cursor)[1]
        result = consume(get(position)) or FELL_THROUGH
        if not low.state.dead and place_of(low, cursor)[1] is not place:
            raise _Moved
        return result

    low.iterate(Range(at, stop, Lit(1)), lambda position: low.guarded(until, scope, node, lambda: step(position)), node,
                until)


def _walk_while(low: Lowerer, cursor: Box, consume: Any, node: Any, until: str | None) -> None:
    """`while place < stop`, where the body moves the cursor, too."""
    stop, get = low.counted(place_of(low, cursor)[0], node)
    flag = low.flags.get((low.scope, until))

    def more() -> Any:
        return low.compare("Lt", place_of(low, cursor)[1], stop, "", node)

    def going() -> Any:
        if until is None:
            return more()
        return low.short_circuit("and", low.negate(flag() if flag is not None else low.lookup(until, node)), more)

    def body() -> Any:
        at = place_of(low, cursor)[1]
        move(low, cursor, low.binary("Add", at, Lit(1), "", node))
        return consume(get(at))

    low.loop_while(going, body, node)


@special(next)
def next_(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """The next element of a cursor; the first of a generator that is made in the call."""
    def none() -> Any:
        return args[1] if len(args) > 1 else low.raise_here(low.make_exception(StopIteration, [], {}))

    if is_cursor(args[0]):
        return _next_of_cursor(low, args[0], none, name, node)
    if not (isinstance(args[0], Stream) and node.args and type(node.args[0]).__name__ == "GeneratorExp"):
        raise low.refuse("`next` of a generator", "It cannot be stopped and resumed.",
                         "Loop over it, or make a list of it and index that.", node=node)
    values = low.hidden_scope()
    low.consumers.append(values)
    try:
        with low.hidden(found=Lit(False)) as held:
            def consume(item: Any) -> Any:
                low.state.env[(values, "first")] = item
                held("found", Lit(True))
                return FELL_THROUGH

            until_found(low, args[0], consume, lambda: held("found"), node)
            first = low.state.env.pop((values, "first"), None)
            decided = low.decide(held("found"))
            if decided is not None:
                return first if decided else none()
            return low.branch(held("found"), lambda: first, none, "expression", name)
    finally:
        low.consumers.remove(values)


def _next_of_cursor(low: Lowerer, cursor: Box, none: Any, name: str, node: Any) -> Any:
    source, at = place_of(low, cursor)
    items = low.known_items(source)
    if items is not None and isinstance(at, Lit):
        place: Any = at.value
        if place >= len(items):
            return none()
        move(low, cursor, Lit(place + 1))
        return items[place]
    stop, get = low.counted(source, node)
    if stop is None:
        move(low, cursor, low.binary("Add", at, Lit(1), "", node))
        return get(at)

    def take() -> Any:
        move(low, cursor, low.binary("Add", at, Lit(1), "", node))
        return get(at)

    test = low.compare("Lt", at, stop, "", node)
    decided = low.decide(test)
    if decided is not None:
        return take() if decided else none()
    return low.branch(test, take, none, "expression", name)


__all__ = ["is_cursor", "place_of", "rest_of", "strided", "walk_cursor"]
