"""The other kernels in JAX: `scan` along recurrences, `fori_loop` over steps, its own convolution."""

from __future__ import annotations

from typing import Any

from ..problem import Function


def vadv(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
        g = 0.25 * (wcon[1:, :, 1:] + wcon[:-1, :, 1:])
        zero = jnp.zeros_like(u_stage[:, :, :1])
        below = jnp.concatenate((zero, -g), axis=2)
        above = jnp.concatenate((g, zero), axis=2)
        step = u_stage[:, :, 1:] - u_stage[:, :, :-1]
        correction = (0.5 * below * jnp.concatenate((zero, step), axis=2)
                      - 0.5 * above * jnp.concatenate((step, zero), axis=2))
        right = dtr_stage * u_pos + utens + utens_stage + correction

        def forward(state, level):
            c, d = state
            below, above, right = level
            divided = 1.0 / (dtr_stage - 0.5 * below - 0.5 * above - c * 0.5 * below)
            state = 0.5 * above * divided, (right - d * 0.5 * below) * divided
            return state, state

        def backward(column, level):
            column = level[1] - level[0] * column
            return column, column

        levels = tuple(jnp.moveaxis(x, 2, 0) for x in (below, above, right))
        start = jnp.zeros_like(u_pos[:, :, 0])
        _, cd = jax.lax.scan(forward, (start, start), levels)
        _, columns = jax.lax.scan(backward, start, cd, reverse=True)
        return jnp.sum(dtr_stage * (jnp.moveaxis(columns, 0, 2) - u_pos))

    return loss


def cavity_flow(jax: Any) -> Function:
    def build_up(rho, dt, u, v, dx, dy):
        du = (u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * dx)
        dv = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * dy)
        return rho * ((du + dv) / dt - du**2 - 2.0 * (
            (u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * dy) * (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * dx)) - dv**2)

    def momentum(w, u, v, dt, dx, dy, nu):
        centre = w[1:-1, 1:-1]
        return (centre - u[1:-1, 1:-1] * dt / dx * (centre - w[1:-1, :-2])
                - v[1:-1, 1:-1] * dt / dy * (centre - w[:-2, 1:-1])
                + nu * (dt / dx**2 * (w[1:-1, 2:] - 2.0 * centre + w[1:-1, :-2])
                        + dt / dy**2 * (w[2:, 1:-1] - 2.0 * centre + w[:-2, 1:-1])))

    def loss(steps, sweeps, u, v, p, dt, rho, nu):
        dx = 2.0 / (u.shape[1] - 1)
        dy = 2.0 / (u.shape[0] - 1)

        def step(_, state):
            u, v, p = state
            b = build_up(rho, dt, u, v, dx, dy)

            def sweep(_, p):
                new = (((p[1:-1, 2:] + p[1:-1, :-2]) * dy**2 + (p[2:, 1:-1] + p[:-2, 1:-1]) * dx**2)
                       / (2.0 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2.0 * (dx**2 + dy**2)) * b)
                p = p.at[1:-1, 1:-1].set(new)
                p = p.at[:, -1].set(p[:, -2])
                p = p.at[0, :].set(p[1, :])
                p = p.at[:, 0].set(p[:, 1])
                return p.at[-1, :].set(0.0)

            p = jax.lax.fori_loop(0, sweeps, sweep, p)
            new_u = momentum(u, u, v, dt, dx, dy, nu) - dt / (2.0 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            new_v = momentum(v, u, v, dt, dx, dy, nu) - dt / (2.0 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            u = u.at[1:-1, 1:-1].set(new_u).at[0, :].set(0.0).at[:, 0].set(0.0).at[:, -1].set(0.0).at[-1, :].set(1.0)
            v = v.at[1:-1, 1:-1].set(new_v).at[0, :].set(0.0).at[-1, :].set(0.0).at[:, 0].set(0.0).at[:, -1].set(0.0)
            return u, v, p

        u, v, p = jax.lax.fori_loop(0, steps, step, (u, v, p))
        return jax.numpy.sum(u) + jax.numpy.sum(v) + jax.numpy.sum(p)

    return loss


def deriche(jax: Any) -> Function:
    jnp = jax.numpy

    def both_ways(image, weights):
        """Causal plus anti-causal recursion along the first axis."""
        a1, a2, a3, a4, b1, b2 = weights

        def recursion(state, known):
            one, two = state
            new = known + b1 * one + b2 * two
            return (new, one), new

        zero = jnp.zeros_like(image[:1])
        before = jnp.concatenate((zero, image[:-1]))
        start = zero[0], zero[0]
        _, causal = jax.lax.scan(recursion, start, a1 * image + a2 * before)
        after = jnp.concatenate((image[1:], zero))
        second = jnp.concatenate((image[2:], zero, zero))
        _, anti = jax.lax.scan(recursion, start, a3 * after + a4 * second, reverse=True)
        return causal + anti

    def loss(alpha, image):
        k = (1.0 - jnp.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * jnp.exp(-alpha) - jnp.exp(2.0 * alpha))
        weights = (k, k * jnp.exp(-alpha) * (alpha - 1.0), k * jnp.exp(-alpha) * (alpha + 1.0),
                   -k * jnp.exp(-2.0 * alpha), 2.0 ** (-alpha), -jnp.exp(-2.0 * alpha))
        return jnp.sum(both_ways(both_ways(image.T, weights).T, weights))

    return loss


def _convolve(jax: Any, image: Any, weights: Any, padding: str) -> Any:
    return jax.lax.conv_general_dilated(image, weights, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def conv2d(jax: Any) -> Function:
    def loss(image, weights, bias):
        return jax.numpy.sum(_convolve(jax, image, weights, "VALID") + bias)

    return loss


def residual_block(jax: Any) -> Function:
    jnp = jax.numpy

    def batch_norm(x):
        mean = jnp.mean(x, axis=0, keepdims=True)
        return (x - mean) / jnp.sqrt(jnp.mean((x - mean) ** 2, axis=0, keepdims=True) + 1e-5)

    def loss(x, w1, w2, w3):
        h = jax.nn.relu(batch_norm(_convolve(jax, x, w1, "VALID")))
        h = jax.nn.relu(batch_norm(_convolve(jax, h, w2, "SAME")))
        return jnp.sum(jax.nn.relu(batch_norm(_convolve(jax, h, w3, "VALID")) + x))

    return loss


def soft_floyd(jax: Any) -> Function:
    def loss(path):
        def through(k, path):
            return -jax.numpy.logaddexp(-path, -(path[:, k, None] + path[k]))

        return jax.numpy.sum(jax.lax.fori_loop(0, path.shape[0], through, path))

    return loss


def soft_nussinov(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(scores):
        n = scores.shape[0]
        index = jnp.arange(n)

        def row(number, best):
            i = n - 2 - number

            def cell(j, best):
                splits = jnp.where((index > i) & (index < j), best[i] + jnp.roll(best[:, j], -1), -jnp.inf)
                pair = jnp.where(j - i > 1, best[i + 1, j - 1] + scores[i, j], -jnp.inf)
                known = jnp.stack((best[i, j - 1], best[i + 1, j], pair))
                value = jax.nn.logsumexp(jnp.concatenate((known, splits)))
                return best.at[i, j].set(jnp.where(j > i, value, 0.0))

            return jax.lax.fori_loop(1, n, cell, best)

        return jnp.sum(jax.lax.fori_loop(0, n - 1, row, jnp.zeros((n, n))))

    return loss


def nbody(jax: Any) -> Function:
    def acceleration(position, mass, softening):
        apart = position[None, :, :] - position[:, None, :]
        inverse_cube = (jax.numpy.sum(apart**2, axis=2) + softening**2) ** -1.5
        return jax.numpy.einsum("ijk,ij,j->ik", apart, inverse_cube, mass[:, 0])

    def loss(steps, dt, softening, mass, position, velocity):
        def step(_, state):
            position, velocity, force = state
            velocity = velocity + 0.5 * dt * force
            position = position + dt * velocity
            force = acceleration(position, mass, softening)
            return position, velocity + 0.5 * dt * force, force

        start = position, velocity, acceleration(position, mass, softening)
        position, velocity, _ = jax.lax.fori_loop(0, steps, step, start)
        return jax.numpy.sum(position) + jax.numpy.sum(velocity**2 * mass)

    return loss


def go_fast(jax: Any) -> Function:
    def loss(a):
        return jax.numpy.sum(a + jax.numpy.sum(jax.numpy.tanh(jax.numpy.diagonal(a))))

    return loss


def spmv(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(rows, columns, values, x):
        n = rows.shape[0] - 1
        row = jnp.repeat(jnp.arange(n), jnp.diff(rows), total_repeat_length=values.shape[0])
        return jnp.sum(jax.ops.segment_sum(values * x[columns], row, num_segments=n))

    return loss
