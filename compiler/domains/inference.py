"""What the result of a call will be: kinds in, kind out, without running the program.

`result_kind` never raises and never guesses: where a result cannot be told, or the call is certain to fail, it gives
less information: `Array(dtype or None, None)` for "an array or a number", UNKNOWN for anything.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from . import (
    infer_builtins,
    infer_creation,
    infer_joining,
    infer_linalg,
    infer_methods,
    infer_others,
    infer_parts,
    infer_polynomials,
    infer_products,
    infer_reductions,
    infer_scalars,
    infer_shaping,
    infer_sorting,
)
from .infer_elementwise import RULES, ufunc_kind
from .infer_helpers import rule_of_helper
from .infer_scipy import rule_in_scipy
from .kinds import UNKNOWN, Array, Kind, Scalar
from .lengths import NotInferable

_BUILTIN = type(len)

# Importing them fills RULES.
MODULES = (infer_builtins, infer_creation, infer_joining, infer_linalg, infer_methods, infer_others, infer_parts,
           infer_polynomials, infer_products, infer_reductions, infer_scalars, infer_shaping,
           infer_sorting)  # fmt: skip


def result_kind(target: Any, args: list[Any], kwargs: dict[str, Any] | None = None) -> Kind:
    """The kind of `target(*args, **kwargs)`.

    target : a function, or a method or attribute such as "ndarray.sum" or "ndarray.T" whose array is args[0]
    args   : abstract arguments (see `abstract`)
    returns: a kind that covers every value that the call can return; TupleOf for several results

    >>> from pullback.compiler.domains.kinds import Array, F8
    >>> result_kind(np.sum, [Array(F8, (3, 4))], {"axis": 0})
    f8[4]
    """
    options = {} if kwargs is None else kwargs
    if not options and all(type(a) is Array or type(a) is Scalar for a in args) and _by_kinds_alone(target):
        return _of_kinds(target, *args)
    return _inferred(target, args, options)


def _by_kinds_alone(target: Any) -> bool:
    """Do the kinds of the operands decide the kind, and its lengths, of each result? (Not of `np.nonzero`.)"""
    if isinstance(target, np.ufunc):
        return target not in RULES
    return type(target) is _BUILTIN and target in infer_scalars.OPERATORS


@lru_cache(maxsize=4096)
def _of_kinds(target: Any, *args: Any) -> Kind:
    return _inferred(target, list(args), {})


def _inferred(target: Any, args: list[Any], options: dict[str, Any]) -> Kind:
    rule: Callable[..., Kind] | None = None
    try:
        if isinstance(target, np.ufunc) and target not in RULES:
            return ufunc_kind(target, list(args), options)
        rule = rule_of(target)
        if rule is None:
            return UNKNOWN
        return rule(*args, **options)
    except NotInferable:
        return _less(target)
    except TypeError:
        if _binds(rule, args, options):
            raise
        return _less(target)


def rule_of(target: Any) -> Callable[..., Kind] | None:
    """The function that infers calls of `target`; a method without one of its own is inferred as NumPy's function."""
    try:
        found = RULES.get(target)
    except TypeError:  # not hashable: no NumPy function
        return None
    if found is None and isinstance(target, str) and target.startswith("ndarray."):
        name = target.removeprefix("ndarray.")
        return RULES.get(getattr(np, name, None)) if name in _SAME_AS_FUNCTION else None
    if found is None and not isinstance(target, str):
        found = rule_of_helper(target) or rule_in_scipy(target)
    owner = getattr(target, "__self__", None)
    if found is None and isinstance(owner, np.ufunc):
        return infer_methods.ufunc_method(owner, target.__name__)
    return found


_SAME_AS_FUNCTION = frozenset({
    "sum", "prod", "mean", "var", "std", "max", "min", "any", "all", "argmax", "argmin", "cumsum", "cumprod", "clip",
    "round",
})  # fmt: skip


def _binds(rule: Callable[..., Kind] | None, args: list[Any], options: dict[str, Any]) -> bool:
    """Has the function these arguments? If not, the call itself is wrong, and nothing is known of it."""
    if rule is None:
        return True
    try:
        inspect.signature(rule).bind(*args, **options)
    except TypeError:
        return False
    return True


# Functions that do not always return an array or a number.
_NOT_NUMERIC = frozenset({
    "ndarray.shape", "ndarray.tolist", "ndarray.item", "ndarray.strides", "ndarray.dtype", "ndarray.nbytes",
    "ndarray.itemsize", "ndarray.size", "ndarray.ndim", "ndarray.nonzero", "ndarray.flat", np.shape, np.size, np.ndim,
    np.where, np.nonzero, np.linalg.svd, np.linalg.qr, np.linalg.eigh, np.linalg.eig, np.linalg.slogdet,
    np.linalg.lstsq, np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.meshgrid, np.broadcast_arrays,
    np.gradient, np.unique, np.histogram, np.indices, np.tril_indices, np.triu_indices, np.polyfit, np.average,
    np.linspace, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.trim_zeros, np.broadcast_shapes, np.diag_indices,
})  # fmt: skip


def _less(target: Any) -> Kind:
    """What is known of a result when nothing is known of the arguments."""
    if isinstance(target, np.ufunc):
        return Array(None, None) if target.nout == 1 else UNKNOWN
    if target in _NOT_NUMERIC or not _is_numpy(target):
        return UNKNOWN
    return Array(None, None)


def _is_numpy(target: Any) -> bool:
    if isinstance(target, str):
        return target.startswith("ndarray.")
    return str(getattr(target, "__module__", None)).partition(".")[0] == "numpy"
