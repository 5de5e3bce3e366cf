"""The Numba back end: adjoint IR -> loops as text -> machine code."""

from __future__ import annotations

from .driver import compile_function

__all__ = ["compile_function"]
