"""Branches and loops: run each path on a copy of the state, then join what differs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import gast

from ...runtime import checkpoints
from ..domains import kinds
from ..domains.kinds import Array, Kind, Scalar
from ..ir import Atom, Block, Carry, For, If, Join, Lit, Stmt, Undefined, Var, While, defs, walk
from .exposed import bound_by, exposed, has_yield
from .grown import is_grown, usable
from .state import State
from .statements import FELL_THROUGH, Unreachable
from .values import (
    UNBOUND,
    Bound,
    Box,
    Buffer,
    Choice,
    Derived,
    Items,
    Map,
    Mixed,
    Range,
    Ref,
    Seq,
    Slice,
    UserFunction,
    is_value,
    same,
)

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_PASSES = 12


@dataclass(eq=False, slots=True)
class Path:
    """One side of a branch: its state, its statements, and the value it computed."""

    state: State
    block: list[Stmt]
    value: Any = None


@dataclass(eq=False, slots=True)
class Aliases:
    """What a loop finds out about arrays with two names: buffers not to be stored to, slots whose value is shared."""

    frozen: dict[Any, str]
    shared: set[Any]
    alive: frozenset[str]  # the names that a trip may read before it binds them
    rebound: dict[Any, set[Any]]


@dataclass(eq=False, slots=True)
class Joined:
    """The arrays that a joint made: by the pair they come from, by the one that only one path has, and from where."""

    made: dict[tuple[Buffer, Buffer], Ref] = field(default_factory=dict)
    alone: dict[Buffer, Ref] = field(default_factory=dict)
    origins: list[tuple[int, Buffer, Ref]] = field(default_factory=list)  # the side of the joint comes first
    boxes: dict[tuple[Box, Box], Box] = field(default_factory=dict)
    cond: Var | None = None  # what the branch tests

    def note(self, result: Any, left: Any, right: Any) -> None:
        if isinstance(result, Ref):
            self.origins += [(side, o.buffer, result) for side, o in enumerate((left, right)) if isinstance(o, Ref)]


class Control:
    """Mixin of `Lowerer`."""

    # --- branches ------------------------------------------------------------------------------------------------

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
        if how == "and":
            return self.branch(test, rest, lambda: first, style)
        return self.branch(test, lambda: first, rest, style)

    def branch(self: Lowerer, cond: Any, then: Callable[[], Any], orelse: Callable[[], Any], style: str,
               name: str = "", stmt: Any = None) -> Any:
        """Run both sides on copies of the state, emit an If, join names, buffers and values."""
        start = self.state
        cond_atom = self.atom(cond)
        loc = self.loc
        paths = []
        for run in (then, orelse):
            self.state = start.copy()
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
        for _, origin, result in origins:
            self._freeze_as(origin, result)
        for root, members in self.shared_origins(origins):
            self.freeze([root, *members], why)

    def shared_origins(self: Lowerer, origins: list[tuple[int, Buffer, Ref]]) -> list[tuple[Buffer, set[Buffer]]]:
        """Arrays that two values may be after a joint, or that are still reached otherwise; with these values."""
        groups: dict[tuple[int, Buffer], dict[Buffer, None]] = {}
        for side, origin, result in origins:
            for root in origin.roots():
                groups.setdefault((side, root), {})[result.buffer] = None
        return [(root, set(members)) for (_, root), members in groups.items()
                if len(members) > 1 or root in self.state.frozen or self.state.names_of(root)]

    def _freeze_as(self: Lowerer, origin: Buffer, result: Ref) -> None:
        """What may be a frozen array at run time is frozen itself."""
        reason = self.state.why_frozen(origin)
        if reason is not None:
            self.freeze([result.buffer], reason)

    # --- loops ---------------------------------------------------------------------------------------------------

    def loop_over(self: Lowerer, node: Any, iterable: Any, consume: Callable[[Any], Any]) -> None:
        """`for target in iterable`, as a loop over a range of positions."""
        iterable = self.open(iterable)
        start, stop, step, item = self.positions(iterable, getattr(node, "iter", node))
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
        iterable = self.open(iterable)
        if isinstance(iterable, Range):
            return iterable.start, iterable.stop, iterable.step, lambda i: i
        if isinstance(iterable, Ref):
            return Lit(0), self.length(iterable, node), Lit(1), lambda i: self.get_item(iterable, i, "", node)
        if is_grown(iterable):
            return Lit(0), self.length(iterable, node), Lit(1), lambda i: self.get_item(iterable, i, "", node)
        if isinstance(iterable, Items):
            return self._item_positions(iterable, node)
        raise self.refuse(f"a loop over {self.describe(iterable)}", "",
                          "Loop over a range, an array, a list or a tuple.", node=node)

    def _item_positions(self: Lowerer, items: Items, node: Any) -> tuple[Any, Any, Any, Callable[[Var], Any]]:
        parts = items.parts[:1] if items.how != "zip" else items.parts
        counted = [self._counted(p, node) for p in parts]
        get = [g for _, g in counted]
        stop = counted[0][0]
        if items.how == "enumerate":
            first = items.parts[1] if len(items.parts) > 1 else Lit(0)

            def numbered(i: Var) -> Any:
                shifted = i if isinstance(first, Lit) and first.value == 0 else self.emit(operator.add, i, first)
                return Seq((shifted, get[0](i)))

            return Lit(0), stop, Lit(1), numbered
        if items.how == "zip":
            for other, _ in counted[1:]:
                if not same(other, stop):
                    stop = self.emit(min, stop, other)
            return Lit(0), stop, Lit(1), lambda i: Seq(tuple(g(i) for g in get))
        last = self.binary("Sub", stop, Lit(1))
        return last, Lit(-1), Lit(-1), get[0]

    def _counted(self: Lowerer, iterable: Any, node: Any) -> tuple[Any, Callable[[Any], Any]]:
        """How many elements an iterable has, and the one at a position that counts from 0."""
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

        self.loop_while(test, lambda: self.exec_block(node.body), node)

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
                    raise self.refuse("a `while` test that changes a value", "The last test runs after the last trip.",
                                      "Write `while True:` with the assignment and `if not ...: break` inside.",
                                      node=getattr(node, "test", node))
                decided = self.decide(test)
                holder["cond"] = Lit(decided) if decided is not None else self.atom(test)
            holder["test"] = tuple(test_block)
            run()

        def make(carried: tuple[Carry, ...], block: list[Stmt], held: Any) -> Stmt:
            if isinstance(held["cond"], Lit) and held["cond"].value:
                raise self.refuse("`while True`", "Without `break` it never ends.",
                                  "Put the condition into the `while`.", node=node)
            return While(carried, held["test"], held["cond"], tuple(block), loc)

        self.loop(body, make, node, holder)

    def loop(self: Lowerer, body: Callable[[], None], make: Callable[..., Stmt], node: Any,
             holder: Any = None) -> None:
        """Interpret a loop body until the kinds of what it carries are stable; emit the loop."""
        start = self.state
        stmt = self.stmt
        names: dict[Any, Kind | None] = {}  # (key, path) -> kind of the inner value
        stored: dict[Buffer, Kind] = {}
        frozen: dict[Any, str] = {}
        shared: set[Any] = set()  # (key, path) of arrays that have another name when a trip ends
        rebound: dict[Any, set[Any]] = {}  # key -> paths of containers that a trip binds anew
        alive = exposed([*([node.test] if isinstance(node, gast.While) else []), *node.body] if isinstance(
            node, (gast.While, gast.For)) else [node])
        if isinstance(node, gast.For):
            alive -= bound_by(node.target)
        for number in range(MAX_PASSES):
            self.state = start.copy()
            self.state.frozen.update(frozen)
            self.rebind_boxes(rebound, shared)
            inner_names, inner_stores = self._enter(start, names, stored, shared)
            entry = self.state.copy()
            self.nesting += 1
            with self.new_block() as block:
                body()
            self.nesting -= 1
            if self.loc_override is None:
                self.stmt = stmt
            if self.state.dead:  # every trip raises
                self.state = start.copy()
                self.block.append(make((), block, holder))
                return
            stable = self._widen(start, entry, names, stored,
                                 Aliases(frozen, shared, alive, rebound), number)
            if stable:
                break
        else:
            raise self.refuse("a loop whose values change their kind at every trip", "", "Give them one kind.",
                              node=node)
        carried = self._leave(start, entry, inner_names, inner_stores, block, rebound, shared)
        self.block.append(make(tuple(carried), block, holder))

    def _enter(self: Lowerer, start: State, names: dict[Any, Kind | None], stored: dict[Buffer, Kind],
               shared: set[Any]) -> tuple[dict[Any, Var], dict[Buffer, Var]]:
        """Bind what the loop carries to fresh inner variables."""
        inner_names: dict[Any, Var] = {}
        inner_stores: dict[Buffer, Var] = {}
        pairs: dict[Buffer, Ref] = {}
        for buffer, kind in stored.items():
            inner_stores[buffer] = self.state.store[buffer] = Var(start.store[buffer].name, kind)
        for (key, path), named in names.items():
            if named is None:
                self._set_path(key, path, Mixed(self.slot(start, key), UNBOUND))
                continue
            initial = self.part(start, self.slot(start, key), path)
            var = Var(self._slot_name(key, path, initial), named)
            inner_names[(key, path)] = var
            if isinstance(initial, Ref) and initial.buffer in pairs:
                self.freeze([initial.buffer], "Two names of one array are bound anew in a loop")
            value = self._carried_value(key, path, var)
            if isinstance(value, Ref) and (key, path) in shared:
                self.freeze([value.buffer], "The array has two names in a loop")
            if isinstance(initial, Ref) and isinstance(value, Ref):
                pairs[initial.buffer] = value
                self._freeze_as(initial.buffer, value)
            self._set_path(key, path, value)
        for buffer, ref in pairs.items():
            if self.state.names_of(buffer):
                self.freeze([buffer, ref.buffer], "The array has another name outside the loop")
        return inner_names, inner_stores

    def _slot_name(self: Lowerer, key: Any, path: tuple[Any, ...], initial: Any) -> str:
        """A name for what a loop carries: the user's, that of the value before, or that of the part."""
        parts = [str(p) for p in path]
        if isinstance(key, Box):
            held = initial if isinstance(initial, Var) else None
            names = [k[1] for k, v in self.state.env.items() if v is key]
            if not parts or not isinstance(path[0], str):
                parts = [*names[:1], *parts]
            made = "_".join(parts)
            return made if made.isidentifier() else (held.name if held is not None else "")
        made = "_".join([key[1], *parts])
        return made if made.isidentifier() else ""

    def _carried_value(self: Lowerer, key: Any, path: tuple[Any, ...], var: Var) -> Any:
        """The abstract value of what a loop carries; what a list holds is the variable itself."""
        if isinstance(key, Box) and not path and isinstance(var.kind, kinds.ListOf):
            return var
        return self.value_of(var)

    def _set_path(self: Lowerer, key: Any, path: tuple[Any, ...], value: Any) -> None:
        self.set_slot(key, self.with_part(self.slot(self.state, key), path, value))

    def _widen(self: Lowerer, start: State, entry: State, names: dict[Any, Kind | None], stored: dict[Buffer, Kind],
               aliases: Aliases, number: int) -> bool:
        """Add to what is carried until one more pass changes nothing."""
        stable = True
        for kept, why in self.state.frozen.items():
            if kept not in entry.frozen and (kept in start.store or kept in start.heap) and kept not in aliases.frozen:
                aliases.frozen[kept] = why
                stable = False
        for buffer, var in start.store.items():
            now = self.state.store.get(buffer, var)
            if now is not entry.store.get(buffer):
                kind = kinds.join(stored.get(buffer, var.kind), now.kind)
                if buffer not in stored or not kinds.covers(stored[buffer], now.kind):
                    stored[buffer] = _loosen(kind, number)
                    stable = False
        for key in list(self.state.env):
            before, after = entry.env.get(key, UNBOUND), self.state.env.get(key, UNBOUND)
            if before is after:
                continue
            if key[0] is not self.scope and key not in start.env and key[0] not in self.consumers:
                continue  # a local of a helper that was inlined in the body
            stable &= self._widen_slot(start, entry, key, before, after, names, aliases, number)
        for box in dict.fromkeys((*start.heap, *(b for b in self.state.heap if b in self.first_contents))):
            before, after = self.content_in(entry, box), self.content_in(self.state, box)
            stable &= self._widen_slot(start, entry, box, before, after, names, aliases, number)
        return stable

    def _widen_slot(self: Lowerer, start: State, entry: State, key: Any, before: Any, after: Any,
                    names: dict[Any, Kind | None], aliases: Aliases, number: int) -> bool:
        rebound: set[Any] = set()
        stable = True
        for path, *_, new in self.differences(entry, before, self.state, after, rebound):
            if isinstance(new, Ref) and self.state.why_frozen(new.buffer) and (key, path) not in aliases.shared:
                aliases.shared.add((key, path))  # held by a list, say: the next trip may not store to it
                stable = False
            stable &= self._share(start, key, path, new, aliases)
            stable &= self._widen_name(start, key, path, new, names, number)
        for path in rebound:
            box = self.part(self.state, self.slot(self.state, key), path)
            if box in self.state.frozen and (key, path) not in aliases.shared:
                aliases.shared.add((key, path))
                stable = False
        known = aliases.rebound.setdefault(key, set())
        if self.slot(start, key) is not UNBOUND and not rebound <= known:
            known |= rebound
            stable = False
        return stable

    def _share(self: Lowerer, start: State, key: Any, path: tuple[int, ...], new: Any, aliases: Aliases) -> bool:
        """Does the next trip start with this array under two names? Then neither may be stored to."""
        def alive(name: Any) -> bool:
            if isinstance(name, Box):
                return name in start.heap
            return name in start.env or name[0] is not self.scope or name[1] in aliases.alive

        if not isinstance(new, Ref) or not alive(key):
            return True
        if self.state.why_frozen(new.buffer):  # so is what the next trip starts with
            known = (key, path) in aliases.shared
            aliases.shared.add((key, path))
            return known
        if not any(k != key and alive(k) for k in self.state.names_of(new.buffer)):
            return True
        settled = (key, path) in aliases.shared
        aliases.shared.add((key, path))
        for root in new.buffer.roots():
            if root in start.store and root not in aliases.frozen:
                aliases.frozen[root] = "The array has two names in a loop"
                settled = False
        return settled

    def _widen_name(self: Lowerer, start: State, key: Any, path: tuple[int, ...], new: Any,
                    names: dict[Any, Kind | None], number: int) -> bool:
        initial = self.part(start, self.slot(start, key), path)
        slot = (key, path)
        kind = self.carried_kind(self.state, new)
        first = None if initial is UNBOUND else self.carried_kind(start, initial)
        if kind is None or (initial is not UNBOUND and first is None):
            if initial is UNBOUND:
                return True  # first bound inside, of no use after the loop
            changed = names.get(slot, UNBOUND) is not None
            self._forget_parts(slot, names)
            names[slot] = None
            return not changed
        kind = _without_dim(kind)
        if slot not in names:
            joined = kind if first is None else kinds.join(_without_dim(first), kind)
            self._forget_parts(slot, names)
            names[slot] = None if not _carriable(joined) else _loosen(joined, number)
            return False
        known = names[slot]
        if known is None or kinds.covers(known, kind):
            return True
        wider = kinds.join(known, kind)
        names[slot] = None if not _carriable(wider) else _loosen(wider, number)
        return False

    @staticmethod
    def _forget_parts(slot: Any, names: dict[Any, Kind | None]) -> None:
        """A value that is carried whole has no parts of its own."""
        key, path = slot
        for other in [s for s in names if s[0] is key or s[0] == key]:
            if len(other[1]) > len(path) and other[1][:len(path)] == path:
                del names[other]

    def _kind_in(self: Lowerer, state: State, value: Any) -> Kind:
        current, self.state = self.state, state
        try:
            return self.kind(value)
        finally:
            self.state = current

    def _leave(self: Lowerer, start: State, entry: State, inner_names: dict[Any, Var],
               inner_stores: dict[Buffer, Var], block: list[Stmt], rebound: dict[Any, set[Any]],
               shared: set[Any]) -> list[Carry]:
        """Make the Carries, and the state after the loop."""
        end = Path(self.state, block)
        before = Path(start.copy(), self.block)
        after = start.copy()
        after.frozen = dict(self.state.frozen)
        carried: list[Carry] = []
        self.state = after
        self.rebind_boxes(rebound, shared)
        origins = Joined()
        for buffer, inner in inner_stores.items():
            out = Var(inner.name, inner.kind)
            carried.append(Carry(out, start.store[buffer], inner, end.state.store[buffer]))
            after.store[buffer] = out
        for (key, path), inner in inner_names.items():
            initial = self.part(start, self.slot(start, key), path)
            final = self.part(end.state, self.slot(end.state, key), path)
            init: Atom = Lit(Undefined) if initial is UNBOUND else self._atom_on(before, initial)
            out = Var(inner.name, inner.kind)
            carried.append(Carry(out, init, inner, self._atom_on(end, final)))
            value = self._carried_value(key, path, out)
            origins.note(value, initial, final)
            self._set_path(key, path, value)
        self._freeze_shared(origins.origins, "The array has another name after the loop")
        for key in end.state.env:
            if key not in after.env and (key[0] is self.scope or key[0] in self.consumers):
                after.env[key] = UNBOUND
        for slot_key in [k for k, v in entry.env.items() if isinstance(v, Mixed)]:
            after.env[slot_key] = entry.env[slot_key]
        for box in [b for b, v in entry.heap.items() if isinstance(v, Mixed) and b in after.heap]:
            after.heap[box] = entry.heap[box]
        return carried


def _without_dim(kind: Kind) -> Kind:
    return Scalar(kind.dtype, kind.python) if isinstance(kind, Scalar) and kind.dim is not None else kind


def _carriable(kind: Kind) -> bool:
    return usable(kind) if isinstance(kind, kinds.ListOf) else type(kind) is not Kind


def _loosen(kind: Kind, number: int) -> Kind:
    """After a few passes stop following lengths, then ranks, so that the fixed point is reached."""
    if number >= 3 and isinstance(kind, Array):
        return Array(kind.dtype if number < 6 else None, None)
    return kind


__all__ = ["Control", "Path", "Slice"]
