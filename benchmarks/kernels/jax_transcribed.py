"""The loop kernels in JAX, statement by statement: each `for` a `fori_loop`, each store an `.at[].set` or `.at[].add`.

This is what a first port of the NumPy loops looks like. `jax_algebra`, `jax_others` and `jax_stencils` hold what
somebody who knows JAX makes of it: whole rows and matrices, `scan` along recurrences. A kernel that is missing here is
written there in this form already (or, `spmv`, cannot be: JAX reverses no loop whose trips are data). Where a bound
depends on the index of a loop around, the loop runs over all places under a mask, for the same reason.
"""

from __future__ import annotations

from typing import Any

from ..problem import Function


def seidel_2d(jax: Any) -> Function:
    loop = jax.lax.fori_loop

    def loss(steps, a):
        n = a.shape[0]

        def row(i, a):
            a = a.at[i, 1:-1].add(a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:]
                                  + a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:])
            return loop(1, n - 1, lambda j, a: a.at[i, j].set((a[i, j] + a[i, j - 1]) / 9.0), a)

        return jax.numpy.sum(loop(0, steps, lambda _, a: loop(1, n - 1, row, a), a))

    return loss


def adi(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(steps, u):
        n = u.shape[0]
        weight = (1.0 / steps) * n * n
        a, b = -weight, 1.0 + 2.0 * weight
        d, e = -0.5 * weight, 1.0 + weight

        def step(_, state):
            u, v, p, q = state

            def down(j, pq):
                p, q = pq
                below = a * p[1:-1, j - 1] + b
                right = -d * u[j, :-2] + (1.0 + 2.0 * d) * u[j, 1:-1] - d * u[j, 2:] - a * q[1:-1, j - 1]
                return p.at[1:-1, j].set(-a / below), q.at[1:-1, j].set(right / below)

            def up(k, v):
                j = n - 1 - k
                return v.at[j, 1:-1].set(p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j])

            v = v.at[0, 1:-1].set(1.0)
            p, q = loop(1, n - 1, down, (p.at[1:-1, 0].set(0.0), q.at[1:-1, 0].set(v[0, 1:-1])))
            v = loop(1, n - 1, up, v.at[-1, 1:-1].set(1.0))

            def across(j, pq):
                p, q = pq
                below = d * p[1:-1, j - 1] + e
                right = -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - a * v[2:, j] - d * q[1:-1, j - 1]
                return p.at[1:-1, j].set(-d / below), q.at[1:-1, j].set(right / below)

            def back(k, u):
                j = n - 1 - k
                return u.at[1:-1, j].set(p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j])

            u = u.at[1:-1, 0].set(1.0)
            p, q = loop(1, n - 1, across, (p.at[1:-1, 0].set(0.0), q.at[1:-1, 0].set(u[1:-1, 0])))
            return loop(1, n - 1, back, u.at[1:-1, -1].set(1.0)), v, p, q

        zero = jnp.zeros_like(u)
        return jnp.sum(loop(0, steps, step, (u, zero, zero, zero))[0])

    return loss


def cholesky(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(a):
        n = a.shape[0]
        index = jnp.arange(n)

        def row(i, a):
            def column(j, a):
                new = (a[i, j] - jnp.dot(jnp.where(index < j, a[i], 0.0), a[j])) / a[j, j]
                return a.at[i, j].set(jnp.where(j < i, new, a[i, j]))

            a = loop(0, n, column, a)
            before = jnp.where(index < i, a[i], 0.0)
            return a.at[i, i].set(jnp.sqrt(a[i, i] - jnp.dot(before, before)))

        return jnp.sum(loop(0, n, row, a))

    return loss


def lu(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(a):
        n = a.shape[0]
        index = jnp.arange(n)

        def row(i, a):
            def left(j, a):
                new = (a[i, j] - jnp.dot(jnp.where(index < j, a[i], 0.0), a[:, j])) / a[j, j]
                return a.at[i, j].set(jnp.where(j < i, new, a[i, j]))

            def right(j, a):
                new = a[i, j] - jnp.dot(jnp.where(index < i, a[i], 0.0), a[:, j])
                return a.at[i, j].set(jnp.where(j >= i, new, a[i, j]))

            return loop(0, n, right, loop(0, n, left, a))

        return jnp.sum(loop(0, n, row, a))

    return loss


def gram_schmidt(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(a):
        n = a.shape[1]

        def step(k, state):
            a, q, r = state
            r = r.at[k, k].set(jnp.sqrt(jnp.dot(a[:, k], a[:, k])))
            q = q.at[:, k].set(a[:, k] / r[k, k])

            def column(j, state):
                a, r = state
                r = r.at[k, j].set(jnp.where(j > k, jnp.dot(q[:, k], a[:, j]), r[k, j]))
                return a.at[:, j].add(jnp.where(j > k, -q[:, k] * r[k, j], 0.0)), r

            a, r = loop(0, n, column, (a, r))
            return a, q, r

        _, q, r = loop(0, n, step, (a, jnp.zeros_like(a), jnp.zeros((n, n))))
        return jnp.sum(q) + jnp.sum(r)

    return loss


def syrk(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(alpha, beta, a, c):
        index = jnp.arange(a.shape[0])

        def row(i, c):
            c = c.at[i].multiply(jnp.where(index <= i, beta, 1.0))
            return loop(0, a.shape[1], lambda k, c: c.at[i].add(
                jnp.where(index <= i, alpha * a[i, k] * a[:, k], 0.0)), c)

        return jnp.sum(loop(0, a.shape[0], row, c))

    return loss


def syr2k(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(alpha, beta, a, b, c):
        index = jnp.arange(a.shape[0])

        def row(i, c):
            c = c.at[i].multiply(jnp.where(index <= i, beta, 1.0))
            return loop(0, a.shape[1], lambda k, c: c.at[i].add(jnp.where(
                index <= i, a[:, k] * alpha * b[i, k] + b[:, k] * alpha * a[i, k], 0.0)), c)

        return jnp.sum(loop(0, a.shape[0], row, c))

    return loss


def symm(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(alpha, beta, a, b, c):
        m, n = b.shape
        index = jnp.arange(m)

        def line(i, state):
            def column(j, state):
                c, row = state
                left = jnp.where(index < i, a[i], 0.0)
                return c.at[:, j].add(alpha * b[i, j] * left), row.at[j].set(jnp.dot(b[:, j], left))

            c, row = loop(0, n, column, state)
            return c.at[i, :].add(alpha * b[i, :] * a[i, i] + alpha * row), row

        return jnp.sum(loop(0, m, line, (c * beta, jnp.zeros(n)))[0])

    return loss


def trmm(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(alpha, a, b):
        index = jnp.arange(a.shape[0])

        def row(i, b):
            return loop(0, b.shape[1], lambda j, b: b.at[i, j].add(
                jnp.dot(jnp.where(index > i, a[:, i], 0.0), b[:, j])), b)

        return jnp.sum(alpha * loop(0, b.shape[0], row, b))

    return loss


def doitgen(jax: Any) -> Function:
    loop = jax.lax.fori_loop

    def loss(a, c4):
        def plane(r, a):
            return loop(0, a.shape[1], lambda q, a: a.at[r, q, :].set(a[r, q, :] @ c4), a)

        return jax.numpy.sum(loop(0, a.shape[0], plane, a))

    return loss


def vadv(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
        levels = u_pos.shape[2]
        zero = jnp.zeros_like(u_pos)
        gcv = 0.25 * (wcon[1:, :, 1] + wcon[:-1, :, 1])
        correction = -gcv * 0.5 * (u_stage[:, :, 1] - u_stage[:, :, 0])
        divided = 1.0 / (dtr_stage - gcv * 0.5)
        ccol = zero.at[:, :, 0].set(gcv * 0.5 * divided)
        dcol = zero.at[:, :, 0].set(
            (dtr_stage * u_pos[:, :, 0] + utens[:, :, 0] + utens_stage[:, :, 0] + correction) * divided)

        def forward(k, state):
            ccol, dcol = state
            gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
            gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
            acol, upper = gav * 0.5, gcv * 0.5
            correction = (-gav * 0.5 * (u_stage[:, :, k - 1] - u_stage[:, :, k])
                          - gcv * 0.5 * (u_stage[:, :, k + 1] - u_stage[:, :, k]))
            right = dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction
            divided = 1.0 / (dtr_stage - acol - upper - ccol[:, :, k - 1] * acol)
            return (ccol.at[:, :, k].set(upper * divided),
                    dcol.at[:, :, k].set((right - dcol[:, :, k - 1] * acol) * divided))

        ccol, dcol = loop(1, levels - 1, forward, (ccol, dcol))
        gav = -0.25 * (wcon[1:, :, levels - 1] + wcon[:-1, :, levels - 1])
        acol = gav * 0.5
        correction = -gav * 0.5 * (u_stage[:, :, levels - 2] - u_stage[:, :, levels - 1])
        right = (dtr_stage * u_pos[:, :, levels - 1] + utens[:, :, levels - 1] + utens_stage[:, :, levels - 1]
                 + correction)
        divided = 1.0 / (dtr_stage - acol - ccol[:, :, levels - 2] * acol)
        column = (right - dcol[:, :, levels - 2] * acol) * divided
        stage = utens_stage.at[:, :, levels - 1].set(dtr_stage * (column - u_pos[:, :, levels - 1]))

        def backward(number, state):
            column, stage = state
            k = levels - 2 - number
            column = dcol[:, :, k] - ccol[:, :, k] * column
            return column, stage.at[:, :, k].set(dtr_stage * (column - u_pos[:, :, k]))

        return jnp.sum(loop(0, levels - 1, backward, (column, stage))[1])

    return loss


def covariance(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(data):
        samples, m = data.shape
        data = data - jnp.mean(data, axis=0)
        index = jnp.arange(m)

        def fill(i, cov):
            row = data[:, i] @ data / (samples - 1.0)
            cov = cov.at[i, :].set(jnp.where(index >= i, row, cov[i, :]))
            return cov.at[:, i].set(jnp.where(index >= i, row, cov[:, i]))

        return jnp.sum(loop(0, m, fill, jnp.zeros((m, m))))

    return loss


def correlation(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(data):
        samples, m = data.shape
        data = data - jnp.mean(data, axis=0)
        deviation = jnp.sqrt(jnp.sum(data * data, axis=0) / samples)
        data = data / (jnp.sqrt(samples) * deviation)
        index = jnp.arange(m)

        def fill(i, corr):
            row = data[:, i] @ data
            corr = corr.at[i, :].set(jnp.where(index > i, row, corr[i, :]))
            return corr.at[:, i].set(jnp.where(index > i, row, corr[:, i]))

        return jnp.sum(loop(0, m - 1, fill, jnp.eye(m)))

    return loss


def deriche(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def recursions(image, y1, y2, weights):
        """Causal and anti-causal recursion along the second axis."""
        a1, a2, a3, a4, b1, b2 = weights
        n = image.shape[1]
        y1 = y1.at[:, 0].set(a1 * image[:, 0])
        y1 = y1.at[:, 1].set(a1 * image[:, 1] + a2 * image[:, 0] + b1 * y1[:, 0])
        y1 = loop(2, n, lambda j, y: y.at[:, j].set(
            a1 * image[:, j] + a2 * image[:, j - 1] + b1 * y[:, j - 1] + b2 * y[:, j - 2]), y1)
        y2 = y2.at[:, -1].set(0.0).at[:, -2].set(a3 * image[:, -1])

        def back(number, y):
            j = n - 3 - number
            return y.at[:, j].set(a3 * image[:, j + 1] + a4 * image[:, j + 2] + b1 * y[:, j + 1] + b2 * y[:, j + 2])

        return y1, loop(0, n - 2, back, y2)

    def loss(alpha, image):
        k = (1.0 - jnp.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * jnp.exp(-alpha) - jnp.exp(2.0 * alpha))
        weights = (k, k * jnp.exp(-alpha) * (alpha - 1.0), k * jnp.exp(-alpha) * (alpha + 1.0),
                   -k * jnp.exp(-2.0 * alpha), 2.0 ** (-alpha), -jnp.exp(-2.0 * alpha))
        zero = jnp.zeros_like(image)
        y1, y2 = recursions(image, zero, zero, weights)
        y1, y2 = recursions((y1 + y2).T, y1.T, y2.T, weights)
        return jnp.sum(y1 + y2)

    return loss


def soft_nussinov(jax: Any) -> Function:
    jnp, loop = jax.numpy, jax.lax.fori_loop

    def loss(scores):
        n = scores.shape[0]

        def row(number, best):
            i = n - 2 - number

            def cell(j, best):
                value = jnp.logaddexp(best[i, j - 1], best[i + 1, j])
                value = jnp.where(j - i > 1, jnp.logaddexp(value, best[i + 1, j - 1] + scores[i, j]), value)

                def split(k, value):
                    inside = (k > i) & (k < j)
                    through = best[i, k] + best[k + 1, j]
                    return jnp.where(inside, jnp.logaddexp(value, through), value)

                return best.at[i, j].set(jnp.where(j > i, loop(1, n - 1, split, value), best[i, j]))

            return loop(1, n, cell, best)

        return jnp.sum(loop(0, n - 1, row, jnp.zeros((n, n))))

    return loss


WRITTEN = {f.__name__: f for f in (
    seidel_2d, adi, cholesky, lu, gram_schmidt, syrk, syr2k, symm, trmm, doitgen, vadv, covariance, correlation,
    deriche, soft_nussinov)}
