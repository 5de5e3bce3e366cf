"""Text that is the same at each call: `str(3)`, `"w{}".format(k)`, `", ".join(names)` of constants are constants."""

from __future__ import annotations

from typing import Any

from ..ir import Lit
from .values import Seq

FUNCTIONS = frozenset({str, repr, ascii, format, ord, chr})
PLAIN = (str, bytes, int, bool, float, type(None))  # whose text does not depend on where they stand in memory


def is_plain(value: Any) -> bool:
    """Is this a constant whose text is the same at each call?"""
    return isinstance(value, Lit) and type(value.value) in PLAIN


def constants_of(fn: Any, args: list[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]] | None:
    """The arguments of a function or method of text, where they are all constants; None for other calls."""
    if fn not in FUNCTIONS and type(getattr(fn, "__self__", None)) not in (str, bytes):
        return None
    found = [_constant(a) for a in args], {k: _constant(v) for k, v in kwargs.items()}
    return None if any(v is NotImplemented for v in (*found[0], *found[1].values())) else found


def _constant(value: Any) -> Any:
    if is_plain(value):
        return value.value
    if isinstance(value, Seq) and value.type in (tuple, list):
        parts = [_constant(v) for v in value.items]
        return NotImplemented if any(p is NotImplemented for p in parts) else value.type(parts)
    return NotImplemented
