"""Timing of two calls against each other, so that what the machine does meanwhile falls on both.

A *pair* is one sample of each call, taken one after the other (the order alternates); its ratio is one observation.
Reported is the median of the ratios with its 95 % interval by order statistics, which assumes no distribution.
Limitation: ratios within one process; a difference in start-up or compile time is not seen here.
"""

from __future__ import annotations

import math
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Call = Callable[[], Any]
MIN_PAIRS = 30


@dataclass(frozen=True)
class Comparison:
    """`first` timed against `second`.

    ratio, low, high        : median of first/second and its 95 % interval
    seconds, seconds_second : median time of one call
    pairs                   : number of pairs
    """

    ratio: float
    low: float
    high: float
    seconds: float
    seconds_second: float
    pairs: int


def median(values: list[float]) -> float:
    """The middle value, or the mean of the two middle ones.

    >>> median([3.0, 1.0, 2.0, 9.0])
    2.5
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def median_interval(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """The narrowest symmetric pair of order statistics that holds the median with at least `confidence`.

    The number of values below the median is binomial(n, 1/2), so the k-th smallest and k-th largest miss it with
    probability 2 * P(fewer than k successes).

    >>> median_interval([float(i) for i in range(1, 41)])
    (14.0, 27.0)
    """
    ordered, n = sorted(values), len(values)
    outside, k = 0.0, 0
    while k < n // 2:
        outside += 2 * math.comb(n, k) / 2**n
        if outside > 1 - confidence:
            break
        k += 1
    if k == 0:
        raise ValueError(f"{n} values are too few for an interval of {confidence:.0%}")
    return ordered[k - 1], ordered[n - k]


Clock = Callable[[], float]
WALL: Clock = time.perf_counter
# The processor time of all threads: other processes on a busy machine hardly show in it.
PROCESSOR: Clock = time.process_time


def timer(function: Callable[..., Any], arguments: tuple[Any, ...], clock: Clock = WALL) -> timeit.Timer:
    """A timer of `function(*arguments)` whose loop adds a plain call and nothing else."""
    names = [f"a{i}" for i in range(len(arguments))]
    bound = dict(zip(names, arguments, strict=True))
    return timeit.Timer(f"call({', '.join(names)})", timer=clock, globals={"call": function, **bound})


def calls_for(watch: timeit.Timer, seconds: float) -> int:
    """How many calls last at least `seconds`; at least 1. Warms the call up on the way."""
    number = 1
    while (taken := watch.timeit(number)) < seconds:
        number = max(number + 1, math.ceil(number * min(1.2 * seconds / max(taken, 1e-9), 10)))
    return number


def compare(first: timeit.Timer, second: timeit.Timer, pairs: int = 40, sample: float = 0.01,
            allowance: float = 0.0) -> Comparison:
    """Time `first` against `second`.

    sample    : seconds that one sample lasts at least
    allowance : seconds a call that `first` is granted; taken off before the ratio is formed
    raises    : ValueError, for fewer than 30 pairs
    """
    if pairs < MIN_PAIRS:
        raise ValueError(f"{pairs} pairs say too little, take at least {MIN_PAIRS}")
    calls, calls_second = calls_for(first, sample), calls_for(second, sample)
    times, times_second = [], []
    for pair in range(pairs):
        if pair % 2:
            times_second.append(second.timeit(calls_second) / calls_second)
            times.append(first.timeit(calls) / calls)
        else:
            times.append(first.timeit(calls) / calls)
            times_second.append(second.timeit(calls_second) / calls_second)
    ratios = [(a - allowance) / b for a, b in zip(times, times_second, strict=True)]
    low, high = median_interval(ratios)
    return Comparison(median(ratios), low, high, median(times), median(times_second), pairs)
