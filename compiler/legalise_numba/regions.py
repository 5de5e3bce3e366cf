"""Which elements reads and stores of a function name, as sums of loop indices, and whether they may be the same."""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Scalar, Sym
from ..ir import Atom, Block, Call, For, Function, Lit, Stmt, Var, blocks, defs, inner_defs
from .affine import Affine, Facts
from .folding import Memory, memory_of

Region = tuple[tuple[Affine | None, Affine | None], ...]  # lowest and highest place along each axis; None: no bound


@dataclass(eq=False)
class Site:
    """A statement with the loops and branches around it, and its place in the order of the text."""

    call: Call
    path: tuple[Stmt, ...]
    order: int

    @property
    def loops(self) -> list[For]:
        return [s for s in self.path if isinstance(s, For)]


@dataclass(eq=False)
class Program:
    """Facts about a function: where each thing is."""

    function: Function
    memory: Memory
    pushes: dict[Var, list[Site]] = field(default_factory=lambda: defaultdict(list))
    pops: dict[Var, list[Site]] = field(default_factory=lambda: defaultdict(list))
    copied: set[Var] = field(default_factory=set)
    stores: dict[Var, list[Site]] = field(default_factory=lambda: defaultdict(list))
    site: dict[Var, Site] = field(default_factory=dict)
    owner: dict[Var, Stmt] = field(default_factory=dict)  # of what loops and branches bind
    top: set[Var] = field(default_factory=set)  # defined outside all loops and branches
    remade: dict[tuple[Any, Any], Var] = field(default_factory=dict)  # a path backwards and a value: as it is there
    saved: dict[tuple[Any, Any], Var] = field(default_factory=dict)  # the same, of what tapes hold, for its elements
    again: dict[Any, Var] = field(default_factory=dict)  # what is computed again: place and call -> its value


def survey(function: Function) -> Program:
    program = Program(function, memory_of(function))
    program.top.update(p.var for p in function.params)
    clock = 0

    def visit(block: Block, path: tuple[Stmt, ...]) -> None:
        nonlocal clock
        for stmt in block:
            clock += 1
            if isinstance(stmt, Call):
                _note(program, Site(stmt, path, clock))
            else:
                program.owner.update(dict.fromkeys((*inner_defs(stmt), *defs(stmt)), stmt))
            for inner in blocks(stmt):
                visit(inner, (*path, stmt))
            if not path:
                program.top.update(defs(stmt))

    visit(function.body, ())
    return program


def _note(program: Program, site: Site) -> None:
    call, root = site.call, program.memory.root
    for out in call.outs:
        program.site[out] = site
    if call.prim is prim.TAPE_PUSH:
        program.pushes[root(call.out)].append(site)
    elif call.prim is prim.TAPE_POP:
        program.pops[root(call.outs[0])].append(site)
    elif call.prim is prim.TAPE_COPY:
        program.copied.add(root(call.out))
    elif call.prim in (prim.SET_ITEM, prim.ADD_AT):
        program.stores[root(call.out)].append(site)


class Regions:
    """What integers and indices are as sums; `index`: the loops of the way back that belong to those forwards."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.index: dict[Var, Var] = {}

    # --- sums of names ------------------------------------------------------------------------------------------------

    def affine(self, atom: Atom) -> Affine:
        """An integer as a sum; lengths that are one symbol have one name."""
        if isinstance(atom, Lit):
            return Affine(int(atom.value)) if isinstance(atom.value, (int, np.integer)) else Affine.of(repr(atom.value))
        if isinstance(atom.kind, Scalar) and isinstance(atom.kind.dim, Sym):
            return Affine.of(f"n{atom.kind.dim.ident}")
        if isinstance(atom.kind, Scalar) and isinstance(atom.kind.dim, int):
            return Affine(atom.kind.dim)
        site = self.program.site.get(atom)
        if site is not None and site.call.prim.fn in (operator.add, operator.sub, operator.mul):
            a, b = (self.affine(x) for x in site.call.args)
            if site.call.prim.fn is operator.add:
                return a + b
            if site.call.prim.fn is operator.sub:
                return a - b
            if a.is_const or b.is_const:
                return b.times(a.const) if a.is_const else a.times(b.const)
        return Affine.of(f"v{id(atom)}")

    def _forward(self, atom: Atom) -> Affine:
        made = self.affine(atom)
        for one, two in self.index.items():
            made = made.replace(f"v{id(one)}", Affine.of(f"v{id(two)}"))
        return made

    # --- regions ------------------------------------------------------------------------------------------------------

    def region(self, index: Atom, base: Var) -> Region | None:
        """The places that a basic index names; None for other indices."""
        assert isinstance(base.kind, Array)
        parts: tuple[Any, ...] = (index,)
        site = self.program.site.get(index) if isinstance(index, Var) else None
        if site is not None and site.call.prim is prim.TUPLE:
            parts = site.call.args
        elif isinstance(index, Lit) and isinstance(index.value, tuple):
            parts = tuple(map(Lit, index.value))
        if base.kind.shape is None or len(parts) > len(base.kind.shape):
            return None
        made = [m for m in map(self._axis, parts) if m is not None]
        if len(made) < len(parts):
            return None
        return (*made, *((Affine(), None),) * (len(base.kind.shape) - len(parts)))

    def _axis(self, part: Atom) -> tuple[Affine | None, Affine | None] | None:
        if isinstance(part, Lit):
            if type(part.value) is int and part.value >= 0:
                return Affine(part.value), Affine(part.value)
            return (Affine(), None) if isinstance(part.value, (slice, int)) else None
        if isinstance(part.kind, Scalar) and part.kind.dtype is not None and part.kind.dtype.kind == "i":
            place = self.affine(part)
            return place, place
        site = self.program.site.get(part)
        if site is None or site.call.prim is not prim.SLICE:
            return None
        start, stop, step = site.call.args
        if isinstance(step, Lit) and step.value in (None, 1):
            low, high = self._end(start), self._end(stop)
            return (low if low is not None else Affine()), (high - 1 if high is not None else None)
        return Affine(), None

    def _end(self, atom: Atom) -> Affine | None:
        if isinstance(atom, Lit):
            return Affine(atom.value) if type(atom.value) is int and atom.value >= 0 else None
        return self.affine(atom)

    def _apart(self, region: Region, read: Site, store: Site, depth: int = 0) -> bool:
        """Does `store` name other places than `region` whenever it runs after `read`?

        depth : in the same trip of so many outer loops
        """
        target = store.call.args[0]
        assert isinstance(target, Var)
        other = self.region(store.call.args[1], target)
        if other is None:
            return False
        shared = 0
        while shared < min(len(read.loops), len(store.loops)) and read.loops[shared] is store.loops[shared]:
            shared += 1
        cases = [(level, True) for level in range(depth, shared)]
        if store.order > read.order:
            cases.append((shared, False))
        return all(self._case(region, other, read, store, level, later) for level, later in cases)

    def _case(self, region: Region, other: Region, read: Site, store: Site, level: int, later: bool) -> bool:
        """The store in the same trip of the loops before `level`, in a later trip of the loop at `level`."""
        facts = Facts()
        names: dict[str, Affine] = {}
        for loop in read.loops:
            self._interval(facts, loop, f"v{id(loop.index)}", names, None)
        for depth, loop in enumerate(store.loops):
            own = f"v{id(loop.index)}"
            if depth < level:
                continue
            names[own] = Affine.of(f"w{id(loop.index)}")
            after = Affine.of(own) if depth == level and later else None
            self._interval(facts, loop, f"w{id(loop.index)}", names, after)
        for site in (read, store):  # indices count from the front: they are never negative in bounds
            facts.lengths |= {n for loop in site.loops for n in self.affine(loop.stop).names if n.startswith("n")}
        if len(region) != len(other):  # a view of another rank: nothing is known
            return False
        for (low, high), (start, stop) in zip(region, other, strict=True):
            start, stop = (self._renamed(x, names) for x in (start, stop))
            if start is not None and high is not None and facts.nonnegative(start - high - 1):
                return True
            if stop is not None and low is not None and facts.nonnegative(low - stop - 1):
                return True
        return False

    @staticmethod
    def _renamed(value: Affine | None, names: dict[str, Affine]) -> Affine | None:
        for name, new in names.items():
            value = value.replace(name, new) if value is not None else None
        return value

    def _interval(self, facts: Facts, loop: For, name: str, names: dict[str, Affine], after: Affine | None) -> None:
        start, stop = self._renamed(self.affine(loop.start), names), self._renamed(self.affine(loop.stop), names)
        assert start is not None
        assert stop is not None
        step = loop.step.value if isinstance(loop.step, Lit) else None
        if step is None or not isinstance(step, int):
            return
        low, high = (start, stop - 1) if step > 0 else (stop + 1, start)
        if after is not None:
            low, high = (after + 1, high) if (step > 0) != loop.backward else (low, after - 1)
        facts.loop(name, low, high)


__all__ = ["Program", "Region", "Regions", "Site", "survey"]
