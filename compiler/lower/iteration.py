"""Iteration: every construct that walks over something hands its elements to a `consume` function here.

Three ways, tried in this order: elements that are known now are handed over one by one (the body is written once for
each); a thing with positions becomes a loop over a range; a `Stream` (generator expression, generator function of the
user's, `map`, `itertools`) runs its own loops around the consumer. `until` is the flag of a `break`: nothing may run
once it is set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...runtime.checks import check_has
from ...runtime.errors import UnsupportedError
from ..desugar.breaks import break_flag
from ..domains import kinds
from ..ir import Call, Lit, Primitive, Var
from .collections_ import in_python_order
from .cursors import is_cursor, rest_of, strided, walk_cursor
from .exposed import has_yield
from .statements import FELL_THROUGH, MAX_TRIPS, MAX_UNROLLED
from .values import Box, Items, Map, Object, Range, Ref, Rows, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

Consume = Callable[[Any], Any]
ENDLESS = ("count", "cycle", "repeat")  # iterators that never end


class Iteration:
    """Mixin of `Lowerer`."""

    unrolling: bool
    nesting: int

    def exec_For(self: Lowerer, node: Any) -> None:
        iterable = self.eval(node.iter)
        until = break_flag(node)
        endless = isinstance(iterable, Items) and iterable.how in ENDLESS and until is not None
        body = node.body[0].body if endless else node.body  # the test of the flag becomes that of the `while`

        def run(item: Any) -> Any:
            self.assign(node.target, item)
            return self.exec_block(body)

        def consume(item: Any) -> Any:
            if self.yields and self.yields[-1][1] is not None and has_yield(node):
                _, outer, scope = self.yields[-1]  # in a generator whose consumer may break
                return self.guarded(outer, scope, node, lambda: run(item))
            return run(item)

        self.iterate(iterable, consume, node, until)

    def iterate(self: Lowerer, iterable: Any, consume: Consume, node: Any, until: str | None = None) -> Any:
        """Hand every element to `consume`, in order."""
        result = self.call_special(iterable, "__iter__", [], node)
        if result is not NotImplemented:
            iterable = result
        if isinstance(iterable, Stream):
            self._use(iterable, node)
            iterable.run(consume, until)
            return
        if is_cursor(iterable):
            walk_cursor(self, iterable, consume, node, until)
            return
        if isinstance(iterable, Items) and any(isinstance(p, Stream) for p in iterable.parts):
            from .streams import beside_stream

            beside_stream(self, iterable, node).run(consume, until)
            return
        if isinstance(iterable, Box) and iterable.flavour is set:
            iterable = Seq(tuple(in_python_order(self, iterable, node)))
        if isinstance(iterable, Box) and isinstance(rows := self.open(iterable), Rows) and iterable.type is not list:
            iterable = self.rows_part(rows, "keys")  # a dict whose keys only the run knows
        known = None if self.written_out else self.known_items(iterable)
        if isinstance(iterable, Items) and iterable.how in ENDLESS:
            self._endless(iterable, consume, node, until)
            return
        if isinstance(iterable, Range) and iterable.known is not None and not iterable.known:
            return  # what its body would bind stays unbound
        with self.iterating(iterable):
            if self.written_out and (trips := self.trips(iterable, node)) is not None:
                if self.written_out > 1 or self.unrolling or not isinstance(self.open(iterable), (Range, Ref, Items)):
                    self._trips(trips, consume)
                else:
                    self._loop_or_trips(node, iterable, trips, consume)
            elif known is not None and (self.unrolling or not isinstance(iterable, (Range, Ref))):
                self._trips(self.late(iterable, known), consume)  # a short sequence whose elements may differ in kind
            elif known is None or len(known) > MAX_TRIPS:
                self.loop_over(node, iterable, consume)
            else:
                self._loop_or_trips(node, iterable, self.late(iterable, known), consume)

    def _trips(self: Lowerer, known: Iterable[Any], consume: Consume) -> None:
        """One copy of the body for each element."""
        for item in known:
            if not self.state.dead:
                consume(item)

    def _loop_or_trips(self: Lowerer, node: Any, iterable: Any, known: Iterable[Any], consume: Consume) -> None:
        """A loop; where it cannot be one (it indexes a list whose elements differ, say), its trips written out."""
        start, length, stmt = self.state.copy(), len(self.block), self.stmt
        nesting = self.nesting
        try:
            self.loop_over(node, iterable, consume)
        except UnsupportedError as reason:
            self.state, self.stmt, self.nesting = start, stmt, nesting
            del self.block[length:]
            try:
                self._trips(known, consume)
            except UnsupportedError:
                raise reason from None

    @contextmanager
    def iterating(self: Lowerer, iterable: Any) -> Iterator[None]:
        """What is walked has a name of its own here, so that an array of it counts as known by another name."""
        key = (self.scope, f".walked {id(iterable)}")
        self.state.env[key] = iterable
        yield
        self.state.env.pop(key, None)

    def list_of_stream(self: Lowerer, stream: Any, node: Any) -> Any:
        """list(stream), as a loop that appends."""
        box = self.new_list(())
        with self.hidden(result=box):
            self.iterate(stream, lambda item: self.list_method(box, "append", [item], {}, node), node)
        return box

    def ordered(self: Lowerer, value: Any, node: Any) -> Any:
        """A set as the sequence that Python walks over; anything else as it is."""
        if isinstance(value, Box) and value.flavour is set:
            return Seq(tuple(in_python_order(self, value, node)))
        return value

    def known_list(self: Lowerer, iterable: Any, node: Any) -> Any:
        """list(iterable)"""
        return self.call_known(list, [iterable], {}, "", node)

    def _use(self: Lowerer, stream: Stream, node: Any) -> None:
        """A stream runs once; what is left of it after a `break` is not followed."""
        if stream.used:
            raise self.refuse("an iterator that is used twice",
                              "What is left of it the second time depends on the run.",
                              "Make a list of it, or make the iterator anew.", node=node)
        stream.used = True

    def _endless(self: Lowerer, items: Items, consume: Consume, node: Any, until: str | None) -> None:
        """`itertools.count`, `cycle`, `repeat`: a `while` that ends with the flag of its `break`."""
        if until is None:
            raise self.refuse(f"a loop over `itertools.{items.how}()` without `break`", "It never ends.", node=node)
        key = (self.hidden_scope(), "position")
        start, step = items.parts if items.how == "count" else (Lit(0), Lit(1))
        self.state.env[key] = start
        get = None if items.how == "count" else self.endless_item(items, node)

        def body() -> None:
            item = self.state.env[key]
            consume(item if get is None else get(item))
            if not self.state.dead:
                self.state.env[key] = self.binary("Add", item, step, "", node)

        flag = self.flags.get((self.scope, until))
        self.loop_while(lambda: self.negate(flag() if flag is not None else self.lookup(until, node)), body, node)
        del self.state.env[key]

    def endless_item(self: Lowerer, items: Items, node: Any) -> Callable[[Any], Any]:
        """The element at a position of an iterator that never ends."""
        if items.how == "repeat":
            return lambda i: items.parts[0]
        if items.how == "count":
            start, step = items.parts
            return lambda i: self.binary("Add", start, self.binary("Mult", i, step, "", node), "", node)
        length, get = self.counted(items.parts[0], node)
        return lambda i: get(self.binary("Mod", i, length, "", node))

    # --- elements that are known now -------------------------------------------------------------------------------

    def known_items(self: Lowerer, iterable: Any) -> list[Any] | None:
        """The elements of an iterable of known length; None where only the run knows."""
        if isinstance(iterable, Box) and iterable.flavour is set and isinstance(self.state.heap[iterable], Seq):
            return in_python_order(self, iterable, self.node)
        if isinstance(iterable, Box) and iterable.type is not list and isinstance(self.state.heap.get(iterable), Rows):
            return None
        iterable = self.open(iterable)
        if isinstance(iterable, (Seq, Map)) or (isinstance(iterable, Object)
                                                and isinstance(iterable.value, (list, tuple, dict))):
            return self.unpack(iterable, self.node)
        if isinstance(iterable, Rows):
            return self.known_rows(iterable)
        if isinstance(iterable, Range):
            known = iterable.known
            return None if known is None or len(known) > MAX_UNROLLED else list(map(Lit, known))
        if isinstance(iterable, Lit) and isinstance(iterable.value, (tuple, str, frozenset, bytes)):
            return self.unpack(iterable, self.node)
        if isinstance(iterable, Var) and isinstance(iterable.kind, kinds.TupleOf):
            return self.unpack(iterable, self.node)
        if isinstance(iterable, Items) and any(isinstance(p, Stream) and p.known is None for p in iterable.parts):
            return None
        if isinstance(iterable, Items) and iterable.how not in ENDLESS:
            parts = [self._known_part(p, iterable) for p in iterable.parts]
            return self._known_combination(iterable, parts)
        if isinstance(iterable, Stream):
            return None if iterable.known is None else iterable.known()
        if self.written_out and isinstance(iterable, Ref):
            trips = self.trips(iterable, self.node)
            return None if trips is None else list(trips)
        return None

    def _known_part(self: Lowerer, part: Any, items: Items) -> list[Any] | None:
        if isinstance(part, Ref) and items.how == "zip":  # beside a list, an array is taken apart element by element
            shape = kinds.shape_of(self.kind(part))
            others = [self.known_items(p) for p in items.parts if not isinstance(p, (Ref, Range))]
            lengths = [len(o) for o in others if o is not None]
            if shape and lengths and None not in others:
                count = min([shape[0], *lengths]) if isinstance(shape[0], int) else min(lengths)
                if isinstance(shape[0], int) or self._apart(others, count):
                    if not isinstance(shape[0], int):
                        self.check_has(part, count)
                    return [self.get_item(part, Lit(i), "", self.node) for i in range(count)]
        return self.known_items(part)

    def _apart(self: Lowerer, others: list[Any], count: int) -> bool:
        """Are there elements beside an array that no loop can take by position: strings, functions?"""
        return count <= MAX_TRIPS and any(not isinstance(self.kind(v), kinds.Scalar) for o in others for v in o)

    def strided(self: Lowerer, args: list[Any], node: Any) -> Any:
        return strided(self, args, node)

    def check_strict(self: Lowerer, iterables: list[Any], node: Any) -> None:
        """`zip(..., strict=True)`: Python raises where the lengths differ."""
        if any(isinstance(p, Stream) for p in iterables):
            raise self.refuse("`zip` of a generator with `strict=True`", "Its length is not known.",
                              "Make a list of it.", node=node)
        lengths = [Lit(len(known)) if (known := self.known_items(p)) is not None else self.counted(p, node)[0]
                   for p in iterables]
        for number, length in enumerate(lengths[1:], 2):
            test = self.compare("NotEq", lengths[0], length, "", node)
            decided = self.decide(test)

            def fail(number: int = number) -> Any:
                return self.raise_here(self.make_exception(ValueError, [Lit(
                    f"zip() argument {number} is shorter or longer than the others")], {}))

            if decided is None:
                self.branch(test, fail, lambda: FELL_THROUGH, "statement", stmt=self.stmt)
            elif decided:
                fail()

    def check_has(self: Lowerer, array: Any, count: int) -> None:
        """The run checks that an array has as many elements as are taken from it."""
        check = Primitive("pullback.runtime.checks.check_has", check_has, "function", None, False)
        self.block.append(Call((), check, (self.atom(array), Lit(count)), (), self.loc))

    def _known_combination(self: Lowerer, items: Items, parts: list[list[Any] | None]) -> list[Any] | None:
        if items.how == "enumerate":
            start = items.parts[1] if len(items.parts) > 1 else Lit(0)
            if parts[0] is None or not isinstance(start, Lit):
                return None
            first: Any = start.value
            return [Seq((Lit(first + i), v)) for i, v in enumerate(parts[0])]
        if items.how == "zip":
            if any(p is None and not isinstance(q, Items) for p, q in zip(parts, items.parts, strict=True)):
                return None
            known = [p for p in parts if p is not None]
            endless = [q for p, q in zip(parts, items.parts, strict=True) if p is None]
            if not known or not all(isinstance(q, Items) and q.how in ENDLESS for q in endless):
                return None
            length = min(map(len, known))
            gets = [None if p is not None else self.endless_item(q, self.node)
                    for p, q in zip(parts, items.parts, strict=True)]
            return [Seq(tuple(p[i] if p is not None else g(Lit(i)) for g, p in zip(gets, parts, strict=True)
                              if g is not None or p is not None)) for i in range(length)]
        return None if parts[0] is None else list(reversed(parts[0]))

    def elements(self: Lowerer, iterable: Any, node: Any, what: str) -> list[Any]:
        """The elements as a list, for what needs them all now; refused where only the run knows how many."""
        if isinstance(iterable, Stream):
            self._use(iterable, node)
        if is_cursor(iterable):
            rest = rest_of(self, iterable)
            if rest is None:
                raise self.refuse(f"{what} of an iterator", "How many elements are left is not known before the run.",
                                  "Write the loop out.", node=node)
            return rest
        result = self.call_special(iterable, "__iter__", [], node)
        known = self.known_items(iterable if result is NotImplemented else result)
        if known is None and isinstance(iterable, Ref):
            shape = kinds.shape_of(self.kind(iterable))
            if shape and isinstance(shape[0], int) and shape[0] <= MAX_UNROLLED:
                known = self.unpack(iterable, node)
        if known is None:
            raise self.refuse(f"{what} of {self.describe(iterable)}", "Its length is not known before the run.",
                              "Write the loop out, or compute it with NumPy functions.", node=node)
        return known
