"""Random draws: once, in order, constants; by reparametrisation where a parameter is differentiated."""

import random

import numpy as np
import pytest

import pullback as pb

rng = np.random.default_rng(0)
X = np.array([0.7, 1.9, 1.3])


def of_the_module(x):
    return np.sum(x * np.random.normal(size=3)) + x[0] * np.random.rand()


def of_a_global(x):
    a = rng.normal(size=3)
    return np.sum(np.sin(x * a)) * rng.random()


def of_an_argument(x, rng):
    return np.sum(x * rng.standard_normal(3)) + rng.uniform(1.0, 2.0) * x[1]


def of_its_own(x):
    own = np.random.default_rng(3)
    return np.sum(x * own.normal(size=3)) * own.random()


def in_a_loop(x, rng):
    total = 0.0
    for _ in range(4):
        noise = rng.normal(size=3)
        if noise[0] > 0:
            total = total + np.sum(np.sin(x * noise))
    return total


def unused(x, rng):
    rng.normal()
    return np.sum(x * rng.normal(size=3))


def whole(x, rng):
    picked = x[rng.permutation(3)]
    return picked @ rng.integers(1, 5, size=3) + np.sum(x * rng.binomial(3, 0.4, size=3))


def of_python(x):
    return x[0] * random.gauss(0.0, 1.0) + x[1] * random.random()


def located(x, rng):
    return np.sum(rng.normal(x, 2.0) ** 2) + np.sum(rng.normal(0.0, x, size=(2, 3)) ** 2)


def families(x, rng):
    parts = [rng.uniform(x, 2.0 * x), rng.exponential(x), rng.laplace(x, x), rng.logistic(x, x), rng.gumbel(x, x),
             rng.lognormal(x, x), rng.rayleigh(x), rng.gamma(2.0, x)]
    return sum(np.sum(np.sin(part)) for part in parts)


def numbers(x, rng):
    return rng.normal(x[0], x[1]) * rng.exponential(x[2])


def seeded(function, seed=7):
    """The function with the state of each generator set before."""
    def run(x):
        global rng
        np.random.seed(seed)
        random.seed(seed)
        rng = np.random.default_rng(seed)
        return function(x) if function.__code__.co_argcount == 1 else function(x, np.random.default_rng(seed))

    return run


PROGRAMS = [of_the_module, of_a_global, of_an_argument, of_its_own, in_a_loop, unused, whole, of_python, located,
            families, numbers]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_draws_are_those_of_the_program(program):
    differentiated = pb.value_and_grad(program)
    if program.__code__.co_argcount == 1:
        value, gradient = seeded(lambda x: differentiated(x))(X)
    else:
        value, gradient = differentiated(X, np.random.default_rng(7))
    plain = seeded(program)
    assert value == pytest.approx(plain(X), rel=1e-12)
    differences = [(plain(X + 1e-6 * e) - plain(X - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_gradient_leaves_the_generator_where_the_program_does(program):
    if program.__code__.co_argcount == 1:
        left = []
        gradient = pb.grad(program)
        for run in (seeded(lambda x: program(x)), seeded(lambda x: gradient(x))):
            run(X)
            left.append((np.random.random(), random.random(), rng.random()))
        assert left[0] == left[1]
    else:
        first, second = np.random.default_rng(7), np.random.default_rng(7)
        program(X, first)
        pb.grad(program)(X, second)
        assert first.random() == second.random()


def test_another_generator_needs_no_new_code():
    gradient = pb.grad(of_an_argument)
    first = gradient(X, np.random.default_rng(1))
    assert np.all(first == gradient(X, np.random.default_rng(1)))
    assert np.all(first != gradient(X, np.random.default_rng(2)))


def test_legacy_generators_draw_the_same_numbers():
    def program(x, state):
        return np.sum(state.normal(x, 2.0) ** 2) + np.sum(state.uniform(x, 3.0)) + state.exponential(x[0])

    value, gradient = pb.value_and_grad(program)(X, np.random.RandomState(7))
    plain = lambda x: program(x, np.random.RandomState(7))
    assert value == pytest.approx(plain(X), rel=1e-12)
    differences = [(plain(X + 1e-6 * e) - plain(X - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6)


@pytest.mark.parametrize(("program", "match"), [
    (lambda x: np.sum(rng.binomial(3, x / 4)), "binomial"),
    (lambda x: np.sum(rng.gamma(x)), "gamma"),
    (lambda x: np.sum(rng.choice(x, 2)), "choice"),
    (lambda x: np.sum(rng.multivariate_hypergeometric(x, 2)), "multivariate_hypergeometric"),
])
def test_what_has_no_reparametrisation_is_refused(program, match):
    with pytest.raises(pb.UnsupportedError, match=match):
        pb.grad(program)(X)
