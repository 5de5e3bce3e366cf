"""Iterators of iterators: `map`, `filter`, `itertools`: streams that run their loops around the consumer."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
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

    return Stream(lambda consume, until: _through(low, source, apply, consume, until, node), known, tuple(args))


def _through(low: Lowerer, source: Any, apply: Callable[[Any], Any], consume: Any, until: Any, node: Any) -> None:
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
        rest = low.get_item(iterable, _slice(Lit(1)), "", node)
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


def _slice(start: Any, stop: Any = None) -> Any:

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


@special(itertools.chain, itertools.chain.from_iterable)
def chain_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    parts = args
    if low.called is not itertools.chain:
        parts = low.elements(args[0], node, "`chain.from_iterable`")

    def run(consume: Any, until: Any) -> None:
        scope = low.scope
        for part in parts:
            low.guarded(until, scope, node, lambda part=part: low.iterate(part, consume, node, until) or FELL_THROUGH)

    def known() -> list[Any] | None:
        found = [low.known_items(p) for p in parts]
        return None if None in found else [v for items in found for v in items or ()]

    return Stream(run, known, tuple(parts))


@special(itertools.product)
def product_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    times = kwargs.get("repeat", Lit(1))
    if not isinstance(times, Lit):
        raise low.refuse("`itertools.product` with a number of repeats that only the run knows", node=node)
    number: Any = times.value
    parts = args * number

    def run(consume: Any, until: Any) -> None:
        scope = low.scope

        def level(number: int, chosen: tuple[Any, ...]) -> Any:
            if number == len(parts):
                consume(Seq(chosen))
                return FELL_THROUGH
            low.iterate(parts[number], lambda item: low.guarded(
                until, scope, node, lambda: level(number + 1, (*chosen, item))), node)
            return FELL_THROUGH

        level(0, ())

    def known() -> list[Any] | None:
        found = [low.known_items(p) for p in parts]
        return None if None in found else [Seq(t) for t in itertools.product(*(f or () for f in found))]

    return Stream(run, known, tuple(parts))


@special(itertools.combinations, itertools.permutations, itertools.combinations_with_replacement)
def choices_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    """Loops over positions, one inside the other, where the number of elements is known only at run time."""
    fn = low.called
    size = args[1] if len(args) > 1 else kwargs.get("r", Lit(None))
    if not isinstance(size, Lit):
        raise low.refuse(f"`{fn.__name__}` with a number that only the run knows", node=node)
    number: Any = size.value
    items = low.known_items(args[0])
    if items is not None or number is None:
        items = items if items is not None else low.elements(args[0], node, f"`{fn.__name__}`")
        rest = () if number is None else (number,)
        return Seq(tuple(Seq(tuple(t)) for t in fn(items, *rest)))
    if isinstance(args[0], Stream):
        args[0] = low.open(low.list_of_stream(args[0], node))
    length, get = low.counted(args[0], node)

    def run(consume: Any, until: Any) -> None:
        scope = low.scope

        def level(places: tuple[Any, ...]) -> Any:
            if len(places) == number:
                consume(Seq(tuple(map(get, places))))
                return FELL_THROUGH
            first: Any = Lit(0)
            if places and fn is not itertools.permutations:
                again = fn is itertools.combinations_with_replacement
                first = places[-1] if again else low.binary("Add", places[-1], Lit(1), "", node)

            def others(at: Any, before: tuple[Any, ...]) -> Any:
                if not before or fn is not itertools.permutations:
                    return Lit(True)
                differs = low.compare("NotEq", at, before[0], "", node)
                return low.short_circuit("and", differs, lambda: others(at, before[1:]))

            def step(at: Any) -> Any:
                when(low, others(at, places), lambda: level((*places, at)))
                return FELL_THROUGH

            low.iterate(Range(first, length, Lit(1)), lambda at: low.guarded(until, scope, node, lambda: step(at)),
                        node)
            return FELL_THROUGH

        level(())

    return Stream(run, None, (args[0],))


@special(itertools.pairwise)
def pairwise_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    if isinstance(args[0], Ref):
        ends = low.get_item(args[0], _slice(Lit(None), Lit(-1)), "", node), low.get_item(
            args[0], _slice(Lit(1)), "", node)
        return Items("zip", ends)
    items = low.known_items(args[0])
    if items is not None:
        return Seq(tuple(Seq(t) for t in itertools.pairwise(items)))
    if isinstance(args[0], Stream):
        args[0] = low.open(low.list_of_stream(args[0], node))
    length, get = low.counted(args[0], node)

    def pair(at: Any) -> Any:
        return Seq((get(at), get(low.binary("Add", at, Lit(1), "", node))))

    last = low.binary("Sub", length, Lit(1), "", node)
    return Stream(lambda consume, until: low.iterate(
        Range(Lit(0), last, Lit(1)), lambda at: consume(pair(at)), node, until), None, (args[0],))


@special(itertools.zip_longest, *([itertools.batched] if hasattr(itertools, "batched") else []))
def columns_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    fn = low.called
    if fn is not itertools.zip_longest:
        if not isinstance(args[1], Lit):
            raise low.refuse("`batched` with a number that only the run knows", node=node)
        return Seq(tuple(Seq(tuple(t)) for t in fn(low.elements(args[0], node, "`batched`"), args[1].value)))
    fill = kwargs.get("fillvalue", Lit(None))
    columns = [known for a in args if (known := low.known_items(a)) is not None]
    if len(columns) == len(args):
        return Seq(tuple(Seq(t) for t in fn(*columns, fillvalue=fill)))
    counted = [low.counted(a, node) for a in args]
    longest = counted[0][0]
    for other, _ in counted[1:]:
        longest = low.emit(max, longest, other)

    def element(at: Any) -> Any:
        parts = []
        for length, get in counted:
            inside = low.compare("Lt", at, length, "", node)
            parts.append(low.branch(inside, lambda get=get: get(at), lambda: fill, "expression"))
        return Seq(tuple(parts))

    return Stream(lambda consume, until: low.iterate(
        Range(Lit(0), longest, Lit(1)), lambda at: consume(element(at)), node, until), None, tuple(args))


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

    return Stream(lambda consume, until: _through(low, source, apply, consume, until, node), known, tuple(args))


# --- NumPy ------------------------------------------------------------------------------------------------------------

@special(np.ndindex)
def ndindex_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    dims = args
    if len(args) == 1 and not isinstance(low.kind(args[0]), kinds.Scalar):
        dims = low.unpack(args[0], node)
    return product_(low, [Range(Lit(0), d, Lit(1)) for d in dims], {}, name, node)


@special(np.ndenumerate)
def ndenumerate_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    array = args[0]
    shape = kinds.shape_of(low.kind(array))
    if shape is None or not isinstance(array, Ref):
        raise low.refuse(f"`np.ndenumerate` of {low.describe(array)}", "Its number of axes is not known.", node=node)
    lengths = low.attribute(array, "shape", "", node)
    dims = [low.get_item(lengths, Lit(i), "", node) for i in range(len(shape))]
    places = product_(low, [Range(Lit(0), d, Lit(1)) for d in dims], {}, name, node)

    def apply(place: Any) -> Any:
        return Seq((place, low.get_item(array, place, "", node)))

    return Stream(lambda consume, until: _through(low, places, apply, consume, until, node), None, (array,))


@special(np.nditer)
def nditer_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    raise low.refuse("`np.nditer`", "Its elements are views that may be written to.", "Use `np.ndindex`.", node=node)

