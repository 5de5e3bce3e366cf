"""Sparse matrices as constants."""

import numpy as np
import pytest

import pullback as pb

sparse = pytest.importorskip("scipy.sparse")

D = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 1.0]])
S = sparse.csr_array(D)
X = np.array([1.0, -2.0, 0.5])


def by_a_global(x):
    return np.sum(np.sin(S @ (S @ x)) * x)


def by_an_argument(matrix, x):
    return np.sum(np.tanh(matrix @ x) ** 2)


def dense(x):
    return np.sum(np.sin(D @ (D @ x)) * x)


def test_products_with_a_constant_matrix():
    np.testing.assert_allclose(pb.grad(by_a_global)(X), pb.grad(dense)(X))
    np.testing.assert_allclose(pb.jacobian(lambda x: S @ x)(X), D)


def test_the_matrix_may_be_an_argument():
    gradient = pb.grad(by_an_argument, wrt="x")
    for matrix in (S, sparse.csr_array(D * 2.0)):
        expected = pb.grad(lambda x, m: np.sum(np.tanh(m @ x) ** 2))(X, matrix.toarray())
        np.testing.assert_allclose(gradient(matrix, X), expected)
    columns = np.outer(X, X)
    np.testing.assert_allclose(gradient(S, columns), pb.grad(lambda x: np.sum(np.tanh(D @ x) ** 2))(columns))


def test_other_operators_are_refused_where_they_stand():
    for program in (lambda x: np.sum((S * 2.0) @ x), lambda x: np.sum(x @ S), lambda x: np.sum((S + S) @ x)):
        with pytest.raises(pb.UnsupportedError, match="sparse matrix") as refused:
            pb.grad(program)(X)
        assert "test_sparse.py" in str(refused.value)
