"""Objects of NumPy's that are indexed in place of being called: `np.r_`, `np.c_`, `np.s_`, `np.mgrid`, `np.ogrid`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..domains import kinds
from ..ir import Lit
from ..library import joiners
from .values import Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer

GRIDS = (np.mgrid, np.ogrid)
INDICES = (np.s_, np.index_exp)


def is_joiner(value: Any) -> bool:
    return any(value is known for known in (np.r_, np.c_, *GRIDS, *INDICES))


def joiner_item(low: Lowerer, owner: Any, index: Any, node: Any) -> Any:
    """owner[index] of one of them."""
    if any(owner is known for known in INDICES):
        return Seq((index,)) if owner is np.index_exp and not _is_tuple(index) else index
    parts = _parts(index)
    if any(owner is known for known in GRIDS):
        spans = [_span(low, part, node) for part in parts]
        if None in spans:
            raise low.refuse("a grid of something else than slices", "", "Write `np.meshgrid(...)`.", node=node)
        if not _is_tuple(index):
            return spans[0]
        return low.call_definition(joiners.grid, [Seq(tuple(spans), list), Lit(owner is np.ogrid)], {}, "", node)
    axis, ndmin, trans1d = (0, 1, -1) if owner is np.r_ else (-1, 2, 0)
    if isinstance(parts[0], Lit) and isinstance(parts[0].value, str):
        axis, ndmin, trans1d = _directive(low, parts.pop(0).value, (axis, ndmin, trans1d), node)
    arrays = Seq(tuple(_part(low, part, parts, node) for part in parts), list)
    return low.call_definition(joiners.joined, [arrays, Lit(axis), Lit(ndmin), Lit(trans1d)], {}, "", node)


def _is_tuple(index: Any) -> bool:
    of_literals = isinstance(index, Lit) and isinstance(index.value, tuple)
    return of_literals or (isinstance(index, Seq) and index.type is tuple)


def _parts(index: Any) -> list[Any]:
    if isinstance(index, Seq) and index.type is tuple:
        return list(index.items)
    if isinstance(index, Lit) and isinstance(index.value, tuple):
        return [Lit(value) for value in index.value]
    return [index]


def _span(low: Lowerer, part: Any, node: Any) -> Any:
    """The numbers of a slice; None for what is none."""
    if isinstance(part, Lit) and isinstance(part.value, slice):
        ends = [Lit(part.value.start), Lit(part.value.stop), Lit(part.value.step)]
    elif isinstance(part, Slice):
        ends = [part.start, part.stop, part.step]
    else:
        return None
    return low.call_definition(joiners.span, ends, {}, "", node)


def _part(low: Lowerer, part: Any, others: list[Any], node: Any) -> Any:
    """A part as an array: a slice as its numbers, a Python number in the dtype of the arrays beside it."""
    numbers = _span(low, part, node)
    if numbers is not None:
        return numbers
    if isinstance(part, Lit) and isinstance(part.value, (int, float)):
        arrays = [other for other in others if not isinstance(other, (Lit, Slice))]
        dtypes = {d for array in arrays if (d := kinds.dtype_of(low.kind(array))) is not None}
        known = dtypes.pop() if len(dtypes) == 1 else None
        one = Seq((Lit(1),))
        if known is not None and known.kind in "fc":
            return low.emit(np.full, one, part, dtype=Lit(known))
        return low.emit(np.full, one, part)
    return low.emit(np.atleast_1d, part)


def _directive(low: Lowerer, text: str, defaults: tuple[int, int, int], node: Any) -> tuple[int, int, int]:
    """The string that may come first: "axis", "axis,ndmin" or "axis,ndmin,trans1d"."""
    try:
        given = [int(word) for word in text.split(",")]
        axis, ndmin, trans1d = [*given, *defaults[len(given):]]
    except ValueError:
        raise low.refuse(f"the directive {text!r} of `np.r_`", "It makes matrices, or is none.",
                         'Write "axis", "axis,ndmin" or "axis,ndmin,trans1d".', node=node) from None
    return axis, ndmin, trans1d
