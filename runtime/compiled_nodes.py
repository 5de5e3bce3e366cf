"""Compiled functions as nodes of the eager graph."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dispatch import edge_of, start, wrap
from .grad_mode import state
from .graph import FREED, Node, node_type

Forward = Callable[..., tuple[Any, Any]]
Backward = Callable[[Any, Any], Sequence[Any]]


class CompiledNode(Node):
    """A compiled function as one node: `reverse(saved, d_value)` gives the cotangents of its Tensors.

    counters : (counter, version, ...) of the arguments, checked before each run
    again    : runs the reverse sweep on Tensors, for create_graph; None if there is none
    """

    __slots__ = ("again", "outputs", "residue", "reverse")
    outputs: int  # type: ignore[misc]
    residue: Any
    reverse: Backward
    again: Any

    def release(self) -> None:
        if self.residue is not FREED:
            self.residue = FREED
            self.saved = FREED

    def backward(self, d_ans: Any) -> Sequence[Any]:
        self.check()
        cotangents = self.reverse(self.residue, self._filled(d_ans))
        return list(cotangents)

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        self.check()
        if self.again is None:
            raise RuntimeError(f"{self.name()}: the compiled function has no second derivative (create_graph=True)")
        return list(self.again(self._filled(d_ans)))

    def _filled(self, d_ans: Any) -> Any:
        if self.outputs == 1:
            return d_ans
        return tuple(np.zeros(s, d) if g is None else g for g, s, d in zip(d_ans, self.shape, self.dtype, strict=True))


def _own(v: Any, arrays: Sequence[Any]) -> Any:
    """A result that shares no memory with the arguments."""
    return v.copy() if any(np.may_share_memory(v, a) for a in arrays) else v


def apply_compiled(name: str, tensors: Sequence[Any], forward: Forward, backward: Backward,
                   twice: Callable[..., Sequence[Any]] | None = None, watched: Sequence[Any] | None = None,
                   exposed: bool = True) -> Any:
    """Run a split-form function on the arrays of `tensors` and record it as one node `<NAMEBackward object at 0x...>`.

    tensors  : the Tensors that the function reads; those that do not require grad get no cotangent
    forward  : forward(*arrays) -> (value, saved); the value is an array or number, or a tuple of them
    backward : backward(saved, d_value) -> one cotangent (or None) for each of `tensors`; leaves `saved` as it is
    twice    : twice(tensors, d_value) -> the same from Tensors, differentiable, for create_graph
    watched  : Tensors whose memory `saved` holds (all of `tensors` if it is not said): their versions are checked
    exposed  : `saved` holds the memory of results, so that their versions are checked
    returns  : a Tensor, or a tuple of them
    raises   : RuntimeError in the backward pass, if a Tensor was changed in place after the call

    >>> from .creation import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> y = apply_compiled("square", [x], lambda a: (a * a, a), lambda a, d: (2 * a * d,))
    >>> y.backward()
    >>> x.grad
    tensor(6.)
    """
    arrays = [t._array for t in tensors]
    previous, state.enabled = state.enabled, False
    try:
        value, residue = forward(*arrays)
    finally:
        state.enabled = previous
    several = isinstance(value, tuple | list)
    outs = [_own(v, arrays) if isinstance(v, np.ndarray) else np.asarray(v) for v in (value if several else [value])]
    edges = tuple(edge_of(t) for t in tensors)
    if not state.enabled or all(edge is None for edge in edges):
        results = [wrap(v) for v in outs]
    else:
        node: Any = start(node_type(f"{name}Backward", CompiledNode), edges, outs[0])
        node.plan, node.saved, node.residue, node.reverse = None, tuple(a for a in arrays if a.size), residue, backward
        node.again = None if twice is None else functools.partial(twice, _edge_tensors(tensors))
        kept = tensors if watched is None else watched
        node.checks = tuple(x for t in kept for x in (t._counter, t._counter[0]))
        node.outputs = len(outs)
        if len(outs) > 1:
            node.shape, node.dtype = tuple(v.shape for v in outs), tuple(v.dtype for v in outs)
        results = []
        for k, v in enumerate(outs):
            smooth = v.dtype.kind in "fc"
            results.append(wrap(v, smooth, ((node, k) if len(outs) > 1 else node) if smooth else None))
        if exposed:
            node.checks += tuple(x for t in results for x in (t._counter, 0))
    return tuple(results) if several else results[0]


def _edge_tensors(tensors: Sequence[Any]) -> list[Any]:
    """The Tensors as they are now: later changes in place give them another history."""
    return [wrap(t._array, edge_of(t) is not None, edge_of(t), t._counter) for t in tensors]
