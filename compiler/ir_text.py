"""The text form of the IR: `show` prints a Function, `parse` reads it back, and `show(parse(show(f)))` is `show(f)`.

    function f(%x: f8[n1], %k: py_i8 = 2):          parameters: a word for the style, `name as %x` if they differ
        %y: f8[n1] = numpy.multiply(%x, %k)         Call; no `: kind` where nothing is known
        if %c:                                      If; `if (and) %c:` for an expression; then perhaps `else:`
            %z: f8 = numpy.sum(%y, axis=0)
        join %z2: f8 = %z | undefined               Join(out, from_then, from_else)
        for %i: py_i8 in range(0, %k, 1):           For; `reversed(range(...))` where it runs backwards;
                                                    `range(...) snapshots 3` where it is checkpointed
            carry %s: f8 = %z2                      Carry: inner = init
            %s2: f8 = operator.add(%s, %i)
            next %s = %s2                           Carry: next
        out %s3: f8 = %s                            Carry: out
        while:
            carry %u: f8 = %s3
            test:
                %c2: py_b1 = operator.lt(%u, 1.0)
                cond %c2
            body:
                %u2: f8 = apply g(%u)               Apply; `function g` follows below
                next %u = %u2
        out %u3: f8 = %u
        try:                                        Try; `with %m as %e:` for a manager, without `except`
            %v: f8 = math.log(%u3)
        except @builtins.ValueError as %error:      no type where everything is caught
            pass
        join %v2: f8 = %v | %u3
        return %u3                                  `return %a, %b` or `return %a,` where it is a tuple

Names are the hints of the variables, then 2, 3, ... in order of definition; a variable without a hint is %1, %2, ...
Symbols for lengths are numbered in order of appearance (`n1`, `n1?` where it may be 1). Literals are Python's own;
objects are `@numpy.float64`, objects without a name `@ndarray#1` (see `objects_in`). Locations, notes, origin
and docstring are not printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .domains.kinds import Array, Dim, Kind, Known, ListOf, Scalar, Struct, Sym, TapeOf, TupleOf
from .ir import Apply, Block, Call, For, Function, If, Param, Primitive, Stmt, Try, Undefined, Var, While, walk
from .ir_objects import dotted_name, type_name
from .ir_parse import RESERVED, parse

__all__ = ["Listing", "objects_in", "parse", "primitives_in", "show"]


def show(function: Function) -> str:
    """The text of a function and of the functions that it applies: the same for equal functions, run after run."""
    return "\n".join(Listing.of(function).lines) + "\n"


def primitives_in(function: Function) -> dict[str, Primitive]:
    """The primitives that a function and those it applies call, by name: what `parse` needs to read its text."""
    found: dict[str, Primitive] = {}
    for each in _reachable(function):
        for stmt in walk(each.body):
            if isinstance(stmt, Call):
                found.setdefault(stmt.prim.name, stmt.prim)
    return found


def objects_in(function: Function) -> Mapping[str, object]:
    """The objects that the text can only number ("ndarray#1"): what `parse` needs to read them back."""
    return Listing.of(function).objects


def _reachable(function: Function) -> list[Function]:
    found = [function]
    for each in found:
        for stmt in walk(each.body):
            if isinstance(stmt, Apply) and isinstance(stmt.fn, Function) and all(stmt.fn is not f for f in found):
                found.append(stmt.fn)
    return found


def _identifier(hint: str) -> str:
    name = re.sub(r"\W", "_", hint)
    return f"_{name}" if name[0].isdigit() else name


def _unique(hint: str, taken: set[str]) -> str:
    name, count = hint, 1
    while name in taken:
        count += 1
        name = f"{hint}{count}"
    taken.add(name)
    return name


@dataclass
class Listing:
    """The lines of a text in the making, and where each statement stands in it. Prints ill-formed functions, too."""

    lines: list[str] = field(default_factory=list)
    line_of: dict[int, int] = field(default_factory=dict)  # id of a statement -> index of its first line
    objects: dict[str, object] = field(default_factory=dict)
    function_names: dict[int, str] = field(default_factory=dict)
    symbols: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)  # id of a variable -> its name in the function being printed
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, function: Function, alone: bool = False) -> Listing:
        """The listing of a function, and of those that it applies unless `alone`."""
        listing = cls()
        functions = _reachable(function)
        taken: set[str] = set()
        for each in functions:
            listing.function_names[id(each)] = _unique(_identifier(each.name or "f"), taken)
        for index, each in enumerate(functions[:1] if alone else functions):
            if index:
                listing.lines.append("")
            listing._function(each)
        return listing

    # --- structure ---

    def _function(self, function: Function) -> None:
        self.names, self.taken = {}, set()
        params = ", ".join([self._param(param) for param in function.params])
        self._line(0, f"function {self.function_names[id(function)]}({params}):")
        self._block(function.body, 1, pass_if_empty=False)
        results = ", ".join([self.atom(each) for each in function.results])
        if not function.single and len(function.results) == 1:
            results += ","
        self._line(1, f"return {results}".rstrip())

    def _param(self, param: Param) -> str:
        text = self._define(param.var)
        if param.name not in ("", self.names[id(param.var)]):
            text = f"{_word(param.name)} as {text}"
        if param.style != "positional":
            text = f"{param.style} {text}"
        return f"{text} = {self.value(param.default)}" if param.has_default else text

    def _block(self, block: Block, depth: int, pass_if_empty: bool = True) -> None:
        for stmt in block:
            self.line_of.setdefault(id(stmt), len(self.lines))
            self._stmt(stmt, depth)
        if not block and pass_if_empty:
            self._line(depth, "pass")

    def _stmt(self, stmt: Stmt, depth: int) -> None:
        if isinstance(stmt, Call):
            args = [self.atom(each) for each in stmt.args]
            args += [f"{name}={self.atom(each)}" for name, each in stmt.kwargs]
            self._assign(stmt.outs, f"{_word(stmt.prim.name)}({', '.join(args)})", depth)
        elif isinstance(stmt, Apply):
            args = [self.atom(each) for each in stmt.args]
            name = self.function_names.get(id(stmt.fn), repr(stmt.fn))
            self._assign(stmt.outs, f"apply {name}({', '.join(args)})", depth)
        elif isinstance(stmt, If):
            self._if(stmt, depth)
        elif isinstance(stmt, For):
            self._for(stmt, depth)
        elif isinstance(stmt, While):
            self._while(stmt, depth)
        elif isinstance(stmt, Try):
            self._try(stmt, depth)
        else:
            self._line(depth, f"# no statement of the IR: {stmt!r}")  # type: ignore[unreachable]

    def _assign(self, outs: tuple[Var, ...], right: str, depth: int) -> None:
        left = ", ".join([self._define(out) for out in outs])
        self._line(depth, f"{left} = {right}" if left else right)

    def _if(self, stmt: If, depth: int) -> None:
        style = "" if stmt.style == "statement" else f"({stmt.style}) "
        self._line(depth, f"if {style}{self.atom(stmt.cond)}:")
        self._block(stmt.then, depth + 1)
        if stmt.orelse:
            self._line(depth, "else:")
            self._block(stmt.orelse, depth + 1)
        self._joins(stmt, depth)

    def _joins(self, stmt: If | Try, depth: int) -> None:
        for join in stmt.outs:
            sources = f"{self.atom(join.from_then)} | {self.atom(join.from_else)}"
            self._line(depth, f"join {self._define(join.out)} = {sources}")

    def _try(self, stmt: Try, depth: int) -> None:
        if stmt.manager is not None:
            entered = f" as {self._define(stmt.entered)}" if stmt.entered is not None else ""
            self._line(depth, f"with {self.atom(stmt.manager)}{entered}:")
            self._block(stmt.body, depth + 1)
        else:
            self._line(depth, "try:")
            self._block(stmt.body, depth + 1)
            types = "" if stmt.types is None else f" {self.atom(stmt.types)}"
            bound = f" as {self._define(stmt.bound)}" if stmt.bound is not None else ""
            self._line(depth, f"except{types}{bound}:")
            self._block(stmt.handler, depth + 1)
        self._joins(stmt, depth)

    def _for(self, stmt: For, depth: int) -> None:
        bounds = f"range({self.atom(stmt.start)}, {self.atom(stmt.stop)}, {self.atom(stmt.step)})"
        inits = [self.atom(carry.init) for carry in stmt.carried]
        index = self._define(stmt.index)
        snapshots = "" if stmt.snapshots is None else f" snapshots {self.atom(stmt.snapshots)}"
        self._line(depth, f"for {index} in {f'reversed({bounds})' if stmt.backward else bounds}{snapshots}:")
        self._carried(stmt, inits, depth)
        self._block(stmt.body, depth + 1, pass_if_empty=not stmt.carried)
        self._ends(stmt, depth + 1)
        self._outs(stmt, depth)

    def _while(self, stmt: While, depth: int) -> None:
        inits = [self.atom(carry.init) for carry in stmt.carried]
        self._line(depth, "while:")
        self._carried(stmt, inits, depth)
        self._line(depth + 1, "test:")
        self._block(stmt.test, depth + 2, pass_if_empty=False)
        self._line(depth + 2, f"cond {self.atom(stmt.cond)}")
        self._line(depth + 1, "body:")
        self._block(stmt.body, depth + 2, pass_if_empty=not stmt.carried)
        self._ends(stmt, depth + 2)
        self._outs(stmt, depth)

    def _carried(self, stmt: For | While, inits: list[str], depth: int) -> None:
        for carry, init in zip(stmt.carried, inits, strict=True):
            self._line(depth + 1, f"carry {self._define(carry.inner)} = {init}")

    def _ends(self, stmt: For | While, depth: int) -> None:
        for carry in stmt.carried:
            self._line(depth, f"next {self.atom(carry.inner)} = {self.atom(carry.next)}")

    def _outs(self, stmt: For | While, depth: int) -> None:
        for carry in stmt.carried:
            self._line(depth, f"out {self._define(carry.out)} = {self.atom(carry.inner)}")

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    # --- atoms ---

    def _define(self, var: Var) -> str:
        if not isinstance(var, Var):
            return f"# no variable: {var!r}"  # type: ignore[unreachable]
        name = self._name(var)
        return f"%{name}" if type(var.kind) is Kind else f"%{name}: {self.kind(var.kind)}"

    def _name(self, var: Var) -> str:
        name = self.names.get(id(var))
        if name is None:
            if var.name:
                name = _unique(_identifier(var.name), self.taken)
            else:
                name = str(1 + sum(each.isdigit() for each in self.names.values()))
            self.names[id(var)] = name
        return name

    def atom(self, atom: object) -> str:
        """A variable or a literal as it stands in the text."""
        if isinstance(atom, Var):
            return f"%{self._name(atom)}"
        return self.value(getattr(atom, "value", atom))

    def value(self, value: object) -> str:
        """The text of a literal's value: Python's own where there is one, else `@name`."""
        if value is Undefined:
            return "undefined"
        if value is None or value is Ellipsis or type(value) in (bool, int, str, bytes):
            return repr(value)
        if type(value) is float:
            return repr(value)
        if type(value) is complex:
            return f"complex({self.value(value.real)}, {self.value(value.imag)})"
        if type(value) is tuple:
            items = [self.value(each) for each in value]
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if type(value) is slice:
            return f"slice({', '.join(self.value(each) for each in (value.start, value.stop, value.step))})"
        return self._object(value)

    def _object(self, value: object) -> str:
        if isinstance(value, np.dtype) and value.names is None and value.kind in "biufc":
            return f"dtype({value.name if value.isnative else value.str!r})".replace("'", "")
        if isinstance(value, np.generic) and value.dtype.kind in "biufc" and not isinstance(value, _WIDE):
            return f"@numpy.{type(value).__name__}({self.value(value.item())})"
        name = dotted_name(value)
        return f"@{name}" if name is not None else f"@{self._numbered(value)}"

    def _numbered(self, value: object) -> str:
        for name, held in self.objects.items():
            if held is value:
                return name
        name = f"{type(value).__name__}#{len(self.objects) + 1}"
        self.objects[name] = value
        return name

    # --- kinds ---

    def kind(self, kind: Kind) -> str:
        """The text of a kind; symbols are numbered in order of appearance."""
        if isinstance(kind, Scalar):
            text = ("py_" if kind.python else "") + _dtype_text(kind.dtype)
            return text if kind.dim is None else f"{text}{{{self._dim(kind.dim)}}}"
        if isinstance(kind, Array):
            axes = "..." if kind.shape is None else ", ".join([self._dim(each) for each in kind.shape])
            return f"{_dtype_text(kind.dtype)}[{axes}]"
        if isinstance(kind, TupleOf):
            return f"{self._class(kind.type)}({', '.join([self.kind(each) for each in kind.items])})"
        if isinstance(kind, (ListOf, TapeOf)):
            return f"{'list' if isinstance(kind, ListOf) else 'tape'}[{self.kind(kind.item)}]"
        if isinstance(kind, Known):
            return self._class(kind.type)
        if isinstance(kind, Struct):
            return f"struct {self._class(kind.type)}"
        return "unknown"

    def _dim(self, dim: Dim) -> str:
        if not isinstance(dim, Sym):
            return str(dim)
        number = self.symbols.setdefault(dim.ident, len(self.symbols) + 1)
        least = f"_{dim.least}" if dim.least else ""  # n1_9: at least 9
        return f"n{number}{least}" + ("?" if dim.one else "")

    def _class(self, cls: type) -> str:
        name = type_name(cls)
        if name is None:
            return f"@{self._numbered(cls)}"
        return name if "." not in name else f"@{name}"


_WIDE = (np.longdouble, np.clongdouble)  # `item` gives no Python number that would hold them


def _dtype_text(dtype: np.dtype[np.generic] | None) -> str:
    if dtype is None:
        return "?"
    text = f"{dtype.kind}{dtype.itemsize}"
    return text if dtype.isnative else dtype.byteorder + text


def _word(name: str) -> str:
    """A name as it stands in the text: in backticks where it would be read as something else."""
    return name if _DOTTED.fullmatch(name) and name not in RESERVED else f"`{name}`"


_DOTTED = re.compile(r"[^\W\d][\w.]*")
