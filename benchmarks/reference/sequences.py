"""Value and gradients of the LSTM, by hand: back through time, the products with the weights once for all steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lstm(x: Array, targets: Array, w: Array, u: Array, b: Array) -> tuple[np.float64, tuple[Array, Array, Array]]:
    steps, batch, _ = x.shape
    n = u.shape[0]
    gates = np.empty((steps, batch, 4 * n))
    cells = np.zeros((steps + 1, batch, n))
    tanh_c = np.empty((steps, batch, n))
    hidden = np.zeros((steps + 1, batch, n))
    for t in range(steps):
        a = x[t] @ w
        a += hidden[t] @ u
        a += b
        gate = gates[t]
        gate[:, : 3 * n] = 1.0 / (1.0 + np.exp(-a[:, : 3 * n]))
        np.tanh(a[:, 3 * n :], out=gate[:, 3 * n :])
        i, f, o, g = (gate[:, k * n : (k + 1) * n] for k in range(4))
        np.add(f * cells[t], i * g, out=cells[t + 1])
        np.tanh(cells[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=hidden[t + 1])
    miss = hidden[1:] - targets
    value = np.sum(miss * miss)

    d_a = np.empty_like(gates)
    d_h = np.zeros((batch, n))
    d_c = np.zeros((batch, n))
    for t in range(steps - 1, -1, -1):
        i, f, o, g = (gates[t][:, k * n : (k + 1) * n] for k in range(4))
        d_h += 2.0 * miss[t]
        d_c += d_h * o * (1.0 - tanh_c[t] * tanh_c[t])
        d = d_a[t]
        d[:, :n] = d_c * g * i * (1.0 - i)
        d[:, n : 2 * n] = d_c * cells[t] * f * (1.0 - f)
        d[:, 2 * n : 3 * n] = d_h * tanh_c[t] * o * (1.0 - o)
        d[:, 3 * n :] = d_c * i * (1.0 - g * g)
        d_c = d_c * f
        d_h = d @ u.T
    rows = d_a.reshape(-1, 4 * n)
    return value, (x.reshape(-1, x.shape[2]).T @ rows, hidden[:-1].reshape(-1, n).T @ rows, rows.sum(axis=0))


def predator_prey(steps: int, dt: float, prey: float, predators: float, birth: float, hunt: float, death: float,
                  growth: float) -> tuple[float, tuple[float, float, float, float]]:
    """In Python's own floats: an operation on NumPy's costs several times as much."""
    p, q, birth, hunt, death, growth = map(float, (prey, predators, birth, hunt, death, growth))
    half, kept = 0.5 * dt, []
    for _ in range(steps):
        x = p + half * (birth * p - hunt * p * q)
        y = q + half * (growth * p * q - death * q)
        kept.append((p, q, x, y))
        p, q = p + dt * (birth * x - hunt * x * y), q + dt * (growth * x * y - death * y)
    value = (p - 1.0) ** 2 + (q - 1.0) ** 2

    d_p, d_q = 2.0 * (p - 1.0), 2.0 * (q - 1.0)
    d_birth = d_hunt = d_death = d_growth = 0.0
    for p, q, x, y in reversed(kept):
        d_x = dt * ((birth - hunt * y) * d_p + growth * y * d_q)
        d_y = dt * ((growth * x - death) * d_q - hunt * x * d_p)
        d_birth += dt * x * d_p + half * p * d_x
        d_hunt -= dt * x * y * d_p + half * p * q * d_x
        d_growth += dt * x * y * d_q + half * p * q * d_y
        d_death -= dt * y * d_q + half * q * d_y
        d_p += d_x * (1.0 + half * (birth - hunt * q)) + d_y * half * growth * q
        d_q += d_y * (1.0 + half * (growth * p - death)) - d_x * half * hunt * p
    return value, (d_birth, d_hunt, d_death, d_growth)


LSTM_VERSIONS = {"by hand": lstm}
PREDATOR_PREY_VERSIONS = {"by hand": predator_prey}
