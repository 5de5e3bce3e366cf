"""Shuffled arrays, arrays that get another shape, slices of lists whose length only the run knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check

X = np.array([0.5, 1.5, -2.0, 0.25])
W = np.array([1.0, 2.0, 4.0, 8.0])


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("shape", [(4,), (2, 2), (0,)])
def test_shuffle_draws_what_numpy_draws(make: Any, shape: Any) -> None:
    rng = make(0)
    seen: list[Any] = []

    def f(x: Any) -> Any:
        y = x * 2
        alias = y
        rng.shuffle(y)
        seen.append(y * 1)
        return np.sum(alias * W[:x.size].reshape(x.shape))

    x = X[:np.prod(shape)].reshape(shape)
    gradient = pb.grad(f)(x)
    expected, order, other = x * 2, np.arange(x.size).reshape(shape), make(0)
    other.shuffle(expected)
    make(0).shuffle(order)
    np.testing.assert_array_equal(seen[0], expected)
    wanted = np.zeros(x.size)
    wanted[order.ravel()] = 2 * W[:x.size]
    np.testing.assert_allclose(gradient, wanted.reshape(shape))
    assert rng.random_sample() == other.random_sample() if make is np.random.RandomState else rng.random() == other.random()


def test_the_module_s_shuffle_and_seed() -> None:
    def f(x: Any) -> Any:
        np.random.seed(3)
        y = x * x
        np.random.shuffle(y)
        return np.sum(y * W)

    check(f, X)


def test_permutation_and_permuted_of_an_array() -> None:
    def f(x: Any) -> Any:
        rng = np.random.default_rng(1)
        m = rng.permuted(x.reshape(2, 2) ** 2)
        return np.sum(rng.permutation(x) * W) + m[0, 0] * m[1, 1]

    check(f, X)


def test_shuffles_that_are_refused() -> None:
    def of_a_list(x: Any) -> Any:
        parts = [x[0], x[1]]
        np.random.default_rng(0).shuffle(parts)
        return parts[0]

    def of_rows(x: Any) -> Any:
        return np.random.default_rng(0).permuted(x.reshape(2, 2), axis=1)[0, 0]

    for fn in (of_a_list, of_rows):
        with pytest.raises(UnsupportedError, match=r"y\[rng\.permutation\(len\(y\)\)\]"):
            pb.grad(fn)(X)


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")  # of NumPy 2.5, as in Python
def test_a_new_shape_is_seen_by_every_name() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        z = y
        y.shape = (2, 2)
        z[0, 1] = x[0] * 5
        return np.sum(y @ y) + y.T.ravel()[1]

    check(f, X)


def test_a_new_shape_of_an_array_that_shares_memory_is_refused() -> None:
    def viewed(x: Any) -> Any:
        y = x * 2
        v = y[1:]
        y.shape = (2, 2)
        return np.sum(y) + np.sum(v)

    def view(x: Any) -> Any:
        y = x[:]
        y.shape = (2, 2)
        return np.sum(y)

    for fn in (viewed, view):
        with pytest.raises(UnsupportedError, match="shares its memory"):
            pb.grad(fn)(X)


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")  # of NumPy 2.5, as in Python
def test_a_new_shape_that_numpy_refuses_raises() -> None:
    def f(m: Any) -> Any:
        y = m * 2
        y.shape = (4,)
        return np.sum(y * W)

    np.testing.assert_allclose(pb.grad(f)(X.reshape(2, 2)), 2 * W.reshape(2, 2))
    with pytest.raises((AttributeError, ValueError, UnsupportedError)):
        f(np.asfortranarray(X.reshape(2, 2)))
    with pytest.raises((AttributeError, ValueError, UnsupportedError)):
        pb.grad(f)(np.asfortranarray(X.reshape(2, 2)))


@pytest.mark.parametrize("bounds", [(None, 1), (1, None), (1, 2), (2, 1), (-1, None), (None, -1), (-2, -1), (1, 0), (0, 0)])
def test_slices_of_a_list_that_grew_are_stored_to(bounds: Any) -> None:
    start, stop = bounds

    def f(x: Any) -> Any:
        found = []
        for v in x:
            if v > 0.3:
                found.append(v)
        found[start:stop] = [x[0] * x[1], x[3] * 2, x[2]]
        return sum((k + 1) * v for k, v in enumerate(found)) * len(found)

    check(f, X)
    check(f, X * 0)


def test_a_slice_of_a_list_that_grew_of_unknown_order_is_refused() -> None:
    def f(x: Any) -> Any:
        found = []
        for v in x:
            if v > 0.3:
                found.append(v)
        found[1:-1] = [x[0]]
        return sum(found)

    with pytest.raises(UnsupportedError, match="Which of its ends comes first"):
        pb.grad(f)(X)


@pytest.mark.parametrize("how", ["sum", "insert", "slice", "branch", "loop", "item", "nested"])
def test_an_array_that_a_grown_list_holds_may_not_change(how: str) -> None:
    def f(x: Any) -> Any:
        a = x * 1
        rows: Any = [[a]] if how == "nested" else [a] if how in ("branch", "loop") else [a, x * 2] if how == "item" else []
        if how == "branch":
            if x[0] > 0:
                rows.append(x * 2)
        elif how == "item":
            x = x + rows[int(x[0])]
        else:
            for v in x:
                rows.append([x * v] if how == "nested" else x * v)
        if how == "sum":
            rows = rows + [a]
        elif how == "insert":
            rows.insert(0, a)
        elif how == "slice":
            rows[:1] = [a]
        a *= 3
        return sum(np.sum(r[0] if how == "nested" else r) for r in rows) + np.sum(x)

    if how in ("sum", "insert", "slice", "loop", "nested"):
        check(f, X)  # written out for this length
    with pytest.raises(UnsupportedError, match="A list whose length only the run knows holds the array"):
        pb.grad(f)(np.ones(1000))
