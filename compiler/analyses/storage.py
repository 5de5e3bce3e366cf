"""Which values are successive contents of one array, and which are views of it: where a store is seen.

An array that is stored into is a new value after each store; all of them, and the values that carry them through loops
and branches, form a *family*. A view (`a[1:]`, `a.T`) shows the family of its base.
Limitation: a view that went through a branch or a loop as a value counts as an array of its own.
"""

from __future__ import annotations

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array
from ..ir import Atom, Block, Call, For, If, Stmt, Try, Var, While, walk

STORES = (prim.SET_ITEM, prim.ADD_AT)
IN_PLACE = "in_place"  # the form of elementwise operations that use an operand's memory again (raise_python/reuse.py)

# Views that show each element of their array, once: who has such a view needs no other name of the array.
WHOLE_VIEWS = frozenset({
    "ndarray.T", "ndarray.mT", np.transpose, "ndarray.transpose", np.permute_dims, np.matrix_transpose,
    np.linalg.matrix_transpose, np.swapaxes, "ndarray.swapaxes", np.moveaxis, np.flip, np.flipud, np.fliplr, np.rot90,
    np.reshape, "ndarray.reshape", np.ravel, "ndarray.ravel", np.squeeze, "ndarray.squeeze", np.expand_dims,
})


def changed(call: Call) -> Var | None:
    """The array whose memory a call fills with its result; None where the result has memory of its own."""
    if call.prim in STORES:
        return call.args[0] if isinstance(call.args[0], Var) else None
    if call.prim.form != IN_PLACE:
        return None
    return next(a for a in call.args if isinstance(a, Var) and isinstance(a.kind, Array) and a.kind.shape != ())


class Storage:
    """Families of arrays in a block, and what each view shows."""

    def __init__(self, block: Block) -> None:
        self.parent: dict[Var, Var] = {}
        self.whole: set[Var] = set()  # the views of all of an array
        self.base: dict[Var, Var] = {}  # a view -> what it is a view of
        for stmt in walk(block):
            if isinstance(stmt, Call):
                self._learn(stmt)
            elif isinstance(stmt, (If, Try)):
                for join in stmt.outs:
                    self._unite(join.out, join.from_then, join.from_else)
            elif isinstance(stmt, (For, While)):
                for carry in stmt.carried:
                    self._unite(carry.out, carry.init, carry.inner, carry.next)

    def _learn(self, call: Call) -> None:
        array = changed(call)
        if array is not None:
            self._unite(call.out, array)
            while array in self.whole:
                array = self.base[array]
                self._unite(call.out, array)
        elif call.prim.alias != "fresh" and call.args and isinstance(call.args[0], Var):
            for out in call.outs:
                if isinstance(out.kind, Array) and out.kind.shape != ():
                    self.base[out] = call.args[0]
                    if call.prim.rule in WHOLE_VIEWS:
                        self.whole.add(out)

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

    def shown_by(self, var: Var) -> Var | None:
        """The family of the array that a view shows; None if the value is no view."""
        if var not in self.base:
            return None
        while var in self.base:
            var = self.base[var]
        return self.family(var)

    def stored_in(self, stmt: Stmt) -> set[Var]:
        """The families that a statement stores into, in its blocks too."""
        arrays = [changed(s) for s in walk((stmt,)) if isinstance(s, Call)]
        return {self.family(a) for a in arrays if a is not None}
