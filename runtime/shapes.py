"""Sums, copies and re-orderings of axes that derivative rules and generated code share.

Every function is pure, takes arrays or Python scalars, and works on shapes rather than on operands where a shape
is enough: what needs only a shape need not be kept for the reverse sweep.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
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


def keep_axes(x: Any, axis: Axis, keepdims: bool) -> Any:
    """The result `x` of a reduction over `axis`, shaped so that it broadcasts against the reduced operand.

    returns: x itself, or a view with the reduced axes put back with length 1

    >>> keep_axes(np.ones(2), -1, False).shape
    (2, 1)
    """
    return x if axis is None or keepdims else np.expand_dims(x, axis)


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


def join(parts: Sequence[Any], axis: int, ndim: int) -> Any:
    """Concatenate along `axis` after raising each part to `ndim` axes: `np.vstack` (0, 2), `np.hstack` (1, 1).

    A part with fewer axes gets leading ones; one-dimensional parts are always joined along axis 0.
    """
    raised = [np.reshape(part, _raised(np.shape(part), ndim)) for part in parts]
    return np.concatenate(raised, min(axis, np.ndim(raised[0]) - 1))


def split_joined(x: Any, shapes: Sequence[Shape], axis: int, ndim: int) -> tuple[Any, ...]:
    """Cut the cotangent `x` of `join(parts, axis, ndim)` into one piece for each part, shaped as the parts."""
    axis = min(axis, np.ndim(x) - 1)
    ends = np.cumsum([_raised(shape, ndim)[axis] for shape in shapes])[:-1]
    return tuple(np.reshape(piece, shape) for piece, shape in zip(np.split(x, ends, axis), shapes, strict=True))


def _raised(shape: Shape, ndim: int) -> Shape:
    return (1,) * (ndim - len(shape)) + tuple(shape)


def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along `axis`, as views: what `np.stack` put together.

    >>> unstack(np.array([[1., 2.], [3., 4.]]), 1)
    (array([1., 3.]), array([2., 4.]))
    """
    return tuple(np.moveaxis(x, axis, 0))
