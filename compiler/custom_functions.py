"""`custom_vjp`, `custom_jvp`: functions with a derivative of their own, for arrays and for Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from ..runtime.errors import ArgumentError
from .api import grad
from .differentiable import Differentiable
from .domains import kinds
from .domains.kinds import is_differentiable
from .ir import Lit, Var
from .lower import Lowerer, Ref, Seq, custom, own_callables
from .lower.builtins import SPECIAL_CALLS
from .lower.values import Map
from .rules.custom import CustomJvp, CustomVjp
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



class TangentFunction(CustomJvp[P, R], CustomFunction[P, R]):
    """What `custom_jvp` returns."""

    def defjvp(self, rule: Callable[..., Any]) -> TangentFunction[P, R]:
        """Give the function its tangent.

        rule    : (arguments, tangents) -> value, tangent: two tuples of the positional arguments' length. The tangent
                  of what is not a float is its value. The result must be linear in the tangents: the reverse is its
                  transpose
        returns : the function itself
        """
        if not callable(rule):
            raise ArgumentError(f"defjvp() takes a function, not {type(rule).__name__}")
        self.rule = rule
        self.forward, self.backward = _transposed(self.primal, rule)
        return self


def _transposed(primal: Callable[..., Any], rule: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """forward and backward of a tangent: what is linear in the tangents is differentiated by them, at zero."""

    def forward(*args: Any) -> Any:
        return primal(*args), args

    def backward(args: Any, d_ans: Any) -> Any:
        return grad(lambda tangents: inner_product(rule(args, tangents)[1], d_ans))(zero_tangents(args))

    return forward, backward


class _ZeroTangents:
    """Zeros in the place of the floats of a structure."""

    def __call__(self, args: Any) -> Any:
        raise AssertionError("read by the compiler only")


class _InnerProduct:
    """The sum of the products of two structures' floats."""

    def __call__(self, a: Any, b: Any) -> Any:
        raise AssertionError("read by the compiler only")


zero_tangents, inner_product = _ZeroTangents(), _InnerProduct()


def _zeros(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    def zero(value: Any) -> Any:
        if isinstance(value, Seq):
            return Seq(tuple(map(zero, value.items)), value.type)
        if isinstance(value, Map):
            return Map({k: zero(v) for k, v in value.items.items()}, value.type)
        kind = low.kind(value)
        if not isinstance(value, (Var, Ref, Lit)) or not is_differentiable(kind) or kind == kinds.PY_INT:
            return value
        return Lit(0.0) if isinstance(kind, kinds.Scalar) else low.emit(np.zeros_like, value)

    return low.boxed(zero(low.opened(args[0])))


def _inner(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    def products(a: Any, b: Any) -> list[Any]:
        if isinstance(a, (Seq, Map)):
            return [p for x, y in custom.paired(a, b) for p in products(x, y)]
        if isinstance(b, Lit) and b.value is None:
            return []
        return [low.emit(np.sum, low.binary("Mult", a, b))]

    total: Any = Lit(0.0)
    for part in products(low.opened(args[0]), low.opened(args[1])):
        total = part if isinstance(total, Lit) else low.binary("Add", total, part)
    return total


own_callables.TYPES[_ZeroTangents] = _zeros
own_callables.TYPES[_InnerProduct] = _inner


def refuse_inside(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """How a call of `custom_vjp`, `custom_jvp`, `implicit` inside a differentiated function is interpreted."""
    raise low.refuse("a custom derivative made inside of the function that is differentiated",
                     "It would be made anew at each call.", "Make it once, outside.", node)


def custom_jvp(fn: Callable[P, R]) -> TangentFunction[P, R]:
    """A function whose tangent is given, not derived: `f.defjvp(rule)`, as in JAX. Its reverse is the transpose.

    fn      : the function
    returns : the function, with `defjvp`
    raises  : (when it is differentiated) UnsupportedError with the place of the call, if the tangent was not given, or
              does not fit

    >>> import numpy as np
    >>> import pullback as pb
    >>> @pb.custom_jvp
    ... def log1pexp(x):
    ...     return np.log(1.0 + np.exp(x))
    >>> def tangent(args, tangents):
    ...     (x,), (t_x,) = args, tangents
    ...     return log1pexp(x), t_x / (1.0 + np.exp(-x))
    >>> log1pexp.defjvp(tangent)
    <custom_jvp log1pexp>
    >>> pb.grad(lambda x: log1pexp(x))(0.0)
    0.5
    """
    if not callable(fn):
        raise ArgumentError(f"custom_jvp() takes a function, not {type(fn).__name__}")
    return TangentFunction(fn)


SPECIAL_CALLS[custom_vjp] = SPECIAL_CALLS[custom_jvp] = refuse_inside

__all__ = ["CustomFunction", "TangentFunction", "custom_jvp", "custom_vjp", "refuse_inside"]
