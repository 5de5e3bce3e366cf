"""Kinds of what sorts and partitions: the shape stays, or all is one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from .abstract import (
    is_none,
    numeric,
    shape_or_none,
)
from .infer_elementwise import rule
from .kinds import Array, Kind, Sym
from .lengths import product


@rule(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Kind:
    return _sorted(a, axis, None)


@rule(np.argsort, "ndarray.argsort")
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Kind:
    return _sorted(a, axis, np.dtype("i8"))


@rule(np.partition)
def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Kind:
    return _sorted(a, axis, None)


@rule(np.argpartition, "ndarray.argpartition")
def argpartition(a: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Kind:
    return _sorted(a, axis, np.dtype("i8"))


def _sorted(a: Any, axis: Any, dtype: np.dtype[Any] | None) -> Kind:
    known = numeric(a)
    shape = shape_or_none(known)
    result = known.dtype if dtype is None else dtype
    if shape == ():
        return Array(result, None)
    if is_none(axis):
        return Array(result, (Sym(),) if shape is None else (product(shape),))
    return Array(result, shape)
