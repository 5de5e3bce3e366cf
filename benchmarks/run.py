"""Measure one program: every contender is checked first, then all are timed together in rounds."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .contenders import MAKERS, NUMPY, Absent, Contender, check, check_by_differences, contender
from .measure import median, timer
from .problem import Program, as_arrays
from .rounds import Plan, Ratio, in_rounds, ratio, spread


@dataclass(frozen=True)
class Outcome:
    """How a contender fared.

    status : "measured", "absent" (not installed), "refused" (it says that it cannot), "wrong" (another gradient)
    reason : one line, where it is not measured
    """

    status: str
    reason: str = ""
    samples: tuple[float, ...] = ()
    first_call: float = 0.0

    @property
    def seconds(self) -> float:
        return median(list(self.samples))

    def as_json(self) -> dict[str, Any]:
        if self.status != "measured":
            return {"status": self.status, "reason": self.reason}
        return {"status": self.status, "seconds": self.seconds, "spread": spread(self.samples),
                "rounds": len(self.samples), "first call in seconds": self.first_call}


@dataclass(frozen=True)
class Row:
    """What was found for one program: the outcome of each contender, by name."""

    program: Program
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def ratio(self, first: str, second: str, allowance: float = 0.0) -> Ratio | None:
        """`first`'s time over `second`'s in pairs; None if one of them was not measured."""
        one, two = self.outcomes.get(first), self.outcomes.get(second)
        if one is None or two is None or not one.samples or not two.samples:
            return None
        return ratio(one.samples, two.samples, allowance)

    @property
    def bar(self) -> Ratio | None:
        """pullback's time less the allowance over the hand-written one's; None where nothing is promised."""
        if self.program.bar is None:
            return None
        return self.ratio(NUMPY, next(iter(self.program.versions)), self.program.bar.seconds)

    @property
    def met(self) -> bool | None:
        """Is the bar met? None where nothing is promised or measured."""
        return None if self.bar is None or self.program.bar is None else self.bar.median <= self.program.bar.factor

    def as_json(self) -> dict[str, Any]:
        names = [name for name, outcome in self.outcomes.items() if outcome.samples]
        ratios = {a: {b: vars(self.ratio(a, b)) for b in names if b != a} for a in names if a.startswith(NUMPY)}
        return {"name": self.program.name, "section": self.program.section, "family": self.program.family,
                "elements": self.program.elements,
                "contenders": {name: outcome.as_json() for name, outcome in self.outcomes.items()},
                "time over the other's": ratios,
                "bar": None if self.program.bar is None else str(self.program.bar),
                "bar ratio": None if self.bar is None else vars(self.bar), "bar met": self.met}


def measure(program: Program, names: Iterable[str] = tuple(MAKERS), plan: Plan | None = None) -> Row:
    """Time the contenders on a program against each other.

    raises: AssertionError, if a hand-written gradient is not the loss's by central differences
    """
    by_hand = [contender(name, call, program.arguments) for name, call in program.versions.items()]
    expected = as_arrays(by_hand[0].call(*program.arguments)) if by_hand else None
    if expected is not None:
        check_by_differences(program, expected)
    ready: list[Contender] = []
    outcomes: dict[str, Outcome] = {}
    for name in names:
        made = _make(name, program)
        if isinstance(made, Outcome):
            outcomes[name] = made
            continue
        if expected is None and not made.value_only:
            expected = made.read(made.call(*made.arguments))
        outcomes[name] = _checked(made, expected)
        if outcomes[name].status == "measured":
            ready.append(made)
    for one in by_hand:
        assert expected is not None
        check(one, expected)
        ready.append(one)
    plan = plan or Plan()
    found = in_rounds({one.name: timer(one.call, one.arguments, plan.clock) for one in ready}, plan)
    for one in ready:
        outcomes[one.name] = Outcome("measured", "", tuple(found[one.name]), one.first_call)
    return Row(program, outcomes)


def _make(name: str, program: Program) -> Contender | Outcome:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library says of its own internals while it compiles
        try:
            return MAKERS[name](program)
        except Absent as error:
            return Outcome("absent", str(error))
        except Exception as error:  # any of four libraries: the row says what it was
            return Outcome("refused", _one_line(error))


def _checked(made: Contender, expected: list[np.ndarray] | None) -> Outcome:
    if expected is None:
        return Outcome("refused", "no gradient to compare with")
    try:
        check(made, expected)
    except AssertionError as error:
        return Outcome("wrong", _one_line(error))
    return Outcome("measured")


def _one_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines[:2]) if lines else ""
    return f"{type(error).__name__}: {text}"[:160]
