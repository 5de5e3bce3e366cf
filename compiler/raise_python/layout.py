"""Where everything stands: positions of statements, folded expressions, life times of values.

Positions number the program from top to bottom. A value lives from its definition to its last use; a value from
outside a loop that is used inside lives to the loop's end. Uses at the joints of control flow (initial and next values
of a loop, sources of a join) are *soft*: they cost nothing if both sides get the same name.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from .. import primitives as prim
from ..analyses.storage import IN_PLACE, Storage, changed
from ..domains.kinds import NONE, Known, Scalar, TupleOf
from ..ir import Apply, Atom, Block, Call, Carry, For, Function, If, Join, Stmt, Try, Var, While, uses

ALWAYS_FOLDED = {"tuple", "slice", "attribute_shape"}
STORES = ("store", "add_at", "list_append", "list_pop", "list_set", "list_add")  # printed in place where they may be
NEVER_FOLDED = {*STORES, IN_PLACE, "tape_new", "tape_copy", "tape_push", "tape_pop", "assert"}
MAX_WEIGHT = 13


Path = tuple[tuple[If | Try, str], ...]  # the branches that hold a place, outermost first


def exclusive(a: Path, b: Path) -> bool:
    """Are the two places on opposite sides of a branch?"""
    for (one, side), (other, side2) in zip(a, b, strict=False):
        if one is not other:
            return False
        if side != side2:
            return True
    return False


@dataclass(eq=False)
class Layout:
    """Facts about a Function that raising needs.

    folded  : values that are printed where they are used
    defined : value -> position of its definition
    hard    : value -> position of its last use that needs its name
    reads   : value -> positions of all such uses, with the branches that they stand in
    soft    : value -> (position, joint) of its uses at joints
    ends    : loop, branch -> position of its end
    """

    folded: dict[Var, Call] = field(default_factory=dict)
    defined: dict[Var, float] = field(default_factory=dict)
    hard: dict[Var, float] = field(default_factory=dict)
    reads: dict[Var, list[tuple[float, Path]]] = field(default_factory=lambda: defaultdict(list))
    soft: dict[Var, list[tuple[float, Carry | Join]]] = field(default_factory=lambda: defaultdict(list))
    soft_path: dict[Var, list[Path]] = field(default_factory=lambda: defaultdict(list))
    path: dict[Var, Path] = field(default_factory=dict)
    start: dict[Stmt, float] = field(default_factory=dict)
    end: dict[Stmt, float] = field(default_factory=dict)
    definition: dict[Var, Stmt] = field(default_factory=dict)
    uses: dict[Var, list[tuple[float, Stmt]]] = field(default_factory=lambda: defaultdict(list))
    total: float = 0.0


def lay_out(function: Function, folded: dict[Var, Call] | None = None) -> Layout:
    """Decide what is folded (unless it is given), then number the program and find the life times."""
    layout = Layout()
    if folded is None:
        _Folding(layout, function).run()
    else:
        layout.folded = folded
    _Positions(layout).run(function)
    return layout


class _Folding:
    """Which values are printed inside the expression that uses them."""

    def __init__(self, layout: Layout, function: Function) -> None:
        self.layout = layout
        self.function = function
        self.count: dict[Var, int] = defaultdict(int)
        self.home: dict[Var, object] = {}
        self.used_in: dict[Var, object] = {}
        self.weight: dict[Var, int] = {}
        self.stored: set[Var] = set()  # targets of stores: they need a name to be changed in place
        self.storage = Storage(function.body)
        self.user: dict[Var, Stmt] = {}  # the statement of its own block that reads a value last
        self.number: dict[Stmt, int] = {}  # the place of a statement in its block
        self.stores: dict[Var, list[tuple[object, int]]] = defaultdict(list)  # family -> block and place of each store
        self.sources: dict[Var, frozenset[Var]] = {}  # a value -> families of the stored arrays that its text reads

    def run(self) -> None:
        self._scan(self.function.body)
        for atom in self.function.results:
            self._use(atom, self.function.body)
        self._choose(self.function.body)

    def _use(self, atom: Atom, block: object) -> None:
        if isinstance(atom, Var):
            self.count[atom] += 1
            self.used_in[atom] = id(block)

    def _scan(self, block: Block) -> None:
        for number, stmt in enumerate(block):
            self.number[stmt] = number
            for family in self.storage.stored_in(stmt):
                self.stores[family].append((id(block), number))
            for var in uses(stmt):
                self.user[var] = stmt
            if isinstance(stmt, (Call, Apply)):
                keywords = [a for _, a in stmt.kwargs] if isinstance(stmt, Call) else []
                for atom in (*stmt.args, *keywords):
                    self._use(atom, block)
                for out in stmt.outs:
                    self.home[out] = id(block)
                if isinstance(stmt, Call) and stmt.prim.form in STORES and isinstance(stmt.args[0], Var):
                    self.stored.add(stmt.args[0])
                elif isinstance(stmt, Call) and stmt.prim.form == IN_PLACE:
                    self.stored.add(changed(stmt))  # type: ignore[arg-type]
            elif isinstance(stmt, If):
                self._use(stmt.cond, block)
                self._scan(stmt.then)
                self._scan(stmt.orelse)
                for join in stmt.outs:
                    self._use(join.from_then, stmt.then)
                    self._use(join.from_else, stmt.orelse)
            elif isinstance(stmt, Try):
                for header in (stmt.manager, stmt.types):
                    if header is not None:
                        self._use(header, block)
                self._scan(stmt.body)
                self._scan(stmt.handler)
                for join in stmt.outs:
                    self._use(join.from_then, stmt.body)
                    self._use(join.from_else, stmt.handler)
            else:
                bounds = (stmt.start, stmt.stop, stmt.step) if isinstance(stmt, For) else ()
                for atom in (*bounds, *(c.init for c in stmt.carried)):
                    self._use(atom, block)
                if isinstance(stmt, While):
                    self._scan(stmt.test)
                    self._use(stmt.cond, stmt.test)
                self._scan(stmt.body)
                for carry in stmt.carried:
                    self._use(carry.next, stmt.body)

    def _choose(self, block: Block) -> None:
        for stmt in block:
            if isinstance(stmt, Call):
                self._choose_call(stmt)
            elif isinstance(stmt, If):
                self._choose(stmt.then)
                self._choose(stmt.orelse)
            elif isinstance(stmt, Try):
                self._choose(stmt.body)
                self._choose(stmt.handler)
            elif isinstance(stmt, (For, While)):
                if isinstance(stmt, While):
                    self._choose(stmt.test)
                self._choose(stmt.body)

    def _choose_call(self, call: Call) -> None:
        atoms = (*call.args, *(a for _, a in call.kwargs))
        weight = 1 + sum(self.weight.get(a, 0) if a in self.layout.folded else 0 for a in atoms if isinstance(a, Var))
        form = call.prim.form
        if form in ("tuple", "slice") and len(call.outs) == 1:
            self.layout.folded[call.out] = call
            self.weight[call.out] = weight - 1 if form == "tuple" else 0
            return
        if form == "manager" and self.count[call.out] == 1:  # it stands in the header of the `with` that follows
            self.layout.folded[call.out] = call
            return
        if not call.prim.pure or form in NEVER_FOLDED or len(call.outs) != 1:
            return
        out = call.out
        if call.prim.name in ("ndarray.shape", "numpy.shape", "ndarray.size"):
            self.layout.folded[out] = call
            self.weight[out] = 1
            return
        if self._is_position(call):
            self.layout.folded[out] = call
            self.weight[out] = 1
            return
        if out.name or out in self.stored or self.count[out] != 1 or self.used_in.get(out) != self.home.get(out):
            return
        if weight > MAX_WEIGHT or self._crosses_a_store(call):
            return
        self.layout.folded[out] = call
        self.weight[out] = weight

    def _crosses_a_store(self, call: Call) -> bool:
        """Would the text be read after a store into an array that it reads? Then the store could not be in place."""
        read = frozenset().union(*(self._families(a) for a in (*call.args, *(a for _, a in call.kwargs))))
        self.sources[call.out] = read
        if not read:
            return False
        first, last, home = self.number[call], self._printed_at(call), self.home[call.out]
        return any(block == home and first < place < last for family in read for block, place in self.stores[family])

    def _families(self, atom: Atom) -> frozenset[Var]:
        if not isinstance(atom, Var):
            return frozenset()
        if atom in self.layout.folded:
            return self.sources.get(atom, frozenset())
        shown = self.storage.shown_by(atom)
        family = shown if shown is not None else self.storage.family(atom)
        return frozenset((family,)) if family in self.stores else frozenset()

    def _printed_at(self, call: Call) -> int:
        """The place in its block where the value stands last, if all that could be folded is."""
        stmt: Stmt = call
        while isinstance(stmt, Call) and len(stmt.outs) == 1 and not stmt.out.name and self.count[stmt.out] == 1 \
                and stmt.prim.pure and stmt.prim.form not in NEVER_FOLDED \
                and self.used_in.get(stmt.out) == self.home.get(stmt.out):
            if stmt.out not in self.user:
                return len(self.number)  # a joint takes it, at the end of the block
            stmt = self.user[stmt.out]
        return self.number[stmt]

    @staticmethod
    def _is_position(call: Call) -> bool:
        """`i + 1`, `i - 1`: shorter to write again than to name."""
        if call.prim.form != "operator" or call.out.name or call.prim.name not in ("operator.add", "operator.sub"):
            return False
        kind = call.out.kind
        return isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind == "i" and isinstance(
            call.args[0], Var) and not isinstance(call.args[1], Var)


class _Positions:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.clock = 0.0
        self.loops: list[tuple[float, Stmt]] = []
        self.path: Path = ()

    def run(self, function: Function) -> None:
        for param in function.params:
            self.layout.defined[param.var] = 0.0
            self.layout.path[param.var] = ()
        self._block(function.body)
        self.clock += 1
        for atom in function.results:
            self._read(atom, self.clock, None)
        self.layout.total = self.clock

    def _read(self, atom: Atom, position: float, stmt: Stmt | None) -> None:
        """A use that needs the value under its own name; folded values pass it to what they read."""
        if not isinstance(atom, Var):
            return
        call = self.layout.folded.get(atom)
        if call is not None:
            self.layout.uses[atom].append((position, stmt))  # type: ignore[arg-type]
            for inner in (*call.args, *(a for _, a in call.kwargs)):
                self._read(inner, position, call)
            return
        self.layout.uses[atom].append((position, stmt))  # type: ignore[arg-type]
        self.layout.hard[atom] = max(self.layout.hard.get(atom, 0.0), self._extended(atom, position))
        self.layout.reads[atom].append((position, self.path))

    def _extended(self, var: Var, position: float) -> float:
        """Used inside a loop, defined outside it: alive until the loop ends (fixed up when the end is known)."""
        defined = self.layout.defined.get(var, 0.0)
        for start, loop in self.loops:
            if defined < start:
                self.pending.setdefault(loop, set()).add(var)
                break
        return position

    @property
    def pending(self) -> dict[Stmt, set[Var]]:
        if not hasattr(self, "_pending"):
            self._pending: dict[Stmt, set[Var]] = {}
        return self._pending

    def _joint(self, atom: Atom, position: float, joint: Carry | Join) -> None:
        if isinstance(atom, Var):
            if atom in self.layout.folded:
                self._read(atom, position, None)
            else:
                self._extended(atom, position)
                self.layout.soft[atom].append((position, joint))
                self.layout.soft_path[atom].append(self.path)

    def _define(self, var: Var, position: float, stmt: Stmt) -> None:
        self.layout.defined[var] = position
        self.layout.path[var] = self.path
        self.layout.definition[var] = stmt

    def _block(self, block: Block) -> None:
        for stmt in block:
            self.clock += 1
            self.layout.start[stmt] = self.clock
            if isinstance(stmt, (Call, Apply)):
                self._call(stmt)
            elif isinstance(stmt, If):
                self._if(stmt)
            elif isinstance(stmt, Try):
                self._try(stmt)
            else:
                self._loop(stmt)

    def _call(self, stmt: Call | Apply) -> None:
        for out in stmt.outs:
            self._define(out, self.clock, stmt)
        if isinstance(stmt, Call) and len(stmt.outs) == 1 and stmt.out in self.layout.folded:
            return
        keywords = [a for _, a in stmt.kwargs] if isinstance(stmt, Call) else []
        for atom in (*stmt.args, *keywords):
            self._read(atom, self.clock, stmt)
        if isinstance(stmt, Call) and stmt.prim.form in STORES:
            self._store(stmt)

    def _store(self, stmt: Call) -> None:
        """A store may print as a copy, then the store: what it reads but its target is read after the copy."""
        for atom in stmt.args[1:]:
            for var in self._printed(atom):
                if var is not stmt.args[0]:
                    position = self.clock + 0.25
                    self.layout.hard[var] = max(self.layout.hard.get(var, 0.0), position)
                    self.layout.reads[var].append((position, self.path))

    def _printed(self, atom: Atom) -> list[Var]:
        """The values whose names stand in the expression of an atom."""
        call = self.layout.folded.get(atom) if isinstance(atom, Var) else None
        if call is None:
            return [atom] if isinstance(atom, Var) else []
        return [v for a in (*call.args, *(a for _, a in call.kwargs)) for v in self._printed(a)]

    def _if(self, stmt: If) -> None:
        self._read(stmt.cond, self.clock, stmt)
        outer = self.path
        for block, side, source in ((stmt.then, "then", "from_then"), (stmt.orelse, "else", "from_else")):
            self.path = (*outer, (stmt, side))
            self._block(block)
            self.clock += 1
            for join in stmt.outs:
                self._joint(getattr(join, source), self.clock, join)
        self.path = outer
        self.layout.end[stmt] = self.clock
        for join in stmt.outs:
            self._define(join.out, self.clock, stmt)

    def _try(self, stmt: Try) -> None:
        """The handler comes after the body, not instead of it: what it reads must outlive the body."""
        for atom in (stmt.manager, stmt.types):
            if atom is not None:
                self._read(atom, self.clock, stmt)
        if stmt.entered is not None:
            self._define(stmt.entered, self.clock, stmt)
        outer = self.path
        self._block(stmt.body)
        self.clock += 1
        for join in stmt.outs:
            self._joint(join.from_then, self.clock, join)
        self.clock += 1
        self.path = (*outer, (stmt, "handler"))
        if isinstance(stmt.types, Var):
            self._read(stmt.types, self.clock, stmt)
        if stmt.bound is not None:
            self._define(stmt.bound, self.clock, stmt)
        self._block(stmt.handler)
        self.clock += 1
        for join in stmt.outs:
            self._joint(join.from_else, self.clock, join)
        self.path = outer
        self.layout.end[stmt] = self.clock
        for join in stmt.outs:
            self._define(join.out, self.clock, stmt)

    def _loop(self, stmt: For | While) -> None:
        start = self.clock
        if isinstance(stmt, For):
            for atom in (stmt.start, stmt.stop, stmt.step):
                self._read(atom, start, stmt)
            self._define(stmt.index, start, stmt)
        for carry in stmt.carried:
            self._joint(carry.init, start, carry)
            self._define(carry.inner, start - 0.25, stmt)  # copied before the loop's header is evaluated
        self.loops.append((start - 0.5, stmt))
        if isinstance(stmt, While):
            self._block(stmt.test)
            self.clock += 1
            self._read(stmt.cond, self.clock, stmt)
            for carry in stmt.carried:  # what leaves the loop is the value at the test
                self.layout.soft[carry.inner].append((self.clock, carry))
                self.layout.soft_path[carry.inner].append(self.path)
        self._block(stmt.body)
        self.clock += 1
        for carry in stmt.carried:
            self._joint(carry.next, self.clock, carry)
        self.loops.pop()
        self.layout.end[stmt] = self.clock
        for carry in stmt.carried:
            self._define(carry.out, self.clock, stmt)
        for var in self.pending.pop(stmt, set()):
            self.layout.hard[var] = max(self.layout.hard.get(var, 0.0), self.clock)
            self.layout.reads[var].append((self.clock, self.path))


__all__ = ["NONE", "Known", "Layout", "Scalar", "TupleOf", "lay_out", "prim"]
