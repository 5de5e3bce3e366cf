"""Matrix products and what is built of them: BLAS routines in loops, chains, vector updates."""

from __future__ import annotations

import numpy as np

from . import jax_algebra
from .kernel import Kernel, sizes


def gemm(alpha, beta, a, b, c):
    return np.sum(alpha * a @ b + beta * c)


def syrk(alpha, beta, a, c):
    """The lower triangle of c = alpha a a' + beta c."""
    c = np.copy(c)
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += alpha * a[i, k] * a[: i + 1, k]
    return np.sum(c)


def syr2k(alpha, beta, a, b, c):
    """The lower triangle of c = alpha (a b' + b a') + beta c."""
    c = np.copy(c)
    for i in range(a.shape[0]):
        c[i, : i + 1] *= beta
        for k in range(a.shape[1]):
            c[i, : i + 1] += a[: i + 1, k] * alpha * b[i, k] + b[: i + 1, k] * alpha * a[i, k]
    return np.sum(c)


def symm(alpha, beta, a, b, c):
    """c = alpha a b + beta c, where only the lower triangle of the symmetric a is read."""
    c = c * beta
    m, n = b.shape
    row = np.zeros(n)
    for i in range(m):
        for j in range(n):
            c[:i, j] += alpha * b[i, j] * a[i, :i]
            row[j] = np.dot(b[:i, j], a[i, :i])
        c[i, :] += alpha * b[i, :] * a[i, i] + alpha * row
    return np.sum(c)


def trmm(alpha, a, b):
    """b = alpha a' b with a unit lower triangular, in place."""
    b = np.copy(b)
    for i in range(b.shape[0]):
        for j in range(b.shape[1]):
            b[i, j] += np.dot(a[i + 1:, i], b[i + 1:, j])
    b *= alpha
    return np.sum(b)


def two_products(alpha, beta, a, b, c, d):
    return np.sum(alpha * a @ b @ c + beta * d)


def three_products(a, b, c, d):
    return np.sum(a @ b @ c @ d)


def atax(a, x):
    return np.sum((a @ x) @ a)


def bicg(a, p, r):
    return np.sum(r @ a) + np.sum(a @ p)


def mvt(x1, x2, y1, y2, a):
    return np.sum(x1 + a @ y1) + np.sum(x2 + y2 @ a)


def gemver(alpha, beta, a, u1, v1, u2, v2, y, z):
    """Two rank-1 updates, then two products with the updated matrix."""
    a = a + np.outer(u1, v1) + np.outer(u2, v2)
    x = beta * y @ a + z
    w = alpha * a @ x
    return np.sum(w)


def gesummv(alpha, beta, a, b, x):
    return np.sum(alpha * a @ x + beta * b @ x)


def doitgen(a, c4):
    """Each row of a tensor times one matrix, in place."""
    a = np.copy(a)
    for r in range(a.shape[0]):
        for q in range(a.shape[1]):
            a[r, q, :] = a[r, q, :] @ c4
    return np.sum(a)


def arrays(*shapes, scalars=0):
    """A maker of scalars and of arrays, whose shapes name the size's entries."""
    def make(rng, **size):
        made = [rng.standard_normal(tuple(size[axis] for axis in shape)) / size[shape[-1]] ** 0.5 for shape in shapes]
        return (*(1.5, 1.2)[:scalars], *made)

    return make


SQUARE = sizes({"n": 5}, {"n": 1000}, {"n": 2500})

KERNELS = [
    Kernel(gemm, "array", ("a", "b", "c"), arrays("mk", "kn", "mn", scalars=2),
           sizes({"m": 4, "n": 5, "k": 3}, {"m": 200, "n": 220, "k": 240}, {"m": 500, "n": 550, "k": 600})),
    Kernel(syrk, "loop", ("a", "c"), arrays("nm", "nn", scalars=2),
           sizes({"n": 5, "m": 4}, {"n": 70, "m": 50}, {"n": 200, "m": 150}), jax=jax_algebra.syrk),
    Kernel(syr2k, "loop", ("a", "b", "c"), arrays("nm", "nm", "nn", scalars=2),
           sizes({"n": 5, "m": 4}, {"n": 50, "m": 35}, {"n": 140, "m": 110}), jax=jax_algebra.syr2k),
    Kernel(symm, "loop", ("a", "b", "c"), arrays("mm", "mn", "mn", scalars=2),
           sizes({"m": 4, "n": 5}, {"m": 40, "n": 50}, {"m": 120, "n": 150}), jax=jax_algebra.symm),
    Kernel(trmm, "loop", ("a", "b"), arrays("mm", "mn", scalars=1),
           sizes({"m": 4, "n": 5}, {"m": 65, "n": 80}, {"m": 200, "n": 250}), jax=jax_algebra.trmm),
    Kernel(two_products, "array", ("a", "b", "c", "d"), arrays("ik", "kj", "jl", "il", scalars=2),
           sizes({"i": 3, "j": 4, "k": 5, "l": 2}, {"i": 160, "j": 180, "k": 220, "l": 240},
                 {"i": 400, "j": 450, "k": 550, "l": 600})),
    Kernel(three_products, "array", ("a", "b", "c", "d"), arrays("ik", "kj", "jm", "ml"),
           sizes({"i": 3, "j": 4, "k": 5, "l": 2, "m": 3}, {"i": 160, "j": 180, "k": 200, "l": 220, "m": 240},
                 {"i": 400, "j": 450, "k": 500, "l": 550, "m": 600})),
    Kernel(atax, "array", ("a", "x"), arrays("mn", "n"),
           sizes({"m": 4, "n": 5}, {"m": 900, "n": 1100}, {"m": 2300, "n": 2700})),
    Kernel(bicg, "array", ("a", "p", "r"), arrays("nm", "m", "n"),
           sizes({"m": 4, "n": 5}, {"m": 900, "n": 1100}, {"m": 2300, "n": 2700})),
    Kernel(mvt, "array", ("x1", "x2", "y1", "y2", "a"), arrays("n", "n", "n", "n", "nn"), SQUARE),
    Kernel(gemver, "array", ("a", "u1", "v1", "u2", "v2", "y", "z"),
           arrays("nn", "n", "n", "n", "n", "n", "n", scalars=2), SQUARE),
    Kernel(gesummv, "array", ("a", "b", "x"), arrays("nn", "nn", "n", scalars=2), SQUARE),
    Kernel(doitgen, "loop", ("a", "c4"), arrays("rqp", "pp"),
           sizes({"r": 2, "q": 3, "p": 4}, {"r": 40, "q": 40, "p": 64}, {"r": 80, "q": 80, "p": 128}),
           jax=jax_algebra.doitgen),
]
