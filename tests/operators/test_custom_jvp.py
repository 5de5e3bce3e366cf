"""`pb.custom_jvp`: tangents that users give; the reverse is their transpose."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import ArgumentError, UnsupportedError
from tests.language.checker import check


@pb.custom_jvp
def scaled(x, y):
    """The tangent is ten times too large, so that one sees that it was used."""
    return x * y


def scaled_tangent(args, tangents):
    x, y = args
    t_x, t_y = tangents
    return x * y, 10.0 * (t_x * y + x * t_y)


scaled.defjvp(scaled_tangent)


@pb.custom_jvp
def softplus(x, n=1):
    return np.log(1.0 + np.exp(x)) * n


@softplus.defjvp
def softplus_tangent(args, tangents):
    x, n = args
    t_x, _ = tangents
    return softplus(x, n), n * t_x / (1.0 + np.exp(-x))


def test_reverse_is_the_transpose():
    x = np.array([1.0, 2.0])
    d_x, d_y = pb.grad(lambda x, y: np.sum(scaled(x, y)), wrt=(0, 1))(x, 3.0)
    np.testing.assert_array_equal(d_x, [30.0, 30.0])
    assert d_y == 30.0


def test_forward_uses_it():
    value, tangent = pb.jvp(lambda x: scaled(x, x), (3.0,), (1.0,))
    assert value == 9.0 and tangent == 60.0


def test_right_tangent_agrees_with_differences():
    def f(x):
        s = 0.0
        for i in range(3):
            if x[i] > 0:
                s = s + softplus(x[i] * s, 2)
            s = s + softplus(x[i])
        return s

    check(f, np.array([-1.0, 0.5, 2.0]))


def test_second_derivatives():
    f = lambda x: softplus(x)
    s = 1.0 / (1.0 + np.exp(-0.7))
    np.testing.assert_allclose(pb.grad(pb.grad(f))(0.7), s * (1 - s))
    np.testing.assert_allclose(pb.hvp(f)(0.7, 2.0), 2.0 * s * (1 - s))


def test_matrix_tangents_and_structures():
    @pb.custom_jvp
    def solve(p):
        return {"x": np.linalg.solve(p["a"], p["b"]), "n": 3}

    @solve.defjvp
    def _(args, tangents):
        (p,), (t,) = args, tangents
        x = np.linalg.solve(p["a"], p["b"])
        return {"x": x, "n": 3}, {"x": np.linalg.solve(p["a"], t["b"] - t["a"] @ x), "n": 3}

    rng = np.random.default_rng(0)
    p = {"a": rng.standard_normal((3, 3)) + 3.0 * np.eye(3), "b": rng.standard_normal(3), "name": "p"}
    found = pb.grad(lambda p: np.sum(solve(p)["x"] ** 2))(p)
    expected = pb.grad(lambda p: np.sum(np.linalg.solve(p["a"], p["b"]) ** 2))(p)
    np.testing.assert_allclose(found["a"], expected["a"])
    np.testing.assert_allclose(found["b"], expected["b"])


def test_tensors():
    x = pb.tensor(2.0, requires_grad=True)
    scaled(x, 3.0).backward()
    assert x.grad.item() == 30.0


def test_misuse():
    with pytest.raises(UnsupportedError, match="custom_jvp without its tangent"):
        f = pb.custom_jvp(lambda x: x)
        pb.grad(lambda x: f(x))(1.0)
    with pytest.raises(ArgumentError, match="takes a function"):
        pb.custom_jvp(lambda x: x).defjvp(3)
    bad = pb.custom_jvp(lambda x: x)
    bad.defjvp(lambda args, tangents: tangents[0])
    with pytest.raises(UnsupportedError):
        pb.jvp(lambda x: bad(x), (1.0,), (1.0,))
