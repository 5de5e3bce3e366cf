"""Library functions without loops are called from compiled code; kinds that were left open are settled."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .harness import agree, interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

X = np.array([0.5, 1.5, -2.0, 0.25])
M = np.arange(16.0).reshape(4, 4) / 10 + 3 * np.eye(4)


def spread(x):
    return np.sum(np.sort(x)[1:] ** 2)


def spectrum(x):
    return np.sum(np.abs(np.fft.rfft(x)) ** 2 * np.arange(3))


def decompositions(m):
    values, vectors = np.linalg.eigh(m + m.T)
    sign, logdet = np.linalg.slogdet(m)
    q, r = np.linalg.qr(m)
    return np.sum(values ** 2) + np.sum(vectors[:, 0] ** 2) + logdet * sign + r[0, 0] ** 2 + q[0, 1]


def in_a_loop(x):
    total = 0.0
    for k in range(3):
        x = np.roll(x, 1) * 0.9
        total += np.median(x) * k + np.quantile(x, 0.3)
    return total


def special_functions(x):
    from scipy import special

    return np.sum(special.erf(x) + special.expit(x) + special.gammaln(x ** 2 + 1.0))


@pytest.mark.parametrize(("fn", "x"), [(spread, X), (spectrum, X), (decompositions, M), (in_a_loop, X),
                                       (special_functions, X)])
def test_library_functions_are_called(fn, x):
    with interpreted():
        agree(fn, x, types=False)


def test_called_functions_compiled():
    compiled = agree(in_a_loop, X)
    assert "def call_median(" in compiled.source


def test_a_called_function_raises_its_error():
    def f(m):
        return np.sum(np.linalg.svd(m)[1])

    bad = np.full((2, 2), np.nan)
    for backend in ("numpy", "numba"):
        with pytest.raises(np.linalg.LinAlgError), np.errstate(all="ignore"):
            pb.value_and_grad(f, backend=backend)(bad)


def test_what_is_called_does_not_share_memory():
    def f(x):
        y = np.atleast_2d(x)
        z = np.copy(x)
        z[0] = 7.0
        return np.sum(y * z) + np.sum(x)

    with interpreted():
        agree(f, X, types=False)


def test_a_result_whose_type_depends_on_the_data_is_refused():
    def f(m):
        return np.sum(np.real(np.linalg.eigvals(m)))

    rotation = np.array([[0.0, 1.0], [-1.0, 0.0]])
    with interpreted(), pytest.raises(UnsupportedError, match="depends on the data"):
        pb.grad(f, backend="numba")(rotation)


def test_reductions_where():
    mask = X > 0

    def f(x):
        return np.mean(x, where=mask) + np.prod(x, where=mask) + np.max(x, initial=-9.0, where=mask)

    with interpreted():
        agree(f, X, types=False)


def int_or_float(x, n):
    scale = 1
    if n > 2:
        scale = 0.5
    return np.sum(x ** 2) * scale + (scale // 2)


def float32_meets_float64(x, n):
    y = x * 2
    if n > 2:
        y = x.astype(np.float64) * 3
    return np.sum(y ** 2)


@pytest.mark.parametrize("n", [1, 3])
def test_names_that_hold_two_types(n):
    agree(int_or_float, X, n, types=False)
    with interpreted():
        agree(float32_meets_float64, X.astype(np.float32), n, types=False)


def test_printing_what_may_be_an_int_is_refused():
    def f(x, n):
        scale = 1
        if n > 2:
            scale = 0.5
        print(scale)
        return np.sum(x) * scale

    with pytest.raises(UnsupportedError, match="`print`"):
        pb.grad(f, backend="numba")(X, 1)


def test_a_select_may_have_conditions_from_outside():
    conditions = [np.array([True, False, False]), np.array([True, True, False])]

    def f(x, default):
        return np.sum(X[:3] * np.select(conditions, [x, x[1:2]], default))

    with interpreted():
        agree(f, X[:3], 0.5, types=False)
