"""Loops that are written out for exactly these lengths, where the loop as such is refused."""

import numpy as np
import pytest

import pullback as pb

from .checker import check, program, refused

X = np.array([0.5, 1.5, -2.0, 0.25])
M = np.array([[0.5, -1.0], [2.0, 0.25], [1.0, 1.5]])


@program(M, np.array([[0.3, -0.2], [0.1, 0.4]]))
def test_a_dict_of_states_by_time_step(inputs, w):
    h, loss = {}, 0
    h[-1] = np.zeros(2)
    for t in range(len(inputs)):
        h[t] = np.tanh(w @ h[t - 1] + inputs[t])
        loss += -np.log(np.exp(h[t][1]) / np.sum(np.exp(h[t])))
    return loss + np.sum(h[0])


class Body:
    def __init__(self, mass, place):
        self.mass, self.place = mass, place

    def move(self, force):
        self.place = self.place + 0.1 * force / self.mass


@program(M, np.array([1.0, 2.0, 3.0]))
def test_a_list_of_objects(places, masses):
    bodies = [Body(m, p) for m, p in zip(masses, places)]
    for _ in range(3):
        for a in bodies:
            for b in bodies:
                if a is not b:
                    a.move(b.place - a.place)
    return sum(b.mass * b.place @ b.place for b in bodies)


@program(X, np.array([1.0, 0.5, 2.0, -1.0]))
def test_none_until_found(x, w):
    best, where = None, None
    for k, v in enumerate(x):
        score = v * w[k]
        if best is None or score > best:
            best, where = score, k
    return best ** 2 + x[where]


@program(X)
def test_elements_are_read_when_their_trip_begins(x):
    y = x * 1
    total = 0.0
    for k, v, u in zip([1.0, 2.0, 3.0, 4.0], y, y):
        total += k * v * u
        y[2] = 7 * v
    return total


@program(X, 3)
def test_names_of_buffers_that_a_loop_exchanges(x, n):
    a, b = x.copy(), 2 * x
    keep = a
    for _ in range(n):
        b[1:] = a[1:] * a[:-1]
        a, b = b, a
    return np.sum(keep * a)


def test_integers_in_a_structure():
    def f(p):
        found = []
        for k in range(p["n"]):
            found.append({"value": p["x"][k], "number": k})
        return sum(f["value"] ** 2 * f["number"] for f in found)

    found = pb.grad(f)({"n": 3, "x": X})
    assert found["n"] is None
    np.testing.assert_allclose(found["x"], [0.0, 3.0, -8.0, 0.0])


@program(X)
def test_a_while_that_ends_where_the_trips_are_known(x):
    seen, k = [], 0
    while k < 3 and len(seen) < 5:
        seen.append((x[k], k))
        if k != 1:
            seen.append((x[k] ** 2, k))
        k += 1
    return sum(v * k for v, k in seen)


@program(X)
def test_a_while_that_ends_where_a_value_says_so(x):
    last, k = None, 0
    while k < 4 and (last is None or last > -1.0):
        last = x[k] * (1.0 if last is None else last)
        k += 1
    return last ** 2


def test_each_length_has_its_variant():
    def f(x, n):
        pairs = []
        for v in x:
            pairs.append((v, v ** n))
        return sum(a * b for a, b in pairs)

    g = pb.grad(f)
    for x in (X, X[:2], X, np.append(X, 1.0), X[:2]):
        for n in (2, 1, 2):
            np.testing.assert_allclose(g(x, n), (n + 1) * x ** n)


limit = 3
table = np.array([1.0, 2.0, 3.0])


def test_captured_integers_and_arrays_are_part_of_the_variant():
    def f(x):
        pairs = []
        for k in range(limit):
            pairs.append((x, k))
        for w in table:
            pairs.append((x * w, 1))
        return sum(a * b for a, b in pairs)

    global limit, table
    g = pb.grad(f)
    assert g(2.0) == 0 + 1 + 2 + 6.0
    limit = 4
    assert g(2.0) == 0 + 1 + 2 + 3 + 6.0
    table = np.array([5.0, 6.0, 7.0, 8.0])
    assert g(2.0) == 0 + 1 + 2 + 3 + 26.0


@program(X)
def test_effects_of_trips_in_order(x):
    seen = []
    for k in range(3):
        seen.append(("a", x[k]))
        if k == 1:
            continue
        seen.append(("b", x[k] ** 2))
        if len(seen) > 3:
            break
    return sum(v * (2 if s == "b" else 1) for s, v in seen)


def test_the_other_operators():
    def f(x):
        pairs = []
        for v in x:
            pairs.append((v, v ** 2))
        return sum(a * b for a, b in pairs)

    np.testing.assert_allclose(pb.jvp(f, (X,), (np.ones(4),))[1], np.sum(3 * X ** 2))
    np.testing.assert_allclose(pb.vjp(f, X)[1](1.0)[0], 3 * X ** 2)
    np.testing.assert_allclose(pb.hessian(f)(X), np.diag(6 * X))
    np.testing.assert_allclose(pb.grad(lambda x: np.sum(pb.grad(f)(x)))(X), 6 * X)
    np.testing.assert_allclose(pb.vmap(f)(np.stack([X, 2 * X])), [np.sum(X ** 3), np.sum(8 * X ** 3)])


def grouped(x, n):
    groups = {}
    for k in range(n):
        groups.setdefault(k % 2, []).append(x[k] * x[k - 1])
    return sum(groups[0]) * sum(groups[1])


def test_what_is_too_long_keeps_its_first_reason():
    check(grouped, X, 4)
    with pytest.raises(pb.UnsupportedError, match="setdefault"):
        pb.grad(grouped)(np.ones(300), 300)


@pytest.mark.parametrize("walk", [zip, enumerate, reversed])
def test_an_iterator_is_empty_the_second_time(walk):
    """`zip(...)` that was walked twice gave twice the gradient."""
    def f(x):
        pairs = walk([x[0], x[1]])
        return sum(list(v)[-1] if walk is not reversed else v for v in pairs) + len(list(pairs))

    with pytest.raises(pb.UnsupportedError, match="an iterator that is used twice"):
        pb.grad(f)(X)


def test_a_generator_over_a_list_that_is_used_twice():
    def f(x):
        squares = (v * v for v in [x[0], x[1]])
        return sum(squares) + sum(squares)

    refused(f, X, match="an iterator that is used twice", line=2)


def test_the_text_asks_for_its_lengths():
    g = pb.grad(grouped)
    expected = g(X, 3)
    saved: dict = {}
    exec(g.source, saved)
    np.testing.assert_allclose(saved["grouped_grad"](X, 3), expected)
    for args in ((X, 2), (X[:3], 3)):
        with pytest.raises(pb.ArgumentError, match="written out for an argument"):
            saved["grouped_grad"](*args)
    np.testing.assert_allclose(pb.grad(grouped, backend="numba")(X, 3), expected)
