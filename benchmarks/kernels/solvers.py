"""Factorisations and solves in loops: Cholesky, LU, triangular, Gram-Schmidt, Toeplitz."""

from __future__ import annotations

import numpy as np

from ..reference import compiled
from . import jax_algebra
from .kernel import Kernel, sizes


def cholesky(a):
    """The Cholesky factor in the lower triangle, row by row, in place."""
    a = np.copy(a)
    for i in range(a.shape[0]):
        for j in range(i):
            a[i, j] = (a[i, j] - np.dot(a[i, :j], a[j, :j])) / a[j, j]
        a[i, i] = np.sqrt(a[i, i] - np.dot(a[i, :i], a[i, :i]))
    return np.sum(a)


def lu(a):
    """Both factors without pivoting, in place."""
    a = np.copy(a)
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            a[i, j] = (a[i, j] - np.dot(a[i, :j], a[:j, j])) / a[j, j]
        for j in range(i, n):
            a[i, j] -= np.dot(a[i, :i], a[:i, j])
    return np.sum(a)


def trisolv(l, b):
    """Forward substitution."""
    x = np.zeros_like(b)
    for i in range(b.shape[0]):
        x[i] = (b[i] - np.dot(l[i, :i], x[:i])) / l[i, i]
    return np.sum(x)


def gram_schmidt(a):
    """Modified Gram-Schmidt: orthonormal columns q and the triangular factor r."""
    a = np.copy(a)
    n = a.shape[1]
    q = np.zeros_like(a)
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.dot(a[:, k], a[:, k]))
        q[:, k] = a[:, k] / r[k, k]
        for j in range(k + 1, n):
            r[k, j] = np.dot(q[:, k], a[:, j])
            a[:, j] -= q[:, k] * r[k, j]
    return np.sum(q) + np.sum(r)


def durbin(r):
    """Levinson-Durbin: the solution of a Toeplitz system."""
    y = np.zeros_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = alpha
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y)


def positive_definite(rng, n):
    a = rng.standard_normal((n, n))
    return (a @ a.T / n + 2.0 * np.eye(n),)


def dominant(rng, n):
    return (rng.standard_normal((n, n)) / np.sqrt(n) + 3.0 * np.eye(n),)


def lower_triangular(rng, n):
    return np.tril(rng.standard_normal((n, n))) / np.sqrt(n) + 2.0 * np.eye(n), rng.standard_normal(n)


def tall(rng, m, n):
    return (rng.standard_normal((m, n)),)


def toeplitz(rng, n):
    return (0.3 / (1.0 + np.arange(n)) ** 2 * (1.0 + 0.1 * rng.standard_normal(n)),)


KERNELS = [
    Kernel(cholesky, "loop", ("a",), positive_definite, sizes({"n": 5}, {"n": 100}, {"n": 300}),
           jax=jax_algebra.cholesky,
           hand=compiled.cholesky),
    Kernel(lu, "loop", ("a",), dominant, sizes({"n": 5}, {"n": 60}, {"n": 220}), jax=jax_algebra.lu),
    Kernel(trisolv, "loop", ("l", "b"), lower_triangular, sizes({"n": 6}, {"n": 2000}, {"n": 5000}),
           jax=jax_algebra.trisolv,
           hand=compiled.trisolv),
    Kernel(gram_schmidt, "loop", ("a",), tall,
           sizes({"m": 6, "n": 4}, {"m": 70, "n": 60}, {"m": 220, "n": 180}), jax=jax_algebra.gram_schmidt),
    Kernel(durbin, "loop", ("r",), toeplitz, sizes({"n": 6}, {"n": 1000}, {"n": 4000}), jax=jax_algebra.durbin),
]
