"""The methods that change a list of known length."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .values import Box, Rows, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer


def _changed(low: Lowerer, box: Box, items: list[Any], node: Any, result: Any = None) -> Any:
    low.change(box, Seq(tuple(items), list), node)
    return Lit(None) if result is None else result


def _append(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    return _changed(low, box, [*content.items, args[0]], node)


def _extend(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    known = low.known_items(low.open(args[0]))
    other = low.open(args[0]) if known is None else None
    if isinstance(other, Rows):
        held = low.sum_of_rows(content, other, node)
        low.change(box, low.state.heap[held], node)
        return Lit(None)
    if known is None:
        low.make_grown(box, node)
        return low.grown_list_method(box, low.state.heap[box], "extend", args, node)
    return _changed(low, box, [*content.items, *known], node)


def _insert(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    items = list(content.items)
    items.insert(low.known_index(args[0], node), args[1])
    return _changed(low, box, items, node)


def _pop(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    items = list(content.items)
    where = low.known_index(args[0], node) if args else -1
    try:
        value = items.pop(where)
    except IndexError as error:
        raise low.refuse(f"this always raises IndexError: {error}", node=node) from error
    return _changed(low, box, items, node, value)


def _clear(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    return _changed(low, box, [], node)


def _reverse(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    return _changed(low, box, list(reversed(content.items)), node)


def _remove(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    if not all(isinstance(i, Lit) for i in (*content.items, args[0])):
        raise low.refuse("the list method `.remove` of values known only at run time", node=node)
    where = low.fold(list.index, node, [i.value for i in content.items], args[0].value).value
    return _changed(low, box, [*content.items[:where], *content.items[where + 1:]], node)


def _sort(low: Lowerer, box: Box, content: Seq, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
    ordered = low.open(low.call_known(sorted, [Seq(content.items, list)], kwargs, "", node))
    low.change(box, ordered, node)
    return Lit(None)


LIST_METHODS: dict[str, Callable[..., Any]] = {
    "append": _append, "extend": _extend, "insert": _insert, "pop": _pop, "clear": _clear, "reverse": _reverse,
    "remove": _remove, "sort": _sort}
