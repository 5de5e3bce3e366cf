"""The notation for kinds: read, and written again."""

import inspect

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.domains.kinds import kind_of
from pullback.compiler.kind_notation import parse_arguments, show_kind


def model(x, y=None, *more, **named):
    return x


SIGNATURE = inspect.signature(model)


@pytest.mark.parametrize(("text", "shown"), [
    ("float", "float"), ("int", "int"), ("complex", "complex"), ("f4", "f4"), ("c16", "c16"), ("i8", "i8"),
    ("f8[5]", "f8[:]"), ("f8[5, 3]", "f8[:, :]"), ("f4[1,:]", "f4[1, :]"), ("f8[()]", "f8[()]"), ("f8[...]", "f8[...]"),
    ("float32[n]", "f4[:]"), ("b1[4]", "b1[:]"), ("3", "int"), ("0.5", "float"), ("-2", "int"),
])
def test_leaves(text, shown):
    spec = parse_arguments(f"x: {text}", SIGNATURE)["x"]
    assert spec.form == "leaf" and show_kind(spec.kind) == shown


def test_containers_and_constants():
    specs = parse_arguments("x: {'w': f8[3], 'b': float}, y: 'relu', more: (f8, [int])", SIGNATURE)
    assert specs["x"].form == "mapping" and specs["x"].keys == ("w", "b")
    assert specs["y"].form == "constant" and specs["y"].value == "relu"
    assert specs["more"].type is tuple and specs["more"].items[1].type is list
    assert parse_arguments("x: None, y: True", SIGNATURE)["y"].value is True
    assert parse_arguments(" ", SIGNATURE) == {}


@pytest.mark.parametrize(("text", "message"), [
    ("x", "cannot read the kinds"), ("x f8", "cannot read the kinds"), ("'x': f8", "is not the name of a parameter"),
    ("**x", "is not the name of a parameter"), ("z: f8", "there is no parameter 'z'"), ("x: f8, x: f8", "given twice"),
    ("nmaed: f8", "Did you mean 'named'"), ("x: f9", "is not a type of numbers"), ("x: str", "is not a type of numbers"),
    ("x: bool", "Write True or False"), ("x: f8[-1]", "is not a length"), ("x: f8[1:2]", "is not a length"),
    ("x: f8 + f8", "is not a kind"), ("x: f()", "is not a kind"), ("x: {n: f8}", "not constants"), ("x: f8[]", "cannot"),
])
def test_wrong_texts_say_what_is_wrong(text, message):
    with pytest.raises(pb.ArgumentError, match=message):
        parse_arguments(text, SIGNATURE)


@pytest.mark.parametrize("value", [1.0, 2, np.float32(1), np.ones(3), np.ones((1, 4)), np.array(2.0), np.ones(3, "f4")])
def test_kinds_of_values_are_shown_as_they_are_read(value):
    shown = show_kind(kind_of(value))
    again = parse_arguments(f"x: {shown}", SIGNATURE)["x"]
    assert show_kind(again.kind) == shown
