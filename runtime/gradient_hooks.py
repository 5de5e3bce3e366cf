"""What happens to a cotangent where it arrives: hooks run on it, and a leaf's gradient takes it up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np
from numpy import ndarray

from .dispatch import TensorCore, unwrap, wrap
from .graph import Node


def before(node: Node, d: Any, create: bool) -> Any:
    """Run the hooks of a node's outputs on their cotangents, then retain them, then the node's own prehooks."""
    extra = node.extra
    assert extra is not None, "called for a node with hooks"
    ds = list(d) if node.outputs > 1 else [d]
    for k, hooks in extra.tensor_hooks.items():
        if ds[k] is not None:
            ds[k] = through_hooks(hooks, ds[k], create)
    for k, held in extra.retained.items():
        tensor = held()
        if tensor is not None and ds[k] is not None:
            g = ds[k] if create else wrap(ds[k].copy())
            tensor._grad = g if tensor._grad is None else tensor._grad + g
    for hook in list(extra.pre_hooks.values()):
        result = hook(tuple(g if g is None or create else wrap(g) for g in ds))
        if result is not None:
            result = result if isinstance(result, tuple | list) else (result,)
            ds = [r if create else unwrap(r) for r in result]
    return ds if node.outputs > 1 else ds[0]


def through_hooks(hooks: dict[int, Callable[..., Any]], g: Any, create: bool) -> Any:
    """The cotangent after the hooks; each may return another one."""
    for hook in list(hooks.values()):
        result = hook(g if create else wrap(g))
        if result is None:
            continue
        if not isinstance(result, TensorCore):
            raise TypeError(f"expected hook to return a Tensor or None, but got {type(result).__name__}")
        if result._array.shape != (g._array if create else g).shape:
            raise RuntimeError(
                f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value: it was "
                f"{list((g._array if create else g).shape)}, now {list(result._array.shape)}"
            )
        g = result if create else result._array
    return g


def after(node: Node, outs: Sequence[Any], d: Any) -> Sequence[Any]:
    """Run a node's hooks on the cotangents of its inputs and of its outputs."""
    extra = node.extra
    assert extra is not None, "called for a node with hooks"

    def tensors(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(v if v is None or isinstance(v, TensorCore) else wrap(v) for v in values)

    for hook in list(extra.hooks.values()):
        result = hook(tensors(outs), tensors(d if node.outputs > 1 else [d]))
        if result is not None:
            result = result if isinstance(result, tuple | list) else (result,)
            if len(result) != len(outs):
                raise RuntimeError(f"hook has returned an incorrect number of values (got {len(result)}, expected "
                                   f"{len(outs)})")
            traced = any(isinstance(g, TensorCore) for g in outs)
            outs = [r if traced else unwrap(r) for r in result]
    return outs


def _references(holder: list[Any]) -> int:
    return getrefcount(holder[1])


_ALONE = _references([None, np.empty(1)])


def accumulate(holder: list[Any], create: bool) -> None:
    """Add the cotangent in `holder` to its leaf's gradient; memory that nobody else knows becomes the gradient
    itself."""
    leaf = holder[0]
    extra = leaf._extra
    if extra is not None and extra.hooks:
        holder[1] = through_hooks(extra.hooks, holder[1], create)
    held = leaf._grad
    if create:
        leaf._grad = holder[1] if held is None else held + holder[1]
    elif held is None:
        ours = holder[1].base is None and holder[1].flags.writeable and _references(holder) <= _ALONE
        leaf._grad = wrap(holder[1] if ours else holder[1].copy())
    elif held._tracked or type(held._array) is not ndarray:
        leaf._grad = wrap(held._array + holder[1])
    else:
        np.add(held._array, holder[1], out=held._array)
        held._counter[0] += 1
    if extra is not None:
        if extra.accumulator is not None and (node := extra.accumulator()) is not None and node.extra is not None:
            after(node, [], leaf._grad)
        for hook in list(extra.post_hooks.values()):
            hook(leaf)
