# mypy: allow-untyped-defs, allow-untyped-calls
"""NumPy's functions that call a function of the user's."""

import numpy as np

from .registry import stands_for


@stands_for(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    if np.ndim(arr) == 1:
        return func1d(arr, *args, **kwargs)
    rows = np.moveaxis(arr, axis, -1)
    flat = np.reshape(rows, (-1, np.shape(rows)[-1]))
    first = func1d(flat[0], *args, **kwargs)
    results = np.zeros((len(flat), *np.shape(first)), np.result_type(first))
    results[0] = first
    for k in range(1, len(flat)):
        results[k] = func1d(flat[k], *args, **kwargs)
    shaped = np.reshape(results, (*np.shape(rows)[:-1], *np.shape(first)))
    if np.ndim(first) == 0:
        return shaped
    if np.ndim(first) == 1:
        return np.moveaxis(shaped, -1, axis)
    places = [axis % np.ndim(arr) + k for k in range(np.ndim(first))]
    return np.moveaxis(shaped, [k - np.ndim(first) for k in range(np.ndim(first))], places)


@stands_for(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    result = np.asarray(a)
    for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
        along = axis + np.ndim(a) if axis < 0 else axis
        reduced = func(result, along)
        result = reduced if np.ndim(reduced) == np.ndim(result) else np.expand_dims(reduced, along)
    return result


@stands_for(np.piecewise)
def piecewise(x, condlist, funclist, *args, **kw):
    conditions = list(condlist) if isinstance(condlist, (tuple, list)) else [condlist]
    if isinstance(condlist, (tuple, list)) and np.ndim(x) > 0 and np.ndim(condlist[0]) == 0:
        conditions = [np.asarray(condlist)]
    if len(funclist) == len(conditions) + 1:
        conditions = [*conditions, np.logical_not(np.any(np.stack(conditions), 0))]
    result = np.zeros_like(x)
    for condition, function in zip(conditions, funclist):  # noqa: B905 - the compiler reads it: lengths are checked
        if callable(function):
            chosen = x[condition]
            if np.size(chosen) > 0:
                result[condition] = function(chosen, *args, **kw)
        else:
            result[condition] = function
    return result


@stands_for(np.fromfunction)
def fromfunction(function, shape, *, dtype=float, **kwargs):
    places = np.indices(shape, dtype)
    return function(*[places[k] for k in range(len(shape))], **kwargs)


def vectorized(pyfunc, *args, **kwargs):
    """What `np.vectorize(pyfunc)(*args)` computes: `pyfunc` of each set of broadcast elements."""
    arrays = np.broadcast_arrays(*args)
    flat = [np.ravel(array) for array in arrays]
    first = pyfunc(*[array[0] for array in flat], **kwargs)
    results = np.zeros(len(flat[0]), np.result_type(first))
    results[0] = first
    for k in range(1, len(flat[0])):
        results[k] = pyfunc(*[array[k] for array in flat], **kwargs)
    return np.reshape(results, np.shape(arrays[0]))


# Methods of ufuncs that have no rule of their own -----------------------------------------------------------


def ufunc_outer(ufunc, A, B, /):
    return ufunc(np.expand_dims(A, [k - np.ndim(B) for k in range(np.ndim(B))]), B)


def ufunc_reduce(ufunc, array, axis=0, *, keepdims=False):
    """From the first element on (a ufunc whose order matters takes one axis)."""
    rows = np.ravel(array) if axis is None else np.moveaxis(array, axis, 0)
    result = rows[0]
    for k in range(1, len(rows)):
        result = ufunc(result, rows[k])
    if not keepdims:
        return result
    return np.reshape(result, (1,) * np.ndim(array)) if axis is None else np.expand_dims(result, axis)


def ufunc_accumulate(ufunc, array, axis=0):
    rows = np.moveaxis(array, axis, 0)
    results = np.zeros(np.shape(rows), np.result_type(array))
    results[0] = rows[0]
    for k in range(1, len(rows)):
        results[k] = ufunc(results[k - 1], rows[k])
    return np.moveaxis(results, 0, axis)


def ufunc_reduceat(ufunc, array, indices, axis=0):
    """From each index up to the next one, or one element where that is not larger."""
    rows = np.moveaxis(array, axis, 0)
    starts = np.asarray(indices)
    ends = np.append(starts[1:], len(rows))
    results = np.zeros((len(starts), *np.shape(rows)[1:]), np.result_type(array))
    for k in range(len(starts)):
        result = rows[starts[k]]
        for i in range(starts[k] + 1, ends[k]):
            result = ufunc(result, rows[i])
        results[k] = result
    return np.moveaxis(results, 0, axis)


def vectorized_rows(pyfunc, ranks, *args, **kwargs):
    """What `np.vectorize(pyfunc, signature=...)(*args)` computes: `pyfunc` of the last axes of each argument."""
    loops = [np.shape(a)[:np.ndim(a) - r] for a, r in zip(args, ranks)]  # noqa: B905 - the compiler reads it
    shape = np.broadcast_shapes(*loops)
    cores = [np.shape(a)[np.ndim(a) - r:] for a, r in zip(args, ranks)]  # noqa: B905 - the compiler reads it
    flat = [np.reshape(np.broadcast_to(a, shape + core), (-1, *core)) for a, core in zip(args, cores)]  # noqa: B905
    first = pyfunc(*[array[0] for array in flat], **kwargs)
    results = np.zeros((len(flat[0]), *np.shape(first)), np.result_type(first))
    results[0] = first
    for k in range(1, len(flat[0])):
        results[k] = pyfunc(*[array[k] for array in flat], **kwargs)
    return np.reshape(results, shape + np.shape(first))
