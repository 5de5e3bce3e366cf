"""The first programs that ran from end to end."""

import math

import numpy as np

from .checker import program

X = np.array([0.5, 1.5, -2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5


@program(X)
def test_sum_of_squares(x):
    return np.sum(x**2)


@program(X, 2.0)
def test_if_else_rebinds(x, a):
    y = x * a
    if a > 1.0:
        y = y + np.sin(x)
    else:
        y = y * 3
    return y.sum()


@program(X, 0.3)
def test_for_range_index(x, a):
    s = 0.0
    for i in range(3):
        s = s + a * x[i] ** 2
    return s


@program(X)
def test_for_over_array(x):
    s = 0.0
    for v in x:
        s += np.exp(v) * s + v
    return s


@program(3.0)
def test_while_with_counter(x):
    n = 0
    y = x
    while y < 100.0:
        y = y * x
        n += 1
    return y + n


@program(M)
def test_nested_range_loops(m):
    t = 0.0
    for i in range(m.shape[0]):
        for j in range(m.shape[1]):
            t += m[i, j] * math.sin(m[i, j]) * (i + 1)
    return t


@program(X)
def test_store_through_view(x):
    y = x * 1
    v = y[1:]
    v *= 2
    return np.sum(y**2)


@program(np.array([1.0, 2.0]))
def test_augmented_alias(x):
    y = x * 1
    z = y
    z += x
    return np.sum(y**2)


def helper(a):
    a += 1


@program(np.array([1.0, 2.0]))
def test_helper_changes_argument(x):
    y = x * 1
    helper(y)
    return np.sum(y**2)


@program(X)
def test_constant_overwritten(x):
    c = np.ones(3)
    y = x * c
    c[:] = 0
    return np.sum(y)


@program(X)
def test_work_buffer_refilled(x):
    s = 0.0
    buf = np.zeros(3)
    for k in range(4):
        buf[:] = k + 1.0
        s += np.sum(x * buf)
    return s


@program(X)
def test_mask_overwritten(x):
    mask = x > 0
    y = np.where(mask, x, 0)
    mask[:] = False
    return np.sum(y * y)


@program(X)
def test_result_overwritten(x):
    y = np.exp(x)
    z = y * 1
    y *= 0
    return np.sum(z)


@program(X)
def test_stores_in_loop(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2
    return np.sum(y * y)


@program(X)
def test_augmented_element(x):
    y = np.zeros(3)
    y[0] += x[0] ** 2
    return np.sum(y)


@program(X)
def test_repeated_index_read(x):
    return np.sum(x[[0, 0, 1]])


@program(np.array([3.0, 4.0]))
def test_repeated_index_store(x):
    y = np.zeros(3)
    y[[0, 0]] = x
    return np.sum(y)


@program(2.5)
def test_float_and_math(x):
    return float(x) * x + math.sin(x) * x


@program(2.5)
def test_swap(x):
    a, b = x, x * 2
    a, b = b, a
    return a * 3 - b**2


@program(X)
def test_full_like_and_tensordot(x):
    return np.sum(np.full_like(x, x[0])) + np.tensordot(x, x, 1)


@program(X, M)
def test_recurrent_network(x, m):
    h = np.tanh(m @ x)
    for k in range(5):
        h = np.tanh(h * 0.9 + m[0, 0])
    return np.sum(h**3)


@program(M)
def test_max_and_mean(m):
    return (
        np.max(m * np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
        + np.sum(np.max(m, axis=1))
        + m.mean(axis=0).sum()
        + np.sum(m.T @ m)
    )


@program(X)
def test_nested_function_and_lambda(x):
    def inner(a, k=2.0):
        return a * k + x[0]

    f = lambda q: q * inner(q)
    return np.sum(f(x))


@program(1.3)
def test_branch_in_loop(x):
    s = x
    for i in range(5):
        if i % 2 == 0:
            s = s * x + math.cos(s)
        else:
            t = s * 0.5
            s = s + t * t
    return s


@program(np.array([0.1, 0.2, 0.3, 0.4, 0.5]))
def test_heat_equation(u):
    for t in range(3):
        v = u.copy()
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = v
    return np.sum(u**2)


@program(M)
def test_argument_stored_to(a):
    for i in range(1, 2):
        for j in range(1, 3):
            a[i, j] = (a[i - 1, j] + a[i, j - 1] * a[i - 1, j - 1]) / 3.0
    return np.sum(a)


@program(X, 1.0)
def test_ternary_and_or(x, c):
    y = x if c > 0 else -x
    z = (c and c * 2) or 5.0
    return np.sum(y) * z


@program(X)
def test_concatenate_stack_reverse(x):
    x = np.concatenate([x, x * 2, np.ones(2)])
    y = np.stack([x, x**2])
    return np.sum(y[1] * y[0][::-1])


@program(2.0, 3.0)
def test_early_returns(x, y):
    if x > y:
        return x * x
    z = x * y
    if z > 5:
        return z * 2
    return z


@program(X)
def test_enumerate_and_zip(x):
    tot = 0.0
    for i, v in enumerate(x):
        tot += i * v**2
    for a, b in zip(x, x[::-1]):
        tot += a * b
    return tot


@program(M)
def test_rows_accumulated(m):
    acc = np.zeros(3)
    for row in m:
        acc += row**2
    return np.sum(acc**2)


@program(X)
def test_overlapping_copy(x):
    y = x.copy()
    y[1:] = y[:-1]
    return np.sum(y * np.arange(3.0))


@program(X)
def test_swap_by_index_arrays(x):
    y = x * 1.0
    y[[0, 1]] = y[[1, 0]]
    return np.sum(y * np.array([1.0, 10.0, 100.0]))


@program(X)
def test_abs_sqrt_norm(x):
    y = np.abs(x)
    return np.sum(np.sqrt(y)) / np.sum(y) + np.linalg.norm(x)


@program(1.1)
def test_while_in_for(x):
    y = x
    for i in range(3):
        for j in range(i):
            y = y + math.sin(y * x) * j
        k = 0
        while k < i:
            y = y * 1.1
            k += 1
    return y


@program(np.array([2.0]), 3.0)
def test_array_of_one(a, b):
    return a * b


@program(X)
def test_list_and_dict(x):
    xs = [x, x * 2, x**2]
    t = 0.0
    for v in xs:
        t = t + np.sum(v * xs[0])
    d = {"a": x, "b": x * 3}
    return t + np.sum(d["a"] * d["b"])


@program(X)
def test_branch_without_else_in_loop(x):
    n = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            y = np.log(x[i])
            n = n + y * x[i]
    return n


@program(M)
def test_matrix_state(m):
    s = np.zeros((2, 3))
    for t in range(3):
        s = np.tanh(s @ np.ones((3, 3)) * 0.1 + m)
    return np.mean(s)


@program(X)
def test_assert_reshape_max(x):
    assert x.ndim == 1, "rank"
    y = x.reshape(3, 1) * x
    return y.sum(axis=0)[1] + y.ravel()[2]
