# mypy: allow-untyped-defs
"""Averages, order statistics, covariances, histograms, interpolation, convolution."""

import numpy as np

from ...runtime.indexing import scatter, take_range
from ...runtime.shapes import count_along, kept_shape, sum_leading, sum_trailing, unbroadcast
from ...runtime.special import divide_or_zero
from ...runtime.statistics import (
    as_variables,
    bin_of,
    crop,
    from_variables,
    gather_weights,
    in_bins,
    interval_of,
    quantile_weight_slopes,
    quantile_weights,
    spread_weights,
    uncrop,
)
from .registry import vjp


@vjp(np.average)
def average(a, axis=None, weights=None, *, keepdims=False, ans, d_ans):
    """sum(w a) / sum(w): an element has its weight's share, a weight its element's distance from the average."""
    d_slots = np.reshape(d_ans, kept_shape(np.shape(a), axis))
    if weights is None:
        d_a = np.broadcast_to(d_slots / (np.size(a) // np.size(d_slots)), np.shape(a))
        d_weights = None
    else:
        spread = spread_weights(weights, np.shape(a), axis)
        share = d_slots / np.sum(np.broadcast_to(np.conj(spread), np.shape(a)), axis, keepdims=True)
        d_a = share * np.conj(spread)
        d_spread = share * np.conj(a - np.reshape(ans, np.shape(d_slots)))
        d_weights = gather_weights(unbroadcast(d_spread, np.shape(spread)), np.shape(weights), axis)
    return d_a, d_weights


@vjp(spread_weights, linear=True)
def spread_weights_(weights, shape, axis, *, ans, d_ans):
    d_weights = gather_weights(d_ans, np.shape(weights), axis)
    return d_weights


@vjp(gather_weights, linear=True)
def gather_weights_(spread, weights_shape, axis, *, ans, d_ans):
    d_spread = np.broadcast_to(spread_weights(d_ans, np.shape(spread), axis), np.shape(spread))
    return d_spread


# Order statistics ------------------------------------------------------------------------------------------


@vjp(np.median)
def median(a, axis=None, *, keepdims=False, ans, d_ans):
    """The middle element; of an even count the middle two, half each."""
    d_a = np.reshape(d_ans, kept_shape(np.shape(a), axis)) * quantile_weights(a, 0.5, axis)
    return d_a


@vjp(np.nanmedian)
def nanmedian(a, axis=None, *, keepdims=False, ans, d_ans):
    d_a = np.reshape(d_ans, kept_shape(np.shape(a), axis)) * quantile_weights(a, 0.5, axis, skip_nan=True)
    return d_a


@vjp(np.quantile)
def quantile(a, q, axis=None, *, method="linear", keepdims=False, ans, d_ans):
    """The elements at the two neighbouring ranks share; by q it is the gap between them."""
    d_slots = np.reshape(d_ans, np.shape(q) + kept_shape(np.shape(a), axis))
    d_a = sum_leading(d_slots * quantile_weights(a, q, axis, method), np.ndim(q))
    slopes = a * quantile_weight_slopes(a, q, axis, method)
    d_q = sum_trailing(d_slots * slopes, np.ndim(a))
    return d_a, d_q


@vjp(np.percentile)
def percentile(a, q, axis=None, *, method="linear", keepdims=False, ans, d_ans):
    """The elements at the two neighbouring ranks share; by q it is the gap between them."""
    d_slots = np.reshape(d_ans, np.shape(q) + kept_shape(np.shape(a), axis))
    d_a = sum_leading(d_slots * quantile_weights(a, np.divide(q, 100), axis, method), np.ndim(q))
    slopes = a * quantile_weight_slopes(a, np.divide(q, 100), axis, method)
    d_q = sum_trailing(d_slots * slopes, np.ndim(a)) / 100
    return d_a, d_q


@vjp(np.nanquantile)
def nanquantile(a, q, axis=None, *, method="linear", keepdims=False, ans, d_ans):
    """The elements at the two neighbouring ranks share; by q it is the gap between them."""
    d_slots = np.reshape(d_ans, np.shape(q) + kept_shape(np.shape(a), axis))
    weights = quantile_weights(a, q, axis, method, skip_nan=True)
    d_a = sum_leading(d_slots * weights, np.ndim(q))
    slopes = np.nan_to_num(a) * quantile_weight_slopes(a, q, axis, method, skip_nan=True)
    d_q = sum_trailing(d_slots * slopes, np.ndim(a))
    return d_a, d_q


@vjp(np.nanpercentile)
def nanpercentile(a, q, axis=None, *, method="linear", keepdims=False, ans, d_ans):
    """The elements at the two neighbouring ranks share; by q it is the gap between them."""
    d_slots = np.reshape(d_ans, np.shape(q) + kept_shape(np.shape(a), axis))
    weights = quantile_weights(a, np.divide(q, 100), axis, method, skip_nan=True)
    d_a = sum_leading(d_slots * weights, np.ndim(q))
    slopes = np.nan_to_num(a) * quantile_weight_slopes(a, np.divide(q, 100), axis, method, skip_nan=True)
    d_q = sum_trailing(d_slots * slopes, np.ndim(a)) / 100
    return d_a, d_q


@vjp(quantile_weights, passive=("a",))
def quantile_weights_(a, q, axis, method="linear", skip_nan=False, *, ans, d_ans):
    slopes = quantile_weight_slopes(a, q, axis, method, skip_nan)
    d_q = sum_trailing(d_ans * slopes, np.ndim(a))
    return d_q


# Covariance ------------------------------------------------------------------------------------------------


@vjp(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, *, ans, d_ans):
    """centred @ centred^H / (n - ddof): the mean's own derivative drops out, since deviations sum to 0."""
    rows_m = as_variables(m, rowvar)
    rows = rows_m if y is None else np.concatenate((rows_m, as_variables(y, rowvar)))
    freedom = count_along(np.shape(rows), 1) - ((0 if bias else 1) if ddof is None else ddof)
    d_matrix = np.reshape(d_ans, (count_along(np.shape(rows), 0), count_along(np.shape(rows), 0)))
    centred = rows - np.mean(rows, 1, keepdims=True)
    d_rows = (d_matrix + np.conj(np.transpose(d_matrix))) @ centred / freedom
    d_m = from_variables(take_range(d_rows, 0, count_along(np.shape(rows_m), 0), 0), np.shape(m), rowvar)
    d_rest = take_range(d_rows, count_along(np.shape(rows_m), 0), count_along(np.shape(rows), 0), 0)
    d_y = None if y is None else from_variables(d_rest, np.shape(y), rowvar)
    return d_m, d_y


@vjp(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, ans, d_ans):
    """The products of rows of deviations, each scaled to length 1."""
    rows_x = as_variables(x, rowvar)
    rows = rows_x if y is None else np.concatenate((rows_x, as_variables(y, rowvar)))
    centred = rows - np.mean(rows, 1, keepdims=True)
    length = np.sqrt(np.sum(np.real(centred * np.conj(centred)), 1, keepdims=True))
    unit = divide_or_zero(centred, length)
    d_matrix = np.reshape(d_ans, (count_along(np.shape(rows), 0), count_along(np.shape(rows), 0)))
    d_unit = (d_matrix + np.conj(np.transpose(d_matrix))) @ unit
    along = np.sum(np.real(d_unit * np.conj(unit)), 1, keepdims=True)
    d_rows = divide_or_zero(d_unit - unit * along, length)
    d_x = from_variables(take_range(d_rows, 0, count_along(np.shape(rows_x), 0), 0), np.shape(x), rowvar)
    d_rest = take_range(d_rows, count_along(np.shape(rows_x), 0), count_along(np.shape(rows), 0), 0)
    d_y = None if y is None else from_variables(d_rest, np.shape(y), rowvar)
    return d_x, d_y


@vjp(as_variables, linear=True)
def as_variables_(m, rowvar, *, ans, d_ans):
    d_m = from_variables(d_ans, np.shape(m), rowvar)
    return d_m


@vjp(from_variables, linear=True)
def from_variables_(rows, shape, rowvar, *, ans, d_ans):
    d_rows = np.reshape(as_variables(d_ans, rowvar), np.shape(rows))
    return d_rows


# Counts with weights ---------------------------------------------------------------------------------------


@vjp(np.bincount, linear=True)
def bincount(x, /, weights=None, minlength=0, *, ans, d_ans):
    d_weights = None if weights is None else np.take(d_ans, x)
    return d_weights


@vjp(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None, *, ans, d_ans):  # noqa: A002 - NumPy's name
    """A weight counts in its element's bin; as a density, it is divided by the total and the bin's width."""
    place = bin_of(a, ans[1])
    inside = in_bins(a, ans[1])
    if weights is None:
        d_weights = None
    elif density:
        total = np.sum(np.where(inside, np.ravel(weights), 0))
        d_bins = (d_ans[0] / np.diff(ans[1]) - np.sum(d_ans[0] * ans[0])) / total
        d_weights = np.reshape(np.where(inside, np.take(d_bins, place), 0), np.shape(weights))
    else:
        d_weights = np.reshape(np.where(inside, np.take(d_ans[0], place), 0), np.shape(weights))
    return d_weights


@vjp(np.histogram2d)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None, *, ans, d_ans):  # noqa: A002 - NumPy's name
    """A weight counts in its element's bin; as a density, it is divided by the total and the bin's area."""
    inside = in_bins(x, ans[1]) & in_bins(y, ans[2])
    if weights is None:
        d_weights = None
    elif density:
        total = np.sum(np.where(inside, weights, 0))
        area = np.outer(np.diff(ans[1]), np.diff(ans[2]))
        d_bins = (d_ans[0] / area - np.sum(d_ans[0] * ans[0])) / total
        d_weights = np.where(inside, d_bins[bin_of(x, ans[1]), bin_of(y, ans[2])], 0)
    else:
        d_weights = np.where(inside, d_ans[0][bin_of(x, ans[1]), bin_of(y, ans[2])], 0)
    return d_weights


# Interpolation and convolution -----------------------------------------------------------------------------


@vjp(np.interp, singular=True)
def interp(x, xp, fp, left=None, right=None, *, ans, d_ans):
    """Inside an interval the line between its ends; outside the first or last value, or the constants given."""
    k = interval_of(x, xp)
    width = np.take(xp, k + 1) - np.take(xp, k)
    slope = (np.take(fp, k + 1) - np.take(fp, k)) / width
    share = np.clip((x - np.take(xp, k)) / width, 0, 1)
    inside = (x >= xp[0]) & (x <= xp[-1])
    below = np.where(x < xp[0], left is None, True)
    above = np.where(x > xp[-1], right is None, True)
    d_values = np.where(below & above, d_ans, 0)
    d_inside = np.where(inside, d_ans * np.conj(slope), 0)
    d_x = d_inside
    d_xp = -scatter(d_inside * (1 - share), np.shape(xp), k) - scatter(d_inside * share, np.shape(xp), k + 1)
    d_fp = scatter(d_values * (1 - share), np.shape(fp), k) + scatter(d_values * share, np.shape(fp), k + 1)
    d_left = None if left is None else np.sum(np.where(x < xp[0], d_ans, 0))
    d_right = None if right is None else np.sum(np.where(x > xp[-1], d_ans, 0))
    return d_x, d_xp, d_fp, d_left, d_right


@vjp(np.convolve, bilinear=True)
def convolve(a, v, mode="full", *, ans, d_ans):
    """ans[k] = sum of a[i] v[k - i]: each operand's cotangent is a correlation with the other."""
    d_full = uncrop(d_ans, np.size(a), np.size(v), mode)
    d_a = np.reshape(np.correlate(d_full, v, "valid"), np.shape(a))
    d_v = np.reshape(np.correlate(d_full, a, "valid"), np.shape(v))
    return d_a, d_v


@vjp(np.correlate, bilinear=True)
def correlate(a, v, mode="valid", *, ans, d_ans):
    """A convolution with the conjugate of v, reversed."""
    d_full = uncrop(d_ans, np.size(a), np.size(v), mode)
    d_a = np.reshape(np.convolve(d_full, v, "valid"), np.shape(a))
    d_v = np.reshape(np.conj(np.flip(np.correlate(d_full, a, "valid"))), np.shape(v))
    return d_a, d_v


@vjp(crop, linear=True)
def crop_(x, n, m, mode, *, ans, d_ans):
    d_x = uncrop(d_ans, n, m, mode)
    return d_x


@vjp(uncrop, linear=True)
def uncrop_(x, n, m, mode, *, ans, d_ans):
    d_x = crop(d_ans, n, m, mode)
    return d_x
