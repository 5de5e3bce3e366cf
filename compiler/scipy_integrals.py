"""`scipy.integrate.quad`, differentiated by its limits, its arguments, and what the integrand closes over.

    I(p) = integral of f(x, p) from a to b:   dI/da = -f(a, p),  dI/db = f(b, p),  dI/dp = integral of df/dp

(Leibniz). The last is one integral of a vector, by `scipy.integrate.quad_vec` at the tolerances of the first; SciPy's
estimate of the error is a constant.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from .api import grad
from .domains.kinds import PY_FLOAT, Array, Kind
from .ir import Lit, Var
from .lower import Lowerer, Seq, own_callables
from .lower.builtins import SPECIAL_CALLS
from .lower.values import Map
from .outside import VECTOR, Outside, arranged, check_effects, fixed, known, packed, unpacked

#: Options that weigh the integrand or change what is returned: refused unless they are as by default.
REFUSED = ("full_output", "weight", "wvar", "wopts", "complex_func")


class Integral(Outside):
    """quad of f(floats, others, x), one number: (floats, others, a, b, options) -> (value, error)."""

    label = "quad"

    def __init__(self, fn: Any) -> None:
        self.fn = fn

    def run(self, floats: Any, others: Any, a: Any, b: Any, options: Any) -> Any:
        from scipy import integrate
        found = integrate.quad(fixed(self.fn, floats, others), a, b, **options)
        return np.array(found[:2])

    def kind(self, low: Lowerer, args: list[Any]) -> Kind:
        return Array(np.dtype("f8"), (2,))

    def pull(self, saved: Any, d_ans: Any) -> Any:
        """Read by the compiler, with what it calls."""
        _, (floats, others, a, b, options) = saved
        d = d_ans[0]
        d_floats = unpacked(d * derivative_of(self)(floats, others, a, b, options), floats)
        fn = integrand_of(self)
        return d_floats, None, -d * at_end(fn, floats, others, a), d * at_end(fn, floats, others, b), None


class Integrals(Outside):
    """quad_vec of f(floats, others, x), a vector: (floats, others, a, b, options) -> vector."""

    label, pure = "quad_vec", True

    def __init__(self, fn: Any) -> None:
        self.fn = fn

    def run(self, floats: Any, others: Any, a: Any, b: Any, options: Any) -> Any:
        from scipy import integrate
        tolerances = {"epsabs": 1.49e-8, "epsrel": 1.49e-8, **options}
        wanted = {k: tolerances[k] for k in ("epsabs", "epsrel", "points") if tolerances.get(k) is not None}
        if a == b:
            return 0.0 * self.fn(floats, others, a)
        found = integrate.quad_vec(fixed(self.fn, floats, others), a, b, **wanted)
        return np.asarray(found[0])

    def kind(self, low: Lowerer, args: list[Any]) -> Kind:
        return VECTOR

    def pull(self, saved: Any, d_ans: Any) -> Any:
        _, (floats, others, a, b, options) = saved
        together = (*floats, d_ans)
        d_floats = unpacked(derivative_of(self)(together, others, a, b, options), together)
        fn = integrand_of(self)
        d_a = -np.sum(d_ans * at_end(fn, floats, others, a))
        d_b = np.sum(d_ans * at_end(fn, floats, others, b))
        return d_floats[:-1], None, d_a, d_b, None


def at_end(fn: Any, floats: Any, others: Any, x: Any) -> Any:
    """The integrand at a limit; zero at an infinite one."""
    return np.where(np.isfinite(x), fn(floats, others, np.where(np.isfinite(x), x, 0.0)), 0.0)


def _read_end(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A limit that is a literal has no cotangent."""
    return Lit(0.0) if isinstance(args[3], Lit) else NotImplemented


SPECIAL_CALLS[at_end] = _read_end


@known
def integrand_of(integral: Any) -> Any:
    return integral.fn


@known
def derivative_of(integral: Any) -> Any:
    """The integral of the integrand's gradient (of its product with a vector, the last of the floats)."""
    found = getattr(integral, "derivative", None)
    if found is None:
        fn = Weighted(integral.fn) if isinstance(integral, Integrals) else integral.fn
        found = integral.derivative = Integrals(Slope(fn))
    return found


class Weighted:
    """The product of a vector-valued function with a vector, which is the last of the floats."""

    def __init__(self, fn: Any) -> None:
        self.fn = fn

    def __call__(self, floats: Any, others: Any, x: Any) -> Any:
        return weighted(self.fn, floats, others, x)


class Slope:
    """The gradient of a function by its floats, as one vector."""

    def __init__(self, fn: Any) -> None:
        def function(floats: Any, others: Any, x: Any) -> Any:
            return fn(floats, others, x)

        self.fn, self.gradient = fn, grad(function)

    def __call__(self, floats: Any, others: Any, x: Any) -> Any:
        return packed(self.gradient(floats, others, x))


def weighted(fn: Any, floats: Any, others: Any, x: Any) -> Any:
    return np.sum(fn(floats[:-1], others, x) * floats[-1])


def slope(fn: Any, floats: Any, others: Any, x: Any) -> Any:
    return packed(grad(lambda floats: fn(floats, others, x))(floats))


def _read_slope(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.call(Lit(slope), [Lit(fn.fn), *args], kwargs, name, node)


def _read_weighted(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return low.call(Lit(weighted), [Lit(fn.fn), *args], kwargs, name, node)


own_callables.TYPES[Slope] = _read_slope
own_callables.TYPES[Weighted] = _read_weighted


def call_solver(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of `scipy.integrate.quad`."""
    bound, options = bound_options(low, fn, ("func", "a", "b", "args"), args, kwargs, node)
    label = "scipy.integrate.quad"
    for key in REFUSED:
        refuse_unless_default(low, label, key, options, "Write the integrand out, and leave it out.", node)
    function, floats, others = arranged(low, bound["func"], bound["args"], label, node)
    check_effects(low, function, [floats, others, low.value_of(Var("x", PY_FLOAT))], label, node)
    given = [floats, others, bound["a"], bound["b"], Map(options)]
    found = low.call(Lit(Integral(function)), given, {}, name, node)
    return Seq((low.get_item(found, Lit(0), "", node), low.get_item(found, Lit(1), "", node)))


def bound_options(low: Lowerer, fn: Any, wanted: tuple[str, ...], args: list[Any], kwargs: dict[str, Any], node: Any
                  ) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a call as abstract values: those that are wanted, and the others that are not by default."""
    signature = inspect.signature(fn)
    literal = signature.replace(parameters=[
        p if p.default is p.empty else p.replace(default=Lit(p.default)) for p in signature.parameters.values()])
    bound = low.bind_arguments(literal, args, kwargs, node, fn.__name__)
    options: dict[str, Any] = {}
    for key, value in bound.items():
        parameter = signature.parameters[key]
        if parameter.kind is parameter.VAR_KEYWORD:
            options.update(low.opened(value).items)
        elif key not in wanted and not (isinstance(value, Lit) and value.value is parameter.default):
            options[key] = value
    return {key: bound[key] for key in wanted if key in bound}, options


def refuse_unless_default(low: Lowerer, label: str, key: str, options: dict[str, Any], instead: str, node: Any) -> None:
    """Take an option out; refuse the call where it asks for something."""
    value = options.pop(key, Lit(None))
    if not isinstance(value, Lit) or value.value not in (None, 0, False):
        raise low.refuse(f"`{key}=` of `{label}`", "Its derivative is not known.", instead, node=node)


__all__ = ["Integral", "Integrals", "bound_options", "call_solver", "refuse_unless_default"]
