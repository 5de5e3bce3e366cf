"""NumPy in differentiable Python: what is no rule, since the compiler can read it."""

from . import polynomials, sets  # noqa: F401 - they fill the registry
from .functional import ufunc_accumulate, ufunc_outer, ufunc_reduce, ufunc_reduceat, vectorized, vectorized_rows
from .registry import all_definitions, definition_of, definition_of_call, unsupported

__all__ = ["all_definitions", "definition_of", "definition_of_call", "ufunc_accumulate", "ufunc_outer", "ufunc_reduce",
           "ufunc_reduceat", "unsupported", "vectorized", "vectorized_rows"]
