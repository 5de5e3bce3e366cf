"""`vjp`, `jacobian` and `hvp` inside functions that are differentiated themselves."""

import numpy as np
import pytest

import pullback as pb

from .checks import DIRECTION, assert_slope, slope
from .programs import PROGRAMS

X = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize("name", ["logistic", "array_loop", "branch_in_loop", "until", "stores", "solve"])
def test_a_pullback_inside_a_program(name):
    f, x = PROGRAMS[name]

    def product(x):
        value, pull = pb.vjp(f, x)
        (gradient,) = pull(value)
        return np.sum(gradient * DIRECTION)

    gradient = pb.grad(f)
    np.testing.assert_allclose(pb.value_and_grad(product)(x)[0], f(x) * gradient(x) @ DIRECTION, rtol=1e-12)
    np.testing.assert_allclose(pb.grad(product)(x) @ DIRECTION, slope(lambda x: f(x) * (gradient(x) @ DIRECTION), x,
                                                                      DIRECTION), rtol=1e-5, atol=1e-6)


def test_many_pulls_with_active_values_closed_over():
    def f(x):
        value, pull = pb.vjp(lambda t: np.sin(t) * x[0], x)
        (a,), (b,) = pull(value), pull(x)
        return np.sum(a * b)

    def by_hand(x):
        scale = np.cos(x) * x[0]
        return np.sum(np.sin(x) * x[0] * scale * x * scale)

    assert_slope(pb.grad(f)(X) @ DIRECTION, by_hand, X)
    assert_slope(pb.hvp(f)(X, DIRECTION), pb.grad(f), X)
    assert pb.grad(f).source_for(X).count("np.sin(x)") == 1


def test_structures_and_a_pull_in_a_loop():
    def body(t, w):
        s = 0.0
        for i in range(3):
            s = s * np.sin(t[i]) + t[i] ** 2 * w
        return s, {"a": t * w, "n": 3}

    def f(x):
        _, pull = pb.vjp(body, x, 3.0)
        total = 0.0
        for i in range(2):
            d_t, d_w = pull((x[i], {"a": x * i, "n": None}))
            total += np.sum(d_t) * d_w
        return total

    def outside(x):
        total = 0.0
        _, pull = pb.vjp(body, x, 3.0)
        for i in range(2):
            d_t, d_w = pull((x[i], {"a": x * i, "n": None}))
            total += np.sum(d_t) * d_w
        return total

    assert pb.value_and_grad(f)(X)[0] == pytest.approx(outside(X), rel=1e-13)
    assert_slope(pb.grad(f)(X) @ DIRECTION, outside, X)


def test_a_pull_after_a_store():
    def f(x):
        y = x * 1.0
        _, pull = pb.vjp(lambda t: t ** 3, y)
        y[0] = 10.0
        return np.sum(pull(y)[0])

    np.testing.assert_allclose(pb.grad(f)(X), [60.0, 36.0, 81.0])


def test_effects_happen_once(capsys):
    def noisy(t):
        print("once")
        return t * t

    def f(x):
        _, pull = pb.vjp(noisy, x)
        return np.sum(pull(x)[0] + pull(x)[0])

    pb.grad(f)(X)
    assert capsys.readouterr().out == "once\n"


def test_what_has_no_derivative_gets_none():
    def f(x):
        _, pull = pb.vjp(lambda t, n, k: t[0] * t * n + k, x, 3, 2.0)
        d_t, d_n, d_k = pull(x)
        assert d_n is None
        return np.sum(d_t) * d_k

    assert pb.grad(f)(X).shape == (3,)


@pytest.mark.parametrize(("cotangent", "message"), [
    (lambda x: x[:2], "cotangent has shape"),
    (lambda x: 1.0, "0 dimensions for a value of 1"),
    (lambda x: (x, x), "no number and no array"),
    (lambda x: x * 1j, "complex cotangent"),
])
def test_wrong_cotangents(cotangent, message):
    def f(x):
        _, pull = pb.vjp(lambda t: t * t, x)
        return np.sum(pull(cotangent(x))[0])

    with pytest.raises(pb.PullbackError, match=message):
        pb.grad(f)(X)


def test_a_pullback_of_another_structure():
    def f(x):
        _, pull = pb.vjp(lambda t: (t, t), x)
        return np.sum(pull((x, x, x))[0])

    with pytest.raises(pb.PullbackError, match="tuple of 2"):
        pb.grad(f)(X)


def test_a_pullback_that_leaves_its_branch_is_refused():
    def f(x):
        if x[0] > 0:
            _, pull = pb.vjp(lambda t: t * t, x)
        else:
            _, pull = pb.vjp(lambda t: t ** 3, x)
        return np.sum(pull(x)[0])

    with pytest.raises(pb.UnsupportedError, match="differs between paths"):
        pb.grad(f)(X)


def test_a_pullback_from_outside_is_refused():
    _, pull = pb.vjp(np.sin, X)
    with pytest.raises(pb.UnsupportedError, match="made outside"):
        pb.grad(lambda x: np.sum(pull(x)[0]))(X)


def test_a_gradient_in_each_branch():
    def f(x):
        if x[0] > 0:
            g = pb.grad(lambda t: np.sum(t * t))(x)
        else:
            g = pb.grad(lambda t: np.sum(t ** 3))(x)
        return np.sum(g * g)

    np.testing.assert_allclose(pb.grad(f)(X), 8.0 * X)


def test_a_jacobian_by_keyword_in_the_dtype_of_the_argument():
    def f(x):
        found = pb.jacobian(lambda a, t: a * t * t[0], wrt="t")(2.0, t=x)
        return np.sum(found * found)

    x = X.astype(np.float32)
    gradient = pb.grad(f)(x)
    assert gradient.dtype == np.float32
    reference = pb.grad(lambda x: np.sum(pb.jacobian(lambda t: 2.0 * t * t[0])(x) ** 2))(X)
    np.testing.assert_allclose(gradient, reference, rtol=1e-6)
    assert pb.jvp(lambda x: pb.jacobian(lambda t: t * t)(x), (x,), (x,))[0].dtype == np.float32


def test_hvp_by_name_and_by_keyword():
    def energy(k, x):
        return k * np.sum(x ** 4)

    for f in (lambda x: np.sum(pb.hvp(energy, wrt="x")(0.5, x, x)), lambda x: np.sum(pb.hvp(energy, "x")(0.5, x, x)),
              lambda x: np.sum(pb.hvp(energy, wrt=1)(0.5, x, x))):
        np.testing.assert_allclose(pb.grad(f)(X), 18.0 * X ** 2)


def test_nested_jacobians_that_are_refused():
    with pytest.raises(pb.UnsupportedError, match="complex"):
        pb.grad(lambda x: np.sum(np.abs(pb.jacobian(lambda t: t * 1j)(x))))(X)
    with pytest.raises(pb.UnsupportedError, match="a result that is"):
        pb.grad(lambda x: np.sum(pb.jacobian(lambda t: (t, t))(x)[0]))(X)
    with pytest.raises(pb.UnsupportedError, match="one vector for each"):
        pb.grad(lambda x: np.sum(pb.hvp(lambda a, b: np.sum(a * b), (0, 1))(x, x, (x,))[0]))(X)
