"""`hvp`, a Hessian times a vector by a forward sweep over a gradient, and the base of all such operators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError
from .api import Wrt, grad
from .ir import Lit
from .lower import Lowerer, Seq
from .lower.builtins import special
from .lower.values import Derived
from .methods import OfInstances
from .nesting import by_position, gradient_of, static
from .operator_options import BACKENDS, check_backend
from .tangents import Tangent, push
from .targets import target_of
from .tensors import Path


class Operator:
    """A function that an operator returned, in terms of other generated functions.

    primal : the function that it was made from
    """

    operator = ""
    __name__: str
    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __new__(cls, fn: Any, *args: Any, **kwargs: Any) -> Operator:
        made = object.__new__(cls)
        made._made_with = (args, kwargs)
        return made

    def __init__(self, fn: Callable[..., Any], backend: str) -> None:
        if not callable(fn):
            raise ArgumentError(f"{self.operator}() takes a function, not {type(fn).__name__}", None, "",
                                f"Write `{self.operator}(f)(x)`.")
        check_backend(backend, BACKENDS)
        self._backend = backend
        functools.update_wrapper(self, fn, updated=())
        self.primal = fn
        self.__pullback_primal__ = None
        self.target = target_of(fn)
        if not hasattr(self, "__name__"):
            self.__name__ = self.target.name
        self.generated_name = f"{self.target.name}_{self.operator}"
        self._methods = OfInstances()

    @property
    def __signature__(self) -> inspect.Signature:
        return self.target.signature

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A decorated method, reached through an instance, is the operator of the bound method."""
        if instance is None:
            return self
        rest, options = self._made_with
        return self._methods.find(instance, lambda: type(self)(self.primal.__get__(instance), *rest, **options))

    def __repr__(self) -> str:
        return f"<{self.operator} of {getattr(self, '__qualname__', self.target.name)}>"


class HessianVectorProduct(Operator):
    """The Hessian of a function times a vector (see `hvp`)."""

    operator = "hvp"

    def __init__(self, fn: Callable[..., Any], wrt: Wrt = 0, backend: str = "numpy") -> None:
        super().__init__(fn, backend)
        self._wrt = wrt
        gradient = grad(fn, wrt)
        self._places: list[Path] = gradient.places
        self._tangent = Tangent(gradient, with_value=False, backend=backend)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not args:
            raise ArgumentError(f"hvp of {self.target.name} was called without a vector", None, "",
                                "Pass the arguments, then the vector: `hvp(f)(x, v)`.")
        *given, vector = args
        place = self._wrt
        if type(place) is int and 0 <= place < len(given) and not kwargs and type(vector) in (np.ndarray, float):
            tangents: list[Any] = [None] * len(given)
            tangents[place] = vector
            return self._tangent.push(tuple(given), tuple(tangents), kwargs)[1]
        arguments = self._tangent.bind(given, kwargs)
        single = isinstance(self._wrt, (int, str))
        if not single and (not isinstance(vector, (tuple, list)) or len(vector) != len(self._places)):
            raise ArgumentError(f"hvp of {self.target.name} by {len(self._places)} arguments takes a tuple of as many "
                                "vectors", None, "", "Give one vector for each argument in `wrt`.")
        vectors = (vector,) if single else vector
        return self._tangent.run(arguments, dict(zip(self._places, vectors, strict=True)))[1]

    @property
    def source(self) -> str:
        """The generated function, of the variant used last."""
        return self._tangent.source

    @property
    def __signature__(self) -> inspect.Signature:
        params = list(self.target.signature.parameters.values())
        at = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in params)
        kind = params[at - 1].kind if at else inspect.Parameter.POSITIONAL_ONLY
        params.insert(at, inspect.Parameter("vector", kind))
        if any(p.kind is p.VAR_POSITIONAL or p.default is not p.empty for p in params):
            return inspect.Signature([inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
                                      *(p for p in params if p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD))])
        return inspect.Signature(params)

    def __pullback_derived__(self) -> Derived:
        return Derived("hvp", Lit(self.primal), (_key(self._wrt),), _apply_hvp)


def hvp(fn: Callable[..., Any], wrt: Wrt = 0, *, backend: str = "numpy") -> HessianVectorProduct:
    """The Hessian of a function that returns one real number, times a vector: forward over reverse.

    wrt     : index or name of the argument, or a tuple of them
    returns : a function of fn's arguments and then the vector, of the structure and shape of the argument (a tuple of
              vectors for a tuple); the result has that structure, too. It costs at most three gradients.
    raises  : what `grad` raises; ShapeError for a vector of another shape

    >>> import numpy as np
    >>> import pullback as pb
    >>> pb.hvp(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    return HessianVectorProduct(fn, wrt, backend)


def _key(wrt: Any) -> Any:
    return tuple(wrt) if isinstance(wrt, (list, tuple)) else wrt


def _apply_hvp(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    (wrt,) = derived.settings
    *args, vector = args
    chosen = wrt if isinstance(wrt, tuple) else (wrt,)
    places = []
    for one in chosen:
        args, kwargs, place = by_position(low, derived.function, args, kwargs, one, "hvp", node)
        places.append(place)
    tangents: list[Any] = [Lit(None)] * len(args)
    vectors = low.unpack(vector, node) if isinstance(wrt, tuple) else [vector]
    if len(vectors) != len(places):
        raise low.refuse(f"`hvp` by {len(places)} arguments, of {len(vectors)} vectors", "",
                         "Give one vector for each argument in `wrt`.", node)
    for place, one in zip(places, vectors, strict=True):
        tangents[place] = one
    wrt = tuple(places) if isinstance(wrt, tuple) else places[0]
    gradient = gradient_of(derived.function, wrt, False)
    return push(low, gradient, Seq(tuple(args)), Seq(tuple(tangents)), kwargs, node).items[1]


@special(hvp)
def _nested_hvp(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    values = dict(zip(("fn", "wrt"), args, strict=False)) | kwargs
    return Derived("hvp", values["fn"], (static(low, values.get("wrt", Lit(0)), "wrt", node),), _apply_hvp)
