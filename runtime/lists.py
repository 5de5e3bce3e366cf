"""Lists that grow while a program runs: what generated code does to them, as functions of values.

Every function returns a new list and leaves its arguments alone. Generated code says `values.append(value)` and the
like where nobody reads the old list any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import ShapeError
from .shapes import unbroadcast


def appended(values: list[Any], value: Any) -> list[Any]:
    """values with one more element.

    >>> appended([1.0], 2.0)
    [1.0, 2.0]
    """
    return [*values, value]


def popped(values: list[Any]) -> tuple[list[Any], Any]:
    """values without the last element, and that element.

    >>> popped([1.0, 2.0])
    ([1.0], 2.0)
    """
    return values[:-1], values[-1]


def with_item(values: list[Any], index: int, value: Any) -> list[Any]:
    """values with another element at `index`.

    >>> with_item([1.0, 2.0], -1, 5.0)
    [1.0, 5.0]
    """
    changed = list(values)
    changed[index] = value
    return changed


def with_added(values: list[Any], index: int, value: Any) -> list[Any]:
    """values with `value` added to the element at `index`.

    >>> with_added([1.0, 2.0], 0, 5.0)
    [6.0, 2.0]
    """
    return with_item(values, index, values[index] + value)


def zeros_like_each(values: Sequence[Any]) -> list[Any]:
    """A zero for each element, of its shape and dtype; lists inside likewise.

    >>> zeros_like_each([1.5, np.ones(2)])
    [0.0, array([0., 0.])]
    """
    return [_zero(v) for v in values]


def _zero(value: Any) -> Any:
    if isinstance(value, list):
        return zeros_like_each(value)
    return np.zeros_like(value) if isinstance(value, np.ndarray) else 0.0 * value


def add_each(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """The sums of the elements of two lists of one length; lists inside likewise.

    >>> add_each([1.0, 2.0], [10.0, 20.0])
    [11.0, 22.0]
    """
    return [add_each(a, b) if isinstance(a, list) else a + b for a, b in zip(first, second, strict=True)]


def real_each(values: Sequence[Any]) -> list[Any]:
    """The real parts of the elements; lists inside likewise.

    >>> real_each([1.0, 2.0 + 3.0j])
    [1.0, 2.0]
    """
    return [real_each(v) if isinstance(v, list) else np.real(v) if np.iscomplexobj(v) else v for v in values]


def spread(value: Any, values: Sequence[Any]) -> list[Any]:
    """The cotangents of the elements of a sum: `value` for each, summed over the axes along which it was broadcast.

    >>> spread(2.0, [1.0, 1.0])
    [2.0, 2.0]
    """
    return [unbroadcast(value, np.shape(v)) for v in values]


def set_positions(values: Sequence[Any], start: int | None, stop: int | None, step: int | None,
                  parts: Sequence[Any]) -> list[Any]:
    """The cotangent of a list whose slice had the cotangents `parts`: zeros elsewhere.

    >>> set_positions([1.0, 2.0, 3.0], 1, None, None, [5.0, 6.0])
    [0.0, 5.0, 6.0]
    """
    result = zeros_like_each(values)
    result[start:stop:step] = parts
    return result


def parts_of(value: Any, values: Sequence[Any]) -> list[Any]:
    """The cotangents of the elements of `np.array(values)`, lists inside likewise.

    >>> [float(part) for part in parts_of(np.array([1.0, 2.0]), [5.0, 6.0])]
    [1.0, 2.0]
    """
    return [parts_of(g, v) if isinstance(v, list) else g for g, v in zip(value, values, strict=True)]


def extreme_position(values: Sequence[Any], largest: bool) -> int:
    """The position of the element that Python's `max` or `min` returns: the first of equals.

    raises  : ValueError, as Python, for an empty list

    >>> extreme_position([1.0, 3.0, 3.0], True)
    1
    """
    return values.index((max if largest else min)(values))


def place_of(*parts_and_columns: Any) -> int:
    """The position of a key among the keys of a dict; -1 where it is not there.

    parts_and_columns : the parts of the key, then for each part the list of these parts of all keys

    >>> place_of("b", ["a", "b"]), place_of(1, 2, [1, 1], [0, 2]), place_of(5, [1])
    (1, 1, -1)
    """
    number = len(parts_and_columns) // 2
    parts, columns = parts_and_columns[:number], parts_and_columns[number:]
    if number == 1:
        return columns[0].index(parts[0]) if parts[0] in columns[0] else -1
    return next((place for place, key in enumerate(zip(*columns, strict=True)) if key == parts), -1)


def sorting_order(reverse: bool, *columns: Sequence[Any]) -> list[int]:
    """The positions of elements in the order of their keys, as Python's `sorted` orders them: equals stay in order.

    columns : the keys; several lists are the parts of keys that are tuples

    >>> sorting_order(False, [3.0, 1.0, 2.0])
    [1, 2, 0]
    >>> sorting_order(True, [1, 1, 2], [5.0, 7.0, 0.0])
    [2, 1, 0]
    """
    keys = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def require_fresh(changed: Any, *others: Any) -> None:
    """Raise where a container that the program changes is given twice: Python would change both.

    raises  : ShapeError
    """
    if any(changed is other for other in others):
        raise ShapeError("a container that the function changes is given twice among its arguments", None,
                         "Python would show the change in both.", "Give the second one a copy: `list(a)`, `dict(a)`.")


__all__ = [
    "add_each",
    "appended",
    "extreme_position",
    "parts_of",
    "place_of",
    "popped",
    "real_each",
    "require_fresh",
    "set_positions",
    "sorting_order",
    "spread",
    "with_added",
    "with_item",
    "zeros_like_each",
]
