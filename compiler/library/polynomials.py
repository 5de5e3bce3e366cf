# mypy: allow-untyped-defs, allow-untyped-calls
"""Quotients of polynomials, histograms in many dimensions, arrays of what an iterator yields."""

from typing import Any

import numpy as np

from ...runtime.statistics import bin_of, in_bins
from .registry import stands_for


@stands_for(np.polydiv)
def polydiv(u, v):
    """The quotient and the remainder, without its leading zeros."""
    rest = np.atleast_1d(u) + 0.0
    divisor = np.atleast_1d(v) + 0.0
    steps = np.size(rest) - np.size(divisor) + 1
    if steps < 1:
        return np.zeros(1) * divisor[0], rest
    quotient = np.zeros(steps, np.result_type(rest))
    for k in range(steps):
        factor = rest[k] / divisor[0]
        quotient[k] = factor
        rest[k:k + np.size(divisor)] = rest[k:k + np.size(divisor)] - factor * divisor
    zeros = np.sum(np.cumprod(np.isclose(rest, 0, rtol=1e-14)))
    return quotient, rest[min(int(zeros), np.size(rest) - 1):]


@stands_for(np.histogramdd)
def histogramdd(sample, bins=10, range=None, density=None, weights=None):  # noqa: A002 - NumPy's names
    points = np.stack(sample, 1) if isinstance(sample, (list, tuple)) else sample
    each = [points[:, k] for k in builtin_range(np.shape(points)[1])]
    edges = tuple([np.histogram_bin_edges(x, bins[k] if isinstance(bins, (list, tuple)) else bins,
                                          None if range is None else range[k]) for k, x in enumerate(each)])
    counts = [np.size(e) - 1 for e in edges]
    inside = in_bins(each[0], edges[0])
    place = bin_of(each[0], edges[0])
    total = counts[0]
    for k in builtin_range(1, len(each)):
        inside = inside & in_bins(each[k], edges[k])
        place = place * counts[k] + bin_of(each[k], edges[k])
        total = total * counts[k]
    heavy = np.where(inside, 1.0 if weights is None else weights, 0.0)
    sums: Any = np.bincount(np.where(inside, place, 0), heavy, total)
    result = np.reshape(sums, tuple(counts))
    if density:
        result = result / np.sum(result)
        for k in builtin_range(len(each)):
            width = np.diff(edges[k])
            result = result / np.reshape(width, (-1,) + (1,) * (len(each) - 1 - k))
    return result, edges


builtin_range = range


@stands_for(np.fromiter)
def fromiter(iter, dtype, count=-1):  # noqa: A002 - NumPy's name
    values = [value for value in iter]  # noqa: C416 - the compiler reads comprehensions
    return np.array(values if count < 0 else values[:count], dtype)
