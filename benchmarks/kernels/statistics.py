"""Covariance, correlation, and a recursive image filter."""

from __future__ import annotations

import numpy as np

from . import jax_algebra, jax_others
from .kernel import Kernel, sizes


def covariance(data):
    """Covariances of the columns, filled row by row into both triangles."""
    samples, m = data.shape
    data = data - np.mean(data, axis=0)
    cov = np.zeros((m, m))
    for i in range(m):
        row = data[:, i] @ data[:, i:] / (samples - 1.0)
        cov[i, i:] = row
        cov[i:, i] = row
    return np.sum(cov)


def correlation(data):
    """Correlations of the columns, filled row by row into both triangles."""
    samples, m = data.shape
    data = data - np.mean(data, axis=0)
    deviation = np.sqrt(np.sum(data * data, axis=0) / samples)
    data = data / (np.sqrt(samples) * deviation)
    corr = np.eye(m)
    for i in range(m - 1):
        row = data[:, i] @ data[:, i + 1:]
        corr[i, i + 1:] = row
        corr[i + 1:, i] = row
    return np.sum(corr)


def deriche(alpha, image):
    """Deriche's recursive edge filter: causal and anti-causal passes along rows, then along columns."""
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + 2.0 * alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a1 = k
    a2 = k * np.exp(-alpha) * (alpha - 1.0)
    a3 = k * np.exp(-alpha) * (alpha + 1.0)
    a4 = -k * np.exp(-2.0 * alpha)
    b1 = 2.0 ** (-alpha)
    b2 = -np.exp(-2.0 * alpha)
    width, height = image.shape
    y1 = np.zeros_like(image)
    y2 = np.zeros_like(image)

    y1[:, 0] = a1 * image[:, 0]
    y1[:, 1] = a1 * image[:, 1] + a2 * image[:, 0] + b1 * y1[:, 0]
    for j in range(2, height):
        y1[:, j] = a1 * image[:, j] + a2 * image[:, j - 1] + b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2[:, -2] = a3 * image[:, -1]
    for j in range(height - 3, -1, -1):
        y2[:, j] = a3 * image[:, j + 1] + a4 * image[:, j + 2] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    rows = y1 + y2

    y1[0, :] = a1 * rows[0, :]
    y1[1, :] = a1 * rows[1, :] + a2 * rows[0, :] + b1 * y1[0, :]
    for i in range(2, width):
        y1[i, :] = a1 * rows[i, :] + a2 * rows[i - 1, :] + b1 * y1[i - 1, :] + b2 * y1[i - 2, :]
    y2[-1, :] = 0.0
    y2[-2, :] = a3 * rows[-1, :]
    for i in range(width - 3, -1, -1):
        y2[i, :] = a3 * rows[i + 1, :] + a4 * rows[i + 2, :] + b1 * y2[i + 1, :] + b2 * y2[i + 2, :]
    return np.sum(y1 + y2)


def table(rng, samples, m):
    return (rng.standard_normal((samples, m)),)


def picture(rng, width, height):
    return 0.25, rng.random((width, height))


KERNELS = [
    Kernel(covariance, "loop", ("data",), table,
           sizes({"samples": 6, "m": 4}, {"samples": 240, "m": 200}, {"samples": 600, "m": 500}),
           jax=jax_algebra.covariance),
    Kernel(correlation, "loop", ("data",), table,
           sizes({"samples": 6, "m": 4}, {"samples": 240, "m": 200}, {"samples": 600, "m": 500}),
           jax=jax_algebra.correlation),
    Kernel(deriche, "loop", ("image",), picture,
           sizes({"width": 5, "height": 6}, {"width": 400, "height": 200}, {"width": 1000, "height": 500}),
           jax=jax_others.deriche),
]
