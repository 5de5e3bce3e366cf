"""Tensors that pass a node which shows their gradients: what `register_full_backward_hook` stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..dispatch import TensorCore
from ..function import Function


class BackwardHookFunction(Function):
    """The identity on several Tensors; `see` gets their gradients together and may return others."""

    @staticmethod
    def forward(ctx: Any, see: Callable[[Any], Any], *tensors: Any) -> Any:
        """The Tensors again."""
        ctx.see = see
        return tuple(t.view_as(t) for t in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients, or what `see` makes of them."""
        changed = ctx.see(grads)
        return (None, *(grads if changed is None else changed))


def pass_through(values: Sequence[Any], see: Callable[[Any], Any]) -> tuple[Any, ...]:
    """`values` with their Tensors passed through one node."""
    tensors = [v for v in values if isinstance(v, TensorCore)]
    if not tensors:
        return tuple(values)
    passed = iter(BackwardHookFunction.apply(see, *tensors))
    return tuple(next(passed) if isinstance(v, TensorCore) else v for v in values)
