# mypy: allow-untyped-defs
"""Joining arrays, one cotangent for each part; cutting arrays, whose parts' cotangents are joined."""

import numpy as np

from ...runtime.indexing import block_cotangent, block_of, block_pieces, inserted_places, kept_places, nested_shapes
from ...runtime.shapes import count_along, join, shapes_of, split_joined, split_like, unbroadcast, unstack
from .registry import vjp


@vjp(np.concatenate, linear=True)
def concatenate(arrays, axis=0, *, dtype=None, casting="same_kind", ans, d_ans):
    d_arrays = split_like(d_ans, shapes_of(arrays), axis)
    return d_arrays


@vjp(split_like, linear=True)
def split_like_(x, shapes, axis, *, ans, d_ans):
    d_x = np.concatenate(d_ans, axis)
    return d_x


@vjp(np.stack, linear=True)
def stack(arrays, axis=0, *, dtype=None, casting="same_kind", ans, d_ans):
    d_arrays = unstack(d_ans, axis)
    return d_arrays


@vjp(unstack, linear=True)
def unstack_(x, axis=0, *, ans, d_ans):
    d_x = np.stack(d_ans, axis)
    return d_x


@vjp(np.vstack, linear=True)
def vstack(tup, *, dtype=None, casting="same_kind", ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), "vstack")
    return d_tup


@vjp(np.hstack, linear=True)
def hstack(tup, *, dtype=None, casting="same_kind", ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), "hstack")
    return d_tup


@vjp(np.dstack, linear=True)
def dstack(tup, *, ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), "dstack")
    return d_tup


@vjp(np.column_stack, linear=True)
def column_stack(tup, *, ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), "column_stack")
    return d_tup


@vjp(split_joined, linear=True)
def split_joined_(x, shapes, how, *, ans, d_ans):
    d_x = join(d_ans, how)
    return d_x


@vjp(join, linear=True)
def join_(parts, how, *, ans, d_ans):
    d_parts = split_joined(d_ans, shapes_of(parts), how)
    return d_parts


@vjp(np.append, linear=True)
def append(arr, values, axis=None, *, ans, d_ans):
    d_arr, d_values = split_like(d_ans, shapes_of((arr, values)), axis)
    return d_arr, d_values


@vjp(np.insert, linear=True)
def insert(arr, obj, values, axis=None, *, ans, d_ans):
    """Each element's cotangent is read from where it was put; a value that fills several places gets their sum."""
    along = 0 if axis is None else axis
    length = np.size(arr) if axis is None else count_along(np.shape(arr), axis)
    total = count_along(np.shape(d_ans), along)
    d_arr = np.reshape(np.take(d_ans, kept_places(length, obj, total), along), np.shape(arr))
    d_block = np.take(d_ans, inserted_places(length, obj, total), along)
    if np.ndim(obj) == 0:
        d_values = unbroadcast(np.moveaxis(d_block, along, 0), np.shape(values))
    else:
        d_values = unbroadcast(d_block, np.shape(values))
    return d_arr, d_values


@vjp(np.block, linear=True)
def block(arrays, *, ans, d_ans):
    d_arrays = block_cotangent(d_ans, nested_shapes(arrays))
    return d_arrays


@vjp(block_cotangent, linear=True)
def block_cotangent_(x, shapes, *, ans, d_ans):
    d_x = np.block(d_ans)
    return d_x


@vjp(block_pieces, linear=True)
def block_pieces_(x, shapes, *, ans, d_ans):
    d_x = block_of(d_ans, shapes)
    return d_x


@vjp(block_of, linear=True)
def block_of_(pieces, shapes, *, ans, d_ans):
    d_pieces = block_pieces(d_ans, shapes)
    return d_pieces


@vjp(np.split, linear=True)
def split(ary, indices_or_sections, axis=0, *, ans, d_ans):
    d_ary = np.concatenate(d_ans, axis)
    return d_ary


@vjp(np.hsplit, linear=True)
def hsplit(ary, indices_or_sections, *, ans, d_ans):
    d_ary = np.hstack(d_ans)
    return d_ary


@vjp(np.vsplit, linear=True)
def vsplit(ary, indices_or_sections, *, ans, d_ans):
    d_ary = np.vstack(d_ans)
    return d_ary


@vjp(np.dsplit, linear=True)
def dsplit(ary, indices_or_sections, *, ans, d_ans):
    d_ary = np.dstack(d_ans)
    return d_ary


@vjp(np.array_split, linear=True)
def array_split(ary, indices_or_sections, axis=0, *, ans, d_ans):
    d_ary = np.concatenate(d_ans, axis)
    return d_ary


if hasattr(np, "unstack"):  # since NumPy 2.1

    @vjp(np.unstack, linear=True)
    def numpy_unstack(x, /, *, axis=0, ans, d_ans):
        d_x = np.stack(d_ans, axis)
        return d_x
