# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.integrate`: quadrature of samples and of functions, at nodes that are known."""

import numpy as np
from scipy import integrate, special

from ...runtime.filtering import romberg_weights
from .registry import stands_for


@stands_for(integrate.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    return np.trapezoid(y, x, dx, axis)


@stands_for(integrate.cumulative_trapezoid)
def cumulative_trapezoid(y, x=None, dx=1.0, axis=-1, initial=None):
    rows = np.moveaxis(y, axis, -1)
    places = None if x is None else x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1)
    steps = dx if places is None else np.diff(places)
    sums = np.cumsum(steps * (rows[..., 1:] + rows[..., :-1]) / 2.0, -1)
    if initial is not None:
        sums = np.concatenate((np.zeros_like(sums[..., :1]) + initial, sums), -1)
    return np.moveaxis(sums, -1, axis)


def spaced(x, axis):
    """The places of the samples along the last axis."""
    return x if np.ndim(x) == 1 else np.moveaxis(x, axis, -1)


@stands_for(integrate.simpson)
def simpson(y, x=None, *, dx=1.0, axis=-1):
    """Of an even number of samples the last interval by the parabola through the last three (Cartwright, 2017)."""
    rows = np.moveaxis(y, axis, -1)
    count = np.shape(rows)[-1]
    if count == 2:
        return np.trapezoid(y, x, dx, axis)
    odd = count - 1 + count % 2
    if x is not None:
        return uneven_simpson(rows, np.diff(spaced(x, axis)), odd)
    head = rows[..., :odd]
    total = head[..., 0] + head[..., -1] + 4.0 * np.sum(head[..., 1:-1:2], -1) + 2.0 * np.sum(head[..., 2:-1:2], -1)
    if count % 2 == 0:
        last = 5.0 / 12.0 * rows[..., -1] + 2.0 / 3.0 * rows[..., -2] - rows[..., -3] / 12.0
        return dx * total / 3.0 + dx * last
    return dx * total / 3.0


def uneven_simpson(rows, steps, odd):
    """Of each pair of intervals the integral of the parabola through their three samples."""
    first, second = steps[..., : odd - 1 : 2], steps[..., 1 : odd - 1 : 2]
    both = first + second
    left, middle, right = rows[..., : odd - 2 : 2], rows[..., 1 : odd - 1 : 2], rows[..., 2:odd:2]
    bend = both * both / (first * second)
    total = np.sum(both / 6.0 * (left * (2.0 - second / first) + middle * bend + right * (2.0 - first / second)), -1)
    if np.shape(rows)[-1] == odd:
        return total
    h, last = steps[..., -2], steps[..., -1]
    tail = rows[..., -1] * (2.0 * last * last + 3.0 * h * last) / (6.0 * (last + h))
    tail = tail + rows[..., -2] * (last * last + 3.0 * h * last) / (6.0 * h)
    return total + tail - rows[..., -3] * last**3 / (6.0 * h * (h + last))


@stands_for(integrate.cumulative_simpson)
def cumulative_simpson(y, *, x=None, dx=1.0, axis=-1, initial=None):
    """Each interval by the parabola through its samples and the next one, every other by that and the last one."""
    rows = np.moveaxis(y, axis, -1)
    count = np.shape(rows)[-1]
    if count < 3:
        parts = np.diff(rows) * 0.0 + integrate.cumulative_trapezoid(rows, None if x is None else spaced(x, axis), dx)
        sums = parts
    else:
        steps = np.full(count - 1, 1.0) * dx if x is None else np.diff(spaced(x, axis))
        ahead = first_of_three(rows, steps)
        behind = first_of_three(rows[..., ::-1], steps[..., ::-1])[..., ::-1]
        parts = np.zeros_like(np.diff(rows))
        parts[..., :-1:2] = ahead[..., ::2]
        parts[..., 1::2] = behind[..., ::2]
        parts[..., -1] = behind[..., -1]
        sums = np.cumsum(parts, -1)
    if initial is not None:
        start = np.zeros_like(sums[..., :1]) + initial
        sums = np.concatenate((start, sums + start), -1)
    return np.moveaxis(sums, -1, axis)


def first_of_three(rows, steps):
    """The integral over the first of two intervals of the parabola through three samples."""
    h, following = steps[..., :-1], steps[..., 1:]
    share = h / (h + following)
    bend = share * (h / following)
    return h / 6.0 * ((3.0 - share) * rows[..., :-2] + (3.0 + bend + share) * rows[..., 1:-1] - bend * rows[..., 2:])


@stands_for(integrate.romb)
def romb(y, dx=1.0, axis=-1):
    """Romberg's extrapolation of trapezoids of 2^k intervals: linear in the samples, with weights that are known."""
    rows = np.moveaxis(y, axis, -1)
    count = np.shape(rows)[-1]
    return dx * np.sum(rows * np.reshape(romberg_weights(count), count), -1)


@stands_for(integrate.fixed_quad)
def fixed_quad(func, a, b, args=(), n=5):
    nodes, weights = special.roots_legendre(n)
    places = (b - a) * (nodes + 1.0) / 2.0 + a
    return (b - a) / 2.0 * np.sum(weights * func(places, *args), -1), None


@stands_for(integrate.dblquad)
def dblquad(func, a, b, gfun, hfun, args=(), epsabs=1.49e-8, epsrel=1.49e-8):
    """The integral over x of that over y."""
    def strip(x):
        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        return integrate.quad(lambda y: func(y, x, *args), low, high, epsabs=epsabs, epsrel=epsrel)[0]

    return integrate.quad(strip, a, b, epsabs=epsabs, epsrel=epsrel)
