"""Functions that rules need and NumPy does not have: exact at zeros, accurate where the formula cancels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .shapes import Axis, as_rows, from_rows


def divide_or_zero(x1: Any, x2: Any) -> Any:
    """x1 / x2, and 0 where x2 is 0 (whatever x1 is there).

    >>> divide_or_zero(np.array([1., 2.]), np.array([0., 4.]))
    array([0. , 0.5])
    """
    zero = np.equal(x2, 0)
    return np.where(zero, 0, np.divide(x1, x2 + zero))


def product_of_others(a: Any, axis: Axis = None) -> Any:
    """For each element the product of all the *other* elements of its group along `axis`; exact with zeros.

    returns: array of the shape of a

    >>> product_of_others(np.array([2., 0., 3.]))
    array([0., 6., 0.])
    """
    rows = as_rows(a, axis)
    before = delayed(np.cumprod(rows, -1), -1, 1)
    after = np.flip(delayed(np.cumprod(np.flip(rows, -1), -1), -1, 1), -1)
    return from_rows(before * after, np.shape(a), axis)


def linear_recurrence(gain: Any, drive: Any, axis: int) -> Any:
    """w[k] = drive[k] + gain[k] * w[k - 1] along `axis`, from w[-1] = 0: what reverses a cumulative product.

    gain, drive: arrays of one shape; the first gain is not used
    returns    : fresh array of that shape

    >>> linear_recurrence(np.array([0., 2., 2.]), np.ones(3), 0)
    array([1., 3., 7.])
    """
    gain, drive = np.moveaxis(gain, axis, 0), np.moveaxis(drive, axis, 0)
    w = np.array(drive, np.result_type(gain, drive))
    for k in range(1, len(w)):
        w[k] += gain[k] * w[k - 1]
    return np.moveaxis(w, 0, axis)


def reversed_recurrence(gain: Any, drive: Any, axis: int) -> Any:
    """w[k] = drive[k] + gain[k + 1] * w[k + 1] along `axis`, from the end: the transpose of `linear_recurrence`.

    >>> reversed_recurrence(np.array([0., 2., 2.]), np.ones(3), 0)
    array([7., 3., 1.])
    """
    gain, drive = np.flip(np.roll(gain, -1, axis), axis), np.flip(drive, axis)
    return np.flip(linear_recurrence(gain, drive, axis), axis)


def delayed(x: Any, axis: int, first: float = 0) -> Any:
    """`x` moved by one place along `axis`: `first` comes in, the last element goes.

    >>> delayed(np.array([1., 2., 3.]), 0)
    array([0., 1., 2.])
    """
    rows = np.moveaxis(x, axis, 0)
    out = np.empty_like(rows)
    out[:1] = first
    out[1:] = rows[:-1]
    return np.moveaxis(out, 0, axis)


def advanced(x: Any, axis: int) -> Any:
    """`x` moved back by one place along `axis`: the first element goes, 0 comes in at the end.

    >>> advanced(np.array([1., 2., 3.]), 0)
    array([2., 3., 0.])
    """
    return np.flip(delayed(np.flip(x, axis), axis), axis)


def sinc_derivative(x: Any, order: int) -> Any:
    """The derivative of `np.sinc` of the given order; accurate at and near 0, where the formula cancels.

    >>> sinc_derivative(np.array([0., 1.]), 1)
    array([ 0., -1.])
    """
    y = np.pi * np.asarray(x, np.float64)
    near = np.abs(y) < 2 + order
    # sum over k of (-1)^k y^(2k - n) / ((2k + 1) (2k - n)!): from sin(y)/y term by term
    small = np.where(near, y, 0)
    series = np.zeros(np.shape(y))
    for k in range((order + 1) // 2, (order + 1) // 2 + 16 + order):
        series = series + (-1) ** k * small ** (2 * k - order) / ((2 * k + 1) * math.factorial(2 * k - order))
    # y f_n + n f_(n-1) = sin^(n)(y), from Leibniz' rule on y f = sin(y)
    large = np.where(near, 1, y)
    recurrence = np.sin(large) / large
    for n in range(1, order + 1):
        recurrence = (np.sin(large + n * (np.pi / 2)) - n * recurrence) / large
    return (np.pi**order * np.where(near, series, recurrence)).astype(np.result_type(x))[()]


def bessel_i(order: int, x: Any) -> Any:
    """The modified Bessel function of the first kind of integer order, to double precision for |x| < 700.

    The trapezoid rule on its integral over one period converges geometrically (Trefethen and Weideman, 2014).

    >>> bessel_i(1, 2.0)
    np.float64(1.5906368546373288)
    """
    x = np.asarray(x)
    angle = (np.arange(256) + 0.5) * (2 * np.pi / 256)
    wave = np.cosh if order % 2 == 0 else np.sinh  # the other part integrates to 0
    return np.mean(wave(x[..., None] * np.cos(angle)) * np.cos(order * angle), axis=-1).astype(x.dtype)[()]


#: The first Bernoulli numbers of even order, B2, B4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def polygamma(n: int, x: Any) -> Any:
    """The derivative of order n of the digamma function, for real x that is not a pole.

    Raised by the recurrence to where the asymptotic series holds (Abramowitz and Stegun 6.4.6 and 6.4.11).

    >>> round(float(polygamma(0, 1.0)), 12)  # minus Euler's constant
    -0.577215664902
    """
    x = np.asarray(x, np.float64)
    steps = max(0, math.ceil(14 + n - float(np.min(x, initial=14.0 + n))))
    total = np.zeros(np.shape(x))
    for _ in range(steps):
        total = total + (math.factorial(n) * (-1) ** (n + 1)) / x ** (n + 1)
        x = x + 1
    if n == 0:
        series = np.log(x) - 1 / (2 * x) - sum(b / (2 * k * x ** (2 * k)) for k, b in enumerate(_BERNOULLI, 1))
    else:
        series = math.factorial(n - 1) / x**n + math.factorial(n) / (2 * x ** (n + 1)) + sum(
            b * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * x ** (2 * k + n))
            for k, b in enumerate(_BERNOULLI, 1))
        series = series * (-1) ** (n + 1)
    return (total + series)[()]


def hurwitz_slope(x: Any, q: Any, order: int) -> Any:
    """The derivative of a given order of Hurwitz's zeta function by its first argument: sums of (k + q)^-x log^order.

    By Euler and Maclaurin's formula from the 16th term on, to about 1e-14 for x > -1; nan for smaller x, where that
    does not hold.

    >>> bool(abs(hurwitz_slope(2.0, 1.0, 1) + 0.9375482543158438) < 1e-14)
    True
    """
    x, q = np.broadcast_arrays(np.asarray(x, float), np.asarray(q, float))
    total = np.zeros(x.shape)
    for k in range(_DIRECT):
        total = total + _power_slope(x, q + k, order, [np.ones(x.shape)])
    far = q + _DIRECT
    poles = [(-1.0) ** i * math.factorial(i) / (x - 1.0) ** (i + 1) for i in range(order + 1)]
    total = total + far * _power_slope(x, far, order, poles) + 0.5 * _power_slope(x, far, order, [np.ones(x.shape)])
    rising = np.polynomial.Polynomial([0.0, 1.0])
    for j, number in enumerate(_BERNOULLI, start=1):
        factors = [rising.deriv(i)(x) if i else rising(x) for i in range(order + 1)]
        term = _power_slope(x, far, order, factors) * far ** (1 - 2 * j)
        total = total + number / math.factorial(2 * j) * term
        rising = rising * np.polynomial.Polynomial([2 * j - 1, 1.0]) * np.polynomial.Polynomial([2 * j, 1.0])
    return np.where(x > -1.0, total, np.nan)[()]


_DIRECT = 16
#: B_2, B_4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _power_slope(x: Any, base: Any, order: int, factors: list[Any]) -> Any:
    """The derivative of a(x) base^-x by x; `factors` are a and its derivatives (those that are left out are zero)."""
    log = np.log(base)
    parts = [math.comb(order, i) * factor * (-log) ** (order - i) for i, factor in enumerate(factors[:order + 1])]
    return sum(parts) * base ** -x
