"""What the handlers of `arithmetic` and `shaping` ask of the simplifier that they are part of."""

from __future__ import annotations

from typing import Any

from ..domains.kinds import Kind
from ..ir import Atom, Call, Var


class Handlers:
    """Base of the mixins of `Simplifier`, which has these."""

    definition: dict[Var, Call]

    def shape_of(self, kind: Kind) -> tuple[Any, ...] | None:
        raise NotImplementedError

    @staticmethod
    def kind(atom: Atom) -> Kind:
        raise NotImplementedError

    def make(self, like: Call, target: Any, *args: Atom, name: str = "") -> Atom:
        raise NotImplementedError

    def keep(self, call: Call) -> None:
        raise NotImplementedError

    def made_by(self, atom: Atom, *targets: Any) -> Call | None:
        raise NotImplementedError

    def equal(self, a: Atom, b: Atom) -> bool:
        raise NotImplementedError
