"""Random draws: effects that happen once, in order, whose values are constants.

A draw is a call that is never merged, moved, dropped or made again: the reverse sweep reads the values that the forward
sweep drew. Draws of a family of locations and scales are differentiated by their parameters:

    rng.normal(loc, scale, size)  =>  loc + scale * rng.standard_normal(size)

which draws the same numbers. Of other families a parameter that depends on the inputs is refused.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.errors import NoRuleError
from ..domains import kinds
from ..domains.abstract import is_none, lengths_of, value_of
from ..domains.kinds import Array, Kind, Scalar
from ..domains.lengths import NotInferable
from ..ir import Atom, Call, Lit, Primitive, Var
from ..library import draws as families
from .values import Object, Ref, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
MAKERS = {np.random.default_rng: np.random.Generator, np.random.RandomState: np.random.RandomState}
#: The parameters before `size`, by the name of the method.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "random": (), "random_sample": (), "standard_normal": (), "standard_exponential": (), "standard_cauchy": (),
    "normal": ("loc", "scale"), "uniform": ("low", "high"), "exponential": ("scale",), "laplace": ("loc", "scale"),
    "logistic": ("loc", "scale"), "gumbel": ("loc", "scale"), "lognormal": ("mean", "sigma"), "rayleigh": ("scale",),
    "gamma": ("shape", "scale"), "standard_gamma": ("shape",), "standard_t": ("df",), "chisquare": ("df",),
    "beta": ("a", "b"), "weibull": ("a",), "pareto": ("a",), "power": ("a",), "f": ("dfnum", "dfden"),
    "vonmises": ("mu", "kappa"), "triangular": ("left", "mode", "right"), "wald": ("mean", "scale"),
    "binomial": ("n", "p"), "poisson": ("lam",), "geometric": ("p",), "negative_binomial": ("n", "p"),
    "integers": ("low", "high"), "randint": ("low", "high"), "choice": ("a",), "dirichlet": ("alpha",),
    "multivariate_normal": ("mean", "cov"), "multinomial": ("n", "pvals"),
}
#: Names whose results do not have the shape of `size` or of the parameters.
OF_ANOTHER_SHAPE = frozenset({"choice", "dirichlet", "multivariate_normal", "multinomial"})
WHOLE = frozenset({"integers", "randint", "binomial", "poisson", "geometric", "negative_binomial"})
OF_DIMENSIONS = frozenset({"rand", "randn"})
OF_PYTHON = frozenset({"random", "gauss", "normalvariate", "uniform", "betavariate", "expovariate", "gammavariate",
                       "lognormvariate", "triangular", "vonmisesvariate", "paretovariate", "weibullvariate"})


def call_draw(low: Lowerer, owner: Any, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of a generator's method.

    owner : the generator as an Object, None for a function of the module `numpy.random` or `random`
    fn    : the bound method
    """
    label = fn.__name__
    generator = getattr(fn, "__self__", None)  # `np.random.seed` is a function, in some versions
    if isinstance(generator, random.Random):
        if label not in (*OF_PYTHON, "randint", "randrange", "getrandbits", "seed"):
            raise _refused(low, label, node)
        kind: Kind = kinds.NONE if label == "seed" else kinds.PY_FLOAT if label in OF_PYTHON else kinds.PY_INT
        return _emit(low, owner, fn, args, kwargs, kind, name)
    if label == "seed":
        return _emit(low, owner, fn, args, kwargs, kinds.NONE, name)
    if label == "permutation" and args and not isinstance(args[0], (Ref, Seq)) and not kwargs:
        dim = low.abstract(args[0])
        return _emit(low, owner, fn, args, kwargs, Array(np.dtype(np.int64), lengths_of(dim)), name)
    if label in ("permutation", "shuffle", "permuted"):
        return _rearranged(low, owner, fn, args, kwargs, node)
    if label in OF_DIMENSIONS:
        return _emit(low, owner, fn, args, kwargs, _float_kind(low, Seq(tuple(args)) if args else Lit(None)), name)
    if label not in PARAMETERS:
        raise _refused(low, label, node)
    given = dict(zip((*PARAMETERS[label], "size"), args, strict=False)) | kwargs
    parameters = {key: given[key] for key in PARAMETERS[label] if key in given}
    if label in families.DRAWS and any(isinstance(low.opened(p), (Var, Ref, Seq)) for p in parameters.values()):
        return _by_parameters(low, owner, fn, given, name, node)
    return _emit(low, owner, fn, args, kwargs, _kind(low, label, generator, given, parameters), name)


def draws_from(fn: Any) -> Any:
    """The generator that a bound method draws from: an Object, or None for those of `numpy.random` and `random`.

    returns: NotImplemented for anything else
    """
    if fn is np.random.seed:
        return None
    generator = getattr(fn, "__self__", None)
    if not isinstance(generator, GENERATORS):
        return NotImplemented
    home = random if isinstance(generator, random.Random) else np.random
    if getattr(home, fn.__name__, None) == fn:
        return None
    return Object(generator, ("known", generator), Lit(generator))


def make_generator(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Object:
    """`np.random.default_rng(seed)` inside the function: a generator of the run's."""
    made = _emit(low, None, fn, args, kwargs, kinds.Known(MAKERS[fn]), name)
    like = np.random.default_rng(0) if fn is np.random.default_rng else np.random.RandomState(0)
    return Object(like, ("made", made), made)


def _refused(low: Lowerer, label: str, node: Any) -> Exception:
    return low.refuse(f"a call of `{label}`", "What it draws, or changes, is not known to pullback.",
                      "Draw before, and pass the numbers as an argument.", node=node, error=NoRuleError)


def _rearranged(low: Lowerer, owner: Any, fn: Any, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    """An array in an order that is drawn: `rng.shuffle(y)` draws as `y[:] = y[rng.permutation(len(y))]` does."""
    label, array = fn.__name__, args[0] if args else None
    axes = [*args[1:], *kwargs.values()]
    first = all(isinstance(a, Lit) and a.value == 0 for a in axes) and set(kwargs) <= {"axis"}
    if not isinstance(array, Ref) or len(axes) > 1 or (axes and not first) or (axes and label == "permuted"):
        raise low.refuse(f"`{label}` of {'an array with these options' if isinstance(array, Ref) else 'this'}",
                         "Its order is known only at the run.",
                         "Draw an order and index an array with it: `y[rng.permutation(len(y))]`.", node=node)
    draw = fn.__self__.permutation
    if label == "permuted":
        shuffled = low.get_item(low.emit(np.ravel, array), call_draw(
            low, owner, draw, [low.emit(np.size, array)], {}, "order", node), "", node)
        return low.emit(np.reshape, shuffled, low.emit(np.shape, array))
    order = call_draw(low, owner, draw, [low.length(array, node)], {}, "order", node)
    shuffled = low.get_item(array, order, "", node)
    if label == "permutation":
        return shuffled
    low.overwrite(array, shuffled, node)
    return Lit(None)


def _by_parameters(low: Lowerer, owner: Any, fn: Any, given: dict[str, Any], name: str, node: Any) -> Any:
    """The standard draw of the result's shape, and what the family makes of it."""
    label = fn.__name__
    family, standard, fixed = families.DRAWS[label]
    generator = fn.__self__
    if standard == "random" and not isinstance(generator, np.random.Generator):
        standard = "random_sample"
    parameters = {key: given[key] for key in PARAMETERS[label] if key in given}
    size = given.get("size", Lit(None))
    if set(given) - {*PARAMETERS[label], "size"}:
        raise _refused(low, label, node)
    if is_none(low.abstract(size)):
        arrays = [p for p in parameters.values() if kinds.shape_of(low.kind(p)) != ()]
        shapes = [low.call(Lit(np.shape), [p], {}, "", node) for p in arrays]
        size = Lit(None) if not shapes else shapes[0] if len(shapes) == 1 else low.call(
            Lit(np.broadcast_shapes), shapes, {}, "", node)
    first = [Lit(v) for v in families.STANDARD.get(standard, ())] + [parameters.pop(key) for key in fixed]
    drawn = call_draw(low, owner, getattr(generator, standard), [*first, size], {}, "", node)
    return low.call_definition(family, [drawn], parameters, name, node)


def _kind(low: Lowerer, label: str, generator: Any, given: dict[str, Any], parameters: dict[str, Any]) -> Kind:
    size = given.get("size", Lit(None))
    if label in OF_ANOTHER_SHAPE:
        return Array(None, None)
    if label in WHOLE:
        shape = _shape(low, size)
        dtype = None if "dtype" in given else np.dtype(np.int64)
        return Array(dtype, shape) if shape is not None and shape != () else Array(None, None)
    if "dtype" in given:
        wanted = value_of(low.abstract(given["dtype"]))
        shape = _shape(low, size)
        return Array(np.dtype(wanted) if isinstance(wanted, type) else None, shape or None)
    if is_none(low.abstract(size)) and any(kinds.shape_of(low.kind(p)) != () for p in parameters.values()):
        return Array(np.dtype(np.float64), None)
    return _float_kind(low, size)


def _float_kind(low: Lowerer, size: Any) -> Kind:
    shape = _shape(low, size)
    if is_none(low.abstract(size)):
        return Scalar(np.dtype(np.float64), True)
    return Array(np.dtype(np.float64), shape)


def _shape(low: Lowerer, size: Any) -> Any:
    try:
        return lengths_of(low.abstract(size))
    except NotInferable:
        return None


def _emit(low: Lowerer, owner: Any, fn: Any, args: list[Any], kwargs: dict[str, Any], kind: Kind, name: str) -> Any:
    """The call; without a rule, so that a parameter that depends on the inputs is refused."""
    atoms: list[Atom] = [low.atom(low.opened(a)) for a in args]
    keywords = tuple((key, low.atom(low.opened(value))) for key, value in kwargs.items())
    if owner is None:
        home = "numpy.random" if not isinstance(getattr(fn, "__self__", None), random.Random) else "random"
        primitive = Primitive(f"{home}.{fn.__name__}", fn, "function", fn, False, "fresh")
    else:
        label = fn.__name__

        def run(generator: Any, *rest: Any, **options: Any) -> Any:
            return getattr(generator, label)(*rest, **options)

        primitive = Primitive(f"generator.{label}", run, "method", fn, False, "fresh")
        atoms = [owner.atom, *atoms]
    outs = () if kind == kinds.NONE else (Var(name, kind),)
    low.block.append(Call(outs, primitive, tuple(atoms), keywords, low.loc))
    return low.value_of(outs[0]) if outs else Lit(None)
