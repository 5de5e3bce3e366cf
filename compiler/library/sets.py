# mypy: allow-untyped-defs
"""Sets of values, and short functions of NumPy that others express."""

import math

import numpy as np

from .registry import stands_for


@stands_for(np.union1d)
def union1d(ar1, ar2):
    return np.unique(np.concatenate((np.ravel(ar1), np.ravel(ar2))))


@stands_for(np.intersect1d)
def intersect1d(ar1, ar2, assume_unique=False):
    values = np.sort(np.ravel(ar1)) if assume_unique else np.unique(ar1)
    return values[np.isin(values, ar2)]


@stands_for(np.setdiff1d)
def setdiff1d(ar1, ar2, assume_unique=False):
    values = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return values[np.isin(values, ar2, invert=True)]


@stands_for(np.setxor1d)
def setxor1d(ar1, ar2, assume_unique=False):
    first = np.ravel(ar1) if assume_unique else np.unique(ar1)
    second = np.ravel(ar2) if assume_unique else np.unique(ar2)
    only_first = first[np.isin(first, second, invert=True)]
    only_second = second[np.isin(second, first, invert=True)]
    return np.sort(np.concatenate((only_first, only_second)))


@stands_for(np.sort_complex)
def sort_complex(a):
    return np.sort(a) * (1 + 0j)


@stands_for(np.rollaxis)
def rollaxis(a, axis, start=0):
    rank = np.ndim(a)
    source = axis + rank if axis < 0 else axis
    before = start + rank if start < 0 else start
    return np.moveaxis(a, source, before - 1 if source < before else before)


@stands_for(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):  # noqa: A002 - NumPy's name
    if not isinstance(bins, int):
        return np.asarray(bins)
    low, high = (np.min(a), np.max(a)) if range is None else range
    margin = 0.5 * (low == high)
    return np.linspace(low - margin, high + margin, bins + 1)


if hasattr(np, "row_stack"):  # deprecated since NumPy 2.0

    @stands_for(np.row_stack)
    def row_stack(tup):
        return np.vstack(tup)


@stands_for(math.dist)
def dist(p, q, /):
    return np.linalg.norm(np.asarray(p) - np.asarray(q))


@stands_for(math.fsum)
def fsum(seq, /):
    return np.sum(np.asarray(seq))


@stands_for(math.prod)
def prod(iterable, /, *, start=1):
    return np.prod(np.asarray(iterable)) * start
