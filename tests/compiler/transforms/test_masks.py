"""The dead branch never leaks nan: through chains, helpers, nested choices, parts that are read, loops and broadcasts."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import pipeline

pipeline.DEFAULTS.verify = True
X = np.array([0.0, 4.0])


def safe(v):
    return np.where(v > 0, np.log(v) / v, 0.0)


def nested(x):
    return np.sum(np.where(x == 0, 0.0, np.where(x >= 0, np.sqrt(x), 0.0)))


def selected(x):
    return np.sum(np.select([x == 0, x >= 0], [0.0 * x, np.sqrt(x)], 0.0))


def read_by_a_mask(x):
    y = np.zeros(2)
    m = x > 0
    y[m] = np.sqrt(x)[m]
    return np.sum(y)


def chain_read_by_a_mask(x):
    return np.sum(np.log(np.sqrt(x))[x > 0])


def helper(x):
    return np.sum(safe(x) * 2)


def stored_by_a_mask(x):
    y = x * 0.0
    y[x > 0] = np.sqrt(x[x > 0])
    return np.sum(y)


def in_a_loop(x):
    s = 0.0
    for i in range(2):
        s = s + np.sum(np.where(x > 0, np.sqrt(x), 0.0)) * i
    return s


def made_before_a_loop(x):
    t = np.sqrt(x)
    s = 0.0
    for i in range(2):
        s = s + np.sum(np.where(x > i, t, 0.0)) / 2
    return s


def made_before_a_branch(x):
    t = np.sqrt(x)
    s = 0.0
    if x[1] > 2:
        c = x > 0
        s = np.sum(np.where(c, t, 0.0))
    return s


def quotient_of_roots(x):
    y = np.sqrt(x)
    z = np.log(y) / y
    return np.sum(np.where(x > 0, z, 0.0))


def copied(x):
    y = np.zeros(2)
    np.copyto(y, np.sqrt(x), where=x > 0)
    return np.sum(y)


def put_by_a_mask(x):
    y = np.zeros(2)
    np.putmask(y, x > 0, np.sqrt(x))
    return np.sum(y)


def compressed(x):
    return np.sum(np.compress(x > 0, np.sqrt(x)))


def sliced(x):
    return np.sum(np.sqrt(x)[1:])


def number_over_all(x):
    return np.sum(np.where(x != 0, x[1] / x, 0.0))


def broadcast_condition(x):
    m = np.outer(x, x)
    return np.sum(np.where(m != 0, x / m, 0.0))


def norm_over_all(x):
    return np.sum(np.where(x > 0, np.linalg.norm(x) / x, 0.0))


SLOPE = 2 * (1 - np.log(4)) / 16
CASES = [(nested, 0.25), (selected, 0.25), (read_by_a_mask, 0.25), (chain_read_by_a_mask, 0.125), (helper, SLOPE),
         (stored_by_a_mask, 0.25), (in_a_loop, 0.25), (made_before_a_loop, 0.25), (made_before_a_branch, 0.25),
         (quotient_of_roots, (1 - np.log(2)) / 16), (copied, 0.25), (put_by_a_mask, 0.25), (compressed, 0.25),
         (sliced, 0.25), (number_over_all, 0.0), (broadcast_condition, -0.0625), (norm_over_all, 0.0)]


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize(("fn", "slope"), CASES, ids=[fn.__name__ for fn, _ in CASES])
def test_dead_branch_never_leaks(fn, slope):
    found = pb.grad(fn)(X)
    assert found.shape == X.shape
    np.testing.assert_allclose(found, [0.0, slope], rtol=1e-12, atol=1e-12)
    moved = [fn(np.array([0.0, 4.0 + h])) for h in (1e-6, -1e-6)]
    np.testing.assert_allclose((moved[0] - moved[1]) / 2e-6, slope, atol=1e-7)
