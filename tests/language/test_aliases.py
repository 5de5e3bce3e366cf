"""Arrays under several names: views of views, helpers that hand on what they were given, stores in every form."""

import numpy as np

from .checker import everywhere

WEIGHTS = np.array([1.0, 2.0, 3.0])


@everywhere
def test_return_self(x):

    def ident(a):
        return a
    y = x * 1.0
    z = ident(y)
    z[0] = 3 * x[1]
    return np.sum(y ** 2)


@everywhere
def test_return_view(x):

    def tail(a):
        return a[1:]
    y = x * 1.0
    for i in range(2):
        t = tail(y)
        t *= y[0]
    return np.sum(y ** 2)


@everywhere
def test_closure_view(x):
    y = x * 1.0
    v = y[::-1]

    def add(i):
        v[i] += y[i] * 2
    for i in range(3):
        add(i)
    return np.sum(y ** 2)


@everywhere
def test_neg_step(x):
    y = x * 1.0
    v = y[::-1][1:]
    v[0] = 5 * x[0]
    y[0] = v[0] * 2
    return np.sum(y * v[0]) + np.sum(v)


@everywhere
def test_view_of_view(x):
    m = np.outer(x, x)
    t = m.T[1:][:, ::-1]
    t[0] = x * 2
    t[1, 1:] *= m[0, :2]
    return np.sum(m ** 2)


@everywhere
def test_transpose_inplace(x):
    m = np.outer(x, x + 1)
    m.T[...] = m.copy()
    m += m.T
    return np.sum(m * m[0])


@everywhere
def test_t_aug(x):
    m = np.outer(x, x + 1)
    t = m.T
    t += np.outer(x, x)
    t *= 2
    return np.sum(m ** 2 * x)


@everywhere
def test_flat_store(x):
    m = np.outer(x, x + 1)
    m.flat[1::4] = x[:2] * 2
    m.T.flat[2] = x[0]
    return np.sum(m ** 2)


@everywhere
def test_list_views(x):
    m = np.outer(x, x + 1)
    rows = [m[0], m[1], m[0]]
    for r in rows:
        r *= 0.5
        r[0] += x[1]
    return np.sum(m ** 2)


@everywhere
def test_list_views_idx(x):
    y, z = (x * 1.0, x * 2)
    rows = [y, z, y]
    for i in range(3):
        rows[i][0] = rows[i - 1][1] + x[i]
    return np.sum(y * z)


@everywhere
def test_out_alias(x):
    y = x * 1.0
    v = y[1:]
    np.multiply(y[:-1], 2.0, out=v)
    np.add(y, v[0], out=y)
    return np.sum(y ** 2)


@everywhere
def test_split_store(x):
    y = np.concatenate([x, x])
    a, b = np.split(y, 2)
    a[0] = b[1] * 3
    b *= a
    return np.sum(y ** 2)


@everywhere
def test_sort_view(x):
    m = np.outer(x, np.array([3.0, 1.0, 2.0]))
    m[1].sort()
    m[:, 2].sort()
    return np.sum(m * np.arange(9.0).reshape(3, 3))


@everywhere
def test_zero_d(x):
    s = np.array(0.0)
    t = s
    for i in range(3):
        s += x[i]
        t *= x[0] + 1
    return s * t


@everywhere
def test_mask_store_alias(x):
    y = x * 1.0
    z = y
    z[y > 0.4] *= 2
    y[z > 1.1] = x[0]
    return np.sum(y * z)


@everywhere
def test_swap_elems(x):
    y = x * 1.0
    v = y[::2]
    v[0], v[1] = (v[1], v[0])
    y[[0, 1]] = y[[1, 0]]
    return np.sum(y * WEIGHTS)


@everywhere
def test_overlap_copy(x):
    y = np.concatenate([x, x])
    y[2:] = y[:-2]
    v = y[1:4]
    v[1:] += v[:-1]
    return np.sum(y * np.arange(6.0))


@everywhere
def test_view_shrinks(x):
    y = np.concatenate([x, x])
    v = y
    s = 0.0
    while len(v) > 2:
        s = s + v[0] * v[1]
        v = v[1:]
    return s + np.sum(y ** 2)


@everywhere
def test_reshape_store(x):
    y = np.concatenate([x, x])
    m = y.reshape(2, 3)
    m[0] = x * m[1]
    y[5] = m[0, 0]
    r = m.ravel()
    r[1] = 7 * x[0]
    return np.sum(y * m.reshape(-1)) + np.sum(m)


@everywhere
def test_real_store(x):
    z = x + 1j * x
    z.real = x * 2
    z.imag[1:] = z.real[:-1]
    return np.sum(np.abs(z) ** 2)


@everywhere
def test_diag_store(x):
    m = np.outer(x, x)
    d = np.einsum('ii->i', m)
    return np.sum(d * x)


@everywhere
def test_aug_alias(x):
    y = x * 1.0
    z = y
    y += x
    z *= y
    y = y + 1
    z -= y
    return np.sum(y * z)


@everywhere
def test_newaxis_view(x):
    y = x * 1.0
    c = y[:, None]
    c *= 2
    c[1, 0] = x[0]
    r = np.broadcast_to(y, (2, 3))
    y[0] = 4 * x[2]
    return np.sum(r * WEIGHTS)


@everywhere
def test_atleast(x):
    y = x * 1.0
    m = np.atleast_2d(y)
    m[0, 1] = x[0] * 5
    a = np.asarray(y)
    a[2] = m[0, 0]
    return np.sum(y ** 2)


@everywhere
def test_rot_flip(x):
    m = np.outer(x, x + 1)
    r = np.rot90(m)
    r[0] *= 2
    f = np.flip(m, axis=0)
    f[0, 0] = x[1]
    s = np.swapaxes(m, 0, 1)
    s[2] += x
    mv = np.moveaxis(m, 0, 1)
    mv[1, 1] *= 3
    return np.sum(m ** 2)


@everywhere
def test_del_names(x):
    y = x * 1.0
    z = y
    del y
    z[0] = x[1] ** 2
    y = z
    y[1] *= 2
    return np.sum(z * y)


@everywhere
def test_index_carried_rows(x):
    m = np.outer(x, x + 1)
    i, j = (0, 1)
    for k in range(3):
        m[j] = m[i] * x
        i, j = (j, (j + 1) % 3)
    return np.sum(m ** 2)


@everywhere
def test_recursion_alias(x):

    def go(a, n):
        if n == 0:
            return a
        a[n - 1] *= 2
        return go(a, n - 1)
    y = x * 1.0
    z = go(y, 3)
    z[0] += x[1]
    return np.sum(y * z)


@everywhere
def test_comp_alias(x):
    m = np.outer(x, x)
    rows = [r for r in m]
    rows[1][0] = 5 * x[0]
    return np.sum(m ** 2) + np.sum(rows[1])


@everywhere
def test_where_alias(x):
    y = x * 1.0
    z = np.where(x > 0.4, y, 0.0)
    y[:] = 0
    return np.sum(z ** 2) + np.sum(y)


@everywhere
def test_star_alias(x):
    m = np.outer(x, x)
    first, *rest = m
    first[0] = 7 * x[1]
    rest[0][1] = first[0]
    return np.sum(m ** 2)


@everywhere
def test_nditer_like(x):
    y = x * 1.0
    for i in np.ndindex(3):
        y[i] = y[i] ** 2
    return np.sum(y)


@everywhere
def test_sliding(x):
    y = np.concatenate([x, x])
    w = np.lib.stride_tricks.sliding_window_view(y, 3)
    y[0] = 5 * x[1]
    return np.sum(w ** 2)


@everywhere
def test_f_same_arrays(x):

    def mix(a, b):
        a[0] = b[1] * 2
        b[2] += a[0]
        return np.sum(a * b)
    y = x * 1.0
    return mix(y, y) + mix(y, y[::-1]) + np.sum(y)


@everywhere
def test_repeat_assign(x):
    a = b = c = x * 1.0
    b[0] = 2 * x[1]
    c += a
    a = a + 0
    a[1] = 5
    return np.sum(a * b * c)


@everywhere
def test_put_take(x):
    y = x * 1.0
    z = y
    np.put(z, [0, 2], x[1:])
    np.add.at(y, [0, 0], x[:2])
    np.copyto(z, y[::-1].copy())
    return np.sum(y * x * z)


@everywhere
def test_astype_without_a_copy(x):
    z = x * 1.0
    w = z.astype(float, copy=False)
    w[0] = x[1] * 2
    i = z.astype(np.float32, copy=False)
    z[1] = x[2]
    return np.sum(z**2) + np.sum(w * x) + 0 * len(i)
