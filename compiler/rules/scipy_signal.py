# mypy: allow-untyped-defs
"""`scipy.signal`: convolutions, correlations, linear filters."""

import numpy as np
from scipy import signal

from ...runtime.filtering import centred, lagged_products, uncentred
from .registry import vjp

# Convolutions: the cotangent of one operand is the correlation of the whole cotangent with the other --------


@vjp(signal.convolve, bilinear=True)
def convolve(in1, in2, mode="full", method="auto", *, ans, d_ans):
    whole = uncentred(d_ans, np.shape(in1), np.shape(in2))
    d_in1 = signal.correlate(whole, in2, "valid", method)
    d_in2 = signal.correlate(whole, in1, "valid", method)
    return d_in1, d_in2


@vjp(signal.fftconvolve, signal.oaconvolve, bilinear=True)
def fftconvolve(in1, in2, mode="full", *, ans, d_ans):
    whole = uncentred(d_ans, np.shape(in1), np.shape(in2))
    d_in1 = signal.correlate(whole, in2, "valid", "fft")
    d_in2 = signal.correlate(whole, in1, "valid", "fft")
    return d_in1, d_in2


@vjp(signal.correlate, bilinear=True)
def correlate(in1, in2, mode="full", method="auto", *, ans, d_ans):
    whole = uncentred(d_ans, np.shape(in1), np.shape(in2))
    d_in1 = signal.convolve(whole, in2, "valid", method)
    d_in2 = signal.correlate(in1, whole, "valid", method)
    return d_in1, d_in2


@vjp(uncentred, linear=True)
def uncentred_(g, shape1, shape2, *, ans, d_ans):
    d_g = centred(d_ans, np.shape(g), shape1, shape2)
    return d_g


@vjp(centred, linear=True)
def centred_(x, shape, shape1, shape2, *, ans, d_ans):
    d_x = uncentred(d_ans, shape1, shape2)
    return d_x


# Filters: y = (B / A) x, so that y moves with b by x / A and with a by -y / A -------------------------------


def _lfilter_tangent(b, a, x, axis=-1, *, ans, t_b, t_a, t_x):
    by_b = signal.lfilter(np.reshape(t_b, -1), a, x, axis)
    by_a = signal.lfilter(np.reshape(t_a, -1), a, ans, axis)
    t_ans = signal.lfilter(b, a, t_x, axis) + by_b - by_a
    return t_ans


@vjp(signal.lfilter, jvp=_lfilter_tangent)
def lfilter(b, a, x, axis=-1, *, ans, d_ans):
    """The cotangent of x is filtered backwards in time."""
    backwards = signal.lfilter(np.conj(b), np.conj(a), np.flip(d_ans, axis), axis)
    d_x = np.flip(backwards, axis)
    by_b = np.conj(signal.lfilter(np.ones(1), a, x, axis))
    by_a = np.conj(signal.lfilter(np.ones(1), a, ans, axis))
    d_b = np.reshape(lagged_products(d_ans, by_b, np.size(b), axis), np.shape(b))
    d_a = -np.reshape(lagged_products(d_ans, by_a, np.size(a), axis), np.shape(a))
    return d_b, d_a, d_x


@vjp(lagged_products, bilinear=True)
def lagged_products_(x, y, count, axis, *, ans, d_ans):
    d_x = signal.lfilter(d_ans, np.ones(1), np.conj(y), axis)
    d_y = np.conj(np.flip(signal.lfilter(np.conj(d_ans), np.ones(1), np.flip(x, axis), axis), axis))
    return d_x, d_y
