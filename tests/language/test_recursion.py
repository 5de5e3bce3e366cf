"""Functions that call themselves as deep as the run goes: they become functions of the generated text."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check

X = np.array([0.4, 0.9, 1.3, 0.7, 1.1])


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def total(x):
    return x[0] if len(x) == 1 else total(x[: len(x) // 2]) + total(x[len(x) // 2:])


def product(x):
    if len(x) == 1:
        return x[0]
    middle = len(x) // 2
    return product(x[:middle]) * np.sin(product(x[middle:]))


def even(x, n):
    if n == 0:
        return x
    return np.sin(odd(x, n - 1))


def odd(x, n):
    if n == 0:
        return 1.0
    return x * even(x, n - 1)


def simpson(f, a, b):
    return (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b))


def adaptive(f, a, b, tol):
    m = (a + b) / 2
    halves = simpson(f, a, m) + simpson(f, m, b)
    if abs(halves - simpson(f, a, b)) < 15 * tol:
        return halves
    return adaptive(f, a, m, tol / 2) + adaptive(f, m, b, tol / 2)


def quadrature(p):
    return adaptive(lambda t: np.exp(-p * t * t) * np.sin(3 * t * p), 0.0, 2.0, 1e-7)


def newton(a, x, trips):
    error = x * x - a
    if abs(error) < 1e-12 or trips == 0:
        return x
    return newton(a, x - error / (2 * x), trips - 1)


def root(a):
    return newton(a, 1.0, 50)


def pair(x, n):
    if n == 0:
        return x, x * x
    a, b = pair(x * 0.9, n - 1)
    return a * b, a + b


def of_pair(x, n):
    a, b = pair(x, n)
    return 3 * a + b


def layers(x, n):
    if n == 0:
        return x
    return np.tanh(layers(x * 1.1, n - 1)) + x


def norm_of_layers(x, n):
    return np.sum(layers(x, n) ** 2)


def closure(x, n):
    weights = np.sin(x)

    def go(k, acc):
        if k <= 0:
            return acc
        return go(k - 1, acc * weights[k % len(weights)] + x[0])

    return go(n, 1.0)


def in_a_loop(x, n):
    result = 0.0
    for i in range(n):
        result += power(x[i], i) * x[i]
    return result


def own_array(x, n):
    y = np.zeros(len(x))
    y[0] = x[0] * 2
    y[1:] = x[1:] ** 2
    return np.sum(y) if n == 0 else own_array(y * 0.5, n - 1)


def ackermann(m, n, x):
    if m == 0:
        return x + n
    if n == 0:
        return ackermann(m - 1, 1, x * 1.01)
    return ackermann(m - 1, int(ackermann(m, n - 1, 1.0)) % 3, x * 1.02)


def loop_inside(x, n):
    if n == 0:
        return np.sum(x)
    result = 0.0
    for value in x:
        if value > 0.5:
            result += value * loop_inside(x * value, n - 1)
    return result


PROGRAMS = [(power, 1.3, 5), (total, X), (product, X), (even, 0.7, 7), (even, 0.7, 0), (quadrature, 0.8), (root, 2.0),
            (of_pair, 0.8, 4), (norm_of_layers, X, 3), (closure, X, 7), (in_a_loop, X, 4), (own_array, X, 2),
            (loop_inside, X, 2)]
NAMES = [f"{program[0].__name__}-{number}" for number, program in enumerate(PROGRAMS)]


@pytest.mark.parametrize(("fn", "args"), [(p[0], p[1:]) for p in PROGRAMS], ids=NAMES)
def test_gradients(fn, args):
    check(fn, *args)


def test_recursion_through_its_own_argument():
    check(lambda x, m, n: ackermann(m, n, x), 0.3, 2, 2)


LONGER = [program for program in PROGRAMS if program[2:] != (0,)]  # a constant has no tangent: None


@pytest.mark.parametrize(("fn", "args"), [(p[0], p[1:]) for p in LONGER], ids=[p[0].__name__ for p in LONGER])
def test_split_form_forward_mode_and_second_order(fn, args):
    x, rest = args[0], args[1:]
    gradient = pb.grad(fn)
    first = gradient(x, *rest)
    value, pull = pb.vjp(fn, x, *rest)
    np.testing.assert_allclose(value, fn(x, *rest))
    np.testing.assert_allclose(pull(2.0)[0], 2 * np.asarray(first))
    direction = np.cos(np.arange(5.0)) if np.shape(x) else 1.0
    _, tangent = pb.jvp(lambda x: fn(x, *rest), (x,), (direction,))
    np.testing.assert_allclose(tangent, np.sum(first * direction), rtol=1e-10)
    step = 1e-5
    differences = (np.asarray(gradient(x + step * direction, *rest)) - gradient(x - step * direction, *rest)) / (2 * step)
    product = pb.grad(lambda x: np.sum(gradient(x, *rest) * direction))(x)
    np.testing.assert_allclose(product, differences, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(pb.hvp(lambda x: fn(x, *rest))(x, direction), differences, rtol=1e-4, atol=1e-6)


def test_third_derivative():
    third = pb.grad(pb.grad(pb.grad(power)))
    assert third(2.0, 5) == pytest.approx(60 * 2.0 ** 2)


def test_the_text_is_what_one_would_write():
    gradient = pb.grad(power)
    gradient(2.0, 3)
    assert "def power_forward(x, n):" in gradient.source
    assert "t3, saved = power_forward(x, n - 1)" in gradient.source
    assert "def power_backward(saved, d_ans):" in gradient.source
    namespace = {}
    exec(gradient.source, namespace)
    assert namespace["power_grad"](2.0, 3) == 12.0


def test_deep():
    assert pb.grad(power)(1.01, 200) == pytest.approx(200 * 1.01 ** 199)


def test_too_deep_is_pythons_error():
    with pytest.raises(RecursionError):
        pb.grad(power)(1.0, 100_000)


def test_recursion_over_the_nesting_of_an_argument_is_unrolled():
    def evaluate(tree, x):
        if isinstance(tree, (list, tuple)):
            return sum(evaluate(branch, x) for branch in tree)
        return tree * x * x

    def f(x):
        return evaluate([1.0, (2.0, [3.0])], x)

    check(f, 0.7)
    gradient = pb.grad(f)
    gradient(0.7)
    assert gradient.source.count("def ") == 1


def test_a_known_count_is_unrolled():
    gradient = pb.grad(lambda x: power(x, 3))
    assert gradient(2.0) == 12.0
    assert gradient.source.count("def ") == 1


def test_several_calls_share_one_function():
    gradient = pb.grad(lambda x, n: power(x, n) + power(x * x, n + 1))
    assert gradient(1.5, 2) == pytest.approx(2 * 1.5 + 6 * 1.5 ** 5)
    assert gradient.source.count("def power_forward") == 1


def test_a_closure_is_read_at_each_call():
    def f(x, n):
        scale = x

        def go(k):
            return 1.0 if k == 0 else scale * go(k - 1)

        first = go(n)
        scale = 3.0 * x
        return first + go(n)

    check(f, 0.8, 3)


def test_an_array_that_a_closure_reads_changes_between_two_calls():
    def f(x, n):
        weights = x * 1.0

        def go(k):
            return 1.0 if k == 0 else weights[0] * go(k - 1)

        first = go(n)
        weights[0] = x[1]
        return first * go(n)

    check(f, X, 3)


def test_effects_happen_once(capsys):
    def count(x, n):
        print("at", n)
        return x if n == 0 else x * count(x, n - 1)

    assert pb.grad(count)(2.0, 2) == pytest.approx(12.0)
    assert capsys.readouterr().out == "at 2\nat 1\nat 0\n"
    with pytest.raises(UnsupportedError, match="derivative of a derivative of the recursive function `count`"):
        pb.grad(pb.grad(count))(2.0, 50)
    capsys.readouterr()
    assert pb.grad(pb.grad(count))(2.0, 2) == pytest.approx(12.0)  # written out
    assert capsys.readouterr().out == "at 2\nat 1\nat 0\n"


def test_an_error_names_the_users_line():
    def f(x, n):
        if n == 0:
            return x / n
        return 2 * f(x, n - 1)

    with pytest.raises(ZeroDivisionError) as caught:
        pb.grad(f)(1.0, 2)
    assert "return x / n" in caught.value.__notes__[0]


def test_the_caller_may_change_the_argument_before_the_pull():
    def f(w, n):
        return np.sum(w) if n == 0 else np.sum(w * w) + f(w, n - 1)

    w = np.arange(1.0, 4.0)
    _, pull = pb.vjp(f, w, 2)
    w += 100.0
    np.testing.assert_array_equal(pull(1.0)[0], [5.0, 9.0, 13.0])
    tensor = pb.tensor(np.arange(1.0, 4.0), requires_grad=True)
    pb.differentiable(f)(tensor, 2).backward()
    np.testing.assert_array_equal(tensor.grad.numpy(), [5.0, 9.0, 13.0])


def test_methods():
    class Net:
        def __init__(self):
            self.w = np.array([0.5, 0.2])

        def run(self, x, n):
            return x if n == 0 else np.tanh(self.run(x * self.w, n - 1))

    net = Net()
    check(lambda x, n: np.sum(net.run(x, n)), np.array([0.3, 0.4]), 3)


def test_checkpointed_recursion():
    saving = pb.checkpoint(power)
    assert pb.grad(lambda x, n: saving(x, n) * 2.0)(2.0, 3) == 24.0


def test_an_array_that_may_be_the_argument_is_not_stored_into():
    def same(x, n):
        return x if n == 0 else same(x, n - 1)

    def f(x, n):
        y = x * 1.0
        z = same(y, n)
        z[0] = 5.0
        return np.sum(y)

    with pytest.raises(UnsupportedError, match="may return an array that it was given"):
        pb.grad(f)(X, 50)
    check(f, X, 1)
    check(lambda x, n: np.sum(same(x * 1.0, n) ** 2), X, 2)


def test_a_store_into_an_argument_is_refused_fast():
    def f(x, n):
        x[0] = n
        return np.sum(x) if n == 0 else f(x, n - 1) + f(x, n - 2)

    with pytest.raises(UnsupportedError, match="a store into an array from outside, in the recursive function `f`"):
        pb.grad(f)(X, 50)


def test_a_function_that_never_returns_is_refused():
    def f(x, n):
        if n == 0:
            raise ValueError("no base")
        return f(x, n - 1)

    with pytest.raises(UnsupportedError, match="No path of it returns"):
        pb.grad(f)(1.0, 50)
    with pytest.raises(ValueError, match="no base"):
        pb.grad(f)(1.0, 3)


def test_numba_refuses_it_by_name():
    with pytest.raises(UnsupportedError, match="`power`, which calls itself, with backend='numba'"):
        pb.grad(power, backend="numba")(2.0, 3)


def make_layer(weight, inner):
    def layer(x, n):
        if n > 0:
            return weight * (inner(x, n - 1) if inner is not None else x)
        return x
    return layer


def test_closures_of_one_code_are_different_functions():
    check(make_layer(2.0, make_layer(3.0, make_layer(5.0, None))), 0.7, 2)


def test_what_a_closure_reads_is_not_taken_from_an_earlier_call():
    def f(x, n):
        scale = 2.0

        def go(k):
            return x if k == 0 else scale * go(k - 1)

        first = go(n)
        scale = 3.0
        return first + go(n)

    check(f, 0.8, 2)
    assert pb.grad(f)(0.8, 2) == 13.0


def test_a_list_that_changes_between_two_calls():
    def go(table, x, k):
        return x if k == 0 else table[0] * go(table, x, k - 1)

    def f(x, n):
        table = [2.0]
        first = go(table, x, n)
        table[0] = 3.0
        return first + go(table, x, n)

    assert pb.grad(f)(0.8, 2) == 13.0


def test_a_vjp_inside_a_program_is_differentiated_again():
    def f(x, n):
        value, pull = pb.vjp(lambda x: power(x, n), x)
        return value * pull(1.0)[0]

    check(f, 1.3, 4)
