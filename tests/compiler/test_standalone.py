"""Saved texts: complete with the values they captured; stand-alone, they run where pullback is not to be had."""

import subprocess
import sys

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.standalone import _Bundle

RUNNER = """\
import sys

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pullback", "compiler", "runtime", "gast", "astor"):
            raise ImportError(f"{name} is forbidden here")

sys.meta_path.insert(0, Forbidden())
import numpy as np
namespace = {"__name__": "saved"}
with open(sys.argv[1], encoding="utf-8") as file:
    exec(compile(file.read(), sys.argv[1], "exec"), namespace)
found = namespace[sys.argv[2]](*[np.load(path)[()] for path in sys.argv[3:]])
for gradient in found if isinstance(found, tuple) else (found,):
    print(repr(np.asarray(gradient, dtype=float).tolist()))
"""

rate, grid, half = 0.25, np.zeros((40, 40)), np.float32(0.5)


def layer(x, y, w, b):
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def picked(x, i):
    y = np.sort(x)[::-1]
    return np.max(np.cumprod(y)) + np.linalg.norm(x) + x[i] + np.prod(x) + np.var(x)


def newton(a):
    root = 1.0
    while abs(root * root - a) > 1e-12:
        root = 0.5 * (root + a / root)
    return root


def captured(x):
    return np.sum(x * rate + half)


def with_grid(x):
    return np.sum(grid * x)


def alone(tmp_path, text, name, *arguments):
    """What the text's function returns in an isolated process that cannot import pullback."""
    paths = []
    for number, value in enumerate(arguments):
        paths.append(str(tmp_path / f"{number}.npy"))
        np.save(paths[-1], value)
    (tmp_path / "saved.py").write_text(text, encoding="utf-8")
    (tmp_path / "runner.py").write_text(RUNNER, encoding="utf-8")
    command = [sys.executable, "-I", str(tmp_path / "runner.py"), str(tmp_path / "saved.py"), name, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [np.array(eval(line)) for line in done.stdout.splitlines()]


RNG = np.random.default_rng(0)
CASES = {
    "layer": (layer, ("w", "b"), (np.ones(5), np.zeros(3), RNG.standard_normal((5, 3)), RNG.standard_normal(3))),
    "picked": (picked, ("x",), (RNG.uniform(0.5, 1.5, 4), 2)),
    "newton": (newton, ("a",), (2.0,)),
    "captured": (captured, ("x",), (np.ones(3),)),
}


@pytest.mark.parametrize(("case", "generic"), [
    *((case, False) for case in CASES), *((case, True) for case in CASES if case != "picked"),  # an index has no default kind
])
def test_standalone_text_runs_without_pullback(tmp_path, case, generic):
    fn, wrt, arguments = CASES[case]
    gradient = pb.grad(fn, wrt=wrt)
    expected = gradient(*arguments)
    text = (pb.grad(fn, wrt=wrt) if generic else gradient).standalone_source()
    assert "pullback" not in "\n".join(line for line in text.splitlines() if "import" in line)
    found = alone(tmp_path, text, f"{fn.__name__}_grad", *arguments)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_runner_would_notice_an_import_of_pullback(tmp_path):
    with pytest.raises(AssertionError, match="pullback.runtime.shapes is forbidden|pullback is forbidden"):
        alone(tmp_path, "from pullback.runtime.shapes import unbroadcast\n", "f")


def test_standalone_text_is_the_same_each_time_and_has_each_helper_once():
    one, other = (pb.grad(layer, wrt=("w", "b")).standalone_source() for _ in range(2))
    assert one == other and one.count("def unbroadcast(") == 1
    assert one.index("def unbroadcast(") < one.index("def layer_grad(")


def test_errors_in_a_standalone_text_are_small_twins():
    namespace = {}
    exec(pb.grad(newton).standalone_source(), namespace)
    with pytest.raises(TypeError, match="newton returned") as caught:
        namespace["check_scalar"](np.ones(2), "newton")
    assert type(caught.value).__name__ == "OutputError" and not isinstance(caught.value, pb.PullbackError)


def test_helpers_get_other_names_where_theirs_are_taken():
    bundle = _Bundle(taken={"unbroadcast"})
    assert bundle.need("pullback.runtime.shapes", "unbroadcast") == "unbroadcast2"
    assert any("def unbroadcast2(" in piece for piece in bundle.pieces)


def test_captured_values_are_defaults_of_the_saved_text():
    gradient = pb.grad(captured)
    gradient(np.ones(2))
    assert "rate=0.25, half=np.float32(0.5)" in gradient.source
    namespace = {}
    exec(gradient.source, namespace)
    assert namespace["captured_grad"](np.ones(2)).tolist() == [0.25, 0.25]


def test_defaults_are_the_values_of_now_and_the_call_reads_them_itself():
    global rate
    gradient = pb.grad(captured)
    try:
        assert gradient(np.ones(1)).tolist() == [0.25]
        rate = 0.75
        assert "rate=0.75" in gradient.source
        assert gradient(np.ones(1)).tolist() == [0.75]
    finally:
        rate = 0.25


@pytest.mark.parametrize("value", [
    3, -0.0, 1e-300, float("inf"), 2 - 3j, np.float32(0.1), np.float64("nan"), np.int8(-3), np.array([1.5, -2.5]),
    np.array([[1, 2], [3, 4]]), np.array([0.1], "f4"), np.zeros((0, 3)), np.array(2.5), np.array([1j, -0.0]),
    np.array([np.nan, -np.inf]),
])
def test_written_values_read_back_the_same(value):
    def scaled(x):
        return np.real(np.sum(x * x * value))

    gradient = pb.grad(scaled)
    text = gradient.source
    namespace = {}
    exec(text, namespace)
    read = namespace["scaled_grad"].__kwdefaults__["value"]
    assert type(read) is type(value)
    np.testing.assert_array_equal(read, value)
    assert np.asarray(read).dtype == np.asarray(value).dtype and np.shape(read) == np.shape(value)
    assert np.array_equal(np.signbit(np.real(read)), np.signbit(np.real(value)))


def test_long_array_is_named_in_a_comment_and_refused_alone():
    gradient = pb.grad(with_grid)
    comment = "# grid is an array of float64 and shape (40, 40), which is not written here."
    assert f"{comment}\ndef with_grid_grad(" in gradient.source
    namespace = {}
    exec(gradient.source, namespace)
    assert namespace["with_grid_grad"](np.ones(40), grid=grid).tolist() == [0.0] * 40
    with pytest.raises(pb.UnsupportedError, match="stand-alone text with `grid` in it"):
        gradient.standalone_source()
