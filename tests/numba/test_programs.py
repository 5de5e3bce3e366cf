"""The programs of tests/language give the same numbers in loops; some of them compiled."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.runtime.errors import UnsupportedError

from . import kernels
from .harness import LANGUAGE, agree, interpreted, language_programs

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

PROGRAMS = [pytest.param(fn, args, id=fn.__name__) for module in LANGUAGE for fn, args in language_programs(module)]
# What the back end refuses today, by the construct that the message names.
REFUSED = {"an operand that is neither a number nor an array", "that a loop or branch hands on",
           "a value whose type is not known", "saved values of the kind"}


@pytest.mark.parametrize(("fn", "args"), PROGRAMS)
def test_loops_compute_what_the_numpy_text_computes(fn, args):
    with interpreted(), np.errstate(all="ignore"):
        try:
            agree(fn, *args, types=False)
        except UnsupportedError as error:
            assert error.where is not None
            assert any(word in str(error) for word in REFUSED), error


@pytest.mark.parametrize("name", kernels.KERNELS)
def test_kernels_interpreted(name):
    fn, make = kernels.KERNELS[name]
    with interpreted(), np.errstate(all="ignore"):
        agree(fn, *make(), types=False)


@pytest.mark.parametrize("name", kernels.COMPILED)
def test_kernels_compiled(name):
    fn, make = kernels.KERNELS[name]
    agree(fn, *make())
