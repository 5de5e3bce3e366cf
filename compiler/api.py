"""The operators that users call: `grad`, `value_and_grad`, and what they return."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import Signature
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, overload

import numpy as np

from ..runtime import anomaly
from . import emit, pipeline, routine_forms, tensors  # noqa: F401 - routine_forms: what the transforms derive
from .arguments import Spec, describe, generic_spec
from .complete import Complete, complete
from .inspect_view import View
from .ir import Lit
from .look import view
from .lower.builtins import special
from .lower.functions import Lowered
from .lower.values import Derived
from .methods import after_self
from .nesting import gradient_of, nested_operator
from .operator_options import BACKENDS, check_backend, check_function, options_of, with_threads
from .pipeline import Compiled, Options
from .selection import Selection
from .source import Origin, range_bounds
from .standalone import standalone
from .targets import Target, spread, target_of
from .variants import FastPath, Source, Table, exact_shapes

P = ParamSpec("P")
R = TypeVar("R")
Wrt = int | str | Sequence[int | str]


class Differentiated(Generic[P]):
    """What `grad` and `value_and_grad` return: a function, with the generated adjoint to look at.

    source    : the adjoint as text: the generic variant before the first call, then the variant last used
    primal    : the function that was differentiated
    """

    __slots__ = ("__dict__", "__weakref__")
    with_value = False
    operator = "grad"
    __name__: str

    def __init__(self, fn: Callable[P, Any], wrt: Wrt | None, backend: str, options: Options,
                 has_aux: bool = False, method: bool = False) -> None:
        check_backend(backend, (*BACKENDS, pipeline.PARALLEL))
        self._backend = backend
        self._target = target_of(fn)
        self._bound_self = self._target.bound_self
        self._wrt = 0 if wrt is None else wrt
        self._wrt_given = wrt is not None
        self._by_wrt: dict[tuple[str, ...], Any] = {}
        self._options = replace(options, machine=backend != "numpy")
        self._has_aux = has_aux
        functools.update_wrapper(self, fn, updated=())
        self.primal: Callable[P, Any] = fn
        self.__pullback_primal__ = None
        if not hasattr(self, "__name__"):
            self.__name__ = self._target.name
        self._origin: Origin = self._target.origin
        self._signature = self._target.inner_signature
        self._outer_signature = self._target.signature
        self._selection = Selection(self._signature, self._wrt, self._bound_self is not None, self.__name__,
                                    method)
        self._table = Table(self._signature, self._compile)
        self._generic: Compiled | None = None
        self._watched: Differentiated[P] | None = None
        self._method: Differentiated[P] | None = None
        # Each differentiated function has a class of its own: its `__call__` is generated for the signature.
        self.__class__ = type(type(self).__name__, (type(self),), {"__slots__": (), "__call__": type(self)._first_call})

    # --- calls --------------------------------------------------------------------------------------------------------

    def _first_call(self, *args: Any, **kwargs: Any) -> Any:
        return self._slow_bound(self._bind(args, kwargs))

    __call__: Callable[P, Any] = _first_call  # type: ignore[assignment]

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by parameter name, with defaults, as Python binds them."""
        if self._bound_self is not None:
            args = (self._bound_self, *args)
        try:
            bound = self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.__name__}() {error}") from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def _slow(self, *values: Any) -> Any:
        """The call when the last variant does not fit: `values` are one for each parameter."""
        return self._slow_bound(dict(zip(self._signature.parameters, values, strict=True)))

    def _slow_bound(self, arguments: dict[str, Any]) -> Any:
        if anomaly.is_anomaly_enabled() and not self._options.anomaly:
            return self._watching()._slow_bound(arguments)
        if any(tensors.places(value, ()) for value in arguments.values()):
            return self._with_tensors(arguments)
        return self._with_arrays(arguments)

    def _with_arrays(self, arguments: dict[str, Any]) -> Any:
        variant = self._table.find(arguments)
        self._install(variant, arguments)
        args, kwargs = spread(self._signature, arguments)
        from .variants import Source

        for name, source, _ in variant.constants:
            kwargs[name] = tensors.array_of(Source.read(source, arguments))
        try:
            return variant.compiled.call(*args, **kwargs)
        except Exception as error:
            emit.annotate(error, variant.compiled.filename, variant.compiled.program.line_map)
            raise

    def _watching(self) -> Differentiated[P]:
        """The same gradient, compiled with a check after each statement."""
        if self._watched is None:
            cls = type(self).__mro__[1]
            self._watched = cls(self.primal, self._wrt if self._wrt_given else None, "numpy",
                                replace(self._options, anomaly=True))
        return self._watched

    def leave_fast_path(self) -> None:
        """The next call asks again which mode is on."""
        cls: Any = type(self)
        cls.__call__ = cls._first_call

    def _with_tensors(self, arguments: dict[str, Any]) -> Any:
        """A call with Tensors: by those that require grad, unless `wrt` was given; the results are detached."""
        chosen = self
        if not self._wrt_given:
            names = tuple(n for n, v in arguments.items()
                          if any(tensors.is_tracked(t) for _, t in tensors.places(v, ())))
            if names:
                wrt = names[0] if len(names) == 1 else names
                made = type(self).__mro__[1](self.primal, wrt, self._backend, self._options, self._has_aux)
                chosen = self._by_wrt.setdefault(names, made)
        plain = {name: tensors.arrays(value) for name, value in arguments.items()}
        result = chosen._with_arrays(plain)
        value, gradients = result if self.with_value else (None, result)
        if self._has_aux and not self.with_value:
            gradients, value = result
        wanted = [arguments[n] if part is None else arguments[n][part] for n, part in chosen._selection.entries]
        if chosen._selection.single:
            made = tensors.like_argument(gradients, wanted[0])
        else:
            made = tuple(map(tensors.like_argument, gradients, wanted))
        if not self.with_value and not self._has_aux:
            return made
        value = tensors.map_leaves(value, _detached)
        return (value, made) if self.with_value else (made, value)

    def _install(self, variant: Any, arguments: dict[str, Any]) -> None:
        """Make the generated call check for this variant first."""
        if self._bound_self is not None:
            return
        shapes = exact_shapes(arguments)
        made = getattr(variant, "fast", None)
        if made is None:
            def annotate(error: BaseException, loaded: Any) -> None:
                emit.annotate(error, loaded.filename, loaded.program.line_map)

            fast = FastPath(self._signature, variant, arguments)
            made = variant.fast = fast.build(variant.compiled.call, type(self)._slow, variant.compiled, annotate)
        made[1][:] = shapes
        anomaly.FAST_CALLS.add(self)
        cls: Any = type(self)
        if cls.__call__ is not made[0]:
            cls.__call__ = made[0]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A decorated method, reached through an instance, is bound to it; `wrt` counts after `self`."""
        if instance is None:
            return self
        if self._method is None:
            made = type(self).__mro__[1](self.primal, after_self(self._wrt), self._backend, self._options,
                                         self._has_aux, method=True)
            made._wrt_given = self._wrt_given
            self._method = made
        return MethodType(self._method, instance)

    # --- compilation --------------------------------------------------------------------------------------------------

    def _compile(self, specs: dict[str, Spec], arguments: dict[str, Any]) -> tuple[Compiled, Lowered]:
        def make(lowered: Lowered) -> tuple[Compiled, Lowered]:
            wanted = self._selection.trees(lowered, specs)
            function = pipeline.gradient_function(lowered, wanted, self.with_value, self._options, self._target.name,
                                                  self._has_aux)
            return pipeline.finish(function, lowered, self._backend), lowered

        return self._target.build(specs, make, self._backend != "numpy" or self._options.anomaly)

    def _generic_variant(self) -> Compiled:
        if self._generic is None:
            self._generic = self.variant({})
        return self._generic

    def variant(self, specs: Mapping[str, Spec]) -> Compiled:
        """The code for arguments of these kinds; a parameter that is not named has its generic kind."""
        integers = range_bounds(self._origin.node)
        parameters = self._signature.parameters.values()
        generic = {p.name: _parameter_spec(p, integers) for p in parameters if p.name not in specs}
        if self._bound_self is not None:
            generic[next(iter(self._signature.parameters))] = describe(self._bound_self)
        return self._compile({name: specs.get(name) or generic[name] for name in self._signature.parameters}, {})[0]

    # --- looking ------------------------------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The generated adjoint as text, complete: captured values stand in it as defaults."""
        return _complete(self._current()).text

    def _current(self) -> Compiled:
        """The variant used last, or the generic one."""
        last = self._table.last
        return last.compiled if last is not None else self._generic_variant()

    def standalone_source(self) -> str:
        """`source` with the helpers of pullback's that it calls, so that it needs NumPy only.

        raises : UnsupportedError for a captured value that cannot be written down, by name
        """
        return self.text_of(self._current(), True)

    def text_of(self, compiled: Compiled, alone: bool = False) -> str:
        """The complete text of a variant (see `source` and `standalone_source`)."""
        return standalone(_complete(compiled)) if alone else _complete(compiled).text

    def inspect(self) -> View:
        """The function beside its adjoint, and what the compiler found: shown at a prompt, printed by `print`."""
        return self.view_of(self._current())

    def view_of(self, compiled: Compiled) -> View:
        """The view of a variant (see `inspect`)."""
        return view(compiled, _complete(compiled), self._selection.describe())

    def __pullback_derived__(self) -> Derived:
        """What the compiler sees where a program calls this."""
        return gradient_of(Lit(self.primal), self._wrt, self.with_value, self._has_aux)

    @property
    def places(self) -> list[tuple[Any, ...]]:
        """Where the arguments stand that it is differentiated by: (name,) or (variadic name, key)."""
        return [(n,) if part is None else (n, part) for n, part in self._selection.entries]

    @property
    def target(self) -> Target:
        """What it is applied to, as the compiler sees it."""
        return self._target

    @property
    def generated_name(self) -> str:
        """What the generated function is called."""
        return f"{pipeline.identifier(self._target.name)}_{self.operator}"

    @property
    def origin(self) -> Origin:
        """The primal as the compiler reads it."""
        return self._origin

    @property
    def wrt(self) -> Wrt:
        """The argument, or arguments, that it is differentiated by, as they were given."""
        return self._wrt

    def source_for(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The adjoint that a call with these arguments would run."""
        last = self._table.last
        try:
            return _complete(self._table.find(self._bind(args, kwargs)).compiled).text
        finally:
            if last is not None:
                self._table.last = last

    def __repr__(self) -> str:
        return f"<{self.operator} of {getattr(self, '__qualname__', '?')} wrt {self._selection.describe()}>"

    def __reduce__(self) -> Any:
        return (type(self).__mro__[1], (self.primal, self._wrt, self._backend, self._options, self._has_aux))

    @property
    def __signature__(self) -> Signature:
        return self._outer_signature


class Gradient(Differentiated[P]):
    """The gradient of a function (see `grad`)."""

    __slots__ = ()


class ValueAndGradient(Differentiated[P]):
    """The value and the gradient of a function (see `value_and_grad`)."""

    __slots__ = ()
    with_value = True
    operator = "value_and_grad"


def _detached(value: Any) -> Any:
    return tensors.detached(value) if isinstance(value, (float, np.ndarray, np.generic)) else value


def _complete(compiled: Compiled) -> Complete:
    """The text of a variant with the captured values of this moment."""
    return complete(compiled, lambda source: Source.read(source, {}))


def _parameter_spec(parameter: inspect.Parameter, integers: frozenset[str]) -> Spec:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return describe(())
    if parameter.kind is parameter.VAR_KEYWORD:
        return describe({})
    return generic_spec(parameter, integers)


# --- the operators ----------------------------------------------------------------------------------------------------

@overload
def grad(fn: Callable[P, Any], wrt: Wrt | None = None, *, has_aux: bool = False, backend: str = "numpy",
         detect_anomaly: bool = False, parallel: bool = False
         ) -> Gradient[P]: ...


@overload
def grad(fn: None = None, wrt: Wrt | None = None, *, has_aux: bool = False, backend: str = "numpy",
         detect_anomaly: bool = False, parallel: bool = False
         ) -> Callable[[Callable[P, Any]], Gradient[P]]: ...


def grad(fn: Any = None, wrt: Wrt | None = None, *, has_aux: bool = False, backend: str = "numpy",
         detect_anomaly: bool = False, parallel: bool = False) -> Any:
    """The gradient of a function that returns one real number.

    fn      : a Python function of floats, arrays and containers of them
    wrt     : index or name of the argument, or a tuple of them (one gives one gradient, a tuple a tuple)
    has_aux : fn returns `value, aux`; so does the result: `gradient, aux`, where aux is handed on as it is
    backend : "numpy", or "numba" (the adjoint as compiled loops)
    detect_anomaly: raise AnomalyError at the first nan or inf, naming the line that made it (see `pb.detect_anomaly`)
    parallel: with backend="numba", run the loops that are proven independent on several threads
    returns : a function with fn's signature; each gradient has its argument's structure, shape and dtype, is fresh,
              and is zeros where fn does not depend on the argument
    raises  : UnsupportedError at a construct that cannot be differentiated, WrtError for an unknown `wrt`,
              OutputError where fn does not return one real number, ArgumentError for an integer argument

    >>> import numpy as np
    >>> import pullback as pb
    >>> @pb.grad
    ... def f(x):
    ...     return np.sum(x ** 3)
    >>> f(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    if fn is None:
        return lambda function: grad(function, wrt, has_aux=has_aux, backend=backend, detect_anomaly=detect_anomaly,
                                     parallel=parallel)
    check_function(fn, "grad")
    return Gradient(fn, wrt, with_threads(backend, parallel), options_of(detect_anomaly, backend), has_aux)


@overload
def value_and_grad(fn: Callable[P, Any], wrt: Wrt | None = None, *, has_aux: bool = False, backend: str = "numpy",
                   detect_anomaly: bool = False, parallel: bool = False) -> ValueAndGradient[P]: ...


@overload
def value_and_grad(fn: None = None, wrt: Wrt | None = None, *, has_aux: bool = False, backend: str = "numpy",
         detect_anomaly: bool = False, parallel: bool = False
                   ) -> Callable[[Callable[P, Any]], ValueAndGradient[P]]: ...


def value_and_grad(fn: Any = None, wrt: Wrt | None = None, *, has_aux: bool = False, backend: str = "numpy",
                   detect_anomaly: bool = False, parallel: bool = False) -> Any:
    """The value of a function and its gradient, in one pass.

    Like `grad`, but the result is `(value, gradient)`; `value` is exactly what fn returns, with has_aux=True the pair.

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    if fn is None:
        return lambda function: value_and_grad(function, wrt, has_aux=has_aux, backend=backend,
                                               detect_anomaly=detect_anomaly, parallel=parallel)
    check_function(fn, "value_and_grad")
    return ValueAndGradient(fn, wrt, with_threads(backend, parallel), options_of(detect_anomaly, backend), has_aux)


special(grad)(nested_operator(False))
special(value_and_grad)(nested_operator(True))
