"""Fine-tuning: train a network, freeze its first layers, and teach the last one another task.

The frozen parameters cost no backward work: the graph begins at the last layer, in the eager engine and in the
function that pullback generates from the loss, which has no cotangent for what is frozen.
"""

import time

import numpy as np

import pullback as pb
import pullback as torch
from pullback import nn


def points(seed, count=256):
    """Points in the square [-1, 1]^2."""
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (count, 2)).astype(np.float32))


def inside_circle(x):
    """The first task: 1 inside the circle of radius 0.7, else 0."""
    return ((x * x).sum(1, keepdim=True) < 0.49).float()


def inside_ring(x):
    """The second task: 1 between the radii 0.4 and 0.8, else 0."""
    square = (x * x).sum(1, keepdim=True)
    return ((square > 0.16) & (square < 0.64)).float()


def make_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))


def train(network, x, y, steps, lr=0.02):
    """Minimise the cross-entropy by Adam; returns the losses."""
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(network(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accuracy(network, x, y):
    """The share of points that the network puts on the right side, without tracking."""
    with torch.no_grad():
        return float(((network(x) > 0) == (y > 0.5)).float().mean())


def freeze_all_but_last(network):
    """Switch tracking off for every layer but the last, which begins anew."""
    for layer in network[:-1]:
        layer.requires_grad_(False)
    network[-1].reset_parameters()


@pb.differentiable
def compiled_loss(x, y, w1, b1, w2, b2, w3, b3):
    """The same network and loss as a NumPy function."""
    h = np.tanh(x @ w1.T + b1)
    h = np.tanh(h @ w2.T + b2)
    z = h @ w3.T + b3
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


def seconds(run, repeat=30):
    """The best time of one run."""
    best = float("inf")
    for _ in range(repeat):
        begin = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - begin)
    return best


def main():
    x, network = points(0), make_network()
    losses = train(network, x, inside_circle(x), 200)
    print(f"first task:  loss {losses[0]:.3f} -> {losses[-1]:.3f}, "
          f"accuracy {accuracy(network, x, inside_circle(x)):.2f}")

    def step():
        nn.functional.binary_cross_entropy_with_logits(network(x), inside_ring(x)).backward()

    whole = seconds(step)
    kept = [p.detach().clone() for p in network[:-1].parameters()]
    freeze_all_but_last(network)
    last = seconds(step)
    network.zero_grad()
    losses = train(network, x, inside_ring(x), 300)
    print(f"second task: loss {losses[0]:.3f} -> {losses[-1]:.3f}, "
          f"accuracy {accuracy(network, x, inside_ring(x)):.2f}")

    frozen = list(network[:-1].parameters())
    print(f"frozen layers unchanged: {all(torch.equal(a, b) for a, b in zip(kept, frozen, strict=True))}, "
          f"without gradients: {all(p.grad is None for p in frozen)}")
    print(f"a step takes {last / whole:.2f} of its time before")

    loss = compiled_loss(x, inside_ring(x), *network.parameters())
    loss.backward()
    print("the generated adjoint computes d_w3 and d_b3 only:",
          "d_w3" in compiled_loss.source and "d_w1" not in compiled_loss.source and "d_w2" not in compiled_loss.source)
    eager = nn.functional.binary_cross_entropy_with_logits(network(x), inside_ring(x))
    difference = abs(loss.item() - eager.item())
    print(f"difference between the eager and the compiled loss: {difference:.1e}")
    if not difference < 1e-5:
        raise SystemExit("the two losses differ")


if __name__ == "__main__":
    main()
