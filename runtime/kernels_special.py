"""Functions that NumPy has not and that few use, with their pullbacks: as in `kernels.py`, one after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import special
from .table import Pullback, derivative

Array = Any
_ROOT: float = 2 / math.sqrt(math.pi)


def _each(function: Any) -> Any:
    """`function` of one float for each element of an array, in the array's dtype."""
    loop = np.frompyfunc(function, 1, 1)

    def apply(x: Array) -> Array:
        return np.asarray(loop(x)).astype(np.result_type(x))

    return apply


def _checked(function: Any, outside: float) -> Any:
    """`function` with `outside` for what it refuses (a pole)."""

    def safe(x: float) -> float:
        try:
            value: float = function(x)
        except (ValueError, OverflowError):
            return outside
        return value

    return safe


_ERFC, _LGAMMA = _each(math.erfc), _each(_checked(math.lgamma, math.inf))


def copysign(x: Array, y: Array) -> Array:
    """|x| with the sign of y."""
    return np.copysign(x, y)


derivative(copysign, elementwise=True,
           x=Pullback(lambda x, y, ans, d_ans: d_ans * np.where(x == 0, np.zeros_like(x), np.sign(x) * np.sign(ans)),
                      values=("x", "ans")),
           y=Pullback(lambda x, y, ans, d_ans: np.zeros_like(d_ans)))


def frac(x: Array) -> Array:
    """The part of x behind the point, with the sign of x."""
    return x - np.trunc(x)


derivative(frac, elementwise=True, x=Pullback(lambda x, ans, d_ans: d_ans))


def erfc(x: Array) -> Array:
    """1 - erf(x), without cancellation."""
    return _ERFC(x)


derivative(erfc, elementwise=True,
           x=Pullback(lambda x, ans, d_ans: d_ans * (-_ROOT * np.exp(-x * x)), values=("x",)))


def logit(x: Array, eps: float | None = None) -> Array:
    """log(x / (1 - x)), of x brought into [eps, 1 - eps] first where `eps` is given."""
    x = x if eps is None else np.minimum(np.maximum(x, eps), 1 - eps)
    return np.log(x / (1 - x))


def _logit_pullback(x: Array, eps: float | None, ans: Array, d_ans: Array) -> Array:
    slope = d_ans / (x * (1 - x))
    return slope if eps is None else np.where((x < eps) | (x > 1 - eps), np.zeros_like(slope), slope)


derivative(logit, elementwise=True, x=Pullback(_logit_pullback, values=("x",)))


def polygamma(x: Array, n: int) -> Array:
    """The derivative of order n of the digamma function."""
    return np.asarray(special.polygamma(n, x)).astype(np.result_type(x))


derivative(polygamma, elementwise=True,
           x=Pullback(lambda x, n, ans, d_ans: d_ans * polygamma(x, n + 1), values=("x",)))


def lgamma(x: Array) -> Array:
    """log |gamma(x)|."""
    return _LGAMMA(x)


derivative(lgamma, elementwise=True, x=Pullback(lambda x, ans, d_ans: d_ans * polygamma(x, 0), values=("x",)))


def digamma(x: Array) -> Array:
    """The logarithmic derivative of the gamma function."""
    return polygamma(x, 0)


derivative(digamma, elementwise=True, x=Pullback(lambda x, ans, d_ans: d_ans * polygamma(x, 1), values=("x",)))


def erfinv(x: Array) -> Array:
    """The inverse of erf: Winitzki's approximation, then Newton's steps to rounding; nan outside [-1, 1]."""
    y = np.asarray(x, np.float64)
    log = np.log1p(-y * y)
    first = 2 / (math.pi * 0.147) + log / 2
    z = np.copysign(np.sqrt(np.sqrt(first * first - log / 0.147) - first), y)
    inside = np.abs(y) < 1
    z = np.where(inside, z, 0.0)
    for _ in range(4):
        z = z - (1 - y - _ERFC(z)) / (_ROOT * np.exp(-z * z))
    z = np.where(inside, z, np.where(np.abs(y) == 1, np.copysign(np.inf, y), np.nan))
    return z.astype(np.result_type(x))


derivative(erfinv, elementwise=True,
           x=Pullback(lambda x, ans, d_ans: d_ans * (np.exp(ans * ans) / _ROOT), values=("ans",)))


def xlogy(x: Array, y: Array) -> Array:
    """x log(y), and 0 where x is 0."""
    return np.where(x == 0, np.where(np.isnan(y), y, np.zeros_like(y)), x * np.log(y))


derivative(xlogy, elementwise=True,
           x=Pullback(lambda x, y, ans, d_ans: d_ans * np.where((x == 0) & (y <= 0), np.zeros_like(y), np.log(y)),
                      values=("x", "y")),
           y=Pullback(lambda x, y, ans, d_ans: d_ans * x / y, values=("x", "y")))


def logcumsumexp(x: Array, axis: int) -> Array:
    """log(cumsum(exp(x))) along `axis`, without overflow."""
    return np.logaddexp.accumulate(x, axis)


def _logcumsumexp_pullback(x: Array, axis: int, ans: Array, d_ans: Array) -> Array:
    """exp(x) times the sum, from each place on, of d_ans exp(-ans)."""
    running = np.flip(np.cumsum(np.flip(d_ans * np.exp(-ans), axis), axis), axis)
    return np.exp(x) * running


derivative(logcumsumexp, x=Pullback(_logcumsumexp_pullback, values=("x", "ans")))


def lerp(x: Array, end: Array, weight: Array) -> Array:
    """x + weight (end - x), counted from the nearer end so that weight 1 gives `end`."""
    return np.where(np.abs(weight) < 0.5, x + weight * (end - x), end - (end - x) * (1 - weight))


derivative(lerp, elementwise=True,
           x=Pullback(lambda x, end, weight, ans, d_ans: d_ans * (1 - weight), values=("weight",)),
           end=Pullback(lambda x, end, weight, ans, d_ans: d_ans * weight, values=("weight",)),
           weight=Pullback(lambda x, end, weight, ans, d_ans: d_ans * (end - x), values=("x", "end")))


def addcmul(x: Array, y: Array, z: Array, value: float = 1) -> Array:
    """x + value y z."""
    return x + value * y * z


derivative(addcmul, elementwise=True,
           x=Pullback(lambda x, y, z, value, ans, d_ans: d_ans),
           y=Pullback(lambda x, y, z, value, ans, d_ans: d_ans * (z * value), values=("z",)),
           z=Pullback(lambda x, y, z, value, ans, d_ans: d_ans * (y * value), values=("y",)))


def addcdiv(x: Array, y: Array, z: Array, value: float = 1) -> Array:
    """x + value y / z."""
    return x + value * (y / z)


derivative(addcdiv, elementwise=True,
           x=Pullback(lambda x, y, z, value, ans, d_ans: d_ans),
           y=Pullback(lambda x, y, z, value, ans, d_ans: d_ans * (value / z), values=("z",)),
           z=Pullback(lambda x, y, z, value, ans, d_ans: -d_ans * (value * y / (z * z)), values=("y", "z")))


def lower_median(x: Array) -> Array:
    """The median of all elements, the lower of two; those that are equal to it share its cotangent."""
    ordered = np.sort(np.ravel(x))
    return np.asarray(ordered[(ordered.size - 1) // 2])


def _median_pullback(x: Array, ans: Array, d_ans: Array) -> Array:
    hit = x == ans
    return d_ans / np.sum(hit) * hit


derivative(lower_median, x=Pullback(_median_pullback, values=("x", "ans")))
