"""`with`: the body is differentiated; the manager is entered and left once, around the forward statements only.

What a manager does is known in four ways: pullback's own, a generator of the user's under `contextlib.contextmanager`
(its text runs around the body), a class of the user's (its `__enter__` and `__exit__` are interpreted), and managers
of Python's and NumPy's that are known to let exceptions pass.
"""

from __future__ import annotations

import contextlib
import threading
import types
import warnings
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from ...runtime.grad_mode import no_grad
from .. import primitives as prim
from ..desugar.kernel import refusal
from ..domains import kinds
from ..ir import Call, Join, Lit, Primitive, Try, Var
from .paths import Path
from .statements import FELL_THROUGH, Unreachable
from .values import Bound, Object, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

STACK = object()  # what the name of an ExitStack holds
PASSING = frozenset({np.errstate, np.printoptions, warnings.catch_warnings, contextlib.redirect_stdout,
                     contextlib.redirect_stderr, open})
LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Semaphore)


class Contexts:
    """Mixin of `Lowerer`."""

    def exec_With(self: Lowerer, node: Any) -> Any:
        result = self._with(node.items, 0, node)
        return None if result is FELL_THROUGH else result

    def _with(self: Lowerer, items: list[Any], number: int, node: Any, run: Any = None) -> Any:
        """The body (or `run`) under the managers from `number` on."""
        if number == len(items):
            return self.exec_block(node.body) if run is None else run()
        item = items[number]

        def body(entered: Any) -> Any:
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered)
            return self._with(items, number + 1, node, run)

        call = item.context_expr
        function = self.eval(call.func) if isinstance(call, gast.Call) else None
        known = function.value if isinstance(function, Lit) else None
        if known is no_grad and item.optional_vars is None:
            return self.exec_detached(lambda: self._with(items, number + 1, node, run))
        if known is contextlib.nullcontext:
            return body(self.eval(call.args[0]) if call.args else Lit(None))
        if known is contextlib.ExitStack and not call.args and not call.keywords:
            return self._exit_stack(node, items, number)
        if known is contextlib.suppress:
            types_ = [self.eval(a) for a in call.args]
            caught = types_[0] if len(types_) == 1 else Seq(tuple(types_))
            return self.attempt(lambda: body(Lit(None)), caught, lambda _: None, node.body, node, False)
        if known is open or (isinstance(known, type) and known in PASSING):
            return self._known_manager(known, call, body, item, node)
        return self._users_manager(self.eval(call), body, node)

    def _exit_stack(self: Lowerer, node: Any, items: list[Any], number: int) -> Any:
        """`with ExitStack() as stack: ...`: what is entered is a `with` around the statements that follow."""
        target = items[number].optional_vars
        if number + 1 != len(items) or not isinstance(target, gast.Name):
            raise self.refuse("this use of `ExitStack`", "What it enters must be told from the text.",
                              "Write `with ExitStack() as stack:`.", node=node)
        self.bind(target.id, Lit(STACK))
        return self._stacked(target.id, node.body, node)

    def _stacked(self: Lowerer, stack: str, body: list[Any], node: Any) -> Any:
        """The statements of a block under an ExitStack."""
        for place, stmt in enumerate(body):
            value: Any = stmt.value if isinstance(stmt, (gast.Assign, gast.Expr)) else None
            method = value.func if isinstance(value, gast.Call) else None
            if not (isinstance(method, gast.Attribute) and isinstance(method.value, gast.Name)
                    and method.value.id == stack):
                if any(isinstance(n, gast.Name) and n.id == stack for n in gast.walk(stmt)):
                    raise self.refuse("a use of an `ExitStack` inside a statement", "What it enters must be told from "
                                      "the text.", "Enter it in a statement of the `with` block itself.", node=stmt)
                done = self.exec_block([stmt])
                if done is not FELL_THROUGH or self.state.dead:
                    return done
                continue
            rest = body[place + 1:]
            if method.attr == "enter_context" and len(value.args) == 1:
                target = stmt.targets[0] if isinstance(stmt, gast.Assign) else None
                inner = gast.With([gast.withitem(value.args[0], target)], [gast.Pass()], None)
                gast.copy_location(inner, stmt)
                return self._with(inner.items, 0, inner, lambda rest=rest: self._stacked(stack, rest, node))
            if method.attr == "callback" and value.args:
                function = self.eval(value.args[0])
                args, kwargs = self.eval_arguments(gast.Call(value.func, value.args[1:], value.keywords))
                return self._called_after(lambda rest=rest: self._stacked(stack, rest, node), function, args, kwargs,
                                          stmt)
            raise self.refuse(f"`ExitStack.{method.attr}`", "", "Use `enter_context` or `callback`.", node=stmt)
        return FELL_THROUGH

    def _called_after(self: Lowerer, run: Any, function: Any, args: list[Any], kwargs: dict[str, Any],
                      node: Any) -> Any:
        """`run`, then the call, whether an exception passes or not."""
        def handle(error: Any) -> None:
            self.call(function, args, kwargs, "", node)
            self.raise_here()

        value = self.attempt(run, None, handle, [node], node, True)
        if not self.state.dead:
            self.call(function, args, kwargs, "", node)
        return value

    def _known_manager(self: Lowerer, cls: Any, call: Any, body: Any, item: Any, node: Any) -> Any:
        args, kwargs = self.eval_arguments(call)
        made = Var("", kinds.Known(cls if isinstance(cls, type) else object))
        primitive = Primitive(prim.qualified_name(cls), cls, "manager", None, False, "may")
        atoms = tuple(self.atom(a) for a in args)
        keywords = tuple((k, self.atom(v)) for k, v in kwargs.items())
        self.block.append(Call((made,), primitive, atoms, keywords, self.loc))
        return self._under(made, body, item.optional_vars, node)

    def _under(self: Lowerer, manager: Any, body: Any, target: Any, node: Any) -> Any:
        """Emit a Try with a manager."""
        start, stmt, loc = self.state, self.stmt, self.loc
        atom = self.atom(manager)
        entered = Var(getattr(target, "id", ""), kinds.UNKNOWN) if target is not None else None
        self.state = start.copy()
        value: Any = FELL_THROUGH
        with self.new_block() as block:
            try:
                value = body(entered)
            except Unreachable:
                self.state.dead = True
        self.stmt = stmt
        came = Path(self.state, block, value)
        joins: list[Join] = []
        if not came.state.dead:
            left = Path(start.copy(), [], FELL_THROUGH)
            left.state.dead = True
            value = self._join_paths(start, came, left, joins, "")
        self.block.append(Try(tuple(block), None, None, (), tuple(joins), atom, entered, loc))
        return value

    def _users_manager(self: Lowerer, manager: Any, body: Any, node: Any) -> Any:
        if isinstance(manager, Stream) and manager.context:
            return self._generator_manager(manager, body, node)
        if isinstance(manager, Object) and isinstance(manager.value, LOCKS):
            return self._under(manager, body, None, node)
        enter, leave = (self.special_method(manager, name) for name in ("__enter__", "__exit__"))
        if enter is None or leave is None:
            raise self.refuse("this `with` block", "What its manager does with exceptions is not known.",
                              "Write `__enter__` and `__exit__` in Python, or leave it out.", node=node)
        entered = self.call_python(enter, [manager], {}, "", node)
        none = [Lit(None)] * 3

        def handle(error: Any) -> None:
            kind = self.emit(type, error)
            swallowed = self.call_python(leave, [manager, kind, error, Lit(None)], {}, "", node)
            if self.decide(self.truth(swallowed, node)) is not False:
                raise self.refuse("a `with` whose `__exit__` may swallow an exception",
                                  "Where the body stopped is not known then.", "Use `try` and `except`.", node=node)
            self.raise_here()

        value = self.attempt(lambda: body(entered), None, handle, [node], node, True)
        if not self.state.dead:
            self.call_python(leave, [manager, *none], {}, "", node)
        return value

    def _generator_manager(self: Lowerer, manager: Stream, body: Any, node: Any) -> Any:
        """The generator's text with the body in place of its one `yield`."""
        results: list[Any] = []

        def consume(entered: Any) -> None:
            if results:
                raise self.refuse("a context manager that yields in more than one place", node=node)
            results.append(body(entered))

        manager.used = True
        manager.run(consume, None)
        if not results and not self.state.dead:
            raise self.refuse("a context manager that does not yield", node=node)
        return results[0] if results else FELL_THROUGH  # what was returned was computed before the rest of its text ran


def is_context_manager(fn: Any) -> bool:
    """Is this what `contextlib.contextmanager` makes of a generator function?"""
    return isinstance(fn, types.FunctionType) and fn.__code__.co_filename == contextlib.__file__ \
        and isinstance(getattr(fn, "__wrapped__", None), types.FunctionType)


__all__ = ["Bound", "Contexts", "is_context_manager", "refusal"]
