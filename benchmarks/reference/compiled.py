"""Adjoints of five kernels written by hand as loops and compiled by Numba: the limit for generated machine code.

Each maker takes the numba module and returns `f(*arguments) -> value, gradients`, as the kernel's `wrt` orders them.
Linear kernels record nothing; the others read their own results back. Rows are walked in memory order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problem import Function


def jacobi_2d(numba: Any) -> Function:
    """Linear: the values are computed forwards, the cotangents backwards, and neither reads the other."""
    @numba.njit
    def relax(source, target):
        n, m = source.shape
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                target[i, j] = 0.2 * (source[i, j] + source[i, j - 1] + source[i, j + 1] + source[i + 1, j]
                                      + source[i - 1, j])

    @numba.njit
    def spread(d_target, d_source, row):
        """A row of cotangents is taken out, then added to the five places, one simple loop each."""
        n, m = d_target.shape
        for i in range(n - 2, 0, -1):
            for j in range(1, m - 1):
                row[j] = 0.2 * d_target[i, j]
                d_target[i, j] = 0.0
            for j in range(1, m - 1):
                d_source[i - 1, j] += row[j]
            for j in range(1, m - 1):
                d_source[i + 1, j] += row[j]
            for j in range(1, m - 1):
                d_source[i, j] += row[j]
            for j in range(1, m - 1):
                d_source[i, j + 1] += row[j]
            for j in range(1, m - 1):
                d_source[i, j - 1] += row[j]

    @numba.njit
    def value_and_grad(steps, a, b):
        a, b = a.copy(), b.copy()
        for _ in range(steps):
            relax(a, b)
            relax(b, a)
        d_a, d_b, row = np.ones_like(a), np.zeros_like(b), np.empty(a.shape[1])
        for _ in range(steps):
            spread(d_a, d_b, row)
            spread(d_b, d_a, row)
        return np.sum(a), (d_a, d_b)

    return value_and_grad  # type: ignore[no-any-return]


def seidel_2d(numba: Any) -> Function:
    """Linear, in place: new[i, j] = (sum of nine, four of them new) / 9, walked backwards with the row in registers."""
    @numba.njit
    def value_and_grad(steps, a):
        a = a.copy()
        n = a.shape[0]
        for _ in range(steps):
            for i in range(1, n - 1):
                for j in range(1, n - 1):
                    a[i, j] = (a[i - 1, j - 1] + a[i - 1, j] + a[i - 1, j + 1] + a[i, j - 1] + a[i, j] + a[i, j + 1]
                               + a[i + 1, j - 1] + a[i + 1, j] + a[i + 1, j + 1]) / 9.0
        d_a = np.ones_like(a)
        row = np.empty(n)
        for _ in range(steps):
            for i in range(n - 2, 0, -1):
                following = 0.0
                for j in range(n - 2, 0, -1):
                    following = (d_a[i, j] + following) / 9.0
                    row[j] = following
                d_a[i, 0] += row[1]
                for j in range(1, n - 1):
                    d_a[i, j] = row[j]
                for j in range(1, n - 1):
                    d_a[i, j + 1] += row[j]
                for near in (i - 1, i + 1):
                    for j in range(1, n - 1):
                        d_a[near, j - 1] += row[j]
                    for j in range(1, n - 1):
                        d_a[near, j] += row[j]
                    for j in range(1, n - 1):
                        d_a[near, j + 1] += row[j]
        return np.sum(a), (d_a,)

    return value_and_grad  # type: ignore[no-any-return]


def cholesky(numba: Any) -> Function:
    """Backwards through the rows; every element that the reverse reads is final, so nothing is recorded."""
    @numba.njit
    def value_and_grad(a):
        a = a.copy()
        n = a.shape[0]
        for i in range(n):
            for j in range(i):
                s = a[i, j]
                for k in range(j):
                    s -= a[i, k] * a[j, k]
                a[i, j] = s / a[j, j]
            s = a[i, i]
            for k in range(i):
                s -= a[i, k] * a[i, k]
            a[i, i] = np.sqrt(s)
        d_a = np.ones_like(a)
        for i in range(n - 1, -1, -1):
            d = d_a[i, i] / (2.0 * a[i, i])
            d_a[i, i] = d
            for k in range(i):
                d_a[i, k] -= 2.0 * d * a[i, k]
            for j in range(i - 1, -1, -1):
                d = d_a[i, j] / a[j, j]
                d_a[i, j] = d
                d_a[j, j] -= d * a[i, j]
                for k in range(j):
                    d_a[i, k] -= d * a[j, k]
                for k in range(j):
                    d_a[j, k] -= d * a[i, k]
        return np.sum(a), (d_a,)

    return value_and_grad  # type: ignore[no-any-return]


def trisolv(numba: Any) -> Function:
    """Back substitution with the transpose; x is final, so nothing is recorded."""
    @numba.njit
    def value_and_grad(l, b):
        n = b.shape[0]
        x = np.empty(n)
        for i in range(n):
            s = b[i]
            for k in range(i):
                s -= l[i, k] * x[k]
            x[i] = s / l[i, i]
        d_l = np.zeros_like(l)
        d_x = np.ones(n)
        d_b = np.empty(n)
        for i in range(n - 1, -1, -1):
            d = d_x[i] / l[i, i]
            d_b[i] = d
            d_l[i, i] = -d * x[i]
            for k in range(i):
                d_x[k] -= d * l[i, k]
            for k in range(i):
                d_l[i, k] = -d * x[k]
        return np.sum(x), (d_l, d_b)

    return value_and_grad  # type: ignore[no-any-return]


def nbody(numba: Any) -> Function:
    """Pairs in scalars; the positions of each step are recorded, the distances computed again."""
    @numba.njit
    def accelerate(position, mass, softening, force):
        for i in range(position.shape[0]):
            fx = fy = fz = 0.0
            for j in range(position.shape[0]):
                dx, dy = position[j, 0] - position[i, 0], position[j, 1] - position[i, 1]
                dz = position[j, 2] - position[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + softening * softening
                w = mass[j, 0] / (r2 * np.sqrt(r2))
                fx += dx * w
                fy += dy * w
                fz += dz * w
            force[i, 0], force[i, 1], force[i, 2] = fx, fy, fz

    @numba.njit
    def pull(position, mass, softening, d_force, d_position, d_mass):
        """Back through `accelerate`: d_position and d_mass receive what d_force sends."""
        for i in range(position.shape[0]):
            gx, gy, gz = d_force[i, 0], d_force[i, 1], d_force[i, 2]
            sx = sy = sz = 0.0
            for j in range(position.shape[0]):
                dx, dy = position[j, 0] - position[i, 0], position[j, 1] - position[i, 1]
                dz = position[j, 2] - position[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + softening * softening
                c = 1.0 / (r2 * np.sqrt(r2))
                along = gx * dx + gy * dy + gz * dz
                d_mass[j, 0] += along * c
                w = mass[j, 0] * c
                turn = -3.0 * along * w / r2
                hx, hy, hz = gx * w + turn * dx, gy * w + turn * dy, gz * w + turn * dz
                d_position[j, 0] += hx
                d_position[j, 1] += hy
                d_position[j, 2] += hz
                sx += hx
                sy += hy
                sz += hz
            d_position[i, 0] -= sx
            d_position[i, 1] -= sy
            d_position[i, 2] -= sz

    @numba.njit
    def value_and_grad(steps, dt, softening, mass, position, velocity):
        position, velocity = position.copy(), velocity.copy()
        seen = np.empty((steps + 1, position.shape[0], 3))
        force = np.empty_like(position)
        accelerate(position, mass, softening, force)
        seen[0] = position
        for t in range(steps):
            velocity += 0.5 * dt * force
            position += dt * velocity
            seen[t + 1] = position
            accelerate(position, mass, softening, force)
            velocity += 0.5 * dt * force
        value = np.sum(position) + np.sum(velocity**2 * mass)
        d_velocity = 2.0 * velocity * mass
        d_mass = np.zeros_like(mass)
        for i in range(mass.shape[0]):
            d_mass[i, 0] = velocity[i, 0] ** 2 + velocity[i, 1] ** 2 + velocity[i, 2] ** 2
        d_position = np.ones_like(position)
        d_force = np.zeros_like(position)
        for t in range(steps - 1, -1, -1):
            d_force += 0.5 * dt * d_velocity
            pull(seen[t + 1], mass, softening, d_force, d_position, d_mass)
            d_velocity += dt * d_position
            d_force = 0.5 * dt * d_velocity
        pull(seen[0], mass, softening, d_force, d_position, d_mass)
        return value, (d_mass, d_position, d_velocity)

    return value_and_grad  # type: ignore[no-any-return]
