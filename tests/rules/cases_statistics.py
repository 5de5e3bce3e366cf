"""Cases of statistics, interpolation, convolution: one line each."""

import numpy as np

from pullback.runtime.indexing import unreduceat
from pullback.runtime.statistics import (
    as_variables,
    crop,
    from_variables,
    gather_weights,
    quantile_weights,
    spread_weights,
    uncrop,
)

from .harness import A, C, Const, I, P, case, point

case(np.average, A(2, 3))
case(np.average, A(2, 3), axis=0)
case(np.average, A(2, 3), weights=P(2, 3))
case(np.average, A(2, 3), axis=1, weights=P(3))
case(np.average, A(2, 3), axis=1, weights=P(2, 3), keepdims=True)
case(np.average, A(2, 3, 4), axis=(2, 0), weights=P(4, 2))
case(np.average, C(3), weights=P(3))
case(spread_weights, A(4, 2), (2, 3, 4), (2, 0))
case(gather_weights, A(2, 1, 4), (4, 2), (2, 0))
for fn in (np.median, np.nanmedian):
    case(fn, A(5))
    case(fn, A(4))
    case(fn, A(3, 4))
    case(fn, A(3, 4), axis=1)
    case(fn, A(2, 3, 4), axis=(0, -1), keepdims=True)
point(np.median, np.array([4.0, 1.0, 3.0, 2.0]), gives=[0.0, 0.0, 0.5, 0.5])
point(np.nanmedian, np.array([4.0, np.nan, 1.0, 3.0, 2.0]), gives=[0.0, 0.0, 0.0, 0.5, 0.5])
for fn in (np.quantile, np.nanquantile):
    case(fn, A(5), Const(0.3))
    case(fn, A(5, 3), Const(0.0), axis=0)
    case(fn, A(5, 3), Const(1.0), axis=0)
    case(fn, A(5, 3), Const(np.array([0.1, 0.77])), axis=0)
    case(fn, A(2, 3, 4), Const(np.array([[0.1, 0.6]])), axis=(0, 2), keepdims=True)
    for method in ("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
                   "weibull", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"):
        case(fn, A(7), Const(0.37), method=method)
for method in ("linear", "hazen", "weibull", "median_unbiased", "interpolated_inverted_cdf", "lower"):
    case(np.quantile, A(7), 0.37, method=method)
case(np.quantile, A(7, 2), P(2, low=0.1, high=0.9), axis=0)
case(np.nanquantile, A(7, 2), 0.37, axis=0)
case(np.nanpercentile, A(7), 37.0)
case(quantile_weights, Const(A(7)), 0.37, None)
case(np.percentile, A(7), Const(37.0))
case(np.percentile, A(7, 2), 37.0, axis=0)
case(np.nanpercentile, A(7), Const(37.0))
for fn in (np.cov, np.corrcoef):
    case(fn, A(3, 5))
    case(fn, A(5, 3), rowvar=False)
    case(fn, A(5), A(5))
    case(fn, A(2, 5), A(1, 5))
    case(fn, C(2, 5))
case(np.cov, A(5))
case(np.cov, A(3, 5), bias=True)
case(np.cov, A(3, 5), ddof=0)
case(as_variables, A(5, 3), False)
case(from_variables, A(3, 5), (5, 3), False)
case(np.bincount, I(6), weights=A(6))
case(np.bincount, I(6), weights=A(6), minlength=7)
case(np.histogram, Const(A(9)), bins=4, weights=P(9))
case(np.histogram, Const(A(9)), bins=[-1.0, 0.0, 0.5], weights=P(9))
case(np.histogram, Const(A(9)), bins=4, density=True, weights=P(9))
XP = np.array([-1.5, -0.4, 0.3, 1.2])
case(np.interp, A(6), XP, A(4))
case(np.interp, A(2, 3), XP, A(4), left=0.5, right=0.7)
case(np.interp, 0.2, XP, A(4))
case(np.interp, A(6), Const(XP), C(4))
for mode in ("full", "same", "valid"):
    for fn in (np.convolve, np.correlate):
        case(fn, A(6), A(3), mode)
        case(fn, A(3), A(6), mode)
        case(fn, A(4), A(4), mode)
        case(fn, C(5), C(2), mode)
    case(crop, A(7), 5, 3, mode)
    case(uncrop, A({"full": 7, "same": 5, "valid": 3}[mode]), 5, 3, mode)

# Methods of ufuncs
for fn in (np.add.reduce, np.multiply.reduce, np.maximum.reduce, np.minimum.reduce, np.logaddexp.reduce):
    case(fn, A(4))
    case(fn, A(2, 3), axis=1)
    case(fn, A(2, 3), axis=None)
    case(fn, A(2, 3, 2), axis=(0, 2), keepdims=True)
case(np.add.reduce, A(2, 3), initial=1.5)
for fn in (np.add.accumulate, np.multiply.accumulate, np.maximum.accumulate, np.minimum.accumulate):
    case(fn, A(4))
    case(fn, A(2, 3), axis=1)
case(np.add.reduceat, A(6), [0, 2, 1, 5])
case(np.add.reduceat, A(2, 6), [0, 4], axis=1)
case(unreduceat, A(4), (6,), [0, 2, 1, 5], 0)
for fn in (np.add.outer, np.subtract.outer, np.multiply.outer, np.divide.outer):
    case(fn, A(3), P(2, 2))
    case(fn, A(), P(2))
case(np.histogram2d, Const(A(9)), Const(A(9)), 3, weights=P(9))
case(np.histogram2d, Const(A(9)), Const(A(9)), [2, 3], [[-1, 1], [-1, 2]], density=True, weights=P(9))
