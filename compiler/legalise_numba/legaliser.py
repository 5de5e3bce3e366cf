"""IR Function -> text for Numba: the walk over statements; what each primitive becomes stands in the rule modules.

The result is a function of floats, ints and C-contiguous arrays whose body is scalar code and loops. Names, life times
and in-place stores are decided as for printed NumPy (`raise_python`); array expressions are fused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..domains.kinds import Array, Known, Scalar, TapeOf, TupleOf
from ..ir import Atom, Block, Call, For, Function, If, Lit, Loc, Param, Stmt, Var, While, walk
from ..raise_python.layout import lay_out
from . import all_rules, elementwise, indexing, others, registry, tapes
from .affine import Affine, Facts
from .binding import Binding
from .callouts import can_call, is_series
from .control import Control
from .elementwise import Elementwise
from .expand import expand
from .folding import Folding, memory_of
from .fuse import fuse
from .lengths import STRETCHED, Lengths
from .naming import Storage, TypedNames
from .retype import retype
from .schedule import schedule
from .sums import Sums
from .text import Blank, Comment, Gather, Line, Nest, Store
from .untape import untape
from .values import ArrayValue, Code, Constant, Number, TapeValue, TupleValue, dtype_text, literal

RESERVED = ("np", "njit", "math", "range", "max", "min", "len", "abs", "int", "float", "bool", "complex", "round")
AXES = "pqrsuvwz"


RULES = all_rules.MODULES  # importing them registers their rules


class Legaliser(Control, Binding, Lengths, Elementwise):
    """The state of the walk: values of IR variables, facts about lengths, and the text so far."""

    def __init__(self, function: Function, general: bool = False, read_helpers: bool = True) -> None:
        self.loc: Loc | None = None
        self.program = function.origin
        self.refuse_statements(function)
        function, settled = retype(function)
        function, self.settled = retype(expand(function, is_series if read_helpers else can_call))
        self.settled |= settled
        function = untape(function)
        function = replace(function, body=schedule(function.body, function.results))
        self.function = function
        self.general = general  # may axes that are not known to have length 1 have it, against longer ones?
        self.memory = memory_of(function)
        folding = Folding(function, registry.is_view, registry.is_element)
        self.layout = lay_out(function, folding.run())
        self.names = TypedNames(self.layout, RESERVED, function)
        self.names.run(function)
        self.storage = Storage(function, self.layout, self.names)
        self.env: dict[Var, Any] = {}
        self.facts = Facts()
        self.items: list[Any] = []
        self.prelude = self.items
        self.helpers: dict[str, None] = {}
        self.imports: dict[str, None] = {}  # modules whose functions Python calls in the middle of the loops
        self.called: dict[str, str] = {}  # functions around such calls: their texts but for the name, and their names
        self.taken = {*self.names.of.values(), *RESERVED}
        self.axis_names = tuple(self.fresh(name) for name in AXES)
        self.steady: set[str] | None = None  # names of the arguments that nothing stores into
        self.wanted: str | None = None  # the name of the value that is being computed, until a rule has taken it
        self.tapes = tapes.Tapes(self)
        self.context: list[Any] = []  # loops and branches around, outermost first
        self.last_stmt: Any = None
        super().__init__()

    # --- helpers for the rules ----------------------------------------------------------------------------------------

    def fresh(self, hint: str) -> str:
        """A local name that nothing else has."""
        name, number = hint, 2
        while name in self.taken:
            name, number = f"{hint}{number}" if not hint[-1].isdigit() else f"{hint}_{number}", number + 1
        self.taken.add(name)
        return name

    def result_name(self, hint: str = "t") -> str:
        """A name for a new array: that of the value that is being computed where it is free, else a fresh one."""
        name, self.wanted = self.wanted, None
        return name if name is not None else self.fresh(hint)

    def line(self, text: str, movable: bool = False) -> None:
        self.items.append(Line(text, self.loc, movable))

    def helper(self, name: str) -> str:
        """The name of a helper function, whose text will stand in the module."""
        self.helpers[name] = None
        return name

    def python_function(self, name: str, parameters: str, body: str) -> str:
        """The name of a function with this text, which stands in the module: one for all calls that are the same."""
        text = f"({parameters}):\n{body}\n"
        if text not in self.called:
            self.called[text] = self.fresh(f"call_{name}")
        return self.called[text]

    def refuse_statements(self, function: Function) -> None:
        """Forms of statements that have no loops yet."""
        for stmt in walk(function.body):
            if not isinstance(stmt, (Call, If, For, While)):
                self.loc = stmt.loc
                self.refuse("`try`" if type(stmt).__name__ == "Try" else "a call that is not inlined")

    def refuse(self, what: str, why: str = "", repair: str = "Use backend='numpy' for this function.") -> Any:
        raise self.refusal(what, why, repair)

    def refusal(self, what: str, why: str = "", repair: str = "Use backend='numpy' for this function."
                ) -> UnsupportedError:
        """The error that says what cannot be compiled, and where it stands."""
        program = self.program
        where = self.loc.location() if self.loc is not None else program.where if program is not None else None
        return UnsupportedError(f"{what} with backend='numba'", where, why or "It cannot be compiled to loops yet.",
                                repair)

    @contextmanager
    def into(self, items: list[Any]) -> Iterator[None]:
        before, self.items = self.items, items
        try:
            yield
        finally:
            self.items = before

    def atom(self, atom: Atom) -> Any:
        """The value of an atom: Number, ArrayValue, TupleValue, SliceValue, Constant."""
        return self.constant(atom.value) if isinstance(atom, Lit) else self.env[atom]

    def constant(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        if isinstance(value, np.generic) and value.dtype.kind in "biufc":
            text = literal(value.item())
            kind = value.dtype.str[1:]
            code = Code(text if kind in ("f8", "c16", "b1", "i8") else f"{dtype_text(value.dtype)}({text})")
            affine = Affine(int(value)) if value.dtype.kind in "iu" else None
            return Number(code, value.dtype, False, affine, value.item())
        if type(value) in (bool, int, float, complex):
            dtype = np.dtype({bool: "?", int: "i8", float: "f8", complex: "c16"}[type(value)])
            if type(value) is int and not -(2**63) <= value < 2**63:
                self.refuse(f"the integer {value}", "It does not fit into 64 bits.")
            affine = Affine(value) if type(value) is int else None
            return Number(Code(literal(value)), dtype, True, affine, value)
        if type(value) in (tuple, list):
            return TupleValue(tuple(self.constant(v) for v in value), type(value))
        if isinstance(value, slice):
            return registry.make_slice(self, *map(self.constant, (value.start, value.stop, value.step)))
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            return self.array_literal(value)
        return Constant(value)

    def array_literal(self, value: Any) -> ArrayValue:
        if value.size > 64:
            self.refuse(f"an array of {value.size} numbers that is not read at each call")
        name = self.fresh("table")
        text = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
        if value.size == 0:
            text = f"np.zeros({value.shape!r}, {dtype_text(value.dtype)})"
        else:
            text = f"np.array({text}, {dtype_text(value.dtype)})"
        self.prelude_line(f"{name} = {text}")
        return self.buffer(name, tuple(map(Affine, value.shape)), value.dtype)

    def prelude_line(self, text: str) -> None:
        self.prelude.insert(self.prelude_end, Line(text))
        self.prelude_end += 1

    def buffer(self, name: str, lengths: tuple[Affine, ...], dtype: Any, temporary: bool = False) -> ArrayValue:
        """The value of an array that stands in a local."""
        from .values import Load, text_of

        def element(index: Any) -> Code:
            if not lengths:  # a number stands for an array without axes
                return Code(name)
            return Code(f"{name}[{', '.join(map(text_of, index))}]", (Load(name, tuple(index)),))

        return ArrayValue(lengths, np.dtype(dtype), element, name, name, False, temporary)

    def number(self, var: Var, name: str) -> Number:
        """The value of a scalar that stands in a local."""
        if isinstance(var.kind, Array):  # without axes
            return Number(Code(name), self.dtype_of(var), False)
        assert isinstance(var.kind, Scalar), var.kind
        affine = None
        if var.kind.dtype is not None and var.kind.dtype.kind in "iu" and not self.names._may_share(var):
            affine = Affine.of(name)
        return Number(Code(name), var.kind.dtype or np.dtype("f8"), var.kind.python, affine)

    def dtype_of(self, var: Var) -> Any:
        dtype: Any = getattr(var.kind, "dtype", None)
        if dtype is None:
            self.refuse(f"a value whose type is not known before the run ({var.kind!r})")
        if (dtype.kind == "f" and dtype.itemsize not in (4, 8)) or dtype.kind not in "biufc":
            self.refuse(f"numbers of type {dtype}", "Numba computes with float32, float64, complex and integers.")
        return dtype

    def whole(self, value: Any, hint: str = "t") -> ArrayValue:
        """The array in a buffer of its own name, computed now if it has none."""
        if isinstance(value, ArrayValue) and value.buffer is not None:
            return value
        return self.store_new(value, self.fresh(hint))

    def stays(self, value: ArrayValue) -> bool:
        """Are its elements those of arguments that are never stored into? Then they can be read where they are used."""
        if self.steady is None:
            stored = {self.memory.root(s.out) for s in walk(self.function.body)
                      if isinstance(s, Call) and s.prim in (prim.SET_ITEM, prim.ADD_AT)}
            self.steady = {self.names.of[p.var] for p in self.function.params
                           if isinstance(p.var.kind, Array) and self.memory.root(p.var) not in stored}
        code = value.element(tuple(map(Affine.of, self.axes(value.rank))))
        return code.weight == 0 and bool(code.loads) and all(load.buffer in self.steady for load in code.loads)

    def store_new(self, value: ArrayValue, name: str) -> ArrayValue:
        """name = a new array with the elements of `value`, which may read an older array of that name."""
        if value.fresh or not value.rank:
            self.line(f"{name} = {value.text if value.fresh else value.element(())}")
            return self.buffer(name, value.lengths, value.dtype)
        index = self.axes(value.rank)
        target = tuple(map(Affine.of, index))
        code = value.element(target)
        own = self.fresh(name) if any(load.buffer == name for load in code.loads) else name
        self.line(f"{own} = np.empty({self.shape_text(value.lengths)}, {dtype_text(value.dtype)})", True)
        self.items.append(Nest(index, self.same_all(value.lengths), [Store(own, target, code)], self.loc, {own}))
        if own != name:
            self.line(f"{name} = {own}")
        return self.buffer(name, value.lengths, value.dtype)

    def axes(self, rank: int, start: int = 0) -> tuple[str, ...]:
        return self.axis_names[start:start + rank]

    def shape_text(self, lengths: tuple[Affine, ...]) -> str:
        return f"({', '.join(map(str, lengths))}{',' if len(lengths) == 1 else ''})"

    STRETCHED = STRETCHED
    cast_code = staticmethod(elementwise.cast_code)
    disjoint = indexing.disjoint
    as_array = others.as_array

    def nest(self, index: tuple[str, ...], lengths: tuple[Affine, ...], buffer: str, target: Any, value: Code,
             sign: str = "=") -> None:
        self.items.append(Nest(index, self.same_all(lengths), [Store(buffer, target, value, sign)], self.loc))

    def same_all(self, lengths: tuple[Affine, ...]) -> tuple[Affine, ...]:
        """The lengths, each by the one name of those that are known to be equal."""
        return tuple(map(self.facts.same, lengths))

    def is_python(self, call: Call) -> bool:
        """Is the result one of Python's own numbers? Then errors are Python's."""
        return isinstance(call.out.kind, Scalar) and call.out.kind.python

    def only_element(self, value: Any) -> Number:
        """The one element of an array of size 1."""
        if isinstance(value, Number):
            return value
        for length in value.lengths:
            self.must_be_equal(length, Affine(1), 'ValueError("an array of one element is needed")')
        return Number(value.element((Affine(0),) * value.rank), value.dtype, False)

    def gather(self, name: str, lengths: tuple[Affine, ...], text: str, value: Code, index: tuple[str, ...],
               relaxed: bool = False) -> None:
        self.items.append(Nest(index, self.same_all(lengths), [Gather(name, text, value, relaxed)], self.loc))

    # --- the function -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        for param in self.function.params:
            self.parameter(param)
        self.prelude_end = len(self.items)
        self.block(self.function.body, True)
        self.items.append(Line(f"return {self.results()}"))
        self.tapes.finish()
        self.sums = Sums(self.taken)
        self.items[:] = self.sums.extract(fuse(self.items))

    def parameter(self, param: Param) -> None:
        var, kind, name = param.var, param.var.kind, self.names.of[param.var]
        if isinstance(kind, Array):
            if kind.shape is None:
                self.refuse(f"the argument `{param.name}`, an array of unknown rank")
            self.dtype_of(var)
            if not kind.shape:
                self.env[var] = Number(Code(name), kind.dtype or np.dtype("f8"), False)
                return
            self.env[var] = self.buffer(name, self.lengths_of_parameter(name, kind), kind.dtype)
        elif isinstance(kind, Scalar):
            if self.dtype_of(var).kind in "iu":
                self.known[0].add(name)
            self.env[var] = self.number(var, name)
        elif isinstance(kind, TupleOf) and all(isinstance(i, Scalar) for i in kind.items):
            names = [self.fresh(f"{name}_{k}") for k in range(len(kind.items))]
            if names:
                self.line(f"{', '.join(names)}{',' if len(names) == 1 else ''} = {name}")
            self.known[0].update(names)
            self.env[var] = TupleValue(tuple(self.item(n, k) for n, k in zip(names, kind.items, strict=True)))
        elif isinstance(kind, TapeOf):
            self.tapes.given(var, name)
            self.env[var] = self.tapes.of(var)
        elif isinstance(kind, Known) and kind.type is type(None):
            self.env[var] = Constant(None)
        else:
            self.refuse(f"the argument `{param.name}` ({kind!r}) as a whole", "Compiled code takes numbers and arrays.")

    @staticmethod
    def item(name: str, kind: Any) -> Number:
        """A number of a tuple that is a parameter."""
        integer = kind.dtype is not None and kind.dtype.kind in "iu"
        return Number(Code(name), kind.dtype, kind.python, Affine.of(name) if integer else None)

    def results(self) -> str:
        values = [self.atom(a) for a in self.function.results]
        parts = [self.result_text(v) for v in values]
        if self.function.single and len(parts) == 1:
            return parts[0]
        return f"({', '.join(parts)},)" if parts else "()"

    def result_text(self, value: Any) -> str:
        if isinstance(value, Number):
            return value.code.text
        if isinstance(value, ArrayValue):
            return self.whole(value).buffer or ""
        if isinstance(value, TupleValue):
            return f"({', '.join(map(self.result_text, value.items))},)" if value.items else "()"
        if isinstance(value, TapeValue) and value.info is not None:
            return self.tapes.text(value.info)
        return str(self.refuse("a result that is neither a number nor an array"))

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, block: Block, top: bool = False) -> None:
        for stmt in block:
            self.loc = stmt.loc or self.loc
            if not (isinstance(stmt, Call) and len(stmt.outs) == 1 and stmt.out in self.layout.folded):
                self.comment(stmt, top)
            self.statement(stmt)

    def comment(self, stmt: Stmt, top: bool) -> None:
        """One comment for the statements of a primal line."""
        loc = stmt.loc
        if loc is None or (loc.stmt, loc.backward) == self.last_stmt:
            return
        self.last_stmt = (loc.stmt, loc.backward)
        if isinstance(loc.stmt, (gast.FunctionDef, gast.Lambda)):
            return
        text = loc.origin.statement_text(loc.stmt)
        if top:
            self.items.append(Blank())
        prefix = "adjoint of line" if loc.backward else "line"
        self.items.append(Comment(f"{prefix} {loc.line}: {text.splitlines()[0] if text else ''}"))

    def statement(self, stmt: Stmt) -> None:
        if isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, If):
            self.branch(stmt)
        elif isinstance(stmt, For):
            self.for_loop(stmt)
        elif isinstance(stmt, While):
            self.while_loop(stmt)
        else:
            self.refuse("`try`, `with` or a call that is not inlined")

    def reads_joint(self, affine: Affine) -> bool:
        return False

    @contextmanager
    def scope(self, what: Any) -> Iterator[None]:
        self.context.append(what)
        self.enter_scope()
        try:
            yield
        finally:
            self.context.pop()
            self.leave_scope()


__all__ = ["Legaliser"]
