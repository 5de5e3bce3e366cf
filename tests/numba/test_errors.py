"""Exceptions from compiled code are Python's: the same type and message, with the user's line."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.legalise_numba import failures
from pullback.runtime.errors import UnsupportedError

from .harness import interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

X = np.array([0.5, 1.5, -2.0])


def reads_beyond(x, n):
    total = 0.0
    for i in range(n):
        total += x[i] ** 2
    return total


def divides(x, n):
    y = x[0] * 2
    return float(y) / n


def outside_the_domain(x, n):
    y = math.log(n - 3.0)
    return x[0] * y


def asserts(x, n):
    assert n < 3, "n is too large"
    return x[0] * n


def raises(x, n):
    if n > 3:
        raise ValueError("more than three")
    return x[0] * n


def says_more(x, n):
    if n > 3:
        raise ValueError(f"{n} are more than three")
    assert n > 1, f"{n:.3f} is too small"
    return x[0] * n


def shapes_differ(x, n):
    y = np.ones(n)
    return np.sum(x * y)


def singular(x, n):
    return np.sum(np.linalg.inv(np.outer(x, x))) * n


def unbound(x, n):
    if n < 3:
        y = x[0]
    return y * 2


def by_a_large_power(x, n):
    return math.exp(n * 1000.0) * x[0]


CASES = [(reads_beyond, 4), (divides, 0), (outside_the_domain, 0), (asserts, 5), (raises, 5), (shapes_differ, 5),
         (singular, 1), (by_a_large_power, 4), (says_more, 5)]


def caught(fn, n, backend):
    gradient = pb.value_and_grad(fn, backend=backend)
    with np.errstate(all="ignore"), pytest.raises(Exception) as info:
        gradient(X, n)
    return info.value


@pytest.mark.parametrize(("fn", "n"), CASES)
def test_errors_are_pythons_and_placed(fn, n):
    with interpreted():
        error = caught(fn, n, "numba")
    expected = caught(fn, n, "numpy")
    assert type(error) is type(expected)
    assert str(error) == str(expected)
    assert error.__notes__ == expected.__notes__
    assert any("test_errors.py" in note for note in error.__notes__)


def test_errors_of_compiled_code():
    error = caught(reads_beyond, 4, "numba")
    assert str(error) == "index 3 is out of bounds for axis 0 with size 3"
    assert any("total += x[i] ** 2" in note for note in error.__notes__)
    error = caught(divides, 0, "numba")
    assert isinstance(error, ZeroDivisionError)
    assert str(error) == "float division by zero"


def test_a_program_that_prints_is_not_run_again(capsys):
    def f(x, n):
        print("once")
        return x[n]

    gradient = pb.grad(f, backend="numba")
    with pytest.raises(IndexError) as info:
        gradient(X, 4)
    assert capsys.readouterr().out.count("once") == 1
    assert any("x[n]" in note for note in info.value.__notes__), info.value.__notes__


def test_a_program_that_takes_long_is_not_run_to_its_end(monkeypatch):
    monkeypatch.setattr(failures, "PATIENCE", 0.05)

    def f(x, n):
        total = 0.0
        for i in range(n):
            total += x[0] * i
        return total + x[n]

    with pytest.raises(IndexError):
        pb.grad(f, backend="numba")(X, 10_000_000)


def test_pullbacks_explain_too():
    with interpreted(), pytest.raises(IndexError, match="index 3 is out of bounds") as info:
        pb.vjp(reads_beyond, X, 4, backend="numba")
    assert any("total += x[i] ** 2" in note for note in info.value.__notes__)


def test_a_refusal_at_run_time_has_a_place():
    def f(m):
        return np.sum(np.real(np.linalg.eigvals(m)))

    with interpreted(), pytest.raises(UnsupportedError, match="depends on the data") as info:
        pb.grad(f, backend="numba")(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    assert info.value.where is not None


def test_what_numba_cannot_type_is_placed(monkeypatch):
    from pullback.compiler.legalise_numba import driver

    before = driver.core_text

    def spoiled(core, *options):
        text, places = before(core, *options)
        head, _, tail = text.rpartition("    total = 0.0\n")
        return f"{head}    total = 'a' + x_0 ; total = 0.0\n{tail}", places

    monkeypatch.setattr(driver, "core_text", spoiled)
    with pytest.raises(UnsupportedError, match="Numba cannot compile") as info:
        pb.value_and_grad(reads_beyond, backend="numba")(X, 2)
    assert info.value.where is not None
