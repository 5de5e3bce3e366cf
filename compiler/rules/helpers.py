# mypy: allow-untyped-defs
"""Rules of the runtime's own helpers, so that what rules call can be differentiated again."""

import numpy as np

from ...runtime.checkpoints import again
from ...runtime.indexing import put_range, take_range
from ...runtime.shapes import as_rows, from_rows, project, real_like, sum_leading, sum_trailing, unbroadcast, with_zeros
from ...runtime.special import (
    advanced,
    delayed,
    divide_or_zero,
    linear_recurrence,
    product_of_others,
    reversed_recurrence,
)
from ...runtime.stores import set_item, stored_cotangent
from .registry import jvp, vjp


@vjp(divide_or_zero, elementwise=True)
def divide_or_zero_(x1, x2, *, ans, d_ans):
    d_x1 = divide_or_zero(d_ans, np.conj(x2))
    d_x2 = -d_ans * np.conj(divide_or_zero(ans, x2))
    return d_x1, d_x2


@vjp(again, linear=True)
def again_(value, *, ans, d_ans):
    d_value = d_ans
    return d_value


@vjp(as_rows, linear=True)
def as_rows_(x, axis, *, ans, d_ans):
    d_x = from_rows(d_ans, np.shape(x), axis)
    return d_x


@vjp(from_rows, linear=True)
def from_rows_(rows, shape, axis, *, ans, d_ans):
    d_rows = as_rows(d_ans, axis)
    return d_rows


@vjp(product_of_others)
def product_of_others_(a, axis=None, *, ans, d_ans):
    """Each result is a product of the elements before and of those after: both are cumulative products."""
    rows = as_rows(np.conj(a), axis)
    mirrored = np.flip(rows, -1)
    before = delayed(np.cumprod(rows, -1), -1, 1)
    after = delayed(np.cumprod(mirrored, -1), -1, 1)
    d_rows = as_rows(d_ans, axis)
    d_before = advanced(d_rows * np.flip(after, -1), -1)
    d_after = advanced(np.flip(d_rows * before, -1), -1)
    from_before = before * reversed_recurrence(rows, d_before, -1)
    from_after = np.flip(after * reversed_recurrence(mirrored, d_after, -1), -1)
    d_a = from_rows(from_before + from_after, np.shape(a), axis)
    return d_a


@vjp(linear_recurrence)
def linear_recurrence_(gain, drive, axis, *, ans, d_ans):
    d_drive = reversed_recurrence(np.conj(gain), d_ans, axis)
    d_gain = d_drive * np.conj(delayed(ans, axis))
    return d_gain, d_drive


@vjp(reversed_recurrence)
def reversed_recurrence_(gain, drive, axis, *, ans, d_ans):
    d_drive = linear_recurrence(np.conj(gain), d_ans, axis)
    d_gain = delayed(d_drive, axis) * np.conj(ans)
    return d_gain, d_drive


@vjp(delayed)  # affine: what comes in first does not move
def delayed_(x, axis, first=0, *, ans, d_ans):
    d_x = advanced(d_ans, axis)
    return d_x


@jvp(delayed)
def delayed_tangent(x, axis, first=0, *, ans, t_x):
    t_ans = delayed(t_x, axis)
    return t_ans


@vjp(advanced, linear=True)
def advanced_(x, axis, *, ans, d_ans):
    d_x = delayed(d_ans, axis)
    return d_x


@vjp(take_range, linear=True)
def take_range_(x, start, stop, axis, *, ans, d_ans):
    d_x = put_range(d_ans, np.shape(x), start, axis)
    return d_x


@vjp(put_range, linear=True)
def put_range_(values, shape, start, axis, *, ans, d_ans):
    d_values = take_range(d_ans, start, start + np.shape(values)[axis], axis)
    return d_values


@vjp(sum_leading, linear=True)
def sum_leading_(x, count, *, ans, d_ans):
    d_x = np.broadcast_to(d_ans, np.shape(x))
    return d_x


@vjp(sum_trailing, linear=True)
def sum_trailing_(x, count, *, ans, d_ans):
    d_x = np.broadcast_to(np.reshape(d_ans, np.shape(d_ans) + (1,) * count), np.shape(x))
    return d_x


@vjp(with_zeros, linear=True, passive=("results",))
def with_zeros_(first, results, *, ans, d_ans):
    d_first = d_ans[0]
    return d_first


@vjp(project, linear=True)
def project_(x, dtype, *, ans, d_ans):
    """The real part, in another precision: its transpose takes a real cotangent for a complex one."""
    d_x = d_ans
    return d_x


@vjp(real_like, linear=True, passive=("primal",))
def real_like_(x, primal, *, ans, d_ans):
    d_x = real_like(d_ans, ans)
    return d_x


@vjp(set_item, linear=True)
def set_item_(target, index, value, *, ans, d_ans):
    """The elements that are written give their cotangents to what is written there (the last write counts)."""
    d_target = set_item(d_ans, index, 0.0)
    d_value = unbroadcast(stored_cotangent(d_ans, index), np.shape(value))
    return d_target, d_value


@vjp(stored_cotangent, linear=True)
def stored_cotangent_(d_target, index, *, ans, d_ans):
    """It reads each element that is named twice where it was written last: there its cotangent goes back."""
    d_d_target = set_item(np.zeros_like(d_target), index, d_ans)
    return d_d_target
