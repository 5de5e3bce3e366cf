"""What `pb.vjp` saved is its own: the caller may change arguments and outputs, and pull as often as wanted."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError
from tests.language.checker import numerical

X = np.array([0.7, -1.2, 2.1])


def carried(x):
    h = x
    for _ in range(4):
        h = np.tanh(h * x)
    return np.sum(h)


def kept_states(x):
    out = []
    h = x
    for _ in pb.checkpointed(range(4), snapshots=2):
        h = np.tanh(h * x)
        out.append(np.sum(h))
    return sum(v * v for v in out)


def listed(x):
    parts = []
    for t in range(4):
        parts.append(x)
        parts.append(x * t)
    return sum(np.sum(v * v) for v in parts)


def listed_views(x):
    parts = []
    for t in range(3):
        parts.append(x[t:])
    return sum(np.sum(v * v) for v in parts)


def bound_by_a_branch(x):
    h = x
    if x[0] > 1e3:
        h = x * 2
    for i in range(3):
        h = h * x if i > 1 else x
    return np.sum(h * h)


def two_loops_of_one_name(x):
    h = x.copy()
    for t in pb.checkpointed(range(5), snapshots=2):
        h = np.sin(h) + 0.1 * t
    for t in range(3):
        h = np.sin(h * x) * h[t]
    return np.sum(h)


@pytest.mark.parametrize("fn", [carried, kept_states, listed, listed_views, bound_by_a_branch, two_loops_of_one_name])
def test_pull_after_the_argument_changed(fn):
    x = X.copy()
    expected = numerical(fn, [X], 0)
    _, pull = pb.vjp(fn, x)
    np.testing.assert_allclose(pull(1.0)[0], expected, rtol=1e-6, atol=1e-7)
    x += 3.0
    for _ in range(2):
        np.testing.assert_allclose(pull(1.0)[0], expected, rtol=1e-6, atol=1e-7)


def test_pull_after_an_element_of_a_list_argument_changed():
    def fn(arrays):
        h = arrays[0]
        for _ in range(3):
            h = h * arrays[1]
        return np.sum(h)

    arrays = [X.copy(), 2.0 * X]
    _, pull = pb.vjp(fn, arrays)
    arrays[0] += 1.0
    arrays[1] += 1.0
    (found,) = pull(1.0)
    np.testing.assert_allclose(found[0], 8.0 * X ** 3)
    np.testing.assert_allclose(found[1], 3.0 * X * (2.0 * X) ** 2)


def test_pull_after_an_output_changed():
    def fn(x):
        h = x
        parts = []
        for _ in range(3):
            h = np.sin(h * x)
            parts.append(h)
        return parts[0], np.stack(parts)

    value, pull = pb.vjp(fn, X.copy())
    cotangent = np.ones(3), np.ones((3, 3))
    before = pull(cotangent)[0]
    value[0][:] = 7.0
    value[1][:] = 7.0
    np.testing.assert_array_equal(pull(cotangent)[0], before)


def test_gradient_has_its_own_dtype_where_the_other_factor_is_narrower():
    narrow, wide = X.astype(np.float32), 2.0 * X
    for fn in (lambda x, w: np.sum(x * w), lambda x, w: np.sum(x * w + np.sin(x)), lambda x, w: np.mean(w * np.cos(x))):
        found = pb.grad(fn, wrt=(0, 1))(narrow, wide)
        assert [g.dtype for g in found] == [np.float32, np.float64]
        np.testing.assert_allclose(found[1], numerical(fn, [narrow.astype(float), wide], 1), rtol=1e-6)
        _, pull = pb.vjp(fn, narrow, wide)
        assert [g.dtype for g in pull(np.float64(1.0))] == [np.float32, np.float64]


def test_a_running_sum_of_float32():
    def squares(x):
        y = x.astype(np.float32)
        total = np.float32(0)
        for v in y:
            total = total + v * v
        return total

    found = pb.grad(squares)(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 2.0 * X, rtol=1e-6)


def test_a_list_that_grew_has_no_pullback():
    """`@differentiable` handed out its arrays without a graph: what was computed from them had no gradient."""
    def multiples(x):
        found = []
        for k in range(3):
            found.append(x * k)
        return {"found": found, "sum": np.sum(x)}

    with pytest.raises(UnsupportedError, match="returns a list whose length only the run knows") as caught:
        pb.vjp(multiples, X)[1]({"found": [X, X, X], "sum": 1.0})
    assert caught.value.where is not None
    with pytest.raises(UnsupportedError, match="returns a list whose length only the run knows"):
        pb.differentiable(multiples)(pb.tensor([1.0, 2.0], requires_grad=True))
    assert len(pb.jvp(multiples, (X,), (X,))[1]["found"]) == 3
