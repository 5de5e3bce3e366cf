"""Callable objects of pullback's own that the compiler gives a meaning to, by their type."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.trees import Container, Kept, Leaf, Unflatten
from ..domains.scipy_names import home_of_solver
from ..ir import Lit
from .values import Map, Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer

#: type of the callable -> (lowerer, callable, args, kwargs, name, node) -> abstract value
TYPES: dict[type, Callable[[Lowerer, Any, list[Any], dict[str, Any], str, Any], Any]] = {}


def _unflatten(low: Lowerer, fn: Unflatten, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A vector as the structure: each leaf is a slice of it."""
    if len(args) != 1 or kwargs:
        raise low.refuse("the arguments of `unflatten`", "Python would raise TypeError.", "Give it one vector.", node)
    vector = args[0]

    def build(tree: Any) -> Any:
        if isinstance(tree, Kept):
            return low.capture((("known", tree), "value"), tree.value, "kept")
        if isinstance(tree, Container):
            items = [build(item) for item in tree.items]
            if isinstance(tree.like, dict):
                return Map(dict(zip(tree.like, items, strict=True)))
            return Seq(tuple(items), type(tree.like))
        assert isinstance(tree, Leaf), tree
        if tree.shape == ():
            number = low.get_item(vector, Lit(tree.start), "", node)
            return low.emit(float, number) if tree.python else number
        part = low.get_item(vector, Slice(Lit(tree.start), Lit(tree.stop), Lit(None)), "", node)
        shaped = part if len(tree.shape) == 1 else low.emit(np.reshape, part, Seq(tuple(map(Lit, tree.shape))))
        return low.emit("ndarray.astype", shaped, Lit(tree.dtype)) if tree.dtype != np.float64 else low.emit(
            np.copy, shaped)

    return low.boxed(build(fn.tree))


TYPES[Unflatten] = _unflatten


def late_handler(fn: Any) -> Callable[..., Any] | None:
    """What interprets a call of `fn`, a function of SciPy; None for others."""
    home = home_of_solver(fn)
    if home is None:
        return None
    handler: Callable[..., Any] = importlib.import_module(f"pullback.compiler.{home}").call_solver
    return handler
