"""`scipy.optimize`: roots, fixed points and minima, differentiated by the implicit function theorem.

    optimize.brentq(f, a, b, args=(p,))  =>  the solver as it is; f(x, p) = 0 gives the cotangent of p

The solver runs as it is; what its function depends on, in `args=` or closed over, is passed to it. At a bound or a
constraint the gradient need not be zero, so these are refused.
"""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from .implicit import _call_implicit, implicit
from .ir import Lit
from .lower import Lowerer, Seq
from .lower.lifted import lift
from .outside import sequence

Solution = namedtuple("Solution", ["x"])
Root = namedtuple("Root", ["root"])
BRACKETED = frozenset({"bisect", "brenth", "brentq", "ridder", "toms748"})
#: Solvers of vectors: a number that they are given to start from becomes a vector.
OF_VECTORS = frozenset({"fsolve", "least_squares", "minimize", "root"})
WITH_RESULT = {"root": Solution, "minimize": Solution, "minimize_scalar": Solution, "least_squares": Solution,
               "root_scalar": Root}
#: Options that change what is solved: refused unless they are as by default.
CONFINING = ("bounds", "constraints", "full_output", "kwargs", "loss")


def call_solver(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of one of SciPy's solvers."""
    label = f"scipy.optimize.{fn.__name__}"
    signature = inspect.signature(fn)
    literal = signature.replace(parameters=[
        p if p.default is p.empty else p.replace(default=Lit(p.default)) for p in signature.parameters.values()])
    bound = low.bind_arguments(literal, args, kwargs, node, label)
    function, closed = lift(low, bound.pop(next(iter(signature.parameters))), label, node)
    rest = [*sequence(low, bound.pop("args")), *closed]
    starts = _starts(low, fn, bound, node)
    options = _options(low, fn, label, signature, bound, len(closed), node)
    if fn.__name__ in OF_VECTORS:
        starts = [low.call(Lit(np.atleast_1d), [low.call(Lit(np.asarray), [starts[0], Lit(float)], {}, "", node)], {},
                           "", node)]
    elif isinstance(low.opened(starts[0]), Seq):
        starts[0] = low.call(Lit(np.asarray), [starts[0], Lit(float)], {}, "", node)
    solved = _call_implicit(low, _solver(fn, function, options, len(starts)), [*starts, *rest], {}, name, node)
    made = WITH_RESULT.get(fn.__name__)
    return solved if made is None else Seq((solved,), made)


def _starts(low: Lowerer, fn: Any, bound: dict[str, Any], node: Any) -> list[Any]:
    """Where the solver starts: a point, or the two ends of a bracket."""
    if fn.__name__ in BRACKETED:
        return [bound.pop("a"), bound.pop("b")]
    if fn.__name__ == "root_scalar":
        bracket, start = bound.pop("bracket"), bound.pop("x0")
        if not _is_none(bracket):
            return low.unpack(bracket, node, 2)
        return [start]
    return [bound.pop("x0") if "x0" in bound else Lit(0.0)]


def _is_none(value: Any) -> bool:
    return isinstance(value, Lit) and value.value is None


def _options(low: Lowerer, fn: Any, label: str, signature: inspect.Signature, bound: dict[str, Any], closed: int,
             node: Any) -> dict[str, Any]:
    """The other arguments: constants, none of which changes what is solved."""
    options = {}
    for key, value in bound.items():
        default = signature.parameters[key].default
        known = _constant(low.opened(value))
        if known is NotImplemented or (key in CONFINING and known is not default and known != default) or (
                key == "jac" and known is True):
            raise low.refuse(f"`{key}=` of `{label}`", "The solution is differentiated where the function, or its "
                             "gradient, is zero.", "Leave it out, or write the solver with `pb.implicit`.", node=node)
        if known is not default:
            options[key] = _of_given(known, closed) if closed and callable(known) else known
    return options


def _of_given(function: Callable[..., Any], closed: int) -> Callable[..., Any]:
    """A derivative of the user's, which takes `args=` only: not what the function closes over."""
    return lambda x, *rest: function(x, *rest[:len(rest) - closed])


def _constant(value: Any) -> Any:
    """The value of an option; NotImplemented where it is known at the run only."""
    if isinstance(value, Lit):
        return value.value
    if isinstance(value, Seq) and value.type in (tuple, list):
        parts = [_constant(item) for item in value.items]
        return NotImplemented if NotImplemented in parts else value.type(parts)
    return NotImplemented


def _solver(fn: Any, function: Callable[..., Any], options: dict[str, Any], starts: int) -> Any:
    """The solver as `pb.implicit` wants it: its starting point first, what it depends on after that."""
    label = fn.__name__

    def bracketed(a: Any, b: Any, *rest: Any) -> Any:
        if label == "root_scalar":
            return fn(function, rest, bracket=(a, b), **options).root
        return fn(function, a, b, args=rest, **options)

    def scalar(start: Any, *rest: Any) -> Any:
        return fn(function, args=rest, **options).x

    def started(start: Any, *rest: Any) -> Any:
        if label == "root_scalar":
            return fn(function, rest, x0=start, **options).root
        found = fn(function, start, args=rest, **options)
        return found.x if label in WITH_RESULT else found

    def between(x: Any, b: Any, *rest: Any) -> Any:
        return function(x, *rest)

    def squares(x: Any, *rest: Any) -> Any:
        return 0.5 * np.sum(function(x, *rest) ** 2)

    run = bracketed if starts == 2 else scalar if label == "minimize_scalar" else started
    run.__name__ = label
    if starts == 2:
        return implicit(run, root=between, guess=0)
    if label == "least_squares":
        return implicit(run, minimises=squares, guess=0)
    if label in ("minimize", "minimize_scalar"):
        return implicit(run, minimises=function, guess=0)
    return implicit(run, fixed_point=function, guess=0) if label == "fixed_point" else implicit(
        run, root=function, guess=0)


__all__ = ["call_solver"]
