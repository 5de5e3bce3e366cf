"""Modules, losses' errors, optimisers and schedules: under pullback and under PyTorch, and one against the other."""

import copy

import numpy as np
import pytest


def network(torch):
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.Tanh(), nn.BatchNorm1d(8), nn.LayerNorm(8), nn.Linear(8, 3)
    )


def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((32, 4)).astype(np.float32), rng.integers(0, 3, 32)


def trained(torch, state, make, steps=15):
    """The losses of a training loop as tutorials write it, from an initial `state_dict`."""
    net = network(torch)
    net.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    optimizer = make(torch.optim, net.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 5, 0.5)
    x, y = map(torch.from_numpy, data())
    criterion = torch.nn.CrossEntropyLoss()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    net.eval()
    with torch.no_grad():
        losses.append(criterion(net(x), y).item())
    return losses


OPTIMIZERS = {
    "sgd": lambda o, p: o.SGD(p, lr=0.1),
    "nesterov": lambda o, p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=1e-3, nesterov=True),
    "damped": lambda o, p: o.SGD(p, lr=0.1, momentum=0.9, dampening=0.5),
    "adam": lambda o, p: o.Adam(p, lr=0.01, weight_decay=0.1),
    "adamw": lambda o, p: o.AdamW(p, lr=0.01, amsgrad=True),
    "rmsprop": lambda o, p: o.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "adagrad": lambda o, p: o.Adagrad(p, lr=0.1, lr_decay=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_reaches_pytorchs_numbers(pb, name):
    pytorch = pytest.importorskip("torch", reason="PyTorch is not installed")
    pytorch.manual_seed(0)
    state = {key: value.detach().numpy().copy() for key, value in network(pytorch).state_dict().items()}
    ours, theirs = (trained(torch, state, OPTIMIZERS[name]) for torch in (pb, pytorch))
    assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_lowers_the_loss(pb, name):
    state = {key: value.numpy().copy() for key, value in network(pb).state_dict().items()}
    losses = trained(pb, state, OPTIMIZERS[name], 40)
    assert losses[-2] < 0.9 * losses[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda s, o: s.StepLR(o, 3, 0.5),
        lambda s, o: s.MultiStepLR(o, [2, 5], 0.1),
        lambda s, o: s.ExponentialLR(o, 0.9),
        lambda s, o: s.CosineAnnealingLR(o, 8),
        lambda s, o: s.LinearLR(o),
        lambda s, o: s.LambdaLR(o, lambda k: 1 / (k + 1)),
    ],
)
def test_schedule_sets_pytorchs_rates(pb, make):
    pytorch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rates = []
    for torch in (pb, pytorch):
        optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
        schedule = make(torch.optim.lr_scheduler, optimizer)
        rates.append([])
        for _ in range(8):
            optimizer.step()
            schedule.step()
            rates[-1].append(schedule.get_last_lr()[0])
    assert rates[0] == pytest.approx(rates[1])


def test_plateau_lowers_the_rate(torch):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
    for loss in (1.0, 1.0, 1.0, 1.0):
        schedule.step(loss)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


def test_module_finds_parameters_buffers_and_modules(torch):
    net = network(torch)
    names = [name for name, _ in net.named_parameters()]
    assert names == [
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
        "4.weight",
        "4.bias",
        "5.weight",
        "5.bias",
        "6.weight",
        "6.bias",
    ]
    assert [name for name, _ in net.named_buffers()] == ["4.running_mean", "4.running_var", "4.num_batches_tracked"]
    assert len(list(net.modules())) == 8
    assert len(list(net.children())) == 7


def test_shared_parameter_is_listed_once(torch):
    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch.nn.Linear(2, 2, bias=False)
            self.b = torch.nn.Linear(2, 2, bias=False)
            self.b.weight = self.a.weight

    assert [name for name, _ in Tied().named_parameters()] == ["a.weight"]


def test_module_needs_its_init(torch):
    class Early(torch.nn.Module):
        def __init__(self):
            self.w = torch.nn.Parameter(torch.ones(1))

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Early()


def test_state_dict_is_refused_by_name_and_shape(torch):
    net = torch.nn.Linear(2, 3)
    with pytest.raises(RuntimeError, match='Missing key.*"bias"'):
        net.load_state_dict({"weight": torch.ones(3, 2)})
    with pytest.raises(RuntimeError, match='Unexpected key.*"other"'):
        net.load_state_dict({**net.state_dict(), "other": torch.ones(1)})
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        net.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.ones(3)})


def test_train_and_eval_reach_all_modules(torch):
    net = network(torch).eval()
    assert not net[4].training
    assert net.train()[4].training


def test_dropout_keeps_the_mean_and_is_off_in_eval(torch):
    drop, x = torch.nn.Dropout(0.25), torch.ones(10_000)
    y = drop(x)
    assert sorted(y.unique().tolist()) == [0, pytest.approx(4 / 3)]
    assert y.mean().item() == pytest.approx(1, abs=0.05)
    assert drop.eval()(x) is x


def test_frozen_layers_get_no_gradient_and_no_nodes(torch):
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    net[0].requires_grad_(False)
    middle = net[1](net[0](torch.ones(1, 4)))
    assert middle.grad_fn is None
    net(torch.ones(1, 4)).sum().backward()
    assert net[0].weight.grad is None
    assert net[2].weight.grad is not None


def test_forward_hooks_see_and_change(torch):
    net = torch.nn.Linear(2, 2)
    seen = []
    handle = net.register_forward_hook(lambda module, args, result: seen.append(tuple(result.shape)))
    net.register_forward_pre_hook(lambda module, args: (args[0] * 0,))
    assert torch.allclose(net(torch.ones(1, 2)), net.bias)
    handle.remove()
    net(torch.ones(1, 2))
    assert seen == [(1, 2)]


def test_parameter_is_a_leaf_that_prints_as_one(torch):
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    assert p.is_leaf
    assert p.requires_grad
    assert repr(p) == "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    assert type(p * 1) is torch.Tensor


def test_optimizer_refuses_what_it_cannot_optimise(torch):
    x = torch.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="non-leaf"):
        torch.optim.SGD([x * 2], lr=0.1)
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.SGD([], lr=0.1)
    with pytest.raises(ValueError, match="Invalid learning rate"):
        torch.optim.SGD([x], lr=-1)
    with pytest.raises(TypeError, match="iterable of Tensors"):
        torch.optim.SGD(x, lr=0.1)


def test_optimizer_groups_have_their_own_rates(torch):
    a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    (a + b).sum().backward()
    optimizer.step()
    assert (a.item(), b.item()) == (pytest.approx(0.9), 0.5)


def test_optimizer_steps_with_a_closure(torch):
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 1
    assert w.item() == 0.5


def test_optimizer_state_moves_to_another(torch):
    def stepped(optimizer, w):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()

    w, v = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    first, second = torch.optim.Adam([w], lr=0.1), torch.optim.Adam([v], lr=0.1)
    stepped(first, w)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    with torch.no_grad():
        v.copy_(w)
    stepped(first, w)
    stepped(second, v)
    assert torch.equal(w, v)


def test_gradient_norm_is_clipped(torch):
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (w * w / 2).sum().backward()
    assert torch.nn.utils.clip_grad_norm_([w], 1.0).item() == 5
    assert w.grad.tolist() == pytest.approx([0.6, 0.8], rel=1e-5)


def test_losses_refuse_wrong_shapes(torch):
    F = torch.nn.functional
    with pytest.raises(ValueError, match="Target size.*must be the same as input size"):
        F.binary_cross_entropy_with_logits(torch.ones(2), torch.ones(3))
    with pytest.raises(IndexError, match="Target 5 is out of bounds"):
        F.cross_entropy(torch.ones(1, 3), torch.tensor([5]))
    with pytest.warns(UserWarning, match="different to the input size"), pytest.raises(RuntimeError):
        F.mse_loss(torch.ones(2), torch.ones(3))


def test_batches_of_a_data_set(torch):
    data = torch.utils.data
    loader = data.DataLoader(data.TensorDataset(torch.arange(5), torch.arange(5.0) * 2), batch_size=2)
    assert len(loader) == 3
    assert [[t.tolist() for t in batch] for batch in loader] == [[[0, 1], [0, 2]], [[2, 3], [4, 6]], [[4], [8]]]


# torch.func and torch.autograd.functional ------------------------------------------------------------------


def test_jacobian_and_hessian(torch):
    functional = torch.autograd.functional
    x = torch.tensor([1.0, 2.0])
    assert functional.jacobian(lambda x: torch.stack([x[0] * x[1], x[0]]), x).tolist() == [[2, 1], [1, 0]]
    assert functional.hessian(lambda x: x[0] ** 2 * x[1], x).tolist() == [[4, 2], [2, 0]]
    pair = functional.jacobian(lambda a, b: a * b, (x, x * 3))
    assert pair[1].tolist() == [[1, 0], [0, 2]]


def test_products_with_vectors(torch):
    functional = torch.autograd.functional
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    value, product = functional.vjp(lambda x: x * x, x, v)
    assert (value.tolist(), product.tolist()) == ([1, 4], [2, 40])
    value, product = functional.jvp(lambda x: x * x, x, v)
    assert (value.tolist(), product.tolist()) == ([1, 4], [2, 40])
    assert functional.hvp(lambda x: (x**3).sum(), x, v)[1].tolist() == [6, 120]
    assert functional.vhp(lambda x: (x**3).sum(), x, v)[1].tolist() == [6, 120]


def test_func_grad_nests(torch):
    x = torch.tensor(2.0)
    assert torch.func.grad(lambda x: x**3)(x).item() == 12
    assert torch.func.grad(torch.func.grad(lambda x: x**3))(x).item() == 12
    assert torch.func.grad(torch.func.grad(torch.func.grad(lambda x: x**3)))(x).item() == 6
    grads, value = torch.func.grad_and_value(lambda w: (w["a"] * w["a"]).sum())({"a": torch.ones(2)})
    assert (grads["a"].tolist(), value.item()) == ([2, 2], 2)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PyTorch's own, at its first forward-mode call
def test_func_jacobians_and_vmap(torch):
    x = torch.tensor([1.0, 2.0])
    assert torch.func.jacrev(lambda x: x * x)(x).tolist() == [[2, 0], [0, 4]]
    assert torch.func.jacfwd(lambda x: x * x)(x).tolist() == [[2, 0], [0, 4]]
    assert torch.func.hessian(lambda x: (x**3).sum())(x).tolist() == [[6, 0], [0, 12]]
    assert torch.func.jvp(lambda x: x * x, (x,), (x,))[1].tolist() == [2, 8]
    _, pull = torch.func.vjp(lambda x: x * x, x)
    assert pull(torch.ones(2))[0].tolist() == [2, 4]
    assert torch.func.vmap(torch.func.grad(lambda x: x * x))(x).tolist() == [2, 4]
    assert torch.func.vmap(lambda a, b: a * b, in_dims=(0, None))(x, torch.tensor(3.0)).tolist() == [3, 6]
