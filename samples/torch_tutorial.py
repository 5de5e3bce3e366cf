"""The one-layer network of PyTorch's autograd tutorial, twice: on Tensors, and as a NumPy function with its adjoint.

The first half is the tutorial's own program with `import pullback as torch`. The second writes the loss as a plain
NumPy function, lets pullback generate its adjoint, shows both, and checks the gradient against central differences.
"""

import numpy as np

import pullback as pb
import pullback as torch


def tensor_tutorial():
    """The tutorial's snippets; returns w and b with their gradients."""
    x = torch.ones(5)  # input
    y = torch.zeros(3)  # expected output
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    print(f"Gradient function for z = {z.grad_fn}")
    print(f"Gradient function for loss = {loss.grad_fn}")

    loss.backward()
    print(f"loss = {loss.item():.6f}")
    print(f"w.grad =\n{w.grad}")
    print(f"b.grad =\n{b.grad}")

    with torch.no_grad():
        z = torch.matmul(x, w) + b
    print(f"under no_grad, z.requires_grad is {z.requires_grad}")
    z = torch.matmul(x, w) + b
    print(f"z.detach().requires_grad is {z.detach().requires_grad}")
    return w, b


@pb.value_and_grad(wrt=("w", "b"))
def loss(x, y, w, b):
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def central_differences(f, at, step=1e-6):
    """The gradient of the scalar function `f` at the array `at`, one element after the other."""
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        moved = np.zeros_like(at)
        moved[index] = step
        gradient[index] = (f(at + moved) - f(at - moved)) / (2 * step)
    return gradient


def largest_error(x, y, w, b):
    """The largest difference between the adjoint's gradients and central differences."""
    _, (d_w, d_b) = loss(x, y, w, b)
    by_w = central_differences(lambda w: loss.primal(x, y, w, b), w)
    by_b = central_differences(lambda b: loss.primal(x, y, w, b), b)
    return max(np.abs(d_w - by_w).max(), np.abs(d_b - by_b).max())


def main():
    print("== On Tensors, as in the tutorial")
    tensor_tutorial()

    print("\n== As a NumPy function, beside its generated adjoint")
    rng = np.random.default_rng(0)
    x, y = np.ones(5), np.zeros(3)
    w, b = rng.standard_normal((5, 3)), rng.standard_normal(3)
    value, (d_w, d_b) = loss(x, y, w, b)
    print(loss.inspect())
    print(f"loss = {value:.6f}")
    print(f"gradient of w =\n{d_w}")
    print(f"gradient of b =\n{d_b}")

    error = largest_error(x, y, w, b)
    print(f"largest difference from central differences: {error:.1e}")
    if not error < 1e-8:
        raise SystemExit("the gradient is wrong")


if __name__ == "__main__":
    main()
