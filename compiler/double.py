"""The pullback of a function as an ordinary function of arguments and cotangents: so that it has a gradient, too.

    f(x, w) -> y      =>      pulled((d_y,), x, w) -> (d_x, d_w)

It says what a pullback is (the gradient of the sum of the results, each times its cotangent) with a nested gradient,
which the compiler interprets in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime.errors import UnsupportedError
from .api import grad
from .lower import Seq
from .tensors import Path


def pullback_of(splitter: Any, output: Any, places: tuple[Path, ...]) -> Callable[..., Any]:
    """A function from (cotangents of the outputs, *arguments) to the cotangents at `places`.

    output : the tree of the function's outputs
    raises : UnsupportedError, for outputs in structures, or places that are not whole positional arguments
    """
    fn = splitter.origin.fn
    positions = list(splitter.signature.parameters)
    variadic = [p.name for p in splitter.signature.parameters.values() if p.kind is p.VAR_POSITIONAL]
    chosen = []
    for name, *rest in places:
        if name in variadic and len(rest) == 1:
            chosen.append(positions.index(name) + rest[0])
        elif not rest and name not in variadic:
            chosen.append(positions.index(name))
        else:
            raise _refusal(fn, f"differentiates inside of the argument `{name}`", "Pass its Tensors as arguments.")
    wrt = tuple(chosen)
    if not isinstance(output, Seq):
        return _of_one(fn, wrt)
    if any(isinstance(item, Seq) or not isinstance(item, int) for item in output.items):
        raise _refusal(fn, "returns a nested structure", "Return a flat tuple.")
    return _of_several(fn, wrt)


def _refusal(fn: Any, what: str, instead: str) -> UnsupportedError:
    return UnsupportedError(f"the second derivative of {fn.__name__}, which {what}", None,
                            "It was asked for by create_graph=True.", instead)


def _of_one(fn: Callable[..., Any], wrt: tuple[int, ...]) -> Callable[..., Any]:
    def pulled(cotangents, *args):  # type: ignore[no-untyped-def]
        def weighted(*args):  # type: ignore[no-untyped-def]
            return np.sum(fn(*args) * cotangents[0])

        return grad(weighted, wrt=wrt)(*args)

    return pulled


def _of_several(fn: Callable[..., Any], wrt: tuple[int, ...]) -> Callable[..., Any]:
    def pulled(cotangents, *args):  # type: ignore[no-untyped-def]
        def weighted(*args):  # type: ignore[no-untyped-def]
            total = 0.0
            for value, d_value in zip(fn(*args), cotangents, strict=True):
                total = total + np.sum(value * d_value)
            return total

        return grad(weighted, wrt=wrt)(*args)

    return pulled
