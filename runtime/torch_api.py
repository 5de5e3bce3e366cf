"""The names that `import pullback as torch` gives a PyTorch user.

A function of one Tensor first is the method of that name: `exp(t)` is `t.exp()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from . import autograd, autograd_func, nn, optim, utils
from .calls import call
from .creation import (
    arange,
    as_tensor,
    asarray,
    bernoulli,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    is_tensor,
    linspace,
    logspace,
    manual_seed,
    multinomial,
    normal,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    result_type,
    tensor,
    zeros,
    zeros_like,
)
from .dispatch import TensorCore, wrap
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .products import einsum, matmul, tensordot
from .promotion import get_default_dtype, set_default_dtype
from .selecting import cat, stack, where
from .tensor import Size, Tensor

float16 = half = np.dtype("float16")
float32 = np.dtype("float32")
float64 = double = np.dtype("float64")
complex64 = np.dtype("complex64")
complex128 = np.dtype("complex128")
uint8 = np.dtype("uint8")
int8 = np.dtype("int8")
int16 = short = np.dtype("int16")
int32 = np.dtype("int32")
int64 = long = np.dtype("int64")
bool = np.dtype("bool")  # noqa: A001 (PyTorch's names, here and below)
float = float32  # noqa: A001
int = int32  # noqa: A001
pi: Final = np.pi
inf: Final = np.inf
nan: Final = np.nan

func = autograd_func
vmap = autograd_func.vmap
FloatTensor = Tensor
concat = concatenate = cat

# Methods as functions.
add, sub, mul, div, true_divide = Tensor.add, Tensor.sub, Tensor.mul, Tensor.div, Tensor.div
subtract, multiply, divide, negative, neg = Tensor.sub, Tensor.mul, Tensor.div, Tensor.neg, Tensor.neg
remainder, fmod, floor_divide = Tensor.remainder, Tensor.fmod, Tensor.floor_divide
maximum, minimum, atan2, hypot, logaddexp = Tensor.maximum, Tensor.minimum, Tensor.atan2, Tensor.hypot, Tensor.logaddexp
absolute, square, reciprocal, sqrt, rsqrt = Tensor.abs, Tensor.square, Tensor.reciprocal, Tensor.sqrt, Tensor.rsqrt
exp, expm1, exp2, log, log1p, log2, log10 = (
    Tensor.exp, Tensor.expm1, Tensor.exp2, Tensor.log, Tensor.log1p, Tensor.log2, Tensor.log10)
sin, cos, tan, asin, acos, atan = Tensor.sin, Tensor.cos, Tensor.tan, Tensor.asin, Tensor.acos, Tensor.atan
sinh, cosh, tanh, asinh, acosh, atanh = Tensor.sinh, Tensor.cosh, Tensor.tanh, Tensor.asinh, Tensor.acosh, Tensor.atanh
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
sinc, sigmoid, relu, erf, sign = Tensor.sinc, Tensor.sigmoid, Tensor.relu, Tensor.erf, Tensor.sign
floor, ceil, trunc, clamp, clip = Tensor.floor, Tensor.ceil, Tensor.trunc, Tensor.clamp, Tensor.clamp
clamp_min, clamp_max, isnan, isinf, isfinite = (
    Tensor.clamp_min, Tensor.clamp_max, Tensor.isnan, Tensor.isinf, Tensor.isfinite)
eq, ne, lt, le, gt, ge = Tensor.eq, Tensor.ne, Tensor.lt, Tensor.le, Tensor.gt, Tensor.ge
logical_and, logical_or, logical_xor, logical_not = (
    Tensor.logical_and, Tensor.logical_or, Tensor.logical_xor, Tensor.logical_not)
mean, prod, amax, amin, argmax, argmin = (
    Tensor.mean, Tensor.prod, Tensor.amax, Tensor.amin, Tensor.argmax, Tensor.argmin)
sort, argsort, topk, kthvalue, median, var, std, norm = (
    Tensor.sort, Tensor.argsort, Tensor.topk, Tensor.kthvalue, Tensor.median, Tensor.var, Tensor.std, Tensor.norm)
cumsum, cumprod, softmax, log_softmax, logsumexp = (
    Tensor.cumsum, Tensor.cumprod, Tensor.softmax, Tensor.log_softmax, Tensor.logsumexp)
count_nonzero, nonzero, unique, allclose, isclose, equal = (
    Tensor.count_nonzero, Tensor.nonzero, Tensor.unique, Tensor.allclose, Tensor.isclose, Tensor.equal)
mm, mv, bmm, dot, inner, outer, addmm, kron, trace = (
    Tensor.mm, Tensor.mv, Tensor.bmm, Tensor.dot, Tensor.inner, Tensor.outer, Tensor.addmm, Tensor.kron, Tensor.trace)
tril, triu, diag, diagonal, inverse, det = (
    Tensor.tril, Tensor.triu, Tensor.diag, Tensor.diagonal, Tensor.inverse, Tensor.det)
reshape, flatten, ravel, squeeze, unsqueeze, permute, transpose, t = (
    Tensor.reshape,
    Tensor.flatten,
    Tensor.ravel,
    Tensor.squeeze,
    Tensor.unsqueeze,
    Tensor.permute,
    Tensor.transpose,
    Tensor.t,
)
swapaxes, movedim, moveaxis, broadcast_to, tile, flip, fliplr, flipud, roll = (
    Tensor.swapaxes,
    Tensor.movedim,
    Tensor.movedim,
    Tensor.expand,
    Tensor.tile,
    Tensor.flip,
    Tensor.fliplr,
    Tensor.flipud,
    Tensor.roll,
)
repeat_interleave, unflatten = Tensor.repeat_interleave, Tensor.unflatten
unbind, select, narrow, split, chunk, tensor_split = (
    Tensor.unbind, Tensor.select, Tensor.narrow, Tensor.split, Tensor.chunk, Tensor.tensor_split)
index_select, gather, take, masked_select, masked_fill = (
    Tensor.index_select, Tensor.gather, Tensor.take, Tensor.masked_select, Tensor.masked_fill)
scatter, scatter_add, index_add, index_fill, take_along_dim = (
    Tensor.scatter, Tensor.scatter_add, Tensor.index_add, Tensor.index_fill, Tensor.take_along_dim)
clone, numel, is_floating_point, is_complex = Tensor.clone, Tensor.numel, Tensor.is_floating_point, Tensor.is_complex
abs, all, any, max, min, round, sum = (  # noqa: A001 (PyTorch's names)
    Tensor.abs, Tensor.all, Tensor.any, Tensor.max, Tensor.min, Tensor.round, Tensor.sum)


def pow(input: Any, exponent: Any) -> Any:  # noqa: A001
    """`input ** exponent`; either may be a number."""
    return input**exponent


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight (end - input)."""
    return input + (end - input) * weight


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value tensor1 tensor2."""
    return input + tensor1 * tensor2 * value


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value tensor1 / tensor2."""
    return input + tensor1 / tensor2 * value


def vstack(tensors: Sequence[Any]) -> Any:
    """Join rows."""
    return call(np.vstack, list(tensors))


def hstack(tensors: Sequence[Any]) -> Any:
    """Join columns; vectors end to end."""
    return call(np.hstack, list(tensors))


def column_stack(tensors: Sequence[Any]) -> Any:
    """Join columns; a vector is one column."""
    return cat([v[:, None] if v.ndim == 1 else v for v in tensors], 1)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates of a grid."""
    vectors = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], TensorCore) else tensors
    grids = np.meshgrid(*[v.detach().numpy() for v in vectors], indexing=indexing)  # type: ignore[call-overload]
    return tuple(wrap(v) for v in grids)


def set_num_threads(n: Any) -> None:
    """Accepted and without effect: NumPy's own threads do the work."""

__all__ = [
    "FloatTensor",
    "Size",
    "Tensor",
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "addcdiv",
    "addcmul",
    "addmm",
    "all",
    "allclose",
    "amax",
    "amin",
    "any",
    "arange",
    "arccos",
    "arcsin",
    "arctan",
    "arctan2",
    "argmax",
    "argmin",
    "argsort",
    "as_tensor",
    "asarray",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "autograd",
    "bernoulli",
    "bmm",
    "bool",
    "broadcast_to",
    "cat",
    "ceil",
    "chunk",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "clone",
    "column_stack",
    "complex64",
    "complex128",
    "concat",
    "concatenate",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "det",
    "diag",
    "diagonal",
    "div",
    "divide",
    "dot",
    "double",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "eq",
    "equal",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "eye",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "float",
    "float16",
    "float32",
    "float64",
    "floor",
    "floor_divide",
    "fmod",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "func",
    "gather",
    "ge",
    "get_default_dtype",
    "gt",
    "half",
    "hstack",
    "hypot",
    "index_add",
    "index_fill",
    "index_select",
    "inf",
    "inference_mode",
    "inner",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "inverse",
    "is_complex",
    "is_floating_point",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_tensor",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "kron",
    "kthvalue",
    "le",
    "lerp",
    "linspace",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logspace",
    "logsumexp",
    "long",
    "lt",
    "manual_seed",
    "masked_fill",
    "masked_select",
    "matmul",
    "max",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mm",
    "moveaxis",
    "movedim",
    "mul",
    "multinomial",
    "multiply",
    "mv",
    "nan",
    "narrow",
    "ne",
    "neg",
    "negative",
    "nn",
    "no_grad",
    "nonzero",
    "norm",
    "normal",
    "numel",
    "ones",
    "ones_like",
    "optim",
    "outer",
    "permute",
    "pi",
    "pow",
    "prod",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "ravel",
    "reciprocal",
    "relu",
    "remainder",
    "repeat_interleave",
    "reshape",
    "result_type",
    "roll",
    "round",
    "rsqrt",
    "scatter",
    "scatter_add",
    "select",
    "set_default_dtype",
    "set_grad_enabled",
    "set_num_threads",
    "short",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "sub",
    "subtract",
    "sum",
    "swapaxes",
    "t",
    "take",
    "take_along_dim",
    "tan",
    "tanh",
    "tensor",
    "tensor_split",
    "tensordot",
    "tile",
    "topk",
    "trace",
    "transpose",
    "tril",
    "triu",
    "true_divide",
    "trunc",
    "uint8",
    "unbind",
    "unflatten",
    "unique",
    "unsqueeze",
    "utils",
    "var",
    "vmap",
    "vstack",
    "where",
    "zeros",
    "zeros_like",
]
