"""`scipy.stats`: values are SciPy's, gradients right, by the variable, shapes, loc and scale."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

stats = pytest.importorskip("scipy.stats")

X = np.array([0.4, 1.7, 1.2])
Q = np.array([0.2, 0.5, 0.9])
W = np.array([1.0, -2.0, 0.5])
AROUND = ("logpdf", "pdf", "cdf", "logcdf", "sf", "logsf")
#: Shapes that may be differentiated in densities (in distribution functions only those of `CDF_BY_SHAPE`).
SHAPES = {
    "norm": (), "expon": (), "uniform": (), "laplace": (), "logistic": (), "cauchy": (), "gumbel_r": (), "halfnorm": (),
    "rayleigh": (), "t": (3.5,), "gamma": (2.5,), "invgamma": (2.5,), "chi2": (3.5,), "beta": (1.5, 2.5),
    "lognorm": (0.7,), "weibull_min": (1.6,), "pareto": (2.5,),
}
CDF_BY_SHAPE = {"lognorm", "weibull_min", "pareto"}
PLACES = {"uniform": (0.1, 2.0), "beta": (0.2, 2.0), "pareto": (-2.0, 1.5)}
CASES = [(name, method) for name in SHAPES for method in (*AROUND, "ppf")
         if not (name == "invgamma" and method not in ("logpdf", "pdf"))]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_values_and_gradients(name, method):
    function = getattr(getattr(stats, name), method)
    shapes = SHAPES[name]
    place = PLACES.get(name, (-0.3, 1.5))
    x = Q if method in ("ppf", "isf") else X

    def program(x, *parameters):
        return np.sum(W * function(x, *parameters))

    args = [x, *shapes, *place]
    by_shape = method in ("logpdf", "pdf") or name in CDF_BY_SHAPE
    for k in range(len(args)):
        if 0 < k <= len(shapes) and not by_shape:
            with pytest.raises(pb.UnsupportedError):
                pb.grad(program, wrt=k)(*args)
            continue
        value, gradient = pb.value_and_grad(program, wrt=k)(*args)
        assert value == pytest.approx(program(*args), rel=1e-12)
        np.testing.assert_allclose(gradient, numerical(program, args, k), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "shapes"), [("poisson", (1.7,)), ("binom", (5, 0.4)), ("bernoulli", (0.4,)),
                                              ("geom", (0.4,)), ("nbinom", (2.5, 0.4))])
def test_distributions_of_whole_numbers(name, shapes):
    k = np.array([0, 1, 1]) if name == "bernoulli" else np.array([1, 3, 2])
    for method in ("logpmf", "pmf"):
        program = lambda p: np.sum(W * getattr(getattr(stats, name), method)(k, *shapes[:-1], p))  # noqa: B023
        value, gradient = pb.value_and_grad(_written(name, method, k, shapes))(shapes[-1])
        assert value == pytest.approx(program(shapes[-1]), rel=1e-12)
        np.testing.assert_allclose(gradient, numerical(program, [shapes[-1]], 0), rtol=1e-6)


def _written(name, method, k, shapes):
    function = getattr(getattr(stats, name), method)
    first = shapes[:-1]
    return lambda p: np.sum(W * function(k, *first, p))


def spelled(x):
    normal = stats.norm(loc=x[0], scale=x[1])
    frozen = np.sum(normal.logpdf(x) * normal.cdf(x)) + stats.gamma(2.0, scale=x[2]).logpdf(0.7)
    return frozen + stats.t.logpdf(x[0], df=3.0, loc=x[1]) + stats.norm.logpdf([0.3, 0.4], x[0], x[1])[1]


outside = stats.norm(0.5, 2.0)


def test_frozen_distributions_and_keywords():
    value, gradient = pb.value_and_grad(spelled)(X)
    assert value == pytest.approx(spelled(X), rel=1e-12)
    np.testing.assert_allclose(gradient, numerical(spelled, [X], 0), rtol=1e-6)
    np.testing.assert_allclose(pb.grad(lambda x: np.sum(outside.logpdf(x)))(X), -(X - 0.5) / 4.0)


def test_the_support_ends_where_scipy_says():
    points = np.array([-1.0, 0.5, 3.0])
    for name in ("expon", "uniform", "gamma", "chi2", "beta", "lognorm", "weibull_min", "pareto", "halfnorm"):
        shapes = SHAPES[name]
        for method in ("pdf", "cdf", "sf"):
            function = getattr(getattr(stats, name), method)
            value, gradient = pb.value_and_grad(lambda x: np.sum(W * function(x, *shapes)))(points)  # noqa: B023
            assert value == pytest.approx(np.sum(W * function(points, *shapes)))
            assert np.all(np.isfinite(gradient))


def test_extreme_arguments():
    far = np.array([-40.0, 40.0])
    np.testing.assert_allclose(pb.grad(lambda x: np.sum(stats.norm.logcdf(x)))(far), [40.02497, 0.0], rtol=1e-5)
    np.testing.assert_allclose(pb.grad(lambda x: np.sum(stats.logistic.logpdf(x * 100)))(far), [100.0, -100.0])


def test_vectors():
    rng = np.random.default_rng(0)
    mean, root, points = rng.standard_normal(3), rng.standard_normal((3, 3)), rng.standard_normal((4, 3))

    def program(x, mean, root):
        return np.sum(stats.multivariate_normal.logpdf(x, mean, root @ root.T + np.eye(3)) ** 2)

    for args in ([points, mean, root], [points[0], mean, root]):
        for k in range(3):
            value, gradient = pb.value_and_grad(program, wrt=k)(*args)
            assert value == pytest.approx(program(*args), rel=1e-10)
            np.testing.assert_allclose(gradient, numerical(program, args, k), rtol=1e-5, atol=1e-6)
    alpha, simplex = np.array([1.5, 2.5, 3.5]), np.array([0.2, 0.5, 0.3])
    dirichlet = lambda a: stats.dirichlet.logpdf(simplex, a)
    np.testing.assert_allclose(pb.grad(dirichlet)(alpha), numerical(dirichlet, [alpha], 0), rtol=1e-6)


@pytest.mark.parametrize(("program", "match"), [
    (lambda x: stats.norm.entropy(0.0, x[0]), "norm.entropy"),
    (lambda x: stats.skewnorm.logpdf(x[0], 2.0), "skewnorm.logpdf"),
    (lambda x: stats.norm.logpdf(x[0], 0.0, 1.0, 2.0), "arguments of"),
    (lambda x: stats.norm(x[0], 2.0).rvs(), "norm.rvs"),
])
def test_what_has_no_formula_is_refused(program, match):
    with pytest.raises(pb.UnsupportedError, match=match):
        pb.grad(program)(X)
