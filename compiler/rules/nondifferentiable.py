"""Functions whose derivative is zero wherever there is one: their results are constants.

Listed one by one: a function that is neither here nor has a rule is an error, never a silent zero.
"""

import builtins
import math
import operator

import numpy as np

from ...runtime.contraction import multi_dot_subscripts
from ...runtime.differences import length_along
from ...runtime.effects import kept
from ...runtime.filtering import polynomial_weights, romberg_weights
from ...runtime.fourier import dual_norm, half_weights, last_axis, last_length, real_length, transform_axes, with_length
from ...runtime.indexing import (
    any_of,
    bounded,
    each_equal,
    first_occurrences,
    first_reached,
    inserted_places,
    kept_places,
    nested_shapes,
    places_of,
    power_factors,
    trimmed_from,
    window_places,
)
from ...runtime.lists import place_of, sorting_order
from ...runtime.matrices import largest_mask, positive_support, qr_columns, refuse_matrix, refuse_order
from ...runtime.shapes import (
    broadcast_shape,
    count_along,
    inverse_permutation,
    kept_shape,
    shape_along,
    shapes_of,
    trailing_axes,
)
from ...runtime.statistics import bin_of, in_bins, interval_of, quantile_weight_slopes
from .registry import zero_derivative

# Comparisons and logic
zero_derivative(
    operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge,
    operator.is_, operator.is_not, operator.not_, operator.truth, operator.contains,
    operator.and_, operator.or_, operator.xor, operator.invert, operator.lshift, operator.rshift,
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift,
    np.all, np.any, np.allclose, np.isclose, np.array_equal, np.array_equiv, np.isin,
    np.isnan, np.isinf, np.isfinite, np.isposinf, np.isneginf, np.signbit,
    np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.isscalar,
    math.isnan, math.isinf, math.isfinite, math.isclose,
    builtins.bool, builtins.isinstance, builtins.issubclass, builtins.callable, builtins.hasattr, builtins.id,
    builtins.type, builtins.hash, builtins.str, builtins.repr, builtins.format,
    "ndarray.all", "ndarray.any", "ndarray.is_integer",
)

# Steps: constant between their jumps
zero_derivative(np.sign, real_only=True)
zero_derivative(
    np.floor, np.ceil, np.trunc, np.rint, np.fix, np.floor_divide, np.round, np.around,
    operator.floordiv, builtins.int, builtins.round, math.floor, math.ceil, math.trunc, np.spacing,
    "ndarray.round",
    np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64,
)

# Shapes, sizes and types
zero_derivative(
    builtins.len, builtins.range, np.shape, np.ndim, np.size, np.broadcast_shapes, np.result_type, np.can_cast,
    np.promote_types, np.dtype, np.finfo, np.iinfo, np.issubdtype, np.may_share_memory, np.shares_memory,
    broadcast_shape, count_along, inverse_permutation, kept_shape, length_along, multi_dot_subscripts, shape_along,
    shapes_of, trailing_axes, np.iterable, np.common_type, np.min_scalar_type,
    "ndarray.shape", "ndarray.ndim", "ndarray.size", "ndarray.dtype", "ndarray.itemsize", "ndarray.nbytes",
    "ndarray.strides", "ndarray.flags", "ndarray.tobytes",
)

# Positions and counts
zero_derivative(
    polynomial_weights, positive_support, romberg_weights,
    np.argmax, np.argmin, np.argsort, np.argpartition, np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero,
    np.nanargmax, np.nanargmin, np.lexsort, np.searchsorted, np.digitize,
    dual_norm, half_weights, in_bins, last_axis, last_length, refuse_matrix, refuse_order, real_length, transform_axes,
    with_length,
    any_of, bin_of, bounded, each_equal, first_occurrences, first_reached, inserted_places, kept_places, interval_of,
    nested_shapes, places_of, power_factors, trimmed_from, window_places, largest_mask, qr_columns,
    quantile_weight_slopes,
    np.indices, np.unravel_index, np.ravel_multi_index, np.diag_indices, np.diag_indices_from,
    np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from, np.mask_indices,
    "ndarray.argmax", "ndarray.argmin", "ndarray.argsort", "ndarray.argpartition", "ndarray.nonzero",
    "ndarray.searchsorted", np.linalg.matrix_rank, place_of, sorting_order,
)

# What something outside the function holds from here on is a constant to it
zero_derivative(kept)

# Whole numbers and text
zero_derivative(
    np.gcd, np.lcm, np.bitwise_count, np.packbits, np.unpackbits, np.einsum_path, np.array2string, np.array_repr,
    np.array_str, np.base_repr, np.binary_repr, np.format_float_positional, np.format_float_scientific, np.isfortran,
    np.isnat, np.isdtype, np.typename, np.ix_,
    math.comb, math.factorial, math.gcd, math.isqrt, math.lcm, math.perm, math.ulp,
)

# Arrays made from nothing
zero_derivative(
    np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri, np.zeros_like, np.ones_like, np.empty_like,
    np.bartlett, np.blackman, np.hamming, np.hanning, np.fft.fftfreq, np.fft.rfftfreq,
)
