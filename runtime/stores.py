"""Stores as values: what an in-place store is while the program is being differentiated.

Each returns a new array and leaves its argument alone. Generated code uses them only where the old value is still
read; elsewhere `raise_python` prints the store in place (`d_x[i] += d_y`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import ShapeError


def set_item(target: Any, index: Any, value: Any) -> Any:
    """A copy of `target` with `target[index] = value`.

    >>> set_item(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    result = np.array(target)
    result[index] = value
    return result


def add_at(target: Any, index: Any, value: Any) -> Any:
    """A copy of `target` with `value` added at `index`; an element named twice receives both.

    >>> add_at(np.zeros(3), [0, 0, 1], np.ones(3))
    array([2., 1., 0.])
    """
    result = np.array(target)
    np.add.at(result, index, value)
    return result


def keep_shape(result: Any, target: Any) -> Any:
    """`result`, cast to the dtype of `target`, which it replaces in place; a broadcast beyond its shape raises.

    >>> keep_shape(np.arange(3), np.zeros(3))
    array([0., 1., 2.])
    """
    if np.shape(result) != np.shape(target):
        if np.broadcast_shapes(np.shape(result), np.shape(target)) != np.shape(target):
            raise ShapeError(
                f"non-broadcastable output operand with shape {np.shape(target)} doesn't match the broadcast shape "
                f"{np.shape(result)}"
            )
    return np.broadcast_to(result, np.shape(target)).astype(np.result_type(target), casting="same_kind")


def with_real(target: Any, part: Any) -> Any:
    """A copy of a complex array with another real part.

    >>> with_real(np.array([1 + 2j]), 5.0)
    array([5.+2.j])
    """
    result = np.array(target)
    result.real = part
    return result


def with_imag(target: Any, part: Any) -> Any:
    """A copy of a complex array with another imaginary part.

    >>> with_imag(np.array([1 + 2j]), 5.0)
    array([1.+5.j])
    """
    result = np.array(target)
    result.imag = part
    return result


def stored_cotangent(d_target: Any, index: Any) -> Any:
    """The cotangent of a value stored at `index`: where an element is named twice, only the last write counts.

    >>> stored_cotangent(np.array([5.0, 7.0]), [0, 0, 1])
    array([0., 5., 7.])
    """
    part = np.array(d_target[index])
    order = np.arange(part.size).reshape(np.shape(part))
    writer = np.full(np.shape(d_target), -1)
    writer[index] = order
    return np.where(writer[index] == order, part, np.zeros(np.shape(part), part.dtype))
