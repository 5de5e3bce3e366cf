"""Loops whose trips are written out, in a variant for arguments of exactly these lengths.

Where a function is refused because a list, a dict or a name differs from trip to trip, it is lowered once more with
the lengths of its arguments and its integers fixed: a loop that cannot be one is then written out, trip by trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gast

from ...runtime.errors import UnsupportedError
from ..domains import kinds
from ..ir import Lit
from .statements import FELL_THROUGH
from .values import Items, Range, Ref, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

Walk = tuple[int | None, Callable[[int], Any]]  # how many elements (None: without end), and the one at a position

MOST_TRIPS = 256
MOST_TESTS = 40  # of a `while` within each other (Python's own limit is 100 levels)
MOST_STATEMENTS = 4000  # interpreted in one function: about four seconds


class WrittenOut:
    """Mixin of `Lowerer`."""

    written_out: int  # 0: never; 1: loops that cannot be loops; 2: all loops
    interpreted: int

    def count_statement(self: Lowerer, node: Any) -> None:
        """One more statement; refused where the text would grow beyond what anybody reads or waits for."""
        self.interpreted += 1
        if self.interpreted > MOST_STATEMENTS:
            raise self.refuse("a loop of this length, written out", "", "Keep values in arrays.", node=node)

    def trips(self: Lowerer, iterable: Any, node: Any) -> Iterator[Any] | None:
        """The elements one after the other, each read when its trip begins; None where only the run knows."""
        walk = self._walk(iterable, node)
        if walk is None:
            return None
        count, get = walk
        if count is None or count > MOST_TRIPS:
            return None
        return self._in_order(iterable, count, get, node)

    def _in_order(self: Lowerer, iterable: Any, count: int, get: Callable[[int], Any], node: Any
                  ) -> Iterator[Any]:
        lists = {box: len(content.items) for box in self.walked(iterable)
                 if isinstance(content := self.state.heap.get(box), Seq)}
        for number in range(count):
            yield get(number)
        if not self.state.dead:
            for box, length in lists.items():
                self.elements_of(box, length, node)

    def while_written_out(self: Lowerer, node: Any, loop: Callable[[], Any], run: Callable[[], Any]) -> None:
        """`while` as `if test: body` within each other, where the tests say when it ends; else the loop."""
        attempts = [loop, lambda: self._while_trips(node, run, 0)]
        start, length, stmt, nesting = self.state.copy(), len(self.block), self.stmt, self.nesting
        reasons = []
        for attempt in attempts if self.written_out == 1 else reversed(attempts):
            try:
                attempt()
            except UnsupportedError as reason:
                reasons.append(reason)
                self.state, self.stmt, self.nesting = start.copy(), stmt, nesting
                del self.block[length:]
            else:
                return
        raise reasons[0]

    def _while_trips(self: Lowerer, node: Any, run: Callable[[], Any], depth: int) -> Any:
        """One trip and those after it. The parts of an `and` are tested one by one, so that one may be decided."""
        tests = node.test.values if isinstance(node.test, gast.BoolOp) and isinstance(node.test.op, gast.And) \
            else [node.test]

        def trip(depth: int) -> Any:
            for _ in range(MOST_TRIPS):
                going = test(0, depth)
                if not going:
                    return FELL_THROUGH
            raise self.refuse("a `while` of this length, written out", node=node)

        def test(number: int, depth: int) -> bool:
            """Run one trip; is it known that another may follow here?"""
            for at in range(number, len(tests)):
                value = self.truth(self.eval(tests[at]), node)
                decided = self.decide(value)
                if decided is False:
                    return False
                if decided is None:
                    if depth > MOST_TESTS:
                        raise self.refuse("a `while` whose end only the run knows, written out", node=node)

                    def rest(after: int = at + 1) -> Any:
                        return trip(depth + 1) if test(after, depth + 1) else FELL_THROUGH

                    self.branch(value, rest, lambda: FELL_THROUGH, "statement", stmt=self.stmt)
                    return False
            run()
            return not self.state.dead

        return trip(depth)

    def _walk(self: Lowerer, iterable: Any, node: Any) -> Walk | None:
        walked, iterable = iterable, self.open(iterable)
        if isinstance(iterable, Items):
            return self._walk_items(iterable, node)
        if isinstance(iterable, Range):
            positions = iterable.known
            return None if positions is None else (len(positions), lambda i: Lit(positions[i]))
        if isinstance(iterable, Ref):
            shape = kinds.shape_of(self.kind(iterable))
            if not shape or not isinstance(shape[0], int):
                return None
            return shape[0], lambda i: self.get_item(iterable, Lit(i), "", node)
        if isinstance(iterable, Stream):
            return None
        known = self.known_items(iterable)
        if known is None:
            return None
        count = len(known)
        return count, lambda i: self.elements_of(walked, count, node)[i]

    def _walk_items(self: Lowerer, items: Items, node: Any) -> Walk | None:
        if items.how == "count":
            start, step = items.parts
            if not all(isinstance(v, Lit) and isinstance(v.value, int) for v in (start, step)):
                return None
            return None, lambda i: Lit(start.value + i * step.value)
        if items.how == "repeat":
            return None, lambda i: items.parts[0]
        if items.how == "cycle":
            round_ = self._walk(items.parts[0], node)
            number = None if round_ is None else round_[0]
            if round_ is None or not number:
                return None
            return None, lambda i: round_[1](i % number)
        if items.how == "enumerate":
            walk, first = self._walk(items.parts[0], node), items.parts[1] if len(items.parts) > 1 else Lit(0)
            if walk is None or not isinstance(first, Lit):
                return None
            return walk[0], lambda i: Seq((Lit(first.value + i), walk[1](i)))
        walks = [self._walk(p, node) for p in items.parts]
        if None in walks:
            return None
        counts = [w[0] for w in walks if w is not None and w[0] is not None]
        if not counts:
            return None
        count, gets = min(counts), [w[1] for w in walks if w is not None]
        if items.how == "zip":
            return count, lambda i: Seq(tuple(get(i) for get in gets))
        return count, lambda i: gets[0](count - 1 - i)
