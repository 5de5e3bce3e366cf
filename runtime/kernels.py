"""Functions on arrays that NumPy has not, with their pullbacks: what PyTorch calls `sigmoid`, `relu`, `rsqrt`, ...

Each is an ordinary function of arrays followed by its derivative in the form of `table.Pullback`: the pullback takes
the function's parameters, the result and its cotangent. Pullbacks call NumPy and functions of this kind only, so
that they run on Tensors, too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .indexing import scatter
from .shapes import unbroadcast
from .table import Pullback, derivative

Array = Any
# Arguments by position are quicker, which NumPy's stubs do not know.
_max_reduce: Any = np.maximum.reduce
_add_reduce: Any = np.add.reduce


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)); where exp(-x) overflows (the engine silences that) the result is 0, as it should.

    >>> sigmoid(np.array([-4.0, 0.0, 1000.0])).round(3).tolist()
    [0.018, 0.5, 1.0]
    """
    return 1 / (1 + np.exp(-x))


derivative(sigmoid, elementwise=True,
           x=Pullback(lambda x, ans, d_ans: d_ans * (ans * (1 - ans)), values=("ans",)))


def relu(x: Array) -> Array:
    """max(x, 0); its derivative at 0 is 0."""
    return np.maximum(x, 0)


derivative(relu, elementwise=True, x=Pullback(lambda x, ans, d_ans: d_ans * (ans > 0), values=("ans",)))


def rsqrt(x: Array) -> Array:
    """1 / sqrt(x)."""
    return 1 / np.sqrt(x)


derivative(rsqrt, elementwise=True,
           x=Pullback(lambda x, ans, d_ans: d_ans * (-0.5 * ans * ans * ans), values=("ans",)))


def softplus(x: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`."""
    z = x * beta
    return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / beta)


def _softplus_pullback(x: Array, beta: float, threshold: float, ans: Array, d_ans: Array) -> Array:
    return d_ans * np.where(x * beta > threshold, np.ones_like(x), sigmoid(x * beta))


derivative(softplus, elementwise=True, x=Pullback(_softplus_pullback, values=("x",)))

_ROOT = math.sqrt(2 / math.pi)
_ERF = np.frompyfunc(math.erf, 1, 1)


def erf(x: Array) -> Array:
    """The error function."""
    return np.asarray(_ERF(x)).astype(np.result_type(x))


derivative(erf, elementwise=True,
           x=Pullback(lambda x, ans, d_ans: d_ans * (2 / math.sqrt(math.pi) * np.exp(-x * x)), values=("x",)))


def gelu(x: Array) -> Array:
    """x Phi(x), with Phi the distribution function of the normal distribution."""
    return x * (0.5 * (1 + erf(x * math.sqrt(0.5))))


def _gelu_pullback(x: Array, ans: Array, d_ans: Array) -> Array:
    cdf = 0.5 * (1 + erf(x * math.sqrt(0.5)))
    return d_ans * (cdf + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))


derivative(gelu, elementwise=True, x=Pullback(_gelu_pullback, values=("x",)))


def gelu_tanh(x: Array) -> Array:
    """`gelu` by PyTorch's formula with tanh."""
    return 0.5 * x * (1 + np.tanh(_ROOT * (x + 0.044715 * x * x * x)))


def _gelu_tanh_pullback(x: Array, ans: Array, d_ans: Array) -> Array:
    t = np.tanh(_ROOT * (x + 0.044715 * x * x * x))
    return d_ans * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (_ROOT * (1 + 3 * 0.044715 * x * x)))


derivative(gelu_tanh, elementwise=True, x=Pullback(_gelu_tanh_pullback, values=("x",)))


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where x > 0, else slope x."""
    return np.where(x > 0, x, x * slope)


derivative(leaky_relu, elementwise=True, x=Pullback(
    lambda x, slope, ans, d_ans: np.where(x > 0, d_ans, d_ans * slope), values=("x",)))


def elu(x: Array, alpha: float = 1.0) -> Array:
    """x where x > 0, else alpha (exp(x) - 1)."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


derivative(elu, elementwise=True, x=Pullback(
    lambda x, alpha, ans, d_ans: np.where(x > 0, d_ans, d_ans * (alpha * np.exp(np.minimum(x, 0)))), values=("x",)))


def silu(x: Array) -> Array:
    """x sigmoid(x)."""
    return x * sigmoid(x)


def _silu_pullback(x: Array, ans: Array, d_ans: Array) -> Array:
    s = sigmoid(x)
    return d_ans * (s * (1 + x * (1 - s)))


derivative(silu, elementwise=True, x=Pullback(_silu_pullback, values=("x",)))


def clamp(x: Array, low: float | None = None, high: float | None = None) -> Array:
    """x between two bounds; the derivative is 1 where x is within them, the bounds included."""
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _clamp_pullback(x: Array, low: float | None, high: float | None, ans: Array, d_ans: Array) -> Array:
    if low is None:
        return d_ans * (x <= high)
    if high is None:
        return d_ans * (x >= low)
    return d_ans * ((x >= low) & (x <= high))


derivative(clamp, x=Pullback(_clamp_pullback, values=("x",)))


def hardtanh(x: Array, low: float, high: float) -> Array:
    """x between two bounds; the derivative is 0 at the bounds."""
    return np.minimum(np.maximum(x, low), high)


derivative(hardtanh, x=Pullback(
    lambda x, low, high, ans, d_ans: d_ans * ((x > low) & (x < high)), values=("x",)))


def softmax(x: Array, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x)) along `axis`."""
    out = x - _max_reduce(x, axis, None, None, True)
    out = np.exp(out, out=out if type(out) is np.ndarray else None)
    return out / _add_reduce(out, axis, None, None, True)


derivative(softmax, x=Pullback(
    lambda x, axis, ans, d_ans: ans * (d_ans - np.add.reduce(d_ans * ans, axis, keepdims=True)), values=("ans",)))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """x - log(sum(exp(x))) along `axis`."""
    out = x - _max_reduce(x, axis, None, None, True)
    total = _add_reduce(np.exp(out), axis, None, None, True)
    out -= np.log(total)
    return out


derivative(log_softmax, x=Pullback(
    lambda x, axis, ans, d_ans: d_ans - np.exp(ans) * np.add.reduce(d_ans, axis, keepdims=True), values=("ans",)))


def logsumexp(x: Array, axis: Any, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) over `axis`."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    ans = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return ans if keepdims else np.squeeze(ans, axis)


def _logsumexp_pullback(x: Array, axis: Any, keepdims: bool, ans: Array, d_ans: Array) -> Array:
    if not keepdims:
        ans, d_ans = np.expand_dims(ans, axis), np.expand_dims(d_ans, axis)
    return d_ans * np.exp(x - ans)


derivative(logsumexp, x=Pullback(_logsumexp_pullback, values=("x", "ans")))


def sign(x: Array) -> Array:
    """-1, 0 or 1. (A function of our own, since a rule set that says "constant" would stop the graph.)"""
    return np.sign(x)


def _zero(x: Array, ans: Array, d_ans: Array) -> Array:
    return np.zeros(np.shape(d_ans), d_ans.dtype)


def floor(x: Array) -> Array:
    """The largest integer not above x."""
    return np.floor(x)


def ceil(x: Array) -> Array:
    """The smallest integer not below x."""
    return np.ceil(x)


def trunc(x: Array) -> Array:
    """The integer part."""
    return np.trunc(x)


def rint(x: Array) -> Array:
    """The nearest integer, ties to the even one."""
    return np.rint(x)


for _function in (sign, floor, ceil, trunc, rint):
    derivative(_function, elementwise=True, x=Pullback(_zero))


def embed(values: Array, shape: tuple[int, ...], dtype: Any, replay: Any) -> Array:
    """Zeros of `shape` with `values` in the view that `replay` makes: the cotangent of a view."""
    whole = np.zeros(shape, dtype)
    replay(whole)[...] = values
    return whole


derivative(embed, values=Pullback(lambda values, shape, dtype, replay, ans, d_ans: replay(d_ans)))


def take_along(x: Array, indices: Array, axis: int) -> Array:
    """The elements of `x` at `indices` along `axis`; other axes of `indices` may be shorter than those of `x`."""
    if not np.ndim(x):
        return np.asarray(x)
    return x[grid_of(np.shape(x), indices, axis)]


def grid_of(shape: tuple[int, ...], indices: Array, axis: int) -> tuple[Array, ...]:
    """An index of every axis that names what `indices` name along `axis`."""
    places: list[Array] = list(np.ogrid[tuple(slice(n) for n in np.shape(indices))])
    places[axis] = indices
    return tuple(places)


def put_along(values: Array, indices: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with `values` added at `indices` along `axis`: the cotangent of `take_along`."""
    whole = np.zeros(shape, np.asarray(values).dtype)
    if not shape:
        return whole + np.reshape(values, ())
    if np.ndim(indices) < len(shape):  # a reduction that dropped its axis
        indices, values = np.expand_dims(indices, axis), np.expand_dims(values, axis)
    np.add.at(whole, grid_of(shape, indices, axis), values)
    return whole


def _take_again(values: Array, indices: Array, axis: int, shape: tuple[int, ...], ans: Array, d_ans: Array) -> Array:
    if np.ndim(indices) < len(shape):
        return np.reshape(take_along(d_ans, np.expand_dims(indices, axis), axis), np.shape(indices))
    return take_along(d_ans, indices, axis)


derivative(take_along, x=Pullback(
    lambda x, indices, axis, ans, d_ans: put_along(d_ans, indices, axis, np.shape(x)),
    values=("indices",), shapes=("x",)))
derivative(put_along, values=Pullback(_take_again, values=("indices",)))


def vector_norm(x: Array, order: float = 2.0, axis: Any = None, keepdims: bool = False) -> Array:
    """(sum |x|^order)^(1/order) over `axis`; order inf is the largest, 0 the number of nonzero elements."""
    size = np.abs(x)
    if order == math.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if order == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if order == 0:
        return np.sum(np.where(size != 0, np.ones_like(size), np.zeros_like(size)), axis=axis, keepdims=keepdims)
    if order == 2:
        return np.sqrt(np.sum(size * size, axis=axis, keepdims=keepdims))
    return np.sum(size**order, axis=axis, keepdims=keepdims) ** (1 / order)


def _norm_pullback(x: Array, order: float, axis: Any, keepdims: bool, ans: Array, d_ans: Array) -> Array:
    """x |x|^(order - 2) / norm^(order - 1), and 0 where the norm is 0."""
    if axis is not None and not keepdims:
        ans, d_ans = np.expand_dims(ans, axis), np.expand_dims(d_ans, axis)
    if order == 0:
        return d_ans * np.zeros(np.shape(x))
    if order in (math.inf, -math.inf):
        hit = np.abs(x) == ans
        return d_ans * np.sign(x) * hit / np.sum(hit, axis=axis, keepdims=True)
    safe = np.where(ans == 0, np.ones_like(ans), ans)
    if order == 2:
        return np.where(ans == 0, np.zeros_like(ans), d_ans / safe) * x
    size = np.abs(x)
    positive = np.where(size == 0, np.ones_like(size), size)
    partial = (
        np.sign(x) * np.where(size == 0, np.zeros_like(size), positive ** (order - 1)) if order != 1 else np.sign(x)
    )
    return np.where(ans == 0, np.zeros_like(ans), d_ans / safe ** (order - 1)) * partial


derivative(vector_norm, x=Pullback(_norm_pullback, values=("x", "ans")))


def masked_fill(x: Array, mask: Array, value: Array) -> Array:
    """`value` where `mask` holds, else `x`."""
    return np.where(mask, value, x)


def to_dtype(x: Array, dtype: Any) -> Array:
    """`x` in another dtype; of a complex `x` the real part, if that is real."""
    if np.asarray(x).dtype.kind == "c" and np.dtype(dtype).kind != "c":
        x = np.real(x)
    return np.asarray(x).astype(dtype)


derivative(to_dtype, x=Pullback(lambda x, dtype, ans, d_ans: d_ans))


def affine(bias: Array, x: Array, weight: Array) -> Array:
    """x @ weight.T + bias, for matrices and a vector."""
    return x @ weight.T + bias


derivative(affine,
           bias=Pullback(lambda bias, x, weight, ans, d_ans: np.add.reduce(d_ans, 0)),
           x=Pullback(lambda bias, x, weight, ans, d_ans: d_ans @ weight, values=("weight",)),
           weight=Pullback(lambda bias, x, weight, ans, d_ans: d_ans.T @ x, values=("x",)))


def rows(weight: Array, index: Array, padding: int | None = None) -> Array:
    """The rows of `weight` that `index` names; the row `padding` is a constant."""
    return weight[index]


def _rows_pullback(weight: Array, index: Array, padding: int | None, ans: Array, d_ans: Array) -> Array:
    if padding is not None:
        d_ans = d_ans * (index != padding)[..., None]
    return scatter(d_ans, np.shape(weight), index)


derivative(rows, weight=Pullback(_rows_pullback, values=("index",), shapes=("weight",)))


def addmm(bias: Array, x: Array, y: Array) -> Array:
    """x @ y + bias, for matrices."""
    return x @ y + bias


derivative(addmm,
           bias=Pullback(lambda bias, x, y, ans, d_ans: unbroadcast(d_ans, np.shape(bias)), shapes=("bias",)),
           x=Pullback(lambda bias, x, y, ans, d_ans: d_ans @ y.T, values=("y",)),
           y=Pullback(lambda bias, x, y, ans, d_ans: x.T @ d_ans, values=("x",)))


def unfold(x: Array, axis: int, size: int, step: int) -> Array:
    """Windows of `size` along `axis`, every `step`, as a new last axis: a view that can be written to."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis, writeable=bool(x.flags.writeable))
    return windows[(slice(None),) * axis + (slice(None, None, step),)]


def fold(values: Array, shape: tuple[int, ...], axis: int, size: int, step: int) -> Array:
    """Zeros of `shape` with the windows of `values` added where `unfold` read them."""
    whole = np.zeros(shape, np.asarray(values).dtype)
    rows, parts = np.moveaxis(whole, axis, 0), np.moveaxis(values, axis, 0)
    for k in range(parts.shape[0]):
        rows[k * step:k * step + size] += np.moveaxis(parts[k], -1, 0)
    return whole


derivative(unfold, x=Pullback(lambda x, axis, size, step, ans, d_ans: fold(d_ans, np.shape(x), axis, size, step),
                              shapes=("x",)))
derivative(fold, values=Pullback(lambda values, shape, axis, size, step, ans, d_ans: unfold(d_ans, axis, size, step)))
