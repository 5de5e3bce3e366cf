"""Large helpers that are called often are functions of the generated text; what such a function cannot do stays in place.

`shared` makes every helper a large one, so that small programs show it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.lower import helpers
from pullback.compiler.pullbacks import splitter_of

from .checker import check

X = np.array([0.4, 0.9, 1.3])
W = np.array([0.7, 0.2, 1.1])


@pytest.fixture
def shared(monkeypatch):
    monkeypatch.setattr(helpers, "SMALL", -1)
    monkeypatch.setattr(helpers, "SAVED", -1)


def functions(fn, *args, wrt=0):
    """How many functions the text of the gradient has."""
    return pb.grad(fn, wrt).source_for(*args).count("def ")


def bent(x, w, k=0.5):
    t = np.sin(x * w) + k
    return t * x + np.exp(-t)


def root(x):
    return np.sqrt(x)


def chosen(x, kind):
    if kind == "sin":
        return np.sin(x)
    return np.cos(x) * x


def pair(x):
    return np.sin(x), (np.sum(x), x * x)


def of_tuple(layer, x):
    w, b = layer
    return np.tanh(w * x + b)


def bent_twice(x, w):
    return bent(bent(x, w), w, 0.1)


SCALE = np.array([1.0, 2.0, 3.0])


def scaled(x):
    return x * SCALE


def checked(x):
    assert np.all(x > -100.0), "too small"
    if np.any(x > 100.0):
        raise ValueError("too large")
    return x * x


def sub_loop(x, n):
    for _ in range(n):
        x = np.sin(x) * 1.1
    return x


PROGRAMS = {
    "calls": lambda x, w: np.sum(bent(bent(x, w), w, 0.2) * bent(w, x)),
    "floats": lambda x, w: bent(bent(x[0], w[0]), w[1], 0.2),
    "broadcast": lambda x, w: np.sum(bent(x, w[0]) + bent(x[0], w) + bent(x[:, None], w)),
    "in a loop": lambda x, w: np.sum(sub_loop(x, 3) * sub_loop(w, 2)),
    "constants that decide": lambda x, w: np.sum(chosen(x, "sin") * chosen(w, "cos") * chosen(x * w, "sin")),
    "pair": lambda x, w: np.sum(pair(x)[0]) + pair(w)[1][0] * np.sum(pair(x * w)[1][1]),
    "tuples": lambda x, w: np.sum(of_tuple((w, 0.1), of_tuple((w, x[0]), x))),
    "nested": lambda x, w: np.sum(bent_twice(x, w) * bent_twice(w, x)),
    "globals": lambda x, w: np.sum(scaled(x) * scaled(w)),
    "checks": lambda x, w: np.sum(checked(x) * checked(w)),
    "one argument twice": lambda x, w: np.sum(bent(x, x) * bent(w, w)),
    "views": lambda x, w: np.sum(bent(x[1:], w[:-1]) * bent(x[:2], w[::2])),
}


def looped(x, w):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0.5:
            total = total + bent(x[i], w[i])
        else:
            total = total * bent(total, w[i])
    return total


def carried(x, w):
    h = np.zeros(3)
    for _ in range(4):
        h = bent(h + x, w)
    return np.sum(h)


def until(x, w):
    y = x
    while np.sum(y) < 20.0:
        y = bent(y, w) + 1.0
    return np.sum(y)


def stored_afterwards(x, w):
    y = x * 1.0
    a = bent(y, w)
    y[0] = 5.0 * w[0]
    b = bent(y, w)
    y *= 2.0
    return np.sum(a * b * y)


@pytest.mark.parametrize("fn", [*PROGRAMS.values(), looped, carried, until, stored_afterwards],
                         ids=[*PROGRAMS, "looped", "carried", "until", "stored_afterwards"])
def test_gradients(shared, fn):
    assert functions(fn, X, W) > 1
    check(fn, X, W)


@pytest.mark.parametrize("name", ["calls", "pair", "nested", "globals", "views"])
def test_every_operator(monkeypatch, name):
    program = PROGRAMS[name]

    def results(fn):
        v = np.array([0.3, -0.5, 0.2])
        value, pull = pb.vjp(fn, X, W)
        x = pb.tensor(X, requires_grad=True)
        first, = pb.autograd.grad(pb.differentiable(fn)(x, W), x, create_graph=True)
        second, = pb.autograd.grad((first ** 2).sum(), x)
        inner = pb.grad(fn)
        return [value, *pull(1.5), *pb.jvp(fn, (X, W), (v, W)), pb.hvp(fn)(X, W, v), pb.hessian(fn)(X, W),
                pb.jacobian(fn, 1)(X, W), pb.vmap(fn)(np.stack([X, W]), np.stack([W, X])), first.detach().numpy(),
                second.numpy(), pb.grad(lambda x, w: np.sum(inner(x, w) ** 2))(X, W)]

    expected = results(lambda x, w: program(x, w))
    monkeypatch.setattr(helpers, "SMALL", -1)
    monkeypatch.setattr(helpers, "SAVED", -1)
    for one, other in zip(results(lambda x, w: program(x, w)), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_the_jacobian_runs_its_rows_together(shared):
    def fn(x, w):
        return bent(bent(x, w), w)

    pull = pb.vjp(fn, X, W)[1]
    (variants,) = splitter_of(fn).variants.values()
    assert variants[0].compiled.batch(0) is not None
    for i in range(3):
        unit = np.zeros(3)
        unit[i] = 1.0
        np.testing.assert_allclose(pb.jacobian(fn)(X, W)[i], pull(unit)[0])


def test_machine_code_has_them_in_place(shared):
    fn = PROGRAMS["calls"]
    for one, other in zip(pb.grad(fn, (0, 1), backend="numba")(X, W), pb.grad(fn, (0, 1))(X, W), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_text_runs_alone(shared):
    gradient = pb.grad(PROGRAMS["nested"])
    expected = gradient(X, W)
    namespace = {}
    exec(gradient.standalone_source(), namespace)
    np.testing.assert_array_equal(namespace["lambda__grad"](X, W), expected)
    assert "pullback" not in gradient.standalone_source()
    assert "bent_twice_forward(" in str(gradient.inspect())


def test_a_global_that_changes_is_seen(shared, monkeypatch):
    def fn(x):
        return np.sum(scaled(x) * scaled(x * x))

    gradient = pb.grad(fn)
    gradient(X)
    monkeypatch.setitem(scaled.__globals__, "SCALE", np.array([2.0, 0.5, 1.0]))
    np.testing.assert_allclose(gradient(X), 3.0 * X ** 2 * np.array([4.0, 0.25, 1.0]))


# --- in place -------------------------------------------------------------------------------------------------------

def doubled_in_place(a):
    a *= 2.0
    return np.sum(a)


def first_rows(a):
    return a[:2]


def itself(a):
    return a


def appended(values, x):
    values.append(x * x)
    return np.sum(x)


def printed(x):
    print("called")
    return x * x


def applied(f, x):
    return f(x) * x


def in_place(x, w):
    y = x * w
    return doubled_in_place(y) * doubled_in_place(y) + np.sum(y)


def lent(x, w):
    y = x * w
    v = first_rows(y)
    v[0] = 3.0 * x[0]
    z = itself(y)
    z[1] = w[1]
    return np.sum(y * z)


def grown(x, w):
    values = []
    total = appended(values, x) + appended(values, w)
    return total + np.sum(values[0] * values[1])


def closed(x, w):
    k = x[0]

    def inner(t):
        return t * k

    k = x[1]
    return np.sum(applied(inner, x) * applied(lambda t: np.sin(t) * k, w))


@pytest.mark.parametrize("fn", [in_place, lent, grown, closed])
def test_what_a_routine_cannot_do_stays_in_place(shared, fn):
    assert functions(fn, X, W) == 1
    check(fn, X, W)


def test_effects_happen_once_in_order(shared, capsys):
    def fn(x):
        return np.sum(printed(x) * printed(x + 1.0))

    pb.grad(fn)(X)
    assert capsys.readouterr().out == "called\ncalled\n"


@dataclass
class Layer:
    w: np.ndarray

    def __call__(self, x):
        return np.tanh(self.w * x)


def test_objects(shared):
    layers = [Layer(W), Layer(X)]

    def fn(x):
        for layer in layers:
            x = layer(x)
        return np.sum(layers[0](x))

    check(fn, X)


def kept(x, w):
    layer = Layer(w)
    y = layer(x)
    layer.w = layer.w * 2.0
    return np.sum(layer(y))


def test_objects_that_change(shared):
    check(kept, X, W)


# --- masks: the dead branch never leaks nan --------------------------------------------------------------------------

def safe(x, y):
    return np.sum(np.where(x > 0.5, y, 0.0))


MASKED = {
    "inside": lambda x: np.sum(np.where(x > 0.0, root(x), 0.0)),
    "before": lambda x: safe(x, np.sqrt(x)),
    "both": lambda x: safe(x, root(x)),
    "chain": lambda x: np.sum(np.where(x > 0.0, 2.0 * root(x * 1.0) + 1.0, 0.0)),
    "part": lambda x: np.sum(root(x)[1:]),
    "part inside": lambda x: first_of(np.sqrt(x)),
}


def first_of(y):
    return np.sum(y[1:] * 2.0)


@pytest.mark.parametrize("name", MASKED)
def test_the_dead_branch_never_leaks(monkeypatch, name):
    at = np.array([0.0, 1.0, 4.0])
    expected = pb.grad(lambda x: MASKED[name](x))(at)
    assert np.all(np.isfinite(expected))
    monkeypatch.setattr(helpers, "SMALL", -1)
    monkeypatch.setattr(helpers, "SAVED", -1)
    np.testing.assert_allclose(pb.grad(lambda x: MASKED[name](x))(at), expected)


# --- when -------------------------------------------------------------------------------------------------------------

def large(x, w):
    for _ in (1, 2, 3, 4, 5, 6, 7, 8):
        x = np.sin(x * w) + np.exp(-x * x) * w
    return x


def small(x, w):
    return np.sin(x) * w


def test_thresholds():
    def few(x, w):
        return np.sum(large(large(x, w), w))

    def many(x, w):
        return np.sum(large(large(large(large(x, w), w), w), w))

    def many_small(x, w):
        for _ in range(3):
            x = small(small(small(small(small(x, w), w), w), w), w)
        return np.sum(x)

    assert [functions(fn, X, W) for fn in (few, many, many_small)] == [1, 3, 1]
    check(many, X, W)


def test_trips_of_a_loop_are_no_copies():
    """A body is interpreted until its kinds are stable: that is one copy of the text."""
    def fn(x, w):
        for _ in range(3):
            for _ in range(2):
                x = large(x, w)
        return np.sum(x)

    assert functions(fn, X, W) == 1
