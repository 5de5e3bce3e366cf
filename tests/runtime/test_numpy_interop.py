"""Tensors and NumPy: protocols, shared memory, other libraries."""

import copy
import pickle

import numpy as np
import pytest

from pullback.runtime.errors import NoRuleError


def test_ufuncs_stay_differentiable(pb):
    x = pb.tensor([1.0, 2.0], requires_grad=True)
    y = np.exp(x) + np.sin(x) * np.float64(2.0)
    assert y.grad_fn.name() == "AddBackward0"
    assert y.dtype == np.float32
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1, 2]) + 2 * np.cos([1, 2]), 1e-6)


def test_array_functions_stay_differentiable(pb):
    x = pb.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = np.concatenate([x, np.ones((1, 2), np.float32)])
    np.sum(np.mean(y, axis=0) * np.array([1.0, 10.0])).backward()
    np.testing.assert_allclose(x.grad.numpy(), [[1 / 3, 10 / 3]] * 2, 1e-6)


def test_arrays_on_either_side(pb):
    x = pb.tensor([1.0, 2.0], dtype=np.float64, requires_grad=True)
    a = np.array([3.0, 4.0])
    (a * x + x * a + x @ np.eye(2) + np.eye(2) @ x).sum().backward()
    assert x.grad.tolist() == [8, 10]


def test_shapes_and_flags_are_plain(pb):
    x = pb.ones(2, 3, requires_grad=True)
    assert np.shape(x) == (2, 3)
    assert np.ndim(x) == 2
    assert np.size(x) == 6


def test_constant_functions_return_constants(pb):
    x = pb.tensor([1.5, -2.5], requires_grad=True)
    assert not np.argmax(x).requires_grad
    assert not np.isfinite(x).requires_grad


def test_function_without_a_rule_says_so(pb):
    x = pb.ones(2, requires_grad=True)
    with pytest.raises(NoRuleError, match="nextafter"):
        np.nextafter(x, x)


def test_unknown_argument_is_refused(pb):
    x = pb.ones(2, requires_grad=True)
    with pytest.raises(NoRuleError, match="'where'|'out'"):
        np.add(x, x, where=np.array([True, False]))


def test_tracked_tensors_do_not_become_arrays(torch):
    x = torch.ones(2, requires_grad=True)
    for convert in (lambda: x.numpy(), lambda: np.asarray(x)):
        with pytest.raises(RuntimeError, match=r"Can't call numpy\(\) on Tensor that requires grad"):
            convert()
    assert x.detach().numpy().tolist() == [1, 1]


def test_from_numpy_shares_memory_and_tensor_copies(torch):
    a = np.ones(3, np.float32)
    shared, copied = torch.from_numpy(a), torch.tensor(a)
    a[0] = 5
    assert shared.tolist() == [5, 1, 1]
    assert copied.tolist() == [1, 1, 1]
    assert torch.as_tensor(a)[0].item() == 5
    assert shared.numpy() is a or shared.numpy()[0] == 5


def test_as_tensor_returns_a_tensor_as_it_is(torch):
    x = torch.ones(2)
    assert torch.as_tensor(x) is x


def test_numpy_dtypes_are_kept(torch):
    assert torch.tensor(np.ones(2)).dtype == torch.float64
    assert torch.tensor(np.array([1, 2])).dtype == torch.int64
    assert torch.tensor([np.float64(1.0)]).dtype == torch.float64


def test_dlpack_exchange(pb):
    x = pb.tensor([1.0, 2.0])
    assert np.from_dlpack(x).tolist() == [1, 2]
    with pytest.raises(BufferError, match="require gradient"):
        x.clone().requires_grad_().__dlpack__()


def test_exchange_with_pytorch(pb):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = torch.tensor([1.0, 2.0])
    ours = pb.as_tensor(theirs)
    theirs[0] = 7
    assert ours.tolist() == [7, 2]
    assert torch.from_dlpack(pb.ones(2)).tolist() == [1, 1]


def test_leaves_can_be_copied_and_pickled(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    deep = copy.deepcopy(x)
    assert deep.requires_grad
    assert deep.grad.tolist() == [2, 4]
    with torch.no_grad():
        deep[0] = 9.0
    assert x.tolist() == [1, 2]
    again = pickle.loads(pickle.dumps(x))  # noqa: S301
    assert again.requires_grad
    assert again.tolist() == [1, 2]


def test_results_cannot_be_deepcopied(torch):
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(torch.ones(1, requires_grad=True) * 2)


def test_iteration_length_and_truth(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    rows = list(x)
    assert len(x) == 2
    assert len(rows) == 2
    rows[1].sum().backward()
    assert x.grad.tolist() == [[0, 0], [1, 1]]
    assert bool(torch.tensor(1.0))
    with pytest.raises(RuntimeError, match="ambiguous"):
        bool(x)


def test_random_streams_repeat(torch):
    torch.manual_seed(5)
    first = torch.randn(3).tolist(), torch.rand(2).tolist(), torch.randperm(4).tolist()
    torch.manual_seed(5)
    assert first == (torch.randn(3).tolist(), torch.rand(2).tolist(), torch.randperm(4).tolist())
