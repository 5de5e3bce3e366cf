"""The identity that stops the derivative."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def stop_gradient(x: T) -> T:
    """`x` itself; its derivative is zero.

    >>> stop_gradient(3.0)
    3.0
    """
    return x


def detach(x: Any) -> Any:
    """`x` without its derivative: a Tensor detached, anything else itself.

    >>> detach(2.0)
    2.0
    """
    return x.detach() if hasattr(x, "detach") else x
