"""The short way of a `@differentiable` call: positional Tensors, arrays and numbers, seen before in these kinds.

What is decided by the kinds alone (which variant runs, which arrays are copied, which Tensors are watched) is decided
at the first such call and kept; a later call compares one key and runs.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np

from ..runtime.compiled_nodes import apply_compiled
from ..runtime.dispatch import TensorCore, refresh

AS_IS, COPIED, TENSOR, WATCHED = range(4)
_BY_VALUE: Final = frozenset({bool, str, type(None)})
_NONE: Final[dict[str, Any]] = {}
KEPT: Final = 64  # prepared calls a function, so that many shapes do not fill the memory


def key_of_call(args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What is equal for two calls that run alike; None for a call that goes the long way.

    returns: dtype, shape and tracking of each Tensor, the kinds of the rest; None if nothing requires grad
    """
    parts: list[Any] = []
    tracked = False
    for a in args:
        if isinstance(a, TensorCore):
            if a._extra is not None:
                refresh(a)
            array = a._array
            parts.append((array.dtype, array.shape, a._tracked))
            tracked = tracked or a._tracked
        elif type(a) is np.ndarray:
            parts.append((a.dtype, a.shape))
        elif type(a) is float or type(a) is int:
            parts.append(type(a))
        elif type(a) in _BY_VALUE:
            parts.append((type(a), a))
        else:
            return None
    return tuple(parts) if tracked else None


class QuickCall:
    """A call of known kinds of a function whose variant captures no values.

    hows    : for each argument what becomes of it: AS_IS, COPIED, TENSOR (its array), WATCHED (and its version)
    tracked : positions of the Tensors that require grad
    """

    __slots__ = ("double", "hows", "name", "pair", "tracked", "variant")

    def __init__(self, name: str, variant: Any, hows: tuple[int, ...], tracked: tuple[int, ...], double: Any) -> None:
        self.name, self.variant, self.hows, self.tracked = name, variant, hows, tracked
        self.pair, self.double = variant.compiled, double

    def holds(self) -> bool:
        """Whether what the function reads from outside is what it was; false where that hangs on the arguments."""
        held: bool = self.variant.holds(_NONE)
        return held

    def run(self, args: tuple[Any, ...]) -> Any:
        """The result with its node."""
        given: list[Any] = []
        watched: list[Any] = []
        for a, how in zip(args, self.hows):  # noqa: B905 (of one length, since the key says so; hot)
            if how == AS_IS:
                given.append(a)
            elif how == COPIED:
                given.append(a.copy())
            else:
                given.append(a._array)
                if how == WATCHED:
                    watched.append(a)
        inputs = [args[k] for k in self.tracked]
        return apply_compiled(self.name, inputs, functools.partial(self.forward, given), self.reverse,
                              functools.partial(self.twice, given), watched, self.pair.exposed)

    def forward(self, given: list[Any], *_: Any) -> Any:
        """The one output, and what is saved."""
        outputs, saved = self.pair.run_forward(given, {})
        return outputs[0], saved

    def reverse(self, saved: Any, d_value: Any) -> Any:
        """The cotangents of the tracked Tensors."""
        return self.pair.run_backward(saved, [d_value])

    def twice(self, given: list[Any], tensors: list[Any], d_value: Any) -> list[Any]:
        """The same from Tensors, recorded."""
        args = list(given)
        for k, t in zip(self.tracked, tensors, strict=True):
            args[k] = t
        return list(self.double()((d_value,), *args))
