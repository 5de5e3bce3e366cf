"""`python -m benchmarks`: measure, print the tables, write the figures and a plot into build/bench/."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import environment

if TYPE_CHECKING:
    from .problem import Program

SECTIONS = ("kernels", "problems", "overhead")
QUICK = 8


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Value and gradient: pullback against hand-written gradients and "
        "other libraries, in one process on one core, as the median of paired ratios with its 95 %% interval.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}: all if none is named")
    parser.add_argument("--only", metavar="TEXT", default="", help="programs whose name contains TEXT")
    parser.add_argument("--size", choices=("tiny", "small", "medium"), default="small",
                        help="of the kernels (default small)")
    parser.add_argument("--pairs", type=int, default=30, help="rounds at most, for each contender (default 30)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} rounds: to see that everything runs")
    parser.add_argument("--busy", action="store_true",
                        help="measure processor time, not wall time: for a look on a machine with other work")
    parser.add_argument("--without", metavar="NAME", action="append", default=[], help="leave a contender out")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("build/bench"), help="default build/bench")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bar against hand-written code is missed")
    options = parser.parse_args()
    options.sections = options.sections or list(SECTIONS)
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    if options.pairs < 30:
        parser.error("--pairs must be at least 30; --quick takes fewer, for a look")
    return options


def programs(section: str, size: str) -> list[Program]:
    if section == "kernels":
        from .kernels import kernels

        return [kernel.program(size) for kernel in kernels()]
    if section == "problems":
        from .problems import all_problems

        return all_problems()
    from .overhead import networks

    return networks.programs()


def main() -> int:
    options = parse()
    environment.restart_with_settings()
    core = environment.pin_to_one_core()
    environment.settle_allocator()
    # Only now: the libraries read the settings when they are loaded.
    from . import plot, report
    from .contenders import MAKERS
    from .measure import PROCESSOR, WALL
    from .rounds import Plan
    from .run import Row, measure
    from .summary import summarise

    chosen = {s: [p for p in programs(s, options.size) if options.only in p.name] for s in options.sections}
    if not any(chosen.values()):
        print(f"no program's name contains {options.only!r}", file=sys.stderr)
        return 2
    unknown = set(options.without) - set(MAKERS)
    if unknown:
        print(f"no contender {', '.join(sorted(unknown))}; there are {', '.join(MAKERS)}", file=sys.stderr)
        return 2
    plan = Plan(rounds=QUICK, budget=0.3) if options.quick else Plan(options.pairs, budget=options.pairs / 20)
    plan = replace(plan, clock=PROCESSOR if options.busy else WALL)
    machine = environment.describe(core)
    print("\n".join(f"{name:15} {value or 'absent'}" for name, value in machine.items()), flush=True)
    started, rows = time.perf_counter(), list[Row]()
    for section in options.sections:
        measured = []
        for program in chosen[section]:
            print(f"measuring {program.name} ...", file=sys.stderr, flush=True)
            measured.append(measure(program, [n for n in MAKERS if n not in options.without], plan))
        report.show_section(section, measured)
        rows += measured
    overhead = {}
    if "overhead" in options.sections and not options.only:
        from .overhead.figures import figures

        overhead = figures(plan)
    findings = summarise(rows, options.size)
    report.show_summary(findings, rows)
    name = "-".join([*options.sections, options.size]) if options.sections != list(SECTIONS) else options.size
    report.write_json(options.out / f"{name}.json", machine, options.size, rows, findings, overhead)
    drawn = plot.draw(options.out / f"{name}.png", f"value and gradient, {options.size} kernels, one core", rows)
    print(f"\n{time.perf_counter() - started:.0f} s; written to {options.out / name}.json"
          + (f" and {options.out / name}.png" if drawn else "; no plot without matplotlib"))
    wrong = [f"{name} on {row.program.name}" for row in rows for name, o in row.outcomes.items() if o.status == "wrong"]
    if wrong:
        print(f"WRONG: {', '.join(wrong)}", file=sys.stderr)
    return int(bool(wrong) or (options.check and any(row.met is False for row in rows)))


if __name__ == "__main__":
    sys.exit(main())
