"""The table from a primal function to its pullbacks, as the eager engine reads it.

An entry is a `Derivative`: the primal's parameters and one pullback for each differentiable one. The entries of NumPy's
functions come from a *loader*, which the package installs (`set_loader`) and the first miss calls: so one rule set
serves the compiler and the engine, and `runtime` imports no compiler. Functions of the runtime's own register
themselves with `derivative`.

>>> def cube(x):
...     return x**3
>>> entry = derivative(cube, x=Pullback(lambda x, ans, d_ans: 3 * x**2 * d_ans, values=("x",)))
>>> lookup(cube) is entry
True
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import NoRuleError, PullbackError

Function = Callable[..., Any]


class Pullback(NamedTuple):
    """How the cotangent of one argument follows from that of the result.

    function : called by position with the primal's parameters (in the order of `Derivative.parameters`, a variadic one
               as a tuple), the result `ans` and its cotangent `d_ans`; returns the argument's cotangent
    values   : the names among the parameters and "ans" which it reads by value; only these are saved
    shapes   : the names of which it reads shape, rank or dtype only
    real     : the same for real operands (without conjugates); None if `function` serves both
    """

    function: Function
    values: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    real: Function | None = None


class Derivative(NamedTuple):
    """The derivative of one primal function.

    parameters  : the primal's parameters by name, in order
    defaults    : values of those that may be left out
    variadic    : the name of `*args`, if the primal has one (its pullback returns a tuple)
    pullbacks   : one for each differentiable parameter
    elementwise : whoever calls a pullback sums its result to the operand's shape
    constant    : the result does not depend on any argument in a differentiable way
    """

    parameters: tuple[str, ...]
    defaults: dict[str, Any]
    variadic: str | None
    pullbacks: dict[str, Pullback]
    elementwise: bool = False
    constant: bool = False


_ENTRIES: dict[Function, Derivative] = {}
_LOADERS: list[Callable[[Function], Derivative | None]] = []


def set_loader(loader: Callable[[Function], Derivative | None]) -> None:
    """Install what is asked, once for each function, when the table has no entry."""
    _LOADERS[:] = [loader]


def lookup(function: Function) -> Derivative:
    """The derivative of `function`.

    raises: NoRuleError, if neither the table nor the loader knows one
    """
    entry = _ENTRIES.get(function)
    if entry is None:
        for loader in _LOADERS:
            entry = loader(function)
        if entry is None:
            name = getattr(function, "__name__", repr(function))
            raise NoRuleError(
                f"no derivative rule for {name}",
                why="One of its arguments is a Tensor that requires grad.",
                instead="Detach the Tensor, compute under no_grad(), or write the step with functions that have a "
                        "rule.",
            )
        _ENTRIES[function] = entry
    return entry


def derivative(function: Function, /, *, elementwise: bool = False, **pullbacks: Pullback) -> Derivative:
    """Register the pullbacks of a runtime function; its parameters are read from its signature."""
    parameters = inspect.signature(function).parameters
    unknown = [name for name in pullbacks if name not in parameters]
    if unknown:
        raise PullbackError(f"{function.__name__} has no parameter {unknown[0]}")
    if function in _ENTRIES:
        raise PullbackError(f"two derivatives for {function.__name__}")
    defaults = {p.name: p.default for p in parameters.values() if p.default is not p.empty}
    variadic = [p.name for p in parameters.values() if p.kind is p.VAR_POSITIONAL]
    entry = Derivative(tuple(parameters), defaults, variadic[0] if variadic else None, pullbacks, elementwise)
    _ENTRIES[function] = entry
    return entry
