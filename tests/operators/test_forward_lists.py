"""Forward mode through lists that grow, alone and over reverse mode: the programs of the language tests."""

import copy

import numpy as np
import pytest

import pullback as pb

from ..language import test_grown_lists
from .checks import assert_slope

PROGRAMS = {name: test.program for name, test in vars(test_grown_lists).items() if hasattr(test, "program")}


def point(args):
    (x,) = copy.deepcopy(args)
    return x, np.linspace(0.5, -1.0, x.size)


@pytest.mark.parametrize("name", PROGRAMS)
def test_forward(name):
    f, args = PROGRAMS[name]
    x, v = point(args)
    value, tangent = pb.jvp(f, (x,), (v,))
    np.testing.assert_allclose(value, f(x), rtol=1e-14)
    np.testing.assert_allclose(tangent, pb.grad(f)(x) @ v, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", PROGRAMS)
def test_forward_over_reverse(name):
    f, args = PROGRAMS[name]
    x, v = point(args)
    assert_slope(pb.hvp(f)(x, v), pb.grad(f), x, v)


@pytest.mark.parametrize("name", PROGRAMS)
def test_reverse_over_forward(name):
    f, args = PROGRAMS[name]
    x, v = point(args)
    assert_slope(pb.grad(lambda x: pb.jvp(f, (x,), (v,))[1])(x), pb.grad(f), x, v)


@pytest.mark.parametrize("name", PROGRAMS)
def test_reverse_over_reverse(name):
    f, args = PROGRAMS[name]
    x, v = point(args)
    assert_slope(pb.grad(lambda x: pb.grad(f)(x) @ v)(x), pb.grad(f), x, v)


def test_the_tangent_function_reads_well():
    def f(x):
        out = []
        for v in x:
            out.append(v ** 2)
        return np.sum(np.stack(out) ** 2)

    tangent = pb.jvp(f)
    x = np.array([1.0, 2.0, 3.0])
    tangent((x,), (x,))
    assert "t_out.append(2 * t * t_x[i])" in tangent.source
    assert "np.stack(t_out)" in tangent.source


def test_a_list_of_which_only_a_part_varies():
    def f(x):
        parts = [1.0]
        for v in x:
            parts.append(v * v)
            parts.append(2.0)
        parts[0] = parts[1] * parts[2]
        return sum(parts, x[0]) + np.max(np.array(parts))

    x = np.array([1.0, 2.0, 3.0])
    assert pb.jvp(f, (x,), (np.array([1.0, 0.0, 0.0]),)) == (f(x), 7.0)
    np.testing.assert_allclose(pb.hessian(f)(x), np.diag([6.0, 2.0, 4.0]))
