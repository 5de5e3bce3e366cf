"""Nests over the same outer axis become one: each row of a temporary is used while it is at hand.

before => after:

    for p in range(n):                      t = np.empty(m)
        for q in range(m):                  for p in range(n):
            t[p, q] = d_A[p + 1, q]             for q in range(m):
    for p in range(n):                              t[q] = d_A[p + 1, q]
        for q in range(m):                      for q in range(m):
            d_B[p, q] += t[p, q]        =>          d_B[p, q] += t[q]
    for p in range(n):                          for q in range(m):
        for q in range(m):                          d_B[p + 2, q] += t[q]
            d_B[p + 2, q] += t[p, q]

A nest joins an earlier one if no element that it touches in a row is touched by the other in a later row, unless both
only add to it. Sums into one place may so be added up in another order.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .affine import Affine
from .text import Blank, Block, Comment, Gather, Line, Nest, Store, render
from .values import Code, Index, Load


@dataclass(eq=False)
class Access:
    """An element that a nest touches: how ("=", "+", "r") and where."""

    how: str
    buffer: str
    index: tuple[Index, ...]


@dataclass(eq=False)
class Group:
    """Nests that run row by row together; `before` are lines that stand before the first."""

    nests: list[Nest]
    before: list[Any] = field(default_factory=list)


def fuse(items: list[Any], everything: list[Any] | None = None) -> list[Any]:
    """The items with neighbouring nests fused, in blocks inside, too."""
    whole = everything if everything is not None else items
    made: list[Any] = []
    run: list[Any] = []
    for item in items:
        if isinstance(item, Block):
            item.body[:] = fuse(item.body, whole)
        if isinstance(item, Line) and item.movable and not _may_move(item, run):
            made += _fused(run, whole)
            run = [item]
        elif (isinstance(item, Nest) and item.lengths) or isinstance(item, (Comment, Blank)) or (
                isinstance(item, Line) and item.movable):
            run.append(item)
        else:
            made += _fused(run, whole)
            made.append(item)
            run = []
    return made + _fused(run, whole)


def _may_move(line: Line, run: list[Any]) -> bool:
    """May the line stand before the nests of the run? Not if it binds a name that they touch."""
    name = line.text.split(" ", 1)[0]
    return not any(name == a.buffer or name in _words(s) for n in run if isinstance(n, Nest)
                   for s in n.body for a in accesses(n))


def _fused(run: list[Any], whole: list[Any]) -> list[Any]:
    """Nests of one run of items, each put into the earliest group that it may join."""
    if sum(isinstance(item, Nest) for item in run) < 2:
        return run
    groups: list[Group] = []
    waiting: list[Any] = []
    movable: list[Any] = []
    for item in run:
        if isinstance(item, Line):
            movable.append(item)
            waiting = [w for w in waiting if not isinstance(w, Blank)]
        elif not isinstance(item, Nest):
            waiting.append(item)
        else:
            place = _place(groups, item)
            if place is None:
                groups.append(Group([item], waiting))
            else:
                groups[place].nests.append(item)
                groups[place].before += [w for w in waiting if isinstance(w, Comment)]
            waiting = []
    made: list[Any] = list(movable)
    for group in groups:
        made += group.before
        made += _as_items(group, made, whole)
    return made + waiting


def _place(groups: list[Group], nest: Nest) -> int | None:
    """The first group that the nest may join: it must not depend on any group after that."""
    best = None
    for number in reversed(range(len(groups))):
        group = groups[number]
        if len(nest.indices) > 1 and all(_may_join(other, nest) for other in group.nests):
            best = number
        if any(_touch(other, nest) for other in group.nests):
            break
    return best


def accesses(nest: Nest) -> list[Access]:
    made: list[Access] = []
    for stmt in nest.body:
        made += [Access("r", load.buffer, load.index) for load in stmt.value.loads]
        if isinstance(stmt, Store):
            made.append(Access("=" if stmt.sign == "=" else "+", stmt.buffer, stmt.index))
        else:
            made.append(Access("=", stmt.name, ()))
    return made


def _conflict(one: Access, two: Access) -> bool:
    return one.buffer == two.buffer and (one.how, two.how) not in (("r", "r"), ("+", "+"))


def _touch(one: Nest, two: Nest) -> bool:
    """Do the nests touch one buffer, so that their order counts?"""
    return any(_conflict(a, b) for a in accesses(one) for b in accesses(two)) or _reads_total(one, two)


def _reads_total(one: Nest, two: Nest) -> bool:
    """Does `two` read a scalar that `one` accumulates, or the other way round?"""
    return _mentions(one, two) or _mentions(two, one)


def _mentions(one: Nest, two: Nest) -> bool:
    totals = {s.name for s in one.body if isinstance(s, Gather)}
    return any(t in _words(s) for s in two.body for t in totals)


def _words(stmt: Store | Gather) -> set[str]:
    extra = stmt.text if isinstance(stmt, Gather) else ""
    return set(re.findall(r"[A-Za-z_]\w*", f"{stmt.value.text} {extra}"))


def _may_join(one: Nest, two: Nest) -> bool:
    """May row p of `two` run before row p + 1 of `one`?"""
    if one.indices[0] != two.indices[0] or one.lengths[0] != two.lengths[0] or len(one.indices) < 2:
        return False
    if _reads_total(one, two):
        return False
    row = one.indices[0]
    return all(_in_order(a, b, row) for a in accesses(one) for b in accesses(two) if _conflict(a, b))


def _in_order(first: Access, second: Access, row: str) -> bool:
    """Is an element that `second` touches in a row never touched by `first` in a later row?"""
    if len(first.index) != len(second.index):
        return False
    for a, b in zip(first.index, second.index, strict=True):
        if not isinstance(a, Affine) or not isinstance(b, Affine) or a.factor(row) != b.factor(row):
            continue
        ahead = b - a  # the distance between the two at one row
        if a.factor(row) == 1 and ahead.is_const and ahead.const <= 0:
            return True
        if a.factor(row) == 0 and ahead.is_const and ahead.const != 0 and not (a.names | b.names) & _AXES:
            return True
    return False


_AXES = frozenset("pqrsuvwz")


def _as_items(group: Group, before: list[Any], whole: list[Any]) -> list[Any]:
    """The group as loops; rows of temporaries that nothing else reads."""
    if len(group.nests) == 1:
        return list(group.nests)
    first = group.nests[0]
    row = first.indices[0]
    for name in _temporaries(group, row, whole):
        _keep_row(group, name, before)
    inner = [Nest(n.indices[1:], n.lengths[1:], n.body, n.where) for n in group.nests]
    return [Block(f"for {row} in range({first.lengths[0]}):", list(inner), first.where)]


def _temporaries(group: Group, row: str, whole: list[Any]) -> list[str]:
    """Arrays that are filled and read in this group only, always in its row."""
    filled = [s.buffer for n in group.nests for s in n.body
              if isinstance(s, Store) and s.sign == "=" and s.buffer in n.temporaries]
    found = []
    for name in dict.fromkeys(filled):
        touched = [a for n in group.nests for a in accesses(n) if a.buffer == name]
        if not all(len(a.index) > 1 and a.index[0] == Affine.of(row) for a in touched):
            continue
        if any(row in i.names for a in touched for i in a.index[1:] if isinstance(i, Affine)) or any(
                not isinstance(i, Affine) for a in touched for i in a.index):
            continue
        first = next(n for n in group.nests if any(a.buffer == name for a in accesses(n)))
        if not any(isinstance(s, Store) and s.buffer == name for s in first.body) or any(
                load.buffer == name for s in first.body for load in s.value.loads):
            continue
        here = Counter(re.findall(r"[A-Za-z_]\w*", "\n".join(line for line, _ in render(list(group.nests)))))[name]
        everywhere = Counter(re.findall(r"[A-Za-z_]\w*", "\n".join(line for line, _ in render(whole))))[name]
        if everywhere == here + 1:  # once more where it is made
            found.append(name)
    return found


def _keep_row(group: Group, name: str, before: list[Any]) -> None:
    """Make the temporary one row long."""
    made = next((i for i in before if isinstance(i, Line) and i.text.startswith(f"{name} = np.empty((")), None)
    if made is None:
        return
    lengths, rest = made.text[len(f"{name} = np.empty(("):].split("), ", 1)
    parts = [p.strip() for p in lengths.split(",") if p.strip()]
    made.text = f"{name} = np.empty(({', '.join(parts[1:])},), {rest}"
    for nest in group.nests:
        nest.body[:] = [_shortened(stmt, name) for stmt in nest.body]


def _shortened(stmt: Store | Gather, name: str) -> Store | Gather:
    text, loads = stmt.value.text, []
    for load in stmt.value.loads:
        if load.buffer == name:
            old = f"{name}[{', '.join(map(str, load.index))}]"
            text = text.replace(old, f"{name}[{', '.join(map(str, load.index[1:]))}]")
            load = Load(name, load.index[1:])
        loads.append(load)
    value = Code(text, tuple(loads), stmt.value.weight)
    if isinstance(stmt, Gather):
        return Gather(stmt.name, stmt.text, value, stmt.relaxed)
    index = stmt.index[1:] if stmt.buffer == name else stmt.index
    return Store(stmt.buffer, index, value, stmt.sign)
