"""The names that `import pullback as torch` gives a PyTorch user."""

from __future__ import annotations

from . import autograd, nn
from .creation import ones, randn, tensor, zeros
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .products import matmul
from .tensor import Tensor

__all__ = [
    "Tensor", "autograd", "enable_grad", "is_grad_enabled", "matmul", "nn", "no_grad", "ones", "randn", "set_grad_enabled",
    "tensor", "zeros",
]
