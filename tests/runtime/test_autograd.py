"""Flags, leaves, backward, grad, hooks, higher order: each behaviour once, under pullback and under PyTorch."""

import pytest


def leaf(torch, values=(1.0, 2.0, 3.0)):
    return torch.tensor(list(values), requires_grad=True)


# Flags -----------------------------------------------------------------------------------------------------


def test_requires_grad_propagates(torch):
    x, c = leaf(torch), torch.ones(3)
    assert (x * c).requires_grad
    assert not (c * c).requires_grad
    assert x.is_leaf
    assert c.is_leaf
    assert not (x * c).is_leaf


def test_integer_tensors_cannot_require_grad(torch):
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor([1, 2], requires_grad=True)
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor([1, 2]).requires_grad_()


def test_requires_grad_of_a_result_cannot_be_switched_off(torch):
    y = leaf(torch) * 2
    with pytest.raises(RuntimeError, match="leaf variables"):
        y.requires_grad = False


def test_comparisons_are_constants(torch):
    x = leaf(torch)
    assert not (x > 1).requires_grad
    assert (x > 1).tolist() == [False, True, True]
    assert not x.argmax().requires_grad


def test_detach_shares_memory(torch):
    x = leaf(torch)
    x.detach()[0] = 5.0
    assert x.tolist() == [5, 2, 3]


def test_detach_in_place_makes_a_leaf(torch):
    y = leaf(torch) * 2
    y.detach_()
    assert y.is_leaf
    assert not y.requires_grad


# backward --------------------------------------------------------------------------------------------------


def test_backward_needs_a_graph(torch):
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        torch.ones(()).backward()


def test_backward_of_several_elements_needs_a_gradient(torch):
    with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
        (leaf(torch) * 2).backward()


def test_backward_takes_a_gradient(torch):
    x = leaf(torch)
    (x * x).backward(torch.tensor([1.0, 10.0, 100.0]))
    assert x.grad.tolist() == [2, 40, 600]


def test_gradient_of_wrong_shape_is_refused(torch):
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        (leaf(torch) * 2).backward(torch.ones(2))


def test_leaf_used_twice_gets_the_sum(torch):
    x = leaf(torch)
    (x * x + x).sum().backward()
    assert x.grad.tolist() == [3, 5, 7]


def test_backward_of_a_leaf_adds_the_gradient_itself(torch):
    x = torch.tensor(2.0, requires_grad=True)
    x.backward()
    assert x.grad.item() == 1


def test_gradients_share_no_memory(torch):
    x, y = leaf(torch), leaf(torch)
    (x + y).sum().backward()
    x.grad[0] = 9.0
    assert y.grad.tolist() == [1, 1, 1]


def test_gradient_given_by_the_user_is_copied(torch):
    x, g = leaf(torch), torch.ones(3)
    x.backward(g)
    g[0] = 7.0
    assert x.grad.tolist() == [1, 1, 1]


def test_backward_of_inputs_touches_only_them(torch):
    x, y = leaf(torch), leaf(torch)
    (x * y).sum().backward(inputs=[x])
    assert x.grad.tolist() == [1, 2, 3]
    assert y.grad is None


def test_backward_of_several_tensors(torch):
    x = leaf(torch)
    torch.autograd.backward([x.sum(), (x * 2).sum()])
    assert x.grad.tolist() == [3, 3, 3]


def test_only_a_node_that_saved_values_raises_the_second_time(torch):
    x = leaf(torch)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2, 2, 2]
    z = x.exp().sum()
    z.backward()
    with pytest.raises(RuntimeError, match="second time"):
        z.backward()


def test_shared_part_of_two_graphs_is_freed_once(torch):
    x = leaf(torch)
    shared = x.exp()
    a, b = shared.sum(), (shared + 1).sum()
    a.backward()
    with pytest.raises(RuntimeError, match="second time"):
        b.backward()


def test_grad_can_be_set_and_forgotten(torch):
    x = leaf(torch)
    x.grad = torch.ones(3)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [3, 3, 3]
    x.grad = None
    assert x.grad is None
    with pytest.raises(RuntimeError, match="Please ensure that the gradient and the tensor are the same size"):
        x.grad = torch.ones(2)


def test_unused_leaf_keeps_none(torch):
    x, y = leaf(torch), leaf(torch)
    (x * 2).sum().backward()
    assert y.grad is None


def test_frozen_branch_gets_no_node(torch):
    x, frozen = leaf(torch), torch.ones(3)
    y = (frozen * 2).exp() * x
    assert y.grad_fn.next_functions[0] == (None, 0)


# autograd.grad ---------------------------------------------------------------------------------------------


def test_grad_returns_a_tuple_and_leaves_grad_alone(torch):
    x, y = leaf(torch), leaf(torch)
    dx, dy = torch.autograd.grad((x * x * y).sum(), (x, y))
    assert dx.tolist() == [2, 8, 18]
    assert dy.tolist() == [1, 4, 9]
    assert x.grad is None


def test_grad_of_a_result_in_the_middle(torch):
    x = leaf(torch)
    y = x * 2
    (dy,) = torch.autograd.grad((y * y).sum(), y)
    assert dy.tolist() == [4, 8, 12]


def test_grad_of_an_unused_input(torch):
    x, y = leaf(torch), leaf(torch)
    with pytest.raises(RuntimeError, match="allow_unused=True"):
        torch.autograd.grad(x.sum(), y)
    assert torch.autograd.grad(x.sum(), y, allow_unused=True) == (None,)
    assert torch.autograd.grad(x.sum(), y, materialize_grads=True)[0].tolist() == [0, 0, 0]


def test_grad_needs_inputs_that_require_grad(torch):
    with pytest.raises(RuntimeError, match="does not require grad"):
        torch.autograd.grad(leaf(torch).sum(), torch.ones(3))


def test_grad_takes_grad_outputs(torch):
    x = leaf(torch)
    (dx,) = torch.autograd.grad(x * x, x, torch.tensor([1.0, 0.0, 2.0]))
    assert dx.tolist() == [2, 0, 12]


def test_batched_grad_outputs(torch):
    x = leaf(torch)
    (dx,) = torch.autograd.grad(x * x, x, torch.eye(3), is_grads_batched=True)
    assert dx.tolist() == [[2, 0, 0], [0, 4, 0], [0, 0, 6]]


# Higher order ----------------------------------------------------------------------------------------------


def test_second_and_third_derivative(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    (t,) = torch.autograd.grad(h.sum(), x)
    assert g.tolist() == [3, 12, 27]
    assert h.tolist() == [6, 12, 18]
    assert t.tolist() == [6, 6, 6]


def test_first_derivative_without_create_graph_is_constant(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad((x**3).sum(), x)
    assert not g.requires_grad


def test_create_graph_of_backward_warns_and_makes_grad_differentiable(torch):
    x = leaf(torch)
    with pytest.warns(UserWarning, match="create_graph=True"):
        (x**3).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    x.grad = None


@pytest.mark.parametrize("name", ["exp", "log", "sin", "tanh", "sigmoid", "sqrt", "reciprocal", "square", "softmax",
                                  "log_softmax", "cumsum"])
def test_second_derivative_of_elementary_functions(torch, name):
    def f(x):
        return getattr(x, name)(0) if name in ("softmax", "log_softmax", "cumsum") else getattr(x, name)()

    x = torch.tensor([0.5, 1.5, 0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(f, x)
    assert torch.autograd.gradgradcheck(f, x)


@pytest.mark.parametrize(
    "case",
    [
        "matmul",
        "vector_matrix",
        "matrix_vector",
        "dot",
        "batched",
        "mean",
        "max",
        "norm",
        "index",
        "gather",
        "cat",
        "expand",
        "bce",
        "cross_entropy",
        "mse",
        "var",
        "prod",
        "where",
        "conv",
    ],
)
def test_second_derivative_of_structured_functions(torch, case):
    F = torch.nn.functional
    a = torch.tensor([[0.5, 1.5, -0.7], [0.2, -1.1, 0.9]], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([[0.3, 0.1], [1.2, -0.4], [0.8, 0.6]], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([2, 0])
    functions = {
        "matmul": lambda a, b: a @ b,
        "vector_matrix": lambda a, b: a[0] @ b,
        "matrix_vector": lambda a, b: a @ b[:, 0],
        "dot": lambda a, b: a[0] @ b[:, 1],
        "batched": lambda a, b: a[None] @ b,
        "mean": lambda a, b: (a * a).mean(0),
        "max": lambda a, b: (a * a).max(1)[0],
        "norm": lambda a, b: a.norm(dim=1),
        "index": lambda a, b: (a * a)[[0, 1, 1], [2, 0, 0]],
        "gather": lambda a, b: (a * a).gather(1, torch.tensor([[0, 0], [2, 1]])),
        "cat": lambda a, b: torch.cat([a * a, b.t()], 1),
        "expand": lambda a, b: (a * a)[0].expand(4, 3),
        "bce": lambda a, b: F.binary_cross_entropy_with_logits(a, b.t().sigmoid()),
        "cross_entropy": lambda a, b: F.cross_entropy(a, target),
        "mse": lambda a, b: F.mse_loss(a, b.t()),
        "var": lambda a, b: a.var(1),
        "prod": lambda a, b: a.prod(1),
        "where": lambda a, b: torch.where(a > 0, a * a, b.t()),
        "conv": lambda a, b: F.conv1d(a[None], b.t()[:, None, :2].expand(2, 2, 2), padding=1),
    }
    f = functions[case]
    assert torch.autograd.gradcheck(f, (a, b))
    assert torch.autograd.gradgradcheck(f, (a, b))


def test_gradcheck_finds_a_wrong_derivative(torch):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(Wrong.apply, x)
    assert not torch.autograd.gradcheck(Wrong.apply, x, raise_exception=False)


# Hooks and retained gradients ------------------------------------------------------------------------------


def test_hook_of_a_leaf_sees_and_changes_the_gradient(torch):
    x = leaf(torch)
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: g * 10)
    (x * 2 + x).sum().backward()
    assert seen == [[3, 3, 3]]
    assert x.grad.tolist() == [30, 30, 30]


def test_hook_of_a_result_changes_what_flows_on(torch):
    x = leaf(torch)
    y = x * 2
    y.register_hook(lambda g: g + 1)
    y.sum().backward()
    assert x.grad.tolist() == [4, 4, 4]


def test_removed_hook_is_silent(torch):
    x = leaf(torch)
    handle = x.register_hook(lambda g: g * 10)
    handle.remove()
    x.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_hook_needs_requires_grad(torch):
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        torch.ones(1).register_hook(lambda g: g)


def test_post_accumulate_hook_runs_with_the_leaf(torch):
    x = leaf(torch)
    seen = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.tolist())))
    (x * 2).sum().backward()
    assert seen == [(True, [2, 2, 2])]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 2).register_post_accumulate_grad_hook(lambda t: None)


def test_retain_grad_keeps_the_gradient_of_a_result(torch):
    x = leaf(torch)
    y = x * 2
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [4, 8, 12]
    with pytest.raises(RuntimeError, match="requires_grad=False"):
        torch.ones(1).retain_grad()


def test_hooks_of_a_node(torch):
    x = leaf(torch)
    y = x * 2
    seen = []
    y.grad_fn.register_hook(lambda ins, outs: seen.append((ins[0].tolist(), outs[0].tolist())))
    y.grad_fn.register_prehook(lambda outs: (outs[0] * 5,))
    y.sum().backward()
    assert seen == [([10, 10, 10], [5, 5, 5])]
    assert x.grad.tolist() == [10, 10, 10]


# The graph as data -----------------------------------------------------------------------------------------


def test_next_functions_lead_to_the_leaves(torch):
    x = leaf(torch)
    y = x * 2 + x
    (mul, index), (last, _) = y.grad_fn.next_functions
    assert (mul.name(), index) == ("MulBackward0", 0)
    assert type(last).__name__ == "AccumulateGrad"
    assert last.variable is x
    assert mul.next_functions[0][0] is last
    assert x.grad_fn is None


def test_constant_operand_has_no_function(torch):
    assert (leaf(torch) * 2).grad_fn.next_functions[1] == (None, 0)


# Gradient of special points --------------------------------------------------------------------------------


def test_where_does_not_leak_nan_from_a_constant_branch(torch):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    torch.where(x > 0, x * 2, 1.0).sum().backward()
    assert x.grad.tolist() == [0, 2]


def test_relu_at_zero(torch):
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 1]


def test_max_of_equal_elements_shares(torch):
    x = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
    x.max().backward()
    assert x.grad.tolist() == [0.5, 0.5, 0]


def test_repeated_index_adds_up(torch):
    x = leaf(torch)
    x[[0, 0, 2]].sum().backward()
    assert x.grad.tolist() == [2, 0, 1]


def test_empty_tensor_has_an_empty_gradient(torch):
    x = torch.zeros(0, 3, requires_grad=True)
    (x * 2).sum().backward()
    assert tuple(x.grad.shape) == (0, 3)


def test_mixed_dtypes_bring_each_gradient_home(torch):
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    y = torch.ones(2, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.dtype == torch.float64
    assert y.grad.dtype == torch.float32


def test_complex_gradient_follows_the_convention(torch):
    z = torch.tensor([1 + 2j], requires_grad=True)
    (z * z.conj()).sum().abs().backward()
    assert z.grad.tolist() == [2 + 4j]
