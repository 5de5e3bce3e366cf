"""A kernel: one loop or array program, its arguments at three sizes, and the same program for the peers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..problem import Function, Program
from . import jax_transcribed

SIZES = ("tiny", "small", "medium")


@dataclass(frozen=True)
class Kernel:
    """`primal(*make(rng, **sizes[size]))` is a float: the sum of what the kernel computes.

    family : "loop" where most of the time goes to loops over small pieces, "array" where it goes to whole arrays
    wrt    : names of the arguments to differentiate by
    jax    : `f(jax) -> loss`, as a user of JAX would write it; None: the NumPy text with jax.numpy for np
    hand   : `f(numba) -> value_and_grad`, the adjoint written by hand as loops and compiled: the limit
    """

    primal: Function
    family: str
    wrt: tuple[str, ...]
    make: Callable[..., tuple[Any, ...]]
    sizes: dict[str, dict[str, int]]
    jax: Callable[[Any], Function] | None = None
    hand: Callable[[Any], Function] | None = None
    name: str = field(init=False)
    positions: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        code = self.primal.__code__
        names = code.co_varnames[: code.co_argcount]
        object.__setattr__(self, "name", code.co_name)
        object.__setattr__(self, "positions", tuple(names.index(name) for name in self.wrt))

    def arguments(self, size: str) -> tuple[Any, ...]:
        """The arguments at a size; the same in every process."""
        return self.make(np.random.default_rng(len(self.name)), **self.sizes[size])


    def program(self, size: str) -> Program:
        loops = jax_transcribed.WRITTEN.get(self.name, self.jax) if self.family == "loop" else None
        return Program(self.name, self.primal, self.arguments(size), self.wrt, jax=self.jax, jax_loops=loops,
                       hand=self.hand, section="kernels", family=self.family)


def sizes(tiny: dict[str, int], small: dict[str, int], medium: dict[str, int]) -> dict[str, dict[str, int]]:
    return dict(zip(SIZES, (tiny, small, medium), strict=True))
