"""What a function looks like at each stage of its compilation, as text.

gast       the parsed function
kernel     after desugar: the few constructs that are lowered
ir         the lowered primal
adjoint    forward and reverse sweep, as the rules give them
optimised  the adjoint after all passes
source     the Python that is run
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import gast

from ..runtime.errors import UnsupportedError
from . import emit, ir_text
from .ir import Function
from .source import Origin

STAGES = ("gast", "kernel", "ir", "adjoint", "optimised", "source")
DUMP_POINTS = {"ir": "lower", "adjoint": "reverse", "optimised": "finish"}


class Recorder:
    """Keeps what the passes hand to `Options.dump`: the text of each IR stage."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def __call__(self, name: str, function: Function) -> None:
        self.functions[name] = function

    def text(self, stage: str) -> str:
        """The text of "ir", "adjoint" or "optimised"."""
        return ir_text.show(self.functions[DUMP_POINTS[stage]])


def syntax_text(origin: Origin, stage: str) -> str:
    """The text of "gast" or "kernel", the stages before the kinds of the arguments are known."""
    if stage == "gast":
        return str(gast.dump(origin.node, indent=2)) + "\n"
    return _print(_desugar()(origin))


def _desugar() -> Callable[[Origin], Any]:
    """`desugar`, found when it is asked for: there are versions without it."""
    desugar = getattr(importlib.import_module(".desugar", __package__), "desugar", None)
    if desugar is None:
        raise UnsupportedError("the stage kernel", None, "This version lowers the gast tree itself.",
                               "Look at the stages gast and ir.")
    found: Callable[[Origin], Any] = desugar
    return found


def _print(tree: Any) -> str:
    """A kernel tree as Python text."""
    node = getattr(tree, "node", tree)
    if isinstance(node, gast.Lambda):
        return emit.print_expression(node) + "\n"
    return emit.print_tree(node.body if isinstance(node, gast.Module) else [node])
