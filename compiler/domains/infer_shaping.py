"""Kinds of functions that move elements about: reshape, transpose, concatenate, repeat, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .abstract import (
    MISSING,
    axes_of,
    axis_in,
    dim_of,
    is_none,
    kind,
    lengths_of,
    need,
    number_or_array,
    numeric,
    shape_or_none,
    value_of,
)
from .infer_elementwise import rule
from .kinds import Array, Dim, Kind, ListOf, Scalar, Sym, TupleOf
from .lengths import NotInferable, broadcast, product, shorter, total


def shaped(array: Any, shaper: Callable[[tuple[Dim, ...]], tuple[Dim, ...]]) -> Array:
    """An array of the same dtype, its shape changed by `shaper`; a number counts as a 0-d array."""
    known = numeric(array)
    shape = shape_or_none(known)
    return Array(known.dtype, None if shape is None else shaper(shape))


def reshaped(a: Any, shape: Any) -> Array | Scalar:
    known = numeric(a)
    if isinstance(kind(shape), ListOf):
        return Array(known.dtype, None)
    lengths = lengths_of(shape)
    before = shape_or_none(known)
    free = [i for i, n in enumerate(lengths) if isinstance(n, int) and n < 0]
    if len(free) > 1 or any(n != -1 for n in lengths if isinstance(n, int) and n < 0):
        raise NotInferable("negative lengths")
    if not free:
        _check_size(before, lengths)
        if lengths == () and isinstance(known, Scalar) and not known.python:
            return known
        if lengths == () and before is None:
            return Array(known.dtype, None)
        return Array(known.dtype, lengths)
    rest = [n for i, n in enumerate(lengths) if i != free[0]]
    filled = (*lengths[: free[0]], _free_length(before, rest), *lengths[free[0] + 1 :])
    return Array(known.dtype, filled)


def _check_size(before: tuple[Dim, ...] | None, after: tuple[Dim, ...]) -> None:
    if before is not None:
        old, new = product(before), product(after)
        if isinstance(old, int) and isinstance(new, int) and old != new:
            raise NotInferable("sizes differ")


def _free_length(before: tuple[Dim, ...] | None, rest: list[Dim]) -> Dim:
    """What -1 stands for."""
    if before is None:
        return Sym()
    left = list(before)
    for n in rest:
        if n in left:
            left.remove(n)
        elif n != 1:
            break
    else:
        # An axis of length 0 on both sides cancels too, but then reshape with -1 raises.
        return product(left)
    size, others = product(before), product(rest)
    if isinstance(size, int) and isinstance(others, int):
        if others == 0 or size % others:
            raise NotInferable("sizes do not divide")
        return size // others
    return Sym()


@rule(np.reshape)
def reshape(a: Any, /, shape: Any = None, order: Any = "C", *, copy: Any = None) -> Kind:
    return reshaped(a, shape)


@rule("ndarray.reshape")
def reshape_method(a: Any, *shape: Any, order: Any = "C", copy: Any = None) -> Kind:
    return reshaped(a, shape[0] if len(shape) == 1 else shape)


@rule(np.ravel, "ndarray.flatten", "ndarray.ravel")
def ravel(a: Any, order: Any = "C") -> Kind:
    known = numeric(a)
    shape = shape_or_none(known)
    return Array(known.dtype, (Sym(),) if shape is None else (product(shape),))


def _permuted(a: Any, axes: Any) -> Kind:
    known = numeric(a)
    if isinstance(known, Scalar) and not known.python:
        return known
    if is_none(axes):
        return shaped(a, lambda shape: shape[::-1])

    def permute(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        order = axes_of(axes, len(shape))
        if len(order) != len(shape):
            raise NotInferable("axes do not fit")
        return tuple(shape[i] for i in order)

    return shaped(a, permute)


@rule(np.transpose, np.permute_dims)
def transpose(a: Any, axes: Any = None) -> Kind:
    return _permuted(a, axes)


@rule("ndarray.transpose")
def transpose_method(a: Any, *axes: Any) -> Kind:
    return _permuted(a, axes[0] if len(axes) == 1 else (axes or None))


@rule("ndarray.T")
def transposed(a: Any) -> Kind:
    known = numeric(a)
    return known if isinstance(known, Scalar) else _permuted(a, None)


@rule("ndarray.mT", np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transposed(x: Any, /) -> Kind:
    return swapaxes(x, -1, -2)


@rule(np.swapaxes, "ndarray.swapaxes")
def swapaxes(a: Any, axis1: Any, axis2: Any) -> Kind:
    def swap(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        i, j = axis_in(axis1, len(shape)), axis_in(axis2, len(shape))
        order = list(shape)
        order[i], order[j] = order[j], order[i]
        return tuple(order)

    return shaped(a, swap)


@rule(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Kind:
    def move(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        sources, places = axes_of(source, len(shape)), axes_of(destination, len(shape))
        if len(sources) != len(places):
            raise NotInferable("axes do not fit")
        order = [i for i in range(len(shape)) if i not in sources]
        for place, axis in sorted(zip(places, sources, strict=True)):
            order.insert(place, axis)
        return tuple(shape[i] for i in order)

    return shaped(a, move)


@rule(np.rollaxis)
def rollaxis(a: Any, axis: Any, start: Any = 0) -> Kind:
    def move(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        moved = np.rollaxis(np.empty((0,) * len(shape)), axis_in(axis, len(shape)), need(start))
        del moved
        order = list(range(len(shape)))
        here, there = axis_in(axis, len(shape)), int(need(start))
        there = there + len(shape) if there < 0 else there
        there = there - 1 if here < there else there
        order.remove(here)
        order.insert(there, here)
        return tuple(shape[i] for i in order)

    return shaped(a, move)


@rule(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Kind:
    def expand(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        value = need(axis)
        count = len(value) if isinstance(value, (tuple, list)) else 1
        axes = axes_of(axis, len(shape) + count)
        rest = iter(shape)
        return tuple(1 if i in axes else next(rest) for i in range(len(shape) + count))

    return shaped(a, expand)


@rule(np.squeeze, "ndarray.squeeze")
def squeeze(a: Any, axis: Any = None) -> Kind:
    known = numeric(a)
    shape = shape_or_none(known)
    if isinstance(known, Scalar) or shape is None:
        return Array(known.dtype, None)
    if is_none(axis):
        if any(isinstance(n, Sym) and n.one for n in shape):
            return Array(known.dtype, None)
        return Array(known.dtype, tuple(n for n in shape if n != 1))
    axes = axes_of(axis, len(shape))
    if any(not (n == 1 or (isinstance(n, Sym) and n.one)) for i, n in enumerate(shape) if i in axes):
        raise NotInferable("an axis that is longer than 1")
    return Array(known.dtype, tuple(n for i, n in enumerate(shape) if i not in axes))


@rule(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: Any = False) -> Kind:
    known = numeric(array)
    if isinstance(kind(shape), ListOf):
        return Array(known.dtype, None)
    return Array(known.dtype, lengths_of(shape))


@rule(np.atleast_1d)
def atleast_1d(*arys: Any) -> Kind:
    if len(arys) != 1:
        return TupleOf(tuple(atleast_1d(a) for a in arys))
    return shaped(arys[0], lambda shape: shape or (1,))


@rule(np.atleast_2d)
def atleast_2d(*arys: Any) -> Kind:
    if len(arys) != 1:
        return TupleOf(tuple(atleast_2d(a) for a in arys))
    return shaped(arys[0], lambda shape: (1,) * (2 - len(shape)) + shape)


# Same shape, other order; repeated and padded


@rule(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Kind:
    return shaped(a, lambda shape: shape)


@rule(np.flip)
def flip(m: Any, axis: Any = None) -> Kind:
    known = numeric(m)
    return number_or_array(known.dtype, shape_or_none(known))


@rule(np.flipud, np.fliplr)
def flip_one(m: Any) -> Kind:
    return shaped(m, lambda shape: shape)


@rule(np.repeat, "ndarray.repeat")
def repeat(a: Any, repeats: Any, axis: Any = None) -> Kind:
    count = dim_of(repeats)
    if is_none(axis):
        known = numeric(a)
        shape = shape_or_none(known)
        if shape is None or count is None:
            return Array(known.dtype, (Sym(),))
        return Array(known.dtype, (product([*shape, count]),))

    def grow(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        along = axis_in(axis, len(shape))
        length = Sym() if count is None else product([shape[along], count])
        return (*shape[:along], length, *shape[along + 1 :])

    return shaped(a, grow)


@rule(np.tile)
def tile(A: Any, reps: Any) -> Kind:
    def grow(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        counts = lengths_of(reps)
        rank = max(len(shape), len(counts))
        both = [(1,) * (rank - len(part)) + part for part in (shape, counts)]
        return tuple(product(pair) for pair in zip(*both, strict=True))

    return shaped(A, grow)


@rule(np.take, "ndarray.take")
def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    known, index = numeric(a), numeric(indices)
    shape, front = shape_or_none(known), shape_or_none(index)
    if is_none(axis):
        return _taken(known.dtype, front)
    if shape is None or front is None:
        return Array(known.dtype, None)
    along = axis_in(axis, len(shape))
    return _taken(known.dtype, (*shape[:along], *front, *shape[along + 1 :]))


def _taken(dtype: np.dtype[Any] | None, shape: tuple[Dim, ...] | None) -> Kind:
    return Scalar(dtype) if shape == () else Array(dtype, shape)


@rule(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Kind:
    known, index = numeric(arr), numeric(indices)
    shape, front = shape_or_none(known), shape_or_none(index)
    if is_none(axis) or shape is None or front is None or len(shape) != len(front):
        return Array(known.dtype, None)
    along = axis_in(axis, len(shape))
    result = list(broadcast([tuple(1 if i == along else n for i, n in enumerate(shape)), front]))
    result[along] = front[along]
    return Array(known.dtype, tuple(result))


@rule(np.tril, np.triu)
def triangle(m: Any, k: Any = 0) -> Kind:
    return shaped(m, lambda shape: shape if len(shape) != 1 else shape * 2)


@rule(np.diag)
def diag(v: Any, k: Any = 0) -> Kind:
    def diagonals(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        main = value_of(k) == 0
        if len(shape) == 1:
            length = shape[0] if main else _longer(shape[0], k)
            return (length, length)
        if len(shape) != 2:
            raise NotInferable("diag takes vectors and matrices")
        return (_diagonal_length(shape[0], shape[1], main),)

    return shaped(v, diagonals)


def _longer(length: Dim, by: Any) -> Dim:
    number = value_of(by)
    return total([length, abs(number)]) if isinstance(number, int) else Sym()


def _diagonal_length(rows: Dim, columns: Dim, main: bool) -> Dim:
    if main and rows == columns:
        return rows
    if main and isinstance(rows, int) and isinstance(columns, int):
        return min(rows, columns)
    return Sym()


@rule(np.diagonal, "ndarray.diagonal")
def diagonal(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Kind:
    def take_diagonal(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        i, j = axis_in(axis1, len(shape)), axis_in(axis2, len(shape))
        if i == j:
            raise NotInferable("one axis twice")
        rest = tuple(n for axis, n in enumerate(shape) if axis not in (i, j))
        return (*rest, _diagonal_length(shape[i], shape[j], value_of(offset) == 0))

    return shaped(a, take_diagonal)


@rule(np.diff)
def diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = None, append: Any = None) -> Kind:
    if not is_none(prepend) or not is_none(append):
        return Array(None, None)
    count = need(n)

    def shrink(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        along = axis_in(axis, len(shape))
        return (*shape[:along], shorter(shape[along], count), *shape[along + 1 :])

    return shaped(a, shrink)


@rule(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Kind:
    return shaped(array, lambda shape: _padded(shape, value_of(pad_width)))


def _padded(shape: tuple[Dim, ...], width: Any) -> tuple[Dim, ...]:
    if width is MISSING or isinstance(width, dict):
        return tuple(Sym() for _ in shape)
    try:
        pairs = np.broadcast_to(np.asarray(width), (len(shape), 2)).tolist()
    except ValueError:
        raise NotInferable("the widths do not fit") from None
    return tuple(total([n, before + after]) for n, (before, after) in zip(shape, pairs, strict=True))
