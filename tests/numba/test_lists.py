"""Lists that grow, with machine code: lists of numbers and of arrays, changed in place where nobody else reads them."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.runtime.errors import UnsupportedError

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

X = np.array([0.5, 1.5, -2.0, 0.25])


def positive(x):
    found = []
    for v in x:
        if v > 0.3:
            found.append(v ** 2)
    return sum(found) * len(found)


def rows(x, n):
    found = [x]
    for k in range(n):
        found.append(np.sin(found[-1]) * (k + 1.0))
    return np.sum(np.stack(found) ** 2)


def changed(x):
    values = [0.0] * len(x)
    for k in range(len(x)):
        values[k] = x[k] ** 2
        values[0] += x[k]
    return values[0] * values[1] + max(values)


def popped(x):
    stack = []
    for v in x:
        stack.append(v * 2)
    total = 0.0
    while len(stack) > 1:
        total += stack.pop() ** 3
    return total


def two_names(x):
    a = []
    for v in x:
        a.append(v)
    b = a
    b.append(x[0] ** 2)
    c = list(a)
    c.append(7.0)
    return sum(a) + len(a) + len(c) + sum(c) * x[1]


PROGRAMS = [(positive, (X,)), (rows, (X, 3)), (changed, (X,)), (popped, (X,)), (two_names, (X,))]


@pytest.mark.parametrize(("fn", "args"), PROGRAMS)
def test_lists_agree(fn, args):
    with interpreted():
        agree(fn, *args, types=False)


@pytest.mark.parametrize(("fn", "args"), [PROGRAMS[0], PROGRAMS[1]])
def test_lists_compiled(fn, args):
    agree(fn, *args)


def test_a_change_is_made_in_place():
    with interpreted():
        source = agree(positive, X, types=False).source
    assert "found.append(" in source
    assert "found.copy()" not in source


def test_errors_of_lists_are_pythons():
    import pullback as pb

    def f(x, n):
        values = []
        for v in x:
            values.append(v)
        return values[n]

    with interpreted(), pytest.raises(IndexError, match="list index out of range"):
        pb.grad(f, backend="numba")(X, 9)


def test_lists_of_other_things_are_refused():
    def f(x, n):
        found = []
        for k in range(n):
            inner = []
            for j in range(k):
                inner.append(x[j])
            found.append(inner)
        return sum(found[2])

    with pytest.raises(UnsupportedError, match="a list of") as info:
        agree(f, X, 4)
    assert info.value.where is not None


def test_lengths_that_trips_change():
    def shrinking(x):
        v, total = x, 0.0
        while len(v) > 2:
            total += v[0] * v[1]
            v = v[1:]
        return total + np.sum(x ** 2)

    with interpreted():
        agree(shrinking, X, types=False)


def test_a_list_as_a_condition():
    def drained(x):
        stack = []
        for v in x:
            stack.append(v)
        total = 0.0
        while stack:
            total = total * 0.5 + stack.pop() ** 2
        return total

    with interpreted():
        agree(drained, X, types=False)
