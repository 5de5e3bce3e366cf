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
from ..domains.kinds import Array
from ..ir import Atom, Block, Call, For, If, Stmt, Var, While, walk

STORES = (prim.SET_ITEM, prim.ADD_AT)


def save_copies(block: Block) -> Block:
    """The block with each saved view copied whose array is stored into afterwards."""
    saver = _Saver(block)
    return saver.run(block, set()) if saver.needed else block


class _Saver:
    def __init__(self, block: Block) -> None:
        self.parent: dict[Var, Var] = {}
        self.base: dict[Var, Var] = {}  # a view -> what it is a view of
        self.needed = False
        for stmt in walk(block):
            if isinstance(stmt, Call):
                self._learn(stmt)
            elif isinstance(stmt, If):
                for join in stmt.outs:
                    self._unite(join.out, join.from_then, join.from_else)
            elif isinstance(stmt, (For, While)):
                for carry in stmt.carried:
                    self._unite(carry.out, carry.init, carry.inner, carry.next)

    def _learn(self, call: Call) -> None:
        self.needed |= call.prim is prim.TAPE_PUSH
        if call.prim in STORES:
            self._unite(call.out, call.args[0])
        elif call.prim.alias != "fresh" and call.args and isinstance(call.args[0], Var):
            for out in call.outs:
                if isinstance(out.kind, Array) and out.kind.shape != ():
                    self.base[out] = call.args[0]

    def _unite(self, first: Var, *others: Atom) -> None:
        if isinstance(first.kind, Array):
            for other in others:
                if isinstance(other, Var):
                    self.parent[self.family(other)] = self.family(first)

    def family(self, var: Var) -> Var:
        """The value that stands for all successive contents of one array."""
        root = var
        while self.parent.get(root, root) is not root:
            root = self.parent[root]
        while var is not root:
            self.parent[var], var = root, self.parent[var]
        return root

    def array_of(self, var: Var) -> Var | None:
        """The array that a view shows; None if the value is no view."""
        if var not in self.base:
            return None
        while var in self.base:
            var = self.base[var]
        return self.family(var)

    def run(self, block: Block, later: set[Var]) -> Block:
        """Walk backwards; `later` holds the arrays that are stored into after the place, and grows."""
        result: list[Stmt] = []
        for stmt in reversed(block):
            if isinstance(stmt, Call):
                result += reversed(self._call(stmt, later))
            else:
                inside = self._stored(stmt)
                around = later | inside if isinstance(stmt, (For, While)) else later
                result.append(self._inside(stmt, around))
                later |= inside
        return tuple(reversed(result))

    def _inside(self, stmt: Stmt, later: set[Var]) -> Stmt:
        if isinstance(stmt, If):
            return replace(stmt, then=self.run(stmt.then, set(later)), orelse=self.run(stmt.orelse, set(later)))
        if isinstance(stmt, For):
            return replace(stmt, body=self.run(stmt.body, set(later)))
        assert isinstance(stmt, While), stmt
        return replace(stmt, test=self.run(stmt.test, set(later)), body=self.run(stmt.body, set(later)))

    def _stored(self, stmt: Stmt) -> set[Var]:
        return {self.family(s.args[0]) for s in walk((stmt,)) if isinstance(s, Call) and s.prim in STORES
                and isinstance(s.args[0], Var)}

    def _call(self, call: Call, later: set[Var]) -> list[Stmt]:
        if call.prim in STORES and isinstance(call.args[0], Var):
            later.add(self.family(call.args[0]))
        if call.prim is prim.TAPE_PUSH and isinstance(call.args[1], Var) and self.array_of(call.args[1]) in later:
            saved = call.args[1]
            copy = Var("", saved.kind)
            return [Call((copy,), prim.primitive_for("ndarray.copy"), (saved,), (), call.loc),
                    Call(call.outs, call.prim, (call.args[0], copy), (), call.loc)]
        return [call]

