"""Elementwise functions of one, two or three operands: `numpy`'s ufuncs, the operators, `where`, `clip`."""

import builtins
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
    d_x2 = -d_ans * np.conj(ans / x2)
    return d_x1, d_x2


@vjp(np.power, operator.pow, elementwise=True, singular=True)
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


@vjp(np.logaddexp, elementwise=True)
def logaddexp(x1, x2, *, ans, d_ans):
    """The two shares of the sum: exp(x - ans) is at most 1 and cannot overflow."""
    d_x1 = d_ans * np.exp(x1 - ans)
    d_x2 = d_ans * np.exp(x2 - ans)
    return d_x1, d_x2


# Trigonometric and hyperbolic functions --------------------------------------------------------------------


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


@vjp(np.arctan2, elementwise=True, singular=True)
def arctan2(x1, x2, *, ans, d_ans):
    d_x1 = d_ans * x2 / (x1 * x1 + x2 * x2)
    d_x2 = -d_ans * x1 / (x1 * x1 + x2 * x2)
    return d_x1, d_x2


# Choices between operands ----------------------------------------------------------------------------------


@vjp(np.maximum, elementwise=True)
def maximum(x1, x2, *, ans, d_ans):
    """The larger operand gets all, equal operands half each."""
    d_x1 = np.where(x1 == x2, d_ans / 2, d_ans * (x1 > x2))
    d_x2 = np.where(x1 == x2, d_ans / 2, d_ans * (x2 > x1))
    return d_x1, d_x2


@vjp(np.minimum, elementwise=True)
def minimum(x1, x2, *, ans, d_ans):
    """The smaller operand gets all, equal operands half each."""
    d_x1 = np.where(x1 == x2, d_ans / 2, d_ans * (x1 < x2))
    d_x2 = np.where(x1 == x2, d_ans / 2, d_ans * (x2 < x1))
    return d_x1, d_x2


@vjp(np.where, elementwise=True, passive=("condition",))
def where(condition, x, y, *, ans, d_ans):
    d_x = np.where(condition, d_ans, 0)
    d_y = np.where(condition, 0, d_ans)
    return d_x, d_y


@vjp(np.clip, elementwise=True)
def clip(a, a_min=None, a_max=None, *, ans, d_ans):
    """minimum(a_max, maximum(a, a_min)), where `a` counts as inside at its bounds."""
    above = True if a_min is None else a >= a_min
    below = True if a_max is None else a <= a_max
    ordered = True if a_min is None or a_max is None else a_min <= a_max
    d_a = d_ans * (above & below)
    d_a_min = d_ans * (np.logical_not(above) & ordered)
    d_a_max = d_ans * (np.logical_not(below) | np.logical_not(ordered))
    return d_a, d_a_min, d_a_max


# Complex numbers: a gradient is df/d(real) + 1j df/d(imag) -------------------------------------------------


@vjp(np.conjugate, "ndarray.conj", "ndarray.conjugate", elementwise=True, holomorphic=False)
def conjugate(x, *, ans, d_ans):
    d_x = np.conj(d_ans)
    return d_x


@vjp(np.real, "ndarray.real", elementwise=True, holomorphic=False)
def real(val, *, ans, d_ans):
    d_val = d_ans
    return d_val


@vjp(np.imag, "ndarray.imag", elementwise=True, holomorphic=False)
def imag(val, *, ans, d_ans):
    d_val = 1j * d_ans
    return d_val
