"""Losses on arrays, with their pullbacks, in the form of `runtime.kernels`.

`reduction` is "none", "mean" or "sum", as PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels import sigmoid
from ..table import Pullback, derivative

Array = Any


def reduced(losses: Array, reduction: str) -> Array:
    """The mean or sum of all losses, or the losses themselves.

    raises: ValueError, for another word
    """
    if reduction == "mean":
        return np.mean(losses, dtype=losses.dtype)
    if reduction == "sum":
        return np.sum(losses)
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return losses


def share(d_ans: Array, reduction: str, x: Array) -> Array:
    """The cotangent of each loss: what `reduced` handed out of it."""
    return d_ans / np.size(x) if reduction == "mean" else d_ans


def bce_with_logits(x: Array, y: Array, weight: Array = None, pos_weight: Array = None, reduction: str = "mean") -> Array:
    """The cross entropy of sigmoid(x) against y, without overflow for any x."""
    tail = np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0)
    scale = 1 if pos_weight is None else 1 + (pos_weight - 1) * y
    losses = (1 - y) * x + scale * tail
    return reduced(losses if weight is None else losses * weight, reduction)


def _bce_logits_x(x: Array, y: Array, weight: Array, pos_weight: Array, reduction: str, ans: Array, d_ans: Array) -> Array:
    p = sigmoid(x)
    slope = p - y if pos_weight is None else (1 - y) * p - pos_weight * y * (1 - p)
    return share(d_ans, reduction, x) * (slope if weight is None else slope * weight)


def _bce_logits_y(x: Array, y: Array, weight: Array, pos_weight: Array, reduction: str, ans: Array, d_ans: Array) -> Array:
    if pos_weight is None:
        slope = -x
    else:
        tail = np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0)
        slope = (pos_weight - 1) * tail - x
    return share(d_ans, reduction, x) * (slope if weight is None else slope * weight)


derivative(bce_with_logits,
           x=Pullback(_bce_logits_x, values=("x", "y", "weight", "pos_weight")),
           y=Pullback(_bce_logits_y, values=("x", "y", "weight", "pos_weight")))
