"""Kernels that store at places named by index arrays, with their pullbacks: `scatter`, `index_add` and relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kernels import grid_of, put_along, take_along
from .table import Pullback, derivative

Array = Any


def written(shape: tuple[int, ...], indices: Array, axis: int) -> Array:
    """A mask of `shape`: where a store at `indices` along `axis` writes."""
    mask = np.zeros(shape, np.bool_)
    mask[grid_of(shape, indices, axis)] = True
    return mask


def winners(shape: tuple[int, ...], indices: Array, axis: int) -> Array:
    """For each stored element whether it stays: of several stores at one place the last one does."""
    owner = np.full(shape, -1)
    numbers = np.arange(np.size(indices)).reshape(np.shape(indices))
    places = grid_of(shape, indices, axis)
    owner[places] = numbers
    kept: Array = owner[places] == numbers
    return kept


def scatter(x: Array, indices: Array, src: Array, axis: int) -> Array:
    """A copy of `x` with `src` stored at `indices` along `axis`."""
    out = np.array(x)
    out[grid_of(np.shape(x), indices, axis)] = src
    return out


def _src_pullback(x: Array, indices: Array, src: Array, axis: int, ans: Array, d_ans: Array) -> Array:
    taken = take_along(d_ans, indices, axis)
    return np.where(winners(np.shape(x), indices, axis), taken, np.zeros_like(taken))


derivative(scatter,
           x=Pullback(lambda x, indices, src, axis, ans, d_ans:
                      np.where(written(np.shape(x), indices, axis), np.zeros_like(d_ans), d_ans),
                      values=("indices",), shapes=("x",)),
           src=Pullback(_src_pullback, values=("indices",), shapes=("x",)))


def scatter_add(x: Array, indices: Array, src: Array, axis: int) -> Array:
    """A copy of `x` with `src` added at `indices` along `axis`; repeated places receive all."""
    out = np.array(x)
    np.add.at(out, grid_of(np.shape(x), indices, axis), src)
    return out


derivative(scatter_add,
           x=Pullback(lambda x, indices, src, axis, ans, d_ans: d_ans),
           src=Pullback(lambda x, indices, src, axis, ans, d_ans: take_along(d_ans, indices, axis),
                        values=("indices",)))


def _slot(index: Array, axis: int) -> Any:
    return (slice(None),) * axis + (index,)


def _whole(index: Array, shape: tuple[int, ...], axis: int) -> Array:
    """`index` along `axis` for every element of an array of `shape`."""
    return np.broadcast_to(index.reshape((-1,) + (1,) * (len(shape) - axis - 1)), shape)


def index_add(x: Array, index: Array, source: Array, axis: int) -> Array:
    """A copy of `x` with the slices of `source` added to its slices `index` along `axis`."""
    out = np.array(x)
    np.add.at(out, _slot(index, axis), source)
    return out


derivative(index_add,
           x=Pullback(lambda x, index, source, axis, ans, d_ans: d_ans),
           source=Pullback(lambda x, index, source, axis, ans, d_ans: np.take(d_ans, index, axis),
                           values=("index",)))


def index_copy(x: Array, index: Array, source: Array, axis: int) -> Array:
    """A copy of `x` with its slices `index` along `axis` replaced by those of `source`."""
    return scatter(x, _whole(index, np.shape(source), axis), source, axis)


derivative(index_copy,
           x=Pullback(lambda x, index, source, axis, ans, d_ans:
                      np.where(written(np.shape(x), _whole(index, np.shape(source), axis), axis),
                               np.zeros_like(d_ans), d_ans),
                      values=("index",), shapes=("x", "source")),
           source=Pullback(lambda x, index, source, axis, ans, d_ans:
                           _src_pullback(x, _whole(index, np.shape(source), axis), source, axis, ans, d_ans),
                           values=("index",), shapes=("x", "source")))


def index_fill(x: Array, index: Array, value: Array, axis: int) -> Array:
    """A copy of `x` with one value in its slices `index` along `axis`."""
    out = np.array(x)
    out[_slot(index, axis)] = value
    return out


def _filled(shape: tuple[int, ...], index: Array, axis: int) -> Array:
    mask = np.zeros(shape, np.bool_)
    mask[_slot(index, axis)] = True
    return mask


derivative(index_fill,
           x=Pullback(lambda x, index, value, axis, ans, d_ans:
                      np.where(_filled(np.shape(x), index, axis), np.zeros_like(d_ans), d_ans),
                      values=("index",), shapes=("x",)),
           value=Pullback(lambda x, index, value, axis, ans, d_ans:
                          np.sum(np.where(_filled(np.shape(x), index, axis), d_ans, np.zeros_like(d_ans))),
                          values=("index",), shapes=("x",)))


def masked_scatter(x: Array, mask: Array, source: Array) -> Array:
    """A copy of `x` with the elements of `source`, in order, where `mask` holds."""
    out = np.array(x)
    out[mask] = np.ravel(source)[: np.count_nonzero(mask)]
    return out


def _ranks(mask: Array, shape: tuple[int, ...]) -> Array:
    """For each element of a source of `shape`, where in the flattened mask it went; -1 if nowhere."""
    places = np.flatnonzero(np.asarray(mask))  # a Tensor while second derivatives are recorded
    out = np.full(int(np.prod(shape)), -1)
    out[: places.size] = places
    return out


def _source_pullback(x: Array, mask: Array, source: Array, ans: Array, d_ans: Array) -> Array:
    ranks = _ranks(mask, np.shape(source))
    taken = np.take(np.reshape(d_ans, (-1,)), np.maximum(ranks, 0), 0)
    return np.reshape(np.where(ranks >= 0, taken, np.zeros_like(taken)), np.shape(source))


derivative(masked_scatter,
           x=Pullback(lambda x, mask, source, ans, d_ans: np.where(mask, np.zeros_like(d_ans), d_ans),
                      values=("mask",)),
           source=Pullback(_source_pullback, values=("mask",), shapes=("source",)))


def scatter_extremum(x: Array, indices: Array, src: Array, axis: int, largest: bool, include_self: bool) -> Array:
    """A copy of `x` with the largest (smallest) of the elements of `src` that each place receives, and of its own."""
    places = grid_of(np.shape(x), indices, axis)
    out = np.array(x)
    if not include_self:
        out[places] = -np.inf if largest else np.inf
    (np.maximum if largest else np.minimum).at(out, places, src)
    return out


def _shares(x: Array, indices: Array, src: Array, axis: int, include_self: bool, ans: Array) -> Array:
    """How many operands reach each extremum: they share its cotangent."""
    equal = src == take_along(ans, indices, axis)
    hits = put_along(np.where(equal, np.ones_like(src), np.zeros_like(src)), indices, axis, np.shape(ans))
    own = np.where(x == ans, np.ones_like(ans), np.zeros_like(ans)) if include_self else np.zeros_like(ans)
    return np.maximum(hits + own, 1.0)


def _own_pullback(x: Array, indices: Array, src: Array, axis: int, largest: bool, include_self: bool, ans: Array,
                  d_ans: Array) -> Array:
    kept = (x == ans) if include_self else np.logical_not(written(np.shape(ans), indices, axis))
    shared = d_ans / _shares(x, indices, src, axis, include_self, ans)
    return np.where(kept, shared, np.zeros_like(shared))


def _given_pullback(x: Array, indices: Array, src: Array, axis: int, largest: bool, include_self: bool, ans: Array,
                    d_ans: Array) -> Array:
    shared = take_along(d_ans / _shares(x, indices, src, axis, include_self, ans), indices, axis)
    return np.where(src == take_along(ans, indices, axis), shared, np.zeros_like(shared))


derivative(scatter_extremum,
           x=Pullback(_own_pullback, values=("x", "indices", "src", "ans")),
           src=Pullback(_given_pullback, values=("x", "indices", "src", "ans")))
