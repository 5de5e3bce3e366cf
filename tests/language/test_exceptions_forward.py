"""`try`, `with` and `raise` in forward mode, in the second order, in split form and under checkpoint."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check


def safe_log(x):
    try:
        y = math.log(x) * x
    except ValueError:
        y = x * x * x
    return y * x


def with_a_loop(x):
    s = x * 1.0
    try:
        for k in range(3):
            s = math.sqrt(s - 0.1 * k) * x
    except ValueError:
        s = x * x * x
    return s


def in_a_loop(x):
    s = 0.0
    for k in range(4):
        try:
            s = s + math.log(x - k) * x
        except ValueError:
            s = s * x + x ** 2
    return s


def nested(x):
    try:
        try:
            y = math.sqrt(x)
        except ValueError:
            y = math.sqrt(x + 1.0) * x
    except ValueError:
        y = x ** 3
    return y * y * x


def checked(x):
    try:
        if x < 0:
            raise ValueError("negative")
        y = x ** 2
    except ValueError as error:
        print(error)
        y = x ** 3
    finally:
        z = x * 2
    return y * z


def managed(x):
    with np.errstate(divide="ignore"):
        y = np.sin(x) * x
    with warnings.catch_warnings():
        y = y * x
    return y


CASES = [(safe_log, 1.7), (safe_log, -1.3), (with_a_loop, 1.2), (with_a_loop, -0.4), (in_a_loop, 2.5), (nested, 0.6),
         (nested, -0.6), (nested, -1.6), (checked, 1.2), (checked, -1.2), (managed, 0.8)]


@pytest.mark.parametrize(("fn", "x"), CASES)
def test_every_mode(fn, x):
    check(fn, x)
    first = pb.grad(fn)(x)
    value, tangent = pb.jvp(fn, (x,), (2.0,))
    assert value == pytest.approx(fn(x))
    assert tangent == pytest.approx(2 * first)
    assert pb.vjp(fn, x)[1](2.0)[0] == pytest.approx(2 * first)
    step = 1e-5
    second = (pb.grad(fn)(x + step) - pb.grad(fn)(x - step)) / (2 * step)
    assert pb.grad(pb.grad(fn))(x) == pytest.approx(second, rel=1e-5)
    assert pb.hvp(fn)(x, 1.0) == pytest.approx(second, rel=1e-5)


@pytest.mark.parametrize(("fn", "x"), [case for case in CASES if case[0] in (safe_log, with_a_loop, nested)])
def test_checkpointed(fn, x):
    saving = pb.checkpoint(fn)
    assert pb.grad(lambda x: saving(x) * x)(x) == pytest.approx(pb.grad(lambda x: fn(x) * x)(x))


def test_an_error_of_a_tangent_is_not_caught():
    def f(x):
        try:
            y = math.sqrt(x)
        except ZeroDivisionError:
            y = 100.0 * x
        return y

    with np.errstate(divide="ignore"):
        value, tangent = pb.jvp(f, (0.0,), (1.0,))
    assert (value, tangent) == (0.0, np.inf)


def test_an_effect_in_the_body_is_refused_in_forward_mode_only():
    def f(x):
        try:
            y = math.log(x)
        except ValueError as error:
            y = x * len(str(error))
        return y

    assert pb.grad(f)(2.0) == 0.5
    with pytest.raises(UnsupportedError, match="an exception that its handler reads, in forward mode"):
        pb.jvp(f, (2.0,), (1.0,))


def test_a_try_in_a_recursion():
    def f(x, n):
        if n == 0:
            return x
        try:
            y = math.log(x - n)
        except ValueError:
            y = x * x
        return y * f(x * 0.9, n - 1)

    check(f, 3.5, 4)
    first = pb.grad(f)
    assert pb.jvp(lambda x: f(x, 4), (3.5,), (1.0,))[1] == pytest.approx(first(3.5, 4))
