# mypy: allow-untyped-defs
"""Arithmetic, exponentials and logarithms: NumPy's ufuncs and the operators."""

import builtins
import math
import operator

import numpy as np

from ...runtime.special import divide_or_zero
from .registry import vjp

# Arithmetic ------------------------------------------------------------------------------------------------


@vjp(np.add, operator.add, elementwise=True)
def add(x1, x2, *, ans, d_ans):
    d_x1 = d_ans
    d_x2 = d_ans
    return d_x1, d_x2


@vjp(np.subtract, operator.sub, elementwise=True)
def subtract(x1, x2, *, ans, d_ans):
    d_x1 = d_ans
    d_x2 = -d_ans
    return d_x1, d_x2


@vjp(np.multiply, operator.mul, elementwise=True)
def multiply(x1, x2, *, ans, d_ans):
    d_x1 = d_ans * np.conj(x2)
    d_x2 = d_ans * np.conj(x1)
    return d_x1, d_x2


@vjp(np.divide, operator.truediv, elementwise=True)
def divide(x1, x2, *, ans, d_ans):
    d_x1 = d_ans / np.conj(x2)
    d_x2 = -d_x1 * np.conj(ans)
    return d_x1, d_x2


@vjp(np.power, np.float_power, operator.pow, elementwise=True, singular=True)
def power(x1, x2, *, ans, d_ans):
    """x1**0 is 1 everywhere, so its derivative is 0, at 0 too; that of 0**x2 by x2 is 0 for x2 > 0."""
    d_x1 = d_ans * np.conj(x2 * np.power(x1, x2 - (x2 != 0)))
    d_x2 = d_ans * np.conj(ans * np.log(x1 + (x1 == 0)))
    return d_x1, d_x2


@vjp(np.remainder, operator.mod, elementwise=True)
def remainder(x1, x2, *, ans, d_ans):
    """x1 - floor(x1 / x2) * x2: the floor is constant between its jumps."""
    d_x1 = d_ans
    d_x2 = -d_ans * np.floor_divide(x1, x2)
    return d_x1, d_x2


@vjp(np.fmod, elementwise=True)
def fmod(x1, x2, *, ans, d_ans):
    """x1 - trunc(x1 / x2) * x2: the whole part is constant between its jumps."""
    d_x1 = d_ans
    d_x2 = -d_ans * np.trunc(x1 / x2)
    return d_x1, d_x2


@vjp(np.divmod, builtins.divmod, elementwise=True)
def divmod_(x1, x2, *, ans, d_ans):
    """The quotient is constant between its jumps, the remainder is x1 - quotient * x2."""
    d_x1 = d_ans[1]
    d_x2 = -d_ans[1] * ans[0]
    return d_x1, d_x2


@vjp(np.negative, operator.neg, elementwise=True)
def negative(x, *, ans, d_ans):
    d_x = -d_ans
    return d_x


@vjp(np.positive, operator.pos, elementwise=True)
def positive(x, *, ans, d_ans):
    d_x = d_ans
    return d_x


@vjp(np.reciprocal, elementwise=True)
def reciprocal(x, *, ans, d_ans):
    d_x = -d_ans * np.conj(ans * ans)
    return d_x


@vjp(np.square, elementwise=True)
def square(x, *, ans, d_ans):
    d_x = d_ans * 2 * np.conj(x)
    return d_x


@vjp(np.sqrt, elementwise=True, singular=True)
def sqrt(x, *, ans, d_ans):
    """The derivative at 0 is inf."""
    d_x = d_ans / (2 * np.conj(ans))
    return d_x


@vjp(np.cbrt, elementwise=True, singular=True)
def cbrt(x, *, ans, d_ans):
    """The derivative at 0 is inf."""
    d_x = d_ans / (3 * ans * ans)
    return d_x


@vjp(np.hypot, elementwise=True)
def hypot(x1, x2, *, ans, d_ans):
    """The cosine and the sine of the angle; 0 at the origin."""
    d_x1 = d_ans * divide_or_zero(x1, ans)
    d_x2 = d_ans * divide_or_zero(x2, ans)
    return d_x1, d_x2


@vjp(np.absolute, builtins.abs, operator.abs, elementwise=True, holomorphic=False)
def absolute(x, *, ans, d_ans):
    """x / |x|, and 0 at 0."""
    d_x = d_ans * np.sign(x)
    return d_x


@vjp(np.sign, elementwise=True, holomorphic=False)
def sign(x, *, ans, d_ans):
    """Real: 0. Complex: x / |x| turns but keeps its length, so only what stands across it counts; 0 at 0."""
    if np.isrealobj(x):
        d_x = np.zeros(np.shape(x))
    else:
        d_x = divide_or_zero(d_ans - ans * np.real(np.conj(ans) * d_ans), np.abs(x))
    return d_x


@vjp(np.fabs, elementwise=True)
def fabs(x, *, ans, d_ans):
    """The sign of x, and 0 at 0."""
    d_x = d_ans * np.sign(x)
    return d_x


# Exponentials and logarithms -------------------------------------------------------------------------------


@vjp(np.exp, elementwise=True)
def exp(x, *, ans, d_ans):
    d_x = d_ans * np.conj(ans)
    return d_x


@vjp(np.expm1, elementwise=True)
def expm1(x, *, ans, d_ans):
    d_x = d_ans * np.conj(ans + 1)
    return d_x


@vjp(np.log, elementwise=True)
def log(x, *, ans, d_ans):
    d_x = d_ans / np.conj(x)
    return d_x


@vjp(np.log1p, elementwise=True)
def log1p(x, *, ans, d_ans):
    d_x = d_ans / np.conj(1 + x)
    return d_x


@vjp(np.logaddexp, elementwise=True, singular=True)
def logaddexp(x1, x2, *, ans, d_ans):
    """The two shares of the sum: exp(x - ans) is at most 1 and cannot overflow."""
    d_x1 = d_ans * np.exp(x1 - ans)
    d_x2 = d_ans * np.exp(x2 - ans)
    return d_x1, d_x2


@vjp(np.exp2, elementwise=True)
def exp2(x, *, ans, d_ans):
    d_x = d_ans * np.conj(ans * math.log(2))
    return d_x


@vjp(np.log2, elementwise=True)
def log2(x, *, ans, d_ans):
    d_x = d_ans / np.conj(x * math.log(2))
    return d_x


@vjp(np.log10, elementwise=True)
def log10(x, *, ans, d_ans):
    d_x = d_ans / np.conj(x * math.log(10))
    return d_x


@vjp(np.logaddexp2, elementwise=True, singular=True)
def logaddexp2(x1, x2, *, ans, d_ans):
    """The two shares of the sum: exp2(x - ans) is at most 1 and cannot overflow."""
    d_x1 = d_ans * np.exp2(x1 - ans)
    d_x2 = d_ans * np.exp2(x2 - ans)
    return d_x1, d_x2
