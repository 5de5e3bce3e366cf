"""Jacobians and maps over an axis, as ordinary Python that the compiler reads where a program calls them."""

from __future__ import annotations

from typing import Any

import numpy as np


def columns(slope: Any, x: Any, dtype: Any, result: Any) -> Any:
    """The Jacobian from its columns: `slope(x, t)` is J t; the dtypes of x and of J t."""
    first = slope(x, basis(x, 0, dtype))
    made = np.zeros(np.shape(first) + (np.size(x),), result)
    made[..., 0] = first
    for i in range(1, np.size(x)):
        made[..., i] = slope(x, basis(x, i, dtype))
    return np.reshape(made, np.shape(first) + np.shape(x))


def basis(x: Any, i: Any, dtype: Any) -> Any:
    """The unit vector number i of the space of x."""
    unit = np.zeros(np.size(x), dtype)
    unit[i] = 1.0
    return np.reshape(unit, np.shape(x))


def rows(call: Any, count: Any, dtype: Any) -> Any:
    """`call(i)` for i from 0 to count - 1, as the rows of one array."""
    first = call(0)
    made = np.zeros((count,) + np.shape(first), dtype)
    made[0] = first
    for i in range(1, count):
        made[i] = call(i)
    return made
