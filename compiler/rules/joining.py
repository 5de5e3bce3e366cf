# mypy: allow-untyped-defs
"""Joining arrays, one cotangent for each part; cutting arrays, whose parts' cotangents are joined."""

import numpy as np

from ...runtime.shapes import join, shapes_of, split_joined, split_like, unstack
from .registry import vjp


@vjp(np.concatenate, linear=True)
def concatenate(arrays, axis=0, *, ans, d_ans):
    d_arrays = split_like(d_ans, shapes_of(arrays), axis)
    return d_arrays


@vjp(split_like, linear=True)
def split_like_(x, shapes, axis, *, ans, d_ans):
    d_x = np.concatenate(d_ans, axis)
    return d_x


@vjp(np.stack, linear=True)
def stack(arrays, axis=0, *, ans, d_ans):
    d_arrays = unstack(d_ans, axis)
    return d_arrays


@vjp(unstack, linear=True)
def unstack_(x, axis=0, *, ans, d_ans):
    d_x = np.stack(d_ans, axis)
    return d_x


@vjp(np.vstack, linear=True)
def vstack(tup, *, ans, d_ans):
    d_tup = split_joined(d_ans, shapes_of(tup), "vstack")
    return d_tup


@vjp(np.hstack, linear=True)
def hstack(tup, *, ans, d_ans):
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
