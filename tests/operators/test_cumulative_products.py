"""Forward mode over the reverse sweeps of cumulative products: what comes in first does not move."""

import numpy as np
import pytest

import pullback as pb
from tests.language.checker import numerical

M = np.array([[0.7, -1.2, 2.1], [1.5, 0.4, -0.9]])
DIRECTION = np.array([[0.3, -1.0, 0.5], [0.2, 0.8, -0.4]])


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("fn", [np.cumprod, np.nancumprod, np.prod, np.cumsum])
def test_hessian_times_a_vector(fn, axis):
    def squared(m):
        return np.sum(fn(m, axis=axis) ** 2)

    gradient = pb.grad(squared)
    expected = numerical(lambda m: np.sum(gradient(m) * DIRECTION), [M], 0)
    np.testing.assert_allclose(pb.hvp(squared)(M, DIRECTION), expected, rtol=1e-5, atol=1e-6)
