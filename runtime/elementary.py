"""Elementary functions of a Tensor: `exp`, `sin`, `clamp`, ...; PyTorch's of the same names."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from . import arithmetic as ops
from . import kernels, kernels_special
from .calls import call, call_flat, named
from .dispatch import Operation, TensorCore, wrap
from .promotion import result_dtype
from .quiet import SILENT, loud, quiet
from .recording import binary, record, renamed, unary

FRAC: Final = named(kernels_special.frac, "FracBackward0")
ERFC: Final = named(kernels_special.erfc, "ErfcBackward0", floating=True)
ERFINV: Final = named(kernels_special.erfinv, "ErfinvBackward0", floating=True)
LGAMMA: Final = named(kernels_special.lgamma, "LgammaBackward0", floating=True)
DIGAMMA: Final = named(kernels_special.digamma, "DigammaBackward0", floating=True)
POLYGAMMA: Final = named(kernels_special.polygamma, "PolygammaBackward0")
LOGIT: Final = named(kernels_special.logit, "LogitBackward0")
XLOGY: Final = named(kernels_special.xlogy, "XlogyBackward0", floating=True)
LERP: Final = named(kernels_special.lerp, "LerpBackward0")
ADDCMUL: Final = named(kernels_special.addcmul, "AddcmulBackward0")
ADDCDIV: Final = named(kernels_special.addcdiv, "AddcdivBackward0")
COPYSIGN: Final = named(kernels_special.copysign, "CopysignBackward0", floating=True)
FMAX: Final = named(np.fmax, "FmaxBackward0")
FMIN: Final = named(np.fmin, "FminBackward0")
CLAMP_MIN: Final = Operation(kernels.clamp, "ClampMinBackward0")
CLAMP_MAX: Final = Operation(kernels.clamp, "ClampMaxBackward0")
CLAMP_BOTH: Final = Operation(np.clip, "ClampBackward0")
NAN_TO_NUM: Final = named(np.nan_to_num, "NanToNumBackward0")
REAL: Final = named(np.real, "SelectBackward0")
IMAG: Final = named(np.imag, "SelectBackward0")
ANGLE: Final = named(np.angle, "AngleBackward0")


class Elementary(TensorCore):
    """Elementary functions of one Tensor, and the rarer ones of two."""

    __slots__ = ()

    def _times(self, other: Any) -> Any:
        return binary(ops.MUL, self, other)

    def square(self) -> Any:
        return unary(ops.SQUARE, self)

    def reciprocal(self) -> Any:
        return unary(ops.RECIPROCAL, self)

    def exp(self) -> Any:
        return unary(ops.EXP, self)

    def expm1(self) -> Any:
        return unary(ops.EXPM1, self)

    def exp2(self) -> Any:
        return unary(ops.EXP2, self)

    def log(self) -> Any:
        return unary(ops.LOG, self)

    def log1p(self) -> Any:
        return unary(ops.LOG1P, self)

    def log2(self) -> Any:
        return unary(ops.LOG2, self)

    def log10(self) -> Any:
        return unary(ops.LOG10, self)

    def sqrt(self) -> Any:
        return unary(ops.SQRT, self)

    def rsqrt(self) -> Any:
        return unary(ops.RSQRT, self)

    def sin(self) -> Any:
        return unary(ops.SIN, self)

    def cos(self) -> Any:
        return unary(ops.COS, self)

    def tan(self) -> Any:
        return unary(ops.TAN, self)

    def asin(self) -> Any:
        return unary(ops.ASIN, self)

    def acos(self) -> Any:
        return unary(ops.ACOS, self)

    def atan(self) -> Any:
        return unary(ops.ATAN, self)

    def sinh(self) -> Any:
        return unary(ops.SINH, self)

    def cosh(self) -> Any:
        return unary(ops.COSH, self)

    def tanh(self) -> Any:
        return unary(ops.TANH, self)

    def asinh(self) -> Any:
        return unary(ops.ASINH, self)

    def acosh(self) -> Any:
        return unary(ops.ACOSH, self)

    def atanh(self) -> Any:
        return unary(ops.ATANH, self)

    arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh

    def sinc(self) -> Any:
        return unary(ops.SINC, self)

    def sigmoid(self) -> Any:
        return unary(ops.SIGMOID, self)

    def relu(self) -> Any:
        return unary(ops.RELU, self)

    def erf(self) -> Any:
        return unary(ops.ERF, self)

    def sign(self) -> Any:
        return unary(ops.SIGN, self)

    def floor(self) -> Any:
        return unary(ops.FLOOR, self)

    def ceil(self) -> Any:
        return unary(ops.CEIL, self)

    def trunc(self) -> Any:
        return unary(ops.TRUNC, self)

    def round(self, *, decimals: int = 0) -> Any:
        """The nearest integers (ties to the even one), or the nearest numbers of so many decimals."""
        scale = 10.0**decimals
        return unary(ops.ROUND, self) if not decimals else unary(ops.ROUND, self._times(scale)) / scale

    def conj(self) -> Any:
        return unary(ops.CONJ, self) if self._array.dtype.kind == "c" else self

    def clamp(self, min: Any = None, max: Any = None) -> Any:
        """Between two bounds; a bound that is a Tensor gets a cotangent, too."""
        if min is None and max is None:
            raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
        if isinstance(min, TensorCore) or isinstance(max, TensorCore):
            return self._between(min, max)
        dtype = result_dtype(self._array, *(bound for bound in (min, max) if bound is not None))
        x = self._array if dtype == self._array.dtype else self._array.astype(dtype)
        return record(ops.CLAMP, self, kernels.clamp(x, min, max), min, max, x=x)

    clip = clamp

    def _between(self, min: Any, max: Any) -> Any:
        """`clamp` between Tensors."""
        if min is None:
            return binary(ops.MINIMUM, self, max)
        return binary(ops.MAXIMUM, self, min) if max is None else call_flat(CLAMP_BOTH, (self, *_tensors(min, max)))

    def clamp_min(self, min: Any) -> Any:
        return self._bounded(CLAMP_MIN, min, None)

    def clamp_max(self, max: Any) -> Any:
        return self._bounded(CLAMP_MAX, None, max)

    def _bounded(self, op: Operation, min: Any, max: Any) -> Any:
        bound = max if min is None else min
        if isinstance(bound, TensorCore):
            return self._between(min, max)
        dtype = result_dtype(self._array, bound)
        x = self._array if dtype == self._array.dtype else self._array.astype(dtype)
        return record(op, self, kernels.clamp(x, min, max), min, max, x=x)

    def isnan(self) -> Any:
        return wrap(np.isnan(self._array))

    def isinf(self) -> Any:
        return wrap(np.isinf(self._array))

    def isfinite(self) -> Any:
        return wrap(np.isfinite(self._array))

    def lerp(self, end: Any, weight: Any) -> Any:
        """self + weight (end - self)."""
        if not isinstance(weight, TensorCore):
            weight = np.asarray(weight, self._array.dtype)
        return call_flat(LERP, (self, end, weight))

    def addcmul(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        """self + value tensor1 tensor2."""
        return call_flat(ADDCMUL, (self, tensor1, tensor2, value))

    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        """self + value tensor1 / tensor2."""
        return call_flat(ADDCDIV, (self, tensor1, tensor2, value))

    def frac(self) -> Any:
        return unary(FRAC, self)

    def erfc(self) -> Any:
        return unary(ERFC, self)

    def erfinv(self) -> Any:
        return unary(ERFINV, self)

    def lgamma(self) -> Any:
        return unary(LGAMMA, self)

    def digamma(self) -> Any:
        return unary(DIGAMMA, self)

    def polygamma(self, n: int) -> Any:
        return record(POLYGAMMA, self, kernels_special.polygamma(self._array, n), n)

    def logit(self, eps: float | None = None) -> Any:
        token = quiet(SILENT)
        try:
            return record(LOGIT, self, kernels_special.logit(self._array, eps), eps)
        finally:
            loud(token)

    def positive(self) -> Any:
        return self

    def deg2rad(self) -> Any:
        return renamed(self._times(math.pi / 180), "Deg2RadBackward0")

    def rad2deg(self) -> Any:
        return renamed(self._times(180 / math.pi), "Rad2DegBackward0")

    def xlogy(self, other: Any) -> Any:
        return binary(XLOGY, self, other)

    def copysign(self, other: Any) -> Any:
        return binary(COPYSIGN, self, other)

    def fmax(self, other: Any) -> Any:
        return binary(FMAX, self, other)

    def fmin(self, other: Any) -> Any:
        return binary(FMIN, self, other)

    def ldexp(self, other: Any) -> Any:
        """self 2 ** other."""
        return renamed(self._times(2.0**other), "LdexpBackward0")

    def float_power(self, exponent: Any) -> Any:
        """`self ** exponent` in float64."""
        return self.to(np.float64) ** (exponent.to(np.float64) if isinstance(exponent, TensorCore) else exponent)

    def nan_to_num(self, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
        """Numbers instead of nan and the infinities (the largest ones, unless others are given)."""
        if self._array.dtype.kind in "iub":
            return self.clone()
        return call(np.nan_to_num, self, nan=nan, posinf=posinf, neginf=neginf)

    def signbit(self) -> Any:
        return wrap(np.signbit(self._array))

    def isposinf(self) -> Any:
        return wrap(np.isposinf(self._array))

    def isneginf(self) -> Any:
        return wrap(np.isneginf(self._array))

    def angle(self) -> Any:
        return call(np.angle, self)

    @property
    def real(self) -> Any:
        """The real parts: a view of complex numbers, real ones themselves."""
        return call(np.real, self) if self._array.dtype.kind == "c" else self

    @property
    def imag(self) -> Any:
        """The imaginary parts of complex numbers, a view.

        raises: RuntimeError, for real ones
        """
        if self._array.dtype.kind != "c":
            raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
        return call(np.imag, self)


def _tensors(*values: Any) -> list[Any]:
    return [v if isinstance(v, TensorCore) else wrap(np.asarray(v)) for v in values]
