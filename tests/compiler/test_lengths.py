"""What is known of lengths: long axes, slices of them, and what the generated text leaves out for it."""

import inspect

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.domains.kinds import LONG, Array, Sym, covers, join
from pullback.compiler.domains.lengths import longer, product, shorter, slice_length, total
from pullback.compiler.kind_notation import parse_arguments
from tests.language.checker import check


def smooth(a, b):
    b = np.copy(b)
    b[1:-1] = 0.5 * (a[:-2] + a[2:])
    return np.sum(b * b * b)


def test_a_slice_of_a_long_axis_is_not_summed_over():
    gradient = pb.grad(smooth, wrt=("a", "b"))
    long = np.linspace(0.0, 1.0, LONG)
    assert "unbroadcast" not in gradient.source_for(long, long)
    assert "unbroadcast" in gradient.source_for(long[1:], long[1:])


@pytest.mark.parametrize("sizes", [(3, 3), (3, 7), (3, LONG), (3, 20), (LONG, LONG), (12, 12), (LONG - 1, LONG - 1)])
def test_slices_of_short_axes_still_broadcast(sizes):
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(n) for n in sizes)
    check(smooth, a, b)


def test_one_function_serves_short_and_long_axes_in_turn():
    gradient = pb.grad(smooth, wrt="a")
    wide = gradient(np.ones(3), np.ones(20))
    assert wide.tolist() == [27.0, 0.0, 27.0]  # one element is stored 18 times
    for n in (20, 3, LONG, 3):
        assert gradient(np.ones(n), np.ones(n)).shape == (n,)
    assert np.array_equal(gradient(np.ones(3), np.ones(20)), wide)


def test_lengths_of_slices():
    n = Sym(one=False, least=10)
    assert shorter(n, 2).least == 8
    assert not shorter(n, 8).one
    assert shorter(n, 9).one
    assert shorter(shorter(n, 4), 5).one
    assert longer(n, 3).least == 13
    assert slice_length(n, None, 3, 1) == 3
    assert slice_length(n, -10, None, 1) == 10
    assert slice_length(n, 9, 10, 1) == 1
    assert isinstance(slice_length(n, 10, 11, 1), Sym)
    assert isinstance(slice_length(n, -11, None, 1), Sym)
    assert slice_length(n, -3, -1, 1) == 2
    assert slice_length(n, None, None, 2).least == 5
    assert slice_length(n, 1, -1, 3).least == 3
    assert product([n, n]).least == 100
    assert total([n, n, 2]).least == 22


def test_a_loop_that_shortens_an_array_forgets_its_length():
    ten, nine = (Array(np.dtype("f8"), (Sym(one=False, least=k),)) for k in (10, 9))
    assert join(ten, nine).shape[0].least == 0
    assert covers(nine, ten)
    assert not covers(ten, nine)

    def halve(x):
        while x.size > 1:
            x = x[1:] * x[:-1]
        return np.sum(x)

    check(halve, np.linspace(0.8, 1.2, 10))


def crossed(a, x):
    r = np.cross(a[:, :3], x[:, 6:9])
    root = np.sqrt(np.sum(r * r, axis=1, keepdims=True))
    seen = r * root
    flat = seen[:, :2] / seen[:, 2:3]
    return np.sum(flat * flat)


def test_cross_and_reads_that_cover_the_array():
    rng = np.random.default_rng(1)
    a, x = rng.standard_normal((12, 10)), rng.standard_normal((12, 9))
    check(crossed, a, x, tolerance=1e-5)
    text = pb.grad(crossed, wrt=("a", "x")).source_for(a, x)
    assert "unbroadcast" not in text
    assert "!= 0.0" not in text  # all of `seen` is read: no mask for what was not
    assert "moveaxis" not in text


def partly(a):
    """The first column is not read, and its root has no derivative at 0."""
    r = np.sqrt(a[:, :3])
    return np.sum(r[:, 1:2]) + np.sum(r[:, 2:3])


def chosen(a):
    """All columns are read, but not all elements of them count."""
    r = np.sqrt(a[:, :3])
    left, right = r[:, :2], r[:, 2:3]
    return np.sum(np.where(left > 0, left, 0.0)) + np.sum(right)


@pytest.mark.parametrize("fn", [partly, chosen])
def test_what_is_not_read_never_leaks_nan(fn):
    a = np.full((10, 9), 4.0)
    a[:, 0] = 0.0
    with np.errstate(all="raise"):
        gradient = pb.grad(fn)(a)
    assert np.all(np.isfinite(gradient))
    assert np.all(gradient[:, 0] == 0.0)


def paired(scores):
    n = scores.shape[0]
    best = np.zeros((n, n))
    for i in range(n - 2, -1, -1):
        for j in range(i + 1, n):
            value = best[i, j - 1] * best[i + 1, j] + scores[i, j]
            for k in range(i + 1, j):
                value = value + np.sin(best[i, k] + best[k + 1, j])
            best[i, j] = value
    return np.sum(best * best)


def swept(u, steps):
    for t in range(steps):
        for i in range(1, u.shape[0] - 1):
            u[i] = u[i] + 0.1 * u[i - 1] * u[i + 1] * (t + 1)
    return np.sum(u * u)


def test_elements_are_saved_instead_of_the_array_of_each_trip():
    scores = np.random.default_rng(2).standard_normal((5, 5))
    check(paired, scores, tolerance=1e-5)
    text = pb.grad(paired).source_for(scores)
    assert "best_tape" not in text
    assert "np.array(best)" not in text


def test_a_sweep_over_the_array_is_right():
    def loss(u):
        return swept(np.copy(u), 3)

    check(loss, np.linspace(0.2, 1.0, 6), tolerance=1e-5)


def test_the_sum_of_what_is_negated_is_negated():
    def loss(x, m):
        return np.sum(np.sin(x - m))

    text = pb.grad(loss, wrt=("x", "m")).source_for(np.ones((4, 3)), np.ones(3))
    assert "-np.sum(" in text
    check(loss, np.random.default_rng(3).standard_normal((4, 3)), np.arange(3.0))


def test_a_written_length_is_long_or_short_as_that_of_an_array():
    gradient = pb.grad(smooth, wrt=("a", "b"))
    for length, unsure in (("20", False), ("5", True), (":", True)):
        specs = parse_arguments(f"a: f8[{length}], b: f8[{length}]", inspect.signature(smooth))
        assert ("unbroadcast" in gradient.text_of(gradient.variant(specs), False)) == unsure
