"""`vjp`, and compiled functions as nodes of the eager graph: what runs the split form."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import MethodType
from typing import Any

import numpy as np

from ..runtime import anomaly
from ..runtime.errors import ArgumentError, UnsupportedError
from . import emit, pipeline, routine_forms  # noqa: F401 - routine_forms: what the transforms derive
from .arguments import Spec, describe, key_of
from .batched import BatchedCode, batched_code
from .domains.kinds import ListOf
from .ir import Function, Lit, Var
from .leaves import (
    at_path,
    checked_cotangent,
    flatten_like,
    float_leaves,
    is_number,
    leaf_at,
    like_argument,
    number_leaves,
    rebuild,
)
from .lower.builtins import special
from .lower.functions import Lowered
from .lower.values import Derived
from .nested_vjp import nested_vjp
from .operator_options import BACKENDS, check_backend
from .pipeline import Options, Wanted
from .raise_python import Program, raise_function
from .split import split_functions
from .targets import spread, target_of
from .tensors import Path, array_of, is_tracked
from .variants import Source, make_variant


@dataclass(eq=False)
class Pair:
    """A compiled split form.

    leaves : the places of the cotangents that `backward` returns, in order
    output : the tree of the outputs (leaves are positions)
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    programs: tuple[Program, Program]
    lowered: Lowered
    leaves: tuple[Path, ...]
    output: Any
    takes: tuple[bool, ...]
    borrowed: frozenset[Var] = frozenset()  # parameters whose memory is saved
    exposed: bool = False  # an output's memory is saved
    captured: tuple[Any, ...] = ()  # sources of captured Tensors that require grad: their cotangents come last
    backward_ir: Function | None = None
    backend: str = "numpy"
    batches: dict[int, BatchedCode | None] = field(default_factory=dict)  # backward for many cotangents of one output

    def batch(self, output: int) -> BatchedCode | None:
        """`backward` for a batch of cotangents of one output; None where it has no batched form."""
        if self.backend != "numpy":
            return None  # compiled code runs them one by one as fast
        if output not in self.batches:
            assert self.backward_ir is not None
            name = self.backward_ir.params[1 + sum(self.takes[:output])].name
            self.batches[output] = batched_code(self.backward_ir, [name], self.lowered.origin)
        return self.batches[output]

    def lends(self, var: Var) -> bool:
        """Whether a leaf of the arguments must not change before the backward run."""
        return var in self.borrowed or all(var is not p.var for p in self.lowered.function.params)

    def run_forward(self, args: list[Any], kwargs: dict[str, Any]) -> tuple[list[Any], Any]:
        *outputs, saved = self._guarded(0, self.forward, args, kwargs)
        return outputs, saved

    def run_backward(self, saved: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        """One cotangent for each of `leaves`; `cotangents` has one entry for each output."""
        given = [c[()] if isinstance(c, np.ndarray) and not c.ndim else c  # `d += ...` would write into the array
                 for c, takes in zip(cotangents, self.takes, strict=True) if takes]
        return self._guarded(1, self.backward, [saved, *given], {})  # type: ignore[no-any-return]

    def _guarded(self, which: int, fn: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            emit.annotate(error, fn.__code__.co_filename, self.programs[which].line_map)
            raise


class Splitter:
    """The split forms of one function, by the kinds of its arguments and the leaves that are differentiated."""

    def __init__(self, fn: Callable[..., Any], copy_saved: bool, options: Options | None = None,
                 backend: str = "numpy") -> None:
        self.target = target_of(fn)
        self.bound_self = self.target.bound_self
        self.origin = self.target.origin
        self.signature = self.target.inner_signature
        self.copy_saved = copy_saved
        self.options = replace(options or pipeline.DEFAULTS, machine=backend != "numpy")
        self.backend = backend
        self.variants: dict[Any, list[Any]] = {}

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if self.bound_self is not None:
            args = (self.bound_self, *args)
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.origin.name}() {error}") from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def find(self, arguments: dict[str, Any], leaves: tuple[Path, ...]) -> Any:
        """The variant for these arguments (arrays, no Tensors) and leaves."""
        watched = anomaly.is_anomaly_enabled()
        key = (tuple(map(key_of, arguments.values())), leaves, watched)
        candidates = self.variants.setdefault(key, [])
        for variant in candidates:
            if variant.holds(arguments):
                return variant
        specs = {name: describe(value) for name, value in arguments.items()}
        pair = self._compile(specs, leaves, arguments, watched)
        variant = make_variant(pair, pair.lowered, arguments)
        candidates.append(variant)
        return variant

    def check_output(self, pair: Pair) -> None:
        """Raise UnsupportedError for an output whose cotangents have no known number."""
        if any(isinstance(r, Var) and isinstance(r.kind, ListOf) for r in pair.lowered.function.results):
            raise UnsupportedError(
                f"the pullback of {self.origin.name}, which returns a list whose length only the run knows",
                self.origin.where, "The number of its cotangents is not known.",
                "Return an array: `np.stack(values)`. Forward mode (`pb.jvp`) takes the list.")

    def _compile(self, specs: dict[str, Spec], leaves: tuple[Path, ...], arguments: dict[str, Any], watched: bool
                 ) -> Pair:
        """`watched`: with a check after each statement, which machine code has not (see `detect_anomaly`)."""
        backend = "numpy" if watched else self.backend
        options = replace(self.options, anomaly=True, machine=False) if watched else self.options

        def make(lowered: Lowered) -> Pair:
            return self._make(lowered, leaves, arguments, options, backend)

        return self.target.build(specs, make, watched or backend != "numpy")

    def _make(self, lowered: Lowered, leaves: tuple[Path, ...], arguments: dict[str, Any], options: Options,
              backend: str) -> Pair:
        tracked = [c for c in lowered.captured if is_tracked(Source.read(c.source, arguments))]
        trees = [*(leaf_at(lowered, path) for path in leaves), *(c.var for c in tracked)]
        split = split_functions(lowered, Wanted(trees, False), options, self.copy_saved)
        (forward, one), (backward, two) = (self._load(f, backend) for f in (split.forward, split.backward))
        programs = one, two
        positions = iter(range(len(lowered.function.results)))
        output = number_leaves(lowered.output, positions)
        return Pair(forward, backward, programs, lowered, leaves, output, split.d_outputs, split.borrowed,
                    split.exposed, tuple(c.source for c in tracked), split.backward, backend=backend)

    def _load(self, function: Function, backend: str) -> tuple[Callable[..., Any], Program]:
        if backend != "numpy":
            return pipeline.compile_loops(function, backend)
        program = raise_function(function)
        loaded = emit.load(program.text, function.name, program.namespace, self.origin, program.line_map)
        made: Callable[..., Any] = loaded[function.name]
        return made, program

    def outer_names(self) -> list[Any]:
        """The values of the names that the function reads from outside (globals and cells)."""
        fn = self.origin.fn
        cells = [c.cell_contents for c in self.origin.closure.values() if _filled(c)]
        return [*cells, *(fn.__globals__[n] for n in fn.__code__.co_names if n in fn.__globals__)]

    def run(self, variant: Any, arguments: dict[str, Any], own: Callable[[str, Any], Any] | None = None
            ) -> tuple[list[Any], Any]:
        """Call the forward function: outputs and what it saved.

        own: makes of a captured value, by its parameter, what the function gets
        """
        args, kwargs = spread(self.signature, arguments)
        for name, source, _ in variant.constants:
            value = Source.read(source, arguments)
            kwargs[name] = array_of(value) if own is None else own(name, value)
        outputs, saved = variant.compiled.run_forward(args, kwargs)
        return outputs, saved


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - an empty cell raises
    except ValueError:
        return False
    return True


def vjp(fn: Callable[..., Any], *args: Any, backend: str = "numpy", **kwargs: Any
        ) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function, and its pullback.

    returns : value, pull; `pull(cotangent)` takes a cotangent in the value's structure, shape and dtype and returns
              one cotangent for each positional argument (structures as the argument's; None for what has no
              derivative). It can be called many times and from several threads; it is right after the caller changed
              the arrays.
    raises  : UnsupportedError at a construct that cannot be differentiated; ShapeError and TypeError from `pull` for
              a cotangent of another structure, shape or dtype

    >>> import numpy as np
    >>> import pullback as pb
    >>> value, pull = pb.vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    if not callable(fn):
        raise ArgumentError(f"vjp() takes a function, not {type(fn).__name__}")
    check_backend(backend, BACKENDS)
    splitter = splitter_of(fn, backend)
    arguments = splitter.bind(args, kwargs)
    places = [(at_path(arguments, place), place) for place in _positional_places(splitter, len(args))]
    leaves = tuple(p for v, place in places for p in float_leaves(v, place))
    value, pull_leaves = pullback_at(fn, arguments, leaves, backend)

    def pull(cotangent: Any) -> tuple[Any, ...]:
        found = pull_leaves(cotangent)
        return tuple(like_argument(v, place, found) for v, place in places)

    pull.__pullback_derived__ = _foreign  # type: ignore[attr-defined]
    return value, pull


def _foreign() -> Derived:
    """What the compiler sees of a `pull` that was made outside of the function that it reads."""
    def refuse(low: Any, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        raise low.refuse("a pullback that `pb.vjp` made outside of this function",
                         "It holds values of another run.", "Call `pb.vjp` here: `value, pull = pb.vjp(f, x)`.", node)

    return Derived("pullback", Lit(None), (), refuse)


special(vjp)(nested_vjp)


def pullback_at(fn: Callable[..., Any], arguments: dict[str, Any], leaves: tuple[Path, ...], backend: str = "numpy"
                ) -> tuple[Any, Callable[[Any], dict[Path, Any]]]:
    """The value, and the function that gives the cotangent of each of these leaves of the arguments."""
    splitter = splitter_of(fn, backend)
    variant = splitter.find(arguments, leaves)
    outputs, saved = splitter.run(variant, arguments)
    pair: Pair = variant.compiled
    forms = [(np.shape(o), np.result_type(o)) if is_number(o) else None for o in outputs]

    def pull(cotangent: Any) -> dict[Path, Any]:
        splitter.check_output(pair)
        flat: list[Any] = [None] * len(outputs)
        flatten_like(pair.output, cotangent, flat, "the cotangent")
        checked = [checked_cotangent(c, form) if takes else None
                   for c, form, takes in zip(flat, forms, pair.takes, strict=True)]
        return dict(zip(leaves, pair.run_backward(saved, checked), strict=True))

    def many(tree: Any, stack: np.ndarray) -> dict[Path, Any] | None:
        """The cotangents of the leaves for a stack of cotangents of one output, a leaf of `tree`; None: not in one."""
        splitter.check_output(pair)
        flat: list[Any] = [None] * len(outputs)
        flatten_like(pair.output, tree, flat, "the cotangent")
        position = next(k for k, c in enumerate(flat) if c is stack)
        code = pair.batch(position)
        if code is None:
            return None
        given = [c if k == position else checked_cotangent(c, form)
                 for k, (c, form, takes) in enumerate(zip(flat, forms, pair.takes, strict=True)) if takes]
        found = code.run([saved, *given], {})
        return {leaf: c if spread_ else np.broadcast_to(c, (len(stack), *np.shape(c)))
                for leaf, c, spread_ in zip(leaves, found, code.spread, strict=True)}

    pull.many = many  # type: ignore[attr-defined]
    return rebuild(pair.output, outputs), pull


def splitter_of(fn: Any, backend: str = "numpy") -> Splitter:
    """One Splitter for a function object and back end, so that a second `vjp` of it finds its variants."""
    if isinstance(fn, MethodType):
        return Splitter(fn, True, backend=backend)
    name = "__pullback_splitter__" if backend == "numpy" else f"__pullback_{backend}_splitter__"
    found: Splitter | None = getattr(fn, name, None)
    if found is None or found.target.fn is not fn:  # functools.wraps copies the attribute of another function
        found = Splitter(fn, True, backend=backend)
        with contextlib.suppress(AttributeError, TypeError):
            setattr(fn, name, found)
    return found


def _positional_places(splitter: Splitter, count: int) -> list[Path]:
    params = list(splitter.signature.parameters.values())
    positional = [p.name for p in params if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if splitter.bound_self is not None:
        positional = positional[1:]
    places: list[Path] = [(n,) for n in positional[:count]]
    variadic = next((p.name for p in params if p.kind is p.VAR_POSITIONAL), None)
    return places + [(variadic, i) for i in range(count - len(places))]
