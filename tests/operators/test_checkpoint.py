"""`pb.checkpoint`: computed again on the way back instead of saved."""

import tracemalloc

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline
from pullback.runtime.errors import UnsupportedError
from tests.language.checker import check

pipeline.DEFAULTS.verify = True


def block(x, w):
    h = np.tanh(x * w)
    h = np.exp(-h * h)
    return h * x


saving = pb.checkpoint(block)


def test_gradients_are_those_of_the_function():
    check(lambda x, w: np.sum(saving(saving(x, w), w) ** 2), np.array([0.3, -0.7]), 1.3)


def test_the_source_computes_the_region_again():
    def count(gradient):
        gradient(np.ones(3))
        return sum("np.tanh" in line.split("#")[0] for line in gradient.source.splitlines())

    loss = lambda x: np.sum(saving(x, 2.0))
    assert count(pb.grad(loss)) == 1, "the value is not asked for, so nothing is computed on the way forward"
    assert count(pb.value_and_grad(loss)) == 2


def test_in_loops_branches_and_with_loops_inside():
    @pb.checkpoint
    def step(u, c):
        for k in range(3):
            u = np.sin(u) * c + k
        if u[0] > 0.0:
            u = u * u
        return u, np.sum(u)

    def f(x, c):
        s = 0.0
        for i in range(4):
            if i != 1:
                x, more = step(x, c)
                s = s + more
        return s + np.sum(x)

    check(f, np.array([0.3, -0.2]), 0.9)


def test_structures_and_passengers():
    @pb.checkpoint
    def layer(p, x):
        z = x @ p["w"] + p["b"]
        return {"z": z, "name": p["name"], "same": x}

    def f(w, b):
        out = layer({"w": w, "b": b, "name": "n"}, np.ones((2, 3)))
        return np.sum(out["z"] ** 2) + (1.0 if out["name"] == "n" else 0.0) + np.sum(out["same"])

    check(f, np.arange(6.0).reshape(3, 2), np.array([0.5, 1.0]))


def test_nested_and_second_derivatives():
    inner = pb.checkpoint(lambda x: np.sin(x) * x)
    outer = pb.checkpoint(lambda x: inner(np.exp(x)) * inner(x))
    check(lambda x: outer(x), 0.4)

    def plain(x):
        return np.sin(np.exp(x)) * np.exp(x) * np.sin(x) * x

    np.testing.assert_allclose(pb.grad(pb.grad(outer))(0.4), pb.grad(pb.grad(plain))(0.4), rtol=1e-12)


def test_split_form():
    x = np.array([0.3, -0.5])
    value, pull = pb.vjp(lambda x: saving(x, 1.1), x)
    np.testing.assert_array_equal(value, block(x, 1.1))
    np.testing.assert_allclose(pull(np.ones(2))[0], pb.grad(lambda x: np.sum(block(x, 1.1)))(x))
    np.testing.assert_allclose(pull(np.ones(2))[0], pull(np.ones(2))[0])


def test_memory():
    def deep(x, layer):
        for _ in range(20):
            x = layer(x)
        return np.sum(x)

    def wide(x):
        y = np.sin(x)
        for _ in range(20):
            y = np.sin(y) * y
        return y

    kept = pb.checkpoint(wide)
    x = np.linspace(0.0, 1.0, 20_000)

    def peak(gradient):
        gradient(x)
        tracemalloc.start()
        gradient(x)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found / x.nbytes

    full = peak(pb.grad(lambda x: deep(x, wide)))
    small = peak(pb.grad(lambda x: deep(x, kept)))
    assert full > 400
    assert small < 20 + 60  # the argument of each layer, and what one layer computes


def test_refusals():
    @pb.checkpoint
    def printing(x):
        print("x")
        return x * x

    with pytest.raises(UnsupportedError, match="print.*in a checkpointed function"):
        pb.grad(lambda x: printing(x))(1.0)

    @pb.checkpoint
    def writing(x):
        x[0] = 0.0
        return x * x

    with pytest.raises(UnsupportedError, match="changes something outside"):
        pb.grad(lambda x: np.sum(writing(x * 1.0)))(np.ones(2))

    def rebinding(x):
        y = x * 1.0

        @pb.checkpoint
        def inner(x):
            nonlocal y
            y = y * x
            return x * x

        return inner(x) * y

    with pytest.raises(UnsupportedError):
        pb.grad(rebinding)(2.0)


def test_outside_a_gradient_it_is_the_function():
    assert saving(2.0, 3.0) == block(2.0, 3.0)
    assert repr(saving) == "<checkpoint block>"


def test_made_inside_the_function():
    def f(x):
        g = pb.checkpoint(lambda y: np.sin(y) * x)
        return np.sum(g(x)) + np.sum(pb.checkpoint(block)(x, 2.0))

    check(f, np.array([0.3, -0.7]))


def test_other_custom_derivatives_are_made_outside():
    def f(x):
        g = pb.custom_vjp(lambda y: y * 2.0)
        return g(x)

    with pytest.raises(UnsupportedError, match="Make it once, outside"):
        pb.grad(f)(1.0)
