"""Which kinds a loop carries, and what is given up of them so that the fixed point is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domains import kinds
from ..domains.kinds import Array, Kind, Scalar
from .grown import usable

if TYPE_CHECKING:
    pass


def without_dim(kind: Kind) -> Kind:
    return Scalar(kind.dtype, kind.python) if isinstance(kind, Scalar) and kind.dim is not None else kind


def carriable(kind: Kind) -> bool:
    return usable(kind) if isinstance(kind, kinds.ListOf) else type(kind) is not Kind


def loosen(kind: Kind, number: int) -> Kind:
    """After a few passes stop following lengths, then ranks, so that the fixed point is reached."""
    if number >= 3 and isinstance(kind, Array):
        return Array(kind.dtype if number < 6 else None, None)
    return kind
