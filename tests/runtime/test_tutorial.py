"""Every snippet of PyTorch's autograd tutorial, with what it shows."""

import re

import pytest


def network(torch):
    x = torch.ones(5)
    y = torch.zeros(3)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    z = torch.matmul(x, w) + b
    return x, y, w, b, z, torch.nn.functional.binary_cross_entropy_with_logits(z, y)


def test_nodes_print_under_their_names(torch):
    *_, z, loss = network(torch)
    assert re.fullmatch(r"<AddBackward0 object at 0x[0-9a-f]+>", repr(z.grad_fn))
    assert re.fullmatch(r"<BinaryCrossEntropyWithLogitsBackward0 object at 0x[0-9a-f]+>", repr(loss.grad_fn))


def test_gradients_are_those_of_the_formula(torch):
    x, y, w, b, z, loss = network(torch)
    loss.backward()
    slope = (z.detach().sigmoid() - y) / 3
    assert torch.allclose(b.grad, slope)
    assert torch.allclose(w.grad, slope.expand(5, 3))
    assert w.grad.dtype == torch.float32
    assert tuple(w.grad.shape) == (5, 3)


def test_second_backward_raises_and_explains(torch):
    *_, loss = network(torch)
    loss.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time.*retain_graph=True"):
        loss.backward()


def test_retained_graph_runs_again_and_gradients_accumulate(torch):
    _, _, w, _, _, loss = network(torch)
    loss.backward(retain_graph=True)
    first = w.grad.clone()
    loss.backward()
    assert torch.allclose(w.grad, first * 2)


def test_no_grad_records_nothing(torch):
    x, _, w, b, z, _ = network(torch)
    assert z.requires_grad
    with torch.no_grad():
        z = torch.matmul(x, w) + b
    assert not z.requires_grad
    assert z.grad_fn is None


def test_detached_result_does_not_require_grad(torch):
    *_, z, _ = network(torch)
    assert z.detach().requires_grad is False


def test_grad_of_a_result_warns_and_is_none(torch):
    *_, z, loss = network(torch)
    loss.backward()
    with pytest.warns(UserWarning, match="not a leaf Tensor is being accessed"):
        assert z.grad is None


def test_jacobian_products_of_the_tutorial(torch):
    inp = torch.eye(4, 5, requires_grad=True)
    out = (inp + 1).pow(2).t()
    out.backward(torch.ones_like(out), retain_graph=True)
    first = inp.grad.tolist()
    assert first == [[4, 2, 2, 2, 2], [2, 4, 2, 2, 2], [2, 2, 4, 2, 2], [2, 2, 2, 4, 2]]
    out.backward(torch.ones_like(out), retain_graph=True)
    assert inp.grad.tolist() == [[2 * v for v in row] for row in first]
    inp.grad.zero_()
    out.backward(torch.ones_like(out), retain_graph=True)
    assert inp.grad.tolist() == first
