"""Parameters and spellings that the compiler reads as a few lines: value, gradient and Hessian along a direction."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

X = np.array([[0.72, 1.9, 1.3], [0.25, 1.1, 2.2]])
V = np.array([1.2, 0.45, 2.1, 0.9, 1.7])
S = V[:3]


def in_a_loop(x):
    total = 0.0
    for k in range(3):
        total = total + np.sum(np.r_[x[k], x[:k + 1]] ** 2)
    return total


def with_a_step(x):
    points, step = np.linspace(x[0], x[1], 5, retstep=True)
    return np.sum(points ** 2) * step


def with_the_weights(x):
    mean, total = np.average(x, weights=x ** 2, returned=True)
    return mean * total


def by_rows(x):
    products = np.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")
    return np.sum(products(x, x[0]) ** 2)


PROGRAMS = {
    "weights of a quantile": (lambda x: np.sum(np.quantile(x, 0.4, axis=1, weights=[1.0, 2.0, 1.0],
                                                           method="inverted_cdf", keepdims=True) ** 2), X),
    "weights of a covariance": (lambda x: np.cov(x, aweights=np.abs(x)) * 2.0, V),
    "counts of a covariance": (lambda x: np.sum(np.cov(x, x * x, fweights=[1, 2, 1, 1, 3]) ** 2), V),
    "weights of a fit": (lambda x: np.sum(np.polyfit(np.arange(2.0), x, 1, w=[1.0, 2.0]) ** 2), X),
    "a period": (lambda x: np.sum(np.interp(x * 2.9, [0.1, 0.5, 1.2], x[0] ** 2, period=1.5) ** 2), X),
    "a given mean": (lambda x: np.sum(np.var(x, axis=0, mean=np.mean(x, axis=0, keepdims=True), ddof=1) ** 2), X),
    "a correction": (lambda x: np.nanvar(np.where(x > 2, np.nan, x), correction=1) ** 2, X),
    "active positions": (lambda x: np.sum(np.gradient(x, x[:, 0] + np.array([0.0, 5.0]), np.cumsum(x[0]))[1] ** 2), X),
    "active distances": (lambda x: np.sum(np.gradient(np.outer(x, x), x[0], x[1] * 2)[0] ** 2), V),
    "an active border": (lambda x: np.sum(np.pad(x ** 2, 2, constant_values=x[0, 0]) ** 2), X),
    "an odd border": (lambda x: np.sum(np.pad(np.outer(x, x), 2, mode="reflect", reflect_type="odd") ** 2), V),
    "r_": (lambda x: np.sum(np.r_[x[0], 1.0, x[1] ** 2, 0:3] ** 2), X),
    "r_ in a loop": (in_a_loop, V),
    "c_": (lambda x: np.sum((np.c_[x, x ** 2, np.ones(2)] @ np.arange(7.0)) ** 2), X),
    "numbers of a list": (lambda x: sum(v * v for v in x.tolist()), V),
    "rows of a list": (lambda x: np.sum(np.array([[v * v for v in row] for row in x.tolist()]) ** 2), X),
    "what an iterator yields": (lambda x: np.sum(np.fromiter((v * v for v in x), float) ** 2), V),
    "a quotient": (lambda x: np.sum(np.polydiv(x, x[:2] + 1)[0] ** 2) + np.sum(np.polydiv(x, x[:3])[1] ** 2), V),
    "a histogram": (lambda x: np.sum(np.histogramdd(np.arange(10.0).reshape(5, 2), 2, weights=x ** 2)[0] ** 2), V),
    "segments": (lambda x: np.sum(np.multiply.reduceat(x, [0, 2, 1]) ** 2), V),
    "a step": (with_a_step, V),
    "a sum of weights": (with_the_weights, V),
    "a Hermitian inverse": (lambda x: np.sum(np.linalg.pinv(np.outer(x, x) + np.diag(x), hermitian=True) ** 2), S),
    "a condition": (lambda x: np.linalg.cond(np.outer(x, x) + np.diag(x), "fro"), S),
    "a signature": (by_rows, X),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_value_gradient_and_hessian(program):
    function, x = program
    value, gradient = pb.value_and_grad(function)(x)
    assert value == pytest.approx(float(function(x)), rel=1e-12)
    np.testing.assert_allclose(gradient, numerical(function, (x,), 0), rtol=2e-5, atol=2e-6)
    direction, h = np.cos(x), 1e-5
    slope = pb.grad(function)
    expected = (slope(x + h * direction) - slope(x - h * direction)) / (2 * h)
    np.testing.assert_allclose(pb.hvp(function)(x, direction), expected, rtol=1e-5, atol=1e-5)


def test_single_precision_stays_beside_numbers():
    x = V.astype(np.float32)
    assert np.r_[x, 1.0].dtype == pb.value_and_grad(lambda x: np.sum(np.r_[x, 1.0]))(x)[0].dtype == np.float32
    assert pb.grad(lambda x: np.sum(np.r_[x, 1.0] ** 2))(x).dtype == np.float32


@pytest.mark.parametrize(("program", "match"), [
    (lambda x: np.sum(np.r_["r", x, x]), "directive 'r' of `np.r_`"),
    (lambda x: np.sum(np.mgrid[x[0], 0:2]), "a grid of something else than slices"),
    (lambda x: np.quantile(x, [0.2, 0.4], weights=x, method="inverted_cdf")[0], "`weights=` of quantiles"),
    (lambda x: np.polyfit(x, x, 1, full=True)[0][0], "`full=` and `cov=`"),
    (lambda x: np.vectorize(lambda a: (a, a), signature="(n)->(),()")(x)[0], "`signature=` of several results"),
])
def test_what_is_refused_names_it(program, match):
    with pytest.raises(pb.UnsupportedError, match=match):
        pb.grad(program)(V)
