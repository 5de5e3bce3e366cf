"""Adjoints as text: compared to the byte with the golden files, and the golden files run.

Limitation: a text that differs may be as good; then `python -m tests.golden.regenerate`, and read what changed.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from .programs import GOLDENS

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
NAMES = list(GOLDENS)


def text_of(name):
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def central_differences(fn, arguments, position, step=1e-6):
    at = np.asarray(arguments[position])
    found = np.zeros(at.shape)
    for index in np.ndindex(at.shape):
        values = []
        for sign in (1, -1):
            moved = at.copy()
            moved[index] += sign * step
            one = moved if isinstance(arguments[position], np.ndarray) else float(moved)
            values.append(fn(*arguments[:position], one, *arguments[position + 1:]))
        found[index] = (values[0] - values[1]) / (2 * step)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_source_is_the_golden_file(name):
    assert GOLDENS[name].gradient().source == text_of(name), "python -m tests.golden.regenerate; read the difference"


@pytest.mark.parametrize("name", NAMES)
def test_golden_file_runs_and_gives_the_gradient(name):
    golden = GOLDENS[name]
    namespace = {"__name__": name}
    exec(compile(text_of(name), f"{name}.py", "exec"), namespace)
    found = namespace[f"{golden.fn.__name__}_grad"](*golden.arguments)
    parameters = list(golden.fn.__code__.co_varnames)
    for gradient, wrt in zip(found if isinstance(found, tuple) else (found,), golden.wrt, strict=True):
        expected = central_differences(golden.fn, golden.arguments, parameters.index(wrt))
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


def test_every_golden_file_has_a_program():
    written = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "programs", "regenerate", "test_golden"}
    assert written == set(NAMES)


def test_same_input_gives_the_same_bytes_in_every_process():
    texts = []
    for seed in ("1", "2"):
        done = subprocess.run([sys.executable, "-m", "tests.golden.regenerate", "--print"], cwd=ROOT, check=True,
                              capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed})
        texts.append(done.stdout)
    assert texts[0] == texts[1]
    assert texts[0] == "".join(f"== {name}\n{text_of(name)}" for name in NAMES)
