"""Assignments, control flow, loops."""

import math

import numpy as np

import pullback as pb

from .checker import check, program

X = np.array([0.5, 1.5, -2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5
C = np.array([1.0, 10.0, 100.0])


@program(X)
def test_tuple_unpacking_of_an_array(x):
    a, b, c = x
    return a * b + c**2


@program(X)
def test_star_targets(x):
    first, *rest = x[0], x[1], x[2]
    *_, last = [x[0], x[1] * 2.0]
    a, *none = (x[2],)
    return first * rest[1] + last * len(none) + last * a * len(rest)


@program(X)
def test_nested_unpacking(x):
    (a, [b, c]), d = (x[0], [x[1], x[2]]), 2.0
    return a * b * c * d


@program(X)
def test_rotation(x):
    a, b, c = x[0], x[1], x[2]
    for _ in range(2):
        a, b, c = b * 2.0, c, a
    return a + 10.0 * b + 100.0 * c * a


@program(X)
def test_chained_assignment(x):
    a = b = x * 2.0
    a[0] = 3.0
    return np.sum(b * x)


@program(X)
def test_annotated_assignment(x: np.ndarray) -> float:
    """A docstring."""
    y: np.ndarray = x * 2.0
    z: float
    z = y[0]
    return z * y[1]


@program(1.5, -2.0)
def test_elif_chain(x, y):
    if x < 0:
        z = x
    elif y < -3:
        z = y
    elif x * y < 0:
        z = x * y
        x = z
    else:
        z = 1.0
    return z * x


@program(1.5)
def test_nested_branches(x):
    y = x
    if x > 0:
        if x > 1:
            y = y * x
            if x > 2:
                y = 0.0
        else:
            y = y + 1.0
    return y * x


@program(1.5)
def test_branch_that_forgets(x):
    y = x * x
    if x > 1:
        y = 3.0
    return y + x


@program(1.5)
def test_int_or_float_after_a_branch(x):
    n = 1
    if x > 1:
        n = x
    return n * x


@program(X)
def test_early_return_after_stores(x):
    y = x * 1.0
    y[0] = x[1]
    if y[0] > 1:
        y[1] = x[2]
        return np.sum(y**2)
    y[2] = 0.0
    return np.sum(y)


@program(0.5)
def test_return_in_all_branches(x):
    if x > 1:
        return x
    elif x > 0:
        return x * x
    else:
        return x**3


@program(0.5)
def test_return_inside_nested_if(x):
    y = x
    if x > 0:
        y = x * 2
        if y > 0.7:
            return y * y
        y = y * 3
    return y


@program(X)
def test_range_with_steps(x):
    s = 0.0
    for i in range(0, 3, 2):
        s = s * x[i] + x[i]
    for i in range(2, -1, -1):
        s = s * 0.5 + x[i] ** 2
    for i in range(2, 0, -2):
        s = s * x[i]
    return s


@program(X)
def test_empty_loops(x):
    s = x[0]
    for i in range(0):
        s = s * x[i]
    for i in range(3, 1):
        s = s * i
    for v in x[3:]:
        s = s * v
    while s > 1e9:
        s = s * 0.5
    return s


@program(X)
def test_index_after_the_loop(x):
    s = 0.0
    for i in range(3):
        s = s + x[i] * i
    return s * i * x[i]


@program(X)
def test_index_rebound_in_the_loop(x):
    s = 0.0
    for i in range(3):
        i = (i + 1) % 3
        s = s + x[i] * (i + 1)
    return s * i


@program(X)
def test_value_bound_in_the_loop_read_after_it(x):
    for v in x:
        w = v * v
    return w * x[0]


@program(X)
def test_enumerate_with_start(x):
    s = 0.0
    for i, v in enumerate(x, 1):
        s += v**i
    for i, v in enumerate(x, start=2):
        s += v * i
    return s


@program(X, M)
def test_zip_of_three(x, m):
    s = 0.0
    for a, b, c in zip(x, m[0], m[1]):
        s += a * b * c
    return s


@program(X)
def test_zip_of_different_lengths(x):
    s = 0.0
    for a, b in zip(x, x[1:]):
        s += a * b
    return s


@program(X)
def test_reversed(x):
    s = 1.0
    for v in reversed(x):
        s = s * v + v
    for i in reversed(range(3)):
        s = s * x[i] + 1.0
    for i, v in enumerate(reversed(x)):
        s = s + v * i
    return s


@program(X)
def test_enumerate_of_zip(x):
    s = 0.0
    for i, (a, b) in enumerate(zip(x, x * x)):
        s += i * a * b
    return s


@program(M)
def test_nested_loops_with_inner_state(m):
    total = 0.0
    for row in m:
        s = 1.0
        for v in row:
            s = s * v
        total = total + s * s
    return total


@program(M)
def test_triangular_loops(m):
    s = 0.0
    for i in range(3):
        for j in range(i, 3):
            for k in range(j - i):
                s += m[0, i] * m[1, j] * k
    return s


@program(1.5)
def test_while_with_two_conditions(x):
    y, n = x, 0
    while y < 50 and n < 4:
        y = y * x + n
        n += 1
    return y


@program(1.5)
def test_while_with_array_state(x):
    y = np.array([1.0, 2.0]) * x
    while np.sum(y) < 40.0:
        y = y * x
        y[0] += x
    return np.sum(y**2)


@program(2.0)
def test_newton(a):
    x = 1.0
    while abs(x * x - a) > 1e-13:
        x = 0.5 * (x + a / x)
    return x


@program(1.3)
def test_while_in_while(x):
    y = x
    n = 0
    while n < 3:
        k = 0
        while k < n:
            y = y * x
            k = k + 1
        n = n + 1
        y = y + x
    return y


@program(X)
def test_loop_with_branch_and_tape(x):
    s = 0.0
    p = 1.0
    for v in x:
        if v > 1:
            p = p * v
            s = s + math.exp(p)
        elif v < 0:
            p = p - v * v
        else:
            s = s + p * p
    return s * p


@program(X)
def test_loop_carried_tuple(x):
    state = (x[0], 1.0)
    for v in x:
        state = (state[0] * state[1], state[1] + v)
    return state[0] + state[1]


@program(X)
def test_list_of_known_length_in_a_loop(x):
    h = [x[0], x[1]]
    for _ in range(3):
        h = [h[1], h[0] * h[1]]
    return h[0] + h[1]


@program(X)
def test_state_that_becomes_an_array(x):
    s = 0.0
    for _ in range(2):
        s = s * 0.5 + x
    return np.sum(s * s)


@program(X)
def test_unrolled_loop_over_a_list(x):
    s = 0.0
    for f in [np.sin, np.cos, np.exp]:
        s = s + np.sum(f(x))
    for name, w in (("a", 1.0), ("b", 2.0)):
        if name == "b":
            s = s * w
    return s


@program(X)
def test_augmented_scalars(x):
    s = 1.0
    s += x[0]
    s -= x[1]
    s *= x[2]
    s /= x[1]
    s **= 2
    n = 7
    n //= 2
    n %= 2
    n <<= 1
    return s * n


@program(X)
def test_augmented_order_of_evaluation(x):
    y = x * 1.0
    i = 0
    y[i] += y[(i := 1)]
    return np.sum(y * C) * i


@program(X)
def test_walrus(x):
    if (n := np.sum(x**2)) > 1:
        return n * x[0]
    return n


@program(1.5)
def test_pass_and_docstring(x):
    "Text."
    if x > 100:
        pass
    else:
        pass
    for _ in range(2):
        pass
    return x * x


def test_assert_raises_as_the_primal():
    def f(x):
        assert x > 0, f"bad {x}"
        return x * x

    assert pb.grad(f)(2.0) == 4.0
    try:
        pb.grad(f)(-1.0)
    except AssertionError as error:
        assert str(error).startswith("bad -1.0")
    else:
        raise RuntimeError("no assertion")


def test_assert_message_is_evaluated_only_on_failure():
    def f(x):
        assert x.ndim == 1, x[5]
        assert np.sum(x) < 100, x[7] + 1
        return np.sum(x)

    np.testing.assert_array_equal(pb.grad(f)(X), [1, 1, 1])


def test_print_runs_once_and_in_order(capsys):
    def f(x):
        print("start", x)
        s = 0.0
        for i in range(2):
            s = s + x * i
            print(i, s)
        if s > 0:
            print("positive", end="!\n")
        return s * s

    check_value = pb.value_and_grad(f)
    capsys.readouterr()
    assert check_value(3.0) == (9.0, 6.0)
    assert capsys.readouterr().out == "start 3.0\n0 0.0\n1 3.0\npositive!\n"
    pb.grad(f)(3.0)
    assert capsys.readouterr().out == "start 3.0\n0 0.0\n1 3.0\npositive!\n"


def test_kind_change_inside_a_loop():
    def f(x):
        s = 0
        for v in x:
            s += v * v
        return s

    check(f, X)


@program(X)
def test_long_chain_of_branches_in_a_loop(x):
    a, b = 1.0, 0.0
    for i in range(6):
        if i % 3 == 0:
            a, b = b + x[0], a * x[1]
        elif i % 3 == 1:
            b = a * b
        else:
            a = a * x[2] + b
    return a * b


@program(1.2)
def test_zero_trip_inner_while(x):
    s = x
    for i in range(4):
        n = i
        while n > 2:
            s = s * x
            n -= 1
        s = s + i * x
    return s


@program(X)
def test_del_of_a_name(x):
    y = x * 2
    z = y * x
    del y
    return np.sum(z)
