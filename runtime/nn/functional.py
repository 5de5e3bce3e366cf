"""`torch.nn.functional` on Tensors: layers here; activations, losses, norms and pools from their own modules."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from .. import kernels
from ..calls import call, call_flat, named
from ..dispatch import wrap
from ..products import einsum, matmul
from ..quiet import SILENT, loud, quiet
from ..recording import record_all
from . import convolutions
from .activations import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from .loss_functions import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cosine_similarity,
    cross_entropy,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    margin_ranking_loss,
    mse_loss,
    nll_loss,
    pairwise_distance,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
)
from .normalization import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
)
from .padding import (
    pad,
)
from .pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
    pair,
)

ADDMM: Final = named(kernels.affine, "AddmmBackward0")
EMBEDDING: Final = named(kernels.rows, "EmbeddingBackward0")
CONV: Final = named(convolutions.convolve, "ConvolutionBackward0")


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
        x, w, b = input._array, weight._array, bias._array
        if not x.dtype == w.dtype == b.dtype:
            raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {x.dtype} and {w.dtype}")
        token = quiet(SILENT)
        try:
            out = x @ w.T
            out += b
        finally:
            loud(token)
        return record_all(ADDMM, (bias, input, weight), out)
    lead = input._array.shape[:-1]
    return linear(input.reshape(-1, input._array.shape[-1]), weight, bias).reshape(*lead, weight._array.shape[0])


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """input1 @ weight[k] @ input2 for each k, + bias."""
    out = einsum("...i,kij,...j->...k", input1, weight, input2)
    return out if bias is None else out + bias


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of `weight` named by integers; the row `padding_idx` gets no gradient."""
    chosen = input._array
    if chosen.size and (chosen.min() < 0 or chosen.max() >= weight._array.shape[0]):
        raise IndexError("index out of range in self")
    return call_flat(EMBEDDING, (weight, input, padding_idx))


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Integers as rows with a single 1."""
    labels = tensor._array
    if labels.size and labels.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
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
    dilations = pair(dilation, n)
    if padding == "same":
        spans = [d * (k - 1) for d, k in zip(dilations, weight._array.shape[2:], strict=True)]
        pads = tuple((s // 2, s - s // 2) for s in spans)
    else:
        pads = tuple((p, p) for p in pair(0 if padding == "valid" else padding, n))
    spans = [d * (k - 1) + 1 for d, k in zip(dilations, weight._array.shape[2:], strict=True)]
    padded = [m + a + b for m, (a, b) in zip(input._array.shape[2:], pads, strict=True)]
    if any(span > m for span, m in zip(spans, padded, strict=True)):
        raise RuntimeError(f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
                           f"({' x '.join(map(str, spans))}). Kernel size can't be greater than actual input size")
    return call(convolutions.convolve, input, weight, bias, pair(stride, n), pads, dilations, groups)


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
    """The transpose of `conv1d` in its input: weight is (in, out / groups, k)."""
    return _transposed(input, weight, bias, stride, padding, output_padding, groups, dilation, 1)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
    """The transpose of `conv2d` in its input: weight is (in, out / groups, kH, kW)."""
    return _transposed(input, weight, bias, stride, padding, output_padding, groups, dilation, 2)


def _transposed(input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int,
                dilation: Any, n: int) -> Any:
    """A convolution of the input spread out by `stride`, with the kernel turned round."""
    inputs, outputs, *size = weight._array.shape
    steps, dilations = pair(stride, n), pair(dilation, n)
    spread = call(convolutions.spread, input, steps)
    margins = [d * (k - 1) - p for d, k, p in zip(dilations, size, pair(padding, n), strict=True)]
    behind = [m + extra for m, extra in zip(margins, pair(output_padding, n), strict=True)]
    padded = pad(spread, [v for k in reversed(range(n)) for v in (margins[k], behind[k])])
    kernel = weight.reshape(groups, inputs // groups, outputs, *size).transpose(1, 2)
    kernel = kernel.reshape(groups * outputs, inputs // groups, *size).flip(*range(2, n + 2))
    return _conv(padded, kernel, bias, 1, 0, dilation, groups, n)


def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
                                 is_causal: bool = False, scale: float | None = None) -> Any:
    """softmax(query key^T scale + mask) value; a mask of bools leaves out what is False."""
    scale = 1 / math.sqrt(query._array.shape[-1]) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * scale
    if is_causal:
        attn_mask = wrap(np.tril(np.ones(scores._array.shape[-2:], np.bool_)))
    if attn_mask is not None:
        masks = attn_mask._array.dtype.kind == "b"
        scores = scores.masked_fill(~attn_mask, -math.inf) if masks else scores + attn_mask
    return dropout(scores.softmax(-1), dropout_p) @ value


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of images as columns: (N, C kH kW, places)."""
    windows = call(convolutions.windows, input, pair(kernel_size), pair(stride), tuple((p, p) for p in pair(padding)),
                   pair(dilation), 0.0)
    n, c, rows, columns, kh, kw = windows._array.shape
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(n, c * kh * kw, rows * columns)


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels to places: (N, C r^2, H, W) -> (N, C, r H, r W)."""
    r = upscale_factor
    n, c, h, w = input._array.shape
    return input.reshape(n, c // r**2, r, r, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, c // r**2, h * r, w * r)


__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "mish",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pair",
    "pairwise_distance",
    "pixel_shuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "triplet_margin_loss",
    "unfold",
]
