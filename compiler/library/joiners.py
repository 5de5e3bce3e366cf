# mypy: allow-untyped-defs, allow-untyped-calls
"""What `np.r_`, `np.c_`, `np.mgrid` and `np.ogrid` make of an index, and `x.tolist()`."""

import numpy as np


def span(start, stop, step):
    """The numbers of a slice: a complex step says how many."""
    first = 0 if start is None else start
    if isinstance(step, complex):
        return np.linspace(first, stop, int(abs(step)))
    return np.arange(first, stop, 1 if step is None else step)


def joined(parts, axis, ndmin, trans1d):
    """The parts side by side along `axis`, each with at least `ndmin` axes; its own begin at `trans1d` (-1: last)."""
    return np.concatenate([raised(part, ndmin, trans1d) for part in parts], axis)


def raised(part, ndmin, trans1d):
    missing = ndmin - np.ndim(part)
    if missing <= 0:
        return part
    before = missing if trans1d < 0 else min(trans1d, missing)
    return np.reshape(part, (1,) * before + np.shape(part) + (1,) * (missing - before))


def grid(spans, sparse):
    """Positions along each axis, as one array or as one for each axis."""
    if sparse:
        return np.meshgrid(*spans, indexing="ij", sparse=True)
    return np.stack(np.meshgrid(*spans, indexing="ij"))


def tolist(a):
    """The elements of an array as Python's numbers, in nested lists."""
    if np.ndim(a) == 0:
        return a.item()
    if np.ndim(a) == 1:
        return [x.item() for x in a]
    if np.ndim(a) == 2:
        return [[x.item() for x in row] for row in a]
    return [[[x.item() for x in row] for row in matrix] for matrix in a]
