"""Stores, views and aliases: NumPy's memory semantics."""

import numpy as np
import pytest

import pullback as pb

from .checker import check, program, refused

X = np.array([0.5, 1.5, -2.0])
A = np.array([1.0, 2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5
C = np.array([1.0, 10.0, 100.0])


@program(X)
def test_store_of_a_view_of_itself(x):
    y = x * 1.0
    y[1:] = y[:-1] * y[1:]
    y[:-1] += y[1:]
    return np.sum(y * C)


@program(X)
def test_view_of_a_view(x):
    y = x * 1.0
    v = y[1:]
    w = v[1:]
    w *= x[0]
    v[0] = y[0] * 3.0
    return np.sum(y * C) + v[1] * w[0]


@program(X)
def test_view_read_after_base_changed(x):
    y = x * 1.0
    v = y[::-1]
    y[0] = x[1] ** 2
    return np.sum(v * C)


@program(X)
def test_two_names_one_array(x):
    y = x * 2.0
    z = y
    y[0] = 7.0
    z[1] *= x[0]
    return np.sum(y * z)


@program(X)
def test_rebinding_is_not_in_place(x):
    y = x * 2.0
    z = y
    y = y + x
    return np.sum(y * z)


@program(X)
def test_scalar_augmented_rebinds(x):
    s = x[0]
    t = s
    s += x[1]
    return s * t


@program(X)
def test_argument_changed_in_place(x):
    x += 1.0
    x[0] = x[1] * x[2]
    return np.sum(x**2)


@program(X, X.copy())
def test_two_arguments_stored_to(x, y):
    x[0] = y[1]
    y *= x
    return np.sum(x * y)


@program(X)
def test_masked_store(x):
    y = x * 3.0
    y[y < 0] = x[0] ** 2
    return np.sum(y * C)


@program(X)
def test_masked_augmented_store(x):
    y = x * 3.0
    y[x > 0] *= x[2]
    return np.sum(y * C)


@program(X)
def test_masked_store_of_selected(x):
    y = x * 3.0
    m = x > 0
    y[m] = x[m] ** 3
    return np.sum(y * C)


@program(M)
def test_store_of_a_row_and_a_column(m):
    y = m * 2.0
    y[0] = m[1] ** 2
    y[:, 1] = m[:, 0] * m[:, 2]
    return np.sum(y**2)


@program(M)
def test_store_broadcasts(m):
    y = np.zeros((2, 3))
    y[:] = m[0]
    y[1, :] = m[1, 2]
    y[:, 0] = 3.0
    return np.sum(y * m)


@program(M)
def test_rows_as_views_in_a_loop(m):
    y = m * 1.0
    for row in y:
        row *= row
    return np.sum(y)


@program(M)
def test_row_view_kept(m):
    y = m * 1.0
    r = y[1]
    y[1, 2] = m[0, 0]
    r[0] += r[2]
    return np.sum(y * y) + r[1]


@program(M)
def test_transposed_view_read(m):
    y = m * 1.0
    t = y.T
    y[0, 2] = m[1, 1] ** 2
    return np.sum(t @ y)


def change(a, i):
    a[i] = a[i] * a[0]
    return a


@program(X)
def test_helper_changes_and_returns(x):
    y = x * 1.0
    z = change(y, 1)
    z[2] += y[1]
    return np.sum(y * z)


def fill(a, value):
    a[:] = value


@program(X)
def test_helper_fills_a_view(x):
    y = np.zeros(5)
    fill(y[1:4], x)
    fill(y[:1], x[0] * x[1])
    return np.sum(y**2)


@program(X)
def test_store_in_one_branch(x):
    y = x * 1.0
    z = y
    if x[0] > 0:
        y[0] = x[1]
    else:
        y = y * 2
    return np.sum(z * C)


@program(X)
def test_alias_made_in_a_branch_is_right_or_refused(x):
    y = x * 1.0
    z = x * 2.0
    if x[0] > 0:
        z = y
    return np.sum(y * z)


@program(X)
def test_fresh_array_in_each_round(x):
    y = x * 1.0
    for _ in range(3):
        z = y.copy()
        z[1:] = y[:-1] * 0.5
        y = z + x
    return np.sum(y**2)


@program(X)
def test_swap_of_buffers_in_a_loop(x):
    old = x * 1.0
    for k in range(3):
        new = old * old * 0.1 + x
        old, new = new, old
    return np.sum(old)


@program(X)
def test_store_then_read_then_store(x):
    y = np.zeros(3)
    s = 0.0
    for i in range(3):
        y[i] = x[i] * (s + 1.0)
        s = s + y[i] * y[0]
        y[0] = s
    return s + np.sum(y)


@program(np.array([1.0, 0.5, 0.3, 0.2]))
def test_stencil_in_place(u):
    for _ in range(3):
        u[1:-1] = 0.5 * (u[:-2] + u[2:])
    return np.sum(u**2)


@program(np.array([1.0, 0.5, 0.3, 0.2]))
def test_gauss_seidel(u):
    for _ in range(2):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1]) ** 2
    return np.sum(u**2)


@program(X)
def test_augmented_with_itself(x):
    y = x * 1.0
    y += y
    y *= y
    return np.sum(y)


@program(X)
def test_augmented_power_and_division(x):
    y = x * 1.0
    y **= 2
    y /= x + 10.0
    y -= x
    return np.sum(y * C)


@program(X)
def test_augmented_repeated_index(x):
    y = np.zeros(3)
    y[[0, 0, 1]] += x
    return np.sum(y * C)


@program(X)
def test_augmented_element_of_a_computed_index(x):
    y = np.zeros(3)
    i = 0
    for v in x:
        y[i] += v * v
        i = (i + 2) % 3
    return np.sum(y * C)


def test_float32_buffer():
    x = np.array([0.5, 1.5, -2.0])

    def f(x):
        y = np.zeros(3, dtype=np.float32)
        y[0] = x[0] ** 2
        y[1:] = x[1:] * 2
        return np.sum(y)

    gradient = pb.grad(f)(x)
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, [1.0, 2.0, 2.0])


def test_store_into_integers_truncates():
    def f(x):
        y = np.zeros(3, dtype=int)
        y[:] = x
        return np.sum(y * x)

    np.testing.assert_allclose(pb.grad(f)(np.array([0.5, 1.5, -2.5])), [0, 1, -2])


def test_issue_3_table():
    def view(x):
        y = x * 1
        v = y[1:]
        v *= 2
        return np.sum(y**2)

    np.testing.assert_allclose(pb.grad(view)(np.array([1.0, 2.0, 3.0])), [2, 16, 24])

    def alias(x):
        y = x * 1
        z = y
        z += x
        return np.sum(y**2)

    np.testing.assert_allclose(pb.grad(alias)(A), [8, 16])

    def astype(x):
        return x.astype(int) * x

    np.testing.assert_allclose(pb.grad(astype)(np.float64(2.5)), 2)

    def item(x):
        return x.item() * x

    np.testing.assert_allclose(pb.grad(item)(np.float64(2.5)), 5)

    def kind(x):
        if isinstance(x, np.ndarray):
            return np.sum(x * 2)
        return np.sum(x * 3)

    np.testing.assert_allclose(pb.grad(kind)(A), [2, 2])

    def no_context(x):
        with pb.no_grad():
            s = np.sum(x)
        return np.sum(x * s)

    np.testing.assert_allclose(pb.grad(no_context)(A), [3, 3])


def test_captured_array_changed_afterwards():
    c = np.ones(3)

    def f(x):
        return np.sum(x * c)

    g = pb.grad(f)
    np.testing.assert_allclose(g(X), [1, 1, 1])
    c[:] = 5.0
    np.testing.assert_allclose(g(X), [5, 5, 5])


def test_same_array_twice():
    def f(x, y):
        return np.sum(x * y)

    a, b = pb.grad(f, wrt=(0, 1))(X, X)
    np.testing.assert_allclose(a, X)
    np.testing.assert_allclose(b, X)
    assert not np.shares_memory(a, b) and not np.shares_memory(a, X)


def test_overlapping_arguments_that_are_stored_to():
    def f(x, y):
        x[0] = 5.0
        return np.sum(x * y)

    g = pb.grad(f, wrt=(0, 1))
    x = X.copy()
    with pytest.raises(Exception, match="overlap|memory"):
        g(x, x)
    a, b = g(x, X)
    np.testing.assert_allclose(a, [0, 1.5, -2])
    np.testing.assert_allclose(b, [5, 1.5, -2])


def test_store_into_a_captured_array_is_refused():
    c = np.ones(3)

    def f(x):
        c[0] = 2.0
        return np.sum(x * c)

    refused(f, X, match="a store into an array from outside the function", line=1, column=9)


@program(X)
def test_a_view_that_one_branch_binds_sees_later_stores(x):
    y = x * 1.0
    if x[0] > 0:
        v = y[1:]
    y[1] = 7 * x[0]
    return np.sum(v * v)


@program(X)
def test_arrays_joined_by_loops(x):
    z, w = x * 1.0, x * 2.0
    for _ in range(400):
        z[0] = w[1] * 0.1 + 1
        w[2] = z[0] * x[0]
        z = w
    return np.sum(z * w)


def test_a_while_test_that_binds_a_name():
    def f(x):
        y = 0.1
        while (y := y * x * 2) < 10:
            pass
        return y

    check(f, 1.5)


@program(X)
def test_name_bound_on_one_branch_only(x):
    c = x[0] > 1
    if c:
        v = x * 2
    if c:
        return np.sum(v * v)
    return x[0] * x[1]


@program(X)
def test_name_bound_by_the_trip_before(x):
    ok = False
    s = 0.0
    for i in range(3):
        if ok:
            s = s + np.sum(v * v)  # noqa: F821
        v = x * x[i]  # noqa: F841
        ok = True
    return s


@pytest.mark.parametrize("layout", ["F", "strided", "reversed", "transposed", "readonly"])
def test_layouts(layout):
    m = np.arange(12.0).reshape(3, 4) / 7
    m = {"F": np.asfortranarray(m), "strided": np.repeat(m, 2, axis=1)[:, ::2], "reversed": m[::-1, ::-1],
         "transposed": m.T, "readonly": m}[layout]
    if layout == "readonly":
        m.flags.writeable = False

    def f(m):
        y = m * 1.0
        y[0] = m[1] ** 2
        m[1, 1] = m[0, 0] * 2
        return np.sum(y * m) + np.sum(m.ravel()[:3] ** 2)

    if layout == "readonly":
        def f(m):
            y = m * 1.0
            y[0] = m[1] ** 2
            return np.sum(y * m) + np.sum(m.ravel()[:3] ** 2)

    check(f, m)


def test_gradients_are_fresh():
    def f(x, y):
        return np.sum(x) + np.sum(y)

    g = pb.grad(f, wrt=(0, 1))
    a, b = g(X, X)
    c, _ = g(X, X)
    for one, two in ((a, b), (a, c), (a, X)):
        assert not np.shares_memory(one, two)
    assert a.flags.writeable

    def identity(x, y):
        return np.sum(x * y)

    a, b = pb.grad(identity, wrt=(0, 1))(X, A[0] * X)
    assert not np.shares_memory(a, X)


def test_zeros_where_independent():
    def f(x, y, z):
        return np.sum(x * 2)

    a, b, c = pb.grad(f, wrt=(0, 1, 2))(X, M, 2.0)
    np.testing.assert_array_equal(b, np.zeros((2, 3)))
    assert type(c) is float and c == 0.0
