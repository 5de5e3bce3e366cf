"""What sweeps over all programs found: dtypes of cotangents, batches of what is no batch, lists of mixed numbers."""

import gc
import sys
import threading

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import collector, pipeline

from ..language.checker import check_orders

pipeline.DEFAULTS.verify = True

X = np.array([0.3, 0.7, -0.1])
C = np.array([1.0, 10.0, 100.0])


def test_tensordot_of_float32_has_a_float32_gradient():
    x, m = X.astype(np.float32), np.ones((3, 3), np.float32)
    for f in (lambda x, m: np.tensordot(x, x, 1), lambda x, m: np.tensordot(m * x, m, 2)):
        assert [d.dtype for d in pb.grad(f, wrt=(0, 1))(x, m)] == [np.float32, np.float32]


def test_float32_beside_a_constant_of_float64_at_a_joint():
    """The cotangent that is projected to float32 is known to be float32: the joint of the branch has one dtype."""
    def f(x):
        y = x * np.float32(1.0)
        if x[0] > 0:
            y[0] = x[1]
        return np.sum(y * C)

    gradient = pb.grad(f)(X.astype(np.float32))
    assert gradient.dtype == np.float32
    np.testing.assert_array_equal(gradient, np.float32([0.0, 11.0, 100.0]))


def test_vmap_with_the_shape_of_what_is_no_batch():
    def f(x):
        y = x * 1.0
        np.multiply.at(y, [0, 0, 2], x[1])
        return np.sum(y)

    stack = np.stack([X, 2 * X])
    np.testing.assert_allclose(pb.vmap(f)(stack), [f(X), f(2 * X)])


def test_vmap_of_a_reduction_whose_keepdims_is_none():
    def f(m):
        y = np.zeros(3)
        m.mean(0, None, y[:])
        return np.sum(y**2)

    stack = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_allclose(pb.vmap(f)(stack), [f(stack[0]), f(stack[1])])


# --- lists of unknown length whose numbers are of two kinds ----------------------------------------------------------

def test_an_integer_in_a_list_of_floats():
    def f(x):
        values = [v for v in x if v > 0.1]
        values += [len(values)]
        return np.sum(x**2) + sum(values)

    check_orders(f, X)


def test_an_integer_in_a_list_of_floats_in_one_branch():
    def f(x):
        values = [v * v for v in x if v > 0.1]
        if x[0] > 0:
            values.append(2)
        return sum(values) * x[1]

    check_orders(f, X)


@pytest.mark.parametrize("how", ["append", "+=", "set", "+"])
def test_a_complex_number_in_a_list_of_floats(how):
    """The cotangents of the floats are real, whatever the list is used for."""
    def f(x):
        values = [v * v for v in x if v > -5]
        if how == "append":
            values.append(1j * x[0])
        elif how == "+=":
            values += [1j * x[0]]
        elif how == "set":
            values[1] = 1j * x[0]
        else:
            values = values + [1j * v for v in x if v > -5]
        return np.abs(sum(values) * (1 + 2j)) ** 2

    check_orders(f, X)


# --- the collector, and threads ---------------------------------------------------------------------------------------

def test_the_collector_is_on_again_after_an_exception():
    with pytest.raises(ZeroDivisionError), collector.waiting():
        assert not gc.isenabled()
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_the_collector_stays_off_where_it_was_off():
    gc.disable()
    try:
        with collector.waiting(), collector.waiting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_overlapping_compilations_leave_the_collector_on():
    """The first to begin ends first: the second, which found the collector off, is the one that turns it on."""
    first, second = collector.waiting(), collector.waiting()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_first_compilations_in_threads():
    """Threads that compile one function at once agree on what it is; a switch after each few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(4):
            _first_calls(6)
            assert gc.isenabled()
    finally:
        sys.setswitchinterval(before)


def _first_calls(threads):
    def f(x, w):
        y = np.tanh(w @ x)
        kept = []
        for v in y:
            if v > 0:
                kept.append(v * np.sum(x))
        return np.sum(y * x) + sum(kept)

    w = np.arange(9.0).reshape(3, 3) / 9
    shared, barrier, found, failed = pb.grad(f), threading.Barrier(threads), [], []

    def work(number):
        barrier.wait()
        try:
            found.append(shared(X, w) if number % 2 else pb.vjp(f, X, w)[1](1.0)[0])
        except Exception as error:
            failed.append(error)

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert failed == [] and len(found) == threads
    for gradient in found:
        np.testing.assert_allclose(gradient, found[0], rtol=1e-13)
