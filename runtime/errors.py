"""The errors a user can meet.

Every class is a `PullbackError` and also the built-in that a user would catch. A message has four parts:
where (file:line:column, the line, a caret), what is not supported, why it cannot be, what to write instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's source: 1-based lines, 0-based columns, as `ast` counts them."""

    filename: str
    line: int
    column: int = 0
    end_line: int | None = None
    end_column: int | None = None
    text: str = ""  # the source line, without its newline

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.column + 1}"

    def caret(self) -> str:
        """The source line with carets under the construct; "" if the text is not known."""
        if not self.text.strip():
            return ""
        stripped = self.text.lstrip()
        shift = len(self.text) - len(stripped)
        start = max(self.column - shift, 0)
        if self.end_column is not None and self.end_line in (None, self.line):
            width = max(self.end_column - self.column, 1)
        else:
            width = max(len(stripped) - start, 1)
        return f"    {stripped.rstrip()}\n    {' ' * start}{'^' * width}"


class PullbackError(Exception):
    """The family of all errors that pullback raises on purpose.

    what    : one line: what is not supported or what is wrong
    where   : Location of the user's code, if there is one
    why     : why it cannot be
    instead : what to write instead
    """

    def __init__(self, what: str, where: Location | None = None, why: str = "", instead: str = "") -> None:
        self.what = what
        self.where = where
        self.why = why
        self.instead = instead
        super().__init__(self._message())

    def _message(self) -> str:
        lines = []
        if self.where is None:
            lines.append(self.what)
        else:
            lines.append(f"{self.where}: {type(self).__name__}: {self.what}")
            caret = self.where.caret()
            if caret:
                lines.append(caret)
        tail = " ".join(part for part in (self.why, self.instead) if part)
        if tail:
            lines.append(tail)
        return "\n".join(lines)


class UnsupportedError(PullbackError, NotImplementedError):
    """A construct that pullback does not differentiate (it is refused, never guessed)."""


class NoRuleError(UnsupportedError):
    """A function without a derivative rule, or an argument for which its rule has none."""


class NoSourceError(UnsupportedError):
    """A function whose source text cannot be found (built-in, or made by `exec` without `linecache`)."""


class ArgumentError(PullbackError, TypeError):
    """An argument of a wrong kind: a name unknown to the function, an integer asked for a gradient."""


class WrtError(PullbackError, ValueError):
    """`wrt` names no argument of the function."""


class OutputError(PullbackError, TypeError):
    """The function's result is not a real scalar."""


class ShapeError(PullbackError, ValueError):
    """Shapes that do not belong together."""


class IRError(PullbackError, AssertionError):
    """An ill-formed IR function: a fault of pullback's, reported with the pass that made it."""
