"""What the way back computes again instead of saving: tapes hold the smallest that it is computed from."""

from __future__ import annotations

import re

import numpy as np
import pytest

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

RNG = np.random.default_rng(0)


def tapes(fn, *args):
    """The names of the tapes of elements in the loops; both back ends agree, the loops run as Python."""
    with interpreted():
        text = agree(fn, *args).source
    return re.findall(r"^ +(\w+) = np\.empty\(.*, np\.float64\)\n +\1_n = 0$", text, re.MULTILINE)


def test_distances_of_pairs_are_computed_from_the_places():
    def f(x, v, steps):
        for _ in range(steps):
            row = x[:, 0:1]
            apart = row.T - row
            force = np.sum(apart * (apart**2 + 0.1) ** -1.5, axis=1)
            v = v + 0.1 * np.reshape(force, (-1, 1))
            x = x + 0.1 * v
        return np.sum(x * v)

    found = tapes(f, RNG.standard_normal((5, 1)), RNG.standard_normal((5, 1)), 3)
    assert len(found) == 1  # the places; not the distances, their squares or the forces


def test_a_sign_and_what_is_computed_from_the_same_array_share_a_tape():
    def f(path):
        path = np.copy(path)
        for k in range(path.shape[0]):
            through = path[:, k : k + 1] + path[k : k + 1, :]
            path[:, :] = -np.logaddexp(-path, -through)
        return np.sum(path)

    assert len(tapes(f, RNG.uniform(1.0, 9.0, (4, 4)))) == 2  # the paths, and the logarithms


def test_of_what_is_only_measured_nothing_is_saved():
    def f(q, steps):
        v = np.zeros(q.shape[0])
        for i in range(steps):
            q[:, 0] = q[:, 1] * 0.5
            v[1:-1] = v[1:-1] + q[1:-1, i]
        return np.sum(v)

    assert tapes(f, RNG.standard_normal((6, 4)), 3) == []


def test_a_minimum_of_integers_is_computed_again():
    def f(x):
        total = 0.0
        for first in range(0, x.shape[0], 3):
            last = min(first + 3, x.shape[0])
            for i in range(first, last):
                total += x[i] * x[i]
        return total

    with interpreted():
        assert "tape" not in agree(f, RNG.standard_normal(8)).source


def sweeps(change):
    """Steps of a sweep along rows, which divides by what the sweep made before; `change(p, j)`: more stores into it."""
    def f(x, steps):
        p = np.zeros_like(x)
        q = np.zeros_like(x)
        for _ in range(steps):
            p[0] = np.sin(q[-1])
            for j in range(1, x.shape[0] - 1):
                p[j] = 0.5 * p[j - 1] + x[j]
                q[j] = (x[j] + q[j - 1]) / (p[j - 1] + 3.0)
                change(p, j)
            for j in range(x.shape[0] - 2, 0, -1):
                q[j] = q[j] + p[j] * q[j + 1]
            q[-1] = q[1]
        return np.sum(q)

    return f


X = RNG.standard_normal((5, 3))


def saves_divisor(fn):
    with interpreted():
        return re.search(r"tape\d*\[.*\] = p\[.*\] \+ 3\.0", agree(fn, X, 3).source) is not None


def test_what_the_taped_array_of_an_inner_loop_still_holds_is_read_from_it():
    assert not saves_divisor(sweeps(lambda p, j: None))


def the_row_before(p, j):
    p[j - 1] = p[j] * 2.0


def a_part_of_the_row_before(p, j):
    p[j - 1, 1:] = 1.5


def one_row(p, j):
    p[0] = p[j] - 1.0


def a_column(p, j):
    p[:, 0] = p[:, 0] * 1.1


@pytest.mark.parametrize("change", [the_row_before, a_part_of_the_row_before, one_row, a_column])
def test_what_is_stored_over_in_the_inner_loop_is_saved(change):
    assert saves_divisor(sweeps(change))
