"""From a Python function to its text, its gast tree and what its names mean. Nothing is written to the function.

`read(fn)` gives an `Origin`. Its tree has the line and column numbers of the user's file, so that every error and
every comment can point there. Which text belongs to the function is found in `source_lookup`.
"""

from __future__ import annotations

import ast
import io
import tokenize
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import CellType, CodeType, FunctionType, MappingProxyType, MethodType
from typing import Any, Literal

import gast

from ..runtime.errors import Location, NoSourceError, UnsupportedError
from .source_lookup import Found, enclosing_class, find, mangled

Binding = Literal["closure", "global", "builtin", "unbound"]

_found: dict[int, tuple[weakref.ref[CodeType], Found]] = {}


@dataclass(frozen=True, eq=False)
class Origin:
    """A user's function as the compiler sees it.

    fn       : the plain function (a method's `__func__`)
    name     : its name, "<lambda>" for a lambda
    node     : gast.FunctionDef or gast.Lambda, a tree of this Origin's own, positions as in the file (`ast`'s:
               1-based lines, columns in bytes); private names of a class are already mangled
    filename : as the code object says
    lines    : the lines of the file, without newlines
    """

    fn: FunctionType
    name: str
    node: gast.FunctionDef | gast.Lambda
    filename: str
    lines: tuple[str, ...]

    @property
    def globals(self) -> Mapping[str, Any]:
        """A read-only view of the function's module namespace, as it is at each look."""
        return MappingProxyType(self.fn.__globals__)

    @property
    def freevars(self) -> tuple[str, ...]:
        return self.fn.__code__.co_freevars

    @cached_property
    def closure(self) -> dict[str, CellType]:
        """Captured name -> its cell."""
        return dict(zip(self.freevars, self.fn.__closure__ or (), strict=True))

    def resolve(self, name: str) -> tuple[Binding, Any]:
        """What a name that is not local means now, as (kind, value).

        A captured variable that has no value yet, and a name that nobody defines, are ("unbound", None).

        >>> read(lambda x: abs(x)).resolve("abs")
        ('builtin', <built-in function abs>)
        """
        if name in self.closure:
            try:
                return "closure", self.closure[name].cell_contents
            except ValueError:  # the enclosing function has not assigned it yet
                return "unbound", None
        if name in self.fn.__globals__:
            return "global", self.fn.__globals__[name]
        function: Any = self.fn
        builtins: Mapping[str, Any] = function.__builtins__
        if name in builtins:
            return "builtin", builtins[name]
        return "unbound", None

    @property
    def where(self) -> Location:
        """The location of the definition."""
        return self.location(self.node)

    def location(self, node: gast.AST) -> Location:
        """The place of a node in the user's file; a node without a position stands where the function does.

        Columns of a Location count characters, so that a caret stands right after non-ASCII text.
        """
        if getattr(node, "lineno", None) is None:
            node = self.node
        line, end_line = node.lineno, getattr(node, "end_lineno", None)
        column = self._characters(line, node.col_offset)
        end_column = getattr(node, "end_col_offset", None)
        if end_line is not None and end_column is not None:
            end_column = self._characters(end_line, end_column)
        return Location(self.filename, line, column, end_line, end_column, self._line(line))

    def statement_text(self, node: gast.AST) -> str:
        """A node as the user wrote it, on one line, without comments; of a compound statement its header.

        >>> o = read(lambda x: (x +  # the sum
        ...                     1))
        >>> o.statement_text(o.node.body)
        'x + 1'
        """
        if getattr(node, "end_lineno", None) is None:
            return gast.unparse(node).strip() if getattr(node, "lineno", None) is None else self._line(node.lineno)
        start = (node.lineno, node.col_offset)
        end = (node.end_lineno, node.end_col_offset)
        body = _body_start(node)
        if body is None or not start < body <= end:
            return _one_line(self._between(start, end))
        joined = _one_line(self._between(start, body))
        return joined[: joined.rindex(":") + 1] if ":" in joined else joined

    def _line(self, number: int) -> str:
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def _characters(self, line: int, offset: int) -> int:
        """A column in bytes of UTF-8 as a column in characters."""
        text = self._line(line)
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))

    def _between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        (first, column), (last, end_column) = start, end
        column, end_column = self._characters(first, column), self._characters(last, end_column)
        if first == last:
            return self._line(first)[column:end_column]
        middle = [self._line(number) for number in range(first + 1, last)]
        return "\n".join([self._line(first)[column:], *middle, self._line(last)[:end_column]])


def read(fn: Callable[..., Any]) -> Origin:
    """Find the source of a function and parse it.

    fn     : a function, lambda or method. A `functools.wraps` wrapper is read as what it is, a function that calls
             another; of objects, only those that change no value (`lru_cache`, `staticmethod`, ...) are looked through.
    raises : NoSourceError, if there is no text or it has changed; UnsupportedError, for `async def` and for syntax
             that gast does not know
    """
    function = plain_function(fn)
    found = _lookup(function)
    node, filename, lines = found
    _refuse_unknown(node, filename, lines)
    if isinstance(node, ast.AsyncFunctionDef):
        raise UnsupportedError(
            f"`async def {node.name}`",
            _location(node, filename, lines),
            "What a coroutine computes depends on an event loop.",
            "Write the mathematics as a plain `def`, and await around it.",
        )
    tree = gast.ast_to_gast(node)
    _complete_positions(tree)
    owner = enclosing_class(function.__code__)
    if owner:
        _mangle(tree, owner)
    return Origin(function, function.__code__.co_name, tree, filename, lines)


read_rule = read  # a derivative rule is a function like any other


def range_bounds(node: Any) -> frozenset[str]:
    """The names that a function gives to `range` as they are: they can only be integers."""
    return frozenset(argument.id for call in gast.walk(node)
                     if isinstance(call, gast.Call) and getattr(call.func, "id", None) == "range"
                     for argument in call.args if isinstance(argument, gast.Name))


def plain_function(fn: Callable[..., Any]) -> FunctionType:
    """The function whose text is meant: of a method, a static method or a cached function what is inside."""
    seen: Any = fn
    while not isinstance(seen, FunctionType):
        if isinstance(seen, MethodType | classmethod | staticmethod):
            seen = seen.__func__
        elif type(seen).__module__ == "functools" and hasattr(seen, "__wrapped__"):
            seen = seen.__wrapped__  # lru_cache, cache
        else:
            raise _not_a_function(seen)
    return seen


def _not_a_function(value: Any) -> NoSourceError:
    kind = type(value).__name__
    name = getattr(value, "__name__", None)
    if name is not None and not isinstance(value, type):
        return NoSourceError(
            f"no source text of `{name}`, a {kind}",
            None,
            "It is not written in Python (or is an object), and a derivative is made from Python text.",
            f"If `{name}` has a known derivative, give it with `custom_vjp`.",
        )
    what = f"the class `{name}`" if isinstance(value, type) else f"a {kind} object"
    return NoSourceError(
        f"{what} is not a Python function",
        None,
        "A derivative is made from the text of one function.",
        "Pass a function, a method (`model.loss`, `model.__call__`) or a lambda.",
    )


def _lookup(function: FunctionType) -> Found:
    """`find`, remembered per code object: by identity, as code objects of different files can be equal."""
    code = function.__code__
    key = id(code)
    if key not in _found:
        found = find(function)
        _found[key] = (weakref.ref(code, lambda _, key=key, entries=_found: entries.pop(key, None)), found)  # type: ignore[misc]
    return _found[key][1]


def _refuse_unknown(tree: ast.AST, filename: str, lines: tuple[str, ...]) -> None:
    """Raise for a node that gast does not know: its converter would drop it without a word."""
    place = tree
    for node in ast.walk(tree):
        place = node if hasattr(node, "lineno") else place
        if not isinstance(node, ast.arg) and not hasattr(gast, type(node).__name__):  # gast has names for args
            raise UnsupportedError(
                f"the syntax `{type(node).__name__}`",
                _location(place, filename, lines),
                "It is newer than the installed gast, through which pullback reads Python.",
                "Write it in the older way, or install a newer gast.",
            )


def _location(node: Any, filename: str, lines: tuple[str, ...]) -> Location:
    text = lines[node.lineno - 1]
    column = len(text.encode()[: node.col_offset].decode(errors="replace"))
    end = len(text.encode()[: node.end_col_offset].decode(errors="replace")) if node.end_lineno == node.lineno else None
    return Location(filename, node.lineno, column, node.end_lineno, end, text)


def _body_start(node: gast.AST) -> tuple[int, int] | None:
    """Where the body of a compound statement starts; None for other nodes."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body or getattr(body[0], "lineno", None) is None:
        return None
    return body[0].lineno, body[0].col_offset


def _complete_positions(tree: gast.AST) -> None:
    """Give the name of an `except ... as name` the position of its handler: gast leaves it without one."""
    for node in gast.walk(tree):
        if isinstance(node, gast.ExceptHandler) and isinstance(node.name, gast.Name):
            gast.copy_location(node.name, node)


def _mangle(tree: gast.AST, owner: str) -> None:
    fields = {gast.Name: "id", gast.Attribute: "attr", gast.keyword: "arg", gast.FunctionDef: "name"}
    for node in gast.walk(tree):
        field = fields.get(type(node))
        if field is not None and node is not tree and getattr(node, field) is not None:
            setattr(node, field, mangled(getattr(node, field), owner))


def _one_line(text: str) -> str:
    """Join the lines of a piece of source with single spaces and drop its comments."""
    if "\n" not in text and "#" not in text:
        return text.strip()
    pieces: list[str] = []
    end = (1, 0)
    try:
        for token in tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline):
            if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
                continue
            apart = token.start[0] > end[0] or token.start[1] > end[1]
            opening = pieces[-1:] in (["("], ["["], ["{"])
            if apart and not (token.start[0] > end[0] and (opening or token.string in ")]}")):
                pieces.append(" ")
            pieces.append(token.string)
            end = token.end
    except tokenize.TokenError:
        return " ".join(text.split())
    return " ".join("".join(pieces)[1:-1].split("\n")).strip()
