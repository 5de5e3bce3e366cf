"""Which parts of an array share elements, and gradients that are stored part by part."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.domains.kinds import PY_INT
from pullback.compiler.ir import Var
from pullback.compiler.transforms.regions import Region, disjoint, make_up_all

N = Var("n", PY_INT)


def cut(start, stop, axis=0):
    return Region(axis, start if isinstance(start, tuple) else (start, None),
                  stop if stop is None or isinstance(stop, tuple) else (stop, None))


@pytest.mark.parametrize(("a", "b", "expected"), [
    (cut(0, 2), cut(2, 3), True), (cut(0, 3), cut(2, 3), False), (cut(5, None), cut(0, 5), True),
    (cut(5, None), cut(0, None), False), (cut(0, (1, N)), cut((1, N), None), True),
    (cut(0, (1, N)), cut((2, N), (3, N)), True), (cut(0, (2, N)), cut((1, N), None), False),
    (cut(0, (1, N)), cut(3, None), False), (cut(0, 2, axis=0), cut(2, 3, axis=1), False)])
def test_parts_share_nothing_where_one_ends_before_the_other(a, b, expected):
    assert disjoint(a, b) is expected
    assert disjoint(b, a) is expected


def test_parts_make_up_all_where_each_begins_at_the_end_of_another():
    assert make_up_all([cut((1, N), (2, N)), cut(0, (1, N)), cut((2, N), None)])
    assert not make_up_all([cut(0, (1, N)), cut((2, N), None)])
    assert not make_up_all([cut(0, (1, N)), cut((1, N), (2, N))])
    assert not make_up_all([cut(0, 2, axis=0), cut(2, None, axis=1)])


def gates(x):
    n = x.shape[1] // 3
    return np.sum(np.sin(x[:, :n])) + np.sum(x[:, n : 2 * n] ** 3) + np.sum(np.cos(x[:, 2 * n :]))


def halves(x, w):
    n = w.shape[0]
    return np.sum(np.sin(x[:n]) * w) + np.sum(x[n:] ** 3)


def overlapping(x, w):
    n = w.shape[0]
    return np.sum(np.sin(x[:n]) * w) + np.sum(x[1:] ** 3)


def literal(x):
    return np.sum(np.sin(x[:3])) + np.sum(x[3:6] ** 3) + x[7] ** 2


def with_gap(x, w):
    n = w.shape[0]
    return np.sum(np.sin(x[:n]) * w) + np.sum(x[2 * n :] ** 3)


@pytest.mark.parametrize(("fn", "shapes"), [
    (gates, [(2, 9)]), (gates, [(2, 31)]), (halves, [(20,), (10,)]), (halves, [(4,), (2,)]), (halves, [(10,), (10,)]),
    (overlapping, [(20,), (10,)]), (literal, [(9,)]), (with_gap, [(30,), (10,)]), (with_gap, [(15,), (10,)])])
def test_a_gradient_stored_part_by_part_is_right(fn, shapes):
    rng = np.random.default_rng(0)
    arguments = [rng.standard_normal(shape) for shape in shapes]
    gradient = pb.grad(fn)(*arguments)
    expected = np.zeros(shapes[0])
    for at in np.ndindex(*shapes[0]):
        step = np.zeros(shapes[0])
        step[at] = 1e-6
        expected[at] = (fn(arguments[0] + step, *arguments[1:]) - fn(arguments[0] - step, *arguments[1:])) / 2e-6
    np.testing.assert_allclose(gradient, expected, atol=1e-8)


def test_zeros_are_made_only_where_parts_may_be_missing():
    x, w = np.ones(20), np.ones(10)
    text = pb.grad(halves).source_for(x, w)
    assert "np.empty_like(x)" in text
    assert "+=" not in text
    assert "np.zeros_like(x)" in pb.grad(with_gap).source_for(x, w)
    assert "+=" in pb.grad(overlapping).source_for(x, w)
    assert "+=" not in pb.grad(literal).source_for(np.ones(9))
