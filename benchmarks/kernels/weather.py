"""Kernels of atmosphere and flow codes: vertical advection, horizontal diffusion with limiter, a driven cavity."""

from __future__ import annotations

import numpy as np

from . import jax_others
from .kernel import Kernel, sizes

BETA_V = 0.0
BET_M = 0.5 * (1.0 - BETA_V)
BET_P = 0.5 * (1.0 + BETA_V)


def vadv(utens_stage, u_stage, wcon, u_pos, utens, dtr_stage):
    """Implicit vertical advection: a tridiagonal system for each column, by forward and backward sweeps."""
    utens_stage = np.copy(utens_stage)
    levels = u_pos.shape[2]
    ccol = np.zeros_like(u_pos)
    dcol = np.zeros_like(u_pos)

    gcv = 0.25 * (wcon[1:, :, 1] + wcon[:-1, :, 1])
    correction = -gcv * BET_M * (u_stage[:, :, 1] - u_stage[:, :, 0])
    divided = 1.0 / (dtr_stage - gcv * BET_P)
    ccol[:, :, 0] = gcv * BET_P * divided
    dcol[:, :, 0] = (dtr_stage * u_pos[:, :, 0] + utens[:, :, 0] + utens_stage[:, :, 0] + correction) * divided

    for k in range(1, levels - 1):
        gav = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        gcv = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
        acol = gav * BET_P
        upper = gcv * BET_P
        correction = (-gav * BET_M * (u_stage[:, :, k - 1] - u_stage[:, :, k])
                      - gcv * BET_M * (u_stage[:, :, k + 1] - u_stage[:, :, k]))
        right = dtr_stage * u_pos[:, :, k] + utens[:, :, k] + utens_stage[:, :, k] + correction
        divided = 1.0 / (dtr_stage - acol - upper - ccol[:, :, k - 1] * acol)
        ccol[:, :, k] = upper * divided
        dcol[:, :, k] = (right - dcol[:, :, k - 1] * acol) * divided

    gav = -0.25 * (wcon[1:, :, levels - 1] + wcon[:-1, :, levels - 1])
    acol = gav * BET_P
    correction = -gav * BET_M * (u_stage[:, :, levels - 2] - u_stage[:, :, levels - 1])
    right = (dtr_stage * u_pos[:, :, levels - 1] + utens[:, :, levels - 1] + utens_stage[:, :, levels - 1]
             + correction)
    divided = 1.0 / (dtr_stage - acol - ccol[:, :, levels - 2] * acol)
    column = (right - dcol[:, :, levels - 2] * acol) * divided
    utens_stage[:, :, levels - 1] = dtr_stage * (column - u_pos[:, :, levels - 1])

    for k in range(levels - 2, -1, -1):
        column = dcol[:, :, k] - ccol[:, :, k] * column
        utens_stage[:, :, k] = dtr_stage * (column - u_pos[:, :, k])
    return np.sum(utens_stage)


def hdiff(field, coeff):
    """Fourth-order diffusion whose fluxes are cut off where they would run up the gradient."""
    lap = 4.0 * field[1:-1, 1:-1, :] - (field[2:, 1:-1, :] + field[:-2, 1:-1, :]
                                        + field[1:-1, 2:, :] + field[1:-1, :-2, :])
    step = lap[1:, 1:-1, :] - lap[:-1, 1:-1, :]
    flx = np.where(step * (field[2:-1, 2:-2, :] - field[1:-2, 2:-2, :]) > 0.0, 0.0, step)
    step = lap[1:-1, 1:, :] - lap[1:-1, :-1, :]
    fly = np.where(step * (field[2:-2, 2:-1, :] - field[2:-2, 1:-2, :]) > 0.0, 0.0, step)
    out = field[2:-2, 2:-2, :] - coeff * (flx[1:, :, :] - flx[:-1, :, :] + fly[:, 1:, :] - fly[:, :-1, :])
    return np.sum(out)


def build_up(rho, dt, u, v, dx, dy):
    """The right-hand side of the pressure equation."""
    b = np.zeros_like(u)
    du = (u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * dx)
    dv = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * dy)
    b[1:-1, 1:-1] = rho * ((du + dv) / dt - du**2 - 2.0 * (
        (u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * dy) * (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * dx)) - dv**2)
    return b


def pressure(sweeps, p, dx, dy, b):
    """Jacobi sweeps of the pressure equation, with the walls' conditions."""
    for _ in range(sweeps):
        old = np.copy(p)
        p[1:-1, 1:-1] = (((old[1:-1, 2:] + old[1:-1, :-2]) * dy**2 + (old[2:, 1:-1] + old[:-2, 1:-1]) * dx**2)
                         / (2.0 * (dx**2 + dy**2))
                         - dx**2 * dy**2 / (2.0 * (dx**2 + dy**2)) * b[1:-1, 1:-1])
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0.0
    return p


def momentum(w, u, v, dt, dx, dy, nu):
    """The new inner values of a velocity component `w`, without the pressure."""
    centre = w[1:-1, 1:-1]
    return (centre - u[1:-1, 1:-1] * dt / dx * (centre - w[1:-1, :-2])
            - v[1:-1, 1:-1] * dt / dy * (centre - w[:-2, 1:-1])
            + nu * (dt / dx**2 * (w[1:-1, 2:] - 2.0 * centre + w[1:-1, :-2])
                    + dt / dy**2 * (w[2:, 1:-1] - 2.0 * centre + w[:-2, 1:-1])))


def cavity_flow(steps, sweeps, u, v, p, dt, rho, nu):
    """The flow in a box whose lid moves."""
    u, v, p = np.copy(u), np.copy(v), np.copy(p)
    dx = 2.0 / (u.shape[1] - 1)
    dy = 2.0 / (u.shape[0] - 1)
    for _ in range(steps):
        b = build_up(rho, dt, u, v, dx, dy)
        p = pressure(sweeps, p, dx, dy, b)
        new_u = momentum(u, u, v, dt, dx, dy, nu) - dt / (2.0 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
        new_v = momentum(v, u, v, dt, dx, dy, nu) - dt / (2.0 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
        u[1:-1, 1:-1] = new_u
        v[1:-1, 1:-1] = new_v
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0
    return np.sum(u) + np.sum(v) + np.sum(p)


def columns(rng, i, j, k):
    utens_stage, u_stage, u_pos, utens = (rng.random((i, j, k)) for _ in range(4))
    return utens_stage, u_stage, 0.1 * rng.random((i + 1, j, k)), u_pos, utens, 3.0 / 20.0


def layers(rng, i, j, k):
    return rng.random((i + 4, j + 4, k)), rng.random((i, j, k))


def box(rng, n, steps, sweeps):
    u, v, p = (0.1 * rng.standard_normal((n, n)) for _ in range(3))
    return steps, sweeps, u, v, p, 0.0005, 1.0, 0.1


KERNELS = [
    Kernel(vadv, "loop", ("utens_stage", "u_stage", "wcon", "u_pos", "utens"), columns,
           sizes({"i": 3, "j": 2, "k": 5}, {"i": 60, "j": 60, "k": 40}, {"i": 112, "j": 112, "k": 80}),
           jax=jax_others.vadv),
    Kernel(hdiff, "array", ("field", "coeff"), layers,
           sizes({"i": 3, "j": 4, "k": 2}, {"i": 64, "j": 64, "k": 60}, {"i": 128, "j": 128, "k": 160})),
    Kernel(cavity_flow, "loop", ("u", "v", "p"), box,
           sizes({"n": 6, "steps": 2, "sweeps": 2}, {"n": 31, "steps": 25, "sweeps": 5},
                 {"n": 55, "steps": 60, "sweeps": 25}), jax=jax_others.cavity_flow),
]
