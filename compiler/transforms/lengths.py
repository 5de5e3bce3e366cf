"""Which symbolic lengths are equal, because an operation that has run would have raised otherwise.

Two lengths that are both known not to be 1 and meet in an elementwise operation are equal; so are the inner lengths of
a matrix product. Such a fact holds from the operation on, within its block.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Dim, Kind, Sym, kind_of, may_be_one, shape_of
from ..ir import Call, Stmt, Var
from ..rules import registry

PRODUCTS = (operator.matmul, np.matmul, np.dot)


class Lengths:
    """Classes of equal lengths."""

    def __init__(self) -> None:
        self.parent: dict[Sym, Dim] = {}

    def copy(self) -> Lengths:
        """The same classes, to be united further on their own."""
        made = Lengths()
        made.parent = dict(self.parent)
        return made

    def find(self, dim: Dim) -> Dim:
        while isinstance(dim, Sym) and dim in self.parent:
            dim = self.parent[dim]
        return dim

    def unite(self, a: Dim, b: Dim) -> None:
        a, b = self.find(a), self.find(b)
        if a == b:
            return
        if isinstance(a, Sym):
            self.parent[a] = b
        elif isinstance(b, Sym):
            self.parent[b] = a

    def shape(self, shape: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
        """The shape with each length replaced by the one that stands for its class."""
        return None if shape is None else tuple(map(self.find, shape))

    def learn(self, statements: Iterable[Stmt]) -> None:
        """Take in what the operations of a block tell."""
        for stmt in statements:
            if not isinstance(stmt, Call) or len(stmt.outs) != 1:
                continue
            kinds = [a.kind if isinstance(a, Var) else kind_of(a.value) for a in stmt.args]
            if stmt.prim.rule in PRODUCTS and len(kinds) == 2:
                self._product(kinds)
            elif stmt.prim.form in ("operator", "compare") or self._elementwise(stmt.prim.rule):
                self._elementwise_call(kinds)

    @staticmethod
    def _elementwise(rule_key: Any) -> bool:
        rule = registry.rule_for(rule_key)
        return rule is not None and rule.elementwise

    def _elementwise_call(self, kinds: list[Kind]) -> None:
        shapes = [s for s in map(shape_of, kinds) if s]
        for first, second in pairwise(shapes):
            for a, b in zip(reversed(first), reversed(second), strict=False):
                if not may_be_one(a) and not may_be_one(b):
                    self.unite(a, b)

    def _product(self, kinds: list[Kind]) -> None:
        left, right = map(shape_of, kinds)
        if not left or not right:
            return
        self.unite(left[-1], right[0] if len(right) == 1 else right[-2])


__all__ = ["Lengths", "prim"]
