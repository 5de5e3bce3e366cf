"""Compiled text on disk: a module file named by a hash of its text and of what compiles it.

Numba keeps machine code beside a real module file. The file is written whole or not at all, so that processes can
share the folder; where it cannot be written, the text is compiled for this process only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from ...runtime.errors import ArgumentError
from .. import emit
from .text import is_code

PREFIX = "pullback_loops_"
RECURSION = 20_000  # calls of plain Python, which take no room on C's stack


def folder() -> Path:
    """Where compiled code is kept: $PULLBACK_CACHE, else a folder of the user's cache."""
    given = os.environ.get("PULLBACK_CACHE")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "pullback"


def without_comments(text: str) -> str:
    """The text without comments and empty lines: they say where the primal's lines stand, which move."""
    return "".join(f"{line}\n" for line in text.splitlines() if is_code(line))


def key_of(text: str) -> str:
    """Equal for two texts whose machine code is the same here."""
    from numba import __version__ as version
    from numba.core.codegen import get_host_cpu_features

    parts = (text, version, np.__version__, sys.version, platform.machine(), get_host_cpu_features())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def compiled(text: str, name: str) -> Callable[..., Any]:
    """The function `name` of a module text, compiled at its first call.

    raises : ArgumentError, where Numba is not installed
    """
    try:
        import numba  # noqa: F401
    except ImportError:
        raise ArgumentError("backend='numba' needs Numba, which is not installed", None, "",
                            "Install it: `pip install pullback[numba]`.") from None
    code = without_comments(text)
    module = _from_disk(code) or _in_memory(code, name)
    return Timed(getattr(module, name), name, lambda: getattr(_in_memory(code, name), name))


def file_of(function: Any) -> str:
    """The name of the file that a compiled function stands in, as it is in tracebacks and in messages of Numba's."""
    code = getattr(getattr(getattr(function, "function", function), "py_func", function), "__code__", None)
    return os.path.basename(code.co_filename) if code is not None else ""


def _from_disk(text: str) -> Any:
    """The module of a text, from its file in the cache; None where there can be no file."""
    label = PREFIX + key_of(text)
    if label in sys.modules:
        return sys.modules[label]
    path = folder() / f"{label}.py"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, text)
        if not os.access(path.parent, os.W_OK) and not (path.parent / "__pycache__").is_dir():
            return None
        if not _same(path, text):  # a damaged file: written anew, and then read again
            _write(path, text)
            if not _same(path, text):
                return None
    except OSError:
        return None
    spec = importlib.util.spec_from_file_location(label, path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules[label] = module
    try:
        spec.loader.exec_module(module)
    except (OSError, RuntimeError):  # Numba finds no place for its files
        del sys.modules[label]
        return None
    return module


def _same(path: Path, text: str) -> bool:
    return path.read_bytes() == text.encode("utf-8")


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.replace(temporary, path)


def _in_memory(text: str, name: str) -> Any:
    """The module of a text that lives in this process only."""
    namespace = emit.load(text.replace("cache=True, ", ""), name)
    return types.SimpleNamespace(**{name: namespace[name]})


def _of_the_cache(error: BaseException) -> bool:
    """Was it raised where Numba reads or writes its files? Then it says nothing about the program."""
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == "numba.core.caching":
            _forget_files(traceback.tb_frame)
            return True
        traceback = traceback.tb_next
    return False


def _forget_files(frame: FrameType) -> None:
    """Delete the machine code that the cache of this frame keeps, so that the next process writes it anew."""
    owner = frame.f_locals.get("self")
    files: Any = getattr(owner, "_cache_file", owner)
    with suppress(AttributeError, OSError):
        index = Path(files._index_path)
        for path in index.parent.glob(f"{index.stem}.*"):
            path.unlink()


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Inside, calls may nest deeply: Numba follows a variable from block to block by functions that call themselves.

    In a long function that is one call for each branch between a variable's use and its definition.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        yield
    finally:
        if sys.getrecursionlimit() == max(before, RECURSION):  # else somebody set another one meanwhile
            sys.setrecursionlimit(before)


class Timed:
    """A compiled function; its first call tells on a terminal how long the compiler took."""

    def __init__(self, function: Callable[..., Any], name: str, again: Callable[[], Callable[..., Any]]) -> None:
        self.function = function
        self.name = name
        self.again = again

    def __call__(self, *args: Any) -> Any:
        started = time.perf_counter()
        with deep_recursion():
            try:
                result = self.function(*args)
            except Exception as error:
                if not _of_the_cache(error):
                    raise
                self.function = self.again()  # machine code that cannot be read: compiled for this process
                result = self.function(*args)
        spent = time.perf_counter() - started
        stats = getattr(self.function, "stats", None)
        compiled_now = stats is None or sum(stats.cache_misses.values())
        if spent > 0.5 and compiled_now and sys.stderr is not None and sys.stderr.isatty():
            print(f"pullback: compiled {self.name} in {spent:.1f} s", file=sys.stderr)
        return result
