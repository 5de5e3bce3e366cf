"""Kinds of the runtime helpers that derivative rules call: mostly an array of the shape that they are given.

They are known by name, `module.function` below `pullback.runtime`: this layer imports nothing of the runtime.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .abstract import (
    axes_of,
    dim_of,
    is_none,
    kind,
    lengths_of,
    number_or_array,
    numeric,
    shape_of,
    shape_or_none,
    value_of,
)
from .infer_elementwise import Rule, ufunc_kind
from .infer_indexing import array_item
from .infer_shaping import reshaped, swapaxes
from .kinds import I8, UNKNOWN, Array, Dim, Kind, ListOf, Scalar, Sym, TupleOf
from .lengths import NotInferable, broadcast, derived, product
from .promotion import resolve, token

HELPERS: dict[str, Rule] = {}


def helper(*names: str) -> Callable[[Rule], Rule]:
    """Register the inference of runtime helpers."""

    def register(function: Rule) -> Rule:
        for name in names:
            HELPERS[name] = function
        return function

    return register


def rule_of_helper(target: Any) -> Rule | None:
    """The inference of a runtime helper; None where there is none."""
    module = str(getattr(target, "__module__", ""))
    if not module.startswith("pullback.runtime."):
        return None
    return HELPERS.get(f"{module.removeprefix('pullback.runtime.')}.{getattr(target, '__name__', '')}")


def _given(shape: Any) -> tuple[Dim, ...] | None:
    known = kind(shape)
    if type(known) is Kind or isinstance(known, ListOf):
        return None
    return lengths_of(shape)


def _inexact(*operands: Any) -> np.dtype[Any] | None:
    """The common dtype of float or complex operands: sums and products of them keep it."""
    known = [numeric(operand) for operand in operands]
    if any(k.dtype is None or k.dtype.kind not in "fc" for k in known):
        return None
    return known[0].dtype if len(known) == 1 else resolve(np.multiply, (token(known[0]), token(known[1])))[0]


def _filled(dtype: np.dtype[Any] | None, shape: tuple[Dim, ...] | None) -> Kind:
    """An array of a given shape; of rank 0 it may be a number."""
    return Array(dtype, shape or None)


@helper("shapes.real_like")
def real_like(x: Any, primal: Any) -> Kind:
    known, other = numeric(x), numeric(primal)
    if known.dtype is not None and (known.dtype.kind != "c" or (other.dtype is not None and other.dtype.kind == "c")):
        return known
    return Scalar(None) if isinstance(known, Scalar) else Array(None, shape_or_none(known))


@helper("shapes.unbroadcast")
def unbroadcast(x: Any, shape: Any) -> Kind:
    known, target = numeric(x), _given(shape)
    if target is not None and target == shape_or_none(known):
        return known
    if target == () and isinstance(known, Array) and known.shape:
        return Scalar(_inexact(known))
    return _filled(_inexact(known), target)


@helper("shapes.project")
def project(x: Any, dtype: Any) -> Kind:
    return Array(None, shape_or_none(numeric(x)) or None)


@helper("shapes.count_along")
def count_along(shape: Any, axis: Any) -> Kind:
    lengths = _given(shape)
    if lengths is None:
        return Scalar(I8, True)
    axes = tuple(range(len(lengths))) if is_none(axis) else axes_of(axis, len(lengths))
    return Scalar(I8, True, product(lengths[k] for k in axes))


@helper("shapes.kept_shape")
def kept_shape(shape: Any, axis: Any) -> Kind:
    lengths = _given(shape)
    if lengths is None:
        return UNKNOWN
    axes = tuple(range(len(lengths))) if is_none(axis) else axes_of(axis, len(lengths))
    return _shape_kind(tuple(1 if k in axes else n for k, n in enumerate(lengths)))


def _shape_kind(lengths: tuple[Dim, ...]) -> Kind:
    return TupleOf(tuple(Scalar(I8, True, n) for n in lengths))


@helper("shapes.shape_along")
def shape_along(ndim: Any, axis: Any) -> Kind:
    rank, along = dim_of(ndim), value_of(axis)
    if not isinstance(rank, int) or not isinstance(along, int):
        return UNKNOWN
    return _shape_kind(tuple(-1 if k == along % rank else 1 for k in range(rank)))


@helper("shapes.inverse_permutation")
def inverse_permutation(axes: Any) -> Kind:
    order = value_of(axes)
    if not isinstance(order, (tuple, list)):
        return UNKNOWN
    places = np.argsort([k % len(order) for k in order]).tolist()
    return _shape_kind(tuple(places))


@helper("shapes.trailing_axes")
def trailing_axes(ndim: Any, axis: Any) -> Kind:
    rank = dim_of(ndim)
    if not isinstance(rank, int):
        return UNKNOWN
    axes = tuple(range(rank)) if is_none(axis) else axes_of(axis, rank)
    return _shape_kind(tuple(k - rank for k in axes))


@helper("shapes.broadcast_shape")
def broadcast_shape(*operands: Any) -> Kind:
    return _shape_kind(broadcast(shape_of(operand) for operand in operands))


@helper("shapes.shapes_of")
def shapes_of(parts: Any) -> Kind:
    known = kind(parts)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    return TupleOf(tuple(_shape_kind(shape_of(part)) for part in known.items))


def _shapes(shapes: Any) -> list[tuple[Dim, ...]]:
    known = kind(shapes)
    if not isinstance(known, TupleOf):
        raise NotInferable("shapes that are not known")
    return [lengths_of(shape) for shape in known.items]


@helper("shapes.split_like", "shapes.split_joined")
def split_like(x: Any, shapes: Any, axis: Any) -> Kind:
    dtype = numeric(x).dtype
    return TupleOf(tuple(Array(dtype, shape) for shape in _shapes(shapes)))


@helper("shapes.reshape_each")
def reshape_each(xs: Any, shapes: Any) -> Kind:
    return _each(xs, shapes, exact=True)


@helper("shapes.unbroadcast_each", "shapes.broadcast_each")
def unbroadcast_each(xs: Any, shapes: Any) -> Kind:
    return _each(xs, shapes, exact=False)


def _each(xs: Any, shapes: Any, exact: bool) -> Kind:
    known = kind(xs)
    if not isinstance(known, TupleOf):
        return UNKNOWN
    pairs = zip(known.items, _shapes(shapes), strict=True)
    return TupleOf(tuple(
        reshaped(x, _shape_kind(shape)) if exact else _filled(_inexact(x), shape) for x, shape in pairs))  # fmt: skip


@helper("shapes.unstack")
def unstack(x: Any, axis: Any = 0) -> Kind:
    known, shape = numeric(x), shape_of(x)
    along = axes_of(axis, len(shape))[0]
    count = shape[along]
    if not isinstance(count, int) or count > 64:
        return UNKNOWN
    return TupleOf((number_or_array(known.dtype, shape[:along] + shape[along + 1 :]),) * count)


@helper("shapes.untile", "indexing.unresize")
def untile(x: Any, shape: Any, *counts: Any) -> Kind:
    return _filled(_inexact(x), _given(shape))


@helper("indexing.scatter")
def scatter(values: Any, shape: Any, index: Any) -> Kind:
    return _filled(_inexact(values), _given(shape))


@helper("indexing.untake", "indexing.add_along_axis", "indexing.unrepeat")
def untake(values: Any, shape: Any, indices: Any, axis: Any) -> Kind:
    return _filled(_inexact(values), _given(shape))


@helper("indexing.put_diagonal")
def put_diagonal(values: Any, shape: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Kind:
    return _filled(_inexact(values), _given(shape))


@helper("indexing.diag_cotangent")
def diag_cotangent(values: Any, shape: Any, k: Any) -> Kind:
    return _filled(_inexact(values), _given(shape))


@helper("linalg.matmul_cotangent_x1")
def matmul_cotangent_x1(g: Any, x1_shape: Any, x2: Any) -> Kind:
    return _filled(_inexact(g, x2), _given(x1_shape))


@helper("linalg.matmul_cotangent_x2")
def matmul_cotangent_x2(x1: Any, g: Any, x2_shape: Any) -> Kind:
    return _filled(_inexact(x1, g), _given(x2_shape))


@helper("linalg.dot_cotangent_a", "linalg.tensordot_cotangent_a")
def dot_cotangent_a(g: Any, a_shape: Any, b: Any, axes: Any = None) -> Kind:
    return _filled(_inexact(g, b), _given(a_shape))


@helper("linalg.dot_cotangent_b", "linalg.tensordot_cotangent_b")
def dot_cotangent_b(a: Any, g: Any, b_shape: Any, axes: Any = None) -> Kind:
    return _filled(_inexact(a, g), _given(b_shape))


@helper("special.divide_or_zero")
def divide_or_zero(x1: Any, x2: Any) -> Kind:
    plain = ufunc_kind(np.true_divide, [x1, x2], {})
    return _filled(_inexact(x1, x2), shape_or_none(numeric(plain)))


@helper("special.product_of_others")
def product_of_others(a: Any, axis: Any = None) -> Kind:
    return _filled(_inexact(a), shape_or_none(numeric(a)))


@helper("special.delayed", "special.advanced")
def delayed(x: Any, axis: Any, first: Any = 0) -> Kind:
    return _filled(_inexact(x), shape_or_none(numeric(x)))


@helper("special.linear_recurrence", "special.reversed_recurrence")
def linear_recurrence(gain: Any, drive: Any, axis: Any) -> Kind:
    return _filled(_inexact(gain, drive), shape_or_none(numeric(drive)))


@helper("matrices.conj_transpose")
def conj_transpose(x: Any) -> Kind:
    return swapaxes(x, -1, -2)


@helper("matrices.cofactors", "matrices.fold_triangle", "matrices.unfold_triangle", "structure.structured",
        "structure.structure_cotangent")
def cofactors(a: Any, *structure: Any) -> Kind:
    return _filled(_inexact(a), shape_or_none(numeric(a)))




@helper("stores.keep_shape")
def keep_shape(result: Any, target: Any) -> Kind:
    return kind(target)


@helper("stores.with_real", "stores.with_imag")
def with_part(target: Any, part: Any) -> Kind:
    return kind(target)


@helper("stores.stored_cotangent")
def stored_cotangent(d_target: Any, index: Any) -> Kind:
    target = numeric(d_target)
    try:
        return array_item(target, index)
    except NotInferable:
        return Array(target.dtype, None)


@helper("contraction.einsum_cotangents")
def einsum_cotangents(g: Any, subscripts: Any, operands: Any, moved: Any = ()) -> Kind:
    known = kind(operands)
    if not isinstance(known, TupleOf) or len(known.items) < 1:
        return UNKNOWN
    parts = [numeric(item) for item in known.items]
    dtypes = {part.dtype for part in (*parts, numeric(g))}
    dtype = parts[0].dtype if len(dtypes) == 1 else None
    return TupleOf(tuple(_filled(dtype, shape_or_none(part)) for part in parts))


@helper("structure.pivoted_rows")
def pivoted_rows(piv: Any) -> Kind:
    return Array(I8, shape_or_none(numeric(piv)))


@helper("matrices.block_upper")
def block_upper(a: Any, e: Any) -> Kind:
    shape = shape_or_none(numeric(a))
    if shape is None or len(shape) < 2:
        return Array(_inexact(a, e), None)
    side = 2 * shape[-1] if isinstance(shape[-1], int) else derived("doubled", shape[-1], one=False)
    return Array(_inexact(a, e), (*shape[:-2], side, side))


@helper("filtering.centred")
def centred(x: Any, shape: Any, shape1: Any, shape2: Any) -> Kind:
    return _filled(_inexact(x), _given(shape))


@helper("filtering.lagged_products")
def lagged_products(x: Any, y: Any, count: Any, axis: Any) -> Kind:
    return Array(_inexact(x, y), lengths_of(count))


@helper("sparse.sparse_times")
def sparse_times(matrix: Any, x: Any) -> Kind:
    """The rows of a matrix that is known only at the run are as many as they are."""
    known = numeric(x)
    shape = shape_or_none(known)
    value = value_of(matrix)
    rows = value.shape[0] if hasattr(value, "shape") else Sym()
    dtype = np.result_type(value.dtype, known.dtype) if hasattr(value, "dtype") and known.dtype is not None else None
    return Array(dtype, (rows, *shape[1:]) if shape else None)
