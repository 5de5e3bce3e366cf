"""`torch.nn.utils`: gradients clipped, parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..dispatch import TensorCore, bump, wrap
from ..selecting import cat


def clip_grad_norm_(parameters: Any, max_norm: float, norm_type: float = 2.0) -> Any:
    """Scale all gradients so that their common norm is at most `max_norm`; returns the norm before."""
    grads = [p._grad for p in _all(parameters) if p._grad is not None]
    if not grads:
        return wrap(np.zeros((), np.float32))
    norms = np.stack([np.asarray(np.linalg.norm(g._array.ravel(), norm_type)) for g in grads])
    total = np.asarray(np.linalg.norm(norms, norm_type), grads[0]._array.dtype)
    scale = min(1.0, max_norm / (float(total) + 1e-6))
    for g in grads:
        g._array[...] *= scale
        bump(g)
    return wrap(total)


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Bound each element of all gradients."""
    for p in _all(parameters):
        if p._grad is not None:
            np.clip(p._grad._array, -clip_value, clip_value, out=p._grad._array)
            bump(p._grad)


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All parameters end to end."""
    return cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vector: Any, parameters: Iterable[Any]) -> None:
    """Copy a vector back into the parameters."""
    start = 0
    for p in parameters:
        p._array[...] = vector._array[start : start + p._array.size].reshape(p._array.shape)
        bump(p)
        start += p._array.size


def _all(parameters: Any) -> list[Any]:
    return [parameters] if isinstance(parameters, TensorCore) else list(parameters)
