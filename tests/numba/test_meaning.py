"""Compiled numbers mean what Python's mean: errors, bounds, wide integers, axes of length 1, types."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

X = np.array([0.5, 1.5, -2.0])


def raises(error, fn, *args, match=None):
    """Both back ends raise it, compiled code as interpreted code."""
    for backend in ("numpy", "numba"):
        with pytest.raises(error, match=match):
            pb.grad(fn, backend=backend)(*args)


def test_an_index_out_of_range_raises_before_the_loop():
    def f(x, n):
        total = 0.0
        for i in range(n):
            total += x[i] ** 2
        return total

    raises(IndexError, f, X, 4)
    assert pb.grad(f, backend="numba")(X, 2).tolist() == [1.0, 3.0, 0.0]
    assert pb.grad(f, backend="numba")(X, 0).tolist() == [0.0, 0.0, 0.0]


def test_an_index_counts_from_the_end():
    def f(x, n):
        return x[-1] * x[n] + x[n - 2]

    with interpreted():
        agree(f, X, -1, types=False)
        agree(f, X, 1, types=False)


def test_a_loop_without_trips_checks_nothing():
    def f(x, n):
        total = np.sum(x)
        for i in range(5, n):
            for j in range(i, n):
                total += x[i] * x[j]
        return total

    with interpreted():
        agree(f, X, 3, types=False)
        agree(f, np.arange(7.0), 7, types=False)
        with pytest.raises(IndexError):
            pb.grad(f, backend="numba")(X, 6)


def test_division_by_zero_of_python_numbers_raises():
    raises(ZeroDivisionError, lambda x, y: x / y, 1.0, 0.0)


def test_a_domain_error_raises():
    raises(ValueError, lambda x: math.log(x) * x, -1.0, match="math domain error|positive input")


def test_integers_past_64_bits_raise():
    def f(x, n):
        product = 1
        for i in range(1, n):
            product = product * i
        return x * float(product)

    assert pb.grad(f, backend="numba")(2.0, 6) == 120.0
    with pytest.raises(OverflowError):
        pb.grad(f, backend="numba")(2.0, 30)


def test_an_axis_of_length_one_is_stretched_at_run_time():
    def f(path):
        total = 0.0
        for k in range(path.shape[0]):
            through = path[:, k:k + 1] + path[k:k + 1, :]
            total += np.sum(np.exp(-through) * path)
        return total

    def clipped(x):
        total = 0.0
        for i in range(x.shape[0]):
            total += np.sum(x[i:i + 2]) ** 2
        return total

    with interpreted():
        agree(f, np.random.default_rng(0).random((3, 3)), types=False)
        agree(lambda a, b: np.sum(a[1:] * b[1:]), np.array([1.0, 2.0]), X, types=False)
        agree(clipped, X, types=False)


def test_shapes_that_do_not_fit_raise():
    for backend in ("numpy", "numba"):
        with pytest.raises(ValueError, match="broadcast"):
            pb.value_and_grad(lambda a, b: np.sum(a * b), backend=backend)(X, np.ones(4))


def test_float32_stays_float32():
    x = np.array([0.5, 1.5], np.float32)
    gradient = pb.grad(lambda x: np.sum(x * 0.1 + np.exp(x)), backend="numba")(x)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, 0.1 + np.exp(x), rtol=1e-6)


def test_an_array_bound_anew_in_a_loop_is_saved():
    def f(x, steps):
        total = 0.0
        for _ in range(steps):
            y = x[0:2] * x[1:3]
            total += np.sum(np.sin(y))
            x = x + 0.1 * np.cos(x)
        return total

    with interpreted():
        agree(f, X, 3, types=False)


def test_arguments_in_containers():
    def f(params, x):
        return np.sum(params["w"] * x) + params["b"][0] ** 2

    params = {"w": np.array([1.0, 2.0]), "b": [3.0, 4]}
    with interpreted():
        found = pb.grad(f, backend="numba")(params, np.array([5.0, 6.0]))
    assert found["w"].tolist() == [5.0, 6.0]
    assert found["b"] == [6.0, None]


def test_captured_arrays_are_read_at_each_call():
    scale = np.array([1.0, 2.0, 3.0])
    gradient = pb.grad(lambda x: np.sum(x * scale), backend="numba")
    assert gradient(X).tolist() == [1.0, 2.0, 3.0]
    scale[0] = 9.0
    assert gradient(X).tolist() == [9.0, 2.0, 3.0]


def test_arrays_that_are_not_contiguous():
    x = np.arange(12.0).reshape(3, 4)
    gradient = pb.grad(lambda x: np.sum(x[:, 1:] ** 2 * x[:, :-1]), backend="numba")
    expected = pb.grad(lambda x: np.sum(x[:, 1:] ** 2 * x[:, :-1]))
    for given in (x, x.T, x[::2], np.asfortranarray(x)):
        np.testing.assert_allclose(gradient(given), expected(given))


def test_what_cannot_be_compiled_is_named():
    def f(x):
        return np.linalg.norm(x, 1)

    with pytest.raises(UnsupportedError, match=r"this order of `np.linalg.norm` with backend='numba'") as caught:
        pb.grad(f, backend="numba")(np.eye(2))
    assert caught.value.where is not None


def test_a_try_is_refused_at_its_place():
    def f(x):
        try:
            y = np.linalg.inv(x)
        except np.linalg.LinAlgError:
            y = x
        return np.sum(y)

    with pytest.raises(UnsupportedError, match="`try` with backend='numba'") as caught:
        pb.grad(f, backend="numba")(np.eye(2))
    assert caught.value.where is not None


def test_nan_stays_in_a_maximum():
    with interpreted(), np.errstate(all="ignore"):
        value, _ = pb.value_and_grad(lambda x: np.max(x) + np.min(x), backend="numba")(np.array([1.0, np.nan, 3.0]))
    assert np.isnan(value)


def test_source_shows_the_loops():
    def f(x):
        total = 0.0
        for i in range(x.shape[0]):
            total += x[i] ** 3
        return total

    gradient = pb.grad(f, backend="numba")
    gradient(X)
    assert "for i in range(x_0 - 1, -1, -1):" in gradient.source
    assert "@njit(cache=True, error_model='numpy')" in gradient.source
