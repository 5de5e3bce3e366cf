"""Products of arrays in every rank: each cotangent of a trilinear form, so that each is the others' derivative.

For `ans = product(x, y)` write T = sum(x * y * g) over the product's index pattern. Then `ans` is dT/dg, and the
cotangents of x and y are dT/dx and dT/dy: three functions whose derivatives are again these three. None of them
conjugates; the rules conjugate the operand that they pass in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape, normal_axes, unbroadcast


def matmul_cotangent_x1(g: Any, x1_shape: Shape, x2: Any) -> Any:
    """The cotangent of `x1` in `np.matmul(x1, x2)`, for operands of any rank.

    g      : array of the shape of the product
    returns: array of x1_shape

    >>> matmul_cotangent_x1(np.ones(2), (3,), np.ones((3, 2)))
    array([2., 2., 2.])
    """
    left, right = _as_matrices(x1_shape, np.shape(x2))
    g = np.reshape(g, _product_shape(left, right))
    x2 = np.reshape(x2, right)
    return np.reshape(unbroadcast(np.matmul(g, np.swapaxes(x2, -1, -2)), left), x1_shape)


def matmul_cotangent_x2(x1: Any, g: Any, x2_shape: Shape) -> Any:
    """The cotangent of `x2` in `np.matmul(x1, x2)`, for operands of any rank.

    g      : array of the shape of the product
    returns: array of x2_shape
    """
    left, right = _as_matrices(np.shape(x1), x2_shape)
    g = np.reshape(g, _product_shape(left, right))
    x1 = np.reshape(x1, left)
    return np.reshape(unbroadcast(np.matmul(np.swapaxes(x1, -1, -2), g), right), x2_shape)


def _as_matrices(left: Shape, right: Shape) -> tuple[Shape, Shape]:
    """A vector on the left is a row, on the right a column."""
    return (1, *left) if len(left) == 1 else left, (*right, 1) if len(right) == 1 else right


def _product_shape(left: Shape, right: Shape) -> Shape:
    return (*np.broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])


def dot_cotangent_a(g: Any, a_shape: Shape, b: Any) -> Any:
    """The cotangent of `a` in `np.dot(a, b)`, for operands of any rank.

    g      : array (*rest of a, *rest of b): the last axis of a is summed with the last but one of b
    returns: array of a_shape
    """
    if len(a_shape) == 0 or np.ndim(b) == 0:
        return unbroadcast(np.multiply(g, b), a_shape)
    return tensordot_cotangent_a(g, a_shape, b, (-1, _dot_axis(np.ndim(b))))


def dot_cotangent_b(a: Any, g: Any, b_shape: Shape) -> Any:
    """The cotangent of `b` in `np.dot(a, b)`, for operands of any rank.

    returns: array of b_shape
    """
    if np.ndim(a) == 0 or len(b_shape) == 0:
        return unbroadcast(np.multiply(a, g), b_shape)
    return tensordot_cotangent_b(a, g, b_shape, (-1, _dot_axis(len(b_shape))))


def _dot_axis(ndim: int) -> int:
    """The axis of dot's second operand that is summed: the last but one, or the only one."""
    return max(ndim - 2, 0)


def tensordot_cotangent_a(g: Any, a_shape: Shape, b: Any, axes: Any) -> Any:
    """The cotangent of `a` in `np.tensordot(a, b, axes)`.

    g      : array (*axes of a that are not summed, *axes of b that are not summed)
    returns: array of a_shape
    """
    summed_a, summed_b = _summed_axes(axes, len(a_shape), np.ndim(b))
    rest_a = [k for k in range(len(a_shape)) if k not in summed_a]
    rest_b = [k for k in range(np.ndim(b)) if k not in summed_b]
    d_a = np.tensordot(_weak(g, b), b, (list(range(len(rest_a), np.ndim(g))), rest_b))
    order = rest_a + [summed_a[k] for k in np.argsort(summed_b)]
    return np.transpose(d_a, np.argsort(order))


def tensordot_cotangent_b(a: Any, g: Any, b_shape: Shape, axes: Any) -> Any:
    """The cotangent of `b` in `np.tensordot(a, b, axes)`.

    returns: array of b_shape
    """
    summed_a, summed_b = _summed_axes(axes, np.ndim(a), len(b_shape))
    rest_a = [k for k in range(np.ndim(a)) if k not in summed_a]
    rest_b = [k for k in range(len(b_shape)) if k not in summed_b]
    d_b = np.tensordot(a, _weak(g, a), (rest_a, list(range(len(rest_a)))))
    order = [summed_b[k] for k in np.argsort(summed_a)] + rest_b
    return np.transpose(d_b, np.argsort(order))


def _weak(number: Any, array: Any) -> Any:
    """A number of Python's has the precision of what it is multiplied with; `np.tensordot` makes float64 of it."""
    return np.asarray(number, np.result_type(number, array)) if type(number) in (int, float, complex) else number


def _summed_axes(axes: Any, a_ndim: int, b_ndim: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`axes` of tensordot, a count or a pair, as non-negative axes of each operand."""
    if np.ndim(axes) == 0:
        return tuple(range(a_ndim - axes, a_ndim)), tuple(range(axes))
    of_a, of_b = (tuple(x) if np.ndim(x) else x for x in axes)
    return normal_axes(of_a, a_ndim), normal_axes(of_b, b_ndim)
