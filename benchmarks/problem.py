"""A program to be measured: one loss in NumPy, its arguments, and the same loss for each peer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

Function = Callable[..., Any]


@dataclass(frozen=True)
class Bar:
    """pullback may take at most `factor` times the hand-written gradient, plus `seconds` a call."""

    factor: float
    seconds: float = 0.0

    def __str__(self) -> str:
        extra = f" + {self.seconds * 1e6:.1f} µs" if self.seconds else ""
        return f"{self.factor:.2f} x hand-written{extra}"


@dataclass(frozen=True)
class Program:
    """`loss(*arguments)`, of which value and gradients with respect to `wrt` are computed.

    section  : "kernels", "problems" or "overhead"
    family   : "loop" or "array" for kernels, what it is about for the others
    loss     : NumPy text; the hand-written references compute the same formula
    wrt      : names of the parameters
    versions : hand-written `f(*arguments) -> (value, gradients)` in NumPy by name, the bar's one first
    torch    : `f(torch) -> loss on torch tensors`; None: the NumPy text with its names taken from PyTorch
    jax      : `f(jax) -> loss on jax arrays`; None: the NumPy text with jax.numpy for np
    jax_loops: the same statement by statement, each `for` a `fori_loop`; None: there is no such form
    hand     : `f(numba) -> value_and_grad`, written by hand as loops and compiled by Numba
    bar      : what is promised against the first version; None: measured only
    """

    name: str
    loss: Function
    arguments: tuple[Any, ...]
    wrt: tuple[str, ...]
    versions: dict[str, Function] = field(default_factory=dict)
    torch: Callable[[Any], Function] | None = None
    jax: Callable[[Any], Function] | None = None
    jax_loops: Callable[[Any], Function] | None = None
    bar: Bar | None = None
    hand: Callable[[Any], Function] | None = None
    section: str = "problems"
    family: str = ""
    positions: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        code = self.loss.__code__
        names = code.co_varnames[: code.co_argcount]
        object.__setattr__(self, "positions", tuple(names.index(name) for name in self.wrt))

    @property
    def elements(self) -> int:
        """Numbers in all arguments together."""
        return sum(np.size(a) for a in self.arguments)


def with_module_for_np(loss: Function, module: ModuleType) -> Function:
    """`loss`, and the helpers of its own module, with `np` bound to `module`: the same text for another library."""
    assert isinstance(loss, FunctionType)
    own = loss.__globals__
    namespace = dict(own, np=module)
    for name, value in own.items():
        if isinstance(value, FunctionType) and value.__globals__ is own:
            namespace[name] = FunctionType(value.__code__, namespace, name, value.__defaults__, value.__closure__)
    rebound: Function = namespace[loss.__name__]
    return rebound


def as_arrays(result: tuple[Any, Any]) -> list[np.ndarray]:
    """Value and gradients of any library as NumPy arrays, the value first."""
    value, gradients = result
    return [np.asarray(value), *(np.asarray(g) for g in gradients)]
