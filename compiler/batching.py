"""`vmap`: a function of one item as a function of a batch, mapped over axes of its arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runtime.autograd_func import vmap as vmap_of_tensors
from ..runtime.errors import ArgumentError, NoSourceError, ShapeError, UnsupportedError
from .arguments import describe, key_of
from .batched import BatchedCode, batched_code
from .domains.kinds import dtype_of
from .hessian_products import Operator
from .ir import Lit, Var
from .leaves import number_leaves, rebuild
from .library.columns import rows
from .lower import Lowerer, Ref, Seq
from .lower.builtins import special
from .lower.functions import Lowered
from .lower.values import Derived, Map
from .nesting import static
from .operator_options import BACKENDS, check_backend
from .targets import Target, spread
from .tensors import array_of, map_leaves, places
from .variants import Source, make_variant


@dataclass(eq=False)
class OfBatch:
    """A variant: the batched function (None where there is none) and the tree of its results."""

    code: BatchedCode | None
    lowered: Lowered
    output: Any


Axes = int | None | Sequence[Any]


class Batched(Operator):
    """A function mapped over a batch (see `vmap`)."""

    operator = "vmap"

    def __init__(self, fn: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0, backend: str = "numpy") -> None:
        super().__init__(fn, backend)
        self.fn = fn
        self._in, self._out = in_axes, out_axes
        self._variants: dict[Any, list[Any]] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any(places(v, ()) for v in (*args, *kwargs.values())):
            return vmap_of_tensors(self.fn, self._in, self._out)(*args, **kwargs)
        axes = self._axes(len(args))
        sizes = {n for a, axis in zip(args, axes, strict=True) if axis is not None
                 for n in _lengths(a, axis, self.target.name)}
        if not sizes:
            raise ArgumentError(f"vmap of {self.target.name} maps no argument", None, "",
                                "Give at least one argument an axis in `in_axes`.")
        if len(sizes) > 1:
            raise ShapeError(f"vmap of {self.target.name} over axes of lengths {sorted(sizes)}", None, "",
                             "The mapped axes of all arguments must have one length.")
        (count,) = sizes
        if count == 0:
            raise ShapeError(f"vmap of {self.target.name} over an axis of length 0", None,
                             "The shape of one result is not known.", "Map over at least one item.")
        whole = self._in_one_pass(args, axes, kwargs, count)
        if whole is not None:
            return _placed(whole[0], self._out, self.target.name)
        if self._backend != "numpy":
            raise UnsupportedError(f"`vmap` of {self.target.name} with backend='numba'", self.target.origin.where,
                                   "A call in it has no batched form, or an argument is no array.",
                                   "Map a compiled function: `pb.vmap(pb.grad(f, backend='numba'))`.")
        results = [self.primal(*(a if axis is None else _item(a, axis, i) for a, axis in zip(args, axes, strict=True)),
                               **kwargs) for i in range(count)]
        return _stacked(results, self._out, self.target.name)

    def _in_one_pass(self, args: tuple[Any, ...], axes: list[Any], kwargs: dict[str, Any], count: int
                     ) -> tuple[Any] | None:
        """The results with the batch as axis 0, by the batched function; None where there is none."""
        if not all(axis is None or isinstance(a, np.ndarray) for a, axis in zip(args, axes, strict=True)):
            return None
        target = self.target
        own = () if target.bound_self is None else (target.bound_self,)
        axes = [*(None for _ in own), *axes]
        try:
            items = target.inner_signature.bind(*own, *(a if axis is None else _item(a, axis, 0) for a, axis in zip(
                args, axes[len(own):], strict=True)), **kwargs)
        except TypeError as error:
            raise TypeError(f"{target.name}() {error}") from None
        items.apply_defaults()
        arguments = dict(items.arguments)
        names = list(target.inner_signature.parameters)
        if any(axis is not None and (k >= len(names) or _is_variadic(target, names[k])) for k, axis in enumerate(axes)):
            return None
        mapped = {names[k]: axis for k, axis in enumerate(axes) if axis is not None}
        variant = self._find(arguments, tuple(mapped))
        code: OfBatch = variant.compiled
        if code.code is None:
            return None
        values = dict(zip(names, (*own, *args), strict=False))
        given, keywords = spread(target.inner_signature, arguments | {
            n: np.moveaxis(values[n], axis, 0) for n, axis in mapped.items()})
        for name, source, _ in variant.constants:
            keywords[name] = array_of(Source.read(source, arguments))
        found = code.code.run(given, keywords)
        leaves = [r if full else np.array(np.broadcast_to(r, (count, *np.shape(r))))
                  for r, full in zip(found, code.code.spread, strict=True)]
        return (rebuild(code.output, leaves),)

    def _find(self, arguments: dict[str, Any], names: tuple[str, ...]) -> Any:
        """The variant for items of these kinds."""
        key = (tuple(map(key_of, arguments.values())), names)
        candidates = self._variants.setdefault(key, [])
        for variant in candidates:
            if variant.holds(arguments):
                return variant
        lowered = self.target.lower({n: describe(v) for n, v in arguments.items()})
        results = lowered.function.results
        plain = all(isinstance(r, Var) or isinstance(r.value, (float, int, complex)) for r in results)
        code = batched_code(lowered.function, names, lowered.origin, self._backend) if plain else None
        output = number_leaves(lowered.output, iter(range(len(results))))
        candidates.append(make_variant(OfBatch(code, lowered, output), lowered, arguments))
        return candidates[-1]

    @property
    def source(self) -> str:
        """The generated functions of batches; empty where the items are run one after the other."""
        codes = [v.compiled.code for found in self._variants.values() for v in found]
        return "\n\n".join(code.program.text for code in codes if code is not None)

    def _axes(self, count: int) -> list[Any]:
        if self._in is None or isinstance(self._in, int):
            return [self._in] * count
        if len(self._in) != count:
            raise ArgumentError(f"vmap of {self.target.name}: {len(self._in)} entries in in_axes, {count} arguments",
                                None, "", "Give one axis for each positional argument, or None.")
        return list(self._in)

    def __pullback_derived__(self) -> Derived:
        return Derived("vmap", Lit(self.primal), (_key(self._in), _key(self._out)), _apply_vmap)


def _key(axes: Any) -> Any:
    return tuple(axes) if isinstance(axes, (list, tuple)) else axes


def _lengths(value: Any, axis: int, label: str) -> list[int]:
    """The lengths along the axis of the arrays in an argument."""
    found: list[int] = []

    def visit(leaf: Any) -> Any:
        if not -np.ndim(leaf) <= axis < np.ndim(leaf):
            raise ShapeError(f"vmap of {label} over axis {axis} of a value of {np.ndim(leaf)} dimensions", None, "",
                             "Give it None in `in_axes`, or pass an array with that axis.")
        found.append(np.shape(leaf)[axis])
        return leaf

    map_leaves(value, visit)
    return found


def _item(value: Any, axis: int, index: int) -> Any:
    return map_leaves(value, lambda leaf: np.take(leaf, index, axis))


def _is_variadic(target: Target, name: str) -> bool:
    kind = target.inner_signature.parameters[name].kind
    return kind not in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _placed(value: Any, axes: Any, label: str) -> Any:
    """The results, batch first, with the batch axis at `axes` (one for all, or one for each part)."""
    if isinstance(value, dict):
        return {k: _placed(v, axes[k] if isinstance(axes, dict) else axes, label) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if isinstance(axes, (list, tuple)) and len(axes) != len(value):
            raise ArgumentError(f"vmap of {label}: {len(axes)} entries in out_axes, {len(value)} results", None, "",
                                "Give one axis, or one for each result.")
        each = axes if isinstance(axes, (list, tuple)) else [axes] * len(value)
        items = [_placed(v, axis, label) for v, axis in zip(value, each, strict=True)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if not isinstance(axes, int):
        raise ArgumentError(f"vmap of {label}: out_axes={axes!r} for one array", None, "", "Give one axis.")
    return value if axes == 0 else np.ascontiguousarray(np.moveaxis(value, 0, axes))


def _stacked(results: list[Any], axes: Any, label: str) -> Any:
    """The results of all items as one, with the batch axis at `axes` (one for all, or one for each part)."""
    first = results[0]
    if isinstance(first, dict):
        return {k: _stacked([r[k] for r in results], axes[k] if isinstance(axes, dict) else axes, label) for k in first}
    if isinstance(first, (list, tuple)):
        if isinstance(axes, (list, tuple)) and len(axes) != len(first):
            raise ArgumentError(f"vmap of {label}: {len(axes)} entries in out_axes, {len(first)} results", None, "",
                                "Give one axis, or one for each result.")
        each = axes if isinstance(axes, (list, tuple)) else [axes] * len(first)
        items = [_stacked([r[k] for r in results], axis, label) for k, axis in enumerate(each)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    if not isinstance(axes, int):
        raise ArgumentError(f"vmap of {label}: out_axes={axes!r} for one array", None, "", "Give one axis.")
    return np.stack([np.asarray(r) for r in results], axes)


def vmap(fn: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0, *, backend: str = "numpy",
         in_dims: Axes = 0, out_dims: Axes = 0) -> Any:
    """A function mapped over a batch: `vmap(f)(xs)` is `f(x)` for each x of xs, stacked.

    in_axes  : the axis of each positional argument that is mapped (one for all, or a tuple; None: not mapped). All
               arrays of a structure are mapped along its axis. Keyword arguments are not mapped.
    out_axes : where the batch axis stands in the result (one for all, or one for each part of a tuple)
    in_dims, out_dims : the same under PyTorch's names
    returns  : a function of fn's arguments. Arrays are run in one pass, by a generated function of the batch (its
               `source`), where every call has a batched form and no branch or loop bound depends on an item; else, and
               for structures, the items are run one after the other. Called with Tensors it is
               `torch.vmap`: fn may be any function of Tensors, and is differentiated by the eager graph.
    raises   : ShapeError for axes that are not there or differ in length, and for an empty batch

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.vmap(pb.grad(lambda x: np.sum(x ** 2)))(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[2., 4.],
           [6., 8.]])
    """
    check_backend(backend, BACKENDS)
    axes, results = in_axes if in_dims == 0 else in_dims, out_axes if out_dims == 0 else out_dims
    try:
        return Batched(fn, axes, results, backend)
    except (NoSourceError, TypeError):  # a function of Tensors need not have source
        return vmap_of_tensors(fn, axes, results)


# --- inside programs --------------------------------------------------------------------------------------------------

@special(vmap)
def _nested_vmap(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    values = dict(zip(("fn", "in_axes", "out_axes"), args, strict=False)) | kwargs
    axes = tuple(_key(static(low, values.get(k, Lit(0)), k, node)) for k in ("in_axes", "out_axes"))
    return Derived("vmap", values["fn"], axes, _apply_vmap)


def _apply_vmap(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A loop over the items, whose results are stored as rows."""
    in_axes, out_axes = derived.settings
    axes = list(in_axes) if isinstance(in_axes, tuple) else [in_axes] * len(args)
    mapped = [a for a, axis in zip(args, axes, strict=True) if axis is not None]
    if not mapped or not all(isinstance(a, Ref) for a in mapped) or any(axis not in (0, None) for axis in axes) \
            or out_axes != 0:
        raise low.refuse("`vmap` of a structure, or along another axis than the first, inside a function", "",
                         "Map over the first axis of arrays: move the axis with `np.moveaxis` before.", node)

    def call(inner: Lowerer, _: Derived, given: list[Any], *rest: Any) -> Any:
        items = [a if axis is None else inner.get_item(a, given[0], "", node)
                 for a, axis in zip(args, axes, strict=True)]
        result = inner.call(derived.function, items, kwargs, "", node)
        if isinstance(result, (Seq, Map)) or not isinstance(result, (Ref, Var, Lit)):
            raise inner.refuse("`vmap` of a function that returns a structure, inside a function", "",
                               "Return one number or array.", node)
        return result

    with low.new_block():  # only for the dtype of one item; these statements are dropped
        before = low.state.copy()
        dtype = dtype_of(low.kind(call(low, derived, [Lit(0)])))
        low.state = before
    one = Derived("item of vmap", derived.function, derived.settings, call)
    count = low.length(mapped[0], node)
    return low.call(Lit(rows), [one, count, Lit(dtype if dtype is not None else np.dtype("f8"))], {}, name, node)
