"""The stencils in JAX: `fori_loop` over steps, `scan` along recurrences, `.at[].set` for stores."""

from __future__ import annotations

from typing import Any

from ..problem import Function


def jacobi_1d(jax: Any) -> Function:
    def loss(steps, a, b):
        def step(_, state):
            a, b = state
            b = b.at[1:-1].set(0.33333 * (a[:-2] + a[1:-1] + a[2:]))
            a = a.at[1:-1].set(0.33333 * (b[:-2] + b[1:-1] + b[2:]))
            return a, b

        a, b = jax.lax.fori_loop(0, steps, step, (a, b))
        return jax.numpy.sum(a)

    return loss


def jacobi_2d(jax: Any) -> Function:
    def mean(a):
        return 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])

    def loss(steps, a, b):
        def step(_, state):
            a, b = state
            b = b.at[1:-1, 1:-1].set(mean(a))
            a = a.at[1:-1, 1:-1].set(mean(b))
            return a, b

        a, b = jax.lax.fori_loop(0, steps, step, (a, b))
        return jax.numpy.sum(a)

    return loss


def seidel_2d(jax: Any) -> Function:
    def loss(steps, a):
        def point(left, value):
            left = (value + left) / 9.0
            return left, left

        def row(i, a):
            above, here, below = a[i - 1], a[i], a[i + 1]
            known = (here[1:-1] + above[:-2] + above[1:-1] + above[2:] + here[2:]
                     + below[:-2] + below[1:-1] + below[2:])
            _, new = jax.lax.scan(point, here[0], known)
            return a.at[i, 1:-1].set(new)

        def step(_, a):
            return jax.lax.fori_loop(1, a.shape[0] - 1, row, a)

        return jax.numpy.sum(jax.lax.fori_loop(0, steps, step, a))

    return loss


def heat_3d(jax: Any) -> Function:
    def diffuse(a):
        centre = a[1:-1, 1:-1, 1:-1]
        return (0.125 * (a[2:, 1:-1, 1:-1] - 2.0 * centre + a[:-2, 1:-1, 1:-1])
                + 0.125 * (a[1:-1, 2:, 1:-1] - 2.0 * centre + a[1:-1, :-2, 1:-1])
                + 0.125 * (a[1:-1, 1:-1, 2:] - 2.0 * centre + a[1:-1, 1:-1, :-2]) + centre)

    def loss(steps, a, b):
        def step(_, state):
            a, b = state
            b = b.at[1:-1, 1:-1, 1:-1].set(diffuse(a))
            a = a.at[1:-1, 1:-1, 1:-1].set(diffuse(b))
            return a, b

        a, b = jax.lax.fori_loop(0, steps, step, (a, b))
        return jax.numpy.sum(a)

    return loss


def fdtd_2d(jax: Any) -> Function:
    def loss(ex, ey, hz, source):
        def step(t, state):
            ex, ey, hz = state
            ey = ey.at[0, :].set(source[t])
            ey = ey.at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
            ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
            hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
            return ex, ey, hz

        _, _, hz = jax.lax.fori_loop(0, source.shape[0], step, (ex, ey, hz))
        return jax.numpy.sum(hz)

    return loss


def adi(jax: Any) -> Function:
    jnp, scan = jax.numpy, jax.lax.scan

    def solve(a, b, c, right):
        """Tridiagonal systems, one for each column of `right` (inner points, systems), with ends at 1."""
        def forward(state, row):
            p, q = state
            below = a * p + b
            state = -c / below, (row - a * q) / below
            return state, state

        def backward(value, pq):
            value = pq[0] * value + pq[1]
            return value, value

        start = jnp.zeros(right.shape[1]), jnp.ones(right.shape[1])
        _, pq = scan(forward, start, right)
        return scan(backward, jnp.ones(right.shape[1]), pq, reverse=True)[1]

    def loss(steps, u):
        n = u.shape[0]
        weight = (1.0 / steps) * n * n
        a, b = -weight, 1.0 + 2.0 * weight
        d, e = -0.5 * weight, 1.0 + weight

        def step(_, u):
            v = jnp.zeros_like(u).at[0, 1:-1].set(1.0).at[-1, 1:-1].set(1.0)
            right = (-d * u[1:-1, :-2] + (1.0 + 2.0 * d) * u[1:-1, 1:-1] - d * u[1:-1, 2:])
            v = v.at[1:-1, 1:-1].set(solve(a, b, a, right))
            right = (-a * v[:-2, 1:-1] + (1.0 + 2.0 * a) * v[1:-1, 1:-1] - a * v[2:, 1:-1])
            inner = solve(d, e, d, right.T).T
            return u.at[1:-1, 0].set(1.0).at[1:-1, -1].set(1.0).at[1:-1, 1:-1].set(inner)

        return jnp.sum(jax.lax.fori_loop(0, steps, step, u))

    return loss
