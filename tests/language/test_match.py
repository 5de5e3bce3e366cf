"""`match`: literals, sequences, mappings, classes, or-patterns, captures, guards."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import pullback as pb

from .checker import check, program

X = np.array([0.5, 1.5, -2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5


@pytest.mark.parametrize("kind", ["square", "double", "cube", "none", None])
def test_literals_and_alternatives(kind):
    def f(x, kind):
        match kind:
            case "square":
                return x * x
            case "double" | "twice":
                return 2 * x
            case None:
                return x * 5
            case "cube" as name:
                return x**3 * len(name)
            case _:
                y = x
        return y

    check(f, 1.5, kind)


@pytest.mark.parametrize("x", [X, M, np.array(2.5)])
def test_shapes(x):
    def f(x):
        match x.shape:
            case ():
                return x * x
            case (n,):
                return np.sum(x**2) * n
            case (n, m) if n > m:
                return np.sum(x)
            case (n, m):
                return np.sum(x**2) * m

    check(f, x)


@pytest.mark.parametrize("x", [1.5, 0.5, -1.0])
def test_guards_on_active_values(x):
    def f(x):
        match (x, 2.0):
            case (a, b) if a > 1:
                y = a * b
            case (a, _) if a < 0:
                y = a * a
            case [first, *rest]:
                y = first * rest[0] * len(rest)
        return y * x

    check(f, x)


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_values_that_only_the_run_knows(n):
    def f(x, n):
        match n:
            case 0:
                y = x
            case 1 | 2:
                y = x * x
            case k:
                y = x * k
        return y * x

    check(f, 1.5, n)


@program(1.5)
def test_mappings(x):
    match {"kind": "sq", "value": x, "more": 2.0}:
        case {"kind": "cube", "value": v}:
            return v**3
        case {"kind": "sq", "value": v, **rest}:
            return v**2 * len(rest) * rest["more"]
    return x


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float = 2.0


Point = namedtuple("Point", "a b")  # noqa: PYI024 - what users write


@pytest.mark.parametrize("shape", [Circle(1.5), Box(2.0), Box(1.0, 3.0), Point(2.0, 3.0)])
def test_classes(shape):
    def area(shape, x):
        match shape:
            case Circle(radius=r):
                return 3.0 * r**2 * x
            case Box(w, 2.0):
                return w * x
            case Box(w, height=h):
                return w * h * x
            case Point(a, b):
                return a * b * x
            case _:
                return x

    gradient = pb.grad(area, wrt=1)(shape, 2.5)
    assert gradient == area(shape, 1.0)


@program(1.5)
def test_builtin_classes(x):
    match x:
        case int():
            y = x * 2
        case float(v):
            y = v * v
        case str() | None:
            y = 0.0
    return y


@program(X)
def test_match_in_a_loop(x):
    s = 0.0
    for i in range(len(x)):
        match i % 2:
            case 0:
                s += x[i]
            case 1:
                s *= x[i]
                continue
        s = s + 1.0
    return s


def test_nothing_fits():
    def f(x, kind):
        match kind:
            case "a":
                x = x * 2
        return x

    check(f, 1.5, "b")
