"""Calls that are read as another call: `np.vectorize(f)`, `np.einsum` with lists of labels, methods of ufuncs."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import NoRuleError
from ...runtime.sparse import factor_solve
from ..desugar import desugar
from ..domains import kinds
from ..ir import Lit
from ..library import (
    ufunc_accumulate,
    ufunc_outer,
    ufunc_reduce,
    ufunc_reduceat,
    unsupported,
    vectorized,
    vectorized_rows,
)
from ..rules import registry
from ..source import read
from .builtins import special
from .sparse import is_factor_solve
from .values import Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Whose reductions are read as loops. Not np.power and np.arctan2: NumPy 2.4's own reductions of them do not give what
#: their definition says (np.power.reduce([.49, 3.61, 1.69, .16]) is .89, and step by step .50).
FOLDED = {np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2}
METHODS = {"outer": ufunc_outer, "reduce": ufunc_reduce, "accumulate": ufunc_accumulate, "reduceat": ufunc_reduceat}
IN_SEGMENTS = FOLDED | {np.multiply, np.maximum, np.minimum, np.fmax, np.fmin}


def spelled_out(fn: Any) -> tuple[Any, list[Any]] | None:
    """What a method of a ufunc that has no rule stands for, and the arguments that come first; None for the rest.

    `np.hypot.outer(x, y)` is `np.hypot` of `x` with more axes and `y`; `np.subtract.reduce(x)` a loop.
    """
    ufunc = getattr(fn, "__self__", None)
    if is_factor_solve(fn):
        return factor_solve, [Lit(ufunc)]
    if not isinstance(ufunc, np.ufunc) or (ufunc.nin, ufunc.nout) != (2, 1) or ufunc.signature is not None:
        return None
    if fn.__name__ not in METHODS or registry.rule_for(fn) is not None or registry.rule_for(ufunc) is None:
        return None
    if fn.__name__ != "outer" and ufunc not in (IN_SEGMENTS if fn.__name__ == "reduceat" else FOLDED):
        return None
    return METHODS[fn.__name__], [Lit(ufunc)]


@special(unsupported)
def _unsupported(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """What a definition of a library's function cannot do: refused where the function is called."""
    raise low.refuse(args[0].value, "", args[1].value, node=node, error=NoRuleError)


@special(np.einsum)
def _einsum(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """np.einsum(x, [0, 1], y, [1, 2], [0, 2])  =>  np.einsum("ab,bc->ac", x, y)"""
    if low.rule_mode or not args or (isinstance(args[0], Lit) and isinstance(args[0].value, str)):
        return NotImplemented
    labels = [_labels(a) for a in args[1::2]] + ([_labels(args[-1])] if len(args) % 2 else [])
    if any(label is None for label in labels):
        return NotImplemented
    count = len(args) // 2
    text = ",".join(str(label) for label in labels[:count])
    return low.emit(np.einsum, Lit(text + (f"->{labels[count]}" if len(args) % 2 else "")), *args[0:2 * count:2],
                    name=name, **kwargs)


def _labels(value: Any) -> str | None:
    """A list of labels as letters; None if it is no list of numbers and ellipses."""
    items = value.items if isinstance(value, Seq) else value.value if isinstance(value, Lit) else ()
    if not isinstance(items, (tuple, list)):
        return None
    known: list[Any] = [item.value if isinstance(item, Lit) else item for item in items]
    if not all(item is Ellipsis or (isinstance(item, int) and 0 <= item < len(LETTERS)) for item in known):
        return None
    return "".join("..." if item is Ellipsis else LETTERS[item] for item in known)


@special(np.clip)
def _clip(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """The keywords `min=` and `max=` are other names of the bounds."""
    if low.rule_mode or not {"min", "max"} & set(kwargs):
        return NotImplemented
    names = {"min": "a_min", "max": "a_max"}
    given = {names.get(key, key): value for key, value in kwargs.items()}
    bounds = [given.pop(key, Lit(None)) for key in ("a_min", "a_max")]
    return low.call_library(np.clip, [args[0], *bounds], given, name, node)


@special(*([np.unstack] if hasattr(np, "unstack") else []))  # since NumPy 2.1
def _unstack(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    shape = kinds.shape_of(low.kind(args[0])) if args else None
    axis = kwargs.get("axis", Lit(0))
    length = shape[axis.value] if shape and isinstance(axis, Lit) and isinstance(axis.value, int) else None
    if low.rule_mode or not isinstance(length, int) or isinstance(args[0], Seq):
        return _refuse_unstack(low, node) if not low.rule_mode else NotImplemented
    rows = low.emit(np.moveaxis, args[0], axis, Lit(0)) if axis.value else args[0]
    return Seq(tuple(low.emit(operator.getitem, rows, Lit(k)) for k in range(length)))


def _refuse_unstack(low: Lowerer, node: Any) -> Any:
    raise low.refuse("`np.unstack` of an array of any length",
                     "How many results there are is not known before the run.",
                     "Loop over the array (`for row in x`) or index it: `np.moveaxis(x, axis, 0)[k]`.", node=node)


@special(np.result_type)
def _result_type(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    kind = low.kind(args[0]) if len(args) == 1 else kinds.UNKNOWN
    dtype = kinds.dtype_of(kind)
    return NotImplemented if dtype is None else Lit(dtype)


@special(np.vectorize)
def _vectorize(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A function that loops over the broadcast elements of its arguments."""
    asked = [name for name in kwargs if name not in ("doc", "cache", "otypes", "signature")]
    if len(args) != 1 or asked:
        raise low.refuse(f"`np.vectorize` with `{asked[0] if asked else 'otypes'}=`", "",
                         "Give it a function of the other arguments only.", node=node)
    signature = kwargs.get("signature", Lit(None))
    plain = signature.value is None
    first = [args[0]] if plain else [args[0], _ranks(low, signature, node)]
    origin = read(vectorized if plain else vectorized_rows)
    return UserFunction(origin, desugar(origin), None, {}, tuple(first))


def _ranks(low: Lowerer, signature: Any, node: Any) -> Seq:
    """How many axes each argument of a generalised function has: "(n),(n,m)->()" says 1 and 2."""
    given, arrow, result = str(signature.value).replace(" ", "").partition("->")
    if not arrow or result.count("(") != 1:
        raise low.refuse("`np.vectorize` with a `signature=` of several results", "", "Return one array.", node=node)
    cores = [core.strip("(") for core in given.rstrip(")").split("),")]
    return Seq(tuple(Lit(len([name for name in core.split(",") if name])) for core in cores))
