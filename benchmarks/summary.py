"""The suite's figures against the bars of the project: geometric means, and how many programs keep within a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .contenders import HAND, JAX_LOOPS, NUMBA, NUMPY, PRIMAL_NUMBA
from .rounds import geometric_mean, short
from .run import Row

WITHIN = 1.05  # "not slower" means a ratio within this
SHARE = 0.9  # bars for single programs hold for this share of them
LARGE = 100_000  # elements: NumPy's bar against eager libraries holds up to here
FASTER_THAN_JAX = {"tiny": 20.0, "small": 20.0, "medium": 50.0}


@dataclass(frozen=True)
class Finding:
    """One figure of the suite, and whether it meets its bar."""

    what: str
    found: str
    bar: str
    verdict: str


def pairs(rows: Sequence[Row], first: str, second: str) -> list[float]:
    """The median ratio of two contenders, for each program that has both."""
    found = (row.ratio(first, second) for row in rows)
    return [one.median for one in found if one is not None]


def mean(what: str, values: Sequence[float], bar: float, at_least: bool) -> Finding:
    """The geometric mean of some ratios against a bar."""
    wanted = f"{'at least' if at_least else 'at most'} {bar:g}"
    if not values:
        return Finding(what, "", wanted, "not measured")
    found = geometric_mean(values)
    met = found >= bar if at_least else found <= bar
    return Finding(what, f"{short(found)} over {len(values)} programs", wanted, "met" if met else "MISSED")


def share(what: str, values: Sequence[float], bound: float) -> Finding:
    """How many of some ratios are at most `bound`."""
    wanted = f"at most {bound:g} for {SHARE:.0%}"
    if not values:
        return Finding(what, "", wanted, "not measured")
    inside = sum(value <= bound for value in values)
    met = inside >= SHARE * len(values)
    return Finding(what, f"{inside} of {len(values)}, worst {short(max(values))}", wanted, "met" if met else "MISSED")


def summarise(rows: Sequence[Row], size: str) -> list[Finding]:
    """Every bar, met or not, and those that could not be measured."""
    kernels = [row for row in rows if row.program.section == "kernels"]
    loops = [row for row in kernels if row.program.family == "loop"]
    problems = [row for row in rows if row.program.section == "problems" and row.program.elements <= LARGE]
    tutorial = [row for row in rows if row.program.name.startswith("tutorial")]
    found: list[Finding] = []
    if kernels:
        found += [
            mean(f"loop kernels, {size}: JAX jit over pullback numba", pairs(loops, "JAX jit", NUMBA),
                 FASTER_THAN_JAX[size], at_least=True),
            mean(f"loop kernels, {size}: JAX fori_loop (transcribed loops) over pullback numba",
                 pairs(loops, JAX_LOOPS, NUMBA), FASTER_THAN_JAX[size], at_least=True),
            share("kernels: pullback numba over JAX jit", pairs(kernels, NUMBA, "JAX jit"), WITHIN),
            mean("kernels: pullback numba over the adjoint by hand, compiled", pairs(kernels, NUMBA, HAND), 1.2,
                 at_least=False),
            share("loop kernels: pullback numba over the primal in Numba", pairs(loops, NUMBA, PRIMAL_NUMBA), 3.0),
            share("all kernels: pullback numba over the primal in Numba", pairs(kernels, NUMBA, PRIMAL_NUMBA), 4.0),
        ]
    if problems:
        found += [share(f"problems up to {LARGE} elements: pullback over {peer}", pairs(problems, NUMPY, peer), 1.0)
                  for peer in ("PyTorch", "autograd")]
    if tutorial:
        found.append(mean("tutorial network: PyTorch over pullback numba", pairs(tutorial, "PyTorch", NUMBA), 15.0,
                          at_least=True))
    return [*found, *_without_bars(kernels)]


def _without_bars(kernels: Sequence[Row]) -> list[Finding]:
    """Geometric means that nothing is promised of."""
    found = []
    for base in (NUMPY, NUMBA):
        for other in ("JAX jit", "PyTorch", "autograd", "primal", PRIMAL_NUMBA):
            values = pairs(kernels, other, base)
            if values:
                found.append(Finding(f"kernels: {other} over {base}",
                                     f"{short(geometric_mean(values))} over {len(values)} programs", "", ""))
    return found
