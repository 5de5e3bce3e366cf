"""Operators on methods: what a decorated method becomes when it is reached through an instance."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from .selection import Wrt


def after_self(wrt: Wrt | None) -> Wrt:
    """`wrt` of a method, whose indices start after `self`, as `wrt` of the function."""
    if wrt is None:
        return 1
    if isinstance(wrt, (list, tuple)):
        return tuple(_shifted(w) for w in wrt)
    shifted: Wrt = _shifted(wrt)
    return shifted


def _shifted(wrt: Any) -> Any:
    return wrt + 1 if isinstance(wrt, int) and not isinstance(wrt, bool) and wrt >= 0 else wrt


class OfInstances:
    """What was made for each instance, as long as the instance lives."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}

    def find(self, instance: Any, make: Callable[[], Any]) -> Any:
        key = id(instance)
        held = self._made.get(key)
        if held is not None and held[0]() is instance:
            return held[1]
        made = make()
        try:
            alive = weakref.ref(instance, lambda _: self._made.pop(key, None))
        except TypeError:  # `__slots__` without `__weakref__`: made anew each time
            return made
        self._made[key] = alive, made
        return made
