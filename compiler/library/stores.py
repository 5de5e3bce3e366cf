# mypy: allow-untyped-defs
"""Functions of NumPy's that store into an array element by element, as the compiler differentiates them."""

import numpy as np


def ufunc_at(ufunc, a, indices, b):
    """a[i] = ufunc(a[i], b[i]) for one place i after the other, so that a place named twice is changed twice."""
    places = np.arange(np.size(a)).reshape(np.shape(a))[indices]
    values = np.ravel(np.broadcast_to(b, np.shape(places)))
    for k, place in enumerate(np.ravel(places)):
        a.flat[place] = ufunc(a.flat[place], values[k])
