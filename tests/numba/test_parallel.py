"""`parallel=True`: loops that are proven independent run on threads, no others, and give the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.legalise_numba.parallel import Parallel
from pullback.compiler.legalise_numba.text import Block, Line
from pullback.runtime.errors import ArgumentError

from .harness import interpreted

numba = pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")


def jacobi(steps, a):
    b = a.copy()
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[:-2, 1:-1] + a[2:, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:])
        a = np.sin(b)
    return np.sum(a ** 2)


def elementwise(x):
    return np.sum(np.exp(np.sin(x)) * x ** 2)


def rows(m, v):
    out = np.zeros(m.shape[0])
    for i in range(m.shape[0]):
        total = 0.0
        for j in range(m.shape[1]):
            total += m[i, j] * v[j] ** 2
        out[i] = total
    return np.sum(out ** 2)


def recurrence(x):
    y = np.zeros(x.shape[0])
    for i in range(1, x.shape[0]):
        y[i] = 0.5 * y[i - 1] + x[i] ** 2
    return np.sum(y)


RNG = np.random.default_rng(0)
PROGRAMS = [(jacobi, (4, RNG.random((12, 10)))), (elementwise, (RNG.random((7, 5)),)),
            (rows, (RNG.random((6, 5)), RNG.random(5))), (recurrence, (RNG.random(9),))]


def floats(args):
    return tuple(k for k, a in enumerate(args) if isinstance(a, np.ndarray))


@pytest.mark.parametrize(("fn", "args"), PROGRAMS)
def test_the_same_numbers_on_two_threads(fn, args):
    before = numba.get_num_threads()
    numba.set_num_threads(min(2, before))
    try:
        threads = pb.value_and_grad(fn, wrt=floats(args), backend="numba", parallel=True)
        found = threads(*args)
    finally:
        numba.set_num_threads(before)
    expected = pb.value_and_grad(fn, wrt=floats(args))(*args)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    for one, two in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("fn", "args"), PROGRAMS)
def test_the_trips_may_run_in_any_order(fn, args):
    """With the trips of the marked loops backwards, the loops compute the same."""
    from pullback.compiler.legalise_numba import cache

    expected = pb.value_and_grad(fn, wrt=floats(args))(*args)
    with interpreted():
        load = cache.compiled
        cache.compiled = lambda text, name: load(text.replace(
            "from numba import prange", "prange = lambda *a: reversed(range(*a))"), name)
        found = pb.value_and_grad(fn, wrt=floats(args), backend="numba", parallel=True)(*args)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    for one, two in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-13)


def marked(*lines, before=("t = 0.0", "a = np.empty(n)", "b = np.empty((n, n))"), after=("return a",)):
    """Is a loop over i with these lines marked as parallel?"""
    body = [Line(line) for line in lines]
    items = [*map(Line, before), Block("for i in range(n):", body), *map(Line, after)]
    threads = Parallel(items, ["x", "n"])
    threads.run()
    return threads.found == 1


@pytest.mark.parametrize("lines", [
    ("a[i] = x[i] + x[i - 1]",), ("a[i] += x[i]",), ("t = x[i]", "a[i] = t * t"), ("b[i, 0] = b[i, 1]",),
    ("a[n - 1 - i] = x[i]",)])
def test_independent_loops_are_found(lines):
    assert marked(*lines, after=("return (a, b)",))


@pytest.mark.parametrize("lines", [
    ("a[i] = a[i - 1]",),  # reads another trip's element
    ("a[0] = x[i]",),  # all trips store to one element
    ("a[2 * i] = x[i]", "a[i] = 1.0"),
    ("t += x[i]",),  # a sum
    ("a[i] = t", "t = x[i]"),  # hands a number to the next trip
    ("a[k[i]] = x[i]",),  # places that the data choose
    ("a[i] = np.sum(a)",),  # reads the whole array
    ("if x[i] < 0: raise ValueError()", "a[i] = x[i]"),
    ("if x[i] < 0: break", "a[i] = x[i]"),
    ("a[i] = true_divide(x[i], x[i])",),  # may raise
    ("a[i] = call_sort(x)[i]",),  # Python's function
    ("x[i] = 1.0",),  # the caller's array
])
def test_dependent_loops_are_left_alone(lines):
    assert not marked(*lines)


def test_a_value_that_is_read_after_the_loop_is_not_private():
    assert not marked("t = x[i]", "a[i] = t", after=("return t",))
    assert marked("t = x[i]", "a[i] = t", after=("t = 1.0", "return t"))


def test_two_names_of_one_array():
    assert not marked("a[i] = c[i - 1]", before=("a = np.empty(n)", "c = a"))
    assert not marked("c[i] = x[i]", "a[i] = c[i - 1]", before=("a = np.empty(n)", "c = a[1:]"))


def test_parallel_needs_compiled_loops():
    for operator in (pb.grad, pb.value_and_grad, pb.differentiable):
        with pytest.raises(ArgumentError, match="parallel=True with backend='numpy'"):
            operator(elementwise, parallel=True)


def test_decorators_take_it():
    @pb.grad(backend="numba", parallel=True)
    def f(x):
        return np.sum(np.sin(x) * x)

    @pb.differentiable(backend="numba", parallel=True)
    def g(x):
        return np.sum(np.sin(x) * x)

    with interpreted():
        x = RNG.random((3, 2))
        np.testing.assert_allclose(f(x), np.cos(x) * x + np.sin(x))
        assert "prange(" in f.source
        t = pb.tensor(x, requires_grad=True)
        g(t).backward()
        np.testing.assert_allclose(t.grad.numpy(), np.cos(x) * x + np.sin(x))
        assert "prange(" in g.source


def test_off_by_default():
    with interpreted():
        gradient = pb.grad(elementwise, backend="numba")
        gradient(np.ones((2, 2)))
    assert "prange" not in gradient.source
