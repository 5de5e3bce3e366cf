"""Where the text of a function is, and which node of that text is the function.

Text comes from `linecache` (files, notebook cells, doctests, text registered by hand, the REPL and `-c` from
Python 3.13) or, for `python -c` on older Pythons, from `sys.orig_argv`. The whole text is parsed, not the
function's lines cut out and dedented: positions are then those of the user's file, and multi-line strings survive.

A text that has changed would give a silently wrong derivative. So it is compiled again, and must give the same
code object. Only a file that is older than this process is *trusted* without that, and the text of a module whose
importer rewrites it, as pytest does with assertions: its code is never that of its text.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import os
import sys
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType
from typing import NamedTuple

from ..runtime.errors import Location, NoSourceError

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_STARTED = time.time()
_FUTURE_FLAGS = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})

MSG_REGISTER = (
    "Put the function into a file, or register the text where Python looks for it: "
    "`linecache.cache[name] = (len(text), None, text.splitlines(True), name)`, with the `name` given to `compile`."
)
MSG_RELOAD = "Restart the process, or reload the module, so that the function and its text agree again."
MSG_REPL = "Put the function into a file; from Python 3.13 on the interactive prompt keeps the text of what is typed."


class Found(NamedTuple):
    """The node of one code object, in the whole text that it was compiled from."""

    node: FunctionNode
    filename: str
    lines: tuple[str, ...]  # without their newlines


def find(fn: FunctionType) -> Found:
    """Find the text and the node of a plain Python function.

    raises : NoSourceError, if there is no text, or it is not the text that `fn` was compiled from
    """
    code = fn.__code__
    texts = list(_texts(fn))
    if not texts:
        raise _no_text(fn)
    failure: NoSourceError | None = None
    for lines, trusted in texts:
        try:
            return _find_in(code, lines, trusted)
        except NoSourceError as error:
            failure = failure or error
    assert failure is not None, "no text gave a node, and none gave a reason"
    raise failure


def _texts(fn: FunctionType) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Candidate texts of a function, likeliest first, each with whether it is trusted."""
    filename = fn.__code__.co_filename
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, fn.__globals__) or _lines_by_code(fn.__code__)
    if lines:
        yield _split("".join(lines)), _is_trusted(filename, fn.__globals__.get("__loader__"))
    if filename == "<string>":
        text = command_text(sys.orig_argv[1:])
        if text is not None:
            yield _split(text), False


def _split(text: str) -> tuple[str, ...]:
    """Lines as Python counts them: `str.splitlines` would also split at form feeds and Unicode's separators."""
    return tuple(text.replace("\r\n", "\n").removesuffix("\n").split("\n"))


def _lines_by_code(code: CodeType) -> list[str]:
    """Lines that Python 3.13+ keeps per code object (`linecache._register_code`), through the public door."""
    if not hasattr(linecache, "_register_code"):
        return []
    try:
        return inspect.findsource(code)[0]
    except OSError:
        return []


def command_text(arguments: Sequence[str]) -> str | None:
    """The program given with `-c`, among the interpreter's own arguments; None if there is none.

    >>> command_text(["-W", "error", "-Bc", "print(1)", "-c"])
    'print(1)'
    >>> command_text(["-m", "pytest", "-c", "x.cfg"]) is None
    True
    """
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-") or argument in ("-", "--"):
            return None
        if argument.startswith("--"):
            if argument == "--check-hash-based-pycs":
                next(rest, None)
            continue
        for index, flag in enumerate(argument[1:], start=2):
            if flag in "cmWX":
                value = argument[index:] or next(rest, None)
                if flag == "c":
                    return value
                if flag == "m":
                    return None
                break
    return None


def _is_trusted(filename: str, loader: object) -> bool:
    if not os.path.isabs(filename):
        return False  # a name like "<stdin>", or a path that linecache looked up along sys.path
    entry = linecache.cache.get(filename)
    if entry is not None and len(entry) == 4 and entry[1] is None:
        return False  # registered by hand: a notebook may have run another cell under this name since
    try:
        status = os.stat(filename)
    except OSError:
        return False  # in a zip, or invented: linecache then gives the text of the module around
    if max(status.st_mtime, status.st_ctime) < _STARTED:  # ctime: copying tools may set back the mtime
        return True
    return loader is not None and type(loader) is not SourceFileLoader


def _find_in(code: CodeType, lines: tuple[str, ...], trusted: bool) -> Found:
    try:
        index = _index(lines)
    except SyntaxError as error:
        raise NoSourceError(
            f"the source of `{code.co_qualname}` can no longer be parsed ({error.msg}, line {error.lineno})",
            _where(code, lines),
            "The file changed after the function was compiled from it.",
            MSG_RELOAD,
        ) from None
    starting = index.get(code.co_firstlineno, ())
    owner = enclosing_class(code)
    nodes = [n for n in starting if _name_of(n) == code.co_name and _parameters(n, owner) == _arguments(code)]
    if not nodes:
        raise _changed(code, lines)
    node = nodes[0] if len(nodes) == 1 else _by_position(code, nodes, lines)
    if not (trusted or _compiles_to(code, lines)):
        raise _changed(code, lines)
    return Found(node, code.co_filename, lines)


@lru_cache(maxsize=16)
def _index(lines: tuple[str, ...]) -> dict[int, list[FunctionNode]]:
    """All functions of a text, by the first line as a code object counts it (decorators included)."""
    index: dict[int, list[FunctionNode]] = {}
    for node in ast.walk(ast.parse("\n".join(lines) + "\n")):
        if isinstance(node, ast.Lambda):
            index.setdefault(node.lineno, []).append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            index.setdefault(first, []).append(node)
    return index


def _compiles_to(code: CodeType, lines: tuple[str, ...]) -> bool:
    try:
        return _identity(code) in _compiled(lines, code.co_flags & _FUTURE_FLAGS)
    except SyntaxError:  # parsed, but no program: `return` outside of functions
        return False


@lru_cache(maxsize=4)
def _compiled(lines: tuple[str, ...], flags: int) -> frozenset[tuple[object, ...]]:
    """The identities of all code objects of a text. Notebooks await outside of functions, so that is allowed."""
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    pending = [compile("\n".join(lines) + "\n", "<pullback check>", "exec", flags=flags, dont_inherit=True)]
    found = set()
    while pending:
        code = pending.pop()
        found.add(_identity(code))
        pending.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return frozenset(found)


def _identity(code: CodeType) -> tuple[object, ...]:
    """What a code object does and where it stands. (`==` of code objects that have run also sees what was cached.)"""
    return _essence(code), code.co_qualname, code.co_firstlineno, code.co_linetable


def _name_of(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _parameters(node: FunctionNode, owner: str) -> list[str]:
    """The names of a function's parameters, as its code object has them."""
    a = node.args
    named = [*a.posonlyargs, *a.args, *a.kwonlyargs, *(p for p in (a.vararg, a.kwarg) if p is not None)]
    return [mangled(p.arg, owner) for p in named]


def _arguments(code: CodeType) -> list[str]:
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return list(code.co_varnames[:count])


def mangled(name: str, owner: str) -> str:
    """A private name as the class body `owner` spells it when the program runs.

    >>> mangled("__x", "_Model"), mangled("__x__", "_Model"), mangled("__x", "")
    ('_Model__x', '__x__', '__x')
    """
    private = name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{owner.lstrip('_')}{name}" if private and owner.strip("_") else name


def enclosing_class(code: CodeType) -> str:
    """The name of the innermost class around a function's text; "" if there is none.

    >>> class A:
    ...     def f(self): return lambda x: x
    >>> enclosing_class(A.f.__code__), enclosing_class(A().f().__code__)
    ('A', 'A')
    """
    parts = code.co_qualname.split(".")
    for part, following in zip(reversed(parts[:-1]), reversed(parts[1:]), strict=True):
        if part != "<locals>" and following != "<locals>":
            return part
    return ""


def _by_position(code: CodeType, nodes: list[FunctionNode], lines: tuple[str, ...]) -> FunctionNode:
    """Of several lambdas that start on one line, the one whose body holds all instructions of `code`."""
    spans = [
        ((start, column), (end, end_column))
        for start, end, column, end_column in code.co_positions()
        if None not in (start, end, column, end_column) and (start, column) != (end, end_column)
    ]
    if not spans:
        return _by_code(code, nodes, lines)
    holding = [
        node
        for node in nodes
        if isinstance(node, ast.Lambda)
        and all(_start(node.body) <= start and end <= _end(node.body) for start, end in spans)
    ]
    if not holding:
        raise _changed(code, lines)
    return max(holding, key=_start)  # the innermost: an outer lambda also holds what its inner one does


def _by_code(code: CodeType, nodes: list[FunctionNode], lines: tuple[str, ...]) -> FunctionNode:
    """Of several lambdas, one that compiles to `code`: any will do, since they then say the same.

    Needed for a lambda whose value is a constant, which has no position in Python 3.12, and where columns are off.
    """
    wanted = _essence(code)
    for node in nodes:
        if isinstance(node, ast.Lambda) and not code.co_freevars:
            outer = compile(ast.Expression(node), "<pullback check>", "eval", dont_inherit=True)
            inner = [constant for constant in outer.co_consts if isinstance(constant, CodeType)]
            if any(_essence(other) == wanted for other in inner):
                return node
    raise NoSourceError(
        "several lambdas start on this line, and this Python keeps no columns",
        _where(code, lines),
        "Which of them is meant cannot be told (PYTHONNODEBUGRANGES or -X no_debug_ranges is set).",
        "Put each lambda on a line of its own, or keep the columns.",
    )


def _essence(code: CodeType) -> tuple[object, ...]:
    """What a code object does, without where it stands; constants by type too, as 1 == 1.0 == True."""
    constants = [_essence(c) if isinstance(c, CodeType) else (type(c), repr(c)) for c in code.co_consts]
    return code.co_code, tuple(constants), code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset  # ast.parse gives both


def _where(code: CodeType, lines: Sequence[str]) -> Location:
    line = code.co_firstlineno
    text = lines[line - 1] if 1 <= line <= len(lines) else ""
    column = len(text) - len(text.lstrip())
    return Location(code.co_filename, line, column, line, max(len(text), column + 1), text)


def _changed(code: CodeType, lines: Sequence[str]) -> NoSourceError:
    if code.co_filename.startswith("<") or not os.path.exists(code.co_filename):
        return NoSourceError(
            f"no source text of `{code.co_qualname}`, which was compiled under the name {code.co_filename!r}",
            None,
            "The text known under that name is another one, or there is none; a derivative is made from the text.",
            MSG_REGISTER,
        )
    return NoSourceError(
        f"the source of `{code.co_qualname}` has changed",
        _where(code, lines),
        f"Line {code.co_firstlineno} of the file is not the text that this function was compiled from: "
        "the file was edited after it was imported.",
        MSG_RELOAD,
    )


def _no_text(fn: FunctionType) -> NoSourceError:
    filename = fn.__code__.co_filename
    if filename in ("<stdin>", "<console>"):
        why = "It was typed at a prompt that keeps no text; a derivative is made from the text."
        instead = MSG_REPL
    elif filename.startswith("<"):
        why = f"It was compiled under the name {filename!r}, and `linecache` has no text under it; "
        why += "a derivative is made from the text."
        instead = MSG_REGISTER
    else:
        why = f"The file {filename!r} is not there any more, or cannot be read; a derivative is made from the text."
        instead = "Install the package with its .py files, or run from where the file is."
    return NoSourceError(f"no source text of `{fn.__code__.co_qualname}`", None, why, instead)
