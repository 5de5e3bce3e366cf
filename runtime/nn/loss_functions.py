"""Losses and distances: what `torch.nn.functional` computes of two Tensors."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np

from ..calls import call, call_flat, named
from ..dispatch import Operation, wrap
from ..quiet import SILENT, loud, quiet
from ..recording import broadcast_error, record
from . import losses

BCE_LOGITS: Final = named(losses.bce_with_logits, "BinaryCrossEntropyWithLogitsBackward0")
BCE: Final = named(losses.bce, "BinaryCrossEntropyBackward0")
MSE: Final = named(losses.mse, "MseLossBackward0")
L1: Final = named(losses.l1, "MeanBackward0")
L1_EACH: Final = Operation(losses.l1, "AbsBackward0")
L1_SUM: Final = Operation(losses.l1, "SumBackward0")
SMOOTH_L1: Final = named(losses.smooth_l1, "SmoothL1LossBackward0")
HUBER: Final = named(losses.huber, "HuberLossBackward0")
NLL: Final = named(losses.nll, "NllLossBackward0")
NLL_IMAGES: Final = Operation(losses.nll, "NllLoss2DBackward0")
NLL_ROWS: Final = named(losses.nll_rows, "NllLossBackward0")


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
    return call_flat(MSE, (*_same_size(input, target, "mse_loss"), reduction))


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean absolute difference."""
    op = {"none": L1_EACH, "sum": L1_SUM}.get(reduction, L1)
    return call_flat(op, (*_same_size(input, target, "l1_loss"), reduction))


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
    if len(shape) == 2 and weight is None and wanted.dtype == np.int64 and wanted.shape == shape[:1] and shape[0] \
            and not 0 <= ignore_index < shape[1] and np.maximum.reduce(wanted.view(np.uint64)) < shape[1]:
        # Neither negative (which is huge without a sign) nor too large: the common case, kept short.
        return record(NLL_ROWS, input, losses.nll_rows(input._array, wanted, reduction), target, reduction)
    classes = shape[1 if len(shape) > 1 else 0]
    if len(shape) > 1 and wanted.shape != shape[:1] + shape[2:]:
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({wanted.shape[0]}).")
    if wanted.size and (np.minimum.reduce(wanted, None) < 0 or np.maximum.reduce(wanted, None) >= classes):
        outside = wanted[(wanted != ignore_index) & ((wanted < 0) | (wanted >= classes))]
        if outside.size:
            raise IndexError(f"Target {outside.flat[0]} is out of bounds.")
    return call_flat(NLL_IMAGES if len(shape) > 2 else NLL, (input, target, weight, ignore_index, reduction))


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


def _mean_or_sum(each: Any, reduction: str) -> Any:
    return {"mean": each.mean, "sum": each.sum, "none": lambda: each}[reduction]()


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    """The input where target is 1; max(0, margin - input) where it is -1."""
    positive = wrap((target._array == 1).astype(input._array.dtype))
    return _mean_or_sum(input * positive + (margin - input).clamp(min=0) * (1 - positive), reduction)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """max(0, margin - target (input1 - input2))."""
    return _mean_or_sum((margin - target * (input1 - input2)).clamp(min=0), reduction)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """1 - cosine where target is 1; max(0, cosine - margin) where it is -1."""
    cosine = cosine_similarity(input1, input2, -1)
    positive = wrap((target._array == 1).astype(input1._array.dtype))
    return _mean_or_sum((1 - cosine) * positive + (cosine - margin).clamp(min=0) * (1 - positive), reduction)


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0,
                        eps: float = 1e-6, swap: bool = False, reduction: str = "mean") -> Any:
    """max(0, margin + d(anchor, positive) - d(anchor, negative))."""
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = far.minimum(pairwise_distance(positive, negative, p, eps))
    return _mean_or_sum((margin + near - far).clamp(min=0), reduction)


def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """log(1 + exp(-target input))."""
    return _mean_or_sum((-target * input).exp().log1p(), reduction)


def poisson_nll_loss(input: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8,
                     reduction: str = "mean") -> Any:
    """exp(input) - target input, or input - target log(input + eps) without `log_input`.

    raises: NotImplementedError, for `full` (Stirling's term)
    """
    if full:
        raise NotImplementedError("poisson_nll_loss(full=True) is not supported: add Stirling's term yourself")
    each = input.exp() - target * input if log_input else input - target * (input + eps).log()
    return _mean_or_sum(each, reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Any:
    """(log(var) + (input - target)^2 / var) / 2, with var at least eps."""
    spread = var.clone() if not var.requires_grad else var
    spread = spread + (spread.detach().clamp(min=eps) - spread.detach())
    each = 0.5 * (spread.log() + (input - target) ** 2 / spread)
    return _mean_or_sum(each + 0.5 * float(np.log(2 * np.pi)) if full else each, reduction)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along `dim`."""
    return ((x1 / x1.norm(dim=dim, keepdim=True).clamp(min=eps)) *
            (x2 / x2.norm(dim=dim, keepdim=True).clamp(min=eps))).sum(dim)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of the difference of rows."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)
