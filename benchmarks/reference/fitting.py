"""Value and gradients of the statistical objectives, by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mixture(x: Array, weights: Array, means: Array, log_diagonals: Array, lower: Array
            ) -> tuple[np.float64, tuple[Array, Array, Array, Array]]:
    """Responsibilities p (n, k); z = L (x - m) gives d_L = -p z (x - m)' and d_m = p L' z."""
    below = np.tril(lower, -1)
    diagonals = np.exp(log_diagonals)
    apart = x[:, None, :] - means
    z = np.einsum("kij,nkj->nki", below, apart) + diagonals * apart
    scores = weights + log_diagonals.sum(axis=1) - 0.5 * np.sum(z * z, axis=2)
    top = np.max(scores, axis=1, keepdims=True)
    p = np.exp(scores - top)
    total = np.sum(p, axis=1, keepdims=True)
    prior = np.exp(weights)
    value = np.mean(top + np.log(total)) - np.log(prior.sum())

    p /= total * len(x)
    share = p.sum(axis=0)
    pz = p[:, :, None] * z
    d_apart = np.einsum("kij,nki->nkj", below, pz) + diagonals * pz
    d_lower = np.tril(np.einsum("nki,nkj->kij", pz, apart), -1)
    np.negative(d_lower, out=d_lower)
    d_log_diagonals = share[:, None] - diagonals * np.sum(pz * apart, axis=0)
    return value, (share - prior / prior.sum(), d_apart.sum(axis=0), d_log_diagonals, d_lower)


def k_means(points: Array, centres: Array) -> tuple[np.float64, tuple[Array]]:
    """2 (c - x) / n, summed over the points whose nearest centre it is; a tie goes to the first."""
    squares = np.sum(points * points, axis=1)[:, None] - 2.0 * (points @ centres.T) + np.sum(centres * centres, axis=1)
    nearest = np.argmin(squares, axis=1)
    rows = np.arange(len(points))
    value = np.mean(squares[rows, nearest])
    member = np.zeros_like(squares)
    member[rows, nearest] = 2.0 / len(points)
    return value, (member.sum(axis=0)[:, None] * centres - member.T @ points,)


def k_means_ties(points: Array, centres: Array) -> tuple[np.float64, tuple[Array]]:
    """The same with a tie split equally between the nearest centres, as pullback's convention has it."""
    squares = np.sum(points * points, axis=1)[:, None] - 2.0 * (points @ centres.T) + np.sum(centres * centres, axis=1)
    lowest = np.min(squares, axis=1, keepdims=True)
    member = (squares == lowest).astype(np.float64)
    member *= (2.0 / len(points) / (member @ np.ones(len(centres))))[:, None]
    return np.mean(lowest), (member.sum(axis=0)[:, None] * centres - member.T @ points,)


def logistic(x: Array, y: Array, w: Array, b: Array, strength: float) -> tuple[np.float64, tuple[Array, Array]]:
    z = x @ w + b
    value = np.mean(np.logaddexp(0.0, z) - y * z) + 0.5 * strength * np.dot(w, w)
    d_z = 1.0 / (1.0 + np.exp(-z))
    d_z -= y
    d_z /= len(z)
    return value, (x.T @ d_z + strength * w, d_z.sum())


MIXTURE_VERSIONS = {"by hand": mixture}
K_MEANS_VERSIONS = {"by hand": k_means, "by hand, ties split": k_means_ties}
LOGISTIC_VERSIONS = {"by hand": logistic}
