"""Products of arrays in every rank: each cotangent of a trilinear form, so that each is the others' derivative.

For `ans = product(x, y)` write T = sum(x * y * g) over the product's index pattern. Then `ans` is dT/dg, and the
cotangents of x and y are dT/dx and dT/dy: three functions whose derivatives are again these three. None of them
conjugates; the rules conjugate the operand that they pass in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape, unbroadcast


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
    rest = len(a_shape) - 1
    summed = _dot_axis(np.ndim(b))
    others = [k for k in range(np.ndim(b)) if k != summed]
    return np.reshape(np.tensordot(g, b, (list(range(rest, np.ndim(g))), others)), a_shape)


def dot_cotangent_b(a: Any, g: Any, b_shape: Shape) -> Any:
    """The cotangent of `b` in `np.dot(a, b)`, for operands of any rank.

    returns: array of b_shape
    """
    if np.ndim(a) == 0 or len(b_shape) == 0:
        return unbroadcast(np.multiply(a, g), b_shape)
    rest = list(range(np.ndim(a) - 1))
    d_b = np.tensordot(a, g, (rest, rest))  # (summed, *rest of b)
    return np.moveaxis(d_b, 0, _dot_axis(len(b_shape)))


def _dot_axis(ndim: int) -> int:
    """The axis of dot's second operand that is summed: the last but one, or the only one."""
    return max(ndim - 2, 0)
