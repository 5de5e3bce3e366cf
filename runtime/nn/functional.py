"""`torch.nn.functional` on Tensors."""

from __future__ import annotations

from typing import Any, Final

from ..calls import call, named
from . import losses

BCE_LOGITS: Final = named(losses.bce_with_logits, "BinaryCrossEntropyWithLogitsBackward0")


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, reduction: str = "mean",
                                     pos_weight: Any = None) -> Any:
    """The cross entropy of sigmoid(input) against target.

    raises: ValueError, if the shapes differ
    """
    if target._array.shape != input._array.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return call(losses.bce_with_logits, input, target, weight, pos_weight, reduction)
