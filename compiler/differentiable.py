"""`@differentiable`: a NumPy function that is one node of the eager graph when it is called with Tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, overload

import numpy as np

from ..runtime import grad_mode
from ..runtime.compiled_nodes import apply_compiled
from ..runtime.dispatch import TensorCore
from ..runtime.errors import ArgumentError, UnsupportedError
from .double import pullback_of
from .leaves import leaf_at, rebuild
from .operator_options import BACKENDS, check_backend, with_threads
from .pullbacks import Pair, Splitter
from .quick_call import AS_IS, COPIED, KEPT, TENSOR, WATCHED, QuickCall, key_of_call
from .targets import spread
from .tensors import Path, array_of, arrays, detached, is_tracked, map_leaves, places, put_leaf
from .variants import Source

P = ParamSpec("P")
R = TypeVar("R")


class Differentiable(Generic[P, R]):
    """What `differentiable` returns: the function itself, which also takes Tensors.

    primal : the function
    source : the generated forward and backward functions as text, of the variant used last
    """

    def __init__(self, fn: Callable[P, R], backend: str = "numpy") -> None:
        functools.update_wrapper(self, fn, updated=())
        self.primal = fn
        self.__pullback_primal__ = fn
        self._splitter = Splitter(fn, copy_saved=False, backend=backend)
        self._last: Pair | None = None
        self._quick: dict[Any, QuickCall] = {}
        self._doubles: dict[Any, Differentiable[..., Any]] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        if not kwargs and grad_mode.state.enabled and not grad_mode.state.anomaly:
            key = key_of_call(args)
            quick = None if key is None else self._quick.get(key)
            if quick is not None and quick.holds():
                self._last = quick.pair
                return quick.run(args)
        arguments = self._splitter.bind(args, kwargs)
        tensors = [p for name, value in arguments.items() for p in places(value, (name,))]
        tracked = [(path, t) for path, t in tensors if is_tracked(t)]
        if not grad_mode.is_grad_enabled():
            return self._plain(args, kwargs, bool(tensors))
        captured = self._captured(arguments, tensors, tracked)
        if not tracked and not captured:
            return self._plain(args, kwargs, bool(tensors))
        return self._record(arguments, tensors, tracked)

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

    def _record(self, arguments: dict[str, Any], tensors: list[Any], tracked: list[Any]) -> Any:
        """Run the generated forward, record its backward as one node."""
        given = {name: arrays(value) for name, value in arguments.items()}
        variant = self._splitter.find(given, tuple(path for path, _ in tracked))
        self._splitter.check_output(variant.compiled)
        self._last = variant.compiled
        self._refuse_writes(variant.compiled)
        recording = _Recording(self, variant, arguments, tensors, tracked)
        result = recording.run()
        if not grad_mode.state.anomaly:
            self._prepare(recording, arguments)
        return result

    def _prepare(self, recording: _Recording, arguments: dict[str, Any]) -> None:
        """Keep how this call ran for the next of its kinds, if it is of the plain sort."""
        variant, pair = recording.variant, recording.pair
        parameters = self._splitter.signature.parameters.values()
        plain = all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
        if not plain or variant.constants or not isinstance(pair.output, int) \
                or self._splitter.bound_self is not None or pair.takes != (True,):
            return
        values = tuple(arguments.values())
        key = key_of_call(values)
        if key is None:
            return
        hows = []
        for name, value in arguments.items():
            if isinstance(value, TensorCore):
                hows.append(WATCHED if recording.keeps((name,)) else TENSOR)
            else:
                hows.append(COPIED if recording.given[name] is not value else AS_IS)
        order = list(arguments)
        tracked = tuple(order.index(path[0]) for path, _ in recording.tracked)
        paths = tuple(path for path, _ in recording.tracked)
        if len(self._quick) >= KEPT:
            self._quick.clear()
        # A call that leaves defaults out has a key of its own: the defaults are compared at the long way only.
        self._quick[key] = QuickCall(self.__name__, variant, tuple(hows), tracked,  # type: ignore[attr-defined]
                                     lambda: self.double(pair.output, paths))

    def double(self, tree: Any, places_of: tuple[Path, ...]) -> Differentiable[..., Any]:
        """The pullback as a function that can be differentiated: for gradients of gradients."""
        key = (repr(tree), places_of)
        if key not in self._doubles:
            made = self._doubles[key] = Differentiable(pullback_of(self._splitter, tree, places_of))
            made.__name__ = f"{self.__name__}Backward"  # type: ignore[attr-defined]
        return self._doubles[key]

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


class _Recording:
    """One call that is recorded: what the function gets, and the two halves of its node.

    given   : the arguments as arrays; a plain array that the node keeps is copied, so that the caller may change it
    watched : Tensors whose memory the node keeps: their versions are checked instead
    """

    def __init__(self, owner: Differentiable[..., Any], variant: Any, arguments: dict[str, Any], tensors: list[Any],
                 tracked: list[Any]) -> None:
        self.owner, self.variant, self.arguments, self.tracked = owner, variant, arguments, tracked
        self.pair: Pair = variant.compiled
        captured = [Source.read(source, arguments) for source in self.pair.captured]
        self.inputs = [t for _, t in tracked] + captured
        self.watched = [t for path, t in tensors if self.keeps(path)]
        self.given = {name: self._owned(value, (name,)) for name, value in arguments.items()}
        self.outputs: list[Any] = []

    def keeps(self, path: Path) -> bool:
        """Whether the node keeps the memory of the leaf at a place."""
        return self.pair.lends(leaf_at(self.pair.lowered, path))

    def _owned(self, value: Any, path: Path) -> Any:
        if isinstance(value, np.ndarray):
            if not (self.pair.borrowed and value.flags.writeable and value.dtype.kind in "biufc"):
                return value
            leaf = leaf_at(self.pair.lowered, path)
            written = self.pair.lowered.notes["written"].get(leaf) is not None
            return value.copy() if self.pair.lends(leaf) and not written else value
        if isinstance(value, dict):
            return {k: self._owned(v, (*path, k)) for k, v in value.items()}
        if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
            return type(value)(self._owned(v, (*path, k)) for k, v in enumerate(value))
        return arrays(value)

    def _captured(self, name: str, value: Any) -> Any:
        """A value from outside as the function gets it."""
        if isinstance(value, TensorCore):
            self.watched.append(value)
            return value._array
        lent = isinstance(value, np.ndarray) and value.flags.writeable and any(
            p.var in self.pair.borrowed for p in self.pair.lowered.function.params if p.name == name)
        return value.copy() if lent else value

    def run(self) -> Any:
        """The results, in the function's structure, with their node."""
        results = apply_compiled(self.owner.__name__, self.inputs, self._forward,  # type: ignore[attr-defined]
                                 self._backward, self._twice, self.watched, self.pair.exposed)
        made = iter(results if isinstance(results, tuple) else (results,))
        return rebuild(self.pair.output, [next(made) if _is_number(v) else v for v in self.outputs])

    def _forward(self, *_: Any) -> tuple[Any, Any]:
        splitter: Splitter = self.owner._splitter
        values, saved = splitter.run(self.variant, self.given, self._captured)
        self.outputs = values
        real = [v for v in values if _is_number(v)]
        return (real[0] if len(real) == 1 else tuple(real)), saved

    def _cotangents(self, d_value: Any) -> list[Any]:
        """One for each output; None for what is no number."""
        stream = iter(d_value if isinstance(d_value, tuple) else (d_value,))
        return [next(stream) if _is_number(v) else None for v in self.outputs]

    def _backward(self, saved: Any, d_value: Any) -> tuple[Any, ...]:
        return self.pair.run_backward(saved, self._cotangents(d_value))

    def _twice(self, tensors: list[Any], d_value: Any) -> list[Any]:
        """The cotangents from Tensors, recorded: the pullback runs as a compiled function itself.

        raises: UnsupportedError, for forms of the call whose second derivative is not generated
        """
        if self.pair.captured:
            raise _no_double(self.owner, "reads Tensors that are no arguments", "Pass them as arguments.")
        values = dict(self.given)
        for (path, _), t in zip(self.tracked, tensors, strict=True):
            values[path[0]] = put_leaf(values[path[0]], path[1:], t)
        args, kwargs = spread(self.owner._splitter.signature, values)
        if kwargs:
            raise _no_double(self.owner, "was called with keyword-only arguments", "Pass them by position.")
        paths = tuple(path for path, _ in self.tracked)
        found = self.owner.double(self.pair.output, paths)(tuple(self._cotangents(d_value)), *args)
        return list(found)


def _no_double(owner: Any, what: str, instead: str) -> UnsupportedError:
    return UnsupportedError(f"the second derivative of {owner.__name__}, which {what}", None,
                            "It was asked for by create_graph=True.", instead)


def _is_number(value: Any) -> bool:
    return isinstance(array_of(value), (float, int, complex, np.ndarray, np.generic)) and not isinstance(value, bool)


@overload
def differentiable(fn: Callable[P, R], *, backend: str = "numpy", parallel: bool = False) -> Differentiable[P, R]: ...


@overload
def differentiable(fn: None = None, *, backend: str = "numpy", parallel: bool = False
                   ) -> Callable[[Callable[P, R]], Differentiable[P, R]]: ...


def differentiable(fn: Any = None, *, backend: str = "numpy", parallel: bool = False) -> Any:
    """A NumPy function that takes Tensors, too.

    Called with Tensors that require grad (also inside structures and keywords) it runs the generated forward on their
    arrays and returns Tensors whose `grad_fn` is `<NAMEBackward object at 0x...>`; `backward()` runs the generated
    adjoint. Under `no_grad()`, or when nothing requires grad, it runs the function itself and saves nothing.

    backend  : "numpy", or "numba" (forward and adjoint as compiled loops)
    parallel : with backend="numba", run the loops that are proven independent on several threads
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
    check_backend(backend, BACKENDS)
    if fn is None:
        return lambda function: differentiable(function, backend=backend, parallel=parallel)
    if not callable(fn):
        raise ArgumentError(f"differentiable() takes a function, not {type(fn).__name__}")
    return Differentiable(fn, with_threads(backend, parallel))
