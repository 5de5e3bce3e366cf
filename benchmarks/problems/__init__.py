"""What is measured: each module holds one loss as its user would write it, with what the peers need to run it."""

from __future__ import annotations

from ..problem import Program
from . import fitting, nested, ode, sequences, vision

MODULES = (ode, fitting, vision, sequences, nested)


def all_problems() -> list[Program]:
    return [program for module in MODULES for program in module.problems()]
