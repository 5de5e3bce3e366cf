# mypy: allow-untyped-defs, allow-untyped-calls
"""NumPy's functions with parameters that their rules do not know, by functions that have rules.

`WITH` says which parameters lead here; without them the function's own rule is used.
"""

import numpy as np

from ...runtime.statistics import spread_weights
from .registry import unsupported


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    value = np.average(a, axis, weights, keepdims=keepdims)
    if weights is None:
        spread = np.ones_like(a)
    else:
        spread = np.broadcast_to(spread_weights(weights, np.shape(a), axis), np.shape(a))
    return value, np.sum(spread, axis, keepdims=keepdims)


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    if dtype is not None:
        unsupported("`dtype=` beside `mean=`", "Convert the array first.")
    freedom = ddof if correction is None else correction
    distance = a - mean
    squares = np.sum(np.real(distance * np.conj(distance)), axis, keepdims=keepdims, where=where)
    return squares / (np.sum(np.broadcast_to(where, np.shape(a)), axis, keepdims=keepdims) - freedom)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    return np.sqrt(var(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction))


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    if dtype is not None:
        unsupported("`dtype=` beside `mean=` or `correction=`", "Convert the array first.")
    present = np.logical_not(np.isnan(a)) & where
    centre = np.mean(a, axis, keepdims=True, where=present) if mean is None else mean
    known = np.where(present, a, 0.0)
    return var(known, axis, None, None, ddof, keepdims, where=present, mean=centre, correction=correction)


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    return np.sqrt(nanvar(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction))


def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=0, where=True):
    return np.sum(np.where(np.isnan(a), 0, a), axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nanprod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1, where=True):
    return np.prod(np.where(np.isnan(a), 1, a), axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nanmax(a, axis=None, out=None, keepdims=False, initial=-np.inf, where=True):
    return np.max(np.where(np.isnan(a), -np.inf, a), axis, keepdims=keepdims, initial=initial, where=where)


def nanmin(a, axis=None, out=None, keepdims=False, initial=np.inf, where=True):
    return np.min(np.where(np.isnan(a), np.inf, a), axis, keepdims=keepdims, initial=initial, where=where)


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    """The least element up to which the weights reach the share q of their sum."""
    if method != "inverted_cdf" or np.ndim(q) > 0:
        unsupported("`weights=` of quantiles, but for one quantile with method='inverted_cdf'", "Leave them out.")
    along = 0 if axis is None else axis
    rows = np.ravel(a) if axis is None else a
    spread = np.broadcast_to(spread_weights(weights, np.shape(a), axis), np.shape(a))
    heavy = np.ravel(spread) if axis is None else spread
    order = np.argsort(rows, along, kind="stable")
    reached = np.cumsum(np.take_along_axis(heavy, order, along), along)
    share = reached / np.take(reached, [-1], along)
    place = np.sum(np.where(share == 0, -1.0, share) < q, along, keepdims=True)
    chosen = np.take_along_axis(rows, np.take_along_axis(order, place, along), along)
    if not keepdims:
        return np.squeeze(chosen, along)
    return np.reshape(chosen, (1,) * np.ndim(a)) if axis is None else chosen


def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    return quantile(a, q / 100, axis, None, False, method, keepdims, weights=weights)


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    rows = variables(m, rowvar)
    if y is not None:
        rows = np.concatenate((rows, variables(y, rowvar)))
    freedom = (0 if bias else 1) if ddof is None else ddof
    counts = np.ones(np.shape(rows)[1]) if fweights is None else np.asarray(fweights, float)
    weights = counts if aweights is None else counts * aweights
    total = np.sum(weights)
    distance = rows - np.expand_dims(rows @ weights / total, 1)
    taken = freedom if aweights is None else freedom * np.sum(weights * aweights) / total
    return np.squeeze((distance * weights) @ np.conj(np.transpose(distance)) / (total - taken))


def variables(m, rowvar):
    """One variable a row."""
    return np.atleast_2d(m) if rowvar or np.ndim(m) == 1 else np.transpose(m)


def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        unsupported("`full=` and `cov=` of `np.polyfit`", "Take the coefficients only.")
    powers = np.vander(x, deg + 1)
    values = np.asarray(y, float)
    if w is not None:
        powers = powers * np.expand_dims(w, 1)
        values = values * (w if np.ndim(y) == 1 else np.expand_dims(w, 1))
    scale = np.sqrt(np.sum(powers * powers, 0))
    cutoff = np.size(x) * 2.0**-52 if rcond is None else rcond
    solution = np.linalg.lstsq(powers / scale, values, rcond=cutoff)[0]
    return np.transpose(np.transpose(solution) / scale)


def interp(x, xp, fp, left=None, right=None, period=None):
    """Positions and points modulo the period; the points continued by one on either side."""
    places = np.asarray(xp, float) % period
    order = np.argsort(places)
    sorted_places = places[order]
    values = np.asarray(fp)[order]
    around = np.concatenate((sorted_places[-1:] - period, sorted_places, sorted_places[:1] + period))
    return np.interp(np.asarray(x, float) % period, around, np.concatenate((values[-1:], values, values[:1])))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """With the distance between neighbours."""
    return np.linspace(start, stop, num, endpoint=endpoint, dtype=dtype, axis=axis), (stop - start) / (num - endpoint)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    return base ** np.linspace(start, stop, num, endpoint=endpoint, axis=axis)


def polyint(p, m=1, k=None):
    result = p
    for i in range(m):
        result = np.append(result / np.arange(np.size(result), 0, -1), k if np.ndim(k) == 0 else k[i])
    return result


def cond(x, p=None):
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


def pinv(a, rcond=None, hermitian=False):
    """`np.linalg.eigh` reads the lower triangle."""
    lower = np.tril(a)
    whole = lower + np.conj(np.swapaxes(np.tril(a, -1), -1, -2))
    return np.linalg.pinv(whole, rcond)


def gradient(f, *varargs, axis=None, edge_order=1):
    axes = tuple(range(np.ndim(f))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    results = [slopes(f, varargs[k] if len(varargs) > 1 else varargs[0], axes[k], edge_order) for k in range(len(axes))]
    return results[0] if len(axes) == 1 else tuple(results)


def slopes(f, spacing, axis, edge_order):
    """Differences between neighbours, each weighted by the other's distance; one-sided at the ends."""
    y = np.moveaxis(f, axis, -1)
    d = np.diff(spacing) if np.ndim(spacing) == 1 else spacing * np.ones(np.shape(y)[-1] - 1)
    before, after = d[:-1], d[1:]
    inner = (-after / (before * (before + after)) * y[..., :-2] + (after - before) / (before * after) * y[..., 1:-1]
             + before / (after * (before + after)) * y[..., 2:])
    first, last = (y[..., 1:2] - y[..., :1]) / d[0], (y[..., -1:] - y[..., -2:-1]) / d[-1]
    if edge_order == 2:
        first = first + (first - (y[..., 2:3] - y[..., 1:2]) / d[1]) * d[0] / (d[0] + d[1])
        last = last + (last - (y[..., -2:-1] - y[..., -3:-2]) / d[-2]) * d[-1] / (d[-1] + d[-2])
    whole = np.concatenate((first, inner, last), -1)
    return np.moveaxis(whole, -1, axis)


def multiply_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=1, where=True):
    return np.prod(array, axis, dtype, keepdims=keepdims, initial=initial, where=where)


def maximum_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=-np.inf, where=True):
    return np.max(array, axis, keepdims=keepdims, initial=initial, where=where)


def minimum_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=np.inf, where=True):
    return np.min(array, axis, keepdims=keepdims, initial=initial, where=where)


def fftfreq(n, d=1.0, device=None):
    return np.fft.fftfreq(n) / d


def rfftfreq(n, d=1.0, device=None):
    return np.fft.rfftfreq(n) / d


def ix_(*args):
    """Each vector along an axis of its own."""
    count = len(args)
    return tuple([np.reshape(args[k], (1,) * k + (-1,) + (1,) * (count - k - 1)) for k in range(count)])


#: {function: (parameters that its rule does not know, what then stands for it)}
WITH = {
    np.average: ({"returned"}, average), np.linspace: ({"retstep"}, linspace),
    np.var: ({"mean"}, var), np.std: ({"mean"}, std),
    np.nanvar: ({"mean", "correction"}, nanvar), np.nanstd: ({"mean", "correction"}, nanstd),
    np.nansum: ({"initial"}, nansum), np.nanprod: ({"initial", "where"}, nanprod),
    np.nanmax: ({"initial", "where"}, nanmax), np.nanmin: ({"initial", "where"}, nanmin),
    np.quantile: ({"weights"}, quantile), np.percentile: ({"weights"}, percentile),
    np.cov: ({"fweights", "aweights"}, cov), np.polyfit: ({"w", "rcond", "full", "cov"}, polyfit),
    np.interp: ({"period"}, interp), np.polyint: ({"k"}, polyint), np.linalg.pinv: ({"hermitian"}, pinv),
    np.multiply.reduce: ({"initial", "where"}, multiply_reduce),
    np.maximum.reduce: ({"initial", "where"}, maximum_reduce),
    np.minimum.reduce: ({"initial", "where"}, minimum_reduce),
}
