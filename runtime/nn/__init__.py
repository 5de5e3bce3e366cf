"""Networks: `functional` now, modules and losses over it."""

from . import functional

__all__ = ["functional"]
