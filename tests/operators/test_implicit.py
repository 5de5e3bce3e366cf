"""`pb.implicit`: solutions differentiated by the implicit function theorem."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import ArgumentError, OutputError
from tests.language.checker import numerical

rng = np.random.default_rng(0)
A = rng.standard_normal((3, 3)) + 4.0 * np.eye(3)


def newton(x, a, b):
    """x ** 3 + a x = b, element by element, by Newton's method."""
    for _ in range(60):
        x = x - (x ** 3 + a * x - b) / (3.0 * x ** 2 + a)
    return x


def test_root_of_arrays():
    solver = pb.implicit(newton, root=lambda x, a, b: x ** 3 + a * x - b, guess="x")
    a, b, start = np.array([1.0, 2.0, 0.5]), np.array([3.0, -1.0, 0.2]), np.ones(3)
    f = lambda a, b: np.sum(solver(start, a, b) ** 2 * np.array([1.0, 2.0, 3.0]))
    plain = lambda a, b: float(np.sum(newton(start, a, b) ** 2 * np.array([1.0, 2.0, 3.0])))
    d_a, d_b = pb.grad(f, wrt=(0, 1))(a, b)
    np.testing.assert_allclose(d_a, numerical(plain, [a, b], 0), rtol=1e-6)
    np.testing.assert_allclose(d_b, numerical(plain, [a, b], 1), rtol=1e-6)
    assert "range(60)" not in pb.grad(f).source_for(a, b)


def test_scipy_root_with_a_coupled_system():
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy is an extra")

    def equation(x, p):
        return A @ x + p["c"] * np.sin(x) - p["b"]

    @pb.implicit(root=equation, guess=0)
    def solve(start, p):
        return optimize.root(equation, start, (p,), tol=1e-13).x

    def loss(p):
        return np.sum(solve(np.zeros(3), p) ** 2)

    p = {"b": np.array([1.0, 2.0, 3.0]), "c": 0.3, "name": "p"}
    found = pb.grad(loss)(p)
    assert found["name"] == "p"
    np.testing.assert_allclose(found["b"], numerical(lambda b: loss({**p, "b": b}), [p["b"]], 0), rtol=1e-6)
    np.testing.assert_allclose(found["c"], numerical(lambda c: loss({**p, "c": c}), [0.3], 0), rtol=1e-6)


def one_more_term(product, d):
    """A truncated Neumann series: a solve of the user's own, which the compiler reads."""
    w = d
    for _ in range(60):
        w = d + w - product(w)
    return w


@pytest.mark.parametrize("solve", ["dense", "neumann", one_more_term])
def test_fixed_point(solve):
    def step(x, a):
        return 0.5 * np.cos(x) + a * 0.1

    def iterate(a):
        x = a * 0.0
        for _ in range(200):
            x = step(x, a)
        return x

    solver = pb.implicit(iterate, fixed_point=step, solve=solve)
    a = np.array([0.3, -0.5])
    exact = 0.1 / (1.0 + 0.5 * np.sin(iterate(a)))
    np.testing.assert_allclose(pb.grad(lambda a: np.sum(solver(a)))(a), exact, rtol=1e-12)


@pytest.mark.parametrize("solve", ["dense", "cg"])
def test_minimiser(solve):
    def energy(x, w):
        return np.sum(w * (x - 1.0) ** 2) + 0.1 * np.sum((x[1:] - x[:-1]) ** 2) + np.sum(x * w ** 2)

    def descend(start, w):
        """The minimiser, exactly: the energy is quadratic."""
        n = len(w)
        d = np.diff(np.eye(n), axis=0)
        return np.linalg.solve(2.0 * np.diag(w) + 0.2 * d.T @ d, 2.0 * w - w ** 2)

    solver = pb.implicit(descend, minimises=energy, guess=0, solve=solve)
    w = np.array([1.0, 2.0, 0.7])
    found = pb.grad(lambda w: np.sum(solver(np.zeros(3), w) ** 2))(w)
    np.testing.assert_allclose(found, numerical(lambda w: float(np.sum(descend(w, w) ** 2)), [w], 0), rtol=1e-6)


def test_scalars_and_second_derivatives():
    @pb.implicit(root=lambda x, a: x ** 2 - a, guess="start")
    def square_root(start, a):
        return np.sqrt(a)

    f = lambda a: square_root(1.0, a)
    np.testing.assert_allclose(pb.grad(f)(4.0), 0.25)
    np.testing.assert_allclose(pb.grad(pb.grad(f))(4.0), -0.25 * 4.0 ** -1.5)


def test_the_starting_point_has_no_influence():
    solver = pb.implicit(newton, root=lambda x, a, b: x ** 3 + a * x - b, guess="x")
    start = pb.grad(lambda s: np.sum(solver(s, np.ones(2), np.ones(2))))(np.ones(2))
    np.testing.assert_array_equal(start, [0.0, 0.0])


def test_misuse():
    with pytest.raises(ArgumentError, match="0 equations"):
        pb.implicit(newton)
    with pytest.raises(ArgumentError, match="2 equations"):
        pb.implicit(newton, root=newton, fixed_point=newton)
    with pytest.raises(ArgumentError, match="guess='y'"):
        pb.implicit(newton, root=newton, guess="y")
    with pytest.raises(ArgumentError, match="solve='lu'"):
        pb.implicit(newton, root=newton, solve="lu")
    wrong = pb.implicit(lambda start, a: np.zeros(5), root=lambda x, a: x - a, guess=0)
    with pytest.raises(OutputError, match=r"shape \(5,\)"):
        pb.grad(lambda a: np.sum(wrong(np.zeros(2), a)))(np.ones(2))


def test_forward_mode():
    solver = pb.implicit(newton, root=lambda x, a, b: x ** 3 + a * x - b, guess="x")
    a, b = np.array([1.0, 2.0, 0.5]), np.array([3.0, -1.0, 0.2])
    direction = np.array([1.0, -2.0, 0.3])
    _, tangent = pb.jvp(lambda a: solver(np.ones(3), a, b), (a,), (direction,))
    h = 1e-6
    numeric = (newton(np.ones(3), a + h * direction, b) - newton(np.ones(3), a - h * direction, b)) / (2 * h)
    np.testing.assert_allclose(tangent, numeric, rtol=1e-6)
