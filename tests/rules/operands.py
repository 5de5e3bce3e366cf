"""Random operands of rule cases, and arithmetic on operands that may be arrays, numbers, or tuples of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .tape import leaves, rebuilt


@dataclass(frozen=True)
class Spec:
    """A random operand, drawn when its case is made (each case has a seed of its own)."""

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    dtype: str = "f8"
    finish: Callable[[Any], Any] = lambda x: x

    def draw(self, rng: np.random.Generator) -> Any:
        if self.dtype[0] == "i":
            return self.finish(rng.integers(int(self.low), int(self.high), self.shape))
        x = rng.uniform(self.low, self.high, self.shape)
        if self.dtype[0] == "c":
            x = x + 1j * rng.uniform(self.low, self.high, self.shape)
        return self.finish(np.asarray(x, self.dtype))


def A(*shape: int, low: float = -2.0, high: float = 2.0, finish: Callable[[Any], Any] = lambda x: x) -> Any:
    """A real array, uniform in (-2, 2)."""
    return Spec(shape, low, high, "f8", finish)


def P(*shape: int, low: float = 0.3, high: float = 2.0, finish: Callable[[Any], Any] = lambda x: x) -> Any:
    """A positive array."""
    return Spec(shape, low, high, finish=finish)


def U(*shape: int) -> Any:
    """An array in (-0.9, 0.9)."""
    return Spec(shape, -0.9, 0.9)


def C(*shape: int, finish: Callable[[Any], Any] = lambda x: x) -> Any:
    """A complex array."""
    return Spec(shape, dtype="c16", finish=finish)


def I(*shape: int, low: int = 0, high: int = 3) -> Any:  # noqa: E743 - integers
    """An integer array (never differentiated)."""
    return Spec(shape, low, high, "i8")


def symmetric(x: Any) -> Any:
    return x + np.swapaxes(np.conj(x), -1, -2)


def well_conditioned(x: Any) -> Any:
    return x + 4 * np.eye(*x.shape[-2:])


def positive_definite(x: Any) -> Any:
    return x @ np.swapaxes(np.conj(x), -1, -2) + 2 * np.eye(x.shape[-1])


@dataclass(frozen=True)
class Const:
    """An operand that is not differentiated in this case, although it is a float."""

    value: Any


def draw(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, Spec):
        return value.draw(rng)
    if isinstance(value, Const):
        return draw(value.value, rng)
    if isinstance(value, tuple | list):
        return type(value)(draw(item, rng) for item in value)
    return value


# Arithmetic on operands that may be arrays, numbers, or tuples of them -------------------------------------


def is_inexact(x: Any) -> bool:
    return isinstance(x, float | complex) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def direction_like(x: Any, rng: np.random.Generator) -> Any:
    """A random tangent for `x`: zero for what is not differentiable."""
    if isinstance(x, tuple | list):
        return rebuilt(x, [direction_like(i, rng) for i in x])
    if not is_inexact(x):
        return np.zeros(np.shape(x)) if not isinstance(x, str | None.__class__) else None
    v = rng.normal(size=np.shape(x))
    if np.iscomplexobj(x):
        v = v + 1j * rng.normal(size=np.shape(x))
    return v.astype(x.dtype) if isinstance(x, np.ndarray) else np.result_type(x).type(v)


def move(x: Any, v: Any, step: float) -> Any:
    if isinstance(x, tuple | list):
        return rebuilt(x, [move(i, j, step) for i, j in zip(x, v, strict=True)])
    if not is_inexact(x):
        return x
    moved = x + step * v
    return type(x)(moved) if isinstance(x, float | complex) else moved


def inner(x: Any, y: Any) -> float:
    """The real inner product of two cotangents (or a cotangent and a tangent)."""
    pairs = [(a, b) for a, b in zip(leaves(x), leaves(y), strict=True) if a is not None and b is not None]
    return float(sum((np.real(np.sum(np.conj(a) * b)) for a, b in pairs), 0.0))


def norm(x: Any) -> float:
    return float(np.sqrt(sum((np.sum(np.abs(a) ** 2) for a in leaves(x) if a is not None), 0.0)))


def combine(a: float, x: Any, b: float, y: Any) -> Any:
    if isinstance(x, tuple | list):
        parts = [combine(a, i, b, j) for i, j in zip(x, y, strict=True)]
        return rebuilt(x, parts)
    return None if x is None else a * x + b * y


def close(x: float, y: float, scale: float, tolerance: float) -> bool:
    return bool(abs(x - y) <= tolerance * max(scale, 1e-3)) or (np.isnan(x) and np.isnan(y))
