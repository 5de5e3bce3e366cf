"""IR -> gast: names, nested expressions, stores in place, comments."""

from .program import Program, raise_function

__all__ = ["Program", "raise_function"]
