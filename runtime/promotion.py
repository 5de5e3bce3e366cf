"""Which dtype an operation computes in: PyTorch's rules, where they differ from NumPy's.

Three ranks of operands: tensors with axes, tensors without, Python numbers. A lower rank decides only when its category
(bool < int < float < complex) is higher. A Python float among integers gives the default dtype, and so do integers
where the function has real results.

>>> result_dtype(np.zeros(3, "f4"), np.float64(1.0).reshape(()))
dtype('float32')
>>> result_dtype(np.zeros(3, "i8"), 0.5)
dtype('float32')
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

F16: Final = np.dtype("float16")
F32: Final = np.dtype("float32")
F64: Final = np.dtype("float64")
I64: Final = np.dtype("int64")
BOOL: Final = np.dtype("bool")
C64: Final = np.dtype("complex64")
C128: Final = np.dtype("complex128")

_CATEGORY: Final = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


class _Default:
    """The dtype that Python floats become, and the complex one that belongs to it."""

    real: np.dtype[Any] = F32
    complex: np.dtype[Any] = C64


default = _Default()


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of tensors made from Python floats: float32 unless changed."""
    return default.real


def set_default_dtype(dtype: Any) -> None:
    """Make tensors of Python floats with `dtype` from now on.

    raises: TypeError, if it is no floating-point dtype
    """
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"only floating-point types are supported as the default type, not {dtype}")
    default.real = dtype
    default.complex = C128 if dtype is F64 else C64


def scalar_dtype(value: Any) -> np.dtype[Any]:
    """The dtype of a tensor made from a Python number."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return I64
    return default.complex if isinstance(value, complex) else default.real


def promote(a: np.dtype[Any] | None, b: np.dtype[Any] | None) -> np.dtype[Any] | None:
    """The common dtype of two of the same rank: with a float and an int, the float."""
    if a is None or b is None:
        return a if b is None else b
    if a == b:
        return a
    low, high = sorted((a, b), key=lambda dtype: _CATEGORY[dtype.kind])
    if _CATEGORY[high.kind] > _CATEGORY[low.kind] and not (high.kind == "c" and low.kind == "f"):
        return high
    return np.promote_types(low, high)


def result_dtype(*operands: Any) -> np.dtype[Any]:
    """The dtype that arrays and Python numbers together compute in."""
    ranks: list[np.dtype[Any] | None] = [None, None, None]
    for x in operands:
        if isinstance(x, np.ndarray):
            rank = 0 if x.ndim else 1
            ranks[rank] = promote(ranks[rank], x.dtype)
        else:
            ranks[2] = promote(ranks[2], scalar_dtype(x))
    result = ranks[0]
    for lower in ranks[1:]:
        if lower is None:
            continue
        if result is None:
            result = lower
        elif _CATEGORY[lower.kind] > _CATEGORY[result.kind]:
            result = promote(result, lower)
    assert result is not None, "no operands"
    return result
