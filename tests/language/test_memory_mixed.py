"""Aliases, views, loops and branches mixed: programs that were written to break the memory model."""

import numpy as np

from .checker import program

X = np.array([0.5, 1.5, -2.0])
P = np.array([0.5, 1.5, 2.5, 0.25])
M = np.arange(6.0).reshape(2, 3) / 3 + 0.5
S = np.arange(9.0).reshape(3, 3) / 4 + 0.3
T3 = np.arange(24.0).reshape(2, 3, 4) / 10 + 0.2
C = np.array([1.0, 10.0, 100.0])


@program(M)
def test_stores_through_a_transpose_and_the_array_in_a_loop(m):
    y = m.copy()
    v = y.T
    for i in range(3):
        v[i] = v[i] ** 2 * (i + 1)
        y[0, 0] += v[i, 1]
    return np.sum(y * y)


@program(M)
def test_elements_of_a_row_view_in_nested_loops(m):
    y = m * 1.0
    for i in range(2):
        row = y[i]
        for j in range(3):
            row[j] = row[j] * row[(j + 1) % 3]
        y[i] *= row[0]
    return np.sum(y)


@program(M)
def test_reshape_then_stores_in_two_branches(m):
    y = m * 1.0
    v = y.reshape(3, 2)
    if m[0, 0] > 0:
        v[0] = v[1] * v[2]
    else:
        y[1] = 0
    return np.sum(y * v.T)


@program(T3)
def test_transposed_moved_and_rotated_axes(t):
    y = t * 1.0
    v = y.transpose(2, 0, 1)
    v[1] = v[2] * v[3]
    w = np.moveaxis(y, 0, -1)
    w[..., 0] *= w[..., 1]
    u = np.rot90(y, 1, (1, 2))
    u[0, 0] = 3 * t[0, 0, 0]
    return np.sum(y**2 * v.transpose(1, 2, 0))


@program(T3)
def test_pieces_of_pieces(t):
    y = t * 1.0
    a, b = np.split(y, 2, axis=0)
    c, d = np.hsplit(y[:, :2], 2)
    a *= b
    c += d
    y[1] += a[0]
    return np.sum(y * y)


@program(X)
def test_whole_reversed_into_itself(x):
    y = x * 1.0
    z = y[:]
    z[:] = y[::-1]
    return np.sum(y * C)


@program(X)
def test_overlapping_views_changed_in_turn(x):
    y = x * 1.0
    a = y[:2]
    b = y[1:]
    a += b
    b -= a
    a[...] = b * a
    return np.sum(y * C)


@program(X)
def test_nested_helper_that_returns_an_element(x):
    y = x * 1.0

    def step(v, k):
        v[k] = v[k - 1] * v[k]
        return v[k]

    s = 0.0
    for k in range(1, 3):
        s += step(y, k)
    return s + np.sum(y * C)


@program(X)
def test_decided_conditional_alias(x):
    y = x * 1.0
    try_ = y
    w = y if True else x
    w[0] = x[2]
    return np.sum(try_ * C)


@program(X)
def test_a_new_view_in_each_trip(x):
    y = x * 1.0
    i = 0
    while i < 3:
        v = y[i:]
        v *= 1.5
        i += 1
    return np.sum(y * C)


@program(X)
def test_rows_columns_and_diagonal(x):
    y = np.zeros((3, 3))
    for i in range(3):
        y[i, :] = x * i
        y[:, i] += x[i]
    np.fill_diagonal(y, x)
    return np.sum(y @ y)


@program(X)
def test_rebinding_against_adding(x):
    y = np.zeros(3)
    z = y
    y = y + x
    z += x * 2
    return np.sum(y * z)


@program(X)
def test_copies_of_copies(x):
    y = x.copy()
    z = y.copy()
    y[0] = 0
    return np.sum(y * z)


@program(X)
def test_two_targets_one_array(x):
    a = b = x * 1.0
    a[0] = b[1]
    b *= a
    return np.sum(a * C)


@program(M)
def test_rows_of_two_arrays(m):
    y = m * 1.0
    for r, s in zip(y, m):
        r += s * r
        r[0] = s[1]
    return np.sum(y * y)


@program(M)
def test_a_row_changes_the_array_that_is_walked(m):
    y = m * 1.0
    for i, r in enumerate(y):
        r[i] = r[i + 1]
        y[0] += r
    return np.sum(y * y)


@program(X)
def test_store_into_an_unnamed_view_and_copy(x):
    y = x * 1.0
    y[1:][0] = x[0] ** 2
    y[::-1][0] *= 3
    y[[0, 2]][0] = 99.0
    return np.sum(y * C)


@program(X)
def test_masks_of_masks(x):
    y = x * 1.0
    m = y > 0
    y[m] = y[m] ** 2
    y[~m] = 0
    y[m] += 1
    m2 = y > 1
    y[m2], y[~m2] = x[0], x[1]
    return np.sum(y * C * x)


@program(X)
def test_one_buffer_for_out_in_a_loop(x):
    buf = np.empty(3)
    out = 0.0
    for k in range(3):
        np.multiply(x, k + 1.0, out=buf)
        np.sin(buf, out=buf)
        buf += x
        out = out + np.dot(buf, buf)
    return out


@program(X)
def test_out_overlaps_its_operands(x):
    y = x * 1.0
    np.multiply(y[1:], y[:-1], out=y[1:])
    np.add(y[:-1], y[1:], out=y[:-1])
    return np.sum(y * C)


@program(X)
def test_masked_division_and_logarithm(x):
    y = np.zeros(3)
    np.divide(1.0, x, out=y, where=x > 0)
    np.log(x, out=y, where=x > 1)
    return np.sum(y * C)


@program(X)
def test_masked_division_by_zero_everywhere(x):
    y = np.zeros(3)
    z = np.zeros(3)
    np.divide(x, z, out=y, where=z != 0)
    return np.sum(y * x) + x[0]


@program(M)
def test_out_of_reductions_by_position(m):
    y = np.zeros(3)
    m.sum(axis=0, out=y)
    np.cumsum(y, out=y)
    np.maximum(y, 1.0, out=y)
    m.mean(0, None, y[:])
    return np.sum(y**2)


@program(M)
def test_out_of_products_over_an_operand(m):
    y = np.zeros((2, 2))
    np.matmul(m, m.T, out=y)
    y.dot(y, y)
    return np.sum(y)


@program(X)
def test_out_of_clip_in_three_forms(x):
    y = np.zeros(3)
    np.clip(x, -1, 1, out=y)
    np.clip(y * 3, -1, 1, y)
    x.clip(-1, 1, out=y)
    return np.sum(y * x)


@program(P)
def test_out_of_take_and_copyto_of_a_row(x):
    y = np.zeros((2, 2))
    np.take(x, [[0, 1], [1, 3]], out=y)
    np.copyto(y[0], y[1] * y[0])
    return np.sum(y**2)


@program(X)
def test_out_of_joins(x):
    y = np.zeros(6)
    np.concatenate([x, x**2], out=y)
    z = np.zeros((2, 3))
    np.stack([x, x * 2], out=z)
    return np.sum(y[:3] * z)


@program(S)
def test_sorts_through_views(m):
    y = m * 1.0
    y.sort()
    y.T.sort()
    y[::-1].sort(axis=0)
    return np.sum(y * m)


@program(S)
def test_sorts_of_rows(m):
    y = -m
    r = y[0]
    r.sort()
    y[1].sort()
    return np.sum(y * m)


@program(X)
def test_ufunc_at_of_five_kinds(x):
    y = x * 1.0
    np.power.at(y, [0, 0, 1], 2)
    np.maximum.at(y, [2, 2], x[:2])
    np.divide.at(y, 1, x[0])
    np.subtract.at(y, slice(0, 2), x[1])
    np.add.at(y, np.array([True, False, True]), x[1] * x[0])
    return np.sum(y * C)


@program(M)
def test_ufunc_at_of_views(m):
    y = m * 1.0
    np.add.at(y, ([0, 0, 1], [1, 1, 2]), m[0])
    np.add.at(y.T, [0, 0], m[:, 1])
    np.multiply.at(y, (0,), m[1])
    return np.sum(y * y)


@program(M)
def test_put_into_matrices(m):
    y = m * 1.0
    np.put(y, [0, 4, 5], [7.0, m[0, 0] ** 2, m[1, 1]])
    np.put(y.T, [1], m[0, 1] * 5)
    y.put([2, 2], m[1, :2])
    return np.sum(y * y)


@program(M)
def test_place_putmask_and_copyto(m):
    y = m * 1.0
    np.place(y, y > 1, m[0])
    np.putmask(y, y < 1, m * 3)
    np.putmask(y.T, m.T > 1.4, m[0, :2])
    np.copyto(y, m[0] ** 2, where=np.array([[True], [False]]))
    return np.sum(y * y)


@program(M)
def test_flat_of_a_transpose(m):
    y = m.T * 1.0
    y.flat[1] = m[0, 0] * 7
    y.flat[:2] *= m[1, :2]
    return np.sum(y * y)


@program(X)
def test_parts_of_a_complex_array(x):
    z = x * (1 + 2j)
    w = z.real
    w *= x
    z.imag[1:] += x[0]
    np.imag(z)[0] = x[2] ** 2
    z.real += 1
    return np.sum(np.abs(z) ** 2 * C)


@program(X)
def test_squeezed_views(x):
    y = np.zeros((3, 1))
    v = y.squeeze()
    v += x
    w = y[:, 0]
    w[1] = v[0] * v[2]
    u = np.squeeze(y, axis=1)
    u[u > 0] *= 2
    return np.sum(y**2)


@program(X)
def test_asarray_same_and_other_dtype(x):
    y = x * 1.0
    y = np.asarray(y)
    z = np.asarray(y, dtype=float)
    z[0] = x[1]
    w = np.asarray(y, np.float32)
    w[0] = 5
    return np.sum(y * C)


@program(X)
def test_array_makes_a_copy(x):
    y = x * 1.0
    z = np.array(y)
    z[0] = 5.0
    w = np.copy(y)
    w[1] = x[0]
    return np.sum(y * C * w)


@program(M)
def test_ravel_anew_in_each_trip(m):
    y = m * 1.0
    for k in range(2):
        f = y.ravel()
        f[k::2] *= f[0]
    return np.sum(y)


@program(M)
def test_recurrence_through_ravel(m):
    y = np.zeros((2, 3))
    f = y.ravel()
    for k in range(6):
        f[k] = m[k // 3, k % 3] ** 2 + f[k - 1]
    return np.sum(y * m)


@program(X)
def test_slices_held_in_names(x):
    y = x * 1.0
    s = slice(1, None)
    y[s] *= y[0]
    idx = (slice(None, 2),)
    y[idx] += x[2]
    return np.sum(y * C)


@program(X)
def test_continue_and_break_between_stores(x):
    y = np.ones(3)
    for k in range(3):
        if x[k] > 0:
            y[k] = x[k] ** 2
            continue
        y[:k] *= x[k]
        if k == 2:
            break
    return np.sum(y * C)


@program(X)
def test_two_arrays_swap_names(x):
    a = x * 1.0
    b = x * 2.0
    for k in range(3):
        a, b = b, a
        a[0] += b[1]
    return np.sum(a * b * C)


@program(X)
def test_time_levels_of_a_grid(x):
    grid = np.zeros((4, 3))
    grid[0] = x
    for t in range(3):
        cur, nxt = grid[t], grid[t + 1]
        nxt[:] = cur * cur * 0.5
        nxt[1:] += cur[:-1]
    return np.sum(grid[-1] * C) + np.sum(grid)


@program(X)
def test_views_with_more_axes(x):
    y = np.atleast_2d(x * 1.0)
    z = np.expand_dims(y, -1)
    z[0, 1, 0] = x[0] ** 3
    y[0] += z[0, :, 0]
    return np.sum(z * y[:, :, None])


@program(X)
def test_arrays_in_a_dict(x):
    d = {"u": x * 1.0, "v": x * 2.0}
    d["u"][0] = d["v"][1] ** 2
    u = d["u"]
    u *= d["v"]
    return np.sum(d["u"] * C)


@program(X)
def test_arrays_in_a_tuple(x):
    pair = (x * 1.0, x * 3.0)
    a, b = pair
    a[0] = b[1]
    pair[1][2] *= a[0]
    return np.sum(pair[0] * pair[1])


@program(X, X + 1)
def test_arguments_overwritten(x, y):
    x *= y
    y[1:] = x[:2]
    x.fill(2.0)
    y.sort()
    return np.sum(x * y * C)
