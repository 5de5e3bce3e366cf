"""Stores that are refused: by their message, line and column. None of them may be silently wrong."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import refused

X = np.array([0.5, 1.5, -2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5
RUN_TIME = "aliases are known only at run time"


def test_views_that_numpy_makes_read_only():
    def broadcast(x):
        y = np.broadcast_to(x * 1.0, (2, 3))
        y[0] = 1.0
        return np.sum(y)

    def diagonal(m):
        y = m[:, :2] * 1.0
        d = np.diagonal(y)
        d[0] = 1.0
        return np.sum(y)

    refused(broadcast, X, match="a store into the result of `numpy.broadcast_to`", line=2, column=9)
    refused(diagonal, M, match="a store into the result of `numpy.diagonal`", line=3, column=9)


def test_results_that_may_or_may_not_be_the_array():
    def astype(x):
        y = x * 1.0
        z = y.astype(float, "C", copy=False)  # with another order it is a copy
        z[0] = 9 * x[1]
        return np.sum(y)

    def array(x):
        y = x * 1.0
        z = np.array(y, copy=None)
        z[0] = 9 * x[1]
        return np.sum(y)

    def einsum(m):
        y = m[:, :2] * 1.0
        d = np.einsum("ii->i", y)
        d[:] = m[0, :2] ** 2
        return np.sum(y)

    def meshgrid(m):
        a = m[0] * 1.0
        u, v = np.meshgrid(a, a, copy=False)
        a[0] = m[1, 1]
        return np.sum(u * v)

    def broadcast_arrays(x):
        y = x * 1.0
        a, b = np.broadcast_arrays(y, np.ones((2, 3)))
        y[0] = 7 * x[1]
        return np.sum(a * b)

    refused(astype, X, match=RUN_TIME, line=3)
    refused(array, X, match=RUN_TIME, line=3)
    refused(einsum, M, match=RUN_TIME, line=3)
    refused(meshgrid, M, match=RUN_TIME, line=3)
    refused(broadcast_arrays, X, match=RUN_TIME, line=3)


def test_store_into_an_array_that_was_detached_under_another_name():
    def block(x):
        y = x * 1.0
        with pb.no_grad():
            z = y
        z[0] = 5.0
        return np.sum(y)

    def call(x):
        y = x * 1.0
        z = pb.detach(y)
        y[0] = 5.0
        return np.sum(y * z)

    refused(block, X, match=RUN_TIME, line=4)
    refused(call, X, match=RUN_TIME, line=3)


def test_methods_and_attributes_that_change_how_memory_is_seen():
    def dtype(m):
        y = m * 1.0
        y.dtype = np.int64
        return np.sum(y * m)

    def resize(x):
        y = x * 1.0
        y.resize(2)
        return np.sum(y)

    def setfield(x):
        y = x * 1.0
        y.setfield(1, int)
        return np.sum(y)

    refused(dtype, M, match="a store to the attribute `.dtype` of an array", line=2)
    refused(resize, X, match=r"the method `.resize\(\)`, which changes an array in place", line=2)
    refused(setfield, X, match=r"the method `.setfield\(\)`, which changes an array in place", line=2)


def test_what_out_cannot_do():
    def other_dtype(x):
        y = np.zeros((), np.float32)
        np.sum(x, out=y)
        return y * 2.0

    def integers(x):
        y = np.zeros(3, int)
        np.multiply(x, 2.0, out=y)
        return np.sum(y)

    def two(x):
        a, b = np.zeros(3), np.zeros(3)
        np.modf(x, out=(a, b))
        return np.sum(a)

    def mask_alone(x):
        return np.sum(np.add(x, 1.0, where=x > 0))

    refused(other_dtype, X, match="`out=` of another dtype", line=2)
    refused(integers, X, match="a result of float64 stored into an array of int64", line=2)
    refused(two, X, match="`out=` of a sequence", line=2)
    refused(mask_alone, X, match="the parameter `where=`", line=1)


def test_options_that_make_a_function_overwrite_its_argument():
    def median(x):
        c = np.array([3.0, 1.0, 2.0])
        m = np.median(c, overwrite_input=True)
        return np.sum(x * c) * m

    refused(median, X, match="a call of `median` that changes its argument", line=2)


def test_shuffling_a_list_is_refused():
    def f(x):
        y = [x[0], x[1]]
        np.random.shuffle(y)
        return y[0]

    refused(f, X, match="`shuffle` of this", line=2)


def test_a_copy_where_a_view_was_compiled_is_noticed_in_the_run():
    def f(m):
        y = m * 1.0
        y.ravel()[1] = 5.0 * m[0, 0]
        return np.sum(y)

    np.testing.assert_allclose(pb.grad(f)(M), [[6, 0, 1], [1, 1, 1]])
    with pytest.raises(UnsupportedError, match="a store where `ravel` may have made a copy"):
        pb.grad(f)(np.asfortranarray(M))


def test_the_layout_of_an_argument_counts_also_after_a_store():
    def f(m):
        m[0, 0] = 2.0  # from here on the generated code works on a copy without gaps
        m.reshape(-1)[1] = 5.0
        return np.sum(m * m)

    with pytest.raises(UnsupportedError, match="a store where `reshape` may have made a copy"):
        pb.grad(f)(np.ones((2, 6))[:, ::2])
    np.testing.assert_allclose(pb.grad(f)(M), [[0, 0, 5], [7, 9, 11]])


def test_augmented_operation_casts_as_numpy_does():
    def integers(x):
        y = np.zeros(3, int)
        y += x
        return np.sum(y * 1.0)

    def narrow(x):
        y = np.zeros(3, np.float32)
        z = y
        y += x
        return np.sum(z * z)

    def wide(x):
        y = np.zeros(3)
        y += np.ones((2, 3)) * x
        return np.sum(y)

    with pytest.raises(TypeError, match="same_kind"):
        integers(X)
    refused(integers, X, match="`y` is an array of int64, the result in place is float64", line=2)
    np.testing.assert_allclose(pb.grad(narrow)(X), 2 * X, rtol=1e-6)
    for call in (wide, pb.value_and_grad(wide)):
        with pytest.raises(ValueError, match="broadcast"):
            call(X)


def test_the_layout_of_a_view_counts_also_after_a_store_through_another_view():
    def f(m):
        y = (m * 1.0)[::-1]
        flat = y.ravel()  # a copy: the rows run backwards
        row = y[-1]
        row[0] += 2.0 * m[0, 0]
        return np.sum(flat * flat)

    with pytest.raises(UnsupportedError, match="a store where `ravel` may have made a copy"):
        pb.grad(f)(M)


def test_a_layout_that_stores_may_have_changed_is_not_relied_on():
    def f(m):
        y = m * 1.0  # in the order of m
        y += np.ones((2, 3))
        np.copyto(y, y * np.ones((2, 3)))
        z = np.exp(y)
        z.ravel()[1] = 5.0 * m[0, 0]
        return np.sum(z)

    refused(f, M, match=RUN_TIME, line=5)
