"""The programs whose adjoints are kept as golden files: one file each in this folder, compared to the byte and run."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import pullback as pb


def loss(x, y, w, b):
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def branch(x, steep):
    if steep > 1.0:
        y = np.exp(x) * steep
    else:
        y = x * x
    return np.sum(y)


def loop(x, rate, n):
    h = x
    for _ in range(n):
        h = h + rate * np.sin(h)
    return np.sum(h * h)


def newton(a):
    root = 1.0
    while abs(root * root - a) > 1e-12:
        root = 0.5 * (root + a / root)
    return root


def softplus(t):
    return np.log1p(np.exp(t))


def helped(x, w):
    return np.sum(w * softplus(x))


@dataclass(frozen=True)
class Golden:
    """A golden file: the function, what it is differentiated by, arguments; `generic`: the text before any call."""

    fn: Any
    wrt: tuple[str, ...]
    arguments: tuple[Any, ...]
    generic: bool = False

    def gradient(self):
        """The gradient function; called once, unless the generic text is meant."""
        gradient = pb.grad(self.fn, wrt=self.wrt)
        if not self.generic:
            gradient(*self.arguments)
        return gradient


def _layer():
    rng = np.random.default_rng(0)
    return np.ones(5), np.array([0.0, 1.0, 0.0]), rng.standard_normal((5, 3)), rng.standard_normal(3)


VECTOR = np.array([0.3, -0.7, 1.1])
GOLDENS = {
    "loss": Golden(loss, ("w", "b"), _layer()),
    "loss_generic": Golden(loss, ("w", "b"), _layer(), generic=True),
    "branch": Golden(branch, ("x", "steep"), (VECTOR, 1.5)),
    "loop": Golden(loop, ("x", "rate"), (VECTOR, 0.1, 4)),
    "newton": Golden(newton, ("a",), (2.0,)),
    "helped": Golden(helped, ("x", "w"), (VECTOR, np.array([1.0, 2.0, 3.0]))),
}
