"""Random programs of views, stores in place, reductions and joins: values, gradients and second derivatives as PyTorch's."""

import numpy as np
import pytest

import pullback

PROGRAMS = 150


def stored(z, y):
    z[0] = y[1]
    return z


def scaled(z, y):
    z[1:3].mul_(y[:2])
    return z


def copied(z, y):
    z.view(2, 2)[0].copy_(y[:2])
    return z


STEPS = [
    lambda t, x, y: x + y,
    lambda t, x, y: x * y,
    lambda t, x, y: x / (1 + y * y),
    lambda t, x, y: x.tanh(),
    lambda t, x, y: x.abs().sqrt(),
    lambda t, x, y: x.sigmoid() * y,
    lambda t, x, y: x[1:].sum() * y,
    lambda t, x, y: t.cat([x[:2], y[2:]]),
    lambda t, x, y: t.cat(x.chunk(2)[::-1]),
    lambda t, x, y: t.where(x > y, x, y * 2),
    lambda t, x, y: x.masked_fill(x > 0.5, 0.1),
    lambda t, x, y: x.clamp(-0.5, 0.7),
    lambda t, x, y: x.view(2, 2).t().reshape(4),
    lambda t, x, y: (x.view(2, 2) @ y.view(2, 2)).flatten(),
    lambda t, x, y: (x.unsqueeze(0) * y.unsqueeze(1)).sum(1),
    lambda t, x, y: x.expand(3, 4).sum(0) / 3,
    lambda t, x, y: t.stack([x, y]).mean(0),
    lambda t, x, y: t.stack([x, y], 1).max(1).values,
    lambda t, x, y: x.softmax(0),
    lambda t, x, y: x.sort().values,
    lambda t, x, y: x.cumsum(0),
    lambda t, x, y: x.flip(0) + y.roll(1),
    lambda t, x, y: x.norm() * y,
    lambda t, x, y: x.var() * y,
    lambda t, x, y: x.gather(0, t.tensor([3, 0, 0, 1])),
    lambda t, x, y: x.index_select(0, t.tensor([0, 0, 2, 3])),
    lambda t, x, y: t.nn.functional.layer_norm(x, (4,)),
    lambda t, x, y: x.clone().add_(y),
    lambda t, x, y: (x * 0.5).exp_(),
    lambda t, x, y: stored(x * 1, y),
    lambda t, x, y: scaled(x * 1, y),
    lambda t, x, y: copied(x * 1, y),
]


def outcome(torch, seed):
    """What a random program gives: its value, gradients, and the gradients of their squares; or the kind of its error."""
    draw = np.random.default_rng(seed)
    x, y = (torch.tensor(v.tolist(), dtype=torch.float64, requires_grad=True) for v in draw.uniform(-1, 1, (2, 4)))
    program = [(STEPS[k], first) for k, first in zip(draw.integers(0, len(STEPS), 7), draw.random(7) < 0.5, strict=True)]
    a, b = x, y
    try:
        for step, first in program:
            result = step(torch, a, b)
            a, b = (result, a) if first else (result, b)
        loss = (a * torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)).sum()
        options = {"allow_unused": True, "materialize_grads": True}
        grads = torch.autograd.grad(loss, [x, y], create_graph=True, **options)
        squares = sum((g * g).sum() for g in grads)
        second = torch.autograd.grad(squares, [x, y], **options) if squares.requires_grad else ()
    except RuntimeError as error:
        return type(error)
    return [loss.item(), *(g.detach().tolist() for g in (*grads, *second))]


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_random_program_is_pytorchs(seed):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = outcome(pullback, seed), outcome(torch, seed)
    assert isinstance(ours, list) == isinstance(theirs, list), (ours, theirs)
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)


def test_programs_are_not_all_refused():
    assert sum(isinstance(outcome(pullback, seed), list) for seed in range(20)) >= 15
