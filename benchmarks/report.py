"""The table on the terminal and the JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .measure import Comparison
from .run import Row


def duration(seconds: float) -> str:
    """A time in its natural unit.

    >>> duration(9.5e-6), duration(0.0123), duration(2.0)
    ('9.50 µs', '12.3 ms', '2.00 s')
    """
    for unit, size in (("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)):
        scaled = seconds / size
        if scaled < 1000 or unit == "s":
            return f"{scaled:.3g} {unit}" if scaled >= 10 else f"{scaled:.2f} {unit}"
    raise AssertionError("the last unit takes every duration")


def interval(one: Comparison) -> str:
    return f"{one.ratio:.2f} [{one.low:.2f}, {one.high:.2f}]"


def grid(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def table(rows: Sequence[Row]) -> str:
    """One line a problem and contender: the ratio with its interval, the contender's time, and the bar below."""
    lines = [("problem", "pullback", "against", "its time", "first call", "ratio [95 % interval]")]
    for row in rows:
        lines.append((row.problem.name, "", "", "", duration(row.first_call["pullback"]), ""))
        for name, one in row.against.items():
            lines.append(("", duration(one.seconds), name, duration(one.seconds_second),
                          duration(row.first_call[name]), interval(one)))
        lines += [("", "", name, "absent", "", "") for name in row.absent]
        if row.problem.bar is not None and row.bar is not None:
            after = " after the allowance" if row.problem.bar.seconds else ""
            verdict = "met" if row.met else "MISSED"
            lines.append(("", "", "bar", "", "", f"{interval(row.bar)}{after}, bar {row.problem.bar}: {verdict}"))
    return grid(lines)


def write_json(path: Path, machine: dict[str, str | None], rows: Sequence[Row]) -> None:
    """All figures, and the machine that they were taken on."""
    content = {"machine": machine, "problems": [row.as_json() for row in rows]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
