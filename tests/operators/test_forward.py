"""Forward mode against central differences, reverse mode, and itself."""

import numpy as np
import pytest

import pullback as pb

from .checks import DIRECTION, assert_slope
from .programs import PROGRAMS


@pytest.mark.parametrize("name", PROGRAMS)
def test_forward(name):
    f, x = PROGRAMS[name]
    value, tangent = pb.jvp(f, (x,), (DIRECTION,))
    assert value == f(x)
    assert type(tangent) is type(value)
    assert_slope(tangent, f, x)
    np.testing.assert_allclose(tangent, np.sum(pb.grad(f)(x) * DIRECTION), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", PROGRAMS)
def test_forward_over_reverse(name):
    f, x = PROGRAMS[name]
    value, tangent = pb.jvp(pb.grad(f), (x,), (DIRECTION,))
    np.testing.assert_allclose(value, pb.grad(f)(x), rtol=1e-13)
    assert_slope(tangent, pb.grad(f), x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_reverse_over_forward(name):
    f, x = PROGRAMS[name]
    found = pb.grad(lambda x: pb.jvp(f, (x,), (DIRECTION,))[1])(x)
    assert_slope(found, pb.grad(f), x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_forward_over_forward(name):
    f, x = PROGRAMS[name]
    slope = pb.jvp(lambda x: pb.jvp(f, (x,), (DIRECTION,))[1], (x,), (DIRECTION,))[1]
    np.testing.assert_allclose(slope, np.sum(pb.jvp(pb.grad(f), (x,), (DIRECTION,))[1] * DIRECTION), rtol=1e-9)
