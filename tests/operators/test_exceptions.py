"""Operators on programs with `try` and `with`: tangents, second derivatives, lists that a path changed."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline
from tests.language.checker import check, numerical

pipeline.DEFAULTS.verify = True
X = np.array([0.7, -1.2, 2.1])


def roots(x):
    out = []
    for i in range(3):
        try:
            if x[i] < 0:
                raise ValueError("negative")
            v = np.sqrt(x[i])
        except ValueError:
            v = x[i] ** 2
        out.append(v * x[0])
    return np.prod(np.array(out))


def under_managers(x):
    y = x * 1.0
    with np.errstate(all="ignore"):
        for i in range(3):
            with np.errstate(divide="ignore"):
                y[i] = np.log(np.abs(y[i])) * y[i - 1]
    return y.sum()


def loop_inside(x):
    try:
        h = x
        for _ in pb.checkpointed(range(4), snapshots=2):
            h = np.tanh(h * x)
        r = np.sum(h)
    except ValueError:
        r = x[0]
    finally:
        z = x[1]
    return r * z


def branch_inside(x):
    found = []
    for i in range(5):
        try:
            found.append(x[i] ** 2 * sum(found) if found else x[i])
        except IndexError:
            found.append(found[-1] * x[0])
    return sum(found)


PROGRAMS = [roots, under_managers, loop_inside, branch_inside]


@pytest.mark.parametrize("fn", PROGRAMS)
def test_gradient(fn):
    check(fn, X)


@pytest.mark.parametrize("fn", PROGRAMS)
def test_tangent_is_the_gradient_along_a_direction(fn):
    direction = np.array([0.3, -0.5, 1.1])
    value, tangent = pb.jvp(fn, (X,), (direction,))
    np.testing.assert_allclose(value, fn(X), rtol=1e-12)
    np.testing.assert_allclose(tangent, numerical(fn, [X], 0) @ direction, rtol=1e-6)


@pytest.mark.parametrize("fn", PROGRAMS)
def test_second_derivatives(fn):
    gradient = pb.grad(fn)
    reference = np.stack([numerical(lambda x, i=i: gradient(x)[i], [X], 0) for i in range(3)])
    np.testing.assert_allclose(pb.hessian(fn)(X), reference, rtol=1e-5, atol=1e-5)

    def squared(x):
        return np.sum(gradient(x) ** 2)

    np.testing.assert_allclose(pb.grad(squared)(X), 2.0 * reference @ gradient(X), rtol=1e-5)


def test_gradient_of_a_diagonal_can_be_written_to():
    found = pb.grad(lambda x: np.sum(np.linalg.inv(np.diag(x)) ** 2))(X)
    found += 1.0
    np.testing.assert_allclose(found, 1.0 - 2.0 / X ** 3)
