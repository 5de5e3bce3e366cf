"""Own what a loop stores into: one copy before the loop instead of one at each store inside.

before => after:

    for i in range(n): carried y = (x, y', y'[i] := v)     =>     y0 = array(x)
                                                                  for i in range(n): carried y = (y0, y', y'[i] := v)

where `x` is an argument, a broadcast, or read elsewhere. After it `raise_python` can print the stores in place.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, dtype_of, kind_of, shape_of
from ..ir import Atom, Block, Call, Carry, For, If, Param, Stmt, Try, Var, While, inner_uses, uses, walk
from .finish import Freshness


def own_targets(block: Block, params: tuple[Param, ...]) -> Block:
    """The block with a copy before each loop that stores into memory which is not its own."""
    return _Owner(block, params).run(block)


class _Owner:
    def __init__(self, block: Block, params: tuple[Param, ...]) -> None:
        self.facts = Freshness(block, params)
        self.owned: set[Var] = set()  # inner values of loops outside, whose initial value was copied if need be

    def run(self, block: Block) -> Block:
        result: list[Stmt] = []
        last_read: dict[Var, int] = {}  # variable -> number of the last statement of the block that reads it
        for number, stmt in enumerate(block):
            if isinstance(stmt, (For, While)):
                targets = stored(stmt.body)
                if targets and not last_read:
                    last_read = {v: n for n, each in enumerate(block) for s in walk((each,))
                                 for v in (*uses(s), *inner_uses(s))}
                made = self._own(stmt, targets, number, last_read, result)
                result.append(replace(made, body=self.run(made.body)))
            elif isinstance(stmt, If):
                result.append(replace(stmt, then=self.run(stmt.then), orelse=self.run(stmt.orelse)))
            elif isinstance(stmt, Try):
                result.append(replace(stmt, body=self.run(stmt.body), handler=self.run(stmt.handler)))
            else:
                result.append(stmt)
        return tuple(result)

    def _own(self, stmt: For | While, targets: set[Var], number: int, last_read: dict[Var, int], before: list[Stmt]
             ) -> For | While:
        carried = []
        for carry in stmt.carried:
            init = carry.init
            if carry.inner in targets and isinstance(init, Var) and isinstance(init.kind, Array):
                self.owned.add(carry.inner)
                memory = self.facts.memory(init)
                shared = sum(1 for other in stmt.carried if other.init is init) > 1
                fresh = bool(memory) or init in self.owned
                if not fresh or last_read[init] > number or shared:
                    init = self._copy(init, carry, before, stmt)
                if self._is_stored_into(carry.next, carry.inner):
                    self.owned.add(carry.out)
            carried.append(Carry(carry.out, init, carry.inner, carry.next))
        return replace(stmt, carried=tuple(carried))

    def _is_stored_into(self, atom: Atom, array: Var) -> bool:
        """Is a value the array itself after some stores (and loops of stores) into it?"""
        while isinstance(atom, Var) and atom is not array:
            made = self.facts.definition.get(atom)
            if isinstance(made, Call) and made.prim in (prim.SET_ITEM, prim.ADD_AT):
                atom = made.args[0]
            elif isinstance(made, (For, While)):
                carry = next(c for c in made.carried if c.out is atom or c.inner is atom)
                if carry.inner is atom or not self._is_stored_into(carry.next, carry.inner):
                    return False
                atom = carry.init
            else:
                return False
        return atom is array

    def _copy(self, init: Var, carry: Carry, before: list[Stmt], stmt: Stmt) -> Var:
        copy = Var(carry.inner.name, init.kind)
        made = self.facts.definition.get(init)
        if isinstance(made, Call) and made.prim.rule is np.broadcast_to and self._is_scalar(made.args[0]):
            dtype = dtype_of(init.kind)
            kwargs = (("dtype", prim.literal(dtype)),) if dtype is not None and dtype != np.dtype("f8") else ()
            before.append(Call((copy,), prim.primitive_for(np.full), (made.args[1], made.args[0]), kwargs, made.loc))
        else:
            before.append(Call((copy,), prim.primitive_for(np.array), (init,), (), stmt.loc))
        return copy

    @staticmethod
    def _is_scalar(atom: Atom) -> bool:
        kind = atom.kind if isinstance(atom, Var) else kind_of(atom.value)
        return shape_of(kind) == ()


def stored(block: Block) -> set[Var]:
    """The values that a block stores into, directly or in a loop or branch inside."""
    found: set[Var] = set()
    for stmt in block:
        if isinstance(stmt, Call) and stmt.prim in (prim.SET_ITEM, prim.ADD_AT) and isinstance(stmt.args[0], Var):
            found.add(stmt.args[0])
        elif isinstance(stmt, (For, While)):
            inner = stored(stmt.body)
            found |= inner
            found.update(c.init for c in stmt.carried if c.inner in inner and isinstance(c.init, Var))
        elif isinstance(stmt, If):
            found |= stored(stmt.then) | stored(stmt.orelse)
        elif isinstance(stmt, Try):
            found |= stored(stmt.body) | stored(stmt.handler)
    return found
