"""A sample of the programs of tests/language under every operator (all of them: `python -m tests.operators.sweep`)."""

import pytest

from pullback.compiler import pipeline

from .sweep import outcomes, programs

pipeline.DEFAULTS.verify = True

SAMPLE = programs()[5::29]


@pytest.mark.parametrize("program", [made[1:] for made in SAMPLE], ids=[made[0] for made in SAMPLE])
def test_program_under_every_operator(program):
    wrong = [(way, error) for way, outcome, error in outcomes(*program) if outcome == "wrong"]
    assert wrong == []
