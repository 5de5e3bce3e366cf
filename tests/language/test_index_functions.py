"""Functions that return indices: `unravel_index`, `ix_`, `diag_indices`, `ravel_multi_index`."""

import numpy as np

from .checker import program

M = np.array([[0.5, 1.5, -2.0, 0.25, 1.0], [-0.3, 0.7, 2.5, -1.2, 0.1], [0.9, -0.4, 0.2, 1.1, -0.8]])


@program(M)
def test_the_place_of_the_largest(x):
    i, j = np.unravel_index(np.argmax(x), x.shape)
    a, b = np.unravel_index(np.argsort(x, axis=None)[-2:], x.shape)
    return x[i, j] ** 2 + (x[a, b] ** 3).sum() + x[np.unravel_index([3, 7], (3, 5))].prod()


@program(M)
def test_rows_and_columns(x):
    i, j = np.ix_([0, 2], [1, 3, 4])
    mask = [True, False, True, False, False]
    return (x[i, j] ** 2).sum() + (x[np.ix_(x[:, 0] > 0, mask)] ** 3).sum()


@program(M)
def test_diagonals_and_flat_places(x):
    y = x * 1.0
    y[np.diag_indices(3)] *= 2
    k = np.ravel_multi_index((np.array([0, 1]), np.array([2, 3])), y.shape)
    return (y ** 2).sum() + y.ravel()[k].prod()
