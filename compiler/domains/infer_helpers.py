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
    dtype_in,
    is_none,
    kind,
    lengths_of,
    numeric,
    shape_of,
    shape_or_none,
    value_of,
)
from .infer_elementwise import Rule, rule, ufunc_kind
from .infer_indexing import array_item
from .infer_shaping import swapaxes
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


def given(shape: Any) -> tuple[Dim, ...] | None:
    known = kind(shape)
    if type(known) is Kind or isinstance(known, ListOf):
        return None
    return lengths_of(shape)


def inexact(*operands: Any) -> np.dtype[Any] | None:
    """The common dtype of float or complex operands: sums and products of them keep it."""
    known = [numeric(operand) for operand in operands]
    if any(k.dtype is None or k.dtype.kind not in "fc" for k in known):
        return None
    return known[0].dtype if len(known) == 1 else resolve(np.multiply, (token(known[0]), token(known[1])))[0]


def filled(dtype: np.dtype[Any] | None, shape: tuple[Dim, ...] | None) -> Kind:
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
    known, target = numeric(x), given(shape)
    if target is not None and target == shape_or_none(known):
        return known
    if target == () and isinstance(known, Array) and known.shape:
        return Scalar(inexact(known))
    return filled(inexact(known), target)


@helper("shapes.project")
def project(x: Any, dtype: Any) -> Kind:
    known = numeric(x)
    wanted = dtype_in(dtype)
    return Scalar(wanted) if isinstance(known, Scalar) else Array(wanted, shape_or_none(known) or None)


@helper("shapes.count_along")
def count_along(shape: Any, axis: Any) -> Kind:
    lengths = given(shape)
    if lengths is None:
        return Scalar(I8, True)
    axes = tuple(range(len(lengths))) if is_none(axis) else axes_of(axis, len(lengths))
    return Scalar(I8, True, product(lengths[k] for k in axes))


@helper("shapes.kept_shape")
def kept_shape(shape: Any, axis: Any) -> Kind:
    lengths = given(shape)
    if lengths is None:
        return UNKNOWN
    axes = tuple(range(len(lengths))) if is_none(axis) else axes_of(axis, len(lengths))
    return shape_kind(tuple(1 if k in axes else n for k, n in enumerate(lengths)))


def shape_kind(lengths: tuple[Dim, ...]) -> Kind:
    return TupleOf(tuple(Scalar(I8, True, n) for n in lengths))


@rule(np.broadcast_shapes)
def broadcast_shapes(*shapes: Any) -> Kind:
    known = [given(shape) for shape in shapes]
    if any(shape is None for shape in known):
        return UNKNOWN
    return shape_kind(broadcast(shape for shape in known if shape is not None))


@helper("shapes.shape_along")
def shape_along(ndim: Any, axis: Any) -> Kind:
    rank, along = dim_of(ndim), value_of(axis)
    if not isinstance(rank, int) or not isinstance(along, int):
        return UNKNOWN
    return shape_kind(tuple(-1 if k == along % rank else 1 for k in range(rank)))


@helper("shapes.inverse_permutation")
def inverse_permutation(axes: Any) -> Kind:
    order = value_of(axes)
    if not isinstance(order, (tuple, list)):
        return UNKNOWN
    places = np.argsort([k % len(order) for k in order]).tolist()
    return shape_kind(tuple(places))


@helper("shapes.trailing_axes")
def trailing_axes(ndim: Any, axis: Any) -> Kind:
    rank = dim_of(ndim)
    if not isinstance(rank, int):
        return UNKNOWN
    axes = tuple(range(rank)) if is_none(axis) else axes_of(axis, rank)
    return shape_kind(tuple(k - rank for k in axes))


@helper("shapes.broadcast_shape")
def broadcast_shape(*operands: Any) -> Kind:
    return shape_kind(broadcast(shape_of(operand) for operand in operands))


@helper("shapes.untile", "indexing.unresize")
def untile(x: Any, shape: Any, *counts: Any) -> Kind:
    return filled(inexact(x), given(shape))


@helper("indexing.scatter")
def scatter(values: Any, shape: Any, index: Any) -> Kind:
    return filled(inexact(values), given(shape))


@helper("indexing.untake", "indexing.add_along_axis", "indexing.unrepeat")
def untake(values: Any, shape: Any, indices: Any, axis: Any) -> Kind:
    return filled(inexact(values), given(shape))


@helper("indexing.put_diagonal")
def put_diagonal(values: Any, shape: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1) -> Kind:
    return filled(inexact(values), given(shape))


@helper("indexing.diag_cotangent")
def diag_cotangent(values: Any, shape: Any, k: Any) -> Kind:
    return filled(inexact(values), given(shape))


@helper("linalg.matmul_cotangent_x1")
def matmul_cotangent_x1(g: Any, x1_shape: Any, x2: Any) -> Kind:
    return filled(inexact(g, x2), given(x1_shape))


@helper("linalg.matmul_cotangent_x2")
def matmul_cotangent_x2(x1: Any, g: Any, x2_shape: Any) -> Kind:
    return filled(inexact(x1, g), given(x2_shape))


@helper("linalg.dot_cotangent_a", "linalg.tensordot_cotangent_a")
def dot_cotangent_a(g: Any, a_shape: Any, b: Any, axes: Any = None) -> Kind:
    return filled(inexact(g, b), given(a_shape))


@helper("linalg.dot_cotangent_b", "linalg.tensordot_cotangent_b")
def dot_cotangent_b(a: Any, g: Any, b_shape: Any, axes: Any = None) -> Kind:
    return filled(inexact(a, g), given(b_shape))


@helper("special.divide_or_zero")
def divide_or_zero(x1: Any, x2: Any) -> Kind:
    plain = ufunc_kind(np.true_divide, [x1, x2], {})
    return filled(inexact(x1, x2), shape_or_none(numeric(plain)))


@helper("special.product_of_others")
def product_of_others(a: Any, axis: Any = None) -> Kind:
    return filled(inexact(a), shape_or_none(numeric(a)))


@helper("special.delayed", "special.advanced")
def delayed(x: Any, axis: Any, first: Any = 0) -> Kind:
    return filled(inexact(x), shape_or_none(numeric(x)))


@helper("special.linear_recurrence", "special.reversed_recurrence")
def linear_recurrence(gain: Any, drive: Any, axis: Any) -> Kind:
    return filled(inexact(gain, drive), shape_or_none(numeric(drive)))


@helper("matrices.conj_transpose")
def conj_transpose(x: Any) -> Kind:
    return swapaxes(x, -1, -2)


@helper("matrices.cofactors", "matrices.fold_triangle", "matrices.unfold_triangle", "structure.structured",
        "structure.structure_cotangent")
def cofactors(a: Any, *structure: Any) -> Kind:
    return filled(inexact(a), shape_or_none(numeric(a)))



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


@helper("special.sinc_derivative", "statistics.as_variables", "shapes.as_rows", "indexing.take_range",
        "matrices.as_columns",
        "matrices.from_columns", "differences.undiff", "differences.sum_neighbours",
        "differences.add_neighbours", "filtering.uncentred", "statistics.crop", "statistics.uncrop",
        "differences.gradient_cotangent", "shapes.sum_leading", "shapes.sum_trailing", "contraction.kron_unblocks",
        "indexing.pad_linear")
def array_of(x: Any, *rest: Any) -> Kind:
    """An array of the dtype of the first argument; of its shape more is known where that cannot change."""
    return Array(inexact(x), None)


@helper("special.bessel_i")
def bessel_i(order: Any, x: Any) -> Kind:
    return filled(inexact(x), shape_or_none(numeric(x)))


@helper("special.polygamma")
def polygamma(n: Any, x: Any) -> Kind:
    return filled(None, shape_or_none(numeric(x)))


@helper("shapes.from_rows", "indexing.put_range", "indexing.unpad", "indexing.unreduceat", "fourier.resize_to",
        "statistics.from_variables", "statistics.gather_weights", "matrices.column_sums")
def of_given_shape(x: Any, shape: Any, *rest: Any) -> Kind:
    return filled(inexact(x), given(shape))


@helper("indexing.border_sums")
def border_sums(x: Any, shape: Any, pad_width: Any, of_shape: Any) -> Kind:
    lengths = given(of_shape)
    return Scalar(inexact(x)) if lengths == () else filled(inexact(x), lengths)


@helper("contraction.kron_blocks")
def kron_blocks(x: Any, a_shape: Any, b_shape: Any) -> Kind:
    of_a, of_b = given(a_shape), given(b_shape)
    return filled(inexact(x), None if of_a is None or of_b is None else (*of_a, *of_b))


@helper("contraction.einsum_along", "statistics.quantile_weights", "statistics.quantile_weight_slopes",
        "statistics.spread_weights", "contraction.replaced_along", "structure.band_of_product", "structure.band_times",
        "structure.transposed_band", "shapes.join", "matrices.scaled_or_zero")
def some_array(*args: Any) -> Kind:
    return Array(None, None)


@helper("splines.spline_coefficients", "splines.spline_coefficients_cotangent")
def spline_coefficients(x: Any, order: Any, mode: Any) -> Kind:
    return Array(None, shape_or_none(numeric(x)) or None)


@helper("splines.spline_sample")
def spline_sample(coefficients: Any, coordinates: Any, *options: Any) -> Kind:
    shape = shape_or_none(numeric(coordinates))
    return Array(None, shape[1:] or None if shape else None)


@helper("splines.spline_spread")
def spline_spread(values: Any, shape: Any, *options: Any) -> Kind:
    return filled(None, given(shape))


@helper("splines.spline_slopes", "splines.spline_slopes_along")
def spline_slopes(coefficients: Any, coordinates: Any, *options: Any) -> Kind:
    return Array(None, shape_or_none(numeric(coordinates)) or None)


@helper("splines.spline_slopes_cotangent")
def spline_slopes_cotangent(g: Any, coefficients: Any, coordinates: Any, *options: Any) -> Kind:
    return TupleOf(tuple(Array(None, shape_or_none(numeric(x)) or None) for x in (coefficients, coordinates)))


@helper("structure.pivoted_rows")
def pivoted_rows(piv: Any) -> Kind:
    return Array(I8, shape_or_none(numeric(piv)))


@helper("matrices.block_upper")
def block_upper(a: Any, e: Any) -> Kind:
    shape, other = shape_or_none(numeric(a)), shape_or_none(numeric(e))
    if shape is None or other is None or len(shape) < 2 or shape[:-2] != other[:-2]:
        return Array(inexact(a, e), None)
    side = 2 * shape[-1] if isinstance(shape[-1], int) else derived("doubled", shape[-1], one=False)
    return Array(inexact(a, e), (*shape[:-2], side, side))


@helper("filtering.centred")
def centred(x: Any, shape: Any, shape1: Any, shape2: Any) -> Kind:
    return filled(inexact(x), given(shape))


@helper("filtering.lagged_products")
def lagged_products(x: Any, y: Any, count: Any, axis: Any) -> Kind:
    return Array(inexact(x, y), lengths_of(count))


@helper("sparse.sparse_times", "sparse.matrix_solve", "sparse.matrix_iterate")
def sparse_times(matrix: Any, x: Any, *options: Any) -> Kind:
    """The rows of a matrix that is known only at the run are as many as they are."""
    known = numeric(x)
    shape = shape_or_none(known)
    value = value_of(matrix)
    rows = value.shape[0] if hasattr(value, "shape") else Sym()
    dtype = np.result_type(value.dtype, known.dtype) if hasattr(value, "dtype") and known.dtype is not None else None
    return Array(dtype, (rows, *shape[1:]) if shape else None)


@helper("sparse.entries_product", "sparse.entries_solve", "sparse.entries_iterate")
def entries_product(data: Any, rows: Any, columns: Any, shape: Any, x: Any, *options: Any) -> Kind:
    lengths, others = given(shape), shape_or_none(numeric(x))
    known = None if lengths is None or not others else (lengths[0], *others[1:])
    return Array(inexact(data, x), known)


@helper("sparse.factor_solve")
def factor_solve(factor: Any, b: Any, trans: Any = "N") -> Kind:
    return Array(None, shape_or_none(numeric(b)))


@helper("sparse.matrix_entries")
def matrix_entries(matrix: Any) -> Kind:
    """As many as there are."""
    length = Sym()
    value = value_of(matrix)
    dtype = value.dtype if hasattr(value, "dtype") else None
    height, width = (Scalar(I8, True, Sym()) for _ in range(2))
    return TupleOf((Array(dtype, (length,)), Array(None, (length,)), Array(None, (length,)), height, width))


@helper("sparse.entries_outer")
def entries_outer(x: Any, y: Any, rows: Any, columns: Any) -> Kind:
    return Array(inexact(x, y), shape_or_none(numeric(rows)) or None)
