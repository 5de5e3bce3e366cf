"""Attributes of functions, `object.__setattr__`, `__setattr__` and `__getattr__`, `functools.singledispatch`."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import NoRuleError, UnsupportedError

from .checker import check

X = np.array([0.5, 1.5, -2.0])


def counted(function: Any) -> Any:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        inner.calls += 1  # type: ignore[attr-defined]
        return function(*args, **kwargs)

    inner.calls = 0  # type: ignore[attr-defined]
    return inner


@counted
def power(x: Any, p: int = 2) -> Any:
    return x ** p


def scaled(x: Any) -> Any:
    return np.sum(x) * scaled.factor  # type: ignore[attr-defined]


scaled.factor = 2.0  # type: ignore[attr-defined]


@dataclasses.dataclass(frozen=True)
class Rate:
    value: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "inverse", 1 / self.value)


class Doubled:
    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value * 2)

    def __init__(self, v: Any) -> None:
        self.v = v


class Named:
    def __init__(self, parts: Any) -> None:
        self.parts = parts

    def __getattr__(self, name: str) -> Any:
        return self.parts[name]


class Dotted(dict):  # type: ignore[type-arg]
    pass


class Point:
    def __init__(self, x: Any) -> None:
        self.x = x


@functools.singledispatch
def area(shape: Any) -> Any:
    return shape * 0.5


@area.register
def _(shape: Point) -> Any:
    return shape.x ** 2


@area.register(np.ndarray)
def _(shape: Any) -> Any:
    return shape.sum()


def test_a_counter_on_a_function_counts_each_call_once() -> None:
    def f(x: Any) -> Any:
        return power(x).sum() + power(x[0], p=3) * power.calls

    power.calls = 0
    gradient = pb.grad(f)
    np.testing.assert_allclose(gradient(X), [2 * 0.5 + 3 * 0.25 * 2, 3.0, -4.0])
    assert power.calls == 2
    np.testing.assert_allclose(gradient(X), [2 * 0.5 + 3 * 0.25 * 4, 3.0, -4.0])
    assert power.calls == 4


def test_a_counter_on_a_function_made_inside() -> None:
    def f(x: Any) -> Any:
        def weighted(v: Any) -> Any:
            weighted.calls += 1  # type: ignore[attr-defined]
            return v * weighted.calls  # type: ignore[attr-defined]

        weighted.calls = 0  # type: ignore[attr-defined]
        total = 0.0
        for v in x:
            total = total + weighted(v ** 2)
        return total + weighted(x[0]) * weighted.calls  # type: ignore[attr-defined]

    check(f, X)


def test_an_attribute_that_some_trips_set_is_refused() -> None:
    class Lazy:
        def __init__(self, x: Any) -> None:
            self.x = x

        def __getattr__(self, name: str) -> Any:
            self.big = self.x * 10
            return self.big

    def f(x: Any) -> Any:
        lazy, total = Lazy(x), 0.0
        for v in x:
            total = total + lazy.big[0] * v
        return total

    check(f, X)  # written out for this length
    with pytest.raises(UnsupportedError, match="an object of class Lazy whose attributes differ between paths or trips"):
        pb.grad(f)(np.ones(1000))


def test_an_attribute_of_a_function_is_read_at_each_call() -> None:
    gradient = pb.grad(scaled)
    scaled.factor = 2.0  # type: ignore[attr-defined]
    assert gradient(X).tolist() == [2.0] * 3
    scaled.factor = 3.0  # type: ignore[attr-defined]
    assert gradient(X).tolist() == [3.0] * 3


def test_hasattr_of_a_function_is_asked_at_each_call() -> None:
    def helper(x: Any) -> Any:
        return x.sum()

    def f(x: Any) -> Any:
        return helper(x) * (3.0 if hasattr(helper, "tripled") else 1.0)

    gradient = pb.grad(f)
    assert gradient(X).tolist() == [1.0] * 3
    helper.tripled = True  # type: ignore[attr-defined]
    assert gradient(X).tolist() == [3.0] * 3


def test_a_frozen_dataclass_sets_an_attribute_after_init() -> None:
    def f(x: Any) -> Any:
        return Rate(x[0]).inverse * x[1]  # type: ignore[attr-defined]

    check(f, X)


def test_a_store_into_a_frozen_dataclass_is_refused() -> None:
    def f(x: Any) -> Any:
        rate = Rate(x[0])
        rate.value = x[1]  # type: ignore[misc]
        return rate.value

    with pytest.raises(UnsupportedError, match="FrozenInstanceError"):
        pb.grad(f)(X)


def test_a_class_that_defines_setattr() -> None:
    check(lambda x: Doubled(x[0]).v * x[1], X)


def test_a_class_that_defines_getattr() -> None:
    def f(x: Any) -> Any:
        named = Named({"a": x[0], "b": x[1] * 2})
        return named.a * named.b

    check(f, X)


def test_a_subclass_of_dict_with_a_constructor_call_is_refused_by_what_it_is() -> None:
    with pytest.raises(UnsupportedError, match="an object of the class `Dotted`"):
        pb.grad(lambda x: Dotted(a=x[0])["a"])(X)


def test_single_dispatch_follows_the_class_of_the_argument() -> None:
    def f(x: Any) -> Any:
        return area(Point(x[0])) + area(x) + area(3.0) * x[1]

    check(f, X)


def test_single_dispatch_sees_what_is_registered_later() -> None:
    @functools.singledispatch
    def size(shape: Any) -> Any:
        return shape.sum()

    gradient = pb.grad(lambda x: size(x))
    assert gradient(X).tolist() == [1.0] * 3
    size.register(np.ndarray, lambda shape: shape.sum() * 4)
    assert gradient(X).tolist() == [4.0] * 3


def test_polynomial_objects_are_refused_with_what_to_write() -> None:
    with pytest.raises(NoRuleError, match=r"np\.polyval"):
        pb.grad(lambda x: np.poly1d(x)(2.0))(X)
    with pytest.raises(NoRuleError, match=r"np\.polynomial\.polynomial\.polyval"):
        pb.grad(lambda x: np.polynomial.Polynomial(x)(2.0))(X)


def test_while_true_that_only_an_exception_ends() -> None:
    def f(x: Any) -> Any:
        rest, total = [x[0], x[1]], 0.0
        try:
            while True:
                total = total + rest.pop() ** 2
        except IndexError:
            pass
        return total

    with pytest.raises(UnsupportedError, match="Only an exception ends it"):
        pb.grad(f)(X)
