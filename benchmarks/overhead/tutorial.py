"""The one-layer network of PyTorch's autograd tutorial: x[5], y[3], w[5, 3], b[3]; tiny, so overhead is what counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..problem import Bar, Function, Program
from ..reference import tutorial as reference

BAR = Bar(1.10, 1.0e-6)


def sigmoid_loss(x, y, w, b):
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def logits_loss(x, y, w, b):
    z = np.matmul(x, w) + b
    return np.mean(np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z))))


def sigmoid_loss_torch(torch: Any) -> Function:
    def loss(x, y, w, b):
        z = torch.matmul(x, w) + b
        p = 1.0 / (1.0 + torch.exp(-z))
        return -torch.mean(y * torch.log(p) + (1.0 - y) * torch.log(1.0 - p))

    return loss


def logits_loss_torch(torch: Any) -> Function:
    def loss(x, y, w, b):
        return torch.nn.functional.binary_cross_entropy_with_logits(torch.matmul(x, w) + b, y)

    return loss


def problems() -> list[Program]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(5)
    y = np.array([0.0, 1.0, 0.0])
    w = rng.standard_normal((5, 3))
    b = rng.standard_normal(3)
    return [
        Program("tutorial, sigmoid", sigmoid_loss, (x, y, w, b), ("w", "b"),
                reference.SIGMOID_VERSIONS, sigmoid_loss_torch, bar=BAR, section="overhead"),
        Program("tutorial, logits", logits_loss, (x, y, w, b), ("w", "b"),
                reference.LOGITS_VERSIONS, logits_loss_torch, bar=BAR, section="overhead"),
    ]
