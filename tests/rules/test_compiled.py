"""Every case through the compiler: what it inlines from a rule is what the rule computes."""

import pytest

from pullback.runtime.errors import UnsupportedError

from . import test_rules  # noqa: F401 - loads all cases
from .compiled import compiled_equals_called, program_of
from .harness import CASES

#: Cases in which the compiler does not yet do what the rule does, and why.
KNOWN = {}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [c for c in CASES if program_of(c)], ids=lambda c: c.label)
def test_compiled_equals_called(case, request):
    reason = KNOWN.get(case.label.rsplit("-", 1)[0]) or KNOWN.get(case.label)
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason))
    compiled_equals_called(case)
