"""Gradients inside the function that is differentiated: a particle in a field of charges, and a saddle by descent."""

from __future__ import annotations

from typing import Any

import numpy as np

import pullback

from ..problem import Function, Program
from ..reference import nested as reference


def potential(position, charges):
    """Of one particle among charges (n, 2), softened near them."""
    return np.sum(1.0 / np.sqrt(np.sum((charges - position) ** 2, axis=1) + 0.01))


force = pullback.grad(potential)


def particle(charges, velocity, steps, dt):
    """Where a particle ends up that starts at the origin; the force is the gradient of the potential."""
    position = np.zeros(2)
    for _ in range(steps):
        velocity = velocity - dt * force(position, charges)
        position = position + dt * velocity
    return np.sum((position - 1.0) ** 2)


def particle_jax(jax: Any) -> Function:
    def potential(position, charges):
        return jax.numpy.sum(1.0 / jax.numpy.sqrt(jax.numpy.sum((charges - position) ** 2, axis=1) + 0.01))

    def loss(charges, velocity, steps, dt):
        def step(_, state):
            position, velocity = state
            velocity = velocity - dt * jax.grad(potential)(position, charges)
            return position + dt * velocity, velocity

        position, _ = jax.lax.fori_loop(0, steps, step, (jax.numpy.zeros(2), velocity))
        return jax.numpy.sum((position - 1.0) ** 2)

    return loss


def particle_torch(torch: Any) -> Function:
    def potential(position, charges):
        return torch.sum(1.0 / torch.sqrt(torch.sum((charges - position) ** 2, dim=1) + 0.01))

    def loss(charges, velocity, steps, dt):
        position = torch.zeros(2, dtype=torch.float64, requires_grad=True)
        for _ in range(steps):
            value = potential(position, charges)
            velocity = velocity - dt * torch.autograd.grad(value, position, create_graph=True)[0]
            position = position + dt * velocity
        return torch.sum((position - 1.0) ** 2)

    return loss


def payoff(x, y, a):
    return np.dot(x, a @ y) + 0.5 * np.dot(x, x) - 0.5 * np.dot(y, y) + 0.1 * np.sum(np.cos(x))


ascent = pullback.grad(payoff, wrt=("x", "y"))


def saddle(a, x, y, steps, rate):
    """Descent in x and ascent in y of one payoff; how far from the origin they end, by the payoff's matrix."""
    for _ in range(steps):
        d_x, d_y = ascent(x, y, a)
        x, y = x - rate * d_x, y + rate * d_y
    return np.dot(x, x) + np.dot(y, y)


def saddle_jax(jax: Any) -> Function:
    np = jax.numpy

    def payoff(x, y, a):
        return np.dot(x, a @ y) + 0.5 * np.dot(x, x) - 0.5 * np.dot(y, y) + 0.1 * np.sum(np.cos(x))

    def loss(a, x, y, steps, rate):
        def step(_, state):
            x, y = state
            d_x, d_y = jax.grad(payoff, argnums=(0, 1))(x, y, a)
            return x - rate * d_x, y + rate * d_y

        x, y = jax.lax.fori_loop(0, steps, step, (x, y))
        return np.dot(x, x) + np.dot(y, y)

    return loss


def saddle_torch(torch: Any) -> Function:
    def loss(a, x, y, steps, rate):
        x, y = x.requires_grad_(), y.requires_grad_()
        for _ in range(steps):
            value = x @ (a @ y) + 0.5 * x @ x - 0.5 * y @ y + 0.1 * torch.sum(torch.cos(x))
            d_x, d_y = torch.autograd.grad(value, (x, y), create_graph=True)
            x, y = x - rate * d_x, y + rate * d_y
        return x @ x + y @ y

    return loss


def problems() -> list[Program]:
    rng = np.random.default_rng(6)
    charges = rng.uniform(-2.0, 2.0, (10, 2)) + np.array([2.5, 0.0])
    n = 20
    matrix = rng.standard_normal((n, n)) / np.sqrt(n)
    return [
        Program("particle", particle, (charges, np.array([0.1, 0.3]), 50, 0.02), ("charges", "velocity"),
                reference.PARTICLE_VERSIONS, torch=particle_torch, jax=particle_jax),
        Program("saddle", saddle, (matrix, rng.standard_normal(n), rng.standard_normal(n), 50, 0.05), ("a",),
                reference.SADDLE_VERSIONS, torch=saddle_torch, jax=saddle_jax),
    ]
