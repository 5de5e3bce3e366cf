"""Compile time: source to callable, warm, verifier off; a first compile in a fresh process.

    python -m benchmarks.compile_time

prints milliseconds for functions of 10 to 1000 lines, and what a line costs; then a first compile with its imports
(bytecode cached, as that of an installed package is). The times are those of the processor, which other programs on
the machine disturb least; `calls` counts the calls of Python functions, the same on every machine.
"""

from __future__ import annotations

import cProfile
import linecache
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LINES = (10, 50, 100, 250, 500, 1000)
FIRST = """
import time
start = time.process_time()
import numpy as np
numpy_at = time.process_time()
import pullback as pb
def f(x, w):
    z = x @ w
    return np.sum(np.tanh(z) ** 2)
gradient = pb.grad(f, wrt=1)
imported_at = time.process_time()
gradient(np.ones((3, 2)), np.ones(2))
print(numpy_at - start, imported_at - numpy_at, time.process_time() - imported_at)
"""


def program(lines: int) -> str:
    """A function of so many lines: assignments, a branch in ten lines, a loop in ten."""
    body = ["def f(x, w):", "    s = x * w"]
    while len(body) < lines - 1:
        number = len(body)
        if len(body) > lines - 6:
            body.append("    s = s * w")
        elif number % 10 == 3:
            body += ["    if np.sum(s) > 0:", "        s = s * 2.0", "    else:", f"        s = s + {number}.0 * w"]
        elif number % 10 == 8:
            body += ["    for i in range(3):", "        s = s * x[i] + np.sin(s)"]
        else:
            body.append(f"    s{number} = np.tanh(s) * w + x * {number}.5")
            body.append(f"    s = s + s{number} * x")
    return "\n".join([*body, "    return np.sum(s)"]) + "\n"


def function(lines: int, number: int) -> Callable[..., Any]:
    """The program as a function whose text is known."""
    text, name = program(lines), f"<compile time {lines}.{number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, name, "exec"), namespace)
    return namespace["f"]  # type: ignore[no-any-return]


def compilation(lines: int, number: int) -> Callable[[], Any]:
    """What reads the program and compiles its gradient, once."""
    import pullback as pb

    x, w = np.linspace(0.1, 0.3, 4), np.ones(4)
    primal = function(lines, number)
    return lambda: pb.grad(primal, wrt=(0, 1)).source_for(x, w)


def measure(lines: int, times: int = 5) -> float:
    """The best of some compilations, in seconds of the processor."""
    best = float("inf")
    for number in range(times):
        compile_it = compilation(lines, number)
        start = time.process_time()
        compile_it()
        best = min(best, time.process_time() - start)
    return best


def calls(lines: int) -> int:
    """How many calls of functions a compilation makes."""
    profile, compile_it = cProfile.Profile(), compilation(lines, -1)
    profile.enable()
    compile_it()
    profile.disable()
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def first_compile(times: int = 3) -> tuple[float, float, float]:
    """Seconds of the processor for `import numpy`, `import pullback` and a first gradient, in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        taken = []
        for _ in range(times + 1):  # the first writes the bytecode
            made = subprocess.run([sys.executable, "-c", FIRST], check=True, capture_output=True, text=True,
                                  env=environment)
            taken.append(tuple(map(float, made.stdout.split())))
    numpy, imports, compiled = min(taken[1:], key=sum)
    return numpy, imports, compiled


def main() -> None:
    measure(50, 2)
    print("lines      ms   ms/line   calls/line")
    for lines in LINES:
        taken = measure(lines, 5 if lines <= 100 else 2) * 1e3
        print(f"{lines:5d} {taken:8.1f} {taken / lines:8.3f} {calls(lines) / lines:12.0f}")
    numpy, imports, compiled = first_compile()
    print(f"first compile in a process: {1e3 * (numpy + imports + compiled):.0f} ms "
          f"(numpy {1e3 * numpy:.0f}, pullback {1e3 * imports:.0f}, compile {1e3 * compiled:.0f})")


if __name__ == "__main__":
    main()
