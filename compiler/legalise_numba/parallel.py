"""Loops that are proven independent become `prange` loops: with `parallel=True` their trips run on several threads.

A loop is independent if each array that it stores into has an axis on which all its accesses stand at one and the same
place, which moves with the loop (`d_A[i, j] += ...` in a loop over i), and every other name that it binds is bound
anew in each trip before it is read, and not read afterwards. A loop that may raise, ends early, calls Python or adds up
a number stays as it is. Only the outermost such loops are parallel.
"""

from __future__ import annotations

import ast
from typing import Any

from .helpers import HELPERS
from .text import Block, Nest, as_loops, render

OPTIONS = ("{'prange': True, 'comprehension': False, 'reduction': False, 'inplace_binop': False, 'setitem': False, "
           "'numpy': False, 'stencil': False, 'fusion': False}")
QUIET = {"abs", "min", "max", "int", "float", "bool", "complex", "round", "range", "len"}


class Parallel:
    """Finds the loops of one function that may be parallel, and marks them."""

    def __init__(self, items: list[Any], parameters: list[str]) -> None:
        self.items = items
        self.parameters = set(parameters)
        self.found = 0
        self.tree = self._tree(items)
        self.alias = self._aliases()

    def run(self) -> None:
        self.items[:] = self._block(self.items)

    @staticmethod
    def _tree(items: list[Any]) -> ast.Module:
        return ast.parse("\n".join(line for line, _ in render(items)) or "pass")

    def _block(self, items: list[Any]) -> list[Any]:
        made: list[Any] = []
        for item in items:
            loop = as_loops(item) if isinstance(item, Nest) and item.lengths else item
            if isinstance(loop, Block) and loop.header.startswith("for "):
                header = self._parallel_header(loop)
                if header is not None:
                    self.found += 1
                    made.append(Block(header, loop.body, loop.where))
                    continue
            if isinstance(item, Block):
                item.body[:] = self._block(item.body)
            made.append(item)
        return made

    # --- the proof ----------------------------------------------------------------------------------------------------

    def _parallel_header(self, block: Block) -> str | None:
        """The header of the parallel loop; None where the loop is not proven independent."""
        loop = self._tree([block]).body[0]
        assert isinstance(loop, ast.For), block.header
        assert isinstance(loop.target, ast.Name), block.header
        index = loop.target.id
        span = _span(loop)
        if span is None or not all(map(self._harmless, ast.walk(loop))) or _breaks(loop.body):
            return None
        bound = _bound_names(loop.body)
        if index in bound or not self._arrays_apart(loop, index, bound):
            return None
        if not all(self._is_private(name, loop) for name in bound):
            return None
        return f"for {index} in prange({span}):"

    def _harmless(self, node: ast.AST) -> bool:
        """May the node stand in a parallel loop?"""
        if isinstance(node, (ast.Raise, ast.Return, ast.Assert, ast.With, ast.Try)):
            return False
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            return True  # private names only: `_is_private` sees that it is bound before
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "math")
                return module or node.func.attr == "copy"
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            return name in QUIET or name.startswith("sum_of_terms") or (
                name in HELPERS and "raise" not in HELPERS[name])
        return True

    def _arrays_apart(self, loop: ast.For, index: str, bound: set[str]) -> bool:
        """Do two trips never touch one element of an array that is stored into?"""
        places: dict[str, list[list[ast.expr]]] = {}
        stored: set[str] = set()
        for node in ast.walk(loop):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                root = self.alias.get(node.value.id, node.value.id)
                parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                places.setdefault(root, []).append(parts)
                if isinstance(node.ctx, ast.Store):
                    stored.add(root)
        whole = {self.alias.get(n.id, n.id) for n in _whole_reads(loop)}
        for root in stored:
            members = {n for n, r in self.alias.items() if r == root} | {root}
            if members <= bound:
                continue  # an array of each trip's own
            if root in whole or root in self.parameters:
                return False
            ranks = {len(p) for p in places[root]}
            if len(ranks) != 1 or not any(self._moves([p[k] for p in places[root]], index, bound)
                                          for k in range(ranks.pop())):
                return False
        return True

    def _moves(self, parts: list[ast.expr], index: str, bound: set[str]) -> bool:
        """Is it one place, `index` plus what does not change in the loop?"""
        texts = {ast.unparse(p) for p in parts}
        if len(texts) != 1 or any(isinstance(n, (ast.Call, ast.Subscript, ast.Slice)) for n in ast.walk(parts[0])):
            return False
        return _factor(parts[0], index) in (1, -1) and bound.isdisjoint(_names(parts[0]))

    def _is_private(self, name: str, loop: ast.For) -> bool:
        """Is the name bound in each trip before it is read, and never read with that value after the loop?"""
        if not _bound_first(loop.body, name):
            return False
        text = ast.unparse(loop)
        return _safe_outside(self.tree.body, name, text)

    def _aliases(self) -> dict[str, str]:
        """For each name of an array that may share memory with another: one name for all of them."""
        parent: dict[str, str] = {}

        def root(name: str) -> str:
            while name in parent:
                name = parent[name]
            return name

        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Assign):
                continue
            pairs = [(node.targets[0], node.value)]
            if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(node.targets[0].elts, node.value.elts, strict=True))
            for target, value in pairs:
                source = _memory(value)
                if isinstance(target, ast.Name) and source is not None and root(source) != root(target.id):
                    parent[root(target.id)] = root(source)
        return {name: root(name) for name in parent}


def _memory(value: ast.expr) -> str | None:
    """The name whose memory an expression may share."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Subscript):
        return _memory(value.value)
    if isinstance(value, ast.Attribute) and value.attr == "T":
        return _memory(value.value)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "reshape":
        return _memory(value.func.value)
    return None


def _span(loop: ast.For) -> str | None:
    """The range as `start, stop` with step 1; None for other steps."""
    call = loop.iter
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
        return None
    ends = [ast.unparse(a) for a in call.args]
    if len(ends) < 3:
        return ", ".join(ends)
    if ends[2] == "-1":  # in any order: a - 1, ..., b + 1 counted down are those of range(b + 1, a + 1)
        return f"{ends[1]} + 1, {ends[0]} + 1"
    return None


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _bound_names(body: list[ast.stmt]) -> set[str]:
    return {n.id for stmt in body for n in ast.walk(stmt) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _whole_reads(loop: ast.For) -> list[ast.Name]:
    """Names that are read, but not to take an element."""
    elements = {id(n.value) for n in ast.walk(loop) if isinstance(n, ast.Subscript)}
    lengths = {id(n.value) for n in ast.walk(loop) if isinstance(n, ast.Attribute) and n.attr in ("shape", "size")}
    return [n for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            and id(n) not in elements | lengths]


def _factor(node: ast.expr, index: str) -> int | None:
    """By how much an expression grows with the index; None where that is not known."""
    if isinstance(node, ast.Name):
        return int(node.id == index)
    if isinstance(node, ast.Constant):
        return 0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _factor(node.operand, index)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = _factor(node.left, index), _factor(node.right, index)
        if left is None or right is None:
            return None
        return left + right if isinstance(node.op, ast.Add) else left - right
    return 0 if index not in _names(node) else None


def _breaks(body: list[ast.stmt]) -> bool:
    """Does a `break` of this loop stand in its body?"""
    for stmt in body:
        if isinstance(stmt, (ast.Break, ast.Continue)):
            return True
        if isinstance(stmt, ast.If) and (_breaks(stmt.body) or _breaks(stmt.orelse)):
            return True
    return False


def _binds(stmt: ast.stmt, name: str) -> bool:
    """Does the statement bind the name for certain, before anything in it reads it?"""
    if isinstance(stmt, ast.Assign):
        targets = {n.id for t in stmt.targets for n in ast.walk(t)
                   if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        return name in targets and name not in _names(stmt.value)
    if isinstance(stmt, ast.If):
        return name not in _names(stmt.test) and bool(stmt.orelse) and all(
            _bound_first(side, name) and any(_binds(s, name) for s in side) for side in (stmt.body, stmt.orelse))
    return False


def _bound_first(body: list[ast.stmt], name: str) -> bool:
    """Is every read of the name after a statement of the body, or of the same inner body, that binds it?"""
    for stmt in body:
        if _binds(stmt, name):
            return True
        if name not in _names(stmt):
            continue
        if isinstance(stmt, ast.For) and isinstance(stmt.target, ast.Name):
            if name in _names(stmt.iter):
                return False
            if stmt.target.id != name and not _bound_first(stmt.body, name):
                return False
        elif isinstance(stmt, ast.If):
            if name in _names(stmt.test) or not _bound_first(stmt.body, name) or not _bound_first(stmt.orelse, name):
                return False
        else:
            return False
    return True


def _safe_outside(body: list[ast.stmt], name: str, text: str) -> bool:
    """Is no read of the name, outside the loop with this text, one of a value that the loop has given it?

    Each statement list that holds the loop, or comes after it, must bind the name before it reads it.
    """
    place = next((k for k, s in enumerate(body) if _holds(s, text)), None)
    if place is None:
        return True
    if not _bound_first(body[place + 1:], name):
        return False
    stmt = body[place]
    if isinstance(stmt, ast.For) and ast.unparse(stmt) == text:
        return True
    inner = [stmt.body, stmt.orelse] if isinstance(stmt, (ast.For, ast.While, ast.If)) else []
    if isinstance(stmt, (ast.For, ast.While)):  # the next trip begins again
        whole = [s for s in stmt.body if not (isinstance(s, ast.For) and ast.unparse(s) == text)]
        if isinstance(stmt, ast.While) and name in _names(stmt.test):
            return False
        if not _bound_first(whole, name):
            return False
    return all(_safe_outside(part, name, text) for part in inner)


def _holds(stmt: ast.stmt, text: str) -> bool:
    return any(isinstance(n, ast.For) and ast.unparse(n) == text for n in ast.walk(stmt))


__all__ = ["OPTIONS", "Parallel"]
