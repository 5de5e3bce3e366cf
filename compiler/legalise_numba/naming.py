"""Names and ownership for compiled text: as in printed NumPy, but a name has one type, and integers keep theirs.

Lengths and indices are sums of names (see `affine`), so a name that may stand in one is never used again for another
value.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import primitives as prim
from ..domains.kinds import Array, Kind, Scalar, TapeOf
from ..ir import Call, For, Function, If, Var, While, walk
from ..raise_python.layout import Layout
from ..raise_python.names import Names
from ..raise_python.ownership import Ownership


def type_of(kind: Kind) -> object:
    """Two values of one name must agree in this."""
    if isinstance(kind, (Scalar, Array)) and kind.dtype is None:
        return object()  # nothing is known of it
    if isinstance(kind, Scalar):
        return ("scalar", kind.dtype)
    if isinstance(kind, Array):
        return ("array", kind.dtype, None if kind.shape is None else len(kind.shape))
    if isinstance(kind, TapeOf):
        return ("tape", type_of(kind.item))
    return kind


class TypedNames(Names):
    """Names of one type each; loop indices and integers that no joint hands on have a name of their own."""

    def __init__(self, layout: Layout, reserved: Iterable[str], function: Function) -> None:
        super().__init__(layout, reserved)
        self.parameters = {p.var for p in function.params}
        self.indices: set[Var] = set()
        self.jointed: set[Var] = set()
        for stmt in walk(function.body):
            if isinstance(stmt, For):
                self.indices.add(stmt.index)
                layout.hard[stmt.index] = layout.end[stmt]
                layout.reads[stmt.index].append((layout.end[stmt], ()))
            if isinstance(stmt, (For, While)):
                for carry in stmt.carried:
                    self._joint(carry.out, carry.init, carry.inner, carry.next)
            elif isinstance(stmt, If):
                for join in stmt.outs:
                    self._joint(join.out, join.from_then, join.from_else)

    def _joint(self, *atoms: object) -> None:
        self.jointed.update(a for a in atoms if isinstance(a, Var))

    def fits(self, name: str, var: Var) -> bool:
        if not super().fits(name, var):
            return False
        for other in self.holders[name]:
            if type_of(other.kind) != type_of(var.kind) or other in self.parameters:
                return False
            if (other in self.indices) != (var in self.indices):
                return False
            if var not in self.indices and not (self._may_share(var) and self._may_share(other)):
                return False
        return True

    def _may_share(self, var: Var) -> bool:
        integer = isinstance(var.kind, Scalar) and (var.kind.dtype is None or var.kind.dtype.kind in "iu")
        return not integer or var in self.jointed


class Storage(Ownership):
    """Which arrays may be changed in place, where every value that is not folded has storage of its own."""

    def _compute(self, var: Var) -> bool:
        stmt = self.layout.definition.get(var)
        if isinstance(stmt, Call) and isinstance(var.kind, Array):
            return stmt.prim not in (prim.FIELD, prim.GETATTR)
        return super()._compute(var)

    def visible_until(self, var: Var, but: Var | None = None) -> float:
        found = self.seen_until.get((var, but))
        if found is not None:
            return found
        self.seen_until[var, but] = 0.0
        latest = float("inf") if var in self.results else 0.0
        for position, stmt in self.layout.uses.get(var, ()):
            if not isinstance(stmt, Call):
                continue
            if stmt.prim.form in ("tuple", "list", "dict", "build"):
                latest = max(latest, self._container(stmt))
            for out in stmt.outs:
                if out in self.layout.folded and isinstance(out.kind, Array):
                    latest = max(latest, self._life(out, position), self.visible_until(out))
        self.seen_until[var, but] = latest
        return latest


__all__ = ["Storage", "TypedNames", "type_of"]
