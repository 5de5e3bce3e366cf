"""Value and gradients of the programs that contain gradients, by hand: what a step does and its transpose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def particle(charges: Array, velocity: Array, steps: int, dt: float) -> tuple[np.float64, tuple[Array, Array]]:
    """The force of a charge at u is u / r^3; its derivative, 1 / r^3 - 3 u u' / r^5, is symmetric."""
    position = np.zeros(2)
    kept = []
    for _ in range(steps):
        u = charges - position
        r2 = np.sum(u * u, axis=1) + 0.01
        weight = 1.0 / (r2 * np.sqrt(r2))
        kept.append((u, r2, weight))
        velocity = velocity - dt * (weight @ u)
        position = position + dt * velocity
    miss = position - 1.0

    d_position, d_velocity, d_charges = 2.0 * miss, np.zeros(2), np.zeros_like(charges)
    for u, r2, weight in reversed(kept):
        d_velocity = d_velocity + dt * d_position
        d_force = -dt * d_velocity
        d_u = weight[:, None] * d_force - (3.0 * weight / r2 * (u @ d_force))[:, None] * u
        d_charges += d_u
        d_position = d_position - d_u.sum(axis=0)
    return np.sum(miss * miss), (d_charges, d_velocity)


def saddle(a: Array, x: Array, y: Array, steps: int, rate: float) -> tuple[np.float64, tuple[Array]]:
    """The gradient of the payoff is (a y + x - sin(x) / 10, a' x - y); what `a` gets of all steps is one product."""
    xs, ys = np.empty((steps, len(x))), np.empty((steps, len(y)))
    for t in range(steps):
        xs[t], ys[t] = x, y
        x, y = x - rate * (a @ y + x - 0.1 * np.sin(x)), y + rate * (x @ a - y)
    value = np.dot(x, x) + np.dot(y, y)

    of_x, of_y = np.empty_like(xs), np.empty_like(ys)
    d_x, d_y = 2.0 * x, 2.0 * y
    slopes = 1.0 - 0.1 * np.cos(xs)
    for t in range(steps - 1, -1, -1):
        g_x, g_y = -rate * d_x, rate * d_y
        of_x[t], of_y[t] = g_x, g_y
        d_x, d_y = d_x + slopes[t] * g_x + a @ g_y, d_y + g_x @ a - g_y
    return value, (of_x.T @ ys + xs.T @ of_y,)


PARTICLE_VERSIONS = {"by hand": particle}
SADDLE_VERSIONS = {"by hand": saddle}
