"""Cotangents of stored elements are cleared after their last reader: no copy, and the same numbers."""

import numpy as np
import pytest

import pullback as pb
from benchmarks.contenders import check_by_differences
from benchmarks.problem import Program
from pullback.compiler import pipeline
from pullback.compiler.api import ValueAndGradient


def diffusion(u):
    u = np.copy(u)
    v = np.zeros_like(u)
    for _ in range(3):
        v[1:-1] = 0.3 * (u[2:] + u[:-2])
        u[1:-1] = np.sin(v[1:-1])
    return np.sum(u * v)


def onto_itself(u):
    """The cleared array receives the reader's result: at once for what was read, so the copy stays."""
    u = np.copy(u)
    for _ in range(3):
        u[1:] = u[:-1] + 0.5 * u[1:]
    return np.sum(u**2)


def plain_move(u):
    """The stored value is another array's: its cotangent must not become a view of what is cleared."""
    u, v = np.copy(u), u * 2.0
    for _ in range(2):
        u[1:] = v[:-1]
        v[1:] = u[1:]
    return np.sum(u * v)


def kept(u):
    """A whole value is stored and read again afterwards."""
    w = np.sin(u)
    buffer = np.zeros((2, u.shape[0]))
    total = 0.0
    for i in range(2):
        buffer[i, :] = w
        w = w * np.cos(buffer[i, :])
        total = total + np.sum(buffer)
    return total + np.sum(w)


def branches(u):
    u = np.copy(u)
    for i in range(1, u.shape[0]):
        if u[i] > 0.0:
            u[i:] = u[i - 1] * u[i:]
        else:
            u[:i] = u[i] * u[:i]
    return np.sum(u)


X = np.array([0.7, -1.2, 0.4, 1.3, 0.9])
CASES = [diffusion, onto_itself, plain_move, kept, branches]


@pytest.mark.parametrize("fn", CASES, ids=lambda fn: fn.__name__)
def test_gradient_is_right_and_the_same_to_the_last_bit(fn):
    value, gradient = pb.value_and_grad(fn)(X)
    check_by_differences(Program(fn.__name__, fn, (X,), ("u",)), [np.asarray(value), gradient])
    plain = pipeline.Options(simplify=False)
    np.testing.assert_allclose(gradient, ValueAndGradient(fn, None, "numpy", plain)(X)[1], rtol=1e-13)


def test_no_copy_where_all_readers_come_first():
    text = pb.value_and_grad(diffusion).source_for(X)
    backward = text[text.index("# adjoint of"):]
    assert "np.copy(" not in backward
    assert "d_v[1:-1] = 0.0" in backward
