"""Every case through the compiler: what it inlines from a rule is what the rule computes."""

import pytest

from pullback import UnsupportedError

from . import test_rules  # noqa: F401 - loads all cases
from .compiled import compiled_equals_called, program_of
from .harness import CASES

#: Cases that the compiler refuses, and the words with which it does.
REFUSED = dict.fromkeys(("unstack-0", "unstack-1"), "How many results there are is not known")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", [c for c in CASES if program_of(c)], ids=lambda c: c.label)
def test_compiled_equals_called(case):
    reason = REFUSED.get(case.label)
    if reason:
        with pytest.raises(UnsupportedError, match=reason):
            compiled_equals_called(case)
    else:
        compiled_equals_called(case)
