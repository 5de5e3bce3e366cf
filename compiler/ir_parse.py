"""Read the text form of the IR (its grammar stands in ir_text.py).

Only the syntax is checked here. Text whose variables are bound twice, late or never is read as it stands, so that
tests of `ir_check` can be written as text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..runtime.errors import IRError
from .domains.kinds import UNKNOWN, Array, Dim, Kind, Known, ListOf, Scalar, Struct, Sym, TapeOf, TupleOf
from .ir import (
    Apply,
    Atom,
    Block,
    Call,
    Carry,
    For,
    Function,
    If,
    Join,
    Lit,
    Param,
    Primitive,
    Stmt,
    Try,
    Undefined,
    Var,
    While,
)
from .ir_lexer import Line, split
from .ir_objects import find, find_type

PARAM_STYLES = ("positional_only", "keyword", "varargs", "kwargs", "captured")
RESERVED = frozenset({"if", "else", "join", "for", "while", "carry", "next", "out", "test", "cond", "body", "apply",
                      "try", "except", "with", "pass", "return", "function", *PARAM_STYLES})
_BLOCK_ENDS = ("next", "cond", "return")

_NUMBER_KIND = re.compile(r"(py_)?(\?|[<>]?[biufc]\d+)")


def parse(text: str, primitives: Mapping[str, Primitive], objects: Mapping[str, object] | None = None) -> Function:
    """Read a text as `show` prints it; the first function is returned, `apply` finds the others by their names.

    primitives : the primitives that calls may name
    objects    : what "@ndarray#1" stands for
    raises     : IRError, with the line, if the text is not in the grammar or names what is not there
    """
    shells: dict[str, Function] = {}
    readers: list[_Reader] = []
    symbols: dict[str, int] = {}
    for line in split(text):
        if line.depth == 0:
            readers.append(_Reader([], primitives, objects or {}, shells, symbols))
        elif not readers:
            line.fail("a text begins with `function`")
        readers[-1].lines.append(line)
    if not readers:
        raise IRError("the text holds no function")
    for reader in readers:
        name = reader.lines[0].function_name()
        if name in shells:
            reader.lines[0].fail(f"function {name} stands twice in the text")
        shells[name] = Function(name, (), (), ())
    for reader in readers:
        reader.read()
    return next(iter(shells.values()))


@dataclass
class _Reader:
    """Reads one function, twice: the first time finds the variables, since a name may stand before its definition."""

    lines: list[Line]
    primitives: Mapping[str, Primitive]
    objects: Mapping[str, object]
    functions: Mapping[str, Function]
    symbols: dict[str, int]
    at: int = 0
    variables: dict[str, Var] = field(default_factory=dict)
    final: bool = False

    def read(self) -> None:
        self._function()
        self.final = True
        self._function()

    # --- structure ---

    def _function(self) -> None:
        self.at = 0
        for line in self.lines:
            line.at = 0
        line = self._take(0, "function")
        shell = self.functions[line.next()[1]]
        line.expect("(")
        params = line.separated(lambda: self._param(line), ")")
        line.expect(":")
        line.end()
        body = self._block(1)
        line = self._take(1, "return")
        results, single = self._results(line)
        if self.at < len(self.lines):
            self.lines[self.at].fail("a statement after the return")
        # A recursive function holds itself: it is there, empty, before its own statements are read.
        for name, value in (("params", params), ("body", body), ("results", results), ("single", single)):
            object.__setattr__(shell, name, value)

    def _results(self, line: Line) -> tuple[tuple[Atom, ...], bool]:
        """`return %y`: one value; `return %a, %b`, `return %a,` and `return`: a tuple."""
        results: list[Atom] = []
        comma = True
        while comma and line.peek()[0] != "end":
            results.append(self._atom(line))
            comma = line.accept(",")
        line.end()
        return tuple(results), not comma and len(results) == 1

    def _param(self, line: Line) -> Param:
        style, name = "positional", None
        if line.peek()[0] == "name" and line.peek()[1] in PARAM_STYLES:
            style = line.next()[1]
        if line.peek()[0] in ("name", "quoted"):
            name = line.next()[1]
            line.expect("as")
        var = self._define(line)
        has_default = line.accept("=")
        return Param(var, name or var.name, style, self._value(line) if has_default else None, has_default)

    def _take(self, depth: int, *words: str) -> Line:
        """The next line, which must have this depth and begin with one of the words (stepped over)."""
        if self.at >= len(self.lines):
            self.lines[-1].fail(f"the text ends where {' or '.join(words)} must follow")
        line = self.lines[self.at]
        if line.depth != depth or not line.starts_with(*words):
            line.fail(f"expected {' or '.join(words)} at depth {depth}")
        line.at = 1
        self.at += 1
        return line

    def _follows(self, depth: int, word: str) -> bool:
        line = self.lines[self.at] if self.at < len(self.lines) else None
        return line is not None and line.depth == depth and line.starts_with(word)

    def _block(self, depth: int) -> Block:
        stmts: list[Stmt] = []
        while self.at < len(self.lines) and self.lines[self.at].depth >= depth:
            line = self.lines[self.at]
            if line.depth > depth:
                line.fail("unexpected indentation")
            if line.starts_with(*_BLOCK_ENDS):
                break
            if line.starts_with("pass"):
                self._take(depth, "pass").end()
            else:
                stmts.append(self._stmt(line, depth))
        return tuple(stmts)

    def _stmt(self, line: Line, depth: int) -> Stmt:
        if line.starts_with("if"):
            return self._if(depth)
        if line.starts_with("for"):
            return self._for(depth)
        if line.starts_with("while"):
            return self._while(depth)
        if line.starts_with("try", "with"):
            return self._try(depth)
        self.at += 1
        outs: list[Var] = []
        while line.peek()[0] == "var":
            outs.append(self._define(line))
            if not line.accept(","):
                line.expect("=")
        stmt = self._right_hand_side(line, tuple(outs))
        line.end()
        return stmt

    def _right_hand_side(self, line: Line, outs: tuple[Var, ...]) -> Stmt:
        applied = line.accept("apply")
        kind, name = line.next()
        if kind not in ("name", "quoted") or (kind == "name" and name in RESERVED and not applied):
            line.fail(f"{name!r} begins no statement")
        line.expect("(")
        arguments = line.separated(lambda: self._argument(line), ")")
        args = tuple(atom for key, atom in arguments if key is None)
        kwargs = tuple((key, atom) for key, atom in arguments if key is not None)
        if applied:
            if name not in self.functions or kwargs:
                line.fail(f"no function {name} follows in the text" if not kwargs else "apply takes no keywords")
            return Apply(outs, self.functions[name], args)
        if name not in self.primitives:
            line.fail(f"no primitive is named {name}")
        return Call(outs, self.primitives[name], args, kwargs)

    def _argument(self, line: Line) -> tuple[str | None, Atom]:
        following = line.tokens[line.at + 1][1] if line.at + 1 < len(line.tokens) else ""
        if line.peek()[0] == "name" and following == "=":
            key = line.next()[1]
            line.next()
            return key, self._atom(line)
        return None, self._atom(line)

    def _if(self, depth: int) -> If:
        line = self._take(depth, "if")
        style = "statement"
        if line.accept("("):
            style = line.next()[1]
            line.expect(")")
        cond = self._atom(line)
        line.expect(":")
        line.end()
        then = self._block(depth + 1)
        orelse: Block = ()
        if self._follows(depth, "else"):
            self._take(depth, "else").expect(":")
            orelse = self._block(depth + 1)
        return If(cond, then, orelse, self._joins(depth), style)

    def _try(self, depth: int) -> Try:
        line = self.lines[self.at]
        if line.starts_with("with"):
            line = self._take(depth, "with")
            manager = self._atom(line)
            entered = self._define(line) if line.accept("as") else None
            line.expect(":")
            line.end()
            body = self._block(depth + 1)
            return Try(body, None, None, (), self._joins(depth), manager, entered)
        line = self._take(depth, "try")
        line.expect(":")
        line.end()
        body = self._block(depth + 1)
        line = self._take(depth, "except")
        types = None if line.peek()[1] in (":", "as") else self._atom(line)
        bound = self._define(line) if line.accept("as") else None
        line.expect(":")
        line.end()
        handler = self._block(depth + 1)
        return Try(body, types, bound, handler, self._joins(depth))

    def _joins(self, depth: int) -> tuple[Join, ...]:
        joins = []
        while self._follows(depth, "join"):
            line = self._take(depth, "join")
            out = self._define(line)
            line.expect("=")
            from_then = self._atom(line)
            line.expect("|")
            joins.append(Join(out, from_then, self._atom(line)))
            line.end()
        return tuple(joins)

    def _for(self, depth: int) -> For:
        line = self._take(depth, "for")
        index = self._define(line)
        line.expect("in")
        backward = line.accept("reversed")
        if backward:
            line.expect("(")
        line.expect("range")
        line.expect("(")
        bounds = line.separated(lambda: self._atom(line), ")")
        if len(bounds) != 3:
            line.fail("a range has a start, a stop and a step")
        if backward:
            line.expect(")")
        snapshots = self._atom(line) if line.accept("snapshots") else None
        line.expect(":")
        line.end()
        inits = self._inits(depth + 1)
        body = self._block(depth + 1)
        start, stop, step = bounds
        return For(index, start, stop, step, self._carried(inits, depth + 1, depth), body, backward, None, snapshots)

    def _while(self, depth: int) -> While:
        self._take(depth, "while").expect(":")
        inits = self._inits(depth + 1)
        self._take(depth + 1, "test").expect(":")
        test = self._block(depth + 2)
        line = self._take(depth + 2, "cond")
        cond = self._atom(line)
        line.end()
        self._take(depth + 1, "body").expect(":")
        body = self._block(depth + 2)
        return While(self._carried(inits, depth + 2, depth), test, cond, body)

    def _inits(self, depth: int) -> list[tuple[Var, Atom]]:
        inits = []
        while self._follows(depth, "carry"):
            line = self._take(depth, "carry")
            inner = self._define(line)
            line.expect("=")
            inits.append((inner, self._atom(line)))
            line.end()
        return inits

    def _carried(self, inits: list[tuple[Var, Atom]], depth: int, depth_out: int) -> tuple[Carry, ...]:
        nexts = []
        for inner, _ in inits:
            line = self._take(depth, "next")
            if self._atom(line) is not inner:
                line.fail("the lines `next` stand in the order of the lines `carry`")
            line.expect("=")
            nexts.append(self._atom(line))
            line.end()
        carried = []
        for (inner, init), following in zip(inits, nexts, strict=True):
            line = self._take(depth_out, "out")
            out = self._define(line)
            line.expect("=")
            if self._atom(line) is not inner:
                line.fail("the lines `out` stand in the order of the lines `carry`")
            line.end()
            carried.append(Carry(out, init, inner, following))
        return tuple(carried)

    # --- atoms ---

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

    # --- kinds ---

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


_WORDS: dict[str, object] = {"None": None, "True": True, "False": False, "Ellipsis": Ellipsis, "undefined": Undefined}
