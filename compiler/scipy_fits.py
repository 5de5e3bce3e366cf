"""`scipy.optimize.curve_fit`, differentiated by the implicit function theorem.

The parameters make sum(((f(x, *p) - y) / sigma)^2) a minimum; they move with x, y, sigma and what f closes over. The
covariance is made of them by the formula that SciPy uses, with the exact Jacobian.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .domains import kinds
from .implicit import _call_implicit, implicit
from .ir import Lit
from .lower import Lowerer, Seq
from .lower.lifted import lift
from .lower.values import UserFunction
from .scipy_integrals import bound_options, refuse_unless_default
from .tangents import jvp

LABEL = "scipy.optimize.curve_fit"
DATA = ("f", "xdata", "ydata", "p0", "sigma", "absolute_sigma")


def call_solver(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of `scipy.optimize.curve_fit`: the parameters and their covariance."""
    bound, options = bound_options(low, fn, DATA, args, kwargs, node)
    for key in ("bounds", "full_output", "loss", "kwargs"):
        refuse_unless_default(low, LABEL, key, options, "Leave it out.", node)
    constants = {}
    for key, value in options.items():
        if not isinstance(value, Lit):
            raise low.refuse(f"`{key}=` of `{LABEL}`, a value of the run", "", "Give it a constant.", node=node)
        constants[key] = value.value
    count = _count(low, bound["f"], bound["p0"], node)
    function, closed = lift(low, bound["f"], LABEL, node)
    start = low.call_definition(starting, [bound["p0"], Lit(count)], {}, "", node)
    absolute = bound["absolute_sigma"]
    if not isinstance(absolute, Lit):
        raise low.refuse(f"`absolute_sigma=` of `{LABEL}`, a value of the run", "", "Give it a constant.", node=node)
    run, cost, spread = _programs(fn, function, count, constants, bool(absolute.value))
    data = [bound["xdata"], low.call_definition(as_floats, [bound["ydata"]], {}, "", node), bound["sigma"], *closed]
    found = _call_implicit(low, implicit(run, minimises=cost, guess=0), [start, *data], {}, name, node)
    return Seq((found, low.call(Lit(spread), [found, *data], {}, "", node)))


def starting(p0: Any, count: Any) -> Any:
    return np.ones(count) if p0 is None else np.atleast_1d(np.asarray(p0, float))


def as_floats(y: Any) -> Any:
    return np.asarray(y, float)


def _count(low: Lowerer, function: Any, p0: Any, node: Any) -> int:
    """How many parameters there are: of `p0`, or of the function."""
    opened = low.opened(p0)
    if isinstance(opened, Seq):
        return len(opened.items)
    shape = kinds.shape_of(low.kind(p0))
    if shape and isinstance(shape[0], int):
        return shape[0]
    if isinstance(function, UserFunction) and function.node.args.vararg is None:
        return len(function.node.args.args) - 1 - len(function.first)
    if isinstance(function, Lit) and callable(function.value):
        parameters = list(inspect.signature(function.value).parameters.values())
        if all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters):
            return len(parameters) - 1
    raise low.refuse(f"`{LABEL}` of a function whose number of parameters is not known", "", "Give `p0=` as a list.",
                     node=node)


def _programs(fn: Any, function: Any, count: int, options: dict[str, Any], absolute: bool
              ) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """The solver as it is run; what it minimises and the covariance, which the compiler reads."""
    places = tuple(range(count))

    def curve_fit(start: Any, x: Any, y: Any, sigma: Any, *closed: Any) -> Any:
        return fn(lambda x, *p: function(x, *p, *closed), x, y, start, sigma, absolute, **options)[0]

    def residuals(p: Any, x: Any, y: Any, sigma: Any, *closed: Any) -> Any:
        rest = function(x, *[p[k] for k in places], *closed) - y
        return rest if sigma is None else rest / sigma

    def cost(p: Any, x: Any, y: Any, sigma: Any, *closed: Any) -> Any:
        return 0.5 * np.sum(residuals(p, x, y, sigma, *closed) ** 2)

    def covariance(p: Any, x: Any, y: Any, sigma: Any, *closed: Any) -> Any:
        units = np.eye(len(places))
        columns = [jvp(lambda p: residuals(p, x, y, sigma, *closed), (p,), (units[k],))[1] for k in places]
        slopes = np.stack(columns, axis=1)
        inverse = np.linalg.inv(slopes.T @ slopes)
        if absolute:
            return inverse
        left = residuals(p, x, y, sigma, *closed)
        return inverse * (np.sum(left ** 2) / (np.size(left) - len(places)))

    return curve_fit, cost, covariance


__all__ = ["call_solver"]
