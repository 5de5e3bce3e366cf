"""Softmax and log-sum-exp do not depend on their shift; what reads one of their parts besides does."""

import numpy as np
import pytest

import pullback as pb

X, M = np.linspace(-1.0, 1.0, 4), np.array(0.3)


def softmax(x, m):
    e = np.exp(x - m)
    return np.sum(e / np.sum(e) * np.arange(4.0))


def softmax_and_part(x, m):
    e = np.exp(x - m)
    return e / np.sum(e), e


def softmax_and_shifted(x, m):
    u = x - m
    e = np.exp(u)
    return e / np.sum(e), u


def log_softmax(x, m):
    u = x - m
    return u - np.log(np.sum(np.exp(u)))


def log_softmax_and_shifted(x, m):
    u = x - m
    return u - np.log(np.sum(np.exp(u))), u


def log_sum(x, m):
    return m + np.log(np.sum(np.exp(x - m)))


def log_sum_and_sum(x, m):
    total = np.sum(np.exp(x - m))
    return m + np.log(total), total


def log_sum_and_logarithm(x, m):
    logarithm = np.log(np.sum(np.exp(x - m)))
    return m + logarithm, logarithm


def carried_out(x, m):
    kept = x
    for _ in range(2):
        e = np.exp(x - m)
        x = x + e / np.sum(e)
        kept = e
    return np.sum(kept * x)


def joined(x, m):
    e = np.exp(x - m)
    if x[0] < 0:
        kept = e
    else:
        kept = x
    return np.sum(kept * x) + np.sum(e / np.sum(e) * x)


FUNCTIONS = (softmax, softmax_and_part, softmax_and_shifted, log_softmax, log_softmax_and_shifted, log_sum,
             log_sum_and_sum, log_sum_and_logarithm, carried_out, joined)


def flat(value):
    return np.concatenate([np.ravel(v) for v in (value if isinstance(value, tuple) else (value,))])


@pytest.mark.parametrize("fn", FUNCTIONS, ids=lambda fn: fn.__name__)
def test_tangents_and_cotangents_are_those_of_the_differences(fn):
    """A result that is also a part of the pattern is read: before, its cotangent did not reach the shift."""
    rng = np.random.default_rng(1)
    t_x, t_m = rng.standard_normal(4), rng.standard_normal(())
    step = 1e-6
    expected = (flat(fn(X + step * t_x, M + step * t_m)) - flat(fn(X - step * t_x, M - step * t_m))) / (2 * step)
    _, tangent = pb.jvp(fn, (X, M), (t_x, t_m))
    np.testing.assert_allclose(flat(tangent), expected, rtol=1e-7, atol=1e-8)
    value, pull = pb.vjp(fn, X, M)
    cotangent = tuple(rng.standard_normal(np.shape(v)) for v in value) if isinstance(value, tuple) \
        else rng.standard_normal(np.shape(value))
    d_x, d_m = pull(cotangent)
    np.testing.assert_allclose(np.sum(d_x * t_x) + d_m * t_m, np.sum(flat(cotangent) * flat(tangent)), rtol=1e-11)


def log_sum_of(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def test_second_derivatives_do_not_compute_the_tangent_of_the_largest():
    v = np.linspace(1.0, 2.0, 4)
    product = pb.hvp(log_sum_of)
    p = np.exp(X - log_sum_of(X))
    np.testing.assert_allclose(product(X, v), p * v - p * np.sum(p * v), rtol=1e-13)
    assert "==" not in product.source
    tied = np.ones(4)
    np.testing.assert_allclose(product(tied, v), v / 4 - np.mean(v) / 4, rtol=1e-13)


def test_pulling_leaves_the_cotangents_as_they_are():
    """A number's cotangent may come as an array of no dimension, which an accumulation must not write into."""
    _, pull = pb.vjp(log_sum_and_sum, X, M)
    given = (np.array(1.0), np.array(2.0))
    first, second = pull(given), pull(given)
    assert given == (1.0, 2.0)
    np.testing.assert_array_equal(first[0], second[0])
