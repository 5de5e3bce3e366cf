"""The programs that issue 3 names, with the gradients that it gives: the first things that a reviewer tries."""

import math

import numpy as np
import pytest

import pullback as pb


def store_through_a_view(x):
    y = x * 1
    v = y[1:]
    v *= 2
    return np.sum(y**2)


def added_under_another_name(x):
    y = x * 1
    z = y
    z += x
    return np.sum(y**2)


def add_one(a):
    a += 1


def helper_adds_to_its_argument(x):
    y = x * 1
    add_one(y)
    return np.sum(y**2)


def constant_changed_after_use(x):
    c = np.ones(2)
    y = x * c
    c[:] = 0
    return np.sum(y)


def work_buffer(x):
    buf = np.zeros(2)
    s = 0.0
    for k in range(3):
        buf[:] = k + 1.0
        s += np.sum(x * buf)
    return s


def mask_changed_after_use(x):
    mask = x > 1
    y = np.where(mask, x, 0)
    mask[:] = True
    return np.sum(y)


def result_zeroed_after_use(x):
    y = np.exp(x)
    z = y * 1
    y *= 0
    return np.sum(z)


def elements_in_a_loop(x):
    y = np.zeros(2)
    for i in range(2):
        y[i] = x[i] ** 2
    return np.sum(y)


def element_added_to(x):
    y = np.zeros(2)
    y[0] += x[0] ** 2
    return np.sum(y)


def element_read_twice(x):
    return np.sum(x[[0, 0, 1]])


def element_written_twice(x):
    y = np.zeros(2)
    y[[0, 0]] = x
    return np.sum(y)




def full_like(x):
    return np.sum(np.full_like(x, x[0]))


def tensordot(x):
    return np.tensordot(x, x, 1)


def array_branch(x):
    if isinstance(x, np.ndarray):
        return np.sum(x * 2)
    return np.sum(x * 3)


ARRAYS = [
    (store_through_a_view, [1.0, 2.0, 3.0], [2, 16, 24]),
    (added_under_another_name, [1.0, 2.0], [8, 16]),
    (helper_adds_to_its_argument, [1.0, 2.0], [4, 6]),
    (constant_changed_after_use, [1.0, 2.0], [1, 1]),
    (work_buffer, [1.0, 2.0], [6, 6]),
    (mask_changed_after_use, [1.0, 2.0], [0, 1]),
    (result_zeroed_after_use, [1.0, 2.0], [math.e, math.e**2]),
    (elements_in_a_loop, [1.0, 2.0], [2, 4]),
    (element_added_to, [1.0, 2.0], [2, 0]),
    (element_read_twice, [1.0, 2.0, 3.0], [2, 1, 0]),
    (element_written_twice, [1.0, 2.0], [0, 1]),
    (full_like, [1.0, 2.0], [2, 0]),
    (tensordot, [1.0, 2.0], [2, 4]),
    (array_branch, [1.0, 2.0], [2, 2]),
]


@pytest.mark.parametrize(("fn", "x", "gradient"), ARRAYS, ids=[fn.__name__ for fn, _, _ in ARRAYS])
def test_program_of_the_table(fn, x, gradient):
    at = np.array(x)
    np.testing.assert_allclose(pb.grad(fn)(at), gradient, rtol=1e-14)
    np.testing.assert_array_equal(at, x)


def as_float(x):
    return float(x) * x


def as_item(x):
    return x.item() * x


def through_math(x):
    return math.sin(x) * x


def as_integer(x):
    return x.astype(int) * x


NUMBERS = [(as_float, 5.0), (as_item, 5.0), (through_math, math.sin(2.5) + 2.5 * math.cos(2.5)), (as_integer, 2.0)]


@pytest.mark.parametrize(("fn", "slope"), NUMBERS, ids=[fn.__name__ for fn, _ in NUMBERS])
def test_number_of_the_table(fn, slope):
    np.testing.assert_allclose(pb.grad(fn)(np.float64(2.5)), slope, rtol=1e-14)


def test_body_of_a_with_block():
    """Right, or refused with a location where context managers are not known."""

    def f(x):
        with np.errstate(all="ignore"):
            y = x * x
        return np.sum(y)

    try:
        found = pb.grad(f)(np.array([1.0, 2.0]))
    except pb.UnsupportedError as error:
        assert error.where is not None
        assert error.where.line - f.__code__.co_firstlineno == 1
    else:
        np.testing.assert_array_equal(found, [2.0, 4.0])
