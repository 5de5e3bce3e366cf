# mypy: allow-untyped-defs
"""`numpy`'s polynomials as arrays of coefficients, the highest power first."""

import numpy as np

from ...runtime.indexing import power_factors
from ...runtime.matrices import as_columns, conj_transpose, from_columns, refuse_matrix
from ...runtime.special import linear_recurrence
from .registry import vjp


@vjp(np.polyval)
def polyval(p, x, *, ans, d_ans):
    d_p = np.conj(np.vander(np.ravel(x), np.size(p))).T @ np.ravel(d_ans)
    d_x = d_ans * np.conj(np.polyval(np.polyder(p), x))
    return d_p, d_x


@vjp(np.polyder, linear=True)
def polyder(p, m=1, *, ans, d_ans):
    d_p = np.append(d_ans * power_factors(np.size(p), m), np.zeros(np.size(p) - np.size(d_ans)))
    return d_p


@vjp(np.polyint, linear=True)
def polyint(p, m=1, *, ans, d_ans):
    d_p = d_ans[:np.size(p)] / power_factors(np.size(d_ans), m)
    return d_p


@vjp(np.polyadd, linear=True)
def polyadd(a1, a2, *, ans, d_ans):
    """The shorter one has leading zeros."""
    d_a1 = d_ans[np.size(ans) - np.size(a1):]
    d_a2 = d_ans[np.size(ans) - np.size(a2):]
    return d_a1, d_a2


@vjp(np.polysub, linear=True)
def polysub(a1, a2, *, ans, d_ans):
    """The shorter one has leading zeros."""
    d_a1 = d_ans[np.size(ans) - np.size(a1):]
    d_a2 = -d_ans[np.size(ans) - np.size(a2):]
    return d_a1, d_a2


@vjp(np.polymul, bilinear=True)
def polymul(a1, a2, *, ans, d_ans):
    """A convolution of the coefficients."""
    d_a1 = np.reshape(np.correlate(d_ans, a2, "valid"), np.shape(a1))
    d_a2 = np.reshape(np.correlate(d_ans, a1, "valid"), np.shape(a2))
    return d_a1, d_a2


@vjp(np.vander)
def vander(x, N=None, increasing=False, *, ans, d_ans):
    """Column k holds x**k."""
    d_powers = d_ans if increasing else np.flip(d_ans, 1)
    count = np.shape(d_ans)[1]
    slopes = np.vander(x, max(count - 1, 0), True) * np.arange(1, max(count, 1))
    d_x = np.sum(d_powers[:, 1:] * np.conj(slopes), 1)
    return d_x


@vjp(np.polyfit)
def polyfit(x, y, deg, *, ans, d_ans):
    """The least squares solution with the matrix of powers (of full rank)."""
    powers = np.vander(x, deg + 1)
    p = np.linalg.pinv(powers)
    coefficients = as_columns(ans, np.ndim(y))
    d_columns = conj_transpose(p) @ as_columns(d_ans, np.ndim(y))
    rest = as_columns(y, np.ndim(y)) - powers @ coefficients
    d_powers = rest @ conj_transpose(p @ d_columns) - d_columns @ conj_transpose(coefficients)
    slopes = np.vander(x, deg) * np.arange(deg, 0, -1)
    d_x = np.sum(d_powers[:, :-1] * np.conj(slopes), 1)
    d_y = from_columns(d_columns, np.ndim(y))
    return d_x, d_y


@vjp(np.poly)
def poly(seq_of_zeros, *, ans, d_ans):
    """A root moves minus the polynomial of the other roots, the whole one divided by its factor."""
    if np.ndim(seq_of_zeros) == 1:
        whole = np.ones((np.size(seq_of_zeros), 1)) * ans[:-1]
        others = linear_recurrence(np.expand_dims(seq_of_zeros, 1) * np.ones(np.shape(whole)), whole, 1)
        d_seq_of_zeros = -(np.conj(others) @ d_ans[1:])
    else:
        d_seq_of_zeros = refuse_matrix("np.poly")
    return d_seq_of_zeros


@vjp(np.roots, singular=True)
def roots(p, *, ans, d_ans):
    """By the implicit function theorem a simple root moves by -dp(root) / p'(root); a multiple one has none."""
    slope = np.polyval(np.polyder(p), ans)
    d_p = -np.conj(np.vander(ans, np.size(p))).T @ (d_ans / np.conj(slope))
    return d_p
