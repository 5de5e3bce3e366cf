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
from dataclasses import replace
from typing import Any

import numpy as np

from .. import primitives as prim
from ..domains.kinds import Array, Scalar, Sym, TupleOf, dtype_of
from ..ir import Atom, Call, For, Function, If, Lit, Stmt, Var, While, uses
from ..transforms.rewrite import drop_dead
from . import registry
from .plans import Plan, saved_beside, without
from .regions import Program, Region, Regions, Site, survey
from .tapes import measured

LIGHT = (operator.add, operator.sub, operator.mul, operator.neg)
MAX_LIGHT = 8  # operations that cost less than to save their result and to read it
POWERS: dict[float, int] = {2: 1, 3: 2, 1.5: 4, 2.5: 4, -0.5: 4, -1.5: 4, -2.5: 4}
HEAVIER = ((np.square, 1), (np.sqrt, 4), (operator.truediv, 4))
COPIES = (np.copy, np.array, "ndarray.copy")
VIEWS = (np.flip, np.transpose, "ndarray.T")


def untape(function: Function) -> Function:
    """The function without the tapes whose values can be read again."""
    program = survey(function)
    read = set(program.pops) - measured(function, program.memory)
    pairs: dict[Var, tuple[Site, Site]] = {}
    for tape, pushes in program.pushes.items():
        pops = program.pops.get(tape, [])
        if len(pushes) == len(pops) == 1 and tape not in program.copied:
            push, pop = pairs[tape] = pushes[0], pops[0]
            if tape in read:
                program.saved[pop.path, push.call.args[1]] = pop.call.outs[1]
    plan = Plan()
    # What can be read again first, then what can be computed from something smaller, or from what is still saved.
    for light in (False, True):
        if light:
            _hold_sources(program, pairs, plan, read)
        for tape, (push, pop) in tuple(pairs.items()):
            if tape in plan.gone or tape not in pairs:
                continue
            others = saved_beside(pairs, plan, tape) if light else None
            attempt = _Again(program, push, pop, tape not in read, others)
            made = attempt.run()
            if made is not None:
                plan.drop(tape, push, pop, made)
                program.again.update(attempt.keys)
                program.remade[pop.path, push.call.args[1]] = pop.call.outs[1]
                if light:  # what it was computed from must stay
                    needed = {v for s in made for v in uses(s)}
                    pairs = {t: p for t, p in pairs.items() if t in plan.gone or (
                        p[1].call.outs[1] not in needed and not (t in plan.held and plan.held[t][1] in needed))}
    if not plan.instead:
        return function
    body = without(function.body, program.memory, plan)
    return replace(function, body=drop_dead(body, list(function.results)))


def _hold_sources(program: Program, pairs: dict[Var, tuple[Site, Site]], plan: Plan, read: set[Var]) -> None:
    """Let tapes hold what their values are cheaply computed from, where that is smaller: `x` for `x.T - x`."""
    for tape, (push, pop) in pairs.items():
        value = push.call.args[1]
        if tape in plan.gone or tape not in read or not isinstance(value, Var):
            continue
        for source in _sources(program, value, push.path):
            raw = Var(source.name, source.kind)
            attempt = _Again(program, push, pop, False, {source: raw})
            made = attempt.run()
            if made is not None:
                plan.held[tape] = source, raw
                plan.pushed[push.call] = replace(push.call, args=(push.call.args[0], source))
                plan.instead[pop.call] = [replace(pop.call, outs=(pop.call.outs[0], raw)), *made]
                program.remade[pop.path, value] = pop.call.outs[1]
                break


def _sources(program: Program, value: Var, path: tuple[Stmt, ...]) -> list[Var]:
    """Arrays of the same type that a value may be computed from: smaller ones, and what a minus sign stands before."""
    found: list[Var] = []
    waiting, left = [value], MAX_LIGHT
    while waiting and left:
        site = program.site.get(waiting.pop(0))
        left -= 1
        if site is None or site.path != path or not (
                site.call.prim.fn in LIGHT or site.call.prim.rule in VIEWS):
            continue
        for atom in site.call.args:
            if isinstance(atom, Var) and isinstance(atom.kind, Array):
                waiting.append(atom)
                negative = site.call.out is value and site.call.prim.fn is operator.neg
                if _same_type(atom, value) and (negative or _extent(atom) < _extent(value)):
                    found.append(atom)
    return found


def _same_type(one: Var, other: Var) -> bool:
    a, b = one.kind, other.kind
    return isinstance(a, Array) and isinstance(b, Array) and a.shape is not None and b.shape is not None \
        and a.dtype == b.dtype and len(a.shape) == len(b.shape)


def _extent(var: Var) -> int:
    """The number of axes that are not known to have length 1."""
    assert isinstance(var.kind, Array)
    return sum(n != 1 for n in var.kind.shape or ())


def _bounds(loop: For) -> tuple[Atom, Atom, Atom]:
    return loop.start, loop.stop, loop.step


class _Again(Regions):
    """Tries to make the statements that read a taped value again, where it was popped."""

    def __init__(self, program: Program, push: Site, pop: Site, shape_only: bool,
                 others: dict[Var, Var] | None = None) -> None:
        super().__init__(program)
        self.push, self.pop = push, pop
        self.shape_only = shape_only  # is nothing but the shape of the value read?
        self.made: list[Stmt] = []
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
    def _cost(call: Call) -> int:
        """What an operation on numbers or elements costs; 0 for others. Division and roots only in vector registers."""
        if call.prim.fn in LIGHT and isinstance(call.out.kind, (Array, Scalar)):
            return 1
        if len(call.outs) != 1 or not isinstance(call.out.kind, Array):
            return 0
        if call.prim.fn in (operator.pow, np.power):
            power = call.args[1].value if isinstance(call.args[1], Lit) else None
            return POWERS.get(power, 0) if isinstance(power, (int, float)) else 0
        return next((cost for fn, cost in HEAVIER if call.prim.fn is fn), 0)

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

    # --- values -------------------------------------------------------------------------------------------------------

    def _value(self, atom: Atom, out: Var | None = None) -> Atom | None:
        """The value of `atom` made again (in `out`), or None."""
        if isinstance(atom, Lit):
            return atom
        if atom in self.index:
            return self.index[atom]
        if out is None:
            known = self.others.get(atom) or self.program.remade.get((self.pop.path, atom))
            if known is not None:
                return known
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
        elif self._cost(call) and self._is_float(atom):
            self.light += self._cost(call)
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
        whole = call.args[0] if call.prim.form == "item" else None
        shape = self.program.site.get(whole) if isinstance(whole, Var) else None
        number = atom.kind
        if shape is None or shape.call.prim.name != "ndarray.shape" or not isinstance(number, Scalar) \
                or not isinstance(number.dim, Sym):
            return None
        dim = number.dim
        for param in self.program.function.params:
            kind = param.var.kind
            if isinstance(kind, Array) and kind.shape is not None and dim in kind.shape:
                lengths = Var("", TupleOf(tuple(replace(number, dim=n) for n in kind.shape)))
                made = out or Var(atom.name, atom.kind)
                self.made += [replace(shape.call, outs=(lengths,), args=(param.var,), loc=self.pop.call.loc),
                              replace(call, outs=(made,), args=(lengths, Lit(kind.shape.index(dim))),
                                      loc=self.pop.call.loc)]
                return made
        return None

    def _base(self, call: Call, site: Site) -> Atom | None:
        """The array that still holds what `call` read of its own."""
        base = call.args[0]
        if not isinstance(base, Var) or not isinstance(base.kind, Array) or base in self.others:
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
        """The array after a loop around `site`, if nothing stored into `region` meanwhile: what is at hand of it.

        After the outermost loop it stands where it stood; after an inner one it is, where a tape of the loop around
        that one holds it.
        """
        root = self.program.memory.root(base)
        for depth, loop in enumerate(site.path):
            if not isinstance(loop, For):
                return None  # stores of another branch are not looked for
            carries = [c for c in loop.carried if self.program.memory.root(c.inner) is root]
            if len(carries) != 1:
                continue
            carry = carries[0]
            found = carry.out if depth == 0 else self.program.saved.get((self.pop.path[:depth], carry.out))
            if found is not None and self._same_array(base, carry.inner, set()) and self._same_array(
                    carry.next, carry.inner, set()) and all(self._apart(region, site, store, depth) for store in
                                                            self.program.stores[root] if loop in store.path):
                return found
        return None

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


__all__ = ["untape"]
