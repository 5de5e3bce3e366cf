"""A cotangent that nobody else reads is scaled in place; one that is a result, an argument or read again is not."""

import numpy as np
import pytest

import pullback as pb
from benchmarks.contenders import check_by_differences
from benchmarks.problem import Program

A = np.array([[0.5, -0.2], [0.1, 0.9], [-0.4, 0.3]])
X = np.array([0.7, -1.1, 0.4])


def chain(x, w):
    h = np.tanh(x @ w)
    g = np.tanh(h)
    return np.sum(g * g)


def read_twice(x, w):
    h = x @ w
    g = np.sin(h)
    return np.sum(g * h) + np.sum(h)


def a_result(x, w):
    return np.sum(np.sin(x * w) * x)


@pytest.mark.parametrize(("fn", "arguments", "wrt"), [
    (chain, (X, A), ("x", "w")), (read_twice, (X, A), ("x", "w")), (a_result, (X, X[::-1].copy()), ("x", "w"))])
def test_gradients_are_right(fn, arguments, wrt):
    value, gradients = pb.value_and_grad(fn, wrt=wrt)(*arguments)
    check_by_differences(Program("f", fn, arguments, wrt), [np.asarray(value), *gradients])


def test_the_text_scales_in_place():
    assert "d_h *= h\n" in pb.grad(chain, wrt=("x", "w")).source_for(X, A)


def test_the_pullback_leaves_its_cotangent_alone():
    value, pull = pb.vjp(lambda x: np.tanh(np.sin(x)), X)
    seed = np.ones_like(value)
    first = pull(seed)[0]
    np.testing.assert_array_equal(seed, np.ones(3))
    np.testing.assert_array_equal(pull(seed)[0], first)
