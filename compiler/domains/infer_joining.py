"""Kinds of functions that join arrays and take them apart: concatenate, stack, split, meshgrid, ..."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .abstract import (
    MISSING,
    axis_in,
    broadcast_shape,
    dtype_in,
    flag,
    is_none,
    kind,
    list_dtype,
    numeric,
    same_shape_of,
    shape_or_none,
    value_of,
)
from .infer_elementwise import promoted, rule
from .infer_shaping import atleast_1d, atleast_2d, shaped
from .kinds import Array, Dim, Kind, ListOf, Scalar, Sym, TupleOf
from .lengths import NotInferable, derived, product, slice_length, total


def _parts(arrays: Any) -> list[Any]:
    known = kind(arrays)
    if isinstance(known, TupleOf) and known.items:
        return list(known.items)
    if isinstance(known, Array) and known.shape:
        first = known.shape[0]
        if isinstance(first, int) and 0 < first <= 64:
            return [Array(known.dtype, known.shape[1:])] * first
    raise NotInferable("the number of arrays is not known")


def _joined_dtype(parts: list[Array | Scalar], dtype: Any) -> np.dtype[Any] | None:
    return list_dtype(parts) if is_none(dtype) else dtype_in(dtype)


@rule(np.concatenate, np.concat)
def concatenate(arrays: Any, /, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    known = kind(arrays)
    if isinstance(known, ListOf):
        item = numeric(known.item)
        return Array(item.dtype if is_none(dtype) else dtype_in(dtype), None)
    parts = [numeric(part) for part in _parts(arrays)]
    result = _concatenated(parts, axis, dtype)
    if is_none(axis) and is_none(dtype):
        return replace(result, dtype=promoted(list(parts)))  # here Python numbers are weak
    return result


def _concatenated(parts: list[Array | Scalar], axis: Any, dtype: Any) -> Array:
    result = _joined_dtype(parts, dtype)
    shapes = [shape_or_none(part) for part in parts]
    known = [shape for shape in shapes if shape is not None]
    if is_none(axis):
        if len(known) < len(shapes):
            return Array(result, (Sym(),))
        return Array(result, (total(product(shape) for shape in known),))
    if not known or len(known) < len(shapes) or value_of(axis) is MISSING:
        return Array(result, None)
    return Array(result, _joined_shape(known, axis))


def _joined_shape(shapes: list[tuple[Dim, ...]], axis: Any) -> tuple[Dim, ...]:
    rank = len(shapes[0])
    if rank == 0 or any(len(shape) != rank for shape in shapes):
        raise NotInferable("ranks differ")
    along = axis_in(axis, rank)
    others = same_shape_of([shape[:along] + shape[along + 1 :] for shape in shapes])
    return (*others[:along], total(shape[along] for shape in shapes), *others[along:])


@rule(np.stack)
def stack(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    container = kind(arrays)
    if isinstance(container, ListOf):
        item = numeric(container.item)
        shape = shape_or_none(item)
        result = item.dtype if is_none(dtype) else dtype_in(dtype)
        return Array(result, None if shape is None else _inserted(shape, axis, Sym()))
    parts = [numeric(part) for part in _parts(arrays)]
    result = _joined_dtype(parts, dtype)
    shapes = [shape_or_none(part) for part in parts]
    known = [shape for shape in shapes if shape is not None]
    if not known or len(known) < len(shapes):
        return Array(result, None)
    return Array(result, _inserted(same_shape_of(known), axis, len(parts)))


def _inserted(shape: tuple[Dim, ...], axis: Any, length: Dim) -> tuple[Dim, ...]:
    where = axis_in(axis, len(shape) + 1)
    return (*shape[:where], length, *shape[where:])


@rule(np.vstack)
def vstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Kind:
    return _concatenated([_of(atleast_2d(part)) for part in _parts(tup)], 0, dtype)


@rule(np.hstack)
def hstack(tup: Any, *, dtype: Any = None, casting: Any = None) -> Kind:
    parts = [_of(atleast_1d(part)) for part in _parts(tup)]
    if any(part.shape is None for part in parts):
        return Array(_joined_dtype(list(parts), dtype), None)
    return _concatenated(list(parts), 0 if len(parts[0].shape or ()) == 1 else 1, dtype)


@rule(np.column_stack)
def column_stack(tup: Any) -> Kind:
    parts: list[Array | Scalar] = []
    for part in _parts(tup):
        parts.append(shaped(part, lambda s: s if len(s) >= 2 else (*(s or (1,)), 1)))
    return _concatenated(parts, 1, None)


def _of(known: Kind) -> Array:
    assert isinstance(known, Array), known
    return known


@rule(np.dstack)
def dstack(tup: Any) -> Kind:
    parts: list[Array | Scalar] = [shaped(part, _three_axes) for part in _parts(tup)]
    return _concatenated(parts, 2, None)


def _three_axes(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
    if len(shape) < 2:
        return (1, *(shape or (1,)), 1)
    return (*shape, 1) if len(shape) == 2 else shape


@rule(np.atleast_3d)
def atleast_3d(*arys: Any) -> Kind:
    if len(arys) != 1:
        return TupleOf(tuple(atleast_3d(a) for a in arys))
    return shaped(arys[0], _three_axes)


@rule(np.append)
def append(arr: Any, values: Any, axis: Any = None) -> Kind:
    return _concatenated([numeric(arr), numeric(values)], axis, None)


@rule(np.insert)
def insert(arr: Any, obj: Any, values: Any = None, axis: Any = None) -> Kind:
    known = numeric(arr)
    shape = shape_or_none(known)
    return Array(known.dtype, None if shape is None or not is_none(axis) else (Sym(),))


@rule(np.delete)
def delete(arr: Any, obj: Any, axis: Any = None) -> Kind:
    return insert(arr, obj, None, axis)


@rule(np.block)
def block(arrays: Any) -> Kind:
    """Nested lists are concatenated from the innermost, along the last axis, outwards."""
    known = kind(arrays)
    depth, leaves = _depth(known), _leaves(known)
    ranks = [None if shape is None else len(shape) for shape in map(shape_or_none, leaves)]
    if any(rank is None for rank in ranks):
        return Array(list_dtype(leaves), None)
    return _block(known, depth, max(depth, *[rank or 0 for rank in ranks]))


def _depth(arrays: Kind) -> int:
    return 1 + max(map(_depth, arrays.items), default=0) if isinstance(arrays, TupleOf) and arrays.type is list else 0


def _leaves(arrays: Kind) -> list[Array | Scalar]:
    if isinstance(arrays, TupleOf) and arrays.type is list:
        return [leaf for item in arrays.items for leaf in _leaves(item)]
    return [numeric(arrays)]


def _block(arrays: Kind, depth: int, rank: int) -> Array:
    if isinstance(arrays, TupleOf) and arrays.type is list:
        return _concatenated([_block(item, depth - 1, rank) for item in arrays.items], rank - depth, None)
    return shaped(numeric(arrays), lambda shape: (1,) * (rank - len(shape)) + shape)


@rule(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: Any = False) -> Kind:
    known = [numeric(arg) for arg in args]
    shape = broadcast_shape(list(known))
    return TupleOf(tuple(Array(k.dtype, shape) for k in known))


@rule(np.meshgrid)
def meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Kind:
    known = [numeric(x) for x in xi]
    shapes = [shape_or_none(k) for k in known]
    lengths = [product(shape) for shape in shapes if shape is not None]
    if len(lengths) < len(known) or value_of(indexing) is MISSING or value_of(sparse) is MISSING:
        return TupleOf(tuple(Array(k.dtype, None) for k in known))
    own = list(range(len(lengths)))
    if value_of(indexing) == "xy" and len(lengths) > 1:
        own[:2] = [1, 0]
    if flag(sparse):
        return TupleOf(tuple(Array(k.dtype, tuple(n if i == place else 1 for i in range(len(known))))
                             for k, n, place in zip(known, lengths, own, strict=True)))
    return TupleOf(tuple(Array(k.dtype, tuple(lengths[place] for place in own)) for k in known))


# Taking apart


def _pieces(array: Array, axis: Any, cuts: Any, even: bool) -> Kind:
    if array.shape is None:
        return ListOf(Array(array.dtype, None))
    along = axis_in(axis, len(array.shape))
    length = array.shape[along]
    lengths = _cut(length, value_of(cuts), even)
    before, after = array.shape[:along], array.shape[along + 1 :]
    if lengths is None:
        return ListOf(Array(array.dtype, (*before, Sym(), *after)))
    return TupleOf(tuple(Array(array.dtype, (*before, n, *after)) for n in lengths), list)


def _cut(length: Dim, cuts: Any, even: bool) -> list[Dim] | None:
    """The lengths of the pieces: of equal ones, or between literal places."""
    if isinstance(cuts, (int, np.integer)) and 0 < cuts <= 256:
        if not even and not isinstance(length, int):
            return [derived("piece", length, int(cuts), i) for i in range(cuts)]
        if isinstance(length, int):
            return [len(part) for part in np.array_split(np.empty(length), cuts)]
        return [derived("part", length, int(cuts))] * int(cuts)
    if isinstance(cuts, (tuple, list, np.ndarray)):
        places = [int(place) for place in cuts]
        ends = zip([0, *places], [*places, None], strict=True)
        return [slice_length(length, start, stop, 1) for start, stop in ends]
    return None


@rule(np.split)
def split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Kind:
    return _pieces(_as_array(ary), axis, indices_or_sections, True)


@rule(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> Kind:
    return _pieces(_as_array(ary), axis, indices_or_sections, False)


@rule(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> Kind:
    return _pieces(_as_array(ary), 0, indices_or_sections, True)


@rule(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> Kind:
    array = _as_array(ary)
    return _pieces(array, 0 if array.shape is not None and len(array.shape) == 1 else 1, indices_or_sections, True)


@rule(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> Kind:
    return _pieces(_as_array(ary), 2, indices_or_sections, True)


def _as_array(a: Any) -> Array:
    return shaped(a, lambda shape: shape)
