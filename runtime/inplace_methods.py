"""Methods of a Tensor that end in `_`: PyTorch's of the same names, which change its memory and return it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .arithmetic import ADD, DIV, FMOD, MUL, POWER, REMAINDER, SUB
from .dispatch import TensorCore, bump, unwrap
from .inplace import change, change_by, check_writable, reshape_by, store

#: Methods `name_(...)` that store what `name(...)` returns.
DERIVED: Final = (
    "abs", "absolute", "acos", "acosh", "arccos", "arcsin", "arctan", "asin", "asinh", "atan", "atan2", "atanh",
    "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "ceil", "clamp", "clamp_max", "clamp_min", "clip",
    "copysign", "cos", "cosh", "cumprod", "cumsum", "deg2rad", "digamma", "eq", "erf", "erfc", "erfinv", "exp", "exp2",
    "expm1", "fix", "floor", "floor_divide", "fmax", "fmin", "frac", "ge", "gt", "hypot", "index_add", "index_copy",
    "index_fill", "index_put", "index_reduce", "ldexp", "le", "lgamma", "log", "log10", "log1p", "log2", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logit", "lt", "masked_scatter", "maximum", "minimum", "nan_to_num",
    "ne", "neg", "negative", "rad2deg", "reciprocal", "relu", "round", "rsqrt", "scatter", "scatter_add",
    "scatter_reduce", "sigmoid", "sign", "sin", "sinc", "sinh", "sqrt", "square", "tan", "tanh", "tril", "triu",
    "trunc", "xlogy",
)
#: The same for methods that make another view of the memory.
RESHAPED: Final = ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze")


def _derived(name: str, store_result: Callable[[Any, Callable[[Any], Any]], Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return store_result(self, lambda before: getattr(before, name)(*args, **kwargs))

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}` in place."
    return method


class InPlace(TensorCore):
    """Methods that end in `_`, PyTorch's of the same names."""

    __slots__ = ()

    def __iadd__(self, other: Any) -> Any:
        return change(ADD, self, other)

    def __isub__(self, other: Any) -> Any:
        return change(SUB, self, other)

    def __imul__(self, other: Any) -> Any:
        return change(MUL, self, other)

    def __itruediv__(self, other: Any) -> Any:
        return change(DIV, self, other)

    def __ipow__(self, other: Any) -> Any:
        return change(POWER, self, other)

    def add_(self, other: Any, *, alpha: Any = 1) -> Any:
        return change(ADD, self, other if alpha == 1 else other * alpha)

    def sub_(self, other: Any, *, alpha: Any = 1) -> Any:
        return change(SUB, self, other if alpha == 1 else other * alpha)

    def __ifloordiv__(self, other: Any) -> Any:
        return change_by(self, lambda before: before // other)

    def __imod__(self, other: Any) -> Any:
        return change(REMAINDER, self, other)

    def __iand__(self, other: Any) -> Any:
        return change_by(self, lambda before: before & other)

    def __ior__(self, other: Any) -> Any:
        return change_by(self, lambda before: before | other)

    def __ixor__(self, other: Any) -> Any:
        return change_by(self, lambda before: before ^ other)

    def __ilshift__(self, other: Any) -> Any:
        return change_by(self, lambda before: before << other)

    def __irshift__(self, other: Any) -> Any:
        return change_by(self, lambda before: before >> other)

    mul_, pow_, remainder_ = __imul__, __ipow__, __imod__
    multiply_ = mul_

    def div_(self, other: Any, *, rounding_mode: str | None = None) -> Any:
        """`div` in place."""
        if rounding_mode is None:
            return change(DIV, self, other)
        return change_by(self, lambda before: before.div(other, rounding_mode=rounding_mode))

    divide_ = true_divide_ = div_

    def fmod_(self, other: Any) -> Any:
        return change(FMOD, self, other)

    subtract_ = sub_

    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        return change_by(self, lambda before: before.addcmul(tensor1, tensor2, value=value))

    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
        return change_by(self, lambda before: before.addcdiv(tensor1, tensor2, value=value))

    def lerp_(self, end: Any, weight: Any) -> Any:
        return change_by(self, lambda before: before.lerp(end, weight))

    def addmm_(self, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        return change_by(self, lambda before: before.addmm(mat1, mat2, beta=beta, alpha=alpha))

    def copy_(self, source: Any, non_blocking: bool = False) -> Any:
        return store(self, source, lambda root: root)

    def fill_(self, value: Any) -> Any:
        return store(self, value, lambda root: root, "FillBackward2")

    def zero_(self) -> Any:
        return store(self, 0, lambda root: root, "ZeroBackward0")

    def masked_fill_(self, mask: Any, value: Any) -> Any:
        return change_by(self, lambda before: before.masked_fill(mask, value))

    def fill_diagonal_(self, value: Any, wrap: bool = False) -> Any:
        """One value on the diagonal."""
        n = min(self._array.shape)
        self[(np.arange(n),) * self._array.ndim] = value
        return self

    def uniform_(self, from_: float = 0.0, to: float = 1.0) -> Any:
        from .creation import generator

        return self._refill(generator().uniform(from_, to, self._array.shape))

    def normal_(self, mean: float = 0.0, std: float = 1.0) -> Any:
        from .creation import generator

        return self._refill(generator().normal(mean, std, self._array.shape))

    def bernoulli_(self, p: Any = 0.5) -> Any:
        from .creation import generator

        return self._refill(generator().random(self._array.shape) < unwrap(p))

    def exponential_(self, lambd: float = 1.0) -> Any:
        from .creation import generator

        return self._refill(generator().exponential(1 / lambd, self._array.shape))

    def random_(self, from_: int = 0, to: int | None = None) -> Any:
        from .creation import generator

        low, high = (0, from_) if to is None and from_ else (from_, 2**24 if to is None else to)
        return self._refill(generator().integers(low, high, self._array.shape))

    def _refill(self, values: Any) -> Any:
        check_writable(self)
        self._array[...] = values
        bump(self)
        return self


for _name in DERIVED:
    setattr(InPlace, f"{_name}_", _derived(_name, change_by))
for _name in RESHAPED:
    setattr(InPlace, f"{_name}_", _derived(_name, reshape_by))
