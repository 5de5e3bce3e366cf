"""Every case through the compiler: what it inlines from a rule is what the rule computes."""

import pytest

from . import test_rules  # noqa: F401 - loads all cases
from .compiled import compiled_equals_called, program_of
from .harness import CASES

#: Cases in which the compiler does not yet do what the rule does, and why.
LENGTH = "the number of results is not inferred, so that indexing them is refused"
KNOWN = {
    **dict.fromkeys(("gradient-8", "split-1", "unstack-0", "unstack-1", "meshgrid-3"), LENGTH),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [c for c in CASES if program_of(c)], ids=lambda c: c.label)
def test_compiled_equals_called(case, request):
    reason = KNOWN.get(case.label.rsplit("-", 1)[0]) or KNOWN.get(case.label)
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    compiled_equals_called(case)
