"""The verifier of the IR: runs after every pass in every test. What well-formed means:

* each variable is bound once in the whole function, before it is read, in a block that the reader stands in;
  out of a block only through Join and Carry, whose sources are read at the end of their block;
* `Carry.inner` is seen in the body (and in the test of a While), what the test of a While binds only in the test;
* atoms are Var or Lit; `undefined` is a source of a Join or the init of a Carry, nothing else;
* as many outs as the applied function has results, as many arguments as it has parameters; one result if `single`;
* a primitive without `fn` has a form that the printer knows by itself;
* the kind of a Join's out covers both sources, the kinds of a Carry's inner and out cover init and next.

What it does not see: whether the kind of a Call's out is true, and the inside of applied functions (check each
on its own).
Removing a check here would be like removing tests: no pass would be known to be right any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from ..runtime.errors import IRError
from .domains.kinds import Kind, Known, Scalar, dtype_of, is_numeric, kind_of, may_cover
from .ir import (
    Apply,
    Atom,
    Block,
    Call,
    Carry,
    For,
    Function,
    If,
    Lit,
    Stmt,
    Try,
    Undefined,
    Var,
    While,
    defs,
    inner_defs,
    walk,
)
from .ir_text import Listing

CONTEXT = 4  # lines of the text shown before and after the statement at fault
RUNNING_FORMS = frozenset({"function", "operator", "unary", "compare", "method", "attribute", "item"})
IF_STYLES = frozenset({"statement", "expression", "and", "or", "checkpoint"})
PARAM_STYLES = frozenset({"positional", "positional_only", "keyword", "varargs", "kwargs", "captured"})


def check(function: Function, after: str = "") -> None:
    """Raise if a function is not well-formed.

    after  : the pass that made it, for the message
    raises : IRError, with the pass, the statement and the lines around it, and the fault
    """
    _Checker(function, after).check()


@dataclass
class _Checker:
    """One walk in the order of execution. `visible` is what the statement at hand may read."""

    function: Function
    after: str
    bound: set[Var] = field(default_factory=set)  # bound so far, in whatever block
    visible: dict[Var, None] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    stmt: Stmt | None = None  # what is being checked: the parameters or, when `done`, the results, if None
    done: bool = False

    # --- messages ---

    def fail(self, fault: str, *atoms: Atom) -> NoReturn:
        """Raise; `{}` in the fault stands for the atoms, as the text names them."""
        listing = Listing.of(self.function, alone=True)
        line = listing.line_of.get(id(self.stmt), len(listing.lines) - 1 if self.done else 0)
        first = max(line - CONTEXT, 0)
        shown = [f"{'>' if k == line else ' '} {listing.lines[k]}"
                 for k in range(first, min(line + CONTEXT + 1, len(listing.lines)))]
        origin = f" after {self.after}" if self.after else ""
        first_part, *parts = fault.split("{}")
        message = first_part + "".join([listing.atom(a) + part for a, part in zip(atoms, parts, strict=True)])
        raise IRError(f"ill-formed IR{origin}, function {self.function.name}: {message}\n" + "\n".join(shown))

    def require(self, holds: bool, fault: str, *atoms: Atom) -> None:
        if not holds:
            self.fail(fault, *atoms)

    # --- scopes ---

    def bind(self, var: Var) -> None:
        if not isinstance(var, Var):
            self.fail("what is bound is no Var: {}", var)
        self.require(var not in self.bound, "{} is bound twice", var)
        self.bound.add(var)
        self.visible[var] = None

    def read(self, atom: Atom, undefined: bool = False) -> None:
        """Check that an atom may be read here; `undefined` where that literal is allowed."""
        if isinstance(atom, Lit):
            self.require(undefined or atom.value is not Undefined,
                         "{} stands elsewhere than as a source of a join or the init of a carry", atom)
        elif not isinstance(atom, Var):
            self.fail("an atom is neither Var nor Lit: {}", atom)
        elif atom in self.bound:
            self.require(atom in self.visible, "{} is read outside of the block that binds it", atom)
        elif atom not in self.visible:
            later = atom in _bindings(self.function)
            self.fail("{} is read before it is bound" if later else "{} is read but never bound", atom)

    def leave(self, mark: int) -> None:
        """Hide what was bound since `mark` variables were visible."""
        while len(self.visible) > mark:
            self.visible.popitem()

    # --- structure ---

    def check(self) -> None:
        function = self.function
        names = [param.name for param in function.params]
        self.require(len(set(names)) == len(names), f"two parameters have one name: {', '.join(names)}")
        for param in function.params:
            self.require(param.style in PARAM_STYLES, f"a parameter has the unknown style {param.style!r}")
            self.bind(param.var)
        self.block(function.body)
        self.done = True
        count = len(function.results)
        self.require(not function.single or count == 1, f"a single result is one value, not {count}")
        for result in function.results:
            self.read(result)

    def block(self, block: Block) -> None:
        self.require(isinstance(block, tuple), f"a block is a tuple of statements, not {type(block).__name__}")
        for stmt in block:
            holder, self.stmt = self.stmt, stmt
            self.require(id(stmt) not in self.seen, "one statement object stands in two places")
            self.seen.add(id(stmt))
            self.statement(stmt)
            self.stmt = holder

    def statement(self, stmt: Stmt) -> None:
        if isinstance(stmt, Call):
            self.call(stmt)
        elif isinstance(stmt, Apply):
            self.apply(stmt)
        elif isinstance(stmt, If):
            self.if_(stmt)
        elif isinstance(stmt, For):
            self.for_(stmt)
        elif isinstance(stmt, While):
            self.while_(stmt)
        elif isinstance(stmt, Try):
            self.try_(stmt)
        else:
            self.fail(f"{type(stmt).__name__} is no statement of the IR")
        for var in defs(stmt):
            self.bind(var)

    def call(self, stmt: Call) -> None:
        prim = stmt.prim
        self.require(prim.fn is not None or prim.form not in RUNNING_FORMS,
                     f"primitive {prim.name} of form {prim.form} has no function to run")
        self.require(bool(stmt.outs) or not prim.pure or prim.fn is None,
                     f"a pure call of {prim.name} binds nothing")
        for atom in stmt.args:
            self.read(atom)
        keys = [key for key, _ in stmt.kwargs]
        self.require(len(set(keys)) == len(keys), f"a keyword is given twice: {', '.join(keys)}")
        for _, atom in stmt.kwargs:
            self.read(atom)

    def apply(self, stmt: Apply) -> None:
        for atom in stmt.args:
            self.read(atom)
        self.require(isinstance(stmt.fn, Function), f"{type(stmt.fn).__name__} is applied, which is no Function")
        name, params, results = stmt.fn.name, stmt.fn.params, stmt.fn.results
        given = len(stmt.args)
        enough = all(param.has_default for param in params[given:])
        self.require(given <= len(params) and enough,
                     f"{name} has {len(params)} parameters, {given} arguments are given")
        self.require(len(stmt.outs) == len(results),
                     f"{name} has {len(results)} results, {len(stmt.outs)} variables are bound")

    def if_(self, stmt: If) -> None:
        self.require(stmt.style in IF_STYLES, f"an If has the unknown style {stmt.style!r}")
        self.read(stmt.cond)
        mark = len(self.visible)
        for block, sources in ((stmt.then, [join.from_then for join in stmt.outs]),
                               (stmt.orelse, [join.from_else for join in stmt.outs])):
            self.block(block)
            for source in sources:
                self.read(source, undefined=True)
            self.leave(mark)
        for join in stmt.outs:
            for source in (join.from_then, join.from_else):
                self.covered(join.out, source, "join")

    def for_(self, stmt: For) -> None:
        if stmt.snapshots is not None:
            self.read(stmt.snapshots)
        for bound in (stmt.start, stmt.stop, stmt.step):
            self.read(bound)
            self.require(_may_be_integer(_kind(bound)), "the bound {} of a range is no integer", bound)
        self.require(not (isinstance(stmt.step, Lit) and stmt.step.value == 0), "the step of a range is 0")
        mark = self.enter(stmt.carried)
        self.bind(stmt.index)
        self.require(_may_be_integer(stmt.index.kind), "the index {} of a range is no integer", stmt.index)
        self.body(stmt.body, stmt.carried)
        self.leave(mark)

    def while_(self, stmt: While) -> None:
        mark = self.enter(stmt.carried)
        inside = len(self.visible)
        self.block(stmt.test)
        self.read(stmt.cond)
        self.leave(inside)
        self.body(stmt.body, stmt.carried)
        self.leave(mark)

    def try_(self, stmt: Try) -> None:
        """The handler sees nothing of the body: it may be reached from anywhere in it."""
        for atom in (stmt.manager, stmt.types):
            if atom is not None:
                self.read(atom)
        handled = stmt.types is not None or stmt.bound is not None or bool(stmt.handler)
        self.require(stmt.manager is None or not handled, "a `with` has no handler")
        mark = len(self.visible)
        for block, var, sources in ((stmt.body, stmt.entered, [join.from_then for join in stmt.outs]),
                                    (stmt.handler, stmt.bound, [join.from_else for join in stmt.outs])):
            if var is not None:
                self.bind(var)
            self.block(block)
            for source in sources:
                self.read(source, undefined=True)
            self.leave(mark)
        for join in stmt.outs:
            for source in (join.from_then, join.from_else):
                self.covered(join.out, source, "join")

    def enter(self, carried: tuple[Carry, ...]) -> int:
        """Read what a loop starts from, bind its inner values; returns the mark to leave to."""
        for carry in carried:
            self.read(carry.init, undefined=True)
        mark = len(self.visible)
        for carry in carried:
            self.bind(carry.inner)
        return mark

    def body(self, block: Block, carried: tuple[Carry, ...]) -> None:
        self.block(block)
        for carry in carried:
            self.read(carry.next)
            for source in (carry.init, carry.next):
                self.covered(carry.inner, source, "carry")
                self.covered(carry.out, source, "carry")

    def covered(self, var: Var, source: Atom, what: str) -> None:
        if isinstance(source, Lit) and source.value is Undefined:
            return
        wide, narrow = var.kind, _kind(source)
        if type(narrow) is Kind or may_cover(wide, narrow):
            return
        if isinstance(source, Lit) and isinstance(source.value, float) and source.value == 0.0 and isinstance(
                wide, Scalar) and wide.dtype is not None and wide.dtype.kind in "fc":
            return  # a zero cotangent: a float of Python's takes the dtype of what is added to it
        if isinstance(wide, Known) and isinstance(narrow, Known) and issubclass(narrow.type, wide.type):
            return
        self.fail(f"the kind of the {what} {{}} ({wide!r}) does not cover the kind of its source {{}} ({narrow!r})",
                  var, source)


def _kind(atom: Atom) -> Kind:
    return atom.kind if isinstance(atom, Var) else kind_of(atom.value)


def _may_be_integer(kind: Kind) -> bool:
    dtype = dtype_of(kind)
    return type(kind) is Kind or (is_numeric(kind) and (dtype is None or dtype.kind in "biu"))


def _bindings(function: Function) -> set[Var]:
    """All variables that a function binds anywhere."""
    found = {param.var for param in function.params}
    for stmt in walk(function.body):
        found.update(defs(stmt), inner_defs(stmt))
    return found
