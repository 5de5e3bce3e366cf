"""The cache of compiled code on disk: shared, deleted, not writable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.legalise_numba import cache

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

PROGRAM = """
import numpy as np
import pullback as pb
from pullback.compiler.legalise_numba import cache

def f(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] ** 3
    return total

gradient = pb.grad(f, backend="numba")
assert gradient(np.array([1.0, 2.0])).tolist() == [3.0, 12.0]
import sys
(module,) = [m for name, m in sys.modules.items() if name.startswith(cache.PREFIX)]
print(sum(module.f_grad_loops.stats.cache_hits.values()))
"""


def run(folder: Path, program: Path) -> int:
    environment = {**os.environ, "PULLBACK_CACHE": str(folder), "PYTHONPATH": os.getcwd()}
    done = subprocess.run([sys.executable, str(program)], env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_second_process_starts_from_the_cache(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    folder = tmp_path / "cache"
    assert run(folder, program) == 0
    assert run(folder, program) == 1


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("PULLBACK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def text(number: int) -> str:
    return f"from numba import njit\n\n\n@njit(cache=True, error_model='numpy')\ndef loops(x):\n    return x + {number}\n"


def test_the_folder_may_go_while_it_is_used(fresh):
    one = cache.compiled(text(1), "loops")
    for path in sorted(fresh.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    fresh.rmdir()
    assert one(1) == 2
    assert cache.compiled(text(2), "loops")(1) == 3


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("PULLBACK_CACHE", str(blocked / "cache"))
    assert cache.compiled(text(3), "loops")(1) == 4


def test_a_file_with_another_text_is_not_run(fresh):
    label = cache.PREFIX + cache.key_of(cache.without_comments(text(4)))
    fresh.mkdir(parents=True)
    (fresh / f"{label}.py").write_text(text(5), encoding="utf-8")
    assert cache.compiled(text(4), "loops")(1) == 5


@pytest.mark.parametrize("suffix", [".nbi", ".nbc", ".py"])
@pytest.mark.parametrize("left", [b"", b"garbage"])
def test_damaged_files_are_replaced(fresh, suffix, left):
    def hits():
        code = text(6)
        sys.modules.pop(cache.PREFIX + cache.key_of(cache.without_comments(code)), None)
        made = cache.compiled(code, "loops")
        assert made(1) == 7
        return sum(made.function.stats.cache_hits.values()) if hasattr(made.function, "stats") else 0

    assert hits() == 0
    for path in fresh.rglob(f"*{suffix}"):
        path.write_bytes(left)
    hits()
    hits()  # writes what the run before has thrown away
    assert hits() == 1


def test_an_error_of_the_program_is_not_one_of_the_cache(fresh):
    made = cache.compiled("from numba import njit\n\n\n@njit(cache=True, error_model='numpy')\ndef loops(x):\n"
                          "    if x > 1:\n        raise EOFError('x')\n    return x\n", "loops")
    with pytest.raises(EOFError, match="x"):
        made(2)
    assert list(fresh.rglob("*.nbi"))


@pytest.mark.full
def test_processes_share_the_folder(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    environment = {**os.environ, "PULLBACK_CACHE": str(tmp_path / "cache"), "PYTHONPATH": os.getcwd()}
    several = [subprocess.Popen([sys.executable, str(program)], env=environment) for _ in range(4)]
    assert [one.wait() for one in several] == [0, 0, 0, 0]
    assert run(tmp_path / "cache", program) == 1


@pytest.mark.full
def test_a_second_process_starts_in_under_a_second_of_work(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("import numpy as np\n", "import time\nimport numpy as np\n", 1).replace(
        "gradient = ", "started = time.process_time()\ngradient = ").replace(
        "import sys\n", "import sys\nassert sys.argv[1:] or time.process_time() - started < 1.0\n"), encoding="utf-8")
    environment = {**os.environ, "PULLBACK_CACHE": str(tmp_path / "cache"), "PYTHONPATH": os.getcwd()}
    subprocess.run([sys.executable, str(program), "first"], env=environment, check=True)
    subprocess.run([sys.executable, str(program)], env=environment, check=True)


def test_a_function_of_many_branches_is_compiled(fresh):
    branches = "".join(f"    if s > {i}.0:\n        s += t\n" for i in range(300))
    long = (f"from numba import njit\n\n\n@njit(cache=True, error_model='numpy')\ndef loops(x):\n    t = x\n    if x > 1.0:\n"
            f"        t = 2.0 * x\n    s = x\n{branches}    return s * t\n")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(650)  # so that 300 branches are too many
    try:
        assert cache.compiled(long, "loops")(-1.0) == 1.0
        assert sys.getrecursionlimit() == 650
    finally:
        sys.setrecursionlimit(before)


def test_the_key_depends_on_the_code_not_on_its_comments():
    assert cache.key_of(text(1)) != cache.key_of(text(2))
    moved = text(1).replace("    return", "    # line 7: return x + 1\n    return")
    assert moved != text(1)
    assert cache.without_comments(moved) == cache.without_comments(text(1))


def test_a_long_compilation_is_told_on_a_terminal(monkeypatch, capsys):
    class Slow:
        stats = type("Stats", (), {"cache_misses": {(): 1}})

        def __call__(self, x):
            times.append(1.0)
            return x

    times = [0.0]
    monkeypatch.setattr(cache.time, "perf_counter", lambda: times[-1])
    monkeypatch.setattr(cache.sys.stderr, "isatty", lambda: True, raising=False)
    assert cache.Timed(Slow(), "f_loops", Slow)(7) == 7
    assert "compiled f_loops in 1.0 s" in capsys.readouterr().err


def test_numba_that_is_not_there_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(TypeError, match=r"pip install pullback\[numba\]"):
        pb.grad(lambda x: np.sum(x * x), backend="numba")(np.ones(2))
