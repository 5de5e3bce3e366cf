"""How time and memory grow: with statements, loop trips and array sizes. Each should be linear: an exponent of 1."""

from __future__ import annotations

import importlib.util
import math
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import pullback

from ..measure import calls_for, median, timer
from ..problem import Function

LINES = ("x{n} = np.tanh(x{m} * w)", "x{n} = x{m} + 0.5 * np.sin(x{m})", "x{n} = x{m} * x{m} - w",
         "x{n} = np.exp(-x{m})")


def straight(lines: int, folder: Path) -> Function:
    """A function of so many statements, in a module file as a person's would be."""
    body = [LINES[n % len(LINES)].format(n=n + 1, m=n) for n in range(lines)]
    text = "\n    ".join(["def straight(x0, w):", *body, f"return np.sum(x{lines})"])
    path = folder / f"straight_{lines}.py"
    path.write_text(f"import numpy as np\n\n\n{text}\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None, path
    assert spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Function = module.straight
    return made


def looped(steps: int, x: Any, w: Any) -> Any:
    for _ in range(steps):
        x = x + 0.01 * np.tanh(w * x)
    return np.sum(x)


def looped_checkpointed(steps: int, snapshots: int, x: Any, w: Any) -> Any:
    for _ in pullback.checkpointed(range(steps), snapshots=snapshots):
        x = x + 0.01 * np.tanh(w * x)
    return np.sum(x)


def elementwise(x: Any, w: Any) -> Any:
    return np.sum(np.tanh(x * w) + np.exp(-x * x))


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of the line through the logarithms, by least squares.

    >>> round(exponent([1.0, 10.0, 100.0], [3.0, 30.0, 300.0]), 6)
    1.0
    >>> round(exponent([1.0, 10.0, 100.0], [2.0, 200.0, 20000.0]), 6)
    2.0
    """
    x, y = [math.log(v) for v in sizes], [math.log(v) for v in costs]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - mean_x) ** 2 for a in x)


def seconds(call: Function, arguments: tuple[Any, ...], samples: int) -> float:
    watch = timer(call, arguments)
    calls = calls_for(watch, 0.01)
    return median([watch.timeit(calls) / calls for _ in range(samples)])


def first_call(call: Function, arguments: tuple[Any, ...]) -> float:
    started = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - started


def peak(call: Function, arguments: tuple[Any, ...]) -> int:
    """Bytes that a call allocates at most, above what there was before."""
    call(*arguments)
    tracemalloc.start()
    try:
        call(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


Figure = dict[str, Any]


def with_statements(differentiate: Callable[..., Function], samples: int) -> list[Figure]:
    """Run time and compile time against the number of statements."""
    x, w, sizes = np.linspace(-1.0, 1.0, 100), np.full(100, 0.7), [50, 125, 250, 500]
    runs, compiles = [], []
    with tempfile.TemporaryDirectory() as folder:
        for lines in sizes:
            call = differentiate(straight(lines, Path(folder)), wrt=(0, 1))
            compiles.append(first_call(call, (x, w)))
            runs.append(seconds(call, (x, w), samples))
    return [figure("time with statements", sizes, runs), figure("compile time with statements", sizes, compiles)]


def with_trips(differentiate: Callable[..., Function], samples: int) -> list[Figure]:
    """Time and peak memory against the trips of a loop that records a value each time."""
    call, x, w = differentiate(looped, wrt=("x", "w")), np.linspace(-1.0, 1.0, 1000), np.full(1000, 0.7)
    sizes = [100, 300, 1000, 3000]
    runs = [seconds(call, (steps, x, w), samples) for steps in sizes]
    memory = [float(peak(call, (steps, x, w))) for steps in sizes]
    return [figure("time with loop trips", sizes, runs), figure("peak memory with loop trips", sizes, memory, "bytes")]


def with_elements(differentiate: Callable[..., Function], samples: int) -> list[Figure]:
    """Time and peak memory against the elements of the arrays."""
    call, sizes = differentiate(elementwise, wrt=("x", "w")), [10_000, 30_000, 100_000, 300_000]
    arguments = [(np.linspace(-1.0, 1.0, n), np.full(n, 0.7)) for n in sizes]
    runs = [seconds(call, a, samples) for a in arguments]
    memory = [float(peak(call, a)) for a in arguments]
    return [figure("time with elements", sizes, runs), figure("peak memory with elements", sizes, memory, "bytes")]


def figure(name: str, sizes: Sequence[int], costs: Sequence[float], unit: str = "s") -> Figure:
    return {"figure": name, "sizes": list(sizes), "costs": list(costs), "unit": unit,
            "exponent": exponent([float(n) for n in sizes], costs)}
