"""Second order over the golden programs and the samples: both orders of the modes agree, and with differences."""

import inspect

import numpy as np
import pytest

import pullback as pb
from tests.golden.programs import PROGRAMS
from tests.test_samples import load

CALLED = {name: entry for name, entry in PROGRAMS.items() if entry[2] is not None}


def check_second_order(f, wrt, arguments, rtol=1e-5):
    position = wrt if isinstance(wrt, int) else list(inspect.signature(f).parameters).index(wrt)
    gradient = pb.grad(f, wrt=wrt)
    x = arguments[position]
    if isinstance(x, np.ndarray):  # differences need a point where the second derivative is there
        x = np.where(x == 0, 0.3, x)
        arguments = (*arguments[:position], x, *arguments[position + 1:])
    rng = np.random.default_rng(0)
    v = rng.standard_normal(np.shape(x)) if isinstance(x, np.ndarray) else 1.0
    found = pb.hvp(f, wrt=wrt)(*arguments, v)
    reverse = pb.vjp(gradient, *arguments)[1](v)[position]
    np.testing.assert_allclose(found, reverse, rtol=1e-9, atol=1e-11)

    def at(step):
        return gradient(*arguments[:position], x + step * v, *arguments[position + 1:])

    step = 1e-5
    np.testing.assert_allclose(found, (at(step) - at(-step)) / (2 * step), rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("name", CALLED)
def test_golden_programs(name):
    f, wrt, arguments = CALLED[name]
    for one in wrt if isinstance(wrt, tuple) else (wrt,):
        check_second_order(f, one, arguments)


def test_samples():
    logistic = load("logistic_regression")
    (x, y), _ = logistic.load()
    w = 0.1 * np.random.default_rng(1).standard_normal(x.shape[1])
    check_second_order(logistic.loss.primal, 0, (w, 0.3, x, y))
    ode = load("fit_ode")
    check_second_order(ode.misfit.primal, 0, (ode.START, ode.HARES, ode.LYNX), rtol=1e-3)
