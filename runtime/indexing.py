"""Cotangents of reading elements: put them back where they were read, adding where one was read twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import NoRuleError
from .shapes import Shape, unbroadcast


def scatter(values: Any, shape: Shape, index: Any) -> Any:
    """Zeros of `shape`, with `values` added at `index`: the cotangent of `x[index]` for an `x` of `shape`.

    values : array of the shape of `x[index]`, or one that broadcasts to it
    index  : anything NumPy indexes with: basic, integer arrays (an element read twice adds up), masks
    returns: fresh array of `shape`, dtype of values

    >>> scatter(np.ones(3), (3,), [0, 0, 1])
    array([2., 1., 0.])
    """
    out = np.zeros(shape, np.result_type(values))
    if _reads_once(index):
        out[index] = values
    else:
        np.add.at(out, index, values)
    return out


def _reads_once(index: Any) -> bool:
    """Whether no element can be read twice: basic indices and masks."""
    entries = index if isinstance(index, tuple) else (index,)
    return all(
        entry is None or entry is Ellipsis or isinstance(entry, slice | int | np.integer | np.bool_)
        or getattr(entry, "dtype", None) == np.bool_
        for entry in entries
    )


def untake(values: Any, shape: Shape, indices: Any, axis: int | None) -> Any:
    """Zeros of `shape`, with `values` added where `np.take(a, indices, axis)` read them.

    >>> untake(np.ones(3), (2, 2), [3, 0, 0], None)
    array([[2., 0.],
           [0., 1.]])
    """
    indices = np.asarray(indices)
    indices = indices if indices.size else indices.astype(np.intp)
    if axis is None:
        size = int(np.prod(shape))
        return np.reshape(scatter(np.reshape(values, indices.shape), (size,), indices), shape)
    return scatter(values, shape, (slice(None),) * (axis % len(shape)) + (indices,))


def add_along_axis(values: Any, shape: Shape, indices: Any, axis: int | None) -> Any:
    """Zeros of `shape`, with `values` added where `np.take_along_axis(a, indices, axis)` read them.

    >>> add_along_axis(np.ones((2, 1)), (2, 2), np.array([[0], [1]]), 1)
    array([[1., 0.],
           [0., 1.]])
    """
    if axis is None:
        return untake(values, shape, indices, None)
    ndim = len(shape)
    axis %= ndim
    others = np.broadcast_shapes((*shape[:axis], 1, *shape[axis + 1:]), (*np.shape(indices)[:axis], 1,
                                                                        *np.shape(indices)[axis + 1:]))
    whole = (*others[:axis], shape[axis], *others[axis + 1:])
    index = tuple(
        np.broadcast_to(indices, np.shape(values)) if k == axis
        else np.reshape(np.arange(n), [n if j == k else 1 for j in range(ndim)])
        for k, n in enumerate(whole)
    )
    return unbroadcast(scatter(values, whole, index), shape)


def put_diagonal(values: Any, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of `shape`, with `values` on a diagonal: the cotangent of `np.diagonal(a, offset, axis1, axis2)`.

    >>> put_diagonal(np.array([1., 2.]), (2, 3), 1)
    array([[0., 1., 0.],
           [0., 0., 2.]])
    """
    out = np.zeros(shape, np.result_type(values))
    moved = np.moveaxis(out, (axis1, axis2), (-2, -1))
    length = np.diagonal(moved, offset, -2, -1).shape[-1]
    rows = np.arange(length) + max(-offset, 0)
    moved[..., rows, rows + offset] = values
    return out


def diag_cotangent(values: Any, shape: Shape, k: int) -> Any:
    """The cotangent of `v` in `np.diag(v, k)`: a vector's is read from the diagonal, a matrix's put there."""
    return np.diag(values, k) if len(shape) == 1 else put_diagonal(values, shape, k)


def unrepeat(x: Any, shape: Shape, repeats: Any, axis: int | None) -> Any:
    """Sum the copies that `np.repeat(a, repeats, axis)` made of an `a` of `shape`.

    >>> unrepeat(np.array([1., 2., 3.]), (2,), [2, 1], 0)
    array([3., 3.])
    """
    if axis is None:
        return np.reshape(unrepeat(x, (int(np.prod(shape)),), repeats, 0), shape)
    axis %= len(shape)
    if np.ndim(repeats) == 0:
        return np.sum(np.reshape(x, (*shape[:axis + 1], repeats, *shape[axis + 1:])), axis=axis + 1)
    return untake(x, shape, np.repeat(np.arange(shape[axis]), repeats), axis)


def unresize(x: Any, shape: Shape) -> Any:
    """Sum the copies that `np.resize(a, new_shape)` made of the elements of an `a` of `shape`."""
    size = int(np.prod(shape))
    return untake(np.ravel(x), shape, np.resize(np.arange(size), np.size(x)), None)


def unpad(x: Any, shape: Shape, pad_width: Any, mode: Any, reflect_type: str = "even", stat_length: Any = None) -> Any:
    """The cotangent of `array` in `np.pad(array, pad_width, mode)`: each copied border adds to its source.

    raises: NoRuleError for the modes whose border is no linear function of the array (maximum, minimum, median)
    """
    before = [pair[0] for pair in pad_pairs(pad_width, len(shape))]
    if mode in ("constant", "empty"):
        return x[tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))]
    if mode == "linear_ramp":
        return _unramp(x, shape, pad_width)
    if mode == "mean" or (reflect_type == "odd" and mode in ("reflect", "symmetric")):
        return _unpad_by_axis(x, shape, pad_width, mode, reflect_type, stat_length)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or reflect_type != "even":
        raise NoRuleError(f"np.pad has no derivative for mode={mode!r}, reflect_type={reflect_type!r}")
    places = np.pad(np.reshape(np.arange(int(np.prod(shape))), shape), pad_width, mode)
    return untake(x, shape, places, None)


def pad_linear(x: Any, pad_width: Any, mode: str, reflect_type: str = "even", stat_length: Any = None) -> Any:
    """`np.pad` as a linear function of the array: the transpose of `unpad`."""
    options = {"reflect_type": reflect_type} if mode in ("reflect", "symmetric") else \
        {"stat_length": stat_length} if mode == "mean" else {}
    return np.pad(x, pad_width, mode, **options)  # type: ignore[call-overload]


def border_sums(x: Any, shape: Shape, pad_width: Any, of_shape: Shape) -> Any:
    """The cotangent of `constant_values` (of `of_shape`) in `np.pad`: the sum over the border that each value fills.

    >>> border_sums(np.arange(5.0), (2,), (1, 2), (2,))
    array([0., 7.])
    """
    pairs = pad_pairs(pad_width, len(shape))
    interior = [slice(b, b + n) for (b, _), n in zip(pairs, shape, strict=True)]
    sums = np.zeros((len(shape), 2), np.result_type(x))
    for k, (before, after) in enumerate(pairs):  # along later axes only what lies beside the array
        rows = x[(*[slice(None)] * (k + 1), *interior[k + 1:])]
        rows = np.moveaxis(rows, k, 0)
        sums[k] = np.sum(rows[:before]), np.sum(rows[len(rows) - after:])
    return unbroadcast(sums, of_shape)


def _unpad_by_axis(x: Any, shape: Shape, pad_width: Any, mode: str, reflect_type: str, stat_length: Any) -> Any:
    """The transposes of what `np.pad` does along each axis, the last one first."""
    pairs = pad_pairs(pad_width, len(shape))
    lengths = np.broadcast_to(np.array(stat_length, object), (len(shape), 2)).tolist()
    for axis, pair in reversed(list(enumerate(pairs))):
        taken = None if stat_length is None else (tuple(lengths[axis]), (1, 1))
        matrix = pad_linear(np.eye(shape[axis], dtype=np.result_type(x)), (pair, (0, 0)), mode, reflect_type, taken)
        x = np.moveaxis(np.tensordot(matrix, x, (0, axis)), 0, axis)
    return x


def pad_pairs(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """`pad_width` of `np.pad` as (before, after) for each axis."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = tuple(np.broadcast_to(width, 2).tolist())
        return pairs
    return [tuple(pair) for pair in np.broadcast_to(pad_width, (ndim, 2)).tolist()]


def _unramp(x: Any, shape: Shape, pad_width: Any) -> Any:
    """Along each axis, last padded first: a border element k of n is k/n of the edge and the rest of the end value."""
    for axis, (before, after) in reversed(list(enumerate(pad_pairs(pad_width, len(shape))))):
        rows = np.moveaxis(x, axis, 0)
        inner = np.array(rows[before:before + shape[axis]])
        inner[0] += np.tensordot(np.arange(before) / max(before, 1), rows[:before], 1)
        inner[-1] += np.tensordot(np.arange(after)[::-1] / max(after, 1), rows[len(rows) - after:], 1)
        x = np.moveaxis(inner, 0, axis)
    return x


def chosen(x: Any, conditions: Any, shapes: Any) -> tuple[Any, ...]:
    """The cotangents of the choices of `np.select(conditions, choices)`: the first true condition takes all."""
    free: Any = True
    parts = []
    for condition, shape in zip(conditions, shapes, strict=True):
        parts.append(unbroadcast(np.where(np.logical_and(condition, free), x, 0), shape))
        free = np.logical_and(free, np.logical_not(condition))
    return tuple(parts)


def any_of(conditions: Any) -> Any:
    """Where one of the conditions of `np.select` is true.

    >>> any_of([np.array([True, False]), np.array([False])])
    array([ True, False])
    """
    return np.any(np.broadcast_arrays(*conditions), 0)


def bounded(indices: Any, length: int, mode: str) -> Any:
    """The positions that `indices` name in `np.take` and `np.choose` with this `mode`.

    >>> bounded(np.array([-1, 4]), 3, "wrap"), bounded(np.array([-1, 4]), 3, "clip")
    (array([2, 1]), array([0, 2]))
    """
    if mode == "raise":
        return indices
    return np.mod(indices, length) if mode == "wrap" else np.clip(indices, 0, length - 1)


def each_equal(a: Any, count: int) -> list[Any]:
    """The masks `a == 0`, `a == 1`, ... up to `count`: which of `np.choose`'s choices each element takes."""
    return [np.equal(a, k) for k in range(count)]


def first_occurrences(a: Any) -> Any:
    """Where in the flattened `a` each value of `np.unique(a)` stands first."""
    return np.unique(a, return_index=True)[1]


def places_of(values: Any, a: Any) -> Any:
    """Where in the flattened `a` each of `values`, all of which are in it, stands first.

    >>> places_of(np.array([3., 1.]), np.array([1., 3., 3.]))
    array([1, 0])
    """
    flat = np.ravel(a)
    order = np.argsort(flat, kind="stable")
    return order[np.searchsorted(flat, values, sorter=order)]


def first_reached(a: Any, running: Any, axis: int) -> Any:
    """For each place of a running maximum or minimum along `axis`, where in `a` its value stood first.

    >>> first_reached(np.array([2., 1., 3., 3.]), np.array([2., 2., 3., 3.]), 0)
    array([0, 0, 2, 2])
    """
    fresh = np.ones(np.shape(a), np.bool_)
    rows, values = np.moveaxis(fresh, axis, 0), np.moveaxis(running, axis, 0)
    rows[1:] = values[1:] != values[:-1]
    places = np.reshape(np.arange(np.shape(a)[axis]), [-1 if k == axis % np.ndim(a) else 1 for k in range(np.ndim(a))])
    return np.maximum.accumulate(np.where(fresh, places, 0), axis)


def unreduceat(x: Any, shape: Shape, indices: Any, axis: int) -> Any:
    """The cotangent of `np.add.reduceat(a, indices, axis)`: each sum's cotangent goes to the slice that it summed."""
    starts = np.asarray(indices)
    stops = np.append(starts[1:], shape[axis])
    rows = np.moveaxis(x, axis, 0)
    out = np.zeros((shape[axis], *rows.shape[1:]), rows.dtype)
    for start, stop, row in zip(starts.tolist(), stops.tolist(), rows, strict=True):
        out[start:max(stop, start + 1)] += row
    return np.moveaxis(out, 0, axis)


def power_factors(count: int, m: int) -> Any:
    """What the m-th derivative multiplies the coefficients of a polynomial by, the highest power first.

    returns: array of count - m numbers

    >>> power_factors(4, 2)
    array([6., 2.])
    """
    powers = np.arange(count - 1, m - 1, -1, dtype=np.float64)
    return np.prod([powers - k for k in range(m)], axis=0) if m else np.ones_like(powers)


def window_places(shape: Shape, window_shape: Any, axis: Any) -> Any:
    """Where in a flattened array of `shape` each element of its `sliding_window_view` stands."""
    places = np.reshape(np.arange(int(np.prod(shape))), shape)
    return np.lib.stride_tricks.sliding_window_view(places, window_shape, axis)


def kept_places(length: int, obj: Any, total: int) -> Any:
    """Where `np.insert(a, obj, values)` puts the elements of `a`, in a result of `total` elements."""
    return np.flatnonzero(np.insert(np.full(length, -1), obj, np.arange(total - length)) == -1)


def inserted_places(length: int, obj: Any, total: int) -> Any:
    """Where `np.insert(a, obj, values)` puts the values, in their order, in a result of `total` elements."""
    labels = np.insert(np.full(length, -1), obj, np.arange(total - length))
    return np.argsort(labels, kind="stable")[length:]


def trimmed_from(a: Any, trim: str) -> int:
    """How many leading zeros `np.trim_zeros(a, trim)` cuts off."""
    filled = np.flatnonzero(a)
    return 0 if "f" not in trim.lower() else int(filled[0]) if filled.size else len(a)


def block_cotangent(x: Any, shapes: Any) -> Any:
    """Cut the cotangent `x` of `np.block(arrays)` into the nested lists that `arrays` was; `shapes` are theirs."""
    return _cut(x, shapes, -_depth(shapes))


def block_pieces(x: Any, shapes: Any) -> tuple[Any, ...]:
    """The pieces of `block_cotangent(x, shapes)`, in the order in which they are read, without the nesting.

    >>> block_pieces(np.array([[1.0, 2.0], [3.0, 4.0]]), [[(1, 2)], [(1, 1), (1, 1)]])
    (array([[1., 2.]]), array([[3.]]), array([[4.]]))
    """
    return tuple(_flat(block_cotangent(x, shapes)))


def block_of(pieces: Any, shapes: Any) -> Any:
    """`np.block` of the pieces, nested as the `shapes` are: the transpose of `block_pieces`."""
    remaining = iter(pieces)

    def nested(part: Any) -> Any:
        return [nested(item) for item in part] if isinstance(part, list) else np.reshape(next(remaining), part)

    return np.block(nested(shapes))


def _flat(parts: Any) -> list[Any]:
    return [leaf for part in parts for leaf in _flat(part)] if isinstance(parts, list) else [parts]


def nested_shapes(arrays: Any) -> Any:
    """The shape of each array in nested lists."""
    return [nested_shapes(item) for item in arrays] if isinstance(arrays, list) else np.shape(arrays)


def _depth(shapes: Any) -> int:
    return 1 + _depth(shapes[0]) if isinstance(shapes, list) else 0


def _cut(x: Any, shapes: Any, axis: int) -> Any:
    if not isinstance(shapes, list):
        return np.reshape(x, shapes)
    ends = np.cumsum([_length(item, axis) for item in shapes])[:-1]
    return [_cut(part, item, axis + 1) for part, item in zip(np.split(x, ends, axis), shapes, strict=True)]


def _length(shapes: Any, axis: int) -> int:
    """The length along `axis` (from the end) of a nested block: its rows side by side have the same."""
    while isinstance(shapes, list):
        shapes = shapes[0]
    return int(shapes[axis]) if len(shapes) >= -axis else 1


def take_range(x: Any, start: int, stop: int, axis: int) -> Any:
    """The elements of `x` from start up to stop along `axis`, as a view."""
    return x[(slice(None),) * (axis % np.ndim(x)) + (slice(start, stop),)]


def put_range(values: Any, shape: Shape, start: int, axis: int) -> Any:
    """Zeros of `shape`, with `values` from `start` on along `axis`: the transpose of `take_range`.

    >>> put_range(np.array([1., 2.]), (4,), 1, 0)
    array([0., 1., 2., 0.])
    """
    out = np.zeros(shape, np.result_type(values))
    take_range(out, start, start + np.shape(values)[axis], axis)[...] = values
    return out
