# mypy: allow-untyped-defs
"""Samples between the elements of an array, by their positions and by the array."""

import numpy as np

from ...runtime.splines import (
    spline_coefficients,
    spline_coefficients_cotangent,
    spline_sample,
    spline_slopes,
    spline_slopes_along,
    spline_slopes_cotangent,
    spline_spread,
    spline_spread_along,
)
from .registry import jvp, vjp


@vjp(spline_coefficients, linear=True)
def spline_coefficients_(x, order, mode, *, ans, d_ans):
    d_x = spline_coefficients_cotangent(d_ans, order, mode)
    return d_x


@vjp(spline_coefficients_cotangent, linear=True)
def spline_coefficients_cotangent_(g, order, mode, *, ans, d_ans):
    d_g = spline_coefficients(d_ans, order, mode)
    return d_g


@vjp(spline_sample)
def spline_sample_(coefficients, coordinates, order, mode, cval, nu, *, ans, d_ans):
    """A position moves along the slope of the spline, a coefficient counts by its weight."""
    d_coefficients = spline_spread(d_ans, np.shape(coefficients), coordinates, order, mode, nu)
    d_coordinates = d_ans * np.conj(spline_slopes(coefficients, coordinates, order, mode, nu))
    return d_coefficients, d_coordinates


@jvp(spline_sample)
def spline_sample_tangent(coefficients, coordinates, order, mode, cval, nu, *, ans, t_coefficients, t_coordinates):
    of_coefficients = spline_sample(t_coefficients, coordinates, order, mode, 0.0, nu)
    t_ans = of_coefficients + np.sum(t_coordinates * spline_slopes(coefficients, coordinates, order, mode, nu), 0)
    return t_ans


@vjp(spline_spread)
def spline_spread_(values, shape, coordinates, order, mode, nu, *, ans, d_ans):
    """What `spline_sample` is of its coefficients, turned round."""
    d_values = spline_sample(d_ans, coordinates, order, mode, 0.0, nu)
    d_coordinates = np.conj(values) * spline_slopes(d_ans, coordinates, order, mode, nu)
    return d_values, d_coordinates


@jvp(spline_spread)
def spline_spread_tangent(values, shape, coordinates, order, mode, nu, *, ans, t_values, t_coordinates):
    of_values = spline_spread(t_values, shape, coordinates, order, mode, nu)
    t_ans = of_values + spline_spread_along(values, shape, coordinates, t_coordinates, order, mode, nu)
    return t_ans


@vjp(spline_slopes)
def spline_slopes_(coefficients, coordinates, order, mode, nu, *, ans, d_ans):
    """Derivatives of `spline_sample` along each axis, differentiated once more."""
    d_both = spline_slopes_cotangent(d_ans, coefficients, coordinates, order, mode, nu)
    d_coefficients = d_both[0]
    d_coordinates = d_both[1]
    return d_coefficients, d_coordinates


@jvp(spline_slopes)
def spline_slopes_tangent(coefficients, coordinates, order, mode, nu, *, ans, t_coefficients, t_coordinates):
    of_coefficients = spline_slopes(t_coefficients, coordinates, order, mode, nu)
    t_ans = of_coefficients + spline_slopes_along(coefficients, coordinates, t_coordinates, order, mode, nu)
    return t_ans
