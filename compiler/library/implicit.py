"""Solutions of equations, differentiated by the implicit function theorem.

Where F(x, a) = 0 defines x as a function of a,

    J = dF/dx,   J^T w = d_x,   d_a = -(dF/da)^T w

so the derivative needs one linear solve at the solution, and nothing of how the solution was found.
These are ordinary functions: the compiler reads them, with the user's F in the place of `equation`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Equation = Callable[..., Any]
Product = Callable[[Any], Any]


def dense(product: Product, d_x: Any) -> Any:
    """w with J^T w = d_x, by the matrix itself: one product for each element of d_x, then LU."""
    size = np.size(d_x)
    matrix = np.zeros((size, size))
    for k in range(size):
        unit = np.zeros(size)
        unit[k] = 1.0
        matrix[:, k] = np.reshape(product(np.reshape(unit, np.shape(d_x))), size)
    return np.reshape(np.linalg.solve(matrix, np.reshape(d_x, size)), np.shape(d_x))


def conjugate_gradients(product: Product, d_x: Any) -> Any:
    """w with J^T w = d_x for a symmetric positive definite J (a minimiser's): Hestenes and Stiefel (1952)."""
    w = np.zeros_like(d_x)
    residual = d_x * 1.0
    direction = residual * 1.0
    size = np.sum(residual * residual)
    goal = 1e-24 * size
    trips = 0
    while size > goal and trips < 10 * np.size(d_x):
        image = product(direction)
        step = size / np.sum(direction * image)
        w = w + step * direction
        residual = residual - step * image
        following = np.sum(residual * residual)
        direction = residual + (following / size) * direction
        size = following
        trips = trips + 1
    return w


def neumann(product: Product, d_x: Any) -> Any:
    """w with J^T w = d_x for a contraction (|1 - J| < 1): w = d_x + (1 - J^T) w, until nothing changes."""
    w = d_x * 1.0
    change = 1.0
    trips = 0
    while change > 1e-15 and trips < 10000:
        following = d_x + w - product(w)
        change = np.max(np.abs(following - w)) / (1e-300 + np.max(np.abs(following)))
        w = following
        trips = trips + 1
    return w


SOLVERS: dict[str, Callable[[Product, Any], Any]] = {"dense": dense, "cg": conjugate_gradients, "neumann": neumann}

__all__ = ["SOLVERS", "conjugate_gradients", "dense", "neumann"]
