"""Checkpointed loops and functions compiled to machine code."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError


def loop(x, a):
    u = x * 1.0
    for t in pb.checkpointed(range(20), snapshots=3):
        u = np.sin(u) * a + t * 0.1
    return np.sum(u ** 2)


def scalar(x):
    for t in pb.checkpointed(range(30), snapshots=4):
        x = np.sin(x) * 1.01 + 0.01 * t
    return x


layer = pb.checkpoint(lambda x, a: np.tanh(x * a) * x)


def layers(x, a):
    return np.sum(layer(layer(x, a), a))


@pytest.mark.parametrize("fn", [loop, layers])
def test_gradients_are_those_of_the_numpy_text(fn):
    x = np.array([0.3, 0.5])
    wanted = pb.grad(fn, wrt=(0, 1))(x, 1.1)
    found = pb.grad(fn, wrt=(0, 1), backend="numba")(x, 1.1)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-15)


def test_a_number():
    assert pb.grad(scalar, backend="numba")(0.4) == pytest.approx(pb.grad(scalar)(0.4), rel=1e-12)


def test_a_pullback_of_a_checkpointed_loop_is_refused():
    with pytest.raises(UnsupportedError, match="a checkpointed loop in a pullback"):
        pb.vjp(loop, np.array([0.3, 0.5]), 1.1, backend="numba")
