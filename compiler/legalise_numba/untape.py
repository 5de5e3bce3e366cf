"""Read again instead of saving: elements that the way back finds where they stood.

before => after:

    for i in range(n):                          for i in range(n):
        tape.append(x[:i])                          x[i] = ...
        x[i] = ...                              for i in reversed(range(n)):
    for i in reversed(range(n)):        =>          use(x[:i])
        use(tape.pop())

where nothing that runs after the read stores into what it read, so that the array at the end of the loop still holds
it. The proof compares the regions of reads and stores as sums of loop indices. The same for views of arrays that are
never stored into, and for a number that was itself stored.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Scalar, Sym, TapeOf, TupleOf, dtype_of
from ..ir import Atom, Block, Call, Carry, For, Function, If, Lit, Stmt, Var, While, blocks, defs, inner_defs, uses
from ..transforms.rewrite import drop_dead
from . import registry
from .affine import Affine, Facts
from .folding import Memory, memory_of
from .tapes import facts_of as tapes_read

Region = tuple[tuple[Affine | None, Affine | None], ...]  # lowest and highest place along each axis; None: no bound
LIGHT = (operator.add, operator.sub, operator.mul, operator.neg)
MAX_LIGHT = 8  # operations that cost less than to save their result and to read it
COPIES = (np.copy, np.array, "ndarray.copy")
VIEWS = (np.flip, np.transpose, "ndarray.T")


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


def untape(function: Function) -> Function:
    """The function without the tapes whose values can be read again."""
    program = survey(function)
    _, read = tapes_read(function, program.memory)
    pairs: dict[Var, tuple[Site, Site]] = {}
    for tape, pushes in program.pushes.items():
        pops = program.pops.get(tape, [])
        if len(pushes) == len(pops) == 1 and tape not in program.copied:
            pairs[tape] = pushes[0], pops[0]
    gone: set[Var] = set()
    instead: dict[Call, list[Stmt]] = {}
    for light in (False, True):  # what can be read again first, then what can be computed from what is still saved
        for tape, (push, pop) in pairs.items():
            if tape in gone:
                continue
            others = _saved_beside(program, pairs, gone, tape) if light else None
            attempt = _Again(program, push, pop, tape not in read, others)
            made = attempt.run()
            if made is not None:
                gone.add(tape)
                instead[pop.call] = made
                program.again.update(attempt.keys)
                if light:
                    break_chain = {v for s in made for v in uses(s)}
                    pairs = {t: p for t, p in pairs.items() if p[1].call.outs[1] not in break_chain or t in gone}
    if not gone:
        return function
    body = _without(function.body, program.memory, gone, instead)
    return replace(function, body=drop_dead(body, list(function.results)))


def _saved_beside(program: Program, pairs: dict[Var, tuple[Site, Site]], gone: set[Var], tape: Var) -> dict[Var, Var]:
    """What other tapes that stay hold of the same trip."""
    push, pop = pairs[tape]
    found: dict[Var, Var] = {}
    for other, (one, two) in pairs.items():
        value = one.call.args[1]
        if other is not tape and other not in gone and one.path == push.path and two.path == pop.path \
                and isinstance(value, Var):
            found[value] = two.call.outs[1]
    return found


def _bounds(loop: For) -> tuple[Atom, Atom, Atom]:
    return loop.start, loop.stop, loop.step


class _Again:
    """Tries to make the statements that read a taped value again, where it was popped."""

    def __init__(self, program: Program, push: Site, pop: Site, shape_only: bool,
                 others: dict[Var, Var] | None = None) -> None:
        self.program, self.push, self.pop = program, push, pop
        self.shape_only = shape_only  # is nothing but the shape of the value read?
        self.made: list[Stmt] = []
        self.index: dict[Var, Var] = {}
        self.light = 0  # operations that are done again
        self.keys: dict[Any, Var] = {}
        self.others = others or {}  # what other tapes hold of the same trip: value -> what is popped

    def run(self) -> list[Stmt] | None:
        forward, backward = self.push.loops, self.pop.loops
        if len(forward) != len(backward) or any(isinstance(s, While) for s in (*self.push.path, *self.pop.path)):
            return None
        for one, two in zip(forward, backward, strict=True):
            self.index[one.index] = two.index
        for one, two in zip(forward, backward, strict=True):
            if any(self._forward(a) != self.affine(b) for a, b in zip(_bounds(one), _bounds(two), strict=True)):
                return None
        value, out = self.push.call.args[1], self.pop.call.outs[1]
        if not isinstance(value, Var):
            return None
        found = self._value(value, out)
        site = self.program.site.get(value)
        if found is None and site is not None and site.call.prim.name in ("ndarray.shape", "numpy.shape"):
            self.made.clear()
            source = site.call.args[0]
            like = Var("", source.kind) if isinstance(source, Var) else None
            if like is not None and self._shaped(source, like) is not None:
                found = out
                self.made.append(replace(site.call, outs=(out,), args=(like,), loc=self.pop.call.loc))
        if found is None and self.shape_only:
            self.made.clear()
            found = self._shaped(value, out)
        return self.made if found is not None else None

    @staticmethod
    def _is_float(atom: Var) -> bool:
        dtype = dtype_of(atom.kind)
        return dtype is not None and dtype.kind in "fc"

    def _shaped(self, value: Atom, out: Var) -> Atom | None:
        """An array of the shape of `value`, from arguments; its elements are not read."""
        while isinstance(value, Var) and isinstance(value.kind, Array) and value.kind.shape is not None:
            source = self._argument_like(value)
            if source is not None:
                self.made.append(Call((out,), prim.primitive_for(np.positive), (source,), (), self.pop.call.loc))
                return out
            site = self.program.site.get(value)
            if site is None:
                return None
            call = site.call
            if call.prim.form == "item":
                base = self._argument_like(call.args[0])
                index = self._value(call.args[1])
                if base is None or index is None:
                    return None
                self.made.append(replace(call, outs=(out,), args=(base, index), loc=self.pop.call.loc))
                return out
            if not registry.is_element(call):
                return None
            alike = [a for a in call.args if isinstance(a, Var) and isinstance(a.kind, Array)
                     and a.kind.shape == value.kind.shape]
            if not alike:
                return None
            value = alike[0]
        return None

    def _argument_like(self, atom: Atom) -> Var | None:
        """An argument that has the shape of `atom` for sure."""
        if not isinstance(atom, Var) or not isinstance(atom.kind, Array) or atom.kind.shape is None:
            return None
        for param in self.program.function.params:
            kind = param.var.kind
            if isinstance(kind, Array) and kind.shape == atom.kind.shape:
                return param.var
        return None

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

    # --- values -------------------------------------------------------------------------------------------------------

    def _value(self, atom: Atom, out: Var | None = None) -> Atom | None:
        """The value of `atom` made again (in `out`), or None."""
        if isinstance(atom, Lit):
            return atom
        if atom in self.index:
            return self.index[atom]
        if atom in self.others and out is None:
            return self.others[atom]
        if atom in self.program.top and out is None and (
                not isinstance(atom.kind, Array) or not self.program.stores.get(self.program.memory.root(atom))):
            return atom
        site = self.program.site.get(atom)
        if site is None:
            return None
        call = site.call
        length = self._length(atom, call, out)
        if length is not None:
            return length
        again = self._stored(atom, out) if isinstance(atom.kind, Scalar) and atom.kind.dtype is not None \
            and atom.kind.dtype.kind == "f" and call.prim.form != "item" else None
        if again is not None:
            return again
        if call.prim.rule in COPIES and len(call.args) == 1 and not call.kwargs:
            return self._value(call.args[0], out)
        if call.prim.form == "item":
            base = self._base(call, site)
            args = (base, self._value(call.args[1]))
        elif call.prim.fn in LIGHT and isinstance(atom.kind, (Array, Scalar)) and self._is_float(atom):
            self.light += 1
            if self.light > MAX_LIGHT:
                return None
            args = tuple(self._value(a) for a in call.args)  # type: ignore[assignment]
        elif call.prim.form in ("slice", "tuple") or call.prim.fn is slice or call.prim.rule in VIEWS or (
                call.prim.fn in (operator.add, operator.sub, operator.mul) and isinstance(atom.kind, Scalar)
                and atom.kind.dtype is not None and atom.kind.dtype.kind == "i"):
            args = tuple(self._value(a) for a in call.args)  # type: ignore[assignment]
        else:
            return None
        if any(a is None for a in args):
            return None
        key = (self.pop.path, call.prim, args, call.kwargs)
        if out is None and key in self.program.again:
            return self.program.again[key]
        made = out or Var(atom.name, atom.kind)
        self.made.append(replace(call, outs=(made,), args=args, loc=self.pop.call.loc))  # type: ignore[arg-type]
        self.keys[key] = made
        return made

    def _length(self, atom: Var, call: Call, out: Var | None) -> Var | None:
        """A length that an argument has, too: read there."""
        shape = self.program.site.get(call.args[0]) if call.prim.form == "item" and isinstance(call.args[0], Var) else None
        dim = atom.kind.dim if isinstance(atom.kind, Scalar) else None
        if shape is None or shape.call.prim.name != "ndarray.shape" or not isinstance(dim, Sym):
            return None
        for param in self.program.function.params:
            kind = param.var.kind
            if isinstance(kind, Array) and kind.shape is not None and dim in kind.shape:
                whole = Var("", TupleOf(tuple(replace(atom.kind, dim=n) for n in kind.shape)))
                made = out or Var(atom.name, atom.kind)
                self.made += [replace(shape.call, outs=(whole,), args=(param.var,), loc=self.pop.call.loc),
                              replace(call, outs=(made,), args=(whole, Lit(kind.shape.index(dim))),
                                      loc=self.pop.call.loc)]
                return made
        return None

    def _base(self, call: Call, site: Site) -> Atom | None:
        """The array that still holds what `call` read of its own."""
        base = call.args[0]
        if not isinstance(base, Var) or not isinstance(base.kind, Array):
            return self._value(base)
        if base in self.program.top and not self.program.stores.get(self.program.memory.root(base)):
            return base
        if base not in self.program.site and base not in self.program.owner:
            return None
        region = self.region(call.args[1], base)
        return None if region is None else self._final(base, region, site)

    def _stored(self, atom: Var, out: Var | None) -> Atom | None:
        """A number that was stored into an array: read from there."""
        for root, stores in self.program.stores.items():
            for site in stores:
                call = site.call
                if call.args[2] is not atom or call.prim is not prim.SET_ITEM or site.path != self.push.path:
                    continue
                target = call.out
                region = self.region(call.args[1], target)
                if region is None or root is None or getattr(target.kind, "dtype", None) != getattr(
                        atom.kind, "dtype", None):
                    continue
                final = self._final(target, region, site)
                index = self._value(call.args[1]) if final is not None else None
                if final is not None and index is not None:
                    made = out or Var(atom.name, atom.kind)
                    item = prim.primitive_for(operator.getitem)
                    self.made.append(Call((made,), item, (final, index), (), self.pop.call.loc))
                    return made
        return None

    def _final(self, base: Var, region: Region, site: Site) -> Var | None:
        """The array after the outermost loop, if nothing stored into `region` after `site`."""
        if not site.path or not isinstance(site.path[0], For):
            return None
        outermost, root = site.path[0], self.program.memory.root(base)
        carries = [c for c in outermost.carried if self.program.memory.root(c.inner) is root]
        if len(carries) != 1:
            return None
        carry = carries[0]
        if not self._same_array(base, carry.inner, set()) or not self._same_array(carry.next, carry.inner, set()):
            return None
        for store in self.program.stores[root]:
            if outermost in store.path and not self._apart(region, site, store):
                return None
        return carry.out

    def _same_array(self, atom: Atom, start: Var, assumed: set[Var]) -> bool:
        """Is `atom` the array `start` after stores only, whatever path is taken?"""
        if atom is start or atom in assumed:
            return True
        if not isinstance(atom, Var):
            return False
        site, owner = self.program.site.get(atom), self.program.owner.get(atom)
        if site is not None:
            stores = site.call.prim in (prim.SET_ITEM, prim.ADD_AT)
            return stores and self._same_array(site.call.args[0], start, assumed)
        if isinstance(owner, If):
            join = next(j for j in owner.outs if j.out is atom)
            return all(self._same_array(s, start, assumed) for s in (join.from_then, join.from_else))
        if isinstance(owner, (For, While)):
            carry = next((c for c in owner.carried if atom in (c.inner, c.out)), None)
            return carry is not None and self._same_array(carry.init, start, assumed) and self._same_array(
                carry.next, start, {*assumed, carry.inner, carry.out})
        return False

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

    def _apart(self, region: Region, read: Site, store: Site) -> bool:
        """Does `store` name other places than `region` whenever it runs after `read`?"""
        target = store.call.args[0]
        assert isinstance(target, Var)
        other = self.region(store.call.args[1], target)
        if other is None:
            return False
        shared = 0
        while shared < min(len(read.loops), len(store.loops)) and read.loops[shared] is store.loops[shared]:
            shared += 1
        cases = [(level, True) for level in range(shared)]
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


def _without(block: Block, memory: Memory, gone: set[Var], instead: dict[Call, list[Stmt]]) -> Block:
    """The block without the tapes that are gone."""
    result: list[Stmt] = []
    # Pops first: what is computed again may read what other tapes hold. Then all of that, in the order it was found.
    pops = [s for s in block if isinstance(s, Call) and s.prim is prim.TAPE_POP]
    here = set(pops)
    result += [s for s in pops if s not in instead and memory.root(s.outs[0]) not in gone]
    for pop, made in instead.items():
        result += made if pop in here else []
    block = tuple(s for s in block if s not in here)

    def is_gone(var: Var) -> bool:
        return isinstance(var.kind, TapeOf) and memory.root(var) in gone

    for stmt in block:
        if isinstance(stmt, Call):
            if not any(map(is_gone, stmt.outs)):
                result.append(stmt)
        elif isinstance(stmt, If):
            result.append(replace(stmt, then=_without(stmt.then, memory, gone, instead),
                                  orelse=_without(stmt.orelse, memory, gone, instead),
                                  outs=tuple(j for j in stmt.outs if not is_gone(j.out))))
        elif isinstance(stmt, (For, While)):
            carried: tuple[Carry, ...] = tuple(c for c in stmt.carried if not is_gone(c.out))
            changed = replace(stmt, carried=carried, body=_without(stmt.body, memory, gone, instead))
            result.append(changed if isinstance(changed, For) else replace(
                changed, test=_without(changed.test, memory, gone, instead)))
        else:
            result.append(stmt)
    return tuple(result)


__all__ = ["untape"]
