"""The namespace `torch.utils`: `utils.checkpoint.checkpoint`, `utils.data`."""

from . import autograd_hooks as checkpoint
from . import utils_data as data

__all__ = ["checkpoint", "data"]
