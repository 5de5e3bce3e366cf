"""The networks whose time is overhead: the tutorial's, and a classifier at batch 1, 32, 256 and 1024."""

from __future__ import annotations

from ..problem import Program
from . import mlp, tutorial


def programs() -> list[Program]:
    return [*tutorial.problems(), *mlp.problems()]
