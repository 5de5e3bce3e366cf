"""`scipy.fft`, `scipy.integrate`, `scipy.ndimage` as lines of NumPy: values are SciPy's, gradients right."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

integrate = pytest.importorskip("scipy.integrate")
ndimage = pytest.importorskip("scipy.ndimage")
signal = pytest.importorskip("scipy.signal")
transforms = pytest.importorskip("scipy.fft")

rng = np.random.default_rng(0)
X, Y = rng.standard_normal(7), rng.standard_normal((6, 8))
T = np.cumsum(rng.random(7))
W = rng.standard_normal((9, 9))
K, M = np.array([0.3, -0.2, 0.5]), rng.standard_normal((3, 3))


def mix(y):
    """One number of an array of rank 1 or 2."""
    if np.ndim(y) == 2:
        return np.sum(y * W[:np.shape(y)[0], :np.shape(y)[1]])
    return np.sum(y * W[0, :np.shape(y)[0]])


def growth(t, p):
    return np.exp(-p[0] * t) * np.sin(p[1] * t)


PROGRAMS = {
    "fft": (lambda x: mix(np.real(transforms.fft(x))) + mix(np.imag(transforms.fft(x, 5, norm="ortho"))), X),
    "rfft": (lambda x: mix(transforms.irfft(transforms.rfft(x) * np.arange(4.0), 7)), X),
    "fft2": (lambda x: np.sum(np.abs(transforms.fft2(x)) ** 2 * 0.01) + mix(np.real(transforms.ifftn(x))), Y),
    "fftshift": (lambda x: mix(transforms.fftshift(x) * transforms.fftfreq(7, 0.1)), X),
    "trapezoid": (lambda y, t: integrate.trapezoid(y, t) + integrate.trapezoid(y, dx=0.1), X, T),
    "cumulative": (lambda y, t: mix(integrate.cumulative_trapezoid(y, t, initial=0))
                   + mix(integrate.cumulative_trapezoid(y, dx=0.1)), X, T),
    "cumulative of rows": (lambda y: mix(integrate.cumulative_trapezoid(y, axis=0)), Y),
    "simpson of places": (lambda y, t: integrate.simpson(y, t) + integrate.simpson(y[:6], x=t[:6]), X, T),
    "simpson of two": (lambda y, t: integrate.simpson(y[:2], t[:2]) + integrate.simpson(y[:3], t[:3]), X, T),
    "cumulative_simpson": (lambda y, t: mix(integrate.cumulative_simpson(y, x=t, initial=0.5))
                           + mix(integrate.cumulative_simpson(y[:6], dx=0.1)), X, T),
    "cumulative_simpson of rows": (lambda y: mix(integrate.cumulative_simpson(y, axis=0)), Y),
    "romb": (lambda y: integrate.romb(y[:5], 0.3) ** 2, X),
    "romb of rows": (lambda y: mix(integrate.romb(y[:5], axis=0)), Y),
    "idct": (lambda x: mix(transforms.idct(x)) + mix(transforms.idct(x, 3, 5, norm="ortho")), X),
    "idst": (lambda x: mix(transforms.idst(x, 1)) + mix(transforms.idst(x, norm="forward")), X),
    "dctn": (lambda x: mix(transforms.dctn(x)) + mix(transforms.idctn(x, s=(4, 5), norm="ortho")), Y),
    "dstn": (lambda x: mix(transforms.dstn(x, 3, axes=(0,))) + mix(transforms.idstn(x)), Y),
    "simpson": (lambda y: integrate.simpson(y, dx=0.2) ** 2, X),
    "simpson of an even number": (lambda y: mix(integrate.simpson(y, dx=0.2)) + mix(integrate.simpson(y, axis=0)), Y),
    "fixed_quad": (lambda p: integrate.fixed_quad(growth, p[0], p[1], (p,), n=12)[0], np.array([0.5, 2.0])),
    "gaussian": (lambda x: mix(ndimage.gaussian_filter(x, 1.2)) + mix(ndimage.gaussian_filter(x, (0.5, 1.0))), Y),
    "gaussian along an axis": (lambda x: mix(ndimage.gaussian_filter1d(x, 0.8, 0, mode="nearest")), Y),
    "uniform": (lambda x: mix(ndimage.uniform_filter(x)) + mix(ndimage.uniform_filter1d(x, 4, 0, mode="wrap")), Y),
    "correlate": (lambda x, w: mix(ndimage.correlate(x, w)) + mix(ndimage.correlate(x, w, mode="wrap")), Y, M),
    "convolve": (lambda x, w: mix(ndimage.convolve(x, w, mode="constant", cval=0.5)), Y, M),
    "even windows": (lambda x, w: mix(ndimage.convolve(x, w[:2, :2])) + mix(ndimage.correlate(x, w[:2])), Y, M),
    "one axis": (lambda x, w: mix(ndimage.correlate1d(x, w, mode="mirror", origin=1))
                 + mix(ndimage.convolve1d(x, w, 0, mode="constant")) + mix(ndimage.convolve1d(x, w[:2])), Y, K),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_values_and_gradients(program):
    function, *args = program
    for k in range(len(args)):
        value, gradient = pb.value_and_grad(function, wrt=k)(*args)
        assert value == pytest.approx(float(function(*args)), rel=1e-10)
        np.testing.assert_allclose(gradient, numerical(function, args, k), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("program", "match"), [
    (lambda x: mix(ndimage.gaussian_filter(x, 1.0, order=3)), "order="),
    (lambda x: mix(ndimage.gaussian_filter(x, 1.0, radius=2)), "radius"),
    (lambda x: mix(ndimage.median_filter(x, 3)), "median_filter"),
    (lambda x: signal.filtfilt(K, K, x, method="gust"), "gust"),
    (lambda x: signal.savgol_filter(x, 4, 2), "even window"),
    (lambda x: signal.correlate2d(x, x, boundary="wrap"), "boundary="),
])
def test_what_is_refused_names_it(program, match):
    with pytest.raises(pb.UnsupportedError, match=match):
        pb.grad(program)(X)
