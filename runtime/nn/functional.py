"""`torch.nn.functional` on Tensors: activations, losses, layers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from .. import kernels
from ..calls import call, named
from ..dispatch import broadcast_error, record, unary, wrap
from ..products import matmul
from ..quiet import SILENT, loud, quiet
from . import convolutions, losses

BCE_LOGITS: Final = named(losses.bce_with_logits, "BinaryCrossEntropyWithLogitsBackward0")
BCE: Final = named(losses.bce, "BinaryCrossEntropyBackward0")
MSE: Final = named(losses.mse, "MseLossBackward0")
L1: Final = named(losses.l1, "MeanBackward0")
SMOOTH_L1: Final = named(losses.smooth_l1, "SmoothL1LossBackward0")
HUBER: Final = named(losses.huber, "HuberLossBackward0")
NLL: Final = named(losses.nll, "NllLossBackward0")
SOFTPLUS: Final = named(kernels.softplus, "SoftplusBackward0")
GELU: Final = named(kernels.gelu, "GeluBackward0", floating=True)
SILU: Final = named(kernels.silu, "SiluBackward0", floating=True)
LEAKY: Final = named(kernels.leaky_relu, "LeakyReluBackward0")
ELU: Final = named(kernels.elu, "EluBackward0")
ADDMM: Final = named(kernels.affine, "AddmmBackward0")
EMBEDDING: Final = named(kernels.rows, "EmbeddingBackward0")
CONV: Final = named(convolutions.convolve, "ConvolutionBackward0")


# Activations -----------------------------------------------------------------------------------------------


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
    if approximate == "tanh":
        inner = (input + input * input * input * 0.044715) * math.sqrt(2 / math.pi)
        return input * 0.5 * (inner.tanh() + 1)
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
    return -softplus(-input)


def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return input.tanh()


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """The input between two bounds."""
    return input.clamp(min_val, max_val)


def relu6(input: Any) -> Any:
    """The input between 0 and 6."""
    return input.clamp(0.0, 6.0)


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


# Losses ----------------------------------------------------------------------------------------------------


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, reduction: str = "mean",
                                     pos_weight: Any = None) -> Any:
    """The cross entropy of sigmoid(input) against target.

    raises: ValueError, if the shapes differ
    """
    if target._array.shape != input._array.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    if weight is None and pos_weight is None and not target.requires_grad and target._array.dtype is input._array.dtype:
        token = quiet(SILENT)
        try:
            out = losses.bce_with_logits(input._array, target._array, None, None, reduction)
        finally:
            loud(token)
        return record(BCE_LOGITS, input, out, target, None, None, reduction)
    return call(losses.bce_with_logits, input, target, weight, pos_weight, reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """The cross entropy of probabilities against target; logarithms are bounded by -100, as PyTorch's.

    raises: ValueError, if the shapes differ; RuntimeError, for an input outside [0, 1]
    """
    if target._array.shape != input._array.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please "
            "ensure they have the same size."
        )
    if not bool(np.all((input._array >= 0) & (input._array <= 1))):
        raise RuntimeError("all elements of input should be between 0 and 1")
    return call(losses.bce, input, target, weight, reduction)


def _same_size(input: Any, target: Any, name: str) -> tuple[Any, Any]:
    if input._array.shape != target._array.shape:
        warnings.warn(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). This will "
            "likely lead to "
            "incorrect results due to broadcasting. Please ensure they have the same size.", UserWarning, stacklevel=3)
        try:
            shape = np.broadcast_shapes(input._array.shape, target._array.shape)
        except ValueError as error:
            raise broadcast_error(input._array, target._array, error) from None
        return input.expand(shape), target.expand(shape)
    return input, target


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean squared difference."""
    return call(losses.mse, *_same_size(input, target, "mse_loss"), reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean absolute difference."""
    return call(losses.l1, *_same_size(input, target, "l1_loss"), reduction)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Squared below `beta`, absolute above, divided by `beta` where squared."""
    if beta == 0:
        return l1_loss(input, target, reduction)
    return call(losses.smooth_l1, *_same_size(input, target, "smooth_l1_loss"), beta, reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Squared below `delta`, linear above."""
    return call(losses.huber, *_same_size(input, target, "huber_loss"), delta, reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """The divergence of `target` from exp(input); "batchmean" divides by the first dimension."""
    if log_target:
        pointwise = target.exp() * (target - input)
    else:
        positive = wrap(np.where(target._array > 0, target._array, 1))
        entropy = wrap(target._array * np.log(positive._array)) if not target.requires_grad else target * target.log()
        pointwise = entropy - target * input
    if reduction == "mean":
        warnings.warn("reduction: 'mean' divides the total loss by both the batch size and the support "
                      "size.'batchmean' divides only "
                      "by the batch size, and aligns with the KL div math definition.'mean' will be changed to "
                      "behave the same as "
                      "'batchmean' in the next major release.", UserWarning, stacklevel=2)
    if reduction == "batchmean":
        return pointwise.sum() / input.shape[0]
    return {"mean": pointwise.mean, "sum": pointwise.sum, "none": lambda: pointwise}[reduction]()


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """Minus the log probabilities of the target classes (dimension 1 of `input`; 0 of a vector)."""
    shape, wanted = input._array.shape, target._array
    classes = shape[1 if len(shape) > 1 else 0]
    if len(shape) > 1 and wanted.shape != shape[:1] + shape[2:]:
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({wanted.shape[0]}).")
    if wanted.size and (np.minimum.reduce(wanted, None) < 0 or np.maximum.reduce(wanted, None) >= classes):
        outside = wanted[(wanted != ignore_index) & ((wanted < 0) | (wanted >= classes))]
        if outside.size:
            raise IndexError(f"Target {outside.flat[0]} is out of bounds.")
    return call(losses.nll, input, target, weight, ignore_index, reduction)


def cross_entropy(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Any:
    """The cross entropy of softmax(input) against class indices or probabilities.

    input: Tensor (C,), (N, C) or (N, C, d1, ...)
    """
    dim = 1 if input._array.ndim > 1 else 0
    logp = input.log_softmax(dim)
    classes = input._array.shape[dim]
    if target._array.dtype.kind == "f":
        goal = target
        if label_smoothing:
            goal = target * (1 - label_smoothing) + label_smoothing / classes
        product = logp * goal
        if weight is not None:
            product = product * weight.reshape(-1, *(1,) * (input._array.ndim - dim - 1))
        each = -product.sum(dim)
        count = max(int(np.prod(each._array.shape)), 1)
        return {"none": lambda: each, "sum": each.sum, "mean": lambda: each.sum() / count}[reduction]()
    loss = nll_loss(logp, target, weight, ignore_index, reduction)
    if not label_smoothing:
        return loss
    w = np.ones(classes, input._array.dtype) if weight is None else weight._array
    valid = target._array != ignore_index
    shape = (-1, *(1,) * (input._array.ndim - dim - 1))
    smooth = -(logp * wrap(w.reshape(shape))).sum(dim) * wrap(valid.astype(input._array.dtype))
    if reduction == "mean":
        smooth = smooth.sum() / float(np.where(valid, w[np.where(valid, target._array, 0)], 0).sum())
    elif reduction == "sum":
        smooth = smooth.sum()
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along `dim`."""
    return (x1 * x2).sum(dim) / (x1.norm(dim=dim).clamp(min=eps) * x2.norm(dim=dim).clamp(min=eps))


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6) -> Any:
    """The p-norm of the difference of rows."""
    return (x1 - x2 + eps).norm(p, dim=-1)


# Layers ----------------------------------------------------------------------------------------------------


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weight.T + bias.

    input : Tensor (*, in)
    weight: Tensor (out, in)
    """
    if bias is None:
        return matmul(input, weight.t())
    if input._array.ndim == 2:
        if input._array.shape[1] != weight._array.shape[1]:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied "
                               f"({input._array.shape[0]}x{input._array.shape[1]} and "
                               f"{weight._array.shape[1]}x{weight._array.shape[0]})")
        return call(kernels.affine, bias, input, weight)
    return matmul(input, weight.t()) + bias


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of `weight` named by integers; the row `padding_idx` gets no gradient."""
    chosen = input._array
    if chosen.size and (chosen.min() < 0 or chosen.max() >= weight._array.shape[0]):
        raise IndexError("index out of range in self")
    return call(kernels.rows, weight, input, padding_idx)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Integers as rows with a single 1."""
    labels = tensor._array
    count = int(labels.max()) + 1 if num_classes == -1 else num_classes
    if labels.size and int(labels.max()) >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((labels[..., None] == np.arange(count)).astype(np.int64))


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """`input` divided by its p-norm along `dim`."""
    return input / input.norm(p, dim, True).clamp(min=eps)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zeros with probability `p`, the rest scaled by 1 / (1 - p).

    raises: ValueError, if p is no probability
    """
    from ..creation import generator

    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    kept = generator().random(input._array.shape) >= p
    return input * wrap((kept / (1 - p) if p < 1 else np.zeros(kept.shape)).astype(input._array.dtype))


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """The last dimensions brought to mean 0 and variance 1, then scaled and shifted."""
    dims = tuple(range(-len(normalized_shape), 0))
    if tuple(input._array.shape[dims[0]:]) != tuple(normalized_shape):
        raise RuntimeError(f"Given normalized_shape={list(normalized_shape)}, expected input with shape "
                           f"[*, {', '.join(map(str, normalized_shape))}], but got input of "
                           f"size{list(input._array.shape)}")
    centered = input - input.mean(dims, True)
    out = centered * (centered.square().mean(dims, True) + eps).rsqrt()
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


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
    dims = (0, *range(2, x.ndim))
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training or running_mean is None:
        count = x.size // x.shape[1]
        if count <= 1:
            raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.size()}")
        mean = input.mean(dims, True)
        centered = input - mean
        variance = centered.square().mean(dims, True)
        if running_mean is not None:
            running_mean._array[...] = (1 - momentum) * running_mean._array + momentum * mean._array.reshape(-1)
            unbiased = variance._array.reshape(-1) * (count / (count - 1))
            running_var._array[...] = (1 - momentum) * running_var._array + momentum * unbiased
    else:
        centered = input - running_mean.reshape(shape)
        variance = running_var.reshape(shape)
    out = centered * (variance + eps).rsqrt()
    out = out if weight is None else out * weight.reshape(shape)
    return out if bias is None else out + bias.reshape(shape)


def _pair(x: Any, n: int = 2) -> tuple[int, ...]:
    return tuple(x) if isinstance(x, Sequence) else (x,) * n


def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
           groups: int = 1) -> Any:
    """The cross-correlation of images with kernels.

    input : Tensor (N, C, H, W), or (C, H, W)
    weight: Tensor (out, C / groups, kH, kW)
    """
    return _conv(input, weight, bias, stride, padding, dilation, groups, 2)


def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
           groups: int = 1) -> Any:
    """The cross-correlation of sequences with kernels.

    input : Tensor (N, C, L), or (C, L)
    weight: Tensor (out, C / groups, k)
    """
    return _conv(input, weight, bias, stride, padding, dilation, groups, 1)


def _conv(input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int, n: int) -> Any:
    if input._array.ndim == n + 1:
        return _conv(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups, n).squeeze(0)
    if input._array.ndim != n + 2:
        raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to conv{n}d, but got input of "
                           "size: "
                           f"{list(input._array.shape)}")
    channels = weight._array.shape[1] * groups
    if input._array.shape[1] != channels:
        raise RuntimeError(f"Given groups={groups}, weight of size {list(weight._array.shape)}, expected input"
                           f"{list(input._array.shape)} to have {channels} channels, but got {input._array.shape[1]} "
                           "channels instead")
    dilations = _pair(dilation, n)
    if padding == "same":
        spans = [d * (k - 1) for d, k in zip(dilations, weight._array.shape[2:], strict=True)]
        pads = tuple((s // 2, s - s // 2) for s in spans)
    else:
        pads = tuple((p, p) for p in _pair(0 if padding == "valid" else padding, n))
    return call(convolutions.convolve, input, weight, bias, _pair(stride, n), pads, dilations, groups)





def max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The largest element of each window; the first of equal ones gets the gradient."""
    return _pool(input, kernel_size, stride, padding, 2, "max")


def max_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The largest element of each window of the last dimension."""
    return _pool(input, kernel_size, stride, padding, 1, "max")


def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The mean of each window, padding included."""
    return _pool(input, kernel_size, stride, padding, 2, "avg")


def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The mean of each window of the last dimension, padding included."""
    return _pool(input, kernel_size, stride, padding, 1, "avg")


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The mean of windows that divide the image evenly.

    raises: RuntimeError, where they cannot
    """
    goal = _pair(output_size)
    spans = input._array.shape[-2:]
    if any(span % n for span, n in zip(spans, goal, strict=True)):
        raise RuntimeError(f"adaptive_avg_pool2d: {list(spans)} is no multiple of {list(goal)}; windows of unequal "
                           "sizes are not supported")
    window = tuple(span // n for span, n in zip(spans, goal, strict=True))
    return avg_pool2d(input, window)


def _pool(input: Any, kernel_size: Any, stride: Any, padding: Any, n: int, kind: str) -> Any:
    window = _pair(kernel_size, n)
    steps = window if stride is None else _pair(stride, n)
    fill = -np.inf if kind == "max" else 0.0
    windows = call(convolutions.windows, input, window, steps, tuple((p, p) for p in _pair(padding, n)), (1,) * n, fill)
    flat = windows.reshape(*windows._array.shape[: -n], -1)
    return flat.max(-1).values if kind == "max" else flat.mean(-1)


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> Any:
    """Add elements around the last dimensions: (left, right, top, bottom, ...)."""
    if mode != "constant":
        raise NotImplementedError(f"pad with mode={mode!r}: only 'constant' is supported")
    pairs = [(pad[k], pad[k + 1]) for k in range(0, len(pad), 2)][::-1]
    widths = [(0, 0)] * (input._array.ndim - len(pairs)) + pairs
    shape = tuple(n + a + b for n, (a, b) in zip(input._array.shape, widths, strict=True))
    out = wrap(np.full(shape, value, input._array.dtype))
    out[tuple(slice(a, a + n) for n, (a, _) in zip(input._array.shape, widths, strict=True))] = input
    return out


