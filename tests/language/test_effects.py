"""Writes that reach out of the function: done exactly once, in order, with the values of the primal, by every operator."""

from __future__ import annotations

import collections
import copy

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline
from pullback.runtime.errors import UnsupportedError

pipeline.DEFAULTS.verify = True

history = []
cache = {}
counter = {"n": 0, "t": 1.0}
nested = {"log": []}
sums = [0.0]
N = 0
T = 0.0
X = np.array([0.9, 0.35, 0.6])


class Model:
    def __init__(self):
        self.calls, self.last, self.w, self.log = 0, None, 2.0, []

    def loss(self, x):
        self.calls += 1
        self.last = x * 2
        return np.sum(self.last * x) * self.w

    def logged(self, x):
        self.log.append(np.sum(x))
        return np.sum(x ** 2)


model = Model()


def counting():
    n, total = 0, 0.0

    def impl(x):
        nonlocal n, total
        n += 1
        total = total + x[0] ** 2
        return total * n * x[1]

    return impl


accumulated = counting()


def appends_the_argument(x):
    history.append(x)
    return np.sum(x ** 2)


def appends_a_number(x):
    y = np.sum(x ** 2)
    history.append(y)
    return y


def appends_a_dict(x):
    history.append({"x": x, "l": np.sum(x), "n": [x, 1]})
    return np.sum(x ** 2)


def appends_in_a_loop(x):
    s = 0.0
    for v in x:
        s += v ** 2
        history.append(s)
    return s


def appends_in_a_branch(x):
    if x[0] > 0.5:
        history.append(x[0])
    else:
        history.append("no")
    return x[0] ** 2


def appends_in_a_while(x):
    s = x[0]
    while s < 5.0:
        s = s * 2
        history.append(s)
    return s


def reads_what_it_appended(x):
    history.append(np.sum(x ** 2))
    return history[-1] * x[0] * len(history)


def pops_what_it_appended(x):
    history.append(x[0] ** 2)
    return history.pop() * x[1]


def inserts_and_extends(x):
    history.extend([x[0], x[1]])
    history.insert(0, 5.0)
    return x[0] ** 2


def adds_to_a_list_inside_a_dict(x):
    nested["log"].append(x[0])
    nested["log"] += [x[1]]
    return x[0] ** 2


def sets_a_key(x):
    cache["k"] = np.sum(x)
    return np.sum(x ** 2)


def sets_a_key_of_the_run(x):
    cache[int(x[0] * 10)] = x
    return np.sum(x ** 2)


def updates(x):
    cache.update(a=x[0], b=np.sum(x))
    return x[0] ** 2


def deletes_a_key(x):
    cache["k"] = x[0]
    v = cache["k"] ** 2
    del cache["k"]
    return v


def sets_a_default(x):
    return cache.setdefault("q", np.sum(x ** 2)) * x[0]


def remembers(x):
    if "k" not in cache:
        cache["k"] = np.sum(x ** 2)
    return cache["k"] * x[0]


def counts(x):
    counter["n"] += 1
    counter["t"] *= x[0]
    return np.sum(x ** 2) * counter["n"] * counter["t"]


def adds_to_an_element_in_a_loop(x):
    for v in x:
        sums[0] += v ** 2
    return sums[0] * x[1]


def writes_globals_in_a_loop(x):
    global N, T
    for v in x:
        N += 1
        T = T + v ** 2
    return T * N


def writes_a_global_in_a_branch(x):
    global T
    if x[0] > 0.5:
        T = x[0] ** 2
    return T * x[1]


def bump():
    global N
    N += 1


def a_helper_counts(x):
    s = 0.0
    for v in x:
        bump()
        s += v * N
    return s


def an_inner_function_reads_the_global(x):
    global T
    T = np.sum(x)

    def inner():
        return T * 2

    return inner() * x[0]


def writes_cells(x):
    return accumulated(x)


def an_object_counts(x):
    s = 0.0
    for v in x:
        model.calls += 1
        s += v * model.calls
    return s


def a_method_writes(x):
    return model.loss(x) + model.logged(x)


def a_method_logs_in_a_loop(x):
    s = 0.0
    for k in range(3):
        s += model.logged(x * k)
    return s


def effects_in_a_try(x):
    try:
        history.append(x[0])
        if x[0] > 0.5:
            raise ValueError
    except ValueError:
        history.append("caught")
    finally:
        history.append("done")
    return x[0] ** 2


def effects_of_an_inner_function(x):
    out = []

    def log(v):
        out.append(v)
        history.append(v)

    log(x[0])
    log(x[1] ** 2)
    return out[0] * out[1]


PROGRAMS = [appends_the_argument, appends_a_number, appends_a_dict, appends_in_a_loop, appends_in_a_branch,
            appends_in_a_while, reads_what_it_appended, pops_what_it_appended, inserts_and_extends,
            adds_to_a_list_inside_a_dict, sets_a_key, sets_a_key_of_the_run, updates, deletes_a_key, sets_a_default,
            remembers, counts, adds_to_an_element_in_a_loop, writes_globals_in_a_loop, writes_a_global_in_a_branch,
            a_helper_counts, an_inner_function_reads_the_global, writes_cells, an_object_counts, a_method_writes,
            a_method_logs_in_a_loop, effects_in_a_try, effects_of_an_inner_function]


def reset():
    global N, T
    N, T = 0, 0.0
    history.clear()
    cache.clear()
    counter.update(n=0, t=1.0)
    nested["log"] = []
    sums[0] = 0.0
    model.__init__()
    for cell, value in zip(accumulated.__closure__, (0, 0.0), strict=True):
        cell.cell_contents = value


def state():
    cells = [c.cell_contents for c in accumulated.__closure__]
    return plain((history, cache, counter, nested, sums, N, T, vars(model), cells))


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return ("array", value.shape, plain(value.tolist()))
    return float(f"{value:.12g}") if isinstance(value, (float, np.floating)) else value


def slopes(fn):
    found = np.zeros(3)
    for i, step in enumerate(1e-6 * np.eye(3)):
        values = []
        for moved in (X + step, X - step):
            reset()
            values.append(fn(moved))
        found[i] = (values[0] - values[1]) / 2e-6
    return found


DIRECTION = np.array([1.0, 2.0, 3.0])
OPERATORS = {
    "grad": lambda fn: pb.grad(fn)(X),
    "value_and_grad": lambda fn: pb.value_and_grad(fn)(X)[1],
    "vjp": lambda fn: pb.vjp(fn, X)[1](1.0)[0],
    "jvp": lambda fn: pb.jvp(fn, (X,), (DIRECTION,))[1],
    "jacobian": lambda fn: pb.jacobian(fn)(X),
    "hvp": lambda fn: pb.hvp(fn)(X, DIRECTION),
    "hessian": lambda fn: pb.hessian(fn)(X),
    "grad of grad": lambda fn: pb.grad(lambda x: np.sum(pb.grad(fn)(x) * DIRECTION))(X),
}


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_effects_happen_once_under_every_operator(fn):
    expected = slopes(fn)
    reset()
    fn(X.copy())
    left = state()
    results = {}
    for name, operator in OPERATORS.items():
        reset()
        before = X.copy()
        results[name] = operator(fn)
        assert state() == left, name
        assert X.tolist() == before.tolist()
    for name in ("grad", "value_and_grad", "vjp", "jacobian"):
        np.testing.assert_allclose(results[name], expected, rtol=1e-6, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(results["jvp"], expected @ DIRECTION, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(results["hessian"] @ DIRECTION, results["hvp"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(results["grad of grad"], results["hvp"], rtol=1e-9, atol=1e-9)


def test_a_list_that_is_only_appended_to_needs_one_variant():
    reset()
    gradient = pb.grad(appends_a_number)
    for _ in range(4):
        gradient(X)
    assert len(history) == 4
    assert [len(v) for v in gradient._table.variants.values()] == [1]


def test_a_list_under_the_name_later_is_another_variant(monkeypatch):
    reset()
    gradient = pb.grad(appends_a_number)
    gradient(X)
    other = []
    monkeypatch.setitem(globals(), "history", other)
    gradient(X)
    assert len(other) == 1


def test_what_is_kept_outside_does_not_change_afterwards():
    reset()

    def f(x):
        y = x * 2
        history.append(y)
        z = y * 3
        z += y
        return np.sum(z * y)

    before = copy.deepcopy(X)
    pb.grad(f)(X)
    assert history[0].tolist() == (before * 2).tolist()
    history[0][:] = 0.0
    assert X.tolist() == before.tolist()


def test_a_store_into_what_something_outside_holds_is_refused():
    def f(x):
        y = x * 2
        history.append(y)
        y += 1
        return np.sum(y)

    with pytest.raises(UnsupportedError, match="Something outside the function holds it"):
        pb.grad(f)(X)


def test_an_effect_is_written_as_the_user_wrote_it():
    text = pb.grad(counts).source_for(X)
    assert "    counter['n'] = " in text
    assert "# counter is a dict, which is not written here." in text
    assert "    history.append(kept(x))" in pb.grad(appends_the_argument).source_for(X)


def test_effects_of_a_checkpointed_function_are_refused():
    with pytest.raises(UnsupportedError, match="in a checkpointed function"):
        pb.grad(lambda x: pb.checkpoint(appends_a_number)(x))(X)


def test_effects_with_tensors_and_vmap():
    reset()
    t = pb.tensor([1.0, 2.0], requires_grad=True)
    pb.differentiable(appends_a_number)(t).backward()
    assert len(history) == 1
    assert pb.vmap(appends_a_number)(np.ones((2, 3))).tolist() == [3.0, 3.0]
    assert len(history) == 3


def test_compiling_does_not_add_keys_to_a_defaultdict_from_outside():
    held = collections.defaultdict(list)

    def f(x):
        held["a"].append(x[0])
        return x[0] ** 2

    with pytest.raises(UnsupportedError, match="the key 'a', which is not in the defaultdict"):
        pb.grad(f)(X)
    assert not held


memo = {}


def test_a_captured_memo_of_a_recursion():
    """`memo[n]` under `if n in memo` was said to raise KeyError always."""
    def value(x):
        def at(n):
            if n in memo:
                return memo[n]
            result = x[0] if n < 2 else at(n - 1) * at(n - 2) + x[1]
            memo[n] = result
            return result

        return at(3)

    memo.clear()
    gradient = pb.grad(value)
    # at(2) = a^2 + b, at(3) = (a^2 + b) a + b
    assert gradient(np.array([0.5, 1.5])).tolist() == [3 * 0.25 + 1.5, 0.5 + 1.0]
    assert list(memo) == [1, 0, 2, 3]
    assert gradient(np.array([0.5, 1.5])).tolist() == [0.0, 0.0]  # what the first call left there
