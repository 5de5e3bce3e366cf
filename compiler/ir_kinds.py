"""Atoms and kinds in the IR's text: the part of its parser that reads within a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

import numpy as np

from .domains.kinds import UNKNOWN, Array, Dim, Kind, Known, ListOf, Scalar, Struct, Sym, TapeOf, TupleOf
from .ir import (
    Atom,
    Lit,
    Undefined,
    Var,
)
from .ir_lexer import Line
from .ir_objects import find, find_type

_NUMBER_KIND = re.compile(r"(py_)?(\?|[<>]?[biufc]\d+)")
_WORDS: dict[str, object] = {"None": None, "True": True, "False": False, "Ellipsis": Ellipsis, "undefined": Undefined}


class LineReader:
    """Mixin of the parser of `ir_parse`: atoms and kinds."""

    objects: Mapping[str, object]
    symbols: dict[str, int]
    variables: dict[str, Var]
    final: bool

    def _define(self, line: Line) -> Var:
        token, text = line.next()
        if token != "var":
            line.fail(f"expected a variable, found {text!r}")
        kind = self._kind(line) if line.accept(":") else UNKNOWN
        name = text[1:]
        if self.final:
            return self.variables[name]
        return self.variables.setdefault(name, Var("" if name.isdigit() else name, kind))

    def _atom(self, line: Line) -> Atom:
        if line.peek()[0] != "var":
            return Lit(self._value(line))
        name = line.next()[1][1:]
        if name not in self.variables and self.final:
            self.variables[name] = Var("" if name.isdigit() else name, UNKNOWN)
        return self.variables.get(name) or Var(name, UNKNOWN)

    def _value(self, line: Line) -> object:
        token, text = line.next()
        if token == "string" or (token == "number" and text != "-inf"):
            return ast.literal_eval(text)
        if token == "number" or text in ("inf", "nan"):
            return float(text)
        if text == "(":
            return line.separated(lambda: self._value(line), ")")
        if token == "name" and text in _WORDS:
            return _WORDS[text]
        if token == "name" and text in ("complex", "slice", "dtype"):
            line.expect("(")
            if text == "dtype":
                return self._dtype(line)
            parts = line.separated(lambda: self._value(line), ")")
            return complex(*parts) if text == "complex" else slice(*parts)  # type: ignore[call-overload]
        if token == "object":
            found = self._object(line, text[1:])
            if line.accept("("):
                (value,) = line.separated(lambda: self._value(line), ")")
                return found(value)  # type: ignore[operator]
            return found
        line.fail(f"expected an atom, found {text!r}")

    def _dtype(self, line: Line) -> np.dtype[np.generic]:
        name = line.next()[1]
        line.expect(")")
        return np.dtype(name)

    def _object(self, line: Line, name: str) -> object:
        if "#" in name:
            if name not in self.objects:
                line.fail(f"`objects` does not say what @{name} is")
            return self.objects[name]
        try:
            return find(name)
        except LookupError as error:
            line.fail(str(error))

    def _kind(self, line: Line) -> Kind:
        token, text = line.next()
        number = _NUMBER_KIND.fullmatch(text)
        if number is not None and token in ("name", "mark"):
            return self._number_kind(line, number)
        if text == "unknown":
            return UNKNOWN
        if text == "struct":
            return Struct(self._class(line, *line.next()))
        if text in ("list", "tape") and line.accept("["):
            item = self._kind(line)
            line.expect("]")
            return ListOf(item) if text == "list" else TapeOf(item)
        cls = self._class(line, token, text)
        if line.accept("("):
            return TupleOf(line.separated(lambda: self._kind(line), ")"), cls)
        return Known(cls)

    def _number_kind(self, line: Line, found: re.Match[str]) -> Kind:
        dtype = None if found[2] == "?" else np.dtype("?" if found[2] == "b1" else found[2])
        if line.accept("["):
            if line.accept("..."):
                line.expect("]")
                return Array(dtype, None)
            return Array(dtype, line.separated(lambda: self._dim(line), "]"))
        dim = None
        if line.accept("{"):
            dim = self._dim(line)
            line.expect("}")
        return Scalar(dtype, found[1] is not None, dim)

    def _dim(self, line: Line) -> Dim:
        token, text = line.next()
        if token == "number":
            return int(text)
        if token != "name":
            line.fail(f"expected the length of an axis, found {text!r}")
        one = text.endswith("?")
        name, _, least = text.rstrip("?").partition("_")
        ident = self.symbols.setdefault(name, -1)
        if ident == -1:
            ident = self.symbols[name] = Sym().ident
        return Sym(ident, one, int(least or 0))

    def _class(self, line: Line, token: str, name: str) -> type:
        try:
            found = self._object(line, name[1:]) if token == "object" else find_type(name)
        except LookupError as error:
            line.fail(str(error))
        if not isinstance(found, type):
            line.fail(f"{name} is no class")
        return found
