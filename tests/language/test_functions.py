"""Functions as values, closures, classes: what is called, and what it sees when it is called."""

import dataclasses
import enum
import functools
import math
import operator
from collections import namedtuple

import numpy as np
import pytest
from numpy import exp

import pullback as pb

from .checker import check, program

X = np.array([0.5, 1.5, -2.0])


def options(a, /, b, *rest, c=2.0, **more):
    return a * b * c * sum(rest) * more["z"]


@program(X)
def test_every_kind_of_parameter(x):
    return options(x[0], x[1], 1.0, x[2], c=3.0, z=x[0]) + options(x[0], x[1], 2.0, z=x[1])


def counted(a, seen=[]):  # noqa: B006 - the default is made once, and shared
    return a * 2 + len(seen)


@program(1.5)
def test_mutable_default(x):
    return counted(x) * x


# --- closures -------------------------------------------------------------------------------------------------------

@program(1.5)
def test_late_binding(x):
    k = 1.0

    def g(v):
        return v * k

    k = x
    fs = [lambda v, i=i: v * i for i in range(3)]
    return g(x) + sum(f(x) for f in fs)


@program(1.5)
def test_functions_that_make_functions(x):
    def make(k):
        return lambda v: v * k

    f, g = make(x), make(2.0)
    return f(x) + g(x)


@program(1.5)
def test_nonlocal(x):
    count = 0
    total = 0.0

    def g(v):
        nonlocal count, total
        count += 1
        total = total + v * v
        return v * count

    a = g(x) + g(x) * g(x)
    for i in range(3):
        g(x * i)
    return a + count * total


@program(1.5)
def test_decorators_inside(x):
    def twice(f):
        @functools.wraps(f)
        def g(*args, **kwargs):
            return f(*args, **kwargs) * 2

        return g

    @twice
    def h(v, w=1.0):
        return v * v * w

    return h(x, w=x)


@pytest.mark.parametrize("x", [1.5, -1.5])
def test_functions_chosen_by_a_branch(x):
    def f(x):
        def double(v):
            return v * 2

        if x > 0:
            k = x * x
            g = math.sin
            h = double
            p = functools.partial(operator.mul, k)
        else:
            g = np.cos
            h = lambda v, k=x: v * k  # noqa: E731 - that is what is tested
            p = double
        if x > 1:
            q = h
        else:
            q = g
        return g(x) * h(x) + p(x) * q(x)

    check(f, x)


@pytest.mark.parametrize("n", [1, 3])
def test_functions_in_containers(n):
    table = {"s": np.sin, "c": lambda v: v**3}

    def f(x, n):
        s = 0.0
        for g in (np.sin, np.cos, lambda v: v**2):
            s += g(x)
        return s * table["s"](x) * table["c"](x)

    check(f, 1.5, n)


@dataclasses.dataclass
class Settings:
    rate: float = 2.0


def scale(a, b, c=1.0):
    return a * b + c


scaled = functools.partial(scale, 2.0, c=3.0)


@program(1.5)
def test_partial(x):
    return functools.partial(scale, x, c=x * x)(x * 2) + scaled(x) * functools.partial(scaled, c=x)(x)


def test_partial_with_an_array_that_changes():
    weights = np.ones(3)
    weighted = functools.partial(np.multiply, weights)

    def f(x):
        return np.sum(weighted(x))

    gradient = pb.grad(f)
    assert gradient(X).tolist() == [1.0, 1.0, 1.0]
    weights[0] = 5.0
    assert gradient(X).tolist() == [5.0, 1.0, 1.0]


@functools.cache
def square(v):
    return v * v


@program(1.5)
def test_cached_helpers(x):
    return x * square(x)


@program(1.5)
def test_names_that_collide(d_x):
    ans = d_x * 2
    tape = ans * d_x
    grad = tape + 1
    np_ = grad * exp(d_x)
    len = lambda v: v * 2  # noqa: E731, A001 - a builtin is shadowed
    sum = 3.0  # noqa: A001
    return np_ * d_x * len(d_x) * sum


@program(1.5)
def test_imports_inside(x):
    import math as m
    from math import sin

    return m.cos(x) * sin(x)


# --- classes --------------------------------------------------------------------------------------------------------

class Model:
    rate = 2.0

    def __init__(self, w):
        self.w = w

    @property
    def squared(self):
        return self.w * self.w

    @staticmethod
    def triple(v):
        return v * 3

    @classmethod
    def rated(cls, v):
        return v * cls.rate

    def __call__(self, v):
        return self.w * v

    def loss(self, v):
        return self(v) + self.triple(v) + self.rated(v) * self.squared

    def __add__(self, other):
        return self.w + other if not isinstance(other, Model) else Model.combine(self, other)

    def __radd__(self, other):
        return self.w * other

    def __mul__(self, other):
        return NotImplemented

    def __matmul__(self, other):
        return self.w * other

    def __neg__(self):
        return -self.w

    def __abs__(self):
        return self.w + 1.0

    def __bool__(self):
        return False

    def __eq__(self, other):
        return other == self.w

    def __lt__(self, other):
        return self.w < other

    def __float__(self):
        return self.w * 2.0

    __hash__ = None

    @staticmethod
    def combine(one, other):
        return one.w * other.w


class Special(Model):
    rate = 5.0

    def loss(self, v):
        return super().loss(v) * 2 + Model.rated(v)

    @classmethod
    def rated(cls, v):
        return super().rated(v) * 3

    @property
    def squared(self):
        return super().squared + 1.0


class Reflected:
    def __rmul__(self, other):
        return other.w * 3.0


model, special, reflected = Model(1.25), Special(0.5), Reflected()


@program(1.5)
def test_methods_of_every_kind(x):
    return model.loss(x) + special.loss(x) * model(x) + Model.rated(x) * special.triple(x) * Special.rate


@program(1.5)
def test_operators_of_the_users(x):
    s = (model + x) * (x + model) + (model @ x) * (-model) + model * reflected + abs(model) * x + float(model) * x
    if model:
        s = s * 100.0
    if model == 1.25 and model < 2.0 and not model != 1.25:
        s = s * x
    return s + (model and x) + (model + special) * x


def test_changes_are_seen():
    class Config:
        rate = 2.0

        def apply(self, x):
            return x * self.rate

    config = Config()

    def f(x):
        return config.apply(x) * Config.rate

    gradient = pb.grad(f)
    assert gradient(1.0) == 4.0
    Config.rate = 3.0
    assert gradient(1.0) == 9.0
    Config.apply = lambda self, x: x * 5.0
    assert gradient(1.0) == 15.0
    config.rate = 7.0
    assert gradient(1.0) == 15.0


def helper(x):
    return x * 2.0


def test_a_helper_that_is_replaced_is_seen(monkeypatch):
    def f(x):
        return helper(x) * x

    gradient = pb.grad(f)
    assert gradient(1.0) == 4.0
    monkeypatch.setitem(globals(), "helper", lambda x: x * 10.0)
    assert gradient(1.0) == 20.0


Pair = namedtuple("Pair", "a b")  # noqa: PYI024 - what users write


class Color(enum.Enum):
    RED = 1
    GREEN = 2


@program(1.5)
def test_namedtuples_and_enums(x):
    pair = Pair(x, b=x * 2)
    a, b = pair
    color = Color.GREEN
    if color is Color.RED:
        return x
    if color == Color.GREEN:
        return pair.a * pair.b + a * b * len(pair) * color.value
    return 0.0


def test_a_helper_without_source_or_rule_is_named():
    scope = {}
    exec("def opaque(v):\n    return v * 2", scope)
    opaque = scope["opaque"]

    def f(x):
        return opaque(x)

    with pytest.raises(pb.UnsupportedError, match="opaque"):
        pb.grad(f)(1.0)


def test_unbound_names_raise_as_in_python():
    def f(x):
        if x > 0:
            y = x * 2
        return y

    assert pb.grad(f)(1.0) == 2.0
    with pytest.raises(UnboundLocalError):
        pb.grad(f)(-1.0)


def test_print_once_in_order(capsys):
    def show(*words):
        print(*words)
        return 1.0

    def f(x):
        s = 0.0
        for i in range(2):
            s += x**2 * show(f"x={x:.1f}", i, f"{s!r}")
        print("sum", s)
        return s

    pb.value_and_grad(f)(2.0)
    assert capsys.readouterr().out == "x=2.0 0 0.0\nx=2.0 1 4.0\nsum 8.0\n"


class Mode(enum.Enum):
    PLAIN = 1
    SQUARED = 2


def test_a_member_of_an_enumeration_by_its_value():
    check(lambda x: np.sum(x ** Mode(2).value) if Mode(2) is Mode.SQUARED else 0.0 * x[0], np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match="3 is not a valid Mode"):
        pb.grad(lambda x: np.sum(x) * Mode(3).value)(np.ones(2))
