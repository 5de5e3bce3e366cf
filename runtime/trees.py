"""Parameters in a structure as one vector, for optimisers that know only vectors.

The leaves are floats and arrays of floats in lists, tuples, named tuples, dicts and dataclasses, in the order in which
they stand there (dicts: in the order of insertion). Everything else keeps its place and its value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from .errors import ArgumentError, ShapeError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where a leaf stands in the vector, and what it is: an array, Python's own float, or NumPy's."""

    start: int
    stop: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    python: bool
    array: bool


def rebuilt(value: Any, items: list[Any]) -> Any:
    """A container of `value`'s type, with its keys, that holds `items`."""
    if isinstance(value, dict):
        return type(value)(zip(value, items, strict=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in dataclasses.fields(value)]
        return dataclasses.replace(value, **dict(zip(names, items, strict=True)))
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def children(value: Any) -> list[Any] | None:
    """What a container holds; None for a leaf."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple)):
        return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, f.name) for f in dataclasses.fields(value)]
    return None


class Unflatten:
    """The inverse of `flatten`: a vector back to the structure. The compiler knows it, so it may stand in a loss.

    tree : the structure, of `Container`, `Leaf` (each float and array of floats) and `Kept`
    size : the length of the vector
    """

    def __init__(self, tree: Any, size: int) -> None:
        self.tree = tree
        self.size = size

    def __call__(self, vector: Any) -> Any:
        """The structure with its leaves from `vector` (a copy of each; in the leaf's own dtype)."""
        if np.shape(vector) != (self.size,):
            raise ShapeError(f"unflatten() of an array of shape {np.shape(vector)}", None,
                             f"The structure has {self.size} elements.", f"Give it a vector of {self.size}.")

        def read(leaf: Leaf) -> Any:
            part = vector[leaf.start:leaf.stop]
            if leaf.python:
                return float(part[0])
            made = part.reshape(leaf.shape).astype(leaf.dtype)
            return made if leaf.array else made[()]

        return self.map(read)

    def map(self, read: Callable[[Leaf], Any]) -> Any:
        """The structure with `read(leaf)` at each leaf."""
        return _map(self.tree, read)

    def __repr__(self) -> str:
        name = type(self.tree.like if isinstance(self.tree, Container) else self.tree).__name__.lower()
        return f"<unflatten to {name} from {self.size} elements>"


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """A container of the structure: one like it, and what stands in it."""

    like: Any
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A value that is no parameter, in its place."""

    value: Any


def _map(tree: Any, read: Callable[[Leaf], Any]) -> Any:
    if isinstance(tree, Leaf):
        return read(tree)
    if isinstance(tree, Kept):
        return tree.value
    return rebuilt(tree.like, [_map(item, read) for item in tree.items])


def flatten(params: Any, *dims: int, **named: int) -> Any:
    """All float leaves of a structure in one vector, and the function that puts a vector back into the structure.

    params  : floats and arrays of floats in lists, tuples, named tuples, dicts, dataclasses, nested as you like
    returns : vector, unflatten. The vector has the common dtype of the leaves (float64 for Python floats) and shares no
              memory with them; `unflatten(vector)` has each leaf's shape and dtype. Integers, booleans, strings, None
              and other objects are no parameters: they come back as they were.
    raises  : ArgumentError for a Tensor inside the structure, or a complex leaf

    A Tensor itself is flattened as `torch.flatten(t, start_dim, end_dim)` does it.

    >>> vector, unflatten = flatten({"w": np.ones((2, 2)), "b": 0.5, "name": "layer"})
    >>> vector
    array([1. , 1. , 1. , 1. , 0.5])
    >>> unflatten(2.0 * vector)
    {'w': array([[2., 2.],
           [2., 2.]]), 'b': 1.0, 'name': 'layer'}

    In a loss: `scipy.optimize.minimize(pb.value_and_grad(lambda v: loss(unflatten(v))), vector, jac=True)`.
    """
    if hasattr(params, "requires_grad"):
        return params.flatten(*dims, **named)
    if dims or named:
        raise ArgumentError("flatten() of a structure with dimensions", None, "Those are for one Tensor.",
                            "Call `pb.flatten(params)`.")
    parts: list[Any] = []
    position = 0

    def note(value: Any) -> Any:
        nonlocal position
        inside = children(value)
        if inside is not None:
            return Container(value, tuple(note(item) for item in inside))
        if not _is_parameter(value):
            return Kept(value)
        array = np.asarray(value)
        leaf = Leaf(position, position + array.size, array.shape, array.dtype, type(value) is float,
                    isinstance(value, np.ndarray))
        parts.append(array.reshape(-1))
        position = leaf.stop
        return leaf

    tree = note(params)
    vector = np.concatenate(parts) if parts else np.zeros(0)
    return vector, Unflatten(tree, position)


def _is_parameter(value: Any) -> bool:
    if hasattr(value, "requires_grad"):
        raise ArgumentError("flatten() of a Tensor", None, "Its vector would lose the graph.",
                            "Pass its array: `t.detach().numpy()`.")
    if isinstance(value, float):
        return True
    if not isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, complex):
        return False
    kind = np.asarray(value).dtype.kind
    if kind == "c":
        raise ArgumentError("flatten() of a complex number", None, "Optimisers work on real vectors.",
                            "Keep its real and imaginary parts as two leaves.")
    return kind == "f"


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a structure, each with its place as one writes it: `[0]['w']`, `.bias`."""
    inside = children(value)
    if inside is None:
        yield path, value
        return
    for step, item in zip(steps(value), inside, strict=True):
        yield from walk(item, path + step)


def steps(value: Any) -> list[str]:
    """How one reaches the children of a container: `[0]`, `['w']`, `.bias`."""
    if isinstance(value, dict):
        return [f"[{k!r}]" for k in value]
    if isinstance(value, (list, tuple)):
        return [f"[{i}]" for i in range(len(value))]
    return [f".{f.name}" for f in dataclasses.fields(value)]


__all__ = ["Container", "Kept", "Leaf", "Unflatten", "children", "flatten", "rebuilt", "steps", "walk"]
