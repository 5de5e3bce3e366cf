"""Cotangents of reading elements: put them back where they were read, adding where one was read twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape


def scatter(values: Any, shape: Shape, index: Any) -> Any:
    """Zeros of `shape`, with `values` added at `index`: the cotangent of `x[index]` for an `x` of `shape`.

    values : array of the shape of `x[index]`, or one that broadcasts to it
    index  : anything NumPy indexes with: basic, integer arrays (an element read twice adds up), masks
    returns: fresh array of `shape`, dtype of values

    >>> scatter(np.ones(3), (3,), [0, 0, 1])
    array([2., 1., 0.])
    """
    out = np.zeros(shape, np.result_type(values))
    if _reads_once(index):
        out[index] = values
    else:
        np.add.at(out, index, values)
    return out


def _reads_once(index: Any) -> bool:
    """Whether no element can be read twice: basic indices and masks."""
    entries = index if isinstance(index, tuple) else (index,)
    return all(
        entry is None or entry is Ellipsis or isinstance(entry, slice | int | np.integer | np.bool_)
        or getattr(entry, "dtype", None) == np.bool_
        for entry in entries
    )
