"""Sparse matrices: constants from outside, and made in the function of active data."""

import numpy as np
import pytest

import pullback as pb

sparse = pytest.importorskip("scipy.sparse")
solvers = pytest.importorskip("scipy.sparse.linalg")

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
    for program in (lambda x: np.sum((S * 2.0) @ x), lambda x: np.sum((S + S) @ x)):
        with pytest.raises(pb.UnsupportedError, match="sparse matrix") as refused:
            pb.grad(program)(X)
        assert "test_sparse.py" in str(refused.value)


ENTRIES = np.array([2.0, 1.0, 3.0, 1.0, 4.0])
ROWS, COLUMNS, POINTERS = np.array([0, 0, 1, 2, 2]), np.array([0, 2, 1, 0, 2]), np.array([0, 2, 3, 5])
FACTORS, SOLVE = solvers.splu(S.tocsc()), solvers.factorized(S.tocsc())


def agrees(program, dense, *args):
    """Gradient and Hessian along a direction are those of the dense program."""
    wrt = tuple(range(len(args)))
    for mine, theirs in zip(pb.grad(program, wrt)(*args), pb.grad(dense, wrt)(*args), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-10)
    direction = tuple(np.cos(a) for a in args)
    for mine, theirs in zip(pb.hvp(program, wrt)(*args, direction), pb.hvp(dense, wrt)(*args, direction), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-10)


@pytest.mark.parametrize(("program", "dense"), [
    (lambda x: x @ S, lambda x: x @ D),
    (lambda x: np.outer(x, x) @ S, lambda x: np.outer(x, x) @ D),
    (lambda x: S.T @ x, lambda x: D.T @ x),
    (lambda x: S.dot(x), lambda x: D @ x),
    (lambda x: S.T.dot(x), lambda x: D.T @ x),
    (lambda x: S.multiply(x) @ x, lambda x: (D * x) @ x),
    (lambda x: S.toarray() @ x, lambda x: D @ x),
    (lambda x: S.sum(axis=0) * x, lambda x: np.sum(D, axis=0) * x),
    (lambda x: solvers.spsolve(S, x), lambda x: np.linalg.solve(D, x)),
    (lambda x: solvers.splu(S.tocsc()).solve(x), lambda x: np.linalg.solve(D, x)),
    (lambda x: FACTORS.solve(x), lambda x: np.linalg.solve(D, x)),
    (lambda x: FACTORS.solve(x, "T"), lambda x: np.linalg.solve(D.T, x)),
    (lambda x: SOLVE(x), lambda x: np.linalg.solve(D, x)),
    (lambda x: solvers.factorized(S.tocsc())(x), lambda x: np.linalg.solve(D, x)),
    (lambda x: solvers.cg(S, x, rtol=1e-13)[0], lambda x: np.linalg.solve(D, x)),
    (lambda x: solvers.gmres(S, x, rtol=1e-13)[0], lambda x: np.linalg.solve(D, x)),
])
def test_a_constant_matrix(program, dense):
    agrees(lambda x: np.sum(program(x) ** 3), lambda x: np.sum(dense(x) ** 3), X)


def dense_of(data):
    made = np.zeros((3, 3))
    np.add.at(made, (ROWS, COLUMNS), data)
    return made


def rows_of(data):
    return sparse.csr_matrix((data, COLUMNS, POINTERS), shape=(3, 3))


def columns_of(data):
    return sparse.csc_array((data, (ROWS, COLUMNS)), shape=(3, 3))


def places_of(data):
    return sparse.coo_matrix((data, (ROWS, COLUMNS)), shape=(3, 3))


@pytest.mark.parametrize("made", [rows_of, columns_of, places_of])
@pytest.mark.parametrize("use", [
    lambda a, x: a @ x, lambda a, x: x @ a, lambda a, x: a.T @ x, lambda a, x: a.dot(np.outer(x, x)),
    lambda a, x: a.sum() * x, lambda a, x: a.sum(axis=0) * x, lambda a, x: (2.0 * a - a / x[0]) @ x,
])
def test_active_data(made, use):
    """What dense arrays know under the same names."""
    agrees(lambda data, x: np.sum(use(made(data), x) ** 3), lambda data, x: np.sum(use(dense_of(data), x) ** 3),
           ENTRIES, X)


@pytest.mark.parametrize(("use", "dense"), [
    (lambda a, x: a.multiply(x) @ x, lambda a, x: (a * x) @ x),
    (lambda a, x: a.toarray() * x, lambda a, x: a * x),
    (lambda a, x: a.trace() * a.diagonal() * x, lambda a, x: np.trace(a) * np.diagonal(a) * x),
    (lambda a, x: (a.tocsc() + sparse.eye(3) * x[0]) @ x, lambda a, x: (a + np.eye(3) * x[0]) @ x),
    (lambda a, x: solvers.spsolve(a.tocsr(), x), np.linalg.solve),
    (lambda a, x: solvers.splu(a.tocsc()).solve(x), np.linalg.solve),
    (lambda a, x: solvers.bicgstab(a, x, rtol=1e-13)[0], np.linalg.solve),
])
def test_active_data_in_what_only_sparse_matrices_have(use, dense):
    agrees(lambda data, x: np.sum(use(places_of(data), x) ** 2), lambda data, x: np.sum(dense(dense_of(data), x) ** 2),
           ENTRIES, X)


def test_diagonals():
    def sparsely(d, x):
        made = sparse.diags([d[:3] * d[2], -d[:2], 0.5], [0, -1, 1], shape=(3, 3))
        return np.sum(solvers.spsolve(made.tocsc(), x) ** 2)

    def densely(d, x):
        made = np.diag(d[:3] * d[2]) + np.diag(-d[:2], -1) + np.diag(0.5 * np.ones(2), 1)
        return np.sum(np.linalg.solve(made, x) ** 2)

    agrees(sparsely, densely, ENTRIES, X)


def test_a_matrix_of_a_dense_one():
    def sparsely(d, x):
        return np.sum((sparse.csr_matrix(np.triu(np.outer(d[:3], d[:3]))) @ x) ** 2)

    def densely(d, x):
        return np.sum((np.triu(np.outer(d[:3], d[:3])) @ x) ** 2)

    agrees(sparsely, densely, ENTRIES, X)


def test_what_is_not_known_is_refused_by_name():
    for program, what in ((lambda d: sparse.csr_matrix([d, d]) @ d, "matrix of something else"),
                          (lambda d: places_of(d[:5]).power(2) @ X, "power"),
                          (lambda d: (places_of(d) * X) @ X, "of a sparse matrix and an array")):
        with pytest.raises(pb.UnsupportedError, match=what):
            pb.grad(lambda d, program=program: np.sum(program(d)))(ENTRIES)


def test_a_solution_that_was_not_reached_is_an_error():
    with pytest.raises(np.linalg.LinAlgError, match="cg did not reach rtol=1e-13"):
        pb.grad(lambda x: np.sum(solvers.cg(S, x, rtol=1e-13, maxiter=1)[0]))(X)
    with pytest.raises(pb.UnsupportedError, match="`x0=`"):
        pb.grad(lambda x: np.sum(solvers.cg(S, x, x)[0]))(X)
