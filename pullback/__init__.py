"""pullback: gradients of NumPy functions as readable Python, and a small runtime that behaves like torch.autograd.

    >>> import numpy as np
    >>> import pullback as pb
    >>> @pb.grad
    ... def f(x):
    ...     return np.sum(x ** 2)
    >>> f(np.array([1.0, 2.0]))
    array([2., 4.])

Names are loaded on first use, so that `import pullback` stays quick: the operators from the compiler, everything else
(`tensor`, `no_grad`, `nn`, ...) from the runtime.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._short_names import install as _install
from ._version import __version__

if TYPE_CHECKING:
    from .compiler.api import grad as grad
    from .compiler.api import value_and_grad as value_and_grad
    from .compiler.batching import vmap as vmap
    from .compiler.custom_functions import custom_jvp as custom_jvp
    from .compiler.custom_functions import custom_vjp as custom_vjp
    from .compiler.derivatives import derivative as derivative
    from .compiler.derivatives import elementwise_grad as elementwise_grad
    from .compiler.derivatives import gauss_newton_vector_product as gauss_newton_vector_product
    from .compiler.differentiable import differentiable as differentiable
    from .compiler.gradcheck import gradcheck as gradcheck
    from .compiler.gradcheck import gradgradcheck as gradgradcheck
    from .compiler.hessian_products import hvp as hvp
    from .compiler.implicit import implicit as implicit
    from .compiler.jacobians import hessian as hessian
    from .compiler.jacobians import jacobian as jacobian
    from .compiler.jacobians import value_and_jacobian as value_and_jacobian
    from .compiler.pullbacks import vjp as vjp
    from .compiler.rules.custom import checkpoint as checkpoint
    from .compiler.rules.custom import defvjp as defvjp
    from .compiler.tangents import jvp as jvp
    from .runtime.anomaly import detect_anomaly as detect_anomaly
    from .runtime.checkpoints import checkpointed as checkpointed
    from .runtime.errors import AnomalyError as AnomalyError
    from .runtime.errors import ArgumentError as ArgumentError
    from .runtime.errors import GradcheckError as GradcheckError
    from .runtime.errors import IRError as IRError
    from .runtime.errors import NoRuleError as NoRuleError
    from .runtime.errors import NoSourceError as NoSourceError
    from .runtime.errors import OutputError as OutputError
    from .runtime.errors import PullbackError as PullbackError
    from .runtime.errors import ShapeError as ShapeError
    from .runtime.errors import UnsupportedError as UnsupportedError
    from .runtime.errors import WrtError as WrtError
    from .runtime.trees import flatten as flatten

_OPERATORS = ("checkpoint", "checkpointed", "custom_jvp", "custom_vjp", "defvjp", "derivative", "detect_anomaly",
              "differentiable", "elementwise_grad", "flatten", "gauss_newton_vector_product", "grad", "gradcheck",
              "gradgradcheck", "hessian", "hvp", "implicit", "jacobian", "jvp", "value_and_grad", "value_and_jacobian",
              "vjp", "vmap")
_ERRORS = ("AnomalyError", "ArgumentError", "GradcheckError", "IRError", "NoRuleError", "NoSourceError",
           "OutputError", "PullbackError", "ShapeError", "UnsupportedError", "WrtError")
_HOMES = {
    "grad": "pullback.compiler.api",
    "value_and_grad": "pullback.compiler.api",
    "vjp": "pullback.compiler.pullbacks",
    "hvp": "pullback.compiler.hessian_products",
    "hessian": "pullback.compiler.jacobians",
    "jacobian": "pullback.compiler.jacobians",
    "value_and_jacobian": "pullback.compiler.jacobians",
    "derivative": "pullback.compiler.derivatives",
    "elementwise_grad": "pullback.compiler.derivatives",
    "gauss_newton_vector_product": "pullback.compiler.derivatives",
    "vmap": "pullback.compiler.batching",
    "jvp": "pullback.compiler.tangents",
    "differentiable": "pullback.compiler.differentiable",
    "custom_jvp": "pullback.compiler.custom_functions",
    "custom_vjp": "pullback.compiler.custom_functions",
    "checkpoint": "pullback.compiler.rules.custom",
    "implicit": "pullback.compiler.implicit",
    "defvjp": "pullback.compiler.rules.custom",
    "gradcheck": "pullback.compiler.gradcheck",
    "gradgradcheck": "pullback.compiler.gradcheck",
    "checkpointed": "pullback.runtime.checkpoints",
    "flatten": "pullback.runtime.trees",
    "detach": "pullback.runtime.stop",
    "detect_anomaly": "pullback.runtime.anomaly",
    "stop_gradient": "pullback.runtime.stop",
    **dict.fromkeys(_ERRORS, "pullback.runtime.errors"),
}
_RUNTIME = "pullback.runtime.torch_api"


_install()


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name)
    if name == "interop":
        return importlib.import_module("pullback.interop")
    if home is None:
        connect()
        module = importlib.import_module(_RUNTIME)
        if not hasattr(module, name):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    else:
        module = importlib.import_module(home)
    value = getattr(module, name)
    globals()[name] = value
    return value


def connect() -> None:
    """Give the runtime's table of derivatives its loader: the rules are read on the first miss."""
    from .runtime import table

    def load(function: Any) -> Any:
        from .compiler.rules import loader

        return loader.load(function)

    table.set_loader(load)


def __dir__() -> list[str]:
    module = importlib.import_module(_RUNTIME)
    return sorted({*globals(), *_HOMES, *(n for n in vars(module) if not n.startswith("_"))})


__all__ = ["__version__", *_OPERATORS, *_ERRORS]
