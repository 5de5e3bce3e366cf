"""Gradients of loops that end early, skip, return, and have an `else`."""

import numpy as np
import pytest

import pullback as pb

from .checker import check

X = np.array([0.5, 1.5, -0.7, 2.5])


@pytest.mark.parametrize("limit", [0.0, 1.0, 2.0, 9.0])
def test_break_over_array(limit):
    def f(x):
        total = 0.0
        for v in x:
            if v > limit:
                break
            total = total + v**2
        return total * v

    check(f, X)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_break_over_range(n):
    def f(x, y):
        total = 1.0
        for i in range(n):
            total = total * (x[i] + y)
            if total > 2.0:
                break
            total = total * y
        return total * (i + 1)

    check(f, X, 1.3)


def test_break_over_range_of_no_trips():
    def f(x):
        total = x[0] * 2.0
        for i in range(0):
            total = total * i
            if total > 1.0:
                break
        return total

    check(f, X)


def test_break_downwards():
    def f(x):
        total = 0.0
        for i in range(3, -1, -1):
            if x[i] < 0.0:
                break
            total += x[i] ** 3
        return total + x[i]

    check(f, X)


def test_while_true():
    def newton(a):
        x = a
        while True:
            step = (x * x - a) / (2.0 * x)
            x = x - step
            if abs(step) < 1e-9:
                break
        return x

    check(newton, 2.7)


def test_while_test_is_not_evaluated_after_break():
    def f(x):
        i = 0
        total = 0.0
        while x[i] < 2.0 * len(x):
            total += np.sin(x[i])
            i += 1
            if i == 4:
                break
        return total

    check(f, X)


def test_while_with_break_in_nested_branch():
    def f(x, y):
        n = 0
        while n < 6:
            n += 1
            if x > 1.0:
                if x * y > 3.0:
                    break
                x = x * 1.1
            y = y * x
        return y * x

    check(f, 0.9, 1.2)
    check(f, 1.1, 1.2)
    check(f, 1.5, 4.0)


@pytest.mark.parametrize("limit", [0.0, 1.0, 2.0, 9.0])
def test_return_inside_loop(limit):
    def f(x):
        for v in x:
            if v > limit:
                return v**2
        return np.sum(x)

    check(f, X)


def test_return_from_nested_loops():
    def f(a, limit):
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                if a[i, j] > limit:
                    return a[i, j] ** 2 * (i + 1)
        return np.sum(a)

    a = np.arange(6.0).reshape(2, 3)
    for limit in (-1.0, 1.5, 3.5, 9.5):
        check(lambda m: f(m, limit), a)


def test_two_different_returns_in_one_loop():
    def f(x, y):
        for v in x:
            if v > 2.0:
                return v * y
            if v < -1.0:
                return v**2
            y = y * v
        return y

    check(f, X, 1.5)
    check(f, -X, 1.5)
    check(f, X / 4, 1.5)


def test_while_true_that_returns():
    def f(x):
        n = 0
        while True:
            x = x * x
            n += 1
            if x > 10.0:
                return x * n

    check(f, 1.4)


def test_continue():
    def f(x):
        total = 0.0
        for v in x:
            if v < 0.0:
                continue
            total += v**2
            if total > 2.0:
                total = total * v
                continue
            total += v
        return total

    check(f, X)


def test_continue_in_nested_branch_of_a_while():
    def f(x, y):
        n = 0
        while n < 5:
            n += 1
            if n > 1:
                if n == 3:
                    continue
                y = y * x
            x = x + y
        return x * y

    check(f, 0.3, 0.7)


def test_for_else():
    def f(x, limit):
        for v in x:
            if v > limit:
                y = v * 3.0
                break
        else:
            y = np.sum(x) ** 2
        return y

    for limit in (1.0, 9.0):
        check(lambda x: f(x, limit), X)


def test_while_else_without_break():
    def f(x):
        n = 0
        while n < 3:
            x = x * x
            n += 1
        else:
            x = x + 1.0
        return x

    check(f, 1.1)


def test_early_returns():
    def f(x, y):
        if x < 0.0:
            return x * y
        if x > 1.0:
            if y > 1.0:
                return x**2 * y
            x = x * y
        z = np.exp(x)
        if z > 3.0:
            return z
        return z * y

    for x, y in ((-1.0, 2.0), (1.5, 2.0), (1.5, 0.9), (0.5, 0.9), (1.01, 0.3)):
        check(f, x, y)


def test_early_return_in_helper_of_a_tuple():
    def split(x):
        if x[0] > 1.0:
            if x[1] > 0.0:
                return x[0], x[1]
            x = x * 2.0
        return np.sum(x), np.prod(x)

    def f(x):
        a, b = split(x)
        return a * b

    for x in ([2.0, 3.0], [2.0, -3.0], [0.5, 0.7]):
        check(f, np.array(x))


def test_break_in_unrolled_loop():
    def f(x, y):
        total = 0.0
        for v in (x, y, x * y):
            if v > 2.0:
                break
            total = total + v**2
        else:
            total = total * y
        return total

    check(f, 1.2, 1.3)
    check(f, 1.6, 1.7)
    check(f, 2.6, 1.7)


def test_chain_keeps_the_middle():
    def f(x):
        if 0.0 < np.sum(x) ** 2 < 20.0:
            return np.sum(x**2)
        return np.sum(x)

    check(f, X)
    check(f, 3 * X)


def test_stores_before_break():
    def f(x):
        y = np.zeros(4)
        for i in range(4):
            y[i] = x[i] ** 2
            if x[i] < 0.0:
                break
            y[i] = y[i] * 2.0
        return np.sum(y)

    check(f, X)


def test_generated_loop_ends_where_the_loop_ended():
    def f(x, n):
        for i in range(n):
            x = x * x
            if x > 10.0:
                break
        return x

    gradient = pb.grad(f)
    assert np.isfinite(gradient(1.5, 10**12))  # runs three trips, not n
    assert "not stop" in gradient.source


def test_refusal_names_the_line():
    def f(x):
        for v in x:
            try:
                y = v
            finally:
                break
        return y

    with pytest.raises(pb.UnsupportedError, match="`break` inside `finally`") as caught:
        pb.grad(f)(X)
    assert caught.value.where.text.strip() == "break"
