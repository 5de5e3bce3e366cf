"""Second derivatives of every rule, through the compiler, by every order of modes.

Without `full` one case of each rule, forward over reverse; with it every case, by every order.
"""


import numpy as np
import pytest

import pullback as pb
from pullback.compiler.rules import registry
from pullback.runtime.special import delayed

from . import test_rules  # noqa: F401 - loads all cases
from .compiled import program_of
from .harness import CASES, A, RuleFailure, make_case
from .second import ORDERS, second_orders_agree

#: Cases whose second derivative is refused, and the words with which it is.
REFUSED = {
    **dict.fromkeys(("ellipk-0", "ellipe-0", "ellipkm1-0", "elliprc-0", "elliprf-0", "agm-0"), "scipy.special.elliprd"),
}
POLYGAMMA = "not supported for the input types"  # SciPy has none of complex numbers
SKIPPED = {"trim_zeros-0": "differences would cut off another zero", "ndarray.astype-0": "in single precision"}
PROGRAMS = [c for c in CASES if program_of(c) and c.label not in SKIPPED]


def refusal(case):
    """The words with which the second derivative of a case is refused; None where it is not."""
    if case.label.partition("-")[0] in ("gamma", "loggamma", "rgamma") and np.iscomplexobj(case.args[0]):
        return POLYGAMMA
    return REFUSED.get(case.label)


def small_ones():
    """The smallest case of each rule that is not refused."""
    chosen = {}
    for case in PROGRAMS:
        size = sum(np.size(x) for x in case.bound.arguments.values() if isinstance(x, np.ndarray))
        if refusal(case) is None and size < chosen.get(case.rule, (np.inf, None))[0]:
            chosen[case.rule] = (size, case)
    return [case for _, case in chosen.values()]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", small_ones(), ids=lambda c: c.label)
def test_forward_over_reverse(case):
    second_orders_agree(case, ORDERS[:1])


@pytest.mark.full
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("case", PROGRAMS, ids=lambda c: c.label)
def test_every_order(case, order):
    reason = refusal(case)
    if reason:
        with pytest.raises((pb.UnsupportedError, TypeError), match=reason):
            second_orders_agree(case, (order,))
    else:
        second_orders_agree(case, (order,))


def replaced(monkeypatch, target, **parts):
    """Plant a fault: the rule of `target` with other parts."""
    import dataclasses

    rule = dataclasses.replace(registry.rule_for(target), **parts)
    monkeypatch.setitem(registry._RULES, target, rule)


def test_a_wrong_tangent_of_what_a_rule_calls_is_caught(monkeypatch):
    """The fault that `np.cumprod` had: the shift that its rule calls passed for linear, and its first entry moved."""
    replaced(monkeypatch, delayed, jvp=None, options={"linear": True})
    with pytest.raises(RuleFailure, match=r"^forward_over_reverse: .*np.cumprod"):
        second_orders_agree(make_case(np.cumprod, A(4)))


@pytest.mark.parametrize("order", ORDERS)
def test_a_second_derivative_that_is_lost_is_caught(monkeypatch, order):
    """A rule whose first derivative is right, but a constant for the second one."""

    def square(x, *, ans, d_ans):
        d_x = d_ans * np.round(2 * x, 13)
        return d_x

    replaced(monkeypatch, np.square, body=square)
    with pytest.raises(RuleFailure, match=f"^{order}: .*np.square"):
        second_orders_agree(make_case(np.square, A(3)), (order,))
