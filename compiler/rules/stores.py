# mypy: allow-untyped-defs
"""Whole values that are stored into another array: its parts, or all of it in its dtype."""

import numpy as np

from ...runtime.shapes import unbroadcast
from ...runtime.stores import keep_shape, with_imag, with_real
from .registry import vjp


@vjp(keep_shape, passive=("target",), linear=True)
def keep_shape_(result, target, *, ans, d_ans):
    """Of the target only shape and dtype count."""
    d_result = unbroadcast(d_ans, np.shape(result))
    return d_result


@vjp(with_real, linear=True)
def with_real_(target, part, *, ans, d_ans):
    """The real part comes from `part`, the imaginary part from `target`."""
    d_target = with_real(d_ans, 0.0)
    d_part = unbroadcast(np.real(d_ans), np.shape(part))
    return d_target, d_part


@vjp(with_imag, linear=True)
def with_imag_(target, part, *, ans, d_ans):
    d_target = with_imag(d_ans, 0.0)
    d_part = unbroadcast(np.imag(d_ans), np.shape(part))
    return d_target, d_part
