"""Objects of the user's: made in the function, attributes read and written, methods that change their object."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import pullback as pb

from .checker import check, check_tree, program, refused

X = np.array([1.0, 2.0, 3.0])


class Cell:
    scale = 2.0

    def __init__(self, w):
        self.w = w
        self.h = 0.0
        self.count = 0
        self.seen = []

    def step(self, v):
        self.h = np.tanh(self.w * self.h + v)
        self.count += 1
        self.seen.append(self.h)
        return self.h

    @property
    def doubled(self):
        return self.h * self.scale

    @doubled.setter
    def doubled(self, value):
        self.h = value / 2


@program(0.7, X)
def test_an_object_made_in_the_function(w, x):
    cell = Cell(w)
    for v in x:
        cell.step(v)
    cell.doubled = cell.doubled + cell.h * x[0]
    return cell.h * cell.count + sum(cell.seen) + cell.doubled


def test_an_argument_object_that_changes_is_unchanged_for_the_caller():
    cell = Cell(0.5)

    def f(x, cell):
        for v in x:
            cell.step(v)
        return cell.h ** 2 + cell.count + len(cell.seen)

    value, gradient = pb.value_and_grad(f)(X, cell)
    assert (cell.h, cell.count, cell.seen) == (0.0, 0, [])
    assert value == f(X, Cell(0.5))
    check(lambda x: f(x, Cell(0.5)), X)
    np.testing.assert_allclose(gradient, pb.grad(lambda x: f(x, Cell(0.5)))(X))


def test_an_attribute_of_an_argument_object_is_read_at_each_call():
    cell = Cell(0.5)

    def f(x, cell):
        cell.h = cell.h + x * cell.w
        return cell.h ** 2

    gradient = pb.grad(f)
    assert gradient(2.0, cell) == pytest.approx(2 * 1.0 * 0.5)
    cell.h = 3.0
    assert gradient(2.0, cell) == pytest.approx(2 * 4.0 * 0.5)
    cell.w = 1.0
    assert gradient(2.0, cell) == pytest.approx(2 * 5.0)


def test_a_method_that_writes_to_its_object():
    class Model:
        def __init__(self):
            self.w = 3.0
            self.calls = 0

        def loss(self, x):
            self.calls += 1
            self.last = x * self.w
            return self.last ** 2 * self.calls

    model = Model()
    assert pb.grad(model.loss)(2.0) == pytest.approx(2 * 6.0 * 3.0)
    assert model.calls == 0
    assert not hasattr(model, "last")


@program(X)
def test_an_attribute_in_a_branch(x):
    cell = Cell(x[0])
    if x[1] > 0:
        cell.w = cell.w * x[1]
    else:
        cell.count = 7
    return cell.w ** 2 + cell.count


@dataclasses.dataclass
class Params:
    a: np.ndarray
    b: float = 2.0
    name: str = "p"
    extra: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.s = self.a * self.b


@dataclasses.dataclass
class Plain:
    a: np.ndarray
    b: float = 2.0
    name: str = "p"
    count: int = 3


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: np.ndarray
    b: float = 2.0


@program(X)
def test_a_dataclass_made_in_the_function(x):
    p = Params(x * 2)
    p.b = p.b * x[0]
    p.extra.append(p.b)
    return np.sum(p.s) * p.b + p.extra[0] + Frozen(x).b * np.sum(Frozen(x, b=x[1]).a)


def test_a_dataclass_argument_that_changes():
    def f(q):
        q.b = q.b * 3
        q.a[0] = 5.0
        return np.sum(q.a) * q.b

    check_tree(f, Plain(X.copy()))


def test_a_frozen_dataclass():
    check_tree(lambda q: np.sum(q.a ** 2) * q.b, Frozen(X))

    def f(q):
        q.b = 1.0
        return q.b

    refused(f, Frozen(X), match="defines `__setattr__`", line=1)


def test_an_attribute_that_is_not_there_is_refused():
    def f(x):
        return Cell(x).missing

    refused(f, 1.0, match="no attribute `missing`", line=1)


def test_an_attribute_that_one_path_sets_is_refused():
    def f(x):
        cell = Cell(x)
        if x > 0:
            cell.bonus = x
        return cell.w * (cell.bonus if hasattr(cell, "bonus") else 1.0)

    refused(f, 2.0, match="not set on all", line=4)


@program(X)
def test_getattr_with_a_default(x):
    return np.sum(getattr(x, "T", 0.0)) * getattr(Cell(x[0]), "w", 3.0) * getattr(Cell(1.0), "v", 3.0)


@program(X)
def test_objects_that_hold_objects(x):
    outer = Cell(Cell(x[0]))
    outer.w.w = outer.w.w * x[1]
    inner = outer.w
    inner.h = x[2]
    return outer.w.w * outer.w.h + getattr(outer, "nothing", 2.0) * hasattr(outer, "h")
