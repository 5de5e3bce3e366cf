"""Kinds of the runtime helpers that return several arrays: the parts of what was joined, of grids, of Einstein sums.

A result of unknown kind would be taken for one array; so each of these says how many it returns, where that is known.
"""

from __future__ import annotations

from typing import Any

from .abstract import MISSING, axes_of, kind, number_or_array, numeric, shape_of, shape_or_none, value_of
from .infer_helpers import filled, given, helper, inexact, shape_kind
from .infer_shaping import reshaped
from .kinds import F8, UNKNOWN, Array, Dim, Kind, ListOf, TupleOf
from .lengths import NotInferable


@helper("shapes.shapes_of")
def shapes_of(parts: Any) -> Kind:
    known = kind(parts)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    return TupleOf(tuple(_shape_of_part(part) for part in known.items))


def _shape_of_part(part: Kind) -> Kind:
    shape = shape_or_none(numeric(part))
    return UNKNOWN if shape is None else shape_kind(shape)


def _shapes(shapes: Any) -> list[tuple[Dim, ...] | None]:
    """The shapes that a tuple holds, None for each that is not known."""
    known = kind(shapes)
    if not isinstance(known, TupleOf):
        raise NotInferable("shapes that are not known")
    return [given(shape) for shape in known.items]


@helper("shapes.split_like", "shapes.split_joined")
def split_like(x: Any, shapes: Any, axis: Any) -> Kind:
    dtype = numeric(x).dtype
    return TupleOf(tuple(Array(dtype, shape) for shape in _shapes(shapes)))


@helper("indexing.nested_shapes")
def nested_shapes(arrays: Any) -> Kind:
    known = kind(arrays)
    if isinstance(known, TupleOf) and known.type is list:
        return TupleOf(tuple(map(nested_shapes, known.items)), list)
    return UNKNOWN if isinstance(known, ListOf) or type(known) is Kind else _shape_of_part(known)


@helper("indexing.block_pieces")
def block_pieces(x: Any, shapes: Any) -> Kind:
    pieces = _leaf_shapes(kind(shapes))
    return UNKNOWN if pieces is None else TupleOf(tuple(filled(numeric(x).dtype, given(s)) for s in pieces))


def _leaf_shapes(shapes: Kind) -> list[Kind] | None:
    """The shapes in nested lists, in order; None where their number is not known."""
    if not isinstance(shapes, TupleOf) or shapes.type is not list:
        return None if isinstance(shapes, ListOf) else [shapes]
    parts = [_leaf_shapes(item) for item in shapes.items]
    return None if any(part is None for part in parts) else [leaf for part in parts for leaf in part or ()]


@helper("indexing.block_of")
def block_of(pieces: Any, shapes: Any) -> Kind:
    known = kind(pieces)
    dtypes = {numeric(item).dtype for item in known.items} if isinstance(known, TupleOf) else set()
    return Array(dtypes.pop() if len(dtypes) == 1 else None, None)


@helper("shapes.reshape_each")
def reshape_each(xs: Any, shapes: Any) -> Kind:
    return _each(xs, shapes, exact=True)


@helper("shapes.unbroadcast_each", "shapes.broadcast_each")
def unbroadcast_each(xs: Any, shapes: Any) -> Kind:
    return _each(xs, shapes, exact=False)


def _each(xs: Any, shapes: Any, exact: bool) -> Kind:
    known = kind(xs)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    pairs = zip(known.items, _shapes(shapes), strict=True)
    return TupleOf(tuple(
        reshaped(x, shape_kind(shape)) if exact and shape is not None else filled(inexact(x), shape)
        for x, shape in pairs))  # fmt: skip


@helper("indexing.chosen")
def chosen(x: Any, conditions: Any, shapes: Any) -> Kind:
    return TupleOf(tuple(filled(inexact(x), shape) for shape in _shapes(shapes)))


@helper("shapes.sum_off_axis")
def sum_off_axis(xs: Any, indexing: Any) -> Kind:
    known = kind(xs)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    own: list[int] = list(range(len(known.items)))
    if value_of(indexing) is MISSING:
        return TupleOf(tuple(Array(inexact(x), None) for x in known.items))
    if value_of(indexing) == "xy" and len(own) > 1:
        own[:2] = [1, 0]
    shapes = [shape_or_none(numeric(x)) for x in known.items]
    return TupleOf(tuple(filled(inexact(x), None if shape is None else (shape[k],))
                         for x, shape, k in zip(known.items, shapes, own, strict=True)))


@helper("shapes.unstack")
def unstack(x: Any, axis: Any = 0) -> Kind:
    known, shape = numeric(x), shape_of(x)
    along = axes_of(axis, len(shape))[0]
    count = shape[along]
    if not isinstance(count, int) or count > 64:
        return UNKNOWN
    return TupleOf((number_or_array(known.dtype, shape[:along] + shape[along + 1 :]),) * count)


@helper("contraction.einsum_cotangents")
def einsum_cotangents(g: Any, subscripts: Any, operands: Any, moved: Any = ()) -> Kind:
    known = kind(operands)
    if not isinstance(known, TupleOf) or len(known.items) < 1:
        return UNKNOWN
    parts = [numeric(item) for item in known.items]
    dtypes = {part.dtype for part in (*parts, numeric(g))}
    dtype = parts[0].dtype if len(dtypes) == 1 else None
    return TupleOf(tuple(filled(dtype, shape_or_none(part)) for part in parts))


@helper("contraction.add_each")
def add_each(first: Any, second: Any) -> Kind:
    """The parts of the second have the shapes of the first one's."""
    known, other = kind(first), kind(second)
    if not isinstance(known, TupleOf) or not isinstance(other, TupleOf):
        return UNKNOWN
    pairs = zip(known.items, other.items, strict=True)
    return TupleOf(tuple(filled(inexact(x, y), shape_or_none(numeric(x))) for x, y in pairs))


@helper("contraction.replaced_cotangents")
def replaced_cotangents(g: Any, subscripts: Any, operands: Any, moved: Any, t_moved: Any) -> Kind:
    return einsum_cotangents(g, subscripts, operands)


@helper("contraction.einsum_moved_cotangents")
def einsum_moved_cotangents(g: Any, subscripts: Any, operands: Any, moved: Any) -> Kind:
    known = kind(moved)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    return TupleOf(tuple(einsum_cotangents(g, subscripts, operands) for _ in known.items))


@helper("shapes.with_zeros")
def with_zeros(first: Any, results: Any) -> Kind:
    known = kind(results)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    return TupleOf((kind(first), *(Array(F8, shape_or_none(numeric(part))) for part in known.items[1:])))
