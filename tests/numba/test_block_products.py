"""Products of a loop's rows with a matrix, taken a block of trips at a time."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

RNG = np.random.default_rng(0)
A, B, C = (RNG.standard_normal((9, 9)) / 3.0 for _ in range(3))
LONG = RNG.standard_normal((70, 9)) / 3.0  # more rows than a block has


def in_blocks(fn, *args):
    """Both back ends agree, and the loop is taken in blocks; the loops run as Python."""
    with interpreted():
        return "_block in range" in agree(fn, *args).source


def rows(a, m):
    out = np.zeros((a.shape[0], m.shape[1]))
    for i in range(a.shape[0]):
        out[i] = np.tanh(a[i] @ m)
    return np.sum(out)


def triangle(a, m):
    total = 0.0
    for i in range(m.shape[1]):
        total += np.sum(np.sin(a[:, i] @ m[:, i:])) + np.sum((m[:i, :] @ a[i, :]) ** 2)
    return total


def recurrent(x, w, u):
    h = np.zeros(w.shape[0])
    for t in range(x.shape[0]):
        h = np.tanh(w @ h + u @ x[t])
    return np.sum(h)


def rows_in_place(a, m):
    a = np.copy(a)
    for i in range(1, a.shape[0]):
        a[i, :] = np.cos(a[i, :] @ m)
    return np.sum(a * a)


@pytest.mark.parametrize(("fn", "args"), [(rows, (A, B)), (rows, (LONG, B)), (triangle, (A, B)), (recurrent, (LONG, B, C)),
                                          (rows_in_place, (LONG, B)), (rows, (A[:0], B))])
def test_products_are_taken_in_blocks(fn, args):
    assert in_blocks(fn, *args)


def changed_matrix(a, m):
    m = np.copy(m)
    for i in range(a.shape[0]):
        m[i, :] = np.sin(a[i] @ m)
    return np.sum(m)


def row_of_another_trip(a, m):
    a = np.copy(a)
    for i in range(a.shape[0] - 1):
        a[i + 1, :] += np.sin(a[i] @ m)
    return np.sum(a)


def backwards(a, m):
    total = 0.0
    for i in range(a.shape[0] - 1, -1, -1):
        total += np.sum(np.sin(a[i] @ m)) * (i + 1)
    return total


def end_before_the_row(a, m):
    total = 0.0
    for i in range(a.shape[0]):
        total += np.sum((a[i] @ m[:, 2:i]) ** 2) + np.sum((a[i] @ m[:, : i - 1]) ** 2)
    return total


def product_of_numbers(a, m):
    total = 0.0
    for i in range(a.shape[0]):
        total += (a[i] @ m[i]) ** 2
    return total


@pytest.mark.parametrize("fn", [changed_matrix, row_of_another_trip, backwards, end_before_the_row, product_of_numbers])
def test_what_the_loop_changes_is_multiplied_in_its_turn(fn):
    assert not in_blocks(fn, A, B)


def test_short_vectors_are_multiplied_in_loops():
    with interpreted():
        text = agree(rows, A[:, :3], B[:3, :3]).source
    assert "_block in range" in text  # lengths are not compiled in: 3 is not known to be short

    def fixed(a):
        table = np.array([[1.0, 2.0], [3.0, 4.0]])
        total = 0.0
        for i in range(a.shape[0]):
            total += np.sum((a[i] @ table) ** 2)
        return total

    with interpreted():
        assert "_block in range" not in agree(fixed, A[:, :2]).source


def test_a_row_out_of_range_raises_as_in_python():
    def f(a, m, n):
        total = 0.0
        for i in range(n):
            total += np.sum((a[i] @ m) ** 2)
        return total

    for backend in ("numpy", "numba"):
        with pytest.raises(IndexError), interpreted():
            pb.grad(f, backend=backend)(A, B, 12)
    assert np.allclose(pb.grad(f, backend="numba")(LONG, B, 66), pb.grad(f)(LONG, B, 66))


def test_the_numpy_back_end_keeps_the_loop():
    assert "_block" not in pb.grad(rows).source_for(A, B)
