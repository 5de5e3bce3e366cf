"""The figures of overhead that are not ratios of contenders, printed and returned for the JSON file."""

from __future__ import annotations

from typing import Any

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
    return {"growth": grown, "operators": costs, "missing": missing, "memory": memory, "calls": made}


def megabytes(count: float) -> str:
    """
    >>> megabytes(2_500_000)
    '2.50 MB'
    """
    return f"{count / 1e6:.2f} MB"
