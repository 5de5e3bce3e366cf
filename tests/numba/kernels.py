"""Kernels of the kind that scientists write, for both back ends."""

from __future__ import annotations

import numpy as np


def jacobi_2d(T, A, B):
    for t in range(1, T):
        B[1:-1, 1:-1] = 0.2 * (A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1])
        A[1:-1, 1:-1] = 0.2 * (B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1])
    return np.sum(A)


def seidel_2d(T, A):
    N = A.shape[0]
    for t in range(T):
        for i in range(1, N - 1):
            for j in range(1, N - 1):
                A[i, j] = (A[i-1, j-1] + A[i-1, j] + A[i-1, j+1] + A[i, j-1] + A[i, j] + A[i, j+1] + A[i+1, j-1] + A[i+1, j] + A[i+1, j+1]) / 9.0
    return np.sum(A)


def cholesky(A):
    N = A.shape[0]
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, N):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return np.sum(A)


def trisolv(L, b):
    x = np.zeros_like(b)
    for i in range(x.shape[0]):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x)


def durbin(r):
    y = np.zeros_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = -r[0]
    for k in range(1, r.shape[0]):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y)


def nbody(pos, mass, vel, dt, steps):
    n = pos.shape[0]
    for s in range(steps):
        acc = np.zeros_like(pos)
        for i in range(n):
            for j in range(n):
                if i != j:
                    dx = pos[j, 0] - pos[i, 0]
                    dy = pos[j, 1] - pos[i, 1]
                    dz = pos[j, 2] - pos[i, 2]
                    r2 = dx * dx + dy * dy + dz * dz + 0.01
                    inv = mass[j] / (r2 * np.sqrt(r2))
                    acc[i, 0] += dx * inv
                    acc[i, 1] += dy * inv
                    acc[i, 2] += dz * inv
        vel = vel + acc * dt
        pos = pos + vel * dt
    return np.sum(pos ** 2)


def mlp(x, w1, b1, w2, b2):
    h = np.maximum(x @ w1 + b1, 0.0)
    o = h @ w2 + b2
    m = np.max(o, axis=-1, keepdims=True)
    e = np.exp(o - m)
    p = e / np.sum(e, axis=-1, keepdims=True)
    return np.sum(p * p)


def logistic(w, X, y):
    z = X @ w
    return np.mean(np.log(1.0 + np.exp(-y * z)))


def newton(a):
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def heat_3d(T, A, B):
    for t in range(1, T):
        B[1:-1, 1:-1, 1:-1] = (0.125 * (A[2:, 1:-1, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[:-2, 1:-1, 1:-1]) + 0.125 * (A[1:-1, 2:, 1:-1] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, :-2, 1:-1]) + 0.125 * (A[1:-1, 1:-1, 2:] - 2.0 * A[1:-1, 1:-1, 1:-1] + A[1:-1, 1:-1, 0:-2]) + A[1:-1, 1:-1, 1:-1])
        A[1:-1, 1:-1, 1:-1] = (0.125 * (B[2:, 1:-1, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[:-2, 1:-1, 1:-1]) + 0.125 * (B[1:-1, 2:, 1:-1] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, :-2, 1:-1]) + 0.125 * (B[1:-1, 1:-1, 2:] - 2.0 * B[1:-1, 1:-1, 1:-1] + B[1:-1, 1:-1, 0:-2]) + B[1:-1, 1:-1, 1:-1])
    return np.sum(A)


def _random(*shape):
    return np.random.default_rng(7).random(shape)


def _spd(n):
    a = _random(n, n)
    return a @ a.T + n * np.eye(n)


KERNELS = {
    "jacobi_2d": (jacobi_2d, lambda: (3, _random(6, 7), _random(6, 7))),
    "seidel_2d": (seidel_2d, lambda: (2, _random(6, 6))),
    "cholesky": (cholesky, lambda: (_spd(5),)),
    "trisolv": (trisolv, lambda: (_random(6, 6) + 3 * np.eye(6), _random(6))),
    "durbin": (durbin, lambda: (_random(6) / 6,)),
    "nbody": (nbody, lambda: (_random(4, 3), _random(4), _random(4, 3), 0.01, 2)),
    "mlp": (mlp, lambda: (_random(4, 3), _random(3, 5), _random(5), _random(5, 2), _random(2))),
    "logistic": (logistic, lambda: (_random(3), _random(5, 3), np.sign(_random(5) - 0.5))),
    "newton": (newton, lambda: (3.0,)),
    "heat_3d": (heat_3d, lambda: (3, _random(5, 5, 5), _random(5, 5, 5))),
}
COMPILED = ("trisolv", "seidel_2d", "newton", "logistic")
