"""Objects with `__call__` as `self` and as arguments: their attributes are read at each call."""

import numpy as np

import pullback as pb

X = np.array([0.7, -1.2, 2.1])


class Model:
    scale = 2.0

    def __init__(self, weights):
        self.weights = weights

    def __call__(self, x):
        return np.sum(x ** 2 * self.weights)

    def loss(self, x):
        return self(x) * self.scale


def test_attributes_of_self_are_read_at_each_call():
    model = Model(np.array([1.0, 2.0, 3.0]))
    gradient = pb.grad(model.loss)
    np.testing.assert_allclose(gradient(X), 4.0 * model.weights * X)
    model.scale = 3.0
    np.testing.assert_allclose(gradient(X), 6.0 * model.weights * X)
    model.weights = model.weights * 2.0
    np.testing.assert_allclose(gradient(X), 6.0 * model.weights * X)
    model.weights[0] = 7.0
    np.testing.assert_allclose(gradient(X), 6.0 * model.weights * X)
    np.testing.assert_allclose(pb.vjp(model.loss, X)[1](1.0)[0], 6.0 * model.weights * X)
    np.testing.assert_allclose(pb.grad(model)(X), 2.0 * model.weights * X)


def test_attributes_of_an_argument_are_read_at_each_call():
    gradient = pb.grad(lambda x, model: model(x) + model.loss(x))
    for weights in (np.ones(3), np.arange(3.0)):
        model = Model(weights)
        np.testing.assert_allclose(gradient(X, model), 6.0 * weights * X)
        model.weights = weights + 1.0
        np.testing.assert_allclose(gradient(X, model), 6.0 * model.weights * X)
        model.scale = 0.0
        np.testing.assert_allclose(gradient(X, model), 2.0 * model.weights * X)
