"""Lists whose length only the run knows: built in loops, then joined, summed, indexed, walked."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb

from .checker import check, program, refused

X = np.array([1.0, 2.0, 3.0])


def test_a_list_built_in_a_loop_reads_well():
    def f(x):
        out = []
        for v in x:
            out.append(v ** 2)
        return np.sum(np.stack(out) ** 2)

    check(f, X)
    gradient = pb.grad(f)
    gradient(X)
    assert "out.append(x[i] ** 2)" in gradient.source
    assert "d_out = list(" in gradient.source
    assert "d_out.pop()" in gradient.source


@program(X)
def test_a_recurrence(x):
    hs = [x * 0.5]
    for _ in range(40):
        hs.append(np.tanh(hs[-1] * x) + hs[0])
    return np.sum(np.stack(hs) ** 2) + np.sum(hs[-1]) + np.sum(hs[3])


@program(X)
def test_comprehensions_with_conditions(x):
    squares = [v ** 2 for v in x if v > 1.5]
    return sum(squares) + max(v for v in x) * 2 + min(squares) + len(squares) * x[0]


@program(X)
def test_a_generator_consumed_on_the_spot(x):
    return sum(v * v for v in x)


@program(X)
def test_a_stack_machine(x):
    stack = []
    for v in x:
        stack.append(v * 2)
        if v > 1.5:
            w = stack.pop()
            stack.append(w * w)
    total = 0.0
    while stack:
        total = total + stack.pop() ** 2
    return total


@program(X)
def test_rows_of_growing_length(x):
    out = []
    for i in range(len(x)):
        row = []
        for j in range(i + 1):
            row.append(x[i] * x[j])
        out.append(sum(row))
    return np.sum(np.array(out) ** 2)


@program(X)
def test_a_list_of_lists_becomes_an_array(x):
    rows = []
    for i in range(len(x)):
        rows.append([x[i] * j for j in range(3)])
    return np.sum(np.array(rows) ** 2) + rows[1][2] * rows[-1][1]


@program(X)
def test_walking_counting_and_pairing(x):
    out = []
    for v in x:
        if v > 1.5:
            out.append(v * 3)
    y = 0.0
    for i, w in enumerate(out):
        y += w * i + w * w
    for a, b in zip(out, x, strict=False):
        y += a * b
    for c in reversed(out):
        y = y * c
    return y / len(out)


@program(X)
def test_stores_into_a_list_of_zeros(x):
    out = [0.0] * len(x)
    for i in range(len(x)):
        out[i] = x[i] ** 2
    out[0] = out[0] + out[-1]
    out[1] += out[0] * x[2]
    return sum(out)


@program(X)
def test_everything_that_joins(x):
    parts = []
    for i in range(40):
        parts.append(x * i)
    a, b, c = np.concatenate(parts), np.vstack(parts), np.stack(parts, axis=1)
    d, e = np.mean(parts), np.hstack(parts[1:])
    return np.sum(a ** 2) + np.sum(b ** 3) + np.sum(c ** 2) + d + np.sum(e ** 2) + np.sum(sum(parts) ** 2)


@program(X)
def test_queues(x):
    queue = [v for v in x]
    total = 0.0
    while len(queue) > 1:
        a = queue.pop(0)
        queue[0] = queue[0] * a
        total += a
    queue.insert(0, total)
    queue.reverse()
    return total + queue[0] * queue[1]


@program(X)
def test_sums_of_lists(x):
    out = []
    for v in x:
        out += [v, v ** 2]
    both = out + [w * 2 for w in x]
    return sum(both[1:]) * both[2] + sum(out[::2])


@program(X)
def test_parts_of_different_lengths(x):
    parts = []
    for i in range(len(x)):
        parts.append(x[:i + 1] * x[i])
    return np.sum(np.concatenate(parts) ** 2) + np.sum(parts[1])


@program(np.zeros((0,)))
def test_no_trips(x):
    out = []
    for v in x:
        out.append(v)
    return float(len(out)) + sum(out)


@program(X)
def test_two_lists_in_one_loop_that_ends_early(x):
    xs, ys = [], []
    for v in x:
        if v > 2.5:
            break
        xs.append(v)
        ys.append(v * v)
    return np.dot(np.array(xs), np.array(ys)) * ys[-1]


@program(X)
def test_a_list_in_a_helper(x):
    def collect(values, factor):
        made = []
        for v in values:
            made.append(v * factor)
        return made

    return sum(collect(collect(x, x[0]), 2.0)) * x[1]


@program(X)
def test_matrices_in_a_loop(x):
    states = []
    a = np.outer(x, x) * 0.1
    for _ in range(5):
        a = a @ a + 0.1
        states.append(a)
    return np.sum(np.array(states) ** 2) + np.sum(np.stack(states, axis=-1)[0])


def test_an_array_that_a_list_holds_may_not_change():
    def f(x):
        buf = x * 1
        out = []
        for v in x:
            buf[0] = v
            out.append(buf)
        return np.sum(out[0])

    check(f, X)
    with pytest.raises(pb.UnsupportedError, match="aliases"):
        pb.grad(f)(np.ones(300))


def test_a_copy_of_a_buffer_in_a_list():
    def f(x):
        buf = x * 1
        out = []
        for v in x:
            buf[0] = v * buf[1]
            out.append(buf.copy())
        return np.sum(np.array(out) ** 2)

    check(f, X)


def test_one_growing_list_under_two_names_in_a_loop():
    """An alias made before the loop sees what the loop appends."""
    def f(x):
        out = []
        alias = out
        for v in x:
            out.append(v * 2)
        return sum(alias) * len(alias)

    check(f, X)


def test_remove_in_a_growing_list_is_refused():
    def f(x):
        out = []
        for v in x:
            out.append(v)
        out.remove(x[0])
        return out[0]

    refused(f, X, match="`.remove` of a list whose length", line=4)
