"""Arrays whose length only the run knows, unpacked into names."""

import numpy as np
import pytest

import pullback as pb

from .checker import check


def three(x):
    a, b, c = x
    return a * b + c


def first(x):
    a, *rest = x
    return a * rest[0] + rest[-1] * sum(rest)


def both_ends(x):
    a, *middle, z = x
    for m in middle:
        a = a * m
    return a + z ** 2


def pairs(x):
    total = 0.0
    for u, v in x:
        total += u * v
    return total


def test_gradients():
    x = np.array([0.5, -1.5, 2.0])
    check(three, x)
    check(first, x)
    check(both_ends, x)
    check(both_ends, x[:2])
    check(pairs, x[:, None] * np.array([1.0, 2.0]))


@pytest.mark.parametrize(("fn", "count", "match"), [
    (three, 4, "too many values to unpack"),
    (three, 2, "not enough values to unpack"),
    (first, 0, "not enough values to unpack"),
    (both_ends, 0, r"expected at least 2, got 0"),
])
def test_a_length_that_does_not_fit_raises_as_in_python(fn, count, match):
    x = np.ones(count)
    with pytest.raises(ValueError, match=match):
        fn(x)
    with pytest.raises(ValueError, match=match):
        pb.grad(fn)(x)
