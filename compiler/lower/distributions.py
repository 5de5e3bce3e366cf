"""Distributions of `scipy.stats`: `stats.norm.logpdf(x, loc, scale)`, and frozen ones, `stats.norm(loc, scale)`.

    stats.gamma.logpdf(x, a, loc, scale)  =>  gamma_logpdf((x - loc) / scale, a) - np.log(scale)
"""

from __future__ import annotations

import operator
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import NoRuleError
from ..ir import Lit
from ..library import definition_of
from ..library.distributions import standard_of
from .values import Bound, Derived, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

METHODS = frozenset({"logpdf", "pdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf", "logpmf", "pmf"})


def is_distribution(value: Any) -> bool:
    """Is it a distribution of `scipy.stats`, or a frozen one?"""
    return str(type(value).__module__).startswith("scipy.stats.") and not isinstance(value, types.MethodType | type) \
        and (hasattr(value, "logpdf") or hasattr(value, "logpmf"))


def is_method(fn: Any) -> bool:
    return isinstance(fn, types.MethodType) and is_distribution(fn.__self__)


def frozen(low: Lowerer, distribution: Any, args: list[Any], kwargs: dict[str, Any]) -> Bound:
    """`stats.norm(loc, scale)`: its methods take the parameters after their first argument."""
    return Bound(Lit(distribution), tuple(args), kwargs)


def member(low: Lowerer, owner: Any, attr: str, node: Any) -> Any:
    """A method of a distribution, or of a frozen one."""
    if isinstance(owner, Bound):
        held = owner
    elif hasattr(owner.value, "dist"):  # frozen outside; SciPy keeps its arguments
        value = owner.value
        held = Bound(Lit(value.dist), tuple(map(Lit, value.args)), {k: Lit(v) for k, v in value.kwds.items()})
    else:
        return Lit(getattr(owner.value, attr))
    distribution = held.function.value
    if not hasattr(distribution, attr):
        raise low.refuse(f"a frozen distribution has no attribute `{attr}`", "Python would raise AttributeError.",
                         node=node)
    return Derived("frozen", held, (attr,), _call_frozen)


def _call_frozen(low: Lowerer, method: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    held = method.function
    bound = getattr(held.function.value, method.settings[0])
    return low.call_known(bound, [*args[:1], *held.args, *args[1:]], {**held.kwargs, **kwargs}, name, node)


def call_method(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of a distribution's method: of the standard variable, with loc and scale around it."""
    definition = definition_of(fn)
    if definition is not None:
        return low.call_definition(definition, args, kwargs, name, node)
    distribution, method = fn.__self__, fn.__name__
    label = f"scipy.stats.{getattr(distribution, 'name', '?')}.{method}"
    standard = standard_of(fn) if method in METHODS else None
    if standard is None:
        raise low.refuse(f"a call of `{label}`", "pullback does not know its formula.",
                         "Write it with functions of scipy.special.", node=node, error=NoRuleError)
    made, how = standard
    shapes = [s.strip() for s in distribution.shapes.split(",")] if distribution.shapes else []
    discrete = not hasattr(distribution, "logpdf")
    names = [*shapes, "loc"] if discrete else [*shapes, "loc", "scale"]
    given = dict(zip(names, args[1:], strict=False)) | kwargs
    if len(args) == 0 or len(args) - 1 > len(names) or not {*given} <= {*names} or not {*shapes} <= {*given}:
        raise low.refuse(f"the arguments of `{label}`", f"Its parameters are {', '.join(names)}.",
                         "Give the variable first, then these.", node=node)
    x = low.call(Lit(np.asarray), [args[0]], {}, "", node) if isinstance(low.opened(args[0]), Seq) else args[0]
    loc, scale = given.get("loc"), given.get("scale")

    def apply(function: Any, *values: Any) -> Any:
        return low.call(Lit(function), list(values), {}, "", node)

    quantile = method in ("ppf", "isf")
    if not quantile and loc is not None:
        x = apply(operator.sub, x, loc)
    if not quantile and scale is not None:
        x = apply(operator.truediv, x, scale)
    parameters = [x, *(given[s] for s in shapes)]
    value = low.call_definition(made, parameters, {}, name, node) if how is None else low.call_definition(
        how, [Lit(made), *parameters], {}, name, node)
    if scale is not None and method in ("logpdf", "pdf"):
        value = apply(operator.sub, value, apply(np.log, scale)) if method == "logpdf" else apply(
            operator.truediv, value, scale)
    if quantile and scale is not None:
        value = apply(operator.mul, scale, value)
    return apply(operator.add, loc, value) if quantile and loc is not None else value


__all__ = ["call_method", "frozen", "is_distribution", "is_method", "member"]
