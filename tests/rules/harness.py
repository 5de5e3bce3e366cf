"""The one harness through which every derivative rule goes.

    case(np.multiply, A(2, 3), A(3))        # one line a case: random operands, every check below
    point(np.sqrt, 0.0, gives=np.inf)       # a singular point: the cotangent for d_ans = 1, without a warning

What it cannot see: faults at points that no case visits (ties, zeros, extreme values need a `point` each), and
errors smaller than the differences' own (about 1e-7, relative).
"""

from __future__ import annotations

from collections.abc import Callable

from .cases import CASES, POINTS, Case, RuleFailure, case, make_case, point
from .checks import (
    arguments_unchanged,
    central_differences,
    dot_product,
    honest_needs,
    linear,
    no_new_warning,
    second_order,
    shape_and_dtype,
    sliced_equals_body,
)
from .operands import A, C, Const, I, P, U, positive_definite, symmetric, well_conditioned
from .variants import check_point, empty_and_scalar, same_for_every_target, single, strided

__all__ = [
    "CASES", "CHECKS", "EXTRA_CHECKS", "POINTS", "A", "C", "Case", "Const", "I", "P", "RuleFailure", "U", "case",
    "check", "check_point", "make_case", "point", "positive_definite", "symmetric", "well_conditioned",
]

CHECKS: list[Callable[[Case], None]] = [
    no_new_warning, shape_and_dtype, arguments_unchanged, linear, central_differences, honest_needs,
    sliced_equals_body, dot_product, second_order,
]
#: Further checks of a case: the compiler adds "inlined equals called".
EXTRA_CHECKS: list[Callable[[Case], None]] = []


def check(c: Case) -> None:
    """Run every check on a case, then the light ones on its float32 and its strided variants."""
    if not c.active:
        raise RuleFailure(f"no_operand: {c.label} differentiates nothing")
    for one in [*CHECKS, *EXTRA_CHECKS]:
        if one.__name__ not in c.skip:
            one(c)
    for variant in (single, strided, empty_and_scalar, same_for_every_target):
        if variant.__name__ not in c.skip:
            variant(c)
