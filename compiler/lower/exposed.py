"""Which names a piece of a program may read before it binds them: what is alive at its start."""

from __future__ import annotations

from typing import Any

import gast

from ..desugar.context import children, every_node

NONE: frozenset[str] = frozenset()


def exposed(nodes: list[Any]) -> frozenset[str]:
    """The names that statements (or expressions) may read before they bind them themselves.

    A name counts as bound only by a plain assignment that surely runs; functions defined inside read when called,
    so every name in them counts as read.
    """
    found, _ = _block(nodes)
    return found


def _names(node: Any) -> frozenset[str]:
    """All names read in an expression or a definition; an augmented target is read, too."""
    if node is None:
        return NONE
    return frozenset(n.id for n in every_node(node) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load))


def bound_by(node: Any) -> frozenset[str]:
    """The names that an assignment target binds."""
    if isinstance(node, gast.Name):
        return frozenset({node.id})
    if isinstance(node, (gast.Tuple, gast.List)):
        return frozenset().union(*map(bound_by, node.elts))
    return bound_by(node.value) if isinstance(node, gast.Starred) else NONE


def _block(nodes: list[Any]) -> tuple[frozenset[str], frozenset[str]]:
    """(read before bound, surely bound) of statements in order."""
    read, bound = NONE, NONE
    for node in nodes:
        inner_read, inner_bound = _statement(node)
        read |= inner_read - bound
        bound |= inner_bound
    return read, bound


def _statement(node: Any) -> tuple[frozenset[str], frozenset[str]]:
    if isinstance(node, gast.Assign):
        return _names(node.value).union(*map(_names, node.targets)), frozenset().union(*map(bound_by, node.targets))
    if isinstance(node, gast.AnnAssign):
        return _names(node.value) | _names(node.target), bound_by(node.target) if node.value is not None else NONE
    if isinstance(node, gast.AugAssign):
        return _names(node.value) | _names(node.target) | bound_by(node.target), NONE
    if isinstance(node, gast.If):
        then_read, then_bound = _block(node.body)
        else_read, else_bound = _block(node.orelse)
        return _names(node.test) | then_read | else_read, then_bound & else_bound
    if isinstance(node, gast.For):
        body_read, _ = _block(node.body)
        else_read, _ = _block(node.orelse)
        return _names(node.iter) | _names(node.target) | (body_read - bound_by(node.target)) | else_read, NONE
    if isinstance(node, gast.While):
        body_read, _ = _block(node.body)
        else_read, _ = _block(node.orelse)
        return _names(node.test) | body_read | else_read, NONE
    return _names(node), NONE


def has_yield(node: Any) -> bool:
    """Does a `yield` of this function or statement stand in it (not in functions defined inside)?"""
    return first_yield(node) is not None


def first_yield(node: Any) -> Any:
    """A `yield` of this function or statement; None if there is none."""
    stack = list(node.body) if isinstance(node, gast.FunctionDef) else [node]
    while stack:
        inner = stack.pop()
        if isinstance(inner, (gast.Yield, gast.YieldFrom)):
            return inner
        if not isinstance(inner, (gast.FunctionDef, gast.Lambda, gast.ClassDef)):
            stack += children(inner)
    return None
