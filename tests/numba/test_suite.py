"""The kernels of the benchmark suite at their tiny size: the same numbers from loops."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb
from benchmarks.kernels import kernels

from .harness import interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")


@pytest.mark.full
@pytest.mark.parametrize("kernel", kernels(), ids=lambda k: k.name)
def test_kernels_agree(kernel):
    value, gradients = pb.value_and_grad(kernel.primal, wrt=kernel.wrt)(*kernel.arguments("tiny"))
    with interpreted(), np.errstate(all="ignore"):
        found, made = pb.value_and_grad(kernel.primal, wrt=kernel.wrt, backend="numba")(*kernel.arguments("tiny"))
    np.testing.assert_allclose(found, value, rtol=1e-9)
    for one, two in zip(made, gradients, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-8, atol=1e-9)
