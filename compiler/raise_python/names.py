"""Names for values: the user's where they are free, then the same with 2, 3, ...

Two values share a name when they never live at the same time. The values at a joint of control flow (a loop's initial,
inner, next and final value; a join and its sources) get one name where they can; elsewhere a copy is printed.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from ..analyses.storage import changed
from ..domains.kinds import Array
from ..ir import Apply, Block, Call, Carry, For, Function, If, Join, Lit, Try, Undefined, Var, While
from .layout import STORES, Layout, Path, exclusive

KEYWORDS = {
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "range", "reversed", "float", "len", "int",
    "print", "bool", "abs", "min", "max", "slice", "complex", "str", "repr", "round", "sum", "tuple", "list",
}


class Names:
    """Assigns a Python name to every value that is not folded."""

    def __init__(self, layout: Layout, reserved: Iterable[str] = ()) -> None:
        self.layout = layout
        self.reserved = set(reserved) | KEYWORDS
        self.of: dict[Var, str] = {}
        self.group: dict[Carry | Join, str] = {}
        self.wish: dict[Var, str] = {}
        self.holders: dict[str, list[Var]] = defaultdict(list)
        self.invented = _candidates("")
        self.latest: dict[Var, float] = {}

    def run(self, function: Function) -> dict[Var, str]:
        for param in function.params:
            self._take(param.var, param.name)
        self._block(function.body)
        return self.of

    def last(self, var: Var, name: str, seen_from: Path = (), other: Var | None = None) -> float:
        """The end of a value's life if it is called `name`, as `other` sees it.

        A use by a joint of that name is free for the joint's own values only: anything else that took the name before
        the joint would be read in its place. Uses on the other side of a branch from `seen_from` do not count.
        """
        end = self.layout.defined[var] + 0.5
        for position, path in self.layout.reads.get(var, ()):
            if position > end and not exclusive(path, seen_from):
                end = position
        for (position, joint), path in zip(self.layout.soft.get(var, ()), self.layout.soft_path.get(var, ()),
                                           strict=True):
            free = self.group.get(joint) == name and (joint.out is other or (isinstance(joint, Carry)
                                                      and joint.inner is other))
            if position > end and not free and not exclusive(path, seen_from):
                end = position
        return end

    def bound(self, var: Var) -> float:
        """No life of a value ends later than here, whatever it is called: most questions end with this one."""
        found = self.latest.get(var)
        if found is None:
            positions = [p for p, _ in chain(self.layout.reads.get(var, ()), self.layout.soft.get(var, ()))]
            found = self.latest[var] = max(self.layout.defined[var] + 0.5, *positions) if positions else (
                self.layout.defined[var] + 0.5)
        return found

    def fits(self, name: str, var: Var) -> bool:
        """Can `var` be called `name` without hiding a value that is still read?"""
        if name in self.reserved:
            return False
        start, path, end = self.layout.defined[var], self.layout.path[var], self.bound(var)
        for other in self.holders[name]:
            if start >= self.bound(other) or self.layout.defined[other] >= end:
                continue
            if start < self.last(other, name, path, var) and self.layout.defined[other] < self.last(
                    var, name, self.layout.path[other], other):
                return False
        return True

    def _take(self, var: Var, name: str) -> None:
        self.of[var] = name
        self.holders[name].append(var)

    def _name(self, var: Var, wish: str | None = None) -> str:
        for candidate in (wish, self.wish.get(var)):
            if candidate is not None and self.fits(candidate, var):
                self._take(var, candidate)
                return candidate
        # An invented name is used once, so the search goes on where the last one ended.
        for candidate in _candidates(var.name) if var.name else self.invented:
            if self.fits(candidate, var) and (var.name or not self.holders[candidate]):
                self._take(var, candidate)
                return candidate
        raise AssertionError("names never run out")

    def _block(self, block: Block) -> None:
        for stmt in block:
            if isinstance(stmt, (Call, Apply)):
                stores = isinstance(stmt, Call) and (stmt.prim.form in (*STORES, "tape_push", "tape_pop")
                                                     or scales_cotangent(stmt))
                array = stmt.args[0] if stores else changed(stmt) if isinstance(stmt, Call) else None
                for number, out in enumerate(stmt.outs):
                    if out not in self.layout.folded:
                        target = self.of.get(array) if number == 0 else None  # type: ignore[arg-type]
                        self._name(out, target)
            elif isinstance(stmt, If):
                self._if(stmt)
            elif isinstance(stmt, Try):
                self._try(stmt)
            else:
                self._loop(stmt)

    def _if(self, stmt: If) -> None:
        self._joins(stmt)
        self._block(stmt.then)
        self._block(stmt.orelse)

    def _try(self, stmt: Try) -> None:
        self._joins(stmt)
        for var in (stmt.entered, stmt.bound):
            if var is not None:
                self._name(var)
        self._block(stmt.body)
        self._block(stmt.handler)

    def _joins(self, stmt: If | Try) -> None:
        for join in stmt.outs:
            sources = [s for s in (join.from_then, join.from_else) if isinstance(s, Var)]
            named = [self.of[s] for s in sources if s in self.of]
            undefined = any(isinstance(s, Lit) and s.value is Undefined
                            for s in (join.from_then, join.from_else))
            self._name_group(join, (join.out,), [] if undefined else named, join.out.name)
            for source in sources:
                self.wish.setdefault(source, self.group[join])

    def _loop(self, stmt: For | While) -> None:
        if isinstance(stmt, For):
            self._name(stmt.index)
        for carry in stmt.carried:
            first = [self.of[carry.init]] if isinstance(carry.init, Var) and carry.init in self.of else []
            self._name_group(carry, (carry.inner, carry.out), first, carry.inner.name)
            if isinstance(carry.next, Var):
                self.wish.setdefault(carry.next, self.group[carry])
        if isinstance(stmt, While):
            self._block(stmt.test)
        self._block(stmt.body)

    def _name_group(self, joint: Carry | Join, members: tuple[Var, ...], first: list[str], hint: str) -> None:
        """One name for the members of a joint; `first` are the names of sources, tried where the hint agrees."""
        preferred = [n for n in first if not hint or n.rstrip("0123456789") == hint]
        for candidate in chain(preferred, _candidates(hint)):
            self.group[joint] = candidate
            if all(self.fits(candidate, m) for m in members):
                for member in members:
                    self._take(member, candidate)
                return
        raise AssertionError("names never run out")


def scales_cotangent(call: Call) -> bool:
    """Is it a whole array's cotangent times a partial, with no name of its own? It may take the cotangent's place."""
    first = call.args[0] if call.prim.fn is operator.mul else None
    return isinstance(first, Var) and first.name.startswith("d_") and not call.out.name and call.loc is not None \
        and call.loc.backward and isinstance(first.kind, Array) and bool(first.kind.shape)


def _candidates(hint: str) -> Iterator[str]:
    base = hint if hint.isidentifier() else "t"
    yield base
    number = 2
    while True:
        yield f"{base}{number}" if not base[-1].isdigit() else f"{base}_{number}"
        number += 1
