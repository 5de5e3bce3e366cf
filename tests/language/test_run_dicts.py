"""Dicts that start empty, at keys that only the run knows, in loops too long to be written out."""

import collections

import numpy as np
import pytest

import pullback as pb

from .checker import check

X = np.linspace(1.01, 3.02, 300)  # more trips than are written out


def sums(x):
    found = {}
    for v in x:
        k = int(v) % 2
        found[k] = found.get(k, 0.0) + v ** 2
    return sum(g ** 2 for g in found.values())


def summed_where_there(x):
    found = {}
    for v in x:
        k = int(v) % 2
        if k in found:
            found[k] = found[k] + v ** 2
        else:
            found[k] = v
    return found[0] * found[1]


def default_sums(x):
    found = collections.defaultdict(float)
    for v in x:
        found[int(v) % 2] += v ** 2
    return found[1] ** 2


def counted(x):
    counts = collections.Counter()
    for v in x:
        counts[int(v)] += 1
    return sum(v * counts[int(v)] for v in x)


def grouped(x):
    groups = {}
    for v in x:
        k = int(v) % 2
        groups[k] = groups.get(k, []) + [v ** 2]
    return sum(sum(g) ** 2 for g in groups.values())


def largest_by_pairs(x):
    best = {}
    for v in x:
        k = (int(v) % 2, int(v) % 3)
        if k in best and best[k] >= v:
            continue
        best[k] = v
    return sum(b ** 2 for b in best.values())


@pytest.mark.parametrize("fn", [sums, summed_where_there, default_sums, counted, grouped, largest_by_pairs])
def test_a_dict_that_starts_empty(fn):
    check(fn, X, tolerance=1e-4)


@pytest.mark.parametrize("fn", [sums, summed_where_there])
def test_second_order_of_a_dict_that_starts_empty(fn):
    direction = np.cos(X)
    step = 1e-5
    expected = (pb.grad(fn)(X + step * direction) - pb.grad(fn)(X - step * direction)) / (2 * step)
    np.testing.assert_allclose(pb.hvp(fn)(X, direction), expected, rtol=1e-5, atol=1e-4)


def test_a_loop_without_trips_leaves_it_empty():
    def fn(x, n):
        found = {}
        for i in range(n):
            found[int(x[i])] = found.get(int(x[i]), 0.0) + x[i]
        return sum(found.values()) + np.sum(x)

    assert pb.grad(fn)(X, 0).tolist() == [1.0] * 300
    assert pb.grad(fn)(X, 299).tolist() == [2.0] * 299 + [1.0]


def test_a_key_that_is_not_there_raises():
    def fn(x):
        found = {}
        for v in x:
            if v > 2.0:
                found[int(v)] = found[int(v)] + v
            else:
                found[7] = v
        return sum(found.values())

    with pytest.raises(KeyError):
        fn(X)
    with pytest.raises(KeyError):
        pb.grad(fn)(X)
