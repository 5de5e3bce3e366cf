"""`autograd.Function`, hooks on saved tensors, checkpoints, anomaly mode: under pullback and under PyTorch."""

import numpy as np
import pytest

from pullback.runtime.compiled_nodes import apply_compiled


def test_saved_tensors_and_name(torch):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            (y,) = ctx.saved_tensors
            return g * y

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = Exp.apply(x)
    assert type(y.grad_fn).__name__ == "ExpBackward"
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert h.tolist() == pytest.approx([1.0, np.e], rel=1e-6)


def test_saved_tensors_are_freed(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * g * x

    x = torch.tensor(3.0, requires_grad=True)
    y = Square.apply(x)
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_saved_input_that_was_changed_raises(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * g * x

    x = torch.tensor([3.0], requires_grad=True) * 1
    y = Square.apply(x)
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_needs_input_grad_and_several_outputs(torch):
    seen = []

    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor, c):
            return x * factor, x + c

        @staticmethod
        def backward(ctx, g, h):
            seen.append((ctx.needs_input_grad, g.tolist(), h.tolist()))
            return g * 2 + h, None, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    double, _ = Pair.apply(x, 2, torch.ones(2))
    double.sum().backward()
    assert seen == [((True, False, False), [1, 1], [0, 0])]
    assert x.grad.tolist() == [2, 2]


def test_grads_are_not_materialized_on_request(torch):
    seen = []

    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, g, h):
            seen.append(h)
            return g

    x = torch.tensor([1.0], requires_grad=True)
    Pair.apply(x)[0].sum().backward()
    assert seen == [None]


def test_non_differentiable_output(torch):
    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, indices = x.sort()
            ctx.mark_non_differentiable(indices)
            ctx.save_for_backward(indices)
            return values, indices

        @staticmethod
        def backward(ctx, g, _):
            (indices,) = ctx.saved_tensors
            return torch.zeros_like(g).scatter(0, indices, g)

    x = torch.tensor([3.0, 1.0], requires_grad=True)
    values, indices = Sorted.apply(x)
    assert not indices.requires_grad
    (values * torch.tensor([1.0, 10.0])).sum().backward()
    assert x.grad.tolist() == [10, 1]


def test_dirty_input_is_returned(torch):
    class AddOne(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.add_(1)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 7

    x = torch.tensor([1.0], requires_grad=True)
    y = x * 1
    z = AddOne.apply(y)
    assert z is y
    y.sum().backward()
    assert x.grad.tolist() == [7]


def test_once_differentiable_refuses_the_second_time(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x * x

    x = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(Cube.apply(x) * x, x, create_graph=True)
    assert g.item() == 32
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.backward()


def test_wrong_number_of_gradients(torch):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            return g

    x = torch.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="returned an incorrect number of gradients \\(expected 2, got 1\\)"):
        Two.apply(x, x).sum().backward()


def test_function_is_not_instantiated_and_has_no_default_halves(torch):
    class Empty(torch.autograd.Function):
        pass

    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        Empty()
    with pytest.raises(NotImplementedError, match="forward"):
        Empty.apply(torch.ones(1))


def test_setup_context_takes_the_part_of_forward(torch):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, k):
            return x * k

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.k = inputs[1]

        @staticmethod
        def backward(ctx, g):
            return g * ctx.k, None

    x = torch.ones(2, requires_grad=True)
    Scale.apply(x, 3).sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_saved_tensors_hooks_pack_and_unpack(torch):
    events = []

    def pack(t):
        events.append("pack")
        return t.tolist()

    def unpack(values):
        events.append("unpack")
        return torch.tensor(values)

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = x.exp()
    y.sum().backward()
    assert events == ["pack", "unpack"]
    assert x.grad.tolist() == pytest.approx([np.e, np.e**2], rel=1e-5)


def test_checkpoint_runs_again_and_reaches_captured_parameters(torch):
    calls = []
    w = torch.tensor([2.0, 3.0], requires_grad=True)

    def step(x):
        calls.append(1)
        return (x * w).sin()

    x = torch.tensor([0.1, 0.2], requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(step, x, use_reentrant=True)
    y.sum().backward()
    got = x.grad.tolist(), w.grad.tolist()
    x.grad = w.grad = None
    step(x).sum().backward()
    assert got == (x.grad.tolist(), w.grad.tolist())
    assert len(calls) == 3


def test_anomaly_mode_names_the_node_that_made_a_nan(torch):
    x = torch.tensor([0.0], requires_grad=True)
    with pytest.warns(UserWarning), torch.autograd.detect_anomaly():
        y = (x * 0).sqrt() * 0
        with pytest.raises(RuntimeError, match="SqrtBackward0' returned nan values in its 0th output"):
            y.sum().backward()


# Compiled functions (pullback only) ------------------------------------------------------------------------


def squares(pb, x, y):
    return apply_compiled("squares", [x, y], lambda a, b: (float((a * a * b).sum()), (a, b)),
                          lambda saved, d: (2 * d * saved[0] * saved[1], d * saved[0] ** 2),
                          twice=lambda ts, d: (2 * d * ts[0] * ts[1], d * ts[0] ** 2))


def test_compiled_function_is_one_node(pb):
    x, y = pb.tensor([1.0, 2.0], requires_grad=True), pb.tensor([3.0, 4.0], requires_grad=True)
    value = squares(pb, x * 1, y)
    assert repr(value.grad_fn).startswith("<squaresBackward object at 0x")
    value.backward()
    assert x.grad.tolist() == [6, 16]
    assert y.grad.tolist() == [1, 4]
    with pytest.raises(RuntimeError, match="second time"):
        value.backward()


def test_compiled_function_records_nothing_for_constants(pb):
    x = pb.tensor([1.0, 2.0])
    assert squares(pb, x, x).grad_fn is None
    with pb.no_grad():
        assert squares(pb, pb.ones(2, requires_grad=True), x).grad_fn is None


def test_compiled_function_notices_a_changed_argument(pb):
    x, y = pb.tensor([1.0, 2.0], requires_grad=True), pb.ones(2)
    value = squares(pb, x, y)
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()


def test_compiled_function_has_a_second_derivative(pb):
    x, y = pb.tensor([1.0, 2.0], requires_grad=True), pb.tensor([3.0, 4.0], requires_grad=True)
    (g,) = pb.autograd.grad(squares(pb, x, y), x, create_graph=True)
    (h,) = pb.autograd.grad(g.sum(), y)
    assert h.tolist() == [2, 4]


def test_compiled_function_without_one_says_so(pb):
    x = pb.tensor([1.0], requires_grad=True)
    y = apply_compiled("double", [x], lambda a: (2 * a, None), lambda saved, d: (2 * d,))
    with pytest.raises(RuntimeError, match="no second derivative"):
        pb.autograd.grad(y.sum(), x, create_graph=True)
