"""The figures of overhead that are not ratios of contenders, printed and returned for the JSON file."""

from __future__ import annotations

import importlib.util
from typing import Any

from .. import compile_time, eager
from ..report import duration, show
from ..rounds import Plan, short
from . import calls, growth, operators


def figures(plan: Plan) -> dict[str, Any]:
    import pullback

    quick = plan.rounds < 30
    samples = 3 if quick else 15
    grown = [one for measured in (growth.with_statements, growth.with_trips, growth.with_elements)
             for one in measured(pullback.value_and_grad, samples)]
    lines = [("figure", "sizes", "costs", "exponent (linear: 1)")]
    for one in grown:
        readable = duration if one["unit"] == "s" else megabytes
        lines.append((one["figure"], " ".join(map(str, one["sizes"])), ", ".join(map(readable, one["costs"])),
                      f"{one['exponent']:.2f}"))
    show("growth", lines)
    costs, missing = operators.costs(plan)
    names = list(dict.fromkeys(name for found in costs.values() for name in found if name != "primal seconds"))
    table = [("program", "primal", *names)]
    for program, found in costs.items():
        table.append((program, duration(found["primal seconds"]),
                      *(short(found[name]) if name in found else "" for name in names)))
    show("operators: time over the primal's", table)
    for name, reason in missing.items():
        print(f"  {name}: {reason}")
    memory = operators.checkpointing(200 if quick else 2000)
    show("peak memory of the gradient of a long loop", [
        ("steps", "as it is", "checkpointed", "snapshots", "time over that as it is"),
        (str(memory["steps"]), megabytes(memory["plain"]), megabytes(memory["checkpointed"]),
         str(memory["snapshots"]), short(memory["slower"]))])
    made = calls.overhead(plan)
    show("what a call costs beside the generated code", [
        ("call", "leaves", "cost", "bar", ""),
        *((one["call"], str(one["leaves"]), duration(one["seconds"]), duration(one["bar"]),
           "met" if one["seconds"] <= one["bar"] else "MISSED") for one in made)])
    return {"growth": grown, "operators": costs, "missing": missing, "memory": memory, "calls": made,
            "compile time": compilation(quick), "eager": eager_engine(plan)}


def compilation(quick: bool) -> list[dict[str, float]]:
    """Processor time from source to callable, and what a first gradient costs in a fresh process."""
    compile_time.measure(50, 2)
    found = [{"lines": lines, "seconds": compile_time.measure(lines, 2 if quick or lines > 100 else 5)}
             for lines in compile_time.LINES if not quick or lines <= 100]
    parts = compile_time.first_compile(1 if quick else 3)
    show("compile time of a function, source to callable", [
        ("lines", "time", "a line"),
        *((str(one["lines"]), duration(one["seconds"]), duration(one["seconds"] / one["lines"])) for one in found)])
    show("a first gradient in a process", [
        ("import numpy", "import pullback", "compile and call", "in all"),
        tuple(map(duration, (*parts, sum(parts))))])
    return [*found, dict(zip(("import numpy", "import pullback", "first gradient"), parts, strict=True))]


def eager_engine(plan: Plan) -> dict[str, dict[str, Any]]:
    """Steps of the eager engine over PyTorch's, and over compiled and unrecorded ones; empty without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        print("  the eager engine: torch is not installed")
        return {}
    beside, within = eager.beside_torch(plan), eager.within(plan)
    show("the eager engine: time of a step over PyTorch's", [
        ("step", "pullback over PyTorch", "bar", ""),
        *((name, str(found), f"{eager.BAR:.2f}", "met" if found.median <= eager.BAR else "MISSED")
          for name, found in beside.items())])
    show("the eager engine by itself", [("ratio", ""), *((name, str(found)) for name, found in within.items())])
    return {name: vars(found) for name, found in (*beside.items(), *within.items())}


def megabytes(count: float) -> str:
    """
    >>> megabytes(2_500_000)
    '2.50 MB'
    """
    return f"{count / 1e6:.2f} MB"
