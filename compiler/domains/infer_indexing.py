"""Kinds of `x[index]`: basic slices (with remembered lengths), integers, None, Ellipsis, integer and boolean arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .abstract import MISSING, dim_of, is_none, kind, value_of
from .kinds import UNKNOWN, Array, Dim, Kind, Known, ListOf, Scalar, Sym, TapeOf, TupleOf, join
from .lengths import NotInferable, broadcast, slice_length


def array_item(array: Array | Scalar, index: Any) -> Kind:
    """The kind of `array[index]` for an array or a NumPy scalar."""
    items = _split(index)
    if isinstance(array, Scalar) and array.python:
        raise NotInferable("a Python number has no items")
    if isinstance(array, Array) and array.shape is None:
        return Array(array.dtype, None)
    shape = () if isinstance(array, Scalar) else (array.shape or ())
    kinds = [kind(item) for item in items]
    taken = sum(_consumed(item, known) for item, known in zip(items, kinds, strict=True))
    if taken > len(shape):
        raise NotInferable("too many indices")
    ellipses = sum(_is_ellipsis(item) for item in items)
    if ellipses > 1:
        raise NotInferable("more than one Ellipsis")
    if not ellipses:
        items, kinds = [*items, Ellipsis], [*kinds, Known(type(Ellipsis))]
    result = _walk(items, kinds, shape, len(shape) - taken)
    # x[1, 2] is a number, x[1, 2, ...] a 0-d array.
    return Scalar(array.dtype) if result == () and not ellipses else Array(array.dtype, result)


def _split(index: Any) -> list[Any]:
    if isinstance(index, tuple):
        return list(index)
    value = value_of(index)
    if isinstance(value, tuple):
        return list(value)
    known = kind(index)
    if isinstance(known, TupleOf) and known.type is tuple:
        return list(known.items)
    return [index]


def _is_ellipsis(item: Any) -> bool:
    return value_of(item) is Ellipsis or kind(item) == Known(type(Ellipsis))


def _is_slice(item: Any) -> bool:
    return isinstance(item, slice) or isinstance(value_of(item), slice) or kind(item) == Known(slice)


def _index_array(known: Kind) -> Array | None:
    """An index that is an array (or a list that becomes one), with a known rank."""
    if isinstance(known, Array):
        if known.shape is None or known.dtype is None:
            raise NotInferable("an index of unknown rank")
        return known
    if isinstance(known, TupleOf) and known.type is list:
        from .abstract import numeric

        made = numeric(known)
        if isinstance(made, Array) and made.shape is not None and made.dtype is not None:
            return Array(np.dtype("i8"), (0,)) if made.shape == (0,) else made
        raise NotInferable("a list index of unknown shape")
    return None


def _is_array(known: Kind) -> bool:
    return isinstance(known, Array) or (isinstance(known, TupleOf) and known.type is list)


def _consumed(item: Any, known: Kind) -> int:
    """How many axes an index takes."""
    if is_none(item) or _is_ellipsis(item):
        return 0
    if _is_slice(item):
        return 1
    array = _index_array(known)
    if array is not None:
        if array.dtype is not None and array.dtype.kind == "b":
            return len(array.shape or ())
        if array.dtype is None or array.dtype.kind not in "iu":
            raise NotInferable("not an index")
        return 1
    if isinstance(known, Scalar) and known.dtype is not None:
        if known.dtype.kind == "b":
            return 0
        if known.dtype.kind in "iu":
            return 1
    raise NotInferable(f"an index of kind {known!r}")


def _walk(items: list[Any], kinds: list[Kind], shape: tuple[Dim, ...], rest: int) -> tuple[Dim, ...]:
    """The shape of the result: axes in order, the axes of index arrays where they stand together, else first."""
    result: list[Dim] = []
    advanced: list[tuple[Dim, ...]] = []
    places: list[int] = []  # positions in `items` of advanced indices
    insert_at = 0
    axis = 0
    fancy = any(_index_array(k) is not None or (isinstance(k, Scalar) and k.dtype == np.dtype("?")) for k in kinds)
    for position, (item, known) in enumerate(zip(items, kinds, strict=True)):
        if is_none(item):
            result.append(1)
        elif _is_ellipsis(item):
            result += shape[axis : axis + rest]
            axis += rest
        elif _is_slice(item):
            result.append(_sliced(shape[axis], item))
            axis += 1
        else:
            array = _index_array(known)
            if not advanced:
                insert_at = len(result)
            if array is not None and array.dtype is not None and array.dtype.kind == "b":
                advanced.append((Sym(),))
                axis += len(array.shape or ())
            elif array is not None:
                advanced.append(array.shape or ())
                axis += 1
            elif isinstance(known, Scalar) and known.dtype == np.dtype("?"):
                advanced.append((Sym(),))
            else:
                _check_bounds(shape[axis], item)
                if fancy:
                    advanced.append(())
                axis += 1
            places.append(position)
    if not fancy:
        return tuple(result)
    together = places == list(range(places[0], places[0] + len(places)))
    where = insert_at if together else 0
    return (*result[:where], *broadcast(advanced), *result[where:])


def _check_bounds(length: Dim, item: Any) -> None:
    number = dim_of(item)
    if isinstance(length, int) and isinstance(number, int) and not -length <= number < length:
        raise NotInferable("index out of range")


def _sliced(length: Dim, item: Any) -> Dim:
    if not isinstance(item, slice):
        item = value_of(item)
    if not isinstance(item, slice):
        return Sym()  # one that was made elsewhere
    step = 1 if is_none(item.step) else dim_of(item.step)
    ends: list[Dim | None] = []
    for end in (item.start, item.stop):
        if is_none(end):
            ends.append(None)
            continue
        dim = dim_of(end)
        if dim is None:
            return Sym()
        ends.append(dim)
    if not isinstance(step, int) or step == 0:
        return Sym()
    return slice_length(length, ends[0], ends[1], step)


def fresh_lengths(item: Kind) -> Kind:
    """The kind of one element: a symbol in the kind of a list's elements may be another length in each of them."""
    if isinstance(item, Array) and item.shape is not None:
        return Array(item.dtype, tuple(Sym(one=n.one, least=n.least) if isinstance(n, Sym) else n for n in item.shape))
    if isinstance(item, TupleOf):
        return TupleOf(tuple(fresh_lengths(part) for part in item.items), item.type)
    if isinstance(item, Scalar):
        return Scalar(item.dtype, item.python)
    return item


def container_item(container: Kind, index: Any) -> Kind:
    """The kind of an item or a slice of a tuple, a list or a tape."""
    if isinstance(container, TupleOf):
        value = value_of(index)
        if isinstance(value, slice):
            return TupleOf(container.items[value], container.type)
        if value is MISSING and not _is_slice(index):
            if not container.items:
                raise NotInferable("an empty tuple")
            result = container.items[0]
            for item in container.items[1:]:
                result = join(result, item)
            return result
        if _is_slice(index):
            raise NotInferable("a slice that is not known")
        try:
            chosen: Kind = container.items[value]
            return chosen
        except (TypeError, IndexError):
            raise NotInferable("no such item") from None
    if isinstance(container, (ListOf, TapeOf)):
        return container if _is_slice(index) else fresh_lengths(container.item)
    return UNKNOWN
