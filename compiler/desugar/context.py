"""What the passes share: free names, places in the user's file, the making of nodes."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import gast

from ...runtime.errors import Location, UnsupportedError
from ..source import Origin

Node = TypeVar("Node", bound=gast.AST)
FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.Lambda, gast.ClassDef)
LOOPS = (gast.For, gast.While)
_NAMING = {gast.Name: "id", gast.FunctionDef: "name", gast.ClassDef: "name", gast.alias: "asname",
           gast.MatchAs: "name", gast.MatchStar: "name", gast.MatchMapping: "rest"}


@dataclass
class Context:
    """One function on its way to the kernel: the names that it uses, and where its text stands.

    origin : None in tests of single passes; then nothing is known of names that are not local
    taken  : every name that occurs in the function or in functions inside it
    bound  : those that are bound there
    flags  : invented names of booleans that say that a jump was taken
    """

    origin: Origin | None = None
    taken: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)

    def learn(self, tree: gast.AST) -> None:
        """Take the names that occur in a tree."""
        for node in every_node(tree):
            named = _NAMING.get(type(node))
            if named is None:
                continue
            name = getattr(node, named)
            self.taken.add(name)
            if not isinstance(getattr(node, "ctx", None), gast.Load):
                self.bound.add(name)

    def fresh(self, wish: str) -> str:
        """A name that the user's function does not use: the wish, else wish2, wish3, ..."""
        name, number = wish, 1
        while name in self.taken or hasattr(builtins, name):
            number += 1
            name = f"{wish}{number}"
        self.taken.add(name)
        return name

    def flag(self, wish: str) -> str:
        """A fresh name of a boolean."""
        name = self.fresh(wish)
        self.flags.add(name)
        return name

    def is_range(self, node: Any) -> bool:
        """Is this expression a plain call of the builtin `range`?"""
        if not (isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "range"):
            return False
        if node.keywords or not 1 <= len(node.args) <= 3 or any(isinstance(a, gast.Starred) for a in node.args):
            return False
        known = self.origin is None or self.origin.resolve("range") == ("builtin", range)
        return known and "range" not in self.bound

    def refuse(self, node: gast.AST, what: str, why: str, instead: str) -> UnsupportedError:
        """The located error for a node; the caller raises it."""
        where: Location | None = self.origin.location(node) if self.origin is not None else None
        return UnsupportedError(what, where, why, instead)

    def header(self, node: Any) -> gast.AST:
        """A node that stands where the header of a compound statement does (`if test:`), without its body."""
        place = gast.copy_location(gast.Pass(), node)
        anchor = getattr(node, "test", None) or getattr(node, "iter", None)
        if anchor is None or self.origin is None or getattr(anchor, "end_lineno", None) is None:
            return place
        line, column = anchor.end_lineno, anchor.end_col_offset
        while line <= min(node.end_lineno, len(self.origin.lines)):
            text = self.origin.lines[line - 1].encode()[column:].split(b"#", 1)[0]
            if b":" in text:
                place.end_lineno, place.end_col_offset = line, column + text.index(b":") + 1
                return place
            line, column = line + 1, 0
        return place


# --- nodes ---------------------------------------------------------------------------------------------------------


def at(node: Node, place: gast.AST) -> Node:
    """Give a new node, and the new nodes in it, the position of the node that it comes from."""
    for part in every_node(node):
        if "lineno" not in part.__dict__ and "lineno" in part._attributes:
            gast.copy_location(part, place)
    return node


_COPIED = (gast.AST, list)


def copy_tree(node: Any) -> Any:
    """A copy of a tree, with its positions; lists and nodes are new, constants are shared."""
    if isinstance(node, list):
        return [copy_tree(item) for item in node]
    if not isinstance(node, gast.AST):
        return node
    cls: Any = type(node)
    made = cls.__new__(cls)
    into = made.__dict__
    for name, value in node.__dict__.items():
        into[name] = copy_tree(value) if isinstance(value, _COPIED) else value
    return made


def load(name: str) -> gast.Name:
    return gast.Name(name, gast.Load(), None, None)


def store(name: str) -> gast.Name:
    return gast.Name(name, gast.Store(), None, None)


def assign(target: Any, value: Any, place: gast.AST) -> gast.Assign:
    """`target = value`; a target given as text is a name."""
    made = gast.Assign([store(target) if isinstance(target, str) else target], value, None)
    return at(made, place)


def constant(value: Any) -> gast.Constant:
    return gast.Constant(value, None)


def negated(test: Any) -> Any:
    """`not test`, for use as a condition; `not not x` is x there, and `is` and `in` have a negative form."""
    if isinstance(test, gast.UnaryOp) and isinstance(test.op, gast.Not):
        return test.operand
    opposites = {gast.Is: gast.IsNot, gast.IsNot: gast.Is, gast.In: gast.NotIn, gast.NotIn: gast.In}
    if isinstance(test, gast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in opposites:
        made = gast.Compare(test.left, [opposites[type(test.ops[0])]()], test.comparators)
        return gast.copy_location(made, test)
    return at(gast.UnaryOp(gast.Not(), test), test)


def any_of(names: list[str], place: gast.AST) -> Any:
    """`a or b or ...` of boolean names."""
    if len(names) == 1:
        return at(load(names[0]), place)
    return at(gast.BoolOp(gast.Or(), [load(name) for name in names]), place)


def branch(test: Any, body: list[Any], orelse: list[Any], place: gast.AST) -> gast.If:
    """`if test: body else: orelse`; an empty body changes places with its alternative."""
    if not body and orelse:
        test, body, orelse = negated(test), orelse, []
    return at(gast.If(test, body or [gast.Pass()], orelse), place)


# --- walks ---------------------------------------------------------------------------------------------------------


def blocks_of(stmt: gast.AST) -> Iterator[tuple[Any, str]]:
    """The blocks inside a statement that belong to the same function, each as (node, field)."""
    if isinstance(stmt, FUNCTIONS):
        return
    for name in ("body", "orelse", "finalbody"):
        if isinstance(getattr(stmt, name, None), list):
            yield stmt, name
    for part in (*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ())):
        yield part, "body"


def children(node: gast.AST) -> list[gast.AST]:
    """The nodes right below a node but for `ctx`, as `gast.iter_child_nodes` gives them at four times the cost."""
    cls, held = type(node), node.__dict__
    if cls is gast.Constant:
        return []
    if cls is gast.Name:  # half of all nodes
        return [] if node.annotation is None else [node.annotation]
    found: list[gast.AST] = []
    for name in node._fields:
        value = held.get(name)
        if isinstance(value, list):
            found += [part for part in value if isinstance(part, gast.AST)]
        elif isinstance(value, gast.AST) and name != "ctx":
            found.append(value)
    return found


def every_node(tree: gast.AST) -> Iterator[gast.AST]:
    """A node and all below it, in the order of `gast.walk`."""
    nodes = [tree]
    for node in nodes:  # grows as it is walked
        yield node
        nodes += children(node)


def own_nodes(tree: gast.AST | list[Any]) -> Iterator[gast.AST]:
    """The nodes of a function, without those of the functions defined inside."""
    stack = list(tree) if isinstance(tree, list) else [tree]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, FUNCTIONS):
            stack += children(node)


def is_true(test: gast.AST) -> bool:
    """Is the test of a `while` a constant that holds always?"""
    return isinstance(test, gast.Constant) and bool(test.value)
