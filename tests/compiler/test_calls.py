"""The generated `__call__`: the last variant is found inline for every structure, and nothing else passes its tests."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

import pullback as pb


@dataclasses.dataclass
class Layer:
    w: Any
    b: Any


class Pair(NamedTuple):
    w: Any
    b: Any


def of_dict(p, x):
    return np.sum(x * p["w"] + p["b"])


def of_record(p, x):
    return np.sum(x * p.w + p.b)


def of_nested(p, x):
    for layer in p:
        x = x * layer["w"][0] + layer["w"][1]
    return np.sum(x)


def of_keywords(x, *more, scale=2.0, name="plain"):
    return np.sum(x * scale) if name == "plain" else np.sum(x**2 * scale)


V = np.array([0.5, -1.0, 2.0])
W = np.array([1.0, 3.0])
STRUCTURES = [
    (of_dict, ({"w": V, "b": 2.0}, V)),
    (of_record, (Layer(V, np.float64(1.5)), V)),
    (of_record, (Pair(V, 3), V)),
    (of_nested, ([{"w": (V, V)}, {"w": (V, 1.0)}], V)),
]


def compiled_count(gradient):
    return sum(len(found) for found in gradient._table.variants.values())


@pytest.mark.parametrize("case", range(len(STRUCTURES)))
def test_the_second_call_does_not_leave_the_generated_code(case, monkeypatch):
    fn, args = STRUCTURES[case]
    gradient = pb.grad(fn, wrt=1)
    first = gradient(*args)
    monkeypatch.setattr(gradient, "_table", None)  # which the slow path would need
    np.testing.assert_array_equal(gradient(*args), first)


@pytest.mark.parametrize("other", [
    ({"w": V, "b": 2}, V), ({"b": 2.0, "w": V}, V), ({"w": V, "b": W[:1]}, V), ({"w": V.astype("f4"), "b": 2.0}, V),
    ({"w": V[None], "b": 2.0}, V), ({"w": W, "b": 2.0}, W), ({"w": V, "b": 2.0, "c": 1.0}, V),
    ({"w": 1.5, "b": 2.0}, V)])
def test_another_structure_is_not_taken_for_the_last_one(other):
    gradient, fresh = pb.value_and_grad(of_dict, wrt=(0, 1)), pb.value_and_grad(of_dict, wrt=(0, 1))
    gradient({"w": V, "b": 2.0}, V)
    value, (d_p, d_x) = gradient(*other)
    expected, (e_p, e_x) = fresh(*other)
    assert value == expected
    assert list(d_p) == list(e_p) == list(other[0])
    for key in d_p:
        np.testing.assert_array_equal(d_p[key], e_p[key])
        assert type(d_p[key]) is type(e_p[key])
    np.testing.assert_array_equal(d_x, e_x)


def test_lengths_that_change_make_no_new_variant():
    gradient = pb.grad(of_dict, wrt=1)
    for n in (2, 3, 4, 3):
        x = np.arange(float(n))
        np.testing.assert_array_equal(gradient({"w": x, "b": 2.0}, x), x)
    assert compiled_count(gradient) == 1
    gradient({"w": V[:1], "b": 2.0}, V)  # an axis of length 1 is broadcast
    assert compiled_count(gradient) == 2


def test_a_list_that_grew_is_seen():
    gradient = pb.grad(of_nested, wrt=1)
    layers = [{"w": (V, V)}]
    np.testing.assert_array_equal(gradient(layers, V), V)
    layers.append({"w": (V, V)})
    np.testing.assert_array_equal(gradient(layers, V), V * V)
    layers[0]["w"] = (2.0, 0.0)
    np.testing.assert_array_equal(gradient(layers, V), 2.0 * V)


def test_keywords_defaults_and_strings_choose_the_variant():
    gradient = pb.grad(of_keywords)
    np.testing.assert_array_equal(gradient(V), [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(gradient(V, scale=3.0), [3.0, 3.0, 3.0])
    np.testing.assert_array_equal(gradient(x=V, name="square"), 4.0 * V)
    np.testing.assert_array_equal(gradient(V, 1.0, W, scale=1), [1.0, 1.0, 1.0])
    np.testing.assert_array_equal(gradient(V), [2.0, 2.0, 2.0])
