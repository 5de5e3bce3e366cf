"""`scipy.interpolate`: values are SciPy's; gradients by the knots, the data and the places, tangents, second order."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

interpolate = pytest.importorskip("scipy.interpolate")

rng = np.random.default_rng(0)
X = np.cumsum(rng.random(7) + 0.2)
Y, Y2 = rng.standard_normal(7), rng.standard_normal((7, 2))
Q = np.array([X[0] + 0.1, 1.3, 2.2, X[3] + 0.01])
FAR = np.append(Q, X[-1] + 0.2)
W = Y2[:2, :1]
KNOTS, COEFFICIENTS = np.concatenate((X[:1], X[:1], X[:1], X, X[-1:], X[-1:], X[-1:])), rng.standard_normal(9)
G1, G2, V = np.linspace(0, 1, 5), np.linspace(0, 2, 6), rng.standard_normal((5, 6, 2))
PLACES = rng.random((4, 2))
SPLINE, FIFTH = interpolate.CubicSpline(X, Y2), interpolate.make_interp_spline(X, Y, k=5)


def spline(**options):
    return lambda x, y, q: np.sum(interpolate.CubicSpline(x, y, **options)(q) ** 2)


def curved(x, y, q):
    return np.sum(interpolate.CubicSpline(x, y, bc_type=("clamped", (2, y[0])))(q) ** 2)


def line(**options):
    return lambda x, y, q: np.sum(interpolate.interp1d(x, y, **options)(q) ** 2)


def periodic(x, y, q):
    closed = np.concatenate((y[:-1], y[:1]))
    return np.sum(interpolate.CubicSpline(x, closed, bc_type="periodic")(q) ** 2)


def integrals(x, y, q):
    made = interpolate.CubicSpline(x, y)
    return made.integrate(q[0], q[1]) ** 2 + np.sum(made.derivative()(q)) + np.sum(made.antiderivative()(q))


def of_few(x, y, q):
    return np.sum(interpolate.CubicSpline(x[:3], y[:3])(q) ** 2) + interpolate.CubicSpline(x[:2], y[:2])(q[0])


def along_an_axis(x, y, q):
    return np.sum(W * (interpolate.interp1d(x, y.T)(q) ** 2 + interpolate.CubicSpline(x, y.T, axis=1)(q)))


def akima(x, y, q):
    return np.sum(interpolate.Akima1DInterpolator(x, y)(q) ** 2
                  + interpolate.Akima1DInterpolator(x, y, method="makima")(q))


def picks(x, y, q):
    return np.sum((interpolate.interp1d(x, y, kind="nearest")(q) + interpolate.interp1d(x, y, kind="next")(q)
                   + interpolate.interp1d(x, y, kind="previous")(q)) ** 2)


def filled(x, y, q):
    return np.sum(interpolate.interp1d(x, y, bounds_error=False, fill_value=(1.0, y[0]))(q + 3) ** 2)


def interpolating(x, y, q):
    return sum(np.sum(interpolate.make_interp_spline(x, y, k=k)(q, nu) ** 2) for k, nu in ((1, 0), (3, 0), (2, 1)))


def grid(a, b, v, q):
    return np.sum(interpolate.RegularGridInterpolator((a, b), v)(q) ** 2)


PROGRAMS = {
    "not-a-knot": (spline(), X, Y, FAR), "natural": (spline(bc_type="natural"), X, Y, FAR),
    "clamped, curved": (curved, X, Y, Q), "periodic": (periodic, X, Y, FAR),
    "derivative": (lambda x, y, q: np.sum(interpolate.CubicSpline(x, y)(q, 1) ** 2), X, Y, FAR),
    "of few": (of_few, X, Y, Q), "integrals": (integrals, X, Y, Q), "rows": (spline(), X, Y2, Q),
    "an axis": (along_an_axis, X, Y2, Q), "akima": (akima, X, Y, Q),
    "pchip": (lambda x, y, q: np.sum(interpolate.PchipInterpolator(x, y)(q) ** 2), X, Y, Q),
    "hermite": (lambda x, y, q: np.sum(interpolate.CubicHermiteSpline(x, y, y * x)(q) ** 2), X, Y, Q),
    "line": (line(), X, Y, Q), "cubic": (line(kind="cubic", fill_value="extrapolate"), X, Y, FAR),
    "quadratic": (line(kind="quadratic"), X, Y, Q), "picks": (picks, X, Y, Q), "filled": (filled, X, Y, Q),
    "interpolating": (interpolating, X, Y, Q),
    "b-spline": (lambda c, q: np.sum(interpolate.BSpline(KNOTS, c, 3)(q) ** 2), COEFFICIENTS, Q),
    "grid": (grid, G1, G2, V, PLACES),
    "nearest": (lambda v, q: np.sum(interpolate.RegularGridInterpolator((G1, G2), v, "nearest")(q) ** 2), V, PLACES),
    "beyond the grid": (lambda v, q: np.sum(interpolate.RegularGridInterpolator(
        (G1, G2), v, bounds_error=False, fill_value=None)(q * 3) ** 2), V, PLACES),
    "coordinates": (lambda v, q: np.sum(interpolate.RegularGridInterpolator((G1, G2), v)((q[:, 0], q[:, 1]))), V, PLACES),
    "made outside": (lambda q: np.sum(SPLINE(q) ** 2) + np.sum(SPLINE(q, 1) * FIFTH(q)[:, None]), Q),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_gradients_and_tangents(name):
    function, *args = PROGRAMS[name]
    value, gradients = pb.value_and_grad(function, wrt=tuple(range(len(args))))(*args)
    assert value == pytest.approx(float(function(*args)), rel=1e-11)
    tangents = tuple(rng.standard_normal(a.shape) for a in args)
    for k, gradient in enumerate(gradients):
        np.testing.assert_allclose(gradient, numerical(function, args, k), rtol=2e-5, atol=1e-5)
    along = sum(np.sum(g * t) for g, t in zip(gradients, tangents, strict=True))
    assert pb.jvp(function, tuple(args), tangents)[1] == pytest.approx(along, rel=1e-9)


@pytest.mark.parametrize("name", ["not-a-knot", "line", "made outside"])
def test_second_derivatives_by_the_places(name):
    function, *args = PROGRAMS[name]
    gradient, places = pb.grad(function, wrt=len(args) - 1), args.pop()
    hessian = pb.hessian(function, wrt=len(args))(*args, places)
    step = 1e-6 * np.eye(len(places))
    wanted = np.stack([(gradient(*args, places + e) - gradient(*args, places - e)) / 2e-6 for e in step])
    np.testing.assert_allclose(hessian, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("program", "error", "match"), [
    (lambda q: np.sum(interpolate.interp1d(X, Y)(q + 10)), ValueError, "outside of the interpolation range"),
    (lambda q: np.sum(interpolate.RegularGridInterpolator((G1,), V[:, 0, 0])(q)), ValueError, "out of bounds"),
    (lambda q: np.sum(interpolate.RegularGridInterpolator((G1,), V[:, 0, 0], "cubic")(q)), pb.NoRuleError, "method="),
    (lambda q: np.sum(interpolate.make_interp_spline(X, Y, bc_type="natural")(q)), pb.NoRuleError, "bc_type="),
    (lambda q: interpolate.UnivariateSpline(X, q)(1.0), pb.UnsupportedError, "UnivariateSpline"),
])
def test_what_cannot_be_is_an_error(program, error, match):
    with pytest.raises(error, match=match):
        pb.grad(program)(np.append(Q, [2.0, 3.0, 4.0])[:len(X)])
