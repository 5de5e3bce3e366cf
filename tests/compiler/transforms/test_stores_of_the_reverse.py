"""What the reverse of a store costs: additions pass cotangents on, first contributions are stored, shapes are saved."""

import numpy as np

import pullback as pb
from benchmarks.contenders import check_by_differences
from benchmarks.problem import Program
from pullback.compiler import pipeline
from pullback.compiler.api import ValueAndGradient

X = np.array([0.7, -1.2, 0.4, 1.3])
Y = np.array([0.2, 0.5, -0.3, 0.9])


def text_of(fn, *arguments):
    value, gradient = pb.value_and_grad(fn)(*arguments)
    program = Program(fn.__name__, fn, arguments, (fn.__code__.co_varnames[0],))
    check_by_differences(program, [np.asarray(value), gradient])
    plain = ValueAndGradient(fn, None, "numpy", pipeline.Options(simplify=False, merge_common=False))
    np.testing.assert_allclose(gradient, plain(*arguments)[1], rtol=1e-12)
    text = pb.value_and_grad(fn).source_for(*arguments)
    return text[: text.index("# adjoint of")], text[text.index("# adjoint of"):]


def test_a_store_that_adds_clears_nothing():
    def f(x, y):
        x = np.copy(x)
        for i in range(1, 4):
            x[i] -= y[i] * x[i - 1] ** 2
        return np.sum(x)

    forward, backward = text_of(f, X, Y)
    assert "x2[i] -= " in forward
    assert "= 0.0" not in backward


def test_a_sum_of_another_element_or_array_is_a_store():
    def f(x, y):
        x = np.copy(x)
        for i in range(1, 4):
            x[i] = x[i - 1] + y[i] * x[i]
        return np.sum(x * y)

    forward, _ = text_of(f, X, Y)
    assert "x[i] = " in forward


def test_an_element_that_is_read_elsewhere_keeps_its_value():
    def f(x, y):
        x = np.copy(x)
        total = 0.0
        for i in range(4):
            old = x[i]
            x[i] = old + y[i] * old
            total = total + old * x[i]
        return total

    text_of(f, X, Y)


def test_repeated_positions_are_not_added_to():
    def f(x, y):
        x = np.copy(x)
        k = np.array([1, 1, 2])
        x[k] = x[k] + y[:3] * x[0]
        return np.sum(x**2)

    text_of(f, X, Y)


def test_a_wider_value_is_not_added_in_place():
    def f(x, y):
        x = np.copy(x)
        x[:] = x[:] + (y * x[0])[None]
        return np.sum(x**2)

    text_of(f, X, Y)


def test_the_first_contribution_is_stored():
    def f(x):
        return np.sum(x[1:] * x[:-1])

    _, backward = text_of(f, X)
    assert "d_x[" in backward
    assert backward.count("+=") == 1


def test_only_the_shape_is_saved_where_only_it_is_read():
    def f(x, y):
        x, y = np.copy(x), np.copy(y)
        for _ in range(3):
            y[1:-1] = 0.5 * (x[2:] + x[:-2])
            x[1:-1] = 0.5 * (y[2:] + y[:-2])
        return np.sum(x)

    forward, _ = text_of(f, X, Y)
    pushed = [line for line in forward.splitlines() if ".append(" in line]
    assert pushed
    assert all(".shape)" in line for line in pushed)


def test_a_value_that_a_loop_only_reads_is_not_carried():
    def f(x, y):
        x = np.copy(x)
        for i in range(4):
            for _ in range(2):
                y = y * x[i]
            x[i] = x[i] * np.sum(y)
        return np.sum(x)

    _, backward = text_of(f, X, Y)
    assert "np.array(" not in backward
