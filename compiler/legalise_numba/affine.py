"""Integers as sums of named ones, so that lengths are compared and indices are proven to be in bounds.

An `Affine` is `const + coefficient * name + ...`; the names are locals of the generated text that are bound once where
they can be seen (lengths of parameters, loop indices). `Facts` holds what is known of them: intervals of loop indices,
and inequalities that a check in the text has established.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Affine:
    """const + sum of coefficient * name"""

    const: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(name: str) -> Affine:
        return Affine(0, ((name, 1),))

    def __add__(self, other: Affine | int) -> Affine:
        if isinstance(other, int):
            return Affine(self.const + other, self.terms)
        sums = dict(self.terms)
        for name, factor in other.terms:
            sums[name] = sums.get(name, 0) + factor
        return Affine(self.const + other.const, tuple(sorted((n, f) for n, f in sums.items() if f)))

    def __neg__(self) -> Affine:
        return self.times(-1)

    def __sub__(self, other: Affine | int) -> Affine:
        return self + (-other)

    def times(self, factor: int) -> Affine:
        if factor == 0:
            return Affine()
        return Affine(self.const * factor, tuple((n, f * factor) for n, f in self.terms))

    def factor(self, name: str) -> int:
        return dict(self.terms).get(name, 0)

    def replace(self, name: str, value: Affine) -> Affine:
        factor = self.factor(name)
        if not factor:
            return self
        return Affine(self.const, tuple(t for t in self.terms if t[0] != name)) + value.times(factor)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(n for n, _ in self.terms)

    @property
    def is_const(self) -> bool:
        return not self.terms

    def __str__(self) -> str:
        """Python text; needs parentheses unless it is one name or number."""
        parts: list[str] = []
        for name, factor in sorted(self.terms, key=lambda t: (t[1] < 0, t[0])):
            sign = ("-" if factor < 0 else "") if not parts else (" - " if factor < 0 else " + ")
            parts.append(f"{sign}{name}" if abs(factor) == 1 else f"{sign}{abs(factor)} * {name}")
        if self.const or not parts:
            sign = "" if not parts else (" + " if self.const > 0 else " - ")
            parts.append(f"{sign}{abs(self.const) if parts else self.const}")
        return "".join(parts)


class Facts:
    """What is known of the names: each fact is an Affine that is at least 0."""

    def __init__(self) -> None:
        self.frames: list[list[Affine]] = [[], []]  # of the very top, then one for each scope
        self.lengths: set[str] = set()  # names that are never negative
        self.equal: dict[Affine, Affine] = {}  # lengths that a check found equal, to one of them
        self.intervals: dict[str, tuple[Affine, Affine]] = {}  # loop index -> lowest and highest value

    def learn(self, fact: Affine, level: int = -1) -> None:
        """`fact >= 0` from here on, in the scope of that level (the innermost)."""
        self.frames[level].append(fact)

    def learn_equal(self, a: Affine, b: Affine) -> None:
        """The two lengths are equal from here on; one of them stands for both."""
        a, b = self.same(a), self.same(b)
        if a != b:
            short, long = (a, b) if self._simple(a) <= self._simple(b) else (b, a)
            self.equal[long] = short

    def _simple(self, length: Affine) -> tuple[int, int]:
        """The less, the better it stands for others: numbers, loop indices, single names, sums."""
        single = len(length.terms) == 1 and length.const == 0
        rank = 0 if length.is_const else 1 if single and length.terms[0][0] in self.intervals else 2 if single else 3
        return rank, len(str(length))

    def same(self, length: Affine) -> Affine:
        """The one that stands for all lengths that are known to be equal to this one."""
        seen = length
        while seen in self.equal:
            seen = self.equal[seen]
        for long, short in self.equal.items():  # n - 2 == m - 2 where n == m
            if len(long.terms) == 1 and long.terms[0][1] == 1 and seen.factor(long.terms[0][0]):
                factor = seen.factor(long.terms[0][0])
                rest = Affine(seen.const, tuple(t for t in seen.terms if t[0] != long.terms[0][0]))
                return self.same(rest + (short - long.const).times(factor))
        return seen

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is learned inside is forgotten after."""
        equal, intervals = dict(self.equal), dict(self.intervals)
        self.frames.append([])
        try:
            yield
        finally:
            self.frames.pop()
            self.equal, self.intervals = equal, intervals

    def loop(self, index: str, low: Affine, high: Affine) -> None:
        """Inside the loop that follows low <= index <= high."""
        self.intervals[index] = (low, high)

    def nonnegative(self, value: Affine, depth: int = 0) -> bool:
        """Is `value >= 0` certain?"""
        value = self.same(value)
        if self._plain(value):
            return True
        if any(self._plain(value - self.same(fact)) for frame in self.frames for fact in frame):
            return True
        if depth > 4:
            return False
        for name, factor in value.terms:
            if name in self.intervals:
                low, high = self.intervals[name]
                if self.nonnegative(value.replace(name, low if factor > 0 else high), depth + 1):
                    return True
        return False

    def _plain(self, value: Affine) -> bool:
        return value.const >= 0 and all(f > 0 and n in self.lengths for n, f in value.terms)

    def extreme(self, value: Affine, highest: bool, keep: frozenset[str] = frozenset()) -> Affine:
        """The largest (or smallest) value over all loop indices but those in `keep`."""
        for _ in range(8):
            inner = [n for n, _ in value.terms if n in self.intervals and n not in keep]
            if not inner:
                return value
            name = inner[-1]
            low, high = self.intervals[name]
            value = value.replace(name, high if (value.factor(name) > 0) == highest else low)
        return value
