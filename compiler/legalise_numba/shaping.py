"""New arrays, and the same elements in another shape."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...runtime import shapes
from .affine import Affine
from .registry import lengths_number, rule
from .values import ArrayValue, Code, Constant, ListValue, Number, TupleValue, dtype_text, text_of


def lengths_from(leg: Any, shape: Any) -> tuple[Affine, ...]:
    """A shape argument as lengths."""
    items = shape.items if isinstance(shape, TupleValue) else (shape,)
    made = []
    for item in items:
        if not isinstance(item, Number) or item.dtype.kind not in "iu":
            leg.refuse("a shape that is not made of integers")
        length = leg.as_affine(item, "n")
        if not leg.facts.nonnegative(length):
            leg.line(f'if {length} < 0: raise ValueError("negative dimensions are not allowed")')
            leg.facts.learn(length)
        made.append(length)
    return tuple(made)


def scalar_array(number: Number) -> ArrayValue:
    """A number as an array without axes."""
    return ArrayValue((), number.dtype, lambda index: number.code)


def filled(leg: Any, lengths: tuple[Affine, ...], value: Number, dtype: Any) -> Any:
    """An array of one number: by elements, and as text that makes it."""
    value = leg.cast(value, dtype)
    if not lengths:
        return value
    shape = leg.shape_text(lengths)
    if value.const is not None and value.const in (0, 1):
        text = f"np.{'zeros' if value.const == 0 else 'ones'}({shape}, {dtype_text(dtype)})"
    else:
        text = f"np.full({shape}, {value.code})"
    return ArrayValue(lengths, dtype, lambda index: value.code, None, text, True)


def _number(leg: Any, value: float, dtype: Any) -> Number:
    made: Number = leg.cast(leg.constant(value), dtype)
    made.const = value
    return made


@rule(np.zeros, np.empty, element=True)
def zeros(leg: Any, call: Any, shape: Any, dtype: Any = None, order: Any = None) -> Any:
    made = leg.dtype_of(call.out)
    return filled(leg, lengths_from(leg, shape), _number(leg, 0, made), made)


@rule(np.ones, element=True)
def ones(leg: Any, call: Any, shape: Any, dtype: Any = None) -> Any:
    made = leg.dtype_of(call.out)
    return filled(leg, lengths_from(leg, shape), _number(leg, 1, made), made)


@rule(np.full, element=True)
def full(leg: Any, call: Any, shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    if not isinstance(fill_value, Number):
        leg.refuse("`np.full` of what is no number")
    return filled(leg, lengths_from(leg, shape), fill_value, leg.dtype_of(call.out))


@rule(np.zeros_like, np.empty_like, np.ones_like, np.full_like, element=True)
def like(leg: Any, call: Any, a: Any, fill_value: Any = None, dtype: Any = None, order: Any = None, subok: Any = None
         ) -> Any:
    made = leg.dtype_of(call.out)
    if call.prim.fn is not np.full_like:
        number = _number(leg, 1 if call.prim.fn is np.ones_like else 0, made)
    elif isinstance(fill_value, Number):
        number = fill_value
    else:
        leg.refuse("`np.full_like` of what is no number")
    return filled(leg, a.lengths if isinstance(a, ArrayValue) else (), number, made)


@rule(np.eye, np.identity, element=True)
def eye(leg: Any, call: Any, n: Any, m: Any = None, k: Any = None, dtype: Any = None) -> Any:
    rows = lengths_from(leg, n)[0]
    columns = rows if m is None or isinstance(m, Constant) else lengths_from(leg, m)[0]
    offset = 0 if k is None else k.const
    one, zero = (leg.cast(leg.constant(v), leg.dtype_of(call.out)).code for v in (1, 0))

    def element(index: Any) -> Code:
        return Code(f"({one} if {text_of(index[1])} == {text_of(index[0])} + {offset} else {zero})")

    return ArrayValue((rows, columns), leg.dtype_of(call.out), element)


@rule(np.arange, element=True)
def arange(leg: Any, call: Any, start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Any:
    made = leg.dtype_of(call.out)
    if stop is None or isinstance(stop, Constant):
        start, stop = leg.constant(0), start
    step = leg.constant(1) if step is None or isinstance(step, Constant) else step
    if all(isinstance(v, Number) and v.dtype.kind in "iu" for v in (start, stop, step)) and step.const == 1:
        count = leg.clip(leg.as_affine(stop, "stop") - leg.as_affine(start, "start"))
    else:
        count = leg.local(("arange", start.code.text, stop.code.text, step.code.text),
                          f"max(int(np.ceil(({stop.code} - {start.code}) / {step.code})), 0)", "n")
        leg.facts.lengths |= count.names

    def element(index: Any) -> Code:
        code = Code(f"({start.code} + {step.code} * ({text_of(index[0])}))", start.code.loads + step.code.loads)
        return leg.cast_code(code, np.dtype("i8") if made.kind == "i" else np.dtype("f8"), made)  # type: ignore[no-any-return]

    return ArrayValue((count,), made, element)


@rule(np.linspace, element=True)
def linspace(leg: Any, call: Any, start: Any, stop: Any, num: Any = None, endpoint: Any = None) -> Any:
    count = lengths_from(leg, leg.constant(50) if num is None else num)[0]
    last = count if endpoint is not None and endpoint.const is False else count - 1
    name = leg.fresh("step")
    leg.line(f"{name} = ({stop.code} - {start.code}) / max({last}, 1)")

    def element(index: Any) -> Code:
        at = text_of(index[0])
        if last == count:
            return Code(f"({start.code} + ({at}) * {name})")
        return Code(f"({stop.code} if {at} == {last} and {at} > 0 else {start.code} + ({at}) * {name})")

    return ArrayValue((count,), leg.dtype_of(call.out), element)


# --- facts of an array ------------------------------------------------------------------------------------------------

@rule("ndarray.shape", np.shape)
def shape_of(leg: Any, call: Any, a: Any) -> Any:
    return TupleValue(tuple(map(lengths_number, a.lengths if isinstance(a, ArrayValue) else ())))


@rule("ndarray.size", np.size)
def size_of(leg: Any, call: Any, a: Any, axis: Any = None) -> Any:
    if not isinstance(a, ArrayValue):
        return leg.constant(1)
    if axis is not None and not isinstance(axis, Constant):
        return lengths_number(a.lengths[axis.const])
    if a.rank == 1:
        return lengths_number(a.lengths[0])
    return Number(Code(f"({' * '.join(f'({n})' for n in a.lengths)})"), np.dtype("i8"), True)


@rule("ndarray.ndim", np.ndim)
def ndim_of(leg: Any, call: Any, a: Any) -> Any:
    return leg.constant(a.rank if isinstance(a, ArrayValue) else 0)


@rule(builtins.len)
def len_of(leg: Any, call: Any, a: Any) -> Any:
    if isinstance(a, ListValue):
        from .growing import length_of

        return length_of(leg, a)
    if isinstance(a, TupleValue):
        return leg.constant(len(a.items))
    return lengths_number(a.lengths[0])


@rule(shapes.count_along)
def count_along(leg: Any, call: Any, shape: Any, axis: Any) -> Any:
    lengths = lengths_from(leg, shape)
    chosen = lengths if isinstance(axis, Constant) else [lengths[k] for k in axes_of(axis, len(lengths))]
    if len(chosen) == 1:
        return lengths_number(chosen[0])
    return Number(Code(f"({' * '.join(f'({n})' for n in chosen) or '1'})"), np.dtype("i8"), True)


@rule(shapes.kept_shape)
def kept_shape(leg: Any, call: Any, shape: Any, axis: Any) -> Any:
    axes = axes_of(axis, len(shape.items))
    return TupleValue(tuple(leg.constant(1) if k in axes else n for k, n in enumerate(shape.items)))


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """Literal axes, counted from the front; None is all of them."""
    if axis is None or (isinstance(axis, Constant) and axis.value is None):
        return tuple(range(rank))
    numbers = [i.const for i in axis.items] if isinstance(axis, TupleValue) else [axis.const]
    if None in numbers:
        raise TypeError("an axis that is not a literal")
    return tuple(int(n) % rank for n in numbers)


# --- the same elements ------------------------------------------------------------------------------------------------

def permuted(leg: Any, a: ArrayValue, axes: tuple[int, ...]) -> ArrayValue:
    """The array with its axes in this order."""
    back = {axis: place for place, axis in enumerate(axes)}
    text = f"{a.text}.T" if a.rank == 2 and axes == (1, 0) and a.text is not None and not a.fresh else None
    return ArrayValue(tuple(a.lengths[k] for k in axes), a.dtype,
                      lambda index: a.element(tuple(index[back[k]] for k in range(len(axes)))), None, text)


@rule("ndarray.T", np.transpose, "ndarray.transpose", "ndarray.mT", view=True)
def transpose(leg: Any, call: Any, a: Any, *axes: Any) -> Any:
    a = leg.operand(a)
    if isinstance(a, Number):
        return a
    order = tuple(reversed(range(a.rank)))
    if call.prim.name == "ndarray.mT":
        order = (*range(a.rank - 2), a.rank - 1, a.rank - 2)
    if axes and not isinstance(axes[0], Constant):
        given = axes[0].items if isinstance(axes[0], TupleValue) else axes
        order = tuple(int(n.const) % a.rank for n in given)
    return permuted(leg, a, order)


@rule(np.swapaxes, "ndarray.swapaxes", view=True)
def swapaxes(leg: Any, call: Any, a: Any, one: Any, two: Any) -> Any:
    order = list(range(a.rank))
    i, j = one.const % a.rank, two.const % a.rank
    order[i], order[j] = order[j], order[i]
    return permuted(leg, a, tuple(order))


@rule(np.moveaxis, view=True)
def moveaxis(leg: Any, call: Any, a: Any, source: Any, destination: Any) -> Any:
    sources, targets = axes_of(source, a.rank), axes_of(destination, a.rank)
    order = [k for k in range(a.rank) if k not in sources]
    for target, one in sorted(zip(targets, sources, strict=True)):
        order.insert(target, one)
    return permuted(leg, a, tuple(order))


@rule(np.expand_dims, view=True)
def expand_dims(leg: Any, call: Any, a: Any, axis: Any) -> Any:
    a = leg.operand(a)
    old = a.lengths if isinstance(a, ArrayValue) else ()
    numbers = [i.const for i in axis.items] if isinstance(axis, TupleValue) else [axis.const]
    rank = len(old) + len(numbers)
    added = {n % rank for n in numbers}
    remaining = iter(old)
    lengths = tuple(Affine(1) if k in added else next(remaining) for k in range(rank))
    if isinstance(a, Number):
        return ArrayValue(lengths, a.dtype, lambda index: a.code)
    return ArrayValue(lengths, a.dtype, lambda index: a.element(
        tuple(i for k, i in enumerate(index) if k not in added)))


@rule(np.squeeze, "ndarray.squeeze", view=True)
def squeeze(leg: Any, call: Any, a: Any, axis: Any = None) -> Any:
    if axis is None or isinstance(axis, Constant):
        kind = call.out.kind
        rank = len(kind.shape) if hasattr(kind, "shape") else 0
        gone = {k for k, n in enumerate(a.lengths) if leg.facts.same(n) == Affine(1)}
        if a.rank - len(gone) != rank:
            leg.refuse("`np.squeeze` without an axis")
    else:
        gone = set(axes_of(axis, a.rank))
    for k in gone:
        leg.must_be_equal(a.lengths[k], Affine(1), 'ValueError("cannot select an axis to squeeze out")')
    kept = [k for k in range(a.rank) if k not in gone]

    def element(index: Any) -> Code:
        places = iter(index)
        return a.element(tuple(next(places) if k in kept else Affine(0) for k in range(a.rank)))  # type: ignore[no-any-return]

    if not kept:
        return Number(element(()), a.dtype, False)
    return ArrayValue(tuple(a.lengths[k] for k in kept), a.dtype, element)


@rule(np.flip, np.flipud, np.fliplr, view=True)
def flip(leg: Any, call: Any, m: Any, axis: Any = None) -> Any:
    axes = axes_of(axis, m.rank)
    if call.prim.fn is not np.flip:
        axes = (0,) if call.prim.fn is np.flipud else (1,)

    def element(index: Any) -> Code:
        return m.element(tuple(  # type: ignore[no-any-return]
            (m.lengths[k] - 1 - i if isinstance(i, Affine) else f"{m.lengths[k] - 1} - ({i})") if k in axes else i
            for k, i in enumerate(index)))

    return ArrayValue(m.lengths, m.dtype, element)


@rule(np.broadcast_to, view=True)
def broadcast_to(leg: Any, call: Any, a: Any, shape: Any) -> Any:
    lengths = lengths_from(leg, shape)
    a = leg.operand(a)
    if isinstance(a, Number):
        return ArrayValue(lengths, a.dtype, lambda index: a.code)
    for own, wanted in zip(a.lengths, lengths[len(lengths) - a.rank:], strict=True):
        if leg.facts.same(own) != Affine(1):
            leg.meet(wanted, own)
    return ArrayValue(lengths, a.dtype, lambda index: a.element(leg.index_in(a.lengths, lengths, index)))


@rule(np.reshape, "ndarray.reshape", np.ravel, "ndarray.ravel", "ndarray.flatten")
def reshape(leg: Any, call: Any, a: Any, *shape: Any, **more: Any) -> Any:
    if set(more) - {"shape", "newshape"}:
        leg.refuse("`order=`")
    a = leg.operand(a)
    if isinstance(a, Number):
        a = scalar_array(a)
    given = more.get("shape", more.get("newshape", shape[0] if len(shape) == 1 else TupleValue(shape)))
    items = given.items if isinstance(given, TupleValue) else (given,)
    if not shape and not more:
        items = (leg.constant(-1),)
    total = " * ".join(f"({n})" for n in a.lengths) or "1"
    lengths: list[Affine] = []
    rest = [i for i in items if not (i.affine is not None and i.affine == Affine(-1))]
    others = [leg.as_affine(i, "n") for i in rest]
    for item in items:
        if item.affine is not None and item.affine == Affine(-1):
            known = " * ".join(f"({n})" for n in others)
            if not others and a.rank == 1:
                lengths.append(a.lengths[0])
            else:
                text = f"({total}) // max({known}, 1)" if others else total
                lengths.append(leg.local(("reshape", text), text, "n"))
                leg.facts.lengths |= lengths[-1].names
        else:
            lengths.append(leg.as_affine(item, "n"))
    wanted = " * ".join(f"({n})" for n in lengths) or "1"
    product_known = wanted.replace(" * (1)", "").replace("(1) * ", "") == total
    if sorted(map(str, lengths)) != sorted(map(str, a.lengths)) and not (len(items) == 1 and not others) \
            and not product_known and {wanted, total} != {"1", "(1)"}:
        leg.line(f'if {wanted} != {total}: raise ValueError("cannot reshape array to this shape")')
    whole = leg.store_new(a, leg.fresh("t")) if a.rank else None
    if whole is None:
        return filled(leg, tuple(lengths), Number(a.element(()), a.dtype), a.dtype)
    if not lengths:
        return leg.only_element(whole)
    return ArrayValue(tuple(lengths), a.dtype, _no_elements, None,
                      f"{whole.buffer}.reshape({leg.shape_text(tuple(lengths))})", True)


def _no_elements(index: Any) -> Code:
    raise AssertionError("a reshaped array is read through its buffer")


__all__ = ["axes_of", "broadcast_to", "filled", "lengths_from", "permuted", "reshape"]
