"""Stores through views, `out=`, and functions that change an array in place: each against central differences."""

import numpy as np

from .checker import program

X = np.array([0.5, 1.5, -2.0])
P = np.array([0.5, 1.5, 2.5, 0.25])
M = np.arange(6.0).reshape(2, 3) / 3 + 0.5
S = np.arange(9.0).reshape(3, 3) / 4 + 0.3
C = np.array([1.0, 10.0, 100.0])


def helper(a):
    a += 1


@program(P)
def test_store_into_a_piece_of_a_split(x):
    y = x * 1.0
    a, b = np.split(y, 2)
    a *= b
    return np.sum(y * y)


@program(P)
def test_pieces_of_a_split_see_the_array(x):
    y = x * 1.0
    a, b = np.split(y, 2)
    y[0] = 5 * x[1]
    return np.sum(a * b)


@program(M)
def test_row_of_a_transpose(m):
    y = m * 1.0
    t = y.T
    t[0] = m[:, 1] ** 2
    return np.sum(y * y * m)


@program(M)
def test_augmented_row_of_a_transpose(m):
    y = m * 1.0
    y.T[1] *= m[:, 0]
    return np.sum(y**2)


@program(M)
def test_store_through_reshape(m):
    y = m * 1.0
    f = y.reshape(-1)
    f[1::2] = f[::2] * m[0]
    return np.sum(y**3)


@program(M)
def test_store_through_ravel(m):
    y = m * 1.0
    f = y.ravel()
    f[3] = f[0] * f[5]
    return np.sum(y**3)


@program(M)
def test_store_through_flat(m):
    y = m * 1.0
    y.flat[2] = m[0, 0] * m[1, 1]
    return np.sum(y**3)


@program(S)
def test_fill_diagonal(m):
    y = m * 1.0
    np.fill_diagonal(y, m[0] ** 2)
    return np.sum(y**2)


@program(S)
def test_diagonal_by_index_arrays(m):
    y = m * 1.0
    y[np.arange(3), np.arange(3)] += m[0] ** 2
    y[np.diag_indices(3)] *= m[1]
    return np.sum(y**2)


@program(X)
def test_store_through_a_new_axis(x):
    y = x * 1.0
    z = y[None]
    z[0, 1] = x[0] * x[2]
    return np.sum(y**2)


@program(X)
def test_store_through_expand_dims(x):
    y = x * 1.0
    z = np.expand_dims(y, 1)
    z[1] = x[0] * x[2]
    z *= 2
    return np.sum(y**2)


@program(X)
def test_store_through_squeeze(x):
    y = np.zeros((1, 3))
    z = np.squeeze(y)
    z += x
    z[0] = x[1] ** 2
    return np.sum(y**2)


@program(X)
def test_store_through_atleast_2d(x):
    y = x * 1.0
    z = np.atleast_2d(y)
    z[0, 0] = x[1] ** 2
    return np.sum(y**2)


@program(X)
def test_store_through_atleast_1d(x):
    y = x * 1.0
    z = np.atleast_1d(y)
    z[0] = x[1] ** 2
    return np.sum(y**2)


@program(X)
def test_asarray_is_the_array(x):
    y = x * 1.0
    z = np.asarray(y)
    z[0] = x[1] ** 2
    return np.sum(y**2)


@program(X)
def test_asarray_of_the_same_dtype_is_the_array(x):
    y = x * 1.0
    z = np.asarray(y, dtype=float)
    z[0] = x[1] ** 2
    return np.sum(y**2)


@program(X)
def test_store_into_real_and_imaginary_parts(x):
    y = x * (1.0 + 2j)
    y.real[0] = x[1] ** 2
    y.imag = x
    return np.sum(y.real**2 + y.imag**3)


@program(X)
def test_swap_by_index_lists(x):
    y = x * 1.0
    y[[0, 1]] = y[[1, 0]]
    return np.sum(y * C)


@program(X)
def test_swap_of_two_elements(x):
    y = x * 1.0
    i, j = 0, 2
    y[i], y[j] = y[j], y[i]
    return np.sum(y * C)


@program(M)
def test_swap_of_two_rows_that_are_views(m):
    y = m * 1.0
    y[0], y[1] = y[1], y[0]
    return np.sum(y * y * m)


@program(M)
def test_swap_of_two_rows_with_a_copy(m):
    y = m * 1.0
    a, b = y[0], y[1].copy()
    y[1] = a
    y[0] = b
    return np.sum(y * y * m)


@program(X)
def test_overlapping_copy(x):
    y = x * 1.0
    y[1:] = y[:-1]
    return np.sum(y * C)


@program(X)
def test_overlapping_reversed_copy(x):
    y = x * 1.0
    y[::-1] = y
    return np.sum(y * C)


@program(X)
def test_overlapping_augmented(x):
    y = x * 1.0
    y[1:] += y[:-1]
    y[:-1] *= y[1:]
    return np.sum(y * C)


@program(X)
def test_one_buffer_three_times_in_a_list(x):
    buf = np.zeros(3)
    rows = [buf] * 3
    for r in rows:
        r += x
    return np.sum(buf**2)


@program(X)
def test_out_of_a_ufunc_by_name_and_position(x):
    y = np.empty_like(x)
    np.multiply(x, x, out=y)
    np.add(y, x, y)
    return np.sum(y**2)


@program(X)
def test_out_of_a_ufunc_with_a_mask(x):
    y = x * 3.0
    np.sqrt(x, out=y, where=x > 0)
    return np.sum(y**2)


@program(X)
def test_out_is_a_view(x):
    y = np.zeros((2, 3))
    np.multiply(x, x, out=y[1])
    return np.sum(y * y)


@program(X)
def test_out_is_what_the_call_returns(x):
    y = np.zeros(3)
    z = np.exp(x, out=y)
    z[0] = 1
    return np.sum(y * y)


@program(X)
def test_out_of_a_sum(x):
    y = np.zeros(())
    np.sum(x**2, out=y)
    return y * y


@program(S)
def test_out_of_products(m):
    y = np.zeros((3, 3))
    np.dot(m, m, out=y)
    np.matmul(y, m, out=y)
    return np.sum(y)


@program(X)
def test_copyto(x):
    y = np.zeros(3)
    np.copyto(y, x)
    np.copyto(y, x[0] ** 2, where=x < 0)
    return np.sum(y * C)


@program(X)
def test_add_and_subtract_at_repeated_indices(x):
    y = np.zeros(3)
    np.add.at(y, [0, 0, 1], x**2)
    np.subtract.at(y, [1, 1, 2], x)
    return np.sum(y * C * y)


@program(X)
def test_multiply_at_a_repeated_index(x):
    y = x * 1.0
    np.multiply.at(y, [0, 0, 1], x)
    return np.sum(y * C * y)


@program(X)
def test_np_put_and_the_method(x):
    y = x * 1.0
    np.put(y, [0, 2], x[1] * x[:2])
    y.put([1], x[0])
    return np.sum(y * C * y)


@program(X)
def test_place_repeats_its_values(x):
    y = x * 1.0
    np.place(y, x > 0, x[2:] ** 2)
    return np.sum(y * C * y)


@program(X)
def test_putmask_uses_the_value_at_the_place(x):
    y = x * 1.0
    np.putmask(y, x > 0, x**2)
    return np.sum(y * C * y)


@program(M)
def test_put_along_axis(m):
    y = m * 1.0
    np.put_along_axis(y, np.array([[1], [2]]), m[:, :1] ** 2, axis=1)
    return np.sum(y * y)


@program(X)
def test_fill(x):
    y = x * 1.0
    y.fill(x[1])
    return np.sum(y * C * x)


@program(X)
def test_sort_in_place(x):
    y = x * 2.0
    z = y
    y.sort()
    return np.sum(z * C)


@program(S)
def test_sort_in_place_along_an_axis(x):
    y = np.sin(x * 9)
    y.sort(axis=0)
    return np.sum(y * x)


@program(X)
def test_partition_in_place(x):
    y = x * 2.0
    y.partition(1)
    return y[1] * x[0]


@program(X)
def test_mask_changed_after_use(x):
    m = x > 0
    y = np.where(m, x * x, 0)
    m[:] = False
    return np.sum(y * C)


@program(X)
def test_index_array_changed_after_a_read(x):
    i = np.array([0, 0, 1])
    y = x[i] ** 2
    i[:] = 2
    return np.sum(y * C)


@program(X)
def test_index_array_changed_after_a_store(x):
    i = np.array([0, 1])
    y = x * 1.0
    y[i] = x[1:] ** 2
    i += 1
    y[i] *= x[0]
    return np.sum(y * C)


@program(X)
def test_constant_zeroed_after_use(x):
    c = np.ones(3)
    y = x * c
    c[:] = 0
    return np.sum(y)


@program(X)
def test_work_buffer_refilled_in_a_loop(x):
    buf = np.zeros(3)
    s = 0.0
    for k in range(3):
        buf[:] = x**k
        buf[k] += 1
        s += np.sum(x * buf)
    return s


@program(X)
def test_result_zeroed_after_use(x):
    y = np.exp(x)
    z = y * 1
    y *= 0
    return np.sum(z)


@program(X)
def test_out_over_a_value_that_the_derivative_needs(x):
    y = np.exp(x)
    z = np.sin(y)
    np.exp(y, out=y)
    return np.sum(z * y)


@program(X)
def test_elements_stored_in_a_loop_then_added_to(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] ** 2
    y[0] += x[0] ** 2
    return np.sum(y)


@program(X)
def test_repeated_index_in_a_store(x):
    y = np.zeros(3)
    y[[0, 0, 1]] = x
    return np.sum(y * C)


@program(X)
def test_repeated_index_in_a_store_in_a_loop(x):
    y = np.zeros(3)
    for k in range(2):
        y[[0, 0, 1]] = y[[0, 1, 2]] * x + x
    return np.sum(y * C)


@program(M)
def test_repeated_index_in_two_axes(m):
    y = np.zeros((2, 3))
    y[[0, 0], [1, 1]] = m[:, 0]
    y[[1, 1]] = m
    return np.sum(y * y)


@program(X)
def test_full_like_of_an_element(x):
    return np.sum(np.full_like(x, x[0]))


@program(X)
def test_tensordot(x):
    return np.tensordot(x, x, 1)


@program(X)
def test_helper_adds_to_its_argument(x):
    y = x * 1
    helper(y)
    return np.sum(y**2)


@program(X)
def test_helper_adds_to_our_argument(x):
    helper(x)
    return np.sum(x**2)


@program(X)
def test_helper_adds_to_a_view(x):
    y = x * 1.0
    helper(y[1:])
    return np.sum(y**2)


@program(M)
def test_helper_adds_to_a_transposed_view(x):
    y = x * 1.0
    helper(y.T[1:])
    return np.sum(y**2)


@program(X)
def test_broadcast_view_sees_the_array(x):
    y = x * 1.0
    z = np.broadcast_to(y, (2, 3))
    y[0] = x[1] ** 2
    return np.sum(z * z)


@program(S)
def test_diagonal_sees_the_array(m):
    y = m * 1.0
    d = np.diagonal(y)
    y[0, 0] = m[1, 1] * m[0, 2]
    return np.sum(d**2)


@program(S)
def test_diag_sees_the_array(m):
    y = m * 1.0
    d = np.diag(y)
    y[0, 0] = m[1, 1] * m[0, 2]
    return np.sum(d**2)


@program(S)
def test_store_through_swapaxes(m):
    y = m * 1.0
    d = np.swapaxes(y, 0, 1)
    d[0] = m[1] * m[0, 2]
    d += m
    return np.sum(d**2 * y)


@program(S)
def test_store_through_np_transpose(m):
    y = m * 1.0
    d = np.transpose(y)
    d[0] = m[1] * m[0, 2]
    return np.sum(d**2 * y)


@program(S)
def test_store_through_flip(m):
    y = m * 1.0
    d = np.flip(y)
    d[0] = m[1] * m[0, 2]
    e = y[::-1]
    e[0, 1:] *= m[0, 0]
    return np.sum(d**2 * y)


@program(S)
def test_store_through_moveaxis(m):
    y = m * 1.0
    d = np.moveaxis(y, 0, 1)
    d[0] = m[1] * m[0, 2]
    return np.sum(d**2 * y)
