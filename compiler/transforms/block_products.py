"""Products of a loop's rows with a matrix, taken a block of trips at a time: one matrix product for many.

before => after:

    for i in range(n):                          for i_block in range(0, n, 64):
        row = a[i] @ m                              i_end = min(i_block + 64, n)
        ...                            =>           t = a[i_block:i_end] @ m
                                                    for i in range(i_block, i_end):
                                                        row = t[i - i_block]
                                                        ...

A product of a vector with a matrix reads the matrix from memory once for each vector; a product of two matrices once
for many. The matrix may be a part whose end moves with the loop, `m[:, i:]`: the block takes the largest. The reverse
of the result is a matrix product, too.

What a trip multiplies must be known before the block: the loop does not change the arrays, or changes only the row that
the trip itself reads, after it has read it. For the back end that compiles loops; sums are added up in BLAS's order.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..domains.kinds import Array, Scalar
from ..ir import Atom, Block, Call, Carry, For, If, Lit, Stmt, Try, Var, While, defs, inner_defs, walk
from ..lower import Lowerer, Seq
from ..lower.values import Slice

BLOCK = 64  # rows: enough for BLAS to run at full speed, few enough to stay in the cache
SHORT = 8  # vectors of fewer elements are multiplied in loops
PRODUCTS = (operator.matmul, np.matmul, np.dot, "ndarray.dot")
NOTHING = Lit(None)


@dataclass(frozen=True, eq=False)
class Part:
    """One place of an index: `own` the loop's index, `fixed` the same in each trip, else a slice whose end moves.

    start, stop : of a slice; `lower` and `upper`: how far they are from the loop's index, None where they are fixed
    """

    form: str  # own | fixed | slice
    atom: Atom = NOTHING
    start: Atom = NOTHING
    stop: Atom = NOTHING
    lower: int | None = None
    upper: int | None = None


@dataclass(frozen=True, eq=False)
class Product:
    """vector @ matrix, or matrix @ vector: where they are read, and by which index."""

    call: Call
    vector: Var
    vector_parts: tuple[Part, ...]
    matrix: Var
    matrix_parts: tuple[Part, ...]  # none: the whole
    transposed: bool  # is it matrix @ vector?


def block_products(block: Block) -> Block:
    """The block with the products of its loops taken in blocks, innermost loops first."""
    return tuple(_stmt(stmt) for stmt in block)


def _stmt(stmt: Stmt) -> Stmt:
    if isinstance(stmt, If):
        return replace(stmt, then=block_products(stmt.then), orelse=block_products(stmt.orelse))
    if isinstance(stmt, While):
        return replace(stmt, test=block_products(stmt.test), body=block_products(stmt.body))
    if not isinstance(stmt, For):
        return stmt
    stmt = replace(stmt, body=block_products(stmt.body))
    found = _Finder(stmt).run() if _is_plain(stmt) else []
    return _Splitter(stmt, found).run() if found else stmt


def _is_plain(loop: For) -> bool:
    """Does it count up from a literal by one, with nothing in it that must happen in its turn?"""
    start = loop.start.value if isinstance(loop.start, Lit) else None
    return (loop.snapshots is None and not loop.backward and type(start) is int and start >= 0
            and isinstance(loop.step, Lit) and loop.step.value == 1 and all(
                not isinstance(s, (While, Try)) and (not isinstance(s, Call) or s.prim.pure) for s in walk(loop.body)))


class _Finder:
    """Finds the products of a loop whose operands are known before a block of its trips."""

    def __init__(self, loop: For) -> None:
        self.loop = loop
        self.inside = {v for s in walk(loop.body) for v in (*defs(s), *inner_defs(s))} | {*inner_defs(loop)}
        self.definition = {o: s for s in loop.body if isinstance(s, Call) for o in s.outs}
        self.carry = {c.inner: c for c in loop.carried}

    def run(self) -> list[Product]:
        calls = [s for s in self.loop.body if isinstance(s, Call) and s.prim.rule in PRODUCTS]
        return [p for p in map(self._product, calls) if p is not None]

    def _product(self, call: Call) -> Product | None:
        if len(call.args) != 2 or call.kwargs or not _is_float(call.out, 1):
            return None
        for vector, matrix in (call.args, call.args[::-1]):
            if not (isinstance(vector, Var) and isinstance(matrix, Var) and _is_float(vector, 1)
                    and _is_float(matrix, 2)):
                continue
            base, parts = self._read(vector)
            whole, rest = (matrix, ()) if matrix not in self.inside else self._read(matrix)
            transposed = call.args[0] is matrix
            if base is None or whole is None or not self._is_row(base, parts) or not self._is_matrix(
                    whole, rest, 0 if transposed else 1):
                return None
            return Product(call, base, parts, whole, rest, transposed)
        return None

    def _read(self, var: Var) -> tuple[Var | None, tuple[Part, ...]]:
        """The array and the index that `var` reads it by."""
        call = self.definition.get(var)
        if call is None or call.prim.form != "item" or not isinstance(call.args[0], Var):
            return None, ()
        parts = [self._part(atom) for atom in self._places(call.args[1])]
        known = tuple(p for p in parts if p is not None)
        return (call.args[0], known) if len(known) == len(parts) else (None, ())

    def _places(self, index: Atom) -> tuple[Atom, ...]:
        call = self.definition.get(index) if isinstance(index, Var) else None
        if call is not None and call.prim is prim.TUPLE:
            return call.args
        if isinstance(index, Lit) and isinstance(index.value, tuple):
            return tuple(map(Lit, index.value))
        return (index,)

    def _part(self, atom: Atom) -> Part | None:
        if atom is self.loop.index:
            return Part("own")
        call = self.definition.get(atom) if isinstance(atom, Var) else None
        if call is not None and call.prim is prim.SLICE:
            start, stop, step = call.args
            if not (isinstance(step, Lit) and step.value in (None, 1)):
                return None
            lower, upper = self._ahead(start), self._ahead(stop)
            if any(far is None and not self._is_fixed(end) for far, end in ((lower, start), (upper, stop))):
                return None
            return Part("slice", NOTHING, start, stop, lower, upper)
        if isinstance(atom, Lit) and isinstance(atom.value, slice):
            ends = atom.value
            return Part("slice", NOTHING, Lit(ends.start), Lit(ends.stop)) if ends.step in (None, 1) else None
        kind = atom.kind if isinstance(atom, Var) else None
        whole = isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind == "i"
        return Part("fixed", atom) if self._is_fixed(atom) and (whole or isinstance(atom, Lit)) else None

    def _is_fixed(self, atom: Atom) -> bool:
        return not isinstance(atom, Var) or atom not in self.inside

    def _ahead(self, atom: Atom) -> int | None:
        """How far the end of a slice is ahead of the loop's index, where it moves with it (never below 0)."""
        if atom is self.loop.index:
            return 0
        call = self.definition.get(atom) if isinstance(atom, Var) else None
        if call is not None and call.prim.fn is operator.add:
            for one, other in (call.args, call.args[::-1]):
                if one is self.loop.index and isinstance(other, Lit) and type(other.value) is int and other.value >= 0:
                    return other.value
        return None

    def _is_row(self, base: Var, parts: tuple[Part, ...]) -> bool:
        """One place is the loop's index, one a slice that stays; and the loop changes no row before it is read."""
        if sum(p.form == "own" for p in parts) != 1 or any(
                p.lower is not None or p.upper is not None for p in parts):
            return False
        rank = len(base.kind.shape) if isinstance(base.kind, Array) and base.kind.shape is not None else 0
        if rank - sum(p.form in ("own", "fixed") for p in parts) != 1:
            return False
        if base not in self.inside:
            return True
        carry = self.carry.get(base)
        own = next(k for k, p in enumerate(parts) if p.form == "own")
        return carry is not None and self._keeps_rows(carry, own)

    def _keeps_rows(self, carry: Carry, own: int) -> bool:
        """Does each trip store only where place `own` is the loop's index?"""
        atom: Atom = carry.next
        while isinstance(atom, Var) and atom is not carry.inner:
            call = self.definition.get(atom)
            if call is None or call.prim not in (prim.SET_ITEM, prim.ADD_AT):
                return False
            places = self._places(call.args[1])
            if len(places) <= own or any(isinstance(p, Lit) and p.value in (None, Ellipsis) for p in places) \
                    or places[own] is not self.loop.index:
                return False
            atom = call.args[0]
        return atom is carry.inner

    def _is_matrix(self, whole: Var, parts: tuple[Part, ...], free: int) -> bool:
        """Is it the same in each trip, but for one end of the axis (of two: `free`) that is not summed over?"""
        if whole in self.inside or any(p.form == "own" for p in parts):
            return False
        slices = [p for p in parts if p.form == "slice"]
        moving = [p for p in slices if p.lower is not None or p.upper is not None]
        if not moving:
            return True
        one = moving[0]
        return len(moving) == 1 and len(slices) == 2 and slices[free] is one and (one.upper is None or (
            one.lower is None and isinstance(one.start, Lit) and one.start.value in (None, 0)))


def _is_float(var: Var, rank: int) -> bool:
    """Is it an array of floats with so many axes, none of them known to be short?"""
    kind = var.kind
    return isinstance(kind, Array) and kind.shape is not None and len(kind.shape) == rank and kind.dtype is not None \
        and kind.dtype.str[1:] in ("f8", "f4") and not any(isinstance(n, int) and n < SHORT for n in kind.shape)


class _Splitter:
    """Makes of a loop two, one over blocks and one inside, with the products before the inner one."""

    def __init__(self, loop: For, products: list[Product]) -> None:
        self.loop, self.products = loop, products
        self.low = Lowerer()
        self.low.raw_lists = True
        self.first = Var(f"{loop.index.name}_block" if loop.index.name else "", loop.index.kind)
        self.outer = {c.inner: Var(c.inner.name, c.inner.kind) for c in loop.carried}

    def run(self) -> Stmt:
        low, loop = self.low, self.loop
        low.loc_override = loop.loc
        with low.new_block() as before:
            ahead = low.emit(operator.add, self.first, Lit(BLOCK))
            self.end = low.emit(min, ahead, loop.stop, name=f"{loop.index.name}_end" if loop.index.name else "")
            try:
                made = {p.call: self._whole(p) for p in self.products}
            except UnsupportedError:
                return loop
        with low.new_block() as body:
            for stmt in loop.body:
                if isinstance(stmt, Call) and stmt in made:
                    self._row(next(p for p in self.products if p.call is stmt), made[stmt])
                else:
                    body.append(stmt)
        inner_outs = {c: Var(c.out.name, c.out.kind) for c in loop.carried}
        inner = replace(loop, start=self.first, stop=low.atom(self.end), body=tuple(body), carried=tuple(
            Carry(inner_outs[c], self.outer[c.inner], c.inner, c.next) for c in loop.carried))
        return replace(loop, index=self.first, step=Lit(BLOCK), body=(*before, inner), carried=tuple(
            Carry(c.out, c.init, self.outer[c.inner], inner_outs[c]) for c in loop.carried))

    def _whole(self, product: Product) -> object:
        """The product for all trips of the block: a row for each."""
        low = self.low
        low.loc_override = product.call.loc
        base = self.outer.get(product.vector, product.vector)
        places = list(self._places(product.vector_parts, True))
        rows = low.emit(operator.getitem, low.value_of(base), Seq(tuple(places), tuple))
        own = [p.form for p in product.vector_parts if p.form != "fixed"].index("own")
        if own:  # the rows stand in columns: the other axis comes first
            rows = low.emit(np.transpose, rows)
        matrix = low.value_of(product.matrix)
        if product.matrix_parts:
            matrix = low.emit(operator.getitem, matrix, Seq(tuple(self._places(product.matrix_parts, False)), tuple))
        if product.transposed:
            matrix = low.emit(np.transpose, matrix)
        return low.emit(operator.matmul, rows, matrix)

    def _places(self, parts: tuple[Part, ...], rows: bool) -> Iterator[object]:
        for part in parts:
            if part.form == "own":
                assert rows
                yield Slice(self.first, self.end, NOTHING)
            elif part.form == "fixed":
                yield part.atom
            else:
                yield Slice(self._moved(part.start, part.lower, self.first, 0),
                            self._moved(part.stop, part.upper, self.end, -1), NOTHING)

    def _moved(self, end: Atom, far: int | None, place: object, extra: int) -> object:
        """The end of a slice that moves with the loop, where it is furthest in the block."""
        if far is None:
            return end
        return self.low.emit(operator.add, place, Lit(far + extra)) if far + extra else place

    def _row(self, product: Product, whole: object) -> None:
        """The product of one trip, read from those of the block."""
        low = self.low
        low.loc_override = product.call.loc
        place = low.emit(operator.sub, self.loop.index, self.first)
        moving = next((p for p in product.matrix_parts if p.lower is not None or p.upper is not None), None)
        low.emit(operator.getitem, whole, place if moving is None else Seq((place, self._cut(moving, place)), tuple))
        last = low.block[-1]
        assert isinstance(last, Call)
        low.block[-1] = replace(last, outs=(product.call.out,))

    def _cut(self, part: Part, place: object) -> Slice:
        """The part of the block's row that the trip's slice has."""
        if part.lower is not None:
            return Slice(place, NOTHING, NOTHING)
        return Slice(NOTHING, part.stop, NOTHING)


__all__ = ["block_products"]
