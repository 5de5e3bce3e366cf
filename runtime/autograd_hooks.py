"""What happens to saved tensors: `saved_tensors_hooks`, `save_on_cpu`, and `checkpoint`, which saves nothing and
runs again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from .dispatch import TensorCore, edge_of, start, wrap
from .grad_mode import state
from .graph import Node, node_type


class saved_tensors_hooks:
    """Give each tensor saved for backward to `pack_hook`, and what that returned to `unpack_hook` when it is needed.

    pack_hook   : Tensor -> anything
    unpack_hook : that -> Tensor
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self._pair = (pack_hook, unpack_hook)

    def __enter__(self) -> None:
        state.hooks = (*(state.hooks or ()), self._pair)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        assert state.hooks, "leaving saved_tensors_hooks that were not entered"
        state.hooks = state.hooks[:-1] or None


class save_on_cpu(saved_tensors_hooks):
    """Saved tensors are on the CPU anyway: this keeps copies of them."""

    def __init__(self, pin_memory: bool = False) -> None:
        super().__init__(lambda t: t.clone(), lambda t: t)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)` without keeping what it saves: the backward pass runs it again.

    Random numbers are drawn again from the same state. Parameters that `function` captures get their gradients, too.
    """
    from . import creation

    if not state.enabled:
        return function(*args, **kwargs)
    stream = creation.generator().bit_generator.state if preserve_rng_state else None
    previous, state.enabled = state.enabled, False
    try:
        result = function(*args, **kwargs)
    finally:
        state.enabled = previous
    several = isinstance(result, tuple | list)
    results = tuple(result) if several else (result,)
    return _record(function, args, kwargs, results, several, stream)


class CheckpointNode(Node):
    """Runs the function again, with recording, and differentiates that."""

    __slots__ = ("call", "outputs")
    outputs: int  # type: ignore[misc]
    call: Callable[[], tuple[list[Any], list[Any]]]

    def backward(self, d_ans: Any) -> Sequence[Any]:
        return self._run([None if g is None else wrap(g) for g in (d_ans if self.outputs > 1 else [d_ans])], False)

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        return self._run(list(d_ans) if self.outputs > 1 else [d_ans], True)

    def _run(self, cotangents: list[Any], create: bool) -> Sequence[Any]:
        from .gradients import backward, grad

        outs, copies = self.call()
        pairs = [(o, g) for o, g in zip(outs, cotangents, strict=True) if g is not None and o.requires_grad]
        if not pairs:
            return [None for _ in copies]
        heads, gs = [o for o, _ in pairs], [g for _, g in pairs]
        if not create:
            backward(heads, gs)
            return [None if t._grad is None else t._grad._array for t in copies]
        found = iter(grad(heads, [t for t in copies if t.requires_grad], gs, create_graph=True, allow_unused=True))
        return [next(found) if t.requires_grad else None for t in copies]


def _record(function: Any, args: Any, kwargs: Any, results: tuple[Any, ...], several: bool, stream: Any) -> Any:
    """One node for the whole call; parameters that the function captured get their gradients when it runs again."""
    from . import creation

    tensors = [x for x in args if isinstance(x, TensorCore)]

    def call() -> tuple[list[Any], list[Any]]:
        copies = {id(t): wrap(t._array, t.requires_grad, None, t._counter) for t in tensors}
        generator = creation.generator()
        now = generator.bit_generator.state
        previous, state.enabled = state.enabled, True
        try:
            if stream is not None:
                generator.bit_generator.state = stream
            again = function(*(copies.get(id(x), x) for x in args), **kwargs)
        finally:
            generator.bit_generator.state = now
            state.enabled = previous
        return list(again) if several else [again], [copies[id(t)] for t in tensors]

    first = results[0]._array
    node: Any = start(
        node_type("CheckpointFunctionBackward", CheckpointNode), tuple(edge_of(t) for t in tensors), first
    )
    node.saved, node.checks, node.plan, node.call = (), (), None, call
    node.outputs = len(results)
    if len(results) > 1:
        node.shape, node.dtype = tuple(r._array.shape for r in results), tuple(r._array.dtype for r in results)
    outs = [wrap(r._array, True, (node, k) if len(results) > 1 else node) for k, r in enumerate(results)]
    return tuple(outs) if several else outs[0]
