"""Lists, dicts and arrays that change while they are walked, or after an iterator over them was made."""

import numpy as np
import pytest

import pullback as pb

from .checker import program, refused

X = np.array([0.5, 1.5, -2.0, 0.25])


@program(X)
def test_items_of_a_dict_that_changes(x):
    d = {"a": x[0], "b": x[1]}
    total = 0.0
    for k, v in d.items():
        if k == "a":
            d["b"] = v * 3
        total += v
    for v in d.values():
        d["b"] = v * x[2]
        total += v
    return total


@program(X)
def test_a_list_whose_later_elements_change(x):
    ys = [x[0], x[1], x[2]]
    total, k = 0.0, 0
    for v in ys:
        if k < 2:
            ys[k + 1] = v * ys[k + 1]
        total += v
        k += 1
    for i, v in enumerate(ys):
        if i < 2:
            ys[i + 1] = ys[i + 1] * v
        total += v
    for v in reversed(ys):
        ys[0] = v * 2
        total += v
    return total


@program(X)
def test_a_list_that_grew_and_changes(x):
    ys = []
    for v in x:
        ys.append(v * v)
    total = 0.0
    for i, v in enumerate(ys):
        ys[3] = v * 2
        total += v * i
    for a, v in zip(x, ys):
        ys[3] = v * a
        total += v * a
    for v in ys:
        ys[2] = total
        total += v
    return total


@program(X)
def test_the_element_at_hand_is_replaced(x):
    ys = [x[0], x[1]]
    for i, v in enumerate(ys):
        ys[i] = v * v
    for i, v in enumerate(ys):
        ys[i] *= v
    zs = [v * 2 for v in x]
    for i, v in enumerate(zs):
        zs[i] = v * ys[0]
    return sum(ys) * sum(zs)


@program(X)
def test_functions_that_change_what_is_walked(x):
    ys = [x[0], x[1]]

    def seen(v):
        ys[1] = v * 2
        return v

    return sum([seen(v) for v in ys]) + sum(seen(v) for v in ys) * sum(map(seen, ys))


@program(X)
def test_iterators_made_before_a_change(x):
    ys = [x[0], x[1]]
    pairs, squares, doubled, places = zip(ys, x), (v * v for v in ys), map(lambda v: 2 * v, ys), enumerate(ys)
    d = {"a": x[0]}
    values, items = d.values(), d.items()
    ys[1] = x[2] ** 2
    d["b"] = x[3]
    return (sum(a * b for a, b in pairs) + sum(squares) + sum(doubled) * sum(i * v for i, v in places)
            + sum(values) + len(items) * sum(v for k, v in items if k != "a"))


@program(X)
def test_iterators_by_hand(x):
    ys = [x[0], x[1], x[2]]
    it = iter(ys)
    first = next(it)
    ys[1] = first * x[3]
    total = 0.0
    for v in it:
        ys[2] = v * 3
        total += v
    return total


def test_a_list_that_grows_while_it_is_walked_is_refused():
    def f(x):
        ys = [x[0], x[1]]
        total = 0.0
        for v in ys:
            if len(ys) < 4:
                ys.append(v * 2)
            total += v
        return total

    refused(f, X, match="grows or shrinks while it is walked", line=3)

    def g(x):
        ys = [v * v for v in x]
        total = 0.0
        for v in ys:
            if total < 1:
                ys.append(v)
            total += v
        return total

    with pytest.raises(pb.UnsupportedError, match="grows or shrinks while it is walked"):
        pb.grad(g)(X)



@program(X)
def test_next_in_the_body_of_a_loop_over_the_same_iterator(x):
    """The loop took every element again that `next` had taken."""
    it, total = iter(x), 0.0
    for a in it:
        total += a * next(it, 1.0)
    it = iter([x[0], x[1], x[2]])
    for a in it:
        total += a * a * next(it, 1.0)
    it = iter(x)
    for a in it:
        if a > 0:
            total += a * next(it, 1.0)
        else:
            total -= a
    return total


@program(X)
def test_next_and_break_in_a_loop_over_the_same_iterator(x):
    it = iter(x)
    first = next(it)
    total = first
    for a in it:
        if a < -1.5:
            break
        total += a * next(it, first)
    places = iter(range(len(x)))
    for i in places:
        total += x[i] ** 2
        if x[i] > 0.3:
            next(places, None)
    return total * (1.0 + sum(it))


def test_next_under_a_branch_in_a_loop_over_a_list():
    def f(x):
        it, total = iter([x[0], x[1], x[2]]), 0.0
        for a in it:
            if a > 0:
                total += a * next(it, 1.0)
        return total

    refused(f, X, match="an iterator that a branch moves inside a loop over it", line=2)
