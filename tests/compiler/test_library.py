"""Functions of NumPy that stand for a few lines of Python: the lines compute what NumPy's function does."""

import math

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.library import (
    all_definitions,
    definition_of,
    ufunc_accumulate,
    ufunc_outer,
    ufunc_reduce,
    vectorized,
)
from pullback.compiler.lower.spellings import FOLDED
from tests.rules.tape import leaves

X = np.array([0.7, 1.9, 1.3, -0.4])
M = np.arange(24.0).reshape(2, 3, 4) / 7 - 1
TIES = np.array([1.0, 2.0, 2.0, 3.0])
CALLS = {
    np.apply_along_axis: [
        (np.sum, 0, X), (np.sort, 1, M), (np.mean, -1, M), (lambda r, k: np.outer(r, r) * k, 0, M[0], 2.0),
    ],
    np.apply_over_axes: [(np.sum, M, [0, -1]), (np.mean, M, 1), (np.max, M, (2,))],
    np.piecewise: [
        (X, [X < 0, X > 1], [lambda v: v * v, 3.0]), (X, [X < 0, X > 1], [-1.0, np.sqrt, lambda v: v + 1]),
        (X, X > 1, [2.0, lambda v, k: v * k], 5.0), (X, [True, False, True, True], [lambda v: -v]),
        (X, [X > 100], [np.max, 0.5]), (np.arange(4), [np.arange(4) > 1], [2.7]),
    ],
    np.fromfunction: [(lambda i, j: i + 2 * j, (2, 3))],
    np.union1d: [(TIES, X)],
    np.intersect1d: [(TIES, X + 0.1), (TIES, np.array([3.0, 1.0]))],
    np.setdiff1d: [(TIES, X + 0.1), (X, np.array([1.3]), True)],
    np.setxor1d: [(TIES, X + 0.1), (X, np.array([1.3, 7.0]), True)],
    np.sort_complex: [(X,), (X + 1j,), (M,)],
    np.rollaxis: [(M, 2), (M, 0, 3), (M, -1, 1), (M, 1, -1), (M, 1, 1)],
    np.histogram_bin_edges: [(X,), (X, 3), (X, 3, (0.0, 1.0)), (X, [0.0, 1.0]), (np.ones(3), 2)],
    np.polydiv: [(X, X[:2]), (X, 2.0), (X[:2], X), (np.convolve(X, X[:2]), X[:2])],
    np.histogramdd: [(M[0].T, 3), (M[0].T, [2, 3, 4], [(-1, 1)] * 3), ([X, X * X], 2), (M[0].T, 2, None, True),
                     (M[0].T, 2, None, False, X)],
    np.fromiter: [([0.5, 2.0], float), (X, np.float64, 2)],
    math.dist: [(X, X * X)],
    math.fsum: [(X,), ([0.1, 0.2],)],
    math.prod: [(X,), ([1.5, 2.0],)],
}
if hasattr(np, "row_stack"):
    CALLS[np.row_stack] = [((X, X),)]


@pytest.mark.filterwarnings("ignore:.*row_stack.*:DeprecationWarning")
@pytest.mark.parametrize("target", all_definitions(), ids=lambda target: target.__name__)
def test_a_definition_computes_what_numpy_computes(target):
    for args in CALLS[target]:
        for mine, theirs in zip(leaves(definition_of(target)(*args)), leaves(target(*args)), strict=True):
            assert np.shape(mine) == np.shape(theirs)
            np.testing.assert_allclose(mine, theirs, rtol=1e-14, atol=1e-15)
            assert np.result_type(mine) == np.result_type(theirs)


def test_vectorized_computes_what_vectorize_computes():
    for args in [(X,), (X, X[:, None]), (2.0, M), (2.0, 3.0)]:
        def function(v, w=1.5):
            return v * w if v > w else v

        mine, theirs = vectorized(function, *args), np.vectorize(function)(*args)
        assert np.shape(mine) == np.shape(theirs)
        np.testing.assert_array_equal(mine, theirs)


def clipped(v, limit):
    return v * v if v > limit else v


quick = np.vectorize(clipped)


@np.vectorize
def decorated(v):
    return math.sin(v)


PROGRAMS = {
    "rows": lambda x: np.sum(np.apply_along_axis(lambda row: np.cumsum(row) * row[0], 1, np.outer(x, x)) * x),
    "columns": lambda x: np.sum(np.apply_along_axis(np.sum, 0, np.outer(x, x * x)) * x),
    "over axes": lambda x: np.sum(np.apply_over_axes(np.mean, np.outer(x, x), (0, 1)) * x),
    "pieces": lambda x: np.sum(np.piecewise(x, [x < 0, x > 1], [lambda v: v**3, 2.0, np.exp]) * x),
    "pieces with an argument": lambda x: np.sum(np.piecewise(x, [x > 1], [lambda v, k: v * k, 0.0], x[0])),
    "vectorize inside": lambda x: np.sum(np.vectorize(lambda v: v * v if v > 1 else v)(x) * x),
    "vectorize outside": lambda x: np.sum(quick(x, 1.0) * quick(x[:, None], x)),
    "vectorize as a decorator": lambda x: np.sum(decorated(x) * x),
    "of a function": lambda x: np.sum(np.fromfunction(lambda i: i * x, (4,)) * x),
    "sets": lambda x: np.sum(np.setxor1d(x, np.append(x[1:], 9.0)) ** 2) + np.sum(np.union1d(x, x * 3) ** 3),
    "numbers": lambda x: math.dist(x, x * x) * math.prod([x[0], x[1]]) + math.fsum([x[2], x[3]]),
    "outer": lambda x: np.sum(np.hypot.outer(x, np.outer(x, x))) + np.sum(np.power.outer(x * x, x)),
    "reduce": lambda x: np.subtract.reduce(x) * np.sum(np.hypot.reduce(np.outer(x, x), axis=1)),
    "accumulate": lambda x: np.sum(np.subtract.accumulate(np.outer(x, x), 1) * x),
    "labels": lambda x: np.sum(np.einsum(np.outer(x, x), [0, 1], x, [1], [0]) * x) + np.einsum(x, [0], x, [0]),
    "labels and an ellipsis": lambda x: np.sum(np.einsum(np.outer(x, x), [..., 1], x, [1], [...]) ** 2),
    "bounds by keyword": lambda x: np.sum(np.clip(x, min=0.0, max=1.5) ** 2) + np.sum(x.clip(max=1.0) ** 3),
    "unstacked": lambda x: np.sum(np.prod(np.stack(np.unstack(np.broadcast_to(x, (3, 4)) * np.ones((3, 4)))), 0)),
    "rolled": lambda x: np.sum(np.rollaxis(np.outer(x, x * x), 1) @ x),
    "one of one": lambda x: np.sum(np.broadcast_arrays(x)[0] * np.split(x, 1)[0] * np.meshgrid(x)[0]),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_compiler_differentiates_the_definitions(program):
    gradient = pb.grad(program)(X)
    h = 1e-6
    differences = [float(program(X + h * e) - program(X - h * e)) / (2 * h) for e in np.eye(4)]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-7)


def test_the_methods_of_ufuncs_compute_what_theirs_do():
    for ufunc in FOLDED:
        for rows in (X**2, np.outer(X, X) ** 2):
            np.testing.assert_allclose(ufunc_reduce(ufunc, rows), ufunc.reduce(rows))
            np.testing.assert_allclose(ufunc_reduce(ufunc, rows, -1, keepdims=True),
                                       ufunc.reduce(rows, -1, keepdims=True))
            np.testing.assert_allclose(ufunc_accumulate(ufunc, rows, -1), ufunc.accumulate(rows, -1))
            np.testing.assert_array_equal(ufunc_outer(ufunc, rows, X), ufunc.outer(rows, X))


def test_what_vectorize_cannot_tell_is_refused():
    typed = np.vectorize(lambda v: v * 2, otypes=[float])
    with pytest.raises(pb.UnsupportedError, match="otypes"):
        pb.grad(lambda x: np.sum(typed(x)))(X)


def test_a_parameter_that_a_definition_leaves_out_is_refused_by_name():
    with pytest.raises(pb.UnsupportedError, match="return_indices"):
        pb.grad(lambda x: np.sum(np.intersect1d(x, x, return_indices=True)[0]))(X)
