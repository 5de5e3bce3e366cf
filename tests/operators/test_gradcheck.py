"""`pb.gradcheck` and `pb.gradgradcheck`: what passes, what does not, and what the message says."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import gradcheck as module
from pullback.runtime.errors import ArgumentError, GradcheckError

rng = np.random.default_rng(0)


def planted(factor, entry=None):
    """`vjp` with one cotangent wrong by a factor (everywhere, or at one entry)."""
    real = module.vjp

    def wrong(fn, *args, **options):
        value, pull = real(fn, *args, **options)

        def changed(cotangent):
            first, *rest = pull(cotangent)
            first = np.array(first)
            first[() if entry is None else entry] *= factor
            return (first, *rest)

        return value, changed

    return wrong


@pytest.mark.parametrize("fn", [
    lambda x, y: np.sin(x) @ y,
    lambda x, y: (np.sum(x * 2), y * x[0, 0]),
    lambda x, y: {"a": np.exp(x), "b": [y, 3]},
])
def test_right_gradients_pass(fn):
    assert pb.gradcheck(fn, (rng.standard_normal((2, 3)), rng.standard_normal(3)))


def test_float32_complex_and_structures_pass():
    assert pb.gradcheck(lambda x: np.tanh(x) * x, rng.standard_normal(4).astype(np.float32))
    assert pb.gradcheck(lambda z: np.abs(np.exp(z)) ** 2, np.array([0.3 + 0.2j, -1.0 + 1j]))
    assert pb.gradcheck(lambda p: np.sum(p["w"] * p["s"]), ({"w": np.ones(3), "s": 2.0, "n": 1},))
    assert pb.gradcheck(lambda x: x * x, 3.0)
    assert pb.gradcheck(lambda x: np.sum(x), np.zeros(0))


def test_a_wrong_factor_is_found_and_the_worst_entry_named(monkeypatch):
    monkeypatch.setattr(module, "vjp", planted(1.001, (1, 2)))
    with pytest.raises(GradcheckError, match=r"by argument 0\[1, 2\] is [-\d.e]+, central differences give"):
        pb.gradcheck(lambda x: np.exp(x), (rng.standard_normal((2, 3)) + 2,))


def test_a_slightly_wrong_gradient_is_found(monkeypatch):
    monkeypatch.setattr(module, "vjp", planted(1.0001))
    with pytest.raises(GradcheckError):
        pb.gradcheck(lambda x: np.exp(x), (rng.standard_normal(3) + 2,))


def test_the_error_is_of_both_families():
    assert issubclass(GradcheckError, RuntimeError) and issubclass(GradcheckError, AssertionError)
    assert pb.autograd.GradcheckError is GradcheckError


def test_a_kink_is_found():
    with pytest.raises(GradcheckError, match="kink"):
        pb.gradcheck(lambda x: np.abs(x), (np.array([1e-7, 1.0]),))


def test_refusals():
    with pytest.raises(ArgumentError, match="without a float"):
        pb.gradcheck(lambda n: n, (3,))
    with pytest.raises(ArgumentError, match="wrt=4"):
        pb.gradcheck(lambda n: n, (3.0,), wrt=4)
    with pytest.raises(ArgumentError, match="pb.autograd.gradcheck"):
        pb.gradcheck(lambda n: n, (pb.tensor(3.0),))


def test_only_the_chosen_arguments_are_checked():
    assert pb.gradcheck(lambda x, y: x * np.abs(y), (2.0, np.zeros(2)), wrt=0)


def test_second_derivatives_are_checked():
    assert pb.gradgradcheck(lambda x, y: np.sum(np.sin(x) * y ** 2), (rng.standard_normal(3), rng.standard_normal(3)))
    assert pb.gradgradcheck(lambda x: x ** 3, 2.0)


def test_a_wrong_second_derivative_is_found():
    @pb.custom_vjp
    def square(x):
        return x * x

    square.defvjp(lambda x: (x * x, x), lambda x, d: d * 2.0 * pb.stop_gradient(x))
    assert pb.gradcheck(lambda x: np.sum(square(x)), (np.array([1.0, 2.0]),))
    with pytest.raises(GradcheckError):
        pb.gradgradcheck(lambda x: np.sum(square(x)), (np.array([1.0, 2.0]),))
