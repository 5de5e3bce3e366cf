"""The short way of `jvp` and `hvp`: the second call of known kinds gives what the first, and any other call, gives."""

import numpy as np
import pytest

import pullback as pb

X = np.array([1.0, 2.0, 3.0])


def scaled(x, k, n=2):
    return k * x ** n


def test_calls_of_other_kinds_in_between():
    push = pb.jvp(scaled)
    for _ in range(2):
        for dtype in (np.float64, np.float32):
            x = X.astype(dtype)
            value, tangent = push((x, 2.0, 2), (x, None, None))
            assert value.dtype == tangent.dtype == dtype
            np.testing.assert_allclose(tangent, 4.0 * x * x)
            np.testing.assert_allclose(push((x, 2.0, 3), (x, 1.0, None))[1], 6.0 * x ** 3 + x ** 3)
            np.testing.assert_allclose(push((x, 2.0, 2), (None, 1.0, None))[1], x * x)
        value, tangent = push((3.0, 2.0, 2), (1.0, None, None))
        assert (value, tangent) == (18.0, 12.0)
        assert type(tangent) is float
        np.testing.assert_allclose(push((X[:1], 2.0, 2), (X[:1], None, None))[1], [4.0])
        np.testing.assert_allclose(push((X, 2.0), (X, None))[1], 4.0 * X * X)
    assert len(push._quick.calls) >= 5


def test_what_does_not_fit_is_still_an_error():
    push = pb.jvp(scaled)
    for _ in range(2):
        push((X, 2.0, 2), (X, None, None))
        with pytest.raises(pb.ShapeError):
            push((X, 2.0, 2), (X[:2], None, None))
        with pytest.raises(pb.ArgumentError):
            push((X, 2.0, 2), (X, None))
        np.testing.assert_allclose(push((X, 2.0, 2), (np.ones(3, int), None, None))[1], 4.0 * X)
        with pytest.raises(pb.ArgumentError):
            push((X, 2.0, 2), (X, None, 1.0))


def inner(x):
    return x * x


def outer(x):
    return np.sum(inner(x) * x)


def test_a_function_that_is_bound_anew_is_seen(monkeypatch):
    product = pb.hvp(outer)
    for _ in range(3):
        np.testing.assert_allclose(product(X, X), 6.0 * X * X)
    monkeypatch.setitem(globals(), "inner", lambda x: x)
    for _ in range(2):
        np.testing.assert_allclose(product(X, X), 2.0 * X)


FACTOR = 2.0


def test_a_number_from_outside_is_read_at_each_call(monkeypatch):
    def f(x):
        return FACTOR * np.sum(x ** 3)

    product = pb.hvp(f)
    for _ in range(2):
        np.testing.assert_allclose(product(X, X), 12.0 * X * X)
    monkeypatch.setitem(globals(), "FACTOR", 1.0)
    np.testing.assert_allclose(product(X, X), 6.0 * X * X)


def test_the_second_call_shares_no_memory():
    push = pb.jvp(lambda x: x)
    for _ in range(3):
        v = np.ones(3)
        _, tangent = push((X,), (v,))
        tangent += 1.0
        np.testing.assert_array_equal(v, np.ones(3))


def test_hvp_by_other_arguments():
    def f(x, y):
        return np.sum(x ** 2 * y)

    for _ in range(2):
        np.testing.assert_allclose(pb.hvp(f)(X, X, X), 2.0 * X * X)
        np.testing.assert_allclose(pb.hvp(f, 1)(X, X, X), np.zeros(3))
        np.testing.assert_allclose(pb.hvp(f, wrt=(0, 1))(X, X, (X, X))[1], 2.0 * X * X)
        np.testing.assert_allclose(pb.hvp(f, wrt=-2)(X, X, X), 2.0 * X * X)
