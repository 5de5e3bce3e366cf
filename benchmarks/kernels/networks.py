"""Pieces of neural networks: softmax, a small classifier, convolution, a residual block."""

from __future__ import annotations

import numpy as np

from . import jax_others
from .kernel import Kernel, sizes


def softmax(x):
    """Over the last axis of attention scores; weighted, since the plain sum is a constant."""
    top = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - top)
    return np.sum((e / np.sum(e, axis=-1, keepdims=True)) ** 2)


def relu(x):
    return np.maximum(x, 0.0)


def mlp(x, w1, b1, w2, b2, w3, b3):
    """Three layers and a softmax."""
    h = relu(x @ w1 + b1)
    h = relu(h @ w2 + b2)
    z = h @ w3 + b3
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return np.sum((e / np.sum(e, axis=-1, keepdims=True)) ** 2)


def convolve(image, weights):
    """image (batch, h, w, channels in), weights (k, k, in, out): a valid convolution, one output point at a time."""
    k = weights.shape[0]
    batch, height, width, _ = image.shape
    out = np.zeros((batch, height - k + 1, width - k + 1, weights.shape[3]))
    for i in range(height - k + 1):
        for j in range(width - k + 1):
            out[:, i, j, :] = np.tensordot(image[:, i : i + k, j : j + k, :], weights, axes=3)
    return out


def conv2d(image, weights, bias):
    return np.sum(convolve(image, weights) + bias)


def batch_norm(x):
    mean = np.mean(x, axis=0, keepdims=True)
    deviation = np.sqrt(np.mean((x - mean) ** 2, axis=0, keepdims=True) + 1e-5)
    return (x - mean) / deviation


def residual_block(x, w1, w2, w3):
    """A 1x1, a padded 3x3 and a 1x1 convolution, each normalised over the batch, added to the input."""
    h = relu(batch_norm(convolve(x, w1)))
    padded = np.zeros((h.shape[0], h.shape[1] + 2, h.shape[2] + 2, h.shape[3]))
    padded[:, 1:-1, 1:-1, :] = h
    h = relu(batch_norm(convolve(padded, w2)))
    h = batch_norm(convolve(h, w3))
    return np.sum(relu(h + x))


def scores(rng, n, h, s):
    return (rng.standard_normal((n, h, s, s)),)


def classifier(rng, batch, n0, n1, n2, n3):
    made = [rng.standard_normal((batch, n0))]
    for a, b in ((n0, n1), (n1, n2), (n2, n3)):
        made += [rng.standard_normal((a, b)) / np.sqrt(a), 0.1 * rng.standard_normal(b)]
    return tuple(made)


def images(rng, batch, side, k, channels, out):
    return (rng.standard_normal((batch, side, side, channels)),
            rng.standard_normal((k, k, channels, out)) / (k * np.sqrt(channels)), rng.standard_normal(out))


def block(rng, batch, side, outer, inner):
    return (rng.standard_normal((batch, side, side, outer)), rng.standard_normal((1, 1, outer, inner)),
            rng.standard_normal((3, 3, inner, inner)), rng.standard_normal((1, 1, inner, outer)))


KERNELS = [
    Kernel(softmax, "array", ("x",), scores,
           sizes({"n": 2, "h": 1, "s": 3}, {"n": 4, "h": 4, "s": 64}, {"n": 16, "h": 8, "s": 128})),
    Kernel(mlp, "array", ("w1", "b1", "w2", "b2", "w3", "b3"), classifier,
           sizes({"batch": 2, "n0": 3, "n1": 4, "n2": 3, "n3": 2},
                 {"batch": 8, "n0": 64, "n1": 128, "n2": 64, "n3": 10},
                 {"batch": 64, "n0": 512, "n1": 512, "n2": 256, "n3": 10})),
    Kernel(conv2d, "loop", ("image", "weights", "bias"), images,
           sizes({"batch": 2, "side": 4, "k": 2, "channels": 2, "out": 3},
                 {"batch": 8, "side": 24, "k": 3, "channels": 3, "out": 16},
                 {"batch": 8, "side": 64, "k": 5, "channels": 3, "out": 16}), jax=jax_others.conv2d),
    Kernel(residual_block, "loop", ("x", "w1", "w2", "w3"), block,
           sizes({"batch": 3, "side": 3, "outer": 3, "inner": 2}, {"batch": 8, "side": 14, "outer": 32, "inner": 8},
                 {"batch": 8, "side": 28, "outer": 64, "inner": 16}), jax=jax_others.residual_block),
]
