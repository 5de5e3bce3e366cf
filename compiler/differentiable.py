"""`@differentiable`: a NumPy function that is one node of the eager graph when it is called with Tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, overload

import numpy as np

from ..runtime import grad_mode
from ..runtime.errors import ArgumentError, UnsupportedError
from ..runtime.function import apply_compiled
from .pullbacks import Pair, Splitter, check_backend, leaf_at, rebuild
from .tensors import array_of, arrays, detached, is_tracked, map_leaves, places
from .variants import Source

P = ParamSpec("P")
R = TypeVar("R")


class Differentiable(Generic[P, R]):
    """What `differentiable` returns: the function itself, which also takes Tensors.

    primal : the function
    source : the generated forward and backward functions as text, of the variant used last
    """

    def __init__(self, fn: Callable[P, R]) -> None:
        functools.update_wrapper(self, fn, updated=())
        self.primal = fn
        self.__pullback_primal__ = fn
        self._splitter = Splitter(fn, copy_saved=False)
        self._last: Pair | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        arguments = self._splitter.bind(args, kwargs)
        tensors = [p for name, value in arguments.items() for p in places(value, (name,))]
        tracked = [(path, t) for path, t in tensors if is_tracked(t)]
        if not grad_mode.is_grad_enabled():
            return self._plain(args, kwargs, bool(tensors))
        captured = self._captured(arguments, tensors, tracked)
        if not tracked and not captured:
            return self._plain(args, kwargs, bool(tensors))
        return self._record(arguments, tracked)

    def _plain(self, args: tuple[Any, ...], kwargs: dict[str, Any], any_tensor: bool) -> Any:
        """The primal itself, on arrays; nothing is saved."""
        if not any_tensor:
            return self.primal(*args, **kwargs)
        result = self.primal(*map(arrays, args), **{k: arrays(v) for k, v in kwargs.items()})
        return map_leaves(result, lambda v: detached(v) if isinstance(v, (np.ndarray, np.generic, float)) else v)

    def _captured(self, arguments: dict[str, Any], tensors: list[Any], tracked: list[Any]) -> bool:
        """Does the function read a Tensor from outside that requires grad?"""
        names = self._splitter.outer_names()
        return any(map(is_tracked, names))

    def _record(self, arguments: dict[str, Any], tracked: list[Any]) -> Any:
        """Run the generated forward, record its backward as one node."""
        given = {name: arrays(value) for name, value in arguments.items()}
        variant = self._splitter.find(given, tuple(path for path, _ in tracked))
        pair: Pair = variant.compiled
        self._last = pair
        self._refuse_writes(pair)
        captured = [Source.read(source, arguments) for source in pair.captured]
        inputs = [t for _, t in tracked] + captured
        outputs: list[Any] = []

        def forward(*_: Any) -> tuple[Any, Any]:
            values, saved = self._splitter.run(variant, given)
            outputs[:] = values
            real = [v for v in values if _is_number(v)]
            return (real[0] if len(real) == 1 else tuple(real)), saved

        def backward(saved: Any, d_value: Any) -> tuple[Any, ...]:
            cotangents = iter(d_value if isinstance(d_value, tuple) else (d_value,))
            given_d = [next(cotangents) if _is_number(v) else None for v in outputs]
            return pair.run_backward(saved, given_d)

        results = apply_compiled(self.__name__, inputs, forward, backward)  # type: ignore[attr-defined]
        made = iter(results if isinstance(results, tuple) else (results,))
        return rebuild(pair.output, [next(made) if _is_number(v) else v for v in outputs])

    def _refuse_writes(self, pair: Pair) -> None:
        """A write to a tracked argument would be lost to the graph."""
        for path in pair.leaves:
            where = pair.lowered.notes["written"].get(leaf_at(pair.lowered, path))
            if where is not None:
                raise UnsupportedError(f"a write to the argument `{path[0]}`, a Tensor that requires grad", where,
                                       "The eager graph would not see it.", "Write to a copy: `x = x.copy()`.")

    @property
    def source(self) -> str:
        if self._last is None:
            return "# no variant has been compiled yet: call the function with Tensors that require grad\n"
        return "\n\n".join(program.text for program in self._last.programs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<differentiable {getattr(self, '__qualname__', '?')}>"


def _is_number(value: Any) -> bool:
    return isinstance(array_of(value), (float, int, complex, np.ndarray, np.generic)) and not isinstance(value, bool)


@overload
def differentiable(fn: Callable[P, R], *, backend: str = "numpy") -> Differentiable[P, R]: ...


@overload
def differentiable(fn: None = None, *, backend: str = "numpy"
                   ) -> Callable[[Callable[P, R]], Differentiable[P, R]]: ...


def differentiable(fn: Any = None, *, backend: str = "numpy") -> Any:
    """A NumPy function that takes Tensors, too.

    Called with Tensors that require grad (also inside structures and keywords) it runs the generated forward on their
    arrays and returns Tensors whose `grad_fn` is `<NAMEBackward object at 0x...>`; `backward()` runs the generated
    adjoint. Under `no_grad()`, or when nothing requires grad, it runs the function itself and saves nothing.

    raises : UnsupportedError at a construct that cannot be differentiated, and where the function writes to a Tensor
             that requires grad

    >>> import numpy as np
    >>> import pullback as pb
    >>> @pb.differentiable
    ... def energy(x):
    ...     return np.sum(x ** 2)
    >>> x = pb.tensor([1.0, 2.0], requires_grad=True)
    >>> energy(x).backward()
    >>> x.grad
    tensor([2., 4.])
    """
    check_backend(backend)
    if fn is None:
        return lambda function: differentiable(function, backend=backend)
    if not callable(fn):
        raise ArgumentError(f"differentiable() takes a function, not {type(fn).__name__}")
    return Differentiable(fn)
