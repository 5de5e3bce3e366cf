"""Arrays that loops read by their last axes are laid out with that axis first."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.transforms import axes_first

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

RNG = np.random.default_rng(0)
A, B = RNG.standard_normal((2, 5, 4))
CUBE, OTHER = RNG.standard_normal((2, 3, 4, 5))


def turned(fn, *args):
    """Both back ends agree; is an array laid out in the other order? The loops run as Python."""
    with interpreted(), patch.object(axes_first, "_Layout", wraps=axes_first._Layout) as laid_out:
        agree(fn, *args)
    return laid_out.called


def columns(a, b):
    d = np.zeros_like(a)
    d[:, 0] = np.sin(a[:, 0])
    for k in range(1, a.shape[1]):
        d[:, k] = a[:, k] * b[:, k] + 0.5 * d[:, k - 1] ** 2
    return np.sum(d)


def sweeps(c, e):
    c = np.copy(c)
    levels = c.shape[2]
    for k in range(1, levels - 1):
        c[1:, :, k] += c[:-1, :, k - 1] * e[1:, :, k + 1]
    column = c[:, :, -1]
    for k in range(levels - 2, -1, -1):
        column = column * e[:, :, k]
        c[:, :, k] = c[:, :, k] * column
    return np.sum(c) * levels * c.shape[0]


def chosen(a, b, flag):
    d = np.copy(a) if flag > 0 else np.copy(b)
    for k in range(a.shape[1]):
        if a[0, 0] > 10.0:
            d[:, k] = d[:, k] * 2.0
        else:
            d[:, k] = np.sin(d[:, k])
    return np.sum(d)


def orthogonal(a):
    a = np.copy(a)
    q = np.zeros_like(a)
    for k in range(a.shape[1]):
        q[:, k] = a[:, k] / np.sqrt(np.dot(a[:, k], a[:, k]))
        for j in range(k + 1, a.shape[1]):
            a[:, j] -= q[:, k] * np.dot(q[:, k], a[:, j])
    return np.sum(q)


def elements_too(a, c):
    c = np.copy(c)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            c[i, : i + 1] += a[i, k] * a[: i + 1, k]
    return np.sum(c)


@pytest.mark.parametrize(("fn", "args"), [(elements_too, (A, RNG.standard_normal((5, 5)))), (columns, (A, B)), (columns, (A[:1], B[:1])), (sweeps, (CUBE, OTHER)), (orthogonal, (A,))])
def test_columns_become_rows(fn, args):
    assert turned(fn, *args)


def test_a_single_column_agrees():
    turned(columns, A[:, :1], B[:, :1])


def test_arrays_that_a_branch_chooses_between_agree():
    for flag in (1, -1):
        turned(chosen, A, B, flag)


def both_ways(a):
    a = np.copy(a)
    for k in range(1, a.shape[0] - 1):
        a[:, k] = a[:, k] * np.sum(a[k, :])
    return np.sum(a)


def reshaped(a):
    a = np.copy(a)
    for k in range(a.shape[1]):
        a[:, k] = np.sin(a[:, k])
    return np.sum(np.reshape(a, (-1,)) * np.arange(a.size))


def few_trips(a):
    total = 0.0
    for k in range(2):
        total += np.sum(a[:, k] ** 2)
    return total


def until(a):
    k = 0
    total = 0.0
    while k < a.shape[1]:
        total += np.sum(a[:, k] ** 2)
        k += 1
    return total


def made_in_the_loop(a):
    total = 0.0
    for k in range(a.shape[0]):
        t = a * a[k, 0]
        for j in range(a.shape[1]):
            total += np.sum(t[:, j] ** 2)
    return total


@pytest.mark.parametrize("fn", [both_ways, reshaped, few_trips, until, made_in_the_loop])
def test_other_arrays_are_left_alone(fn):
    assert not turned(fn, A)


def test_a_place_out_of_range_raises_as_in_python():
    def f(a, n):
        total = 0.0
        for k in range(n):
            total += np.sum(a[:, k] ** 2)
        return total

    for backend in ("numpy", "numba"):
        with pytest.raises(IndexError), interpreted():
            pb.grad(f, backend=backend)(A, 5)
