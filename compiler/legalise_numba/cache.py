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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.errors import ArgumentError
from .. import emit
from .text import is_code

PREFIX = "pullback_loops_"


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
    return Timed(getattr(module, name), name)


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
        if path.read_text(encoding="utf-8") != text:
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


def _write(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def _in_memory(text: str, name: str) -> Any:
    """The module of a text that lives in this process only."""
    namespace = emit.load(text.replace("cache=True, ", ""), name)
    return types.SimpleNamespace(**{name: namespace[name]})


class Timed:
    """A compiled function; its first call tells on a terminal how long the compiler took."""

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function = function
        self.name = name

    def __call__(self, *args: Any) -> Any:
        started = time.perf_counter()
        result = self.function(*args)
        spent = time.perf_counter() - started
        stats = getattr(self.function, "stats", None)
        compiled_now = stats is None or sum(stats.cache_misses.values())
        if spent > 0.5 and compiled_now and sys.stderr is not None and sys.stderr.isatty():
            print(f"pullback: compiled {self.name} in {spent:.1f} s", file=sys.stderr)
        return result
