"""`@pb.differentiable` functions in the middle of an eager graph: one node, checked, freed and differentiated as others."""

import gc
import weakref

import numpy as np
import pytest

import pullback as pb


@pb.differentiable
def product(x, a):
    return np.sum(x * a)


@pb.differentiable
def waves(x, w):
    return np.sin(x) * w


@pb.differentiable
def growth(x):
    return np.exp(x)


@pb.differentiable
def both(x, w):
    return np.sin(x) * w, np.sum(x * w)


@pb.differentiable
def network(x, first, last):
    return np.sum(np.tanh(x @ first) @ last)


def leaf(*values):
    return pb.tensor(list(values), dtype=pb.float64, requires_grad=True)


def test_call_is_one_node_between_eager_ones():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (waves(x * 2, w) + 1).sum()
    node = y.grad_fn.next_functions[0][0].next_functions[0][0]
    assert node.name() == "wavesBackward"
    assert [following.name() for following, _ in node.next_functions] == [
        "MulBackward0", "torch::autograd::AccumulateGrad"]
    y.backward()
    assert np.allclose(x.grad.numpy(), 2 * np.cos([2.0, 4.0]) * [3.0, 4.0])
    assert np.allclose(w.grad.numpy(), np.sin([2.0, 4.0]))


def test_no_grad_saves_nothing():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with pb.no_grad():
        y = waves(x, w)
    assert not y.requires_grad
    assert y.grad_fn is None
    assert np.allclose(y.numpy(), np.sin([1.0, 2.0]) * [3.0, 4.0])


def test_backward_frees_and_the_second_raises():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = waves(x, w).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_saved_arrays_are_freed_without_the_cycle_collector():
    gc.collect()
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        y = growth(x * 2)
        watched = weakref.ref(y.grad_fn)
        del y
        assert watched() is None
    finally:
        gc.enable()


def test_retained_graph_runs_again():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = waves(x, w).sum()
    y.backward(retain_graph=True)
    first = x.grad.numpy().copy()
    y.backward()
    assert np.allclose(x.grad.numpy(), 2 * first)


def test_hooks_of_its_result_and_its_node():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = waves(x, w)
    seen = []
    y.register_hook(lambda g: g * 10)
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((len(inputs), outputs[0].tolist())))
    y.retain_grad()
    y.sum().backward()
    assert seen == [(2, [10.0, 10.0])]
    assert y.grad.tolist() == [10.0, 10.0]
    assert np.allclose(w.grad.numpy(), 10 * np.sin([1.0, 2.0]))


def test_plain_array_may_be_changed_between_forward_and_backward():
    x, a = leaf(1.0, 2.0), np.ones(2)
    y = product(x, a)
    a[:] = 5
    y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_eager_operand_that_is_an_array_may_be_changed_too():
    x, a = leaf(1.0, 2.0), np.ones(2)
    y = (x * a).sum() + (x @ a) + np.multiply(x, a).sum()
    a[:] = 5
    y.backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize("tracked", [True, False])
def test_change_of_a_tensor_argument_is_found(tracked):
    x, a = leaf(1.0, 2.0), pb.ones(2, dtype=pb.float64, requires_grad=tracked)
    middle = a * 1
    y = product(x, middle)
    middle.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation.*saved by productBackward"):
        y.backward()


def test_change_of_what_is_not_needed_is_fine():
    x = leaf(1.0, 2.0)
    middle = x * 1
    y = growth(middle).sum()
    middle.add_(1)
    y.backward()
    assert np.allclose(x.grad.numpy(), np.exp([1.0, 2.0]))


def test_change_of_a_saved_result_is_found():
    x = leaf(1.0, 2.0)
    y = growth(x)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_second_derivative_is_generated():
    x, w = leaf(0.3, 0.8), leaf(3.0, 4.0)
    gx, gw = pb.autograd.grad(waves(x, w).sum(), [x, w], create_graph=True)
    assert gx.grad_fn.name() == "wavesBackwardBackward"
    hx, hw = pb.autograd.grad((gx * leaf(1.0, 10.0)).sum() + gw.sum(), [x, w])
    assert np.allclose(hx.numpy(), -np.sin([0.3, 0.8]) * [3.0, 4.0] * [1.0, 10.0] + np.cos([0.3, 0.8]))
    assert np.allclose(hw.numpy(), np.cos([0.3, 0.8]) * [1.0, 10.0])


def test_third_derivative():
    x = leaf(0.3, 0.8)
    first, = pb.autograd.grad(growth(x * x).sum(), x, create_graph=True)
    second, = pb.autograd.grad(first.sum(), x, create_graph=True)
    third, = pb.autograd.grad(second.sum(), x)
    v = np.array([0.3, 0.8])
    assert np.allclose(third.numpy(), np.exp(v * v) * (12 * v + 8 * v**3))


def test_second_derivative_of_several_results():
    x, w = leaf(0.3, 0.8), leaf(3.0, 4.0)
    a, b = both(x, w)
    gx, = pb.autograd.grad(a.sum() + b, x, create_graph=True)
    hx, hw = pb.autograd.grad(gx.sum(), [x, w])
    assert np.allclose(hx.numpy(), -np.sin([0.3, 0.8]) * [3.0, 4.0])
    assert np.allclose(hw.numpy(), np.cos([0.3, 0.8]) + 1)


def test_gradgradcheck_of_a_compiled_function():
    assert pb.autograd.gradgradcheck(waves, (leaf(0.3, 0.8), leaf(3.0, 4.0)))


def test_second_derivative_inside_of_a_structure_is_refused():
    @pb.differentiable
    def loss(params):
        return np.sum(params["w"] ** 3)

    w = leaf(1.0, 2.0)
    loss({"w": w}).backward()
    assert w.grad.tolist() == [3.0, 12.0]
    with pytest.raises(pb.UnsupportedError, match=r"second derivative of loss.*inside of the argument `params`"):
        pb.autograd.grad(loss({"w": w}), w, create_graph=True)


def test_frozen_arguments_cost_no_backward_work():
    x = pb.ones(3, 2, dtype=pb.float64)
    first = pb.ones(2, 2, dtype=pb.float64, requires_grad=True)
    last = pb.ones(2, 1, dtype=pb.float64, requires_grad=True)
    network(x, first, last).backward()
    assert "d_first" in network.source
    first.requires_grad_(False)
    first.grad = last.grad = None
    network(x, first, last).backward()
    assert "d_first" not in network.source
    assert first.grad is None
    assert np.allclose(last.grad.numpy(), 3 * np.tanh(2.0))


def test_frozen_operands_have_no_pullback_in_the_eager_graph():
    x, frozen, w = pb.ones(3, 2), pb.ones(2, 2), pb.ones(2, 1, requires_grad=True)
    h = (x @ frozen).tanh()
    assert h.grad_fn is None
    y = h @ w
    assert [pull is not None for pull in y.grad_fn.plan.pulls] == [False, True]
    assert y.grad_fn.next_functions[0] == (None, 0)
    y.sum().backward()
    assert frozen.grad is None


def test_inputs_of_backward_do_no_other_work():
    ran = []

    class Watched(pb.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            ran.append(1)
            return g * 2

    x, w = leaf(1.0), leaf(2.0)
    (Watched.apply(x) * waves(w, w)).sum().backward(inputs=[w])
    assert not ran
    assert x.grad is None
