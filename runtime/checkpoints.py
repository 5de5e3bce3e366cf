"""The binomial schedule of a checkpointed loop: which states are kept, and how the others come back.

A loop of n trips is reversed with at most k kept states (and the one before the last trip). The kept states form a
stack. Between two kept states the trips are run again; where to keep the next one is chosen so that the number of trips
run again is the least that k states allow (Griewank and Walther, "Revolve", ACM TOMS 26 (2000), 19-45).
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from .errors import ArgumentError

T = TypeVar("T")


def checkpointed(trips: T, *, snapshots: int) -> T:
    """In a differentiated function: a loop over `range(...)` that keeps a few states and runs the others again.

    for t in pb.checkpointed(range(n), snapshots=k): ...

    trips     : a range
    snapshots : how many states of the loop are kept at the same time (one more is kept for the last trip). The memory
                of the reverse sweep is that of so many states; with k states and r repetitions of each trip a loop may
                have (k + r)! / (k! r!) trips
    returns   : `trips` itself: outside a derivative nothing changes
    raises    : ArgumentError, if snapshots is less than 1

    >>> [t for t in checkpointed(range(3), snapshots=2)]
    [0, 1, 2]
    """
    _check(snapshots)
    return trips


def _check(snapshots: Any) -> None:
    if isinstance(snapshots, bool) or not isinstance(snapshots, (int, np.integer)) or snapshots < 1:
        raise ArgumentError(f"checkpointed() with snapshots={snapshots!r}", None, "At least the first state is kept.",
                            "Give it a whole number of 1 or more.")


def next_kept(start: int, end: int, free: int) -> int:
    """The trip before which the next state is kept, in a run from `start` towards `end`.

    free    : how many more states may be kept; the one before `start` is kept already
    returns : a trip between `start` and `end`; `end - 1` where no place is free

    With s = free + 1 states and r the least number such that n = end - start <= C(s + r, s), each trip is run at most r
    times, and the number of trips run again is least if both parts keep within that.

    >>> next_kept(0, 10, 2)
    4
    """
    count, s, r = end - start, free + 1, 1
    if free <= 0 or count <= 2:
        return end - 1
    while choose(s + r, s, count) < count:
        r += 1
    least = choose(s + r - 2, s, count) if r >= 2 else 1
    return start + max(least, count - choose(s - 1 + r, s - 1, count), 1)


def choose(n: int, k: int, most: int) -> int:
    """The binomial coefficient C(n, k); `most + 1` where it is larger than `most` (so no product grows without bound).

    >>> choose(6, 3, 100), choose(60, 30, 100)
    (20, 101)
    """
    result = 1
    for i in range(1, k + 1):
        result = result * (n - k + i) // i
        if result > most:
            return most + 1
    return result


def trip_count(start: int, stop: int, step: int) -> int:
    """How many trips `for t in range(start, stop, step)` makes.

    >>> trip_count(10, 0, -3)
    4
    """
    return len(range(start, stop, step))


def places(snapshots: int) -> int:
    """How many states may be kept: `snapshots`, checked.

    raises : ArgumentError, if it is less than 1
    """
    _check(snapshots)
    return snapshots


def again(value: T) -> T:
    """`value` itself; what is computed from it is computed again, not shared with what was computed before.

    >>> again(2.0)
    2.0
    """
    return value


__all__ = ["again", "checkpointed", "choose", "next_kept", "places", "trip_count"]
