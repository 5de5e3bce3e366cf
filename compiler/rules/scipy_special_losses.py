# mypy: allow-untyped-defs
"""`scipy.special`: logistic functions, entropies, losses, softmax."""


import numpy as np
from scipy import special

from ...runtime.shapes import kept_shape, unbroadcast
from .registry import jvp, vjp

# Logistic functions, entropies, losses ----------------------------------------------------------------------


@vjp(special.expit, elementwise=True)
def expit(x, *, ans, d_ans):
    """p (1 - p), where 1 - p is computed without cancellation."""
    d_x = d_ans * ans * special.expit(-x)
    return d_x


@vjp(special.logit, elementwise=True)
def logit(x, *, ans, d_ans):
    d_x = d_ans / (x * (1 - x))
    return d_x


@vjp(special.log_expit, elementwise=True)
def log_expit(x, *, ans, d_ans):
    d_x = d_ans * special.expit(-x)
    return d_x


@vjp(special.xlogy, elementwise=True, singular=True)
def xlogy(x, y, *, ans, d_ans):
    """Where both are 0 the product is 0 and so are its derivatives."""
    d_x = d_ans * np.conj(np.log(np.where((x == 0) & (y == 0), 1, y)))
    d_y = d_ans * np.conj(x / np.where((x == 0) & (y == 0), 1, y))
    return d_x, d_y


@vjp(special.xlog1py, elementwise=True, singular=True)
def xlog1py(x, y, *, ans, d_ans):
    """Where x and 1 + y are 0 the product is 0 and so are its derivatives."""
    d_x = d_ans * np.conj(np.log1p(np.where((x == 0) & (y == -1), 0, y)))
    d_y = d_ans * np.conj(x / np.where((x == 0) & (y == -1), 1, 1 + y))
    return d_x, d_y


@vjp(special.entr, elementwise=True, singular=True)
def entr(x, *, ans, d_ans):
    """inf at 0."""
    d_x = -d_ans * (np.log(x) + 1)
    return d_x


@vjp(special.rel_entr, elementwise=True, singular=True)
def rel_entr(x, y, *, ans, d_ans):
    """-inf by x at x = 0."""
    d_x = d_ans * (np.log(x / y) + 1)
    d_y = -d_ans * x / y
    return d_x, d_y


@vjp(special.kl_div, elementwise=True, singular=True)
def kl_div(x, y, *, ans, d_ans):
    """-inf by x at x = 0."""
    d_x = d_ans * np.log(x / y)
    d_y = d_ans * (1 - x / y)
    return d_x, d_y


@vjp(special.huber, elementwise=True)
def huber(delta, r, *, ans, d_ans):
    d_delta = d_ans * np.maximum(np.abs(r) - delta, 0)
    d_r = d_ans * np.clip(r, -delta, delta)
    return d_delta, d_r


@vjp(special.pseudo_huber, elementwise=True)
def pseudo_huber(delta, r, *, ans, d_ans):
    root = np.sqrt(1 + (r / delta) ** 2)
    d_delta = d_ans * (2 * delta * (root - 1) - r * r / (delta * root))
    d_r = d_ans * r / root
    return d_delta, d_r


@vjp(special.logsumexp, singular=True)
def logsumexp(a, axis=None, b=None, keepdims=False, *, ans, d_ans):
    """The shares of the sum of exponentials: none overflows."""
    kept = kept_shape(np.broadcast_shapes(np.shape(a), np.shape(1 if b is None else b)), axis)
    share = np.exp(a - np.reshape(ans, kept)) * np.reshape(d_ans, kept)
    if b is None:
        d_a = share
        d_b = None
    else:
        d_a = unbroadcast(share * b, np.shape(a))
        d_b = unbroadcast(share, np.shape(b))
    return d_a, d_b


@vjp(special.softmax)
def softmax(x, axis=None, *, ans, d_ans):
    d_x = ans * (d_ans - np.sum(d_ans * ans, axis, keepdims=True))
    return d_x


@vjp(special.log_softmax)
def log_softmax(x, axis=None, *, ans, d_ans):
    d_x = d_ans - np.exp(ans) * np.sum(d_ans, axis, keepdims=True)
    return d_x


@jvp(special.logsumexp)
def logsumexp_tangent(a, axis=None, b=None, keepdims=False, *, ans, t_a, t_b=None):
    kept = kept_shape(np.broadcast_shapes(np.shape(a), np.shape(1 if b is None else b)), axis)
    share = np.exp(a - np.reshape(ans, kept))
    t_ans = np.sum(share * (t_a if b is None else t_a * b + t_b), axis, keepdims=keepdims)
    return t_ans


@jvp(special.softmax)
def softmax_tangent(x, axis=None, *, ans, t_x):
    t_ans = ans * (t_x - np.sum(ans * t_x, axis, keepdims=True))
    return t_ans


@jvp(special.log_softmax)
def log_softmax_tangent(x, axis=None, *, ans, t_x):
    t_ans = t_x - np.sum(np.exp(ans) * t_x, axis, keepdims=True)
    return t_ans
