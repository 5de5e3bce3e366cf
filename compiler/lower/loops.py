"""Loops over ranges, arrays and iterators, and `while`: what runs at each trip."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from ...runtime import checkpoints
from ..domains import kinds
from ..ir import Carry, For, Lit, Stmt, Var, While
from .cursors import place_of
from .exposed import has_yield
from .grown import is_grown
from .rows import structured
from .statements import FELL_THROUGH
from .values import UNBOUND, Box, Cursor, Items, Map, Range, Ref, Rows, Seq, same

if TYPE_CHECKING:
    from .lowerer import Lowerer


class TestChanges(Exception):
    """Raised where the test of a `while` changes a value."""


class Loops:
    """Mixin of `Lowerer`."""

    def loop_over(self: Lowerer, node: Any, iterable: Any, consume: Callable[[Any], Any]) -> None:
        """`for target in iterable`, as a loop over a range of positions."""
        with self.walking_over(iterable):
            self._loop_over(node, iterable, consume)

    def _loop_over(self: Lowerer, node: Any, iterable: Any, consume: Callable[[Any], Any]) -> None:
        start, stop, step, item = self.positions(iterable, getattr(node, "iter", node))
        iterable = self.open(iterable)
        target = node.target if isinstance(node, gast.For) else None
        index_name = target.id if isinstance(target, gast.Name) and isinstance(iterable, Range) \
            else self.index_name(target)
        first, last, by = (self.atom(v) for v in (start, stop, step))
        index = Var(index_name, kinds.PY_INT)

        def body() -> None:
            consume(item(index))

        def make(carried: tuple[Carry, ...], block: list[Stmt], _: Any) -> Stmt:
            return For(index, first, last, by, carried, tuple(block), False, loc, snapshots)

        loc = self.loc
        snapshots = None
        if isinstance(iterable, Range) and iterable.snapshots is not None:
            given = iterable.snapshots
            snapshots = given if isinstance(given, Lit) else self.atom(self.emit(checkpoints.places, given))
        self.loop(body, make, node)

    @staticmethod
    def index_name(target: Any) -> str:
        """A name for the position in a loop over an array: `i`, or the user's own in `enumerate`."""
        if isinstance(target, gast.Tuple) and target.elts and isinstance(target.elts[0], gast.Name):
            return str(target.elts[0].id)
        return "i"

    def positions(self: Lowerer, iterable: Any, node: Any) -> tuple[Any, Any, Any, Callable[[Var], Any]]:
        """start, stop, step of the positions, and the element at one."""
        walked, iterable = iterable, self.open(iterable)
        if isinstance(iterable, Range):
            return iterable.start, iterable.stop, iterable.step, lambda i: i
        if isinstance(iterable, Ref):
            return Lit(0), self.length(iterable, node), Lit(1), lambda i: self.get_item(iterable, i, "", node)
        if isinstance(iterable, Rows):
            for column in iterable.columns:
                self.make_grown(column, node)
            return Lit(0), self.number_of_rows(iterable, node), Lit(1), lambda i: self.get_item(iterable, i, "", node)
        if is_grown(iterable):
            return Lit(0), self.length(iterable, node), Lit(1), lambda i: self.get_item(walked, i, "", node)
        if isinstance(iterable, Items):
            return self._item_positions(iterable, node)
        if isinstance(iterable, (Seq, Map)) or (isinstance(iterable, Lit) and isinstance(iterable.value, tuple)):
            return self.known_positions(self.unpack(iterable, node), node)
        if isinstance(iterable, Box) and iterable.type is Cursor:
            source, at = place_of(self, iterable)
            stop, get = self.counted(source, node)
            self.state.heap[iterable] = Map({"at": Lit(None), "source": source}, Cursor)  # how far depends on others
            return at, stop, Lit(1), get
        raise self.refuse(f"a loop over {self.describe(iterable)}", "",
                          "Loop over a range, an array, a list or a tuple.", node=node)

    def known_positions(self: Lowerer, items: list[Any], node: Any) -> tuple[Any, Any, Any, Callable[[Var], Any]]:
        """Elements that are known now, by a position that only the run knows: they are held in a list."""
        items = [Seq(tuple(map(Lit, i.value))) if isinstance(i, Lit) and type(i.value) is tuple else i for i in items]
        box = self.new_box(list, Seq(tuple(items), list))
        rows = self.as_rows(self.state.heap[box], self.state) if items and all(
            structured(i, self.state) for i in items) else None
        if rows is not None:
            self.state.heap[box] = rows
            for column in rows.columns:
                self.make_grown(column, node)
        else:
            for item in items:
                self.held_atom(item, node)
            self.make_grown(box, node)
        return Lit(0), Lit(len(items)), Lit(1), lambda i: self.get_item(box, i, "", node)

    def _item_positions(self: Lowerer, items: Items, node: Any) -> tuple[Any, Any, Any, Callable[[Var], Any]]:
        parts = items.parts[:1] if items.how != "zip" else items.parts
        counted = [self.counted(p, node) for p in parts]
        get = [g for _, g in counted]
        stop = counted[0][0]
        if items.how == "enumerate":
            first = items.parts[1] if len(items.parts) > 1 else Lit(0)

            def numbered(i: Var) -> Any:
                shifted = i if isinstance(first, Lit) and first.value == 0 else self.emit(operator.add, i, first)
                return Seq((shifted, get[0](i)))

            return Lit(0), stop, Lit(1), numbered
        if items.how == "zip":
            stops = [s for s, _ in counted if s is not None]
            if not stops:
                raise self.refuse("a `zip` of iterators that never end", "", "Count with `range`.", node=node)
            stop = stops[0]
            for other in stops[1:]:
                if not same(other, stop):
                    both = isinstance(other, Lit) and isinstance(stop, Lit)
                    stop = self.fold(min, node, stop.value, other.value) if both else self.emit(min, stop, other)
            return Lit(0), stop, Lit(1), lambda i: Seq(tuple(g(i) for g in get))
        last = self.binary("Sub", stop, Lit(1))
        return last, Lit(-1), Lit(-1), get[0]

    def counted(self: Lowerer, iterable: Any, node: Any) -> tuple[Any, Callable[[Any], Any]]:
        """How many elements an iterable has (None: it never ends), and the one at a position that counts from 0."""
        if isinstance(iterable, Items) and iterable.how in ("count", "cycle", "repeat"):
            return None, self.endless_item(iterable, node)
        start, stop, step, get = self.positions(iterable, node)
        if isinstance(step, Lit) and step.value == 1:
            if isinstance(start, Lit) and start.value == 0:
                return stop, get
            return self.binary("Sub", stop, start), lambda i: get(self.binary("Add", start, i))
        if isinstance(step, Lit) and step.value == -1:
            return self.binary("Sub", start, stop), lambda i: get(self.binary("Sub", start, i))
        if all(isinstance(v, Lit) for v in (start, stop, step)):
            count = len(range(start.value, stop.value, step.value))
            return Lit(count), lambda i: get(self.binary("Add", start, self.binary("Mult", i, step)))
        raise self.refuse("`enumerate`, `zip` or `reversed` of a range with this step", "",
                          "Compute the number from the position.", node=node)

    def length(self: Lowerer, value: Any, node: Any) -> Any:
        """len(value) of an array."""
        shape = kinds.shape_of(self.kind(value))
        if shape == ():
            raise self.refuse("a loop over a number", "Python would raise TypeError.", node=node)
        if shape and isinstance(shape[0], int):
            return Lit(shape[0])
        return self.emit(len, value)

    def exec_While(self: Lowerer, node: Any) -> None:
        def test() -> Any:
            if self.yields and self.yields[-1][1] is not None and has_yield(node):  # a `break` ends the generator, too
                _, until, scope = self.yields[-1]
                with self.in_scope(scope):
                    flag = self.flags.get((scope, until))
                    going = self.negate(flag() if flag is not None else self.lookup(until, node))
                return self.short_circuit("and", going, lambda: self.truth(self.eval(node.test), node))
            return self.truth(self.eval(node.test), node)

        def run() -> Any:
            return self.exec_block(node.body)

        def loop() -> None:
            start, length, stmt, nesting = self.state.copy(), len(self.block), self.stmt, self.nesting
            try:
                self.loop_while(test, run, node)
            except TestChanges:
                self.state, self.stmt, self.nesting = start, stmt, nesting
                del self.block[length:]
                self._while_going(test, run, node)

        if self.written_out:
            self.while_written_out(node, loop, run)
        else:
            loop()

    def _while_going(self: Lowerer, test: Callable[[], Any], run: Callable[[], Any], node: Any) -> None:
        """A `while` whose test changes something (`while (y := y / 2) > 1`): the last test runs in a trip of its own.

        going = True
        while going:
            if test: body
            else: going = False
        """
        with self.hidden(going=Lit(True)) as held:
            def trip() -> Any:
                going = test()
                decided = self.decide(going)

                def end() -> Any:
                    held("going", Lit(False))
                    return FELL_THROUGH

                if decided is None:
                    return self.branch(going, run, end, "statement", stmt=self.stmt)
                return run() if decided else end()

            self.loop_while(lambda: held("going"), trip, None)

    def loop_while(self: Lowerer, condition: Callable[[], Any], run: Callable[[], Any], node: Any) -> None:
        """Emit a While."""
        loc = self.loc
        holder: dict[str, Any] = {}

        def body() -> None:
            entry = self.state.copy()
            with self.new_block() as test_block:
                test = condition()
                if any(self.state.heap.get(b) is not v for b, v in entry.heap.items()) or any(
                        self.state.store.get(b) is not v for b, v in entry.store.items()) or any(
                        not same(self.state.env.get(k, UNBOUND), v) for k, v in entry.env.items()):
                    if isinstance(node, gast.While):
                        raise TestChanges
                    raise self.refuse("a `while` test that changes a value", "The last test runs after the last trip.",
                                      "Write `while True:` with the assignment and `if not ...: break` inside.",
                                      node=getattr(node, "test", node))
                decided = self.decide(test)
                holder["cond"] = Lit(decided) if decided is not None else self.atom(test)
            holder["test"] = tuple(test_block)
            run()

        def make(carried: tuple[Carry, ...], block: list[Stmt], held: Any) -> Stmt:
            if isinstance(held["cond"], Lit) and held["cond"].value:
                raise self.refuse("`while True` without `break`", "Only an exception ends it, if anything does, and "
                                  "how many trips there were is not known then.", "Put the condition into the `while`, "
                                  "or walk over the elements with `for`.", node=node)
            return While(carried, held["test"], held["cond"], tuple(block), loc)

        self.loop(body, make, node, holder)
