# mypy: allow-untyped-defs
"""Choices between operands, parts of numbers, and what is a step but for one operand."""

import numpy as np

from ...runtime.special import divide_or_zero
from .registry import vjp

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


@vjp(np.fmax, elementwise=True)
def fmax(x1, x2, *, ans, d_ans):
    """As `maximum`, and all to the other operand where one is nan."""
    d_x1 = np.where(x1 == x2, d_ans / 2, d_ans * ((x1 > x2) | np.isnan(x2)))
    d_x2 = np.where(x1 == x2, d_ans / 2, d_ans * np.logical_not((x1 >= x2) | np.isnan(x2)))
    return d_x1, d_x2


@vjp(np.fmin, elementwise=True)
def fmin(x1, x2, *, ans, d_ans):
    """As `minimum`, and all to the other operand where one is nan."""
    d_x1 = np.where(x1 == x2, d_ans / 2, d_ans * ((x1 < x2) | np.isnan(x2)))
    d_x2 = np.where(x1 == x2, d_ans / 2, d_ans * np.logical_not((x1 <= x2) | np.isnan(x2)))
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


@vjp("ndarray.clip", elementwise=True)
def ndarray_clip(a, min=None, max=None, *, ans, d_ans):  # noqa: A002 - NumPy's names
    """minimum(max, maximum(a, min)), where `a` counts as inside at its bounds."""
    above = True if min is None else a >= min
    below = True if max is None else a <= max
    ordered = True if min is None or max is None else min <= max
    d_a = d_ans * (above & below)
    d_min = d_ans * (np.logical_not(above) & ordered)
    d_max = d_ans * (np.logical_not(below) | np.logical_not(ordered))
    return d_a, d_min, d_max


# Complex numbers: a gradient is df/d(real) + 1j df/d(imag) -------------------------------------------------


@vjp(np.conjugate, "ndarray.conj", "ndarray.conjugate", elementwise=True, holomorphic=False, linear=True)
def conjugate(x, *, ans, d_ans):
    d_x = np.conj(d_ans)
    return d_x


@vjp(np.real, "ndarray.real", elementwise=True, holomorphic=False, linear=True)
def real(val, *, ans, d_ans):
    d_val = d_ans
    return d_val


@vjp(np.imag, "ndarray.imag", elementwise=True, holomorphic=False, linear=True)
def imag(val, *, ans, d_ans):
    d_val = 1j * d_ans
    return d_val


@vjp(np.real_if_close)
def real_if_close(a, tol=100, *, ans, d_ans):
    """The number itself, or its real part where the imaginary one is as good as zero."""
    d_a = d_ans
    return d_a


@vjp(np.angle, holomorphic=False)
def angle(z, deg=False, *, ans, d_ans):
    """1j z / |z|^2: turning z moves the angle; 0 at 0, and for real z."""
    if np.isrealobj(z):
        d_z = np.zeros(np.shape(z))
    elif deg:
        d_z = np.rad2deg(d_ans) * 1j * divide_or_zero(1, np.conj(z))
    else:
        d_z = d_ans * 1j * divide_or_zero(1, np.conj(z))
    return d_z


# Parts of floating-point numbers ---------------------------------------------------------------------------


@vjp(np.copysign, elementwise=True, passive=("x2",))
def copysign(x1, x2, *, ans, d_ans):
    """The sign of x1 times the sign of x2; 0 at x1 = 0."""
    d_x1 = d_ans * np.sign(x1) * np.copysign(1.0, x2)
    return d_x1


@vjp(np.modf, elementwise=True)
def modf(x, *, ans, d_ans):
    """The fraction moves with x, the whole part is constant between its jumps."""
    d_x = d_ans[0]
    return d_x


@vjp(np.frexp, elementwise=True)
def frexp(x, *, ans, d_ans):
    """mantissa = x / 2**exponent."""
    d_x = np.ldexp(d_ans[0], -ans[1])
    return d_x


@vjp(np.ldexp, elementwise=True)
def ldexp(x1, x2, *, ans, d_ans):
    d_x1 = np.ldexp(d_ans, x2)
    return d_x1


@vjp(np.nextafter, elementwise=True, passive=("x2",))
def nextafter(x1, x2, *, ans, d_ans):
    d_x1 = d_ans
    return d_x1


@vjp(np.heaviside, elementwise=True, passive=("x1",))
def heaviside(x1, x2, *, ans, d_ans):
    """x2 is the value at x1 = 0, and only there."""
    d_x2 = d_ans * (x1 == 0)
    return d_x2


@vjp(np.nan_to_num, elementwise=True)
def nan_to_num(x, *, copy=True, nan=0.0, posinf=None, neginf=None, ans, d_ans):
    """What is replaced is a constant."""
    d_x = np.where(np.isfinite(x), d_ans, 0)
    return d_x
