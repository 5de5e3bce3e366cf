"""Branches: run each path on a copy of the state, then join what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..domains import kinds
from ..domains.kinds import Kind
from ..ir import Atom, Block, If, Join, Lit, Undefined, Var, defs, walk
from .links import Why
from .optional import is_none, optional
from .paths import Joined, Path
from .state import State
from .statements import FELL_THROUGH, Unreachable
from .values import (
    UNBOUND,
    Bound,
    Box,
    Buffer,
    Choice,
    Derived,
    Map,
    Maybe,
    Mixed,
    Ref,
    Seq,
    UserFunction,
    is_value,
    same,
)

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Branches:
    """Mixin of `Lowerer`."""

    def exec_if(self: Lowerer, node: Any) -> None:
        test = self.truth(self.eval(node.test), node)
        decided = self.decide(test)
        if decided is None and self.rule_mode:
            decided = False
        if decided is not None:
            self.exec_block(node.body if decided else node.orelse)
            return
        stmt = self.stmt
        self.branch(test, lambda: self.exec_block(node.body), lambda: self.exec_block(node.orelse), "statement",
                    stmt=stmt)

    def exec_returning_if(self: Lowerer, node: Any) -> Any:
        """An `if` whose branches both end the function."""
        test = self.truth(self.eval(node.test), node)
        decided = self.decide(test)
        if decided is not None:
            return self.exec_block(node.body if decided else node.orelse)
        stmt = self.stmt
        return self.branch(test, lambda: self.exec_block(node.body), lambda: self.exec_block(node.orelse), "statement",
                           self.return_name, stmt)

    def short_circuit(self: Lowerer, how: str, first: Any, rest: Callable[[], Any]) -> Any:
        """`first and rest()`, `first or rest()`: the rest is evaluated only where it decides."""
        test = self.truth(first, self.node)
        decided = self.decide(test)
        if decided is not None:
            return rest() if decided == (how == "and") else first
        style = how if test is first else "expression"
        parts = [test]

        def second() -> Any:
            parts.append(rest())
            return parts[-1]

        if how == "and":
            result = self.branch(test, second, lambda: first, style)
        else:
            result = self.branch(test, lambda: first, second, style)
        self.imply(result, how == "and", parts)
        return result

    def branch(self: Lowerer, cond: Any, then: Callable[[], Any], orelse: Callable[[], Any], style: str,
               name: str = "", stmt: Any = None) -> Any:
        """Run both sides on copies of the state, emit an If, join names, buffers and values."""
        start = self.state
        cond_atom = self.atom(cond)
        loc = self.loc
        paths = []
        for run in (then, orelse):
            self.state = start.copy()
            self.learn(cond_atom, run is then)
            value: Any = FELL_THROUGH
            self.nesting += 1
            with self.new_block() as block:
                try:
                    value = run()
                except Unreachable:
                    self.state.dead = True
            self.nesting -= 1
            paths.append(Path(self.state, block, value))
        if stmt is not None and self.loc_override is None:
            self.stmt = stmt
        if paths[0].state.dead != paths[1].state.dead and self.loc_override is None:
            return self._go_on(cond_atom, paths, loc)
        joins: list[Join] = []
        value = self._join_paths(start, paths[0], paths[1], joins, name, cond_atom)
        self.block.append(If(cond_atom, tuple(paths[0].block), tuple(paths[1].block), tuple(joins), style, loc))
        return value

    def _go_on(self: Lowerer, cond: Atom, paths: list[Path], loc: Any) -> Any:
        """A branch of which one side raises: the other side's statements follow it, so nothing is joined.

        if x < 0: raise E      =>     if x < 0: raise E
        else: y = f(x)                y = f(x)
        """
        dead, alive = paths if paths[0].state.dead else reversed(paths)
        if dead is paths[0]:
            then: Block = tuple(dead.block)
            orelse: Block = ()
        else:
            then, orelse = (), tuple(dead.block)
        self.block.append(If(cond, then, orelse, (), "statement", loc))
        self.block += alive.block
        self.state = alive.state
        return alive.value

    def _join_paths(self: Lowerer, start: State, a: Path, b: Path, joins: list[Join], name: str,
                    cond: Atom | None = None) -> Any:
        if a.state.dead and b.state.dead:
            self.state = a.state
            return FELL_THROUGH
        self.know_captured(start, a.state, b.state)
        merged = start.copy()
        merged.dead = False
        merged.frozen = {**a.state.frozen, **b.state.frozen}
        self.state = merged
        pairs = Joined(cond=cond if isinstance(cond, Var) else None)
        self.join_heaps(a, b, joins, pairs)
        for key in list(dict.fromkeys((*a.state.env, *b.state.env))):
            left, right = a.state.env.get(key, UNBOUND), b.state.env.get(key, UNBOUND)
            merged.env[key] = self._join_values(a, b, left, right, joins, key[1], pairs)
        for buffer in list(dict.fromkeys((*a.state.store, *b.state.store))):
            left_var, right_var = a.state.store.get(buffer), b.state.store.get(buffer)
            if left_var is not None and right_var is not None and left_var is not right_var:
                out = Var(left_var.name or right_var.name, kinds.join(left_var.kind, right_var.kind))
                joins.append(Join(out, left_var, right_var))
                merged.store[buffer] = out
            elif left_var is right_var and left_var is not None:
                merged.store[buffer] = left_var
        if (a.value is FELL_THROUGH and b.value is FELL_THROUGH) or (a.value is None and b.value is None):
            value = a.value
        else:
            left = Lit(None) if a.value is FELL_THROUGH else a.value
            right = Lit(None) if b.value is FELL_THROUGH else b.value
            value = self._join_values(a, b, left, right, joins, name, pairs)
        self.link_picks(a, b, joins, pairs)
        self._freeze_shared(pairs.origins, "Which array the name holds depends on a branch")
        self.freeze_joined(pairs)
        return value

    def _join_values(self: Lowerer, a: Path, b: Path, left: Any, right: Any, joins: list[Join], name: str,
                     pairs: Joined) -> Any:
        """One abstract value for what two paths left, with Joins for the parts that differ."""
        if a.state.dead:
            left = UNBOUND
        if b.state.dead:
            right = UNBOUND
        if same(left, right):
            return left
        if isinstance(left, Maybe) or isinstance(right, Maybe):
            left, right = self._settled_on(a, left), self._settled_on(b, right)
            if same(left, right):
                return left
        if left is UNBOUND or right is UNBOUND:
            value = right if left is UNBOUND else left
            return self._join_unbound(a, b, value, left is UNBOUND, joins, name, pairs)
        if isinstance(left, Seq) and isinstance(right, Seq) and left.type is right.type \
                and len(left.items) == len(right.items):
            items = (self._join_values(a, b, m, n, joins, f"{name}_{i}" if name else "", pairs)
                     for i, (m, n) in enumerate(zip(left.items, right.items, strict=True)))
            return Seq(tuple(items), left.type)
        if isinstance(left, Box) and isinstance(right, Box):
            return self.join_boxes(a, b, left, right, joins, name, pairs)
        if (isinstance(left, Maybe) or isinstance(right, Maybe) or is_none(left) != is_none(right)) \
                and optional(left) and optional(right) and not self.rule_mode:
            return self.join_maybe(a, b, left, right, joins, name, pairs)
        if not (is_value(left) and is_value(right)):
            return self._choice(a, b, left, right, joins, name, pairs)
        if isinstance(left, Ref) and isinstance(right, Ref):
            found = pairs.made.get((left.buffer, right.buffer))
            if found is not None:
                return found
        from_then, from_else = self._atom_on(a, left), self._atom_on(b, right)
        out = Var(name, kinds.join(self._atom_kind(from_then), self._atom_kind(from_else)))
        if type(out.kind) is Kind:
            return self._choice(a, b, left, right, joins, name, pairs)
        joins.append(Join(out, from_then, from_else))
        result = self.value_of(out)
        if isinstance(left, Ref) and isinstance(right, Ref) and isinstance(result, Ref):
            pairs.made[(left.buffer, right.buffer)] = result
        pairs.note(result, left, right)
        return result

    def _settled_on(self: Lowerer, path: Path, value: Any) -> Any:
        """What a path knows of a value that may be None."""
        state, self.state = self.state, path.state
        try:
            return self.settled(value)
        finally:
            self.state = state

    def _choice(self: Lowerer, a: Path, b: Path, left: Any, right: Any, joins: list[Join], name: str,
                pairs: Joined) -> Any:
        """Things that are no values (functions, sequences of two lengths): which one it is, the test tells again."""
        if pairs.cond is None or isinstance(left, Mixed) or isinstance(right, Mixed):
            return Mixed(left, right)

        inside = {v for path in (a, b) for s in walk(tuple(path.block)) for v in defs(s)}

        def exported(path: Path, value: Any, from_else: bool) -> Any:
            """What the thing holds of values that were computed on its path leaves the branch with it."""
            def visit(part: Any) -> Any:
                return exported(path, part, from_else)

            if isinstance(value, Var) and value not in inside:
                return value
            if isinstance(value, (Var, Ref)):
                return self._value_of_path(path, value, from_else, joins, name, pairs)
            if isinstance(value, Derived) and value.local:
                return Mixed(value, value)
            if isinstance(value, Seq):
                return Seq(tuple(map(visit, value.items)), value.type)
            if isinstance(value, Map):
                return replace(value, items={k: visit(v) for k, v in value.items.items()})
            if isinstance(value, UserFunction):
                return replace(value, first=tuple(map(visit, value.first)),
                               defaults={k: visit(v) for k, v in value.defaults.items()})
            if isinstance(value, Bound):
                return Bound(visit(value.function), tuple(map(visit, value.args)),
                             {k: visit(v) for k, v in value.kwargs.items()})
            if isinstance(value, Choice):
                cond = value.cond
                if cond in inside:
                    cond = Var(value.cond.name, value.cond.kind)
                    joins.append(Join(cond, Lit(False), value.cond) if from_else else
                                 Join(cond, value.cond, Lit(False)))
                return Choice(cond, visit(value.left), visit(value.right))
            return value

        return Choice(pairs.cond, exported(a, left, False), exported(b, right, True))

    def _join_unbound(self: Lowerer, a: Path, b: Path, value: Any, left_unbound: bool, joins: list[Join],
                      name: str, pairs: Joined) -> Any:
        """A name bound on one path only: reading it after the other path raises, as Python does."""
        if (a if left_unbound else b).state.dead:
            return self._value_of_path(b if left_unbound else a, value, left_unbound, joins, name, pairs)
        if not is_value(value):
            return Mixed(value, UNBOUND)
        return self._value_of_path(b if left_unbound else a, value, left_unbound, joins, name, pairs)

    def _value_of_path(self: Lowerer, path: Path, value: Any, left_unbound: bool, joins: list[Join],
                       name: str, pairs: Joined) -> Any:
        if isinstance(value, Seq):
            items = (self._value_of_path(path, v, left_unbound, joins, name, pairs) for v in value.items)
            return Seq(tuple(items), value.type)
        if isinstance(value, Map):
            return Map({k: self._value_of_path(path, v, left_unbound, joins, k if isinstance(k, str) else name, pairs)
                        for k, v in value.items.items()}, value.type)
        if isinstance(value, Maybe):
            flag = self._value_of_path(path, value.none, left_unbound, joins, f"{name}_is_none" if name else "", pairs)
            if isinstance(flag, Var):
                self.none_flags.add(flag)
            return Maybe(flag, self._value_of_path(path, value.value, left_unbound, joins, name, pairs))
        if isinstance(value, Box):
            return self.box_of_path(path, value, left_unbound, joins, name, pairs)
        if isinstance(value, Ref) and value.buffer in pairs.alone:
            return pairs.alone[value.buffer]
        if isinstance(value, Ref) and value.buffer.owns and value.buffer in self.state.store:
            return value  # the array is there on both paths
        if not isinstance(value, (Var, Ref)) and not (isinstance(value, Lit) and is_value(value)):
            return value
        known = self.lasting(path, value.buffer, left_unbound, joins, pairs) if isinstance(value, Ref) else None
        if isinstance(value, Ref) and known is not None:
            return pairs.alone.setdefault(value.buffer, Ref(known))
        atom = self._atom_on(path, value)
        out = Var(name, self._atom_kind(atom))
        joins.append(Join(out, Lit(Undefined), atom) if left_unbound else Join(out, atom, Lit(Undefined)))
        if pairs.cond is not None and name:
            self.unsure[out] = (pairs.cond, not left_unbound, False)
        result = self.value_of(out)
        if isinstance(value, Ref) and isinstance(result, Ref):
            pairs.alone[value.buffer] = result
        pairs.note(result, *((None, value) if left_unbound else (value, None)))
        return result

    def _atom_on(self: Lowerer, path: Path, value: Any) -> Atom:
        """The atom of a value at the end of a path (a view may have to be made anew there)."""
        state, self.state = self.state, path.state
        block, self.block = self.block, path.block
        try:
            return self.atom(value)
        finally:
            self.state, self.block = state, block

    @staticmethod
    def _atom_kind(atom: Atom) -> Kind:
        return atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value)

    def _freeze_shared(self: Lowerer, origins: list[tuple[int, Buffer, Ref]], why: str) -> None:
        """After a joint a value has memory of its own here, but at run time it is one of its origins.

        Where an origin, or another value that has it on the same side, can still be reached, a store to either would
        have to be seen through the other: both are frozen.
        """
        self._freeze_origins(origins)
        for root, members in self.shared_origins(origins):
            frozen = next((r for b in (root, *members) if isinstance(r := self.state.why_frozen(b), Why)), None)
            self.freeze([root, *members], frozen if frozen is not None else why)

    def _freeze_origins(self: Lowerer, origins: list[tuple[int, Buffer, Ref]]) -> None:
        """What may be a frozen array at run time is frozen itself; what it may be is noted."""
        for _, origin, result in origins:
            for root in result.buffer.roots():
                self.may_be.setdefault(root, set()).update(origin.roots() - {root})
            self._freeze_as(origin, result)

    def shared_origins(self: Lowerer, origins: list[tuple[int, Buffer, Ref]]) -> list[tuple[Buffer, set[Buffer]]]:
        """Arrays that two values may be after a joint, or that are still reached otherwise; with these values."""
        groups: dict[tuple[int, Buffer], dict[Buffer, None]] = {}
        for side, origin, result in origins:
            for root in origin.roots():
                groups.setdefault((side, root), {})[result.buffer] = None
        return [(root, set(members)) for (_, root), members in groups.items()
                if len(members) > 1 or root in self.state.frozen or self.state.names_of(root)
                or root in self.captured_buffers.values()]

    def _freeze_as(self: Lowerer, origin: Buffer, result: Ref) -> None:
        """What may be a frozen array at run time is frozen itself."""
        reason = self.state.why_frozen(origin)
        if reason is not None:
            self.freeze([result.buffer], reason)
