"""What the Numba back end accepts: `python -m tests.numba.survey rules|language|random [--compiled] [--refused]`.

Every program runs on both back ends; the counts say how many agree, are refused, and by which construct, or are wrong.
Without `--compiled` the loops run as the Python that they are.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import linecache
import random
import re
import signal
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import pullback as pb
from pullback.runtime.errors import PullbackError, UnsupportedError

from .harness import interpreted, language_modules

SECONDS = 20


class TooLong(Exception):
    """A program that took longer than its time."""


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def close(one: Any, two: Any) -> bool:
    if isinstance(two, (tuple, list)):
        return len(one) == len(two) and all(map(close, one, two))
    if isinstance(two, dict):
        return all(close(one[k], two[k]) for k in two)
    if two is None or isinstance(two, str):
        return one is None or bool(one == two)
    if not isinstance(two, (int, float, complex, np.ndarray, np.generic)):
        return type(one) is type(two) and close(dict(vars(one)), dict(vars(two)))
    if np.shape(one) != np.shape(two):
        return False
    rough = np.result_type(two).itemsize <= (8 if np.iscomplexobj(two) else 4)
    tolerance = 1e-4 if rough else 1e-8
    return bool(np.allclose(one, two, rtol=tolerance, atol=tolerance * 1e-2, equal_nan=True))


def outcome(expected: Callable[[], Any], found: Callable[[], Any]) -> str:
    """accepted, refused: <construct>, wrong: <how>, or left out (NumPy's own run fails)."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            wanted = expected()
        except Exception as error:
            return f"left out: {type(error).__name__}"
        try:
            with limited(SECONDS):
                got = found()
        except UnsupportedError as error:
            text = str(error).split("Error: ", 1)[-1].splitlines()[0]
            if error.where is None:
                return f"wrong: a refusal without a place: {text}"
            return f"refused: {text}"
        except TooLong:
            return "wrong: too long"
        except PullbackError as error:
            return f"wrong: {type(error).__name__}: {str(error).splitlines()[0]}"
        except Exception as error:
            return f"wrong: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return "accepted" if close(got, wanted) else "wrong: other numbers"


def rules() -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """The first case of each rule, and all others, as programs."""
    from ..rules import test_rules  # noqa: F401 - fills the table of cases
    from ..rules.cases import CASES
    from ..rules.compiled import program_of

    for number, case in enumerate(CASES):
        made = program_of(case)
        if made is None or not case.active:
            continue
        program, text = made
        filename = f"<survey {number}>"
        linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
        exec(compile(text, filename, "exec"), program.captured)
        fn, wrt = program.captured["f"], tuple(program.parameters)

        def run(backend: str, fn: Any = fn, wrt: Any = wrt, values: Any = program.values) -> Any:
            return pb.value_and_grad(fn, wrt=wrt, backend=backend)(*copy.deepcopy(values))

        yield case.label, lambda run=run: run("numpy"), lambda run=run: run("numba")  # type: ignore[misc]


def language() -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """The programs of tests/language: all that a test hands to `check` or `check_tree`."""
    for module in language_modules():
        for name, fn, args in recorded(module):
            yield from _both(f"{module}.{name}", fn, args)


def recorded(module: str) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """What the tests of a module check, without checking it."""
    from ..language import checker

    found: list[Any] = []
    names = vars(importlib.import_module(f"..language.{module}", __package__))
    kept = {k: names.get(k) for k in ("check", "check_tree")}
    before = checker.check
    current = ""

    def record(fn: Any, *args: Any, **_: Any) -> None:
        found.append((current, fn, args))

    checker.check = record
    names.update({k: record for k, v in kept.items() if v is not None})
    try:
        for current, test in list(names.items()):
            if current.startswith("test") and callable(test):
                for given in variants(test):
                    with contextlib.suppress(BaseException):  # what such a test checks besides does not matter here
                        test(**given)
    finally:
        checker.check = before
        names.update({k: v for k, v in kept.items() if v is not None})
    return found


def variants(test: Any) -> list[dict[str, Any]]:
    """The parameters that pytest would call a test with."""
    made: list[dict[str, Any]] = [{}]
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            keys = [k.strip() for k in mark.args[0].split(",")] if isinstance(mark.args[0], str) else mark.args[0]
            rows = [getattr(row, "values", row) for row in mark.args[1]]
            rows = [row if len(keys) > 1 or (isinstance(row, tuple) and len(row) == 1) else (row,) for row in rows]
            made = [{**one, **dict(zip(keys, row, strict=True))} for one in made for row in rows]
    return made


def _both(name: str, fn: Any, args: Any) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    from .harness import float_arguments

    def run(backend: str) -> Any:
        wrt = float_arguments(args) or tuple(range(len(args)))
        return pb.value_and_grad(fn, wrt=wrt, backend=backend)(*copy.deepcopy(args))

    yield name, lambda: run("numpy"), lambda: run("numba")


def programs(count: int, seed: int) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Random programs by their seeds."""
    from ..language import random_programs

    for number in range(seed, seed + count):
        rng = random.Random(number)
        source = random_programs.Writer(rng.choice, 4 + number % 8).program()
        yield from _both(f"random {number}", random_programs.load(source), tuple(random_programs.arguments()))


def construct(text: str) -> str:
    """A refusal without its numbers and names."""
    return re.sub(r"`\w+`, (?=which|saved)", "", re.sub(r"\d+", "N", text))


def main(arguments: list[str]) -> int:
    flags = {a for a in arguments if a.startswith("--")}
    what, *numbers = [a for a in arguments if not a.startswith("--")]
    source = {"rules": rules, "language": language}.get(what)
    cases = source() if source else programs(int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0)
    counts: Counter[str] = Counter()
    names: dict[str, list[str]] = defaultdict(list)
    with contextlib.nullcontext() if "--compiled" in flags else interpreted():
        for number, (name, expected, found) in enumerate(cases):
            if source and numbers and number % int(numbers[0]):
                continue
            result = outcome(expected, found)
            if result.startswith("wrong"):
                print(f"--- {name}: {result}", flush=True)
            counts[construct(result)] += 1
            names[construct(result)].append(name)
    for found_, times in sorted(counts.items(), key=lambda item: (item[0][:8], -item[1])):
        shown = f"   {', '.join(names[found_][:4])}" if "--refused" in flags and found_ != "accepted" else ""
        print(f"{times:5d}  {found_}{shown}")
    totals = Counter(k.split(":")[0] for k, times in counts.items() for _ in range(times))
    print(dict(totals))
    return totals["wrong"]


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
