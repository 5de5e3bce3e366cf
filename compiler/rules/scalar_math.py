# mypy: allow-untyped-defs
"""The standard library's `math` on Python numbers: the text stays plain Python."""

import math

import numpy as np

from ...runtime.special import divide_or_zero, polygamma
from .registry import vjp


@vjp(math.exp, elementwise=True)
def exp(x, *, ans, d_ans):
    d_x = d_ans * ans
    return d_x


@vjp(math.exp2, elementwise=True)
def exp2(x, *, ans, d_ans):
    d_x = d_ans * ans * math.log(2)
    return d_x


@vjp(math.expm1, elementwise=True)
def expm1(x, *, ans, d_ans):
    d_x = d_ans * (ans + 1)
    return d_x


@vjp(math.log, elementwise=True)
def log(x, base=None, *, ans, d_ans):
    """log(x) / log(base); one argument: the natural logarithm."""
    if base is None:
        d_x = d_ans / x
        d_base = 0.0
    else:
        d_x = d_ans / (x * math.log(base))
        d_base = -d_ans * ans / (base * math.log(base))
    return d_x, d_base


@vjp(math.log2, elementwise=True)
def log2(x, *, ans, d_ans):
    d_x = d_ans / (x * math.log(2))
    return d_x


@vjp(math.log10, elementwise=True)
def log10(x, *, ans, d_ans):
    d_x = d_ans / (x * math.log(10))
    return d_x


@vjp(math.log1p, elementwise=True)
def log1p(x, *, ans, d_ans):
    d_x = d_ans / (1 + x)
    return d_x


@vjp(math.sqrt, elementwise=True, singular=True)
def sqrt(x, *, ans, d_ans):
    """The derivative at 0 is inf: NumPy's division, since Python's raises there."""
    d_x = np.divide(d_ans, 2 * ans)
    return d_x


@vjp(math.cbrt, elementwise=True, singular=True)
def cbrt(x, *, ans, d_ans):
    """The derivative at 0 is inf."""
    d_x = np.divide(d_ans, 3 * ans * ans)
    return d_x


@vjp(math.pow, elementwise=True, singular=True)
def pow_(x, y, *, ans, d_ans):
    """x**0 is 1 everywhere, so its derivative is 0, at 0 too; that of 0**y by y is 0 for y > 0."""
    d_x = d_ans * y * np.power(x, y - (y != 0))
    d_y = d_ans * ans * np.log(x + (x == 0))
    return d_x, d_y


@vjp(math.fabs, elementwise=True)
def fabs(x, *, ans, d_ans):
    """The sign of x, and 0 at 0."""
    d_x = d_ans * np.sign(x)
    return d_x


@vjp(math.sin, elementwise=True)
def sin(x, *, ans, d_ans):
    d_x = d_ans * math.cos(x)
    return d_x


@vjp(math.cos, elementwise=True)
def cos(x, *, ans, d_ans):
    d_x = -d_ans * math.sin(x)
    return d_x


@vjp(math.tan, elementwise=True)
def tan(x, *, ans, d_ans):
    d_x = d_ans * (1 + ans * ans)
    return d_x


@vjp(math.asin, elementwise=True, singular=True)
def asin(x, *, ans, d_ans):
    """1 / sqrt(1 - x^2); inf at -1 and 1."""
    d_x = np.divide(d_ans, math.sqrt((1 - x) * (1 + x)))
    return d_x


@vjp(math.acos, elementwise=True, singular=True)
def acos(x, *, ans, d_ans):
    """-1 / sqrt(1 - x^2); -inf at -1 and 1."""
    d_x = np.divide(-d_ans, math.sqrt((1 - x) * (1 + x)))
    return d_x


@vjp(math.atan, elementwise=True)
def atan(x, *, ans, d_ans):
    d_x = d_ans / (1 + x * x)
    return d_x


@vjp(math.atan2, elementwise=True)
def atan2(y, x, *, ans, d_ans):
    """0 at the origin."""
    radius = math.hypot(x, y)
    d_y = d_ans * divide_or_zero(divide_or_zero(x, radius), radius)
    d_x = -d_ans * divide_or_zero(divide_or_zero(y, radius), radius)
    return d_y, d_x


@vjp(math.sinh, elementwise=True)
def sinh(x, *, ans, d_ans):
    d_x = d_ans * math.cosh(x)
    return d_x


@vjp(math.cosh, elementwise=True)
def cosh(x, *, ans, d_ans):
    d_x = d_ans * math.sinh(x)
    return d_x


@vjp(math.tanh, elementwise=True)
def tanh(x, *, ans, d_ans):
    d_x = d_ans * (1 - ans * ans)
    return d_x


@vjp(math.asinh, elementwise=True)
def asinh(x, *, ans, d_ans):
    d_x = d_ans / math.sqrt(x * x + 1)
    return d_x


@vjp(math.acosh, elementwise=True, singular=True)
def acosh(x, *, ans, d_ans):
    """1 / (sqrt(x - 1) sqrt(x + 1)); inf at 1."""
    d_x = np.divide(d_ans, math.sqrt(x - 1) * math.sqrt(x + 1))
    return d_x


@vjp(math.atanh, elementwise=True)
def atanh(x, *, ans, d_ans):
    d_x = d_ans / ((1 - x) * (1 + x))
    return d_x


@vjp(math.degrees, elementwise=True)
def degrees(x, *, ans, d_ans):
    d_x = math.degrees(d_ans)
    return d_x


@vjp(math.radians, elementwise=True)
def radians(x, *, ans, d_ans):
    d_x = math.radians(d_ans)
    return d_x


@vjp(math.erf, elementwise=True)
def erf(x, *, ans, d_ans):
    d_x = d_ans * 2 / math.sqrt(math.pi) * math.exp(-x * x)
    return d_x


@vjp(math.erfc, elementwise=True)
def erfc(x, *, ans, d_ans):
    d_x = -d_ans * 2 / math.sqrt(math.pi) * math.exp(-x * x)
    return d_x


@vjp(math.copysign, elementwise=True, passive=("y",))
def copysign(x, y, *, ans, d_ans):
    """The sign of x times the sign of y; 0 at x = 0."""
    d_x = d_ans * np.sign(x) * math.copysign(1.0, y)
    return d_x


@vjp(math.fmod, elementwise=True)
def fmod(x, y, *, ans, d_ans):
    """x - trunc(x / y) * y: the whole part is constant between its jumps."""
    d_x = d_ans
    d_y = -d_ans * math.trunc(x / y)
    return d_x, d_y


@vjp(math.remainder, elementwise=True)
def remainder(x, y, *, ans, d_ans):
    """x - n * y with n the nearest whole number: constant between its jumps."""
    d_x = d_ans
    d_y = -d_ans * np.rint((x - ans) / y)
    return d_x, d_y


@vjp(math.hypot, elementwise=True)
def hypot(x, y, *, ans, d_ans):
    """The cosine and the sine of the angle; 0 at the origin. (Of two coordinates.)"""
    d_x = d_ans * divide_or_zero(x, ans)
    d_y = d_ans * divide_or_zero(y, ans)
    return d_x, d_y


@vjp(math.modf, elementwise=True)
def modf(x, *, ans, d_ans):
    """The fraction moves with x, the whole part is constant between its jumps."""
    d_x = d_ans[0]
    return d_x


@vjp(math.frexp, elementwise=True)
def frexp(x, *, ans, d_ans):
    """mantissa = x / 2**exponent."""
    d_x = math.ldexp(d_ans[0], -ans[1])
    return d_x


@vjp(math.ldexp, elementwise=True)
def ldexp(x, i, *, ans, d_ans):
    d_x = math.ldexp(d_ans, i)
    return d_x


@vjp(math.nextafter, elementwise=True, passive=("y",))
def nextafter(x, y, *, ans, d_ans):
    d_x = d_ans
    return d_x


@vjp(math.gamma, elementwise=True)
def gamma(x, *, ans, d_ans):
    d_x = d_ans * ans * polygamma(0, x)
    return d_x


@vjp(math.lgamma, elementwise=True)
def lgamma(x, *, ans, d_ans):
    d_x = d_ans * polygamma(0, x)
    return d_x


@vjp(polygamma, elementwise=True)
def polygamma_(n, x, *, ans, d_ans):
    d_x = d_ans * polygamma(n + 1, x)
    return d_x
