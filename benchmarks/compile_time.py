"""Compile time: source to callable, warm, verifier off; a first compile in a fresh process.

    python -m benchmarks.compile_time

prints milliseconds for functions of 10 to 1000 lines, and what a line costs; then a first compile with its imports.
"""

from __future__ import annotations

import linecache
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

LINES = (10, 50, 100, 250, 500, 1000)
FIRST = """
import time
start = time.perf_counter()
import pullback as pb
import numpy as np
def f(x, w):
    z = x @ w
    return np.sum(np.tanh(z) ** 2)
pb.grad(f, wrt=1)(np.ones((3, 2)), np.ones(2))
print(time.perf_counter() - start)
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


def measure(lines: int, times: int = 5) -> float:
    """The best of some compilations, in seconds."""
    import pullback as pb

    x, w = np.linspace(0.1, 0.3, 4), np.ones(4)
    best = float("inf")
    for number in range(times):
        gradient = pb.grad(function(lines, number), wrt=(0, 1))
        start = time.perf_counter()
        gradient.source_for(x, w)
        best = min(best, time.perf_counter() - start)
    return best


def first_compile() -> float:
    """Seconds from `import pullback` to a gradient, in a fresh process."""
    return min(float(subprocess.run([sys.executable, "-c", FIRST], check=True,
                                    capture_output=True, text=True).stdout) for _ in range(3))


def main() -> None:
    measure(10)
    print("lines      ms   ms/line")
    for lines in LINES:
        taken = measure(lines, 5 if lines <= 100 else 2) * 1e3
        print(f"{lines:5d} {taken:8.1f} {taken / lines:8.3f}")


if __name__ == "__main__":
    main()
