"""`raise` and `try`: paths that end, and which path was taken.

The body of a `try` may stop anywhere. A handler, and what follows it, may read what the body bound only where that was
bound last: a name or an array that changed before something else could raise holds what depends on how far the body
came. Such a read is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gast

from .. import primitives as prim
from ..domains import kinds
from ..ir import Call, Join, Lit, Primitive, Stmt, Try, Var, free_vars, walk
from .helpers import Restart
from .paths import Joined, Path
from .state import State
from .statements import FELL_THROUGH, Unreachable
from .values import UNBOUND, Buffer, Partial, is_value, same

if TYPE_CHECKING:
    from .lowerer import Lowerer

CANNOT_RAISE = frozenset({"tuple", "list", "dict", "slice", "identity"})


@dataclass(eq=False)
class Progress:
    """What the body of a `try` has changed before something that can raise, or while it could."""

    names: set[Any] = field(default_factory=set)
    buffers: set[Buffer] = field(default_factory=set)
    pending_names: set[Any] = field(default_factory=set)  # changed, and nothing has run since that can raise
    pending_buffers: set[Buffer] = field(default_factory=set)

    def may_raise(self) -> None:
        self.names |= self.pending_names
        self.buffers |= self.pending_buffers
        self.pending_names, self.pending_buffers = set(), set()


class Exceptions:
    """Mixin of `Lowerer`."""

    def exec_Raise(self: Lowerer, node: Any) -> None:
        self.raise_here(*[self.eval(part) for part in (node.exc, node.cause) if part is not None])

    def raise_here(self: Lowerer, *parts: Any) -> Any:
        """Emit a `raise`; what follows on this path is never reached."""
        self.block.append(Call((), prim.RAISE, tuple(self.atom(p) for p in parts), (), self.loc))
        raise Unreachable

    def make_exception(self: Lowerer, cls: type[BaseException], args: list[Any], kwargs: dict[str, Any]) -> Any:
        """`ValueError("...")`: no derivative goes through an exception."""
        made = Var("", kinds.Known(cls))
        primitive = Primitive(prim.qualified_name(cls), cls, "function", None, True, "may")
        atoms = tuple(self.atom(a) for a in args)
        keywords = tuple((k, self.atom(v)) for k, v in kwargs.items())
        self.block.append(Call((made,), primitive, atoms, keywords, self.loc))
        return made

    # --- try ---------------------------------------------------------------------------------------------------------

    def exec_Try(self: Lowerer, node: Any) -> None:
        if node.finalbody:
            self._try_finally(node)
            return
        failed = (self.hidden_scope(), "failed")
        self.state.env[failed] = Lit(False)

        def handle(error: Any) -> None:
            self.state.env[failed] = Lit(True)
            self._dispatch(node.handlers, 0, error)

        types = self._caught(node.handlers)
        named = any(h.name is not None for h in node.handlers) or len(node.handlers) > 1
        self.attempt(lambda: self.exec_block(node.body), types, handle, node.body, node, named)
        if node.orelse:
            test = self.state.env[failed]
            decided = self.decide(test)
            if decided is None:
                self.branch(test, lambda: FELL_THROUGH, lambda: self.exec_block(node.orelse), "statement",
                            stmt=self.stmt)
            elif not decided:
                self.exec_block(node.orelse)
        del self.state.env[failed]

    def _caught(self: Lowerer, handlers: list[Any]) -> Any:
        """The classes that any of the handlers catches; None where one catches everything."""
        from .values import Seq

        classes: list[Any] = []
        for handler in handlers:
            if handler.type is None:
                return None
            value = self.eval(handler.type)
            known = self.known_items(value) if isinstance(value, (Seq, Lit)) and not (
                isinstance(value, Lit) and isinstance(value.value, type)) else None
            classes += known if known is not None else [value]
        return classes[0] if len(classes) == 1 else Seq(tuple(classes))

    def _dispatch(self: Lowerer, handlers: list[Any], number: int, error: Any) -> None:
        """The handler that fits, tried in order."""
        handler = handlers[number]

        def run() -> Any:
            if handler.name is not None:
                self.bind(handler.name.id, error)
            result = self.exec_block(handler.body)
            if handler.name is not None and not self.state.dead:
                self.bind(handler.name.id, UNBOUND)
            return result

        if number + 1 == len(handlers):
            run()
            return
        test = self.emit(isinstance, error, self.eval(handler.type))

        def others() -> Any:
            self._dispatch(handlers, number + 1, error)
            return FELL_THROUGH

        self.branch(test, run, others, "statement")

    def _try_finally(self: Lowerer, node: Any) -> None:
        """`finally` follows the rest; where something was raised it runs before that goes on."""
        inner = gast.copy_location(gast.Try(node.body, node.handlers, node.orelse, []), node)

        def body() -> Any:
            return self.exec_Try(inner) if node.handlers else self.exec_block(node.body)

        def handle(_: Any) -> None:
            self.exec_block(node.finalbody)
            if not self.state.dead:
                self.raise_here()

        if self._has_effect(node.finalbody):
            self.attempt(body, None, handle, [inner] if node.handlers else node.body, node, False)
        else:
            body()
        if not self.state.dead:
            self.exec_block(node.finalbody)

    def _has_effect(self: Lowerer, body: list[Any]) -> bool:
        """Does this block do anything but compute and store what nobody sees once an exception goes on?"""
        start, stmt = self.state, self.stmt
        self.state = start.copy()
        try:
            with self.new_block() as block:
                self.exec_block(body)
            return self.state.dead or any(isinstance(s, Try) or (isinstance(s, Call) and not s.prim.pure)
                                          for s in walk(tuple(block)))
        except Restart:
            raise
        except Exception:  # refused where values of the body are missing: decided where it runs
            return True
        finally:
            self.state, self.stmt = start, stmt

    def attempt(self: Lowerer, body: Any, types: Any, handle: Any, nodes: list[Any], node: Any, named: bool) -> Any:
        """Emit a Try: run `body`, then `handle` from where the body may have stopped, and join what both leave."""
        start, stmt, loc = self.state, self.stmt, self.loc
        caught = self.atom(types) if types is not None else None
        self.state = start.copy()
        progress = Progress()
        outer, self.progress = self.progress, progress
        try:
            with self.new_block() as block:
                value = body()
        finally:
            self.progress = outer
        came = Path(self.state, block, value)
        self.state = start.copy()
        for key in progress.names:
            self.state.env[key] = Partial(key[1])
        error = Var("error" if not named else _name_of(nodes, node), kinds.UNKNOWN) if named else None
        with self.new_block() as handler:
            try:
                handle(error)
            except Unreachable:
                self.state.dead = True
        self.stmt = stmt
        left = Path(self.state, handler, FELL_THROUGH)
        self._check_stores(start, progress, left, node)
        joins: list[Join] = []
        value = self._join_attempt(start, came, left, joins)
        self.block.append(Try(tuple(block), caught, error, tuple(handler), tuple(joins), None, None, loc))
        return value

    def _check_stores(self: Lowerer, start: State, progress: Progress, left: Path, node: Any) -> None:
        """An array that the body may have left half stored to must not be read after the handler, or in it."""
        changed = {b for b in progress.buffers if b in start.store}
        read = free_vars(tuple(left.block)) if changed else {}
        for buffer in changed:
            if not left.state.dead or start.store[buffer] in read:
                name = start.store[buffer].name or "an array"
                raise self.refuse(f"a store into `{name}` inside `try`",
                                  "After an exception it depends on how far the body came.",
                                  "Compute the values inside `try`, and store them after it.", node)

    def _join_attempt(self: Lowerer, start: State, came: Path, left: Path, joins: list[Join]) -> Any:
        if came.state.dead and left.state.dead:
            self.state = start.copy()
            self.state.dead = True
            return FELL_THROUGH
        if came.state.dead:  # the handler is where the program goes on
            came, left = came, left
        value = self._join_paths(start, came, left, joins, "")
        if not (came.state.dead or left.state.dead):
            self._join_unsure(came, left, joins)
        return value

    def _join_unsure(self: Lowerer, came: Path, left: Path, joins: list[Join]) -> None:
        """Names that only one of the two paths leaves with a value: reading them after the other one raises."""
        flag = Var("failed", kinds.PY_BOOL)
        pairs = Joined()
        for key in list(self.state.env):
            one, other = came.state.env.get(key, UNBOUND), left.state.env.get(key, UNBOUND)
            lost = isinstance(other, Partial)
            if not lost and (one is UNBOUND) == (other is UNBOUND):
                continue
            path, value, of_handler = (left, other, True) if one is UNBOUND and not lost else (came, one, False)
            if not is_value(value):
                self.state.env[key] = Partial(key[1])
                continue
            made = self._value_of_path(path, value, of_handler, joins, key[1], pairs)
            self.state.env[key] = made
            held = made if isinstance(made, Var) else self.state.store.get(made.buffer)
            if held is not None:
                self.unsure[held] = (flag, of_handler, lost)
        joins.append(Join(flag, Lit(False), Lit(True)))

    def note_statement(self: Lowerer, node: Any, before: State, emitted: list[Stmt]) -> None:
        """After a statement of the body of a `try`: what has it changed, and could it have raised before or after?"""
        if self.progress is None:
            return
        target = node.targets[0] if isinstance(node, gast.Assign) else getattr(node, "target", None)
        simple = isinstance(node, (gast.Assign, gast.AugAssign)) and not isinstance(target, gast.Starred)
        direct = {n.id for n in gast.walk(target) if isinstance(n, gast.Name)} if simple else set()
        names = {k for k, v in self.state.env.items() if not same(before.env.get(k, UNBOUND), v)}
        buffers = {b for b, v in before.store.items() if self.state.store.get(b, v) is not v}
        raising = [i for i, s in enumerate(emitted) if can_raise(s)]
        if raising:
            self.progress.may_raise()
        self.progress.pending_names |= names
        self.progress.pending_buffers |= buffers
        if not raising:
            return
        stores = [i for i, s in enumerate(emitted) if isinstance(s, Call) and s.prim in (prim.SET_ITEM, prim.ADD_AT)]
        one_store = simple and len(stores) <= 1 and (not stores or stores[0] == raising[-1])
        if not one_store:
            self.progress.buffers |= buffers
        self.progress.names |= {k for k in names if not (simple and k[0] is self.scope and k[1] in direct)}


def can_raise(stmt: Stmt) -> bool:
    """Can this statement of the IR raise when it runs?"""
    return any(not (isinstance(s, Call) and s.prim.form in CANNOT_RAISE) and isinstance(s, (Call, Try))
               for s in walk((stmt,)))


def _name_of(nodes: list[Any], node: Any) -> str:
    names = [h.name.id for h in getattr(node, "handlers", ()) if h.name is not None]
    return names[0] if names else "error"


__all__ = ["Exceptions", "Joined", "is_value"]
