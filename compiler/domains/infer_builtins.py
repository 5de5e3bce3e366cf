"""Kinds of Python's builtins and of the math module."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

from .abstract import dim_of, joined, kind, numeric, value_of
from .infer_elementwise import RULES, Rule, round_, rule
from .infer_indexing import array_item, container_item
from .infer_scalars import operator_kind
from .kinds import (
    F8,
    I8,
    NONE,
    PY_BOOL,
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    STR,
    UNKNOWN,
    Array,
    Kind,
    ListOf,
    Scalar,
    TupleOf,
)
from .lengths import NotInferable


@rule(operator.is_, operator.is_not, operator.contains)
def identity_test(a: Any, b: Any, /) -> Kind:
    return PY_BOOL


@rule(operator.not_, operator.truth, bool, callable)
def truth(a: Any = False, /) -> Kind:
    return PY_BOOL


@rule(isinstance, issubclass, hasattr)
def type_test(a: Any, b: Any, /) -> Kind:
    return PY_BOOL


@rule(float)
def float_(x: Any = 0.0, /) -> Kind:
    return PY_FLOAT


@rule(complex)
def complex_(real: Any = 0.0, imag: Any = 0.0) -> Kind:
    return PY_COMPLEX


@rule(int)
def int_(x: Any = 0, /) -> Kind:
    return Scalar(I8, True, dim_of(x))


@rule(operator.index)
def index(x: Any, /) -> Kind:
    return Scalar(I8, True, dim_of(x))


@rule(str, repr, format)
def text(*args: Any) -> Kind:
    return STR


@rule(len)
def length(obj: Any, /) -> Kind:
    known = kind(obj)
    if isinstance(known, TupleOf):
        return Scalar(I8, True, len(known.items))
    if isinstance(known, Array) and known.shape:
        return Scalar(I8, True, known.shape[0])
    return PY_INT


@rule(abs)
def absolute(x: Any, /) -> Kind:
    return operator_kind(operator.abs, [x])


@rule(builtins.pow)
def power(base: Any, exp: Any, mod: Any = None) -> Kind:
    if value_of(mod) is not None:
        raise NotInferable("modular power")
    return operator_kind(operator.pow, [base, exp])


@rule(builtins.round)
def rounded(number: Any, ndigits: Any = None) -> Kind:
    known = numeric(number)
    if isinstance(known, Array) and known.shape is None:
        raise NotInferable("a number or an array")
    if not isinstance(known, Scalar):
        return round_(known, ndigits) if value_of(ndigits) is not None else UNKNOWN
    if known.dtype is not None and known.dtype.kind == "c":
        raise NotInferable("round of a complex number")
    if value_of(ndigits) is None:
        return PY_INT
    if known.python:
        return PY_INT if known.dtype is not None and known.dtype.kind in "bi" else Scalar(known.dtype, True)
    return round_(known)


@rule(builtins.divmod)
def divmod_(a: Any, b: Any, /) -> Kind:
    return TupleOf((operator_kind(operator.floordiv, [a, b]), operator_kind(operator.mod, [a, b])))


@rule(builtins.min, builtins.max)
def extreme(*args: Any, **kwargs: Any) -> Kind:
    if kwargs:
        raise NotInferable("key= or default=")
    return joined(_candidates(args))


def _candidates(args: tuple[Any, ...]) -> tuple[Kind, ...]:
    """The kinds of the values that min, max or sum choose from."""
    if len(args) > 1:
        return tuple(_without_length(kind(arg)) for arg in args)
    known = kind(args[0]) if args else UNKNOWN
    if isinstance(known, TupleOf) and known.items:
        return tuple(_without_length(item) for item in known.items)
    if isinstance(known, ListOf):
        return (known.item,)
    if isinstance(known, Array) and known.shape is not None and len(known.shape) == 1:
        return (Scalar(known.dtype),)
    raise NotInferable("not a container")


def _without_length(known: Kind) -> Kind:
    return Scalar(known.dtype, known.python) if isinstance(known, Scalar) else known


@rule(builtins.sum)
def summed(iterable: Any, /, start: Any = 0) -> Kind:
    known = kind(iterable)
    result = kind(start)
    if isinstance(known, TupleOf):
        for part in known.items:
            result = operator_kind(operator.add, [result, part])
        return result
    if isinstance(known, Array) and known.shape is not None and known.shape:
        row: Kind = Scalar(known.dtype) if len(known.shape) == 1 else Array(known.dtype, known.shape[1:])
    elif isinstance(known, ListOf):
        row = known.item
    else:
        raise NotInferable("not a container")
    once = operator_kind(operator.add, [result, row])
    # An empty container leaves the start.
    return joined((_without_length(result), once, operator_kind(operator.add, [once, row])))


@rule(operator.getitem)
def getitem(container: Any, index: Any, /) -> Kind:
    known = kind(container)
    if isinstance(known, (Array, Scalar)):
        return array_item(known, index)
    return container_item(known, index)


# The math module works on Python floats


def _math(*arguments: Any) -> Kind:
    return PY_FLOAT


def _math_test(*arguments: Any, **options: Any) -> Kind:
    return PY_BOOL


_FLOATS = frozenset({
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "copysign", "cos", "cosh", "degrees", "dist",
    "erf", "erfc", "exp", "exp2", "expm1", "fabs", "fma", "fmod", "fsum", "gamma", "hypot", "ldexp", "lgamma", "log",
    "log10", "log1p", "log2", "nextafter", "pow", "radians", "remainder", "sin", "sinh", "sqrt", "tan", "tanh", "ulp",
})  # fmt: skip
_INTEGERS = {math.floor, math.ceil, math.trunc, math.gcd, math.lcm, math.isqrt, math.factorial, math.comb, math.perm}
_TESTS = {math.isnan, math.isinf, math.isfinite, math.isclose}
_PAIRS = {math.frexp: (PY_FLOAT, PY_INT), math.modf: (PY_FLOAT, PY_FLOAT)}


def _math_integer(*arguments: Any) -> Kind:
    known = kind(arguments[0]) if arguments else PY_INT
    plain = isinstance(known, Scalar) and (known.python or known.dtype == F8)
    return PY_INT if plain else UNKNOWN


def _pair(result: tuple[Kind, ...]) -> Rule:
    return lambda *arguments: TupleOf(result)


for _name, _value in vars(math).items():
    if _name.startswith("_") or not callable(_value):
        continue
    if _value in _INTEGERS:
        RULES[_value] = _math_integer
    elif _value in _TESTS:
        RULES[_value] = _math_test
    elif _value in _PAIRS:
        RULES[_value] = _pair(_PAIRS[_value])
    elif _name in _FLOATS:
        RULES[_value] = _math


@rule(any, all)
def any_or_all(iterable: Any, /) -> Kind:
    return PY_BOOL


def _container(to: type) -> Rule:
    def infer(iterable: Any = (), /) -> Kind:
        known = kind(iterable)
        if isinstance(known, TupleOf):
            return TupleOf(known.items, to)
        if isinstance(known, Array) and known.shape:
            row: Kind = Scalar(known.dtype) if len(known.shape) == 1 else Array(known.dtype, known.shape[1:])
            if isinstance(known.shape[0], int) and known.shape[0] <= 64:
                return TupleOf((row,) * known.shape[0], to)
            return ListOf(row) if to is list else UNKNOWN
        return known if isinstance(known, ListOf) and to is list else UNKNOWN

    return infer


RULES[tuple], RULES[list] = _container(tuple), _container(list)


@rule(sorted)
def sorted_(iterable: Any, /, *, key: Any = None, reverse: Any = False) -> Kind:
    known = kind(iterable)
    if isinstance(known, TupleOf) and known.items:
        return TupleOf((joined(known.items),) * len(known.items), list)
    return known if isinstance(known, ListOf) else UNKNOWN


@rule(operator.setitem, operator.delitem)
def nothing(*args: Any) -> Kind:
    return NONE
