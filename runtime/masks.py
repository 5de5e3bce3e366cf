"""The pullbacks that make masked cotangents: of `where`, of masks and of indices."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import kernels
from .calls import call
from .dispatch import TensorCore
from .indexing import scatter
from .masked import Masked, unmasked
from .shapes import unbroadcast
from .table import Pullback, derivative


def _chosen(keep: Callable[[Any], Any]) -> Callable[..., Any]:
    """The pullback of one operand of `where`: its cotangent where `keep(condition)` holds."""
    def pull(condition: Any, x: Any, y: Any, ans: Any, d_ans: Any) -> Any:
        mask = keep(condition)
        if isinstance(d_ans, TensorCore):
            return Masked(call(kernels.masked_fill, d_ans, ~mask, np.zeros((), d_ans._array.dtype)), mask)
        return Masked(np.where(mask, d_ans, d_ans.dtype.type(0)), mask)

    return pull


def read_places(shape: tuple[int, ...], index: Any) -> Any:
    """Which elements of an array of `shape` an index reads."""
    mask = np.zeros(shape, np.bool_)
    mask[index] = True
    return mask


def _summed(g: Any, shape: tuple[int, ...]) -> Any:
    return g if np.shape(g) == shape else unbroadcast(g, shape)


def _filled_x(x: Any, mask: Any, value: Any, ans: Any, d_ans: Any) -> Any:
    g = _summed(np.where(mask, np.zeros_like(d_ans), d_ans), np.shape(x))
    return Masked(unmasked(g), ~np.asarray(mask, np.bool_)) if np.shape(x) == np.shape(d_ans) else g


derivative(kernels.masked_fill,
           x=Pullback(_filled_x, values=("mask",), shapes=("x",)),
           value=Pullback(lambda x, mask, value, ans, d_ans: np.sum(np.where(mask, d_ans, np.zeros_like(d_ans))),
                          values=("mask",)))
derivative(operator.getitem, a=Pullback(
    lambda a, b, ans, d_ans: Masked(scatter(d_ans, np.shape(a), b), lambda: read_places(np.shape(a), b)),
    values=("b",), shapes=("a",)))
derivative(np.where, elementwise=True,
           x=Pullback(_chosen(lambda c: np.asarray(c, np.bool_)), values=("condition",)),
           y=Pullback(_chosen(lambda c: ~np.asarray(c, np.bool_)), values=("condition",)))
