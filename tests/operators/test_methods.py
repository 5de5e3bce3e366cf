"""Operators as decorators of methods: reached through an instance, indices start after `self`."""

import numpy as np
import pytest

import pullback as pb


class Net:
    def __init__(self, w):
        self.w = w

    def value(self, x, scale=1.0):
        return scale * np.sum(np.tanh(self.w @ x) ** 2)

    by_first = pb.grad(value)
    by_scale = pb.grad(value, 1)
    by_both = pb.value_and_grad(value, (0, "scale"))
    by_last = pb.grad(value, -1)
    curvature = pb.hessian(value)
    product = pb.hvp(value)

    @pb.jacobian
    def outputs(self, x):
        return np.tanh(self.w @ x)

    @pb.vmap
    def each(self, x):
        return np.tanh(self.w @ x)

    @classmethod
    @pb.grad(wrt="x")
    def made(cls, x):
        return np.sum(x ** 2)

    @staticmethod
    @pb.grad
    def plain(x):
        return np.sum(x ** 2)


w, x = np.array([[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]]), np.array([0.3, -0.7])


def expected(w, x):
    t = np.tanh(w @ x)
    return w.T @ (2 * t * (1 - t ** 2))


@pytest.mark.parametrize("w", [w, 2 * w])
def test_gradients_of_methods(w):
    net = Net(w)
    np.testing.assert_allclose(net.by_first(x), expected(w, x))
    np.testing.assert_allclose(net.by_first(x, scale=2.0), 2 * expected(w, x))
    assert net.by_scale(x) == pytest.approx(net.value(x))
    assert net.by_last(x, 3.0) == pytest.approx(net.value(x))
    value, (d_x, d_scale) = net.by_both(x)
    assert value == net.value(x) == d_scale
    np.testing.assert_allclose(d_x, expected(w, x))


def test_an_index_that_counts_self_is_refused():
    class Spring:
        @pb.grad(wrt=1)
        def force(self, x):
            return x ** 2

    with pytest.raises(pb.PullbackError, match="wrt=1 of force, which has 1 positional parameters after `self`"):
        Spring().force(1.0)


def test_through_the_class_self_is_an_argument():
    np.testing.assert_allclose(pb.grad(Net.value, 1)(Net(w), x), expected(w, x))
    with pytest.raises(pb.PullbackError, match="argument `self`"):
        Net.by_first(Net(w), x)


def test_the_other_operators():
    nets = [Net(w), Net(3 * w)]
    for net in nets:
        t = np.tanh(net.w @ x)
        np.testing.assert_allclose(net.outputs(x), (1 - t ** 2)[:, None] * net.w)
        np.testing.assert_allclose(net.each(np.stack([x, 2 * x])), [t, np.tanh(net.w @ (2 * x))])
        h = pb.hessian(net.value)(x)
        np.testing.assert_allclose(net.curvature(x), h)
        np.testing.assert_allclose(net.product(x, x), h @ x)
    assert nets[0].outputs is nets[0].outputs


def test_class_and_static_methods():
    assert Net.made(x).tolist() == Net.plain(x).tolist() == Net(w).plain(x).tolist() == (2 * x).tolist()


def test_source_and_primal_of_a_bound_method():
    net = Net(w)
    net.by_first(x)
    assert "np.tanh" in net.by_first.source and net.by_first.primal is Net.value
