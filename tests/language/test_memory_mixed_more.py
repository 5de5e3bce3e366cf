"""Aliases, views, loops and branches mixed: programs that were written to break the memory model, continued."""

import numpy as np

from .checker import program

X = np.array([0.5, 1.5, -2.0])
P = np.array([0.5, 1.5, 2.5, 0.25])
M = np.arange(6.0).reshape(2, 3) / 3 + 0.5
S = np.arange(9.0).reshape(3, 3) / 4 + 0.3
T3 = np.arange(24.0).reshape(2, 3, 4) / 10 + 0.2
C = np.array([1.0, 10.0, 100.0])


@program(X)
def test_a_lambda_reads_a_changed_array(x):
    y = x * 1.0
    lam = lambda k: y[k]
    y[0] = x[1] ** 2
    s = lam(0)
    y = y * 2
    return s * lam(0) + lam(1)


@program(S)
def test_lu_in_place(A):
    L = A.copy()
    n = 3
    for k in range(n):
        L[k + 1 :, k] /= L[k, k]
        L[k + 1 :, k + 1 :] -= np.outer(L[k + 1 :, k], L[k, k + 1 :])
    return np.sum(L * A)


@program(S)
def test_back_substitution(A):
    A = A + 3 * np.eye(3)
    b = A[0] * 1.0
    x = np.zeros(3)
    for i in range(2, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


@program(X)
def test_view_of_an_array_whose_name_is_bound_anew(x):
    y = x * 1.0
    v = y[1:]
    y = y * 2
    v[0] = 7.0
    return np.sum(y) + np.sum(v * x[0])


@program(X)
def test_view_of_an_array_whose_name_is_deleted(x):
    y = x * 1.0
    v = y[1:]
    del y
    v *= x[0]
    return np.sum(v)


@program(X)
def test_augmented_operators_in_one_line(x):
    y = np.zeros(3)
    y += x
    z = y
    y -= 1
    z /= 2
    y **= 2
    z //= 1
    return np.sum(y * x)


@program(M)
def test_augmented_product_and_swapped_columns(m):
    y = m * 1.0
    y @= np.ones((3, 3))
    z = y
    y[:, [0, 2]] = y[:, [2, 0]]
    y[[0, 1], :] = y[[1, 0]]
    return np.sum(z * m)


@program(M)
def test_rows_unpacked(m):
    y = m * 1.0
    a, b = y
    a *= b
    y[1] = a
    b += 1
    return np.sum(y * y)


@program(M)
def test_pieces_of_a_raveled_array(m):
    y = m * 1.0
    a, b, c = np.split(y.ravel(), [2, 4])
    a += b * c
    b[:] = c
    return np.sum(y * y)


@program(M)
def test_flips_and_broadcasts(m):
    y = m * 1.0
    b = np.broadcast_to(y[0], (4, 3))
    y[0, 1] = m[1, 1] ** 2
    f = np.flip(y, 0)
    f[0] *= 2
    g = np.fliplr(y)
    g[:, 0] += 1
    h = np.flipud(y)
    h[0, 0] = m[0, 0]
    return np.sum(b) * np.sum(y)


@program(S)
def test_zero_dimensional_index(m):
    y = m * 1.0
    r = y[np.array(1)]
    r *= 2
    r2 = y[np.argmax(m[0])]
    r2 += 1
    return np.sum(y * y)


@program(X)
def test_closure_alias(x):
    y = x * 1.0

    def g(k):
        y[k] *= 2
        return y

    z = g(0)
    z[1] = g(2)[0]
    return np.sum(y * C)


@program(X)
def test_nested_list(x):
    rows = [[x * 1.0, x * 2.0], [x * 3.0]]
    a = rows[0][1]
    a[0] = 5 * x[2]
    for group in rows:
        for r in group:
            r += rows[0][1]
    return np.sum(rows[0][0] * rows[1][0])


@program(X)
def test_zero_dimensional_array_with_two_names(x):
    y = np.array(0.0)
    z = y
    y += x[0]
    y *= x[1]
    z[...] = z * 2
    z[()] += 1
    return y * z


@program(X)
def test_float_aug_alias(x):
    s = np.sum(x)
    t = s
    s += 1
    return s * t


@program(X)
def test_view_of_arg(x):
    v = x[1:]
    v *= x[0]
    x[0] = v[0]
    return np.sum(x * v[1])


@program(X)
def test_returns_view(x):
    def tail(a):
        return a[1:]

    y = x * 1.0
    t = tail(y)
    t[0] = x[2] ** 2
    return np.sum(y * C)


@program(X)
def test_default_alias(x):
    y = x * 1.0

    def g(v=y):
        v += 1

    g()
    y = y * 2
    g()
    return np.sum(y)


@program(X)
def test_cond_expr_store(x):
    y = x * 1.0
    (y if x[0] > 0 else y)[0] = x[1]
    return np.sum(y * C)


@program(X)
def test_walrus(x):
    (y := x * 1.0)[0] = x[1]
    y[1] = y[0] * y[2]
    return np.sum(y * C)


@program(X)
def test_chained(x):
    y = z = w = x * 1.0
    y[0] = z[1] = w[2]
    return np.sum(y * C)


@program(X)
def test_chained_target(x):
    y = x * 1.0
    i = 0
    i, y[i] = 1, x[2] ** 2
    return np.sum(y * C)


@program(X)
def test_tuple_targets(x):
    y = np.zeros(3)
    y[0], y[1:] = x[0] ** 2, x[1:] * x[0]
    (y[0], y[1]), y[2] = (y[1], y[0]), y[0]
    return np.sum(y * C)


@program(X)
def test_loop_target_store(x):
    y = np.zeros(3)
    for y[0] in x:
        y[1] += y[0] ** 2
    return np.sum(y * C)


@program(X)
def test_loop_target_store2(x):
    y = np.zeros(3)
    for i, y[i] in enumerate(x):
        y[i] *= 2
    return np.sum(y * C * y)


@program(X)
def test_nested_helper_views(x):
    def half(a):
        a[:] = a * 0.5
        return a[::-1]

    def twice(a):
        b = half(a)
        b[0] += a[0]
        return half(b)

    y = x * 1.0
    z = twice(y[1:])
    return np.sum(y * C) + z[0]


@program(X)
def test_mutate_then_branch(x):
    y = x * 1.0
    v = y[1:]
    if x[1] > 1:
        v[0] = x[2] ** 2
    elif x[1] > 0:
        y = y * 3
    else:
        v = x[:2] * 2
    return np.sum(y * C)


@program(X)
def test_mutate_in_both(x):
    y = x * 1.0
    v = y[1:]
    if x[1] > 1:
        v[0] = x[2] ** 2
    else:
        y[0] = v[1]
    v[1] *= 3
    return np.sum(y * C) * v[0]


@program(X)
def test_early_return_mut(x):
    y = x * 1.0
    for i in range(3):
        y[i] *= 2
        if y[i] > 2:
            y[0] += y[i]
            return np.sum(y * C)
    return y[0]


@program(X)
def test_while_views(x):
    y = x * 1.0
    n = 3
    while n > 1:
        n -= 1
        h = y[:n]
        h[-1] = h[0] * y[n]
        h *= 1.1
    return np.sum(y * C)


@program(X)
def test_reversed_view(x):
    y = x * 1.0
    for v in reversed(y[1:]):
        y[0] += v * v
        y[1] = y[0]
    return np.sum(y * C)


@program(M)
def test_enumerate_rows_store(m):
    y = m * 1.0
    for i, row in enumerate(y[::-1]):
        row[i] *= 5
        y[0] += row
    return np.sum(y * y)


@program(M)
def test_zip_rows(m):
    y = m * 1.0
    z = m.T * 2.0
    for a, b in zip(y.T, z):
        a += b
        b *= a
    return np.sum(y) * np.sum(z)


@program(X)
def test_many_forms_of_index(x):
    y = np.zeros((2, 3, 2))
    y[..., 0] = x
    y[1, ...] *= 2
    y[:, None, 1] = 1.1
    y[:, [0, 2], 1] = x[:2]
    y[0, :, :][1:, 0] = x[0]
    y[[0, 1], [1, 2]] = x[:2]
    y[y > 1.05] -= x[1]
    return np.sum(y**2)


@program(M)
def test_mixed_advanced_indices(m):
    y = m * 1.0
    y[:, [True, False, True]] *= m[0, 1]
    y[[1, 0], 1:] = y[[0, 1], :2]
    y[np.array([0, 0]), 1] += m[:, 0]
    y[np.ix_([0, 1], [0, 2])] = m[:, :2]
    return np.sum(y * y)


@program(X)
def test_empty_store(x):
    y = x * 1.0
    y[3:] = x[:0]
    y[[]] = 5
    y[x > 100] = x[0]
    np.add.at(y, np.array([], int), x[:0])
    return np.sum(y * C)


@program(X)
def test_store_len1(x):
    y = x * 1.0
    y[:] = x[:1]
    y[1:] = x[2]
    y[:2] += x[1:2]
    return np.sum(y * C)


@program(X)
def test_self_feeding(x):
    y = x * 1.0
    y[:] = y
    y[...] = y * y
    y[:2] = y[1:]
    y += y[::-1]
    y -= y.copy() * 0.5
    y[::2] = y[1]
    return np.sum(y * C)


@program(X)
def test_mean_center(x):
    y = x * 1.0
    y -= y.mean()
    y /= np.sqrt((y**2).sum())
    return np.sum(y * C)


@program(S)
def test_jacobi(A):
    A = A + 4 * np.eye(3)
    x = np.zeros(3)
    xn = np.empty(3)
    for it in range(4):
        for i in range(3):
            s = 0.0
            for j in range(3):
                if j != i:
                    s += A[i, j] * x[j]
            xn[i] = (1.0 - s) / A[i, i]
        x[:] = xn
    return np.sum(x * C)


@program(X)
def test_swap_names_store(x):
    a = x * 1.0
    b = x * 2.0
    a, b = b, a
    a[0] = b[1]
    b[:] = a
    return np.sum(a * b * C)


@program(X)
def test_buf_ring(x):
    u = x * 1.0
    v = np.zeros(3)
    w = np.zeros(3)
    for t in range(3):
        w[:] = 2 * u - v + 0.1 * np.roll(u, 1)
        v[:] = u
        u[:] = w
    return np.sum(u * C)


@program(X)
def test_copy_semantic(x):
    y = x * 1.0
    z = y.copy()
    w = np.array(y)
    q = y[:].copy()
    l = y.astype(float)
    y *= 0
    return np.sum(z * w * q * l)


@program(M)
def test_split_container(m):
    y = m * 1.0
    parts = np.split(y, 2)
    parts[0][0, 1] = m[1, 1] ** 2
    for q in parts:
        q *= 2
    return np.sum(y * y)


@program(X)
def test_tuple_state(x):
    st = (np.zeros(3), np.ones(3))
    for k in range(3):
        h, c = st
        c *= x
        h[:] = h + c
        st = (c, h)
    return np.sum(st[0] * st[1] * C)


@program(X)
def test_logaddexp_at(x):
    y = x * 1.0
    np.logaddexp.at(y, [0, 0], x[1:])
    np.minimum.at(y, 2, x[0])
    np.hypot.at(y, [1], x[2])
    return np.sum(y * C)


@program(X)
def test_reduce_out(x):
    y = np.zeros(())
    np.add.reduce(x * x, out=y)
    z = np.zeros(3)
    np.add.accumulate(x, out=z)
    w = np.zeros((3, 3))
    np.multiply.outer(x, x, out=w)
    return y * np.sum(z * w)


@program(X)
def test_round_out(x):
    z = np.zeros(3)
    np.round(x, 0, z)
    np.floor(x * 0.9, out=z)
    return np.sum(z * x)


def bump(m):
    m[0] *= 3
    return m[1]


@program(M)
def test_value_of_an_augmented_store_changes_the_row(m):
    y = m * 1.0
    y[0] += bump(y)
    return np.sum(y * y)


@program(X)
def test_arrays_in_a_list_are_added_to(x):
    a, b = x * 1.0, x * 2.0
    rows = [a, b]
    rows[0] += x
    rows[-1] *= a
    return np.sum(a * b * C)


@program(X)
def test_view_method(x):
    y = x * 1.0
    z = y.view()
    z[0] = x[1] ** 2
    return np.sum(y**2)


@program(M)
def test_a_transpose_bound_anew_in_a_loop(m):
    """Seed 3698 of the random programs."""
    y = m * 1.0
    t = y.T
    t[0] = t[1] * 0.5
    for _ in range(3):
        z = t.T
    return np.sum(z * m)
