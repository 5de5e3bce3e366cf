# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.optimize`: what needs no equation of the user's."""

import numpy as np
from scipy import optimize

from ...runtime.matrices import positive_support
from .registry import stands_for


@stands_for(optimize.nnls)
def nnls(A, b, *, maxiter=None):
    """Least squares by the columns whose factors are positive, which SciPy finds; the others stay at zero."""
    used = positive_support(A, b, maxiter)
    count = np.shape(A)[1]
    matrix = np.concatenate((np.where(used, A, 0.0), np.diag(np.where(used, 0.0, 1.0))), 0)
    found = np.linalg.lstsq(matrix, np.concatenate((b, np.zeros(count))), None)[0]
    x = np.where(used, found, 0.0)
    return x, np.sqrt(np.sum((A @ x - b) ** 2))
