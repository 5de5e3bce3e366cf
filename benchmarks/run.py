"""Measure one problem: pullback against each version by hand and each peer, correctness first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from timeit import Timer
from typing import Any

from .contenders import PEERS, Contender, check, check_by_differences, contender, installed, pullback_contender
from .measure import Comparison, compare, timer
from .problem import Problem, as_arrays


@dataclass(frozen=True)
class Row:
    """What was found for one problem.

    against    : pullback's time over each contender's, by name
    absent     : peers that are not installed
    first_call : seconds of the first call by name, compilation included
    bar        : pullback's time less the allowance over the hand-written one; None where nothing is promised
    """

    problem: Problem
    against: dict[str, Comparison]
    absent: tuple[str, ...]
    first_call: dict[str, float]
    bar: Comparison | None

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        if self.bar is None or self.problem.bar is None:
            return None
        return self.bar.ratio <= self.problem.bar.factor

    def as_json(self) -> dict[str, Any]:
        return {
            "problem": self.problem.name,
            "against": {name: asdict(one) for name, one in self.against.items()},
            "absent": list(self.absent),
            "first call in seconds": self.first_call,
            "bar": None if self.problem.bar is None else str(self.problem.bar),
            "bar ratio": None if self.bar is None else asdict(self.bar),
            "bar met": self.met,
        }


def measure(problem: Problem, peers: Iterable[str], pairs: int) -> Row:
    """Time pullback on `problem` against its versions by hand and against `peers`.

    raises: AssertionError, if a contender's value or gradient is not the hand-written one
    """
    by_hand = [contender(name, call, problem.arguments) for name, call in problem.versions.items()]
    expected = as_arrays(by_hand[0].call(*problem.arguments))
    check_by_differences(problem, expected)
    ours = pullback_contender(problem)
    absent = tuple(name for name in peers if not installed(PEERS[name][0]))
    others = by_hand + [PEERS[name][1](problem) for name in peers if name not in absent]
    for one in [ours, *others]:
        check(one, expected)
    against = {one.name: compare(watch(ours), watch(one), pairs) for one in others}
    bar = None
    if problem.bar is not None:
        bar = compare(watch(ours), watch(by_hand[0]), pairs, allowance=problem.bar.seconds)
    return Row(problem, against, absent, {one.name: one.first_call for one in [ours, *others]}, bar)


def watch(one: Contender) -> Timer:
    return timer(one.call, one.arguments)
