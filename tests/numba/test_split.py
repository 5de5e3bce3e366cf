"""`vjp` and `@differentiable` with loops: values, pullbacks that run twice, tapes handed from one function to the other."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from . import kernels
from .harness import LANGUAGE, interpreted, language_programs

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

PROGRAMS = [pytest.param(fn, args, id=fn.__name__) for module in LANGUAGE for fn, args in language_programs(module)]


def compare(fn, args):
    value, pull = pb.vjp(fn, *copy.deepcopy(args))
    found, pull_found = pb.vjp(fn, *copy.deepcopy(args), backend="numba")
    np.testing.assert_allclose(found, value, rtol=1e-9)
    seed = np.ones_like(value)[()]
    for _ in range(2):
        for one, two in zip(pull_found(seed), pull(seed), strict=True):
            if two is not None:
                np.testing.assert_allclose(one, two, rtol=1e-8, atol=1e-11)


@pytest.mark.full
@pytest.mark.parametrize(("fn", "args"), PROGRAMS)
def test_pullbacks_agree(fn, args):
    with interpreted(), np.errstate(all="ignore"):
        try:
            compare(fn, args)
        except UnsupportedError as error:
            assert error.where is not None


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_pullbacks_of_kernels_agree(name):
    fn, make = kernels.KERNELS[name]
    with interpreted():
        compare(fn, make())


def test_compiled_pullback_hands_tapes_over():
    compare(kernels.newton, (3.0,))


def test_differentiable_runs_compiled_loops():
    @pb.differentiable(backend="numba")
    def energy(x):
        total = 0.0
        for i in range(x.shape[0]):
            total += x[i] ** 3
        return total

    x = pb.tensor(np.array([1.0, 2.0]), requires_grad=True)
    energy(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), [3.0, 12.0])
    assert "range(x_0)" in energy.source
