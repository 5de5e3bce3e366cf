"""Each row of the table in docs/conventions.md, run; and no adjoint warns where its primal did not."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import pullback as pb

PAGE = Path(__file__).resolve().parent.parent / "docs" / "conventions.md"
ROW = re.compile(r"^\| `(?P<program>[^`]+)` \| `(?P<x>[^`]+)` \| `(?P<gradient>[^`]+)` \| (?P<because>.+) \|$", re.M)
ROWS = [(found["program"], found["x"], found["gradient"]) for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))]


def function_of(program, folder):
    """`def f(x): return <program>`, from a file, so that it has a source."""
    path = folder / "model.py"
    path.write_text(f"import numpy as np\n\n\ndef f(x):\n    return {program}\n", encoding="utf-8")
    namespace = {"__name__": "model"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize(("program", "x", "gradient"), ROWS, ids=[f"{program} at {x}" for program, x, _ in ROWS])
def test_row_of_the_table(program, x, gradient, tmp_path):
    f = function_of(program, tmp_path)
    at, expected = np.array(eval(x)), np.array(eval(gradient, {"np": np}), float)
    with warnings.catch_warnings(record=True) as by_primal:
        warnings.simplefilter("always")
        f(at)
    with warnings.catch_warnings(record=True) as by_gradient:
        warnings.simplefilter("always")
        found = pb.grad(f)(at)
    np.testing.assert_array_equal(found, expected)
    assert {str(w.message) for w in by_gradient} <= {str(w.message) for w in by_primal}


def test_every_line_of_the_table_is_read():
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(ROWS) == len(lines) >= 10
