"""`scipy.ndimage` by positions and by derivatives of filters: values are SciPy's, first and second derivatives right."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

ndimage = pytest.importorskip("scipy.ndimage")

rng = np.random.default_rng(0)
IMAGE = rng.standard_normal((6, 5))
INSIDE, FAR = rng.uniform(0.2, 3.8, (2, 7)), rng.uniform(-7.3, 11.7, (2, 9))
BORDERS = ("reflect", "constant", "mirror", "nearest", "wrap")


def agrees(function, *args):
    """Value, gradients, and the Hessian along a direction."""
    wrt = tuple(range(len(args)))
    value, gradients = pb.value_and_grad(function, wrt)(*args)
    assert value == pytest.approx(float(function(*args)), rel=1e-12)
    for k in wrt:
        np.testing.assert_allclose(gradients[k], numerical(function, args, k), rtol=2e-5, atol=2e-6)
    direction, h = tuple(np.cos(a) for a in args), 1e-5
    gradient = pb.grad(function, wrt)
    up, down = (gradient(*(a + s * v for a, v in zip(args, direction, strict=True))) for s in (h, -h))
    for mine, a, b in zip(pb.hvp(function, wrt)(*args, direction), up, down, strict=True):
        np.testing.assert_allclose(mine, (a - b) / (2 * h), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", ["constant", "nearest", "mirror", "reflect", "grid-mirror", "grid-wrap"])
def test_map_coordinates(order, mode):
    if mode == "nearest" and order > 1:
        with pytest.raises(pb.UnsupportedError, match="order=., mode='nearest'"):
            pb.grad(lambda x: np.sum(ndimage.map_coordinates(x, INSIDE, order=order, mode=mode)))(IMAGE)
        return
    agrees(lambda x, c: np.sum(np.sin(ndimage.map_coordinates(x, c, order=order, mode=mode, cval=0.3)) ** 2), IMAGE,
           INSIDE)
    agrees(lambda x: np.sum(ndimage.map_coordinates(x, FAR, order=order, mode=mode) ** 2), IMAGE)


def test_positions_far_outside():
    agrees(lambda c: np.sum(ndimage.map_coordinates(IMAGE, c, mode="reflect") ** 2), FAR)
    agrees(lambda c: np.sum(ndimage.map_coordinates(IMAGE, c, order=1, mode="nearest") ** 2), FAR)


def test_without_the_filter_and_from_lists():
    agrees(lambda x, c: np.sum(ndimage.map_coordinates(x, [c[0], c[1]], prefilter=False) ** 2), IMAGE, INSIDE)


def test_moves():
    agrees(lambda x, s: np.sum(ndimage.shift(x, s, mode="mirror") ** 2), IMAGE, np.array([0.3, 0.7]))
    agrees(lambda x, m: np.sum(ndimage.affine_transform(x, m, [0.33, 0.21], order=1, mode="nearest") ** 2), IMAGE,
           np.array([[0.9, 0.1], [-0.1, 0.8]]))
    agrees(lambda x: np.sum(ndimage.affine_transform(x, [0.7, 0.6], output_shape=(3, 4), mode="reflect") ** 2), IMAGE)


@pytest.mark.parametrize("mode", BORDERS)
@pytest.mark.parametrize("filtered", [
    lambda x, mode: ndimage.sobel(x, mode=mode), lambda x, mode: ndimage.prewitt(x, 0, mode=mode),
    lambda x, mode: ndimage.laplace(x, mode=mode), lambda x, mode: ndimage.gaussian_laplace(x, 0.6, mode=mode),
    lambda x, mode: ndimage.gaussian_gradient_magnitude(x, 0.6, mode=mode),
    lambda x, mode: ndimage.gaussian_filter(x, 0.6, order=(1, 2), mode=mode),
    lambda x, mode: ndimage.gaussian_filter1d(x, 0.6, radius=2, mode=mode),
])
def test_filters_that_differentiate(filtered, mode):
    agrees(lambda x: np.sum(filtered(x, mode) ** 2), IMAGE)


def test_single_precision_stays():
    gradient = pb.grad(lambda x: np.sum(ndimage.map_coordinates(x, INSIDE)))(IMAGE.astype(np.float32))
    assert gradient.dtype == np.float32
