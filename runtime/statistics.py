"""Weights and layouts that the rules of statistics share: order statistics, averages, covariances, interpolation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .shapes import Axis, Shape, as_rows, from_rows


def quantile_weights(a: Any, q: Any, axis: Axis, method: Any = "linear", skip_nan: bool = False) -> Any:
    """The weight that each element of `a` has in each quantile: those at the two neighbouring ranks share.

    q      : number or array, from 0 to 1
    returns: array (*shape of q, *shape of a); equal elements are ranked in stable order

    >>> quantile_weights(np.array([5., 1., 3., 2.]), 0.5, None)
    array([0. , 0. , 0.5, 0.5])
    """
    return _ranked(a, q, axis, method, skip_nan, _shares)


def quantile_weight_slopes(a: Any, q: Any, axis: Axis, method: Any = "linear", skip_nan: bool = False) -> Any:
    """The derivative of `quantile_weights` by q: what the lower of two ranks loses and the higher wins."""
    return _ranked(a, q, axis, method, skip_nan, _share_slopes)


def _ranked(a: Any, q: Any, axis: Axis, method: Any, skip_nan: bool, pair: Callable[..., tuple[Any, Any]]) -> Any:
    """Lay `pair(rank, lower rank, n, method)`, the weights of two ranks, at the elements that have these ranks.

    A quantile is a fixed combination of sorted values: that of 0, 1, ... n - 1 is the rank it reads, in every method.
    """
    rows = as_rows(a, axis)
    order = np.argsort(rows, axis=-1, kind="stable")  # nan is last
    flat_q = np.ravel(q)
    by_rank = np.zeros((flat_q.size, *rows.shape))
    lengths = np.sum(~np.isnan(rows), -1) if skip_nan else np.full(rows.shape[:-1], rows.shape[-1])
    for n in np.unique(lengths[lengths > 0]):
        rank = np.quantile(np.arange(n, dtype=np.float64), flat_q, method=method)
        low = np.minimum(np.floor(rank).astype(int), max(n - 2, 0))
        of_one = np.zeros((flat_q.size, rows.shape[-1]))
        lower, higher = pair(rank, low, n, method)
        of_one[np.arange(flat_q.size), low] = lower
        if n > 1:
            of_one[np.arange(flat_q.size), low + 1] = higher
        by_rank[:, lengths == n] = of_one[:, None]
    placed = np.zeros_like(by_rank)
    np.put_along_axis(placed, np.broadcast_to(order, placed.shape), by_rank, -1)
    parts = [from_rows(w, np.shape(a), axis) for w in placed]
    return np.reshape(np.stack(parts) if parts else placed, (*np.shape(q), *np.shape(a)))


def _shares(rank: Any, low: Any, n: int, method: str) -> tuple[Any, Any]:
    return 1 - (rank - low), rank - low


def _share_slopes(rank: Any, low: Any, n: int, method: str) -> tuple[Any, Any]:
    ranks = {"linear": n - 1, "hazen": n, "weibull": n + 1, "median_unbiased": n + 1 / 3, "normal_unbiased": n + 1 / 4,
             "interpolated_inverted_cdf": n}.get(method, 0)
    moving = np.ones(np.shape(rank)) if method == "linear" else (rank > 0) & (rank < n - 1)
    return -ranks * moving, ranks * moving


def spread_weights(weights: Any, shape: Shape, axis: Axis) -> Any:
    """The weights of `np.average(a, axis, weights)`, laid out so that they broadcast against an `a` of `shape`.

    >>> spread_weights(np.ones(3), (2, 3, 4), 1).shape
    (1, 3, 1)
    """
    if np.shape(weights) == shape:
        return weights
    given = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(k % len(shape) for k in given if k is not None)
    ordered = np.transpose(weights, np.argsort(axes))
    return np.reshape(ordered, tuple(n if k in axes else 1 for k, n in enumerate(shape)))


def gather_weights(spread: Any, weights_shape: Shape, axis: Axis) -> Any:
    """The transpose of `spread_weights`: sum to its shape, then put the axes back in the order of `axis`."""
    if np.shape(spread) == weights_shape:
        return spread
    ndim = np.ndim(spread)
    given = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(k % ndim for k in given if k is not None)
    ordered = np.sum(spread, axis=tuple(k for k in range(ndim) if k not in axes))
    return np.transpose(ordered, np.argsort(np.argsort(axes)))


def as_variables(m: Any, rowvar: bool) -> Any:
    """The observations of `np.cov(m, rowvar=rowvar)` as a matrix (variables, observations)."""
    rows = np.reshape(m, (1, -1)) if np.ndim(m) < 2 else m
    return rows if rowvar or rows.shape[0] == 1 else np.transpose(rows)


def from_variables(rows: Any, shape: Shape, rowvar: bool) -> Any:
    """The array of `shape` whose `as_variables(m, rowvar)` is `rows`."""
    if len(shape) == 2 and not rowvar and shape[0] != 1:
        return np.transpose(rows)
    return np.reshape(rows, shape)


def interval_of(x: Any, xp: Any) -> Any:
    """The interval of the increasing `xp` in which each `x` lies: the first or the last for those outside."""
    return np.clip(np.searchsorted(xp, x, "right") - 1, 0, max(len(xp) - 2, 0))


def bin_of(a: Any, edges: Any) -> Any:
    """The bin of `np.histogram` in which each element of the flattened `a` falls; 0 where it falls in none."""
    a = np.ravel(a)
    place = np.searchsorted(edges, a, "right") - 1
    place = np.where(a == edges[-1], len(edges) - 2, place)
    return np.where(in_bins(a, edges), place, 0)


def in_bins(a: Any, edges: Any) -> Any:
    """Whether each element of the flattened `a` falls in any bin."""
    a = np.ravel(a)
    return (a >= edges[0]) & (a <= edges[-1])


def crop(x: Any, n: int, m: int, mode: str) -> Any:
    """The part of a full convolution of lengths n and m that `mode` keeps."""
    start, stop = _kept(n, m, mode)
    return x[start:stop]


def uncrop(x: Any, n: int, m: int, mode: str) -> Any:
    """The transpose of `crop`: zeros where the full convolution was cut off."""
    if mode == "full":
        return x
    start, _ = _kept(n, m, mode)
    out = np.zeros(n + m - 1, np.result_type(x))
    out[start:start + len(x)] = x
    return out


def _kept(n: int, m: int, mode: str) -> tuple[int, int]:
    if mode == "full":
        return 0, n + m - 1
    if mode == "same":
        start = (min(n, m) - 1) // 2
        return start, start + max(n, m)
    return min(n, m) - 1, max(n, m)
