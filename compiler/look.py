"""The view of a compiled function: its source beside its adjoint, and below what the compiler found.

Builds an `inspect_view.View` from a compiled variant and its complete text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

from .complete import Complete
from .findings import find
from .inspect_view import Line, View, align
from .kind_notation import show_argument
from .pipeline import Compiled
from .source import Origin


def view(compiled: Compiled, complete: Complete, wrt: str) -> View:
    """The side-by-side view of a variant.

    complete : its text with the defaults of captured values, as `source` gives it
    wrt      : the arguments that it is differentiated by, for the title
    """
    origin: Origin = compiled.lowered.origin
    statements = list(statement_lines(origin))
    first_of = {line.number: lines[0] for lines in statements for line in lines}
    places = {number: _place(where, origin, first_of) for number, where in complete.line_map.items()}
    rows = align(statements, complete.text.splitlines(), places)
    names: dict[Any, str] = compiled.program.notes["names"]
    findings = find(compiled.lowered.function, compiled.adjoint, names).sentences()
    missing = [("not written", f"{name}: {what}") for name, what in complete.missing]
    return View(_title(compiled, wrt), rows, (*findings, *missing), (origin.name, compiled.adjoint.name))


def _title(compiled: Compiled, wrt: str) -> str:
    lowered = compiled.lowered
    kinds = {p.name: p.var.kind for p in compiled.adjoint.params}
    arguments = ", ".join(f"{name}: {show_argument(kinds[name], value)}" for name, value in lowered.inputs.items())
    return f"{lowered.origin.name}({arguments})  by {wrt}"


def _place(where: Any, origin: Origin, first_of: dict[int, Line]) -> Line:
    """The first line of the statement that holds a location; a helper's line as it stands there."""
    if where.filename == origin.filename and where.line in first_of:
        return first_of[where.line]
    return Line(where.line, where.text.strip(), True)


def statement_lines(origin: Origin) -> Iterator[list[Line]]:
    """The lines of each statement of a function, in order; of compound ones their headers; first those of the `def`.

    Comments and empty lines between statements stand alone; `else:` goes with the statement above it.
    """
    node = origin.node
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    last = node.end_lineno or first
    starts = sorted({first, *_starts(node)})
    text = origin.lines[first - 1 : last]
    common = min((len(line) - len(line.lstrip()) for line in text if line.strip()), default=0)
    for start, end in zip(starts, [*starts[1:], last + 1], strict=True):
        lines = [Line(n, origin.lines[n - 1][common:].expandtabs().rstrip()) for n in range(start, end)]
        own = len(lines)
        while own > 1 and (not lines[own - 1].text or lines[own - 1].text.lstrip().startswith("#")):
            own -= 1
        yield lines[:own]
        if own < len(lines):
            yield lines[own:]


def _starts(node: Any) -> Iterator[int]:
    """The line that each statement inside a function starts on."""
    for inner in gast.walk(node):
        if isinstance(inner, gast.stmt) and inner is not node and getattr(inner, "lineno", None) is not None:
            decorators = getattr(inner, "decorator_list", [])
            yield min([inner.lineno, *(d.lineno for d in decorators)])
