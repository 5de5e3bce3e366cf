# mypy: allow-untyped-defs
"""Trigonometric and hyperbolic functions, angles, and the oscillating functions `sinc` and `i0`."""

import numpy as np

from ...runtime.special import bessel_i, divide_or_zero, sinc_derivative
from .registry import jvp, vjp


@vjp(np.sin, elementwise=True)
def sin(x, *, ans, d_ans):
    d_x = d_ans * np.conj(np.cos(x))
    return d_x


@vjp(np.cos, elementwise=True)
def cos(x, *, ans, d_ans):
    d_x = -d_ans * np.conj(np.sin(x))
    return d_x


@vjp(np.tan, elementwise=True)
def tan(x, *, ans, d_ans):
    d_x = d_ans * np.conj(1 + ans * ans)
    return d_x


@vjp(np.arcsin, elementwise=True, singular=True)
def arcsin(x, *, ans, d_ans):
    """1 / sqrt(1 - x^2), the cosine of the angle; inf at -1 and 1."""
    d_x = d_ans / np.conj(np.sqrt((1 - x) * (1 + x)))
    return d_x


@vjp(np.arccos, elementwise=True, singular=True)
def arccos(x, *, ans, d_ans):
    """-1 / sqrt(1 - x^2); -inf at -1 and 1."""
    d_x = -d_ans / np.conj(np.sqrt((1 - x) * (1 + x)))
    return d_x


@vjp(np.arctan, elementwise=True)
def arctan(x, *, ans, d_ans):
    d_x = d_ans / np.conj(1 + x * x)
    return d_x


@vjp(np.sinh, elementwise=True)
def sinh(x, *, ans, d_ans):
    d_x = d_ans * np.conj(np.cosh(x))
    return d_x


@vjp(np.cosh, elementwise=True)
def cosh(x, *, ans, d_ans):
    d_x = d_ans * np.conj(np.sinh(x))
    return d_x


@vjp(np.tanh, elementwise=True)
def tanh(x, *, ans, d_ans):
    d_x = d_ans * np.conj(1 - ans * ans)
    return d_x


@vjp(np.arcsinh, elementwise=True)
def arcsinh(x, *, ans, d_ans):
    d_x = d_ans / np.conj(np.sqrt(x * x + 1))
    return d_x


@vjp(np.arccosh, elementwise=True, singular=True)
def arccosh(x, *, ans, d_ans):
    """1 / (sqrt(x - 1) sqrt(x + 1)); inf at 1."""
    d_x = d_ans / np.conj(np.sqrt(x - 1) * np.sqrt(x + 1))
    return d_x


@vjp(np.arctanh, elementwise=True)
def arctanh(x, *, ans, d_ans):
    d_x = d_ans / np.conj((1 - x) * (1 + x))
    return d_x


@vjp(np.arctan2, elementwise=True)
def arctan2(x1, x2, *, ans, d_ans):
    """The other coordinate by the squared radius, one radius at a time: it does not overflow; 0 at the origin."""
    radius = np.hypot(x1, x2)
    d_x1 = d_ans * divide_or_zero(divide_or_zero(x2, radius), radius)
    d_x2 = -d_ans * divide_or_zero(divide_or_zero(x1, radius), radius)
    return d_x1, d_x2


@vjp(np.deg2rad, np.radians, elementwise=True)
def deg2rad(x, *, ans, d_ans):
    d_x = np.deg2rad(d_ans)
    return d_x


@vjp(np.rad2deg, np.degrees, elementwise=True)
def rad2deg(x, *, ans, d_ans):
    d_x = np.rad2deg(d_ans)
    return d_x


@vjp(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi, ans, d_ans):
    """Whole periods are added: constants between the jumps."""
    d_p = d_ans
    return d_p


@vjp(np.sinc, elementwise=True)
def sinc(x, *, ans, d_ans):
    """(cos(pi x) - sinc(x)) / x without its cancellation; 0 at 0."""
    d_x = d_ans * sinc_derivative(x, 1)
    return d_x


@vjp(sinc_derivative, elementwise=True)
def sinc_derivative_(x, order, *, ans, d_ans):
    d_x = d_ans * sinc_derivative(x, order + 1)
    return d_x


@vjp(np.i0, elementwise=True)
def i0(x, *, ans, d_ans):
    d_x = d_ans * bessel_i(1, x)
    return d_x


@vjp(bessel_i, elementwise=True)
def bessel_i_(order, x, *, ans, d_ans):
    """The mean of the neighbours (Abramowitz and Stegun 9.6.26)."""
    d_x = d_ans * (bessel_i(order - 1, x) + bessel_i(order + 1, x)) / 2
    return d_x


@vjp(np.kaiser)
def kaiser(M, beta, *, ans, d_ans):
    """I0(beta s) / I0(beta) with s = sqrt(1 - r^2) for r from -1 to 1; I0' is I1. One sample alone is always 1."""
    span = np.sqrt(np.maximum(1 - np.linspace(-1, 1, M) ** 2, 0))
    slope = (span * bessel_i(1, beta * span) - ans * bessel_i(1, beta)) / bessel_i(0, beta)
    d_beta = np.sum(d_ans * slope) * (np.size(ans) > 1)
    return d_beta


@jvp(np.kaiser)
def kaiser_tangent(M, beta, *, ans, t_beta):
    span = np.sqrt(np.maximum(1 - np.linspace(-1, 1, M) ** 2, 0))
    slope = (span * bessel_i(1, beta * span) - ans * bessel_i(1, beta)) / bessel_i(0, beta)
    t_ans = t_beta * slope * (np.size(ans) > 1)
    return t_ans
