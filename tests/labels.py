"""Names of parametrized cases: the same in every process, so that pytest-xdist can share the suite out."""

from typing import Any


def label(target: Any) -> str:
    """A function's dotted name, without its address; other values as text."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", None)
    if name is None:
        return str(target)
    owner = getattr(target, "__self__", None)
    prefix = getattr(owner, "__name__", "") if owner is not None else getattr(target, "__module__", "") or ""
    return f"{prefix}.{name}" if prefix else str(name)
