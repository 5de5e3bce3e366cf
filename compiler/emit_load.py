"""Run generated text as a module of its own, and lead from its lines back to the primal's.

The text is registered in `linecache` under a name such as `<pullback loss_grad 1>`, so that tracebacks,
`inspect.getsource` and pdb show it. The entry goes when the last function of the text goes.
"""

from __future__ import annotations

import linecache
import re
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..runtime.errors import Location, UnsupportedError
from .source import Origin

_NOTE = "pullback: raised in generated code, "
_numbers: Counter[str] = Counter()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Loaded:
    """One text that was run; it stands in its namespace as `__pullback__` and lives as long as that.

    filename : the name that tracebacks and `linecache` know it by
    text     : the generated Python
    primal   : the user's function that it was made from, if any
    line_map : line of the text -> primal location
    """

    filename: str
    text: str
    primal: Origin | None
    line_map: Mapping[int, Location]


def load(
    text: str,
    filename_hint: str,
    namespace: Mapping[str, Any] | None = None,
    primal: Origin | None = None,
    line_map: Mapping[int, Location] | None = None,
) -> dict[str, Any]:
    """Compile and run generated text in a namespace of its own.

    filename_hint : name of the function, as in `<pullback loss_grad 1>`
    namespace     : names that the text finds besides the built-ins (copied, never written)
    returns       : the new namespace, with what the text defines and its `Loaded` as `__pullback__`

    >>> load("def double(x):\\n    return k * x\\n", "double", {"k": 2})["double"](21)
    42
    """
    with _lock:
        _numbers[filename_hint] += 1
        filename = f"<pullback {filename_hint} {_numbers[filename_hint]}>"
    loaded = Loaded(filename, text, primal, MappingProxyType(dict(line_map or {})))
    # An mtime of None tells linecache.checkcache that no file stands behind the entry, which so survives.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    weakref.finalize(loaded, linecache.cache.pop, filename, None).atexit = False
    module = {"__name__": "pullback.generated", "__file__": filename, **(namespace or {}), "__pullback__": loaded}
    exec(compile(text, filename, "exec", dont_inherit=True), module)
    return module


def _lacks_a_value(exception: BaseException, filename: str, line: int, frame: Any) -> bool:
    """Did the reverse sweep ask for the shape of a name that nothing bound (or that holds None or a number instead)?

    Where it reads the value of such a name, Python would have read it, too: the UnboundLocalError is the program's.
    """
    said = str(exception)
    if isinstance(exception, UnboundLocalError):
        asked = "zeros_like(" in linecache.getline(filename, line) and _is_adjoint(filename, line)
        return asked or _is_ours(exception, frame)
    placeholder = (isinstance(exception, TypeError) and "dtype('O')" in said) or (
        isinstance(exception, ValueError) and said.startswith("non-broadcastable output operand with shape ()"))
    return placeholder and _is_adjoint(filename, line)


def _is_ours(exception: BaseException, frame: Any) -> bool:
    """Is the name one that the compiler made of a name of the program: `A2` for what `A` is in a loop?"""
    found = re.match(r"cannot access local variable '(\w+?)_?\d+'", str(exception))
    loaded = frame.f_globals.get("__pullback__")
    if found is None or not isinstance(loaded, Loaded) or loaded.primal is None:
        return False
    names = loaded.primal.fn.__code__.co_varnames
    return found[1] in names and str(exception).split("'")[1] not in names


def _is_adjoint(filename: str, line: int) -> bool:
    """Does a line of a generated text belong to the reverse sweep? The comment above it says so."""
    lines = linecache.getlines(filename)[:line]
    above = next((text.strip() for text in reversed(lines) if text.strip().startswith("#")), "")
    return above.startswith("# adjoint")


def annotate(exception: BaseException, filename: str, line_map: Mapping[int, Location]) -> None:
    """Add a note that names the primal line to an exception that passed through the text `filename`, once only.

    Nothing is added if it did not pass there. Call it in an `except`, and raise again: a call that does not fail
    costs nothing. A text that calls compiled code has an explainer of its own, which may raise a better exception.
    """
    if any(note.startswith(_NOTE) for note in getattr(exception, "__notes__", ())):
        return
    line, explain = None, None
    traceback = exception.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            line, frame = traceback.tb_lineno, traceback.tb_frame
            explain = frame.f_globals.get("__pullback_explain__")
        traceback = traceback.tb_next
    if line is None:
        return
    if explain is not None:
        explain(exception, frame)
        return
    place = line_map.get(line)
    if _lacks_a_value(exception, filename, line, frame):
        raise UnsupportedError("a name that this run gave no value, in a derivative", place, "The loop or branch that "
                               "binds it was not run, and the reverse sweep asks for its shape.",
                               "Give it a value before the loop or branch.") from exception
    if place is not None:
        exception.add_note(f"{_NOTE}which belongs to {place}\n{place.caret()}".rstrip())
    else:
        exception.add_note(
            f"{_NOTE}which belongs to no one line of the function: {linecache.getline(filename, line).strip()}"
        )
