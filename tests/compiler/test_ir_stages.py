"""Real programs between the passes: after each one the text reads back, and the interpreter agrees with Python.

The lowered function gives what the user's function gives; the finished adjoint gives, to the last bit, what its printed
Python gives. So a fault is either before or behind the IR. Not seen: programs with captured values.
"""

import numpy as np
import pytest

from pullback.compiler import pipeline
from pullback.compiler.api import grad
from pullback.compiler.ir_check import check
from pullback.compiler.ir_eval import run
from pullback.compiler.ir_text import objects_in, parse, primitives_in, show

from .ir_golden import same_values


def straight(x):
    return np.sum(np.exp(x) * np.sin(x[1:].sum()))


def counted_loop(x):
    s = 0.0
    for i in range(3):
        s = s + np.sum(x[i] * x) * i
    return s


def stores(x):
    y = x.copy()
    for i in range(1, 4):
        y[i] = y[i - 1] * 0.5 + x[i]
    return (y**2).sum()


def loop_of_unknown_length(x):
    s = x[0]
    n = 0
    while s < 100.0 and n < 10:
        s = s * 1.5 + np.dot(x, x)
        n += 1
    return s


def branches(x):
    if x[0] > 0:
        z = np.maximum(x, 0.5).mean()
    else:
        z = x.max()
    return z * x[1]


def branch_in_a_loop(x):
    h = np.tanh(x)
    for _ in range(4):
        h = h * 2 if h.sum() < 3 else h + 1
    return h[0] * h[1:].sum()


def shapes(x):
    c = x[:2].reshape(2, 1) * x.reshape(1, -1)
    e = np.einsum("ij,ij->i", c, c)
    return np.log1p(np.abs(e)).sum() + np.where(x > 1, x, 0.0).sum()


PROGRAMS = (straight, counted_loop, stores, loop_of_unknown_length, branches, branch_in_a_loop, shapes)

POINTS = (np.array([0.3, 1.2, -0.7, 2.0]), np.array([-0.5, 0.1, 0.2, 0.3]))  # the tests of the branches differ there


@pytest.fixture()
def stages(monkeypatch):
    found = []
    monkeypatch.setattr(pipeline.DEFAULTS, "dump", lambda name, function: found.append((name, function)))
    return found


@pytest.mark.parametrize("x", POINTS, ids=["above", "below"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_every_stage_reads_back_and_runs_as_python_does(program, x, stages):
    gradient = grad(program)(x)
    assert {"lower", "finish"} <= {name for name, _ in stages}
    for name, function in stages:
        check(function, name)
        again = parse(show(function), primitives_in(function), objects_in(function))
        check(again, name)
        assert show(again) == show(function)
        if name == "lower":
            np.testing.assert_allclose(run(again, [x])[0], program(x), rtol=1e-14)
        if name == "finish":
            assert same_values(run(again, [x]), (gradient,))
