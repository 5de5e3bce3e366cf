"""The short way of a tangent function: positional arrays and floats, seen before in these dtypes and shapes.

What the kinds alone decide is decided at the first such call and kept; a later call compares one key and runs.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

import numpy as np

from .domains.kinds import is_differentiable
from .ir import Var

_NONE: Final[dict[str, Any]] = {}
_BY_VALUE: Final = frozenset({bool, str, type(None)})
KEPT: Final = 64  # prepared calls a function, so that many shapes do not fill the memory


def key_of_push(args: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What is equal for two calls that run alike; None for a call that goes the long way.

    >>> key_of_push((1.0, 2), (1.0, None))
    ((<class 'float'>, True), (<class 'int'>, False))
    """
    parts: list[Any] = []
    for a, t in zip(args, tangents, strict=True):
        cls = type(a)
        if cls is np.ndarray:
            if t is not None and (type(t) is not np.ndarray or t.shape != a.shape or t.dtype != a.dtype):
                return None
            parts.append((a.dtype, a.shape, t is not None))
        elif cls is float and (t is None or type(t) is float):
            parts.append((cls, t is not None))
        elif cls is int and t is None:
            parts.append((cls, False))
        elif cls in _BY_VALUE and t is None:
            parts.append((cls, a))
        else:
            return None
    return tuple(parts)


class QuickPush:
    """The prepared calls of a tangent function, by key."""

    __slots__ = ("calls", "plain", "size")

    def __init__(self, signature: inspect.Signature) -> None:
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        self.plain = all(p.kind in kinds for p in signature.parameters.values())
        self.size = len(signature.parameters)
        self.calls: dict[Any, Any] = {}

    def find(self, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        """The key of a call (None: it goes the long way) and what was prepared for it (a variant, or None)."""
        if not self.plain or len(args) != self.size or len(tangents) != self.size:
            return None, None
        key = key_of_push(args, tangents)
        variant = self.calls.get(key) if key is not None else None
        return key, variant if variant is not None and variant.holds(_NONE) else None

    def keep(self, key: Any, variant: Any) -> None:
        """Prepare the calls with this key, where the variant captures nothing and has one result."""
        results = variant.lowered.function.results
        single = len(results) == 1 and isinstance(results[0], Var) and is_differentiable(results[0].kind)
        if single and not variant.constants and isinstance(variant.compiled.output, int) and variant.holds(_NONE):
            if len(self.calls) >= KEPT:
                self.calls.clear()
            self.calls[key] = variant


__all__ = ["QuickPush", "key_of_push"]
