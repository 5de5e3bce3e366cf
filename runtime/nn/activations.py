"""Activations: `torch.nn.functional`'s functions of one Tensor."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np

from .. import kernels
from ..calls import named
from ..dispatch import wrap
from ..quiet import SILENT, loud, quiet
from ..recording import record, renamed, unary
from ..selecting import where

SOFTPLUS: Final = named(kernels.softplus, "SoftplusBackward0")
GELU: Final = named(kernels.gelu, "GeluBackward0", floating=True)
GELU_TANH: Final = named(kernels.gelu_tanh, "GeluBackward0", floating=True)
SILU: Final = named(kernels.silu, "SiluBackward0", floating=True)
HARDTANH: Final = named(kernels.hardtanh, "HardtanhBackward0")
LEAKY: Final = named(kernels.leaky_relu, "LeakyReluBackward0")
ELU: Final = named(kernels.elu, "EluBackward0")


def relu(input: Any, inplace: bool = False) -> Any:
    """max(input, 0)."""
    return input.relu_() if inplace else input.relu()


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """The input where it is positive, else a small multiple."""
    return record(LEAKY, input, kernels.leaky_relu(input._array, negative_slope), negative_slope)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """The input where it is positive, else alpha (exp(input) - 1)."""
    return record(ELU, input, kernels.elu(input._array, alpha), alpha)


def gelu(input: Any, approximate: str = "none") -> Any:
    """input Phi(input), exactly or by PyTorch's tanh formula."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    if approximate == "tanh":
        return unary(GELU_TANH, input)
    return unary(GELU, input)


def silu(input: Any, inplace: bool = False) -> Any:
    """input sigmoid(input)."""
    return unary(SILU, input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta input)) / beta."""
    token = quiet(SILENT)
    try:
        return record(SOFTPLUS, input, kernels.softplus(input._array, beta, threshold), beta, threshold)
    finally:
        loud(token)


def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-input))."""
    return input.sigmoid()


def logsigmoid(input: Any) -> Any:
    """log(sigmoid(input)), without overflow."""
    return renamed(-softplus(-input), "LogSigmoidBackward0")


def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return input.tanh()


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """The input between two bounds; flat at the bounds."""
    return record(HARDTANH, input, kernels.hardtanh(input._array, min_val, max_val), min_val, max_val)


def relu6(input: Any) -> Any:
    """The input between 0 and 6."""
    return hardtanh(input, 0.0, 6.0)


def softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """exp(input) / sum(exp(input)) along `dim`."""
    return input.softmax(_dim(input, dim, "softmax"), dtype)


def log_softmax(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """The logarithm of `softmax`."""
    return input.log_softmax(_dim(input, dim, "log_softmax"), dtype)


def _dim(input: Any, dim: int | None, name: str) -> int:
    if dim is not None:
        return dim
    warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an "
                  "argument.",
                  UserWarning, stacklevel=3)
    return 0 if input.ndim in (0, 1, 3) else 1


# The rarer ones, of the others ----------------------------------------------------------------------------------------


def selu(input: Any, inplace: bool = False) -> Any:
    """`elu` with the constants that keep mean 0 and variance 1 (Klambauer et al., 2017)."""
    return renamed(elu(input, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946, "EluBackward0")


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """max(0, input) + min(0, alpha (exp(input / alpha) - 1))."""
    return renamed(elu(input / alpha) * alpha, "CeluBackward0")


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """input / 6 + 1/2, between 0 and 1."""
    return renamed(hardtanh(input, -3.0, 3.0) / 6 + 0.5, "HardsigmoidBackward0")


def hardswish(input: Any, inplace: bool = False) -> Any:
    """input hardsigmoid(input)."""
    x = input.detach()
    middle = input * (input + 3) / 6
    return renamed(where(x <= -3, wrap(np.zeros_like(x._array)), where(x >= 3, input, middle)), "HardswishBackward0")


def mish(input: Any, inplace: bool = False) -> Any:
    """input tanh(softplus(input))."""
    return renamed(input * softplus(input).tanh(), "MishBackward0")


def softsign(input: Any) -> Any:
    """input / (1 + |input|)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Any) -> Any:
    """input - tanh(input)."""
    return input - input.tanh()


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """The input outside of [-lambd, lambd], else 0."""
    return renamed(input.masked_fill(input.detach().abs() <= lambd, 0.0), "HardshrinkBackward0")


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """The input brought nearer to 0 by lambd."""
    x = input.detach()
    return renamed(where(x > lambd, input - lambd, where(x < -lambd, input + lambd, x * 0)), "SoftshrinkBackward0")


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """The input above `threshold`, else `value`."""
    return renamed(input.masked_fill(input.detach() <= threshold, value), "ThresholdBackward0")


def softmin(input: Any, dim: int | None = None, dtype: Any = None) -> Any:
    """`softmax` of minus the input."""
    return softmax(-input, dim, dtype)


def prelu(input: Any, weight: Any) -> Any:
    """The input where it is positive, else `weight` (one, or one for each channel) times it."""
    slope = weight if weight._array.size == 1 else weight.reshape(-1, *(1,) * (input._array.ndim - 2))
    return renamed(where(input.detach() > 0, input, input * slope), "PreluKernelBackward0")


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along `dim`, times the sigmoid of the second."""
    n = input._array.shape[dim]
    if n % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {n}")
    return renamed(input.narrow(dim, 0, n // 2) * input.narrow(dim, n // 2, n // 2).sigmoid(), "GluBackward0")
