"""What a loop carries from trip to trip: its body is interpreted until the kinds are stable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from ..domains import kinds
from ..domains.kinds import Kind
from ..ir import Atom, Carry, Lit, Stmt, Undefined, Var, blocks, defs, inner_defs, walk
from .carried_kinds import carriable, loosen, without_dim
from .exposed import bound_by, exposed
from .linked_loops import Unlinkable
from .links import MSG_MANY, Entered, Heads, LoopLinks, Why
from .optional import IS_NONE, VALUE, as_maybe
from .paths import Aliases, Joined, Path
from .rows import as_pairs, fresh_columns, is_dict, structured
from .state import State, buffers_in
from .values import UNBOUND, Box, Buffer, Maybe, Mixed, Ref, Rows, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

MAX_PASSES = 12


class Carried:
    """Mixin of `Lowerer`."""

    def loop(self: Lowerer, body: Callable[[], None], make: Callable[..., Stmt], node: Any,
             holder: Any = None) -> None:
        """Interpret a loop body until the kinds of what it carries are stable; emit the loop.

        Where a store has asked which array each name is (`links.py`), that is found out and carried, too.
        """
        if self.linked and self._loop_key(node) in self.linked:
            state, stmt, nesting, counted = self.state, self.stmt, self.nesting, self.inlined
            try:
                self._settle(body, make, node, holder, LoopLinks(), lambda text: text)
                return
            except Unlinkable as reason:
                self.state, self.stmt, self.nesting, self.inlined = state, stmt, nesting, counted
                found = str(reason)
            self._settle(body, make, node, holder, None, lambda _: found)
            return
        self._settle(body, make, node, holder, None, lambda text: Why(text, self._loop_key(node)))

    def _loop_key(self: Lowerer, node: Any) -> Any:
        """What a loop is known by when the function is lowered once more."""
        where = self.where(node)
        return None if where is None else (where.filename, where.line, where.column, type(node).__name__)

    def _settle(self: Lowerer, body: Callable[[], None], make: Callable[..., Stmt], node: Any, holder: Any,
                links: LoopLinks | None, why: Callable[[str], str]) -> None:
        """The passes over a loop's body. why: the reason of a freezing, as `freeze` gets it."""
        start = self.state
        stmt = self.stmt
        names: dict[Any, Kind | None] = {}  # (key, path) -> kind of the inner value
        stored: dict[Buffer, Kind] = {}
        aliases = Aliases({}, {}, _alive(node), {}, why)
        number = links_number = 0
        counted = self.inlined
        while True:
            self.state, self.inlined = start.copy(), dict(counted)
            self.state.frozen.update(aliases.frozen)
            self.rebind_boxes(aliases.rebound, aliases.shared)
            inside = self._enter(start, names, stored, aliases, links)
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
            self.know_captured(start, entry)
            if not self._widen(start, entry, names, stored, aliases, number, links is not None):
                number += 1
            elif links is None or self.find_links(start, links, names, _bound_in(make((), block, holder), inside)):
                break
            else:
                links_number += 1
            if number >= MAX_PASSES:
                raise self.refuse("a loop whose values change their kind at every trip", "", "Give them one kind.",
                                  node=node)
            if links_number >= MAX_PASSES:
                raise Unlinkable(MSG_MANY)
        carried = self._leave(start, entry, names, inside, block, aliases, links)
        self.block.append(make(tuple(carried), block, holder))

    def _enter(self: Lowerer, start: State, names: dict[Any, Kind | None], stored: dict[Buffer, Kind],
               aliases: Aliases, links: LoopLinks | None) -> Entered:
        """Bind what the loop carries to fresh inner variables."""
        entered = Entered()
        origins = Joined()
        for buffer, kind in stored.items():
            entered.stores[buffer] = self.state.store[buffer] = Var(start.store[buffer].name, kind)
        if links is not None:
            entered.heads = self.make_heads(start, links, names)
        for (key, path), named in names.items():
            if named is None:
                self._set_path(key, path, Mixed(self.slot(start, key), UNBOUND))
                continue
            initial = self.part(start, self.slot(start, key), path)
            if (key, path) in entered.heads.buffers:
                value = Ref(entered.heads.buffers[(key, path)])
            else:
                var = Var(self._slot_name(key, path, initial), named)
                entered.names[(key, path)] = var
                if isinstance(named, kinds.ListOf):  # one value from here on, with what is in it
                    self.hold_elements(self.content_in(start, initial) if isinstance(initial, Box) else initial, start)
                value = self._carried_value(key, path, var)
            if isinstance(value, Ref) and (key, path) in aliases.shared:
                self.freeze([value.buffer], aliases.shared[(key, path)])
            origins.note(value, initial, None)
            self._set_path(key, path, value)
        if links is None:
            self._freeze_shared(origins.origins, aliases.why("The array has another name outside the loop"))
        else:
            self._freeze_origins(origins.origins)
        return entered

    def _slot_name(self: Lowerer, key: Any, path: tuple[Any, ...], initial: Any) -> str:
        """A name for what a loop carries: the user's, that of the value before, or that of the part."""
        parts = [str(p) for p in path if p is not VALUE]
        if isinstance(key, Box):
            held = initial if isinstance(initial, Var) else None
            names = [k[1] for k, v in self.state.env.items() if v is key] or self._names_of_column(key)
            if not parts or not isinstance(path[0], str):
                parts = [*names[:1], *parts]
            made = "_".join(parts)
            return made if made.isidentifier() else (held.name if held is not None else "")
        made = "_".join([key[1], *parts])
        return made if made.isidentifier() else ""

    def _names_of_column(self: Lowerer, column: Box) -> list[str]:
        """`found_0` for a column of the rows that `found` holds."""
        return [f"{k[1]}{column.label}" for k, v in self.state.env.items() if isinstance(v, Box) and isinstance(
            held := self.state.heap.get(v), Rows) and column in held.columns]

    def _carried_value(self: Lowerer, key: Any, path: tuple[Any, ...], var: Var) -> Any:
        """The abstract value of what a loop carries; what a list holds is the variable itself."""
        if path and path[-1] is IS_NONE:
            self.none_flags.add(var)
        if isinstance(key, Box) and not path and isinstance(var.kind, kinds.ListOf):
            return var
        return self.value_of(var)

    def _set_path(self: Lowerer, key: Any, path: tuple[Any, ...], value: Any) -> None:
        self.set_slot(key, self.with_part(self.slot(self.state, key), path, value))

    def _widen(self: Lowerer, start: State, entry: State, names: dict[Any, Kind | None], stored: dict[Buffer, Kind],
               aliases: Aliases, number: int, linked: bool) -> bool:
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
                    stored[buffer] = loosen(kind, number)
                    stable = False
        for key in list(self.state.env):
            before, after = entry.env.get(key, UNBOUND), self.state.env.get(key, UNBOUND)
            if before is after:
                continue
            if key[0] is not self.scope and key not in start.env and key[0] not in self.consumers:
                continue  # a local of a helper that was inlined in the body
            stable &= self._widen_slot(start, entry, key, before, after, names, aliases, number, linked)
        for box in dict.fromkeys((*start.heap, *(b for b in self.state.heap if b in self.first_contents))):
            before, after = self.content_in(entry, box), self.content_in(self.state, box)
            stable &= self._widen_slot(start, entry, box, before, after, names, aliases, number, linked)
        return stable

    def _widen_slot(self: Lowerer, start: State, entry: State, key: Any, before: Any, after: Any,
                    names: dict[Any, Kind | None], aliases: Aliases, number: int, linked: bool) -> bool:
        rebound: set[Any] = set()
        stable = True
        if isinstance(key, Box) and (key.type is list or issubclass(key.type, dict)):
            if isinstance(before, Rows):
                self._end_as_rows(key, before, after)
            elif not self._starts_with_rows(start, key, before, after):
                self._forget_parts((key, ()), names)
                return False
        elif isinstance(before, Box) and isinstance(after, Box) and before.type is after.type and (
                before.type is list or issubclass(before.type, dict)):
            held = self.content_in(entry, before), self.content_in(self.state, after)
            if not self._starts_with_rows(start, self.slot(start, key), *held):
                self._forget_parts((key, ()), names)
                return False
        for path, *_, new in self.differences(entry, before, self.state, after, rebound):
            self._open_maybes(start, key, path, after, names)
            reason = self.state.why_frozen(new.buffer) if isinstance(new, Ref) else None
            if reason is not None and (key, path) not in aliases.shared:
                aliases.shared[(key, path)] = reason  # held by a list, say: the next trip may not store to it
                stable = False
            stable &= linked or self._share(start, key, path, new, aliases)
            stable &= self._widen_name(start, key, path, new, names, number)
        for path in rebound:
            box = self.part(self.state, self.slot(self.state, key), path)
            if box in self.state.frozen and (key, path) not in aliases.shared:
                aliases.shared[(key, path)] = self.state.frozen[box]
                stable = False
        known = aliases.rebound.setdefault(key, set())
        if self.slot(start, key) is not UNBOUND and not rebound <= known:
            known |= rebound
            stable = False
        return stable

    def _end_as_rows(self: Lowerer, key: Box, before: Rows, after: Any) -> None:
        """A list that is rows when a trip starts is so when it ends, also where it was cleared in between."""
        rows = self.as_rows(after, self.state, before)
        if rows is not None:
            self.state.heap[key] = rows

    def _starts_with_rows(self: Lowerer, start: State, key: Any, before: Any, after: Any) -> bool:
        """Where a trip changes the length of a list of elements with parts, the loop starts with rows."""
        if not isinstance(key, Box) or not isinstance(as_pairs(before), Seq) or not isinstance(
                as_pairs(after), (Seq, Rows)) or not self.grows(before, after):
            return True
        initial = self.content_in(start, key)
        rows = self.as_rows(after, self.state)
        if rows is None or not isinstance(as_pairs(initial), Seq):
            return True
        made = self.as_rows(initial, start, fresh_columns(rows))
        if made is None:
            return True
        start.heap[key] = made
        return False

    def grows(self: Lowerer, before: Any, after: Any) -> bool:
        if isinstance(after, Rows):
            return True
        if is_dict(before) and is_dict(after):
            return list(before.items) != list(after.items)
        return len(before.items) != len(after.items) and bool(after.items or before.items) and all(
            structured(v, self.state) for v in (*before.items, *after.items))

    def _open_maybes(self: Lowerer, start: State, key: Any, path: tuple[Any, ...], after: Any,
                     names: dict[Any, Kind | None]) -> None:
        """Where the loop carries the parts of what may be None, it starts with a Maybe of that form."""
        for at, step in enumerate(path):
            if step is not IS_NONE and step is not VALUE:
                continue
            prefix = path[:at]
            held = self.part(start, self.slot(start, key), prefix)
            if isinstance(held, Maybe) and not (isinstance(held.value, type(UNBOUND)) and len(path) > at + 1):
                continue
            names.pop((key, prefix), None)
            like = as_maybe(self.part(self.state, after, prefix)).value
            first = as_maybe(held)
            form = self.skeleton(like) if first.value is UNBOUND else first.value
            current, self.state = self.state, start
            opened = Maybe(first.none, form)
            self.set_slot(key, self.with_part(self.slot(start, key), prefix, opened))
            self.state = current

    def _share(self: Lowerer, start: State, key: Any, path: tuple[int, ...], new: Any, aliases: Aliases) -> bool:
        """Does the next trip start with this array under two names? Then neither may be stored to."""
        def alive(name: Any) -> bool:
            if isinstance(name, Box):
                return name in start.heap
            return name in start.env or name[0] is not self.scope or name[1] in aliases.alive

        if not isinstance(new, Ref) or not alive(key):
            return True
        if self.state.why_frozen(new.buffer):  # so is what the next trip starts with
            return True
        roots = new.buffer.roots()
        held = sum(not roots.isdisjoint(b.roots()) for b in buffers_in(self.slot(self.state, key)))
        if held < 2 and not any(k != key and alive(k) for k in self.state.names_of(new.buffer)) \
                and roots.isdisjoint(self.captured_buffers.values()):
            return True
        settled = (key, path) in aliases.shared
        aliases.shared.setdefault((key, path), aliases.why("The array has two names in a loop"))
        for root in roots:
            if root in start.store and root not in aliases.frozen:
                aliases.frozen[root] = aliases.why("The array has two names in a loop")
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
        kind = without_dim(kind)
        if slot not in names:
            joined = kind if first is None else kinds.join(without_dim(first), kind)
            self._forget_parts(slot, names)
            names[slot] = None if not carriable(joined) else loosen(joined, number)
            return False
        known = names[slot]
        if known is None or kinds.covers(known, kind):
            return True
        wider = kinds.join(known, kind)
        names[slot] = None if not carriable(wider) else loosen(wider, number)
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

    def _leave(self: Lowerer, start: State, entry: State, names: dict[Any, Kind | None], entered: Entered,
               block: list[Stmt], aliases: Aliases, links: LoopLinks | None) -> list[Carry]:
        """Make the Carries, and the state after the loop."""
        end = Path(self.state, block)
        before = Path(start.copy(), self.block)
        after = start.copy()
        after.frozen = dict(self.state.frozen)
        carried: list[Carry] = []
        self.state = after
        self.rebind_boxes(aliases.rebound, aliases.shared)
        origins = Joined()
        for buffer, inner in entered.stores.items():
            out = Var(inner.name, inner.kind)
            carried.append(Carry(out, start.store[buffer], inner, end.state.store[buffer]))
            after.store[buffer] = out
        heads = Heads()
        if links is not None:
            heads = self.make_heads(start, links, names)
            carried += self.carry_links(links, entered.heads, heads, before, end)
        for key, path in names:
            initial = self.part(start, self.slot(start, key), path)
            final = self.part(end.state, self.slot(end.state, key), path)
            if (key, path) in heads.buffers:
                value = Ref(heads.buffers[(key, path)])
            elif (key, path) in entered.names:
                inner = entered.names[(key, path)]
                init: Atom = Lit(Undefined) if initial is UNBOUND else self._atom_on(before, initial)
                out = Var(inner.name, inner.kind)
                # What is None when a trip ends keeps the value of before, which nobody reads.
                carried.append(Carry(out, init, inner, inner if final is UNBOUND else self._atom_on(end, final)))
                value = self._carried_value(key, path, out)
            else:
                continue
            origins.note(value, initial, final)
            self._set_path(key, path, value)
        if links is None:
            self._freeze_shared(origins.origins, aliases.why("The array has another name after the loop"))
        else:
            self._freeze_origins(origins.origins)
        for key in end.state.env:
            if key not in after.env and (key[0] is self.scope or key[0] in self.consumers):
                after.env[key] = UNBOUND
        for slot_key in [k for k, v in entry.env.items() if isinstance(v, Mixed)]:
            after.env[slot_key] = entry.env[slot_key]
        for box in [b for b, v in entry.heap.items() if isinstance(v, Mixed) and b in after.heap]:
            after.heap[box] = entry.heap[box]
        return carried


def _alive(node: Any) -> frozenset[str]:
    """The names that a trip of a loop may read before it binds them."""
    if not isinstance(node, (gast.While, gast.For)):
        return exposed([node])
    alive = exposed([*([node.test] if isinstance(node, gast.While) else []), *node.body])
    return alive - bound_by(node.target) if isinstance(node, gast.For) else alive


def _bound_in(loop: Stmt, entered: Entered) -> Callable[[Var], bool]:
    """Is a value bound by the loop?"""
    found = {*inner_defs(loop), *(v for stmt in walk(blocks(loop)[-1]) for v in defs(stmt)), *entered.names.values(),
             *entered.stores.values(), *entered.heads.variables()}
    return found.__contains__
