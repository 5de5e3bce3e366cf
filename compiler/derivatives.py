"""`derivative` of elementwise functions, and `gauss_newton_vector_product`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError, ShapeError
from .domains.kinds import shape_of
from .hessian_products import Operator, hvp
from .ir import Lit
from .leaves import at_path, float_leaves
from .lower import Lowerer, Seq
from .lower.builtins import special
from .lower.values import Derived
from .pullbacks import pullback_at
from .tangents import Tangent, push
from .tensors import array_of, detached, places


class Derivative(Operator):
    """The derivative of a function of one number, at a number or at each element of an array (see `derivative`)."""

    operator = "derivative"

    def __init__(self, fn: Callable[..., Any], backend: str = "numpy") -> None:
        super().__init__(fn, backend)
        self._tangent = Tangent(fn, with_value=False, elementwise=True, backend=backend)

    def __call__(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        tensor = bool(places(x, ()))
        x = array_of(x)
        if not float_leaves(x, ()) or isinstance(x, (dict, list, tuple)):
            raise ArgumentError(f"derivative of {self.target.name} by a {type(x).__name__}", None,
                                "It must be a float or an array of floats.", "Pass a float: `float(x)`.")
        one = np.ones_like(x) if isinstance(x, np.ndarray) else type(x)(1.0)
        tangent = self._tangent((x, *args), (one, *(None for _ in args)), **kwargs)[1]
        if np.ndim(x) and np.shape(tangent) != np.shape(x):
            raise ShapeError(f"derivative of {self.target.name}, whose result has shape {np.shape(tangent)} for an "
                             f"argument of shape {np.shape(x)}", None, "It is no function of each element alone.",
                             "Use pb.jacobian.")
        return detached(tangent) if tensor else tangent

    @property
    def source(self) -> str:
        """The generated function, of the variant used last."""
        return self._tangent.source

    def __pullback_derived__(self) -> Derived:
        return Derived("derivative", Lit(self.primal), (), _apply_derivative)


def derivative(fn: Callable[..., Any], *, backend: str = "numpy") -> Derivative:
    """The derivative of a function of one number; of an array at each element, where it works elementwise.

    returns : a function of fn's arguments; the derivative is by the first one, and has its shape
    raises  : UnsupportedError where fn of an array mixes its elements (a sum, an index, a product of matrices)

    >>> import numpy as np
    >>> import pullback as pb
    >>> float(pb.derivative(np.sin)(0.0))
    1.0
    >>> pb.derivative(lambda x: x ** 3)(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    return Derivative(fn, backend)


elementwise_grad = derivative


def _apply_derivative(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any
                      ) -> Any:
    """Inside a function: of a number only, where nothing can be mixed."""
    if not args or shape_of(low.kind(args[0])) != ():
        raise low.refuse("`derivative` at an array, inside a function", "",
                         "Use `pb.grad(lambda x: np.sum(f(x)))`.", node)
    tangents = (Lit(1.0), *(Lit(None) for _ in args[1:]))
    return push(low, derived.function, Seq(tuple(args)), Seq(tangents), kwargs, node).items[1]


@special(derivative)
def _nested_derivative(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return Derived("derivative", args[0], (), _apply_derivative)


class GaussNewton(Operator):
    """The Gauss-Newton matrix times a vector (see `gauss_newton_vector_product`)."""

    operator = "gauss_newton_vector_product"

    def __init__(self, fn: Callable[..., Any], loss: Callable[..., Any] | None = None, wrt: int = 0,
                 backend: str = "numpy") -> None:
        super().__init__(fn, backend)
        if isinstance(wrt, bool) or not isinstance(wrt, int) or wrt < 0:
            raise ArgumentError(f"gauss_newton_vector_product() by wrt={wrt!r}", None, "",
                                "Give the index of one argument.")
        self._wrt = wrt
        self._tangent = Tangent(fn, backend=backend)
        self._loss = None if loss is None else hvp(loss, backend=backend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) < self._wrt + 2:
            raise ArgumentError(f"gauss_newton_vector_product of {self.target.name} was called without a vector", None,
                                "", "Pass the arguments, then the vector.")
        *given, vector = args
        tangents = [vector if k == self._wrt else None for k in range(len(given))]
        value, moved = self._tangent(tuple(given), tuple(tangents), **kwargs)
        curved = moved if self._loss is None else self._loss(value, moved)
        arguments = self._tangent.bind(given, kwargs)
        name = self._tangent.place_of(self._wrt, len(given))
        leaves = float_leaves(at_path(arguments, name), name)
        if leaves != [name]:
            raise ArgumentError(f"gauss_newton_vector_product of {self.target.name} by a structure", None, "",
                                "Pass one array (see pb.flatten).")
        return pullback_at(self.primal, arguments, (name,), self._backend)[1](curved)[name]

    def __pullback_derived__(self) -> Derived:
        def refuse(low: Lowerer, derived: Derived, args: list[Any], kwargs: Any, name: str, node: Any) -> Any:
            raise low.refuse("`gauss_newton_vector_product` inside a function that is differentiated", "",
                             "Write it with pb.jvp and pb.grad.", node)

        return Derived(self.operator, Lit(self.primal), (), refuse)


def gauss_newton_vector_product(fn: Callable[..., Any], loss: Callable[..., Any] | None = None, wrt: int = 0, *,
                                backend: str = "numpy") -> GaussNewton:
    """J^T H J v: the Hessian of `loss(fn(x))` without the curvature of fn, times a vector.

    fn      : returns an array (residuals, logits)
    loss    : a function of that array that returns one real number; None: half the sum of squares, so H is 1
    returns : a function of fn's arguments and then the vector, of the argument's shape

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.gauss_newton_vector_product(lambda x: 2.0 * x)(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([4., 0.])
    """
    return GaussNewton(fn, loss, wrt, backend)


__all__ = ["Derivative", "GaussNewton", "derivative", "elementwise_grad", "gauss_newton_vector_product"]
