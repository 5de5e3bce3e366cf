"""`custom_vjp`: a function with an adjoint of its own, for arrays and for Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from ..runtime.errors import ArgumentError
from .differentiable import Differentiable
from .rules.custom import CustomVjp
from .tensors import places

P = ParamSpec("P")
R = TypeVar("R")


class CustomFunction(CustomVjp[P, R]):
    """What `custom_vjp` returns. Called with Tensors it is one node of the eager graph, with the given adjoint."""

    _node: Differentiable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if not any(places(value, ()) for value in (*args, *kwargs.values())):
            return self.primal(*args, **kwargs)
        if self._node is None:
            self._node = Differentiable(self)
        result: R = self._node(*args, **kwargs)
        return result


def custom_vjp(fn: Callable[P, R]) -> CustomFunction[P, R]:
    """A function whose adjoint is given, not derived: `f.defvjp(forward, backward)`, as in JAX.

    fn      : the function; its value is used where no derivative is asked for
    returns : the function, with `defvjp`
    raises  : (when it is differentiated) UnsupportedError with the place of the call, if the adjoint was not given, if
              what `backward` returns does not fit the arguments, or if the function closes over a value whose
              derivative is wanted

    A gradient that is clipped on its way back:

    >>> import numpy as np
    >>> import pullback as pb
    >>> @pb.custom_vjp
    ... def clip_gradient(x, limit):
    ...     return x
    >>> def forward(x, limit):
    ...     return x, limit
    >>> def backward(limit, d_ans):
    ...     return np.clip(d_ans, -limit, limit), None
    >>> clip_gradient.defvjp(forward, backward)
    <custom_vjp clip_gradient>
    >>> pb.grad(lambda x: np.sum(clip_gradient(x, 1.0) ** 2))(np.array([0.1, 3.0]))
    array([0.2, 1. ])
    """
    if not callable(fn):
        raise ArgumentError(f"custom_vjp() takes a function, not {type(fn).__name__}")
    return CustomFunction(fn)



__all__ = ["CustomFunction", "custom_vjp"]
