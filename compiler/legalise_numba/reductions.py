"""Reductions: loops with scalar accumulators, fused with what computes the elements."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...runtime import shapes
from .affine import Affine
from .registry import rule
from .shaping import axes_of, scalar_array
from .text import Block, Gather, Line, Nest, Store
from .values import ArrayValue, Code, Constant, ListValue, Number, TupleValue, cast_text, dtype_text

SUM = "{name} += {{value}}"
PRODUCT = "{name} *= {{value}}"
LARGER = "if {{value}} > {name} or {{value}} != {{value}}: {name} = {{value}}"  # nan stays
SMALLER = "if {{value}} < {name} or {{value}} != {{value}}: {name} = {{value}}"


def flag(value: Any) -> bool:
    return isinstance(value, Number) and bool(value.const)


def reduce(leg: Any, a: ArrayValue, axes: tuple[int, ...], keepdims: bool, dtype: Any, first: str, step: str,
           change: Any = None) -> Any:
    """Combine the elements over `axes` by `step`, starting from `first`; `change` is applied to each element."""
    names = leg.axes(a.rank)
    places = tuple(map(Affine.of, names))
    value = a.element(places)
    value = change(value) if change is not None else leg.cast_code(value, a.dtype, dtype)
    kept = [k for k in range(a.rank) if k not in axes]
    lengths = tuple(Affine(1) if k in axes else n for k, n in enumerate(a.lengths) if keepdims or k not in axes)
    if not kept:
        total = leg.fresh("total")
        leg.line(f"{total} = {first}")
        leg.items.append(Nest(names, a.lengths, [_gather(total, step, value, dtype)], leg.loc))
        number = Number(Code(total), dtype, False)
        return ArrayValue(lengths, dtype, lambda index: number.code) if keepdims else number
    out = leg.result_name()
    target = tuple(Affine(0) if k in axes else p for k, p in enumerate(places) if keepdims or k not in axes)
    if kept == list(range(len(kept))):
        _rows(leg, out, a, names, kept, lengths, target, value, dtype, first, step)
    else:
        _columns(leg, out, a, names, lengths, target, value, dtype, first, step)
    return leg.buffer(out, lengths, dtype, True)


def _gather(total: str, step: str, value: Code, dtype: Any) -> Gather:
    return Gather(total, step.format(name=total), value, step == SUM and dtype.kind == "f")


def _rows(leg: Any, out: str, a: ArrayValue, names: tuple[str, ...], kept: list[int], lengths: tuple[Affine, ...],
          target: tuple[Affine, ...], value: Code, dtype: Any, first: str, step: str) -> None:
    """The reduced axes are the last ones: one accumulator for each result, in a register."""
    total = leg.fresh("total")
    leg.line(f"{out} = np.empty({leg.shape_text(lengths)}, {dtype_text(dtype)})")
    inner = Nest(names[len(kept):], a.lengths[len(kept):], [_gather(total, step, value, dtype)], leg.loc)
    place = ", ".join(map(str, target))
    body: list[Any] = [Line(f"{total} = {first}", leg.loc), inner, Line(f"{out}[{place}] = {total}", leg.loc)]
    for axis in reversed(kept):
        body = [Block(f"for {names[axis]} in range({a.lengths[axis]}):", body, leg.loc)]
    leg.items += body


def _columns(leg: Any, out: str, a: ArrayValue, names: tuple[str, ...], lengths: tuple[Affine, ...],
             target: tuple[Affine, ...], value: Code, dtype: Any, first: str, step: str) -> None:
    """Results are updated in memory, so that the elements are read in the order in which they stand."""
    leg.line(f"{out} = np.full({leg.shape_text(lengths)}, {cast_text(first, dtype)})")
    place = f"{out}[{', '.join(map(str, target))}]"
    if step == SUM:
        leg.items.append(Nest(names, a.lengths, [Store(out, target, value, "+=")], leg.loc))
    else:
        leg.items.append(Nest(names, a.lengths, [Gather(out, step.format(name=place), value)], leg.loc))


def _operand(leg: Any, a: Any) -> Any:
    a = leg.operand(a)
    return scalar_array(a) if isinstance(a, Number) else a


def count_text(a: ArrayValue, axes: tuple[int, ...]) -> str:
    return " * ".join(f"({a.lengths[k]})" for k in axes) or "1"


def summed(leg: Any, call: Any, a: Any, axis: Any = None, keepdims: Any = None, **more: Any) -> Any:
    if set(more) - {"dtype"}:
        leg.refuse(f"these parameters of `{call.prim.name}`")
    a, dtype = _operand(leg, a), leg.dtype_of(call.out)
    zero = leg.cast(leg.constant(0), dtype).code.text
    return reduce(leg, a, axes_of(axis, a.rank), flag(keepdims), dtype, zero, SUM)


rule(np.sum, "ndarray.sum")(summed)


@rule(builtins.sum)
def sum_of(leg: Any, call: Any, items: Any, start: Any = None) -> Any:
    if isinstance(items, ListValue):
        from .growing import gathered

        return gathered(leg, call, items, start)
    if isinstance(items, TupleValue):
        total = start if start is not None else None
        for item in items.items:
            from .elementwise import pattern

            total = item if total is None else pattern("({} + {})")(leg, call, total, item)
        return total if total is not None else leg.constant(0)
    return summed(leg, call, items, leg.constant(0))


@rule(np.prod, "ndarray.prod")
def prod(leg: Any, call: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Any:
    a, dtype = _operand(leg, a), leg.dtype_of(call.out)
    one = leg.cast(leg.constant(1), dtype).code.text
    return reduce(leg, a, axes_of(axis, a.rank), flag(keepdims), dtype, one, PRODUCT)


@rule(np.mean, "ndarray.mean")
def mean(leg: Any, call: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: Any = None) -> Any:
    a, dtype = _operand(leg, a), leg.dtype_of(call.out)
    axes = axes_of(axis, a.rank)
    zero = leg.cast(leg.constant(0), dtype).code.text
    total = reduce(leg, a, axes, flag(keepdims), dtype, zero, SUM)
    return divided(leg, total, count_text(a, axes), dtype)


def divided(leg: Any, total: Any, count: str, dtype: Any) -> Any:
    from .values import combine, natural

    cast = (lambda code: code) if natural(dtype) else (lambda code: combine(f"{dtype_text(dtype)}({{}})", code))
    if isinstance(total, Number):
        return Number(cast(combine(f"({{}} / ({count}))", total.code)), dtype, False)
    return ArrayValue(total.lengths, dtype, lambda index: cast(combine(f"({{}} / ({count}))", total.element(index))))


@rule(np.var, np.std, "ndarray.var", "ndarray.std")
def var(leg: Any, call: Any, a: Any, axis: Any = None, ddof: Any = None, keepdims: Any = None, **more: Any) -> Any:
    from .values import combine

    if more:
        leg.refuse(f"these parameters of `{call.prim.name}`")
    a, dtype = _operand(leg, a), leg.dtype_of(call.out)
    axes = axes_of(axis, a.rank)
    a = leg.whole(a) if a.rank else a
    zero = leg.cast(leg.constant(0), dtype).code.text
    center = divided(leg, reduce(leg, a, axes, True, dtype, zero, SUM), count_text(a, axes), dtype)
    if isinstance(center, ArrayValue):
        center = leg.whole(center, "center") if any(k not in axes for k in range(a.rank)) else _scalar(leg, center)

    def element(index: Any) -> Code:
        if isinstance(center, Number):
            return combine("(({0} - {1}) * ({0} - {1}))", a.element(index), center.code)
        own = center.element(tuple(Affine(0) if k in axes else p for k, p in enumerate(index)))
        return combine("(({0} - {1}) * ({0} - {1}))", a.element(index), own)

    total = reduce(leg, ArrayValue(a.lengths, dtype, element), axes, flag(keepdims), dtype, zero, SUM)
    removed = ddof.code.text if isinstance(ddof, Number) else "0"
    result = divided(leg, total, f"{count_text(a, axes)} - {removed}", dtype)
    if "std" not in call.prim.name:
        return result
    if isinstance(result, Number):
        return Number(combine("np.sqrt({})", result.code), dtype, False)
    return ArrayValue(result.lengths, dtype, lambda index: combine("np.sqrt({})", result.element(index)))


def _scalar(leg: Any, value: ArrayValue) -> Number:
    name = leg.fresh("center")
    leg.line(f"{name} = {value.element((Affine(0),) * value.rank)}")
    return Number(Code(name), value.dtype, False)


@rule(np.max, np.min, "ndarray.max", "ndarray.min", np.amax, np.amin)
def extremum(leg: Any, call: Any, a: Any, axis: Any = None, keepdims: Any = None, **more: Any) -> Any:
    if more:
        leg.refuse(f"these parameters of `{call.prim.name}`")
    a, dtype = _operand(leg, a), leg.dtype_of(call.out)
    axes = axes_of(axis, a.rank)
    for k in axes:
        if not leg.facts.nonnegative(a.lengths[k] - 1):
            leg.line(f'if {a.lengths[k]} == 0: raise ValueError("zero-size array to reduction operation")')
    largest = "max" in call.prim.name
    if dtype.kind == "f":
        first = "-np.inf" if largest else "np.inf"
    elif dtype.kind == "b":
        first = str(not largest)
    else:
        first = str(np.iinfo(dtype).min if largest else np.iinfo(dtype).max)
    return reduce(leg, a, axes, flag(keepdims), dtype, cast_text(first, dtype), LARGER if largest else SMALLER)


@rule(np.any, np.all, "ndarray.any", "ndarray.all", np.count_nonzero)
def truths(leg: Any, call: Any, a: Any, axis: Any = None, keepdims: Any = None) -> Any:
    a = _operand(leg, a)
    axes = axes_of(axis, a.rank)
    test = lambda code: leg.cast_code(code, a.dtype, np.dtype("?"))
    if call.prim.fn is np.count_nonzero:
        return reduce(leg, a, axes, flag(keepdims), np.dtype("i8"), "0", SUM, test)
    every = "all" in call.prim.name
    step = "if not {{value}}: {name} = False" if every else "if {{value}}: {name} = True"
    return reduce(leg, a, axes, flag(keepdims), np.dtype("?"), str(every), step, test)


@rule(np.argmax, np.argmin, "ndarray.argmax", "ndarray.argmin")
def argmax(leg: Any, call: Any, a: Any, axis: Any = None) -> Any:
    a = leg.whole(leg.operand(a))
    name = "argmax" if "argmax" in call.prim.name else "argmin"
    if axis is None or isinstance(axis, Constant) or a.rank == 1:
        return Number(Code(f"np.{name}({a.buffer})"), np.dtype("i8"), False)
    axis_ = axes_of(axis, a.rank)[0]
    names = leg.axes(a.rank)
    places = tuple(map(Affine.of, names))
    lengths = tuple(n for k, n in enumerate(a.lengths) if k != axis_)
    out, best = leg.result_name(), leg.fresh("best")
    leg.line(f"{out} = np.empty({leg.shape_text(lengths)}, np.int64)")
    current = a.element(tuple(Affine.of(best) if k == axis_ else p for k, p in enumerate(places)))
    value = a.element(places)
    sign = ">" if name == "argmax" else "<"
    test = f"if {value} {sign} {current} or ({value} != {value} and {current} == {current}): {best} = {names[axis_]}"
    place = ", ".join(n for k, n in enumerate(names) if k != axis_)
    body: list[Any] = [Line(f"{best} = 0"), Block(f"for {names[axis_]} in range({a.lengths[axis_]}):", [Line(test)]),
                       Line(f"{out}[{place}] = {best}")]
    for k in reversed([k for k in range(a.rank) if k != axis_]):
        body = [Block(f"for {names[k]} in range({a.lengths[k]}):", body, leg.loc)]
    leg.items += body
    return leg.buffer(out, lengths, np.dtype("i8"), True)


@rule(np.cumsum, np.cumprod, "ndarray.cumsum", "ndarray.cumprod")
def cumulate(leg: Any, call: Any, a: Any, axis: Any = None) -> Any:
    a = leg.operand(a)
    dtype = leg.dtype_of(call.out)
    if axis is None or isinstance(axis, Constant):
        if a.rank != 1:
            leg.refuse(f"`{call.prim.name}` without an axis")
        axis_ = 0
    else:
        axis_ = axes_of(axis, a.rank)[0]
    names = leg.axes(a.rank)
    places = tuple(map(Affine.of, names))
    out, total = leg.result_name(), leg.fresh("total")
    sign, first = ("+=", 0) if "sum" in call.prim.name else ("*=", 1)
    start = leg.cast(leg.constant(first), dtype).code.text
    leg.line(f"{out} = np.empty({leg.shape_text(a.lengths)}, {dtype_text(dtype)})")
    inner = [Line(f"{total} {sign} {leg.cast_code(a.element(places), a.dtype, dtype)}", leg.loc),
             Line(f"{out}[{', '.join(names)}] = {total}", leg.loc)]
    body: list[Any] = [Line(f"{total} = {start}", leg.loc),
                       Block(f"for {names[axis_]} in range({a.lengths[axis_]}):", inner, leg.loc)]
    for k in reversed([k for k in range(a.rank) if k != axis_]):
        body = [Block(f"for {names[k]} in range({a.lengths[k]}):", body, leg.loc)]
    leg.items += body
    return leg.buffer(out, a.lengths, dtype, True)


@rule(shapes.unbroadcast, view=True)
def unbroadcast(leg: Any, call: Any, x: Any, shape: Any) -> Any:
    """Sum over the axes along which an operand of `shape` was stretched."""
    x = leg.operand(x)
    wanted = tuple(leg.as_affine(n, "n") for n in shape.items)
    if isinstance(x, Number):
        return x
    extra = x.rank - len(wanted)
    axes = list(range(extra))
    unsure: list[tuple[int, Affine]] = []
    for k, (own, other) in enumerate(zip(x.lengths[extra:], wanted, strict=True), extra):
        one, two = leg.facts.same(own), leg.facts.same(other)
        if two == Affine(1) and one != Affine(1):
            axes.append(k)
        elif one != two:
            unsure.append((k, two))
    if unsure and leg.general:
        return _unbroadcast_at_run(leg, x, extra, wanted, dict(unsure))
    for k, two in unsure:
        leg.must_be_equal(x.lengths[k], two, f'BufferError("{leg.STRETCHED}")')
    if not axes:
        return x
    dtype = x.dtype
    zero = leg.cast(leg.constant(0), dtype).code.text
    total = reduce(leg, x, tuple(axes), False, dtype, zero, SUM)
    if isinstance(total, Number) or len(wanted) == total.rank:
        if isinstance(total, Number) and wanted:
            return ArrayValue(wanted, dtype, lambda index: total.code)
        return total
    kept = [k for k in range(len(wanted)) if k + extra not in axes]
    return ArrayValue(wanted, dtype, lambda index: total.element(tuple(index[k] for k in kept)))


def _unbroadcast_at_run(leg: Any, x: ArrayValue, extra: int, wanted: tuple[Affine, ...], unsure: dict[int, Affine]
                        ) -> ArrayValue:
    """Each element is added where it came from: whether an axis was stretched is only known at run time."""
    out = leg.result_name()
    leg.line(f"{out} = np.full({leg.shape_text(wanted)}, {leg.cast(leg.constant(0), x.dtype).code})")
    names = leg.axes(x.rank)
    places = tuple(map(Affine.of, names))
    target: list[Any] = []
    for k, place in enumerate(places[extra:], extra):
        own = leg.facts.same(wanted[k - extra])
        target.append(Affine(0) if own == Affine(1) else f"({place} if {own} != 1 else 0)" if k in unsure else place)
    leg.nest(names, x.lengths, out, tuple(target), x.element(places), "+=")
    made: ArrayValue = leg.buffer(out, wanted, x.dtype, True)
    return made


__all__ = ["reduce", "unbroadcast"]
