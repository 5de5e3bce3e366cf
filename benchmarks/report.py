"""The tables on the terminal, the summary against the bars, and the JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .contenders import NUMBA, NUMPY, PRIMAL
from .rounds import spread
from .run import Outcome, Row
from .summary import Finding

Cells = tuple[str, ...]


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


def grid(rows: Sequence[Cells]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def show(title: str, rows: Sequence[Cells]) -> None:
    """Print a table: by rich, if it is installed and a person looks; else in plain columns."""
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        print(f"\n{title}\n\n{grid(rows)}", flush=True)
        return
    console = Console()
    if not console.is_terminal:
        print(f"\n{title}\n\n{grid(rows)}", flush=True)
        return
    made = Table(title=title, title_justify="left")
    for number, heading in enumerate(rows[0]):
        made.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows[1:]:
        made.add_row(*row)
    console.print(made)


def names_of(rows: Sequence[Row]) -> list[str]:
    """The contenders that were measured somewhere or refused something, in the order of the first row that has them."""
    seen: dict[str, None] = {}
    for row in rows:
        seen.update(dict.fromkeys(name for name, one in row.outcomes.items() if one.status != "absent"))
    return list(seen)


def times(rows: Sequence[Row]) -> list[Cells]:
    """One line a program: the median time of each contender and its spread."""
    names = names_of(rows)
    lines: list[Cells] = [("program", *names)]
    for row in rows:
        lines.append((row.program.name, *(_time(row.outcomes.get(name)) for name in names)))
    return lines


def _time(one: Outcome | None) -> str:
    if one is None:
        return ""
    if not one.samples:
        return one.status
    return f"{duration(one.seconds)} ±{spread(one.samples):.0%}"


def first_calls(rows: Sequence[Row]) -> list[Cells]:
    """One line a program: seconds of the first call, compilation included."""
    names = [name for name in names_of(rows) if name != PRIMAL]
    lines: list[Cells] = [("program", *names)]
    for row in rows:
        cells = (row.outcomes.get(name) for name in names)
        lines.append((row.program.name,
                      *(duration(c.first_call) if c is not None and c.samples else "" for c in cells)))
    return lines


def ratios(rows: Sequence[Row], base: str) -> list[Cells]:
    """One line a program: how many times the base's time each other contender takes, in pairs."""
    names = [name for name in names_of(rows) if name != base]
    lines: list[Cells] = [("program", "rounds", *names)]
    for row in rows:
        if base in row.outcomes and row.outcomes[base].samples:
            cells = [row.ratio(name, base) for name in names]
            fewest = [str(c.pairs) for c in cells if c is not None]
            rounds = fewest[0] if len(set(fewest)) == 1 else f"{min(map(int, fewest), default=0)}+"
            lines.append((row.program.name, rounds, *("" if c is None else str(c) for c in cells)))
    return lines


def reasons(rows: Sequence[Row]) -> list[str]:
    """Why something is missing from the tables, each reason once."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for name, one in row.outcomes.items():
            if one.status != "measured" and not (one.status == "absent" and one.reason == "none is written"):
                found.setdefault(f"{name} {one.status}: {one.reason}", []).append(row.program.name)
    return [f"{text} ({', '.join(names) if len(names) < 6 else f'{len(names)} programs'})"
            for text, names in found.items()]


def show_section(title: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    show(f"{title}: median time of value and gradient, ± half the distance of the quartiles", times(rows))
    show(f"{title}: first call, compilation included", first_calls(rows))
    for base in (NUMPY, NUMBA):
        lines = ratios(rows, base)
        if len(lines) > 1:
            show(f"{title}: time over that of {base}, median and 95 % interval of the paired ratios; "
                 f"above 1 {base} is faster", lines)
    for line in reasons(rows):
        print(f"  {line}")


def bars_of(rows: Sequence[Row]) -> list[Cells]:
    """pullback against each gradient written by hand; what is promised, if anything, is against the first."""
    lines: list[Cells] = [("program", "against", "pullback over it", "bar", "")]
    for row in rows:
        bar = row.program.bar
        for number, name in enumerate(row.program.versions):
            found = row.ratio(NUMPY, name, bar.seconds if bar is not None else 0.0)
            if found is None:
                continue
            after = " after the allowance" if bar is not None and bar.seconds else ""
            promised = bar is not None and number == 0
            lines.append((row.program.name, name, f"{found}{after}", str(bar) if promised else "",
                          ("met" if row.met else "MISSED") if promised else ""))
    return lines


def show_summary(findings: Sequence[Finding], rows: Sequence[Row]) -> None:
    lines = bars_of(rows)
    if len(lines) > 1:
        show("against gradients written by hand in NumPy", lines)
    table: list[Cells] = [("figure", "found", "bar", "")]
    table += [(one.what, one.found, one.bar, one.verdict) for one in findings]
    show("the suite", table)


def write_json(path: Path, machine: dict[str, str | None], size: str, rows: Sequence[Row],
               findings: Sequence[Finding], overhead: dict[str, Any]) -> None:
    """All figures, and the machine that they were taken on."""
    content = {"machine": machine, "size": size, "programs": [row.as_json() for row in rows],
               "summary": [vars(one) for one in findings], "overhead": overhead}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


