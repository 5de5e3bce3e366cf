"""Cotangents that are zero because nobody read: the branch that `where` did not take, elements that an index left out.

A zero cotangent times an infinite slope is nan. So the cotangent of what was not taken carries a *mask*; each
elementwise pullback on the way applies it once to its result, and the first operation that is not elementwise drops
it. This is what the compiler does in the functions it generates (docs/conventions.md); PyTorch gives nan there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .dispatch import TensorCore


class Masked:
    """A cotangent, and where it is alive (or a function that says so, called when it is needed)."""

    __slots__ = ("_alive", "value")

    def __init__(self, value: Any, alive: Any) -> None:
        self.value = value
        self._alive = alive

    @property
    def alive(self) -> Any:
        """A mask of bools that broadcasts to the cotangent."""
        if callable(self._alive):
            self._alive = self._alive()
        return self._alive

    def applied(self, result: Any) -> Any:
        """What a pullback made of the cotangent, zero where that is not alive."""
        if isinstance(result, TensorCore):
            from . import kernels
            from .calls import call

            return call(kernels.masked_fill, result, ~self.alive, np.zeros((), result._array.dtype))
        return np.where(self.alive, result, result.dtype.type(0))

    def plus(self, other: Masked) -> Masked:
        """The sum of two cotangents, alive where one of them is."""
        return Masked(self.value + other.value, lambda: self.alive | other.alive)


def unmasked(g: Any) -> Any:
    """The cotangent alone."""
    return g.value if type(g) is Masked else g
