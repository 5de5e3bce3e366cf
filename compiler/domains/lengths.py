"""Lengths of axes as symbols: equal symbols stand for equal lengths, and derived lengths are remembered.

`x[1:]` and `x[:-1]` of one `x` get the same symbol, since a derived length is keyed by how it was computed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import prod

from .kinds import Dim, Sym, least_of, may_be_one

_DERIVED: dict[Hashable, Sym] = {}
_ORIGIN: dict[Sym, tuple[Hashable, ...]] = {}


class NotInferable(Exception):
    """Nothing more is known of a result, or the call is certain to raise. Never leaves `inference.result_kind`."""


def derived(operation: str, *parts: Hashable, one: bool = True, least: int = 0) -> Sym:
    """The symbol of the length that `operation` computes from `parts`: the same call gives the same symbol."""
    key = (operation, *parts)
    if key not in _DERIVED:
        symbol = Sym(one=one and least < 2, least=least)
        _DERIVED[key] = symbol
        _ORIGIN[symbol] = key
    return _DERIVED[key]


def shorter(length: Dim, by: int) -> Dim:
    """max(length - by, 0)"""
    if by == 0:
        return length
    if isinstance(length, int):
        return max(length - by, 0)
    origin = _ORIGIN.get(length)
    if origin is not None and origin[0] == "shorter":
        base, before = origin[1:]
        least = max(length.least - by, 0)
        return derived("shorter", base, before + by, least=least)  # type: ignore[operator]
    return derived("shorter", length, by, least=max(length.least - by, 0))


def shorter_by(length: Dim, base: Dim) -> int | None:
    """The k for which `length` is known to be max(base - k, 0), or None."""
    if length == base:
        return 0
    if isinstance(length, int):
        return base - length if isinstance(base, int) and base >= length else None
    origin = _ORIGIN.get(length)
    if origin is None or origin[0] != "shorter" or origin[1] != base:
        return None
    return int(origin[2])  # type: ignore[call-overload, no-any-return]


def longer(length: Dim, by: int) -> Dim | None:
    """length + by; None for a symbol that was clamped at 0, where the sum of the unclamped values would differ."""
    if by == 0:
        return length
    if isinstance(length, int):
        return length + by
    if length in _ORIGIN and _ORIGIN[length][0] == "shorter":
        return None
    return derived("longer", length, by, one=by == 1, least=length.least + by)


def product(lengths: Iterable[Dim]) -> Dim:
    """The number of elements of a shape."""
    lengths = list(lengths)
    number = prod(n for n in lengths if isinstance(n, int))
    symbols = [n for n in lengths if isinstance(n, Sym)]
    if number == 0 or not symbols:
        return number
    if number == 1 and len(symbols) == 1:
        return symbols[0]
    one = number == 1 and all(n.one for n in symbols)
    least = prod(map(least_of, lengths))
    return derived("product", number, *sorted(symbols, key=lambda n: n.ident), one=one, least=least)


def total(lengths: Iterable[Dim]) -> Dim:
    """The length of a concatenation."""
    lengths = list(lengths)
    number = sum(n for n in lengths if isinstance(n, int))
    symbols = [n for n in lengths if isinstance(n, Sym)]
    if not symbols:
        return number
    if number == 0 and len(symbols) == 1:
        return symbols[0]
    # A symbol may be 0 even where it cannot be 1, so a sum is never 1 only if no part and no rest can make it so.
    one = number <= 1 if number else any(n.one for n in symbols)
    return derived("total", number, *sorted(symbols, key=lambda n: n.ident), one=one, least=sum(map(least_of, lengths)))


def meet(a: Dim, b: Dim) -> Dim:
    """The length of two axes that have to be equal (a shared axis of a product, arrays that are stacked)."""
    if isinstance(a, int) and isinstance(b, int):
        if a != b:
            raise NotInferable(f"lengths {a} and {b}")
        return a
    if isinstance(a, int) or isinstance(b, int):
        number = a if isinstance(a, int) else b
        symbol = b if isinstance(a, int) else a
        if number == 1 and not may_be_one(symbol):
            raise NotInferable(f"lengths {a} and {b}")
        return number
    return b if (not a.one, a.least) < (not b.one, b.least) else a


def broadcast_length(a: Dim, b: Dim) -> Dim:
    """The length of an axis of an elementwise result."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if not may_be_one(a):
        return meet(a, b) if not may_be_one(b) else a
    if not may_be_one(b):
        return b
    first, second = sorted((a, b), key=lambda n: n.ident)  # type: ignore[union-attr]
    return derived("broadcast", first, second)


def broadcast(shapes: Iterable[tuple[Dim, ...]]) -> tuple[Dim, ...]:
    """The shape of an elementwise result."""
    result: tuple[Dim, ...] = ()
    for shape in shapes:
        rank = max(len(result), len(shape))
        padded = [(1,) * (rank - len(s)) + s for s in (result, shape)]
        result = tuple(broadcast_length(m, n) for m, n in zip(*padded, strict=True))
    return result


def slice_length(length: Dim, start: Dim | None, stop: Dim | None, step: int) -> Dim:
    """The length of `x[start:stop:step]` along an axis of `length`; symbols for start and stop are lengths (>= 0)."""
    if isinstance(length, int):
        if isinstance(start, Sym) or isinstance(stop, Sym):
            return Sym()
        return len(range(*slice(start, stop, step).indices(length)))
    if step == -1 and start is None and stop is None:
        return length
    if isinstance(start, Sym):
        return Sym()
    if isinstance(stop, Sym):
        by = shorter_by(stop, length)
        if by is None:
            return _shorter_of(length, stop) if start in (None, 0) and step == 1 else Sym()
        stop = -by or None
    if step != 1:
        return derived("slice", length, start, stop, step, least=_least_slice(length, start, stop, step))
    return _unit_slice_length(length, start or 0, stop)


def _shorter_of(a: Sym, b: Sym) -> Sym:
    first, second = sorted((a, b), key=lambda n: n.ident)
    return derived("minimum", first, second, one=a.one or b.one, least=min(a.least, b.least))


def _least_slice(length: Sym, start: int | None, stop: int | None, step: int) -> int:
    """A slice from a fixed start on gets no shorter where the axis is longer."""
    return len(range(length.least)[start:stop:step]) if step > 0 and (start or 0) >= 0 else 0


def _unit_slice_length(length: Sym, start: int, stop: int | None) -> Dim:
    if start >= 0 and (stop is None or stop < 0):
        return shorter(length, start - (stop or 0))
    if stop is not None and (start < 0) == (stop < 0) and start >= stop:
        return 0
    if stop is not None and length.least >= max(abs(start), abs(stop)) and (start < 0) == (stop < 0):
        return stop - start
    if start < 0 and stop is None:
        if length.least >= -start:
            return -start
        return derived("minimum", length, -start, one=length.one or start == -1)
    if start == 0 and stop is not None:
        return derived("minimum", length, stop, one=length.one or stop == 1)
    return derived("slice", length, start, stop, 1)
