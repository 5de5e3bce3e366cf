"""Stencils in place on grids of one to three dimensions: relaxation, heat, waves, alternating directions."""

from __future__ import annotations

import numpy as np

from ..reference import compiled
from . import jax_stencils
from .kernel import Kernel, sizes


def jacobi_1d(steps, a, b):
    """The mean of three neighbours, from one array into the other and back."""
    a, b = np.copy(a), np.copy(b)
    for _ in range(steps):
        b[1:-1] = 0.33333 * (a[:-2] + a[1:-1] + a[2:])
        a[1:-1] = 0.33333 * (b[:-2] + b[1:-1] + b[2:])
    return np.sum(a)


def jacobi_2d(steps, a, b):
    """The mean of a point and its four neighbours, from one array into the other and back."""
    a, b = np.copy(a), np.copy(b)
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a[1:-1, 1:-1] = 0.2 * (b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1])
    return np.sum(a)


def seidel_2d(steps, a):
    """Gauss-Seidel: the mean of nine points, where those above and to the left are new already."""
    a = np.copy(a)
    n = a.shape[0]
    for _ in range(steps):
        for i in range(1, n - 1):
            a[i, 1:-1] += (a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:]
                           + a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:])
            for j in range(1, n - 1):
                a[i, j] = (a[i, j] + a[i, j - 1]) / 9.0
    return np.sum(a)


def heat_3d(steps, a, b):
    """Explicit steps of the heat equation in a cube."""
    a, b = np.copy(a), np.copy(b)
    for _ in range(steps):
        b[1:-1, 1:-1, 1:-1] = (
            0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1])
            + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, :-2, 1:-1])
            + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * a[1:-1, 1:-1, 1:-1] + a[1:-1, 1:-1, :-2])
            + a[1:-1, 1:-1, 1:-1])
        a[1:-1, 1:-1, 1:-1] = (
            0.125 * (b[2:, 1:-1, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[:-2, 1:-1, 1:-1])
            + 0.125 * (b[1:-1, 2:, 1:-1] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, :-2, 1:-1])
            + 0.125 * (b[1:-1, 1:-1, 2:] - 2.0 * b[1:-1, 1:-1, 1:-1] + b[1:-1, 1:-1, :-2])
            + b[1:-1, 1:-1, 1:-1])
    return np.sum(a)


def fdtd_2d(ex, ey, hz, source):
    """Maxwell's equations on a staggered grid, driven at one edge."""
    ex, ey, hz = np.copy(ex), np.copy(ey), np.copy(hz)
    for t in range(source.shape[0]):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz)


def adi(steps, u):
    """Alternating directions: an implicit half-step along columns, then one along rows, each a tridiagonal solve."""
    u = np.copy(u)
    n = u.shape[0]
    dt = 1.0 / steps
    weight = dt * n * n
    a = -0.5 * 2.0 * weight
    b = 1.0 + 2.0 * weight
    c = a
    d = -0.5 * weight
    e = 1.0 + weight
    f = d
    v = np.zeros_like(u)
    p = np.zeros_like(u)
    q = np.zeros_like(u)
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -c / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (-d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - f * u[j, 2:]
                          - a * q[1:-1, j - 1]) / (a * p[1:-1, j - 1] + b)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = u[1:-1, 0]
        for j in range(1, n - 1):
            p[1:-1, j] = -f / (d * p[1:-1, j - 1] + e)
            q[1:-1, j] = (-a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - c * v[2:, j]
                          - d * q[1:-1, j - 1]) / (d * p[1:-1, j - 1] + e)
        u[1:-1, -1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return np.sum(u)


def grids(dimensions, count):
    """A maker of `steps` and `count` grids of n points a side."""
    def make(rng, n, steps):
        return (steps, *(rng.standard_normal((n,) * dimensions) for _ in range(count)))

    return make


def fields(rng, nx, ny, steps):
    ex, ey, hz = (rng.standard_normal((nx, ny)) for _ in range(3))
    return ex, ey, hz, np.sin(0.3 * np.arange(steps))


KERNELS = [
    Kernel(jacobi_1d, "loop", ("a", "b"), grids(1, 2),
           sizes({"n": 9, "steps": 3}, {"n": 3200, "steps": 400}, {"n": 12000, "steps": 1500}),
           jax=jax_stencils.jacobi_1d),
    Kernel(jacobi_2d, "loop", ("a", "b"), grids(2, 2),
           sizes({"n": 6, "steps": 2}, {"n": 150, "steps": 50}, {"n": 350, "steps": 80}), jax=jax_stencils.jacobi_2d,
           hand=compiled.jacobi_2d),
    Kernel(seidel_2d, "loop", ("a",), grids(2, 1),
           sizes({"n": 6, "steps": 2}, {"n": 50, "steps": 8}, {"n": 120, "steps": 15}), jax=jax_stencils.seidel_2d,
           hand=compiled.seidel_2d),
    Kernel(heat_3d, "loop", ("a", "b"), grids(3, 2),
           sizes({"n": 5, "steps": 2}, {"n": 25, "steps": 25}, {"n": 40, "steps": 50}), jax=jax_stencils.heat_3d),
    Kernel(fdtd_2d, "loop", ("ex", "ey", "hz", "source"), fields,
           sizes({"nx": 5, "ny": 6, "steps": 3}, {"nx": 200, "ny": 220, "steps": 20},
                 {"nx": 400, "ny": 450, "steps": 60}), jax=jax_stencils.fdtd_2d),
    Kernel(adi, "loop", ("u",), grids(2, 1),
           sizes({"n": 6, "steps": 2}, {"n": 100, "steps": 5}, {"n": 200, "steps": 20}), jax=jax_stencils.adi),
]
