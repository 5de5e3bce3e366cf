"""Value and gradients (a, b) of the neural differential equation, by hand.

With s = a v + b and r = tanh(s) - v at a stage v, a cotangent d_r gives d_s = d_r (1 - tanh(s)^2), d_v = a' d_s - d_r,
d_b += d_s and d_a += outer(d_s, v). `collected` keeps every d_s and v, so that d_a is one matrix product at the end;
`stage_by_stage` adds an outer product a stage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Result = tuple[np.float64, tuple[Array, Array]]
STEPS = 100
DT = 0.05


def forward(u: Array, a: Array, b: Array, v: Array, t: Array) -> Array:
    """The state after all steps; fills `v` and `t` (steps, 4, n) with each stage's state and tanh."""
    for i in range(STEPS):
        v[i, 0] = u
        t1 = t[i, 0] = np.tanh(a @ u + b)
        k1 = t1 - u
        v2 = v[i, 1] = u + 0.5 * DT * k1
        t2 = t[i, 1] = np.tanh(a @ v2 + b)
        k2 = t2 - v2
        v3 = v[i, 2] = u + 0.5 * DT * k2
        t3 = t[i, 2] = np.tanh(a @ v3 + b)
        k3 = t3 - v3
        v4 = v[i, 3] = u + DT * k3
        t4 = t[i, 3] = np.tanh(a @ v4 + b)
        k4 = t4 - v4
        u = u + DT / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return u


def collected(u: Array, target: Array, a: Array, b: Array) -> Result:
    v = np.empty((STEPS, 4, u.size))
    t = np.empty_like(v)
    miss = forward(u, a, b, v, t) - target
    d_u = 2.0 * miss
    slope = 1.0 - t * t
    d_s = t
    at = a.T
    for i in range(STEPS - 1, -1, -1):
        s1, s2, s3, s4 = slope[i]
        d_outer = DT / 6.0 * d_u
        d_inner = 2.0 * d_outer
        d_s4 = d_s[i, 3] = d_outer * s4
        d_v4 = at @ d_s4 - d_outer
        d_k3 = d_inner + DT * d_v4
        d_s3 = d_s[i, 2] = d_k3 * s3
        d_v3 = at @ d_s3 - d_k3
        d_k2 = d_inner + 0.5 * DT * d_v3
        d_s2 = d_s[i, 1] = d_k2 * s2
        d_v2 = at @ d_s2 - d_k2
        d_k1 = d_outer + 0.5 * DT * d_v2
        d_s1 = d_s[i, 0] = d_k1 * s1
        d_u = d_u + (at @ d_s1 - d_k1) + d_v2 + d_v3 + d_v4
    rows = d_s.reshape(-1, u.size)
    return np.dot(miss, miss), (rows.T @ v.reshape(-1, u.size), rows.sum(axis=0))


def stage_by_stage(u: Array, target: Array, a: Array, b: Array) -> Result:
    v = np.empty((STEPS, 4, u.size))
    t = np.empty_like(v)
    miss = forward(u, a, b, v, t) - target
    d_u = 2.0 * miss
    d_a, d_b = np.zeros_like(a), np.zeros_like(b)
    weights = (DT / 6.0, DT / 3.0, DT / 3.0, DT / 6.0)
    reach = (0.5 * DT, 0.5 * DT, DT, 0.0)  # how far stage i's rate carries the next stage
    for i in range(STEPS - 1, -1, -1):
        d_v = np.zeros_like(b)
        d_before = d_u
        for stage in (3, 2, 1, 0):
            d_r = weights[stage] * d_u + reach[stage] * d_v
            d_s = d_r * (1.0 - t[i, stage] ** 2)
            d_v = a.T @ d_s - d_r
            d_a += np.outer(d_s, v[i, stage])
            d_b += d_s
            d_before = d_before + d_v
        d_u = d_before
    return np.sum(miss**2), (d_a, d_b)


VERSIONS = {"by hand": collected, "stage by stage": stage_by_stage}
