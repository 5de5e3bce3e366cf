"""The namespace `torch.autograd`."""

from . import autograd_functional as functional
from . import autograd_hooks as graph
from . import function
from .anomaly import detect_anomaly, set_detect_anomaly
from .autograd_functional import gradcheck, gradgradcheck
from .errors import GradcheckError
from .function import Function
from .grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from .gradients import backward, grad
from .graph import Node
from .tensor import Tensor as Variable

__path__: list[str] = []  # `import pullback.autograd.NAME` looks for it; _short_names.py finds the rest

__all__ = [
    "Function",
    "GradcheckError",
    "Node",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]
