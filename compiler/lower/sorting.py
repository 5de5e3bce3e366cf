"""`sorted` and `list.sort`: in the order of constants now, else in the order that the run finds.

    sorted(pairs, key=f)    =>    order = sorting_order([f(p) for p in pairs], False)
                                  [pairs[k] for k in order]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.lists import sorting_order
from .. import primitives as prim
from ..domains import kinds
from ..ir import Call, Lit, Var
from .builtins import special
from .consumers import is_iterated
from .grown import is_grown
from .rows import structured
from .values import Box, Ref, Rows, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer


@special(sorted)
def sorted_(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    reverse, key = kwargs.get("reverse", Lit(False)), kwargs.get("key")
    if isinstance(key, Lit) and key.value is None:
        key = None
    if not isinstance(reverse, Lit):
        raise low.refuse("`sorted` with a `reverse` that only the run knows", "", "Write both calls in a branch.",
                         node=node)
    source = args[0]
    if isinstance(source, Ref) and len(kinds.shape_of(low.kind(source)) or ()) == 1 and key is None \
            and not reverse.value:
        return low.list_value(low.list_of_array(low.emit(np.sort, source), node))
    if isinstance(source, Stream):
        source.used = True
    items = low.known_items(source)
    if items is not None:
        return low.new_list(tuple(in_order(low, items, key, bool(reverse.value), node)))
    if isinstance(source, Stream):
        source.used = False
        source = low.open(low.list_of_stream(source, node))
    if not isinstance(source, (Ref, Rows)) and not is_grown(source) and not is_iterated(low, source):
        raise low.refuse(f"`sorted` of {low.describe(source)}", "", "Use `np.sort`.", node=node)
    return _of_unknown_length(low, source, key, bool(reverse.value), node)


def in_order(low: Lowerer, items: list[Any], key: Any, reverse: bool, node: Any) -> list[Any]:
    """Elements that are known now, in the order of constants, or in that of the run where they are of one kind."""
    measured = items if key is None else [low.call(key, [item], {}, "", node) for item in items]
    values = [low.constant_of(m) for m in measured]
    if all(v is not NotImplemented for v in values):
        try:
            order = sorted(range(len(items)), key=values.__getitem__, reverse=reverse)
        except TypeError as error:
            raise low.refuse(f"this always raises TypeError: {error}", node=node) from error
        return [items[i] for i in order]
    places = _order(low, Seq(tuple(low.opened(m) for m in measured), list), reverse, node)
    held = low.new_box(list, Seq(tuple(items), list))
    if items and all(structured(i, low.state) for i in items):
        rows = low.as_rows(low.state.heap[held], low.state)
        if rows is None:
            raise low.refuse("`sorted` of elements that differ in form, in an order that only the run knows",
                             "Each place holds another one then.", "Give them one form.", node=node)
        low.state.heap[held] = rows
        for column in rows.columns:
            low.make_grown(column, node)
    else:
        for item in items:
            low.held_atom(item, node)  # raises where a list cannot hold it
        low.make_grown(held, node)
    return [low.get_item(held, low.item_of_list(places, Lit(i), "", node), "", node) for i in range(len(items))]


def _of_unknown_length(low: Lowerer, source: Any, key: Any, reverse: bool, node: Any) -> Any:
    _, get = low.counted(source, node)

    def measure(item: Any) -> Any:
        return item if key is None else low.call(key, [item], {}, "", node)

    keys = low.list_of_stream(Stream(lambda consume, until: low.iterate(
        source, lambda item: consume(measure(item)), node, until), None), node)
    held = low.open(keys)
    columns = held.columns if isinstance(held, Rows) else (keys,)
    order = _order(low, columns, reverse, node)
    return low.list_of_stream(Stream(lambda consume, until: low.iterate(
        order, lambda place: consume(get(place)), node, until), None), node)


def _order(low: Lowerer, keys: Any, reverse: bool, node: Any) -> Var:
    """The places of elements in the order of their keys: one list, or the columns of keys that are tuples."""
    lists = (keys,) if isinstance(keys, Seq) else keys
    order = Var("order", kinds.ListOf(kinds.PY_INT))
    atoms = tuple(low.atom(k) for k in lists)
    low.block.append(Call((order,), prim.primitive_for(sorting_order), (Lit(reverse), *atoms), (), low.loc))
    return order


__all__ = ["Box", "in_order"]
