"""Expressions, calls, methods, indexing."""

import math

import numpy as np
import pytest

import pullback as pb

from .checker import check, program

X = np.array([0.5, 1.5, -2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5
C = np.array([1.0, 10.0, 100.0])


@program(1.5, 2.5)
def test_operators(x, y):
    return -x + +y - x * y / (x**2 + y) + x % y + (x // 1.0) * y - 2**x + x**y


@program(1.5, 2.5)
def test_ternary_nested(x, y):
    return (x if x > y else y if y > 3 else x * y) * (1.0 if x else y)


@program(1.5, 2.5)
def test_and_or_give_values(x, y):
    a = x and y
    b = x or y
    c = (x > 5 and x) or y
    d = x > 0 and y > 0 and x * y
    return a * b * c * d


@program(1.5, 2.5)
def test_not_and_comparisons_as_numbers(x, y):
    return x * (x < y) + y * (not x) + (1 < x < y < 3) * x


@program(1.5, 2.5)
def test_chained_comparison(x, y):
    if 0 < x < y != 7 >= 2:
        return x * y
    return x


@program(X)
def test_comparison_masks_as_factors(x):
    return np.sum(x**2 * (x > 0) + (x <= 1) * x)


@program(X)
def test_lambda_default_and_closure(x):
    k = 2.0
    f = lambda a, b=k: a * b + k  # noqa: E731
    k = 3.0
    return np.sum(f(x)) * f(x[0], b=x[1])


@program(X)
def test_keyword_and_star_calls(x):
    def g(a, b=2.0, /, c=3.0, *args, d, e=1.0, **kwargs):
        return a * b + c * d * e + sum(args) + kwargs.get("z", 0.0) * a

    args = (x[0], x[1])
    options = {"d": x[2], "z": x[1]}
    return g(*args, **options) + g(x[0], d=2.0) + g(x[0], x[1], x[2], 4.0, x[0] ** 2, d=x[1], e=x[0])


@program(X)
def test_functions_as_values(x):
    def twice(f, a):
        return f(f(a))

    def square(a):
        return a * a

    table = {"s": square, "t": np.tanh}
    return np.sum(twice(square, x) + table["t"](x) * table["s"](x))


@program(X)
def test_function_that_returns_a_function(x):
    def scale(k):
        def inner(a):
            return a * k

        return inner

    f, g = scale(x[0]), scale(2.0)
    return np.sum(f(x) + g(f(x)))


@program(X)
def test_closure_sees_the_present_value(x):
    k = x[0]

    def f(a):
        return a * k

    s = f(x[1])
    k = x[2]
    return s + f(x[1]) * 10.0


@program(X)
def test_several_results(x):
    def stats(a):
        m = a.mean()
        return m, ((a - m) ** 2).sum()

    m, v = stats(x)
    pair = stats(x * x)
    return m * v + pair[1] * pair[0]


@program(M)
def test_methods(m):
    return (m.sum(axis=0).max() + m.mean() * m.T.dot(m).sum() + m.reshape(3, 2).ravel()[4] ** 2
            + m.reshape((6,))[-1] * m.flatten()[0] + m.copy().min() + m.transpose()[2, 1] * m.sum() + m.clip(1, 3).sum()
            + m.prod(axis=1).sum() + m.cumsum()[3] + m.swapaxes(0, 1)[0, 1] + m.std() + m.var() + m.squeeze()[0, 1])


@program(M)
def test_attributes(m):
    return np.sum(m.T) * m.shape[0] + m.size * m[0, 0] + m.ndim * m[0, 1] + len(m) * m[1, 1] + m.real[0, 0]


@program(M)
def test_reads_of_all_forms(m):
    i = np.array([1, 0, 1])
    return (m[0].sum() + m[0, 1] ** 2 + m[-1, -1] + m[:, 1].sum() + m[0, 1:] @ m[1, :2] + m[..., 0].sum()
            + m[:, ::-1][0] @ C + m[:, None, :].sum() + m[i].sum() + m[i, [0, 1, 2]] @ C + m[m > 2].sum()
            + m[[0, 1], 1:].sum() + m[1][2] ** 2 + m[-2:, 1:-1].sum() + m[0][::2] @ m[1][::2])


@program(X)
def test_slices_with_values(x):
    a, n = 1, len(x)
    s = slice(0, 2)
    return np.sum(x[a:] * x[:-a]) + np.sum(x[s] ** 2) + x[n - 1] * x[n // 2]


@program(X)
def test_negative_and_computed_indices(x):
    k = int(np.argmax(x))
    return x[k] * x[-k] + x[int(2.7)] ** 2 + x[np.argmin(x)]


@program(X)
def test_builtins_on_values(x):
    return (max(x[0], x[1]) * min(x[2], 1.0) + abs(x[2]) + sum([x[0], x[1] ** 2]) + float(x[1]) ** 2 + pow(x[1], 3)
            + sum(x) * max(x) + round(2.6) * x[0] + divmod(7, 2)[0] * x[1])


@program(1.3)
def test_math_functions(x):
    return (math.sin(x) + math.cos(x) * math.tan(x) + math.exp(-x) + math.log(x) + math.sqrt(x) + math.tanh(x)
            + math.atan(x) + math.hypot(x, 2.0) + math.pi * x + math.pow(x, 2.5) + math.log(x, 2) + math.log10(x)
            + math.erf(x) + math.fabs(x) + math.floor(x) * x + math.atan2(x, 2.0) + math.degrees(x) + math.log1p(x))


@program(X)
def test_f_string_and_print(x):
    text = f"{x[0]:.3f} {x!r} {len(x)}"
    return np.sum(x) * len("abc") + (0.0 if text == "" else x[1])


@program(X)
def test_string_branch(x):
    mode = "sin"
    if mode == "cos":
        return np.sum(np.cos(x))
    return np.sum(np.sin(x) if mode in ("sin", "tan") else x)


@program(X)
def test_star_in_displays(x):
    parts = [x[0], x[1]]
    both = [*parts, x[2], *parts]
    t = (*both, 1.0)
    return sum(both) * t[2] + np.sum(np.array([*parts, x[2]]) ** 2) + np.sum(np.stack([x, x * 2])[1] ** 2)


@program(X)
def test_sequence_arithmetic(x):
    a = [x[0]] * 3 + [x[1]]
    b = (x[2],) + (1.0,)
    return np.sum(np.array(a) ** 2) * b[0] * len(a)


@program(X)
def test_isinstance_and_none(x):
    w = None
    if w is None:
        w = x * 2
    if isinstance(x, np.ndarray) and not isinstance(x, (list, tuple)):
        w = w * x
    return np.sum(w)


@program(X)
def test_numpy_from_numbers(x):
    a = np.array([x[0], x[1] * x[2]])
    b = np.array([[x[0], 0.0], [1.0, x[1]]])
    c = np.array(x[2]) * x[0]
    return np.sum(b @ a) * c + np.asarray(x).sum() + np.array(x).max()


@program(X, 2.0)
def test_scalar_by_array(x, a):
    return np.sum(a * x) + np.sum(x**a * (x > 0) if False else x**2 * a) + a * np.float64(2.0)


@program(np.array([1.5]), X)
def test_length_one_axis_broadcasts(a, x):
    return np.sum(a * x) + (a * a)[0]


@program(np.array([[1.5], [2.5]]), X)
def test_column_by_row(a, x):
    return np.sum((a - x) ** 2 * x) + np.sum(a / 2)


@program(np.array([[2.0]]), M)
def test_one_by_one(a, m):
    return np.sum(m * a + np.sum(m @ m.T * a))


@program(np.array(1.5), X)
def test_zero_dimensional(a, x):
    return np.sum(a * x) + a**2


@pytest.mark.parametrize("x", [np.float64(1.5), np.float32(1.5), np.array(1.5), 1.5, np.array([1.5]),
                               np.array([[1.5]])])
def test_scalar_types(x):
    def f(x):
        y = x * x
        y += x
        return y * 2 + np.sum(x)

    value, gradient = pb.value_and_grad(f)(x)
    assert type(gradient) is type(x)
    assert np.shape(gradient) == np.shape(x)
    assert np.asarray(gradient).dtype == np.asarray(x).dtype
    np.testing.assert_allclose(gradient, 9.0 * np.ones(np.shape(x)))
    assert type(value) is type(f(x))


def test_float32_stays_float32():
    def f(x, w):
        y = np.tanh(x @ w) * 2.0 + 1
        return np.mean(y**2) + np.sum(w[0]) * np.float64(2)

    x = np.ones((4, 3), dtype=np.float32)
    w = np.full((3, 2), 0.1, dtype=np.float32)
    a, b = pb.grad(f, wrt=(0, 1))(x, w)
    assert a.dtype == b.dtype == np.float32
    reference = pb.grad(f, wrt=1)(x, w.astype(np.float64))
    np.testing.assert_allclose(b, reference, rtol=1e-5)


def test_empty_arrays():
    def f(x, m):
        return np.sum(x**2) + np.sum(m @ x) + sum(v for v in ()) if False else np.sum(x**2) + np.sum(m @ x)

    a, b = pb.grad(f, wrt=(0, 1))(np.zeros(0), np.zeros((2, 0)))
    assert a.shape == (0,) and b.shape == (2, 0)


def test_ints_beside_floats():
    def f(x, n, idx):
        return np.sum(x * n) + np.sum(x[idx] ** n)

    np.testing.assert_allclose(pb.grad(f)(X, 2, np.array([0, 0, 2])), [2 + 2, 2, 2 - 4])


def test_complex_intermediate():
    def f(x):
        z = np.exp(1j * x) * x
        return np.sum(np.abs(z + 1) ** 2) + np.sum(z.real * z.imag)

    check(f, X)


def test_complex_stored_in_a_buffer():
    def f(x):
        z = np.zeros(3, dtype=complex)
        for k in range(3):
            z[k] = x[k] * np.exp(1j * x[0])
        return np.sum((z * np.conj(z)).real) + z[1].imag

    check(f, X)
