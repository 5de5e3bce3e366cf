"""The eager engine on small tensors, beside PyTorch's own: each program is the same text under both.

    python -m benchmarks.eager
"""

from __future__ import annotations

from collections.abc import Callable
from timeit import Timer
from typing import Any

import numpy as np

from .measure import PROCESSOR, timer
from .rounds import Plan, Ratio, in_rounds, ratio

Step = Callable[[], Any]
BAR = 1.0  # an eager step may take as long as PyTorch's


def _network(torch: Any) -> Any:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))


def tutorial(torch: Any) -> Step:
    """The tutorial's network: one layer, binary cross-entropy, backward."""
    x, y = torch.ones(5), torch.zeros(3)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)

    def step() -> None:
        w.grad = b.grad = None
        z = torch.matmul(x, w) + b
        torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()

    return step


def mlp(torch: Any) -> Step:
    """A network of two layers on 32 samples: cross-entropy and backward."""
    net, x, t = _network(torch), torch.ones(32, 8), torch.zeros(32, dtype=torch.int64)
    loss = torch.nn.CrossEntropyLoss()

    def step() -> None:
        net.zero_grad()
        loss(net(x), t).backward()

    return step


def training(torch: Any) -> Step:
    """The same with a step of Adam."""
    net, x, t = _network(torch), torch.ones(32, 8), torch.zeros(32, dtype=torch.int64)
    optimizer, loss = torch.optim.Adam(net.parameters()), torch.nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad()
        loss(net(x), t).backward()
        optimizer.step()

    return step


def chain(torch: Any) -> Step:
    """Twenty elementwise operations on ten numbers, and backward."""
    v = torch.ones(10, requires_grad=True)

    def step() -> None:
        v.grad = None
        y = v
        for _ in range(10):
            y = y * 1.1 + 0.1
        y.sum().backward()

    return step


def indexing(torch: Any) -> Step:
    """Rows read, reshaped and summed, and backward."""
    a = torch.ones(4, 4, requires_grad=True)

    def step() -> None:
        a.grad = None
        (a[0] * a.reshape(2, 8)[1, :4]).sum().backward()

    return step


def forward_untracked(torch: Any) -> Step:
    """A forward pass under no_grad."""
    net, x = _network(torch), torch.ones(32, 8)

    def step() -> Any:
        with torch.no_grad():
            return net(x)

    return step


def forward_tracked(torch: Any) -> Step:
    """The same, recorded."""
    net, x = _network(torch), torch.ones(32, 8)
    return lambda: net(x)


PROGRAMS = (tutorial, mlp, training, chain, indexing, forward_untracked, forward_tracked)


def compiled_loss(x: Any, target: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    """The network of `mlp` with its cross-entropy as a NumPy function."""
    h = np.maximum(x @ w1.T + b1, 0.0)
    z = h @ w2.T + b2
    top = np.max(z, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(z - top), axis=1, keepdims=True)) + top
    return np.mean(log_sum - np.sum(z * target, axis=1, keepdims=True))


def compiled_mlp(pullback: Any) -> Step:
    """`mlp` as one compiled node."""
    net, x = _network(pullback), pullback.ones(32, 8)
    target = pullback.nn.functional.one_hot(pullback.zeros(32, dtype=pullback.int64), 4).float()
    loss = pullback.differentiable(compiled_loss)
    parameters = list(net.parameters())

    def step() -> None:
        net.zero_grad()
        loss(x, target, *parameters).backward()

    return step


def compiled_chain_loss(v: Any) -> Any:
    """The loss of `chain`."""
    y = v
    for _ in range(10):
        y = y * 1.1 + 0.1
    return np.sum(y)


def compiled_chain(pullback: Any) -> Step:
    """`chain` as one compiled node."""
    v = pullback.ones(10, requires_grad=True)
    loss = pullback.differentiable(compiled_chain_loss)

    def step() -> None:
        v.grad = None
        loss(v).backward()

    return step


def _watch(step: Step, plan: Plan) -> Timer:
    """A timer of a step that has run: the first call reads rules and compiles."""
    step()
    step()
    return timer(step, (), plan.clock)


def beside_torch(plan: Plan) -> dict[str, Ratio]:
    """Each program's time under pullback over that under PyTorch with one thread; needs PyTorch."""
    import torch

    import pullback

    torch.set_num_threads(1)
    watches = {}
    for make in PROGRAMS:
        watches[f"{make.__name__} pullback"] = _watch(make(pullback), plan)
        watches[f"{make.__name__} torch"] = _watch(make(torch), plan)
    samples = in_rounds(watches, plan)
    return {make.__name__: ratio(samples[f"{make.__name__} pullback"], samples[f"{make.__name__} torch"])
            for make in PROGRAMS}


def within(plan: Plan) -> dict[str, Ratio]:
    """What compiling a step, and not recording a forward pass, saves: times over the eager, recorded ones."""
    import pullback

    watches = {name: _watch(make(pullback), plan) for name, make in (
        ("eager", mlp), ("compiled", compiled_mlp), ("eager chain", chain), ("compiled chain", compiled_chain),
        ("tracked", forward_tracked), ("untracked", forward_untracked))}
    samples = in_rounds(watches, plan)
    return {"a compiled network over an eager one": ratio(samples["compiled"], samples["eager"]),
            "a compiled chain of operations over an eager one": ratio(samples["compiled chain"],
                                                                      samples["eager chain"]),
            "a forward pass under no_grad over a recorded one": ratio(samples["untracked"], samples["tracked"])}


def main() -> None:
    """Print both tables; processor time, since the machine may have other work."""
    plan = Plan(clock=PROCESSOR)
    print("pullback's eager engine over PyTorch's, one thread")
    for name, found in beside_torch(plan).items():
        print(f"  {name:20} {found}")
    for name, found in within(plan).items():
        print(f"{name}: {found}")


if __name__ == "__main__":
    main()
