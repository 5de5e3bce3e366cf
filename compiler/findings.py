"""What the compiler found out about one function, for people: active variables, saved values, dropped statements.

Read off the primal's IR and the finished adjoint, which shares its variables: a value of the primal that a statement
of the reverse sweep reads is kept for it; a statement of the primal of which nothing is left was dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from . import primitives as prim
from .domains.kinds import Kind, TapeOf
from .ir import Block, Call, For, Function, Loc, Stmt, Var, While, blocks, defs, inner_defs, uses, walk
from .kind_notation import show_kind

Place = tuple[str, int]  # file and line of a statement


@dataclass(frozen=True)
class Tape:
    """A tape, what it holds, and the line of the loop that fills it."""

    name: str
    holds: str
    kind: Kind
    line: int


@dataclass(frozen=True)
class Findings:
    """active: names, in order; kept: (name, line); dropped, only_derivative: (line, statement)."""

    active: tuple[str, ...]
    tapes: tuple[Tape, ...]
    kept: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[int, str], ...]
    only_derivative: tuple[tuple[int, str], ...]

    def sentences(self) -> tuple[tuple[str, str], ...]:
        """(topic, sentence) pairs."""
        tapes = "; ".join(f"{t.holds} on {t.name} ({show_kind(t.kind)}, each trip of line {t.line})"
                          for t in self.tapes)
        by_line = groupby(sorted(self.kept, key=lambda item: item[1]), key=lambda item: item[1])
        kept = "; ".join(f"{', '.join(name for name, _ in group)} (line {line})" for line, group in by_line)
        found = [("active", ", ".join(self.active) or "nothing: the gradient is zero"),
                 ("saved", tapes or "no tapes"),
                 ("kept", f"for the reverse sweep: {kept}" if kept else "nothing but the arguments")]
        found += [("dropped", f"line {line}: {text}") for line, text in self.dropped]
        if self.only_derivative:
            lines = ", ".join(str(line) for line, _ in self.only_derivative)
            plural = "s" * (len(self.only_derivative) > 1)
            found.append(("skipped", f"the value of line{plural} {lines}: only its derivative is computed"))
        return tuple(found)


def find(primal: Function, adjoint: Function, names: dict[Var, str]) -> Findings:
    """The findings of one compiled variant.

    primal  : the lowered function
    adjoint : the finished function; its note "active" holds the active values
    names   : what each value is called in the adjoint's text; values without one are written where they are used
    """
    active = adjoint.notes.get("active", frozenset())
    order = [*(p.var for p in primal.params), *(v for stmt in walk(primal.body) for v in _all_defs(stmt))]
    shown = dict.fromkeys(v.name for v in order if v in active and v.name)
    return Findings(tuple(shown), tuple(_tapes(adjoint.body, names, 0)), tuple(_kept(primal, adjoint, names)),
                    *_not_computed(primal, adjoint))


def _all_defs(stmt: Stmt) -> tuple[Var, ...]:
    return (*inner_defs(stmt), *defs(stmt))


def _tapes(block: Block, names: dict[Var, str], loop: int) -> Iterator[Tape]:
    for stmt in block:
        if isinstance(stmt, Call) and stmt.prim is prim.TAPE_PUSH:
            value, out = stmt.args[1], stmt.out
            holds = getattr(value, "name", "") or f"a value of line {_line(stmt.loc)}"
            kind = out.kind.item if isinstance(out.kind, TapeOf) else out.kind
            yield Tape(names.get(out, out.name), holds, kind, loop)
        for inner in blocks(stmt):
            yield from _tapes(inner, names, _line(stmt.loc) if isinstance(stmt, For | While) else loop)


def _kept(primal: Function, adjoint: Function, names: dict[Var, str]) -> Iterator[tuple[str, int]]:
    """Named values of the forward sweep that the reverse sweep reads, each once, with the line that made them."""
    params = {p.var for p in primal.params}
    made = {v: stmt for stmt in walk(primal.body) for v in _all_defs(stmt)}
    folded = {stmt.outs[0]: stmt for stmt in walk(adjoint.body)
              if isinstance(stmt, Call) and len(stmt.outs) == 1 and stmt.outs[0] not in names}

    def named(var: Var) -> Iterator[Var]:
        """The named values that are read where `var` is."""
        call = folded.get(var)
        if call is None:
            yield var
        else:
            for inner in uses(call):
                yield from named(inner)

    seen: set[str] = set()
    for stmt in walk(adjoint.body):
        if stmt.loc is None or not stmt.loc.backward or any(v in folded for v in defs(stmt)):
            continue
        for var in (v for used in uses(stmt) for v in named(used)):
            if var in made and var not in params and names.get(var, "") not in ("", *seen):
                seen.add(names[var])
                yield names[var], _line(made[var].loc)


def _not_computed(primal: Function, adjoint: Function
                  ) -> tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    """Primal statements of which nothing is left, and those of which only the derivative is."""
    remaining = {_place(stmt.loc): False for stmt in walk(adjoint.body)}
    remaining.update({_place(stmt.loc): True for stmt in walk(adjoint.body) if stmt.loc and not stmt.loc.backward})
    locs = {_place(stmt.loc): stmt.loc for stmt in walk(primal.body) if stmt.loc is not None}
    dropped, only_derivative = [], []
    for place, loc in locs.items():
        text = (loc.line, _first_line(loc.origin.statement_text(loc.stmt)))
        if place not in remaining:
            dropped.append(text)
        elif not remaining[place]:
            only_derivative.append(text)
    return tuple(dropped), tuple(only_derivative)


def _place(loc: Loc | None) -> Place | None:
    return None if loc is None else (loc.origin.filename, loc.line)


def _line(loc: Loc | None) -> int:
    return 0 if loc is None else loc.line


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""
