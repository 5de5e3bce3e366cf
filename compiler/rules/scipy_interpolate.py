# mypy: allow-untyped-defs
"""`scipy.interpolate`: splines that are constants, by the places at which they are asked for."""

import numpy as np

from ...runtime.curves import along_values, over_values, spline_at
from .registry import vjp


def _tangent(x, spline, nu, extrapolate, *, ans, t_x):
    t_ans = spline_at(x, spline, nu + 1, extrapolate) * along_values(t_x, spline, np.shape(ans))
    return t_ans


@vjp(spline_at, jvp=_tangent)
def spline_at_(x, spline, nu, extrapolate, *, ans, d_ans):
    d_x = over_values(d_ans * spline_at(x, spline, nu + 1, extrapolate), spline, np.shape(x))
    return d_x


@vjp(over_values, linear=True)
def over_values_(g, spline, shape, *, ans, d_ans):
    d_g = along_values(d_ans, spline, np.shape(g))
    return d_g


@vjp(along_values, linear=True)
def along_values_(x, spline, shape, *, ans, d_ans):
    d_x = over_values(d_ans, spline, np.shape(x))
    return d_x
