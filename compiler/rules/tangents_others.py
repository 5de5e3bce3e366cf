# mypy: allow-untyped-defs
"""Tangents of statistics, polynomials, ranges and parts of complex numbers."""

import math

import numpy as np

from ...runtime.indexing import first_occurrences, pad_linear, places_of, trimmed_from
from ...runtime.matrices import as_columns, conj_transpose, from_columns
from ...runtime.shapes import count_along, trailing_axes, with_zeros
from ...runtime.special import divide_or_zero, linear_recurrence
from ...runtime.statistics import (
    as_variables,
    interval_of,
    quantile_weight_slopes,
    quantile_weights,
    spread_weights,
)
from ...runtime.stop import stop_gradient
from . import choices, creation, indexing, polynomials, shaping, statistics, trigonometric  # noqa: F401 - their rules come first
from .registry import jvp

# Averages and order statistics -----------------------------------------------------------------------------


@jvp(np.average)
def average_tangent(a, axis=None, weights=None, *, keepdims=False, ans, t_a, t_weights=None):
    if weights is None:
        t_ans = np.mean(t_a, axis, keepdims=keepdims)
    else:
        spread = np.broadcast_to(spread_weights(weights, np.shape(a), axis), np.shape(a))
        t_spread = spread_weights(t_weights, np.shape(a), axis)
        total = np.sum(spread, axis, keepdims=True)
        centre = np.sum(spread * a, axis, keepdims=True) / total
        t_ans = np.reshape(np.sum(t_a * spread + t_spread * (a - centre), axis, keepdims=True) / total, np.shape(ans))
    return t_ans


@jvp(np.median)
def median_tangent(a, axis=None, *, keepdims=False, ans, t_a):
    t_ans = np.sum(t_a * quantile_weights(a, 0.5, axis), axis, keepdims=keepdims)
    return t_ans


@jvp(np.nanmedian)
def nanmedian_tangent(a, axis=None, *, keepdims=False, ans, t_a):
    t_ans = np.sum(t_a * quantile_weights(a, 0.5, axis, skip_nan=True), axis, keepdims=keepdims)
    return t_ans


@jvp(np.quantile)
def quantile_tangent(a, q, axis=None, *, method="linear", keepdims=False, ans, t_a, t_q):
    slopes = a * quantile_weight_slopes(a, q, axis, method)
    moved = t_a * quantile_weights(a, q, axis, method) + slopes * np.reshape(t_q, np.shape(q) + (1,) * np.ndim(a))
    t_ans = np.reshape(np.sum(moved, trailing_axes(np.ndim(a), axis)), np.shape(ans))
    return t_ans


@jvp(np.percentile)
def percentile_tangent(a, q, axis=None, *, method="linear", keepdims=False, ans, t_a, t_q):
    share = np.divide(q, 100)
    slopes = a * quantile_weight_slopes(a, share, axis, method) / 100
    moved = t_a * quantile_weights(a, share, axis, method) + slopes * np.reshape(t_q, np.shape(q) + (1,) * np.ndim(a))
    t_ans = np.reshape(np.sum(moved, trailing_axes(np.ndim(a), axis)), np.shape(ans))
    return t_ans


@jvp(np.nanquantile)
def nanquantile_tangent(a, q, axis=None, *, method="linear", keepdims=False, ans, t_a, t_q):
    slopes = np.nan_to_num(a) * quantile_weight_slopes(a, q, axis, method, skip_nan=True)
    weights = quantile_weights(a, q, axis, method, skip_nan=True)
    moved = t_a * weights + slopes * np.reshape(t_q, np.shape(q) + (1,) * np.ndim(a))
    t_ans = np.reshape(np.sum(moved, trailing_axes(np.ndim(a), axis)), np.shape(ans))
    return t_ans


@jvp(np.nanpercentile)
def nanpercentile_tangent(a, q, axis=None, *, method="linear", keepdims=False, ans, t_a, t_q):
    share = np.divide(q, 100)
    slopes = np.nan_to_num(a) * quantile_weight_slopes(a, share, axis, method, skip_nan=True) / 100
    weights = quantile_weights(a, share, axis, method, skip_nan=True)
    moved = t_a * weights + slopes * np.reshape(t_q, np.shape(q) + (1,) * np.ndim(a))
    t_ans = np.reshape(np.sum(moved, trailing_axes(np.ndim(a), axis)), np.shape(ans))
    return t_ans


@jvp(quantile_weights)
def quantile_weights_tangent(a, q, axis, method="linear", skip_nan=False, *, ans, t_q):
    slopes = quantile_weight_slopes(a, q, axis, method, skip_nan)
    t_ans = slopes * np.reshape(t_q, np.shape(q) + (1,) * np.ndim(a))
    return t_ans


# Covariance, histograms, interpolation ---------------------------------------------------------------------


@jvp(np.cov)
def cov_tangent(m, y=None, rowvar=True, bias=False, ddof=None, *, ans, t_m, t_y=None):
    rows_m = as_variables(m, rowvar)
    t_rows_m = as_variables(t_m, rowvar)
    rows = rows_m if y is None else np.concatenate((rows_m, as_variables(y, rowvar)))
    t_rows = t_rows_m if y is None else np.concatenate((t_rows_m, as_variables(t_y, rowvar)))
    freedom = count_along(np.shape(rows), 1) - ((0 if bias else 1) if ddof is None else ddof)
    centred = rows - np.mean(rows, 1, keepdims=True)
    half = t_rows @ conj_transpose(centred) / freedom
    t_ans = np.reshape(half + conj_transpose(half), np.shape(ans))
    return t_ans


@jvp(np.corrcoef)
def corrcoef_tangent(x, y=None, rowvar=True, *, ans, t_x, t_y=None):
    rows_x = as_variables(x, rowvar)
    t_rows_x = as_variables(t_x, rowvar)
    rows = rows_x if y is None else np.concatenate((rows_x, as_variables(y, rowvar)))
    t_rows = t_rows_x if y is None else np.concatenate((t_rows_x, as_variables(t_y, rowvar)))
    centred = rows - np.mean(rows, 1, keepdims=True)
    t_centred = t_rows - np.mean(t_rows, 1, keepdims=True)
    length = np.sqrt(np.sum(np.real(centred * np.conj(centred)), 1, keepdims=True))
    unit = divide_or_zero(centred, length)
    along = np.sum(np.real(np.conj(unit) * t_centred), 1, keepdims=True)
    half = divide_or_zero(t_centred - unit * along, length) @ conj_transpose(unit)
    t_ans = np.reshape(half + conj_transpose(half), np.shape(ans))
    return t_ans


@jvp(np.histogram)
def histogram_tangent(a, bins=10, range=None, density=None, weights=None, *, ans, t_weights=None):  # noqa: A002
    edges = stop_gradient(ans[1])
    t_edges = np.zeros(np.shape(edges))
    if weights is None:
        t_ans = (np.zeros(np.shape(ans[0])), t_edges)
    elif density:
        t_counts = np.histogram(a, edges, weights=t_weights)[0]
        total = np.sum(np.histogram(a, edges, weights=weights)[0])
        t_ans = ((t_counts / np.diff(edges) - ans[0] * np.sum(t_counts)) / total, t_edges)
    else:
        t_ans = (np.histogram(a, edges, weights=t_weights)[0], t_edges)
    return t_ans


@jvp(np.interp)
def interp_tangent(x, xp, fp, left=None, right=None, *, ans, t_x, t_xp, t_fp, t_left=None, t_right=None):
    k = interval_of(x, xp)
    width = np.take(xp, k + 1) - np.take(xp, k)
    slope = (np.take(fp, k + 1) - np.take(fp, k)) / width
    share = np.clip((x - np.take(xp, k)) / width, 0, 1)
    t_place = np.take(t_xp, k) * (1 - share) + np.take(t_xp, k + 1) * share
    t_value = np.take(t_fp, k) * (1 - share) + np.take(t_fp, k + 1) * share
    inside = (x >= xp[0]) & (x <= xp[-1])
    t_line = np.where(inside, t_value + slope * (t_x - t_place), t_value)
    t_from_left = t_line if left is None else np.where(x < xp[0], t_left, t_line)
    t_ans = t_from_left if right is None else np.where(x > xp[-1], t_right, t_from_left)
    return t_ans


# Polynomials -----------------------------------------------------------------------------------------------


@jvp(np.polyval)
def polyval_tangent(p, x, *, ans, t_p, t_x):
    t_ans = np.polyval(t_p, x) + t_x * np.polyval(np.polyder(p), x)
    return t_ans


@jvp(np.vander)
def vander_tangent(x, N=None, increasing=False, *, ans, t_x):
    count = np.shape(ans)[1]
    slopes = np.vander(x, max(count - 1, 0), True) * np.arange(1, max(count, 1))
    t_powers = np.concatenate((np.zeros((np.size(x), min(count, 1))), np.expand_dims(t_x, 1) * slopes), 1)
    t_ans = t_powers if increasing else np.flip(t_powers, 1)
    return t_ans


@jvp(np.polyfit)
def polyfit_tangent(x, y, deg, *, ans, t_x, t_y):
    powers = np.vander(x, deg + 1)
    p = np.linalg.pinv(powers)
    coefficients = as_columns(ans, np.ndim(y))
    rest = as_columns(y, np.ndim(y)) - powers @ coefficients
    slopes = np.vander(x, deg) * np.arange(deg, 0, -1)
    t_powers = np.concatenate((np.expand_dims(t_x, 1) * slopes, np.zeros((np.size(x), 1))), 1)
    t_columns = p @ (as_columns(t_y, np.ndim(y)) - t_powers @ coefficients)
    t_ans = from_columns(t_columns + p @ conj_transpose(p) @ conj_transpose(t_powers) @ rest, np.ndim(y))
    return t_ans


@jvp(np.roots)
def roots_tangent(p, *, ans, t_p):
    t_ans = -np.polyval(t_p, ans) / np.polyval(np.polyder(p), ans)
    return t_ans


# Ranges ----------------------------------------------------------------------------------------------------


@jvp(np.arange)
def arange_tangent(start, stop=None, step=1, *, ans, t_start, t_step=None):
    moved = np.zeros(np.shape(ans)) if t_step is None else np.arange(np.size(ans)) * t_step
    t_ans = moved if stop is None else moved + t_start
    return t_ans


@jvp(np.logspace)
def logspace_tangent(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0, *, ans, t_start, t_stop):
    t_ans = ans * np.linspace(t_start, t_stop, num, endpoint, axis=axis) * math.log(base)
    return t_ans


@jvp(np.geomspace)
def geomspace_tangent(start, stop, num=50, endpoint=True, dtype=None, axis=0, *, ans, t_start, t_stop):
    t_ans = ans * np.linspace(t_start / start, t_stop / stop, num, endpoint, axis=axis)
    return t_ans


# Parts of complex numbers, and what moves as its operand does ----------------------------------------------


@jvp(np.absolute)
def absolute_tangent(x, *, ans, t_x):
    t_ans = np.real(np.conj(np.sign(x)) * t_x)
    return t_ans


@jvp(np.sign)
def sign_tangent(x, *, ans, t_x):
    if np.isrealobj(x):
        t_ans = np.zeros(np.shape(x))
    else:
        t_ans = divide_or_zero(t_x - ans * np.real(np.conj(ans) * t_x), np.abs(x))
    return t_ans


@jvp(np.angle)
def angle_tangent(z, deg=False, *, ans, t_z):
    if np.isrealobj(z):
        t_ans = np.zeros(np.shape(z))
    elif deg:
        t_ans = np.rad2deg(np.imag(t_z * divide_or_zero(1, z)))
    else:
        t_ans = np.imag(t_z * divide_or_zero(1, z))
    return t_ans


@jvp(np.unwrap)
def unwrap_tangent(p, discont=None, axis=-1, *, period=2 * np.pi, ans, t_p):
    t_ans = t_p
    return t_ans


@jvp(np.unique)
def unique_tangent(ar, return_index=False, return_inverse=False, return_counts=False, *, equal_nan=True, ans, t_ar):
    if return_index or return_inverse or return_counts:
        t_ans = with_zeros(np.take(t_ar, places_of(ans[0], ar)), ans)
    else:
        t_ans = np.take(t_ar, first_occurrences(ar))
    return t_ans


if hasattr(np, "unique_values"):  # since NumPy 2.0

    @jvp(np.unique_values)
    def unique_values_tangent(x, /, *, ans, t_x):
        t_ans = np.take(t_x, places_of(ans, x))
        return t_ans

    @jvp(np.unique_all)
    def unique_all_tangent(x, /, *, ans, t_x):
        t_ans = with_zeros(np.take(t_x, places_of(ans[0], x)), ans)
        return t_ans


@jvp(np.histogram2d)
def histogram2d_tangent(x, y, bins=10, range=None, density=None, weights=None, *, ans, t_weights=None):  # noqa: A002
    edges = (stop_gradient(ans[1]), stop_gradient(ans[2]))
    if weights is None:
        t_ans = with_zeros(np.zeros(np.shape(ans[0])), ans)
    elif density:
        t_counts = np.histogram2d(x, y, edges, weights=t_weights)[0]
        total = np.sum(np.histogram2d(x, y, edges, weights=weights)[0])
        area = np.outer(np.diff(edges[0]), np.diff(edges[1]))
        t_ans = with_zeros((t_counts / area - ans[0] * np.sum(t_counts)) / total, ans)
    else:
        t_ans = with_zeros(np.histogram2d(x, y, edges, weights=t_weights)[0], ans)
    return t_ans


@jvp(np.poly)
def poly_tangent(seq_of_zeros, *, ans, t_seq_of_zeros):
    whole = np.ones((np.size(seq_of_zeros), 1)) * ans[:-1]
    others = linear_recurrence(np.expand_dims(seq_of_zeros, 1) * np.ones(np.shape(whole)), whole, 1)
    t_ans = np.append(np.zeros(1), -(t_seq_of_zeros @ others))
    return t_ans


@jvp(np.real_if_close)
def real_if_close_tangent(a, tol=100, *, ans, t_a):
    if np.isrealobj(ans):
        t_ans = np.real(t_a)
    else:
        t_ans = t_a
    return t_ans


@jvp(np.trim_zeros)
def trim_zeros_tangent(filt, trim="fb", *, ans, t_filt):
    start = trimmed_from(filt, trim)
    t_ans = t_filt[start:start + np.size(ans)]
    return t_ans


@jvp(np.pad)
def pad_tangent(array, pad_width, mode="constant", *, constant_values=0, end_values=0, reflect_type="even",
                stat_length=None, ans, t_array, t_constant_values=0):
    if mode == "constant":
        t_ans = np.pad(t_array, pad_width, mode, constant_values=t_constant_values)
    elif stat_length is None and reflect_type == "even":
        t_ans = np.pad(t_array, pad_width, mode)
    else:
        t_ans = pad_linear(t_array, pad_width, mode, reflect_type, stat_length)
    return t_ans
