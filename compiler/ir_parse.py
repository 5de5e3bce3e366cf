"""Read the text form of the IR (its grammar stands in ir_text.py).

Only the syntax is checked here. Text whose variables are bound twice, late or never is read as it stands, so that
tests of `ir_check` can be written as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..runtime.errors import IRError
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
    Param,
    Primitive,
    Stmt,
    Try,
    Var,
    While,
)
from .ir_kinds import LineReader
from .ir_lexer import Line, split

PARAM_STYLES = ("positional_only", "keyword", "varargs", "kwargs", "captured")
RESERVED = frozenset({"if", "else", "join", "for", "while", "carry", "next", "out", "test", "cond", "body", "apply",
                      "try", "except", "with", "pass", "return", "function", *PARAM_STYLES})
_BLOCK_ENDS = ("next", "cond", "return")


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
class _Reader(LineReader):
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
