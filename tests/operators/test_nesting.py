"""Gradients inside gradients: reverse over reverse, closures, arguments, methods."""

import functools

import numpy as np
import pytest

import pullback as pb

from .checks import DIRECTION, assert_slope
from .programs import PROGRAMS


@pytest.mark.parametrize("name", PROGRAMS)
def test_reverse_over_reverse(name):
    f, x = PROGRAMS[name]
    df = pb.grad(f)
    found = pb.grad(lambda x: np.sum(df(x) * DIRECTION))(x)
    assert np.shape(found) == x.shape
    assert_slope(found, df, x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_third_order(name):
    f, x = PROGRAMS[name]
    df = pb.grad(f)
    ddf = pb.grad(lambda x: np.sum(df(x) * DIRECTION))
    found = pb.grad(lambda x: np.sum(ddf(x) * DIRECTION))(x)
    assert_slope(found, ddf, x)


X = np.array([1.0, 2.0, 3.0])


def cube(x):
    return np.sum(x ** 3)


def test_no_perturbation_confusion():
    assert pb.grad(lambda x: x * pb.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert pb.grad(lambda x: x * pb.grad(lambda y: x * y * y)(x))(3.0) == 54.0
    slope = pb.jvp(lambda x: x * pb.jvp(lambda y: x * y * y, (x,), (1.0,))[1], (3.0,), (1.0,))[1]
    assert slope == 54.0


def test_gradients_of_gradients_by_name_and_structure():
    def f(p, scale=1.0):
        return scale * (p["a"] ** 2 * p["b"])

    second = pb.grad(lambda p: pb.grad(f)(p, scale=3.0)["a"])({"a": 2.0, "b": 5.0})
    assert second == {"a": 30.0, "b": 12.0}
    assert pb.grad(lambda s: pb.value_and_grad(f, wrt="scale")({"a": 2.0, "b": 5.0}, scale=s)[0])(2.0) == 20.0


def test_fourth_derivative_of_a_number():
    f = pb.grad(pb.grad(pb.grad(pb.grad(lambda x: x ** 5))))
    assert f(2.0) == 240.0
    assert f.__name__


def argmin(f, g, x):
    for _ in range(500):
        d = g(x)
        x = x - 0.2 * d
        if np.sum(d * d) < 1e-24:
            break
    return x + 0.0 * f(x)


def test_solver_with_its_gradient_as_an_argument():
    def outer(a):
        def loss(y):
            return np.sum((y - np.sin(a)) ** 2 * np.array([1.0, 2.0, 0.5]))

        return np.sum(argmin(loss, pb.grad(loss), np.zeros(3)) ** 2)

    np.testing.assert_allclose(pb.grad(outer)(X), 2.0 * np.sin(X) * np.cos(X), rtol=1e-9)


class Model:
    def __init__(self):
        self.w = np.array([1.0, -1.0, 2.0])

    def energy(self, x):
        return np.sum(self.w * x ** 3)

    @pb.grad
    def force(self, x):
        return np.sum(self.w * x ** 3)

    def __call__(self, x):
        return self.energy(x)


def test_methods_objects_partials_and_containers():
    model = Model()
    expected = 6.0 * model.w * X
    for gradient in (pb.grad(model.energy), model.force, pb.grad(model)):
        np.testing.assert_allclose(pb.grad(lambda x, g=gradient: np.sum(g(x)))(X), expected)
    table = {"g": pb.grad(cube)}
    np.testing.assert_allclose(pb.grad(lambda x: np.sum(table["g"](x)))(X), 6.0 * X)
    scaled = functools.partial(lambda a, x: a * np.sum(x ** 2), 3.0)
    np.testing.assert_allclose(pb.grad(lambda x: np.sum(pb.grad(scaled)(x)))(X), np.full(3, 6.0))


def test_inner_function_may_store_into_its_argument():
    def f(y):
        y[0] = y[1] * y[1]
        return np.sum(y * y)

    found = pb.grad(lambda x: np.sum(pb.grad(f)(x)) + np.sum(x))(X)
    np.testing.assert_allclose(found, np.array([0.0, 12.0 * 4.0 + 2.0, 2.0]) + 1.0)


def test_store_from_inside_into_an_array_outside_is_refused():
    def outer(x):
        y = np.zeros(3)

        def f(z):
            y[0] = z[0]
            return np.sum(z * y)

        return np.sum(pb.grad(f)(x)) + y[0]

    with pytest.raises(pb.UnsupportedError, match="a store into an array from outside, in `f`"):
        pb.grad(outer)(X)


def test_inner_gradient_of_no_scalar_is_an_error_at_its_place():
    with pytest.raises(pb.OutputError, match="not a real scalar"):
        pb.grad(lambda x: np.sum(pb.grad(lambda y: y * y)(x)))(X)
    with pytest.raises(pb.ArgumentError, match="integer"):
        pb.grad(lambda x: x * pb.grad(lambda n: n * x)(2))(1.0)


def test_vjp_of_a_gradient_can_be_called_many_times():
    value, pull = pb.vjp(pb.grad(cube), X)
    np.testing.assert_allclose(value, 3.0 * X ** 2)
    for scale in (1.0, 2.0):
        np.testing.assert_allclose(pull(np.full(3, scale))[0], 6.0 * X * scale)


def test_source_of_a_second_derivative_runs_alone():
    second = pb.grad(pb.grad(lambda x: x ** 4))
    assert second(2.0) == 48.0
    namespace = {}
    exec(second.source, namespace)
    assert next(v for k, v in namespace.items() if k.endswith("_grad_grad"))(2.0) == 48.0
