"""The leaves of arguments and results: their places, and the structures around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError, ShapeError
from .ir import Var
from .lower import Ref, Seq
from .lower.functions import Lowered
from .lower.values import Map
from .tensors import Path


def number_leaves(tree: Any, positions: Iterator[int]) -> Any:
    """The tree of an output with positions at its leaves."""
    if isinstance(tree, Seq):
        return Seq(tuple(number_leaves(t, positions) for t in tree.items), tree.type)
    if isinstance(tree, Map):
        return Map({k: number_leaves(t, positions) for k, t in tree.items.items()})
    return next(positions)


def rebuild(tree: Any, values: list[Any]) -> Any:
    """An output in its structure."""
    if isinstance(tree, Seq):
        items = [rebuild(t, values) for t in tree.items]
        return tree.type(*items) if hasattr(tree.type, "_fields") or hasattr(
            tree.type, "__dataclass_fields__") else tree.type(items)
    if isinstance(tree, Map):
        return {k: rebuild(t, values) for k, t in tree.items.items()}
    return values[tree]


def leaf_at(lowered: Lowered, path: Path) -> Var:
    """The value of the IR at a place of the arguments."""
    value = lowered.inputs[path[0]]
    for key in path[1:]:
        if isinstance(value, Map):
            value = value.items[key]
        elif isinstance(value, Seq) and isinstance(key, str):
            names = list(getattr(value.type, "__dataclass_fields__", ())) or list(getattr(value.type, "_fields", ()))
            value = value.items[names.index(key)]
        else:
            value = value.items[key]
    if isinstance(value, Ref):
        value = lowered.notes["leaf_of"][value.buffer]
    assert isinstance(value, Var), path
    return value


def float_leaves(value: Any, path: Path) -> list[Path]:
    """The places of the floats and float arrays in an argument."""
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in float_leaves(v, (*path, k))]
    if isinstance(value, (list, tuple)):
        return [p for k, v in enumerate(value) for p in float_leaves(v, (*path, k))]
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return [p for k in value.__dataclass_fields__ for p in float_leaves(getattr(value, k), (*path, k))]
    if isinstance(value, (bool, int)) or not isinstance(value, (float, complex, np.generic, np.ndarray)):
        return []
    return [path] if np.asarray(value).dtype.kind in "fc" else []


def at_path(tree: Any, path: Path) -> Any:
    """The part of a structure at a place."""
    for key in path:
        named = isinstance(key, str) and not isinstance(tree, dict)
        tree = getattr(tree, key) if named else tree[key]
    return tree


def is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, np.ndarray, np.generic))


def flatten_like(tree: Any, value: Any, flat: list[Any], what: str) -> None:
    if isinstance(tree, Seq):
        if not isinstance(value, (tuple, list)) or len(value) != len(tree.items):
            raise ArgumentError(f"{what} is {type(value).__name__}, the value a {tree.type.__name__} of "
                                f"{len(tree.items)}", None, "", "Give it the structure of the value.")
        for number, (inner, item) in enumerate(zip(tree.items, value, strict=True)):
            flatten_like(inner, item, flat, f"{what}[{number}]")
    elif isinstance(tree, Map):
        if not isinstance(value, dict) or set(value) != set(tree.items):
            raise ArgumentError(f"{what} must be a dict with the keys {sorted(map(str, tree.items))}", None, "",
                                "Give it the structure of the value.")
        for key, inner in tree.items.items():
            flatten_like(inner, value[key], flat, f"{what}[{key!r}]")
    else:
        flat[tree] = value


def checked_cotangent(cotangent: Any, form: Any) -> Any:
    """A cotangent of the right shape and dtype, else a ShapeError or ArgumentError."""
    shape, dtype = form
    if not is_number(cotangent):
        raise ArgumentError(f"the cotangent is a {type(cotangent).__name__}", None, "", "Give it a number or an array.")
    if np.shape(cotangent) != shape:
        raise ShapeError(f"the cotangent has shape {np.shape(cotangent)}, the value {shape}", None, "",
                         "Give it the value's shape.")
    own = np.asarray(cotangent).dtype if isinstance(cotangent, np.ndarray) else np.result_type(cotangent)
    if own.kind not in "biufc":
        raise ArgumentError(f"the cotangent has the dtype {own}", None, "", "Give it numbers.")
    if own.kind == "c" and dtype.kind != "c":
        raise ArgumentError("the cotangent is complex, the value real", None, "", "Take its real part.")
    if isinstance(cotangent, (float, int, complex)) and not isinstance(cotangent, np.generic):
        return cotangent
    return np.asarray(cotangent, dtype)[()] if own != dtype else cotangent


def like_argument(value: Any, path: Path, found: dict[Path, Any]) -> Any:
    """The cotangents of an argument in its structure; None for what has none."""
    if isinstance(value, dict):
        return {k: like_argument(v, (*path, k), found) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        items = [like_argument(v, (*path, k), found) for k, v in enumerate(value)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return type(value)(**{k: like_argument(getattr(value, k), (*path, k), found)
                              for k in value.__dataclass_fields__})
    if path in found:
        return found[path]
    return value if isinstance(value, (str, bytes, bool)) else None
