"""`scipy.optimize` as it is called: gradients by the implicit function theorem."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

optimize = pytest.importorskip("scipy.optimize")

A = np.array([[4.0, 1.0], [0.5, 3.0]])
P = np.array([1.0, 2.0])


def cubic(x, p, q):
    return x ** 3 + p * x - q


def cubic_slope(x, p, q):
    return 3 * x ** 2 + p


def matrix(x):
    return A


def system(x, p):
    return A @ x + 0.3 * np.sin(x) - p


def step(x, p):
    return 0.5 * np.cos(x) + 0.2 * p


def bowl(x, p):
    return np.sum((x - p) ** 2) + 0.1 * np.sum(x ** 4)


def valley(x, p):
    return (x - p) ** 2 + 0.1 * x ** 4


def residuals(x, p):
    return np.array([x[0] - p[0], x[1] - p[1] * x[0], x[0] * x[1] - 1.0])


def brentq(p, q):
    return optimize.brentq(cubic, 0.0, 5.0, args=(p, q)) ** 2


def newton(p, q):
    return optimize.newton(cubic, 1.0, args=(p, q), tol=1e-13) * p


def bisect(p, q):
    return optimize.bisect(cubic, 0.0, 5.0, (p, q), xtol=1e-14)


@pytest.mark.parametrize("program", [brentq, newton, bisect])
def test_roots_of_numbers(program):
    for k in range(2):
        value, gradient = pb.value_and_grad(program, wrt=k)(2.0, 3.0)
        assert value == pytest.approx(program(2.0, 3.0), rel=1e-12)
        assert gradient == pytest.approx(numerical(program, [2.0, 3.0], k), rel=1e-6)


PROGRAMS = {
    "root": lambda p: np.sum(optimize.root(system, np.zeros(2), args=(p,), tol=1e-13).x ** 2),
    "root of a list": lambda p: np.sum(optimize.root(system, [0.0, 0.0], (p,), tol=1e-13).x * p),
    "fsolve": lambda p: np.sum(optimize.fsolve(system, np.zeros(2), args=p, xtol=1e-13) ** 2),
    "fixed_point": lambda p: np.sum(optimize.fixed_point(step, np.zeros(2), args=(p,), xtol=1e-13) ** 2),
    "minimize": lambda p: np.sum(optimize.minimize(bowl, np.zeros(2), args=(p,), tol=1e-12).x * p),
    "minimize_scalar": lambda p: optimize.minimize_scalar(valley, args=(p[0],), tol=1e-12).x * p[1],
    "closed over": lambda p: optimize.brentq(lambda x: x ** 3 + p[0] * x - p[1], 0.0, 5.0) ** 2,
    "root_scalar": lambda p: optimize.root_scalar(lambda x: cubic(x, p[0], p[1]), bracket=(0.0, p[1] + 3)).root * p[0],
    "root_scalar from a point": lambda p: optimize.root_scalar(cubic, (p[0], p[1]), x0=1.0, fprime=cubic_slope).root,
    "closed over, with a Jacobian": lambda p: np.sum(optimize.root(lambda x: A @ x - p, np.zeros(2), jac=matrix).x ** 2),
    "a minimum of a closure": lambda p: np.sum(optimize.minimize(lambda x: bowl(x, p), np.zeros(2), tol=1e-12).x * p),
    "least_squares": lambda p: np.sum(optimize.least_squares(residuals, np.ones(2), args=(p,), xtol=1e-14,
                                                             ftol=1e-14, gtol=1e-14).x ** 2),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_systems_and_minima(program):
    value, gradient = pb.value_and_grad(program)(P)
    assert value == pytest.approx(program(P), rel=1e-10)
    np.testing.assert_allclose(gradient, numerical(program, [P], 0, 1e-4), rtol=1e-4, atol=1e-5)


TIMES = np.linspace(0.0, 2.0, 9)
WAVES = 2.0 * np.exp(-0.7 * TIMES) + 0.05 * np.sin(7 * TIMES)


def decay(t, a, k):
    return a * np.exp(-k * t)


def decay_slopes(t, a, k):
    return np.stack((np.exp(-k * t), -a * t * np.exp(-k * t)), 1)


def exact_fit(t, y, s):
    """The parameters to the last digit (SciPy stops at about 1e-6), and the inverse of the normal matrix."""
    p = np.array([2.0, 0.7])
    for _ in range(200):
        slopes = decay_slopes(t, *p) / s[:, None]
        p = p - np.linalg.lstsq(slopes, (decay(t, *p) - y) / s, rcond=None)[0]
    return p, np.linalg.inv(slopes.T @ slopes)


def fitted(fit, t, y, s):
    if fit is exact_fit:
        p, inverse = exact_fit(t, y, s)
        spread = inverse * np.sum(((decay(t, *p) - y) / s) ** 2) / 7
    else:
        p, spread = optimize.curve_fit(decay, t, y, p0=[1.0, 0.5], sigma=s, jac=decay_slopes, xtol=1e-12, ftol=1e-12)
    return p[0] * p[1] + 100 * np.sum(spread)


def fitted_by_a_closure(fit, t, y, s):
    if fit is exact_fit:
        p, _ = exact_fit(t, y - s[0], np.ones(9))
    else:
        p, _ = optimize.curve_fit(lambda t, a, k: a * np.exp(-k * t) + s[0], t, y, xtol=1e-12, ftol=1e-12)
    return p[0] * p[1]


def absolutely(fit, t, y, s):
    if fit is exact_fit:
        return np.sum(exact_fit(t, y, s)[1])
    return np.sum(optimize.curve_fit(decay, t, y, [1.0, 0.5], s, True, xtol=1e-12, ftol=1e-12)[1])


@pytest.mark.parametrize("program", [fitted, fitted_by_a_closure, absolutely])
def test_fits_of_curves(program):
    args = [TIMES, WAVES, 0.1 + 0.03 * np.cos(np.arange(9.0))]
    value, gradients = pb.value_and_grad(program, wrt=(1, 2, 3))(None, *args)
    assert value == pytest.approx(program(None, *args), rel=1e-5)
    for k, gradient in enumerate(gradients):
        wanted = numerical(program, [exact_fit, *args], k + 1, 1e-5)
        np.testing.assert_allclose(gradient, wanted, rtol=1e-4, atol=1e-5)


def test_least_squares_with_factors_that_are_not_negative():
    rng = np.random.default_rng(0)
    matrix, right = rng.standard_normal((6, 4)), rng.standard_normal(6)

    def program(a, b):
        x, norm = optimize.nnls(a, b)
        return np.sum(x ** 2) + norm

    assert 0 < np.count_nonzero(optimize.nnls(matrix, right)[0]) < 4
    for k, gradient in enumerate(pb.grad(program, wrt=(0, 1))(matrix, right)):
        np.testing.assert_allclose(gradient, numerical(program, [matrix, right], k), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("program", "match"), [
    (lambda p: optimize.curve_fit(decay, TIMES, WAVES * p[0], bounds=(0, 3))[0][0], "bounds="),
    (lambda p: optimize.curve_fit(lambda t, *c: c[0] * t, TIMES, WAVES * p[0])[0][0], "number of parameters"),
    (lambda p: np.sum(optimize.minimize(bowl, np.zeros(2), args=(p,), bounds=[(0, 1), (0, 1)]).x), "bounds="),
    (lambda p: optimize.minimize_scalar(valley, args=(p[0],), bounds=(0.0, 1.0)).x, "bounds="),
    (lambda p: optimize.root(system, np.zeros(2), args=(p,)).fun[0], "fun"),
    (lambda p: optimize.linprog(p).x[0], "linprog"),
])
def test_what_the_theorem_does_not_say_is_refused(program, match):
    with pytest.raises(pb.UnsupportedError, match=match):
        pb.grad(program)(P)
