"""The side-by-side view in colours, for terminals; needs rich (the extra `terminal`)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from .compiler.inspect_view import Line, View, columns

_THEME = "ansi_dark"


def show_view(view: View, console: Console | None = None) -> None:
    """Print a view with coloured syntax; primal lines that stand again are dim."""
    console = console or Console()
    left, right = columns(view, console.width)
    table = Table(box=None, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(view.names[0], width=left, overflow="fold", header_style="bold")
    table.add_column("│", style="dim")
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(view.names[1], width=right, overflow="fold", header_style="bold")
    primal = _coloured([row.primal for row in view.rows])
    adjoint = _coloured([row.adjoint for row in view.rows])
    for row, one, two in zip(view.rows, primal, adjoint, strict=True):
        if row.again:
            one.stylize("dim")
        table.add_row(_number(row.primal, row.again), one, "│", _number(row.adjoint, False), two)
    console.print(Text(view.title, style="bold"))
    console.print(table)
    findings = Table(box=None, padding=(0, 1, 0, 0), show_header=False, show_edge=False)
    for topic, sentence in view.findings:
        findings.add_row(Text(topic, style="cyan"), Text(sentence))
    console.print()
    console.print(findings)


def show_code(text: str, console: Console | None = None) -> None:
    """Print Python text in colours."""
    (console or Console()).print(_highlight(text), end="", soft_wrap=True)


def _highlight(text: str) -> Text:
    return Syntax("", "python", theme=_THEME, background_color="default").highlight(text)


def _coloured(lines: Sequence[Line | None]) -> list[Text]:
    """Each line in colours; they are coloured together, so that a string of several lines is one."""
    whole = _highlight("\n".join(line.text if line else "" for line in lines))
    parts = list(whole.split("\n", allow_blank=True))
    return parts[: len(lines)] + [Text("")] * (len(lines) - len(parts))


def _number(line: Line | None, again: bool) -> str:
    return "" if line is None else f"{line.number}{'↑' if again else ' '}"
