"""gast -> gast: one construct of Python a file, until only the kernel grammar of `kernel.py` is left.

`desugar(origin)` gives a function's tree in the kernel. Each pass has its before and after in its module's docstring,
which runs as a test. Every new node has the position of the node that it comes from.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import gast

from ..source import Origin
from .annotations import remove_annotations
from .breaks import remove_breaks
from .comparisons import split_comparisons
from .context import Context, copy_tree, own_nodes
from .continues import remove_continues
from .kernel import check_kernel, check_source, refusal
from .loop_else import move_loop_else
from .loop_returns import break_at_returns
from .matches import remove_matches
from .redundant import remove_redundant
from .returns import end_in_returns
from .targets import split_targets

__all__ = ["PASSES", "check_kernel", "desugar", "desugar_tree", "refusal"]

Pass = Callable[[list[Any], Context], list[Any]]

# In this order: a return in a loop becomes a break, an `else` of a loop takes the breaks into account; jumps go from
# the inside out, `continue` before `break`, since both then count as ends of a path; the tail form is last.
PASSES: tuple[Pass, ...] = (
    remove_matches,
    remove_annotations,
    remove_redundant,
    split_comparisons,
    split_targets,
    break_at_returns,
    move_loop_else,
    remove_continues,
    remove_breaks,
    end_in_returns,
)

_done: weakref.WeakKeyDictionary[Origin, gast.FunctionDef | gast.Lambda] = weakref.WeakKeyDictionary()


def desugar(origin: Origin) -> gast.FunctionDef | gast.Lambda:
    """A function's tree in the kernel grammar, made once; the tree of the Origin is left as it is.

    raises : UnsupportedError, for what the kernel cannot say
    """
    found = _done.get(origin)
    if found is None:
        found = _done[origin] = desugar_tree(origin.node, origin)
    return found


def desugar_tree(node: gast.FunctionDef | gast.Lambda, origin: Origin | None = None) -> Any:
    """The same, of a tree; without an Origin, errors have no place and `range` is taken for the builtin."""
    check_source(node, origin)
    context = Context(origin)
    context.learn(node)
    tree = copy_tree(node)
    _function(tree, context)
    check_kernel(tree, origin)
    return tree


def _function(node: Any, context: Context) -> None:
    """Desugar a function in place, then the functions defined in it."""
    if isinstance(node, gast.Lambda):
        [statement] = split_comparisons([gast.copy_location(gast.Expr(node.body), node)], context)
        node.body = statement.value
        return
    for one in PASSES:
        node.body = one(node.body, context)
    for inner in own_nodes(node.body):
        if isinstance(inner, gast.FunctionDef):
            _function(inner, context)
