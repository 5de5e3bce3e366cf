"""Checks that generated code makes where the kinds of a call could not decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import AnomalyError, ArgumentError, Location, OutputError, ShapeError, UnsupportedError


def check_scalar(value: Any, name: str) -> None:
    """Raise OutputError unless `value` is one real number (a float, a NumPy scalar, or an array of size one).

    >>> check_scalar(np.ones((1, 1)), "f")
    """
    if np.size(value) != 1:
        raise OutputError(f"{name} returned an array of shape {np.shape(value)}, not a real scalar", None,
                          "A gradient is defined for one real number.",
                          "Return a float (for example `np.sum(...)`); for other outputs use pb.vjp or pb.jacobian.")
    if np.result_type(value).kind != "f":
        raise OutputError(f"{name} returned {np.result_type(value)}, not a real scalar", None,
                          "A gradient is defined for one real number.", "Return a float.")


def check_cotangent(cotangent: Any, value: Any) -> None:
    """Raise ShapeError unless a cotangent that the program computed has the shape of its value.

    >>> check_cotangent(np.ones(3), np.zeros(3))
    """
    if np.shape(cotangent) != np.shape(value):
        raise ShapeError(f"the cotangent has shape {np.shape(cotangent)}, the value {np.shape(value)}", None, "",
                         "Give it the value's shape.")


def check_shape(argument: Any, gradient: Any, name: str) -> None:
    """Raise ShapeError (a ValueError) unless a gradient has its argument's shape.

    >>> check_shape(np.ones(2), np.zeros(2), "x")
    """
    if np.shape(argument) != np.shape(gradient):
        raise ShapeError(f"`{name}` has shape {np.shape(argument)} where the function needs {np.shape(gradient)}", None,
                         "The shapes of an operation in it do not fit.")


def check_has(array: np.ndarray[Any, Any], count: int) -> None:
    """Raise where an array that is walked beside `count` other elements has fewer: fewer steps would be right then.

    raises : UnsupportedError
    """
    if len(array) < count:
        raise UnsupportedError(f"`zip` of an array of {len(array)} elements and of something longer", None,
                               f"The code was made for {count} steps.", "Cut the longer one off.")


def check_unpacks(array: Any, count: int, more: bool = False) -> None:
    """Raise ValueError, as Python does, unless an array has `count` elements to unpack (`more`: or more).

    >>> check_unpacks(np.zeros(3), 2)
    Traceback (most recent call last):
    ValueError: too many values to unpack (expected 2)
    """
    found = len(array)
    if found < count:
        least = "at least " if more else ""
        raise ValueError(f"not enough values to unpack (expected {least}{count}, got {found})")
    if found > count and not more:
        raise ValueError(f"too many values to unpack (expected {count})")


def check_dtype(value: Any, dtype: Any, name: str) -> Any:
    """`value`, the result of `name` in compiled code; raise UnsupportedError where it is no `dtype` after all.

    >>> check_dtype(np.ones(2, np.float32), np.float64, "numpy.sqrt").tolist()
    [1.0, 1.0]
    """
    found = np.result_type(value)
    if not np.can_cast(found, dtype, "same_kind"):
        raise UnsupportedError(f"`{name}` with backend='numba'", None,
                               f"Its result is {found} here, and {np.dtype(dtype)} elsewhere: it depends on the data.",
                               "Use backend='numpy' for this function.")
    return value


def check_no_overlap(written: Any, *others: Any) -> None:
    """Raise ArgumentError if an array that the function stores into shares memory with another one that it reads.

    >>> check_no_overlap(np.ones(2), np.ones(2))
    """
    for other in others:
        if isinstance(written, np.ndarray) and isinstance(other, np.ndarray) and np.may_share_memory(written, other) \
                and np.shares_memory(written, other):
            raise ArgumentError("the function stores into an argument that shares memory with another array", None,
                                "The store would change both, and their gradients are separate values.",
                                "Pass a copy: `x.copy()`.")


def check_lengths(value: Any, lengths: Any, name: str) -> None:
    """Raise ArgumentError unless an argument has the shape that a function was written out for; an integer, the value.

    >>> check_lengths(np.ones(2), (2,), "x")
    """
    found = np.shape(value) if isinstance(value, np.ndarray) else value
    if isinstance(value, (np.ndarray, int)) and found != lengths:
        what = f"of shape {lengths}" if isinstance(lengths, tuple) else f"equal to {lengths}"
        raise ArgumentError(f"this text was written out for an argument `{name}` {what}", None, f"It is given {found}.",
                            "Call the gradient itself: it compiles a variant for each length.")


def check_contiguous(array: Any, name: str, order: str = "C") -> None:
    """Raise UnsupportedError unless `name` of the array is a view: the program was compiled for that.

    >>> check_contiguous(np.ones((2, 2)), "reshape")
    """
    if isinstance(array, np.ndarray) and not (array.flags.c_contiguous if order == "C" else array.flags.f_contiguous):
        raise UnsupportedError(f"a store where `{name}` may have made a copy", None,
                               "The array is not contiguous, so the memory that is stored to may be a copy's.",
                               "Pass a contiguous array (`np.ascontiguousarray(x)`), or store into a copy.")


def check_finite(value: Any, what: str, place: tuple[Any, ...] | None) -> None:
    """Raise AnomalyError if a nan or inf is in a value that was just computed (see `detect_anomaly`).

    what  : what computed it
    place : the fields of its `Location` in the user's source

    >>> check_finite(np.ones(2), "`numpy.exp`", None)
    """
    if np.result_type(value).kind in "fc" and not np.all(np.isfinite(value)):
        found = "nan" if np.any(np.isnan(value)) else "inf"
        raise AnomalyError(f"{found} in the result of {what}", None if place is None else Location(*place),
                           "It is the first that appears.", "")
