"""Does the array that a call returns share memory with its first argument?

fresh: never; view: always (an array of its own on the same memory); same: it is the argument; may: depends on the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from .abstract import is_none, kind, value_of
from .effects import is_pure
from .kinds import Array, Kind, Scalar

Alias = Literal["fresh", "view", "same", "may"]

_VIEWS = frozenset({
    np.transpose, np.permute_dims, np.matrix_transpose, np.linalg.matrix_transpose, np.swapaxes, np.moveaxis,
    np.rollaxis, np.expand_dims, np.squeeze, np.broadcast_to, np.diagonal, np.linalg.diagonal, np.flip, np.flipud,
    np.fliplr, np.rot90, np.lib.stride_tricks.sliding_window_view,
    "ndarray.T", "ndarray.mT", "ndarray.transpose", "ndarray.swapaxes", "ndarray.squeeze", "ndarray.diagonal",
    "ndarray.view",
})  # fmt: skip

# Pure functions whose result may be the argument, or memory of it; what is known of the arguments may say more.
UNCERTAIN = frozenset({
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite,
    np.reshape, np.ravel, np.real, np.imag, np.real_if_close, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.diag,
    np.broadcast_arrays, np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.trim_zeros,
    np.require, np.diff, np.einsum, np.linalg.matrix_power, np.meshgrid, np.nan_to_num, np.ix_,
    np.round, np.around, np.gradient, np.fix, np.polyder, np.polyint, np.histogram, np.histogram2d, np.histogramdd,
    np.histogram_bin_edges, np.fft.fftn, np.fft.ifftn, np.fft.fft2, np.fft.ifft2,
    "ndarray.astype", "ndarray.reshape", "ndarray.ravel", "ndarray.real", "ndarray.imag", "ndarray.flat",
    "ndarray.round", "ndarray.conj", "ndarray.conjugate",
    getattr(np, "astype", "ndarray.astype"), getattr(np, "unstack", np.split),  # NumPy 2.1
})  # fmt: skip


_ASTYPE = frozenset({"ndarray.astype", getattr(np, "astype", "ndarray.astype")})


def alias_of(target: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Alias:
    """What the array result of `target(*args, **kwargs)` shares with its first argument.

    args, kwargs: abstract arguments (see `abstract`), where they are known: they make the answer sharper.

    >>> import numpy as np
    >>> alias_of(np.exp), alias_of("ndarray.T"), alias_of(np.ravel), alias_of(len.__call__)
    ('fresh', 'view', 'may', 'may')
    """
    options = dict(kwargs or {})
    if not is_pure(target, (name for name, value in options.items() if not is_none(value)), len(args)):
        return "may"
    if target in _VIEWS:
        return "view"
    if target in UNCERTAIN:
        return _by_arguments(target, list(args), options)
    return "fresh" if isinstance(target, np.ufunc) or _of_ufunc(target) or _makes_arrays(target) else "may"


def _of_ufunc(target: Any) -> bool:
    return isinstance(getattr(target, "__self__", None), np.ufunc)


def _makes_arrays(target: Any) -> bool:
    """Is it a function of NumPy or SciPy, or an operator? (A container's item or max(a, b) may be the argument.)"""
    if isinstance(target, (str, type)):
        return isinstance(target, str)
    module = str(getattr(target, "__module__", ""))
    if module.partition(".")[0] in ("numpy", "scipy"):
        return True
    return module in ("_operator", "operator") and getattr(target, "__name__", "") not in ("getitem", "concat")


def _by_arguments(target: Any, args: list[Any], options: dict[str, Any]) -> Alias:
    """What is known of the arguments decides."""
    known: Kind | None = kind(args[0]) if args else None
    if target in (np.real, "ndarray.real", np.imag, "ndarray.imag"):
        return _part(known, target in (np.imag, "ndarray.imag"))
    if target in _ASTYPE and len(args) == 2 and set(options) == {"copy"} and value_of(options["copy"]) is False \
            and isinstance(known, Array) and known.shape is not None:
        return _with_dtype(known, args[1:])
    if target in (np.array, *_ASTYPE, np.meshgrid, np.nan_to_num):
        copies = "copy" not in options or value_of(options["copy"]) is True
        return "fresh" if copies and len(args) <= (1 if target is np.nan_to_num else 2) else "may"
    if target in (np.asarray, np.asanyarray):
        if not isinstance(known, Array) or known.shape is None:
            return "may"
        if set(options) == {"dtype"} and len(args) == 1:
            args = [args[0], options["dtype"]]
        elif options:
            return "may"
        return _with_dtype(known, args[1:])
    if target in ("ndarray.conj", "ndarray.conjugate"):
        return _conjugate(known)
    if target is np.diag:
        if not isinstance(known, Array) or known.shape is None:
            return "may"
        return "view" if len(known.shape) == 2 else "fresh"
    if target is np.diff:
        count = value_of(args[1]) if len(args) > 1 else value_of(options.get("n", 1))
        return "fresh" if isinstance(count, int) and count > 0 and "prepend" not in options else "may"
    if target is np.einsum:
        return "fresh" if len(args) > 2 else "may"
    return "may"


def _with_dtype(known: Array, dtypes: list[Any]) -> Alias:
    """np.asarray(x, dtype) is x where it has that dtype."""
    if not dtypes or (len(dtypes) == 1 and is_none(dtypes[0])):
        return "same"
    try:
        wanted = np.dtype(value_of(dtypes[0]))
    except TypeError:
        return "may"
    if known.dtype is None or len(dtypes) > 1 or wanted.kind not in "biufc":
        return "may"
    return "same" if wanted == known.dtype else "fresh"


def _part(known: Kind | None, imaginary: bool) -> Alias:
    """x.real of a real x is x, x.imag of a real x a new array of zeros."""
    if isinstance(known, Array) and known.shape is not None and known.dtype is not None:
        if known.dtype.kind == "c":
            return "view"
        return "fresh" if imaginary else "same"
    return "fresh" if isinstance(known, Scalar) else "may"


def _conjugate(known: Kind | None) -> Alias:
    """The method, unlike the function, returns a real array as it is."""
    if isinstance(known, Array) and known.shape is not None and known.dtype is not None:
        return "fresh" if known.dtype.kind == "c" else "same"
    return "may"
