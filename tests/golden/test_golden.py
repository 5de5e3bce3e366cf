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


def odd_keys(parameters):
    """A loss of a dict whose keys are no names; some differ only in what a name cannot hold."""
    total = np.sum(parameters["layer 1/w"] ** 2) + parameters["layer_1.w"] * 3.0 + parameters[-1] + parameters["class"]
    return total * parameters[(2, 3)] + parameters["é"] + parameters[""] + parameters["1"]


def odd_arguments():
    return {"layer 1/w": np.ones(3), "layer_1.w": 2.0, -1: 3.0, "class": 1.5, (2, 3): 4.0, "é": 5.0,
            "": 7.0, "1": 8.0}


def all_texts():
    """Every golden program as it is generated now, and one with odd keys."""
    return "\n".join([*map(text_of, PROGRAMS), pb.grad(odd_keys).source_for(odd_arguments())])


def test_same_bytes_in_every_process():
    code = "from tests.golden.test_golden import all_texts; print(all_texts())"
    texts = set()
    for seed in ("0", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        texts.add(subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], env=environment,
                                 capture_output=True, text=True, check=True, encoding="utf-8").stdout)
    assert len(texts) == 1
    assert texts == {all_texts() + "\n"}


def test_gradient_of_odd_keys():
    made = pb.grad(odd_keys)(odd_arguments())
    value = 3.0 + 6.0 + 3.0 + 1.5
    expected = {"layer 1/w": np.full(3, 8.0), "layer_1.w": 12.0, -1: 4.0, "class": 4.0, (2, 3): value, "é": 1.0,
                "": 1.0, "1": 1.0}
    assert list(made) == list(expected)
    for key, one in expected.items():
        np.testing.assert_array_equal(made[key], one)
