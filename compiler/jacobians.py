"""Derivatives of more than one number: `hessian`, `jacobian` and their kin, from both modes.

J t is one forward sweep, J^T u one reverse sweep; a Hessian times a vector is a forward sweep over a gradient.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError
from .api import grad
from .domains.kinds import dtype_of
from .hessian_products import Operator
from .ir import Lit, Var
from .leaves import at_path, float_leaves
from .library.columns import columns
from .lower import Lowerer, Ref, Seq
from .lower.builtins import special
from .lower.values import Derived
from .nesting import by_position, gradient_of, static
from .pullbacks import pullback_at
from .tangents import Tangent, push
from .tensors import Path, map_leaves, places

FEW, CHUNK = 5, 256  # from how many unit vectors on they are run together, and how many at a time


class Jacobian(Operator):
    """The Jacobian of a function (see `jacobian`)."""

    operator = "jacobian"

    def __init__(self, fn: Callable[..., Any], wrt: int | str = 0, mode: str | None = None, has_aux: bool = False,
                 with_value: bool = False, backend: str = "numpy") -> None:
        super().__init__(fn, backend)
        if isinstance(wrt, bool) or not isinstance(wrt, (int, str, np.integer)):
            raise ArgumentError(f"jacobian() by wrt={wrt!r}", None, "", "Give the index or the name of one argument.")
        if mode not in (None, "reverse", "forward"):
            raise ArgumentError(f"jacobian() with mode={mode!r}", None, "", "Use 'reverse', 'forward' or None.")
        self._wrt, self._mode, self._has_aux, self._with_value = wrt, mode, has_aux, with_value
        self._tangent = Tangent(fn, backend=backend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments = self._tangent.bind(args, kwargs)
        self._refuse_tensors(arguments)
        place = self._place(len(args))
        argument = at_path(arguments, place)
        inner = float_leaves(argument, ())
        if not inner:
            raise ArgumentError(f"jacobian() of {self.target.name} by `{place[0]}`, a {type(argument).__name__}", None,
                                "It must be a float, an array of floats, or a structure of them.",
                                "Choose another `wrt`.")
        value, pull = pullback_at(self.primal, arguments, tuple((*place, *p) for p in inner), self._backend)
        result = self._result(value)
        outer = float_leaves(result, ())
        self._check(result, argument, outer, inner)
        columns_, rows = (sum(math.prod(np.shape(at_path(tree, p))) for p in paths)
                          for tree, paths in ((argument, inner), (result, outer)))
        if self._mode == "forward" or (self._mode is None and 2 * columns_ < rows):
            blocks = self._by_columns(arguments, argument, place, result, outer, inner)
        else:
            blocks = self._by_rows(argument, place, result, value, pull, outer, inner)
        made = _built(result, (), lambda out: _built(argument, (), lambda path: blocks[out, path]))
        if not self._with_value and not self._has_aux:
            return made
        value = map_leaves(value, lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf)
        return (value, made) if self._with_value else (made, value[1])

    def _result(self, value: Any) -> Any:
        if not self._has_aux:
            return value
        if not isinstance(value, tuple) or len(value) != 2:
            raise ArgumentError(f"jacobian(has_aux=True) of {self.target.name}, which returns "
                                f"{type(value).__name__}", None, "", "Return a pair `value, aux`.")
        return value[0]

    def _refuse_tensors(self, arguments: dict[str, Any]) -> None:
        if any(places(v, ()) for v in arguments.values()):
            raise ArgumentError(f"{self.operator}() of {self.target.name} with Tensors", None,
                                "A Jacobian is a plain array.", "Pass arrays: `x.detach().numpy()`.")

    def _place(self, count: int) -> Path:
        """The place of the argument, (name,) or (variadic name, position)."""
        params = list(self.target.signature.parameters.values())
        positional = [p.name for p in params if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if isinstance(self._wrt, str):
            if self._wrt not in {p.name for p in params}:
                raise ArgumentError(f"{self.target.name} has no parameter {self._wrt!r}", None, "",
                                    f"Its parameters are {', '.join(p.name for p in params)}.")
            return (self._wrt,)
        index = int(self._wrt) + (len(positional) if self._wrt < 0 else 0)
        if 0 <= index < len(positional):
            return (positional[index],)
        variadic = next((p.name for p in params if p.kind is p.VAR_POSITIONAL), None)
        if variadic is None or not len(positional) <= index < count:
            raise ArgumentError(f"wrt={self._wrt} of {self.target.name}, which has {len(positional)} positional "
                                "parameters", None, "", "Give the index or the name of one argument.")
        return (variadic, index - len(positional))

    def _check(self, result: Any, argument: Any, outer: list[Path], inner: list[Path]) -> None:
        if not outer:
            raise ArgumentError(f"jacobian() of {self.target.name}, which returns {type(result).__name__}", None,
                                "Its output must be a float, an array of floats, or a structure of them.",
                                "Use pb.vjp for other outputs.")
        leaves = [*(at_path(result, p) for p in outer), *(at_path(argument, p) for p in inner)]
        if any(np.result_type(leaf).kind == "c" for leaf in leaves):
            raise ArgumentError(f"jacobian() of {self.target.name} with complex numbers", None,
                                "One array of complex numbers cannot hold the derivative of a function that is not "
                                "holomorphic.", "Take real and imaginary parts, or use pb.jvp and pb.vjp.")

    def _by_rows(self, argument: Any, place: Path, result: Any, value: Any, pull: Callable[[Any], dict[Path, Any]],
                 outer: list[Path], inner: list[Path]) -> dict[tuple[Path, Path], Any]:
        """One reverse sweep for each element of the output."""
        blocks = {}
        zeros = _zeros(value)
        for out in outer:
            leaf = at_path(result, out)
            whole = (0, *out) if self._has_aux else out
            rows = _in_one_pass(leaf, functools.partial(_pulled, pull, zeros, whole))
            if rows is None:
                rows = [pull(_replaced(zeros, whole, basis)) for basis in _bases(leaf)]
                join: Any = np.stack
            else:
                join = np.concatenate
            for path in inner:
                shape = np.shape(leaf) + np.shape(at_path(argument, path))
                made = [np.asarray(row[(*place, *path)]) for row in rows]
                blocks[out, path] = join(made).reshape(shape) if made else np.zeros(shape, np.result_type(leaf))
        return blocks

    def _by_columns(self, arguments: dict[str, Any], argument: Any, place: Path, result: Any, outer: list[Path],
                    inner: list[Path]) -> dict[tuple[Path, Path], Any]:
        """One forward sweep for each element of the argument."""
        blocks = {}
        for path in inner:
            leaf = at_path(argument, path)
            tangents = _in_one_pass(leaf, functools.partial(self._tangent.run_many, arguments, (*place, *path)))
            one_by_one = tangents is None
            if tangents is None:
                tangents = [self._tangent.run(arguments, {place: _replaced(_nothing(argument), path, basis)})[1]
                            for basis in _bases(leaf)]
            made = [t[0] if self._has_aux else t for t in tangents]
            for out in outer:
                shape = np.shape(at_path(result, out)) + np.shape(leaf)
                parts = [np.asarray(at_path(m, out)) for m in made]
                if not parts:
                    blocks[out, path] = np.zeros(shape, np.result_type(leaf))
                elif one_by_one:
                    blocks[out, path] = np.stack(parts, -1).reshape(shape)
                else:
                    blocks[out, path] = np.ascontiguousarray(np.moveaxis(np.concatenate(parts), 0, -1)).reshape(shape)
        return blocks

    def __pullback_derived__(self) -> Derived:
        return Derived("jacobian", Lit(self.primal), (self._wrt, self._with_value, self._has_aux), _apply_jacobian)


def _pulled(pull: Any, zeros: Any, whole: Path, stack: np.ndarray) -> Any:
    return pull.many(_replaced(zeros, whole, stack), stack)


def _in_one_pass(leaf: Any, run: Callable[[np.ndarray], Any]) -> list[Any] | None:
    """What `run` gives for stacks of the unit vectors of an array; None where that cannot be, or is not worth it."""
    size = np.size(leaf)
    if not isinstance(leaf, np.ndarray) or size < FEW:
        return None
    found = []
    for first in range(0, size, CHUNK):
        count = min(CHUNK, size - first)
        stack = np.eye(count, size, first, leaf.dtype).reshape(count, *leaf.shape)
        made = run(stack)
        if made is None:
            return None
        found.append(made)
    return found


def _bases(leaf: Any) -> list[Any]:
    """The unit vectors of the space of a number or an array."""
    if np.ndim(leaf) == 0:
        one = np.ones((), np.result_type(leaf))
        return [one if isinstance(leaf, np.ndarray) else type(leaf)(1.0)]
    units = np.eye(np.size(leaf), dtype=leaf.dtype)
    return [unit.reshape(leaf.shape) for unit in units]


def _zeros(tree: Any) -> Any:
    """The zero cotangent of a result."""
    return map_leaves(tree, lambda leaf: np.zeros_like(leaf) if isinstance(leaf, np.ndarray) else type(leaf)(0)
                   if isinstance(leaf, (float, complex, np.generic)) else None)


def _nothing(tree: Any) -> Any:
    return map_leaves(tree, lambda leaf: None)


def _replaced(tree: Any, path: Path, new: Any) -> Any:
    """The tree with another leaf at a path."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if isinstance(tree, dict):
        return {k: _replaced(v, rest, new) if k == key else v for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_replaced(v, rest, new) if k == key else v for k, v in enumerate(tree)]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    fields = {k: getattr(tree, k) for k in tree.__dataclass_fields__}
    return type(tree)(**{k: _replaced(v, rest, new) if k == key else v for k, v in fields.items()})


def _built(tree: Any, path: Path, leaf: Callable[[Path], Any]) -> Any:
    """The structure of a tree with `leaf(path)` at its float leaves, None at others."""
    if isinstance(tree, dict):
        return {k: _built(v, (*path, k), leaf) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_built(v, (*path, k), leaf) for k, v in enumerate(tree)]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    if hasattr(tree, "__dataclass_fields__") and not isinstance(tree, type):
        return type(tree)(**{k: _built(getattr(tree, k), (*path, k), leaf) for k in tree.__dataclass_fields__})
    return leaf(path) if float_leaves(tree, path) else None


def jacobian(fn: Callable[..., Any], wrt: int | str = 0, mode: str | None = None, *, has_aux: bool = False,
             backend: str = "numpy") -> Jacobian:
    """The Jacobian of a function by one argument.

    wrt     : index or name of the argument
    mode    : "reverse" (one sweep for each element of the output), "forward" (one for each element of the argument),
              None: forward where the argument has fewer than half as many elements
    has_aux : fn returns `value, aux`; so does the result: `jacobian, aux`
    returns : a function with fn's arguments; its result has the shape output.shape + argument.shape, for structures
              the output's structure of the argument's structure (None where there is no float)
    raises  : ArgumentError where the output or the argument holds no floats, or complex numbers

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.jacobian(lambda x: x ** 2)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """
    return Jacobian(fn, wrt, mode, has_aux, False, backend)


def value_and_jacobian(fn: Callable[..., Any], wrt: int | str = 0, mode: str | None = None, *, has_aux: bool = False,
                       backend: str = "numpy") -> Jacobian:
    """The value of a function and its Jacobian (see `jacobian`).

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.value_and_jacobian(lambda x: 3.0 * x)(np.array([1.0]))
    (array([3.]), array([[3.]]))
    """
    return Jacobian(fn, wrt, mode, has_aux, True, backend)


def hessian(fn: Callable[..., Any], wrt: int | str = 0, mode: str | None = None, *, backend: str = "numpy") -> Jacobian:
    """The Hessian of a function that returns one real number: the Jacobian of its gradient.

    wrt     : index or name of the argument
    mode    : of the Jacobian: "reverse" or None (reverse over reverse), "forward" (forward over reverse)
    returns : a function with fn's arguments; its result has the shape argument.shape + argument.shape; for a structure
              the structure of structures

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return Jacobian(grad(fn, wrt), wrt, mode, False, False, backend)


def _apply_jacobian(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any
                    ) -> Any:
    """A Jacobian inside a function that the compiler reads: a loop over the columns, each a forward sweep."""
    wrt, with_value, has_aux = derived.settings
    function = derived.function
    args, kwargs, wrt = by_position(low, function, args, kwargs, wrt, "jacobian", node)
    x = args[wrt]

    def slope(inner: Lowerer, _: Derived, given: list[Any], *rest: Any) -> Any:
        tangents = _with([Lit(None)] * len(args), wrt, given[1])
        arguments = _with(args, wrt, given[0])
        tangent = push(inner, function, Seq(tuple(arguments)), Seq(tuple(tangents)), kwargs, node).items[1]
        return tangent.items[0] if has_aux else tangent

    if isinstance(x, Ref):
        pushed = Derived("slope", function, derived.settings, slope)
        dtype = _real_dtype(low, x, "an argument", node)
        with low.new_block():  # only for the dtype of a column; these statements are dropped
            before = low.state.copy()
            column = _real_dtype(low, slope(low, derived, [x, low.emit(np.ones_like, x)]), "a result", node)
            low.state = before
        made = low.call(Lit(columns), [pushed, x, Lit(dtype), Lit(column)], {}, name, node)
    else:
        made = slope(low, derived, [x, Lit(1.0)])
    if not with_value and not has_aux:
        return made
    value = low.call(function, args, kwargs, "", node)
    return Seq((value, made)) if with_value else Seq((made, value.items[1]))


def _real_dtype(low: Lowerer, value: Any, what: str, node: Any) -> Any:
    """The dtype of an argument or a result of a function whose Jacobian is computed."""
    if not isinstance(value, (Ref, Var, Lit)):
        raise low.refuse(f"`jacobian` with {what} that is {low.describe(value)}, inside a function", "",
                         "Return one array: join the parts with `np.concatenate`.", node)
    dtype = dtype_of(low.kind(value))
    if dtype is not None and dtype.kind == "c":
        raise low.refuse(f"`jacobian` with {what} that is complex", "One array of complex numbers cannot hold the "
                         "derivative of a function that is not holomorphic.",
                         "Take real and imaginary parts, or use pb.jvp and pb.vjp.", node)
    return np.dtype("f8") if dtype is None else dtype


def _with(items: list[Any], place: int, new: Any) -> list[Any]:
    made = list(items)
    made[place] = new
    return made


def _nested_jacobian(with_value: bool) -> Any:
    def make(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        values = dict(zip(("fn", "wrt"), args, strict=False)) | kwargs
        wrt = static(low, values.get("wrt", Lit(0)), "wrt", node)
        has_aux = bool(static(low, values.get("has_aux", Lit(False)), "has_aux", node))
        return Derived("jacobian", values["fn"], (wrt, with_value, has_aux), _apply_jacobian)

    return make


special(jacobian)(_nested_jacobian(False))
special(value_and_jacobian)(_nested_jacobian(True))


@special(hessian)
def _nested_hessian(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    values = dict(zip(("fn", "wrt"), args, strict=False)) | kwargs
    wrt = static(low, values.get("wrt", Lit(0)), "wrt", node)
    return Derived("jacobian", gradient_of(values["fn"], wrt, False), (wrt, False, False), _apply_jacobian)
