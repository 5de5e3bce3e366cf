"""Kinds of Python's own operations on numbers, tuples and lists: operators, builtins, the math module."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .abstract import MISSING, dim_of, joined, kind, numeric, shape_or_none, value_of
from .infer_elementwise import RULES, Rule, ufunc_kind
from .infer_products import matmul
from .kinds import (
    F8,
    I8,
    PY_BOOL,
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    STR,
    UNKNOWN,
    Array,
    Dim,
    Kind,
    Known,
    ListOf,
    Scalar,
    Sym,
    TapeOf,
    TupleOf,
)
from .lengths import NotInferable, longer, product, shorter
from .promotion import Outcome, run_sample, same_dtype

_UFUNCS: dict[Callable[..., Any], np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.true_divide,
    operator.floordiv: np.floor_divide, operator.mod: np.remainder, operator.pow: np.power,
    operator.and_: np.bitwise_and, operator.or_: np.bitwise_or, operator.xor: np.bitwise_xor,
    operator.lshift: np.left_shift, operator.rshift: np.right_shift,
    operator.neg: np.negative, operator.pos: np.positive, operator.invert: np.invert, operator.abs: np.absolute,
    operator.lt: np.less, operator.le: np.less_equal, operator.gt: np.greater, operator.ge: np.greater_equal,
    operator.eq: np.equal, operator.ne: np.not_equal,
}  # fmt: skip
OPERATORS = frozenset(_UFUNCS)  # of numbers and arrays, whose kinds say all of the result's
_COMPARISONS = {operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne}
_IN_PLACE = {
    operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul,
    operator.itruediv: operator.truediv, operator.ifloordiv: operator.floordiv, operator.imod: operator.mod,
    operator.ipow: operator.pow, operator.imatmul: operator.matmul, operator.iand: operator.and_,
    operator.ior: operator.or_, operator.ixor: operator.xor, operator.ilshift: operator.lshift,
    operator.irshift: operator.rshift,
}  # fmt: skip


def _python(known: Kind) -> bool:
    return isinstance(known, Scalar) and known.python


def operator_kind(function: Callable[..., Any], args: list[Any]) -> Kind:
    """The kind of an operator of Python on numbers, arrays, tuples and lists."""
    kinds = [kind(arg) for arg in args]
    if len(kinds) != _UFUNCS[function].nin:
        raise NotInferable("the wrong number of operands")
    if all(_python(known) for known in kinds):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ~True warns from Python 3.12 on, here as in the user's code
            return _python_operator(function, args, [k for k in kinds if isinstance(k, Scalar)])
    if any(isinstance(known, Array) or (isinstance(known, Scalar) and not known.python) for known in kinds):
        if any(type(known) is Kind or isinstance(known, (Known, ListOf, TapeOf)) for known in kinds):
            raise NotInferable("an operand of unknown kind")
        if kinds[0] == PY_COMPLEX and isinstance(kinds[1], Scalar) and same_dtype(kinds[1].dtype, F8):
            # np.float64 is a Python float, which complex adds to by itself.
            return _complex_operator(function)
        if function is operator.pow and isinstance(kinds[0], (Array, Scalar)):
            return _array_power(kinds[0], args[1])
        return ufunc_kind(_UFUNCS[function], list(kinds), {})
    return _container_operator(function, args, kinds)


def _complex_operator(function: Callable[..., Any]) -> Kind:
    if function in (operator.eq, operator.ne):
        return PY_BOOL
    return Scalar(np.dtype("?")) if function in _COMPARISONS else PY_COMPLEX


def _array_power(base: Array | Scalar, exponent: Any) -> Kind:
    """`array ** 2` is square(array), `array ** 0.5` may be sqrt(array), whose dtypes may not be those of power."""
    plain = ufunc_kind(np.power, [base, exponent], {})
    if not isinstance(plain, (Array, Scalar)) or base.dtype is None or plain.dtype is None:
        return plain
    power, value = numeric(exponent), value_of(exponent)
    if power.dtype is None or shape_or_none(power):
        return plain
    values = _EXPONENTS[power.dtype.kind] if value is MISSING else (value,)
    if not (isinstance(power, Scalar) and power.python):
        # Before NumPy 2.1 a NumPy scalar is treated as a Python number is.
        values = tuple(power.dtype.type(v) for v in values)
    scalar = {isinstance(base, Scalar), isinstance(base, Scalar) or base.shape is None}
    found = {_sampled_power(base.dtype, one, v) for one in scalar for v in values}
    if value is MISSING:
        found.add(plain.dtype)
    dtype = found.pop() if len(found) == 1 else None
    return Scalar(dtype) if isinstance(plain, Scalar) else Array(dtype, plain.shape)


# One of each exponent that NumPy treats in its own way, and one that it does not.
_EXPONENTS: dict[str, tuple[Any, ...]] = {
    "b": (True, False), "u": (0, 1, 2, 3), "i": (0, 1, 2, 3),
    "f": (-1.0, 0.0, 0.5, 1.0, 2.0, 2.5), "c": (2.0 + 0j, 0.5 + 0j, 1j),
}  # fmt: skip


@cache
def _sampled_power(dtype: np.dtype[Any], scalar: bool, exponent: Any) -> np.dtype[Any] | None:
    array = np.ones((), dtype)[()] if scalar else np.ones(1, dtype)
    return Outcome(run_sample(operator.pow, array, exponent)).dtype


def _python_operator(function: Callable[..., Any], args: list[Any], kinds: list[Scalar]) -> Kind:
    if function in _COMPARISONS:
        return PY_BOOL
    if function is operator.pow:
        return _python_power(args, kinds)
    if any(known.dtype is None for known in kinds):
        return Scalar(None, True)
    try:
        sample = function(*(_sample(known) for known in kinds))
    except TypeError as error:
        raise NotInferable(str(error)) from None
    result = kind(type(sample)(0))
    if result == PY_INT:
        return Scalar(I8, True, _length(function, args))
    return result


def _sample(known: Scalar) -> Any:
    assert known.dtype is not None
    return {"b": True, "i": 1, "f": 1.0, "c": 1j}[known.dtype.kind]


def _python_power(args: list[Any], kinds: list[Scalar]) -> Kind:
    """Python's power leaves the integers for a negative exponent, and the reals for a root of a negative number."""
    base, exponent = kinds
    if base.dtype is None or exponent.dtype is None:
        return Scalar(None, True)
    if "c" in (base.dtype.kind, exponent.dtype.kind):
        return PY_COMPLEX
    power, number = value_of(args[1]), value_of(args[0])
    if "f" not in (base.dtype.kind, exponent.dtype.kind):
        if power is MISSING:
            return PY_INT if exponent.dtype.kind == "b" or exponent.dim is not None else Scalar(None, True)
        return PY_INT if power >= 0 else PY_FLOAT
    if exponent.dtype.kind != "f" or (power is not MISSING and float(power).is_integer()):
        return PY_FLOAT
    if (number is not MISSING and number >= 0) or base.dtype.kind == "b" or base.dim is not None:
        return PY_FLOAT
    return Scalar(None, True)


_ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod, operator.neg, operator.pos,
               operator.abs}  # fmt: skip


def _length(function: Callable[..., Any], args: list[Any]) -> Dim | None:
    """The symbolic value of integer arithmetic with lengths."""
    dims = [dim_of(arg) for arg in args]
    if any(dim is None for dim in dims):
        return None
    if all(isinstance(dim, int) for dim in dims):
        return int(run_sample(function, *dims)) if function in _ARITHMETIC else None
    if len(dims) != 2:
        return None
    a, b = dims
    if function is operator.add:
        if isinstance(a, int):
            a, b = b, a
        return longer(a, b) if a is not None and isinstance(b, int) and b >= 0 else None
    if function is operator.mul and a is not None and b is not None:
        return product([a, b]) if all(isinstance(n, Sym) or n >= 0 for n in (a, b)) else None
    if function is operator.sub and isinstance(a, Sym) and isinstance(b, int) and b >= 0:
        # The integer itself may be negative, where the length x[:n - b] counts from the end: up to 2 both are 0.
        less = shorter(a, b)
        return less if b <= 2 and not _clamped(a) else None
    return None


def _clamped(symbol: Sym) -> bool:
    return longer(symbol, 1) is None


def _container_operator(function: Callable[..., Any], args: list[Any], kinds: list[Kind]) -> Kind:
    if function in (operator.eq, operator.ne) and all(isinstance(k, (TupleOf, Known)) for k in kinds):
        return PY_BOOL
    if len(kinds) == 2:
        a, b = kinds
        if function is operator.add:
            if isinstance(a, TupleOf) and isinstance(b, TupleOf) and a.type is b.type:
                return TupleOf(a.items + b.items, a.type)
            if a == STR and b == STR:
                return STR
            if {_list_item(a) is None, _list_item(b) is None} == {False}:
                return _joined_lists(a, b)
        if function is operator.mul:
            if isinstance(b, TupleOf):
                a, b, args = b, a, args[::-1]
            count = value_of(args[1])
            if isinstance(a, TupleOf) and isinstance(count, int) and len(a.items) * count <= 1024:
                return TupleOf(a.items * count, a.type)
            if isinstance(a, TupleOf) and a.type is list and isinstance(b, Scalar) and a.items:
                return ListOf(joined(a.items))
            if isinstance(a, ListOf) and isinstance(b, Scalar):
                return a
    raise NotInferable("unknown operands")


def _list_item(known: Kind) -> tuple[Kind, ...] | None:
    if isinstance(known, ListOf):
        return (known.item,)
    return known.items if isinstance(known, TupleOf) and known.type is list else None


def _joined_lists(a: Kind, b: Kind) -> Kind:
    items = (_list_item(a) or ()) + (_list_item(b) or ())
    return ListOf(joined(items)) if items else UNKNOWN


def _operator(function: Callable[..., Any]) -> Rule:
    def infer(*args: Any) -> Kind:
        return operator_kind(function, list(args))

    return infer


def _in_place(function: Callable[..., Any]) -> Rule:
    """`x += v` keeps the dtype and shape of an array; a number is bound anew."""

    def infer(target: Any, value: Any) -> Kind:
        known = kind(target)
        if isinstance(known, Array) and known.shape is not None:
            return known
        if isinstance(known, ListOf) or (isinstance(known, TupleOf) and known.type is list):
            if function is operator.add and not isinstance(kind(value), (TupleOf, ListOf)):
                raise NotInferable("a list takes the elements of anything")
        plain = RULES[function](target, value)
        if isinstance(known, Array) and isinstance(plain, (Array, Scalar)):
            return Array(known.dtype if same_dtype(known.dtype, plain.dtype) else None, None)
        return plain

    return infer


for _function in _UFUNCS:
    RULES[_function] = _operator(_function)
RULES[operator.matmul] = matmul
for _function, _base in _IN_PLACE.items():
    RULES[_function] = _in_place(_base)
