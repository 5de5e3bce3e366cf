"""The command line: what it prints, what it writes, and its exit codes; in this process and in processes of its own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pullback import cli

ROOT = Path(__file__).resolve().parent.parent
MODEL = '''\
import numpy as np
import pullback as pb

scale = 3.0
print("imported")


def loss(x, y, w, b):
    """The loss."""
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    unused = np.cos(p)
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def scaled(x, n=2):
    return np.sum(x ** n) * scale


def refused(x):
    return np.sum(
        np.frompyfunc(abs, 1, 1)(x))


@pb.value_and_grad(wrt="k")
def decorated(x, k):
    return np.sum(x * k)


class Model:
    w = 2.0

    def loss(self, x):
        return np.sum(self.w * x * x)

    @staticmethod
    def cost(x):
        return x * x


class Sized:
    def __init__(self, size):
        self.size = size

    def loss(self, x):
        return np.sum(self.size * x)


sized = Sized(3.0)
'''


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A folder with model.py in it, as the current one; what the imports leave behind is undone."""
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    for name in ("model", "broken", "_inspected_model"):
        sys.modules.pop(name, None)


def run(*arguments, cwd=None, **environment):
    """The command in a process of its own."""
    return subprocess.run([sys.executable, "-m", "pullback", *arguments], capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment})


def test_view_shows_primal_beside_adjoint_and_what_was_found(model, capsys):
    assert cli.main(["inspect", "model.py:loss", "--wrt", "w,b", "--args", "x:f8[5], y:f8[3], w:f8[5,3], b:f8[3]"]) == 0
    shown = capsys.readouterr()
    assert shown.err == "imported\n"
    assert shown.out.startswith("loss(x: f8[:], y: f8[:], w: f8[:, :], b: f8[:])  by (w, b)\n")
    row = next(line for line in shown.out.splitlines() if line.startswith("10      z = np.matmul"))
    assert row.split("|")[1].split(maxsplit=1)[1] == "z = np.matmul(x, w) + b"
    for found in ("active   w, b, z, p\n", "saved    no tapes\n", "dropped  line 12: unused = np.cos(p)\n"):
        assert found in shown.out
    assert "\x1b" not in shown.out


@pytest.mark.parametrize(("stage", "holds"), [
    ("gast", "FunctionDef(\n"), ("kernel", "def scaled(x, n=2):\n"), ("ir", "function scaled(%x: f8["),
    ("adjoint", "numpy.broadcast_to(" ), ("optimised", "function scaled_grad(%x: f8["), ("source", "def scaled_grad(x, n=2, *, "),
])
def test_stages(model, capsys, stage, holds):
    assert cli.main(["inspect", "model.py:scaled", "--stage", stage, "--plain"]) == 0
    assert holds in capsys.readouterr().out


@pytest.mark.parametrize(("name", "header"), [
    ("Model.loss", "by x"), ("Model.cost", "by x"), ("sized.loss", "by x"), ("decorated", "by k"),
])
def test_methods_and_decorated_functions(model, capsys, name, header):
    assert cli.main(["inspect", f"model:{name}"]) == 0
    assert header in capsys.readouterr().out.splitlines()[0]


def test_decorated_function_keeps_its_operator(model, capsys):
    assert cli.main(["inspect", "model.py:decorated", "--stage", "source", "--args", "x:f8[3], k:float"]) == 0
    assert "def decorated_value_and_grad(x, k):" in capsys.readouterr().out


def test_no_optimise_shows_what_the_rules_give(model, capsys):
    texts = []
    for more in ([], ["--no-optimise"]):
        assert cli.main(["inspect", "model.py:scaled", "--stage", "source", "--args", "x:f8[3]", *more]) == 0
        texts.append(capsys.readouterr().out)
    assert len(texts[1]) > len(texts[0])


def test_written_file_runs(model, capsys):
    assert cli.main(["inspect", "model.py:scaled", "--args", "x:f8[3]", "-o", "adjoint.py"]) == 0
    assert capsys.readouterr().out == ""
    namespace = {"__name__": "adjoint"}
    exec((model / "adjoint.py").read_text(encoding="utf-8"), namespace)
    np.testing.assert_allclose(namespace["scaled_grad"](np.arange(3.0), 2), [0.0, 6.0, 12.0])


USAGE = {
    "no colon": (["model.py"], "names no function"),
    "no file": (["gone.py:f"], "there is no file gone.py"),
    "no module": (["gone:f"], "there is no module 'gone'"),
    "no function": (["model.py:los"], "did you mean 'loss'?"),
    "no method": (["model.py:Model.los"], "did you mean 'loss'?"),
    "a number": (["model.py:scale"], "not a function but of type float"),
    "a class": (["model.py:Model"], "is a class: name one of its methods"),
    "needs an object": (["model.py:Sized.loss"], "make one in the module"),
    "unknown wrt": (["model.py:loss", "--wrt", "v"], "has no parameter 'v'"),
    "empty wrt": (["model.py:loss", "--wrt", ","], "names no argument"),
    "an integer": (["model.py:scaled", "--wrt", "n"], "integer"),
    "unreadable kinds": (["model.py:loss", "--args", "x:"], "cannot read the kinds"),
    "unknown type": (["model.py:loss", "--args", "x:f9[3]"], "`f9` is not a type of numbers"),
    "unknown parameter": (["model.py:loss", "--args", "v:f8"], "there is no parameter 'v'"),
    "length": (["model.py:loss", "--args", "x:f8['a']"], "is not a length"),
    "unwritable": (["model.py:loss", "-o", "no/where.py"], "cannot write no/where.py"),
    "stage": (["model.py:loss", "--stage", "nothing"], "invalid choice"),
    "standalone stage": (["model.py:loss", "--stage", "ir", "--standalone"], "--standalone is for the stage source"),
    "option": (["model.py:loss", "--colour"], "unrecognized arguments"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_command_lines_exit_with_2(model, capsys, case):
    arguments, message = USAGE[case]
    try:
        code = cli.main(["inspect", *arguments])
    except SystemExit as left:  # what argparse refuses itself
        code = left.code
    shown = capsys.readouterr()
    assert code == 2 and message in shown.err and shown.out == ""


@pytest.mark.parametrize(("text", "message"), [
    ("def f(x:\n", "SyntaxError"), ("1 / 0\n", "broken.py:1: ZeroDivisionError"), ("raise SystemExit(3)\n", "SystemExit"),
    ("import nowhere\n", "No module named 'nowhere'"),
])
def test_file_that_cannot_be_imported(model, capsys, text, message):
    (model / "broken.py").write_text(text, encoding="utf-8")
    assert cli.main(["inspect", "broken.py:f"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("pullback inspect: cannot import broken.py: ") and message in said


def test_refused_code_exits_with_1_and_says_where(model):
    done = run("inspect", "model.py:refused", cwd=model)
    assert done.returncode == 1 and done.stdout == ""
    place, line = done.stderr.splitlines()[1:3]
    assert "model.py:22:9: " in place and "Error: " in place
    assert line.strip() == "np.frompyfunc(abs, 1, 1)(x))"
    assert "Traceback" not in done.stderr


def test_help_has_examples(capsys):
    for arguments in (["--help"], ["inspect", "--help"]):
        with pytest.raises(SystemExit) as left:
            cli.main(arguments)
        assert left.value.code == 0
        assert "pullback inspect model.py:loss --wrt w,b" in capsys.readouterr().out


def test_no_command_is_a_usage_error():
    done = run()
    assert done.returncode == 2 and "usage: pullback" in done.stderr


def test_help_imports_neither_compiler_nor_numpy():
    program = ("import sys, pullback.cli\ntry:\n    pullback.cli.main(['--help'])\nfinally:\n"
               "    print(sorted({'numpy', 'gast', 'pullback.compiler'} & set(sys.modules)))\n")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout.endswith("[]\n")


def test_reader_that_leaves_early_is_no_error(model):
    command = f"{sys.executable} -m pullback inspect model.py:loss --stage gast | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=model,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout == "FunctionDef(\n" and "Traceback" not in done.stderr


def test_output_that_cannot_show_a_letter(model):
    (model / "greek.py").write_text("def f(α):\n    return α * α\n", encoding="utf-8")
    done = run("inspect", "greek.py:f", "--args", "α:float", cwd=model, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "def f(?):" in done.stdout


def test_colours_need_a_terminal_and_rich(model, monkeypatch, capsys):
    pytest.importorskip("rich")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert cli.main(["inspect", "model.py:scaled", "--args", "x:f8[3]"]) == 0
    coloured = capsys.readouterr().out
    assert "\x1b[" in coloured and "scaled_grad" in coloured and "active" in coloured
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert cli.main(["inspect", "model.py:scaled", "--args", "x:f8[3]", "--plain"]) == 0
    assert "\x1b[" not in capsys.readouterr().out
