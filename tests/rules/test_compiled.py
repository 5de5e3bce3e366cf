"""Every case through the compiler: what it inlines from a rule is what the rule computes."""

from dataclasses import replace

import numpy as np
import pytest

from . import test_rules  # noqa: F401 - loads all cases
from .compiled import compiled_equals_called, gradients_of, program_of, pushed_equals_pulled
from .harness import CASES
from .tape import leaves
from .variants import cast


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [c for c in CASES if program_of(c)], ids=lambda c: c.label)
def test_compiled_equals_called(case):
    compiled_equals_called(case)


# bdtri warns of whole numbers as floats in single precision.
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:non-integer arg n:DeprecationWarning")
@pytest.mark.parametrize("case", [c for c in CASES if program_of(c)], ids=lambda c: c.label)
def test_single_precision_in_single_precision_out(case):
    small = replace(case, args=cast(case.args), kwargs=cast(case.kwargs))
    small.__dict__.update(d_ans=cast(case.d_ans))
    program, gradients = gradients_of(small)
    for operand, gradient in zip(program.values, gradients, strict=True):
        for x, d in zip(leaves(operand), leaves(gradient), strict=True):
            if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
                assert (np.shape(d), np.result_type(d)) == (x.shape, x.dtype)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [c for c in CASES if program_of(c)], ids=lambda c: c.label)
def test_pushed_equals_pulled(case):
    pushed_equals_pulled(case)
