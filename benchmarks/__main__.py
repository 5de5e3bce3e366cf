"""`python -m benchmarks`: measure, print the table, and write the figures with --json FILE."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import environment
from .measure import MIN_PAIRS


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Value and gradient: pullback against hand-written NumPy and other "
        "libraries, in one process on one core, as the median of paired ratios with its 95 %% interval.")
    parser.add_argument("--only", metavar="TEXT", default="", help="problems whose name contains TEXT")
    parser.add_argument("--pairs", type=int, default=40, help=f"pairs a ratio, at least {MIN_PAIRS} (default 40)")
    parser.add_argument("--no-peers", action="store_true", help="hand-written NumPy only")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures to FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bar is missed")
    options = parser.parse_args()
    if options.pairs < MIN_PAIRS:
        parser.error(f"--pairs must be at least {MIN_PAIRS}")
    return options


def main() -> int:
    options = parse()
    environment.restart_with_settings()
    core = environment.pin_to_one_core()
    # Only now: the libraries read the settings when they are loaded.
    from .contenders import PEERS
    from .problems import mlp, ode, tutorial
    from .report import table, write_json
    from .run import measure

    problems = [p for module in (tutorial, mlp, ode) for p in module.problems() if options.only in p.name]
    if not problems:
        print(f"no problem's name contains {options.only!r}", file=sys.stderr)
        return 2
    machine = environment.describe(core)
    print("\n".join(f"{name:15} {value or 'absent'}" for name, value in machine.items()), flush=True)
    rows = []
    for problem in problems:
        print(f"measuring {problem.name} ...", file=sys.stderr, flush=True)
        rows.append(measure(problem, () if options.no_peers else PEERS, options.pairs))
    print(f"\nratio: pullback's time over the other's, below 1 pullback is faster; {options.pairs} pairs each\n")
    print(table(rows))
    if options.json:
        write_json(options.json, machine, rows)
        print(f"\nwritten to {options.json}")
    return int(options.check and any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
