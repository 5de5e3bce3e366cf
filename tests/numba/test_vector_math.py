"""exp, logaddexp and powers of halves in vector registers: accurate everywhere, and NumPy's values at the edges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.legalise_numba.helpers import text_of
from pullback.compiler.legalise_numba.vector_math import VECTOR_MATH

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

EDGES = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 1e-300, 5e-324, -5e-324, 1e300, 709.78, 709.79, -708.5,
                  -745.1, -745.3, -800.0, 800.0, 1e-9, -1e-9])
POWERS = {"power_3_2": 1.5, "power_5_2": 2.5, "power_minus_1_2": -0.5, "power_minus_3_2": -1.5, "power_minus_5_2": -2.5}


def helpers():
    """The helpers as plain Python: without fused operations, so with one rounding more."""
    namespace = {"np": np, "njit": lambda **_: lambda function: function}
    exec(text_of(list(VECTOR_MATH)), namespace)
    return namespace


HELPERS = helpers()


def close(found, expected, ulps=4):
    """Equal, or within some units in the last place of the expected value, or both nan."""
    found, expected = np.asarray(found), np.asarray(expected)
    with np.errstate(invalid="ignore"):
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        return same | (np.abs(found - expected) <= ulps * np.spacing(np.abs(np.where(np.isfinite(expected), expected, 0.0))))


def values(fn, *arguments):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.array([fn(*map(np.float64, each)) for each in zip(*arguments, strict=True)])


@pytest.mark.parametrize("spread", [1e-3, 1.0, 30.0, 740.0])
def test_exp_is_accurate_over_the_whole_range(spread):
    x = np.random.default_rng(0).uniform(-spread, min(spread, 709.0), 3000)
    assert close(values(HELPERS["vector_exp"], x), np.exp(x)).all()


def test_exp_has_numpys_values_at_the_edges():
    with np.errstate(all="ignore"):
        expected = np.exp(EDGES)
    assert close(values(HELPERS["vector_exp"], EDGES), expected).all()


@pytest.mark.parametrize("spread", [1e-3, 1.0, 30.0, 500.0, 1e6])
def test_logaddexp_is_accurate(spread):
    a, b = np.random.default_rng(1).uniform(-spread, spread, (2, 3000))
    found, expected = values(HELPERS["vector_logaddexp"], a, b), np.logaddexp(a, b)
    # Where the larger operand and the logarithm cancel, the error is that of the larger operand.
    assert (np.abs(found - expected) <= 4 * np.spacing(np.maximum(np.abs(expected), np.abs(np.maximum(a, b))))).all()


def test_logaddexp_has_numpys_values_at_the_edges():
    a, b = (each.ravel() for each in np.meshgrid(EDGES, EDGES))
    with np.errstate(all="ignore"):
        expected = np.logaddexp(a, b)
    assert close(values(HELPERS["vector_logaddexp"], a, b), expected).all()


@pytest.mark.parametrize("name", POWERS)
def test_powers_of_halves_are_numpys(name):
    x = np.concatenate((EDGES, np.random.default_rng(2).uniform(0.0, 1e3, 500), 10.0 ** np.arange(-200.0, 200.0, 7.0)))
    with np.errstate(all="ignore"):
        expected = x ** POWERS[name]
    found = values(HELPERS[name], x)
    normal = ~np.isfinite(expected) | (expected == 0.0) | (np.abs(expected) > 1e-290)  # products may underflow earlier
    assert close(found, expected)[normal].all()


def test_compiled_elements_are_those_of_numpy():
    def f(x, y):
        return np.sum(np.exp(x) * y) + np.sum(np.logaddexp(x, y)) + np.sum((x * x + 1.0) ** -1.5)

    x, y = np.random.default_rng(3).standard_normal((2, 37)) * 5.0
    assert "vector_exp" in agree(f, x, y).source


def test_numbers_and_other_types_use_libm():
    def f(x, y):
        return np.exp(x[0]) * np.logaddexp(y[0], y[1])

    with interpreted():
        assert "vector_exp(" not in agree(f, np.array([0.3]), np.array([0.5, -2.0]), types=False).source
        assert "vector_exp(" not in pb.grad(lambda x: np.sum(np.exp(x)), backend="numba").source_for(np.ones(3, np.float32))
