"""Arrays put together of others, and taken apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...runtime import shapes
from .affine import Affine
from .registry import rule
from .shaping import axes_of, expand_dims, permuted
from .values import ArrayValue, Constant, ListValue, Number, Rows, TupleValue, dtype_text, shifted


def scalar_row(number: Number) -> ArrayValue:
    return ArrayValue((Affine(1),), number.dtype, lambda index: number.code)


@rule(np.concatenate, np.stack, np.hstack, np.vstack)
def concatenate(leg: Any, call: Any, parts: Any, axis: Any = None, **more: Any) -> Any:
    if isinstance(parts, ListValue) and call.prim.fn is np.stack and (axis is None or axis.const == 0):
        return leg.as_array(parts)
    if not isinstance(parts, TupleValue):
        leg.refuse("a number of arrays that is not known")
    values = [leg.operand(p) for p in parts.items]
    rank = len(call.out.kind.shape)
    along = 0 if axis is None else axis.const % rank
    if call.prim.fn is np.hstack:
        along = 0 if rank == 1 else 1
    if call.prim.fn is np.stack:
        values = [expand_dims(leg, call, v, leg.constant(along)) for v in values]
    elif call.prim.fn is np.vstack:
        values = [expand_dims(leg, call, v, leg.constant(0)) if isinstance(v, Number) or v.rank == 1 else v
                  for v in values]
    elif call.prim.fn is np.hstack:
        values = [scalar_row(v) if isinstance(v, Number) else v for v in values]
    for axis_ in range(rank):
        if axis_ != along:
            for value in values[1:]:
                leg.must_be_equal(values[0].lengths[axis_], value.lengths[axis_],
                                  'ValueError("all the input array dimensions must match")')
    total = Affine()
    for value in values:
        total = total + value.lengths[along]
    lengths = tuple(total if k == along else n for k, n in enumerate(values[0].lengths))
    name, dtype = leg.result_name(), leg.dtype_of(call.out)
    leg.line(f"{name} = np.empty({leg.shape_text(lengths)}, {dtype_text(dtype)})")
    index = leg.axes(rank)
    start = Affine()
    for value in values:
        places = tuple(map(Affine.of, index))
        target = tuple(p + start if k == along else p for k, p in enumerate(places))
        code = leg.cast_code(value.element(places), value.dtype, dtype)
        leg.nest(index, value.lengths, name, target, code)
        start = start + value.lengths[along]
    return leg.buffer(name, lengths, dtype, True)


@rule(shapes.unstack)
def unstack(leg: Any, call: Any, x: Any, axis: Any = None) -> Any:
    along = axes_of(axis, x.rank)[0] if axis is not None else 0
    rows = permuted(leg, leg.whole(x), (along, *(k for k in range(x.rank) if k != along)))
    if len(call.outs) == 1:
        return Rows(rows)
    leg.must_be_equal(rows.lengths[0], Affine(len(call.outs)), 'ValueError("stacked arrays of another number")')
    return TupleValue(tuple(_row(rows, k) for k in range(len(call.outs))))


def _row(rows: ArrayValue, k: int) -> Any:
    """rows[k]"""
    if rows.rank == 1:
        return Number(rows.element((Affine(k),)), rows.dtype, False)
    return ArrayValue(rows.lengths[1:], rows.dtype, lambda index: rows.element((Affine(k), *index)))


@rule(shapes.split_like)
def split_like(leg: Any, call: Any, x: Any, pieces: Any, axis: Any) -> Any:
    """The pieces of a joined cotangent, each of its part's shape: views."""
    x = leg.operand(x)
    flat = isinstance(axis, Constant)
    if flat and x.rank != 1:
        leg.refuse("the pieces of arrays that were flattened")
    along = 0 if flat else axis.const % x.rank
    start, made = Affine(), []
    for piece in pieces.items:
        lengths = tuple(leg.as_affine(n, "n") for n in piece.items)
        if flat and len(lengths) != 1:
            leg.refuse("the pieces of arrays that were flattened")
        made.append(_piece(x, lengths, along, start))
        start = start + lengths[along]
    return TupleValue(tuple(made))


def _piece(x: ArrayValue, lengths: tuple[Affine, ...], along: int, start: Affine) -> ArrayValue:
    return ArrayValue(lengths, x.dtype, lambda index: x.element(
        tuple(shifted(i, start) if k == along else i for k, i in enumerate(index))))
