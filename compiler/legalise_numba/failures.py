"""What an exception that leaves compiled code becomes: Python's own, at the user's line.

Machine code knows few messages and no lines of the user's. So, after it has raised, the same call is made once more
with the NumPy text, which raises what Python raises and where. Programs that print or draw are not run again; neither
are those that take long: they keep the exception of the compiled code, with the line that it stands for.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Mapping
from types import FrameType
from typing import Any

from ...runtime.errors import Location, PullbackError, UnsupportedError
from .. import emit
from ..domains.kinds import TapeOf
from ..ir import Call, Function, walk
from ..raise_python import Program, raise_function
from .text import is_code

PATIENCE = 5.0  # seconds that the NumPy text is given
CHECKS = ("assert", "raise", "pullback.runtime.checks.", "pullback.runtime.stop.")
COMPILER = ("numba.", "llvmlite.")


class Explainer:
    """Called with an exception and the frame of the Python function around the loops; raises a better one, if any."""

    def __init__(self, function: Function, program: Program) -> None:
        self.function = function
        self.program = program
        self.lines: list[tuple[str, Location]] = []
        self.places: dict[int, Location] = {}  # lines of the module file of the loops
        self.module = ""

    def knows(self, module: str, text: str, places: Mapping[int, Location]) -> None:
        """The module that the loops stand in: its file has the text's lines without comments and empty lines."""
        lines = text.splitlines()
        code = [number for number, line in enumerate(lines, 1) if is_code(line)]
        self.lines = [(line, places[number]) for number, line in enumerate(lines, 1) if number in places]
        self.module = module
        self.places = {k: places[number] for k, number in enumerate(code, 1) if number in places}

    def __call__(self, error: BaseException, frame: FrameType) -> None:
        if isinstance(error, PullbackError):
            self._place(error)
            return
        if type(error).__module__.startswith(COMPILER) or _in_compiler(error):
            raise self._untyped(error) from error
        found = self._again(frame)
        if found is not None:
            raise found from None
        place = self._line_of(error)
        if place is not None:
            error.add_note(f"pullback: raised in compiled code, which belongs to {place}\n{place.caret()}".rstrip())

    def _place(self, error: PullbackError) -> None:
        """A refusal at run time names a function: it is placed where that is called."""
        if error.where is not None:
            return
        for stmt in walk(self.function.body):
            if isinstance(stmt, Call) and f"`{stmt.prim.name}`" in error.what and stmt.loc is not None:
                raise type(error)(error.what, stmt.loc.location(), error.why, error.instead) from None

    def _untyped(self, error: BaseException) -> UnsupportedError:
        """The compiler's own errors are no business of the user's; its line is."""
        numbers = [int(n) for n in re.findall(rf"{re.escape(self.module)}\S*, line (\d+)", str(error))]
        where = next((self.places[n] for n in reversed(numbers) if n in self.places), self.function.origin.where
                     if self.function.origin is not None else None)
        lines = [line for line in str(error).splitlines() if line.strip()]
        return UnsupportedError("this statement with backend='numba'", where,
                                f"Numba cannot compile what it becomes ({' '.join(lines[1:2] or lines)[:200]}).",
                                "Use backend='numpy' for this function.")

    def _line_of(self, error: BaseException) -> Location | None:
        traceback, found = error.__traceback__, None
        while traceback is not None:
            if self.module and self.module in traceback.tb_frame.f_code.co_filename:
                found = self.places.get(traceback.tb_lineno) or self._only_call(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        return found

    def _only_call(self, helper: str) -> Location | None:
        """The one place that calls a helper, which raised."""
        found = {place for line, place in self.lines if f"{helper}(" in line}
        return found.pop() if len(found) == 1 else None

    def _again(self, frame: FrameType) -> BaseException | None:
        """What the NumPy text raises for the same arguments; None where it is not run, or does not raise."""
        names = [p.name for p in self.function.params]
        if self._has_effects() or not names or not all(n in frame.f_locals for n in names):
            return None
        if self._rebinds(names, frame.f_lineno):
            return None
        program = raise_function(self.function)
        loaded = emit.load(program.text, self.function.name, program.namespace, self.function.origin, program.line_map)
        call = loaded[self.function.name]
        try:
            with Deadline(PATIENCE):
                call(*[frame.f_locals[n] for n in names])
        except TooLong:
            return None
        except Exception as error:
            emit.annotate(error, call.__code__.co_filename, program.line_map)
            return error
        return None

    def _has_effects(self) -> bool:
        calls = [s for s in walk(self.function.body) if isinstance(s, Call)]
        return any(isinstance(p.var.kind, TapeOf) for p in self.function.params) or any(
            not s.prim.pure and s.prim.form not in ("store", "add_at") and not s.prim.name.startswith(CHECKS)
            for s in calls)

    def _rebinds(self, names: list[str], line: int) -> bool:
        """Does the function around the loops give a parameter's name to something else before this line?"""
        tree = ast.parse(self.program.text)
        stored = {n.id for n in ast.walk(tree)
                  if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.lineno < line}
        return not stored.isdisjoint(names)


def _in_compiler(error: BaseException) -> bool:
    """Was it raised while Numba compiled?"""
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__", "") == "numba.core.compiler":
            return True
        traceback = traceback.tb_next
    return False


class TooLong(BaseException):
    """Raised inside a call whose time is over."""


class Deadline:
    """Inside, a call in this thread is stopped after so many seconds, at its next line."""

    def __init__(self, seconds: float) -> None:
        self.end = time.perf_counter() + seconds

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if time.perf_counter() > self.end:
            raise TooLong
        return self._trace

    def __enter__(self) -> None:
        self.before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.before)


__all__ = ["Explainer"]
