"""Rebuilding blocks: substitution of variables, and dead code elimination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ..ir import Apply, Atom, Block, Call, Carry, For, If, Join, Loc, Stmt, Try, Var, While, free_vars, uses, walk

SAFE_FORMS = frozenset({"tuple", "list", "dict", "slice", "identity", "tape_new", "tape_push"})  # never raise


def substitute(block: Iterable[Stmt], mapping: Mapping[Var, Atom]) -> Block:
    """The block with every *read* of a mapped variable replaced."""
    if not mapping:
        return tuple(block)

    def atom(value: Atom) -> Atom:
        return mapping.get(value, value) if isinstance(value, Var) else value

    return tuple(map_atoms(stmt, atom, lambda inner: substitute(inner, mapping)) for stmt in block)


def map_atoms(stmt: Stmt, atom: Callable[[Atom], Atom], inner: Callable[[Block], Block]) -> Stmt:
    """A statement with `atom` applied to what it reads and `inner` to its blocks."""
    if isinstance(stmt, Call):
        args = tuple(atom(a) for a in stmt.args)
        kwargs = tuple((k, atom(a)) for k, a in stmt.kwargs)
        if all(m is n for m, n in zip(args, stmt.args, strict=True)) and all(
                m[1] is n[1] for m, n in zip(kwargs, stmt.kwargs, strict=True)):
            return stmt
        return replace(stmt, args=args, kwargs=kwargs)
    if isinstance(stmt, Apply):
        return replace(stmt, args=tuple(atom(a) for a in stmt.args))
    if isinstance(stmt, If):
        outs = tuple(Join(j.out, atom(j.from_then), atom(j.from_else)) for j in stmt.outs)
        return replace(stmt, cond=atom(stmt.cond), then=inner(stmt.then), orelse=inner(stmt.orelse), outs=outs)
    if isinstance(stmt, Try):
        outs = tuple(Join(j.out, atom(j.from_then), atom(j.from_else)) for j in stmt.outs)
        manager, types = (a if a is None else atom(a) for a in (stmt.manager, stmt.types))
        return replace(stmt, body=inner(stmt.body), handler=inner(stmt.handler), outs=outs, manager=manager,
                       types=types)
    carried = tuple(Carry(c.out, atom(c.init), c.inner, atom(c.next)) for c in stmt.carried)
    if isinstance(stmt, For):
        return replace(stmt, start=atom(stmt.start), stop=atom(stmt.stop), step=atom(stmt.step), carried=carried,
                       body=inner(stmt.body), snapshots=None if stmt.snapshots is None else atom(stmt.snapshots))
    return replace(stmt, carried=carried, test=inner(stmt.test), cond=atom(stmt.cond), body=inner(stmt.body))


def duplicate(block: Iterable[Stmt], mapping: dict[Var, Atom]) -> Block:
    """The block once more, with variables of its own.

    mapping : what it reads instead of some variables; gets an entry for each variable that the block defines
    """
    made: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Call):
            args = tuple(_mapped(a, mapping) for a in stmt.args)
            kwargs = tuple((k, _mapped(a, mapping)) for k, a in stmt.kwargs)
            made.append(replace(stmt, args=args, kwargs=kwargs, outs=_copies(stmt.outs, mapping)))
        elif isinstance(stmt, Apply):
            args = tuple(_mapped(a, mapping) for a in stmt.args)
            made.append(replace(stmt, args=args, outs=_copies(stmt.outs, mapping)))
        elif isinstance(stmt, If):
            cond = _mapped(stmt.cond, mapping)
            then, orelse = duplicate(stmt.then, mapping), duplicate(stmt.orelse, mapping)
            joins = [Join(j.out, _mapped(j.from_then, mapping), _mapped(j.from_else, mapping)) for j in stmt.outs]
            outs = _copies([j.out for j in joins], mapping)
            made.append(replace(stmt, cond=cond, then=then, orelse=orelse, outs=tuple(
                replace(j, out=o) for j, o in zip(joins, outs, strict=True))))
        elif isinstance(stmt, Try):
            made.append(_duplicate_try(stmt, mapping))
        else:
            made.append(_duplicate_loop(stmt, mapping))
    return tuple(made)


def _duplicate_try(stmt: Try, mapping: dict[Var, Atom]) -> Try:
    manager, types = (a if a is None else _mapped(a, mapping) for a in (stmt.manager, stmt.types))
    entered, bound = (v if v is None else _copies([v], mapping)[0] for v in (stmt.entered, stmt.bound))
    body, handler = duplicate(stmt.body, mapping), duplicate(stmt.handler, mapping)
    sources = [(_mapped(j.from_then, mapping), _mapped(j.from_else, mapping)) for j in stmt.outs]
    outs = _copies([j.out for j in stmt.outs], mapping)
    joins = tuple(Join(o, *pair) for o, pair in zip(outs, sources, strict=True))
    return Try(body, types, bound, handler, joins, manager, entered, stmt.loc)


def _duplicate_loop(stmt: For | While, mapping: dict[Var, Atom]) -> For | While:
    inits = [_mapped(c.init, mapping) for c in stmt.carried]
    if isinstance(stmt, For):
        start, stop, step = (_mapped(a, mapping) for a in (stmt.start, stmt.stop, stmt.step))
        snapshots = None if stmt.snapshots is None else _mapped(stmt.snapshots, mapping)
    inners = _copies([c.inner for c in stmt.carried], mapping)
    if isinstance(stmt, For):
        index = _copies([stmt.index], mapping)[0]
    else:
        test = duplicate(stmt.test, mapping)
        cond = _mapped(stmt.cond, mapping)
    body = duplicate(stmt.body, mapping)
    nexts = [_mapped(c.next, mapping) for c in stmt.carried]
    carried = tuple(map(Carry, _copies([c.out for c in stmt.carried], mapping), inits, inners, nexts))
    if isinstance(stmt, For):
        return For(index, start, stop, step, carried, body, stmt.backward, stmt.loc, snapshots)
    return replace(stmt, carried=carried, test=test, cond=cond, body=body)


def _copies(variables: Iterable[Var], mapping: dict[Var, Atom]) -> tuple[Var, ...]:
    made = {v: Var(v.name, v.kind) for v in variables}
    mapping.update(made)
    return tuple(made.values())


def _mapped(atom: Atom, mapping: Mapping[Var, Atom]) -> Atom:
    return mapping.get(atom, atom) if isinstance(atom, Var) else atom


def in_reverse(loc: Loc | None) -> Loc | None:
    """The same place, for a statement of the reverse sweep."""
    return loc if loc is None or loc.backward else replace(loc, backward=True)


def relocate(block: Iterable[Stmt], change: Callable[[Loc | None], Loc | None]) -> Block:
    """The block with the location of every statement changed."""
    made: list[Stmt] = []
    for stmt in block:
        loc = change(stmt.loc)
        if isinstance(stmt, If):
            made.append(replace(stmt, then=relocate(stmt.then, change), orelse=relocate(stmt.orelse, change), loc=loc))
        elif isinstance(stmt, For):
            made.append(replace(stmt, body=relocate(stmt.body, change), loc=loc))
        elif isinstance(stmt, Try):
            made.append(replace(stmt, body=relocate(stmt.body, change), handler=relocate(stmt.handler, change),
                                loc=loc))
        elif isinstance(stmt, While):
            made.append(replace(stmt, test=relocate(stmt.test, change), body=relocate(stmt.body, change), loc=loc))
        else:
            made.append(replace(stmt, loc=loc))
    return tuple(made)


def drop_dead(block: Iterable[Stmt], live: Iterable[Atom]) -> Block:
    """The block without pure statements whose results nobody reads.

    live: what is read after the block. Carried values and joins that nobody reads go, too.
    """
    alive: set[Var] = {a for a in live if isinstance(a, Var)}
    return _drop(tuple(block), alive)


def _drop(block: Block, alive: set[Var], all_kept: bool = False) -> Block:
    """Walk backwards; `alive` grows by what the kept statements read.

    all_kept: keep every call, since one that raises decides which path is taken
    """
    kept: list[Stmt] = []
    for stmt in reversed(block):
        if isinstance(stmt, (Call, Apply)):
            pure = isinstance(stmt, Call) and stmt.prim.pure and not (all_kept and stmt.prim.form not in SAFE_FORMS)
            if pure and not any(out in alive for out in stmt.outs):
                continue
            alive.update(uses(stmt))
            kept.append(stmt)
        elif isinstance(stmt, If):
            made = _drop_if(stmt, alive, all_kept)
            if made is not None:
                kept.append(made)
        elif isinstance(stmt, Try):
            tried = _drop_try(stmt, alive, all_kept)
            if tried is not None:
                kept.append(tried)
        else:
            loop = _drop_loop(stmt, alive, all_kept)
            if loop is not None:
                kept.append(loop)
    return tuple(reversed(kept))


def _drop_try(stmt: Try, alive: set[Var], all_kept: bool) -> Try | None:
    """What is caught decides which values leave, so nothing of the body may go; without an effect all of it may."""
    outs = tuple(j for j in stmt.outs if j.out in alive)
    caught = stmt.manager is None
    if not outs and not all_kept and not any(_has_effect(b) for b in (stmt.body, stmt.handler)) and caught:
        return None
    body_alive = alive | {j.from_then for j in outs if isinstance(j.from_then, Var)}
    handler_alive = alive | {j.from_else for j in outs if isinstance(j.from_else, Var)}
    body = _drop(stmt.body, body_alive, caught or all_kept)
    handler = _drop(stmt.handler, handler_alive, all_kept)
    alive |= body_alive | handler_alive
    alive.update(a for a in (stmt.manager, stmt.types) if isinstance(a, Var))
    return replace(stmt, body=body, handler=handler, outs=outs)


def _has_effect(block: Block) -> bool:
    return any(isinstance(s, Apply) or (isinstance(s, Call) and not s.prim.pure) or (isinstance(s, Try) and s.manager)
               for s in walk(block))


def _drop_if(stmt: If, alive: set[Var], all_kept: bool = False) -> If | None:
    outs = tuple(j for j in stmt.outs if j.out in alive)
    then_alive = alive | {j.from_then for j in outs if isinstance(j.from_then, Var)}
    else_alive = alive | {j.from_else for j in outs if isinstance(j.from_else, Var)}
    then, orelse = _drop(stmt.then, then_alive, all_kept), _drop(stmt.orelse, else_alive, all_kept)
    if not outs and not then and not orelse:
        return None
    alive |= then_alive | else_alive
    if isinstance(stmt.cond, Var):
        alive.add(stmt.cond)
    return replace(stmt, then=then, orelse=orelse, outs=outs)


def _drop_loop(stmt: For | While, alive: set[Var], all_kept: bool = False) -> For | While | None:
    """A carried value is kept if its result is read, or another kept one depends on it."""
    keep = {c for c in stmt.carried if c.out in alive}
    test: Block = ()
    while True:
        inner_alive = alive | {c.next for c in keep if isinstance(c.next, Var)}
        if isinstance(stmt, While) and isinstance(stmt.cond, Var):
            inner_alive.add(stmt.cond)
        body = _drop(stmt.body, inner_alive, all_kept)
        if isinstance(stmt, While):
            test = _drop(stmt.test, inner_alive, all_kept)
        more = {c for c in stmt.carried if c.inner in inner_alive} - keep
        if not more:
            break
        keep |= more
    carried = tuple(c for c in stmt.carried if c in keep)
    if not carried and not body and isinstance(stmt, For):
        return None
    used = free_vars(body) | (free_vars(test) if test else {})
    alive.update(used)
    alive.update(c.next for c in carried if isinstance(c.next, Var))
    alive.update(c.init for c in carried if isinstance(c.init, Var))
    if isinstance(stmt, For):
        alive.update(a for a in (stmt.start, stmt.stop, stmt.step, stmt.snapshots) if isinstance(a, Var))
        return replace(stmt, carried=carried, body=body)
    if isinstance(stmt.cond, Var):
        alive.add(stmt.cond)
    return replace(stmt, carried=carried, body=body, test=test)
