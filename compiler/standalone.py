"""Texts that need NumPy only: a complete text with the source of the runtime helpers that it imports.

Each helper is taken from the text of its module with what it uses there: other helpers, constants, imports of
libraries. Docstrings are cut to their first line. The order is that of need: what is used stands before its user.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

from ..runtime.errors import UnsupportedError
from .complete import Complete

_OURS = "pullback."
_ERRORS = "pullback.runtime.errors"
# The errors have a location and a class of their own family in pullback; alone, their message is enough.
_ERROR = '''class {given}({base}):
    """{doc}"""

    def __init__(self, what, where=None, why="", instead=""):
        super().__init__("\\n".join(part for part in (what, why, instead) if part))'''


def standalone(complete: Complete) -> str:
    """The text of a variant that runs where pullback is not installed.

    raises : UnsupportedError for what the text cannot hold: a captured array that is too long, an object, a function
             or a class of the user's
    """
    _refuse_missing(complete)
    tree = ast.parse(complete.text)
    bundle = _Bundle(taken=set(_own_names(tree)))
    aliases, kept, start = [], [], 1
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS):
            for alias in node.names:
                given = bundle.need(node.module or "", alias.name)
                if given != (alias.asname or alias.name):
                    aliases.append(f"{alias.asname or alias.name} = {given}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            kept.append(ast.unparse(node))
        else:
            break
        start = (node.end_lineno or 0) + 1
    body = "\n".join(complete.text.splitlines()[start - 1 :]).strip("\n")
    if not bundle.pieces:
        return complete.text
    imports = sorted({*kept, *bundle.imports}, key=lambda line: (line.startswith("from"), line))
    standard = [line for line in imports if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    others = [line for line in imports if line not in standard]
    head = ["from __future__ import annotations", "", *standard, *([""] if standard else []), *others]
    return "\n\n\n".join(["\n".join(head), *bundle.pieces, *(["\n".join(aliases)] if aliases else []), body]) + "\n"


def _refuse_missing(complete: Complete) -> None:
    if complete.missing:
        name, what = complete.missing[0]
        raise UnsupportedError(f"a stand-alone text with `{name}` in it", None, f"It is {what}.",
                               "Pass it as an argument of the function, or save the text that imports pullback.")
    if complete.imports:
        raise UnsupportedError("a stand-alone text that needs a module of yours", None,
                               f"It has: {complete.imports[0]}.",
                               "Save the text that imports pullback.")


def _own_names(tree: ast.Module) -> Iterator[str]:
    """The names that the text itself gives to functions and modules."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Import):
            yield from (a.asname or a.name for a in node.names)


@dataclass
class _Bundle:
    """The pieces of runtime modules that a text needs, each once, under names that do not collide."""

    taken: set[str]
    pieces: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    names: dict[tuple[str, str], str] = field(default_factory=dict)  # (module, name) -> name in the text
    modules: dict[str, _Module] = field(default_factory=dict)

    def need(self, module: str, name: str) -> str:
        """Add a name of a module of pullback's, and all that it uses; returns what it is called in the text."""
        key = (module, name)
        if key in self.names:
            return self.names[key]
        if module not in self.modules:
            self.modules[module] = _Module.read(module)
        home = self.modules[module]
        node = home.nodes.get(name)
        if isinstance(node, ast.Import | ast.ImportFrom):
            return self._import(home, node, name, key)
        if node is None:
            raise UnsupportedError(f"a stand-alone text with `{module}.{name}` in it", None,
                                   "It is not defined at the top of its module.",
                                   "Save the text that imports pullback.")
        given = self.names[key] = self._free(name)
        if module == _ERRORS and isinstance(getattr(home.module, name), type):
            self.pieces.append(_error(getattr(home.module, name), given))
            return given
        renamed = {name: given}
        for used in home.used_by(node):
            renamed[used] = self.need(module, used)
        self.pieces.append(home.text_of(node, renamed))
        return given

    def _import(self, home: _Module, node: ast.Import | ast.ImportFrom, name: str, key: tuple[str, str]) -> str:
        alias = next(a for a in node.names if (a.asname or a.name.split(".")[0]) == name)
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith(_OURS)):
            given = self.names[key] = self.need(home.absolute(node), alias.name)
            return given
        origin = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
        line = f"{origin}import {ast.unparse(alias)}"
        if line not in self.imports and name in self.taken and f"import {ast.unparse(alias)}" != "import numpy as np":
            raise UnsupportedError(f"a stand-alone text in which `{name}` has two meanings", None, "",
                                   "Save the text that imports pullback.")
        self.taken.add(name)
        self.imports.add(line)
        self.names[key] = name
        return name

    def _free(self, name: str) -> str:
        given, count = name, 1
        while given in self.taken or hasattr(builtins, given):
            count += 1
            given = f"{name}{count}"
        self.taken.add(given)
        return given


def _error(error: type, given: str) -> str:
    """A small twin of an error class: the same name, built-in base and message."""
    base = next(cls for cls in error.__mro__ if cls.__module__ == "builtins")
    return _ERROR.format(given=given, base=base.__name__, doc=(error.__doc__ or "").split("\n")[0])


@dataclass(frozen=True, eq=False)
class _Module:
    """A module of pullback's as text: what each of its names is defined by."""

    module: ModuleType
    lines: list[str]
    nodes: dict[str, ast.stmt]

    @classmethod
    def read(cls, name: str) -> _Module:
        module = importlib.import_module(name)
        text = inspect.getsource(module)
        nodes: dict[str, ast.stmt] = {}
        for node in ast.parse(text).body:
            for bound in _bound_by(node):
                nodes[bound] = node
        return cls(module, text.splitlines(), nodes)

    def absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = (self.module.__package__ or "").split(".")
        return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])

    def used_by(self, node: ast.stmt) -> list[str]:
        """The names of this module that a definition reads, in order of first use."""
        found: dict[str, None] = {}
        own = set(_bound_by(node))
        for name in _free_names(node):
            if name.id in self.nodes and name.id not in own:
                found.setdefault(name.id)
        return list(found)

    def text_of(self, node: ast.stmt, renamed: dict[str, str]) -> str:
        """The text of a definition, with other names where they must differ and its docstrings cut short."""
        start = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        lines = list(self.lines)
        changes = [(n.lineno, n.col_offset, n.id) for n in _free_names(node) if renamed.get(n.id, n.id) != n.id]
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and renamed[node.name] != node.name:
            column = self.lines[node.lineno - 1].index(node.name)
            changes.append((node.lineno, column, node.name))
        for line, column, name in sorted(set(changes), reverse=True):
            text = lines[line - 1].encode()
            lines[line - 1] = (text[:column] + renamed[name].encode() + text[column + len(name.encode()) :]).decode()
        for first, last, short in sorted(_docstrings(node, self.lines), reverse=True):
            lines[first - 1 : last] = [short]
        removed = len(self.lines) - len(lines)
        return "\n".join(lines[start - 1 : (node.end_lineno or start) - removed])


def _bound_by(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [a.asname or a.name.split(".")[0] for a in node.names]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)]


def _free_names(node: ast.stmt) -> Iterator[ast.Name]:
    """The names that a definition reads from outside itself, in order of the text."""
    local: set[str] = set()
    if isinstance(node, ast.FunctionDef):
        local = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
        local |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    for name in sorted((n for n in ast.walk(node) if isinstance(n, ast.Name)), key=lambda n: (n.lineno, n.col_offset)):
        if name.id not in local:
            yield name


def _docstrings(node: ast.stmt, lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """(first line, last line, the line that stands for it) of each docstring of several lines."""
    for inner in ast.walk(node):
        if not isinstance(inner, ast.FunctionDef | ast.ClassDef) or ast.get_docstring(inner) is None:
            continue
        literal = inner.body[0]
        last = literal.end_lineno or literal.lineno
        if last > literal.lineno:
            opening = lines[literal.lineno - 1].rstrip()
            closed = opening.endswith('"""') and len(opening.strip()) > 3
            yield literal.lineno, last, opening if closed else opening + '"""'
