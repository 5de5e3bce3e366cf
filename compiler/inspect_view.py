"""A function beside its adjoint: which lines belong together, and the plain text of it.

    align : primal lines, adjoint text and the primal line of each adjoint line -> rows
    plain : a `View` (title, rows, findings) -> text

The forward sweep stands beside the primal, top to bottom. Beside the reverse sweep the primal's lines stand again, in
the order in which they are differentiated, marked `^`. The comments in which the adjoint names primal lines are left
out here: the line itself stands beside.
"""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

_PROVENANCE = re.compile(r"\s*# (adjoint of )?line \d+: ")
_GAP = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the primal; `other` for one of a helper that was inlined."""

    number: int
    text: str
    other: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the view. `again` marks a primal line that stood before, or a helper's."""

    primal: Line | None
    adjoint: Line | None
    again: bool = False


@dataclass(frozen=True, repr=False)
class View:
    """What `inspect()` returns; its text is the side-by-side view.

    findings : (topic, sentence) pairs that stand below it
    """

    title: str
    rows: tuple[Row, ...]
    findings: tuple[tuple[str, str], ...]
    names: tuple[str, str] = ("primal", "adjoint")

    def __str__(self) -> str:
        return plain(self, terminal_width())

    __repr__ = __str__


def terminal_width() -> int | None:
    """The columns of the terminal that stdout is; None if it is none."""
    return shutil.get_terminal_size((120, 40)).columns if sys.stdout is not None and sys.stdout.isatty() else None


# --- which lines belong together --------------------------------------------------------------------------------------

def align(primal: Sequence[Sequence[Line]], adjoint: Sequence[str], places: Mapping[int, Line]) -> tuple[Row, ...]:
    """Rows in which each adjoint line stands beside the primal statement that it belongs to.

    primal : the lines of each primal statement (of a compound one its header), in order; first those of the `def`
    places : adjoint line (1-based) -> first line of its primal statement

    >>> f = [[Line(1, "def f(x):")], [Line(2, "    return x * x")]]
    >>> for row in align(f, ["def f_grad(x):", "    return x + x"], {2: Line(2, "")}):
    ...     print(row.primal.text, "|", row.adjoint.text)
    def f(x): | def f_grad(x):
        return x * x |     return x + x
    """
    return tuple(_Alignment(primal, adjoint, places).rows())


class _Alignment:
    def __init__(self, primal: Sequence[Sequence[Line]], adjoint: Sequence[str], places: Mapping[int, Line]) -> None:
        self.primal = primal
        self.index = {lines[0].number: k for k, lines in enumerate(primal)}
        self.shown = 0  # statements of the primal that stood in a row
        lines = [Line(n, text) for n, text in enumerate(adjoint, start=1)]
        self.groups = list(_groups(lines, places))
        self.last = max((self.index.get(p.number, -1) for p in places.values() if not p.other), default=-1)

    def rows(self) -> Iterator[Row]:
        if self.groups and self.groups[0].header:
            yield from self._header(self.groups.pop(0).lines)
        turned = False
        for group in self.groups:
            place = group.place
            turns, turned = group.backward and not turned, group.backward
            at = None if place is None or place.other else self.index.get(place.number)
            if place is None or at is None:
                yield from _side_by_side([place] if place is not None else [], group.lines, True)
            elif at < self.shown:
                if turns:
                    yield from self._skip_to(len(self.primal))
                yield from _side_by_side(self.primal[at][:1], group.lines, True)
            else:
                yield from self._skip_to(at)
                yield from _side_by_side(self.primal[at], group.lines)
                self.shown = at + 1
            if at == self.last:
                yield from self._skip_to(len(self.primal))
        yield from self._skip_to(len(self.primal))

    def _header(self, lines: list[Line]) -> Iterator[Row]:
        """The lines up to the first statement: the two `def`s stand side by side."""
        above = next((k for k, line in enumerate(lines) if line.text.startswith("def ")), 0)
        for line in lines[:above]:
            yield Row(None, line)
        yield from _side_by_side(self.primal[0] if self.primal else [], lines[above:])
        self.shown = min(1, len(self.primal))

    def _skip_to(self, end: int) -> Iterator[Row]:
        """Statements of the primal that no adjoint line stands beside."""
        for skipped in self.primal[self.shown : end]:
            yield from _side_by_side(skipped, [])
        self.shown = max(self.shown, end)


@dataclass(slots=True)
class _Group:
    """Consecutive adjoint lines that belong to one primal statement (or, as the header, to the `def`)."""

    place: Line | None
    backward: bool
    header: bool
    lines: list[Line]


def _groups(lines: Sequence[Line], places: Mapping[int, Line]) -> Iterator[_Group]:
    """Runs of adjoint lines; comments and empty lines go with what follows them, provenance comments are left out."""
    keys: list[tuple[Line | None, bool, bool]] = []
    following: Line | None = None
    for line in reversed(lines):
        if line.text.strip() and not line.text.lstrip().startswith("#"):
            following = places.get(line.number)
        keys.append((following, False, False))
    keys.reverse()
    start = next((k for k, (place, _, _) in enumerate(keys) if place is not None), len(keys))
    # The reverse sweep starts at the first such comment that is not inside a branch or a loop.
    turn = next((k for k, line in enumerate(lines) if line.text.startswith("    # adjoint of line ")), len(lines))
    while 0 < turn < len(lines) and not lines[turn - 1].text.strip():
        turn -= 1
    keys = [(place, k >= turn, k < start) for k, (place, _, _) in enumerate(keys)]
    for (place, backward, header), run in groupby(zip(keys, lines, strict=True), key=lambda pair: pair[0]):
        kept = [line for _, line in run if not _PROVENANCE.match(line.text)]
        yield _Group(place, backward, header, kept)


def _side_by_side(primal: Sequence[Line], adjoint: Sequence[Line], again: bool = False) -> Iterator[Row]:
    """Rows of one group; empty lines of the adjoint stay above the primal line."""
    adjoint = list(adjoint)
    while adjoint and not adjoint[0].text.strip() and again:
        yield Row(None, adjoint.pop(0))
    for left, right in zip_longest(primal, adjoint):
        yield Row(left, right, again and left is not None)


# --- plain text -------------------------------------------------------------------------------------------------------

def plain(view: View, width: int | None = None) -> str:
    """The view as text; long lines are folded so that it fits into `width` columns, if given."""
    left, right = columns(view, width)
    number = _number_width(view)
    separator = f"{' ' * _GAP}| "
    lines = [view.title, ""]
    lines.append(f"{'':{number + 2}}{pad(view.names[0], left)}{separator}{'':{number + 2}}{view.names[1]}")
    for row in view.rows:
        a = fold(row.primal.text if row.primal else "", left)
        b = fold(row.adjoint.text if row.adjoint else "", right)
        for k, (one, two) in enumerate(zip_longest(a, b, fillvalue="")):
            lines.append(f"{label(row.primal, row.again, number, k)}{pad(one, left)}{separator}"
                         f"{label(row.adjoint, False, number, k)}{two}".rstrip())
    lines.append("")
    lines += findings_text(view, width)
    return "\n".join(lines)


def findings_text(view: View, width: int | None = None) -> list[str]:
    """The lines below the view."""
    topic = max((len(t) for t, _ in view.findings), default=0)
    lines = []
    for name, sentence in view.findings:
        for k, part in enumerate(fold(sentence, max((width or 10_000) - topic - 2, 20))):
            lines.append(f"{name if k == 0 else '':{topic}}  {part}")
    return lines


def label(line: Line | None, again: bool, number: int, part: int) -> str:
    """The number of a line before its text, `^` after that of a line that stands again."""
    if line is None or part:
        return " " * (number + 2)
    return f"{line.number:{number}}{'^' if again else ' '} "


def columns(view: View, width: int | None) -> tuple[int, int]:
    """The widths of the two texts."""
    left = max([cells(view.names[0]), *(cells(r.primal.text) for r in view.rows if r.primal)])
    right = max([cells(view.names[1]), *(cells(r.adjoint.text) for r in view.rows if r.adjoint)])
    room = (width or 10_000) - 2 * (_number_width(view) + 2) - _GAP - 2
    if left + right <= room:
        return left, right
    half = max(room // 2, 20)
    if left <= half:
        return left, max(room - left, 20)
    return (max(room - right, 20), right) if right <= half else (half, half)


def _number_width(view: View) -> int:
    return max((len(str(line.number)) for row in view.rows for line in (row.primal, row.adjoint) if line), default=1)


def fold(text: str, width: int) -> list[str]:
    """Break a line at blanks so that each part fits; later parts are indented deeper than the first.

    >>> fold("    total = alpha + beta", 14)
    ['    total =', '       alpha +', '       beta']
    """
    indent = text[: len(text) - len(text.lstrip())]
    later = min(len(indent) + 4, width // 2)
    parts: list[str] = []
    while cells(text) > width:
        start = len(text) - len(text.lstrip())
        cut = next(k for k in range(len(text), 0, -1) if cells(text[:k]) <= width)
        blank = text.rfind(" ", start + 1, cut + 1)
        cut = blank if blank > start else cut
        parts.append(text[:cut].rstrip())
        text = " " * later + text[cut:].lstrip()
    return [*parts, text]


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def pad(text: str, width: int) -> str:
    return text + " " * (width - cells(text))
