"""Statistical objectives: a Gaussian mixture's log-likelihood, k-means, logistic regression."""

from __future__ import annotations

import numpy as np

from ..problem import Bar, Program
from ..reference import fitting as reference


def log_likelihood(x, weights, means, log_diagonals, lower):
    """x (n, d); weights (k,) as logs, not normalised; means (k, d); precision factors by log diagonal and lower part.

    The mean over the points of log sum_k w_k |L_k| exp(-|L_k (x - m_k)|^2 / 2), without the constant.
    """
    apart = x[:, None, :] - means
    z = np.einsum("kij,nkj->nki", np.tril(lower, -1), apart) + np.exp(log_diagonals) * apart
    scores = weights + np.sum(log_diagonals, axis=1) - 0.5 * np.sum(z * z, axis=2)
    top = np.max(scores, axis=1, keepdims=True)
    total = top + np.log(np.sum(np.exp(scores - top), axis=1, keepdims=True))
    return np.mean(total) - np.log(np.sum(np.exp(weights)))


def k_means(points, centres):
    """The mean squared distance of each point to its nearest centre."""
    squares = np.sum(points * points, axis=1)[:, None] - 2.0 * (points @ centres.T) + np.sum(centres * centres, axis=1)
    return np.mean(np.min(squares, axis=1))


def logistic(x, y, w, b, strength):
    """Logistic regression with a ridge: labels 0 and 1."""
    z = x @ w + b
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.5 * strength * np.dot(w, w)


def problems() -> list[Program]:
    rng = np.random.default_rng(3)
    n, k, d = 1000, 5, 4
    mixture = (rng.standard_normal((n, d)), 0.3 * rng.standard_normal(k), rng.standard_normal((k, d)),
               0.2 * rng.standard_normal((k, d)), 0.3 * rng.standard_normal((k, d, d)))
    clusters = (rng.standard_normal((2000, 8)), rng.standard_normal((10, 8)))
    x = rng.standard_normal((1000, 30))
    labels = (x @ rng.standard_normal(30) + rng.standard_normal(1000) > 0.0).astype(float)
    return [
        Program("Gaussian mixture", log_likelihood, mixture, ("weights", "means", "log_diagonals", "lower"),
                reference.MIXTURE_VERSIONS, bar=Bar(1.05)),
        Program("k-means", k_means, clusters, ("centres",), reference.K_MEANS_VERSIONS, bar=Bar(1.05)),
        Program("logistic regression", logistic, (x, labels, 0.1 * rng.standard_normal(30), np.array(0.1), 0.01),
                ("w", "b"), reference.LOGISTIC_VERSIONS, bar=Bar(1.05)),
    ]
