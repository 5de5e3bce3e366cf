"""Lists and dicts that adjoints and tangents of the user's build: they are read as any other function is."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline

from ..language.checker import check_orders

pipeline.DEFAULTS.verify = True

X = np.array([0.3, 0.7, 1.1])


def appending(x, d):
    out = []
    for v in x:
        out.append(3 * v**2 * d)
    return np.array(out)


def appending_in_branches(x, d):
    out = []
    for i in range(len(x)):
        if x[i] > 0.5:
            out.append(3 * x[i] ** 2 * d)
        else:
            out.append(3 * x[i] * x[i] * d)
    return np.stack(out)


def appending_in_a_while(x, d):
    out, i = [], 0
    while i < len(x):
        out.append(3 * x[i] ** 2 * d)
        i += 1
    return np.array(out)


def a_tape_of_its_own(x, d):
    tape, y, g = [], x, d * np.ones(3)
    for _ in range(2):
        tape.append(y)
        y = y * 1.0
    for _ in range(2):
        y = tape.pop()
    return 3 * y**2 * g


def a_dict(x, d):
    out = {}
    for i in range(len(x)):
        out[i] = 3 * x[i] ** 2 * d
    return np.array(list(out.values()))


def gradients_inside(x, d):
    out = []
    for i in range(len(x)):
        out.append(pb.grad(lambda t: t**3)(x[i]) * d)
    return np.array(out)


def two_names(x, d):
    out = [x * 3]
    other = out
    other.append(x)
    if d > 0:
        other.append(x)
    return out[0] * out[1] * d


BACKWARD = [appending, appending_in_branches, appending_in_a_while, a_tape_of_its_own, a_dict, gradients_inside, two_names]


@pytest.mark.parametrize("backward", BACKWARD, ids=lambda b: b.__name__)
def test_backward_with_containers(backward):
    """The cube's adjoint, in a program: gradient, pullback, Hessian, tangent of the gradient, eager."""
    @pb.custom_vjp
    def cube(x):
        return np.sum(x**3)

    cube.defvjp(lambda x: (np.sum(x**3), x), backward)

    def f(x):
        return cube(x * 1.0) * x[0]

    check_orders(f, X)
    np.testing.assert_allclose(pb.hessian(f)(X), pb.hessian(lambda x: np.sum(x**3) * x[0])(X), atol=1e-12)
    t = pb.tensor(X, requires_grad=True)
    cube(t).backward()
    np.testing.assert_allclose(t.grad.numpy(), 3 * X**2)


def test_tangent_with_a_list():
    @pb.custom_jvp
    def cube(x):
        return np.sum(x**3)

    @cube.defjvp
    def rule(primals, tangents):
        (x,), (t,) = primals, tangents
        parts = []
        for i in range(len(x)):
            parts.append(3 * x[i] ** 2 * t[i])
        return np.sum(x**3), sum(parts)

    direction = np.array([1.0, -0.5, 0.3])
    found = pb.jvp(lambda x: cube(x) * x[0], (X,), (direction,))[1]
    np.testing.assert_allclose(found, pb.jvp(lambda x: np.sum(x**3) * x[0], (X,), (direction,))[1])
