"""The kernels of the suite: pullback's gradient is right by central differences, and the arguments stay as they were."""

import numpy as np
import pytest

import pullback as pb
from benchmarks.kernels import MODULES, kernels
from benchmarks.kernels.kernel import SIZES

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
