"""The kernels of the suite: pullback's gradient is right by central differences, and the arguments stay as they were."""

from types import SimpleNamespace

import numpy as np
import pytest

import pullback as pb
from benchmarks.contenders import check, jax_loops_contender
from benchmarks.kernels import MODULES, jax_transcribed, kernels
from benchmarks.kernels.kernel import SIZES
from benchmarks.problem import as_arrays

KERNELS = {kernel.name: kernel for kernel in kernels()}


def slope(kernel, arguments, directions, step):
    """The central difference of the primal along `directions`."""
    ends = []
    for signed in (step, -step):
        moved = list(arguments)
        for position, direction in zip(kernel.positions, directions, strict=True):
            moved[position] = moved[position] + signed * direction
        ends.append(kernel.primal(*moved))
    return (ends[0] - ends[1]) / (2.0 * step)


@pytest.mark.parametrize("name", KERNELS)
def test_gradient_agrees_with_central_differences(name):
    kernel = KERNELS[name]
    arguments = kernel.arguments("tiny")
    before = [np.copy(a) for a in arguments]
    value, gradients = pb.value_and_grad(kernel.primal, wrt=kernel.wrt)(*arguments)
    for now, then in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(now, then)
    np.testing.assert_allclose(value, kernel.primal(*arguments), rtol=1e-13)
    for now, then in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(now, then)
    rng = np.random.default_rng(1)
    directions = [rng.standard_normal(arguments[i].shape) for i in kernel.positions]
    exact = sum(float(np.sum(g * d)) for g, d in zip(gradients, directions, strict=True))
    assert abs(exact) > 1e-6
    np.testing.assert_allclose(slope(kernel, arguments, directions, 1e-5), exact, rtol=1e-6)


def test_there_are_at_least_thirty_kernels_at_every_size():
    assert len(KERNELS) >= 30
    assert len(KERNELS) == sum(len(module.KERNELS) for module in MODULES)
    assert {kernel.family for kernel in KERNELS.values()} == {"loop", "array"}
    for kernel in KERNELS.values():
        assert tuple(kernel.sizes) == SIZES


def test_arguments_are_the_same_in_every_call():
    for kernel in KERNELS.values():
        for one, two in zip(kernel.arguments("tiny"), kernel.arguments("tiny"), strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", sorted(jax_transcribed.WRITTEN))
def test_loops_transcribed_for_jax_compute_the_same_gradient(name):
    pytest.importorskip("jax", reason="JAX is a peer of the benchmarks, not needed by pullback")
    program = KERNELS[name].program("tiny")
    expected = as_arrays(pb.value_and_grad(program.loss, wrt=program.wrt)(*program.arguments))
    check(jax_loops_contender(program), expected)


@pytest.mark.parametrize("name", [name for name, kernel in KERNELS.items() if kernel.hand])
def test_adjoint_by_hand_is_right_as_plain_python(name):
    """The text that Numba compiles, run by the interpreter: a stand-in for numba leaves the functions alone."""
    kernel = KERNELS[name]
    arguments = kernel.arguments("tiny")
    value, gradients = kernel.hand(SimpleNamespace(njit=lambda fn: fn))(*arguments)
    expected, exact = pb.value_and_grad(kernel.primal, wrt=kernel.wrt)(*arguments)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    for mine, theirs in zip(gradients, exact, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-13)


def test_five_kernels_have_an_adjoint_by_hand():
    assert sum(kernel.hand is not None for kernel in KERNELS.values()) >= 5
