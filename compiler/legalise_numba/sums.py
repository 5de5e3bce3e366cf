"""Innermost loops of sums become functions of their own, where floating-point sums may be added up in another order.

Compiled with `reassoc` and `contract` the loop runs in vector registers; everything else keeps Python's order.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from .helpers import HELPERS
from .text import Block, Gather, Line, Nest, pretty

NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
GLOBAL = {"np", "math", "range", "max", "min", "abs", "int", "float", "bool", "complex", "round", "if", "else", "not",
          "and", "or", "True", "False", *HELPERS}
HEADER = "@njit(error_model='numpy', fastmath={'reassoc', 'contract'})"


class Sums:
    """The functions made so far; a loop that is another's but for its names calls the same."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.texts: list[str] = []
        self.known: dict[str, str] = {}

    def extract(self, items: list[Any]) -> list[Any]:
        """The items with the innermost loops of sums replaced by calls."""
        return [self._item(item) for item in items]

    def _item(self, item: Any) -> Any:
        if isinstance(item, Block):
            item.body[:] = self.extract(item.body)
        if not (isinstance(item, Nest) and item.lengths and len(item.body) == 1):
            return item
        stmt = item.body[0]
        if not (isinstance(stmt, Gather) and stmt.relaxed and NAME.fullmatch(stmt.name)):
            return item
        index, length = item.indices[-1], str(item.lengths[-1])
        call = self._call(stmt, index, length)
        if len(item.lengths) == 1:
            return Line(f"{stmt.name} += {call}", item.where)
        inner = Gather(stmt.name, stmt.text, replace(stmt.value, text=call))
        return Nest(item.indices[:-1], item.lengths[:-1], [inner], item.where)

    def _call(self, stmt: Gather, index: str, length: str) -> str:
        """The call of the function for this loop, which is made if there is none."""
        value = pretty(stmt.value.text)
        names = [n for n in dict.fromkeys(NAME.findall(f"{length} {value}")) if n not in GLOBAL and n != index]
        total = "total"
        while total in names or total == index:
            total += "_"
        body = (f"    {total} = 0.0\n    for {index} in range({length}):\n        {total} += {value}\n"
                f"    return {total}\n")
        places = {n: f"<{k}>" for k, n in enumerate([*names, index, total])}
        key = NAME.sub(lambda m: places.get(m[0], m[0]), body)
        if key not in self.known:
            name, number = "sum_of_terms", 2
            while name in self.taken:
                name, number = f"sum_of_terms{number}", number + 1
            self.taken.add(name)
            self.known[key] = name
            self.texts.append(f"{HEADER}\ndef {name}({', '.join(names)}):\n{body}")
        return f"{self.known[key]}({', '.join(names)})"
