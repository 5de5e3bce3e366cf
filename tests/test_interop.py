"""Compiled NumPy functions as nodes of PyTorch's graph and as functions of JAX; arrays to and from other libraries."""

import numpy as np
import pytest

import pullback as pb


def waves(x, w):
    return np.sum(np.sin(x) * w)


def both(x, w):
    return np.sin(x) * w, np.sum(x * w)


def rolling(x):
    total = 0.0
    for k in range(x.shape[0]):
        total = total + x[k] ** 2 * (k + 1)
    return total


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture
def jax():
    return pytest.importorskip("jax", reason="JAX is not installed")


# PyTorch --------------------------------------------------------------------------------------------------------------


def test_function_is_a_node_of_a_torch_graph(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    y = pb.interop.to_torch(waves)(x * 2, w)
    assert y.grad_fn.name() == "wavesBackward"
    assert isinstance(y, torch.Tensor)
    (y * 10).backward()
    assert torch.allclose(x.grad, 20 * torch.cos(2 * x.detach()) * w.detach())
    assert torch.allclose(w.grad, 10 * torch.sin(2 * x.detach()))


def test_torch_keeps_its_dtypes(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = pb.interop.to_torch(waves)(x, torch.ones(2))
    assert y.dtype == torch.float32
    y.backward()
    assert x.grad.dtype == torch.float32


def test_torch_gradcheck_of_a_function_with_several_results(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(pb.interop.to_torch(both), (x, w))


def test_torch_results_that_are_not_used(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    _, total = pb.interop.to_torch(both)(x, torch.ones(2, dtype=torch.float64))
    total.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_torch_loop_trains_through_the_function(torch):
    x = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    f = pb.interop.to_torch(rolling)
    optimizer = torch.optim.SGD([x], lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        f(x).backward()
        optimizer.step()
    assert x.abs().max() < 1e-3


def test_torch_no_grad_and_constants(torch):
    x = torch.ones(2, dtype=torch.float64)
    assert not pb.interop.to_torch(waves)(x, x).requires_grad
    with torch.no_grad():
        assert not pb.interop.to_torch(waves)(x.requires_grad_(), x).requires_grad


def test_torch_second_derivative_is_refused_by_torch(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = pb.interop.to_torch(waves)(x, x)
    g, = torch.autograd.grad(y, x, create_graph=True)
    with pytest.raises(RuntimeError, match=r"does not require grad|once_differentiable"):
        g.sum().backward()


def test_torch_argument_may_be_changed_after_the_call(torch):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([3.0, 4.0], dtype=torch.float64)
    y = pb.interop.to_torch(waves)(x, w)
    w.zero_()
    y.backward()
    assert np.allclose(x.grad.numpy(), np.cos([1.0, 2.0]) * [3.0, 4.0])


def test_structured_output_is_refused(torch):
    with pytest.raises(pb.ArgumentError, match="returned dict where a number or an array is needed"):
        pb.interop.to_torch(lambda x: {"y": x})(torch.ones(2))


# JAX ------------------------------------------------------------------------------------------------------------------


def test_jax_gradient_is_the_generated_one(jax):
    jnp = jax.numpy
    f = pb.interop.to_jax(waves)
    x, w = jnp.array([1.0, 2.0]), jnp.array([3.0, 4.0])
    assert np.allclose(f(x, w), waves(np.asarray(x), np.asarray(w)), rtol=1e-5)
    by_x, by_w = jax.grad(f, argnums=(0, 1))(x, w)
    assert np.allclose(by_x, np.cos(x) * w, rtol=1e-5)
    assert np.allclose(by_w, np.sin(x), rtol=1e-5)


def test_jax_jit_and_surrounding_operations(jax):
    f = pb.interop.to_jax(waves)
    x = jax.numpy.array([1.0, 2.0])
    gradient = jax.jit(jax.grad(lambda x: 10 * f(x * 2, x)))(x)
    expected = 20 * np.cos(2 * np.asarray(x)) * np.asarray(x) + 10 * np.sin(2 * np.asarray(x))
    assert np.allclose(gradient, expected, rtol=1e-4)


def test_jax_several_results(jax):
    f = pb.interop.to_jax(both)
    x, w = jax.numpy.array([1.0, 2.0]), jax.numpy.array([3.0, 4.0])
    gradient = jax.grad(lambda x: f(x, w)[0].sum() + 5 * f(x, w)[1])(x)
    assert np.allclose(gradient, np.cos(x) * w + 5 * w, rtol=1e-5)


def test_jax_vmap_runs_each_slice(jax):
    f = pb.interop.to_jax(rolling)
    x = jax.numpy.arange(6.0).reshape(2, 3)
    assert np.allclose(jax.vmap(jax.grad(f))(x), 2 * np.asarray(x) * [1, 2, 3])


# Exchange of arrays ---------------------------------------------------------------------------------------------------


def test_tensors_share_memory_with_torch(torch):
    theirs = torch.arange(3.0)
    ours = pb.as_tensor(theirs)
    ours[0] = 7
    assert theirs[0] == 7
    assert pb.from_dlpack(theirs).tolist() == [7, 1, 2]
    back = torch.from_dlpack(ours)
    back[1] = 9
    assert ours[1].item() == 9
    assert pb.tensor(theirs.numpy()).dtype == np.float32


def test_torch_tensor_that_requires_grad_comes_in_detached(torch):
    theirs = torch.arange(3.0, requires_grad=True)
    assert not pb.as_tensor(theirs).requires_grad


def test_tracked_tensors_are_not_exported():
    x = pb.ones(2, requires_grad=True)
    with pytest.raises(BufferError, match="require gradient, use tensor.detach"):
        np.from_dlpack(x)
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\)"):
        np.asarray(x)
    assert np.from_dlpack(x.detach()).tolist() == [1, 1]
    assert np.array(x.detach()).tolist() == [1, 1]


def test_jax_arrays_come_in(jax):
    assert pb.as_tensor(jax.numpy.arange(3.0)).tolist() == [0, 1, 2]
