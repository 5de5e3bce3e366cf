# mypy: allow-untyped-defs
"""Arrays made from values: fill, range, conversion and copy."""

import builtins
import math

import numpy as np

from ...runtime.indexing import scatter
from ...runtime.shapes import unbroadcast
from .registry import vjp


@vjp(np.full, linear=True)
def full(shape, fill_value, dtype=None, *, ans, d_ans):
    d_fill_value = unbroadcast(d_ans, np.shape(fill_value))
    return d_fill_value


@vjp(np.full_like, passive=("a",), linear=True)
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, ans, d_ans):
    d_fill_value = unbroadcast(d_ans, np.shape(fill_value))
    return d_fill_value


@vjp(np.arange, passive=("stop",))
def arange(start, stop=None, step=1, *, ans, d_ans):
    """start + k * step; a single argument is the end, which moves no element."""
    if stop is None:
        d_start = 0.0
    else:
        d_start = np.sum(d_ans)
    d_step = np.dot(np.arange(np.size(d_ans)), d_ans)
    return d_start, d_step


@vjp(np.linspace, linear=True)
def linspace(start, stop, num=50, endpoint=True, *, dtype=None, axis=0, ans, d_ans):
    """start + share * (stop - start), the shares from 0 to 1."""
    share = np.linspace(0, 1, num, endpoint)
    d_rows = np.moveaxis(d_ans, axis, 0)
    d_start = unbroadcast(np.tensordot(1 - share, d_rows, 1), np.shape(start))
    d_stop = unbroadcast(np.tensordot(share, d_rows, 1), np.shape(stop))
    return d_start, d_stop


@vjp(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0, *, ans, d_ans):
    """base ** linspace(start, stop)."""
    share = np.linspace(0, 1, num, endpoint)
    d_rows = np.moveaxis(d_ans * np.conj(ans), axis, 0) * math.log(base)
    d_start = unbroadcast(np.tensordot(1 - share, d_rows, 1), np.shape(start))
    d_stop = unbroadcast(np.tensordot(share, d_rows, 1), np.shape(stop))
    return d_start, d_stop


@vjp(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0, *, ans, d_ans):
    """start ** (1 - share) * stop ** share, the shares from 0 to 1."""
    share = np.linspace(0, 1, num, endpoint)
    d_rows = np.moveaxis(d_ans * np.conj(ans), axis, 0)
    d_start = unbroadcast(np.tensordot(1 - share, d_rows, 1) / np.conj(start), np.shape(start))
    d_stop = unbroadcast(np.tensordot(share, d_rows, 1) / np.conj(stop), np.shape(stop))
    return d_start, d_stop


# Conversion and copy: the same values ----------------------------------------------------------------------


@vjp(np.array, linear=True)
def array(object, dtype=None, *, copy=True, order="K", ndmin=0, ans, d_ans):  # noqa: A002 - NumPy's name
    if ndmin == 0:
        d_object = d_ans
    else:
        d_object = np.reshape(d_ans, np.shape(object))
    return d_object


@vjp(np.asarray, np.ascontiguousarray, np.asfortranarray, np.asanyarray, np.asarray_chkfinite, linear=True)
def asarray(a, dtype=None, order=None, *, copy=None, ans, d_ans):
    d_a = d_ans
    return d_a


@vjp(np.require, linear=True)
def require(a, dtype=None, requirements=None, *, ans, d_ans):
    d_a = d_ans
    return d_a


@vjp(np.copy, "ndarray.copy", linear=True)
def copy(a, order="K", *, ans, d_ans):
    d_a = d_ans
    return d_a


@vjp("ndarray.astype", linear=True)
def astype(a, dtype, order="K", casting="unsafe", subok=True, copy=True, *, ans, d_ans):
    d_a = d_ans
    return d_a


@vjp(np.astype, linear=True)
def astype_(x, dtype, /, *, copy=True, ans, d_ans):
    d_x = d_ans
    return d_x


@vjp(builtins.float, builtins.complex, np.float16, np.float32, np.float64, np.complex64, np.complex128, linear=True)
def number(x, *, ans, d_ans):
    if np.ndim(x) == 0:
        d_x = d_ans
    else:
        d_x = np.reshape(d_ans, np.shape(x))
    return d_x


@vjp("ndarray.item", linear=True)
def item(a, *args, ans, d_ans):
    """One place of the flattened array, or an index for each axis."""
    if np.ndim(a) == 0:
        d_a = d_ans
    elif len(args) == 0:
        d_a = np.reshape(d_ans, np.shape(a))
    elif len(args) > 1:
        d_a = scatter(d_ans, np.shape(a), args)
    elif np.ndim(args[0]) == 0:
        d_a = np.reshape(scatter(d_ans, (np.size(a),), args[0]), np.shape(a))
    else:
        d_a = scatter(d_ans, np.shape(a), args[0])
    return d_a


@vjp("ndarray.view", linear=True)
def view(a, *, ans, d_ans):
    """The same elements (as another type they are other numbers, which is refused)."""
    d_a = d_ans
    return d_a
