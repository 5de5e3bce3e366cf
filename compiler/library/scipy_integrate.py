# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.integrate`: quadrature of samples and of functions, at nodes that are known."""

import numpy as np
from scipy import integrate, special

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


@stands_for(integrate.simpson)
def simpson(y, *, dx=1.0, axis=-1):
    """Of an even number of samples the last interval by the parabola through the last three (Cartwright, 2017)."""
    rows = np.moveaxis(y, axis, -1)
    count = np.shape(rows)[-1]
    odd = count - 1 + count % 2
    head = rows[..., :odd]
    total = head[..., 0] + head[..., -1] + 4.0 * np.sum(head[..., 1:-1:2], -1) + 2.0 * np.sum(head[..., 2:-1:2], -1)
    if count % 2 == 0:
        last = 5.0 / 12.0 * rows[..., -1] + 2.0 / 3.0 * rows[..., -2] - rows[..., -3] / 12.0
        return dx * total / 3.0 + dx * last
    return dx * total / 3.0


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
