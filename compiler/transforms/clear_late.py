"""Clear a stored element's cotangent after its last reader, so that it need not be copied first.

before => after:

    t = d_a[1:-1]                            t = d_a[1:-1]
    u = copy(t)                              v = 0.2 * t
    d_a' = set_item(d_a, 1:-1, 0.0)    =>    d_a' = set_item(d_a, 1:-1, 0.0)
    v = 0.2 * u

and for a part of a cotangent that nobody stores into before its last reader, just

    t = d_a[1:-1]; u = copy(t); v = 0.2 * u    =>    t = d_a[1:-1]; v = 0.2 * t

where nothing reads `d_a'` before the last reader of `u`, and no reader keeps `u` itself. Only the reverse sweep is
reordered. The values are the same: the pass is exact.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from .. import primitives as prim
from ..analyses.storage import Storage
from ..ir import Atom, Block, Call, For, If, Lit, Stmt, Var, While, blocks, inner_uses, uses, walk
from .rewrite import substitute

KEEPING = {"tuple", "list", "dict", "build", "tape_push", "mark", "bridge"}
COPIES = ("numpy.copy", "ndarray.copy")


def clear_late(block: Block, ends: tuple[Atom, ...]) -> Block:
    """The block, and those inside it, with zeros stored as late as need be and without the copies."""
    if not any(isinstance(s, Call) and s.prim.name in COPIES for s in walk(block)):
        return block
    count = Counter(v for s in walk(block) for v in (*uses(s), *inner_uses(s)))
    count.update(e for e in ends if isinstance(e, Var))
    return _run(block, count, Storage(block))


def _clears(stmt: Stmt) -> bool:
    """Is it a store of zero in the reverse sweep?"""
    return isinstance(stmt, Call) and stmt.prim is prim.SET_ITEM and stmt.loc is not None and stmt.loc.backward \
        and isinstance(stmt.args[2], Lit) and type(stmt.args[2].value) in (int, float) and stmt.args[2].value == 0


def _run(block: Block, count: Counter[Var], storage: Storage) -> Block:
    made: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            made.append(replace(stmt, then=_run(stmt.then, count, storage), orelse=_run(stmt.orelse, count, storage)))
        elif isinstance(stmt, For):
            made.append(replace(stmt, body=_run(stmt.body, count, storage)))
        elif isinstance(stmt, While):
            made.append(replace(stmt, test=_run(stmt.test, count, storage), body=_run(stmt.body, count, storage)))
        else:
            made.append(stmt)
    for var in [s.out for s in made if isinstance(s, Call) and s.prim.name in COPIES]:
        copy = _made_by(made, var)
        part = _made_by(made, copy.args[0]) if copy is not None else None
        if copy is not None and part is not None and part.prim.form == "item" and isinstance(part.args[0], Var) \
                and copy.loc is not None and copy.loc.backward:
            _drop_copy(made, copy, part, count, storage)
    return tuple(made)


def _made_by(made: list[Stmt], atom: Atom) -> Call | None:
    """The statement of the block that makes a value: found anew, since statements are replaced as copies go."""
    return next((s for s in made if isinstance(s, Call) and atom in s.outs), None)


def _drop_copy(made: list[Stmt], copy: Call, part: Call, count: Counter[Var], storage: Storage) -> None:
    """Drop the copy of a part of an array; a clearing store of the array moves behind the copy's last reader."""
    last = _last_reader(made, copy, count)
    if last is None:
        return
    store = next((s for s in made if _clears(s) and isinstance(s, Call) and s.args[0] is part.args[0]), None)
    at = made.index(store) if store is not None else -1
    late = store is not None and made.index(part) < at < last
    if late:
        assert store is not None
        first = next((i for i in range(at + 1, len(made)) if store.outs[0] in _read(made[i])), len(made))
        if last >= first:
            return
    family = storage.family(part.args[0])  # type: ignore[arg-type]
    if any(family in storage.stored_in(s) for s in made[made.index(part):last] if not (late and s is store)):
        return
    if late:
        assert store is not None
        del made[at]
        made.insert(last, store)  # every place behind the store has moved up by one
    made.remove(copy)
    made[:] = substitute(made, {copy.out: part.out})
    count[part.out] += count[copy.out] - 1


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
