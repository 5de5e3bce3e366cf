"""Value and gradients of the three-layer classifier, by hand; labels are one-hot, so the softmax gives p - y.

`in_place` reuses its own buffers; `plain` makes a new array a line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Result = tuple[np.float64, tuple[Array, ...]]


def in_place(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array) -> Result:
    h1 = x @ w1
    h1 += b1
    np.tanh(h1, out=h1)
    h2 = h1 @ w2
    h2 += b2
    np.tanh(h2, out=h2)
    z = h2 @ w3
    z += b3
    top = np.max(z, axis=1, keepdims=True)
    p = np.exp(z - top)
    total = np.sum(p, axis=1, keepdims=True)
    value = np.mean(np.sum(y * (top + np.log(total) - z), axis=1))

    p /= total
    p -= y
    p /= len(x)
    d_w3 = h2.T @ p
    d_b3 = p.sum(axis=0)
    d_h2 = p @ w3.T
    d_w2, d_b2, d_h1 = layer(h1, h2, d_h2, w2)
    h1 *= h1
    np.subtract(1.0, h1, out=h1)
    d_h1 *= h1
    return value, (x.T @ d_h1, d_h1.sum(axis=0), d_w2, d_b2, d_w3, d_b3)


def layer(h_in: Array, h_out: Array, d_out: Array, w: Array) -> tuple[Array, Array, Array]:
    """Back through h_out = tanh(h_in @ w + b); overwrites `h_out` and `d_out`."""
    h_out *= h_out
    np.subtract(1.0, h_out, out=h_out)
    d_out *= h_out
    return h_in.T @ d_out, d_out.sum(axis=0), d_out @ w.T


def plain(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array) -> Result:
    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    z = h2 @ w3 + b3
    top = np.max(z, axis=1, keepdims=True)
    e = np.exp(z - top)
    total = np.sum(e, axis=1, keepdims=True)
    value = np.mean(np.sum(y * (top + np.log(total) - z), axis=1))

    d_z = (e / total - y) / len(x)
    d_a2 = (d_z @ w3.T) * (1.0 - h2 * h2)
    d_a1 = (d_a2 @ w2.T) * (1.0 - h1 * h1)
    return value, (x.T @ d_a1, d_a1.sum(axis=0), h1.T @ d_a2, d_a2.sum(axis=0), h2.T @ d_z, d_z.sum(axis=0))


VERSIONS = {"by hand": in_place, "plain": plain}
