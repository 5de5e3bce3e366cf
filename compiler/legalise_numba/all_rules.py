"""The modules whose import registers how functions become loops."""

from __future__ import annotations

from . import (
    contractions,
    elementwise,
    growing,
    indexing,
    joining,
    linalg,
    others,
    python_math,
    reductions,
    shaping,
)

MODULES = (contractions, elementwise, growing, indexing, joining, linalg, others, python_math, reductions, shaping)

__all__ = ["MODULES"]
