"""Elementwise operations of a Tensor: operators, comparisons, elementary functions."""

from __future__ import annotations

import operator
from typing import Any, Final

import numpy as np

from . import kernels
from .calls import named
from .dispatch import Operation, TensorCore, unwrap, wrap
from .promotion import result_dtype
from .quiet import SILENT, loud, quiet
from .recording import binary, broadcast_error, unary

ADD: Final = named(np.add, "AddBackward0")
SUB: Final = named(np.subtract, "SubBackward0")
MUL: Final = named(np.multiply, "MulBackward0")
DIV: Final = named(np.divide, "DivBackward0", floating=True)
POW: Final = named(np.power, "PowBackward1")
REMAINDER: Final = named(np.remainder, "RemainderBackward1")
FMOD: Final = named(np.fmod, "FmodBackward1")
REMAINDER_BY: Final = Operation(np.remainder, "RemainderBackward0")  # a number
FMOD_BY: Final = Operation(np.fmod, "FmodBackward0")
MAXIMUM: Final = named(np.maximum, "MaximumBackward0")
MINIMUM: Final = named(np.minimum, "MinimumBackward0")
ATAN2: Final = named(np.arctan2, "Atan2Backward0", floating=True)
HYPOT: Final = named(np.hypot, "HypotBackward0", floating=True)
LOGADDEXP: Final = named(np.logaddexp, "LogaddexpBackward0", floating=True)
NEG: Final = named(np.negative, "NegBackward0")
ABS: Final = named(np.absolute, "AbsBackward0")
SQUARE: Final = named(np.square, "PowBackward0")
RECIPROCAL: Final = named(np.reciprocal, "ReciprocalBackward0", floating=True)
EXP: Final = named(np.exp, "ExpBackward0", floating=True)
EXPM1: Final = named(np.expm1, "Expm1Backward0", floating=True)
LOG: Final = named(np.log, "LogBackward0", floating=True)
LOG1P: Final = named(np.log1p, "Log1PBackward0", floating=True)
LOG2: Final = named(np.log2, "Log2Backward0", floating=True)
LOG10: Final = named(np.log10, "Log10Backward0", floating=True)
EXP2: Final = named(np.exp2, "Exp2Backward0", floating=True)
SQRT: Final = named(np.sqrt, "SqrtBackward0", floating=True)
SIN: Final = named(np.sin, "SinBackward0", floating=True)
COS: Final = named(np.cos, "CosBackward0", floating=True)
TAN: Final = named(np.tan, "TanBackward0", floating=True)
ASIN: Final = named(np.arcsin, "AsinBackward0", floating=True)
ACOS: Final = named(np.arccos, "AcosBackward0", floating=True)
ATAN: Final = named(np.arctan, "AtanBackward0", floating=True)
SINH: Final = named(np.sinh, "SinhBackward0", floating=True)
COSH: Final = named(np.cosh, "CoshBackward0", floating=True)
TANH: Final = named(np.tanh, "TanhBackward0", floating=True)
ASINH: Final = named(np.arcsinh, "AsinhBackward0", floating=True)
ACOSH: Final = named(np.arccosh, "AcoshBackward0", floating=True)
ATANH: Final = named(np.arctanh, "AtanhBackward0", floating=True)
SINC: Final = named(np.sinc, "SincBackward0", floating=True)
WHERE: Final = named(np.where, "WhereBackward0")
SIGMOID: Final = named(kernels.sigmoid, "SigmoidBackward0", floating=True)
RELU: Final = named(kernels.relu, "ReluBackward0")
RSQRT: Final = named(kernels.rsqrt, "RsqrtBackward0", floating=True)
ERF: Final = named(kernels.erf, "ErfBackward0", floating=True)
SIGN: Final = named(kernels.sign, "SignBackward0")
FLOOR: Final = named(kernels.floor, "FloorBackward0")
CEIL: Final = named(kernels.ceil, "CeilBackward0")
TRUNC: Final = named(kernels.trunc, "TruncBackward0")
ROUND: Final = named(kernels.rint, "RoundBackward0")
CLAMP: Final = named(kernels.clamp, "ClampBackward1")
CONJ: Final = named(np.conjugate, "ConjBackward0")
# Derivatives of a NumPy function under another of PyTorch's names:
POWER: Final = Operation(np.power, "PowBackward0")  # a number as the exponent
EXPONENTIAL: Final = Operation(np.power, "PowBackward2")  # a number as the base
RSUB: Final = Operation(np.subtract, "RsubBackward1")  # a number minus a Tensor


def compare(function: Any, a: Any, b: Any) -> Any:
    """A Tensor of bool; NotImplemented for operands that no array can be compared with."""
    x, y = a._array, unwrap(b)
    if not isinstance(y, np.ndarray | np.generic | int | float | complex):
        return NotImplemented
    try:
        return wrap(function(x, y))
    except ValueError as error:
        raise broadcast_error(x, y, error) from None


def integral(function: Any, a: Any, b: Any) -> Any:
    """An operation that has no derivative: bits, shifts, `//`."""
    x, y = unwrap(a), unwrap(b)
    if function is np.floor_divide and np.result_type(x, y).kind in "iu" and not np.all(y):
        raise RuntimeError("ZeroDivisionError")
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        dtype = result_dtype(x, y)
        x, y = np.asarray(x, dtype), np.asarray(y, dtype)
    token = quiet(SILENT)
    try:
        return wrap(function(x, y))
    finally:
        loud(token)


class Arithmetic(TensorCore):
    """Operators and elementary functions; each is PyTorch's of the same name."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __add__(self, other: Any) -> Any:
        return binary(ADD, self, other)

    def __radd__(self, other: Any) -> Any:
        return binary(ADD, self, other)

    def __sub__(self, other: Any) -> Any:
        if self._array.dtype.kind == "b":
            raise RuntimeError(
                "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
                "`logical_xor()` operator "
                "instead." if isinstance(other, TensorCore) and other._array.dtype.kind == "b" else
                "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
                "mask, use the "
                "`~` or `logical_not()` operator instead."
            )
        return binary(SUB, self, other)

    def __rsub__(self, other: Any) -> Any:
        return binary(RSUB, other, self)

    def __mul__(self, other: Any) -> Any:
        return binary(MUL, self, other)

    def __rmul__(self, other: Any) -> Any:
        return binary(MUL, self, other)

    def __truediv__(self, other: Any) -> Any:
        return binary(DIV, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return binary(MUL, unary(RECIPROCAL, self), other)

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, int | float):
            if exponent == 2 and self._array.dtype.kind == "f":
                return unary(SQUARE, self)
            if self._array.dtype.kind in "iub" and isinstance(exponent, int) and exponent < 0:
                raise RuntimeError("Integers to negative integer powers are not allowed.")
            return binary(POWER, self, exponent)
        return binary(POW, self, exponent)

    def __rpow__(self, base: Any) -> Any:
        return binary(EXPONENTIAL, base, self)

    def __mod__(self, other: Any) -> Any:
        return binary(REMAINDER if isinstance(other, TensorCore) else REMAINDER_BY, self, other)

    def __rmod__(self, other: Any) -> Any:
        return binary(REMAINDER, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return integral(np.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return integral(np.floor_divide, other, self)

    def __neg__(self) -> Any:
        if self._array.dtype.kind == "b":
            raise RuntimeError(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
                "use the "
                "`~` or `logical_not()` operator instead."
            )
        return unary(NEG, self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return unary(ABS, self)

    def __invert__(self) -> Any:
        return wrap(np.invert(self._array))

    def __and__(self, other: Any) -> Any:
        return integral(operator.and_, self, other)

    def __or__(self, other: Any) -> Any:
        return integral(operator.or_, self, other)

    def __xor__(self, other: Any) -> Any:
        return integral(operator.xor, self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __lshift__(self, other: Any) -> Any:
        return integral(operator.lshift, self, other)

    def __rshift__(self, other: Any) -> Any:
        return integral(operator.rshift, self, other)

    def __eq__(self, other: object) -> Any:
        return compare(np.equal, self, other)

    def __ne__(self, other: object) -> Any:
        return compare(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return compare(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return compare(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return compare(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return compare(np.greater_equal, self, other)

    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__
    bitwise_not = __invert__
    bitwise_and, bitwise_or, bitwise_xor = __and__, __or__, __xor__

    def logical_and(self, other: Any) -> Any:
        return wrap(np.logical_and(self._array, unwrap(other)))

    def logical_or(self, other: Any) -> Any:
        return wrap(np.logical_or(self._array, unwrap(other)))

    def logical_xor(self, other: Any) -> Any:
        return wrap(np.logical_xor(self._array, unwrap(other)))

    def logical_not(self) -> Any:
        return wrap(np.logical_not(self._array))

    def add(self, other: Any, *, alpha: Any = 1) -> Any:
        return self + (other if alpha == 1 else other * alpha)

    def sub(self, other: Any, *, alpha: Any = 1) -> Any:
        return self - (other if alpha == 1 else other * alpha)

    def mul(self, other: Any) -> Any:
        return self * other

    subtract, multiply = sub, mul

    def div(self, other: Any, *, rounding_mode: str | None = None) -> Any:
        """self / other, rounded down ("floor"), towards zero ("trunc") or not at all."""
        if rounding_mode is None:
            return self / other
        if rounding_mode not in ("floor", "trunc"):
            raise RuntimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
                               f"'{rounding_mode}'")
        quotient = binary(DIV, self, other)
        rounded = unary(FLOOR if rounding_mode == "floor" else TRUNC, quotient)
        integers = result_dtype(self._array, unwrap(other)).kind in "iub"
        return rounded.to(result_dtype(self._array, unwrap(other))) if integers else rounded

    divide = true_divide = div
    neg = negative = __neg__
    abs = absolute = __abs__
    floor_divide = __floordiv__

    def pow(self, exponent: Any) -> Any:
        return self**exponent

    def gcd(self, other: Any) -> Any:
        return integral(np.gcd, self, other)

    def lcm(self, other: Any) -> Any:
        return integral(np.lcm, self, other)

    def remainder(self, other: Any) -> Any:
        return self % other

    def fmod(self, other: Any) -> Any:
        return binary(FMOD if isinstance(other, TensorCore) else FMOD_BY, self, other)

    def maximum(self, other: Any) -> Any:
        return binary(MAXIMUM, self, other)

    def minimum(self, other: Any) -> Any:
        return binary(MINIMUM, self, other)

    def atan2(self, other: Any) -> Any:
        return binary(ATAN2, self, other)

    arctan2 = atan2

    def hypot(self, other: Any) -> Any:
        return binary(HYPOT, self, other)

    def logaddexp(self, other: Any) -> Any:
        return binary(LOGADDEXP, self, other)
