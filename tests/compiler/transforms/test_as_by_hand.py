"""Adjoints of usual objectives read as one writes them by hand, and are right."""

import numpy as np
import pytest

import pullback as pb

RNG = np.random.default_rng(0)


def linear(w, b, x, y):
    return np.mean((x @ w + b - y) ** 2)


def ridge(w, x, y, lam):
    r = x @ w - y
    return 0.5 * np.dot(r, r) + 0.5 * lam * np.sum(w**2)


def softmax(w, x, y):
    z = x @ w
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return -np.mean(np.sum(y * np.log(e / np.sum(e, axis=1, keepdims=True)), axis=1))


def log_softmax(w, x, y):
    z = x @ w
    z = z - np.max(z, axis=1, keepdims=True)
    return -np.mean(np.sum(y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1))


def softmax_of_one(w):
    e = np.exp(w - np.max(w))
    p = e / np.sum(e)
    return np.sum(p**2)


def read_again(w, x):
    """Here the exponentials are read once more: the shift matters."""
    z = x @ w
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return np.sum(np.sin(e / np.sum(e, axis=1, keepdims=True))) + np.sum(e)


def another_axis(w):
    """The shift is by columns, the sums are by rows: they only have one shape."""
    e = np.exp(w - np.max(w, axis=0))
    return np.sum(np.sin(e / np.sum(e, axis=1)))


def cross_entropy(w, x, y):
    p = 1 / (1 + np.exp(-(x @ w)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def hinge(w, x, y):
    return np.mean(np.maximum(0, 1 - y * (x @ w))) + 0.5 * np.dot(w, w)


def huber(w, x, y):
    r = x @ w - y
    a = np.abs(r)
    return np.mean(np.where(a < 1.0, 0.5 * r**2, a - 0.5))


def clusters(w, x):
    squares = np.sum(x * x, axis=1)[:, None] - 2.0 * (x @ w) + np.sum(w * w, axis=0)
    return np.mean(np.min(squares, axis=1))


def lengths(w, x):
    t = np.sqrt(np.sum(w * w, axis=1, keepdims=True))
    return np.sum((w / t) ** 3 * x) - np.sum(t)


def logistic(w, x, y):
    z = x @ w
    return np.mean(np.logaddexp(0.0, z) - y * z)


X, W, Y = RNG.standard_normal((30, 4)), RNG.standard_normal(4), (RNG.standard_normal(30) > 0).astype(float)
W2, Y2 = RNG.standard_normal((4, 3)), np.eye(3)[RNG.integers(0, 3, 30)]
CASES = [
    (linear, (W, 0.3, X, Y), ["2.0 / y.size * (x @ w + b - y)"], []),
    (ridge, (W, X, Y, 0.1), ["d_w = lam * w", "d_w += x.T @ r"], []),
    (softmax, (W2, X, Y2), [], ["count_nonzero", "=="]),
    (log_softmax, (W2, X, Y2), [], ["count_nonzero", "=="]),
    (softmax_of_one, (W,), [], ["count_nonzero", "=="]),
    (read_again, (W2, X), ["count_nonzero"], []),
    (another_axis, (RNG.standard_normal((4, 4)),), ["count_nonzero"], []),
    (cross_entropy, (W, X, Y), ["(p - y) / y.size"], []),
    (hinge, (W, X, 2 * Y - 1), ["d_w = w - x.T @ "], []),
    (huber, (W, X, Y), [], ["2 *"]),
    (clusters, (W2, X), ["squares == ", "[:, None]"], ["expand_dims", "broadcast_to"]),
    (lengths, (RNG.standard_normal((30, 4)), X), [], ["2 * t", "broadcast_to"]),
    (logistic, (W, X, Y), ["d_z = (np.exp(z - ", " - y) / y.size"], []),
]


def statements(fn, arguments):
    """The gradient's text without its comments."""
    return "\n".join(line for line in pb.grad(fn).source_for(*arguments).splitlines() if "#" not in line)


@pytest.mark.parametrize(("fn", "arguments", "there", "absent"), CASES, ids=[case[0].__name__ for case in CASES])
def test_text_and_gradient(fn, arguments, there, absent):
    value, gradient = pb.value_and_grad(fn)(*arguments)
    np.testing.assert_allclose(value, fn(*arguments), rtol=1e-14)
    for at in np.ndindex(*arguments[0].shape):
        step = np.zeros(arguments[0].shape)
        step[at] = 1e-6
        slope = (fn(arguments[0] + step, *arguments[1:]) - fn(arguments[0] - step, *arguments[1:])) / 2e-6
        np.testing.assert_allclose(gradient[at], slope, rtol=1e-5, atol=1e-8)
    text = statements(fn, arguments)
    for part in there:
        assert part in text, text
    for part in absent:
        assert part not in text, text


def test_a_value_is_not_made_to_be_measured():
    text = statements(log_softmax, (W2, X, Y2))
    assert "x.shape[0]" in text
    assert "np.sum(y * " not in text


def test_numbers_and_their_roots_at_zero_do_not_warn():
    with np.errstate(all="raise"):
        gradient = pb.grad(lambda w: np.sum(np.sqrt(np.sum(w * w, axis=1, keepdims=True)) * 0.0))(np.zeros((3, 2)))
    assert gradient.shape == (3, 2)
