"""Names that hold one of two arrays: which, is known at run time only. Stores through them reach the right one."""

import numpy as np
import pytest

import pullback as pb

from .checker import check, program

X = np.array([0.5, 1.5, -2.0, 0.25])
Y = np.array([-0.5, 1.5, 2.0, 0.75])


def both(*cases):
    """Decorator: the function becomes a test that differentiates it where a branch goes either way."""
    def make(fn):
        def test():
            for arguments in cases:
                check(fn, *arguments)

        test.__name__ = fn.__name__
        return test

    return make


@both((X,), (Y,))
def test_store_into_one_of_two_arrays(x):
    a, b = x.copy(), 2 * x
    z = a if x[0] > 0 else b
    z[0] = x[1] * x[2]
    return np.sum(a**2) + np.sum(b * x)


@both((X,), (Y,))
def test_in_place_operation_on_one_of_two_arrays(x):
    a, b = x.copy(), 2 * x
    if x[0] > 0:
        z = a
    else:
        z = b
    z[1:] *= x[:-1]
    z += x
    a[0] = z[1]
    return np.sum(a**2) + np.sum(b * x) + np.sum(z)


@both((X,), (Y,))
def test_a_copy_on_one_side_only(x):
    a = x.copy()
    z = a
    if x[0] > 0:
        z = a * 2
    z[0] = x[1] * x[2]
    a[1] = z[0]
    return np.sum(a**2) + np.sum(z * x)


@both((X,), (Y,))
def test_one_of_two_rows(x):
    u = np.zeros((2, 4))
    u[1] = x
    row = u[0] if x[0] > 0 else u[1]
    row[2] = x[0] * x[1]
    u[0] += x * row
    return np.sum(u**2)


@both((X,), (Y,))
def test_views_that_branches_bind(x):
    y = x * 1.0
    if x[0] > 0:
        v = y[1:]
    else:
        v = y[:-1]
    y[1] = 7 * x[0]
    v[0] = x[3] * v[1]
    return np.sum(v * v) + np.sum(y)


@both((X,), (Y,))
def test_one_of_three_arrays(x):
    a, b, c = x.copy(), 2 * x, x**2
    if x[0] > 0:
        z = a
    elif x[1] > 2:
        z = b
    else:
        z = c
    z[0] = x[1] * z[2]
    b[0] = z[0]
    z *= 2
    return np.sum(a * z) + np.sum(b * x) + np.sum(c)


@both((X,), (Y,))
def test_which_was_decided_by_a_value_that_changes(x):
    a, b, flag = x.copy(), 2 * x, x[0] > 0
    z = a if flag else b
    flag = not flag
    w = a if flag else b
    z[0] = x[1] ** 2
    w[1] = z[0]
    return np.sum(a * x) + np.sum(b**2)


@both((X, 3,), (Y, 4,))
def test_buffers_swapped_in_some_trips(x, n):
    a, b = x.copy(), 2 * x
    for i in range(n):
        b[1:-1] = a[1:-1] * a[2:]
        if i % 2 == 0:
            a, b = b, a
    return np.sum(a**2) + np.sum(b)


@program(X, 3)
def test_three_buffers_in_turn(x, n):
    p, c, new = x.copy(), x * 2, np.zeros_like(x)
    for _ in range(n):
        new[1:-1] = 2 * c[1:-1] - p[1:-1] + 0.1 * (c[2:] - c[:-2]) * c[1:-1]
        p, c, new = c, new, p
    return np.sum(c**2) + np.sum(p) + np.sum(new)


@both((X, 3,), (Y, 3,))
def test_one_of_two_arrays_in_a_loop(x, n):
    a, b = x.copy(), 2 * x
    for i in range(n):
        z = a if x[i] > 0 else b
        z[i] = a[i + 1] * b[0]
    return np.sum(a**2) + np.sum(b)


@both((X,), (Y,))
def test_a_helper_changes_what_a_branch_chose(x):
    def change(a):
        a[0] = a[1] * 0.5
        a *= 1.5

    y = x * 1.0
    if x[0] > 0:
        if y[1] > 1.4:
            pass
        else:
            y = y[::-1]
        change(y)
    y[2] = y[0]
    if y[1] > 0:
        y *= y * y
    return np.sum(x * y)


@program(X)
def test_a_view_of_what_a_branch_bound_again(x):
    y = x.reshape(2, 2)
    a = y[0]
    if x[1] > 0.35:
        if x[2] > 0.35:
            a = a[::-1]
        if x[0] > 0.35:
            a = a[None][0]
    a[a > 0.4] *= a[1] * x[3]
    return np.sum(x) + np.sum(y * y) + np.sum(a)


@both((X, 3), (Y, 300))
def test_a_name_keeps_one_of_two_swapped_buffers(x, n):
    a, b = x.copy(), 2 * x
    keep = a
    for _ in range(n):
        b[1:] = a[1:] * a[:-1] * 0.5
        a, b = b, a
    return np.sum(keep * a)


# --- numbers and arrays without axes -------------------------------------------------------------------------------

@both((X,), (Y,))
def test_a_number_meets_an_array_without_axes(x):
    if x[0] > 0:
        y = np.tensordot(x, x, 1)
    else:
        y = x[0]
    return y * x[1]


@program(X)
def test_an_array_without_axes_in_a_loop(x):
    y = np.array(3.0)
    for i in range(3):
        y[...] = y * x[i]
    for i in range(2):
        y += y * x[i]
    return y * x[1]


@both((X,), (Y,))
def test_a_number_takes_the_place_of_an_array_without_axes(x):
    a, b, c = np.tensordot(x, x, 1), x[1], np.array(3.0)
    for i in range(2):
        a = b
        b = np.sin(np.tensordot(x, x, 1))
        c = x[i] if x[i] > 0.3 else c
    return a * b + c * x[2]


# --- what the adjoint copies ----------------------------------------------------------------------------------------

def test_stores_on_either_side_of_a_branch_copy_nothing_in_a_trip():
    def f(x, n):
        a, b = x.copy(), 2 * x
        for i in range(n):
            b[1:-1] = a[1:-1] * a[2:]
            if i % 2 == 0:
                a, b = b, a
        return np.sum(a**2) + np.sum(b)

    def g(x, n):
        a, b = x.copy(), 2 * x
        for i in range(n):
            if x[i] > 0.4:
                a[0] = b[1] * x[2]
            else:
                b[1] = a[0] * x[1]
        return np.sum(a * b)

    assert "    b = np.array(b)" not in pb.grad(f).source_for(X, 3)
    assert "    d_x = np.array(d_x)" not in pb.grad(g).source_for(X, 3)
    check(f, X, 3)
    check(g, X, 3)


@program(np.array([[0.3, 0.5, 0.7], [0.45, 0.62, 0.21]]))
def test_a_row_or_a_slice_whose_length_may_be_one(x):
    row, a = x[0], np.sin(x.ravel())
    if x[1, 1] > 0.35:
        row = a[1::2]
    return np.sum(row * x[1]) + np.sum(a) + np.sum(a[1::2])


def test_a_picked_view_that_a_tape_holds_sees_no_later_store():
    """Found by a random program: the tape held a view of `A`, whose row was then stored into in place."""

    def f(x, A, c):
        if 0.5 > c:
            x = A[0]
        s = 0.0
        for _ in range(40):
            s += np.max(x)
            x[1:] = x[:-1]
        return s + np.sum(np.sin(A)) + np.sum(x ** 2)

    check(f, np.array([0.3, -0.2, 0.5]), np.random.default_rng(0).uniform(-1, 1, (3, 3)), 0.37)


@program(X)
def test_a_range_without_positions_binds_nothing(x):
    """Random programs 9000786 and 9000945: the reverse sweep asked for the shape of a name that no trip had bound."""
    y = x * 1.0
    z = y[::-1]
    for i in range(0):
        z = (y * 2.0)[1:]
        if i > 0:
            y, z = z, y
        y[i] = 3.0
    return np.sum(x ** 2) + np.sum(y ** 2) + np.sum(z ** 3)


def test_a_name_that_no_trip_bound_is_refused_in_the_reverse_sweep():
    """Before, the generated code raised UnboundLocalError, where Python runs."""
    def f(x, n):
        v1 = x
        v4 = v1[::-1]
        for i in range(n):
            v4 = (v1 * 1.0)[1:]
            if i > 0:
                v1, v4 = v4, v1
            v1[i] = 0.5
        return np.sum(x ** 2) + np.sum(v1 ** 2) + np.sum(v4 ** 2)

    gradient = pb.grad(f)
    assert gradient(X.copy(), 2).shape == X.shape
    with pytest.raises(pb.UnsupportedError, match="a name that this run gave no value") as caught:
        gradient(X.copy(), 0)
    assert caught.value.where.line == f.__code__.co_firstlineno + 8


def test_a_name_that_the_program_itself_may_not_have_bound_is_its_own_error():
    """The reverse sweep reads `w`, as the program does: the error is Python's."""
    def f(x):
        for _ in range(int(x)):
            w = np.exp(x) * np.ones(2)
        return np.sum(w * x)

    for call in (f, pb.grad(f)):
        with pytest.raises(UnboundLocalError):
            call(0.5)
