"""Stores of loops change the array that is there: no trip copies the whole of it."""

import ast

import numpy as np
import pytest

import pullback as pb

from ...language.checker import check


def copies_in_loops(text):
    """The whole-array copies before a store that stand in a loop of the text."""
    loops = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.For, ast.While))]
    return sorted({ast.unparse(n) for loop in loops for n in ast.walk(loop)
                   if isinstance(n, ast.Assign) and ast.unparse(n).split(" = ")[1].startswith("np.array(")})


def ends_early(x):
    total = 0.0
    for i, v in enumerate(np.sin(x)):
        if v > 0 and i % 2 == 0:
            total += v ** 2
        elif v < -5:
            break
        else:
            total -= v * 3
    return total


def through_a_transpose(x):
    y = np.outer(x, x) * 1.5
    for i in range(len(x)):
        t = y.T
        t[0] = t[0] * x[i] + t[1, i]
    return np.sum(y * y)


def through_a_reshape(x):
    y = np.outer(x, x) * 1.5
    for i in range(1, len(x)):
        f = y.reshape(-1)
        f[i] = f[i - 1] * x[i]
    return np.sum(y ** 3)


def through_two_views(x):
    y = np.outer(x, np.ones(3))
    for i in range(len(x)):
        u = np.swapaxes(y[:, :], 0, 1)
        v = u[::-1]
        v[0, i] = np.sin(v[1, i]) + x[0]
    return np.sum(y ** 2)


def in_a_branch(x):
    y = np.outer(x, x)
    for i in range(len(x)):
        if x[i] > 0.5:
            t = y.T
            t[i] *= x[0]
        else:
            y[i] = y[i - 1] * x[1]
    return np.sum(y ** 2)


def on_one_side(x):
    """The cotangent that a store takes leaves the branch: it is read before its place is cleared."""
    y = x * 1.0
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0.5:
            y[i] = total * x[0]
        else:
            total = total + y[i - 1]
    return total + np.sum(y ** 2)


def in_a_loop_of_one_side(x):
    y = x * 2.0
    if x[0] > 0.2:
        for i in range(len(x)):
            y[i] = y[i - 1] * x[i]
    return np.sum(y ** 2)


X = np.array([0.3, 0.9, 0.6, -0.4, 1.1])


@pytest.mark.parametrize("program", [ends_early, through_a_transpose, through_a_reshape, in_a_branch, on_one_side,
                                     in_a_loop_of_one_side])
def test_no_copy_in_a_loop(program):
    check(program, X)
    assert copies_in_loops(pb.grad(program).source_for(X)) == []


def read_under_its_old_name(x):
    """The array before the store is read after it: here the copy is needed."""
    y = np.outer(x, x)
    total = 0.0
    for i in range(len(x)):
        t = y.T.copy()
        t[0] = x[i]
        total = total + np.sum(y * t)
        y = t.T
    return total


def kept_views(x):
    """Views made before the store are read after it, and see it."""
    y = np.outer(x, x)
    total = 0.0
    for i in range(len(x)):
        row, t = y[i], y.T
        old = t[i] * 1.0
        t[0] = t[1] * x[i]
        total = total + np.sum(row * old) + y[0, 0]
    return total + np.sum(y ** 2)


def held_by_another_name(x):
    """What the transpose was before each store stays in another array."""
    y = np.outer(x, x)
    z = y
    for i in range(len(x)):
        t = y.T
        u = t * 1.0
        u[0] = u[1] * x[i]
        z, y = y * 0.5, u.T
    return np.sum(y * z)


def overlapping(x):
    """A row of the transpose becomes a column of it, which shares an element with it."""
    y = np.outer(x, x)
    for i in range(len(x)):
        t = y.T
        t[1] = t[:, 2] * 1.0
        t[:, i] = t[i] + 0.0
    return np.sum(y ** 2 * np.arange(25.0).reshape(5, 5))


def begins_as_one_array(x):
    """What an inner loop stores into begins as an array that the outer one reads again in its next trip."""
    y = np.outer(x, x)
    total = 0.0
    for i in range(3):
        z = y.copy()
        if x[i] > 0.4:
            for j in range(len(z)):
                t = z.T
                t[j] = t[j] * x[i]
        else:
            z[0] = 3.0 * x[i]
        total = total + np.sum(z ** 2) * len(y)
    return total


def ends_as_one_array(x):
    y = np.outer(x, x)
    z = y * 3.0
    total = 0.0
    for i in range(3):
        z.T[0] = z[0] * x[i]
        total = total + np.sum(z ** 2)
        z = y.copy()
    return total


def element_of_either(x):
    """One number of an array that is one or the other: its cotangent goes to that one alone."""
    y, z = x * 2.0, x * 3.0
    for i in range(len(x)):
        y[i] = z[i - 1] * x[0]
        if x[i] > 0.5:
            y = z
    return np.sum(y * z)


@pytest.mark.parametrize("program", [begins_as_one_array, ends_as_one_array, element_of_either, through_two_views,
                                     read_under_its_old_name, kept_views, held_by_another_name, overlapping])
def test_values_of_views(program):
    check(program, X)


def test_many_branches_between_two_arrays_are_compiled_in_time():
    """A pick of picks was walked as a tree, of twice as many leaves after each branch: this took for ever."""
    def crossing(x):
        y, z = x * 2.0, x * 3.0
        for k in (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.05, 1.15, 1.25, 1.35, 1.45, 1.55, 1.65):
            if x[0] > k:
                y = z
            if x[1] > k:
                z = y
        return np.sum(y * z * z)

    check(crossing, X)
