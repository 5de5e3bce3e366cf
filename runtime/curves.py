"""Splines of SciPy's that are constants, at given places."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape


def spline_at(x: Any, spline: Any, nu: int, extrapolate: Any) -> Any:
    """The derivative of order nu of a spline at places x: of the shape of x, with the axes of the spline's values."""
    if np.dtype(spline.c.dtype).kind == "c":
        raise TypeError("a spline of complex values; write one of the real parts and one of the imaginary parts")
    return spline(x, nu, extrapolate)


def over_values(g: Any, spline: Any, shape: Shape) -> Any:
    """The sum of g over the axes of the spline's values: an array of `shape`, the places' own."""
    axis, count = spline.axis, len(shape)
    others = tuple(k for k in range(np.ndim(g)) if not axis <= k < axis + count)
    return np.sum(g, others)


def along_values(x: Any, spline: Any, shape: Shape) -> Any:
    """The transpose of `over_values`: repeated along the axes of the spline's values, to `shape`."""
    axis, count = spline.axis, np.ndim(x)
    own = (1,) * axis + np.shape(x) + (1,) * (len(shape) - axis - count)
    return np.broadcast_to(np.reshape(x, own), shape)
