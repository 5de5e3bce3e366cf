"""Stores into slices of lists whose length only the run knows: `a[i:j] = values` is `a = a[:i] + values + a[j:]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir import Lit, Var
from .values import Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer


def store_slice(low: Lowerer, content: Var, index: Slice, value: Any, node: Any) -> Any:
    """What the list holds after `owner[i:j] = value`."""
    start, stop = _bounds(low, index, node)
    values = low.open(low.known_list(value, node))
    rest = low.item_of_list(content, Slice(stop, Lit(None), Lit(None)), "", node) if stop is not None else None
    made = low.binary("Add", low.item_of_list(content, Slice(Lit(None), start, Lit(None)), "", node), values, "", node)
    if rest is not None:
        made = low.binary("Add", made, rest, "", node)
    return low.open(made)


def _bounds(low: Lowerer, index: Slice, node: Any) -> tuple[Lit, Lit | None]:
    """Where the part that stays ends, and where it goes on (None: nowhere), for bounds whose order is known."""
    start: Any
    stop: Any
    start, stop, step = (p.value if isinstance(p, Lit) else p for p in (index.start, index.stop, index.step))
    known = all(v is None or type(v) is int for v in (start, stop)) and step in (None, 1)
    if known and stop is None:
        return Lit(start or 0), None
    if known and not start:
        return Lit(0), Lit(stop)
    if (known and start * stop > 0) or (known and start > 0 and stop == 0):
        return Lit(start), Lit(max(start, stop))
    raise low.refuse("a store into this slice of a list whose length only the run knows",
                     "Which of its ends comes first, or how many elements it has, is not known before the run.",
                     "Store the elements one by one.", node=node)


__all__ = ["store_slice"]
