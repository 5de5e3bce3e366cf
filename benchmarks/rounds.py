"""Many calls timed in rounds: one sample of each a round, so that any two of them can be compared in pairs.

What the machine does during a round falls on all of its samples, and the order of the samples turns round every time.
The ratio of two contenders is the median, over the rounds that both took part in, of the ratio within the round. A
contender whose calls are long takes part in the first rounds only: `pairs` says in how many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from timeit import Timer

from .measure import WALL, Clock, calls_for, median, median_interval

FEW = 7  # rounds that even a slow contender takes part in: the least that gives the median a 95 % interval, plus one
ONCE = 3.0  # seconds: a call that lasts longer is measured in a single round


@dataclass(frozen=True)
class Plan:
    """rounds: at most so many; sample: seconds of a sample at least; budget: seconds a contender may take in all.

    clock : of what is measured: WALL, or PROCESSOR on a machine that has other work to do
    """

    rounds: int = 30
    sample: float = 0.005
    budget: float = 1.5
    clock: Clock = WALL

    def rounds_for(self, seconds: float) -> int:
        """How many rounds a contender takes part in whose sample lasts so long.

        >>> Plan().rounds_for(0.01), Plan().rounds_for(0.1), Plan().rounds_for(1.0), Plan().rounds_for(5.0)
        (30, 15, 7, 1)
        """
        if seconds > ONCE:
            return 1
        return min(self.rounds, max(FEW, int(self.budget / max(seconds, self.sample))))


@dataclass(frozen=True)
class Ratio:
    """One contender's time over another's: the median over `pairs` rounds, and its 95 % interval where there is one."""

    median: float
    low: float | None
    high: float | None
    pairs: int

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{short(self.median)} (once)"
        return f"{short(self.median)} [{short(self.low)}, {short(self.high)}]"


def short(value: float) -> str:
    """Three digits that matter.

    >>> short(0.01234), short(1.234), short(12.34), short(123.4)
    ('0.012', '1.23', '12.3', '123')
    """
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.3g}"


def in_rounds(timers: Mapping[str, Timer], plan: Plan) -> dict[str, list[float]]:
    """Seconds a call by name: one entry for each round that the contender took part in."""
    calls = {name: calls_for(timer, plan.sample) for name, timer in timers.items()}
    lasts = {name: timers[name].timeit(calls[name]) for name in timers}
    rounds = {name: plan.rounds_for(lasts[name]) for name in timers}
    found: dict[str, list[float]] = {name: [] for name in timers}
    for number in range(max(rounds.values(), default=0)):
        names = [name for name in timers if number < rounds[name]]
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(timers[name].timeit(calls[name]) / calls[name])
    return found


def ratio(first: Sequence[float], second: Sequence[float], allowance: float = 0.0) -> Ratio:
    """`first` over `second`, in pairs; `allowance` seconds a call are taken off `first`.

    >>> ratio([2.0, 4.0, 6.0], [1.0, 2.0, 2.0, 9.0])
    Ratio(median=2.0, low=None, high=None, pairs=3)
    """
    ratios = [(a - allowance) / b for a, b in zip(first, second, strict=False)]
    if len(ratios) < FEW:
        return Ratio(median(ratios), None, None, len(ratios))
    low, high = median_interval(ratios)
    return Ratio(median(ratios), low, high, len(ratios))


def spread(samples: Sequence[float]) -> float:
    """Half the distance of the quartiles over the median: 0.05 says that the middle half lies within 5 %.

    >>> spread([1.0, 1.0, 1.0])
    0.0
    """
    ordered = sorted(samples)
    quarter = len(ordered) // 4
    return (ordered[-1 - quarter] - ordered[quarter]) / 2 / median(ordered)


def geometric_mean(values: Sequence[float]) -> float:
    """
    >>> round(geometric_mean([1.0, 100.0]), 9)
    10.0
    """
    return math.exp(sum(map(math.log, values)) / len(values))
