"""A classifier of three layers (64-128-64-10, tanh, softmax cross-entropy) at batch 1, 32, 256 and 1024."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..problem import Bar, Function, Program
from ..reference import mlp as reference

SIZES = (64, 128, 64, 10)


def loss(x, y, w1, b1, w2, b2, w3, b3):
    h1 = np.tanh(x @ w1 + b1)
    h2 = np.tanh(h1 @ w2 + b2)
    z = h2 @ w3 + b3
    top = np.max(z, axis=1, keepdims=True)
    log_total = top + np.log(np.sum(np.exp(z - top), axis=1, keepdims=True))
    return np.mean(np.sum(y * (log_total - z), axis=1))


def loss_torch(torch: Any) -> Function:
    def loss(x, y, w1, b1, w2, b2, w3, b3):
        h1 = torch.tanh(x @ w1 + b1)
        h2 = torch.tanh(h1 @ w2 + b2)
        return torch.nn.functional.cross_entropy(h2 @ w3 + b3, y)

    return loss


def problems() -> list[Program]:
    rng = np.random.default_rng(1)
    parameters = []
    for fan_in, fan_out in pairwise(SIZES):
        parameters += [rng.standard_normal((fan_in, fan_out)) / np.sqrt(fan_in), 0.1 * rng.standard_normal(fan_out)]
    found = []
    for batch in (1, 32, 256, 1024):
        x = rng.standard_normal((batch, SIZES[0]))
        y = np.eye(SIZES[-1])[rng.integers(0, SIZES[-1], batch)]
        found.append(Program(f"MLP, batch {batch}", loss, (x, y, *parameters), ("w1", "b1", "w2", "b2", "w3", "b3"),
                             reference.VERSIONS, loss_torch,
                             bar=Bar(1.05) if batch >= 256 else None, section="overhead"))
    return found
