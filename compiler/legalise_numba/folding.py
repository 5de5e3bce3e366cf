"""What is computed where it is used: views, elementwise arrays that one statement reads, short scalar expressions.

A value that is not folded gets storage of its own. Folding never crosses a store into memory that the value reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from .. import primitives as prim
from ..domains.kinds import Array, Scalar, TupleOf
from ..ir import Atom, Block, Call, For, Function, If, Lit, Stmt, Var, While, uses, walk

MAX_WEIGHT = 13
MAX_COPIES = 8
Place = tuple[int, ...]  # the position of a statement: its number in each block, outermost first


@dataclass(eq=False)
class Memory:
    """Which values may share memory: they have one root."""

    parent: dict[Var, Var] = field(default_factory=dict)

    def root(self, var: Var) -> Var:
        while var in self.parent:
            var = self.parent[var]
        return var

    def join(self, a: Atom, b: Atom) -> None:
        if isinstance(a, Var) and isinstance(b, Var):
            one, two = self.root(a), self.root(b)
            if one is not two:
                self.parent[two] = one


def memory_of(function: Function) -> Memory:
    memory = Memory()
    for stmt in walk(function.body):
        if isinstance(stmt, Call):
            if stmt.prim in (prim.TAPE_PUSH, prim.TAPE_POP, prim.TAPE_COPY):
                memory.join(stmt.args[0], stmt.outs[0])
            stores = stmt.prim in (prim.SET_ITEM, prim.ADD_AT)
            views = stmt.args and stmt.prim.alias != "fresh" and len(stmt.outs) == 1
            if stores or (views and isinstance(stmt.out.kind, Array)):
                memory.join(stmt.args[0], stmt.out)
        elif isinstance(stmt, If):
            for join in stmt.outs:
                memory.join(join.from_then, join.out)
                memory.join(join.from_else, join.out)
        elif isinstance(stmt, (For, While)):
            for carry in stmt.carried:
                for other in (carry.init, carry.next, carry.out):
                    memory.join(carry.inner, other)
    return memory


class Folding:
    """Decides from the last statement to the first, so that it is known where each use of a value stands.

    is_view   : does the call only rename elements (a slice, a transpose, a broadcast)?
    is_element: does the call compute each element of its result from the same elements of its operands?
    """

    def __init__(self, function: Function, is_view: Callable[[Call], bool], is_element: Callable[[Call], bool]) -> None:
        self.function = function
        self.is_view = is_view
        self.is_element = is_element
        self.memory = memory_of(function)
        self.folded: dict[Var, Call] = {}
        self.places: dict[Var, list[Place]] = defaultdict(list)  # where each value is read, after folding
        self.kept: set[Var] = set()  # read by a joint or returned
        self.by_array: set[Var] = set()  # scalars that an array statement reads
        self.weight: dict[Var, int] = {}
        self.writes: list[tuple[Place, Var]] = []
        self.stored: set[Atom] = set()  # targets of stores: they need storage of their own
        self.at: dict[Place, Stmt] = {}

    def run(self) -> dict[Var, Call]:
        self._scan(self.function.body, ())
        for atom in self.function.results:
            self._keep(atom)
        self._block(self.function.body, ())
        return self.folded

    def _keep(self, atom: Atom) -> None:
        if isinstance(atom, Var):
            self.kept.add(atom)

    def _scan(self, block: Block, outer: Place) -> None:
        for number, stmt in enumerate(block):
            place = (*outer, number)
            self.at[place] = stmt
            if isinstance(stmt, Call):
                if stmt.prim in (prim.SET_ITEM, prim.ADD_AT):
                    self.writes.append((place, self.memory.root(stmt.out)))
                    self.stored.add(stmt.args[0])
            elif isinstance(stmt, If):
                self._scan(stmt.then, (*place, 0))
                self._scan(stmt.orelse, (*place, 1))
                for join in stmt.outs:
                    self._keep(join.from_then)
                    self._keep(join.from_else)
                    if isinstance(join.out.kind, Array):
                        self.writes.append((place, self.memory.root(join.out)))
            elif isinstance(stmt, (For, While)):
                if isinstance(stmt, While):
                    self._scan(stmt.test, (*place, 0))
                self._scan(stmt.body, (*place, 1))
                for carry in stmt.carried:
                    self._keep(carry.init)
                    self._keep(carry.next)
                    if isinstance(carry.inner.kind, Array):
                        self.writes.append((place, self.memory.root(carry.inner)))

    def _block(self, block: Block, outer: Place) -> None:
        for number in reversed(range(len(block))):
            stmt, place = block[number], (*outer, number)
            if isinstance(stmt, Call):
                self._call(stmt, place)
                continue
            for var in uses(stmt):
                self.places[var].append(place)
            if isinstance(stmt, If):
                self._block(stmt.orelse, (*place, 1))
                self._block(stmt.then, (*place, 0))
            elif isinstance(stmt, While):
                if isinstance(stmt.cond, Var):
                    self.places[stmt.cond].append((*place, 0, len(stmt.test)))
                self._block(stmt.body, (*place, 1))
                self._block(stmt.test, (*place, 0))
            elif isinstance(stmt, For):
                self._block(stmt.body, (*place, 1))

    def _call(self, call: Call, place: Place) -> None:
        fold = len(call.outs) == 1 and self._may_fold(call, place)
        places = self.places[call.out] if fold else [place]
        if fold:
            self.folded[call.out] = call
        arrays = any(isinstance(a, Var) and isinstance(a.kind, Array) for a in (*call.args, *call.outs))
        for var in uses(call):
            self.places[var] += places
            if (call.outs and call.outs[0] in self.by_array) or (arrays and not self._only_indexes(call, var)):
                self.by_array.add(var)

    @staticmethod
    def _only_indexes(call: Call, var: Var) -> bool:
        """Is a scalar read once, as an index or a length, where the call reads arrays element by element?"""
        if call.prim.form == "item":
            return not isinstance(call.out.kind, Array)
        return call.prim.form in ("store", "add_at") and (var is not call.args[2] or names_one(call.args[1]))

    def _may_fold(self, call: Call, place: Place) -> bool:
        out, form = call.out, call.prim.form
        is_slice = form == "slice" or call.prim.fn is slice
        if form in ("tuple", "list") or is_slice or call.prim.name in ("ndarray.shape", "numpy.shape"):
            return True
        if not call.prim.pure or out in self.kept or out in self.stored:
            return False
        places = self.places[out]
        if isinstance(out.kind, Scalar):
            if out.name or out in self.by_array or len(places) != 1 or places[0][:-1] != place[:-1]:
                return False
            if form not in ("operator", "unary", "compare", "item", "function"):
                return False
        elif isinstance(out.kind, Array) and out.kind.shape:
            view = self.is_view(call)
            if not view and not self.is_element(call):
                return False
            if len(places) > (MAX_COPIES if view or _is_light(call) else 1):
                return False
            if not view and not _is_light(call) and any(p[:-1] != place[:-1] for p in places):
                return False
        else:
            return False
        return not any(self._changed(root, place, places) for root in self._read_by(call))

    def _read_by(self, call: Call) -> list[Var]:
        return [self.memory.root(v) for v in uses(call) if isinstance(v.kind, Array)]

    def _changed(self, root: Var, place: Place, places: list[Place]) -> bool:
        """Is the memory written after `place` and before one of `places`?"""
        last = max(places, default=place)
        # A use inside a loop is reached again after everything that the loop writes.
        deep = [p for p in places if p[:-1] != place[:-1]]
        for written, what in self.writes:
            if what is not root:
                continue
            if place < written < last:
                return True
            if any(written[: len(place)] == p[: len(place)] for p in deep):
                return True
        return False


def names_one(index: Atom) -> bool:
    """Does the index name one element by numbers?"""
    kind = index.kind if isinstance(index, Var) else None
    if kind is None:
        return isinstance(index, Lit) and isinstance(index.value, (int, tuple)) and not isinstance(index.value, bool)
    return isinstance(kind, Scalar) or (isinstance(kind, TupleOf) and all(isinstance(k, Scalar) for k in kind.items))


def _is_light(call: Call) -> bool:
    """Cheaper to compute again than to store: one operation with a scalar."""
    if call.prim.name in ("operator.neg", "numpy.copy", "numpy.negative", "numpy.outer"):
        return True
    if call.prim.name not in ("operator.mul", "operator.add", "operator.sub", "numpy.multiply"):
        return False
    return any(isinstance(a, Lit) or isinstance(a.kind, Scalar) for a in call.args)


__all__ = ["Folding", "Memory", "memory_of"]
