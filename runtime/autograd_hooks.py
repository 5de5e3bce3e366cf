"""`torch.autograd.graph`: what happens to saved tensors (`saved_tensors_hooks`, `save_on_cpu`), hooks of several
tensors, edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from .grad_mode import state
from .graph import Handle, Node, accumulator


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


__all__ = ["GradientEdge", "MultiHandle", "Node", "disable_saved_tensors_hooks", "get_gradient_edge",
           "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]


class disable_saved_tensors_hooks:
    """A context in which `saved_tensors_hooks` raise.

    error_message: what they say
    """

    def __init__(self, error_message: str) -> None:
        self._message = error_message

    def _refuse(self, _: Any) -> Any:
        raise RuntimeError(self._message)

    def __enter__(self) -> None:
        self._previous = state.hooks
        if state.hooks:
            raise RuntimeError(self._message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        state.hooks = self._previous


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all") -> MultiHandle:
    """Call `fn` when the gradients of several tensors are known: of all of them, or of the first ("any").

    fn: takes the sequence of gradients (None for one that did not arrive); with "any" the one gradient
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    found: dict[int, Any] = {}

    def of(k: int) -> Callable[[Any], None]:
        def hook(g: Any) -> None:
            if mode == "any":
                if not found:
                    found[k] = g
                    fn(g)
                return
            found[k] = g
            if len(found) == len(tensors):
                values = [found[i] for i in range(len(tensors))]
                found.clear()
                fn(values)

        return hook

    return MultiHandle([t.register_hook(of(k)) for k, t in enumerate(tensors)])


class MultiHandle:
    """Removes all hooks of one `register_multi_grad_hook`."""

    def __init__(self, handles: Sequence[Handle]) -> None:
        self._handles = handles

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()


class GradientEdge(NamedTuple):
    """Where in the graph a tensor's gradient arrives."""

    node: Any
    output_nr: int


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The node that made a tensor (of a leaf, the one that accumulates its gradient), and which output it is.

    raises: RuntimeError, if it does not require grad
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(tensor.grad_fn or accumulator(tensor), tensor.output_nr)
