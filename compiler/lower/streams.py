"""Iterators of iterators: `map`, `filter`, `itertools`: streams that run their loops around the consumer."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .builtins import special
from .consumers import is_zero, until_found, walk
from .optional import is_none
from .statements import FELL_THROUGH
from .values import Box, Items, Maybe, Range, Ref, Seq, Slice, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

Args = list[Any]
Options = dict[str, Any]


@special(map)
def map_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, iterables = args[0], args[1:]
    source = iterables[0] if len(iterables) == 1 else Items("zip", tuple(iterables))

    def apply(item: Any) -> Any:
        return low.call(function, [item] if len(iterables) == 1 else list(item.items), {}, "", node)

    def known() -> list[Any] | None:
        items = low.known_items(source)
        return None if items is None else [apply(item) for item in low.late(source, items)]

    return Stream(lambda consume, until: run_through(low, source, apply, consume, until, node), known, tuple(args))


def run_through(low: Lowerer, source: Any, apply: Callable[[Any], Any], consume: Any, until: Any, node: Any) -> None:
    scope = low.scope
    low.iterate(source, lambda item: low.guarded(until, scope, node, lambda: consume(apply(item)) or FELL_THROUGH),
                node)


@special(filter, itertools.filterfalse)
def filter_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, source = args
    keep = low.called is filter

    def test(item: Any) -> Any:
        plain = isinstance(function, Lit) and function.value is None
        result = low.truth(item if plain else low.call(function, [item], {}, "", node), node)
        return result if keep else low.negate(result)

    def run(consume: Any, until: Any) -> None:
        scope = low.scope

        def pick(item: Any) -> Any:
            passed = test(item)
            decided = low.decide(passed)
            if decided is None:
                return low.branch(passed, lambda: consume(item) or FELL_THROUGH, lambda: FELL_THROUGH, "statement",
                                  stmt=low.stmt)
            return (consume(item) or FELL_THROUGH) if decided else FELL_THROUGH

        low.iterate(source, lambda item: low.guarded(until, scope, node, lambda: pick(item)), node)

    def known() -> list[Any] | None:
        items = low.known_items(source)
        if items is None or not all(isinstance(i, (Lit, Seq)) for i in items):
            return None
        decided = [(i, low.decide(test(i))) for i in low.late(source, items)]
        return None if any(d is None for _, d in decided) else [i for i, d in decided if d]

    return Stream(run, known, tuple(args))


@special(functools.reduce)
def reduce_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, iterable = args[0], args[1]
    if len(args) > 2:
        with low.hidden(total=args[2]) as held:
            walk(low, iterable, lambda item: held("total", low.call(function, [held("total"), item], {}, "", node)),
                 node)
            return held("total")
    if isinstance(iterable, Ref):
        rest = low.get_item(iterable, slice_from(Lit(1)), "", node)
        return reduce_(low, [function, rest, low.get_item(iterable, Lit(0), "", node)], {}, name, node)
    items = low.known_items(iterable)
    if items is None:
        return _reduced(low, function, iterable, node)
    if isinstance(iterable, Stream):
        iterable.used = True
    if not items:
        return nothing_to_reduce(low)
    total = items[0]
    for item in items[1:]:
        total = low.call(function, [total, item], {}, "", node)
    return total


def nothing_to_reduce(low: Lowerer) -> Any:
    return low.raise_here(low.make_exception(TypeError, [Lit("reduce() of empty iterable with no initial value")], {}))


def _reduced(low: Lowerer, function: Any, iterable: Any, node: Any) -> Any:
    """Where only the run knows how many elements there are: the first one is taken in the loop."""
    with low.hidden(total=Lit(None)) as held:
        def each(item: Any) -> Any:
            held("total", next_total(low, function, held("total"), item, node))
            return FELL_THROUGH

        low.iterate(iterable, each, node)
        total = low.settled(held("total"))
        if not isinstance(total, Maybe):
            return nothing_to_reduce(low) if is_none(total) else total
        return low.branch(total.none, lambda: nothing_to_reduce(low), lambda: low.settled(total), "expression")


def next_total(low: Lowerer, function: Any, total: Any, item: Any, node: Any) -> Any:
    """function(total, item), or the item where there is no total yet."""
    total = low.settled(total)
    if isinstance(total, Maybe):
        return low.branch(total.none, lambda: item, lambda: low.call(
            function, [low.settled(total), item], {}, "", node), "expression")
    return item if is_none(total) else low.call(function, [total, item], {}, "", node)


def slice_from(start: Any, stop: Any = None) -> Any:

    return Slice(start, stop or Lit(None), Lit(None))


# --- itertools --------------------------------------------------------------------------------------------------------

@special(itertools.count)
def count_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    start = args[0] if args else kwargs.get("start", Lit(0))
    return Items("count", (start, args[1] if len(args) > 1 else kwargs.get("step", Lit(1))))


@special(itertools.islice)
def islice_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    source, bounds = args[0], args[1:]
    start, stop, step = (Lit(0), bounds[0], Lit(1)) if len(bounds) == 1 else (*bounds, Lit(1))[:3]
    if isinstance(source, Items) and source.how == "count" and is_zero(source.parts[0]) \
            and all(isinstance(p, Lit) and p.value == 1 for p in (source.parts[1],)):
        return Range(start, stop, step)
    if isinstance(source, Ref):
        return low.get_item(source, Slice(start, stop, step), name, node)
    items = low.known_items(source)
    if items is not None and all(isinstance(b, Lit) for b in (start, stop, step)):
        if isinstance(source, Stream):
            source.used = True
        return Seq(tuple(itertools.islice(items, start.value or 0, stop.value, step.value or 1)))
    if isinstance(source, Box) or not all(isinstance(b, Lit) for b in (start, step)):
        raise low.refuse(f"`islice` of {low.describe(source)}", "Its length is not known before the run.",
                         "Count in the loop, and `break`.", node=node)
    return Stream(lambda consume, until: _taken(low, source, (start.value or 0, stop, step.value or 1), consume, until,
                                                node), None, (source,))


def _taken(low: Lowerer, source: Any, bounds: Any, consume: Any, until: Any, node: Any) -> None:
    """The elements of a slice of a stream; what makes them does not run after the last one."""
    start, stop, step = bounds
    endless = isinstance(stop, Lit) and stop.value is None
    none = Lit(False) if endless else low.compare("LtE", stop, Lit(0), "", node)
    with low.hidden(count=Lit(0), done=none) as held:
        def wanted() -> Any:
            late = low.compare("GtE", held("count"), Lit(start), "", node)
            if step == 1:
                return late
            offset = low.binary("Mod", low.binary("Sub", held("count"), Lit(start), "", node), Lit(step), "", node)
            return low.short_circuit("and", late, lambda: low.compare("Eq", offset, Lit(0), "", node))

        def each(item: Any) -> Any:
            when(low, wanted(), lambda: consume(item))
            held("count", low.binary("Add", held("count"), Lit(1), "", node))
            if not endless:
                held("done", low.compare("GtE", held("count"), stop, "", node))
            return FELL_THROUGH

        until_found(low, source, each, stopped(low, lambda: held("done"), until, node), node)


def stopped(low: Lowerer, done: Callable[[], Any], until: Any, node: Any) -> Callable[[], Any]:
    """Is a stream at its end: its own, or that of whoever consumes it?"""
    if until is None:
        return done
    scope = low.scope

    def flag() -> Any:
        outer = low.flags.get((scope, until))
        with low.in_scope(scope):
            return outer() if outer is not None else low.lookup(until, node)

    return lambda: low.short_circuit("or", done(), flag)


def when(low: Lowerer, test: Any, run: Callable[[], Any], orelse: Callable[[], Any] = lambda: None) -> None:
    """`if test: run()`"""
    decided = low.decide(test)
    if decided is None:
        low.branch(test, lambda: run() or FELL_THROUGH, lambda: orelse() or FELL_THROUGH, "statement", stmt=low.stmt)
    elif decided:
        run()
    else:
        orelse()


@special(itertools.takewhile)
def takewhile_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, source = args

    def run(consume: Any, until: Any) -> None:
        with low.hidden(done=Lit(False)) as held:
            def each(item: Any) -> Any:
                test = low.truth(low.call(function, [item], {}, "", node), node)
                when(low, test, lambda: consume(item), lambda: held("done", Lit(True)) and None)
                return FELL_THROUGH

            until_found(low, source, each, stopped(low, lambda: held("done"), until, node), node)

    return Stream(run, None, (source,))


@special(itertools.dropwhile)
def dropwhile_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, source = args

    def run(consume: Any, until: Any) -> None:
        scope = low.scope
        with low.hidden(dropping=Lit(True)) as held:
            def each(item: Any) -> Any:
                still = low.short_circuit("and", held("dropping"), lambda: low.truth(
                    low.call(function, [item], {}, "", node), node))
                held("dropping", still)
                when(low, low.negate(still), lambda: consume(item))
                return FELL_THROUGH

            low.iterate(source, lambda item: low.guarded(until, scope, node, lambda: each(item)), node)

    return Stream(run, None, (source,))


@special(itertools.compress)
def compress_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    pairs = Items("zip", tuple(args))

    def run(consume: Any, until: Any) -> None:
        scope = low.scope

        def each(pair: Any) -> Any:
            when(low, low.truth(pair.items[1], node), lambda: consume(pair.items[0]))
            return FELL_THROUGH

        low.iterate(pairs, lambda pair: low.guarded(until, scope, node, lambda: each(pair)), node)

    def known() -> list[Any] | None:
        found = low.known_items(pairs)
        decided = None if found is None else [low.decide(p.items[1]) for p in found]
        return None if found is None or decided is None or None in decided else [
            p.items[0] for p, d in zip(found, decided, strict=True) if d]

    return Stream(run, known, tuple(args))


@special(itertools.groupby)
def groupby_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    raise low.refuse("`itertools.groupby`", "Each group is an iterator over a part of another one.",
                     "Keep a list for each group in a dict.", node=node)


@special(itertools.repeat)
def repeat_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    times = args[1] if len(args) > 1 else kwargs.get("times")
    if times is None:
        return Items("repeat", (args[0],))
    if isinstance(times, Lit):
        number: Any = times.value
        return Seq((args[0],) * number)
    return Stream(lambda consume, until: low.iterate(
        Range(Lit(0), times, Lit(1)), lambda _: consume(args[0]), node, until), None, tuple(args))


@special(itertools.cycle)
def cycle_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    source = low.list_of_stream(args[0], node) if isinstance(args[0], Stream) else args[0]
    return Items("cycle", (source,))


def beside_stream(low: Lowerer, items: Items, node: Any) -> Stream:
    """`enumerate` and `zip` of a stream: a position is counted beside it."""
    streams = [p for p in items.parts if isinstance(p, Stream)]
    if len(streams) > 1 or items.how not in ("enumerate", "zip"):
        raise low.refuse(f"`{items.how}` of {'several generators' if len(streams) > 1 else 'a generator'}",
                         "They cannot be stopped and resumed.", "Make lists of them.", node=node)
    if items.how == "enumerate":
        start = items.parts[1] if len(items.parts) > 1 else Lit(0)
        parts: list[Any] = [Items("count", (start, Lit(1))), streams[0]]
    else:
        parts = list(items.parts)

    def run(consume: Any, until: Any) -> None:
        counted = [None if isinstance(p, Stream) else low.counted(p, node) for p in parts]
        with low.hidden(position=Lit(0), done=Lit(False)) as held:
            def each(item: Any) -> Any:
                at = held("position")

                def give() -> Any:
                    consume(Seq(tuple(item if c is None else c[1](at) for c in counted)))

                def more(others: list[Any]) -> Any:
                    if not others:
                        return Lit(True)
                    inside = low.compare("Lt", at, others[0], "", node)
                    return low.short_circuit("and", inside, lambda: more(others[1:]))

                test = more([c[0] for c in counted if c is not None and c[0] is not None])
                when(low, test, give, lambda: held("done", Lit(True)) and None)
                held("position", low.binary("Add", at, Lit(1), "", node))
                return FELL_THROUGH

            until_found(low, streams[0], each, stopped(low, lambda: held("done"), until, node), node)

    return Stream(run, None, tuple(parts))


@special(itertools.accumulate)
def accumulate_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function = args[1] if len(args) > 1 else kwargs.get("func", Lit(operator.add))
    initial = kwargs.get("initial", Lit(None))
    if isinstance(function, Lit) and function.value is None:
        function = Lit(operator.add)

    def known() -> list[Any] | None:
        items = low.known_items(args[0])
        if items is None:
            return None
        results = [] if is_none(initial) else [initial]
        for item in items:
            results.append(low.call(function, [results[-1], item], {}, "", node) if results else item)
        return results

    def run(consume: Any, until: Any) -> None:
        scope = low.scope
        with low.hidden(total=initial) as held:
            def each(item: Any) -> Any:
                new = next_total(low, function, held("total"), item, node)
                held("total", new)
                consume(new)
                return FELL_THROUGH

            if not is_none(initial):
                consume(initial)
            low.iterate(args[0], lambda item: low.guarded(until, scope, node, lambda: each(item)), node)

    return Stream(run, known, (args[0],))


@special(itertools.starmap)
def starmap_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, source = args

    def apply(item: Any) -> Any:
        return low.call(function, low.unpack(item, node), {}, "", node)

    def known() -> list[Any] | None:
        items = low.known_items(source)
        return None if items is None else [apply(item) for item in low.late(source, items)]

    return Stream(lambda consume, until: run_through(low, source, apply, consume, until, node), known, tuple(args))


# --- NumPy ------------------------------------------------------------------------------------------------------------
