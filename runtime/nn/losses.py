"""Losses on arrays, with their pullbacks, in the form of `runtime.kernels`.

`reduction` is "none", "mean" or "sum", as PyTorch's.
"""

from __future__ import annotations

from functools import lru_cache
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
        return np.add.reduce(losses, None) / losses.dtype.type(losses.size)
    if reduction == "sum":
        return np.sum(losses)
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return losses


def share(d_ans: Array, reduction: str, x: Array) -> Array:
    """The cotangent of each loss: what `reduced` handed out of it."""
    return d_ans / np.size(x) if reduction == "mean" else d_ans


def bce_with_logits(
    x: Array, y: Array, weight: Array = None, pos_weight: Array = None, reduction: str = "mean"
) -> Array:
    """The cross entropy of sigmoid(x) against y, without overflow for any x."""
    tail = np.log1p(np.exp(-np.abs(x)))
    if pos_weight is None:
        losses = np.maximum(x, 0) - x * y + tail
    else:
        losses = (1 - y) * x + (1 + (pos_weight - 1) * y) * (tail + np.maximum(-x, 0))
    return reduced(losses if weight is None else losses * weight, reduction)


def _bce_logits_x(
    x: Array, y: Array, weight: Array, pos_weight: Array, reduction: str, ans: Array, d_ans: Array
) -> Array:
    p = sigmoid(x)
    slope = p - y if pos_weight is None else (1 - y) * p - pos_weight * y * (1 - p)
    return share(d_ans, reduction, x) * (slope if weight is None else slope * weight)


def _bce_logits_y(
    x: Array, y: Array, weight: Array, pos_weight: Array, reduction: str, ans: Array, d_ans: Array
) -> Array:
    if pos_weight is None:
        slope = -x
    else:
        tail = np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0)
        slope = (pos_weight - 1) * tail - x
    return share(d_ans, reduction, x) * (slope if weight is None else slope * weight)


derivative(bce_with_logits,
           x=Pullback(_bce_logits_x, values=("x", "y", "weight", "pos_weight")),
           y=Pullback(_bce_logits_y, values=("x", "y", "weight", "pos_weight")))


def bce(x: Array, y: Array, weight: Array = None, reduction: str = "mean") -> Array:
    """The cross entropy of probabilities x against y; a logarithm is at least -100."""
    losses = -(y * np.maximum(np.log(x), -100) + (1 - y) * np.maximum(np.log1p(-x), -100))
    return reduced(losses if weight is None else losses * weight, reduction)


def _bce_x(x: Array, y: Array, weight: Array, reduction: str, ans: Array, d_ans: Array) -> Array:
    slope = (x - y) / np.maximum(x * (1 - x), 1e-12)
    return share(d_ans, reduction, x) * (slope if weight is None else slope * weight)


def _bce_y(x: Array, y: Array, weight: Array, reduction: str, ans: Array, d_ans: Array) -> Array:
    slope = np.maximum(np.log1p(-x), -100) - np.maximum(np.log(x), -100)
    return share(d_ans, reduction, x) * (slope if weight is None else slope * weight)


derivative(bce,
           x=Pullback(_bce_x, values=("x", "y", "weight")),
           y=Pullback(_bce_y, values=("x", "weight")))


def mse(x: Array, y: Array, reduction: str = "mean") -> Array:
    """(x - y)^2."""
    return reduced(np.square(x - y), reduction)


derivative(
    mse,
    x=Pullback(lambda x, y, reduction, ans, d_ans: share(d_ans, reduction, x) * (2 * (x - y)), values=("x", "y")),
    y=Pullback(lambda x, y, reduction, ans, d_ans: share(d_ans, reduction, x) * (2 * (y - x)), values=("x", "y")),
)


def l1(x: Array, y: Array, reduction: str = "mean") -> Array:
    """|x - y|; the derivative where they are equal is 0."""
    return reduced(np.abs(x - y), reduction)


derivative(
    l1,
    x=Pullback(lambda x, y, reduction, ans, d_ans: share(d_ans, reduction, x) * np.sign(x - y), values=("x", "y")),
    y=Pullback(lambda x, y, reduction, ans, d_ans: share(d_ans, reduction, x) * np.sign(y - x), values=("x", "y")),
)


def huber(x: Array, y: Array, delta: float = 1.0, reduction: str = "mean") -> Array:
    """(x - y)^2 / 2 where |x - y| <= delta, else delta (|x - y| - delta / 2)."""
    size = np.abs(x - y)
    return reduced(np.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta)), reduction)


derivative(
    huber,
    x=Pullback(
        lambda x, y, delta, reduction, ans, d_ans: share(d_ans, reduction, x) * np.clip(x - y, -delta, delta),
        values=("x", "y"),
    ),
    y=Pullback(
        lambda x, y, delta, reduction, ans, d_ans: share(d_ans, reduction, x) * np.clip(y - x, -delta, delta),
        values=("x", "y"),
    ),
)


def smooth_l1(x: Array, y: Array, beta: float = 1.0, reduction: str = "mean") -> Array:
    """(x - y)^2 / (2 beta) where |x - y| < beta, else |x - y| - beta / 2."""
    size = np.abs(x - y)
    return reduced(np.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta), reduction)


derivative(
    smooth_l1,
    x=Pullback(
        lambda x, y, beta, reduction, ans, d_ans: share(d_ans, reduction, x) * np.clip((x - y) / beta, -1, 1),
        values=("x", "y"),
    ),
    y=Pullback(
        lambda x, y, beta, reduction, ans, d_ans: share(d_ans, reduction, x) * np.clip((y - x) / beta, -1, 1),
        values=("x", "y"),
    ),
)


def _places(logp: Array, target: Array, weight: Array, ignore: int) -> tuple[Any, Array]:
    """The index of each target's element of `logp` and the weight of its loss (0 for what is ignored)."""
    kept = target != ignore
    classes = target * kept
    scale = kept.astype(logp.dtype) if weight is None else np.asarray(weight[classes] * kept, logp.dtype)
    if target.ndim == 1:
        return (np.arange(target.size), classes), scale
    if logp.ndim == 1:
        return (classes,), scale
    places = list(np.ogrid[tuple(slice(n) for n in np.shape(target))])
    return (places[0], classes, *places[1:]), scale


@lru_cache(64)
def counted(n: int) -> Array:
    """0, 1, ... n - 1, made once."""
    return np.arange(n)


def nll_rows(logp: Array, target: Array, reduction: str = "mean") -> Array:
    """`nll` of a matrix without weights, where no target is ignored."""
    losses = logp[counted(target.size), target]
    if reduction == "mean":
        return np.add.reduce(losses) * logp.dtype.type(-1 / target.size)
    return -np.add.reduce(losses) if reduction == "sum" else -losses


def nll_rows_slope(g: Array, shape: tuple[int, ...], dtype: Any, target: Array, reduction: str) -> Array:
    """The cotangent of `nll_rows`'s log probabilities of `shape`, for the cotangent `g` of its result."""
    whole = np.zeros(shape, dtype)
    whole[counted(target.size), target] = g * (-1 / target.size) if reduction == "mean" else -g
    return whole


derivative(nll_rows, logp=Pullback(
    lambda logp, target, reduction, ans, d_ans: nll_rows_slope(d_ans, logp.shape, logp.dtype, target, reduction),
    values=("target",), shapes=("logp",)))
derivative(nll_rows_slope, g=Pullback(
    lambda g, shape, dtype, target, reduction, ans, d_ans: nll_rows(d_ans, target, reduction), values=("target",)))


def nll(logp: Array, target: Array, weight: Array = None, ignore: int = -100, reduction: str = "mean") -> Array:
    """-weight[target] logp[target]; the mean is weighted, and nan where everything is ignored."""
    places, scale = _places(logp, target, weight, ignore)
    losses = -logp[places] * scale
    return (
        np.add.reduce(losses, None) / np.add.reduce(scale, None) if reduction == "mean" else reduced(losses, reduction)
    )


def nll_slope(g: Array, shape: tuple[int, ...], dtype: Any, target: Array, weight: Array, ignore: int,
              reduction: str) -> Array:
    """The cotangent of `nll`'s log probabilities of `shape`, for the cotangent `g` of its result."""
    whole = np.zeros(shape, dtype)
    places, scale = _places(whole, target, weight, ignore)
    total = np.add.reduce(scale, None) if reduction == "mean" else 1
    whole[places] = scale * (-g / total)
    return whole


derivative(
    nll,
    logp=Pullback(
        lambda logp, target, weight, ignore, reduction, ans, d_ans: nll_slope(
            d_ans, np.shape(logp), logp.dtype, target, weight, ignore, reduction
        ),
        values=("target", "weight"),
        shapes=("logp",),
    ),
)
derivative(
    nll_slope,
    g=Pullback(
        lambda g, shape, dtype, target, weight, ignore, reduction, ans, d_ans: nll(
            d_ans, target, weight, ignore, reduction
        ),
        values=("target", "weight"),
    ),
)
