"""What a node saved: unpacked by the hooks that packed it, and as Tensors that continue the graph."""

from __future__ import annotations

from typing import Any

from numpy import ndarray

from .dispatch import TensorCore, wrap
from .graph import Node


def unpacked(node: Node) -> tuple[Any, ...]:
    """What a node saved, with packed values unpacked to arrays."""
    extra = node.extra
    if extra is None or extra.packed is None:
        return node.saved
    saved = list(node.saved)
    for k, unpack in extra.packed.items():
        value = unpack(saved[k])
        if not isinstance(value, TensorCore):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got " + type(value).__name__
            )
        saved[k] = value._array
    return tuple(saved)


def saved_tensors(node: Node) -> tuple[Any, ...]:
    """What a node saved, its arrays as Tensors that continue the graph: inputs by their edges, `ans` by the node."""
    plan = node.plan
    assert plan is not None, "only a node with a plan saves by position"
    saved = list(unpacked(node))
    checks = iter(node.checks[::2])
    last = len(saved) - 1
    for k, code in enumerate(plan.codes):
        if code != 2 or not isinstance(saved[k], ndarray):
            continue
        version = next(checks, None)
        if k == last:
            saved[k] = wrap(saved[k], True, node, version)
        elif k in plan.sources:
            edge = node.edges[plan.sources.index(k)]
            own = isinstance(edge, TensorCore) and edge._array is saved[k]
            saved[k] = edge if own else wrap(saved[k], edge is not None, edge, version)
        else:
            saved[k] = wrap(saved[k])
    return tuple(saved)
