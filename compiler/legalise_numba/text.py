"""The generated text as a tree: lines, comments, blocks, and loop nests that may still be fused."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from .affine import Affine
from .values import Code, Index, Load, text_of


@dataclass(eq=False, slots=True)
class Line:
    """One statement; a `movable` one may stand before the nests above it."""

    text: str
    where: Any = None
    movable: bool = False


@dataclass(eq=False, slots=True)
class Comment:
    text: str


@dataclass(eq=False, slots=True)
class Blank:
    pass


@dataclass(eq=False, slots=True)
class Block:
    """A header such as `for i in range(n)` and what stands under it."""

    header: str
    body: list[Any] = field(default_factory=list)
    where: Any = None


@dataclass(eq=False, slots=True)
class Store:
    """buffer[index] = value, or += (also -=)"""

    buffer: str
    index: tuple[Index, ...]
    value: Code
    sign: str = "="


@dataclass(eq=False, slots=True)
class Gather:
    """name = name + value, or another accumulation into a scalar: `text` has {value} where the value stands."""

    name: str
    text: str
    value: Code
    relaxed: bool = False  # a sum of floats, whose order is free


@dataclass(eq=False, slots=True)
class Nest:
    """Loops over `lengths` with the index names `indices` around element statements."""

    indices: tuple[str, ...]
    lengths: tuple[Affine, ...]
    body: list[Store | Gather]
    where: Any = None
    temporaries: set[str] = field(default_factory=set)


def render(items: list[Any], indent: int = 0) -> list[tuple[str, Any]]:
    """Lines of text with the primal location of each."""
    lines: list[tuple[str, Any]] = []
    pad = "    " * indent
    for item in items:
        if isinstance(item, Line):
            lines += [(f"{pad}{part}", item.where) for part in pretty(item.text).split("\n")]
        elif isinstance(item, Comment):
            lines.append((f"{pad}# {item.text}", None))
        elif isinstance(item, Blank):
            if lines and lines[-1][0]:
                lines.append(("", None))
        elif isinstance(item, Block):
            lines.append((f"{pad}{pretty_header(item.header)}", item.where))
            lines += render(item.body, indent + 1) if _has_code(item.body) else [(f"{pad}    pass", None)]
        elif isinstance(item, Nest):
            lines += render([as_loops(item)] if item.lengths else element_lines(item), indent)
        else:
            raise AssertionError(item)
    return lines


def is_code(line: str) -> bool:
    """Is a line of text neither empty nor a comment?"""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _has_code(items: list[Any]) -> bool:
    return any(not isinstance(item, (Comment, Blank)) for item in items)


def as_loops(nest: Nest) -> Block:
    inner: list[Any] = element_lines(nest)
    for name, length in reversed(list(zip(nest.indices, nest.lengths, strict=True))):
        inner = [Block(f"for {name} in range({length}):", inner, nest.where)]
    block: Block = inner[0]
    return block


def element_lines(nest: Nest) -> list[Any]:
    lines: list[Any] = []
    for stmt in nest.body:
        if isinstance(stmt, Store):
            place = f"{stmt.buffer}[{', '.join(map(text_of, stmt.index))}]" if stmt.index else stmt.buffer
            lines.append(Line(f"{place} {stmt.sign} {stmt.value}", nest.where))
        else:
            lines.append(Line(stmt.text.format(value=stmt.value.text), nest.where))
    return lines


def pretty(statement: str) -> str:
    """The statement without needless parentheses; `a = a + b` as `a += b`."""
    tree = ast.parse(statement)
    first = tree.body[0]
    if isinstance(first, ast.Assign) and isinstance(first.value, ast.BinOp) and isinstance(first.value.left, ast.Name) \
            and isinstance(first.targets[0], ast.Name) and first.targets[0].id == first.value.left.id:
        tree.body[0] = ast.AugAssign(first.targets[0], first.value.op, first.value.right)
    return ast.unparse(tree)


def pretty_header(header: str) -> str:
    if header == "else:":
        return header
    return ast.unparse(ast.parse(f"{header}\n    pass")).split("\n")[0]


__all__ = ["Blank", "Block", "Code", "Comment", "Gather", "Line", "Load", "Nest", "Store", "is_code", "render"]
