"""`scipy.integrate`: quad, solve_ivp and odeint, by their arguments, by what their functions close over, by times."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

integrate = pytest.importorskip("scipy.integrate")

P = np.array([1.3, 0.7, 2.0])
DIRECTION = np.array([0.5, -1.0, 0.3])
TIGHT = 1e-10


def wave(x, a, b):
    return np.exp(-a * x) * np.sin(b * x)


def closed(p):
    def integrand(x, power=p[1]):
        return p[0] * x ** power + np.sum(p)

    return integrate.quad(integrand, 0.0, p[2])[0] ** 2


def double(p):
    return integrate.dblquad(lambda y, x: np.cos(p[0] * x * y), 0.0, p[1], 0.0, lambda x: p[2] * x)[0]


QUADRATURES = {
    "arguments": lambda p: integrate.quad(wave, 0.0, 2.0, args=(p[0], p[1]))[0] * p[2],
    "limits": lambda p: integrate.quad(wave, p[0] - 1, p[2], (p[1], 3.0))[0],
    "to infinity": lambda p: integrate.quad(lambda x: np.exp(-p[0] * x * x) * p[1], p[2] - 2, np.inf)[0],
    "closed over": closed,
    "options": lambda p: integrate.quad(lambda x: abs(x - 0.5) * p[0], 0, 1, points=[0.5], limit=80, epsabs=1e-12)[0],
    "the error is a constant": lambda p: p[0] * (1 + 0 * integrate.quad(wave, 0.0, 1.0, (p[0], p[1]))[1]),
    "double": double,
}


def prey(t, y, a, b):
    return [a * y[0] - b * y[0] * y[1], y[0] * y[1] - y[1]]


def pendulum(p, **options):
    def rhs(t, y):
        return np.array([y[1], -p[0] * np.sin(y[0]) - p[1] * y[1] * np.cos(t)])

    path = integrate.solve_ivp(rhs, (0.0, 2.0), [p[2], 0.1], rtol=TIGHT, atol=TIGHT, **options)
    return path.y[0, -1] * p[0]


def sampled(p):
    path = integrate.solve_ivp(prey, (0, 2), p[1:], t_eval=np.linspace(0.0, 2.0, 5), args=(p[0], 0.8), rtol=TIGHT,
                               atol=TIGHT)
    return np.sum(path.y ** 2) + np.sum(path.t)


def moving_times(p):
    path = integrate.solve_ivp(lambda t, y: p[0] * np.cos(t) - y, (0.1 * p[0], 3.0), np.ones(1), rtol=TIGHT, atol=TIGHT,
                               t_eval=np.stack([p[1], p[2]]))
    return path.y[0, 0] * path.y[0, 1] * path.t[1]


def moving_ends(p):
    path = integrate.solve_ivp(lambda t, y: p[0] * np.cos(t) - y, (p[1], p[2]), np.ones(1), rtol=TIGHT, atol=TIGHT)
    return path.y[0, -1] * path.t[-1] + path.y[0, 0] + path.t[0]


def stiff(method, jac=None):
    def program(p):
        path = integrate.solve_ivp(relaxation, (0.0, 1.0), p[2:], method, args=(p[0], p[1]), jac=jac, rtol=1e-9,
                                   atol=1e-10)
        return path.y[0, -1]

    return program


def relaxation(t, y, a, b):
    return -300 * a * (y - np.cos(b * t))


def relaxation_slope(t, y, a, b):
    return np.array([[-300 * a]])


def odeint(p):
    y = integrate.odeint(lambda y, t: np.stack([y[1], -p[0] * y[0] - 0.1 * t]), p[1:], np.linspace(0.0, 2.0, 4),
                         rtol=TIGHT, atol=TIGHT)
    return np.sum(y ** 2)


PATHS = {
    "pendulum": pendulum, "sampled": sampled, "moving times": moving_times, "moving ends": moving_ends,
    "RK23": lambda p: pendulum(p, method="RK23", max_step=0.5), "DOP853": lambda p: pendulum(p, method="DOP853"),
    "Radau": stiff("Radau"), "Radau with its Jacobian": stiff("Radau", relaxation_slope), "BDF": stiff("BDF"),
    "LSODA": stiff("LSODA"), "odeint": odeint,
    "odeint, time first": lambda p: integrate.odeint(prey, p[:2], np.arange(3.0), (p[2], 0.3), tfirst=True, rtol=TIGHT,
                                                     atol=TIGHT)[-1, 0],
    "a number to start from": lambda p: integrate.odeint(lambda y, t, k: -k * y, p[0], np.arange(3.0), (p[1],))[2, 0],
}
LOOSE = {"RK23": 3e-6, "BDF": 3e-6, "LSODA": 5e-6}  # the differences are of noisier values


@pytest.mark.parametrize("name", [*QUADRATURES, *PATHS])
def test_values_gradients_and_tangents(name):
    program = {**QUADRATURES, **PATHS}[name]
    value, gradient = pb.value_and_grad(program)(P)
    tolerance = LOOSE.get(name, 4e-7)
    assert value == pytest.approx(float(program(P)), rel=1e-12)
    np.testing.assert_allclose(gradient, numerical(program, [P], 0, 1e-4), rtol=tolerance, atol=tolerance)
    pushed_value, tangent = pb.jvp(program, (P,), (DIRECTION,))
    assert pushed_value == pytest.approx(value, rel=1e-12)
    assert tangent == pytest.approx(gradient @ DIRECTION, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("name", ["arguments", "limits", "closed over", "sampled", "moving times", "odeint"])
def test_second_derivatives(name):
    program = {**QUADRATURES, **PATHS}[name]
    gradient = pb.grad(program)
    differences = np.stack([(gradient(P + 1e-4 * e) - gradient(P - 1e-4 * e)) / 2e-4 for e in np.eye(3)])
    np.testing.assert_allclose(pb.hessian(program)(P), differences, rtol=2e-5, atol=2e-5)


CALLS = []


def noted(x):
    CALLS.append(x)
    return x


def noting(p):
    return integrate.quad(lambda x: p * noted(x), 0.0, 1.0)[0]


def noting_field(p):
    return integrate.odeint(lambda y, t: -p * noted(y), 1.0, np.arange(3.0))[1, 0]


def test_the_gradient_of_a_neural_ode_is_that_of_jax():
    jax = pytest.importorskip("jax")
    ode = pytest.importorskip("jax.experimental.ode")
    rng = np.random.default_rng(0)
    w, v, y0, t = rng.normal(size=(4, 2)), rng.normal(size=(2, 4)), rng.normal(size=2), np.linspace(0.0, 1.0, 4)

    def loss(w, v, y0):
        y = integrate.odeint(lambda y, t: v @ np.tanh(w @ y + t), y0, t, rtol=1e-10, atol=1e-10)
        return np.sum(y ** 2)

    def theirs(w, v, y0):
        y = ode.odeint(lambda y, t: v @ jax.numpy.tanh(w @ y + t), y0, t, rtol=1e-10, atol=1e-10)
        return jax.numpy.sum(y ** 2)

    with jax.enable_x64(True):
        wanted = jax.grad(theirs, (0, 1, 2))(w, v, y0)
        for mine, other in zip(pb.grad(loss, wrt=(0, 1, 2))(w, v, y0), wanted, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-8)


def changing(p):
    count = [0.0]

    def integrand(x):
        count[0] = count[0] + 1.0
        return p * x

    return integrate.quad(integrand, 0.0, 1.0)[0]


@pytest.mark.parametrize(("program", "match"), [
    (lambda p: integrate.quad(wave, 0.0, 1.0, (p, p), weight="cos", wvar=2.0)[0], "weight="),
    (lambda p: integrate.solve_ivp(prey, (0, 1), [p, p], args=(p, p), dense_output=True).y[0, 0], "dense_output="),
    (lambda p: integrate.solve_ivp(prey, (0, 1), [p, p], args=(p, p), events=prey).y[0, 0], "events="),
    (lambda p: integrate.odeint(prey, [p, p], np.arange(3.0), (p, p), full_output=1)[0][0, 0], "full_output="),
    (lambda p: integrate.solve_ivp(prey, (0, 1), [p, p], args=(p, p)).nfev * p, "nfev"),
    (lambda p: np.real(integrate.solve_ivp(prey, (0, 1), [p + 1j, p], args=(p, p)).y[0, 0]), "complex"),
    (changing, "which changes `count`"),
    (noting, "that changes something"),
    (noting_field, "that changes something"),
])
def test_what_is_not_differentiated_is_refused_by_name(program, match):
    with pytest.raises(pb.UnsupportedError, match=match):
        pb.grad(program)(0.7)


def test_a_solution_that_stops_early_is_an_error():
    def program(p):
        return integrate.solve_ivp(lambda t, y: p * y ** 2, (0.0, 3.0), np.ones(1)).y[0, -1]

    with pytest.raises(pb.OutputError, match="stopped early"), np.errstate(all="ignore"):
        pb.grad(program)(1.0)
