"""Sums, copies and re-orderings of axes that derivative rules and generated code share.

Every function is pure, takes arrays or Python scalars, and works on shapes rather than on operands where a shape
is enough: what needs only a shape need not be kept for the reverse sweep.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import ShapeError

Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]


def unbroadcast(x: Any, shape: Shape) -> Any:
    """Sum `x` over the axes along which an operand of `shape` was broadcast.

    x      : array (*batch, *broadcast of shape)
    shape  : tuple of int, the operand's own shape
    returns: array of exactly `shape`, dtype of x; may be x itself (not a copy)
    raises : ShapeError, if `shape` does not broadcast to the shape of x

    >>> unbroadcast(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    >>> unbroadcast(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    """
    whole = np.shape(x)
    if whole == shape:
        return x
    if shape == ():
        return np.sum(x)
    extra = len(whole) - len(shape)
    stretched = tuple(k for k, n in enumerate(shape, extra) if n == 1 and k >= 0 and whole[k] != 1)
    kept = tuple(1 if k in stretched else n for k, n in enumerate(whole))
    if extra < 0 or kept[extra:] != tuple(shape):
        raise ShapeError(f"a cotangent of shape {whole} does not belong to an operand of shape {tuple(shape)}")
    return np.reshape(np.sum(x, axis=tuple(range(extra)) + stretched), shape)


def project(x: Any, dtype: Any) -> Any:
    """Bring a cotangent into the space of a primal of `dtype`: its precision, its real part if that is real.

    returns: array of the shape of x; may be x itself

    >>> project(np.array([1 + 2j]), np.dtype("f4"))
    array([1.], dtype=float32)
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "c" and np.iscomplexobj(x):
        x = np.real(x)
    return x if getattr(x, "dtype", None) == dtype else np.asarray(x, dtype=dtype)[()]


def real_like(x: Any, primal: Any) -> Any:
    """The real part of `x`, where `primal` is real; `x` itself where it is complex.

    >>> real_like(np.array([1 + 2j]), np.array([3.0]))
    array([1.])
    """
    return np.real(x) if np.iscomplexobj(x) and not np.iscomplexobj(primal) else x


def count_along(shape: Shape, axis: Axis) -> int:
    """The number of elements that a reduction of an array of `shape` over `axis` combines into one.

    >>> count_along((2, 3, 4), (0, -1))
    8
    """
    if axis is None:
        return math.prod(shape)
    if isinstance(axis, tuple):
        return math.prod(shape[k] for k in axis)
    return shape[operator.index(axis)]


def kept_shape(shape: Shape, axis: Axis) -> Shape:
    """The shape of a reduction of an array of `shape` over `axis` with `keepdims=True`.

    >>> kept_shape((2, 3, 4), (0, -1))
    (1, 3, 1)
    """
    axes = normal_axes(axis, len(shape))
    return tuple(1 if k in axes else n for k, n in enumerate(shape))


def shape_along(ndim: int, axis: int) -> Shape:
    """The shape that lays a vector along `axis` of an array of `ndim` axes.

    >>> shape_along(3, -2)
    (1, -1, 1)
    """
    return tuple(-1 if k == axis % ndim else 1 for k in range(ndim))


def with_zeros(first: Any, results: Any) -> tuple[Any, ...]:
    """`first` and zeros shaped as the other `results`: the tangents of a call of which only the first one moves.

    >>> with_zeros(1.5, (0.0, np.array([3])))
    (1.5, array([0.]))
    """
    return (first, *(np.zeros(np.shape(part)) for part in results[1:]))


def trailing_axes(ndim: int, axis: Axis) -> tuple[int, ...]:
    """The axes of an array of `ndim` axes, counted from the end, so that they hold with more axes in front.

    >>> trailing_axes(3, (0, -1)), trailing_axes(2, None)
    ((-3, -1), (-2, -1))
    """
    return tuple(k - ndim for k in normal_axes(axis, ndim))


def normal_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """`axis` as a tuple of axes from 0 to ndim - 1; None is all of them.

    >>> normal_axes(-1, 3), normal_axes(None, 2)
    ((2,), (0, 1))
    """
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(operator.index(k) % ndim for k in axes)


def as_rows(x: Any, axis: Axis) -> Any:
    """The groups that a reduction of `x` over `axis` combines, each as one row along the last axis.

    returns: array (*other axes of x, elements of a group)

    >>> as_rows(np.arange(4).reshape(2, 2), 0)
    array([[0, 2],
           [1, 3]])
    """
    axes = normal_axes(axis, np.ndim(x))
    others = [k for k in range(np.ndim(x)) if k not in axes]
    shape = np.shape(x)
    return np.reshape(np.transpose(x, (*others, *axes)), (*(shape[k] for k in others), count_along(shape, axes)))


def from_rows(rows: Any, shape: Shape, axis: Axis) -> Any:
    """The array of `shape` whose `as_rows(x, axis)` is `rows`."""
    axes = normal_axes(axis, len(shape))
    order = (*(k for k in range(len(shape)) if k not in axes), *axes)
    return np.transpose(np.reshape(rows, tuple(shape[k] for k in order)), inverse_permutation(order))


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The axes that undo `np.transpose(x, axes)`.

    >>> inverse_permutation((2, 0, -2))
    (1, 2, 0)
    """
    ndim = len(axes)
    return tuple(int(k) for k in np.argsort([k % ndim for k in axes])) if ndim else ()


def broadcast_shape(*operands: Any) -> Shape:
    """The common shape of operands that broadcast against each other.

    >>> broadcast_shape(np.ones((2, 1)), 1.0, np.ones(3))
    (2, 3)
    """
    return np.broadcast_shapes(*map(np.shape, operands))


def shapes_of(parts: Sequence[Any]) -> tuple[Shape, ...]:
    """The shape of each part: all that cutting a joined array into its parts needs.

    >>> shapes_of([np.ones(2), 1.0])
    ((2,), ())
    """
    return tuple(np.shape(part) for part in parts)


def split_like(x: Any, shapes: Sequence[Shape], axis: int | None) -> tuple[Any, ...]:
    """Cut the cotangent `x` of `np.concatenate(parts, axis)` into one piece for each part.

    shapes : the parts' shapes
    returns: tuple of views of x, shaped as the parts (`axis` None: the parts were flattened first)

    >>> [piece.shape for piece in split_like(np.ones((2, 5)), [(2, 2), (2, 3)], 1)]
    [(2, 2), (2, 3)]
    """
    lengths = [math.prod(shape) if axis is None else shape[axis] for shape in shapes]
    pieces = np.split(x, np.cumsum(lengths)[:-1], axis or 0)
    return tuple(np.reshape(piece, shape) for piece, shape in zip(pieces, shapes, strict=True))


def join(parts: Sequence[Any], how: str) -> Any:
    """`np.vstack`, `np.hstack`, `np.dstack` or `np.column_stack` of the parts."""
    return _JOINS[how](parts)


_JOINS: dict[str, Callable[..., Any]] = {
    "vstack": np.vstack, "hstack": np.hstack, "dstack": np.dstack, "column_stack": np.column_stack,
}


def split_joined(x: Any, shapes: Sequence[Shape], how: str) -> tuple[Any, ...]:
    """Cut the cotangent `x` of `join(parts, how)` into one piece for each part, shaped as the parts."""
    raised = [_raised(shape, how) for shape in shapes]
    along = {"vstack": 0, "hstack": min(1, len(raised[0]) - 1), "dstack": 2, "column_stack": 1}[how]
    ends = np.cumsum([shape[along] for shape in raised])[:-1]
    return tuple(np.reshape(piece, shape) for piece, shape in zip(np.split(x, ends, along), shapes, strict=True))


def _raised(shape: Shape, how: str) -> Shape:
    """The shape that a part has when it is joined."""
    if how == "column_stack":
        return shape if len(shape) > 1 else (math.prod(shape), 1)
    if how == "dstack":
        return shape if len(shape) > 2 else (*((1,) * (2 - len(shape))), *shape, 1)
    return (1,) * ((2 if how == "vstack" else 1) - len(shape)) + tuple(shape)


def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along `axis`, as views: what `np.stack` put together.

    >>> unstack(np.array([[1., 2.], [3., 4.]]), 1)
    (array([1., 3.]), array([2., 4.]))
    """
    return tuple(np.moveaxis(x, axis, 0))


def unbroadcast_each(xs: Sequence[Any], shapes: Sequence[Shape]) -> tuple[Any, ...]:
    """`unbroadcast` each array to its shape: the cotangents of `np.broadcast_arrays`."""
    return tuple(unbroadcast(x, shape) for x, shape in zip(xs, shapes, strict=True))


def broadcast_each(xs: Sequence[Any], shapes: Sequence[Shape]) -> tuple[Any, ...]:
    """Broadcast each array to its shape: the transpose of `unbroadcast_each`."""
    return tuple(np.broadcast_to(x, shape) for x, shape in zip(xs, shapes, strict=True))


def reshape_each(xs: Sequence[Any], shapes: Sequence[Shape]) -> tuple[Any, ...]:
    """Reshape each array to its shape."""
    return tuple(np.reshape(x, shape) for x, shape in zip(xs, shapes, strict=True))


def sum_off_axis(xs: Sequence[Any], indexing: str) -> tuple[Any, ...]:
    """The cotangents of `np.meshgrid`'s vectors: each grid summed over all axes but its vector's own.

    >>> sum_off_axis((np.ones((2, 3)), np.ones((2, 3))), "xy")
    (array([2., 2., 2.]), array([3., 3.]))
    """
    own = list(range(len(xs)))
    if indexing == "xy" and len(xs) > 1:
        own[:2] = [1, 0]
    return tuple(np.sum(x, axis=tuple(k for k in range(np.ndim(x)) if k != axis))
                 for x, axis in zip(xs, own, strict=True))


def untile(x: Any, shape: Shape, reps: Any) -> Any:
    """Sum the copies that `np.tile(a, reps)` made of an `a` of `shape`.

    >>> untile(np.arange(4.), (2,), 2)
    array([2., 4.])
    """
    counts = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    ndim = max(len(counts), len(shape))
    counts = (1,) * (ndim - len(counts)) + counts
    whole = (1,) * (ndim - len(shape)) + tuple(shape)
    pairs = tuple(n for pair in zip(counts, whole, strict=True) for n in pair)
    return np.reshape(np.sum(np.reshape(x, pairs), axis=tuple(range(0, 2 * ndim, 2))), shape)


def sum_leading(x: Any, count: int) -> Any:
    """The sum of `x` over its first `count` axes."""
    return np.sum(x, axis=tuple(range(count))) if count else x


def sum_trailing(x: Any, count: int) -> Any:
    """The sum of `x` over its last `count` axes."""
    return np.sum(x, axis=tuple(range(-count, 0))) if count else x
