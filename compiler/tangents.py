"""Forward mode: `pb.jvp`, and the generated tangent functions behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MethodType
from typing import Any

import numpy as np

from ..runtime import anomaly
from ..runtime.errors import ArgumentError, ShapeError
from . import emit, pipeline, routine_forms  # noqa: F401 - routine_forms: what the transforms derive
from .arguments import Spec, describe, key_of
from .batched import BatchedCode, batched_code
from .complete import complete
from .domains import kinds
from .domains.kinds import is_differentiable
from .ir import Atom, Lit, Var
from .leaves import at_path, float_leaves, leaf_at, number_leaves, rebuild
from .lower import Lowerer, Ref, Seq
from .lower.builtins import special
from .lower.functions import Lowered
from .lower.values import Derived, Map
from .nesting import Inner, filled, interpret, splice_tangents
from .operator_options import BACKENDS, check_backend
from .pipeline import Compiled, Options
from .quick_push import QuickPush
from .tangent_function import check_elementwise, tangent_function
from .targets import Target, spread, target_of
from .tensors import Path, array_of, arrays, detached, map_leaves, places
from .variants import Source, make_variant


@dataclass(eq=False)
class Pushed:
    """A compiled tangent function.

    names  : the tangents' parameters, one for each leaf
    output : the tree of the outputs (leaves are positions)
    """

    compiled: Compiled
    lowered: Lowered
    names: tuple[str, ...]
    output: Any
    batched: BatchedCode | bool | None = False  # of many tangents at once; False: not tried yet


class Tangent:
    """What `pb.jvp(f)` returns: `pushed(args, tangents) -> value, tangent`, with the generated function to look at.

    source : the tangent function as text, of the variant used last
    primal : the function
    """

    operator = "jvp"

    def __init__(self, fn: Callable[..., Any], options: Options | None = None, with_value: bool = True,
                 elementwise: bool = False, backend: str = "numpy") -> None:
        self.primal = fn
        self._backend = backend
        self.target: Target = target_of(fn)
        self.__name__ = f"{self.target.name}_jvp"
        self._options = replace(options or pipeline.DEFAULTS, machine=backend != "numpy")
        self._with_value = with_value
        self._elementwise = elementwise
        self._variants: dict[Any, list[Any]] = {}
        self._last: Pushed | None = None
        self._variant: Any = None
        self._quick = QuickPush(self.target.inner_signature)

    def __call__(self, args: Any, tangents: Any, **kwargs: Any) -> tuple[Any, Any]:
        args, tangents = _paired(args, tangents, self.target.name)
        return self.push(args, tangents, kwargs)

    def push(self, args: tuple[Any, ...], tangents: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """Value and tangent; the short way where there is one (see `quick_push`)."""
        watched = anomaly.is_anomaly_enabled()
        key, variant = (None, None) if kwargs or watched else self._quick.find(args, tangents)
        if variant is not None:
            return self._run_quickly(variant, args, tangents)
        arguments = self.bind(args, kwargs)
        found = self.run(arguments, dict(zip(_places(self.target, len(args)), tangents, strict=True)))
        if key is not None and self._variant is not None:
            self._quick.keep(key, self._variant)
        return found

    def _run_quickly(self, variant: Any, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        pushed: Pushed = variant.compiled
        self._last = pushed
        given = [t for t in tangents if t is not None]
        try:
            flat = pushed.compiled.call(*args, **dict(zip(pushed.names, given, strict=True)))
        except Exception as error:
            emit.annotate(error, pushed.compiled.filename, pushed.compiled.program.line_map)
            raise
        return (flat[0], flat[1]) if self._with_value else (None, flat[0])

    def run(self, arguments: dict[str, Any], tangents: dict[Path, Any]) -> tuple[Any, Any]:
        """Value (None unless wanted) and tangent, by the arguments' names and the places of their tangents."""
        leaves: list[Path] = []
        given: list[Any] = []
        if any(places(v, ()) for v in arguments.values()):
            value, tangent = self.run({n: arrays(v) for n, v in arguments.items()}, tangents)
            return map_leaves(value, _detached), map_leaves(tangent, _detached)
        arguments = {n: arrays(v) for n, v in arguments.items()}
        for place, tangent in tangents.items():
            _match(at_path(arguments, place), array_of(tangent), place, leaves, given, self.target.name)
        pushed, variant = self._find(arguments, tuple(leaves))
        self._last, self._variant = pushed, variant
        args, kwargs = spread(self.target.inner_signature, arguments)
        for name, source, _ in variant.constants:
            kwargs[name] = array_of(Source.read(source, arguments))
        kwargs.update(zip(pushed.names, given, strict=True))
        try:
            flat = pushed.compiled.call(*args, **kwargs)
        except Exception as error:
            emit.annotate(error, pushed.compiled.filename, pushed.compiled.program.line_map)
            raise
        results = pushed.lowered.function.results
        count = len(results) if self._with_value else 0
        made = iter(flat[count:])
        tangent = rebuild(pushed.output, [next(made) if isinstance(r, Var) and is_differentiable(r.kind) else None
                                          for r in results])
        return rebuild(pushed.output, list(flat[:count])) if self._with_value else None, tangent

    def run_many(self, arguments: dict[str, Any], leaf: Path, stack: np.ndarray) -> Any:
        """The tangents for a stack of tangents of one leaf, in the structure of the value, and whether each of them is
        a stack; None where there is no batched form."""
        if self._backend != "numpy":
            return None  # compiled code runs them one by one as fast
        pushed, variant = self._find(arguments, (leaf,))
        if pushed.batched is False:
            pushed.batched = batched_code(pushed.compiled.adjoint, pushed.names, pushed.lowered.origin)
        code = pushed.batched
        if not isinstance(code, BatchedCode):
            return None
        args, kwargs = spread(self.target.inner_signature, arguments)
        for name, source, _ in variant.constants:
            kwargs[name] = array_of(Source.read(source, arguments))
        kwargs[pushed.names[0]] = stack
        results = pushed.lowered.function.results
        count = len(results) if self._with_value else 0
        found = [c if spread_ else np.broadcast_to(c, (len(stack), *np.shape(c)))
                 for c, spread_ in zip(code.run(args, kwargs)[count:], code.spread[count:], strict=True)]
        made = iter(found)
        return rebuild(pushed.output, [next(made) if isinstance(r, Var) and is_differentiable(r.kind) else None
                                       for r in results])

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        if self.target.bound_self is not None:
            args = (self.target.bound_self, *args)
        try:
            bound = self.target.inner_signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.target.name}() {error}") from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def place_of(self, index: int, count: int) -> Path:
        """Where a positional argument stands."""
        return _places(self.target, count)[index]

    def _find(self, arguments: dict[str, Any], leaves: tuple[Path, ...]) -> tuple[Pushed, Any]:
        watched = anomaly.is_anomaly_enabled()
        key = (tuple(map(key_of, arguments.values())), leaves, watched)
        candidates = self._variants.setdefault(key, [])
        for variant in candidates:
            if variant.holds(arguments):
                return variant.compiled, variant
        pushed = self._compile({n: describe(v) for n, v in arguments.items()}, leaves, watched)
        variant = make_variant(pushed, pushed.lowered, arguments)
        candidates.append(variant)
        return pushed, variant

    def _compile(self, specs: dict[str, Spec], leaves: tuple[Path, ...], watched: bool) -> Pushed:
        """`watched`: with a check after each statement, which machine code has not (see `detect_anomaly`)."""
        backend = "numpy" if watched else self._backend
        options = replace(self._options, anomaly=True, machine=False) if watched else self._options
        return self.target.build(specs, lambda lowered: self._make(lowered, leaves, options, backend),
                                 self._elementwise or watched or backend != "numpy")

    def _make(self, lowered: Lowered, leaves: tuple[Path, ...], options: Options, backend: str) -> Pushed:
        roots = [leaf_at(lowered, path) for path in leaves]
        if self._elementwise:
            check_elementwise(lowered, roots)
        function = tangent_function(lowered, roots, options, self.target.name, self._with_value)
        compiled = pipeline.finish(function, lowered, backend)
        names = [p.name for p in function.params if p not in lowered.function.params]
        positions = iter(range(len(lowered.function.results)))
        return Pushed(compiled, lowered, tuple(names), number_leaves(lowered.output, positions))

    @property
    def source(self) -> str:
        """The generated tangent function, complete."""
        if self._last is None:
            return "# no variant has been compiled yet: call the function\n"
        return complete(self._last.compiled, lambda source: Source.read(source, {})).text

    def __repr__(self) -> str:
        return f"<jvp of {self.target.name}>"


def _detached(value: Any) -> Any:
    return detached(value) if isinstance(value, (float, np.ndarray, np.generic)) else value


def _paired(args: Any, tangents: Any, label: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Arguments and tangents as tuples of one length."""
    for what, value in (("args", args), ("tangents", tangents)):
        if not isinstance(value, (tuple, list)):
            raise ArgumentError(f"jvp() of {label}: {what} is a {type(value).__name__}", None,
                                "It has one entry for each positional argument.", f"Write {what} as a tuple: `(x,)`.")
    if len(args) != len(tangents):
        raise ArgumentError(f"jvp() of {label}: {len(args)} arguments, {len(tangents)} tangents", None, "",
                            "Give one tangent for each argument; None for one that does not change.")
    return tuple(args), tuple(tangents)


def _places(target: Target, count: int) -> list[Path]:
    params = list(target.signature.parameters.values())
    positional = [p.name for p in params if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    variadic = next((p.name for p in params if p.kind is p.VAR_POSITIONAL), None)
    return [*((n,) for n in positional), *((variadic, i) for i in range(count - len(positional)))]


def _match(value: Any, tangent: Any, path: Path, leaves: list[Path], given: list[Any], label: str) -> None:
    """The leaves of an argument that have a tangent, and these tangents in the leaves' dtype."""
    if tangent is None:
        return
    where = str(path[0]) + "".join(f"[{k!r}]" for k in path[1:])
    if isinstance(value, dict):
        if not isinstance(tangent, dict) or not set(tangent) <= set(value):
            raise ArgumentError(f"the tangent of `{where}` of {label} must be a dict with the keys "
                                f"{sorted(map(str, value))}", None, "", "Give it the structure of the argument.")
        for key, part in tangent.items():
            _match(value[key], part, (*path, key), leaves, given, label)
        return
    if isinstance(value, (list, tuple)):
        if not isinstance(tangent, (list, tuple)) or len(tangent) != len(value):
            raise ArgumentError(f"the tangent of `{where}` of {label} must be a sequence of {len(value)}", None, "",
                                "Give it the structure of the argument.")
        for key, (item, part) in enumerate(zip(value, tangent, strict=True)):
            _match(item, part, (*path, key), leaves, given, label)
        return
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for key in value.__dataclass_fields__:
            _match(getattr(value, key), getattr(tangent, key), (*path, key), leaves, given, label)
        return
    if not float_leaves(value, path):
        raise ArgumentError(f"`{where}` of {label}, a {type(value).__name__}, has no tangent", None,
                            "Only floats and arrays of floats have one.", "Give None for it.")
    leaves.append(path)
    given.append(_fitting(value, array_of(tangent), where, label))


def _fitting(value: Any, tangent: Any, where: str, label: str) -> Any:
    if not isinstance(tangent, (bool, int, float, complex, np.ndarray, np.generic)):
        raise ArgumentError(f"the tangent of `{where}` of {label} is a {type(tangent).__name__}", None, "",
                            "Give it a number or an array.")
    if np.shape(tangent) != np.shape(value):
        raise ShapeError(f"the tangent of `{where}` of {label} has shape {np.shape(tangent)}, the argument "
                         f"{np.shape(value)}", None, "", "Give it the argument's shape.")
    dtype = np.result_type(value)
    if np.result_type(tangent).kind == "c" and dtype.kind != "c":
        raise ArgumentError(f"the tangent of `{where}` of {label} is complex, the argument real", None, "",
                            "Take its real part.")
    if isinstance(value, np.ndarray):
        return np.asarray(tangent, dtype)
    return dtype.type(tangent) if isinstance(value, np.generic) else type(value)(tangent)


def tangent_of(fn: Any, backend: str = "numpy") -> Tangent:
    """One Tangent for a function object and back end, so that a second call of `jvp` finds its variants."""
    if isinstance(fn, MethodType):
        return Tangent(fn, backend=backend)
    name = "__pullback_tangent__" if backend == "numpy" else f"__pullback_{backend}_tangent__"
    found = getattr(fn, name, None)
    if not isinstance(found, Tangent) or found.primal is not fn:
        found = Tangent(fn, backend=backend)
        try:
            setattr(fn, name, found)
        except (AttributeError, TypeError):
            return found
    return found


def jvp(fn: Callable[..., Any], args: Any = None, tangents: Any = None, *, backend: str = "numpy", **kwargs: Any
        ) -> Any:
    """The value of a function, and its derivative along a direction: forward mode, J t.

    args     : tuple of the positional arguments
    tangents : tuple of their tangents, each of its argument's structure and shape; None for one that does not change
    kwargs   : keyword arguments, which do not change
    returns  : value, tangent (of the value's structure; None where the value is no float; Tensors that do not require
               grad where an argument is one); without `args` a Tangent, which is called as `pushed(args, tangents)` and
               whose `source` is the generated tangent function
    raises   : UnsupportedError at a construct that cannot be differentiated; ShapeError and ArgumentError for a
               tangent of another structure, shape or dtype

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 10.0))
    (12.0, 34.0)
    """
    if not callable(fn):
        raise ArgumentError(f"jvp() takes a function, not {type(fn).__name__}", None, "", "Write `jvp(f, (x,), (t,))`.")
    check_backend(backend, BACKENDS)
    pushed = tangent_of(fn, backend)
    if args is None and tangents is None:
        return pushed
    return pushed(args, tangents, **kwargs)


# --- inside programs --------------------------------------------------------------------------------------------------

@special(jvp)
def _nested_jvp(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """`pb.jvp(f, args, tangents)` written inside a function that the compiler reads."""
    values = dict(zip(("fn", "args", "tangents"), args, strict=False)) | kwargs
    function = values.pop("fn")
    values.pop("backend", None)
    if "args" not in values:
        return Derived("jvp", function, (), _apply_pushed)
    return push(low, function, values.pop("args"), values.pop("tangents"), values, node)


def _apply_pushed(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    values = dict(zip(("args", "tangents"), args, strict=False)) | kwargs
    return push(low, derived.function, values.pop("args"), values.pop("tangents"), values, node)


def push(low: Lowerer, function: Any, args: Any, tangents: Any, kwargs: dict[str, Any], node: Any) -> Any:
    """Interpret f, splice its statements with those of the tangents; the pair (value, tangent)."""
    args, tangents = low.opened(args), low.opened(tangents)
    if not isinstance(args, Seq) or not isinstance(tangents, Seq) or len(args.items) != len(tangents.items):
        raise low.refuse("`jvp` with arguments that are no tuple, or with another number of tangents", "",
                         "Write both as tuples: `pb.jvp(f, (x,), (t,))`.", node)
    wrt = tuple(i for i, t in enumerate(tangents.items) if not (isinstance(t, Lit) and t.value is None))
    inner: Inner = interpret(low, function, wrt, list(args.items), kwargs, node)
    flat: dict[Var, Atom] = {}
    for tree, position in zip(inner.trees, wrt, strict=True):
        _pair_tangents(low, tree, tangents.items[position], flat, node)
    return splice_tangents(low, inner, flat)


def _pair_tangents(low: Lowerer, tree: Any, tangent: Any, flat: dict[Var, Atom], node: Any) -> None:
    """The roots of an argument with their tangents."""
    if isinstance(tangent, Lit) and tangent.value is None:
        return
    if isinstance(tree, Seq) and isinstance(tangent, Seq) and len(tree.items) == len(tangent.items):
        for inner, item in zip(tree.items, tangent.items, strict=True):
            _pair_tangents(low, inner, item, flat, node)
    elif isinstance(tree, Map) and isinstance(tangent, Map):
        for key, item in tangent.items.items():
            _pair_tangents(low, tree.items[key], item, flat, node)
    elif isinstance(tree, Var) and isinstance(tangent, (Var, Ref, Lit)):
        atom = low.atom(tangent)
        wanted = kinds.shape_of(tree.kind)
        actual = kinds.shape_of(atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value))
        if wanted is not None and actual is not None and len(wanted) != len(actual):
            raise low.refuse(f"a tangent of {len(actual)} dimensions for an argument of {len(wanted)}", "",
                             "Give it the argument's shape.", node)
        flat[tree] = atom
    elif not isinstance(tree, Lit):
        raise low.refuse("a tangent of another structure than its argument's", "",
                         "Give it the structure of the argument.", node)


__all__ = ["Pushed", "Tangent", "filled", "jvp", "push", "tangent_of"]
