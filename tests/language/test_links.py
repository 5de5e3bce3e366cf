"""Names of arrays that a loop binds anew, and stores through them: the run knows which array each one is."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import PullbackError

from .checker import POINTS, check, everywhere, refused

TABLE = np.array([1.0, 2.0, 3.0])


@everywhere
def test_swap_chain(x):
    a, b, c = (x * 1.0, x * 2.0, x * 3.0)
    for i in range(4):
        a[0] = b[1] * c[2]
        a, b, c = (b, c, a)
        if x[i % 3] > 0.4:
            a, b = (b, a)
    return np.sum(a * x) + np.sum(b ** 2) + np.sum(c)


@everywhere
def test_prev_cur(x):
    prev = x * 1.0
    cur = prev
    for i in range(3):
        prev = cur
        cur = np.sin(prev) + x
        prev[0] = cur[1]
        cur[2] *= 2
    return np.sum(prev * x) + np.sum(cur)


@everywhere
def test_best_row(x):
    m = np.outer(x, x + 1)
    best = m[0]
    for i in range(1, 3):
        if np.sum(m[i]) > np.sum(best):
            best = m[i]
        best *= 0.5
        m[0, 1] += best[1]
    return np.sum(best * x) + np.sum(m ** 2)


@everywhere
def test_keep_old(x):
    a, b = (x.copy(), 2 * x)
    keep = a
    for i in range(3):
        b[1:] = a[1:] * a[:-1]
        a, b = (b, a)
    return np.sum(keep * a)


@everywhere
def test_cond_rebind_store_after(x):
    y, z = (x * 1.0, x * 2.0)
    for i in range(3):
        if x[i] > 0.4:
            y = z
    y[0] = 5 * x[1]
    z[1] = y[0] * y[2]
    return np.sum(y * z)


@everywhere
def test_while_alias(x):
    y, z = (x * 1.0, x * 2.0)
    k = 0
    while k < 5 and y[0] < 2:
        y[0] += z[1] + 0.3
        if k == 2:
            z = y
        if k == 3:
            z = z * 1.5
        k += 1
    z[2] *= 3
    return np.sum(y * z)


@everywhere
def test_break_alias(x):
    y, z = (x * 1.0, x * 2.0)
    for i in range(5):
        z = y
        z[0] += x[1]
        if z[0] > 1.07:
            break
        y = np.cos(z)
    y[1] = 7 * z[0]
    return np.sum(y * z)


@everywhere
def test_nested_alias(x):
    y, z = (x * 1.0, x * 2.0)
    for i in range(2):
        for j in range(3):
            z[j] = y[i] * 0.5 + x[j]
            if x[j] > 0.4:
                y = z
        z = z * 1.1 if x[i] > 0.6 else y
        z[0] = z[0] + y[1]
    return np.sum(y * z) + y[0]


@everywhere
def test_max_helper(x):

    def larger(a, b):
        return a if np.sum(a) > np.sum(b) else b
    y, z = (x * 1.0, x ** 2)
    for i in range(3):
        w = larger(y, z)
        w[i] *= 0.3
    return np.sum(y * x) + np.sum(z) + np.sum(w)


@everywhere
def test_arg_rebind(x):
    y = x
    for i in range(3):
        y[i] *= 2
        if x[i] > 100:
            y = y * 2
    return np.sum(x ** 2) + np.sum(y)


@everywhere
def test_arg_rebind2(x):
    keep = x
    for i in range(3):
        x[i] = x[i] * 2 + keep[0]
        if x[i] > 1.2:
            x = x * 2
    return np.sum(x ** 2) + np.sum(keep)


@everywhere
def test_view_carried(x):
    y = np.concatenate([x, x, x])
    v = y[:3]
    for i in range(3):
        v[0] += v[1] * 2
        v = y[i:i + 3]
    v *= 0.5
    return np.sum(y ** 2)


@everywhere
def test_tuple_state(x):
    state = (x * 1.0, x * 2.0)
    for i in range(3):
        a, b = state
        a[0] = b[1] + x[i]
        state = (b, a) if x[i] > 0.4 else (a, b)
    return np.sum(state[0] * x) + np.sum(state[1] ** 2)


@everywhere
def test_tuple_state_alias(x):
    state = (x * 1.0, x * 2.0)
    for i in range(3):
        a, b = state
        a[0] = b[1] + x[i]
        state = (b, b) if x[i] > 0.6 else (a, b)
    return np.sum(state[0] * x) + np.sum(state[1] ** 2)


@everywhere
def test_dict_state(x):
    d = {'a': x * 1.0, 'b': x * 2.0}
    for i in range(3):
        d['a'][0] = d['b'][1] + x[i]
        if x[i] > 0.4:
            d['a'] = d['b']
        else:
            d['b'] = np.sin(d['a'])
    return np.sum(d['a'] * x) + np.sum(d['b'] ** 2)


@everywhere
def test_list_state(x):
    bufs = [x * 1.0, x * 2.0]
    for i in range(4):
        bufs[0][1:] = bufs[1][:-1] * x[1:]
        bufs[0], bufs[1] = (bufs[1], bufs[0])
        if x[i % 3] > 0.6:
            bufs[0] = bufs[1]
    return np.sum(bufs[0] * x) + np.sum(bufs[1] ** 2)


@everywhere
def test_list_swap(x):
    bufs = [x * 1.0, x * 2.0]
    for i in range(4):
        bufs[i % 2][1:] = bufs[(i + 1) % 2][:-1] * x[1:]
    return np.sum(bufs[0] * x) + np.sum(bufs[1] ** 2)


@everywhere
def test_zip_alias(x):
    a, b = (x * 1.0, x * 2)
    for u, v in zip((a, b, a), (b, a, a)):
        u[0] = v[1] * 2 + x[0]
        v *= 0.9
    return np.sum(a * b)


@everywhere
def test_ternary_chain(x):
    a, b, c = (x * 1.0, x * 2, x * 3)
    for i in range(3):
        z = a if x[i] > 0.6 else b if x[i] > 0.4 else c
        z[i] = np.sum(a) * 0.1
        a = z
    return np.sum(a * b * c)


@everywhere
def test_fill_alias(x):
    a = x * 1.0
    b = a
    for i in range(2):
        b.fill(x[i])
        a[1] += x[2]
        b = a * 2 if i else a
    return np.sum(a * b)


@everywhere
def test_aug_loop(x):
    y = x * 1.0
    z = y
    for i in range(3):
        y += z * 0.1
        if x[i] > 0.4:
            y = y + 1
        z *= 0.9
    return np.sum(y * z)


@everywhere
def test_cells(x):
    best = None
    y = x * 1.0
    for i in range(3):
        y = np.sin(y) + x[i]
        if best is None or np.sum(y) > np.sum(best):
            best = y
        best[0] = best[0] * 0.5
        y[1] = y[1] + 0.1
    return np.sum(best * x) + np.sum(y)


@everywhere
def test_unbound_first(x):
    y = x * 1.0
    for i in range(3):
        if i > 0:
            old[0] = y[1] + x[i]  # noqa: F821
        old = y
        if x[i] > 0.4:
            y = np.cos(y)
    return np.sum(old * x) + np.sum(y)


@everywhere
def test_two_best(x):
    y = x * 1.0
    first = second = y
    for i in range(4):
        y = np.sin(y) + x[i % 3]
        if y[0] > first[0]:
            second = first
            first = y
        elif y[0] > second[0]:
            second = y
        first[1] = first[1] * 0.9
        second[2] = second[2] + y[0] * 0.1
    return np.sum(first * x) + np.sum(second ** 2) + np.sum(y)


@everywhere
def test_rows_swap(x):
    m = np.outer(x, x + 1)
    a, b = (m[0], m[1])
    for i in range(3):
        b[:] = a * x
        a, b = (b, a)
        m[2] += a
    return np.sum(m ** 2)


@everywhere
def test_ring(x):
    hist = np.zeros((3, 3))
    cur = hist[0]
    cur[:] = x
    for k in range(1, 5):
        nxt = hist[k % 3]
        nxt[:] = cur * 0.5 + x
        cur = nxt
    return np.sum(hist ** 2) + np.sum(cur)


@everywhere
def test_func_rebinding_param(x):

    def relax(a, n):
        b = a
        for i in range(n):
            b[1:] = a[:-1] * 0.5
            if i % 2 == 0:
                a = b
            else:
                a = a.copy()
        return (a, b)
    y = x * 1.0
    a, b = relax(y, 4)
    a[0] = 3 * b[1]
    return np.sum(a * b) + np.sum(y ** 2)


@everywhere
def test_enumerate_rows(x):
    m = np.outer(x, x + 1)
    last = m[0]
    for i, row in enumerate(m):
        row[0] = last[1] * x[i]
        last = row
    last[2] = x[0]
    return np.sum(m ** 2)


@everywhere
def test_lambda_alias(x):
    y, z = (x * 1.0, x * 2)
    pick = lambda t: y if t else z
    for i in range(3):
        pick(x[i] > 0.4)[i] = x[0] * i
    return np.sum(y * z)


@everywhere
def test_walrus_alias(x):
    y = x * 1.0
    total = 0.0
    for i in range(3):
        if (z := y)[i] > 0.4:
            z[i] *= 2
            y = y * 1.0
        total = total + np.sum(z)
    return total + np.sum(y * z)


@everywhere
def test_else_loop(x):
    y, z = (x * 1.0, x * 2)
    for i in range(3):
        z[i] += y[0]
        y = z
        if z[i] > 100:
            break
    else:
        z = y * 1.0
    z[0] = 3 * y[1]
    return np.sum(y * z)


@everywhere
def test_half_step(x):
    u, v = (np.concatenate([x, x]), np.zeros(6))
    for k in range(3):
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        v[0], v[-1] = (u[0], u[-1])
        if np.sum(v) > 2.0:
            u, v = (v, u)
        else:
            u = v.copy()
    return np.sum(u * np.arange(6.0)) + np.sum(v)


@everywhere
def test_multi_ret(x):

    def order(a, b):
        return (a, b) if a[0] > b[0] else (b, a)
    y, z = (x * 1.0, x[::-1] * 1.5)
    for i in range(3):
        y, z = order(y, z)
        y[0] *= 0.7
        z[1] += y[2]
    return np.sum(y * x) + np.sum(z ** 2)


@everywhere
def test_selectors_need_no_array_of_their_own(x):
    a, b = x * 1.0, x * 2.0
    cur, other = a, b
    for i in range(4):
        cur[0] = other[1] * x[2]
        cur, other = other, cur
    return np.sum(a * x) + np.sum(b**2) + np.sum(cur)


@everywhere
def test_names_that_the_loop_binds_last(x):
    y, z = x * 1.0, x * 2.0
    for _ in range(len(x)):
        z[0] = y[1]
        y = z
    return np.sum(y * z)


@everywhere
def test_a_view_of_one_of_two_arrays_is_made_where_it_is_bound(x):
    """Random program 703214: the cell of a name that no trip has bound yet is no array."""
    c = x[0]
    for v in x:
        if c > -0.4:
            c, v = v, c
            x[0] = x[0] * 1.7 + 0.5
        else:
            x = x * x
        x = x[::-1]
    return np.sum(x**2) + c


def test_a_selector_is_printed_by_its_names():
    def f(x):
        y, z = x * 1.0, x * 2.0
        for _ in range(len(x)):
            z[0] = y[1]
            y = z
        return np.sum(y * z)

    made = pb.grad(f)
    made(POINTS[0])
    assert "if y_is_z:" in made.source
    assert "np.array(z)" not in made.source


def test_parts_of_one_array_without_a_name_are_refused():
    def f(x):
        y = x * 1.0
        u, v = y[:2], y[1:]
        for i in range(len(x)):
            u[1] += x[i]
            v[1] += u[1]
            y = np.sin(x) * (i + 1)
            u, v = y[:2], y[1:]
            y = x * 2.0
        return np.sum(u * v) + np.sum(y)

    refused(f, np.linspace(0.1, 0.9, 300), match="aliases are known only at run time", line=4, column=13)


def test_arrays_from_outside_are_not_stored_into_through_another_name():
    def branch(x):
        y = TABLE if x[0] > 0 else x * 2
        y[0] = y[0] + x[1]
        return np.sum(y) + np.sum(TABLE * x)

    refused(branch, POINTS[0], match="an array from outside the function", line=2, column=9)

    def loop(x):
        y = x * 1.0
        for i in range(3):
            y[0] += TABLE[i]
            if x[i] > 0.6:
                y = TABLE
        return np.sum(y) + np.sum(TABLE * x)

    refused(loop, POINTS[0], match="an array from outside the function", line=3, column=13)


def test_arguments_that_overlap_are_found_through_names_that_loops_bind():
    def f(a, b):
        for i in range(3):
            if b[i] > 0.6:
                a = a * 2
            a[0] = 5 * a[1]
        return np.sum(b * b) + np.sum(a)

    check(f, POINTS[0], POINTS[1])
    with pytest.raises(PullbackError, match="shares memory with another array"):
        pb.grad(f, wrt=(0, 1))(POINTS[0], POINTS[0])


@everywhere
def test_a_number_takes_the_place_of_an_array_in_a_linked_loop(x):
    """A slot that ends a trip as a number has no array to be: its cell takes the number."""
    a, b, c = x[0], np.array(0.5), np.sum(x)
    for i in range(len(x)):
        a = 0.3 * c
        b, c = c, b
        c *= b * x[i]
    return a + b * x[1] + c


@everywhere
def test_an_array_without_axes_that_two_joints_hold(x):
    """What a pick of one joint is, and what another joint took whole, is one array where both come from it."""
    a, b, c = x[0], np.sum(x), np.array(0.5)
    if b > 0.4:
        a = np.asarray(a)
        if c > 0.4:
            c = a
    else:
        a = np.maximum(b, x[2])
    a = a * 0.5
    return a * 1.0 + b * x[1] + c


@everywhere
def test_the_whole_of_an_array_without_axes(x):
    b = np.array(0.5) * x[0]
    if x[0] > 0.4:
        b = np.asarray(x[1])
    c = b[()]
    for i in range(3):
        c = np.sin(c) * x[i]
    return c * x[1] + b


@everywhere
def test_a_cotangent_at_a_joint_is_a_number_where_the_value_is_one(x):
    """0-d programs 345 and 568: a simplified product with an array without axes went on as a number."""
    b = np.array(0.5)
    c = np.sum(x) * np.array(b)
    a = 0.3
    for _ in range(len(x)):
        c = a + b
        a = a * 0.5
    c = np.tensordot(x, x, 1) * c
    return b * x[1] + c


@everywhere
def test_a_cotangent_keeps_its_rank_where_it_is_simplified(x):
    """0-d program 5484: a difference made of a sum forgot that it has no axes, which the joint behind it says."""
    a, b = x[0], np.array(0.5)
    c = np.array([b]).reshape(())
    for _ in range(len(x)):
        c = b * x[2]
        c = np.array([c]).reshape(())
        b, c = c, b
        c *= 0.5
    if a > 0.4:
        c -= np.sum(np.array([b, x[0]]))
        a -= np.sin(c)
    else:
        for _ in range(3):
            b = float(a)
            c *= 0.5
        c = a
    return a * 1.0 + b * x[1] + c
