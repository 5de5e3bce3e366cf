"""`pb.grad` and its kin called in one branch only: the names of what was differentiated end with the branch."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline

from ..language.checker import check_orders

pipeline.DEFAULTS.verify = True

X = np.array([0.3, 0.7, 1.1])


def structures(x):
    def g(p):
        a, b = p
        q = {"u": a, "v": [b, a]}

        def inner():
            return q["u"] * q["v"][0] ** 2

        return inner()

    return sum(pb.grad(g)((x[0], x[1]))) * x[2] if x[0] > 0 else 0.0


def twice(x):
    s = x[2]

    def outer(t):
        return pb.grad(lambda u: np.sin(u * s) * t)(t)

    return pb.grad(outer)(x[0]) if x[1] > 0 else 0.0


def vjp_in_a_loop(x):
    def outer(t):
        value, pull = pb.vjp(lambda u: np.sin(u * t), x[1])
        return pull(value)[0]

    total = 0.0
    for i in range(3):
        if x[i] > 0.5:
            total = total + pb.grad(outer)(x[i])
    return total


def an_operator_on_each_side(x):
    def h(t, k):
        def cube(t):
            return t**3 * k

        return cube(t)

    if x[0] > 0:
        d_t, d_k = pb.grad(h, wrt=(0, 1))(x[0], x[1])
        found = d_t * d_k
    else:
        found = pb.jvp(h, (x[0], x[1]), (1.0, 1.0))[1]
    return found


@pytest.mark.parametrize("fn", [structures, twice, vjp_in_a_loop, an_operator_on_each_side], ids=lambda f: f.__name__)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_operator_in_a_branch(fn, sign):
    check_orders(fn, sign * X)
