"""`torch.nn.init`: fill a tensor in place, outside of the graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..creation import generator
from ..dispatch import bump


def fan(t: Any) -> tuple[int, int]:
    """How many elements feed each output of a weight, and how many outputs each element feeds."""
    shape = t._array.shape
    if len(shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    area = math.prod(shape[2:])
    return shape[1] * area, shape[0] * area


def _fill(t: Any, values: Any) -> Any:
    t._array[...] = values
    bump(t)
    return t


def uniform_(t: Any, a: float = 0.0, b: float = 1.0) -> Any:
    """Uniform numbers from a to b."""
    return _fill(t, generator().uniform(a, b, t._array.shape))


def normal_(t: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    """Normal numbers."""
    return _fill(t, generator().normal(mean, std, t._array.shape))


def constant_(t: Any, val: float) -> Any:
    """One value."""
    return _fill(t, val)


def zeros_(t: Any) -> Any:
    """Zeros."""
    return _fill(t, 0)


def ones_(t: Any) -> Any:
    """Ones."""
    return _fill(t, 1)


def xavier_uniform_(t: Any, gain: float = 1.0) -> Any:
    """Uniform within gain sqrt(6 / (fan in + fan out))."""
    bound = gain * math.sqrt(6 / sum(fan(t)))
    return uniform_(t, -bound, bound)


def xavier_normal_(t: Any, gain: float = 1.0) -> Any:
    """Normal with deviation gain sqrt(2 / (fan in + fan out))."""
    return normal_(t, 0.0, gain * math.sqrt(2 / sum(fan(t))))


def _gain(a: float, nonlinearity: str) -> float:
    gains = {
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + a * a)),
        "tanh": 5 / 3,
        "linear": 1.0,
        "sigmoid": 1.0,
    }
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def kaiming_uniform_(t: Any, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Any:
    """Uniform within gain sqrt(3 / fan)."""
    bound = _gain(a, nonlinearity) * math.sqrt(3 / fan(t)[mode == "fan_out"])
    return uniform_(t, -bound, bound)


def kaiming_normal_(t: Any, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Any:
    """Normal with deviation gain / sqrt(fan)."""
    return normal_(t, 0.0, _gain(a, nonlinearity) / math.sqrt(fan(t)[mode == "fan_out"]))


def eye_(t: Any) -> Any:
    """The identity matrix."""
    return _fill(t, np.eye(*t._array.shape))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much the standard deviation must grow to make up for a nonlinearity.

    raises: ValueError, for an unknown one
    """
    if nonlinearity == "selu":
        return 3.0 / 4
    return _gain(0.01 if param is None else param, nonlinearity)


def trunc_normal_(t: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0) -> Any:
    """Normal numbers, those outside of [a, b] drawn again."""
    values = generator().normal(mean, std, t._array.shape)
    while (outside := (values < a) | (values > b)).any():
        values[outside] = generator().normal(mean, std, int(outside.sum()))
    return _fill(t, values)


def orthogonal_(t: Any, gain: float = 1.0) -> Any:
    """A matrix (trailing dimensions flattened) with orthonormal rows or columns."""
    rows = t._array.shape[0]
    columns = t._array.size // rows
    q, r = np.linalg.qr(generator().standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diagonal(r))
    return _fill(t, gain * (q if rows >= columns else q.T).reshape(t._array.shape))
