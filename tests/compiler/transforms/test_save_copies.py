"""Views saved on tapes are copied where their array is stored into, so that the stores are done in place."""

import numpy as np
import pytest

import pullback as pb
from benchmarks.contenders import check_by_differences
from benchmarks.problem import Program
from pullback.compiler import pipeline
from pullback.compiler.api import ValueAndGradient


def rows(a, c):
    """A view that is saved and whose array is stored into in the same statement."""
    a = np.copy(a)
    for i in range(a.shape[0]):
        a[i, :] = a[i, :] @ c
    return np.sum(a**2)


def prefix(x):
    """A view that grows with the loop."""
    x = np.copy(x)
    for i in range(1, x.shape[0]):
        x[i] = x[i] * np.dot(x[:i], x[:i])
    return np.sum(x)


def shifted(x):
    """The value stored is a view of the array that it is stored into."""
    x = np.copy(x)
    for _ in range(3):
        x[1:] = x[:-1]
        x[0] = x[0] * x[-1]
    return np.sum(x**3)


def crossing(x):
    """The view is read after the store, which the reader sees."""
    x = np.copy(x)
    total = 0.0
    for i in range(x.shape[0] - 1):
        tail = x[i:]
        x[i] = x[i] * x[i + 1]
        total += np.sum(tail**2)
    return total


def gathered(x, k):
    """A store at positions given by an array, of a product with a view."""
    x = np.copy(x)
    for _ in range(2):
        x[k] = x[1:] * x[k]
    return np.sum(x**2)


def sides(x):
    """A view saved in a branch."""
    x = np.copy(x)
    for i in range(1, x.shape[0]):
        part = x[:i]
        if x[i] > 0.0:
            x[i] = np.sum(part * part)
        else:
            x[i] = np.prod(part)
    return np.sum(x)


X = np.array([0.7, -1.2, 0.4, 1.3])
CASES = {
    "rows": (rows, (np.arange(6.0).reshape(3, 2) / 5.0, np.array([[0.5, 0.2], [-0.3, 0.8]])), ("a", "c")),
    "prefix": (prefix, (X,), ("x",)),
    "shifted": (shifted, (X,), ("x",)),
    "crossing": (crossing, (X,), ("x",)),
    "gathered": (gathered, (X, np.array([2, 0, 1])), ("x",)),
    "sides": (sides, (X,), ("x",)),
}


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_right(name):
    fn, arguments, wrt = CASES[name]
    value, gradients = pb.value_and_grad(fn, wrt=wrt)(*arguments)
    check_by_differences(Program(name, fn, arguments, wrt), [np.asarray(value), *gradients])


@pytest.mark.parametrize("name", ["rows", "prefix", "shifted"])
def test_no_store_in_a_loop_makes_a_new_array(name):
    fn, arguments, wrt = CASES[name]
    text = pb.value_and_grad(fn, wrt=wrt).source_for(*arguments)
    assert "np.array(" not in text


def test_the_numbers_are_the_same_without_simplification():
    plain = pipeline.Options(simplify=False, merge_common=False)
    for fn, arguments, wrt in CASES.values():
        _, gradients = pb.value_and_grad(fn, wrt=wrt)(*arguments)
        _, others = ValueAndGradient(fn, wrt, "numpy", plain)(*arguments)
        for one, other in zip(gradients, others, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
