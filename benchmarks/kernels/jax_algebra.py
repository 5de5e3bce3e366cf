"""Factorisations and products in JAX: one `fori_loop`, whole rows or columns inside, masks where bounds depend on it.

JAX cannot reverse a loop whose number of trips is computed, so triangular loops run over whole vectors under a mask.
"""

from __future__ import annotations

from typing import Any

from ..problem import Function


def cholesky(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(a):
        index = jnp.arange(a.shape[0])

        def column(j, a):
            rest = a[:, j] - a @ jnp.where(index < j, a[j], 0.0)
            root = jnp.sqrt(rest[j])
            new = jnp.where(index > j, rest / root, jnp.where(index == j, root, a[:, j]))
            return a.at[:, j].set(new)

        return jnp.sum(jax.lax.fori_loop(0, a.shape[0], column, a))

    return loss


def lu(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(a):
        index = jnp.arange(a.shape[0])

        def step(k, a):
            below = jnp.where(index > k, a[:, k] / a[k, k], 0.0)
            right = jnp.where(index > k, a[k], 0.0)
            a = a.at[:, k].set(jnp.where(index > k, below, a[:, k]))
            return a - jnp.outer(below, right)

        return jnp.sum(jax.lax.fori_loop(0, a.shape[0], step, a))

    return loss


def trisolv(jax: Any) -> Function:
    def loss(l, b):
        def row(i, x):
            return x.at[i].set((b[i] - l[i] @ x) / l[i, i])

        return jax.numpy.sum(jax.lax.fori_loop(0, b.shape[0], row, jax.numpy.zeros_like(b)))

    return loss


def gram_schmidt(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(a):
        n = a.shape[1]
        index = jnp.arange(n)

        def step(k, state):
            a, q, r = state
            length = jnp.sqrt(a[:, k] @ a[:, k])
            direction = a[:, k] / length
            row = jnp.where(index > k, direction @ a, 0.0)
            r = r.at[k].set(jnp.where(index == k, length, row))
            return a - jnp.outer(direction, row), q.at[:, k].set(direction), r

        _, q, r = jax.lax.fori_loop(0, n, step, (a, jnp.zeros_like(a), jnp.zeros((n, n))))
        return jnp.sum(q) + jnp.sum(r)

    return loss


def durbin(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(r):
        n = r.shape[0]
        index = jnp.arange(n)

        def step(k, state):
            y, alpha, beta = state
            beta = beta * (1.0 - alpha * alpha)
            mirror = k - 1 - index
            alpha = -(r[k] + jnp.sum(jnp.where(index < k, r[mirror] * y, 0.0))) / beta
            y = y + alpha * jnp.where(index < k, y[mirror], 0.0)
            return y.at[k].set(alpha), alpha, beta

        first = jnp.zeros_like(r).at[0].set(-r[0])
        return jnp.sum(jax.lax.fori_loop(1, n, step, (first, -r[0], 1.0))[0])

    return loss


def syrk(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(alpha, beta, a, c):
        index = jnp.arange(a.shape[0])

        def row(i, c):
            return c.at[i].set(jnp.where(index <= i, beta * c[i] + alpha * (a @ a[i]), c[i]))

        return jnp.sum(jax.lax.fori_loop(0, a.shape[0], row, c))

    return loss


def syr2k(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(alpha, beta, a, b, c):
        index = jnp.arange(a.shape[0])

        def row(i, c):
            new = beta * c[i] + alpha * (a @ b[i] + b @ a[i])
            return c.at[i].set(jnp.where(index <= i, new, c[i]))

        return jnp.sum(jax.lax.fori_loop(0, a.shape[0], row, c))

    return loss


def symm(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(alpha, beta, a, b, c):
        index = jnp.arange(a.shape[0])

        def row(i, c):
            left = jnp.where(index < i, a[i], 0.0)
            c = c + alpha * jnp.outer(left, b[i])
            return c.at[i].add(alpha * b[i] * a[i, i] + alpha * (left @ b))

        return jnp.sum(jax.lax.fori_loop(0, a.shape[0], row, beta * c))

    return loss


def trmm(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(alpha, a, b):
        index = jnp.arange(a.shape[0])

        def row(i, b):
            return b.at[i].add(jnp.where(index > i, a[:, i], 0.0) @ b)

        return alpha * jnp.sum(jax.lax.fori_loop(0, a.shape[0], row, b))

    return loss


def doitgen(jax: Any) -> Function:
    def loss(a, c4):
        return jax.numpy.sum(a @ c4)

    return loss


def covariance(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(data):
        data = data - jnp.mean(data, axis=0)
        return jnp.sum(data.T @ data / (data.shape[0] - 1.0))

    return loss


def correlation(jax: Any) -> Function:
    jnp = jax.numpy

    def loss(data):
        samples, m = data.shape
        data = data - jnp.mean(data, axis=0)
        deviation = jnp.sqrt(jnp.sum(data * data, axis=0) / samples)
        data = data / (jnp.sqrt(samples) * deviation)
        corr = data.T @ data
        return jnp.sum(corr.at[jnp.diag_indices(m)].set(1.0))

    return loss
