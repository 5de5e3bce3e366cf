"""Each row of the table in docs/conventions.md, run; and no adjoint warns where its primal did not."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import pullback as pb

PAGE = Path(__file__).resolve().parent.parent / "docs" / "conventions.md"
ROW = re.compile(r"^\| `(?P<program>[^`]+)` \| `(?P<x>[^`]+)` \| `(?P<gradient>[^`]+)` \| (?P<because>.+) \|$", re.M)
DEAD_BRANCH = ("the branch not taken", "the same", "what is not read")
BECAUSE = {(found["program"], found["x"]): found["because"] for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
ROWS = [(found["program"], found["x"], found["gradient"]) for found in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
EAGER = [row for row in ROWS if not BECAUSE[row[0], row[1]].startswith(DEAD_BRANCH)]


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
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0)
    assert {str(w.message) for w in by_gradient} <= {str(w.message) for w in by_primal}


@pytest.mark.parametrize(("program", "x", "gradient"), EAGER, ids=[f"{program} at {x}" for program, x, _ in EAGER])
def test_row_of_the_table_for_tensors(program, x, gradient):
    """The eager engine has the same conventions (its dead branches are PyTorch's: see the page)."""
    tensor = pb.tensor(eval(x), dtype=pb.float64, requires_grad=True)
    with np.errstate(all="ignore"):
        eval(program, {"np": np, "x": tensor}).backward()
    np.testing.assert_allclose(np.asarray(tensor.grad), np.array(eval(gradient, {"np": np}), float), rtol=1e-14, atol=0)


@pytest.mark.full
@pytest.mark.parametrize(("program", "x", "gradient"), ROWS, ids=[f"{program} at {x}" for program, x, _ in ROWS])
def test_row_of_the_table_in_machine_code(program, x, gradient, tmp_path):
    """The same conventions; what machine code refuses, it refuses by the back end's name."""
    pytest.importorskip("numba", reason="machine code needs Numba")
    f = function_of(program, tmp_path)
    try:
        found = pb.grad(f, backend="numba")(np.array(eval(x)))
    except pb.UnsupportedError as refused:
        assert "numba" in str(refused)
        return
    np.testing.assert_allclose(found, np.array(eval(gradient, {"np": np}), float), rtol=1e-14, atol=0)


def test_a_dead_branch_of_tensors_never_leaks_nan():
    x = pb.tensor([0.0, 4.0], dtype=pb.float64, requires_grad=True)
    pb.where(x > 0, pb.sqrt(x), 0.0).sum().backward()
    np.testing.assert_array_equal(np.asarray(x.grad), [0.0, 0.25])


def test_inverse_of_a_singular_matrix_raises_as_without_a_derivative():
    def f(x):
        return np.sum(np.linalg.inv(x))

    for call in (f, pb.grad(f)):
        with pytest.raises(np.linalg.LinAlgError):
            call(np.zeros((2, 2)))


def test_every_line_of_the_table_is_read():
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(ROWS) == len(lines) >= 10
