"""Save a copy of a view, where its array is stored into later: the stores can then be done in place.

before => after:

    for i in range(n):                                       for i in range(n):
        t = a[i, :i]                                             t = a[i, :i]
        tape' = push(tape, t)                       =>           tape' = push(tape, copy(t))
        a' = set_item(a, i, f(t))                                a' = set_item(a, i, f(t))

A tape that holds a view would see each store, so every store would have to make a new array: the cost of the whole
array at each trip instead of the cost of the view. A copy is the same value: the pass is exact.
"""

from __future__ import annotations

from dataclasses import replace

from .. import primitives as prim
from ..analyses.storage import STORES, Storage
from ..ir import Block, Call, For, If, Stmt, Try, Var, While, walk


def save_copies(block: Block) -> Block:
    """The block with each saved view copied whose array is stored into afterwards."""
    if not any(isinstance(s, Call) and s.prim is prim.TAPE_PUSH for s in walk(block)):
        return block
    return _Saver(block).run(block, set())


class _Saver:
    def __init__(self, block: Block) -> None:
        self.storage = Storage(block)

    def run(self, block: Block, later: set[Var]) -> Block:
        """Walk backwards; `later` holds the arrays that are stored into after the place, and grows."""
        result: list[Stmt] = []
        for stmt in reversed(block):
            if isinstance(stmt, Call):
                result += reversed(self._call(stmt, later))
            else:
                inside = self.storage.stored_in(stmt)
                around = later | inside if isinstance(stmt, (For, Try, While)) else later
                result.append(self._inside(stmt, around))
                later |= inside
        return tuple(reversed(result))

    def _inside(self, stmt: Stmt, later: set[Var]) -> Stmt:
        if isinstance(stmt, If):
            return replace(stmt, then=self.run(stmt.then, set(later)), orelse=self.run(stmt.orelse, set(later)))
        if isinstance(stmt, For):
            return replace(stmt, body=self.run(stmt.body, set(later)))
        if isinstance(stmt, Try):
            return replace(stmt, body=self.run(stmt.body, set(later)), handler=self.run(stmt.handler, set(later)))
        assert isinstance(stmt, While), type(stmt)
        return replace(stmt, test=self.run(stmt.test, set(later)), body=self.run(stmt.body, set(later)))

    def _call(self, call: Call, later: set[Var]) -> list[Stmt]:
        if call.prim in STORES and isinstance(call.args[0], Var):
            later.add(self.storage.family(call.args[0]))
        saved = call.args[1] if call.prim is prim.TAPE_PUSH else None
        if isinstance(saved, Var) and self.storage.shown_by(saved) in later:
            copy = Var("", saved.kind)
            return [Call((copy,), prim.primitive_for("ndarray.copy"), (saved,), (), call.loc),
                    Call(call.outs, call.prim, (call.args[0], copy), (), call.loc)]
        return [call]

