"""Recurrences: an LSTM over a sequence, and the sensitivity of a predator-prey model to its rates."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problem import Bar, Function, Program
from ..reference import sequences as reference


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(x, targets, w, u, b):
    """x (steps, batch, inputs), w (inputs, 4 h), u (h, 4 h): input, forget, output gates and the new content."""
    n = u.shape[0]
    h = np.zeros((x.shape[1], n))
    c = np.zeros((x.shape[1], n))
    loss = 0.0
    for t in range(x.shape[0]):
        a = x[t] @ w + h @ u + b
        i = sigmoid(a[:, :n])
        f = sigmoid(a[:, n : 2 * n])
        o = sigmoid(a[:, 2 * n : 3 * n])
        g = np.tanh(a[:, 3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
        loss = loss + np.sum((h - targets[t]) ** 2)
    return loss


def lstm_jax(jax: Any) -> Function:
    def loss(x, targets, w, u, b):
        n = u.shape[0]
        start = jax.numpy.zeros((x.shape[1], n))

        def step(state, inputs):
            h, c = state
            x, target = inputs
            a = x @ w + h @ u + b
            i, f, o = (jax.nn.sigmoid(a[:, k * n : (k + 1) * n]) for k in range(3))
            c = f * c + i * jax.numpy.tanh(a[:, 3 * n :])
            h = o * jax.numpy.tanh(c)
            return (h, c), jax.numpy.sum((h - target) ** 2)

        return jax.numpy.sum(jax.lax.scan(step, (start, start), (x, targets))[1])

    return loss


def predator_prey(steps, dt, prey, predators, birth, hunt, death, growth):
    """Explicit midpoint steps of Lotka and Volterra's equations; the squared distance of the end to (1, 1)."""
    for _ in range(steps):
        x = prey + 0.5 * dt * (birth * prey - hunt * prey * predators)
        y = predators + 0.5 * dt * (growth * prey * predators - death * predators)
        prey, predators = (prey + dt * (birth * x - hunt * x * y), predators + dt * (growth * x * y - death * y))
    return (prey - 1.0) ** 2 + (predators - 1.0) ** 2


def predator_prey_jax(jax: Any) -> Function:
    def loss(steps, dt, prey, predators, birth, hunt, death, growth):
        def step(_, state):
            prey, predators = state
            x = prey + 0.5 * dt * (birth * prey - hunt * prey * predators)
            y = predators + 0.5 * dt * (growth * prey * predators - death * predators)
            return prey + dt * (birth * x - hunt * x * y), predators + dt * (growth * x * y - death * y)

        prey, predators = jax.lax.fori_loop(0, steps, step, (prey, predators))
        return (prey - 1.0) ** 2 + (predators - 1.0) ** 2

    return loss


def predator_prey_torch(torch: Any) -> Function:
    """The text is the same; the rates, floats in Python, are tensors."""
    return predator_prey


def problems() -> list[Program]:
    rng = np.random.default_rng(5)
    steps, batch, inputs, n = 25, 16, 14, 32
    network = (rng.standard_normal((steps, batch, inputs)), rng.standard_normal((steps, batch, n)),
               rng.standard_normal((inputs, 4 * n)) / np.sqrt(inputs), rng.standard_normal((n, 4 * n)) / np.sqrt(n),
               0.1 * rng.standard_normal(4 * n))
    rates = (200, 0.02, np.float64(1.2), np.float64(0.8), np.float64(1.1), np.float64(0.4), np.float64(0.4),
             np.float64(0.1))
    return [
        Program("LSTM", lstm, network, ("w", "u", "b"), reference.LSTM_VERSIONS, jax=lstm_jax, bar=Bar(1.05)),
        Program("predator and prey", predator_prey, rates, ("birth", "hunt", "death", "growth"),
                reference.PREDATOR_PREY_VERSIONS, torch=predator_prey_torch, jax=predator_prey_jax),
    ]
