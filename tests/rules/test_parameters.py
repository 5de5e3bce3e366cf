"""A parameter that NumPy's function has and its rule does not know is refused by its name, never ignored."""

import inspect
import linecache

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.library.parameters import WITH

from . import test_rules  # noqa: F401 - loads all cases
from .compiled import program_of
from .harness import CASES

#: Parameters that say where or how a result is stored, and those that are read as others before a rule is asked.
STORAGE = ("out", "subok", "like", "order", "device", "casting")
RENAMED = {(np.clip, "min"), (np.clip, "max"), (np.arange, "dtype"),  # the dtype of the test's has no derivative
            *((fn, name) for fn, (names, _) in WITH.items() for name in names)}

OF_SCIPY = {("lfilter", "zi")}


def unknown_parameters():
    """(case, parameter): the first case of each function, with each parameter that its rule lacks."""
    seen = set()
    for case in CASES:
        if isinstance(case.target, str) or case.target in seen or program_of(case) is None:
            continue
        seen.add(case.target)
        try:
            parameters = inspect.signature(case.target).parameters.values()
        except (TypeError, ValueError):  # a function in C that does not tell
            continue
        for p in parameters:
            named = p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
            if isinstance(case.target, np.ufunc) and p.name == "dtype":
                continue  # the result is cast
            if named and p.name not in (*case.rule.signature.parameters, *STORAGE) and \
                    (case.target, p.name) not in RENAMED and (case.target.__name__, p.name) not in OF_SCIPY:
                yield case, p.name


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("case", "name"), [pytest.param(*row, id=f"{row[0].label}-{row[1]}")
                                            for row in unknown_parameters()])
def test_an_unknown_parameter_is_refused_by_name(case, name):
    program, text = program_of(case)
    lines = text.splitlines(keepends=True)
    text = "".join([lines[0], lines[1].rstrip()[:-1] + f", {name}='?')\n", *lines[2:]])
    filename = f"<{case.label} with {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), program.captured)
    with pytest.raises(pb.UnsupportedError) as caught:
        pb.grad(program.captured["f"], wrt=tuple(program.parameters))(*program.values)
    assert name in str(caught.value).splitlines()[0]
