"""Programs that the operators are checked on: each is a scalar function of an array, with a point to check at."""

import numpy as np

WEIGHTS = np.array([[0.5, -0.3, 0.2], [0.1, 0.4, -0.6], [0.3, 0.2, 0.7]])


def polynomial(x):
    return np.sum(x ** 3 - 2.0 * x * x)


def chain(x):
    y = np.exp(0.3 * x) * np.sin(x)
    return np.sum(y / (1.0 + y * y))


def logistic(x):
    p = 1.0 / (1.0 + np.exp(-np.matmul(WEIGHTS, x)))
    return -np.mean(np.log(p) + np.log(1.0 - 0.5 * p))


def broadcast(x):
    z = x[:, None] * np.tanh(x) + x
    return np.sum(z * z, axis=0) @ x


def loop(x):
    s = 0.0
    for i in range(len(x)):
        s = s * np.sin(x[i]) + x[i] ** 2
    return s


def array_loop(x):
    h = np.zeros(3)
    for _ in range(4):
        h = np.tanh(WEIGHTS @ h + x)
    return np.sum(h * h)


def nested_loops(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i + 1):
            total = total + x[i] * np.exp(-x[j] * total * 0.1)
    return total


def branch(x):
    y = x * x
    if np.sum(x) > 0.0:
        y = np.sin(y) * x
    else:
        y = y * 3.0
    return np.sum(y * y)


def branch_in_loop(x):
    s = 1.0
    for i in range(len(x)):
        if x[i] > 0.5:
            t = np.sin(x[i]) * s
            s = s + t * t
        else:
            s = s * np.exp(x[i])
    return s


def loop_in_branch(x):
    s = np.sum(x)
    if s > 0.0:
        for i in range(len(x)):
            s = s * x[i] + np.cos(s)
    return s * s


def growing(x):
    y = np.sum(x * x) + 1.1
    while y < 50.0:
        y = y * y * (1.0 + 0.01 * x[0])
    return y


def until(x):
    y = x
    for _ in range(20):
        y = y - 0.3 * np.cos(y) * x
        if np.sum(y * y) < 0.1:
            break
    return np.sum(y)


def stores(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * x[i - 1]
        if i > 0:
            y[i] += y[i - 1] * x[i]
    return np.sum(y * y)


def heat(x):
    u = x
    for _ in range(3):
        v = u.copy()
        v[1:-1] = u[1:-1] + 0.1 * u[1:-1] * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = v
    return np.sum(u ** 3)


def solve(x):
    a = WEIGHTS @ WEIGHTS.T + np.diag(x * x)
    return x @ np.linalg.solve(a, np.sin(x))


def determinant(x):
    a = WEIGHTS @ WEIGHTS.T + np.outer(x, x) + np.eye(3)
    return np.log(np.linalg.det(a)) + np.sum(np.linalg.inv(a)[0] * x)


def indexed(x):
    y = x[[0, 2, 2, 1]]
    return np.sum(y * y * y) + np.prod(x)


def piecewise(x):
    return np.sum(np.where(x > 0.0, np.sqrt(np.where(x > 0.0, x, 1.0)) * x, x * x * x))


def reductions(x):
    return np.max(x * x) * np.mean(np.cumsum(x)) + np.std(x) + np.linalg.norm(x)


def squared(v):
    t = v * v
    return t / (1.0 + t)


def helper(x):
    return np.sum(squared(x) * np.roll(x, 1))


POINT = np.array([0.7, -0.4, 1.2])
POSITIVE = np.array([0.7, 0.4, 1.2])
PROGRAMS = {f.__name__: (f, POINT) for f in (
    polynomial, chain, logistic, broadcast, loop, array_loop, nested_loops, branch, branch_in_loop, loop_in_branch,
    growing, until, stores, heat, solve, determinant, indexed, piecewise, reductions, helper)}
