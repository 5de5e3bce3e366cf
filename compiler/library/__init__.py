"""NumPy in differentiable Python: what is no rule, since the compiler can read it."""

from . import sets  # noqa: F401 - fills the registry
from .functional import vectorized
from .registry import all_definitions, definition_of

__all__ = ["all_definitions", "definition_of", "vectorized"]
