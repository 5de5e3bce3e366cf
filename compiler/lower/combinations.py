"""Iterators over elements of several others, or several elements at a time: `chain`, `product`, `pairwise`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
from ..ir import Lit
from .builtins import special
from .statements import FELL_THROUGH
from .streams import Args, Options, run_through, slice_from, when
from .values import Items, Range, Ref, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer


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
        ends = low.get_item(args[0], slice_from(Lit(None), Lit(-1)), "", node), low.get_item(
            args[0], slice_from(Lit(1)), "", node)
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

    return Stream(lambda consume, until: run_through(low, places, apply, consume, until, node), None, (array,))


@special(np.nditer)
def nditer_(low: Lowerer, args: Args, kwargs: Options, name: str, node: Any) -> Any:
    raise low.refuse("`np.nditer`", "Its elements are views that may be written to.", "Use `np.ndindex`.", node=node)
