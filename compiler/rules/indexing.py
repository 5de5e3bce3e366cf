# mypy: allow-untyped-defs
"""Reading elements."""

import operator

import numpy as np

from ...runtime.indexing import scatter
from .registry import vjp


@vjp(operator.getitem, linear=True)
def getitem(a, b, *, ans, d_ans):
    """An element gets the sum of the cotangents of all places it was read into."""
    d_a = scatter(d_ans, np.shape(a), b)
    return d_a


@vjp(scatter, linear=True)
def scatter_(values, shape, index, *, ans, d_ans):
    d_values = d_ans[index]
    return d_values
