"""Lines and tokens of the text form of the IR."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from ..runtime.errors import IRError

T = TypeVar("T")

_TOKEN = re.compile(r"""
    (?P<string>b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*")
  | (?P<number>-?\d+(?:\.\d*)?(?:e[+-]?\d+)?|-inf\b)
  | (?P<var>%\w+)
  | (?P<object>@[\w.]+(?:\#\d+)?)
  | `(?P<quoted>[^`]*)`
  | (?P<name>[<>]?[^\W\d][\w.]*\??)
  | (?P<mark>\.\.\.|[()\[\]{},:=|?])
  | (?P<comment>\#.*)
  | (?P<space>\s+)
""", re.VERBOSE)


@dataclass
class Line:
    """One line: its tokens as (class, text), and the place of the next one to read."""

    number: int
    depth: int
    text: str
    tokens: list[tuple[str, str]]
    at: int = 0

    def fail(self, what: str) -> NoReturn:
        raise IRError(f"line {self.number} of the IR text: {what}\n    {self.text.strip()}")

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def next(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, text: str) -> bool:
        """Step over a word or mark if it comes next."""
        kind, found = self.peek()
        if found == text and kind in ("name", "mark"):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.fail(f"expected {text!r}, found {self.peek()[1] or 'the end of the line'!r}")

    def end(self) -> None:
        if self.at < len(self.tokens):
            self.fail(f"{self.peek()[1]!r} after the end of the statement")

    def starts_with(self, *words: str) -> bool:
        return self.tokens[0][0] == "name" and self.tokens[0][1] in words

    def separated(self, read: Callable[[], T], close: str) -> tuple[T, ...]:
        """Items up to the closing mark, with commas between them and perhaps after the last one."""
        items: list[T] = []
        while not self.accept(close):
            items.append(read())
            if not self.accept(","):
                self.expect(close)
                break
        return tuple(items)

    def function_name(self) -> str:
        self.at = 0
        self.expect("function")
        return self.next()[1]


def split(text: str) -> list[Line]:
    """The lines of a text that are not empty; an indentation step is 4 spaces."""
    lines = []
    for number, raw in enumerate(text.splitlines(), start=1):
        indent = len(raw) - len(raw.lstrip(" "))
        line = Line(number, indent // 4, raw, [])
        at = 0
        while at < len(raw):
            found = _TOKEN.match(raw, at)
            if found is None:
                line.fail(f"no token begins with {raw[at]!r}")
            at = found.end()
            if found.lastgroup not in ("space", "comment"):
                line.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
        if line.tokens:
            if indent % 4:
                line.fail("the indentation is no multiple of 4")
            lines.append(line)
    return lines
