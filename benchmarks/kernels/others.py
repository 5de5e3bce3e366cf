"""Dynamic programming in soft form, N bodies, a sparse product, and elementwise programs."""

from __future__ import annotations

import numpy as np

from ..reference import compiled
from . import jax_others
from .kernel import Kernel, sizes


def soft_floyd(path):
    """All shortest paths with the minimum replaced by -log(exp(-a) + exp(-b))."""
    path = np.copy(path)
    for k in range(path.shape[0]):
        through = path[:, k : k + 1] + path[k : k + 1, :]
        path[:, :] = -np.logaddexp(-path, -through)
    return np.sum(path)


def soft_nussinov(scores):
    """Folding of a sequence: each interval's score from those inside it, with soft maxima."""
    n = scores.shape[0]
    best = np.zeros((n, n))
    for i in range(n - 2, -1, -1):
        for j in range(i + 1, n):
            value = np.logaddexp(best[i, j - 1], best[i + 1, j])
            if j - i > 1:
                value = np.logaddexp(value, best[i + 1, j - 1] + scores[i, j])
            for k in range(i + 1, j):
                value = np.logaddexp(value, best[i, k] + best[k + 1, j])
            best[i, j] = value
    return np.sum(best)


def acceleration(position, mass, softening):
    """Newtonian attraction of every body by every other, softened near zero."""
    x = position[:, 0:1]
    y = position[:, 1:2]
    z = position[:, 2:3]
    dx, dy, dz = x.T - x, y.T - y, z.T - z
    inverse_cube = (dx**2 + dy**2 + dz**2 + softening**2) ** -1.5
    return np.concatenate(((dx * inverse_cube) @ mass, (dy * inverse_cube) @ mass, (dz * inverse_cube) @ mass), axis=1)


def nbody(steps, dt, softening, mass, position, velocity):
    """Leapfrog steps of N bodies; the sum of where they end up and how fast."""
    force = acceleration(position, mass, softening)
    for _ in range(steps):
        velocity = velocity + 0.5 * dt * force
        position = position + dt * velocity
        force = acceleration(position, mass, softening)
        velocity = velocity + 0.5 * dt * force
    return np.sum(position) + np.sum(velocity**2 * mass)


def go_fast(a):
    """Every element plus the trace of tanh."""
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return np.sum(a + trace)


def spmv(rows, columns, values, x):
    """A sparse matrix by rows (CSR) times a vector."""
    y = np.zeros(rows.shape[0] - 1)
    for i in range(rows.shape[0] - 1):
        here = slice(rows[i], rows[i + 1])
        y[i] = np.dot(values[here], x[columns[here]])
    return np.sum(y)


def arc_distance(theta1, phi1, theta2, phi2):
    """Great-circle distances by the haversine formula."""
    t = np.sin((theta2 - theta1) / 2.0) ** 2 + np.cos(theta1) * np.cos(theta2) * np.sin((phi2 - phi1) / 2.0) ** 2
    return np.sum(2.0 * np.arctan2(np.sqrt(t), np.sqrt(1.0 - t)))


def graph(rng, n):
    return (rng.uniform(1.0, 10.0, (n, n)),)


def pairs(rng, n):
    return (rng.standard_normal((n, n)),)


def bodies(rng, n, steps):
    return (steps, 0.01, 0.1, 20.0 * np.ones((n, 1)) / n, rng.standard_normal((n, 3)), rng.standard_normal((n, 3)))


def square(rng, n):
    return (rng.standard_normal((n, n)),)


def sparse(rng, n, per_row):
    counts = rng.integers(1, 2 * per_row, n)
    rows = np.concatenate(([0], np.cumsum(counts)))
    return rows, rng.integers(0, n, rows[-1]), rng.standard_normal(rows[-1]), rng.standard_normal(n)


def angles(rng, n):
    return tuple(rng.uniform(0.2, 1.4, n) for _ in range(4))


KERNELS = [
    Kernel(soft_floyd, "loop", ("path",), graph, sizes({"n": 4}, {"n": 120}, {"n": 350}), jax=jax_others.soft_floyd),
    Kernel(soft_nussinov, "loop", ("scores",), pairs, sizes({"n": 5}, {"n": 40}, {"n": 120}),
           jax=jax_others.soft_nussinov),
    Kernel(nbody, "loop", ("mass", "position", "velocity"), bodies,
           sizes({"n": 4, "steps": 2}, {"n": 25, "steps": 40}, {"n": 75, "steps": 100}), jax=jax_others.nbody,
           hand=compiled.nbody),
    Kernel(go_fast, "array", ("a",), square, sizes({"n": 4}, {"n": 1000}, {"n": 3000}), jax=jax_others.go_fast),
    Kernel(spmv, "loop", ("values", "x"), sparse,
           sizes({"n": 5, "per_row": 2}, {"n": 2000, "per_row": 8}, {"n": 10000, "per_row": 12}), jax=jax_others.spmv),
    Kernel(arc_distance, "array", ("theta1", "phi1", "theta2", "phi2"), angles,
           sizes({"n": 5}, {"n": 100000}, {"n": 1000000})),
]
