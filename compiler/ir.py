"""The intermediate representation: small frozen dataclasses, structured control flow, A-normal form, single assignment.

Vocabulary (one word a thing): *primal* the user's function; *adjoint* the derivative program; *cotangent* `d_x`, of
the shape and dtype of `x`; *rule* a derivative definition; *primitive* what a call resolves to; *active* depends on an
input and reaches an output; *needed* read by the reverse sweep; *tape* saved values of a loop; *raise/lower* from and
to Python; *kernel* the desugared grammar.

Nothing is ever written onto a node. A `Var` is its identity; its name is the user's (or "" for an invented value).
Every value is immutable at this level: a store is an `Update` with a new value, a tape push returns a new tape.
`raise_python` puts stores back in place where the old value is dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .domains.kinds import Kind


@dataclass(frozen=True, slots=True)
class Loc:
    """Where a statement comes from: an `Origin` (see source.py), the node, and the statement that holds it."""

    origin: Any
    node: Any
    stmt: Any
    backward: bool = False  # a statement of the reverse sweep
    level: int = 0  # how many finished reverse sweeps it has been through (a gradient inside a gradient)
    quiet: bool = False  # may divide by zero where the primal did not: no warning is due

    @property
    def line(self) -> int:
        return int(getattr(self.stmt, "lineno", 0))

    def location(self) -> Any:
        """The `Location` of the node, for messages."""
        return self.origin.location(self.node if hasattr(self.node, "lineno") else self.stmt)


@dataclass(frozen=True, eq=False, slots=True)
class Var:
    """A value: defined once. `name` is a hint for people, not an identity."""

    name: str
    kind: Kind

    def __repr__(self) -> str:
        return f"%{self.name or 't'}"


class _Undefined:
    """The value of a name that is unbound on the branch that was taken."""

    def __repr__(self) -> str:
        return "undefined"


Undefined = _Undefined()


@dataclass(frozen=True, eq=False, slots=True)
class Lit:
    """A literal: number, string, None, slice-free constant, or a known object (a dtype, a function)."""

    value: object

    def __repr__(self) -> str:
        return repr(self.value)


Atom = Var | Lit


@dataclass(frozen=True, eq=False, slots=True)
class Primitive:
    """An operation of the IR.

    name    : how the text form calls it, unique: "numpy.exp", "operator.add", "ndarray.sum"
    fn      : what runs (positional arguments as in the Call); None for primitives that only raise_python knows
    form    : how it is printed: function | operator | unary | compare | method | attribute | item | display | ...
    rule    : the key of its derivative rule (a function or "ndarray.sum"); None where it needs none
    pure    : no effect, may be dropped, merged and moved
    alias   : fresh | view | same | may: what its array result shares memory with (its first argument)
    """

    name: str
    fn: Callable[..., Any] | None = None
    form: str = "function"
    rule: Any = None
    pure: bool = True
    alias: str = "may"

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """outs = prim(*args, **kwargs)"""

    outs: tuple[Var, ...]
    prim: Primitive
    args: tuple[Atom, ...]
    kwargs: tuple[tuple[str, Atom], ...] = ()
    loc: Loc | None = None

    @property
    def out(self) -> Var:
        assert len(self.outs) == 1, self.prim
        return self.outs[0]


@dataclass(frozen=True, eq=False, slots=True)
class Apply:
    """outs = fn(*args): a call of another IR Function (not inlined, or recursive)."""

    outs: tuple[Var, ...]
    fn: Function
    args: tuple[Atom, ...]
    loc: Loc | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Join:
    """What a name holds after a branch."""

    out: Var
    from_then: Atom
    from_else: Atom


@dataclass(frozen=True, eq=False, slots=True)
class Carry:
    """A loop-carried value: `inner` is `init` on the first trip, `next` of the trip before on the others."""

    out: Var
    init: Atom
    inner: Var
    next: Atom


@dataclass(frozen=True, eq=False, slots=True)
class If:
    """`style` says how it was written: statement, expression (a ternary), and, or.

    The style `checkpoint` is no branch: `then` is a region that the reverse computes again instead of saving from it
    (`cond` is the literal True). The last transform that looks at it opens it.
    """

    cond: Atom
    then: Block
    orelse: Block
    outs: tuple[Join, ...]
    style: str = "statement"
    loc: Loc | None = None


@dataclass(frozen=True, eq=False, slots=True)
class For:
    """for index in range(start, stop, step), or reversed(range(...)) where `backward`.

    `snapshots`: a checkpointed loop; its reverse keeps so many states and runs the other trips again.
    """

    index: Var
    start: Atom
    stop: Atom
    step: Atom
    carried: tuple[Carry, ...]
    body: Block
    backward: bool = False
    loc: Loc | None = None
    snapshots: Atom | None = None


@dataclass(frozen=True, eq=False, slots=True)
class While:
    """while test: body. `test` is a block that computes `cond` from the inner values."""

    carried: tuple[Carry, ...]
    test: Block
    cond: Atom
    body: Block
    loc: Loc | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Try:
    """try: body; except types as bound: handler. Or, where there is a `manager`, with manager as entered: body.

    A Join's `from_then` is the value where the body came to its end, `from_else` the one after the handler. The
    handler reads no value of the body, since it may be reached from anywhere in it. `types` is None where everything
    is caught. Under a manager there is no handler: what the body raises leaves.
    """

    body: Block
    types: Atom | None
    bound: Var | None
    handler: Block
    outs: tuple[Join, ...]
    manager: Atom | None = None
    entered: Var | None = None
    loc: Loc | None = None


Stmt = Call | Apply | If | For | While | Try
Block = tuple[Stmt, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Param:
    """A parameter of a Function: its value, and how it is printed."""

    var: Var
    name: str
    style: str = "positional"  # positional | positional_only | keyword | varargs | kwargs | captured
    default: Any = None  # an object; printed as a literal where it can be
    has_default: bool = False


@dataclass(frozen=True, eq=False)
class Function:
    """A whole program. `results` are returned as a tuple unless `single`."""

    name: str
    params: tuple[Param, ...]
    body: Block
    results: tuple[Atom, ...]
    single: bool = True
    origin: Any = None
    doc: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


def uses(stmt: Stmt) -> list[Var]:
    """The variables that a statement itself reads, not those read inside its blocks."""
    atoms: list[Atom]
    if isinstance(stmt, Call):  # nearly all statements are calls
        atoms = [*stmt.args, *(a for _, a in stmt.kwargs)] if stmt.kwargs else stmt.args  # type: ignore[assignment]
    elif isinstance(stmt, Apply):
        atoms = list(stmt.args)
    elif isinstance(stmt, If):
        atoms = [stmt.cond]
    elif isinstance(stmt, For):
        atoms = [stmt.start, stmt.stop, stmt.step, *(c.init for c in stmt.carried)]
        if stmt.snapshots is not None:
            atoms.append(stmt.snapshots)
    elif isinstance(stmt, While):
        atoms = [c.init for c in stmt.carried]
    else:
        atoms = [a for a in (stmt.manager, stmt.types) if a is not None]
    return [atom for atom in atoms if type(atom) is Var]


def defs(stmt: Stmt) -> tuple[Var, ...]:
    """The variables that a statement defines for the statements after it."""
    if isinstance(stmt, (Call, Apply)):
        return stmt.outs
    if isinstance(stmt, (If, Try)):
        return tuple(j.out for j in stmt.outs)
    return tuple(c.out for c in stmt.carried)


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    """The blocks inside a statement."""
    if isinstance(stmt, Call):
        return ()
    if isinstance(stmt, If):
        return (stmt.then, stmt.orelse)
    if isinstance(stmt, For):
        return (stmt.body,)
    if isinstance(stmt, While):
        return (stmt.test, stmt.body)
    if isinstance(stmt, Try):
        return (stmt.body, stmt.handler)
    return ()


def inner_uses(stmt: Stmt) -> Iterator[Var]:
    """What the ends of a statement's blocks read: join sources, next values, the condition of a while."""
    if isinstance(stmt, Call):
        return
    atoms: list[Atom] = []
    if isinstance(stmt, (If, Try)):
        for join in stmt.outs:
            atoms += [join.from_then, join.from_else]
    elif isinstance(stmt, For):
        atoms += [c.next for c in stmt.carried]
    elif isinstance(stmt, While):
        atoms += [stmt.cond, *(c.next for c in stmt.carried)]
    for atom in atoms:
        if isinstance(atom, Var):
            yield atom


def inner_defs(stmt: Stmt) -> tuple[Var, ...]:
    """What a statement defines for its own blocks only: loop index and inner carried values."""
    if isinstance(stmt, Call):
        return ()
    if isinstance(stmt, For):
        return (stmt.index, *(c.inner for c in stmt.carried))
    if isinstance(stmt, While):
        return tuple(c.inner for c in stmt.carried)
    if isinstance(stmt, Try):
        return tuple(v for v in (stmt.entered, stmt.bound) if v is not None)
    return ()


def walk(block: Block) -> Iterator[Stmt]:
    """Every statement of a block and of the blocks inside it, outside first."""
    for stmt in block:
        yield stmt
        if not isinstance(stmt, Call):
            for inner in blocks(stmt):
                yield from walk(inner)


def free_vars(block: Block, results: tuple[Atom, ...] = ()) -> dict[Var, None]:
    """The variables that a block (and its results) reads but does not define, in order of first use."""
    free: dict[Var, None] = {}
    defined: set[Var] = set()

    def visit(inner: Block) -> None:
        for stmt in inner:
            for var in uses(stmt):
                if var not in defined:
                    free.setdefault(var)
            defined.update(inner_defs(stmt))
            for sub in blocks(stmt):
                visit(sub)
            for var in inner_uses(stmt):
                if var not in defined:
                    free.setdefault(var)
            defined.update(defs(stmt))

    visit(block)
    for atom in results:
        if isinstance(atom, Var) and atom not in defined:
            free.setdefault(atom)
    return free
