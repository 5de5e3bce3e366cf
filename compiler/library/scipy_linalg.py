# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.linalg`: what NumPy's own functions, or others of SciPy's, express."""

import numpy as np
from scipy import linalg

from ...runtime.matrices import block_upper, default_cutoff
from ...runtime.structure import pivoted_rows
from .registry import stands_for, unsupported


def vector(x):
    """A vector; SciPy's versions disagree about what else may be given."""
    if np.ndim(x) > 1:
        unsupported("a matrix of more than one vector", "Give it one vector, or write a loop.")
    return np.ravel(x)


@stands_for(linalg.inv)
def inv(a, overwrite_a=False, check_finite=True):
    return np.linalg.inv(a)


@stands_for(linalg.det)
def det(a, overwrite_a=False, check_finite=True):
    return np.linalg.det(a)


@stands_for(linalg.norm)
def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):  # noqa: A002 - SciPy's name
    return np.linalg.norm(a, ord, axis, keepdims)


@stands_for(linalg.pinv)
def pinv(a, *, check_finite=True):
    return np.linalg.pinv(a, default_cutoff(a))


@stands_for(linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True):
    return np.linalg.svd(a, full_matrices, compute_uv)


@stands_for(linalg.svdvals)
def svdvals(a, overwrite_a=False, check_finite=True):
    return np.linalg.svd(a, True, False)


@stands_for(linalg.eigvalsh)
def eigvalsh(a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, check_finite=True):
    return linalg.eigh(a, b, lower=lower, eigvals_only=True)


@stands_for(linalg.cholesky)
def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    if lower:
        return np.linalg.cholesky(a)
    return np.conj(np.swapaxes(np.linalg.cholesky(np.conj(np.swapaxes(a, -1, -2))), -1, -2))


@stands_for(linalg.cho_factor)
def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """Zeros where SciPy leaves what it found in the other triangle, which nobody reads."""
    return linalg.cholesky(a, lower), lower


@stands_for(linalg.cho_solve)
def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    c, lower = c_and_lower
    if lower:
        return linalg.solve_triangular(c, linalg.solve_triangular(c, b, 0, True), 2, True)
    return linalg.solve_triangular(c, linalg.solve_triangular(c, b, 2), 0)


@stands_for(linalg.lu_solve)
def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    lu, piv = lu_and_piv
    rows = pivoted_rows(piv)
    if trans == 0:
        return linalg.solve_triangular(lu, linalg.solve_triangular(lu, b[rows], 0, True, True))
    inner = linalg.solve_triangular(lu, b, trans)
    return linalg.solve_triangular(lu, inner, trans, True, True)[np.argsort(rows)]


@stands_for(linalg.qr)
def qr(a, overwrite_a=False, lwork=None, mode="full", *, check_finite=True):
    if mode == "r":
        unsupported('`scipy.linalg.qr` with mode="r"', 'Write mode="economic", and take the second result.')
    return np.linalg.qr(a, "complete" if mode == "full" else "reduced")


@stands_for(linalg.solveh_banded)
def solveh_banded(ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    """The whole band from the half that is given: row u + i - j holds the diagonal i - j."""
    count = np.shape(ab)[0] - 1
    half = ab if lower else ab[::-1]
    below = [half[k] for k in range(count + 1)]
    size = np.shape(ab)[1]
    whole = np.zeros((2 * count + 1, size), np.result_type(ab))
    for k in range(count + 1):
        diagonal = below[k][: size - k] if lower else below[k][k:]
        turned = np.conj(diagonal)
        whole[count + k, : size - k] = diagonal if lower else turned
        if k > 0:
            whole[count - k, k:] = turned if lower else diagonal
    return linalg.solve_banded((count, count), whole, b)


@stands_for(linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov(a, q):
    return linalg.solve_sylvester(a, np.conj(a).T, q)


@stands_for(linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov(a, q):
    size = np.shape(a)[0]
    matrix = np.eye(size * size) - np.kron(a, np.conj(a))
    return np.reshape(np.linalg.solve(matrix, np.ravel(q)), (size, size))


@stands_for(linalg.expm_frechet)
def expm_frechet(A, E, *, compute_expm=True, check_finite=True):
    size = np.shape(A)[0]
    both = linalg.expm(block_upper(A, E))
    along = np.reshape(both[:size, size:], np.shape(A))
    return (linalg.expm(A), along) if compute_expm else along


# Functions of real matrices ---------------------------------------------------------------------------------


def turned(A):
    """exp(iA), whose real part is cos(A), whose imaginary part is sin(A)."""
    if np.iscomplexobj(A):
        unsupported("a trigonometric function of a complex matrix", "Write it with scipy.linalg.expm.")
    return linalg.expm(1j * A)


@stands_for(linalg.cosm)
def cosm(A):
    return np.real(turned(A))


@stands_for(linalg.sinm)
def sinm(A):
    return np.imag(turned(A))


@stands_for(linalg.tanm)
def tanm(A):
    both = turned(A)
    return np.linalg.solve(np.real(both), np.imag(both))


@stands_for(linalg.coshm)
def coshm(A):
    return 0.5 * (linalg.expm(A) + linalg.expm(-A))


@stands_for(linalg.sinhm)
def sinhm(A):
    return 0.5 * (linalg.expm(A) - linalg.expm(-A))


@stands_for(linalg.tanhm)
def tanhm(A):
    plus, minus = linalg.expm(A), linalg.expm(-A)
    return np.linalg.solve(plus + minus, plus - minus)


# Matrices from vectors --------------------------------------------------------------------------------------


@stands_for(linalg.toeplitz)
def toeplitz(c, r=None):
    column = vector(c)
    row = np.conj(column) if r is None else vector(r)
    m, n = np.shape(column)[0], np.shape(row)[0]
    values = np.concatenate((column[::-1], row[1:]))
    return values[m - 1 - np.arange(m)[:, None] + np.arange(n)]


@stands_for(linalg.hankel)
def hankel(c, r=None):
    column = vector(c)
    row = np.zeros_like(column) if r is None else vector(r)
    values = np.concatenate((column, row[1:]))
    return values[np.arange(np.shape(column)[0])[:, None] + np.arange(np.shape(row)[0])]


@stands_for(linalg.circulant)
def circulant(c):
    column = vector(c)
    places = np.arange(np.shape(column)[0])
    return column[places[:, None] - places]


@stands_for(linalg.companion)
def companion(a):
    size = np.shape(a)[0] - 1
    first = -vector(a)[1:] / (1.0 * a[0])
    return np.concatenate((first[None], np.eye(size - 1, size)))


@stands_for(linalg.block_diag)
def block_diag(*arrs):
    blocks = [np.atleast_2d(a) for a in arrs]
    shape = (sum([np.shape(b)[0] for b in blocks]), sum([np.shape(b)[1] for b in blocks]))
    result = np.zeros(shape, np.result_type(*blocks))
    row = 0
    column = 0
    for block in blocks:
        m, n = np.shape(block)
        result[row : row + m, column : column + n] = block
        row = row + m
        column = column + n
    return result


@stands_for(linalg.solve_toeplitz)
def solve_toeplitz(c_or_cr, b, check_finite=True):
    if isinstance(c_or_cr, tuple):
        return np.linalg.solve(linalg.toeplitz(c_or_cr[0], c_or_cr[1]), b)
    return np.linalg.solve(linalg.toeplitz(c_or_cr), b)


@stands_for(linalg.matmul_toeplitz)
def matmul_toeplitz(c_or_cr, x, check_finite=False):
    if isinstance(c_or_cr, tuple):
        return linalg.toeplitz(c_or_cr[0], c_or_cr[1]) @ x
    return linalg.toeplitz(c_or_cr) @ x


@stands_for(linalg.solve_circulant)
def solve_circulant(c, b):
    return np.linalg.solve(linalg.circulant(c), b)


@stands_for(linalg.lstsq)
def lstsq(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    """NumPy's, with SciPy's cutoff; the residues of one vector are one number."""
    cutoff = default_cutoff(a) / max(np.shape(a)) if cond is None else cond
    solution, residues, rank, values = np.linalg.lstsq(a, b, cutoff)
    if np.shape(a)[0] <= np.shape(a)[1]:
        return solution, np.zeros(0), rank, values
    return solution, residues[0] if np.ndim(b) == 1 else residues, rank, values
