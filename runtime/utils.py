"""The namespace `torch.utils`: `utils.checkpoint.checkpoint`, `utils.data`."""

from . import utils_checkpoint as checkpoint
from . import utils_data as data

__path__: list[str] = []  # `import pullback.utils.NAME` looks for it; _short_names.py finds the rest

__all__ = ["checkpoint", "data"]
