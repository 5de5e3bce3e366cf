"""Functions that walk over their arguments: `sum`, `max`, `any`, `map`, `itertools` and their kin."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.lists import extreme_position
from ..domains import kinds
from ..ir import Lit, Var
from .builtins import larger, special
from .grown import is_grown
from .optional import is_none
from .statements import FELL_THROUGH
from .values import Items, Map, Maybe, Object, Range, Ref, Rows, Seq, Stream

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
    for item in known:
        consume(item)


def is_iterated(low: Lowerer, value: Any) -> bool:
    """Is this walked over element by element (and no array, which NumPy has faster functions for)?"""
    return isinstance(value, (Stream, Items, Range)) or low.special_method(value, "__iter__") is not None


@special(sum)
def sum_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    start = args[1] if len(args) > 1 else kwargs.get("start", Lit(0))
    if isinstance(args[0], Ref):
        result = low.emit(np.sum, args[0], name=name, axis=Lit(0))
        return result if _is_zero(start) else low.binary("Add", start, result, name, node)
    if is_grown(args[0]):
        return low.emit(sum, args[0], name=name) if _is_zero(start) else low.binary(
            "Add", start, low.emit(sum, args[0]), name, node)
    known = low.known_items(args[0])
    if known is None and not is_iterated(low, args[0]):
        return NotImplemented
    if known is not None:
        if isinstance(args[0], Stream):
            args[0].used = True
        total = start
        for item in known:
            total = item if _is_zero(total) else low.binary("Add", total, item, name, node)
        return total
    with low.hidden(total=start) as held:
        low.iterate(args[0], lambda item: held("total", low.binary("Add", held("total"), item, "", node)), node)
        return held("total")


def _is_zero(value: Any) -> bool:
    return isinstance(value, Lit) and type(value.value) is int and value.value == 0


@special(max, min)
def extreme(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    fn = low.eval(node.func).value if node is not None and hasattr(node, "func") else max
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
    wanted = low.eval(node.func).value is any
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

        _until_found(low, args[0], consume, lambda: held(ident), node)
        return held(ident) if wanted else low.negate(held(ident))


def _until_found(low: Lowerer, iterable: Any, consume: Callable[[Any], Any], found: Callable[[], Any], node: Any
                 ) -> None:
    """Hand elements to `consume` until the flag is set; what makes the elements does not run after that either."""
    until = f"{id(found)} found"  # a name that no program has
    scope = low.scope
    low.flags[(scope, until)] = found
    try:
        known = None if isinstance(iterable, Stream) else low.known_items(iterable)
        if known is not None:
            for item in known:
                low.guarded(until, scope, node, lambda item=item: consume(item))
        elif isinstance(iterable, Stream):
            low.iterate(iterable, consume, node, until)
        else:
            low.iterate(iterable, lambda item: low.guarded(until, scope, node, lambda: consume(item)), node)
    finally:
        del low.flags[(scope, until)]


@special(next)
def next_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    """The first element of a generator that is made in the call."""
    if not (isinstance(args[0], Stream) and node.args and type(node.args[0]).__name__ == "GeneratorExp"):
        raise low.refuse("`next`", "How far an iterator has come is not followed.", "Loop over it, or index a list.",
                         node=node)
    values = low.hidden_scope()
    low.consumers.append(values)
    try:
        with low.hidden(found=Lit(False)) as held:
            def consume(item: Any) -> Any:
                low.state.env[(values, "first")] = item
                held("found", Lit(True))
                return FELL_THROUGH

            _until_found(low, args[0], consume, lambda: held("found"), node)
            first = low.state.env.pop((values, "first"), None)

            def none() -> Any:
                return args[1] if len(args) > 1 else low.raise_here(low.make_exception(StopIteration, [], {}))

            decided = low.decide(held("found"))
            if decided is not None:
                return first if decided else none()
            return low.branch(held("found"), lambda: first, none, "expression", name)
    finally:
        low.consumers.remove(values)


@special(iter)
def iter_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    if len(args) != 1:
        raise low.refuse("`iter` with a sentinel", "Its end is not known before the run.", "Write a `while`.",
                         node=node)
    iterable = args[0]
    return Stream(lambda consume, until: low.iterate(iterable, consume, node, until),
                  lambda: low.known_items(iterable), (iterable,))


@special(sorted)
def sorted_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    items = low.known_items(args[0])
    reverse = kwargs.get("reverse", Lit(False))
    if isinstance(args[0], Ref) and not kwargs and len(kinds.shape_of(low.kind(args[0])) or ()) == 1:
        return low.emit(np.sort, args[0], name=name)
    if items is None or not isinstance(reverse, Lit):
        raise low.refuse(f"`sorted` of {low.describe(args[0])}", "", "Use `np.sort`.", node=node)
    key = kwargs.get("key")
    measured = items if key is None or (isinstance(key, Lit) and key.value is None) else [
        low.call(key, [item], {}, "", node) for item in items]
    values = [_constant(m) for m in measured]
    if any(v is NotImplemented for v in values):
        if measured is items and all(kinds.shape_of(low.kind(v)) == () for v in items):
            ordered = low.emit(np.sort, low.emit(np.stack, Seq(tuple(items), list)))
            flipped = low.emit(np.flip, ordered) if reverse.value else ordered
            return low.new_list(tuple(low.get_item(flipped, Lit(i), "", node) for i in range(len(items))))
        raise low.refuse("`sorted` by values that only the run knows", "The order of what follows would depend on it.",
                         "Use `np.argsort` on an array.", node=node)
    order = sorted(range(len(items)), key=values.__getitem__, reverse=bool(reverse.value))
    return low.new_list(tuple(items[i] for i in order))


def _constant(value: Any) -> Any:
    """The Python value of a constant, also of a tuple of constants; NotImplemented for others."""
    if isinstance(value, Lit):
        return value.value
    if isinstance(value, Seq):
        parts = [_constant(v) for v in value.items]
        return NotImplemented if any(p is NotImplemented for p in parts) else tuple(parts)
    return NotImplemented


@special(map)
def map_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, iterables = args[0], args[1:]
    source = iterables[0] if len(iterables) == 1 else Items("zip", tuple(iterables))

    def apply(item: Any) -> Any:
        return low.call(function, [item] if len(iterables) == 1 else list(item.items), {}, "", node)

    def known() -> list[Any] | None:
        items = low.known_items(source)
        return None if items is None else [apply(item) for item in items]

    return Stream(lambda consume, until: _through(low, source, apply, consume, until, node), known, tuple(args))


def _through(low: Lowerer, source: Any, apply: Callable[[Any], Any], consume: Any, until: Any, node: Any) -> None:
    scope = low.scope
    low.iterate(source, lambda item: low.guarded(until, scope, node, lambda: consume(apply(item)) or FELL_THROUGH),
                node)


@special(filter, itertools.filterfalse)
def filter_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, source = args
    keep = low.eval(node.func).value is filter

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
        decided = [(i, low.decide(test(i))) for i in items]
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
    items = low.elements(iterable, node, "`reduce`")
    if not items:
        return low.raise_here(low.make_exception(
            TypeError, [Lit("reduce() of empty iterable with no initial value")], {}))
    total = items[0]
    for item in items[1:]:
        total = low.call(function, [total, item], {}, "", node)
    return total


def _slice(start: Any, stop: Any = None) -> Any:
    from .values import Slice

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
    if isinstance(source, Items) and source.how == "count" and _is_zero(source.parts[0]) \
            and all(isinstance(p, Lit) and p.value == 1 for p in (source.parts[1],)):
        return Range(start, stop, step)
    if isinstance(source, Ref):
        from .values import Slice

        return low.get_item(source, Slice(start, stop, step), name, node)
    items = low.known_items(source)
    if items is None or not all(isinstance(b, Lit) for b in (start, stop, step)):
        raise low.refuse(f"`islice` of {low.describe(source)}", "Its length is not known before the run.",
                         "Count in the loop, and `break`.", node=node)
    return Seq(tuple(itertools.islice(items, start.value or 0, stop.value, step.value or 1)))


@special(itertools.repeat)
def repeat_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    times = args[1] if len(args) > 1 else kwargs.get("times")
    if times is None:
        raise low.refuse("`itertools.repeat` without a number of times", "It never ends.", "Give `times`.", node=node)
    if isinstance(times, Lit):
        number: Any = times.value
        return Seq((args[0],) * number)
    return Stream(lambda consume, until: low.iterate(
        Range(Lit(0), times, Lit(1)), lambda _: consume(args[0]), node, until), None, tuple(args))


@special(itertools.chain, itertools.chain.from_iterable)
def chain_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    parts = args
    if low.eval(node.func).value is not itertools.chain:
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


@special(itertools.combinations, itertools.permutations, itertools.combinations_with_replacement, itertools.pairwise,
         itertools.batched if hasattr(itertools, "batched") else itertools.combinations, itertools.zip_longest)
def groups_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    fn = low.eval(node.func).value
    if fn is itertools.pairwise and isinstance(args[0], Ref):
        ends = low.get_item(args[0], _slice(Lit(None), Lit(-1)), "", node), low.get_item(
            args[0], _slice(Lit(1)), "", node)
        return Items("zip", ends)
    counts = [*args[1:], *kwargs.values()] if fn is not itertools.zip_longest else []
    if not all(isinstance(c, Lit) for c in counts):
        raise low.refuse(f"`{fn.__name__}` with a number that only the run knows", node=node)
    if fn is itertools.zip_longest:
        columns = [low.elements(a, node, "`zip_longest`") for a in args]
        return Seq(tuple(Seq(t) for t in fn(*columns, fillvalue=kwargs.get("fillvalue", Lit(None)))))
    items = low.elements(args[0], node, f"`{fn.__name__}`")
    rest = [c.value for c in args[1:]]
    return Seq(tuple(Seq(tuple(t)) for t in fn(items, *rest, **{k: v.value for k, v in kwargs.items()})))


@special(itertools.accumulate)
def accumulate_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function = args[1] if len(args) > 1 else kwargs.get("func", Lit(operator.add))
    initial = kwargs.get("initial")
    items = low.elements(args[0], node, "`accumulate`")
    results = [initial] if initial is not None and not (isinstance(initial, Lit) and initial.value is None) else []
    for item in items:
        results.append(low.call(function, [results[-1], item], {}, "", node) if results else item)
    return Seq(tuple(results))


@special(itertools.starmap)
def starmap_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    function, source = args

    def apply(item: Any) -> Any:
        return low.call(function, low.unpack(item, node), {}, "", node)

    def known() -> list[Any] | None:
        items = low.known_items(source)
        return None if items is None else [apply(item) for item in items]

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


__all__ = ["Object", "Var", "walk"]
