"""Clear a stored element's cotangent after its last reader, so that it need not be copied first.

before => after:

    t = d_a[1:-1]                            t = d_a[1:-1]
    u = copy(t)                              v = 0.2 * t
    d_a' = set_item(d_a, 1:-1, 0.0)    =>    d_a' = set_item(d_a, 1:-1, 0.0)
    v = 0.2 * u

where nothing reads `d_a'` before the last reader of `u`, and no reader keeps `u` itself. Only the reverse sweep is
reordered. The values are the same: the pass is exact.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from .. import primitives as prim
from ..ir import Atom, Block, Call, For, If, Lit, Stmt, Var, While, blocks, inner_uses, uses, walk
from .rewrite import substitute

KEEPING = {"tuple", "list", "dict", "build", "tape_push", "mark", "bridge"}
COPIES = ("numpy.copy", "ndarray.copy")


def clear_late(block: Block, ends: tuple[Atom, ...]) -> Block:
    """The block, and those inside it, with zeros stored as late as need be and without the copies."""
    if not any(_clears(s) for s in walk(block)):
        return block
    count = Counter(v for s in walk(block) for v in (*uses(s), *inner_uses(s)))
    count.update(e for e in ends if isinstance(e, Var))
    return _run(block, count)


def _clears(stmt: Stmt) -> bool:
    """Is it a store of zero in the reverse sweep?"""
    return isinstance(stmt, Call) and stmt.prim is prim.SET_ITEM and stmt.loc is not None and stmt.loc.backward \
        and isinstance(stmt.args[2], Lit) and type(stmt.args[2].value) in (int, float) and stmt.args[2].value == 0


def _run(block: Block, count: Counter[Var]) -> Block:
    made: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            made.append(replace(stmt, then=_run(stmt.then, count), orelse=_run(stmt.orelse, count)))
        elif isinstance(stmt, For):
            made.append(replace(stmt, body=_run(stmt.body, count)))
        elif isinstance(stmt, While):
            made.append(replace(stmt, test=_run(stmt.test, count), body=_run(stmt.body, count)))
        else:
            made.append(stmt)
    definition = {s.out: s for s in made if isinstance(s, Call) and len(s.outs) == 1}
    for store in [s for s in made if _clears(s)]:
        assert isinstance(store, Call)
        _settle(made, store, definition, count)
    return tuple(made)


def _settle(made: list[Stmt], store: Call, definition: dict[Var, Call], count: Counter[Var]) -> None:
    """Move one clearing store behind the readers of the copy that was made before it, and drop the copy."""
    at = made.index(store)
    first = next((i for i in range(at + 1, len(made)) if store.out in _read(made[i])), len(made))
    for copy in [s for s in made[:at] if isinstance(s, Call) and s.prim.name in COPIES]:
        part = definition.get(copy.args[0]) if isinstance(copy.args[0], Var) else None
        if part is None or part.prim.form != "item" or part.args[0] is not store.args[0]:
            continue
        last = _last_reader(made, copy, count)
        if last is None or last >= first or made.index(part) > at:
            continue
        del made[at]
        made.insert(last, store)  # every place behind the store has moved up by one
        made.remove(copy)
        made[:] = substitute(made, {copy.out: part.out})
        count[part.out] += count[copy.out] - 1
        return


def _read(stmt: Stmt) -> set[Var]:
    found = {*uses(stmt), *inner_uses(stmt)}
    for block in blocks(stmt):
        for inner in block:
            found |= _read(inner)
    return found


def _last_reader(made: list[Stmt], copy: Call, count: Counter[Var]) -> int | None:
    """The place of the last statement that reads the copy or a view of it; None if one may keep it."""
    last = made.index(copy)
    shown = [copy.out]
    for var in shown:
        readers = [(i, s) for i, s in enumerate(made) if isinstance(s, Call) and var in _read(s)]
        if sum(sum(v is var for v in uses(s)) for _, s in readers) != count[var]:
            return None  # read inside a block, or at its end
        for place, reader in readers:
            if reader.prim.form in KEEPING or not reader.prim.pure or (
                    reader.prim in (prim.SET_ITEM, prim.ADD_AT) and reader.args[0] is var):
                return None
            if reader.prim.alias != "fresh":
                shown += reader.outs
            last = max(last, place)
    return last
