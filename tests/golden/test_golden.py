"""The generated text is the golden file, and the golden file computes the gradient."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pullback as pb

from .programs import PROGRAMS
from .regenerate import FOLDER, text_of

HOW = "run python -m tests.golden.regenerate and read the difference"


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_is_the_golden_file(name):
    assert text_of(name) == (FOLDER / f"{name}.py").read_text(encoding="utf-8"), HOW


@pytest.mark.parametrize("name", [n for n, (_, _, a) in PROGRAMS.items() if a is not None])
def test_golden_file_runs(name):
    function, wrt, arguments = PROGRAMS[name]
    namespace = {}
    exec((FOLDER / f"{name}.py").read_text(encoding="utf-8"), namespace)
    found = namespace[f"{function.__name__}_grad"](*arguments)
    expected = pb.grad(function, wrt=wrt)(*arguments)
    for one, other in zip(np.atleast_1d(found) if not isinstance(found, tuple) else found,
                          np.atleast_1d(expected) if not isinstance(expected, tuple) else expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_generic_golden_file_computes_the_same():
    namespace = {}
    exec((FOLDER / "loss_generic.py").read_text(encoding="utf-8"), namespace)
    function, wrt, arguments = PROGRAMS["loss"]
    for one, other in zip(namespace["loss_grad"](*arguments), pb.grad(function, wrt=wrt)(*arguments), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_same_bytes_in_every_process():
    code = "from tests.golden.regenerate import text_of; print(text_of('heat'), text_of('loss_generic'))"
    texts = set()
    for seed in ("0", "1", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        texts.add(subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], env=environment,
                                 capture_output=True, text=True, check=True).stdout)
    assert len(texts) == 1
