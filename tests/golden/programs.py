"""The programs whose adjoints are kept as golden files. Their line numbers are part of the files: add at the end."""

import numpy as np


def loss(x, y, w, b):
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def branch(x, a):
    y = x * a
    if a > 1.0:
        y = y + np.sin(x)
    else:
        y = y * 3.0
    return np.sum(y)


def recurrence(x, a):
    s = 0.0
    for i in range(len(x)):
        s = s * a + x[i] ** 2
    return s


def power_until(x):
    y = x
    while y < 100.0:
        y = y * x
    return y


def squared(v):
    t = v * v
    return t / (1.0 + t)


def helper(x):
    return np.sum(squared(x))


def heat(u):
    for _ in range(10):
        v = u.copy()
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = v
    return np.sum(u ** 2)


def safe_root(x):
    return np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))


def slopes(state):
    """The double pendulum: two angles and their momenta."""
    a, b, p, q = state
    c, s = np.cos(a - b), np.sin(a - b)
    f = 16.0 - 9.0 * c ** 2
    da = 6.0 * (2.0 * p - 3.0 * c * q) / f
    db = 6.0 * (8.0 * q - 3.0 * c * p) / f
    dp = -0.5 * (da * db * s + 3.0 * np.sin(a))
    dq = -0.5 * (np.sin(b) - da * db * s)
    return np.array([da, db, dp, dq])


def pendulum(x, dt):
    for _ in range(20):
        k1 = slopes(x)
        k2 = slopes(x + dt / 4 * k1)
        k3 = slopes(x + dt * (3 * k1 + 9 * k2) / 32)
        k4 = slopes(x + dt * (1932 * k1 - 7200 * k2 + 7296 * k3) / 2197)
        k5 = slopes(x + dt * (439 / 216 * k1 - 8 * k2 + 3680 / 513 * k3 - 845 / 4104 * k4))
        x = x + dt * (25 / 216 * k1 + 1408 / 2565 * k3 + 2197 / 4104 * k4 - k5 / 5)
    return x[0]


X, Y, W, B = np.ones(5), np.zeros(3), np.full((5, 3), 0.1), np.ones(3)

# name of the file -> function, wrt, arguments (None: the generic variant, which is made without a call)
PROGRAMS = {
    "loss": (loss, ("w", "b"), (X, Y, W, B)),
    "loss_generic": (loss, ("w", "b"), None),
    "branch": (branch, (0, 1), (np.arange(3.0), 2.0)),
    "recurrence": (recurrence, (0, 1), (np.arange(3.0), 0.5)),
    "power_until": (power_until, 0, (1.5,)),
    "helper": (helper, 0, (np.arange(3.0),)),
    "heat": (heat, 0, (np.arange(7.0),)),
    "safe_root": (safe_root, 0, (np.arange(3.0),)),
    "pendulum": (pendulum, 0, (np.array([1.0, 2.0, 0.0, 0.0]), 0.01)),
}
