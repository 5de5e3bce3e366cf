"""Elementwise functions: one pattern a function, for numbers and for the elements of arrays."""

from __future__ import annotations

import builtins
import operator
from typing import Any

import numpy as np

from ...runtime.special import divide_or_zero
from ..domains.kinds import Array, Scalar
from .affine import Affine
from .registry import lengths_number, rule
from .values import ArrayValue, Code, Constant, ListValue, Number, TupleValue, combine, dtype_text, literal, natural

F8 = np.dtype("f8")
HALVES = {1.5: "power_3_2", 2.5: "power_5_2", -0.5: "power_minus_1_2", -1.5: "power_minus_3_2",
          -2.5: "power_minus_5_2"}  # a square root and products: they run in vector registers, `pow` does not


class Elementwise:
    """A part of `Legaliser`: operands, casts."""

    facts: Any

    def cast(self, value: Number, dtype: Any) -> Number:
        """The number as a `dtype`."""
        dtype = np.dtype(dtype)
        if value.dtype == dtype:
            return value
        if value.const is not None and dtype.kind in "fc" and value.dtype.kind in "biuf":
            const: Any = complex(value.const) if dtype.kind == "c" else float(value.const)
            text = literal(const)
            return Number(Code(text if natural(dtype) else f"{dtype_text(dtype)}({text})"), dtype, False, None, const)
        affine = value.affine if dtype.kind in "iu" else None
        return Number(cast_code(value.code, value.dtype, dtype), dtype, False, affine)

    def elementwise(self, call: Any, operands: list[Any], make: Any, out: Any = None) -> Any:
        """Apply `make(codes, dtypes) -> Code` to numbers, or to the elements of arrays of broadcast shapes."""
        values = [self.operand(v) for v in operands]
        dtype = np.dtype(out if out is not None else self.dtype_of(call.out))  # type: ignore[attr-defined]
        arrays = [v for v in values if isinstance(v, ArrayValue)]
        python = isinstance(call.out.kind, Scalar) and call.out.kind.python
        if not arrays:
            return Number(make([v.code for v in values], values), dtype, python)
        lengths = self.broadcast([v.lengths for v in arrays])  # type: ignore[attr-defined]

        def element(index: Any) -> Code:
            codes = [v.element(self.index_in(v.lengths, lengths, index))  # type: ignore[attr-defined]
                     if isinstance(v, ArrayValue) else v.code for v in values]
            code: Code = make(codes, values)
            return code

        return ArrayValue(lengths, dtype, element)

    def operand(self, value: Any) -> Any:
        if isinstance(value, (Number, ArrayValue)):
            return value
        return self.as_array(value)  # type: ignore[attr-defined]


def cast_code(code: Code, source: Any, target: Any) -> Code:
    if source == target:
        return code
    if target.kind == "b":
        return combine("({} != 0)", code)
    if target.kind in "fiu" and source.kind == "c":
        code = combine("({}).real", code)
    name = {"f8": "float", "i8": "int", "c16": "complex"}.get(target.str[1:], dtype_text(target))
    return combine(f"{name}({{}})", code, weight=0)


def weak(codes: list[Code], values: list[Any]) -> list[Code]:
    """The operands with Python's numbers cast to the type of the others, where Numba would compute in another."""
    strong = [v.dtype for v in values if not (isinstance(v, Number) and v.python)]
    if not strong:
        return codes
    common = np.result_type(*strong)
    if natural(common):
        return codes
    return [cast_code(c, v.dtype, common) if isinstance(v, Number) and v.python and v.dtype.kind <= common.kind
            and not (v.dtype.kind == "f" and common.kind in "iu") else c for c, v in zip(codes, values, strict=True)]


def settle(code: Code, codes_dtypes: list[Any], dtype: Any) -> Code:
    """The result as its dtype, where Numba's own arithmetic would give another."""
    if natural(dtype):
        return code
    return combine(f"{dtype_text(dtype)}({{}})", code, weight=0)


def pattern(text: str) -> Any:
    def applied(leg: Any, call: Any, *operands: Any) -> Any:
        dtype = leg.dtype_of(call.out)

        def make(codes: list[Code], values: list[Any]) -> Code:
            return settle(combine(text, *weak(codes, values)), [], dtype)

        return leg.elementwise(call, list(operands), make)

    return applied


PATTERNS: dict[str, tuple[Any, ...]] = {
    "({} + {})": (np.add,), "({} - {})": (np.subtract,), "({} * {})": (np.multiply,),
    "({} < {})": (operator.lt, np.less), "({} <= {})": (operator.le, np.less_equal),
    "({} > {})": (operator.gt, np.greater), "({} >= {})": (operator.ge, np.greater_equal),
    "({} == {})": (operator.eq, np.equal), "({} != {})": (operator.ne, np.not_equal),
    "(-{})": (operator.neg, np.negative), "(+{})": (operator.pos, np.positive),
    "(not {})": (operator.not_, np.logical_not),
    "({} / {})": (np.divide,),
    "np.log({})": (np.log,), "np.sqrt({})": (np.sqrt,), "np.sin({})": (np.sin,),
    "np.cos({})": (np.cos,), "np.tan({})": (np.tan,), "np.tanh({})": (np.tanh,), "np.sinh({})": (np.sinh,),
    "np.cosh({})": (np.cosh,), "np.arcsin({})": (np.arcsin,), "np.arccos({})": (np.arccos,),
    "np.arctan({})": (np.arctan,), "np.arcsinh({})": (np.arcsinh,), "np.arccosh({})": (np.arccosh,),
    "np.arctanh({})": (np.arctanh,), "np.arctan2({}, {})": (np.arctan2,), "np.hypot({}, {})": (np.hypot,),
    "np.log1p({})": (np.log1p,), "np.expm1({})": (np.expm1,), "np.log2({})": (np.log2,),
    "np.log10({})": (np.log10,), "np.exp2({})": (np.exp2,), "np.cbrt({})": (np.cbrt,),
    "np.floor({})": (np.floor,), "np.ceil({})": (np.ceil,), "np.trunc({})": (np.trunc,),
    "np.rint({})": (np.rint,), "np.sign({})": (np.sign,),
    "np.maximum({}, {})": (np.maximum,), "np.minimum({}, {})": (np.minimum,),
    "np.fmax({}, {})": (np.fmax,), "np.fmin({}, {})": (np.fmin,),
    "np.copysign({}, {})": (np.copysign,), "np.isnan({})": (np.isnan,), "np.isinf({})": (np.isinf,),
    "np.isfinite({})": (np.isfinite,), "np.signbit({})": (np.signbit,),
    "np.logaddexp2({}, {})": (np.logaddexp2,),
    "np.deg2rad({})": (np.deg2rad, np.radians), "np.rad2deg({})": (np.rad2deg, np.degrees),
    "(({0}) * ({0}))": (np.square,), "(1 / {})": (np.reciprocal,),
    "abs({})": (operator.abs, builtins.abs, np.abs, np.fabs),
    "np.conj({})": (np.conj, "ndarray.conj", "ndarray.conjugate"),
    "({}).real": (np.real, "ndarray.real"), "({}).imag": (np.imag, "ndarray.imag"),
    "(({}) and ({}))": (np.logical_and,), "(({}) or ({}))": (np.logical_or,),
    "(bool({}) != bool({}))": (np.logical_xor,),
    "np.remainder({}, {})": (np.remainder,), "np.fmod({}, {})": (np.fmod,),
    "np.floor_divide({}, {})": (np.floor_divide,),
    "np.power({}, {})": (np.float_power,),
    "np.angle({})": (np.angle,), "np.sinc({})": (np.sinc,),
}
for _text, _targets in PATTERNS.items():
    rule(*_targets, element=True)(pattern(_text))


@rule(np.exp, np.logaddexp, element=True)
def exponential(leg: Any, call: Any, *operands: Any) -> Any:
    """Of arrays of float64 in vector registers; of numbers, which run one by one, as libm computes it."""
    name = call.prim.fn.__name__
    if all(isinstance(v, ArrayValue) and v.dtype == F8 for v in operands):
        for needed in ("exp", name):
            leg.helper(f"vector_{needed}")
        return called(leg, call, f"vector_{name}", *operands)
    return pattern(f"np.{name}({', '.join(['{}'] * len(operands))})")(leg, call, *operands)


def called(leg: Any, call: Any, helper: str, *operands: Any) -> Any:
    """A helper applied to numbers or elements."""
    name = leg.helper(helper)
    marks = ", ".join(["{}"] * len(operands))
    return leg.elementwise(call, list(operands), lambda codes, _: combine(f"{name}({marks})", *codes))


@rule(operator.add, operator.sub, operator.mul, element=True)
def arithmetic(leg: Any, call: Any, a: Any, b: Any) -> Any:
    sign = {operator.add: "+", operator.sub: "-", operator.mul: "*"}[call.prim.fn]
    if isinstance(a, TupleValue) or isinstance(b, TupleValue):
        joined = _tuples(sign, a, b)
        if joined is not None:
            return joined
    if isinstance(a, Number) and isinstance(b, Number) and a.dtype.kind in "iu" and b.dtype.kind in "iu":
        made = _integer(leg, sign, a, b)
        if made is not None:
            return made
        if leg.is_python(call) and sign == "*":
            return called(leg, call, "int_mul", a, b)
        if leg.is_python(call) and sign == "+" and a.const is None and b.const is None:
            return called(leg, call, "int_add", a, b)
    if leg.dtype_of(call.out).kind == "b":
        return pattern("(({}) or ({}))" if sign == "+" else "(({}) and ({}))")(leg, call, a, b)
    return pattern(f"({{}} {sign} {{}})")(leg, call, a, b)


def _tuples(sign: str, a: Any, b: Any) -> TupleValue | None:
    """Tuples joined, and repeated a known number of times; None where arrays meet them."""
    if sign == "+" and isinstance(a, TupleValue) and isinstance(b, TupleValue):
        return TupleValue((*a.items, *b.items), a.type)
    if sign == "*" and isinstance(b, Number):
        a, b = b, a
    if sign == "*" and isinstance(a, Number) and isinstance(b, TupleValue) and type(a.const) is int and a.python:
        return TupleValue(b.items * a.const, b.type)
    return None


def _integer(leg: Any, sign: str, a: Number, b: Number) -> Number | None:
    """Sums of known integers stay known."""
    if a.affine is None or b.affine is None or not (a.python and b.python):
        return None
    if sign == "*":
        if a.affine.is_const or b.affine.is_const:
            made = b.affine.times(a.affine.const) if a.affine.is_const else a.affine.times(b.affine.const)
        else:
            return None
    else:
        made = a.affine + b.affine if sign == "+" else a.affine - b.affine
    text = f"({made})" if len(made.terms) + bool(made.const) > 1 else str(made)
    return Number(Code(text), np.dtype("i8"), True, made, made.const if made.is_const else None)


@rule(operator.truediv, np.true_divide, element=True)
def divide(leg: Any, call: Any, a: Any, b: Any) -> Any:
    if leg.is_python(call) and not (isinstance(b, Number) and b.const):
        return called(leg, call, "true_divide", a, b)
    return pattern("({} / {})")(leg, call, a, b)


@rule(operator.floordiv, operator.mod, element=True)
def floor_divide(leg: Any, call: Any, a: Any, b: Any) -> Any:
    sign = "//" if call.prim.fn is operator.floordiv else "%"
    nonzero = isinstance(b, Number) and b.const
    if leg.is_python(call) and not nonzero:
        name = "floor_divide" if sign == "//" else "modulo"
        return called(leg, call, name, a, b)
    if nonzero and isinstance(a, Number):
        return pattern(f"({{}} {sign} {{}})")(leg, call, a, b)
    return pattern("np.floor_divide({}, {})" if sign == "//" else "np.remainder({}, {})")(leg, call, a, b)


@rule(operator.pow, np.power, builtins.pow, element=True)
def power(leg: Any, call: Any, a: Any, b: Any) -> Any:
    dtype = leg.dtype_of(call.out)
    if isinstance(b, Number) and isinstance(b.const, (int, float)) and not isinstance(b.const, bool):
        if float(b.const).is_integer() and 0 <= b.const <= 64 and dtype.kind in "fc":
            return pattern(f"(({{}}) ** {int(b.const)})")(leg, call, a)
        if b.const == 0.5 and dtype.kind == "f" and not leg.is_python(call):
            return pattern("np.sqrt({})")(leg, call, a)
        if dtype.str[1:] == "f8" and a.dtype == dtype and not leg.is_python(call) and float(b.const) in HALVES:
            return called(leg, call, HALVES[float(b.const)], a)
        if b.const == -1 and dtype.kind == "f" and not leg.is_python(call):
            return pattern("(1 / {})")(leg, call, a)
    if leg.is_python(call):
        name = "int_pow" if dtype.kind == "i" else "float_pow"
        return called(leg, call, name, a, b)
    if dtype.kind in "iu":
        return pattern(f"{leg.helper('int_pow')}({{}}, {{}})")(leg, call, a, b)
    if isinstance(a, Number) and a.dtype.kind in "biu":
        a = leg.cast(a, dtype)
    return pattern("(({}) ** ({}))")(leg, call, a, b)


@rule(operator.is_, operator.is_not)
def identity(leg: Any, call: Any, a: Any, b: Any) -> Any:
    """`x is None`, which the kinds decide."""
    if not any(isinstance(v, Constant) and v.value is None for v in (a, b)):
        leg.refuse("`is` between values")
    same = all(isinstance(v, Constant) and v.value is None for v in (a, b))
    return leg.constant(same == (call.prim.fn is operator.is_))


@rule(np.heaviside, element=True)
def heaviside(leg: Any, call: Any, a: Any, b: Any) -> Any:
    return pattern(f"{leg.helper('heaviside')}({{}}, {{}})")(leg, call, a, b)


@rule(np.bitwise_and, operator.and_, np.bitwise_or, operator.or_, np.bitwise_xor, operator.xor, operator.lshift,
      operator.rshift, np.left_shift, np.right_shift, element=True)
def bits(leg: Any, call: Any, a: Any, b: Any) -> Any:
    name = getattr(call.prim.fn, "__name__", "").strip("_")
    sign = {"bitwise_and": "&", "and": "&", "bitwise_or": "|", "or": "|", "bitwise_xor": "^", "xor": "^",
            "lshift": "<<", "left_shift": "<<", "rshift": ">>", "right_shift": ">>"}[name]
    return pattern(f"({{}} {sign} {{}})")(leg, call, a, b)


@rule(operator.invert, np.invert, np.bitwise_not, element=True)
def invert(leg: Any, call: Any, a: Any) -> Any:
    return pattern("(not {})" if leg.dtype_of(call.out).kind == "b" else "(~{})")(leg, call, a)


@rule(np.where, element=True)
def where(leg: Any, call: Any, condition: Any, x: Any, y: Any) -> Any:
    dtype = leg.dtype_of(call.out)

    def make(codes: list[Code], values: list[Any]) -> Code:
        test = cast_code(codes[0], values[0].dtype, np.dtype("?"))
        sides = [cast_code(c, v.dtype, dtype) for c, v in zip(codes[1:], values[1:], strict=True)]
        return combine("({} if {} else {})", sides[0], test, sides[1])

    return leg.elementwise(call, [condition, x, y], make)


@rule(np.clip, "ndarray.clip", element=True)
def clip(leg: Any, call: Any, a: Any, a_min: Any = None, a_max: Any = None, **more: Any) -> Any:
    low, high = more.get("min", a_min), more.get("max", a_max)
    text, operands = "{}", [a]
    for bound, name in ((low, "np.maximum"), (high, "np.minimum")):
        if bound is not None and not isinstance(bound, Constant):
            operands.append(bound)
            text = f"{name}({text}, {{}})"
    return pattern(text)(leg, call, *operands)


@rule(builtins.float, builtins.int, builtins.bool, builtins.complex, element=True)
def convert(leg: Any, call: Any, value: Any = None, imag: Any = None) -> Any:
    target = np.dtype({float: "f8", int: "i8", bool: "?", complex: "c16"}[call.prim.fn])
    if imag is not None:
        return leg.elementwise(call, [value, imag], lambda codes, _: combine("complex({}, {})", *codes))
    if isinstance(value, ArrayValue):
        value = leg.only_element(value)
    if not isinstance(value, Number):
        leg.refuse(f"`{call.prim.fn.__name__}` of what is no number")
    made = leg.cast(value, target)
    return Number(made.code, target, True, value.affine if target.kind == "i" else None, None)


def _typed(cls: Any) -> None:
    def applied(leg: Any, call: Any, value: Any) -> Any:
        target = np.dtype(cls)
        return leg.elementwise(call, [value], lambda codes, v: cast_code(codes[0], v[0].dtype, target), target)

    rule(cls, element=True)(applied)


for _cls in (np.float64, np.float32, np.int64, np.int32, np.int8, np.int16, np.uint8, np.uint16, np.uint32, np.uint64,
             np.bool_, np.complex128, np.complex64):
    _typed(_cls)


@rule(builtins.min, builtins.max, element=True)
def extremes(leg: Any, call: Any, *values: Any) -> Any:
    if len(values) == 1 and isinstance(values[0], ListValue):
        from .growing import gathered

        return gathered(leg, call, values[0])
    if len(values) == 1:
        leg.refuse(f"`{call.prim.fn.__name__}` of a container")
    sign = "<" if call.prim.fn is min else ">"
    dtype = leg.dtype_of(call.out)
    if sign == "<" and len(values) == 2 and all(isinstance(v, Number) and v.python and v.affine is not None
                                                for v in values):
        return lengths_number(leg.smaller(*(v.affine for v in values)))
    result = values[0]
    for value in values[1:]:
        result = Number(combine(f"({{1}} if {{1}} {sign} {{0}} else {{0}})", leg.cast(result, dtype).code,
                                leg.cast(value, dtype).code), dtype, True)
    return result


@rule(builtins.round, element=True)
def round_(leg: Any, call: Any, value: Any, digits: Any = None) -> Any:
    if digits is not None and not isinstance(digits, Constant):
        return leg.elementwise(call, [value, digits], lambda codes, _: combine("round({}, {})", *codes))
    return leg.elementwise(call, [value], lambda codes, _: combine("int(round({}))", *codes))


@rule(divide_or_zero, element=True)
def quotient_or_zero(leg: Any, call: Any, a: Any, b: Any) -> Any:
    dtype = leg.dtype_of(call.out)
    zero = leg.cast(leg.constant(0), dtype).code
    return pattern(f"({{0}} / {{1}} if {{1}} != 0 else {zero})")(leg, call, a, b)


@rule(np.nan_to_num, element=True)
def nan_to_num(leg: Any, call: Any, x: Any) -> Any:
    return pattern(f"{leg.helper('nan_to_num')}({{}})")(leg, call, x)


@rule(np.array, np.asarray, np.copy, "ndarray.copy", "ndarray.astype", np.ascontiguousarray, np.positive, element=True)
def copy(leg: Any, call: Any, a: Any, dtype: Any = None, **more: Any) -> Any:
    if set(more) - {"copy", "order"}:
        leg.refuse(f"these parameters of `{call.prim.name}`")
    target = leg.dtype_of(call.out)
    if not isinstance(a, (Number, ArrayValue)):
        a = leg.as_array(a)
    made = leg.elementwise(call, [a], lambda codes, values: cast_code(codes[0], values[0].dtype, target), target)
    if isinstance(a, ArrayValue) and a.buffer is not None and a.dtype == target:
        made.text, made.fresh = f"{a.buffer}.copy()", True
    return made


__all__ = ["F8", "Affine", "Array", "Elementwise", "cast_code", "pattern"]
