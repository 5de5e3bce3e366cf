"""Random programs against central differences; `make fuzz` draws as many as you like.

`python -m tests.language.random_programs 5000 0` runs 5,000 by their seeds and prints the counts.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pullback.compiler.lower import helpers, iteration, written_out

from . import random_programs
from .checker import check
from .random_programs import Writer, arguments, compare, load, outcome


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The text of a program; simpler choices stand first, so that failures shrink."""
    return Writer(lambda options: draw(st.sampled_from(list(options))), draw(st.integers(1, 10))).program()


@given(programs())
def test_random_programs(source):
    assume(not outcome(source).startswith("left out"))


@pytest.mark.parametrize("seeds", [range(10 * k, 10 * k + 10) for k in range(4)], ids=lambda r: f"from_{r.start}")
def test_programs_by_seed_are_seldom_refused(seeds):
    found = [outcome(Writer(random.Random(seed).choice, 4 + seed % 14).program()) for seed in seeds]
    assert sum(f.startswith("refused") for f in found) <= 4, found
    assert sum(f == "ok" for f in found) >= 4, found


def test_programs_whose_helpers_are_functions_of_the_text(monkeypatch):
    """Every helper that can be a function with an adjoint of its own is one."""
    monkeypatch.setattr(helpers, "SMALL", -1)
    monkeypatch.setattr(helpers, "SAVED", -1)
    found = [outcome(Writer(random.Random(seed).choice, 4 + seed % 14, routines=True).program()) for seed in range(12)]
    assert sum(f == "ok" for f in found) >= 6, found


def test_programs_whose_loops_are_never_written_out(monkeypatch):
    """Which array each name is goes from trip to trip as values, as in loops of many trips."""
    monkeypatch.setattr(written_out, "MOST_TRIPS", 0)
    monkeypatch.setattr(iteration, "MAX_TRIPS", 0)
    found = [outcome(Writer(random.Random(seed).choice, 4 + seed % 14).program()) for seed in range(200000, 200012)]
    assert sum(f == "ok" for f in found) >= 6, found


def test_found_a_value_from_outside_that_a_loop_only_binds():
    """Seed 20052: `y = c` in a loop read c at the end of a trip only, and c got no cotangent."""
    def f(x, c):
        y = x * 2.0
        for _ in range(40):
            y = c
        k, z = 0, x
        while k < 2:
            z = c
            k += 1
        return y * x + z

    check(f, 2.0, 3.0)
    check(lambda x, c: np.sum(f(x, c)), np.array([2.0, 5.0]), np.array([3.0, 4.0]))


SOURCE = f"{random_programs.HELPERS}\n\ndef f(x, A, c):\n    return np.sum(np.sin(x)) * c + np.sum(A)\n"


@pytest.mark.parametrize("fault", [0, 1, 2])
def test_a_wrong_gradient_is_found(fault):
    """The check sees a gradient that is wrong by a thousandth in one argument."""
    class Made:
        source = ""

    x, a, c = arguments()
    right = [np.cos(x) * c, np.ones((3, 3)), np.sum(np.sin(x))]
    assert compare(load(SOURCE), [x, a, c], right, SOURCE, Made) == "ok"
    wrong = [g * (1.001 if k == fault else 1.0) for k, g in enumerate(right)]
    with pytest.raises(AssertionError, match="slope"):
        compare(load(SOURCE), [x, a, c], wrong, SOURCE, Made)


def test_an_unlocated_error_is_found(monkeypatch):
    def broken(*args, **kwargs):
        raise KeyError("planted")

    monkeypatch.setattr(random_programs.pb, "value_and_grad", broken)
    with pytest.raises(AssertionError, match="planted"):
        outcome(SOURCE)
