"""`copy.copy` and `copy.deepcopy` of arrays, containers and objects."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check

X = np.array([0.5, 1.5, -2.0])


@dataclasses.dataclass
class Layer:
    w: Any
    b: float
    steps: list[Any]


class Plain:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __copy__(self) -> Plain:
        return Plain(self.w * 2)


class Reduced:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __reduce__(self) -> Any:
        return Reduced, (self.w,)


def test_a_copied_array_has_memory_of_its_own() -> None:
    def f(x: Any) -> Any:
        a = x * 2
        b, c = copy.copy(a), copy.deepcopy(a)
        a[0] = 5.0
        b[1] *= 3
        return np.sum(a * b) + np.sum(c ** 2)

    check(f, X)


def test_a_shallow_copy_shares_what_is_inside() -> None:
    def f(x: Any) -> Any:
        state = {"w": x * 1, "b": [x * 3]}
        other = copy.copy(state)
        other["w"][0] = 9.0
        other["b"][0][1] *= 3
        other["n"] = x[0]
        return state["w"].sum() + (state["b"][0] ** 2).sum() + len(state) * x[2] + other["n"]

    check(f, X)


def test_a_deep_copy_shares_nothing() -> None:
    def f(x: Any) -> Any:
        state = {"w": x * 1, "b": [x * 3]}
        other = copy.deepcopy(state)
        other["w"][1] = 7.0
        other["b"][0][0] = 2.0
        other["b"].append(x)
        return state["w"] @ state["b"][0] + other["w"] @ other["b"][0] + len(state["b"]) * x[0]

    check(f, X)


def test_what_is_twice_in_a_deep_copy_is_copied_once() -> None:
    def f(x: Any) -> Any:
        row = x * 1
        rows = copy.deepcopy([row, row])
        rows[0][0] = x[1] * 4
        return rows[1].sum() * row.sum()

    check(f, X)


def test_copies_of_dataclass_objects() -> None:
    def f(x: Any) -> Any:
        d = Layer(x * 1, x[0], [x * 3])
        e, g = copy.copy(d), copy.deepcopy(d)
        e.b = 3.0 * x[1]
        e.w[0] *= 2
        g.steps[0][1] = 4.0
        e.steps.append(x)
        return np.sum(d.w) + d.b * e.b + np.sum(g.steps[0] * g.w) + len(d.steps) * x[2]

    check(f, X)


def test_a_copy_of_an_object_argument_leaves_it_alone() -> None:
    def f(layer: Any) -> Any:
        other = copy.deepcopy(layer)
        other.w[0] = 7.0
        other.steps.append(1.0)
        return np.sum(other.w * layer.w) + len(layer.steps) * layer.b

    layer = Layer(X.copy(), 2.0, [X.copy()])
    gradient = pb.grad(f)(layer)
    np.testing.assert_allclose(gradient.w, [7.0, 3.0, -4.0])
    assert gradient.b == 1.0
    np.testing.assert_array_equal(layer.w, X)
    assert len(layer.steps) == 1


CAPTURED = Layer(np.array([1.0, 2.0, 3.0]), 2.0, [4.0])


class Slotted:
    __slots__ = ("w",)

    def __init__(self, w: Any) -> None:
        self.w = w


SLOTTED = Slotted(2.0)


def test_copies_of_what_is_outside_the_function() -> None:
    weights = {"a": np.array([1.0, 2.0, 3.0]), "b": [2.0, 3.0]}

    def f(x: Any) -> Any:
        layer, other = copy.deepcopy(CAPTURED), copy.deepcopy(weights)
        layer.w[0] = x[1]
        layer.steps.append(x[2])
        other["a"][1] = x[0] * 2
        other["b"][0] = x[2]
        shallow = copy.copy(weights)
        shallow["c"] = x[0]
        return np.sum(layer.w * x) * sum(layer.steps) + np.sum(other["a"] * x) * sum(other["b"]) + len(shallow) * x[1]

    check(f, X)
    assert CAPTURED.w.tolist() == [1.0, 2.0, 3.0]
    assert CAPTURED.steps == [4.0]
    assert list(weights) == ["a", "b"]
    assert weights["b"] == [2.0, 3.0]


def test_a_copy_of_an_object_with_slots_from_outside_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="How it is copied cannot be seen"):
        pb.grad(lambda x: np.sum(copy.copy(SLOTTED).w * x))(X)


def test_a_copy_of_a_list_that_grew() -> None:
    def f(x: Any) -> Any:
        found = [x[0]]
        for v in x:
            if v > 0:
                found.append(v * 2)
        other = copy.copy(found)
        other.append(x[2])
        third = copy.deepcopy(found)
        third.append(x[1])
        return sum(other) * sum(third) * len(found)

    check(f, X)


def test_a_class_copies_itself_by_its_own_method() -> None:
    def f(x: Any) -> Any:
        return np.sum(copy.copy(Plain(x)).w ** 2)

    check(f, X)


def test_a_class_that_says_how_it_is_pickled_is_refused() -> None:
    def f(x: Any) -> Any:
        return np.sum(copy.copy(Reduced(x)).w)

    with pytest.raises(UnsupportedError, match="a copy of an object of class Reduced"):
        pb.grad(f)(X)
