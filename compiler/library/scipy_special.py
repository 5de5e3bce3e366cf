# mypy: allow-untyped-defs
"""`scipy.special`: sums of functions that have rules."""

import math

from scipy import special

from .registry import stands_for


@stands_for(special.multigammaln)
def multigammaln(a, d):
    total = d * (d - 1) / 4 * math.log(math.pi) + special.gammaln(a)
    for k in range(1, d):
        total = total + special.gammaln(a - k / 2)
    return total
