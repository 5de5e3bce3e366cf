"""Checkpointed loops: right gradients, the fewest trips run again, the memory of the kept states."""

import functools
import tracemalloc

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline
from pullback.runtime import checkpoints
from pullback.runtime.errors import ArgumentError, UnsupportedError
from tests.language.checker import check

pipeline.DEFAULTS.verify = True


@functools.cache
def least(trips, free):
    """The least number of trips run, the first sweep included, found by trying every place for the next state."""
    if trips <= 1:
        return 0
    if free == 0:
        return trips * (trips - 1) // 2
    return min(m + least(trips - m, free - 1) + least(m, free) for m in range(1, trips))


def walked(trips, snapshots):
    """The schedule as generated code runs it: trips run again, most states kept at a time, trips in reverse order."""
    kept, free, keep, run = [], snapshots, 0, 0
    most = 0
    for t in range(trips):
        if t == keep:
            kept.append(t)
            free -= 1
            keep = checkpoints.next_kept(t, trips, free)
        run += t < trips - 1
        most = max(most, len(kept))
    for t in reversed(range(trips)):
        keep = checkpoints.next_kept(kept[-1], t + 1, free)
        for again in range(kept[-1], t):
            if again == keep:
                kept.append(again)
                free -= 1
                keep = checkpoints.next_kept(again, t + 1, free)
            run += 1
            most = max(most, len(kept))
        if kept[-1] == t:
            kept.pop()
            free += 1
    assert not kept
    return run, most


@pytest.mark.parametrize("snapshots", [1, 2, 3, 5, 8])
def test_the_schedule_runs_the_fewest_trips_that_so_many_states_allow(snapshots):
    for trips in range(1, 70):
        run, most = walked(trips, snapshots)
        assert run == least(trips, snapshots - 1), trips
        assert most <= snapshots + 1


def test_the_number_of_trips_is_that_of_the_binomial_formula():
    from math import comb

    for s, r in [(3, 4), (5, 3), (10, 2)]:
        trips = comb(s + r, s)
        assert walked(trips, s)[0] == r * trips - comb(s + r, s + 1)


def plain(x, a, n):
    u = x * 1.0
    v = 0.5
    for t in range(n):
        u = np.sin(u) * a + t * 0.1 * v
        v = v * np.mean(u) + 0.2
    return np.sum(u ** 2) + v


def kept(x, a, n, k):
    u = x * 1.0
    v = 0.5
    for t in pb.checkpointed(range(n), snapshots=k):
        u = np.sin(u) * a + t * 0.1 * v
        v = v * np.mean(u) + 0.2
    return np.sum(u ** 2) + v


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 20])
@pytest.mark.parametrize("k", [1, 2, 3, 30])
def test_gradients_are_those_of_the_plain_loop(n, k):
    x = np.array([0.3, -0.5])
    found = pb.value_and_grad(kept, wrt=(0, 1))(x, 1.1, n, k)
    expected = pb.value_and_grad(plain, wrt=(0, 1))(x, 1.1, n)
    assert found[0] == expected[0]
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


def test_ranges_with_start_and_step():
    def f(x):
        for t in pb.checkpointed(range(9, -2, -3), snapshots=2):
            x = np.tanh(x) * (t + 0.5)
        return np.sum(x)

    check(f, np.array([0.1, 0.2]))

    def g(x, first):
        for t in pb.checkpointed(range(first, 12, 2), snapshots=2):
            x = np.tanh(x) + 0.1 * t * x
        return np.sum(x)

    check(g, np.array([0.1, 0.2]), 1)


def test_stores_branches_and_loops_inside():
    def f(x, c):
        u = x.copy()
        for t in pb.checkpointed(range(8), snapshots=2):
            u[1:-1] = u[1:-1] + 0.1 * c * (u[2:] - 2 * u[1:-1] + u[:-2]) ** 2
            if u[1] > 0.5:
                for j in range(2):
                    u[j] = np.sin(u[j] * c)
            else:
                u[0] = u[0] * 1.01 * t
        return np.sum(u * x)

    check(f, np.array([0.9, 0.7, 0.2, -0.4, 0.3]), 0.7)


def test_inside_another_loop_and_nested():
    def f(x):
        s = 0.0
        for i in range(3):
            u = x * (i + 1.0)
            for t in pb.checkpointed(range(5), snapshots=2):
                u = np.sin(u) + 0.1 * t
                for _ in pb.checkpointed(range(3), snapshots=1):
                    u = u * np.cos(u)
            s = s + np.sum(u)
        return s

    check(f, np.array([0.3, 0.4]))


def test_second_derivatives():
    def f(x):
        for _ in pb.checkpointed(range(6), snapshots=2):
            x = np.sin(x) * 1.2
        return x

    def g(x):
        for _ in range(6):
            x = np.sin(x) * 1.2
        return x

    np.testing.assert_allclose(pb.grad(pb.grad(f))(0.7), pb.grad(pb.grad(g))(0.7), rtol=1e-12)


def test_split_form_and_repeated_pulls():
    x = np.array([0.3, -0.5])
    value, pull = pb.vjp(lambda x: kept(x, 1.1, 9, 3), x)
    first, second = pull(1.0), pull(2.0)
    np.testing.assert_allclose(2.0 * first[0], second[0])
    np.testing.assert_allclose(first[0], pb.grad(plain)(x, 1.1, 9))


def test_memory_is_that_of_the_kept_states():
    def step_plain(x, n):
        for _ in range(n):
            x = np.sin(x) * 1.01
        return np.sum(x)

    def step_kept(x, n):
        for _ in pb.checkpointed(range(n), snapshots=5):
            x = np.sin(x) * 1.01
        return np.sum(x)

    x = np.linspace(0.0, 1.0, 20_000)
    size = x.nbytes

    def peak(gradient, n):
        gradient(x, n)
        tracemalloc.start()
        gradient(x, n)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found / size

    full, small, longer = (peak(pb.grad(step_plain), 100), peak(pb.grad(step_kept), 100), peak(pb.grad(step_kept), 400))
    assert full > 95
    assert small < 5 + 1 + 8  # kept states, that of the last trip, and what one trip and its adjoint use
    assert longer < small + 1.5  # four times the trips, the same memory


def test_outside_a_gradient_nothing_changes():
    assert kept(np.ones(2), 1.1, 5, 2) == plain(np.ones(2), 1.1, 5)
    assert pb.checkpointed(range(3), snapshots=1) == range(3)


def test_refusals():
    with pytest.raises(ArgumentError, match="snapshots=0"):
        pb.checkpointed(range(3), snapshots=0)
    with pytest.raises(ArgumentError, match="snapshots=-1"):
        pb.grad(kept)(np.ones(2), 1.1, 5, -1)

    def printing(x):
        for _ in pb.checkpointed(range(3), snapshots=1):
            print(x)
            x = np.sin(x)
        return x

    with pytest.raises(UnsupportedError, match="print.*in a checkpointed loop"):
        pb.grad(printing)(1.0)

    def over_array(x):
        s = 0.0
        for v in pb.checkpointed(x, snapshots=2):
            s = s + v
        return s

    with pytest.raises(UnsupportedError, match="no range"):
        pb.grad(over_array)(np.ones(3))


def test_a_loop_that_ends_early():
    def early(x):
        for t in pb.checkpointed(range(10), snapshots=2):
            x = np.sin(x) * 1.1
            if x < 0.85 and t > 2:
                break
        return x

    check(early, 1.0)
