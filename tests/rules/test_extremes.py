"""Extreme arguments: the adjoint neither overflows nor warns where the primal does not, and is right there."""

import warnings

import numpy as np
import pytest

import pullback as pb

special = pytest.importorskip("scipy.special")
stats = pytest.importorskip("scipy.stats")

WIDE = [-1e3, -750.0, -40.0, 0.0, 40.0, 750.0, 1e3]


def logistic(x):
    return special.expit(x)


#: {name: (program, x, gradient)}
PROGRAMS = {
    "sigmoid": (lambda x: np.sum(1 / (1 + np.exp(-x))), [-600.0, -40.0, 0.0, 40.0, 700.0],
                lambda x: logistic(x) * logistic(-x)),
    "expit": (lambda x: np.sum(special.expit(x)), WIDE, lambda x: logistic(x) * logistic(-x)),
    "log_expit": (lambda x: np.sum(special.log_expit(x)), WIDE, lambda x: logistic(-x)),
    "softplus": (lambda x: np.sum(np.logaddexp(x, 0.0)), WIDE, logistic),
    "softplus by parts": (lambda x: np.sum(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)), [-750.0, -2.0, 3.0, 750.0],
                          logistic),
    "logsumexp": (lambda x: special.logsumexp(x), WIDE, special.softmax),
    "logsumexp by hand": (lambda x: np.max(x) + np.log(np.sum(np.exp(x - np.max(x)))), WIDE, special.softmax),
    "softmax": (lambda x: special.softmax(x)[-1], WIDE,
                lambda x: special.softmax(x)[-1] * (np.eye(7)[-1] - special.softmax(x))),
    "log_softmax": (lambda x: special.log_softmax(x)[1], WIDE, lambda x: np.eye(7)[1] - special.softmax(x)),
    "tanh": (lambda x: np.sum(np.tanh(x)), WIDE, lambda x: 1 - np.tanh(x) ** 2),
    "log cosh": (lambda x: np.sum(np.log(np.cosh(x))), [-700.0, 0.0, 700.0], np.tanh),
    "norm": (lambda x: np.linalg.norm(x), [3e150, 4e150], lambda x: [0.6, 0.8]),
    "norm of small numbers": (lambda x: np.linalg.norm(x), [3e-150, 4e-150], lambda x: [0.6, 0.8]),
    "hypot": (lambda x: np.hypot(x[0], x[1]), [3e200, 4e200], lambda x: [0.6, 0.8]),
    "hypot of small numbers": (lambda x: np.hypot(x[0], x[1]), [3e-200, 4e-200], lambda x: [0.6, 0.8]),
    "modulus": (lambda x: np.abs(x[0] + 1j * x[1]), [3e200, 4e200], lambda x: [0.6, 0.8]),
    "std": (lambda x: np.std(x), [1e150, 2e150, 3e150], lambda x: np.array([-1.0, 0.0, 1.0]) / np.sqrt(6)),
    "slogdet": (lambda x: np.linalg.slogdet(np.diag(x))[1], [1e-200, 1e200, 1e300], lambda x: 1 / x),
    "norm.logpdf": (lambda x: np.sum(stats.norm.logpdf(x)), [-1e150, -1e3, 0.0, 1e3], lambda x: -x),
    "norm.logcdf": (lambda x: np.sum(stats.norm.logcdf(x)), [-1e3, -40.0, 0.0, 40.0],
                    lambda x: np.sqrt(2 / np.pi) / special.erfcx(-x / np.sqrt(2))),
    "logistic.logpdf": (lambda x: np.sum(stats.logistic.logpdf(x)), WIDE, lambda x: -np.tanh(x / 2)),
    "cauchy.logpdf": (lambda x: np.sum(stats.cauchy.logpdf(x)), [-1e100, 0.0, 1e100], lambda x: -2 * x / (1 + x * x)),
    "gamma.logpdf": (lambda x: np.sum(stats.gamma.logpdf(x, 2.0)), [1e-300, 1.0, 1e300], lambda x: 1 / x - 1),
    "gumbel_r.logpdf": (lambda x: np.sum(stats.gumbel_r.logpdf(x)), [-6.0, 0.0, 750.0], lambda x: np.exp(-x) - 1),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_an_extreme_argument(program):
    function, x, gradient = program
    x = np.array(x)
    with warnings.catch_warnings(record=True) as by_primal:
        warnings.simplefilter("always")
        assert np.isfinite(function(x))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if by_primal else "error")
        found = pb.grad(function)(x)
    with np.errstate(all="ignore"):
        expected = np.array(gradient(x), float)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-16 * np.max(np.abs(expected)))
