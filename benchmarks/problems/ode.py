"""A neural differential equation, u' = tanh(a u + b) - u with u[32], by 100 Runge-Kutta steps in a Python loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problem import Function, Program
from ..reference import ode as reference

STEPS = 100
DT = 0.05


def rate(u, a, b):
    return np.tanh(a @ u + b) - u


def loss(u, target, a, b):
    for _ in range(STEPS):
        k1 = rate(u, a, b)
        k2 = rate(u + 0.5 * DT * k1, a, b)
        k3 = rate(u + 0.5 * DT * k2, a, b)
        k4 = rate(u + DT * k3, a, b)
        u = u + DT / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum((u - target) ** 2)


def loss_torch(torch: Any) -> Function:
    def rate(u, a, b):
        return torch.tanh(a @ u + b) - u

    def loss(u, target, a, b):
        for _ in range(STEPS):
            k1 = rate(u, a, b)
            k2 = rate(u + 0.5 * DT * k1, a, b)
            k3 = rate(u + 0.5 * DT * k2, a, b)
            k4 = rate(u + DT * k3, a, b)
            u = u + DT / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        return torch.sum((u - target) ** 2)

    return loss


def loss_jax(jax: Any) -> Function:
    def rate(u, a, b):
        return jax.numpy.tanh(a @ u + b) - u

    def loss(u, target, a, b):
        def step(_, u):
            k1 = rate(u, a, b)
            k2 = rate(u + 0.5 * DT * k1, a, b)
            k3 = rate(u + 0.5 * DT * k2, a, b)
            k4 = rate(u + DT * k3, a, b)
            return u + DT / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)

        u = jax.lax.fori_loop(0, STEPS, step, u)
        return jax.numpy.sum((u - target) ** 2)

    return loss


def problems() -> list[Program]:
    rng = np.random.default_rng(2)
    n = 32
    u, target, b = rng.standard_normal(n), rng.standard_normal(n), 0.1 * rng.standard_normal(n)
    a = rng.standard_normal((n, n)) / np.sqrt(n)
    return [Program("ODE, 100 steps", loss, (u, target, a, b), ("a", "b"),
                    reference.VERSIONS, loss_torch, loss_jax)]
