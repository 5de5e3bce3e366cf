"""SciPy's functions that stand for a few lines of Python: their values are SciPy's, their gradients right."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

linalg = pytest.importorskip("scipy.linalg")
special = pytest.importorskip("scipy.special")
signal = pytest.importorskip("scipy.signal")

rng = np.random.default_rng(0)
A = rng.standard_normal((4, 4)) + 4 * np.eye(4)
S = A @ A.T
T = A.T @ A + np.eye(4)
B, b, r = rng.standard_normal((4, 2)), rng.standard_normal(4), rng.standard_normal(5)
BAND = rng.standard_normal((2, 5)) + 4 * np.array([[0.0], [1.0]])
W = rng.standard_normal((20, 20))
LONG = rng.standard_normal(17)
SOS = np.array([[0.2, 0.3, 0.1, 1.0, -0.4, 0.2], [0.5, 0.2, 0.0, 1.0, -0.3, 0.0]])


def mix(y):
    """One number of an array of rank 1 or 2."""
    if np.ndim(y) == 2:
        return np.sum(y * W[:np.shape(y)[0], :np.shape(y)[1]])
    return np.sum(y * W[0, :np.shape(y)[0]])


PROGRAMS = {
    "inv": (lambda a: mix(linalg.inv(a)), A),
    "det": (lambda a: linalg.det(a), A),
    "norm": (lambda a: linalg.norm(a) + linalg.norm(a, 1) + mix(linalg.norm(a, axis=0)), A),
    "pinv": (lambda a: mix(linalg.pinv(a)), B),
    "svd": (lambda a: mix(linalg.svd(a)[1]) + mix(linalg.svdvals(a)), A),
    "eigvalsh": (lambda a, c: mix(linalg.eigvalsh(a)) + mix(linalg.eigvalsh(a, c)), S, T),
    "vectors": (lambda a: mix(linalg.eigh(a)[1] ** 2), S),
    "vectors of two": (lambda a, c: mix(linalg.eigh(a, c, lower=False)[1] ** 2), S, T),
    "cholesky": (lambda a: mix(linalg.cholesky(a)) + mix(linalg.cholesky(a, lower=True)), S),
    "cho_solve": (lambda a, x: mix(linalg.cho_solve(linalg.cho_factor(a), x)), S, b),
    "cho_solve lower": (lambda a, x: mix(linalg.cho_solve(linalg.cho_factor(a, lower=True), x)), S, B),
    "lu_solve": (lambda a, x: mix(linalg.lu_solve(linalg.lu_factor(a[::-1]), x)), A, b),
    "lu_solve transposed": (lambda a, x: mix(linalg.lu_solve(linalg.lu_factor(a[::-1]), x, trans=1)), A, B),
    "qr": (lambda a: mix(linalg.qr(a)[0]) + mix(linalg.qr(a)[1]), A),
    "qr of a tall matrix": (lambda a: mix(linalg.qr(a, mode="economic")[0]), B),
    "solveh_banded": (lambda a, x: mix(linalg.solveh_banded(a, x)), BAND, r),
    "solveh_banded lower": (lambda a, x: mix(linalg.solveh_banded(a[::-1], x, lower=True)), BAND, r),
    "lyapunov": (lambda a, q: mix(linalg.solve_continuous_lyapunov(a, q)), A, S),
    "discrete lyapunov": (lambda a, q: mix(linalg.solve_discrete_lyapunov(a / 9, q)), A, S),
    "frechet": (lambda a, e: mix(linalg.expm_frechet(a / 4, e)[0]) + mix(linalg.expm_frechet(a / 4, e)[1]), A, S),
    "trigonometric": (lambda a: mix(linalg.cosm(a / 4)) + mix(linalg.sinm(a / 4)) + mix(linalg.tanm(a / 8)), A),
    "hyperbolic": (lambda a: mix(linalg.coshm(a / 4)) + mix(linalg.sinhm(a / 4)) + mix(linalg.tanhm(a / 4)), A),
    "toeplitz": (lambda c, d: mix(linalg.toeplitz(c, d)) + mix(linalg.toeplitz(c)), b, r),
    "hankel": (lambda c, d: mix(linalg.hankel(c, d)) + mix(linalg.hankel(c)), b, r),
    "circulant": (lambda c: mix(linalg.circulant(c)) + mix(linalg.companion(c)), b),
    "block_diag": (lambda c, d: mix(linalg.block_diag(c, d, c)), b, B),
    "toeplitz systems": (lambda c, x: mix(linalg.solve_toeplitz(c + 9 * np.eye(4)[0], x))
                         + mix(linalg.matmul_toeplitz((c, x), x)), b, b),
    "circulant systems": (lambda c, x: mix(linalg.solve_circulant(c + 9 * np.eye(4)[0], x)), b, b),
    "sections": (lambda x: mix(signal.sosfilt(np.array([[0.2, 0.3, 0.1, 1.0, -0.4, 0.2]] * 2), x)), r),
    "a state": (lambda b, a, x, z: mix(signal.lfilter(b, 1 + 0 * a + np.array([1.0, -0.3, 0.2]) * a, x, zi=z)[0])
                + mix(signal.lfilter(b, np.array([1.0, -0.3, 0.2]) * (1 + a ** 2), x, zi=z)[1]),
                b[:3], r[:3], r, b[:2]),
    "states of rows": (lambda x, z: mix(signal.lfilter(b[:2], np.array([1.0, -0.5]), x, axis=0, zi=z)[0])
                       + mix(signal.lfilter(b[:2], np.array([1.0, -0.5]), x, axis=0, zi=z)[1]), A, A[:1]),
    "states of sections": (lambda x, z: mix(signal.sosfilt(SOS, x, zi=z)[0]) + mix(signal.sosfilt(SOS, x, zi=z)[1]),
                           r, B[:2]),
    "filtfilt": (lambda b, a, x: mix(signal.filtfilt(b, a + np.array([2.0, 0.0, 0.0]), x))
                 + mix(signal.filtfilt(b, np.array([1.0, -0.4]), x, padtype="even", padlen=4))
                 + mix(signal.filtfilt(b, np.array([1.0, -0.4]), x, padtype="constant")), b[:3], r[:3] / 9, LONG),
    "filtfilt of rows": (lambda x: mix(signal.filtfilt(b[:2], np.array([1.0, -0.4]), x, axis=0, padlen=2))
                         + mix(signal.filtfilt(b[:2], np.array([1.0, -0.4]), x, padtype=None)), A),
    "lfilter_zi": (lambda b, a: mix(signal.lfilter_zi(b, a)), b[:3], np.array([1.0, -0.4])),
    "sosfiltfilt": (lambda s, x: mix(signal.sosfiltfilt(np.concatenate((s, SOS[:, 3:]), 1), x))
                    + mix(signal.sosfiltfilt(SOS, x, padlen=3)), SOS[:, :3] + 0.1, LONG),
    "savgol_filter": (lambda x: mix(signal.savgol_filter(x, 5, 2)) + mix(signal.savgol_filter(x, 5, 3, 1, 0.1))
                      + mix(signal.savgol_filter(x, 7, 2, mode="nearest")), LONG),
    "savgol_filter of rows": (lambda x: mix(signal.savgol_filter(x, 3, 1, axis=0)), A),
    "hilbert": (lambda x: mix(np.abs(signal.hilbert(x))) + mix(np.imag(signal.hilbert(x[:4], axis=-1))), LONG[:7]),
    "correlate2d": (lambda x, y: mix(signal.correlate2d(x, y)) + mix(signal.correlate2d(x, y, "same")), A, B),
    "lstsq": (lambda a, x: mix(linalg.lstsq(a, x)[0]) + linalg.lstsq(a, x)[1] + mix(linalg.lstsq(a, x)[3]), B, b),
    "lstsq of a wide matrix": (lambda a, x: mix(linalg.lstsq(a.T, x)[0]), B, b[:2]),
    "lstsq of two": (lambda a, x: mix(linalg.lstsq(a, x)[0]) + mix(linalg.lstsq(a, x)[1]), B, A[:, :2]),
    "detrend": (lambda a: mix(signal.detrend(a)) + mix(signal.detrend(a, 0, "constant")), A),
    "convolve2d": (lambda a, k: mix(signal.convolve2d(a, k, "same")), A, B),
    "multigammaln": (lambda c: mix(special.multigammaln(c + 5, 3)), b),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_values_and_gradients(program):
    function, *args = program
    for k in range(len(args)):
        value, gradient = pb.value_and_grad(function, wrt=k)(*args)
        assert value == pytest.approx(float(np.real(function(*args))), rel=1e-10)
        np.testing.assert_allclose(gradient, numerical(function, args, k), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(("program", "match"), [
    (lambda a: mix(linalg.qr(a, mode="r")[0]), "mode=.r."),
    (lambda a: mix(linalg.qr(a, pivoting=True)[0]), "pivoting"),
    (lambda a: mix(linalg.toeplitz(a)), "more than one vector"),
    (lambda a: mix(linalg.solve(a, b, overwrite_a=True)), "changes its argument"),
    (lambda a: mix(linalg.fractional_matrix_power(a, 0.5)), "fractional_matrix_power"),
])
def test_what_is_refused_names_it_at_the_call(program, match):
    with pytest.raises(pb.UnsupportedError, match=match) as refused:
        pb.grad(program)(A)
    assert "test_library_scipy.py" in str(refused.value)
