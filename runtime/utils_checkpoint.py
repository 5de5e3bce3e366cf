"""`torch.utils.checkpoint`: keep nothing of what a function saves for backward, and run it again when it is needed.

>>> from .creation import tensor
>>> x = tensor([1.0, 2.0], requires_grad=True)
>>> checkpoint(lambda v: v.exp() * v, x).sum().backward()
>>> x.grad
tensor([ 5.4366, 22.1672])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import creation
from .autograd_hooks import saved_tensors_hooks
from .dispatch import wrap
from .grad_mode import enable_grad, state


class CheckpointError(RuntimeError):
    """The function saved other tensors when it ran again."""


class _Frame:
    """One checkpointed call: what to run again, and what that saved, by number."""

    def __init__(self, run: Callable[[], Any], stream: Any) -> None:
        self.run, self.stream = run, stream
        self.count = 0
        self.values: dict[int, Any] = {}

    def pack(self, _: Any) -> int:
        """Keep the number of a saved tensor in its place."""
        self.count += 1
        return self.count - 1

    def unpack(self, number: int) -> Any:
        """The tensor; the first one asked for runs the function again, each is handed out once."""
        if number not in self.values:
            self._again()
        return wrap(self.values.pop(number))

    def _again(self) -> None:
        generator = creation.generator()
        now = generator.bit_generator.state
        values: list[Any] = []

        def pack(t: Any) -> None:
            values.append(t._array)

        def unpack(_: Any) -> Any:
            raise CheckpointError("a checkpointed function runs backward through itself: not supported")

        try:
            if self.stream is not None:
                generator.bit_generator.state = self.stream
            with enable_grad(), saved_tensors_hooks(pack, unpack):
                self.run()
        finally:
            generator.bit_generator.state = now
        if len(values) != self.count:
            raise CheckpointError("torch.utils.checkpoint: A different number of tensors was saved during the original "
                                  f"forward and recomputation.\nNumber of tensors saved during forward: {self.count}\n"
                                  f"Number of tensors saved during recomputation: {len(values)}.")
        self.values = dict(enumerate(values))


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)` without keeping the arrays that it saves: the backward pass runs it again.

    Random numbers are drawn again from the same state. Tensors that `function` captures get their gradients, too.
    `use_reentrant` is accepted; both ways are this one.

    raises: RuntimeError from backward, if the function does not save the same number of tensors again
    """
    if not state.enabled:
        return function(*args, **kwargs)
    stream = creation.generator().bit_generator.state if preserve_rng_state else None
    frame = _Frame(lambda: function(*args, **kwargs), stream)
    with saved_tensors_hooks(frame.pack, frame.unpack):
        return function(*args, **kwargs)


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None,
                          **options: Any) -> Any:
    """Run modules one after the other in `segments` checkpointed pieces; the last piece is not checkpointed."""
    parts: Sequence[Any] = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(parts) // segments

    def piece(start: int, stop: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for part in parts[start:stop]:
                x = part(x)
            return x

        return run

    for k in range(segments - 1):
        input = checkpoint(piece(k * size, (k + 1) * size), input, **options)  # noqa: A001
    return piece((segments - 1) * size, len(parts))(input)
