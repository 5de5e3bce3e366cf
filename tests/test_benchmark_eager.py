"""The programs of benchmarks/eager.py run, and the compiled network is the eager one."""

import numpy as np
import pytest

import pullback as pb
from benchmarks import eager


@pytest.mark.parametrize("make", eager.PROGRAMS, ids=lambda make: make.__name__)
def test_program_runs(make):
    make(pb)()


def test_compiled_loss_and_gradients_are_those_of_the_eager_network():
    pb.manual_seed(0)
    net = pb.nn.Sequential(pb.nn.Linear(8, 16), pb.nn.ReLU(), pb.nn.Linear(16, 4))
    x, t = pb.randn(32, 8), pb.randint(0, 4, (32,))
    target = pb.nn.functional.one_hot(t, 4).float()
    expected = pb.nn.functional.cross_entropy(net(x), t)
    expected.backward()
    by_eager = [p.grad.numpy().copy() for p in net.parameters()]
    net.zero_grad()
    compiled = pb.differentiable(eager.compiled_loss)
    for _ in range(2):  # the second call takes the short way
        net.zero_grad()
        loss = compiled(x, target, *net.parameters())
        loss.backward()
        assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
        for p, g in zip(net.parameters(), by_eager, strict=True):
            np.testing.assert_allclose(p.grad.numpy(), g, rtol=1e-4, atol=1e-6)
