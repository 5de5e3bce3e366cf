"""Normalisations: layer, batch, group, instance and RMS norm, each one node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..calls import call_flat, named
from ..dispatch import Operation
from ..table import Pullback, derivative

Array = Any


def _mean(x: Array, axes: int | tuple[int, ...]) -> Array:
    total = np.add.reduce(x, axes, keepdims=True)
    return total * (math.prod(total.shape) / math.prod(x.shape))


def _over(x: Array, axes: tuple[int, ...]) -> Array:
    return np.add.reduce(x, axes) if axes else x


def _standard(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """`x` with mean 0 and variance 1 over `axes`, and 1 / its standard deviation."""
    axis = axes[0] if len(axes) == 1 else axes  # one axis is quicker than a tuple of one
    centered = x - _mean(x, axis)
    scale = 1 / np.sqrt(_mean(centered * centered, axis) + eps)
    return centered * scale, scale


def standardize(x: Array, weight: Array, bias: Array, axes: tuple[int, ...], shape: tuple[int, ...],
                others: tuple[int, ...], eps: float) -> Array:
    """`x` brought to mean 0 and variance 1 over `axes`, times `weight`, plus `bias` (either may be None).

    shape  : what weight and bias are reshaped to, so that they broadcast to x
    others : the axes of x along which they are constant
    """
    out = _standard(x, axes, eps)[0]
    out = out if weight is None else out * np.reshape(weight, shape)
    return out if bias is None else out + np.reshape(bias, shape)


def _standardize_x(x: Array, weight: Array, bias: Array, axes: Any, shape: Any, others: Any, eps: float, ans: Array,
                   d_ans: Array) -> Array:
    """scale (g - mean(g) - y mean(g y)), with y the standardised x and g the cotangent times the weight."""
    y, scale = _standard(x, axes, eps)
    g = d_ans if weight is None else d_ans * np.reshape(weight, shape)
    axis = axes[0] if len(axes) == 1 else axes
    return (g - _mean(g, axis) - y * _mean(g * y, axis)) * scale


derivative(
    standardize,
    x=Pullback(_standardize_x, values=("x", "weight")),
    weight=Pullback(lambda x, weight, bias, axes, shape, others, eps, ans, d_ans:
                    np.reshape(_over(d_ans * _standard(x, axes, eps)[0], others), np.shape(weight)),
                    values=("x",), shapes=("weight",)),
    bias=Pullback(lambda x, weight, bias, axes, shape, others, eps, ans, d_ans:
                  np.reshape(_over(d_ans, others), np.shape(bias)), shapes=("bias",)))


def rescale(x: Array, weight: Array, bias: Array, mean: Array, scale: Array, shape: tuple[int, ...],
            others: tuple[int, ...]) -> Array:
    """(x - mean) scale weight + bias, with mean and scale constants of the shape that broadcasts to x."""
    out = (x - mean) * scale
    out = out if weight is None else out * np.reshape(weight, shape)
    return out if bias is None else out + np.reshape(bias, shape)


derivative(
    rescale,
    x=Pullback(lambda x, weight, bias, mean, scale, shape, others, ans, d_ans:
               d_ans * scale if weight is None else d_ans * (scale * np.reshape(weight, shape)),
               values=("weight", "scale")),
    weight=Pullback(lambda x, weight, bias, mean, scale, shape, others, ans, d_ans:
                    np.reshape(_over(d_ans * ((x - mean) * scale), others), np.shape(weight)),
                    values=("x", "mean", "scale"), shapes=("weight",)),
    bias=Pullback(lambda x, weight, bias, mean, scale, shape, others, ans, d_ans:
                  np.reshape(_over(d_ans, others), np.shape(bias)), shapes=("bias",)))

LAYER: Final = named(standardize, "NativeLayerNormBackward0")
BATCH: Final = Operation(standardize, "NativeBatchNormBackward0")
BATCH_SEEN: Final = named(rescale, "NativeBatchNormBackward0")


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """The last dimensions brought to mean 0 and variance 1, then scaled and shifted.

    raises: RuntimeError, if the last dimensions are not `normalized_shape`
    """
    shape = tuple(normalized_shape)
    own = input._array.shape
    lead = len(own) - len(shape)
    if lead < 0 or own[lead:] != shape:
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape "
                           f"[*, {', '.join(map(str, shape))}], but got input of size{list(own)}")
    return call_flat(LAYER, (input, weight, bias, tuple(range(lead, len(own))), shape, tuple(range(lead)), eps))


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel (dimension 1) brought to mean 0 and variance 1, of the batch while training, else of what was
    seen."""
    x = input._array
    axes = (0, *range(2, x.ndim))
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if not training and running_mean is not None:
        mean, variance = running_mean._array.reshape(shape), running_var._array.reshape(shape)
        return call_flat(BATCH_SEEN, (input, weight, bias, mean, 1 / np.sqrt(variance + eps), shape, axes))
    count = x.size // x.shape[1]
    if count <= 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.size()}")
    if running_mean is not None:
        mean = _mean(x, axes)
        variance = _mean((x - mean) ** 2, axes).reshape(-1) * (count / (count - 1))
        running_mean._array[...] = (1 - momentum) * running_mean._array + momentum * mean.reshape(-1)
        running_var._array[...] = (1 - momentum) * running_var._array + momentum * variance
    return call_flat(BATCH, (input, weight, bias, axes, shape, axes, eps))


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Each group of channels of each sample brought to mean 0 and variance 1."""
    own = input._array.shape
    if own[1] % num_groups:
        raise RuntimeError(f"Expected number of channels in input to be divisible by num_groups, but got input of "
                           f"shape {list(own)} and num_groups={num_groups}")
    grouped = input.reshape(own[0], num_groups, -1)
    out = call_flat(LAYER, (grouped, None, None, (2,), (1,), (0, 1), eps)).reshape(own)
    shape = (-1, *(1,) * (len(own) - 2))
    out = out if weight is None else out * weight.reshape(shape)
    return out if bias is None else out + bias.reshape(shape)


def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                  use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """Each channel of each sample brought to mean 0 and variance 1."""
    return group_norm(input, input._array.shape[1], weight, bias, eps)


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """The last dimensions divided by the root of their mean square."""
    dims = tuple(range(-len(normalized_shape), 0))
    small = float(np.finfo(input._array.dtype).eps) if eps is None else eps
    out = input * (input.square().mean(dims, True) + small).rsqrt()
    return out if weight is None else out * weight


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """input / (k + alpha mean of the squares of `size` neighbouring channels) ** beta."""
    from .padding import pad

    squares = input.square().unsqueeze(1)
    lead = (0, 0) * (input._array.ndim - 2)
    windows = pad(squares, (*lead, size // 2, (size - 1) // 2)).unfold(2, size, 1).mean(-1)
    return input / (windows.squeeze(1) * alpha + k) ** beta
