"""Names, attributes and elements that are None until something sets them."""

import dataclasses

import numpy as np
import pytest

import pullback as pb

from .checker import check, refused

X = np.array([0.9, 0.35, 0.6])


class Best:
    def __init__(self):
        self.value = None
        self.arg = None

    def see(self, value, i):
        if self.value is None or value < self.value:
            self.value = value
            self.arg = i


def best_of_an_array(x):
    best = None
    for v in x:
        if best is None or v > best:
            best = v
    return best ** 2


def best_with_its_place(x):
    best = arg = None
    for i in range(len(x)):
        v = (x[i] - 0.3) ** 2
        if best is None or v < best:
            best = v
            arg = i
    return best + x[arg]


def best_in_a_while(x):
    best = None
    t = 0.0
    while t < 1.0:
        v = (t - x[0]) ** 2 * x[1]
        if best is None or v < best:
            best = v
        t += 0.3
    return best


def best_pair(x):
    best = None
    for i in range(len(x)):
        c = (x[i] ** 2, i)
        if best is None or c[0] > best[0]:
            best = c
    value, place = best
    return value * (place + 1)


def best_array_of_a_search(x):
    best = None
    for k in range(1, 5):
        y = x - 0.5 ** k * x ** 2
        f = np.sum(y ** 2)
        if best is None or f < best[0]:
            best = (f, y)
    f, y = best
    return f + np.sum(y * x)


def previous_number(x):
    prev, s = None, 0.0
    for v in x:
        if prev is not None:
            s += (v - prev) ** 2
        prev = v
    return s


def previous_array(x):
    prev, s, y = None, 0.0, x * 1
    for _ in range(int(x[2] * 4 + 1)):
        if prev is not None:
            s += np.sum((y - prev) ** 2)
        prev = y
        y = np.sin(y)
    return s


def found_or_not(x):
    found = lost = None
    for v in x:
        if v > 0.5:
            found = v * 2
        if v > 50.0:
            lost = v
    return (x[0] if found is None else found * x[1]) + (x[2] if lost is None else lost)


def found_before_a_break(x):
    found = None
    for v in x:
        if v < 0.5:
            found = v
            break
    if found is None:
        raise ValueError
    return found ** 2


def set_in_a_branch(x):
    y = None
    if x[0] > 0.2:
        y = x[0] * 2
    if y is None:
        return x[1]
    return y ** 2


def truth_of_what_may_be_none(x):
    y = None
    for v in x:
        if v > 0.5:
            y = v
    return (y or 1.0) * x[0] + (y ** 2 if y else x[1])


def returned_none(x):
    def first(test):
        for i in range(len(x)):
            if test(x[i]):
                return i
        return None

    i, j = first(lambda v: v < 0.5), first(lambda v: v > 5.0)
    return x[i] * 2 + (0.0 if j is None else x[j])


def product_from_none(x):
    acc = None
    for v in x:
        acc = v if acc is None else acc * v
    return acc


def sum_of_arrays_from_none(x):
    acc = None
    for k in range(len(x)):
        acc = x ** k if acc is None else acc + x ** k
    return np.sum(acc ** 2)


def buffer_made_at_need(x):
    acc = None
    for k in range(len(x)):
        if acc is None:
            acc = np.zeros(3)
        acc += x * k
    return np.sum(acc ** 2)


def momentum(x):
    v, w = None, x * 1
    for _ in range(len(x)):
        g = w ** 2
        if v is None:
            v = g
        else:
            v = 0.9 * v + g
        w = w - 0.1 * v
    return np.sum(w ** 2)


def until_it_stays(x):
    old, y = None, x[0]
    while old is None or abs(y - old) > 1e-3:
        old = y
        y = 0.5 * (y + x[1] / y)
    return y * x[2]


def until_it_stays_with_break(x):
    old, y = None, x[0]
    for _ in range(50):
        y = 0.5 * (y + x[1] / y)
        if old is not None and abs(y - old) < 1e-8:
            break
        old = y
    return y * x[2]


def set_back_to_none(x):
    run, t = None, 0.0
    for v in x:
        if v > 0.5:
            run = v if run is None else run * v
        elif run is not None:
            t = t + run
            run = None
    if run is not None:
        t = t + run * 2
    return t


def smallest_in_an_inner_loop(x):
    t = 0.0
    for i in range(len(x)):
        m = None
        for j in range(len(x)):
            if i != j:
                d = (x[i] - x[j]) ** 2
                if m is None or d < m:
                    m = d
        t = t + m
    return t


def both_set(x):
    a = b = None
    for v in x:
        if v > 0.5:
            a = v
        if v < 0.5:
            b = v
    if a is None or b is None:
        return x[0]
    if not (a is None) and b is not None:  # noqa: E714
        return a * b
    return x[1]


def attribute(x):
    b = Best()
    for i in range(len(x)):
        b.see((x[i] - 0.5) ** 2, i)
    return b.value * x[b.arg]


def element(x):
    s, d = [None, 0], {"best": None}
    for v in x:
        if s[0] is None or v > s[0]:
            s[0] = v
            s[1] += 1
        if d["best"] is None or v < d["best"]:
            d["best"] = v
    return s[0] ** 2 * s[1] * d["best"]


def equal_to_none(x):
    y, kind = None, None
    for v in x:
        if v > 0.5:
            y, kind = v, "big"
    a = x[0] if y == None else y * x[1]  # noqa: E711
    return a * x[2] if kind == "big" else a


def asserted(x):
    y = None
    for v in x:
        if v > 0.5:
            y = v
    assert y is not None
    return y ** 2


PROGRAMS = [best_of_an_array, best_with_its_place, best_in_a_while, best_pair, best_array_of_a_search, previous_number,
            previous_array, found_or_not, found_before_a_break, set_in_a_branch, truth_of_what_may_be_none,
            returned_none, product_from_none, sum_of_arrays_from_none, buffer_made_at_need, momentum, until_it_stays,
            until_it_stays_with_break, set_back_to_none, smallest_in_an_inner_loop, both_set, attribute, element,
            equal_to_none, asserted]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_none_until_set(fn):
    check(fn, X)
    direction = np.array([1.0, -0.5, 2.0])
    gradient = pb.grad(fn)
    np.testing.assert_allclose(pb.jvp(fn, (X,), (direction,))[1], gradient(X) @ direction, atol=1e-12)
    slope = (gradient(X + 1e-6 * direction) - gradient(X - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(pb.hvp(fn)(X, direction), slope, atol=1e-6)
    pull = pb.vjp(fn, X)[1]
    np.testing.assert_allclose(pull(1.0)[0], gradient(X), atol=1e-14)


def test_what_is_still_none_raises_as_in_python():
    def f(x):
        y = None
        for v in x:
            if v > 99.0:
                y = v
        return y * 2

    with pytest.raises(TypeError, match="None where a value is needed"):
        pb.grad(f)(X)


def test_what_may_be_none_is_printed(capsys):
    def f(x):
        y = None
        for v in x:
            print(y, f"{y}")
            y = v * 2
        return y

    pb.grad(f)(np.array([1.0, 2.0]))
    assert capsys.readouterr().out == "None None\n2.0 2.0\n"


def test_a_record_that_may_be_none_is_refused():
    @dataclasses.dataclass
    class Result:
        f: float

    def f(x):
        best = None
        for v in x:
            r = Result(v ** 2)
            if best is None or r.f > best.f:
                best = r
        return best.f

    refused(f, np.ones(1000), match="different kinds of things after a branch or a loop", line=4)
