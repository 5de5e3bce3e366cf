"""Tensors in the arguments of compiled functions: find them, run on their arrays, give results back as Tensors."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from ..runtime.dispatch import TensorCore, edge_of, wrap

Path = tuple[Any, ...]


def is_tracked(value: Any) -> bool:
    """Is this a Tensor that requires grad?"""
    return isinstance(value, TensorCore) and edge_of(value) is not None


def map_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same structure with `change` applied to its leaves."""
    if isinstance(value, dict):
        return {k: map_leaves(v, change) for k, v in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(map_leaves(v, change) for v in value))
    if isinstance(value, (list, tuple)):
        return type(value)(map_leaves(v, change) for v in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{f.name: map_leaves(getattr(value, f.name), change) for f in dataclasses.fields(value)})
    return change(value)


def places(value: Any, path: Path) -> list[tuple[Path, Any]]:
    """The Tensors in an argument with their places."""
    if isinstance(value, TensorCore):
        return [(path, value)]
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in places(v, (*path, k))]
    if isinstance(value, (list, tuple)):
        return [p for k, v in enumerate(value) for p in places(v, (*path, k))]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [p for f in dataclasses.fields(value) for p in places(getattr(value, f.name), (*path, f.name))]
    return []


def put_leaf(value: Any, path: Path, leaf: Any) -> Any:
    """The same structure with `leaf` at a place of it."""
    if not path:
        return leaf
    if isinstance(value, dict):
        return {k: put_leaf(v, path[1:], leaf) if k == path[0] else v for k, v in value.items()}
    if isinstance(value, list | tuple):
        items = [put_leaf(v, path[1:], leaf) if k == path[0] else v for k, v in enumerate(value)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return dataclasses.replace(value, **{path[0]: put_leaf(getattr(value, path[0]), path[1:], leaf)})


def array_of(value: Any) -> Any:
    """A Tensor's array; anything else as it is."""
    return value._array if isinstance(value, TensorCore) else value


def arrays(value: Any) -> Any:
    """An argument with arrays in the place of its Tensors (the same object where it holds none)."""
    return map_leaves(value, array_of) if places(value, ()) else value


def detached(value: Any) -> Any:
    """A result as a Tensor that does not require grad."""
    return wrap(value)


def like_argument(result: Any, argument: Any) -> Any:
    """A gradient with Tensors where its argument has Tensors."""
    if isinstance(argument, TensorCore):
        return None if result is None else detached(result)
    if isinstance(argument, dict):
        return {k: like_argument(result[k], v) for k, v in argument.items()}
    if isinstance(argument, tuple) and hasattr(argument, "_fields"):
        return type(argument)(*map(like_argument, result, argument))
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(like_argument, result, argument))
    if dataclasses.is_dataclass(argument) and not isinstance(argument, type):
        names = [f.name for f in dataclasses.fields(argument)]
        return type(argument)(**{n: like_argument(getattr(result, n), getattr(argument, n)) for n in names})
    return result
