"""Generators: generator expressions and functions, as streams that run their loops around whoever consumes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gast

from ..ir import Lit
from .state import Scope
from .statements import FELL_THROUGH
from .values import Stream

if TYPE_CHECKING:
    from .iteration import Consume
    from .lowerer import Lowerer


class _NotKnown(Exception):
    """Raised in a trial where an element stands in a loop or branch of the run."""


class Generators:
    """Mixin of `Lowerer`."""

    def eval_GeneratorExp(self: Lowerer, node: Any, name: str) -> Any:
        """A stream; the first iterable is evaluated now, all else where it is consumed, as in Python."""
        first = self.eval(node.generators[0].iter)
        outer = self.scope

        def run(consume: Consume, until: str | None) -> None:
            self._generate(node, self.inner_scope_of(node, outer), first, consume, until)

        def known() -> list[Any] | None:
            items: list[Any] = []
            if not self._is_known(node, first, outer):
                return None
            before, self.unrolling = self.unrolling, True
            try:
                run(items.append, None)
            finally:
                self.unrolling = before
            return items

        return Stream(run, known, (first,))

    def inner_scope_of(self: Lowerer, node: Any, outer: Scope) -> Scope:
        """The scope of a generator or comprehension: its targets are its own, other names are those around it."""
        names = {n.id for g in node.generators for n in gast.walk(g.target) if isinstance(n, gast.Name)}
        return Scope(outer.origin, outer, frozenset(names), len(self.call_stack))

    @contextmanager
    def in_scope(self: Lowerer, scope: Scope) -> Iterator[None]:
        """Names are those of `scope` inside."""
        saved, self.scope = (self.scope, self.origin), scope
        self.origin = scope.origin
        try:
            yield
        finally:
            self.scope, self.origin = saved

    def _generate(self: Lowerer, node: Any, scope: Scope, first: Any, consume: Consume, until: str | None) -> None:
        """The loops of a generator expression around the consumer of its elements."""
        outer = self.scope
        self.consumers.append(outer)

        def level(number: int) -> Any:
            if number == len(node.generators):
                element = self.eval(node.elt)
                with self.in_scope(outer):
                    consume(element)
                return FELL_THROUGH
            generator = node.generators[number]

            def inner(item: Any) -> None:
                with self.in_scope(scope):
                    self.assign(generator.target, item)
                    self.guarded(until, outer, node, lambda: self.tested(generator.ifs, 0, lambda: level(number + 1)))

            iterable = first if number == 0 else self.eval(generator.iter)
            self.iterate(iterable, inner, node)
            return FELL_THROUGH

        with self.in_scope(scope):
            level(0)
        self.consumers.pop()
        self.forget_names(node, scope)

    def tested(self: Lowerer, tests: list[Any], number: int, run: Callable[[], Any]) -> Any:
        """`run` where the conditions of a comprehension hold."""
        if number == len(tests):
            return run()
        test = self.truth(self.eval(tests[number]), tests[number])
        decided = self.decide(test)
        if decided is None:
            return self.branch(test, lambda: self.tested(tests, number + 1, run), lambda: FELL_THROUGH, "statement",
                               stmt=self.stmt)
        return self.tested(tests, number + 1, run) if decided else FELL_THROUGH

    def guarded(self: Lowerer, until: str | None, scope: Scope, node: Any, run: Callable[[], Any]) -> Any:
        """`run` unless the flag of a `break` (a name of `scope`) is set."""
        if until is None:
            return run()
        with self.in_scope(scope):
            flag = self.flags.get((scope, until))
            going = self.negate(flag() if flag is not None else self.lookup(until, node))
        decided = self.decide(going)
        if decided is None:
            return self.branch(going, run, lambda: FELL_THROUGH, "statement", stmt=self.stmt)
        return run() if decided else FELL_THROUGH

    def _is_known(self: Lowerer, node: Any, first: Any, outer: Scope) -> bool:
        """Can all elements be told apart now? Tried without keeping what the trial emits."""
        scope = self.inner_scope_of(node, outer)
        saved = self.state, self.stmt, self.scope, self.origin

        def level(number: int) -> bool:
            if number == len(node.generators):
                return True
            generator = node.generators[number]
            items = self.known_items(first if number == 0 else self.eval(generator.iter))
            if items is None:
                return False
            for item in items:
                self.assign(generator.target, item)
                tests = (self.decide(self.truth(self.eval(t), t)) for t in generator.ifs)
                failed = next((t for t in tests if not t), True)  # those after it are not evaluated
                if failed is None or (failed and not level(number + 1)):
                    return False
            return True

        self.state = saved[0].copy()
        self.scope, self.origin = scope, scope.origin
        try:
            with self.new_block():
                return level(0)
        finally:
            self.state, self.stmt, self.scope, self.origin = saved

    def generator_call(self: Lowerer, run_body: Callable[[], Any], context: bool = False) -> Stream:
        """What a call of a generator function gives: its body runs around the consumer of what it yields."""

        def run(consume: Consume, until: str | None) -> None:
            outer = self.scope
            self.consumers.append(outer)

            def resume(item: Any) -> None:
                inside, self.yields = self.yields, self.yields[:-1]
                stmt, node, name = self.stmt, self.node, self.return_name
                with self.in_scope(outer):
                    consume(item)
                self.yields = inside
                self.stmt, self.node, self.return_name = stmt, node, name

            self.yields = [*self.yields, (resume, until, outer)]
            try:
                run_body()
            finally:
                self.yields = self.yields[:-1]
                self.consumers.pop()

        return Stream(run, lambda: self._known_by_trial(run), (), False, context)

    def _known_by_trial(self: Lowerer, run: Callable[[Consume, str | None], None]) -> list[Any] | None:
        """The elements where no branch or loop of the run stands around them; else nothing is kept of the trial."""
        items: list[Any] = []
        depth, at = self.nesting, len(self.block)
        state, block, stmt = self.state, self.block, self.stmt

        def consume(item: Any) -> None:
            if self.nesting != depth:
                raise _NotKnown
            items.append(item)

        before, self.unrolling, self.state = self.unrolling, True, state.copy()
        try:
            run(consume, None)
        except _NotKnown:
            self.state, self.block, self.stmt, self.nesting = state, block, stmt, depth
            del self.block[at:]
            return None
        finally:
            self.unrolling = before
        return items

    def eval_Yield(self: Lowerer, node: Any, name: str) -> Any:
        if not self.yields:
            raise self.refuse("a generator", "A generator cannot be run backwards.", "Return a list or an array.",
                              node=node)
        if not (isinstance(self.stmt, gast.Expr) and self.stmt.value is node):
            raise self.refuse("`yield` inside an expression", "What is sent to a generator is not followed.",
                              "Write it as a statement.", node=node)
        self.yields[-1][0](Lit(None) if node.value is None else self.eval(node.value))
        return Lit(None)

    def eval_YieldFrom(self: Lowerer, node: Any, name: str) -> Any:
        if not self.yields:
            raise self.refuse("a generator", "A generator cannot be run backwards.", "Return a list or an array.",
                              node=node)
        resume, until, scope = self.yields[-1]
        self.iterate(self.eval(node.value),
                     lambda item: self.guarded(until, scope, node, lambda: resume(item) or FELL_THROUGH), node)
        return Lit(None)

    @contextmanager
    def hidden(self: Lowerer, **values: Any) -> Iterator[Callable[..., Any]]:
        """Values that the compiler carries through loops along with the user's: `get(name)`, `get(name, new)`."""
        scope = self.hidden_scope()
        for ident, value in values.items():
            self.state.env[(scope, ident)] = value

        def get(ident: str, *new: Any) -> Any:
            if new:
                self.state.env[(scope, ident)] = new[0]
            return self.state.env[(scope, ident)]

        yield get
        for ident in values:
            self.state.env.pop((scope, ident), None)
