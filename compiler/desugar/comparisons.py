"""A comparison has two sides.

before:
    ok = a < b <= c
    inside = 0.0 < f(x) < 1.0
after:
    ok = a < b and b <= c
    inside = 0.0 < (t := f(x)) and t < 1.0
"""

from __future__ import annotations

from typing import Any

import gast

from .context import Context, at, every_node, load, store

_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


def split_comparisons(body: list[Any], context: Context) -> list[Any]:
    """`a < b < c` => `a < b and b < c`, with b evaluated once and c only where a < b holds."""
    splitter = _Splitter(context)
    return [splitter.visit(stmt) for stmt in body]


class _Splitter(gast.NodeTransformer):  # type: ignore[misc]
    def __init__(self, context: Context) -> None:
        self.context = context

    def visit_comprehension(self, node: Any) -> Any:
        """Python allows no `:=` in the iterable of a comprehension."""
        for part in every_node(node.iter):
            if isinstance(part, gast.Compare) and len(part.ops) > 1:
                raise self.context.refuse(part, "a chained comparison in the iterable of a comprehension",
                                          "Its middle would have to be kept in a name.", "Write it with `and`.")
        return self.generic_visit(node)

    def visit_Compare(self, node: Any) -> Any:
        self.generic_visit(node)
        if len(node.ops) == 1:
            return node
        parts = []
        left = node.left
        last = len(node.ops) - 1
        for index, (op, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
            again = right
            if index < last and not isinstance(right, gast.Constant | gast.Name):
                name = self.context.fresh("t")
                again = at(load(name), right)
                right = at(gast.NamedExpr(store(name), right), right)
            elif index < last:
                again = gast.copy_location(load(right.id) if isinstance(right, gast.Name)
                                           else gast.Constant(right.value, None), right)
            parts.append(at(gast.Compare(left, [op], [right]), node))
            left = again
        return at(gast.BoolOp(gast.And(), parts), node)
